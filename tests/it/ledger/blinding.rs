//! Who has the file and not the key learns nothing.

use super::{Fixture, SEED, grade_next, protocol};
use cisterna::ledger::LedgerError;
use cisterna::study::{CaseRow, Design, GradeTable, StudyError};
use std::fs;

#[test]
fn export_names_patients_only_with_the_key() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    grade_next(&mut ledger, "Anna", 4);
    grade_next(&mut ledger, "Bela", 4);
    let blind = ledger.export_rows(None).unwrap();
    assert!(
        blind
            .iter()
            .all(|row| row.patient.is_empty() && row.arm.is_empty())
    );
    assert!((blind[0].seconds - 5.5).abs() < 1e-12);
    let named = ledger.export_rows(Some(&fixture.key)).unwrap();
    let table = GradeTable::from_export(&named).unwrap();
    assert_eq!(table.arms(), ["real", "predicted-by-L1"]);
    assert_eq!(
        (
            table.raters().len(),
            table.patients().len(),
            table.n_grades()
        ),
        (2, 2, 8)
    );

    let cases: Vec<CaseRow> = fixture
        .key
        .cases()
        .iter()
        .map(|case| CaseRow {
            patient: case.patient.clone(),
            arm: case.arm.clone(),
            image: case.image.clone(),
            axial_mm: None,
            sagittal_mm: None,
        })
        .collect();
    let (_, other) = Design::draw(&protocol(1), &cases).unwrap();
    let refused = ledger.export_rows(Some(&other));
    assert!(matches!(
        refused,
        Err(LedgerError::Study(StudyError::OtherStudysKey))
    ));
}

/// The file that raters are given, byte for byte.
#[test]
fn the_file_does_not_tell() {
    let fixture = Fixture::new();
    grade_next(&mut fixture.open(), "Anna", 4);
    let bytes = fs::read(fixture.path()).unwrap();
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(
        contains(b"Reflux at 24 h") && contains(b"Anna"),
        "the search itself works"
    );
    let mut secrets: Vec<Vec<u8>> = ["Nordmann", "Ola", "Kari", "predicted", "secret-folder"]
        .iter()
        .chain(&["nii.gz", "/scans", "12.625", "real"])
        .map(|text| text.as_bytes().to_vec())
        .collect();
    secrets.push(SEED.to_string().into_bytes());
    secrets.push(format!("{SEED:x}").into_bytes());
    secrets.push(SEED.to_le_bytes().to_vec());
    secrets.push(SEED.to_be_bytes().to_vec());
    secrets.push(12.625_f64.to_be_bytes().to_vec());
    secrets.push(
        fixture
            .folder
            .path()
            .to_string_lossy()
            .into_owned()
            .into_bytes(),
    );
    for secret in secrets {
        assert!(!contains(&secret), "{}", String::from_utf8_lossy(&secret));
    }
}
