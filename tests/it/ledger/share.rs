//! One study on many laptops: packages out, packages in, and the key.

use super::{Fixture, SEED, correction, create_by, draft, grade_next, images, protocol, sign_all};
use cisterna::ledger::{Ledger, LedgerError};
use cisterna::study::{Design, EventKind, GradeTable, KEEPER, Protocol};
use std::fs;
use std::path::PathBuf;

fn package(fixture: &Fixture, rater: &str) -> PathBuf {
    let path = fixture.folder.path().join(format!("{rater}.study"));
    fixture.open().package(rater, &path).unwrap();
    path
}

/// A package holds one rater's part, and nothing of the others.
#[test]
fn a_package_is_one_raters_part() {
    let fixture = Fixture::new();
    grade_next(&mut fixture.open(), "Bela", 1);
    let path = package(&fixture, "Anna");
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.raters().unwrap(), ["Anna"]);
    assert_eq!(
        ledger.worklist("Anna").unwrap(),
        fixture.open().worklist("Anna").unwrap()
    );
    assert!(ledger.events(None).unwrap().is_empty());
    assert_eq!(ledger.verify().unwrap().n_events, 0);
    let bytes = fs::read(&path).unwrap();
    for other in ["Bela", "Nordmann", "predicted"] {
        let found = bytes.windows(other.len()).any(|w| w == other.as_bytes());
        assert!(!found, "{other}");
    }
    let nobody = fixture.open().package("Eva", &path.with_file_name("e"));
    assert!(matches!(nobody, Err(LedgerError::UnknownRater(_))));
    let there = fixture.open().package("Anna", &path);
    assert!(matches!(there, Err(LedgerError::Exists(_))));
}

#[test]
fn packages_come_in_any_order_and_twice() {
    let fixture = Fixture::new();
    let paths = ["Anna", "Bela"].map(|rater| package(&fixture, rater));
    let mut study = fixture.open();
    let mut anna = Ledger::open(&paths[0]).unwrap();
    grade_next(&mut anna, "Anna", 2);
    let older = paths[0].with_file_name("older.study");
    fs::copy(&paths[0], &older).unwrap();
    anna.correct_grade(&correction(1, "Anna", 0, "slip"))
        .unwrap();
    grade_next(&mut Ledger::open(&paths[1]).unwrap(), "Bela", 4);

    let merged = study.merge(&paths[1]).unwrap();
    assert_eq!(
        (merged.rater.as_str(), merged.n_new, merged.n_events),
        ("Bela", 4, 4)
    );
    assert_eq!(study.merge(&paths[0]).unwrap().n_new, 3);
    assert_eq!(study.merge(&paths[0]).unwrap().n_new, 0, "twice");
    assert_eq!(study.merge(&older).unwrap().n_new, 0, "an older copy");
    assert_eq!(
        study.entries(Some("Anna")).unwrap(),
        anna.entries(None).unwrap()
    );
    // Anna goes on, and only what is new comes in.
    grade_next(&mut anna, "Anna", 2);
    assert_eq!(study.merge(&paths[0]).unwrap().n_new, 2);
    let verified = study.verify().unwrap();
    assert_eq!((verified.n_verdicts, verified.n_events), (9, 12));
    assert_eq!(verified.heads["Anna"], anna.verify().unwrap().heads["Anna"]);
    let of_keeper = study.events(Some(KEEPER)).unwrap();
    assert!(
        of_keeper
            .iter()
            .all(|event| matches!(event.kind, EventKind::Merged { .. }))
    );
    // A package made from the study now begins where the study is.
    let again = paths[0].with_file_name("again.study");
    study.package("Anna", &again).unwrap();
    let again = Ledger::open(&again).unwrap();
    assert_eq!(again.next_case("Anna").unwrap(), None);
    again.verify().unwrap();
}

/// Two copies of one package in which the rater went on.
#[test]
fn packages_that_went_apart_are_refused() {
    let fixture = Fixture::new();
    let path = package(&fixture, "Anna");
    grade_next(&mut Ledger::open(&path).unwrap(), "Anna", 1);
    let copy = path.with_file_name("copy.study");
    fs::copy(&path, &copy).unwrap();
    let mut other = Ledger::open(&copy).unwrap();
    let slot = other.next_case("Anna").unwrap().unwrap();
    other.commit_grade(&draft("Anna", &slot, 0)).unwrap();
    grade_next(&mut Ledger::open(&path).unwrap(), "Anna", 1);
    let mut study = fixture.open();
    study.merge(&path).unwrap();
    let refused = study.merge(&copy).unwrap_err();
    assert!(
        matches!(&refused, LedgerError::Forked { seq: 2, .. }),
        "{refused}"
    );
    assert_eq!(study.verify().unwrap().n_verdicts, 2);
}

