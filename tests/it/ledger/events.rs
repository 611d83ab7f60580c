//! What else happens in a study: training, what the protocol offers, pauses, signatures.

use super::{
    Fixture, SEED, circumstances, correction, create, create_by, draft, grade, grade_next, images,
    key_of, protocol, sign_with, try_sign,
};
use cisterna::ledger::{Ledger, LedgerError, Signing};
use cisterna::study::{
    CaseRow, Conditions, Design, EventKind, GradeDraft, Protocol, ReadingStatus, StudyError,
    Verdict, rfc3339,
};
use std::path::PathBuf;
use tempfile::TempDir;

fn case(patient: &str, arm: &str, training: Option<u8>) -> CaseRow {
    CaseRow {
        patient: patient.into(),
        arm: arm.into(),
        image: PathBuf::from("x.nii"),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training,
    }
}

/// Two patients in two arms, and what raters may do.
fn study(reading: Conditions, training: &[CaseRow]) -> (TempDir, Ledger, Design) {
    let plan = Protocol {
        reading,
        ..protocol(SEED)
    };
    let arms = ["real", "predicted-by-L1"];
    let studied = ["p", "q"].map(|patient| arms.map(|arm| case(patient, arm, None)));
    let cases = [training, studied.as_flattened()].concat();
    let (design, _) = Design::draw(&plan, &cases).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.study");
    let ledger = create_by(&path, &design, &images(&design), &plan).unwrap();
    (folder, ledger, design)
}

/// Training cases come first, in the order of the list, and count nowhere.
#[test]
fn training_comes_first_and_never_counts() {
    let training = [case("t1", "real", Some(4)), case("t2", "real", Some(0))];
    let (_folder, mut ledger, design) = study(Conditions::default(), &training);
    let told = ledger.instructions().unwrap().training;
    assert_eq!(told, design.training);
    assert_eq!(told.iter().map(|of| of.grade).collect::<Vec<_>>(), [4, 0]);
    for (example, position) in told.iter().zip(1..) {
        let slot = ledger.next_case("Anna").unwrap().unwrap();
        assert_eq!((slot.installment, slot.position), (0, position));
        assert_eq!(slot.code, example.code);
        assert_eq!(ledger.progress("Anna").unwrap().n_graded(), 0);
        ledger.commit_grade(&draft("Anna", &slot, 3)).unwrap();
    }
    let progress = ledger.progress("Anna").unwrap();
    assert!(progress.training.is_done() && progress.n_graded() == 0);
    assert_eq!(progress.n_cases(), 4);
    grade_next(&mut ledger, "Anna", 4);
    assert_eq!(ledger.next_case("Anna").unwrap(), None);
    let rows = ledger.readings(None).unwrap();
    let counted = rows.iter().filter(|row| row.counts()).count();
    assert_eq!((rows.len(), counted), (6, 4));
    assert_eq!(rows[0].status, ReadingStatus::Training);
    ledger.verify().unwrap();
}

#[test]
fn training_shows_no_patient_of_the_study() {
    let plan = protocol(SEED);
    let draw = |training: CaseRow| {
        let studied = ["real", "predicted-by-L1"].map(|arm| case("p", arm, None));
        let cases = [&[training], &studied[..]].concat();
        Design::draw(&plan, &cases).map(|_| ()).unwrap_err()
    };
    // Another image of a patient of the study, under an arm of its own.
    let mut plan_of = protocol(SEED);
    plan_of.arms.push("other".into());
    let cases = [
        case("p", "real", None),
        case("p", "predicted-by-L1", None),
        case("q", "other", None),
        case("p", "other", Some(3)),
    ];
    let said = Design::draw(&plan_of, &cases).unwrap_err().to_string();
    assert!(
        said.contains("has a training case and another one"),
        "{said}"
    );
    let off = draw(case("t", "real", Some(9)));
    assert!(matches!(off, StudyError::NotAGrade { value: 9, .. }));
}

