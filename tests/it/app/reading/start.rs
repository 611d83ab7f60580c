//! The page before the first case.

use super::{give, kinds, press, study, wait_until, window_at_start, words};
use cisterna::study::Conditions;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

#[test]
fn what_is_asked_stands_before_the_first_case() {
    let folder = tempfile::tempdir().unwrap();
    let reading = Conditions {
        confidence: true,
        go_back: true,
        free_window: true,
        comment: false,
        ..Conditions::default()
    };
    let study = study(folder.path(), reading, &[4]);
    let mut harness = window_at_start(&study, [1280.0, 800.0], 1.0 / 60.0);
    let said = words(&harness);
    for part in [
        "Which grade of ventricular reflux",
        "No tracer above the aqueduct.",
        "as bright as the subarachnoid CSF.",
        "1 training case first",
        "3 cases in 2 installments: ",
        "until you sign",
        "Alt+1 to 5",
        "Left drag",
        "Backspace",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!said.contains("Ctrl+K"), "no comment is asked for");
    assert!(!said.contains("picture of case"), "{said}");
    assert_eq!(harness.state().case_code(), None);
    assert!(kinds(&study).is_empty(), "no case came on screen");
    // A letter begins nothing.
    press(&mut harness, &[Key::P, Key::Num3, Key::X]);
    assert_eq!(harness.state().case_code(), None);
    press(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| h.state().case_code().is_some());
    // The ledger's thread notes it while the case is on screen.
    wait_until(&mut harness, |_| kinds(&study) == ["opened"]);
    harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
    harness.run_steps(2);
    give(&mut harness, Key::Num3);
    drop(harness);
    // Whoever comes back goes on.
    let harness = window_at_start(&study, [1280.0, 800.0], 1.0 / 60.0);
    assert!(harness.query_by_label("Start (Enter)").is_none());
}

#[test]
fn a_click_starts_too() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[]);
    let mut harness = window_at_start(&study, [800.0, 600.0], 1.0 / 60.0);
    assert!(words(&harness).contains("cannot be corrected"));
    harness.get_by_label("Start (Enter)").click();
    wait_until(&mut harness, |h| h.state().case_code().is_some());
}