#[test]
fn packages_of_other_studies_are_refused() {
    let fixture = Fixture::new();
    let mut study = fixture.open();
    let said = |study: &mut Ledger, path: &PathBuf| study.merge(path).unwrap_err().to_string();
    // The whole study is no package.
    let whole = fixture.path();
    assert!(said(&mut study, &whole).contains("it has 2 raters"));
    // Another draw of the same protocol.
    let other = Fixture::new();
    let path = package(&other, "Anna");
    assert!(said(&mut study, &path).contains("worklist, keys or pictures differ"));
    // Another protocol.
    let plan = Protocol {
        washout_days: 3,
        ..protocol(SEED)
    };
    let file = fixture.folder.path().join("other.study");
    let other = create_by(&file, &fixture.design, &images(&fixture.design), &plan).unwrap();
    let path = fixture.folder.path().join("other-anna.study");
    other.package("Anna", &path).unwrap();
    assert!(said(&mut study, &path).contains("another protocol"));
    // A broken chain.
    let path = package(&fixture, "Anna");
    grade_next(&mut Ledger::open(&path).unwrap(), "Anna", 2);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch("DROP TRIGGER event_no_delete; DELETE FROM event WHERE seq = 1")
        .unwrap();
    assert!(said(&mut study, &path).contains("changed by something other"));
    assert_eq!(study.verify().unwrap().n_events, 0);
}

#[test]
fn unsealing_is_an_event_and_ends_grading() {
    let fixture = Fixture::new();
    let mut study = fixture.open();
    let refused = study.unseal(&fixture.key, None).unwrap_err();
    assert!(
        matches!(&refused, LedgerError::NotSigned(who) if who.len() == 4),
        "{refused}"
    );
    for rater in ["Anna", "Bela"] {
        grade_next(&mut study, rater, 4);
    }
    sign_all(&mut study, "Anna");
    let refused = study
        .unseal(&fixture.key, Some(" "))
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("Bela, installment 1; Bela, installment 2"),
        "{refused}"
    );
    let path = fixture.folder.path().join("late.study");
    study.package("Bela", &path).unwrap();
    sign_all(&mut study, "Bela");
    assert_eq!(study.unsealed_at().unwrap(), None);
    study.unseal(&fixture.key, None).unwrap();
    assert!(study.unsealed_at().unwrap().is_some());
    study.unseal(&fixture.key, None).unwrap();
    study.note_export("grades", true).unwrap();
    let kinds: Vec<&str> = study
        .events(Some(KEEPER))
        .unwrap()
        .iter()
        .map(|event| event.kind.name())
        .collect();
    assert_eq!(
        kinds,
        ["unsealed", "exported"],
        "the second time changes nothing"
    );
    let table = GradeTable::from_readings(&study.readings(Some(&fixture.key)).unwrap()).unwrap();
    assert_eq!(table.n_grades(), 8);
    study.verify().unwrap();
}

/// Whoever knows the arms grades no more, here or in a package.
#[test]
fn nothing_new_after_unsealing() {
    let fixture = Fixture::new();
    let path = package(&fixture, "Anna");
    let mut study = fixture.open();
    study.unseal(&fixture.key, Some("interim look")).unwrap();
    let slot = study.next_case("Anna").unwrap().unwrap();
    let refused = study.commit_grade(&draft("Anna", &slot, 3));
    assert!(matches!(refused, Err(LedgerError::Unsealed(_))));
    grade_next(&mut Ledger::open(&path).unwrap(), "Anna", 1);
    assert!(matches!(study.merge(&path), Err(LedgerError::Unsealed(_))));
}

/// A key of the same cases under another protocol or draw.
#[test]
fn another_studys_key_unseals_nothing() {
    let fixture = Fixture::new();
    let cases = super::cases();
    for plan in [
        protocol(1),
        Protocol {
            title: "Other".into(),
            ..protocol(SEED)
        },
    ] {
        let (_, other) = Design::draw(&plan, &cases).unwrap();
        let refused = fixture.open().unseal(&other, Some("x"));
        assert!(matches!(refused, Err(LedgerError::Study(_))), "{refused:?}");
    }
}
