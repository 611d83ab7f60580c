//! The store, on real SQLite files: nothing lost, nothing changed, nothing told.

mod attacks;
mod blinding;
mod create;
mod displays;
mod edits;
mod events;
mod forge;
mod release;
mod opening;
mod share;
mod tamper;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use cisterna::{
    ledger::{Correction, Ledger, LedgerError, Signing},
    study::{
        CaseCode, CaseImage, CaseRow, Circumstances, Conditions, Coordinator, Design, GradeDraft,
        Key, LaterInstallments, Protocol, PublicKey, Scale, SecretKey, Signature, Slot, StudyError,
        Verdict,
    },
};
use rusqlite::Connection;
use tempfile::TempDir;

const SEED: u64 = 0x1122_3344_5566_7788;

/// A study of two patients, two arms and two raters in a folder of its own.
struct Fixture {
    folder: TempDir,
    design: Design,
    key: Key,
    coordinator: Coordinator,
}

impl Fixture {
    fn path(&self) -> PathBuf {
        self.folder.path().join("reflux.study")
    }

    fn new() -> Self {
        Self::enrolled(&[])
    }

    /// With raters whose keys the study knows from the beginning.
    fn enrolled(keys: &[(&str, PublicKey)]) -> Self {
        Self::of(&protocol(SEED), keys)
    }

    fn of(plan: &Protocol, keys: &[(&str, PublicKey)]) -> Self {
        let (design, key) = Design::draw(plan, &cases()).unwrap();
        let fixture = Self {
            folder: tempfile::tempdir().unwrap(),
            design,
            key,
            coordinator: Coordinator::fresh().unwrap(),
        };
        let keys = keys.iter().map(|(name, key)| ((*name).to_owned(), *key));
        Ledger::create(
            &fixture.path(),
            &fixture.design,
            &images(&fixture.design),
            plan,
            fixture.coordinator.clone(),
            &keys.collect(),
        )
        .unwrap();
        fixture
    }

    /// As the coordinator.
    fn open(&self) -> Ledger {
        let mut ledger = self.open_unsigned();
        ledger.sign_in(self.coordinator.clone()).unwrap();
        ledger
    }

    /// As anybody.
    fn open_unsigned(&self) -> Ledger {
        Ledger::open(&self.path()).unwrap()
    }

