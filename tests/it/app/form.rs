//! The form that writes a protocol.

use super::layout::{check_layout, check_seen, check_told};
use super::wait_until;
use cisterna::app::FormApp;
use cisterna::study::Protocol;
use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use std::fmt::Write;

fn form() -> Harness<'static, FormApp> {
    form_of([1280.0, 1400.0])
}

fn form_of(size: [f32; 2]) -> Harness<'static, FormApp> {
    let protocol = Protocol::reflux(&["Ada".into(), "Bo".into()]);
    let mut harness = HarnessBuilder::default()
        .with_size(size)
        .wgpu()
        .build_eframe(move |cc| FormApp::new(&cc.egui_ctx, protocol));
    harness.run_steps(3);
    harness
}

/// Replaces what a field says.
fn fill(harness: &mut Harness<'static, FormApp>, name: &str, text: &str) {
    let roles = [Role::TextInput, Role::MultilineTextInput];
    let field = || roles.into_iter();
    let role = field()
        .find(|role| harness.query_by_role_and_label(*role, name).is_some())
        .unwrap();
    harness.get_by_role_and_label(role, name).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.key_press(Key::Delete);
    harness.run_steps(2);
    if !text.is_empty() {
        harness.get_by_role_and_label(role, name).type_text(text);
        harness.run_steps(2);
    }
}

fn is_disabled(harness: &Harness<'static, FormApp>, label: &str) -> bool {
    harness.get_by_label(label).accesskit_node().is_disabled()
}

#[test]
fn the_form_writes_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.toml");
    let mut harness = form();
    fill(&mut harness, "Title", "Reflux at 24 h");
    fill(&mut harness, "Raters, one a line", "Ada");
    fill(&mut harness, "Seed (empty draws one)", "77");
    for name in [
        "Each grade needs a confidence, 1 to 5",
        "The display is tested before each installment",
    ] {
        harness.get_by_label(name).click();
        harness.run_steps(2);
    }
    let bound = "Bound of the share with the grade of the reference";
    harness.get_by_role_and_label(Role::CheckBox, bound).click();
    harness.run_steps(2);
    fill(&mut harness, "Save as", path.to_str().unwrap());
    harness.get_by_label("Save protocol").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Saved");
    let mut expected = Protocol::reflux(&["Ada".into()]);
    expected.title = "Reflux at 24 h".into();
    expected.seed = Some(77);
    expected.reading.confidence = true;
    expected.display.test = true;
    expected.same_grade_bound = Some(0.8);
    assert_eq!(Protocol::open(&path).unwrap(), expected);
    // A second time would overwrite it.
    harness.get_by_label("Save protocol").click();
    harness.run_steps(3);
    harness.get_by_label_contains("already exists");
}

/// What cannot be is named by its field, and cannot be saved.
#[test]
fn what_cannot_be_is_said() {
    let mut harness = form();
    assert!(!is_disabled(&harness, "Save protocol"));
    fill(&mut harness, "Title", "");
    harness.get_by_label("title must not be empty");
    assert!(is_disabled(&harness, "Save protocol"));
    fill(&mut harness, "Title", "x");
    fill(&mut harness, "Seed (empty draws one)", "-3");
    harness.get_by_label("seed is not a whole number below 2^63");
    assert!(is_disabled(&harness, "Save protocol"));
    fill(&mut harness, "Seed (empty draws one)", "");
    assert!(!is_disabled(&harness, "Save protocol"));
}

#[test]
fn the_design_is_drawn_from_a_case_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.csv");
    let mut harness = form();
    fill(&mut harness, "Case list (CSV)", path.to_str().unwrap());
    harness.get_by_label("Draw the design").click();
    wait_until(&mut harness, |h| {
        h.query_by_label_contains("cannot open").is_some()
    });
    let mut list = "patient,arm,image\n".to_owned();
    for patient in 0..9 {
        for arm in ["real", "predicted"] {
            writeln!(list, "p{patient},{arm},scan.nii").unwrap();
        }
    }
    std::fs::write(&path, list).unwrap();
    harness.get_by_label("Draw the design").click();
    wait_until(&mut harness, |h| h.query_by_label("Design").is_some());
    harness.get_by_label("Bo, installment 2");
    harness.get_by_label("position in it");
}

#[test]
fn the_form_fits_a_small_window_and_every_control_says_what_it_does() {
    for size in [[800.0, 600.0], [1280.0, 800.0]] {
        let mut harness = form_of(size);
        check_told(&harness);
        check_seen(&harness, "Save protocol", size);
        let message = "x".repeat(300);
        fill(
            &mut harness,
            "Save as",
            &format!("/no/such/folder/{message}"),
        );
        harness.get_by_label("Save protocol").click();
        harness.run_steps(3);
        check_seen(&harness, "Save protocol", size);
    }
    // All of it seen at once, so that what is scrolled lies under nothing.
    for width in [800.0, 1280.0] {
        let size = [width, 2400.0];
        check_layout(&form_of(size), size);
    }
}
