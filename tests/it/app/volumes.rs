//! Scans of several volumes and series of several hours: gone through by keys, played, and their curves.

use super::{Window, click, label_with, opened, press, rendered, wait_until};
use crate::cli::curve::{number, rows, write_volumes};
use cisterna::app::{Layout, Played};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation};
use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

const DIMS: [i16; 3] = [21, 19, 11];

/// 48.5 at the origin, and at the middle of all that is symmetric about it. No whole numbers, which could be
/// labels.
fn ramp([i, j, k]: [usize; 3]) -> f32 {
    (i + 2 * j + 4 * k) as f32 + 0.5
}

/// Five volumes, each 100 above the one before.
fn five(folder: &Path) -> PathBuf {
    let file = folder.join("five.nii");
    write_volumes(&file, DIMS, 5, |t, voxel| 100.0 * t as f32 + ramp(voxel));
    file
}

fn press_with(harness: &mut Window, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

fn shown(harness: &Window) -> usize {
    harness.state().desk().layers[0].filed.volume_idx
}

/// Goes to another volume, which is opened from the file or is there already.
fn step(harness: &mut Window, key: Key) -> usize {
    press(harness, key);
    wait_until(harness, |h| !h.state().is_busy());
    shown(harness)
}

/// What is on show after each of so many quarters of a second.
fn played(harness: &mut Window, steps: usize, what: impl Fn(&Window) -> usize) -> Vec<usize> {
    let mut seen = Vec::new();
    for _ in 0..steps {
        harness.step();
        seen.push(what(harness));
    }
    seen
}

/// Each next to the one before, around from the last to the first.
#[track_caller]
fn assert_goes_around(seen: &[usize], n: usize) {
    for pair in seen.windows(2) {
        assert_eq!(pair[1], (pair[0] + 1) % n, "{seen:?}");
    }
}

/// How many frames a second are played.
fn set_speed(harness: &mut Window, frames: f64) {
    let field = harness.get_by_role_and_label(Role::SpinButton, "Frames a second");
    field.set_value_accesskit(frames);
    harness.run_steps(3);
}

fn save(harness: &mut Window, path: &Path) {
    click(harness, "Save curve…");
    harness
        .get_by_role_and_label(Role::TextInput, "File to save in")
        .type_text(path.to_str().unwrap());
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Save").click();
    wait_until(harness, |h| path.exists() && !h.state().is_busy());
    let errors = &harness.state().desk().errors;
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn volumes_are_stepped_through_and_played() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[five(folder.path())]);
    label_with(&harness, "Axial Volume 0 (1 of 5) at");
    assert_eq!(step(&mut harness, Key::Comma), 0, "there is none before");
    assert_eq!(step(&mut harness, Key::Period), 1);
    assert_eq!(step(&mut harness, Key::Period), 2);
    label_with(&harness, "Axial Volume 2 (3 of 5) at");
    let readout = label_with(&harness, "Crosshair  ");
    assert!(readout.contains("value 248.5"), "{readout}");
    assert_eq!(step(&mut harness, Key::Comma), 1);
    let style = harness.state().desk().layers[0].style;

    // To be played, all are loaded; then there is a frame each quarter of a second.
    press_with(&mut harness, Modifiers::SHIFT, Key::Space);
    wait_until(&mut harness, |h| h.state().desk().cine.playing.is_some());
    label_with(&harness, "5 volumes of five.nii are loaded");
    assert!(
        harness.state().desk().cine.frames_per_second <= 3.0,
        "slow at first"
    );
    set_speed(&mut harness, 4.0);
    let seen = played(&mut harness, 12, shown);
    assert_goes_around(&seen, 5);
    assert_eq!(harness.state().desk().layers[0].style, style, "one window");
    harness.check_accessibility();
    // Twice as slow.
    set_speed(&mut harness, 2.0);
    let seen = played(&mut harness, 16, shown);
    let changes = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((7..=8).contains(&changes), "{seen:?}");
    // It wakes up for the next frame by itself.
    let wanted = &harness.output().viewport_output[&eframe::egui::ViewportId::ROOT];
    assert!(wanted.repaint_delay.as_secs_f64() <= 0.5);
    press_with(&mut harness, Modifiers::SHIFT, Key::Space);
    assert_eq!(harness.state().desk().cine.playing, None);
    let seen = played(&mut harness, 6, shown);
    assert!(seen.iter().all(|at| *at == seen[0]), "{seen:?}");
    // What is loaded is there at once, and no job is needed.
    let at = shown(&harness);
    let (key, next) = match at {
        4 => (Key::Comma, 3),
        _ => (Key::Period, at + 1),
    };
    press(&mut harness, key);
    assert_eq!(shown(&harness), next);
    // Another layout stops it, and so does closing the scan.
    click(&mut harness, "Play");
    assert_eq!(
        harness.state().desk().cine.playing,
        Some(Played::Volumes(0))
    );
    press(&mut harness, Key::H);
    assert_eq!(harness.state().desk().cine.playing, None);
    press(&mut harness, Key::H);
    click(&mut harness, "Play");
    click(&mut harness, "Close five.nii");
    harness.run_steps(4);
    assert_eq!(harness.state().desk().cine.playing, None);
}