    /// For what Cisterna itself never does.
    fn raw(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

fn protocol(seed: u64) -> Protocol {
    Protocol {
        title: "Reflux at 24 h".into(),
        washout_days: 0,
        later_installments: LaterInstallments::Open,
        arms: vec!["real".into(), "predicted-by-L1".into()],
        seed: Some(seed),
        reading: Conditions {
            go_back: true,
            ..Conditions::default()
        },
        ..Protocol::reflux(&["Anna".into(), "Bela".into()])
    }
}

fn cases() -> [CaseRow; 4] {
    let case = |patient: &str, arm: &str| CaseRow {
        patient: patient.into(),
        arm: arm.into(),
        image: PathBuf::from(format!("/scans/secret-folder/{patient}_{arm}.nii.gz")),
        sagittal_image: None,
        axial_mm: Some(12.625),
        sagittal_mm: None,
        training: None,
    };
    [
        case("Ola Nordmann", "real"),
        case("Ola Nordmann", "predicted-by-L1"),
        case("Kari Nordmann", "real"),
        case("Kari Nordmann", "predicted-by-L1"),
    ]
}

fn draw() -> (Design, Key) {
    Design::draw(&protocol(SEED), &cases()).unwrap()
}

/// Smooth pictures, a little different for each code.
fn images(design: &Design) -> Vec<CaseImage> {
    let picture = |(idx, code): (usize, &CaseCode)| CaseImage {
        code: code.clone(),
        axial: (0..CaseImage::N_VALUES)
            .map(|i| ((i / 8 + idx) % 256) as u8)
            .collect(),
        sagittal: vec![idx as u8; CaseImage::N_VALUES],
    };
    design.codes.iter().enumerate().map(picture).collect()
}

fn create(path: &Path, design: &Design, images: &[CaseImage]) -> Result<Ledger, LedgerError> {
    create_by(path, design, images, &protocol(SEED))
}

/// A study of a protocol, with a coordinator whom nobody keeps.
fn create_by(
    path: &Path,
    design: &Design,
    images: &[CaseImage],
    plan: &Protocol,
) -> Result<Ledger, LedgerError> {
    let coordinator = Coordinator::fresh().unwrap();
    Ledger::create(path, design, images, plan, coordinator, &BTreeMap::new())
}

/// A rater's key, always the same for a number.
fn key_of(number: usize) -> SecretKey {
    static KEYS: OnceLock<Vec<SecretKey>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| (0..4).map(|_| SecretKey::fresh().unwrap()).collect());
    keys[number].clone()
}

fn try_sign(
    ledger: &mut Ledger,
    rater: &str,
    installment: u32,
    key: &SecretKey,
) -> Result<Signature, LedgerError> {
    let signing = Signing {
        installment,
        name: format!("{rater} Anders, MD"),
        meaning: Signing::MEANING.into(),
    };
    ledger.sign(rater, &signing, key)
}

#[track_caller]
fn sign_with(ledger: &mut Ledger, rater: &str, installment: u32, key: &SecretKey) {
    try_sign(ledger, rater, installment, key).unwrap();
}

/// Both installments, with a key of the rater's own.
fn sign_all(ledger: &mut Ledger, rater: &str) {
    let key = key_of(if rater == "Anna" { 1 } else { 2 });
    for installment in [1, 2] {
        sign_with(ledger, rater, installment, &key);
    }
}

fn grade(value: u8) -> Verdict {
    Verdict::Grade(Scale::reflux().grade(value).unwrap())
}

fn circumstances(opened_unix_millis: i64) -> Circumstances {
    Circumstances {
        confidence: None,
        comment: String::new(),
        opened_unix_millis,
        paused_millis: 0,
        display: serde_json::json!({"axial": [0.0, 1.0], "sagittal": [0.1, 0.9]}),
    }
}

fn draft(rater: &str, slot: &Slot, value: u8) -> GradeDraft {
    GradeDraft {
        rater: rater.into(),
        slot: slot.clone(),
        verdict: grade(value),
        circumstances: circumstances(1_767_225_600_000),
        committed_unix_millis: 1_767_225_605_500,
    }
}

fn correction(replaces: i64, rater: &str, value: u8, reason: &str) -> Correction {
    Correction {
        replaces,
        rater: rater.into(),
        reason: reason.into(),
        verdict: grade(value),
        circumstances: circumstances(1_767_225_700_000),
        committed_unix_millis: 1_767_225_701_000,
    }
}

/// Grades the rater's next `n` cases.
fn grade_next(ledger: &mut Ledger, rater: &str, n: usize) {
    for _ in 0..n {
        let slot = ledger.next_case(rater).unwrap().unwrap();
        ledger.commit_grade(&draft(rater, &slot, 3)).unwrap();
    }
}

#[track_caller]
fn check_said(error: &LedgerError, words: &str, path: &Path) {
    let said = error.to_string();
    assert!(said.contains(words), "{said}");
    assert!(
        said.ends_with(&format!(": {}", path.display())),
        "the path comes last: {said}"
    );
}

#[test]
fn what_is_created_is_found_again() {
    let fixture = Fixture::new();
    let ledger = fixture.open();
    assert_eq!(ledger.path(), fixture.path());
    let plan = protocol(SEED);
    assert_eq!(ledger.instructions().unwrap(), plan.instructions(&[]));
    assert_eq!(ledger.protocol_sha256().unwrap(), plan.fingerprint());
    assert_eq!(ledger.scale().unwrap(), Scale::reflux());
    assert_eq!(ledger.raters().unwrap(), ["Anna", "Bela"]);
    assert_eq!(ledger.design().unwrap(), fixture.design);
    for image in images(&fixture.design) {
        assert_eq!(ledger.case_image("Anna", &image.code).unwrap(), image);
    }
    assert!(ledger.entries(None).unwrap().is_empty());
    assert_eq!(ledger.verify().unwrap().n_verdicts, 0);
    ledger.check_key(&fixture.key).unwrap();
    // One file, and nothing beside it.
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 1);

