//! Scans side by side in a grid, a sheet of slices, what is written on pictures, and a list of many scans.

use super::layout::{check_layout, check_seen, check_told};
use super::{Window, click, label_with, opened, press, undo};
use cisterna::app::{Layout, Settings};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation, Plane};
use eframe::egui::{self, Key, Modifiers, Rect, Vec2, accesskit::Role};
use egui_kittest::kittest::Queryable;
use nalgebra::Vector3;
use std::path::{Path, PathBuf};

/// Voxels of 2 mm about the middle of the world, whose values are told apart by `seed`.
pub(super) fn scan(folder: &Path, name: &str, seed: usize) -> PathBuf {
    let dims = [24, 20, 16];
    let mut affine = Affine::new_nonuniform_scaling(&Vector3::repeat(2.0));
    for axis in 0..3 {
        affine[(axis, 3)] = 1.0 - dims[axis] as f64;
    }
    let grid = Grid::new(dims, affine).unwrap();
    let value = |at: usize| 500.5 + ((at * (7 + seed)) % 101) as f32;
    let values: Vec<f32> = (0..grid.n_voxels()).map(value).collect();
    let path = folder.join(name);
    write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    path
}

fn scans(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    let names = names.iter().enumerate();
    names.map(|(seed, name)| scan(folder, name, seed)).collect()
}

fn shift(harness: &mut Window, key: Key) {
    harness.key_press_modifiers(Modifiers::SHIFT, key);
    harness.run_steps(3);
}

fn pane(harness: &Window, part: &str) -> Rect {
    harness.get_by_label_contains(part).rect()
}

#[test]
fn pictures_say_their_slice_and_more_unless_that_is_not_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&scans(folder.path(), &["a.nii"]));
    // Of two slices that are equally near to the middle the upper one: the ninth of sixteen.
    let told = label_with(&harness, "Axial at");
    assert!(told.starts_with("Axial at S 1.0 mm"), "{told}");
    assert!(told.ends_with(", slice 9 of 16"), "{told}");
    press(&mut harness, Key::ArrowUp);
    assert!(label_with(&harness, "Axial at").ends_with(", slice 10 of 16"));
    assert!(label_with(&harness, "Coronal at").ends_with(" of 20"));
    press(&mut harness, Key::ArrowDown);
    let written = harness.render().unwrap();
    shift(&mut harness, Key::X);
    let settings = harness.state().desk().kept.settings;
    let expected = Settings {
        corner_text: false,
        ..Settings::default()
    };
    assert_eq!(settings, expected);
    let plain = harness.render().unwrap();
    // What stood in each corner of the axial picture is gone; the middle is as it was.
    let rect = pane(&harness, "Axial at");
    let differs = |part: Rect| {
        let xs = part.left() as u32..part.right() as u32;
        let mut pixels =
            xs.flat_map(|x| (part.top() as u32..part.bottom() as u32).map(move |y| (x, y)));
        pixels.any(|(x, y)| written.get_pixel(x, y) != plain.get_pixel(x, y))
    };
    let part = |at: [f32; 2]| {
        let size = egui::vec2(90.0, 40.0);
        let room = rect.shrink2(size / 2.0);
        Rect::from_center_size(room.lerp_inside(Vec2::from(at)), size - Vec2::splat(4.0))
    };
    for corner in [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] {
        assert!(differs(part(corner)), "{corner:?}");
    }
    // Neither letters nor what is drawn.
    for place in [[0.5, 0.0], [0.5, 1.0], [0.0, 0.5], [1.0, 0.5], [0.5, 0.5]] {
        assert!(!differs(part(place)), "{place:?}");
    }
    shift(&mut harness, Key::X);
    assert_eq!(written, harness.render().unwrap());
}

#[test]
fn scans_lie_side_by_side_each_in_its_own_window() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a.nii", "b.nii", "c.nii"];
    let mut harness = opened(&scans(folder.path(), &names));
    shift(&mut harness, Key::G);
    assert_eq!(harness.state().desk().layout, Layout::Grid);
    harness.check_accessibility();
    let rects = names.map(|name| pane(&harness, &format!("Axial {name} at")));
    for (at, one) in rects.iter().enumerate() {
        for other in &rects[..at] {
            let common = one.intersect(*other);
            assert!(!(common.width() > 0.5 && common.height() > 0.5));
        }
    }
    // The plane is that of the keys, and so is the scan.
    press(&mut harness, Key::Num2);
    harness.get_by_label_contains("Coronal b.nii at").click();
    harness.run_steps(3);
    assert_eq!(harness.state().desk().selected, 1);
    press(&mut harness, Key::I);
    let inverted = |h: &Window| {
        let layers = &h.state().desk().layers;
        layers
            .iter()
            .map(|layer| layer.style.invert)
            .collect::<Vec<_>>()
    };
    assert_eq!(inverted(&harness), [false, true, false]);
    // The next one by a key.
    shift(&mut harness, Key::N);
    assert_eq!(harness.state().desk().selected, 2);
    press(&mut harness, Key::V);
    assert!(
        harness
            .query_by_label_contains("Coronal c.nii at")
            .is_none()
    );
    undo(&mut harness);
    pane(&harness, "Coronal c.nii at");
    harness
        .get_by_role_and_label(Role::CheckBox, "Show a.nii")
        .click();
    harness.run_steps(3);
    assert!(
        harness
            .query_by_label_contains("Coronal a.nii at")
            .is_none()
    );
    // Enlarged, the chosen one.
    press(&mut harness, Key::Space);
    pane(&harness, "Coronal c.nii at");
    assert!(
        harness
            .query_by_label_contains("Coronal b.nii at")
            .is_none()
    );
    shift(&mut harness, Key::O);
    assert_eq!(harness.state().desk().layout, Layout::Planes);
    // Over each other they are as they were.
    assert_eq!(inverted(&harness), [false; 3]);
}

