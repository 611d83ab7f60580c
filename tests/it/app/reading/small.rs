//! The reading window on a small screen, at each step of a session.

use super::{fill, give, press, study, type_keys, wait_until, window_at_start};
use crate::app::layout::{check_layout, check_seen, check_told};
use cisterna::app::ReadingApp;
use cisterna::study::Conditions;
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

const SMALL: [f32; 2] = [800.0, 600.0];

#[test]
fn a_session_fits_a_small_window_and_every_control_says_what_it_does() {
    for size in [SMALL, [1280.0, 800.0]] {
        a_session(size);
    }
}

fn a_session(size: [f32; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let reading = Conditions {
        confidence: true,
        go_back: true,
        ..Conditions::default()
    };
    let study = study(folder.path(), reading, &[4]);
    let mut harness = window_at_start(&study, size, 1.0 / 60.0);
    let check = |harness: &Harness<'static, ReadingApp>| {
        check_layout(harness, size);
        check_told(harness);
    };
    check(&harness);
    check_seen(&harness, "Start (Enter)", size);
    press(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| h.state().case_code().is_some());
    // Training shows the definitions, too.
    check(&harness);
    check_seen(&harness, "Store (Enter)", size);
    press(&mut harness, &[Key::P]);
    check(&harness);
    press(&mut harness, &[Key::Enter, Key::X]);
    harness.run_steps(3);
    check(&harness);
    check_seen(&harness, "Store (Enter)", size);
    type_keys(&mut harness, "motion");
    press(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| {
        h.query_by_label("Continue (Enter)").is_some()
    });
    check(&harness);
    check_seen(&harness, "Continue (Enter)", size);
    press(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| h.state().case_code().is_none());
    check(&harness);
    harness.get_by_label("Begin installment 1").click();
    wait_until(&mut harness, |h| h.state().case_code().is_some());
    while harness.query_by_label("Your name").is_none() {
        harness.key_press_modifiers(eframe::egui::Modifiers::ALT, Key::Num4);
        harness.run_steps(2);
        give(&mut harness, Key::Num3);
        harness.run_steps(3);
        check(&harness);
    }
    fill(&mut harness, "Your name", "A. Rater");
    check(&harness);
    harness.get_by_label("Correct case 1").click();
    wait_until(&mut harness, |h| h.state().case_code().is_some());
    press(&mut harness, &[Key::D, Key::X]);
    harness.run_steps(3);
    check(&harness);
    check_seen(&harness, "Store (Enter)", size);
}