/// What the protocol does not offer is refused, what it asks for must be there.
#[test]
fn the_protocol_decides_what_is_taken() {
    #[track_caller]
    fn check(reading: Conditions, change: fn(&mut GradeDraft), words: &str) {
        let (_folder, mut ledger, _) = study(reading, &[]);
        let slot = ledger.next_case("Anna").unwrap().unwrap();
        let mut changed = draft("Anna", &slot, 3);
        change(&mut changed);
        match ledger.commit_grade(&changed) {
            Ok(entry) => assert_eq!((words, &entry.circumstances), ("", &changed.circumstances)),
            Err(error) => assert!(
                error.to_string().contains(words) && !words.is_empty(),
                "{error}"
            ),
        }
        let n = usize::from(words.is_empty());
        assert_eq!(ledger.entries(None).unwrap().len(), n);
    }
    let usual = Conditions::default();
    let sure = Conditions {
        confidence: true,
        ..usual
    };
    let strict = Conditions {
        cannot_grade: false,
        comment: false,
        ..usual
    };
    check(sure, |_| {}, "asks for a confidence");
    check(
        sure,
        |draft| draft.circumstances.confidence = Some(6),
        "from 1 to 5",
    );
    check(sure, |draft| draft.circumstances.confidence = Some(5), "");
    // Nobody is asked how sure they are of no grade.
    check(
        sure,
        |draft| draft.verdict = Verdict::CannotGrade("motion".into()),
        "",
    );
    check(
        usual,
        |draft| draft.circumstances.confidence = Some(5),
        "does not ask for a confidence",
    );
    check(
        strict,
        |draft| draft.circumstances.comment = "x".into(),
        "does not ask for comments",
    );
    check(
        usual,
        |draft| draft.circumstances.comment = "motion".into(),
        "",
    );
    let cannot = |draft: &mut GradeDraft| draft.verdict = Verdict::CannotGrade("motion".into());
    check(strict, cannot, "asks for a grade of every case");
    check(usual, cannot, "");
    let why = |draft: &mut GradeDraft| draft.verdict = Verdict::CannotGrade(" ".into());
    check(usual, why, "a reason is needed");
}

#[test]
fn a_case_that_cannot_be_graded_is_not_missing() {
    let (_folder, mut ledger, _) = study(Conditions::default(), &[]);
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let mut skipped = draft("Anna", &slot, 3);
    skipped.verdict = Verdict::CannotGrade("motion".into());
    ledger.commit_grade(&skipped).unwrap();
    assert_ne!(ledger.next_case("Anna").unwrap().as_ref(), Some(&slot));
    let rows = ledger.readings(None).unwrap();
    assert_eq!(
        (rows[0].grade, rows[0].status),
        (None, ReadingStatus::CannotGrade)
    );
    assert_eq!(rows[0].comment, "motion");
    ledger.verify().unwrap();
}

/// Without a way back, what was committed stands.
#[test]
fn corrections_need_a_protocol_that_has_them() {
    let (_folder, mut ledger, _) = study(Conditions::default(), &[]);
    grade_next(&mut ledger, "Anna", 1);
    let refused = ledger.correct_grade(&correction(1, "Anna", 0, "slip"));
    assert!(
        matches!(refused, Err(LedgerError::Protocol(_))),
        "{refused:?}"
    );
}

#[test]
fn pauses_are_kept_and_do_not_count_as_time() {
    let (_folder, mut ledger, _) = study(Conditions::default(), &[]);
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    for kind in [
        EventKind::Opened {},
        EventKind::Paused { idle: true },
        EventKind::Resumed {},
    ] {
        ledger.note("Anna", Some(&slot), kind).unwrap();
    }
    let mut late = draft("Anna", &slot, 3);
    late.circumstances.paused_millis = 3500;
    let entry = ledger.commit_grade(&late).unwrap();
    assert_eq!((entry.seq, entry.seconds()), (4, 2.0));
    let kinds: Vec<&str> = ledger
        .events(Some("Anna"))
        .unwrap()
        .iter()
        .map(|event| event.kind.name())
        .collect();
    assert_eq!(kinds, ["opened", "paused", "resumed", "graded"]);
    let refused = ledger.note("Eva", None, EventKind::Resumed {});
    assert!(matches!(refused, Err(LedgerError::UnknownRater(_))));
    let verified = ledger.verify().unwrap();
    assert_eq!((verified.n_events, verified.n_verdicts), (4, 1));
    // The clock of the grade lies before those of the events, which were now.
    assert_eq!(verified.n_clock_steps_back, 1);
}

