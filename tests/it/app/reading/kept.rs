//! Nothing is kept of a reading but in the study.

use super::{give, reading_window, small_study};
use cisterna::app::{Settings, Theme};
use eframe::egui::{self, Key};
use std::path::{Path, PathBuf};

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn a_reading_takes_the_size_of_text_and_keeps_nothing() {
    let (folder, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = Settings::path(own.path());
    std::fs::write(&path, r#"{"theme": "light", "text_scale": 1.5}"#).unwrap();
    let (settings, trouble) = Settings::open(own.path());
    assert_eq!((settings.theme, trouble), (Theme::Light, None));

    let study = small_study(folder.path());
    let mut harness = reading_window(&study);
    settings.set_text_scale(&harness.ctx);
    harness.run_steps(3);
    assert_eq!(harness.ctx.zoom_factor(), 1.5);
    // All raters see the pictures in one surround.
    assert_eq!(harness.ctx.theme(), egui::Theme::Dark);
    give(&mut harness, Key::Num3);
    // Beside the study lies nothing that was not asked for.
    let names = files(folder.path());
    let is_of_study = |path: &PathBuf| path.to_string_lossy().contains("study.cisterna");
    assert!(names.iter().all(is_of_study), "{names:?}");
}