    let unknown = CaseCode::parse("CCCCCC").unwrap();
    assert!(matches!(
        ledger.case_image("Anna", &unknown),
        Err(LedgerError::UnknownCase(_))
    ));
    assert!(matches!(
        ledger.worklist("Eva"),
        Err(LedgerError::UnknownRater(_))
    ));
    assert!(matches!(
        ledger.entries(Some("Eva")),
        Err(LedgerError::UnknownRater(_))
    ));
    assert!(matches!(
        ledger.next_case("Eva"),
        Err(LedgerError::UnknownRater(_))
    ));
}

/// Each grade is given in a new window, which finds the next case by itself.
#[test]
fn progress_is_derived_from_the_grades() {
    let fixture = Fixture::new();
    let worklist = fixture.design.worklists[0].clone();
    for (n_done, slot) in worklist.slots().enumerate() {
        // A new window each time.
        let mut ledger = fixture.open();
        let next = ledger.next_case("Anna").unwrap();
        assert_eq!(next.as_ref(), Some(&slot));
        assert_eq!(ledger.progress("Anna").unwrap().n_graded(), n_done);
        let draft = draft("Anna", &slot, n_done as u8);
        let entry = ledger.commit_grade(&draft).unwrap();
        assert_eq!(entry.seq, n_done as i64 + 1);
        assert_eq!(ledger.entries(Some("Anna")).unwrap().last(), Some(&entry));
        assert_eq!(
            (entry.verdict, &entry.circumstances),
            (draft.verdict, &draft.circumstances)
        );
    }
    let ledger = fixture.open();
    assert_eq!(ledger.next_case("Anna").unwrap(), None);
    assert!(ledger.progress("Anna").unwrap().is_done());
    assert_eq!(ledger.progress("Bela").unwrap().n_graded(), 0);
    assert!(ledger.entries(Some("Bela")).unwrap().is_empty());
    assert_eq!(ledger.verify().unwrap().n_verdicts, 4);
}

#[test]
fn grades_out_of_order_are_refused() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    let slots: Vec<Slot> = fixture.design.worklists[0].slots().collect();
    let refused = ledger
        .commit_grade(&draft("Anna", &slots[1], 3))
        .unwrap_err();
    assert!(matches!(&refused, LedgerError::NotNext { next: Some(next), .. } if *next == slots[0]));
    // The right place with another case.
    let wrong = Slot {
        code: slots[1].code.clone(),
        ..slots[0].clone()
    };
    let refused = ledger.commit_grade(&draft("Anna", &wrong, 3));
    assert!(matches!(refused, Err(LedgerError::NotNext { .. })));
    let refused = ledger.commit_grade(&draft("Eva", &slots[0], 3));
    assert!(matches!(refused, Err(LedgerError::UnknownRater(_))));
    assert!(
        ledger.entries(None).unwrap().is_empty(),
        "nothing was stored"
    );
    grade_next(&mut ledger, "Anna", 4);
    let refused = ledger.commit_grade(&draft("Anna", &slots[3], 3));
    assert!(matches!(refused, Err(LedgerError::AlreadyGraded { .. })));
}

/// A grade that is on another study's scale, but not on this one's.
#[test]
fn grades_off_the_scale_are_refused() {
    let fixture = Fixture::new();
    let mut longer = Scale::reflux();
    let mut level = longer.levels[4].clone();
    level.grade = 5;
    longer.levels.push(level);
    let mut ledger = fixture.open();
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let mut off = draft("Anna", &slot, 0);
    off.verdict = Verdict::Grade(longer.grade(5).unwrap());
    let refused = ledger.commit_grade(&off).unwrap_err();
    assert!(matches!(
        refused,
        LedgerError::Study(StudyError::NotAGrade { value: 5, .. })
    ));
    assert!(ledger.entries(None).unwrap().is_empty());
}

