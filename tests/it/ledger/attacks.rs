//! Histories rewritten by somebody with the source in hand: what is found by the file alone, what
//! by receipts, and what is not.

use super::forge::Forger;
use super::{Fixture, grade_next, key_of, sign_all};
use cisterna::ledger::{Ledger, LedgerError};
use cisterna::study::{Coordinator, Key, Receipt};
use std::fs;
use std::path::PathBuf;

/// Anna's package, read to its end and signed, taken in; Bela's half. Receipts as they were given.
struct Attacked {
    fixture: Fixture,
    anna: PathBuf,
    receipts: Vec<Receipt>,
}

impl Attacked {
    fn new() -> Self {
        let fixture = Fixture::new();
        let anna = fixture.folder.path().join("anna.study");
        let bela = fixture.folder.path().join("bela.study");
        let mut study = fixture.open();
        study.package("Anna", &anna).unwrap();
        study.package("Bela", &bela).unwrap();
        let mut receipts = vec![study.receipt("package").unwrap()];
        let mut package = Ledger::open(&anna).unwrap();
        grade_next(&mut package, "Anna", 4);
        sign_all(&mut package, "Anna");
        grade_next(&mut Ledger::open(&bela).unwrap(), "Bela", 2);
        for package in [&anna, &bela] {
            study.merge(package).unwrap();
            receipts.push(study.receipt("merge").unwrap());
        }
        Self {
            fixture,
            anna,
            receipts,
        }
    }

    fn forger(&self) -> Forger {
        Forger::new(&self.fixture.path())
    }

    #[track_caller]
    fn check_found(&self, words: &str) {
        let found = self.look().verify().unwrap_err();
        assert!(matches!(found, LedgerError::Tampered { .. }), "{found}");
        assert!(found.to_string().contains(words), "{found}");
    }

    /// Nothing in the file itself shows it; a receipt does.
    #[track_caller]
    fn check_receipted(&self, words: &str) {
        let study = self.look();
        study.verify().unwrap();
        let newest = self.receipts.last().unwrap();
        let found = study.check_receipt(newest).unwrap_err();
        assert!(matches!(found, LedgerError::Receipt { .. }), "{found}");
        assert!(found.to_string().contains(words), "{found}");
    }

    fn look(&self) -> Ledger {
        Ledger::open_read_only(&self.fixture.path()).unwrap()
    }

    fn key(&self) -> &Key {
        &self.fixture.key
    }
}

/// The forger's own arithmetic is the program's, so that what is found below is found for the
/// reason that is named: a chain that was reckoned anew without a change is in order.
#[test]
fn the_forger_knows_the_program() {
    let attacked = Attacked::new();
    let before = attacked.look().verify().unwrap();
    let forger = Forger::new(&attacked.anna);
    forger.run("UPDATE event SET app_version = app_version");
    let package = Ledger::open_read_only(&attacked.anna).unwrap();
    let ours = package.verify().unwrap();
    assert_eq!(ours.heads["Anna"], before.heads["Anna"]);
    forger.rehash("Anna");
    let forged = Ledger::open_read_only(&attacked.anna).unwrap();
    // Signed with another key, a package alone is still in order: nobody vouches for the first.
    let theirs = forged.verify().unwrap();
    assert_ne!(theirs.heads["Anna"], ours.heads["Anna"]);
    assert!(!theirs.rater_keys["Anna"].is_vouched);
}

#[test]
fn changed_grades_with_new_hashes_and_a_new_key_are_found() {
    let attacked = Attacked::new();
    let forger = attacked.forger();
    forger.run(
        "UPDATE event SET content = json_set(content, '$.grade', 0) \
         WHERE author = 'Anna' AND kind = 'graded'",
    );
    forger.rehash("Anna");
    // The coordinator has recorded another key, and countersigned other events.
    attacked.check_found("names another key of the rater than before");
}

/// By the rater, who has the right key: what was taken in is countersigned.
#[test]
fn a_rater_cannot_change_what_was_taken_in() {
    let attacked = Attacked::new();
    let forger = attacked.forger();
    forger.run(
        "UPDATE event SET content = json_set(content, '$.grade', 0) WHERE author = 'Bela' AND seq = 1",
    );
    forger.rehash("Bela");
    attacked.check_found("took in other events of Bela than are here");
}

#[test]
fn a_changed_grade_in_a_package_is_refused_when_it_comes_back() {
    let attacked = Attacked::new();
    let forger = Forger::new(&attacked.anna);
    forger.run("UPDATE event SET content = json_set(content, '$.grade', 0) WHERE seq = 1");
    forger.rehash("Anna");
    let mut study = attacked.fixture.open();
    let refused = study.merge(&attacked.anna).unwrap_err();
    assert!(matches!(refused, LedgerError::OtherKey { .. }), "{refused}");
}

