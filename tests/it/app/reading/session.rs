//! A session of reading from its first case to its signatures: training, pauses, and what is seen meanwhile.

use super::{
    entries, give, go_on, grade_of, kinds, press, reading_window, sign_what_can_be, small_study,
    study, wait_until, window_of, words,
};
use cisterna::app::ReadingApp;
use cisterna::ledger::Ledger;
use cisterna::study::Conditions;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

/// Pictures are hidden while nobody reads; the ledger knows why.
#[test]
fn reading_pauses_by_key_and_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let mut harness = reading_window(&study);
    press(&mut harness, &[Key::Num2, Key::P]);
    harness.get_by_label("Reading is paused");
    assert!(harness.query_by_label_contains("Axial picture").is_none());
    std::thread::sleep(std::time::Duration::from_millis(30));
    press(&mut harness, &[Key::Enter]);
    assert!(harness.query_by_label_contains("Axial picture").is_some());
    // What was chosen is still chosen.
    press(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| {
        h.query_by_label("Grade 2 stored").is_some()
    });
    let paused_millis = entries(&study)[0].circumstances.paused_millis;
    assert!(paused_millis >= 20, "{paused_millis}");
    drop(harness);
    // A minute a frame: nobody there.
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let mut harness = window_of(&study, 61.0);
    wait_until(&mut harness, |h| {
        h.query_by_label("Reading is paused").is_some()
    });
    harness.get_by_label_contains("for two minutes");
    wait_until(&mut harness, |_| {
        let kinds = kinds(&study);
        kinds.iter().filter(|kind| **kind == "paused").count() == 1
    });
}

/// A training case shows the grade of the study's maker once it is graded, and not before.
#[test]
fn training_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[4]);
    let mut harness = reading_window(&study);
    harness.get_by_label("training");
    assert!(
        harness
            .query_by_label_contains("in this study's view")
            .is_none()
    );
    give(&mut harness, Key::Num0);
    harness.get_by_label_contains("Grade 4 in this study's view");
    press(&mut harness, &[Key::Num1, Key::Enter]);
    wait_until(&mut harness, |h| {
        h.query_by_label("Training is complete").is_some()
    });
    harness.get_by_label("Begin installment 1").click();
    wait_until(&mut harness, |h| h.state().case_code().is_some());
    assert_eq!(entries(&study).len(), 1);
    assert_eq!(grade_of(&entries(&study)[0]), 0);
}

/// A whole session with training, a way back, a pause and signatures: at no moment does anything on
/// screen, in the window's title or in what is exported name an arm, a patient or a file.
#[test]
fn a_whole_session_tells_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let reading = Conditions {
        go_back: true,
        confidence: true,
        ..Conditions::default()
    };
    let study = study(folder.path(), reading, &[4, 0]);
    let secrets = [
        "real",
        "predicted",
        "Anna",
        "Berta",
        "Cilla",
        "Dora",
        "scan.nii",
        ".cisterna",
        "/tmp",
    ];
    let check = |harness: &Harness<'static, ReadingApp>| {
        let mut said = words(harness);
        let output = harness.output();
        for viewport in output.viewport_output.values() {
            said += &format!("{:?}", viewport.commands);
        }
        said += &format!("{:?}", output.platform_output.commands);
        for secret in secrets {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
        assert!(
            said.contains("picture of case")
                || said.contains("complete")
                || said.contains("graded")
                || said.contains("paused"),
            "the walk sees the window: {said}"
        );
    };
    let mut harness = reading_window(&study);
    let mut n_cases = 0;
    while !harness.state().is_done() {
        check(&harness);
        if harness.state().case_code().is_none() {
            sign_what_can_be(&mut harness);
            check(&harness);
            let begin = harness.get_by_label_contains("Begin installment");
            begin.click();
            wait_until(&mut harness, |h| h.state().case_code().is_some());
            continue;
        }
        press(&mut harness, &[Key::P]);
        check(&harness);
        press(&mut harness, &[Key::Enter]);
        harness.key_press_modifiers(Modifiers::ALT, Key::Num2);
        harness.run_steps(2);
        give(&mut harness, Key::Num3);
        check(&harness);
        if harness.query_by_label("Continue (Enter)").is_some() {
            go_on(&mut harness);
        }
        n_cases += 1;
    }
    assert_eq!(n_cases, 5);
    sign_what_can_be(&mut harness);
    check(&harness);
    let ledger = Ledger::open_read_only(&study).unwrap();
    assert_eq!(ledger.verify().unwrap().n_signatures, 2);
    let mut exported = Vec::new();
    let rows = ledger.readings(None).unwrap();
    cisterna::study::export_csv(&rows, &mut exported).unwrap();
    cisterna::study::audit_csv(&ledger.audit().unwrap(), &mut exported).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    for secret in secrets {
        assert!(!exported.contains(secret), "{secret} in {exported}");
    }
}