fn set(harness: &mut Window, name: &str, value: f64) {
    let field = harness.get_by_role_and_label(Role::SpinButton, name);
    field.set_value_accesskit(value);
    harness.run_steps(3);
}

fn n_tiles(harness: &Window) -> usize {
    harness
        .query_all_by_label_contains("Axial slice at")
        .count()
}

#[test]
fn a_scan_lies_as_a_sheet_of_its_slices_and_a_click_goes_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&scans(folder.path(), &["a.nii", "b.nii"]));
    shift(&mut harness, Key::L);
    harness.check_accessibility();
    // Four rows of six have room for all of them.
    assert_eq!(n_tiles(&harness), 16);
    let [low, high] = ["I 15.0", "S 15.0"].map(|at| {
        let tile = format!("Axial slice at {at} mm, R left, L right");
        pane(&harness, &tile)
    });
    assert!(low.top() < high.top(), "from foot to head");
    harness
        .get_by_label_contains("Axial slice at S 5.0 mm")
        .click();
    harness.run_steps(3);
    let at = |h: &Window| h.state().desk().crosshair.z;
    assert!((at(&harness) - 5.0).abs() < 1e-9, "{}", at(&harness));
    press(&mut harness, Key::ArrowUp);
    assert!((at(&harness) - 7.0).abs() < 1e-9, "{}", at(&harness));
    // Two rows of three, each slice: what is not seen is turned to.
    set(&mut harness, "Rows", 2.0);
    set(&mut harness, "Columns", 3.0);
    set(&mut harness, "Step", 1.0);
    assert_eq!(n_tiles(&harness), 6);
    pane(&harness, "Axial slice at S 7.0 mm");
    press(&mut harness, Key::Home);
    pane(&harness, "Axial slice at I 15.0 mm");
    let middle = pane(&harness, "Axial slice at I 13.0 mm").center();
    harness.hover_at(middle);
    harness.step();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, -1.0),
        modifiers: Modifiers::NONE,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
    });
    harness.run_steps(3);
    let first = "Axial slice at I 15.0 mm";
    assert!(harness.query_by_label_contains(first).is_none());
    pane(&harness, "Axial slice at I 9.0 mm");
    click(&mut harness, "Up");
    pane(&harness, first);
    // Another plane and another scan.
    press(&mut harness, Key::Num3);
    assert_eq!(harness.state().desk().active, Plane::Sagittal);
    assert_eq!(
        harness
            .query_all_by_label_contains("Sagittal slice at")
            .count(),
        6
    );
    let before = harness.render().unwrap();
    shift(&mut harness, Key::N);
    assert_ne!(before, harness.render().unwrap());
    undo(&mut harness);
    assert_eq!(harness.state().desk().layout, Layout::Planes);
}

#[test]
fn a_list_of_ten_scans_can_be_used_without_scrolling() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..10).map(|n| format!("s{n}.nii")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut harness = opened(&scans(folder.path(), &names));
    let size = [1280.0, 800.0];
    check_layout(&harness, size);
    for name in &names {
        check_seen(&harness, &format!("Close {name}"), size);
        check_seen(&harness, &format!("Details of {name}"), size);
    }
    // One of them says how it is drawn.
    let n_details = |h: &Window| h.query_all_by_label("Invert").count();
    assert_eq!(n_details(&harness), 1);
    click(&mut harness, "Details of s3.nii");
    assert_eq!(harness.state().desk().selected, 3);
    assert_eq!(n_details(&harness), 1);
    click(&mut harness, "Details of s3.nii");
    assert_eq!(n_details(&harness), 0);
    shift(&mut harness, Key::D);
    assert_eq!(n_details(&harness), 1);
}

#[test]
fn nothing_lies_over_anything_else_in_any_layout() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&scans(folder.path(), &["a.nii", "b.nii", "c.nii"]));
    for size in [[800.0, 600.0], [1280.0, 800.0]] {
        harness.set_size(Vec2::from(size));
        harness.run_steps(3);
        for key in [Key::O, Key::G, Key::L, Key::H] {
            shift(&mut harness, key);
            check_layout(&harness, size);
            harness.check_accessibility();
        }
        shift(&mut harness, Key::H);
        for key in [Key::C, Key::K, Key::Num7] {
            press(&mut harness, key);
            check_layout(&harness, size);
        }
        press(&mut harness, Key::Escape);
    }
}

#[test]
fn each_control_beside_a_scan_says_what_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&scans(folder.path(), &["a.nii"]));
    for key in [Key::O, Key::G, Key::L, Key::H] {
        shift(&mut harness, key);
        check_told(&harness);
    }
}