/// Before anything was taken in, the first key is believed; the second is not.
#[test]
fn the_first_key_stays() {
    let fixture = Fixture::new();
    let path = fixture.folder.path().join("anna.study");
    let mut study = fixture.open();
    study.package("Anna", &path).unwrap();
    let copy = fixture.folder.path().join("copy.study");
    fs::copy(&path, &copy).unwrap();
    for (file, key) in [(&path, 1), (&copy, 2)] {
        let mut package = Ledger::open(file).unwrap();
        grade_next(&mut package, "Anna", 2);
        super::sign_with(&mut package, "Anna", 1, &key_of(key));
    }
    let merged = study.merge(&path).unwrap();
    assert_eq!(merged.pinned, Some(key_of(1).public()));
    let refused = study.merge(&copy).unwrap_err();
    assert!(matches!(refused, LedgerError::OtherKey { .. }), "{refused}");
    let verified = study.verify().unwrap();
    assert_eq!(verified.rater_keys["Anna"].public_key, key_of(1).public());
    assert!(verified.rater_keys["Anna"].is_vouched);
    // Nor does the rater's own package take another key for the next installment.
    let mut package = Ledger::open(&path).unwrap();
    grade_next(&mut package, "Anna", 2);
    let refused = super::try_sign(&mut package, "Anna", 2, &key_of(2)).unwrap_err();
    assert!(matches!(refused, LedgerError::OtherKey { .. }), "{refused}");
}

#[test]
fn a_tail_that_was_cut_off_is_found_by_a_receipt() {
    let attacked = Attacked::new();
    let forger = attacked.forger();
    // Bela's grades and what took them in.
    forger.cut("Bela", 1);
    let n_keepers = attacked.look().events(Some("")).unwrap().len() as i64;
    forger.cut("", n_keepers);
    attacked.check_receipted("2 events of Bela were there, and some were cut off since");
}

/// A copy from before the signature, laid over.
#[test]
fn a_roll_back_is_found_by_a_receipt() {
    let fixture = Fixture::new();
    let early = fs::read(fixture.path()).unwrap();
    let mut study = fixture.open();
    for rater in ["Anna", "Bela"] {
        grade_next(&mut study, rater, 4);
        sign_all(&mut study, rater);
    }
    study.note_export("grades", false).unwrap();
    let receipt = study.receipt("export").unwrap();
    drop(study);
    fs::write(fixture.path(), early).unwrap();
    let study = fixture.open();
    study.verify().unwrap();
    let found = study.check_receipt(&receipt).unwrap_err();
    assert!(found.to_string().contains("cut off"), "{found}");
}

/// Without the coordinator's log nothing is countersigned, which is said; the receipts know it.
#[test]
fn an_emptied_log_is_said_and_found() {
    let attacked = Attacked::new();
    let before = attacked.look().verify().unwrap();
    assert_eq!(before.n_not_countersigned, 0);
    attacked.forger().cut("", 1);
    let after = attacked.look().verify().unwrap();
    assert_eq!(
        after.n_not_countersigned,
        before.n_verdicts + before.n_signatures
    );
    assert!(!after.rater_keys["Anna"].is_vouched);
    assert!(after.to_text(&[]).contains("not countersigned"));
    attacked.check_receipted("of coordinator were there, and some were cut off since");
    // A package that was written after knows it too.
    let study = attacked.fixture.open();
    let later = attacked.fixture.folder.path().join("later.study");
    study.package("Bela", &later).unwrap();
    let carried = Ledger::open(&later).unwrap().carried_receipt().unwrap();
    let carried = carried.expect("a package carries a receipt");
    study.check_receipt(&carried).unwrap();
}

/// The package carries what the coordinator's file held when it was written, so that a coordinator
/// whose log went back finds it when a package returns.
#[test]
fn a_returning_package_is_a_witness() {
    let attacked = Attacked::new();
    let again = attacked.fixture.folder.path().join("again.study");
    attacked.fixture.open().package("Bela", &again).unwrap();
    attacked.forger().cut("", 1);
    let refused = attacked.fixture.open().merge(&again).unwrap_err();
    assert!(matches!(refused, LedgerError::Receipt { .. }), "{refused}");
}

/// Knowing the arms, somebody drops that the key was opened and grades again.
#[test]
fn a_dropped_unsealing_is_found_by_a_receipt() {
    let mut attacked = Attacked::new();
    let mut study = attacked.fixture.open();
    study.unseal(attacked.key(), Some("interim look")).unwrap();
    attacked.receipts.push(study.receipt("unseal").unwrap());
    let n = study.events(Some("")).unwrap().len() as i64;
    drop(study);
    attacked.forger().cut("", n);
    grade_next(&mut attacked.fixture.open(), "Bela", 1);
    attacked.check_receipted("of coordinator were there, and some were cut off since");
}

