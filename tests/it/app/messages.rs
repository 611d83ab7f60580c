//! What went wrong, when it is much.

use super::{click, label_with, wait_until, window};
use cisterna::app::FirstScans;
use eframe::egui::{Key, Modifiers, Rect, pos2};
use egui_kittest::kittest::Queryable;
use std::path::PathBuf;

/// Sixty messages take one line of the window; all of them are in a list that comes when asked for.
#[test]
fn many_messages_take_one_line_and_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let broken = |number: usize| {
        let path = folder.path().join(format!("broken-{number:02}.nii"));
        std::fs::write(&path, b"not a scan at all").unwrap();
        path
    };
    let paths: Vec<PathBuf> = (0..60).map(broken).collect();
    let mut harness = window(FirstScans::Files {
        paths,
        compare: false,
    });
    wait_until(&mut harness, |h| h.state().desk().errors.len() == 60);
    let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(1280.0, 800.0));
    for readout in harness.query_all_by_label("No scan is open") {
        assert!(all.contains_rect(readout.rect()), "{:?}", readout.rect());
    }
    assert!(harness.get_by_label("Dismiss").rect().top() > 700.0);
    let newest = harness.state().desk().errors[59].clone();
    let oldest = harness.state().desk().errors[0].clone();
    label_with(&harness, &newest);
    assert!(
        harness
            .query_all_by_label_contains(&oldest)
            .next()
            .is_none()
    );
    harness.get_by_label("All 60 messages…").click();
    harness.run_steps(3);
    harness.check_accessibility();
    label_with(&harness, &oldest);
    click(&mut harness, "Dismiss message 1");
    assert_eq!(harness.state().desk().errors.len(), 59);
    assert!(
        harness
            .query_all_by_label_contains(&oldest)
            .next()
            .is_none()
    );
    // The list goes and comes by keys.
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Dismiss all").is_none());
    harness.key_press_modifiers(Modifiers::SHIFT, Key::M);
    harness.run_steps(3);
    harness.get_by_label("Dismiss all");
    // The one on the line is the newest.
    harness.get_by_label("Dismiss").click();
    harness.run_steps(3);
    assert!(!harness.state().desk().errors.contains(&newest));
    click(&mut harness, "Dismiss all");
    assert!(harness.state().desk().errors.is_empty());
    assert!(harness.query_by_label("Dismiss").is_none());
    assert!(harness.query_by_label("Messages").is_none());
}
