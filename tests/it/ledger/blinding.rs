//! Who has the file and not the key learns nothing.

use super::{Fixture, SEED, grade_next, protocol};
use cisterna::ledger::LedgerError;
use cisterna::study::{
    CaseImage, CaseRow, Design, GradeTable, Key, LaterInstallments, Protocol, StudyError, Worklist,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

#[test]
fn export_names_patients_only_with_the_key() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    grade_next(&mut ledger, "Anna", 4);
    grade_next(&mut ledger, "Bela", 4);
    let blind = ledger.readings(None).unwrap();
    assert!(blind.iter().all(|own| own.identity.is_none()));
    assert!((blind[0].seconds - 5.5).abs() < 1e-12);
    let sealed = ledger.readings(Some(&fixture.key));
    assert!(matches!(sealed, Err(LedgerError::StillSealed(_))));
    ledger.unseal(&fixture.key, Some("a test")).unwrap();
    let named = ledger.readings(Some(&fixture.key)).unwrap();
    let table = GradeTable::from_readings(&named).unwrap();
    assert_eq!(table.arms(), ["real", "predicted-by-L1"]);
    assert_eq!(
        (
            table.raters().len(),
            table.patients().len(),
            table.n_grades()
        ),
        (2, 2, 8)
    );

    let (_, other) = Design::draw(&protocol(1), &super::cases()).unwrap();
    let refused = ledger.readings(Some(&other));
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
    // Sealed bytes hold a word of three letters by chance; long ones they do not.
    let words = words_of(&fixture.path());
    assert!(words.contains("Anna"), "the search itself works");
    for short in ["Ola", "Kari", "real"] {
        assert!(!words.contains(short), "{short}");
    }
    let mut secrets: Vec<Vec<u8>> = ["Nordmann", "predicted", "secret-folder"]
        .iter()
        .chain(&["nii.gz", "/scans", "12.625"])
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

/// Every text of every table, and the bytes that are readable as text.
fn words_of(file: &Path) -> String {
    let raw = Connection::open(file).unwrap();
    let mut tables = raw
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .unwrap();
    let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut words = String::new();
    for name in names {
        let mut all = raw
            .prepare(&format!("SELECT * FROM \"{}\"", name.unwrap()))
            .unwrap();
        let n_columns = all.column_count();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..n_columns {
                let text = match row.get_ref(column).unwrap() {
                    ValueRef::Text(text) | ValueRef::Blob(text) => std::str::from_utf8(text),
                    _ => continue,
                };
                words.extend([text.unwrap_or_default(), "\n"]);
            }
        }
    }
    words
}