#[test]
fn two_windows_of_one_rater_cannot_both_grade_a_case() {
    let fixture = Fixture::new();
    let (mut first, mut second) = (fixture.open(), fixture.open());
    let slot = first.next_case("Anna").unwrap().unwrap();
    assert_eq!(second.next_case("Anna").unwrap().as_ref(), Some(&slot));
    first.commit_grade(&draft("Anna", &slot, 0)).unwrap();
    let refused = second.commit_grade(&draft("Anna", &slot, 4)).unwrap_err();
    assert!(
        matches!(&refused, LedgerError::AlreadyGraded { rater, slot: taken }
        if rater == "Anna" && *taken == slot)
    );
    assert!(refused.to_string().contains("perhaps in another window"));
    // The second window sees what the first stored, and goes on.
    assert_eq!(second.entries(None).unwrap().len(), 1);
    grade_next(&mut second, "Anna", 1);
    grade_next(&mut first, "Bela", 1);
    assert_eq!(second.verify().unwrap().n_verdicts, 3);
}

/// Many threads, each with its own connection, all grading for the same rater.
#[test]
fn a_race_for_the_same_cases_grades_each_once() {
    let fixture = Fixture::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut ledger = fixture.open();
                while let Some(slot) = ledger.next_case("Anna").unwrap() {
                    match ledger.commit_grade(&draft("Anna", &slot, 3)) {
                        Ok(_) | Err(LedgerError::AlreadyGraded { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert_eq!(fixture.open().verify().unwrap().n_verdicts, 4);
}

#[test]
fn another_programs_lock_is_said() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let raw = fixture.raw();
    raw.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let refused = ledger.commit_grade(&draft("Anna", &slot, 3)).unwrap_err();
    assert!(matches!(refused, LedgerError::Busy(_)));
    check_said(&refused, "in use by another window", &fixture.path());
    raw.execute_batch("ROLLBACK").unwrap();
    ledger.commit_grade(&draft("Anna", &slot, 3)).unwrap();
}

/// A stick pulled out, a file moved away by somebody: what the window still holds open is no longer
/// the study, and a grade that went there would be lost.
#[cfg(unix)]
#[test]
fn a_file_that_is_gone_takes_no_grade() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    grade_next(&mut ledger, "Anna", 1);
    let elsewhere = fixture.path().with_extension("away");
    fs::rename(fixture.path(), &elsewhere).unwrap();
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let refused = ledger.commit_grade(&draft("Anna", &slot, 3)).unwrap_err();
    check_said(&refused, "moved, replaced or taken away", &fixture.path());
    fs::rename(&elsewhere, fixture.path()).unwrap();
    ledger.commit_grade(&draft("Anna", &slot, 3)).unwrap();
    assert_eq!(fixture.open().verify().unwrap().n_verdicts, 2);
}

/// What a copy made at any moment between commits holds.
#[test]
fn a_copy_of_the_open_file_is_complete() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    for n_done in 1..=4 {
        grade_next(&mut ledger, "Anna", 1);
        assert_eq!(
            fs::read_dir(fixture.folder.path()).unwrap().count(),
            1,
            "no journal is left"
        );
        let elsewhere = tempfile::tempdir().unwrap();
        let copy = elsewhere.path().join("copy.study");
        fs::copy(fixture.path(), &copy).unwrap();
        let copy = Ledger::open(&copy).unwrap();
        assert_eq!(copy.verify().unwrap().n_verdicts, n_done);
        assert_eq!(copy.entries(None).unwrap(), ledger.entries(None).unwrap());
    }
}

const CRASH_FILE: &str = "CISTERNA_TEST_CRASH_FILE";

/// Does nothing by itself: the next test runs it in a process of its own. Grades two cases, then dies in
/// the middle of a third transaction, without any destructor.
#[test]
fn crash_helper() {
    let Some(path) = std::env::var_os(CRASH_FILE) else {
        return;
    };
    let mut ledger = Ledger::open(Path::new(&path)).unwrap();
    grade_next(&mut ledger, "Anna", 2);
    let raw = Connection::open(&path).unwrap();
    // A cache this small makes SQLite write changed pages into the file before the commit.
    raw.execute_batch("PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE half (x)")
        .unwrap();
    raw.execute("INSERT INTO half VALUES (zeroblob(1000000))", [])
        .unwrap();
    std::process::abort();
}

#[test]
fn a_committed_grade_survives_a_kill() {
    let fixture = Fixture::new();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["ledger::crash_helper", "--exact"])
        .env(CRASH_FILE, fixture.path())
        .output()
        .unwrap()
        .status;
    assert!(!status.success(), "the helper must have died");
    assert!(
        fixture
            .path()
            .with_file_name("reflux.study-journal")
            .exists(),
        "died half-way"
    );
    let mut ledger = fixture.open();
    assert_eq!(ledger.verify().unwrap().n_verdicts, 2);
    grade_next(&mut ledger, "Anna", 2);
    assert_eq!(ledger.next_case("Anna").unwrap(), None);
}