#[test]
fn a_signed_installment_takes_no_more() {
    let reading = Conditions {
        go_back: true,
        ..Conditions::default()
    };
    let (_folder, mut ledger, _) = study(reading, &[]);
    grade_next(&mut ledger, "Anna", 1);
    let key = key_of(1);
    let unfinished = try_sign(&mut ledger, "Anna", 1, &key).unwrap_err();
    assert!(matches!(
        unfinished,
        LedgerError::Unfinished { installment: 1, .. }
    ));
    grade_next(&mut ledger, "Anna", 1);
    let nameless = Signing {
        installment: 1,
        name: " ".into(),
        meaning: Signing::MEANING.into(),
    };
    assert!(matches!(
        ledger.sign("Anna", &nameless, &key),
        Err(LedgerError::NoName)
    ));
    ledger
        .correct_grade(&correction(1, "Anna", 0, "slip"))
        .unwrap();
    sign_with(&mut ledger, "Anna", 1, &key);

    let late = ledger.correct_grade(&correction(3, "Anna", 4, "on second thought"));
    assert!(matches!(late, Err(LedgerError::AlreadySigned { .. })));
    let twice = try_sign(&mut ledger, "Anna", 1, &key);
    assert!(matches!(twice, Err(LedgerError::AlreadySigned { .. })));
    grade_next(&mut ledger, "Anna", 2);
    let other = try_sign(&mut ledger, "Anna", 2, &key_of(2));
    assert!(matches!(other, Err(LedgerError::OtherKey { .. })));
    let second = try_sign(&mut ledger, "Anna", 2, &key).unwrap();
    let signatures = ledger.signatures("Anna").unwrap();
    assert_eq!(signatures[1], second);
    assert_eq!(
        signatures[0].public_key, second.public_key,
        "one key a rater"
    );
    assert_ne!(signatures[0].signature, second.signature);
    assert_eq!(ledger.verify().unwrap().n_signatures, 2);
    assert!(ledger.progress("Anna").unwrap().unsigned().next().is_none());
}

/// Begun before the washout has passed, with a reason that is kept.
#[test]
fn a_washout_can_be_cut_short_with_a_reason() {
    let plan = Protocol {
        washout_days: 14,
        ..protocol(SEED)
    };
    let (design, _) = super::draw();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.study");
    let mut ledger = create_by(&path, &design, &images(&design), &plan).unwrap();
    grade_next(&mut ledger, "Anna", 2);
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let early = ledger.commit_grade(&draft("Anna", &slot, 3));
    assert!(matches!(early, Err(LedgerError::Washout { .. })));
    assert!(matches!(
        ledger.begin_early("Anna", 2, "  "),
        Err(LedgerError::NoReason)
    ));
    ledger
        .begin_early("Anna", 2, "leaves the hospital")
        .unwrap();
    assert_eq!(ledger.begins_at("Anna", 2).unwrap(), None);
    ledger.commit_grade(&draft("Anna", &slot, 3)).unwrap();
    let events = ledger.events(Some("Anna")).unwrap();
    let why = EventKind::BegunEarly {
        installment: 2,
        reason: "leaves the hospital".into(),
    };
    assert!(events.iter().any(|event| event.kind == why));
    ledger.verify().unwrap();
}

/// A clock set back between two grades costs neither, and is told.
#[test]
fn a_clock_set_back_is_told() {
    let (folder, mut ledger, design) = study(Conditions::default(), &[]);
    grade_next(&mut ledger, "Anna", 1);
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    ledger
        .commit_grade(&GradeDraft {
            circumstances: circumstances(1_000),
            committed_unix_millis: 2_000,
            verdict: grade(4),
            ..draft("Anna", &slot, 4)
        })
        .unwrap();
    assert_eq!(ledger.verify().unwrap().n_clock_steps_back, 1);
    let again = create(&folder.path().join("a.study"), &design, &images(&design));
    assert!(matches!(again, Err(LedgerError::Exists(_))));
}

/// A clock can be set to anything.
#[test]
fn a_washout_after_the_last_of_times_does_not_wrap() {
    let plan = Protocol {
        washout_days: 14,
        ..protocol(SEED)
    };
    let (design, _) = super::draw();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.study");
    let mut ledger = create_by(&path, &design, &images(&design), &plan).unwrap();
    for _ in 0..2 {
        let slot = ledger.next_case("Anna").unwrap().unwrap();
        let late = GradeDraft {
            committed_unix_millis: i64::MAX,
            ..draft("Anna", &slot, 3)
        };
        ledger.commit_grade(&late).unwrap();
    }
    assert_eq!(ledger.begins_at("Anna", 2).unwrap(), Some(i64::MAX));
}