/// What tools that know databases and archives see of a case in a rater's file, as numbers: places,
/// lengths, and what statistics of bytes tell a smooth picture from a noisy one.
fn features(file: &Path, worklist: &Worklist) -> Vec<(String, Vec<f64>)> {
    let bytes = fs::read(file).unwrap();
    let raw = Connection::open(file).unwrap();
    let of_picture = |code: &str| -> Vec<f64> {
        let sql = "SELECT case_image.rowid, sealed, length(sha256), wrapped_key FROM case_image \
                   JOIN worklist ON worklist.code = case_image.code WHERE case_image.code = ?1";
        let (rowid, sealed, n_hash, key): (i64, Vec<u8>, i64, Vec<u8>) = raw
            .query_row(sql, [code], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap();
        let known = [rowid as f64, sealed.len() as f64, n_hash as f64];
        let key = [key.len() as f64, mean(&key)];
        [&known[..], &key, &of_bytes(&sealed)].concat()
    };
    let of_event = |code: &str| -> [f64; 3] {
        let sql = "SELECT id, at_unix_millis, length(content) FROM event WHERE code = ?1";
        let column = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(|n| n as f64);
        raw.query_row(sql, [code], |row| {
            Ok([column(row, 0)?, column(row, 1)?, column(row, 2)?])
        })
        .unwrap()
    };
    let slots = worklist.slots().map(|slot| {
        let code = slot.code.as_str();
        let place = bytes.windows(6).position(|w| w == code.as_bytes());
        let characters = code.bytes().map(f64::from);
        let order = [slot.installment, slot.position].map(f64::from);
        let place = [place.unwrap() as f64, code.bytes().map(f64::from).sum()];
        let picture = of_picture(code);
        let all = characters
            .chain(order)
            .chain(place)
            .chain(picture)
            .chain(of_event(code));
        (code.to_owned(), all.collect())
    });
    slots.collect()
}

fn mean(bytes: &[u8]) -> f64 {
    bytes.iter().map(|&byte| f64::from(byte)).sum::<f64>() / bytes.len() as f64
}

/// Distinct 16-bit values, compressed length, mean, spread of the bytes' counts, zeros, and how alike
/// neighbours are.
fn of_bytes(bytes: &[u8]) -> [f64; 6] {
    let pairs: BTreeSet<&[u8]> = bytes.chunks(2).collect();
    let mut counts = [0_f64; 256];
    bytes
        .iter()
        .for_each(|&byte| counts[usize::from(byte)] += 1.0);
    let expected = bytes.len() as f64 / 256.0;
    let mut zip = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(bytes).unwrap();
    let steps = bytes.windows(2).map(|of| f64::from(of[0].abs_diff(of[1])));
    [
        pairs.len() as f64,
        zip.finish().unwrap().len() as f64,
        mean(bytes),
        counts.iter().map(|n| (n - expected).powi(2)).sum(),
        counts[0],
        steps.sum(),
    ]
}

/// A study of eight of sixty patients in two arms, read by one rater. The real pictures are smooth
/// and of few values, the predicted ones noise, so that any tool would tell them apart.
fn telling_study(file: &Path, seed: u64) -> (Worklist, Key) {
    let plan = Protocol {
        seed: Some(seed),
        arms: vec!["real".into(), "predicted".into()],
        washout_days: 0,
        later_installments: LaterInstallments::Open,
        ..Protocol::reflux(&["a".into()])
    };
    let cases: Vec<CaseRow> = (0..8)
        .flat_map(|at| {
            let patient = (seed * 8 + at) % 60;
            ["real", "predicted"].map(|arm| CaseRow {
                patient: format!("p{patient}"),
                arm: arm.into(),
                image: "x.nii".into(),
                sagittal_image: None,
                axial_mm: None,
                sagittal_mm: None,
                training: None,
            })
        })
        .collect();
    let (design, key) = Design::draw(&plan, &cases).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut plane = |is_real: bool| -> Vec<u8> {
        let noise = |_| rng.next_u32() as u8;
        match is_real {
            true => (0..CaseImage::N_VALUES)
                .map(|at| (at / 4096) as u8)
                .collect(),
            false => (0..CaseImage::N_VALUES).map(noise).collect(),
        }
    };
    let images: Vec<CaseImage> = design
        .codes
        .iter()
        .map(|code| {
            let is_real = key.entry(code).unwrap().arm == "real";
            CaseImage {
                code: code.clone(),
                axial: plane(is_real),
                sagittal: plane(is_real),
            }
        })
        .collect();
    let mut ledger = super::create_by(file, &design, &images, &plan).unwrap();
    let mut at = 1_767_225_600_000;
    while let Some(slot) = ledger.next_case("a").unwrap() {
        at += rng.random_range(20_000..90_000);
        let mut draft = super::draft("a", &slot, rng.random_range(0..5));
        draft.circumstances.opened_unix_millis = at - 10_000;
        draft.committed_unix_millis = at;
        ledger.commit_grade(&draft).unwrap();
    }
    (ledger.worklist("a").unwrap(), key)
}

/// Fisher's linear discriminant with features taken as independent: a weight for each.
fn discriminant(cases: &[(Vec<f64>, bool)]) -> Vec<f64> {
    let moments = |of: bool, at: usize| {
        let values = || cases.iter().filter(|(_, is)| *is == of).map(|(x, _)| x[at]);
        let n = values().count() as f64;
        let mean = values().sum::<f64>() / n;
        (mean, values().map(|x| (x - mean).powi(2)).sum::<f64>() / n)
    };
    (0..cases[0].0.len())
        .map(|at| {
            let ((m1, v1), (m0, v0)) = (moments(true, at), moments(false, at));
            (m1 - m0) / (v1 + v0).max(1e-9)
        })
        .collect()
}

/// Area under the ROC curve of a discriminant on other cases, and its standard error by chance.
fn auroc(weights: &[f64], cases: &[(Vec<f64>, bool)]) -> (f64, f64) {
    let score = |x: &[f64]| -> f64 { x.iter().zip(weights).map(|(x, w)| x * w).sum() };
    let of = |of: bool| -> Vec<f64> {
        let cases = cases.iter().filter(|(_, is)| *is == of);
        cases.map(|(x, _)| score(x)).collect()
    };
    let (real, other) = (of(true), of(false));
    let win = |a: f64, b: f64| {
        if a > b {
            1.0
        } else if a < b {
            0.0
        } else {
            0.5
        }
    };
    let wins: f64 = real
        .iter()
        .map(|&a| other.iter().map(|&b| win(a, b)).sum::<f64>())
        .sum();
    let [n, m] = [real.len(), other.len()].map(|n| n as f64);
    (wins / (n * m), ((n + m + 1.0) / (12.0 * n * m)).sqrt())
}

/// A hundred and twenty studies of sixty patients: what is learnt from the files of half of them says nothing about the arms
/// of the others. The same with a single telling feature finds it, so the test can fail.
#[test]
fn nothing_in_a_raters_file_tells_the_arm() {
    let folder = tempfile::tempdir().unwrap();
    let (mut learn, mut judge) = (Vec::new(), Vec::new());
    for seed in 0..120 {
        let file = folder.path().join("a.study");
        let (worklist, key) = telling_study(&file, seed);
        let is_real = |code: &str| {
            let mut cases = key.cases().iter();
            cases.any(|case| case.code.as_str() == code && case.arm == "real")
        };
        let found = features(&file, &worklist);
        let cases = found.into_iter().map(|(code, x)| (x, is_real(&code)));
        if seed % 2 == 0 {
            &mut learn
        } else {
            &mut judge
        }
        .extend(cases);
        fs::remove_file(&file).unwrap();
    }
    let (found, chance) = auroc(&discriminant(&learn), &judge);
    println!("area under the curve {found:.3}, by chance 0.5 with standard error {chance:.3}");
    assert!((found - 0.5).abs() < 4.0 * chance, "{found} +- {chance}");
    assert!((0.45..0.55).contains(&found), "{found}");
    // As they would lie in the file unsealed, every one of them is told.
    let smooth: Vec<u8> = (0..CaseImage::N_VALUES)
        .map(|at| (at / 4096) as u8)
        .collect();
    assert!(of_bytes(&smooth)[1] < 0.1 * CaseImage::N_VALUES as f64);

    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut told = |cases: &mut Vec<(Vec<f64>, bool)>| {
        for (x, is_real) in cases {
            x.push(f64::from(u8::from(*is_real)) + rng.random_range(-0.5..0.5));
        }
    };
    told(&mut learn);
    told(&mut judge);
    let weights = discriminant(&learn);
    let telling: Vec<f64> = weights
        .iter()
        .map(|w| if w.abs() > 1.0 { *w } else { 0.0 })
        .collect();
    assert!(auroc(&telling, &judge).0 > 0.9);
}
