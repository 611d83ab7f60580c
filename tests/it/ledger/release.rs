//! Later installments, sealed until the coordinator releases them, and what a package shows to
//! tools that know databases and archives.

use super::forge::Forger;
use super::{Fixture, SEED, draft, grade_next, images, key_of, protocol, sign_with};
use cisterna::ledger::{Ledger, LedgerError};
use cisterna::study::{CaseImage, LaterInstallments, Protocol, Slip};
use rusqlite::Connection;
use std::fs;
use std::path::PathBuf;

fn fixture(washout_days: u32) -> Fixture {
    let plan = Protocol {
        washout_days,
        later_installments: LaterInstallments::Release,
        ..protocol(SEED)
    };
    Fixture::of(&plan, &[])
}

fn package(fixture: &Fixture, rater: &str) -> PathBuf {
    let path = fixture.folder.path().join(format!("{rater}.study"));
    fixture.open().package(rater, &path).unwrap();
    path
}

/// Reads the first installment in a package and signs it.
fn read_first(path: &std::path::Path, rater: &str) {
    let mut ledger = Ledger::open(path).unwrap();
    grade_next(&mut ledger, rater, 2);
    sign_with(&mut ledger, rater, 1, &key_of(1));
}

#[test]
fn the_second_installment_opens_with_a_slip() {
    let fixture = fixture(0);
    let path = package(&fixture, "Anna");
    read_first(&path, "Anna");
    let mut anna = Ledger::open(&path).unwrap();
    let next = anna.next_case("Anna").unwrap().unwrap();
    assert!(anna.is_sealed("Anna", 2).unwrap());
    let sealed = anna.case_image("Anna", &next.code).unwrap_err();
    assert!(
        matches!(sealed, LedgerError::Sealed { installment: 2, .. }),
        "{sealed}"
    );
    let refused = anna.commit_grade(&draft("Anna", &next, 3)).unwrap_err();
    assert!(matches!(refused, LedgerError::Sealed { .. }), "{refused}");
    let refused = anna.begin_early("Anna", 2, "in a hurry").unwrap_err();
    assert!(matches!(refused, LedgerError::Protocol(_)), "{refused}");

    let mut study = fixture.open();
    let early = study.release("Anna", 2, None).unwrap_err();
    assert!(
        early.to_string().contains("has not been taken in yet"),
        "{early}"
    );
    study.merge(&path).unwrap();
    let slip = study.release("Anna", 2, None).unwrap();
    let file = fixture.folder.path().join("anna.slip");
    slip.write(&file).unwrap();
    anna.unlock("Anna", &Slip::open(&file).unwrap()).unwrap();

    let all = images(&fixture.design);
    let picture = all.iter().find(|of| of.code == next.code).unwrap();
    assert_eq!(&anna.case_image("Anna", &next.code).unwrap(), picture);
    grade_next(&mut anna, "Anna", 2);
    sign_with(&mut anna, "Anna", 2, &key_of(1));
    drop(anna);
    study.merge(&path).unwrap();
    assert_eq!(study.verify().unwrap().n_verdicts, 4);
    let kinds: Vec<&str> = study
        .events(Some(""))
        .unwrap()
        .iter()
        .map(|event| event.kind.name())
        .collect();
    assert_eq!(kinds, ["pinned", "merged", "released", "merged"]);
}

#[test]
fn what_cannot_be_released_is_not() {
    let fixture = fixture(14);
    let path = package(&fixture, "Anna");
    read_first(&path, "Anna");
    let mut study = fixture.open();
    study.merge(&path).unwrap();
    // A fortnight by the coordinator's clock, whatever the rater's says.
    let early = study.release("Anna", 2, None).unwrap_err();
    assert!(matches!(early, LedgerError::Washout { .. }), "{early}");
    let early = study.release("Anna", 2, Some("  ")).unwrap_err();
    assert!(matches!(early, LedgerError::Washout { .. }), "{early}");
    study
        .release("Anna", 2, Some("leaves the hospital"))
        .unwrap();
    for (rater, installment) in [("Anna", 1), ("Anna", 3), ("Bela", 2)] {
        let refused = study.release(rater, installment, None).unwrap_err();
        assert!(
            matches!(refused, LedgerError::NotToBeReleased { .. }),
            "{refused}"
        );
    }
    let refused = study.release("Eva", 2, None).unwrap_err();
    assert!(matches!(refused, LedgerError::UnknownRater(_)), "{refused}");
    let refused = fixture
        .open_unsigned()
        .release("Anna", 2, None)
        .unwrap_err();
    assert!(
        matches!(refused, LedgerError::NeedsCoordinator),
        "{refused}"
    );
    let open = Fixture::new().open().release("Anna", 2, None).unwrap_err();
    assert!(open.to_string().contains("nothing to release"), "{open}");
    study.verify().unwrap();
}

