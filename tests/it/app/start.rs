//! The page of a window in which nothing is open.

use super::layout::{check_layout, check_seen, check_told};
use super::{Window, label_with, press, wait_until, window};
use cisterna::app::{App, FirstScans, KeptPlaces, PathPanel};
use eframe::egui::{Key, Modifiers, Vec2, accesskit::Role};
use egui_kittest::HarnessBuilder;
use egui_kittest::kittest::Queryable;
use std::path::Path;
use std::time::Duration;

fn nothing() -> FirstScans {
    FirstScans::Files {
        paths: Vec::new(),
        compare: false,
    }
}

fn empty() -> Window {
    let mut harness = window(nothing());
    wait_until(&mut harness, |h| !h.state().is_busy());
    harness
}

/// One that keeps what was opened.
fn keeping(folder: &Path) -> Window {
    let places = KeptPlaces {
        settings: Some(folder.join("config")),
        state: Some(folder.join("state")),
        every: Duration::from_millis(10),
    };
    let mut harness = HarnessBuilder::default()
        .with_size([1280.0, 800.0])
        .wgpu()
        .build_eframe(move |cc| App::keeping(cc, nothing(), &places).unwrap());
    wait_until(&mut harness, |h| !h.state().is_busy());
    harness
}

fn has(harness: &Window, part: &str) -> bool {
    harness.query_all_by_label_contains(part).next().is_some()
}

#[test]
fn the_page_says_what_there_is_to_begin_with() {
    for size in [[800.0, 600.0], [1280.0, 800.0]] {
        let mut harness = empty();
        harness.set_size(Vec2::from(size));
        harness.run_steps(3);
        for _ in 0..2 {
            harness.check_accessibility();
            check_layout(&harness, size);
            check_told(&harness);
            // In the light, too.
            press(&mut harness, Key::T);
        }
        label_with(&harness, "Research use only. Not a medical device.");
        for name in [
            "Open scans…",
            "Open a patient's folder…",
            "Open a study or a rater's package…",
            "Plan a study…",
            "Show the demo",
        ] {
            assert!(has(&harness, name), "{name}");
        }
        check_seen(&harness, "Mouse and keys", size);
        // No list where nothing is kept.
        assert!(!has(&harness, "Recent"));
    }
}

#[test]
fn what_is_asked_for_by_keys_is_asked_for() {
    let mut harness = empty();
    let mut press_with = |key| {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        harness.run_steps(3);
        let panel = harness.state().desk().path_panel.clone();
        harness.key_press(Key::Escape);
        harness.run_steps(3);
        panel
    };
    assert!(matches!(press_with(Key::O), Some(PathPanel::Open)));
    assert!(matches!(press_with(Key::E), Some(PathPanel::OpenFolder)));
    assert!(matches!(press_with(Key::R), Some(PathPanel::OpenStudy)));
}

#[test]
fn the_demo_is_one_click_away() {
    let mut harness = empty();
    assert!(harness.state().desk().layers.is_empty());
    harness.get_by_label_contains("Show the demo").click();
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 4);
    assert!(!has(&harness, "Show the demo"));
    label_with(&harness, "Axial Before at");
}

#[test]
fn what_was_opened_before_is_one_click_away_unless_it_is_not_to_be_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let path = super::layouts::scan(folder.path(), "Doe^Jane.nii", 0);
    let mut harness = keeping(folder.path());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run_steps(3);
    harness
        .get_by_role_and_label(Role::TextInput, "Path of a scan")
        .type_text(&path.to_string_lossy());
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Open").click();
    wait_until(&mut harness, |h| !h.state().desk().kept.recent.is_empty());
    eframe::App::on_exit(harness.state_mut());
    drop(harness);

    let mut harness = keeping(folder.path());
    wait_until(&mut harness, |h| !h.state().desk().kept.recent.is_empty());
    check_told(&harness);
    assert!(!has(&harness, "Doe"), "no name stands there");
    harness.get_by_label_contains("1. NIfTI scan").click();
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 1);
    super::click(&mut harness, "Close Doe^Jane.nii");
    assert!(has(&harness, "1. NIfTI scan"));
    // A reading room has no such list.
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Comma);
    harness.run_steps(3);
    super::click(&mut harness, "Remember what was opened");
    press(&mut harness, Key::Escape);
    assert!(!has(&harness, "1. NIfTI scan"));
}