#[test]
fn what_has_one_volume_is_not_played_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.nii");
    write_volumes(&file, DIMS, 1, |_, voxel| ramp(voxel));
    let mut harness = opened(&[file]);
    press_with(&mut harness, Modifiers::SHIFT, Key::Space);
    assert_eq!(harness.state().desk().cine.playing, None);
    label_with(&harness, "no scan has several volumes");
    press_with(&mut harness, Modifiers::SHIFT, Key::C);
    label_with(
        &harness,
        "Curves go over the volumes of a scan that has several",
    );
}

/// The curve of a voxel, of a ball and of a region over the volumes, in the file that is saved.
#[test]
fn a_curve_over_volumes_is_shown_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[five(folder.path())]);
    press_with(&mut harness, Modifiers::SHIFT, Key::C);
    click(&mut harness, "Load all 5 volumes");
    wait_until(&mut harness, |h| {
        h.query_by_label("At the crosshair").is_some() && !h.state().is_busy()
    });
    harness.check_accessibility();
    label_with(&harness, "Mean within 4 mm");
    let without = rendered(&mut harness);
    // A circle at the crosshair is measured by itself.
    press_with(&mut harness, Modifiers::SHIFT, Key::U);
    wait_until(&mut harness, |h| {
        h.query_by_label("Mean of ellipse 1").is_some()
    });
    assert_ne!(without, rendered(&mut harness));
    let out = folder.path().join("curve.csv");
    save(&mut harness, &out);
    let found = rows(&std::fs::read_to_string(&out).unwrap());
    assert_eq!(found.len(), 5);
    // Of i + 2 j over the 81 voxels of the circle, by numpy: 5.733672 with n - 1.
    for (t, row) in found.iter().enumerate() {
        assert_eq!(
            (row["volume"].as_str(), row["hours"].as_str()),
            (&*t.to_string(), "")
        );
        let middle = 100.0 * t as f64 + 48.5;
        for (column, expected) in [
            ("signal", middle),
            ("mean_within_radius", middle),
            ("region_mean", middle),
            ("region_sd", 5.733_672),
            ("region_voxels", 81.0),
        ] {
            let value = number(row, column);
            assert!(
                (value - expected).abs() < 1e-4,
                "{column}: {value} {expected}"
            );
        }
    }
    // A file that is there stays.
    click(&mut harness, "Save curve…");
    harness
        .get_by_role_and_label(Role::TextInput, "File to save in")
        .type_text(out.to_str().unwrap());
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Save").click();
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    let said = &harness.state().desk().errors[0];
    assert!(said.contains("not overwritten"), "{said}");
    click(&mut harness, "Close the curve");
    assert!(!harness.state().desk().curves.open);
}

