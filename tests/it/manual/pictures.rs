//! The pictures of the manual: windows of the running program on simulated heads. Each state is reached by keys
//! and labels as the manual tells; the picture is written only where `CISTERNA_MANUAL_PICTURES` names a folder.

use super::practice::{patients, scan_of, study};
use super::{blocks, links, pages};
use crate::app::{Window, label_with, opened, press, wait_until, window};
use cisterna::app::{CoordinatorApp, FirstScans, FormApp, ReadingApp};
use cisterna::ledger::Ledger;
use cisterna::study::Protocol;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, HarnessBuilder};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// All pictures, by the name of their file.
const PICTURES: [&str; 11] = [
    "compare",
    "coordinator",
    "form",
    "list",
    "planes",
    "prediction",
    "reading",
    "ruler",
    "time-series",
    "window",
    "worksheet",
];

/// Writes the picture of a window, where that is asked for.
fn take<T>(harness: &mut Harness<'static, T>, name: &str) {
    assert!(PICTURES.contains(&name), "{name}");
    harness.run_steps(2);
    let Some(folder) = std::env::var_os("CISTERNA_MANUAL_PICTURES") else {
        return;
    };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    let picture = harness.render().unwrap();
    picture.save(folder.join(format!("{name}.png"))).unwrap();
}

/// The scans of the first patient, by their places in time.
fn scans<const N: usize>(which: [usize; N]) -> [PathBuf; N] {
    which.map(|at| scan_of(patients(), "0001", at))
}

fn press_with(harness: &mut Window, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

#[track_caller]
fn rest(harness: &mut Window) {
    wait_until(harness, |h| !h.state().is_busy());
    let errors = &harness.state().desk().errors;
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn one_scan_is_looked_at_and_measured() {
    let mut harness = opened(&scans([2]));
    for name in ["Open…", "Planes", "Compare", "Time series", "Prediction"] {
        harness.get_by_label(name);
    }
    rest(&mut harness);
    take(&mut harness, "planes");
    press_with(&mut harness, Modifiers::SHIFT, Key::W);
    wait_until(&mut harness, |h| {
        let desk = h.state().desk();
        desk.windowing.is_counted(&desk.layers[0].filed)
    });
    rest(&mut harness);
    take(&mut harness, "window");
    press_with(&mut harness, Modifiers::SHIFT, Key::W);
    press(&mut harness, Key::K);
    let middle = harness.get_by_label_contains("Axial at").rect().center();
    harness.drag_at(middle + vec2(-70.0, 10.0));
    harness.step();
    for far in [-20.0, 70.0] {
        harness.hover_at(middle + vec2(far, 10.0));
        harness.step();
    }
    harness.drop_at(middle + vec2(70.0, 10.0));
    harness.run_steps(3);
    label_with(&harness, "Ruler 1, ");
    take(&mut harness, "ruler");
}

#[test]
fn scans_of_three_hours_stand_side_by_side_and_are_compared() {
    let mut harness = opened(&scans([0, 1, 2]));
    press(&mut harness, Key::H);
    rest(&mut harness);
    label_with(&harness, "Axial Before at");
    take(&mut harness, "time-series");
    press(&mut harness, Key::C);
    rest(&mut harness);
    for name in ["First", "Second", "Windows"] {
        label_with(&harness, name);
    }
    take(&mut harness, "compare");
    press(&mut harness, Key::P);
    rest(&mut harness);
    label_with(&harness, "Predict");
    take(&mut harness, "prediction");
}

#[test]
fn a_worksheet_is_begun() {
    let mut harness = opened(&scans([2]));
    press(&mut harness, Key::Y);
    wait_until(&mut harness, |h| {
        let sheet = h.state().desk().sheets.shown();
        sheet.is_some_and(|sheet| sheet.planes.is_some() && sheet.sha256.is_some())
    });
    for name in ["Lengths", "Signs", "Reader", " present", " not assessable"] {
        label_with(&harness, name);
    }
    take(&mut harness, "worksheet");
}

#[test]
fn a_folder_is_listed() {
    let mut harness = window(FirstScans::Files {
        paths: vec![patients().join("sub-0001")],
        compare: false,
    });
    wait_until(&mut harness, |h| h.state().desk().listing.open);
    rest(&mut harness);
    for name in ["Open chosen", "Open as time series", "Choose all shown"] {
        label_with(&harness, name);
    }
    take(&mut harness, "list");
}

#[test]
fn a_study_is_read_and_followed() {
    let folder = tempfile::tempdir().unwrap();
    let raters = ["ada", "bo", "cy"].map(str::to_owned);
    drop(study(folder.path(), &raters));
    let path = folder.path().join("study.cisterna");
    let (ledger, keys) = (Ledger::open(&path).unwrap(), folder.path().join("keys"));
    let mut reading = HarnessBuilder::default()
        .with_size([1280.0, 800.0])
        .wgpu()
        .build_eframe(move |cc| ReadingApp::new(&cc.egui_ctx, ledger, "ada", keys).unwrap());
    wait_until(&mut reading, |h| {
        h.query_by_label("Start (Enter)").is_some()
    });
    reading.key_press(Key::Enter);
    wait_until(&mut reading, |h| h.state().case_code().is_some());
    for name in ["Definitions (D)", "Pause (P)"] {
        label_with(&reading, name);
    }
    take(&mut reading, "reading");
    drop(reading);

    let ledger = Ledger::open(&path).unwrap();
    let mut coordinating = HarnessBuilder::default()
        .with_size([1280.0, 800.0])
        .wgpu()
        .build_eframe(move |cc| CoordinatorApp::new(&cc.egui_ctx, ledger).unwrap());
    wait_until(&mut coordinating, |h| !h.state().is_busy());
    for name in ["Take in packages…", "Unseal…", "Verify", "Sign in"] {
        label_with(&coordinating, name);
    }
    take(&mut coordinating, "coordinator");
}

#[test]
fn a_protocol_is_filled_in() {
    let protocol = Protocol::reflux(&["ada".to_owned(), "bo".to_owned()]);
    let mut harness = HarnessBuilder::default()
        .with_size([1280.0, 800.0])
        .wgpu()
        .build_eframe(move |cc| FormApp::new(&cc.egui_ctx, protocol));
    harness.run_steps(3);
    for name in ["Draw the design", "Save protocol"] {
        label_with(&harness, name);
    }
    take(&mut harness, "form");
}

#[test]
fn every_picture_of_the_manual_is_drawn_here() {
    let mut shown = BTreeSet::new();
    for name in pages() {
        let pictures = links(&blocks(&name).1).into_iter();
        let pictures = pictures.filter_map(|link| Some(link.strip_prefix("pictures/")?.to_owned()));
        shown.extend(pictures);
    }
    let drawn = PICTURES.map(|name| format!("{name}.png"));
    assert_eq!(shown, drawn.into());
}
