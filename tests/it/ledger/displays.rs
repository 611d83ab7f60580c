//! Tests of displays: kept like all that happens, asked for by the protocol alone, and older files.

use super::forge::Forger;
use super::{Fixture, SEED, grade_next, key_of, protocol, sign_all, sign_with};
use cisterna::ledger::{Ledger, LedgerError};
use cisterna::study::{DisplayRules, DisplayTest, Event, EventKind, Protocol, audit_json_lines};
use cisterna::workflows::study::study_data;
use sha2::{Digest, Sha256};

fn asking() -> Fixture {
    let plan = Protocol {
        display: DisplayRules { test: true },
        ..protocol(SEED)
    };
    Fixture::of(&plan, &[])
}

/// A display of 0.25 mm pixels at a scale of 1.25, on which white is washed out.
fn test() -> DisplayTest {
    DisplayTest {
        near_black_seen: true,
        near_white_seen: false,
        lines_of_1_px_seen: true,
        lines_of_2_px_seen: true,
        // 100 mm are 472.44 px of 1/120 inch.
        line_px: 472,
        measured_mm: Some(118.3),
        display_px: Some([2560, 1440]),
        scale: 1.25,
    }
}

fn tests(ledger: &Ledger) -> Vec<(u32, DisplayTest)> {
    let of = |event: Event| match event.kind {
        EventKind::DisplayTested { installment, test } => Some((installment, test)),
        _ => None,
    };
    let events = ledger.events(Some("Anna")).unwrap();
    events.into_iter().filter_map(of).collect()
}

#[test]
fn a_test_is_kept_and_replaces_none() {
    let fixture = asking();
    let mut study = fixture.open();
    assert!(study.needs_display_test("Anna", 1).unwrap());
    assert!(!study.needs_display_test("Anna", 0).unwrap(), "training");
    study.store_display_test("Anna", 1, &test()).unwrap();
    assert!(!study.needs_display_test("Anna", 1).unwrap());
    assert!(study.needs_display_test("Anna", 2).unwrap());
    assert!(study.needs_display_test("Bela", 1).unwrap());
    let again = DisplayTest {
        near_white_seen: true,
        display_px: None,
        ..test()
    };
    study.store_display_test("Anna", 1, &again).unwrap();
    let fresh = fixture.open();
    assert_eq!(tests(&fresh), [(1, test()), (1, again)]);
    assert_eq!(test().unseen(), ["the 95 % square in white"]);
    assert!((test().pixel_mm().unwrap() - 0.250_635_6).abs() < 1e-7);
    // Nobody is kept from reading: neither by an answer nor without a test.
    let mut study = fresh;
    for rater in ["Anna", "Bela"] {
        grade_next(&mut study, rater, 2);
    }
    let verified = study.verify().unwrap();
    assert_eq!((verified.n_events, verified.n_verdicts), (6, 4));
    // What is exported names what was asked, and nothing of a machine.
    let mut out = Vec::new();
    audit_json_lines(&study.audit().unwrap(), &mut out).unwrap();
    let first = String::from_utf8(out).unwrap();
    let first: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    let content = serde_json::json!({
        "kind": "display_tested", "installment": 1, "near_black_seen": true,
        "near_white_seen": false, "lines_of_1_px_seen": true, "lines_of_2_px_seen": true,
        "line_px": 472, "measured_mm": 118.3, "display_px": [2560, 1440], "scale": 1.25,
    });
    assert_eq!(first["content"], content);
}

