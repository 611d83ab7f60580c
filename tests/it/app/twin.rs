//! Pictures of panes that the processor draws, where there is no graphics processor.

use super::{PATIENCE, Window, press, rendered, wait_until};
use crate::render::{assert_same, lopsided, oblique, straight};
use cisterna::app::{App, FirstScans, PictureRenderer};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Orientation, Plane, Volume};
use eframe::egui::Key;
use egui_kittest::HarnessBuilder;
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

fn write(folder: &Path, name: &str, volume: &Volume) -> PathBuf {
    let path = folder.join(name);
    let voxels = Voxels::F32(volume.values());
    write_nifti(&path, volume.grid(), Orientation::Known, voxels).unwrap();
    path
}

/// A scan and another one over it, on a grid of its own.
fn two(folder: &Path) -> Vec<PathBuf> {
    let dims = [40, 48, 36];
    let first = lopsided(dims, straight(dims, [1.0, 1.1, 1.3]));
    let second = lopsided(dims, oblique(dims, [1.0, 0.9, 1.3]));
    vec![
        write(folder, "first.nii", &first),
        write(folder, "second.nii", &second),
    ]
}

fn drawn_by(renderer: PictureRenderer, paths: Vec<PathBuf>) -> Window {
    let n = paths.len();
    let start = FirstScans::Files {
        paths,
        compare: false,
    };
    let mut harness = HarnessBuilder::default()
        .with_size([1280.0, 800.0])
        .wgpu()
        .build_eframe(|cc| App::drawn_by(cc, start, renderer).unwrap());
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == n && !h.state().is_busy() && !h.state().is_drawing()
    });
    harness
}

/// How many pictures were drawn, once none is on the way.
#[track_caller]
fn n_drawn(harness: &mut Window) -> usize {
    wait_until(harness, |h| !h.state().is_drawing());
    harness.state().n_drawn().unwrap()
}

#[test]
fn only_what_changed_is_drawn_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = drawn_by(PictureRenderer::Twin, two(folder.path()));
    let at_first = n_drawn(&mut harness);
    assert!(at_first >= 3, "{at_first}");

    // What lies over a picture is not of it.
    harness.run_steps(5);
    press(&mut harness, Key::X);
    assert!(!harness.state().desk().show_crosshair);
    let pane = harness.get_by_label_contains("Coronal at").rect().center();
    harness.hover_at(pane);
    harness.run_steps(3);
    assert!(harness.state().desk().hover.is_some());
    assert_eq!(n_drawn(&mut harness), at_first);

    // A step through the slices of a plane changes that plane's picture.
    let before = harness.state().desk().crosshair;
    press(&mut harness, Key::ArrowUp);
    assert_ne!(harness.state().desk().crosshair, before);
    assert_eq!(n_drawn(&mut harness), at_first + 1);

    // How a scan is drawn changes all of them.
    press(&mut harness, Key::I);
    assert_eq!(n_drawn(&mut harness), at_first + 4);

    // Another size is another picture, and those that are not in the window are not drawn.
    press(&mut harness, Key::Space);
    assert_eq!(harness.state().desk().maximised, Some(Plane::Axial));
    assert_eq!(n_drawn(&mut harness), at_first + 5);
}

#[test]
fn a_window_looks_the_same_whatever_draws_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let paths = two(folder.path());
    let mut windows = [PictureRenderer::Shader, PictureRenderer::Twin]
        .map(|renderer| drawn_by(renderer, paths.clone()));
    assert_eq!(windows[0].state().n_drawn(), None);
    let mut pictures = Vec::new();
    // As it is opened, with the sides exchanged, the two beside each other, and in one picture.
    for key in [None, Some(Key::F), Some(Key::C), Some(Key::J)] {
        let [by_shader, by_twin] = windows.each_mut().map(|window| {
            if let Some(key) = key {
                press(window, key);
                wait_until(window, |h| !h.state().is_busy());
            }
            rendered(window)
        });
        assert_same(&by_shader, &by_twin);
        pictures.push(by_twin);
    }
    for pair in pictures.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}

/// A picture that comes late is seen once it is there, though nothing else asks for a frame.
#[test]
fn a_picture_that_comes_late_asks_for_a_frame() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = drawn_by(PictureRenderer::Twin, two(folder.path()));
    // Seven million pixels with two layers: more than a frame has time for, on a few cores.
    harness.set_pixels_per_point(3.0);
    harness.run_steps(2);
    let started = std::time::Instant::now();
    while harness.state().is_drawing() {
        assert!(started.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(std::time::Duration::from_millis(20));
        if harness.ctx.has_requested_repaint() {
            harness.step();
        }
    }
    let n = harness.state().n_drawn();
    harness.run_steps(3);
    assert_eq!(harness.state().n_drawn(), n);
}
