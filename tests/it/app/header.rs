//! What a scan's file says of itself, beside its pictures.

use super::layouts::scan;
use super::{Window, click, label_with, opened, press, wait_until};
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

fn says(harness: &Window, word: &str) -> bool {
    harness.query_all_by_label_contains(word).next().is_some()
}

#[test]
fn identity_is_hidden_until_it_is_asked_for_and_when_another_scan_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.nii", "b.nii"].map(|name| scan(folder.path(), name, 0));
    let sidecar = r#"{"RepetitionTime": 0.0061, "PatientName": "Doe^Jane"}"#;
    std::fs::write(folder.path().join("a.json"), sidecar).unwrap();
    let mut harness = opened(&paths);
    let shift = |harness: &mut Window, key| {
        harness.key_press_modifiers(Modifiers::SHIFT, key);
        harness.run_steps(3);
    };
    // The one that was opened last is chosen; the next one is the first.
    shift(&mut harness, Key::N);
    shift(&mut harness, Key::H);
    wait_until(&mut harness, |h| says(h, "RepetitionTime"));
    harness.check_accessibility();
    label_with(&harness, "0.0061");
    label_with(&harness, "sform_code");
    assert!(says(&harness, "PatientName") && !says(&harness, "Doe"));
    click(&mut harness, "Show identity");
    wait_until(&mut harness, |h| says(h, "Doe^Jane"));
    click(&mut harness, "Hide identity");
    wait_until(&mut harness, |h| says(h, "RepetitionTime"));
    assert!(!says(&harness, "Doe"));
    click(&mut harness, "Show identity");
    wait_until(&mut harness, |h| says(h, "Doe^Jane"));
    for _ in 0..2 {
        shift(&mut harness, Key::N);
        wait_until(&mut harness, |h| says(h, "sform_code"));
        assert!(!says(&harness, "Doe"));
    }
    // A tool at the right takes its place.
    press(&mut harness, Key::Num0);
    assert!(!harness.state().desk().header.open && !says(&harness, "sform_code"));
    assert!(harness.state().desk().errors.is_empty());
}
