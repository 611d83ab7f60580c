//! The list of what was opened.

use super::{
    click, close, files, keeping, label_with, no_errors, open_path, places, press, press_with,
    says, scan, wait_until,
};
use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable;

const AGAIN: Modifiers = Modifiers {
    shift: true,
    ..Modifiers::COMMAND
};

#[test]
fn what_was_opened_is_listed_without_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let path = scan(folder.path(), "Doe^Jane.nii");
    let mut harness = keeping(std::slice::from_ref(&path), &places);
    wait_until(&mut harness, |h| !h.state().desk().kept.recent.is_empty());
    close(harness);

    let mut harness = keeping(&[], &places);
    wait_until(&mut harness, |h| !h.state().desk().kept.recent.is_empty());
    press_with(&mut harness, AGAIN, Key::O);
    harness.check_accessibility();
    let row = label_with(&harness, "1. NIfTI scan, 24 kB, opened 20");
    assert!(row.ends_with(" UTC"), "{row}");
    assert!(!says(&harness, "Doe") && !says(&harness, "Jane"));
    // On purpose, and until the list is closed.
    harness
        .get_by_role_and_label(Role::CheckBox, "Show paths")
        .click();
    harness.run_steps(3);
    assert!(says(&harness, "Doe^Jane.nii"));
    press(&mut harness, Key::Escape);
    press_with(&mut harness, AGAIN, Key::O);
    assert!(!says(&harness, "Doe"));
    harness.get_by_label_contains("1. NIfTI scan").click();
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 1);
    assert!(!harness.state().desk().kept.recent_open);
    // The same again is listed once.
    harness.run_steps(10);
    assert_eq!(harness.state().desk().kept.recent.len(), 1);
    press_with(&mut harness, AGAIN, Key::O);
    click(&mut harness, "Forget all");
    wait_until(&mut harness, |h| h.state().desk().kept.recent.is_empty());
    let list = folder.path().join("state").join("recent.json");
    assert!(!list.exists());
    no_errors(&harness);
}

#[test]
fn a_reading_room_remembers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let path = scan(folder.path(), "a.nii");
    let list = folder.path().join("state").join("recent.json");
    let mut harness = keeping(&[path], &places);
    wait_until(&mut harness, |_| list.exists());
    press_with(&mut harness, Modifiers::COMMAND, Key::Comma);
    click(&mut harness, "Remember what was opened");
    click(&mut harness, "Keep what is open, for after a crash");
    press(&mut harness, Key::Escape);
    let state = folder.path().join("state");
    wait_until(&mut harness, |_| files(&state).is_empty());
    let other = scan(folder.path(), "b.nii");
    open_path(&mut harness, &other);
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == 2 && !h.state().is_busy()
    });
    press(&mut harness, Key::I);
    harness.run_steps(20);
    assert!(files(&state).is_empty(), "{:?}", files(&state));
    close(harness);
    // It stays so.
    let other = folder.path().join("b.nii");
    let mut harness = keeping(&[other], &places);
    press(&mut harness, Key::I);
    harness.run_steps(20);
    assert!(harness.state().desk().kept.recent.is_empty());
    close(harness);
    assert!(files(&state).is_empty(), "{:?}", files(&state));
}

/// A study is opened by a program of its own; nothing tells of it but itself.
#[test]
fn a_study_is_not_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let study = folder.path().join("a.cisterna");
    std::fs::write(&study, b"no study").unwrap();
    let mut harness = keeping(&[], &places);
    open_path(&mut harness, &study);
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    harness.run_steps(20);
    assert!(harness.state().desk().kept.recent.is_empty());
    close(harness);
    assert!(files(&folder.path().join("state")).is_empty());
}
