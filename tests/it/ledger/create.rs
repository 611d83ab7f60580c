//! Making a study file: complete or not at all, and never changed afterwards.

use super::{Fixture, check_said, create, draw, grade_next, images};
use cisterna::ledger::LedgerError;
use cisterna::study::{CaseCode, CaseImage};
use rusqlite::{Connection, params};
use std::fs;

#[test]
fn what_is_there_is_never_overwritten() {
    let fixture = Fixture::new();
    grade_next(&mut fixture.open(), "Anna", 1);
    let refused = create(&fixture.path(), &fixture.design, &images(&fixture.design)).unwrap_err();
    check_said(
        &refused,
        "already exists and is not overwritten",
        &fixture.path(),
    );
    assert_eq!(fixture.open().entries(None).unwrap().len(), 1);
    let path = fixture.folder.path().join("notes.txt");
    fs::write(&path, "mine").unwrap();
    assert!(create(&path, &fixture.design, &images(&fixture.design)).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

/// A study that cannot be made leaves nothing behind.
#[test]
fn pictures_must_fit_the_design() {
    let (design, _) = draw();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.study");
    let check = |images: &[CaseImage], words: &str| {
        let refused = create(&path, &design, images).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    };
    let all = images(&design);
    check(
        &all[1..],
        &format!("there is no picture for case {}", design.codes[0]),
    );
    let twice: Vec<CaseImage> = all.iter().chain(&all[..1]).cloned().collect();
    check(&twice, "there are two pictures for case");
    let mut other = all.clone();
    other[0].code = CaseCode::parse("CCCCCC").unwrap();
    check(&other, "there is a picture for CCCCCC, which is no case");
    let mut small = all.clone();
    small[2].axial.pop();
    check(&small, "is not 256 x 256");
    let nowhere = folder.path().join("no-such-folder").join("a.study");
    assert!(matches!(
        create(&nowhere, &design, &all),
        Err(LedgerError::Io { .. })
    ));
    // The order in which pictures come does not show in the file.
    let mut reversed = all;
    reversed.reverse();
    create(&path, &design, &reversed).unwrap();
    let order: Vec<String> = Connection::open(&path)
        .unwrap()
        .prepare("SELECT code FROM case_image ORDER BY rowid")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(order.is_sorted());
}

/// A second program that holds to SQL still cannot add a case to a worklist.
#[test]
fn the_design_is_frozen() {
    let fixture = Fixture::new();
    let code = fixture.design.codes[0].as_str();
    let raw = fixture.raw();
    let added = raw.execute(
        "INSERT INTO worklist VALUES ('Anna', 9, 1, ?1, zeroblob(48))",
        params![code],
    );
    assert!(
        added
            .unwrap_err()
            .to_string()
            .contains("worklist is frozen")
    );
    let added = raw.execute(
        "INSERT INTO rater VALUES (9, 'Eva', NULL, zeroblob(32))",
        [],
    );
    assert!(added.unwrap_err().to_string().contains("rater is frozen"));
}