#[test]
fn a_correction_is_a_new_row() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    grade_next(&mut ledger, "Anna", 2);
    let corrected = ledger
        .correct_grade(&correction(1, "Anna", 0, "pressed the wrong key"))
        .unwrap();
    assert_eq!((corrected.seq, corrected.replaces), (3, Some(1)));
    assert_eq!(corrected.reason.as_deref(), Some("pressed the wrong key"));
    let entries = ledger.entries(None).unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(
        entries[0].verdict,
        grade(3),
        "the first grade is still there"
    );
    assert_eq!(entries[2], corrected);
    assert_eq!(ledger.progress("Anna").unwrap().n_graded(), 2);

    for refused in [
        correction(1, "Anna", 4, "again"), // was corrected already
        correction(2, "Bela", 4, "not mine"),
        correction(9, "Anna", 4, "not there"),
    ] {
        let refused = ledger.correct_grade(&refused);
        assert!(matches!(refused, Err(LedgerError::NotStanding { .. })));
    }
    let refused = ledger.correct_grade(&correction(2, "Anna", 4, " "));
    assert!(matches!(refused, Err(LedgerError::NoReason)));
    // A correction can be corrected.
    ledger
        .correct_grade(&correction(3, "Anna", 4, "on second thought"))
        .unwrap();
    let statuses: Vec<&str> = ledger
        .readings(None)
        .unwrap()
        .iter()
        .map(|row| row.status.name())
        .collect();
    assert_eq!(statuses, ["replaced", "graded", "replaced", "corrected"]);
    assert_eq!(ledger.verify().unwrap().n_verdicts, 4);
}

/// The second installment waits for the protocol's days after the last grade of the first.
#[test]
fn an_installment_waits_for_the_washout() {
    const DAY: i64 = 86_400_000;
    let (design, _) = draw();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reflux.study");
    let plan = Protocol {
        washout_days: 14,
        ..protocol(SEED)
    };
    let mut ledger = create_by(&path, &design, &images(&design), &plan).unwrap();
    assert_eq!(ledger.begins_at("Anna", 1).unwrap(), None);
    let mut last = 0;
    while let Some(slot) = ledger.next_case("Anna").unwrap() {
        if slot.installment == 2 {
            break;
        }
        last = ledger
            .commit_grade(&draft("Anna", &slot, 3))
            .unwrap()
            .committed_unix_millis;
    }
    let begins = last + 14 * DAY;
    assert_eq!(ledger.begins_at("Anna", 2).unwrap(), Some(begins));
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let at = |opened_unix_millis| GradeDraft {
        circumstances: circumstances(opened_unix_millis),
        committed_unix_millis: opened_unix_millis + 1000,
        ..draft("Anna", &slot, 3)
    };
    let early = ledger.commit_grade(&at(begins - 1)).unwrap_err();
    assert_eq!(
        early.to_string(),
        "installment 2 of Anna may begin from 2026-01-15T00:00:05.500Z on; nothing was stored"
    );
    ledger.commit_grade(&at(begins)).unwrap();
    // Another rater's time is their own.
    assert_eq!(ledger.begins_at("Bela", 2).unwrap(), None);
}

#[test]
fn a_read_only_look_stores_nothing() {
    let fixture = Fixture::new();
    grade_next(&mut fixture.open(), "Anna", 1);
    let mut look = Ledger::open_read_only(&fixture.path()).unwrap();
    assert_eq!(look.verify().unwrap().n_verdicts, 1);
    let slot = look.next_case("Anna").unwrap().unwrap();
    let refused = look.commit_grade(&draft("Anna", &slot, 3)).unwrap_err();
    assert!(matches!(refused, LedgerError::ReadOnly(_)));
    check_said(&refused, "cannot be written to", &fixture.path());
}