#[test]
fn what_no_window_asks_is_refused() {
    #[track_caller]
    fn check(study: &mut Ledger, installment: u32, test: &DisplayTest, words: &str) {
        let refused = study.store_display_test("Anna", installment, test);
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
    let usual = Fixture::new();
    let mut silent = usual.open();
    check(&mut silent, 1, &test(), "asks for no test of displays");
    assert!(!silent.needs_display_test("Anna", 1).unwrap());
    let fixture = asking();
    let mut study = fixture.open();
    let changed = |change: &dyn Fn(&mut DisplayTest)| {
        let mut of = test();
        change(&mut of);
        of
    };
    for mm in [19.9, 400.1, f64::NAN, f64::INFINITY] {
        let of = changed(&|of| of.measured_mm = Some(mm));
        check(&mut study, 1, &of, "measured_mm is");
    }
    check(&mut study, 1, &changed(&|of| of.scale = 0.0), "scale is 0");
    check(
        &mut study,
        1,
        &changed(&|of| of.line_px = 378),
        "line_px is 378",
    );
    let none = changed(&|of| of.display_px = Some([0, 1]));
    check(&mut study, 1, &none, "display_px is 0 x 1");
    for installment in [0, 3] {
        check(&mut study, installment, &test(), "not from 1 to 2");
    }
    let nobody = study.store_display_test("Eva", 1, &test());
    assert!(matches!(nobody, Err(LedgerError::UnknownRater(_))));
    grade_next(&mut study, "Anna", 2);
    sign_with(&mut study, "Anna", 1, &key_of(1));
    check(&mut study, 1, &test(), "has signed installment 1");
    assert!(tests(&study).is_empty());
}

/// Written with a database tool, all hashes right.
#[test]
fn a_forged_test_is_found() {
    #[track_caller]
    fn check(fixture: &Fixture, change: [&str; 2], words: &str) {
        let kind = EventKind::DisplayTested {
            installment: 1,
            test: test(),
        };
        let content = serde_json::to_string(&kind).unwrap();
        assert!(content.contains(change[0]));
        let content = content.replace(change[0], change[1]);
        Forger::new(&fixture.path()).add("Anna", &content, None);
        let found = fixture.open().verify().unwrap_err().to_string();
        assert!(found.contains(words), "{found}");
    }
    check(&asking(), ["118.3", "3.0"], "measured_mm is 3, not from 20");
    let other = ["\"installment\":1", "\"installment\":9"];
    check(&asking(), other, "installment is 9");
    check(&asking(), ["118.3", "\"long\""], "does not decode");
}

/// A package brings its tests to the coordinator, who countersigns them; the report has them.
#[test]
fn packages_bring_their_tests() {
    let fixture = asking();
    let path = fixture.folder.path().join("anna.study");
    fixture.open().package("Anna", &path).unwrap();
    let mut package = Ledger::open(&path).unwrap();
    assert!(package.instructions().unwrap().display.test);
    for installment in [1, 2] {
        if installment == 1 {
            package.store_display_test("Anna", 1, &test()).unwrap();
        }
        grade_next(&mut package, "Anna", 2);
    }
    sign_all(&mut package, "Anna");
    drop(package);
    let mut study = fixture.open();
    assert_eq!(study.merge(&path).unwrap().n_new, 7);
    assert_eq!(study.merge(&path).unwrap().n_new, 0);
    assert_eq!(tests(&study), [(1, test())]);
    assert_eq!(study.verify().unwrap().n_not_countersigned, 0);
    // One made now carries it on.
    let again = fixture.folder.path().join("again.study");
    study.package("Anna", &again).unwrap();
    let again = Ledger::open(&again).unwrap();
    assert!(!again.needs_display_test("Anna", 1).unwrap());
    again.verify().unwrap();
    study.unseal(&fixture.key, Some("a test")).unwrap();
    let data = study_data(&study, &fixture.key, Vec::new(), None).unwrap();
    let [row] = &data.displays[..] else {
        panic!("{:?}", data.displays);
    };
    assert_eq!((row.rater.as_str(), row.installment), ("Anna", 1));
    assert_eq!(row.test, Some(test()));
    assert!(row.at_utc.ends_with('Z'), "{}", row.at_utc);
}

/// A study that asks for no test is, table by table, what it was before there were such tests: files
/// from then open, and programs from then open files from now.
#[test]
fn studies_without_tests_are_as_they_were() {
    let version = |fixture: &Fixture| -> i64 {
        let raw = fixture.raw();
        raw.pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    };
    let tables = |fixture: &Fixture| {
        let raw = fixture.raw();
        let sql = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
        let mut select = raw.prepare(sql).unwrap();
        let rows = select.query_map([], |row| row.get(0)).unwrap();
        let rows: Vec<String> = rows.collect::<Result<_, _>>().unwrap();
        let hash = Sha256::digest(rows.join("\n"));
        hash.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    // Of the schema at version 4, by Python's sqlite3 and hashlib.
    const VERSION_4: &str = "6657da33694f6df465d11cda1b92114bed842f3c7f0728b0ad62fef2c7869072";
    let fixture = Fixture::new();
    assert_eq!(
        (version(&fixture), tables(&fixture).as_str()),
        (4, VERSION_4)
    );
    let told: String = fixture
        .raw()
        .query_row("SELECT instructions FROM study", [], |row| row.get(0))
        .unwrap();
    assert!(!told.contains("\"display\""), "{told}");
    let asking = asking();
    assert_eq!(version(&asking), 5);
    assert_ne!(tables(&asking), VERSION_4);
    // Its packages have its version, go out and come in.
    let path = fixture.folder.path().join("anna.study");
    let mut study = fixture.open();
    study.package("Anna", &path).unwrap();
    let package = rusqlite::Connection::open(&path).unwrap();
    let found: i64 = package
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(found, 4);
    drop(package);
    grade_next(&mut Ledger::open(&path).unwrap(), "Anna", 1);
    assert_eq!(study.merge(&path).unwrap().n_new, 1);
    assert_eq!(study.verify().unwrap().n_verdicts, 1);
}