/// What only the coordinator may do takes the coordinator's key.
#[test]
fn acts_of_the_coordinator_by_others_are_found() {
    #[track_caller]
    fn check(content: &str) {
        let attacked = Attacked::new();
        attacked.forger().add("", content, None);
        attacked.check_found("is not signed by the coordinator");
    }
    check(r#"{"kind":"unsealed","unsigned":[],"reason":null}"#);
    check(r#"{"kind":"exported","what":"grades","arms":false}"#);
    check(r#"{"kind":"released","rater":"Anna","installment":2,"early":null}"#);
    let mut study = Attacked::new().fixture.open_unsigned();
    let refused = study.note_export("grades", false).unwrap_err();
    assert!(matches!(refused, LedgerError::NeedsCoordinator));
    let refused = study.sign_in(Coordinator::fresh().unwrap()).unwrap_err();
    assert!(matches!(refused, LedgerError::OtherCoordinator(_)));
}

/// Chains and signatures in order, and yet not what the protocol lets happen.
#[test]
fn verdicts_that_were_not_the_raters_to_give_are_found() {
    #[track_caller]
    fn check(n_graded: usize, content: &str, at: Option<usize>, words: &str) {
        let fixture = Fixture::new();
        let mut study = fixture.open();
        grade_next(&mut study, "Anna", n_graded);
        let slots: Vec<_> = study.worklist("Anna").unwrap().slots().collect();
        drop(study);
        let slot = at.map(|at| &slots[at]);
        let slot = slot.map(|slot| (slot.installment, slot.position, slot.code.as_str()));
        Forger::new(&fixture.path()).add("Anna", content, slot);
        let found = fixture.open().verify().unwrap_err();
        assert!(matches!(found, LedgerError::Tampered { .. }), "{found}");
        assert!(found.to_string().contains(words), "{found}");
    }
    let graded = |more: &str| {
        format!(
            r#"{{"kind":"graded","grade":3,"confidence":null,"comment":"","opened_unix_millis":1767225600000,"paused_millis":0,"display":{{}}{more}}}"#
        )
    };
    let sure = graded("").replace(r#""confidence":null"#, r#""confidence":17"#);
    check(1, &sure, Some(1), "does not ask for a confidence");
    check(1, &graded("").replace('3', "9"), Some(1), "cannot be");
    check(
        0,
        &graded(""),
        Some(1),
        "does not grade the case whose turn it was",
    );
    check(
        0,
        &graded(""),
        Some(2),
        "does not grade the case whose turn it was",
    );
    let skipped = graded("").replace(r#""graded","grade":3"#, r#""skipped","reason":"  ""#);
    check(0, &skipped, Some(0), "a reason is needed");
    let signed = |name: &str| {
        format!(
            r#"{{"kind":"signed","installment":1,"name":"{name}","meaning":"m","public_key":"{}","signature":"{}"}}"#,
            key_of(1).public(),
            "0".repeat(128)
        )
    };
    check(
        2,
        &signed("Anna"),
        None,
        "a signature that is not the rater's",
    );
    check(
        1,
        r#"{"kind":"begun_early","installment":2,"reason":""}"#,
        None,
        "begins an installment early without leave",
    );
    check(
        1,
        r#"{"kind":"merged","rater":"Anna","n_events":1,"n_total":1,"sha256":""}"#,
        None,
        "is not a rater's to make",
    );
}

/// An installment cannot be signed before its last case is graded, by whatever program.
#[test]
fn an_incomplete_installment_signed_is_found() {
    let fixture = Fixture::new();
    let mut study = fixture.open();
    grade_next(&mut study, "Anna", 2);
    super::sign_with(&mut study, "Anna", 1, &key_of(1));
    drop(study);
    let forger = Forger::new(&fixture.path());
    // The second case's grade is taken out, and the signature put under the first.
    forger.run(
        "DELETE FROM event WHERE author = 'Anna' AND seq = 2; \
         UPDATE event SET seq = 2 WHERE author = 'Anna' AND seq = 3; \
         UPDATE sqlite_sequence SET seq = 2 WHERE name = 'event';",
    );
    forger.rehash("Anna");
    let found = fixture.open().verify().unwrap_err().to_string();
    assert!(
        found.contains("signs an installment that was not complete"),
        "{found}"
    );
}

/// A key that enrolled before the study was made is the only one that signs, from the first
/// package on.
#[test]
fn an_enrolled_key_needs_no_first_contact() {
    let fixture = Fixture::enrolled(&[("Anna", key_of(1).public())]);
    let path = fixture.folder.path().join("anna.study");
    fixture.open().package("Anna", &path).unwrap();
    let mut package = Ledger::open(&path).unwrap();
    grade_next(&mut package, "Anna", 2);
    let refused = super::try_sign(&mut package, "Anna", 1, &key_of(2)).unwrap_err();
    assert!(matches!(refused, LedgerError::OtherKey { .. }), "{refused}");
    super::sign_with(&mut package, "Anna", 1, &key_of(1));
    assert!(package.verify().unwrap().rater_keys["Anna"].is_vouched);
    drop(package);
    let forger = Forger::new(&path);
    forger.rehash("Anna");
    let found = Ledger::open(&path)
        .unwrap()
        .verify()
        .unwrap_err()
        .to_string();
    assert!(
        found.contains("a signature that is not the rater's"),
        "{found}"
    );
    // The key itself cannot be exchanged either: the rater's chain begins with it.
    let other = format!("UPDATE rater SET public_key = '{}'", key_of(2).public());
    Forger::new(&fixture.path()).run(&other);
    let found = fixture.open().verify().unwrap_err().to_string();
    assert!(found.contains("was changed"), "{found}");
}