/// A slip is for one rater, one package and a history that goes on from what the coordinator has.
#[test]
fn other_slips_open_nothing() {
    let fixture = fixture(0);
    let paths = ["Anna", "Bela"].map(|rater| package(&fixture, rater));
    let fresh = fs::read(&paths[0]).unwrap();
    let mut study = fixture.open();
    for (path, rater) in paths.iter().zip(["Anna", "Bela"]) {
        let mut ledger = Ledger::open(path).unwrap();
        grade_next(&mut ledger, rater, 2);
        sign_with(
            &mut ledger,
            rater,
            1,
            &key_of(if rater == "Anna" { 1 } else { 2 }),
        );
        drop(ledger);
        study.merge(path).unwrap();
    }
    let slip = study.release("Anna", 2, None).unwrap();
    let check = |path: &PathBuf, rater: &str, slip: &Slip, words: &str| {
        let refused = Ledger::open(path).unwrap().unlock(rater, slip).unwrap_err();
        assert!(
            matches!(refused, LedgerError::OtherSlip { .. }),
            "{refused}"
        );
        assert!(refused.to_string().contains(words), "{refused}");
    };
    check(&paths[1], "Bela", &slip, "it is for Anna");
    // A throw-away copy from before the signature.
    let copy = fixture.folder.path().join("copy.study");
    fs::write(&copy, fresh).unwrap();
    check(&copy, "Anna", &slip, "it is an older copy");
    grade_next(&mut Ledger::open(&copy).unwrap(), "Anna", 2);
    sign_with(&mut Ledger::open(&copy).unwrap(), "Anna", 1, &key_of(3));
    check(&copy, "Anna", &slip, "other grades than this file");
    // Changed, and of another study.
    let text = serde_json::to_string(&slip).unwrap();
    for (from, to) in [
        ("\"installment\":2", "\"installment\":1"),
        ("\"at_unix_millis\":1", "\"at_unix_millis\":2"),
    ] {
        assert!(text.contains(from), "{text}");
        let changed: Slip = serde_json::from_str(&text.replace(from, to)).unwrap();
        check(&paths[0], "Anna", &changed, "not signed by the coordinator");
    }
    let elsewhere = self::fixture(0);
    let other = package(&elsewhere, "Anna");
    read_first(&other, "Anna");
    let mut other_study = elsewhere.open();
    other_study.merge(&other).unwrap();
    let foreign = other_study.release("Anna", 2, None).unwrap();
    check(&paths[0], "Anna", &foreign, "not signed by the coordinator");
    Ledger::open(&paths[0])
        .unwrap()
        .unlock("Anna", &slip)
        .unwrap();
}

/// Graded before it was released, by a program that goes around Cisterna.
#[test]
fn a_grade_before_its_release_is_found() {
    let fixture = fixture(0);
    let path = package(&fixture, "Anna");
    read_first(&path, "Anna");
    let slot = Ledger::open(&path)
        .unwrap()
        .next_case("Anna")
        .unwrap()
        .unwrap();
    let graded = r#"{"kind":"graded","grade":3,"confidence":null,"comment":"","opened_unix_millis":1767225600000,"paused_millis":0,"display":{}}"#;
    let place = (slot.installment, slot.position, slot.code.as_str());
    Forger::new(&path).add("Anna", graded, Some(place));
    let found = Ledger::open(&path)
        .unwrap()
        .verify()
        .unwrap_err()
        .to_string();
    assert!(
        found.contains("of an installment that was not released"),
        "{found}"
    );
}

/// No byte of a picture stands in a file, all sealed pictures and keys have one length, and the
/// bytes of two pictures that are alike have nothing in common.
#[test]
fn a_package_shows_no_picture() {
    let fixture = Fixture::new();
    let path = package(&fixture, "Anna");
    let raw = Connection::open(&path).unwrap();
    let sealed: Vec<(String, Vec<u8>)> = raw
        .prepare("SELECT code, sealed FROM case_image")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let all = images(&fixture.design);
    let bytes = fs::read(&path).unwrap();
    for (code, sealed) in &sealed {
        assert_eq!(sealed.len(), 2 * CaseImage::N_VALUES + 16);
        let image = all.iter().find(|of| of.code.as_str() == code).unwrap();
        // Sixteen rows' ends of a picture are smooth; sealed they are noise of 8 bits.
        let row = &image.axial[..256];
        assert!(!bytes.windows(row.len()).any(|window| window == row));
        let mut counts = [0_u32; 256];
        sealed
            .iter()
            .for_each(|&byte| counts[usize::from(byte)] += 1);
        let expected = sealed.len() as f64 / 256.0;
        let chi_square: f64 = counts
            .iter()
            .map(|&n| (f64::from(n) - expected).powi(2) / expected)
            .sum();
        // 255 degrees of freedom: 147 and 363 lie five standard deviations off.
        assert!((147.0..363.0).contains(&chi_square), "{code}: {chi_square}");
    }
    let alike = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(a, b)| a == b).count();
    let n = alike(&sealed[0].1, &sealed[1].1);
    let by_chance = sealed[0].1.len() / 256;
    assert!(
        n < 2 * by_chance,
        "{n} of {} bytes are the same",
        sealed[0].1.len()
    );
}

/// The keys of later installments are not in a package in any form.
#[test]
fn a_package_holds_no_later_key() {
    let fixture = fixture(0);
    let path = package(&fixture, "Anna");
    read_first(&path, "Anna");
    let mut study = fixture.open();
    study.merge(&path).unwrap();
    let slip = serde_json::to_value(study.release("Anna", 2, None).unwrap()).unwrap();
    let key = slip["key"].as_str().unwrap();
    let raw_key: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&key[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    for file in [&path, &fixture.path()] {
        let bytes = fs::read(file).unwrap();
        let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
        assert!(
            !contains(key.as_bytes()) && !contains(&raw_key),
            "{}",
            file.display()
        );
    }
}