/// Three scans of one ramp, brighter each time, dropped in the wrong order.
fn series(folder: &Path) -> Vec<PathBuf> {
    let [nx, ny, nz] = DIMS.map(|n| n as usize);
    let mut affine = Affine::identity();
    for (axis, n) in [nx, ny, nz].into_iter().enumerate() {
        affine[(axis, 3)] = -(n as f64 - 1.0) / 2.0;
    }
    let grid = Grid::new([nx, ny, nz], affine).unwrap();
    let write = |(name, hours, gain): (&str, f64, f32)| {
        let value = |at: usize| gain * ramp([at % nx, at / nx % ny, at / (nx * ny)]);
        let values: Vec<f32> = (0..grid.n_voxels()).map(value).collect();
        let file = folder.join(format!("{name}_T1w.nii"));
        write_nifti(&file, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
        let told = format!("{{\"HoursAfterInjection\": {hours}}}");
        std::fs::write(folder.join(format!("{name}_T1w.json")), told).unwrap();
        file
    };
    [
        ("late", 24.0, 3.0),
        ("before", 0.0, 1.0),
        ("early", 4.5, 2.0),
    ]
    .map(write)
    .to_vec()
}

#[test]
fn hours_are_stepped_through_played_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&series(folder.path()));
    let columns = |h: &Window| h.state().desk().columns();
    // Where scans lie over each other, the key does nothing.
    press_with(&mut harness, Modifiers::SHIFT, Key::PageUp);
    press(&mut harness, Key::H);
    assert_eq!(columns(&harness), [1, 2, 0], "all, by hours");
    press_with(&mut harness, Modifiers::SHIFT, Key::PageUp);
    assert_eq!(columns(&harness), [1]);
    label_with(&harness, "Axial Before at");
    label_with(&harness, "Sagittal Before at");
    press_with(&mut harness, Modifiers::SHIFT, Key::PageUp);
    label_with(&harness, "Axial 4.5 h at");
    assert!(harness.query_by_label_contains("Axial Before at").is_none());
    for _ in 0..2 {
        press_with(&mut harness, Modifiers::SHIFT, Key::PageUp);
    }
    assert_eq!(columns(&harness), [0], "the last one");
    press_with(&mut harness, Modifiers::SHIFT, Key::PageDown);
    assert_eq!(columns(&harness), [2]);

    // Played, they go around; each is shown alone.
    set_speed(&mut harness, 4.0);
    press_with(&mut harness, Modifiers::SHIFT, Key::Space);
    assert_eq!(harness.state().desk().cine.playing, Some(Played::Scans));
    let place = |h: &Window| [1, 2, 0].iter().position(|at| columns(h) == [*at]).unwrap();
    let seen = played(&mut harness, 8, place);
    assert_goes_around(&seen, 3);
    let all = harness.get_by_role_and_label(Role::CheckBox, "One at a time");
    all.click_accesskit();
    harness.run_steps(3);
    assert_eq!(harness.state().desk().cine.playing, None);
    assert_eq!(columns(&harness), [1, 2, 0]);

    // Values of the curve, with hours; by formula, at a place of its own.
    label_with(&harness, "At the crosshair");
    let out = folder.path().join("curve.csv");
    save(&mut harness, &out);
    let found = rows(&std::fs::read_to_string(&out).unwrap());
    let told: Vec<(f64, f64)> = found
        .iter()
        .map(|row| (number(row, "hours"), number(row, "signal")))
        .collect();
    assert_eq!(told, [(0.0, 48.5), (4.5, 97.0), (24.0, 145.5)]);
    assert!(found.iter().all(|row| row["region_mean"].is_empty()));

    // Compared, the second gives way to the next.
    press(&mut harness, Key::C);
    let second = |h: &Window| {
        let desk = h.state().desk();
        assert_eq!(desk.layout, Layout::Compare);
        desk.compared().unwrap()[1].hours
    };
    let before = second(&harness);
    press_with(&mut harness, Modifiers::SHIFT, Key::PageUp);
    let after = second(&harness);
    assert_ne!(before, after);
    press_with(&mut harness, Modifiers::SHIFT, Key::PageDown);
    assert_eq!(second(&harness), before);
}

/// The sheet has a line for each key, and scrolls where the window is small.
#[test]
fn the_sheet_of_keys_lists_windows_volumes_and_hours() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[five(folder.path())]);
    harness.set_size(eframe::egui::vec2(800.0, 600.0));
    press(&mut harness, Key::Questionmark);
    harness.check_accessibility();
    for key in [
        "Ctrl 1",
        "Ctrl 7",
        "Shift W",
        "Shift Space",
        "Shift Page up",
        ".",
        ",",
        "7",
    ] {
        assert!(harness.query_all_by_label(key).next().is_some(), "{key}");
    }
    let rect = harness.get_by_label("Radiology").rect();
    assert!(rect.left() > 0.0 && rect.top() > 0.0, "{rect:?}");
}