/// A comment is words, and no file that was pasted.
#[test]
fn words_have_a_limit() {
    let reading = Conditions {
        go_back: true,
        ..Conditions::default()
    };
    let (_folder, mut ledger, _) = study(reading, &[]);
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let (most, more) = ("ö".repeat(10_000), "ö".repeat(10_001));
    let commented = |comment: &str| {
        let mut draft = draft("Anna", &slot, 3);
        draft.circumstances.comment = comment.to_owned();
        draft
    };
    #[track_caller]
    fn check<T: std::fmt::Debug>(refused: Result<T, LedgerError>, what: &str) {
        let said = refused.unwrap_err().to_string();
        let expected = "has 10001 characters, and 10000 are the most; nothing was stored";
        assert_eq!(said, format!("{what} {expected}"));
    }
    check(ledger.commit_grade(&commented(&more)), "the comment");
    let mut skipped = commented("");
    skipped.verdict = Verdict::CannotGrade(more.clone());
    check(ledger.commit_grade(&skipped), "the reason");
    assert!(ledger.entries(None).unwrap().is_empty());
    ledger.commit_grade(&commented(&most)).unwrap();
    check(
        ledger.correct_grade(&correction(1, "Anna", 0, &more)),
        "the reason",
    );
    check(ledger.begin_early("Anna", 2, &more), "the reason");
    grade_next(&mut ledger, "Anna", 1);
    let mut signing = Signing {
        installment: 1,
        name: String::new(),
        meaning: Signing::MEANING.into(),
    };
    signing.name = more;
    check(ledger.sign("Anna", &signing, &key_of(1)), "the name");
    ledger
        .correct_grade(&correction(1, "Anna", 0, &most))
        .unwrap();
    assert_eq!(ledger.verify().unwrap().n_verdicts, 3);
}

/// A fortnight passed in a minute: the clock was set forward to begin the next installment, and back
/// again. The machine's own count saw it, and so did the coordinator.
#[test]
fn a_clock_set_forward_is_told() {
    const DAY: i64 = 86_400_000;
    let plan = Protocol {
        washout_days: 14,
        ..protocol(SEED)
    };
    let fixture = super::Fixture::of(&plan, &[]);
    let path = fixture.folder.path().join("anna.study");
    let mut study = fixture.open();
    study.package("Anna", &path).unwrap();
    let mut anna = Ledger::open(&path).unwrap();
    let now = cisterna::ledger::now_unix_millis();
    for (at, moved) in [0, 0, 15 * DAY, 15 * DAY].into_iter().enumerate() {
        let slot = anna.next_case("Anna").unwrap().unwrap();
        let millis = now + moved + at as i64;
        let timed = GradeDraft {
            circumstances: circumstances(millis),
            committed_unix_millis: millis,
            ..draft("Anna", &slot, 3)
        };
        anna.commit_grade(&timed).unwrap();
    }
    let alone = anna.verify().unwrap();
    assert_eq!((alone.n_clock_jumps, alone.n_clock_ahead), (1, 0));
    assert!(alone.largest_clock_jump_millis > 14 * DAY);
    drop(anna);
    study.merge(&path).unwrap();
    let taken_in = study.verify().unwrap();
    assert_eq!(taken_in.n_clock_ahead, 1);
    assert!(taken_in.farthest_clock_ahead_millis > 14 * DAY);
    let told = taken_in.to_text(&[]);
    assert!(told.contains("days at most: it was set"), "{told}");
    assert!(told.contains("a clock was set forward"), "{told}");
}

/// Times are kept as they were given, even from a clock that went backwards.
#[test]
fn a_wrong_clock_costs_no_grade() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    let slot = ledger.next_case("Anna").unwrap().unwrap();
    let mut odd = draft("Anna", &slot, 3);
    odd.committed_unix_millis = odd.circumstances.opened_unix_millis - 1500;
    ledger.commit_grade(&odd).unwrap();
    let rows = ledger.readings(None).unwrap();
    assert_eq!(
        rfc3339(rows[0].committed_unix_millis),
        "2025-12-31T23:59:58.500Z"
    );
    assert!((rows[0].seconds + 1.5).abs() < 1e-12);
}
