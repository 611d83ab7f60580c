//! A rater's own grades, looked through before they are signed.

use super::{
    at_the_end, entries, grade_of, press, sign_what_can_be, study, study_with_way_back, type_keys,
    wait_until, words,
};
use cisterna::app::ReadingApp;
use cisterna::study::Conditions;
use eframe::egui::{Key, accesskit::Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

const SIGN: &str = "Sign installment 1";

/// What the list says of the case at a place.
fn line_of_case(harness: &Harness<'static, ReadingApp>, n: usize) -> String {
    let said = words(harness);
    let start = format!("{n}  ");
    let line = said
        .lines()
        .find(|line| line.trim_start().starts_with(&start));
    line.unwrap_or_default().to_owned()
}

/// Four actions: the case, the grade, the reason, Enter.
#[test]
fn a_grade_is_corrected_from_the_list_in_four_actions() {
    let folder = tempfile::tempdir().unwrap();
    let study = study_with_way_back(folder.path());
    let mut harness = at_the_end(&study);
    let n = entries(&study).len();
    let slot = entries(&study)[n - 1].slot.clone();
    let line = line_of_case(&harness, n);
    assert!(
        line.contains(slot.code.as_str()) && line.contains("3  Lasting, weaker"),
        "{line}"
    );
    let name = format!("Correct case {n}");
    harness.get_by_role_and_label(Role::Button, &name).click();
    wait_until(&mut harness, |h| {
        h.state().case_code() == Some(slot.code.as_str())
    });
    press(&mut harness, &[Key::Num0]);
    type_keys(&mut harness, "slip of the pen");
    press(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| h.query_by_label("Your name").is_some());
    let found = entries(&study);
    assert_eq!(found.len(), n + 1);
    let correction = &found[n];
    assert_eq!((grade_of(correction), &correction.slot), (0, &slot));
    assert_eq!(correction.reason.as_deref(), Some("slip of the pen"));
    assert_eq!(
        correction.replaces,
        Some(found[n - 1].seq),
        "the grade before stays"
    );
    let line = line_of_case(&harness, n);
    assert!(line.contains("0  No reflux, corrected"), "{line}");
    // What is signed stands, and is not looked at again before the next installment.
    sign_what_can_be(&mut harness);
    assert_eq!(line_of_case(&harness, n), "");
    assert!(harness.query_by_label(&name).is_none());
    assert!(
        harness
            .query_by_role_and_label(Role::Button, SIGN)
            .is_none()
    );
}

/// Escape leaves the grade as it is and comes back to the list.
#[test]
fn a_case_is_looked_at_again_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let study = study_with_way_back(folder.path());
    let mut harness = at_the_end(&study);
    let n = entries(&study).len();
    let first = harness.get_by_role_and_label(Role::Button, "Correct case 1");
    first.click();
    wait_until(&mut harness, |h| h.state().case_code().is_some());
    press(&mut harness, &[Key::Escape]);
    wait_until(&mut harness, |h| h.query_by_label("Your name").is_some());
    assert_eq!(entries(&study).len(), n);
}

/// Where the protocol lets nobody go back, the list is only looked at.
#[test]
fn the_protocol_decides_whether_grades_are_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[]);
    let harness = at_the_end(&study);
    assert!(line_of_case(&harness, 1).contains("3  Lasting, weaker"));
    assert!(
        harness
            .query_by_role_and_label(Role::Button, "Correct case 1")
            .is_none()
    );
}
