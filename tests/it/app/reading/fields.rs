//! What is typed goes into fields, and is no command.

use super::{entries, go_on, press, reading_window, study, type_keys, typed};
use cisterna::study::{Conditions, Verdict};
use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable;

const WHY: &str = "Why it cannot be graded";

/// X, and the reason is typed: P would pause, D show the definitions, digits grade.
#[test]
fn the_reason_is_typed_at_once_and_no_letter_is_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[]);
    let mut harness = reading_window(&study);
    let code = harness.state().case_code().map(str::to_owned);
    press(&mut harness, &[Key::X]);
    let field = harness.get_by_role_and_label(Role::TextInput, WHY);
    assert!(field.is_focused(), "without a click");
    type_keys(&mut harness, "xpd r 3 mark");
    assert_eq!(typed(&harness, WHY), "xpd r 3 mark");
    assert!(harness.query_by_label("Reading is paused").is_none());
    assert_eq!(harness.state().case_code(), code.as_deref());
    go_on(&mut harness);
    let verdict = Verdict::CannotGrade("xpd r 3 mark".into());
    assert_eq!(entries(&study)[0].verdict, verdict);
}

/// Enter with nothing said stays in the field, so that the next letters are no commands either.
#[test]
fn enter_stays_where_something_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[]);
    let mut harness = reading_window(&study);
    press(&mut harness, &[Key::X, Key::Enter]);
    harness.run_steps(2);
    harness.get_by_label("Say why it cannot be graded");
    type_keys(&mut harness, "p");
    assert_eq!(typed(&harness, WHY), "p");
    assert!(harness.query_by_label("Reading is paused").is_none());
    assert!(entries(&study).is_empty());
}

#[test]
fn a_field_takes_a_click_and_what_is_typed_then() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[]);
    let mut harness = reading_window(&study);
    let comment = harness.get_by_role_and_label(Role::TextInput, "Comment");
    comment.click();
    harness.run_steps(2);
    type_keys(&mut harness, "px 1");
    assert_eq!(typed(&harness, "Comment"), "px 1");
    assert!(harness.query_by_label("Reading is paused").is_none());
    assert!(
        harness
            .query_by_role_and_label(Role::TextInput, WHY)
            .is_none(),
        "X was a letter"
    );
}

/// Nobody is asked how sure they are of no grade; of a grade they are.
#[test]
fn cannot_grade_asks_for_no_confidence() {
    let folder = tempfile::tempdir().unwrap();
    let reading = Conditions {
        confidence: true,
        ..Conditions::default()
    };
    let study = study(folder.path(), reading, &[]);
    let mut harness = reading_window(&study);
    harness.get_by_label("Confidence 1");
    // One that was chosen before does not go with it.
    harness.key_press_modifiers(Modifiers::ALT, Key::Num4);
    harness.run_steps(2);
    press(&mut harness, &[Key::X]);
    assert!(harness.query_by_label("Confidence 1").is_none());
    type_keys(&mut harness, "motion");
    go_on(&mut harness);
    let entry = &entries(&study)[0];
    assert_eq!(entry.verdict, Verdict::CannotGrade("motion".into()));
    assert_eq!(entry.circumstances.confidence, None);
}
