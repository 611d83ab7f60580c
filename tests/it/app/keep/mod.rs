//! What stays when the viewer is closed: settings, what was opened, sessions, and what was open before a
//! crash.

mod crash;
mod fields;
mod recent;
mod session;
mod settings;

use super::{Window, click, label_with, opened, press, wait_until, window};
use cisterna::app::{App, FirstScans, KeptPlaces};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation};
use eframe::egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::HarnessBuilder;
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Folders that stand for the user's.
fn places(folder: &Path) -> KeptPlaces {
    KeptPlaces {
        settings: Some(folder.join("config")),
        state: Some(folder.join("state")),
        every: Duration::from_millis(10),
    }
}

/// A window that keeps what the user's does.
fn keeping(paths: &[PathBuf], places: &KeptPlaces) -> Window {
    keeping_of([1280.0, 800.0], paths, places)
}

/// One of this size.
fn keeping_of(size: [f32; 2], paths: &[PathBuf], places: &KeptPlaces) -> Window {
    let start = FirstScans::Files {
        paths: paths.to_vec(),
        compare: false,
    };
    let places = places.clone();
    let mut harness = HarnessBuilder::default()
        .with_size(size)
        .wgpu()
        .build_eframe(move |cc| App::keeping(cc, start, &places).unwrap());
    let n = paths.len();
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == n && !h.state().is_busy()
    });
    harness
}

/// The window is closed as people close it.
fn close(mut harness: Window) {
    eframe::App::on_exit(harness.state_mut());
}

fn press_with(harness: &mut Window, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

/// Types a path where the window asks for one, and says go.
fn give_path(harness: &mut Window, field: &str, path: &Path, button: &str) {
    harness.run_steps(3);
    harness
        .get_by_role_and_label(Role::TextInput, field)
        .type_text(&path.to_string_lossy());
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run_steps(3);
}

fn open_path(harness: &mut Window, path: &Path) {
    press_with(harness, Modifiers::COMMAND, Key::O);
    give_path(harness, "Path of a scan", path, "Open");
}

/// Saves what is open.
fn save_session(harness: &mut Window, path: &Path) {
    press_with(harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    give_path(harness, "File of the session", path, "Save");
    wait_until(harness, |h| {
        let desk = h.state().desk();
        desk.notice.starts_with("The session is saved") || !desk.errors.is_empty()
    });
}

#[track_caller]
fn no_errors(harness: &Window) {
    let errors = &harness.state().desk().errors;
    assert!(errors.is_empty(), "{errors:?}");
}

/// The one error that is said.
#[track_caller]
fn only_error(harness: &Window) -> &str {
    match &harness.state().desk().errors[..] {
        [only] => only,
        errors => panic!("{errors:?}"),
    }
}

/// The grid of all scans here, mm about the middle of the world.
fn grid() -> Grid {
    let dims = [20, 18, 16];
    let mut affine = Affine::identity();
    for axis in 0..3 {
        affine[(axis, 3)] = -(dims[axis] as f64 - 1.0) / 2.0;
    }
    Grid::new(dims, affine).unwrap()
}

fn write(path: &Path, value: impl Fn([usize; 3]) -> f32) -> PathBuf {
    let grid = grid();
    let [nx, ny, _] = grid.dims();
    let voxels = 0..grid.n_voxels();
    let values: Vec<f32> = voxels
        .map(|at| value([at % nx, at / nx % ny, at / (nx * ny)]))
        .collect();
    write_nifti(path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    path.to_owned()
}

/// A scan of no constant value.
fn scan(folder: &Path, name: &str) -> PathBuf {
    write(&folder.join(name), |[i, j, k]| {
        500.5 + ((i * 7 + j * 13 + k * 5) % 101) as f32
    })
}

/// Probabilities of one block of 27 voxels.
fn block(folder: &Path, name: &str) -> PathBuf {
    write(&folder.join(name), |at| match at {
        [5..8, 5..8, 5..8] => 0.9,
        _ => 0.01,
    })
}

/// All files below a folder, with what is in them.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.clone(), std::fs::read(&path).unwrap_or_default())),
        }
    }
    found.sort();
    found
}

/// The text of a file, once it is there.
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// What is on show says a word somewhere.
fn says(harness: &Window, word: &str) -> bool {
    harness.query_all_by_label_contains(word).next().is_some()
}
