//! The window of a scan: its histogram, ends that are dragged and typed, rules, and regions of interest.

use super::{Window, click, label_with, opened, press, rendered, undo, wait_until};
use cisterna::app::{Roi, RoiShape, Tool};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation, Outline, Plane, Window as ScanWindow};
use eframe::egui::{Key, Modifiers, Pos2, Rect, accesskit::Role, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::{Path, PathBuf};

const DIMS: [usize; 3] = [41, 37, 21];

/// Voxels of 1 mm about the origin, each with the value of a voxel's place.
fn scan(folder: &Path, name: &str, value: impl Fn([usize; 3]) -> f32) -> PathBuf {
    let mut affine = Affine::identity();
    for axis in 0..3 {
        affine[(axis, 3)] = -(DIMS[axis] as f64 - 1.0) / 2.0;
    }
    let grid = Grid::new(DIMS, affine).unwrap();
    let voxel = |at: usize| {
        [
            at % DIMS[0],
            at / DIMS[0] % DIMS[1],
            at / (DIMS[0] * DIMS[1]),
        ]
    };
    let values: Vec<f32> = (0..grid.n_voxels()).map(|at| value(voxel(at))).collect();
    let file = folder.join(name);
    write_nifti(&file, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    file
}

/// Background up to 5.5, tissue from 80.5 to 120.5: no whole numbers, which could be labels.
fn head([i, j, k]: [usize; 3]) -> f32 {
    match i {
        0..25 => ((i * 7 + j * 3 + k) % 11) as f32 * 0.55,
        _ => 80.5 + ((i * 5 + j * 7 + k * 3) % 41) as f32,
    }
}

fn now(harness: &Window) -> ScanWindow {
    harness.state().desk().layers[0].style.window
}

fn press_with(harness: &mut Window, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

#[track_caller]
fn wait_for_histogram(harness: &mut Window) {
    wait_until(harness, |h| {
        let desk = h.state().desk();
        desk.windowing.is_counted(&desk.layers[0].filed) && !h.state().is_busy()
    });
    harness.run_steps(2);
}

/// Sets a window by a key, once what it needs is counted.
fn set_by_key(harness: &mut Window, key: Key) {
    press_with(harness, Modifiers::COMMAND, key);
    wait_until(harness, |h| !h.state().is_busy());
    harness.run_steps(2);
}

fn drag(harness: &mut Window, from: Pos2, to: Pos2) {
    harness.drag_at(from);
    harness.step();
    for share in [0.3, 0.7, 1.0] {
        harness.hover_at(from + (to - from) * share);
        harness.step();
    }
    harness.drop_at(to);
    harness.run_steps(3);
}

fn slider(harness: &Window, name: &str) -> Rect {
    harness.get_by_role_and_label(Role::Slider, name).rect()
}

const LOW: &str = "Low end of the window";
const HIGH: &str = "High end of the window";

#[test]
fn a_window_is_dragged_and_typed_over_the_histogram() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "head.nii", head)]);
    press_with(&mut harness, Modifiers::SHIFT, Key::W);
    wait_for_histogram(&mut harness);
    harness.check_accessibility();
    let bars = harness.get_by_label("Histogram of the scan, values from 0 to 120.5");
    let bars = bars.rect();
    // A point of the screen is so much of the scan's values.
    let a_point = 120.5 / bars.width();
    let close = |found: f32, expected: f32| (found - expected).abs() < 1.5 * a_point;
    let first = now(&harness);
    assert_eq!((first.low, first.high), (0.0, 118.5));
    // The ends stand where their values do.
    let x_of = |value: f32| bars.left() + value / a_point;
    assert!((slider(&harness, HIGH).center().x - x_of(118.5)).abs() < 1.0);

    let y = bars.bottom() - 10.0;
    let to = Pos2::new(x_of(40.0), y);
    drag(&mut harness, Pos2::new(x_of(0.0), y), to);
    let dragged = now(&harness);
    assert!(close(dragged.low, 40.0), "{dragged:?}");
    assert_eq!(dragged.high, first.high);
    // Between the ends both are moved.
    let by = vec2(-20.0 / a_point, 0.0);
    let from = Pos2::new(x_of(70.0), y);
    drag(&mut harness, from, from + by);
    let moved = now(&harness);
    assert!(close(moved.low, dragged.low - 20.0), "{moved:?}");
    assert!(close(moved.high, dragged.high - 20.0), "{moved:?}");
    assert!((moved.width() - dragged.width()).abs() < 1e-3);
    // An end does not go past the other.
    let from = Pos2::new(slider(&harness, LOW).center().x, y);
    drag(&mut harness, from, Pos2::new(x_of(119.0), y));
    let narrow = now(&harness);
    assert_eq!(narrow.high, moved.high);
    assert!(
        narrow.low < narrow.high && narrow.width() < 1.0,
        "{narrow:?}"
    );
    // Each drag is one step to take back.
    for expected in [moved, dragged, first] {
        undo(&mut harness);
        assert_eq!(now(&harness), expected);
    }

    // By keys: an arrow is a 256th of the histogram.
    harness.get_by_role_and_label(Role::Slider, HIGH).focus();
    harness.run_steps(2);
    let crosshair = harness.state().desk().crosshair;
    press(&mut harness, Key::ArrowLeft);
    assert!((now(&harness).high - (118.5 - 120.5 / 256.0)).abs() < 1e-3);
    assert_eq!(harness.state().desk().crosshair, crosshair);
    undo_to(&mut harness, first);

    // By numbers: the ends, or middle and width.
    let set = |harness: &mut Window, name: &str, value: f64| {
        let field = harness.get_by_role_and_label(Role::SpinButton, name);
        field.set_value_accesskit(value);
        harness.run_steps(3);
    };
    set(&mut harness, "Low", 12.5);
    assert_eq!(now(&harness), ScanWindow::new(12.5, 118.5));
    set(&mut harness, "High", 100.0);
    assert_eq!(now(&harness), ScanWindow::new(12.5, 100.0));
    set(&mut harness, "Low", 300.0);
    assert_eq!(
        now(&harness).low,
        12.5,
        "the low end stays below the high one"
    );
    set(&mut harness, "Level", 60.0);
    assert_eq!(now(&harness), ScanWindow::from_level(60.0, 87.5));
    set(&mut harness, "Width", 20.0);
    assert_eq!(now(&harness), ScanWindow::new(50.0, 70.0));
    press_with(&mut harness, Modifiers::SHIFT, Key::W);
    assert!(!harness.state().desk().windowing.open);
}

/// Leaves what has the focus, and takes back what was done last.
fn undo_to(harness: &mut Window, expected: ScanWindow) {
    press(harness, Key::Escape);
    harness.run_steps(2);
    undo(harness);
    assert_eq!(now(harness), expected);
}

#[test]
fn rules_set_the_window_by_keys_that_are_not_typed() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "head.nii", head)]);
    let first = now(&harness);
    let seen = rendered(&mut harness);
    // By the definition: the values from 80.5 on are the tissue.
    let mut tissue: Vec<f32> = harness.state().desk().layers[0]
        .scan
        .volume
        .values()
        .to_vec();
    tissue.retain(|value| *value >= 80.5);
    tissue.sort_by(f32::total_cmp);
    let at = |share: f64| tissue[(share * tissue.len() as f64).ceil() as usize - 1];
    set_by_key(&mut harness, Key::Num4);
    assert_eq!(now(&harness), ScanWindow::new(at(0.02), at(0.98)));
    assert_eq!(
        harness.state().desk().active,
        Plane::Axial,
        "no plane was chosen"
    );
    assert_ne!(seen, rendered(&mut harness));
    set_by_key(&mut harness, Key::Num1);
    assert_eq!(now(&harness), ScanWindow::new(0.0, 120.5));
    set_by_key(&mut harness, Key::Num6);
    assert_eq!(now(&harness), ScanWindow::new(0.0, at(0.5)));
    set_by_key(&mut harness, Key::Num3);
    assert_eq!(now(&harness), first);
    for expected in [(0.0, at(0.5)), (0.0, 120.5), (at(0.02), at(0.98))] {
        undo(&mut harness);
        assert_eq!(now(&harness), ScanWindow::new(expected.0, expected.1));
    }
    undo(&mut harness);
    assert_eq!(now(&harness), first);

    // A digit that is typed is no command.
    press_with(&mut harness, Modifiers::COMMAND, Key::O);
    for key in [Key::Num1, Key::Num4, Key::Num7] {
        press_with(&mut harness, Modifiers::COMMAND, key);
        press(&mut harness, key);
    }
    wait_until(&mut harness, |h| !h.state().is_busy());
    assert_eq!(now(&harness), first);
    assert_eq!(harness.state().desk().tool, Tool::Look);
    press(&mut harness, Key::Escape);
    // The buttons say what each rule is, and with which numbers.
    press_with(&mut harness, Modifiers::SHIFT, Key::W);
    wait_for_histogram(&mut harness);
    let button = harness.get_by_role_and_label(Role::Button, "Tissue");
    let told = button.accesskit_node().description().unwrap();
    for part in ["Otsu", "Ctrl 4", "to"] {
        assert!(told.contains(part), "{told}");
    }
    click(&mut harness, "Bright");
    wait_until(&mut harness, |h| !h.state().is_busy());
    assert_eq!(now(&harness), ScanWindow::new(at(0.5), 120.5));
    // The other layouts have the panel too.
    for key in [Key::H, Key::C, Key::P] {
        press(&mut harness, key);
        harness.check_accessibility();
    }
    // A small window has room for it.
    press(&mut harness, Key::P);
    harness.set_size(vec2(800.0, 600.0));
    harness.run_steps(4);
    let window = Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0));
    for name in ["Of the region", "Full range", "Close the histogram"] {
        let rect = harness.get_by_role_and_label(Role::Button, name).rect();
        assert!(window.contains_rect(rect), "{name} at {rect:?}");
    }
    for name in [LOW, HIGH] {
        let rect = slider(&harness, name);
        assert!(
            window.contains_rect(rect) && rect.height() > 30.0,
            "{name} at {rect:?}"
        );
    }
}

/// What no rule makes a window of says so.
#[test]
fn what_has_no_window_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "flat.nii", |_| 5.5)]);
    let first = now(&harness);
    set_by_key(&mut harness, Key::Num4);
    assert_eq!(now(&harness), first);
    label_with(&harness, "no window by the rule Tissue");
    set_by_key(&mut harness, Key::Num7);
    label_with(&harness, "Draw a region first");
    press_with(&mut harness, Modifiers::SHIFT, Key::U);
    set_by_key(&mut harness, Key::Num7);
    assert_eq!(now(&harness), first);
    label_with(&harness, "its 81 voxels have one value, 5.5");
}

fn pane(harness: &Window, plane: Plane) -> Rect {
    let part = format!("{} at", plane.name());
    harness.get_by_label_contains(&part).rect()
}

/// Mean and standard deviation (n - 1) of whole numbers from one to another, by hand.
fn of_run(first: f64, last: f64, n_each: f64) -> (f64, f64) {
    let n = last - first + 1.0;
    let all = n * n_each;
    let variance = (n * n - 1.0) / 12.0 * all / (all - 1.0);
    ((first + last) / 2.0, variance.sqrt())
}

#[test]
fn a_window_is_taken_from_a_region() {
    let folder = tempfile::tempdir().unwrap();
    // Half a unit more than the place of the voxel to the right.
    let mut harness = opened(&[scan(folder.path(), "ramp.nii", |[i, ..]| i as f32 + 0.5)]);
    let first = now(&harness);
    // A circle at the crosshair, which lies on the middle of voxel 20: 81 voxels, and the standard
    // deviation of their places is 2.564176 by numpy.
    press_with(&mut harness, Modifiers::SHIFT, Key::U);
    set_by_key(&mut harness, Key::Num7);
    let found = now(&harness);
    for (end, expected) in [
        (found.low, 20.5 - 5.128_353),
        (found.high, 20.5 + 5.128_353),
    ] {
        assert!((f64::from(end) - expected).abs() < 1e-4, "{found:?}");
    }
    label_with(
        &harness,
        "Ellipse 1: mean 20.5 and 2 standard deviations of 2.56 of 81 voxels",
    );
    label_with(&harness, "Ellipse 1, 10.0 x 10.0 mm");
    // Beside it stands what the scan has in it.
    label_with(&harness, "Mean 20.5, SD 2.56, 15.5 to 25.5, 81 voxels");

    // A rectangle that is drawn: from its corners follows which voxels lie in it.
    press(&mut harness, Key::Num8);
    assert_eq!(harness.state().desk().tool, Tool::Roi(RoiShape::Rectangle));
    let axial = pane(&harness, Plane::Axial);
    let style = harness.state().desk().layers[0].style;
    let middle = axial.center();
    drag(
        &mut harness,
        middle + vec2(-60.0, -50.0),
        middle + vec2(90.0, 40.0),
    );
    assert_eq!(
        harness.state().desk().layers[0].style,
        style,
        "the window stays"
    );
    harness.check_accessibility();
    let roi = harness.state().desk().roi.chosen().cloned().unwrap();
    let Outline::Rectangle { low, high } = roi.region.outline.clone() else {
        panic!("{roi:?}");
    };
    // The patient's right is on the left: x falls to the right.
    assert!(
        low[0] < 0.0 && high[0] > 0.0 && low[0] < -high[0],
        "{roi:?}"
    );
    let (from, to) = ((low[0] + 20.0).ceil(), (high[0] + 20.0).floor());
    let n_rows = (high[1] + 18.0).floor() - (low[1] + 18.0).ceil() + 1.0;
    let (mean, sd) = of_run(from + 0.5, to + 0.5, n_rows);
    set_by_key(&mut harness, Key::Num7);
    let found = now(&harness);
    for (end, expected) in [(found.low, mean - 2.0 * sd), (found.high, mean + 2.0 * sd)] {
        assert!(
            (f64::from(end) - expected).abs() < 1e-3,
            "{found:?} {mean} {sd}"
        );
    }
    // Window and region are taken back one by one.
    undo(&mut harness);
    assert_eq!(now(&harness), style.window);
    undo(&mut harness);
    let shape = |h: &Window| h.state().desk().roi.chosen().map(Roi::shape_name);
    assert_eq!(harness.state().desk().roi.rois.len(), 1);
    assert_eq!(shape(&harness), Some("Ellipse"));
    undo(&mut harness);
    assert_eq!(now(&harness), first);
    undo(&mut harness);
    assert_eq!(shape(&harness), None);

    // By hand, around; what is a click is no region.
    press(&mut harness, Key::Num9);
    harness.drag_at(middle);
    harness.step();
    for by in [vec2(60.0, 0.0), vec2(60.0, 60.0), vec2(0.0, 60.0)] {
        harness.hover_at(middle + by);
        harness.step();
    }
    harness.drop_at(middle + vec2(0.0, 60.0));
    harness.run_steps(3);
    assert_eq!(shape(&harness), Some("Freehand region"));
    click(&mut harness, "Window of the region");
    wait_until(&mut harness, |h| !h.state().is_busy());
    assert!(
        now(&harness).high < 25.0,
        "the left of the patient: {:?}",
        now(&harness)
    );
    press(&mut harness, Key::Delete);
    assert_eq!(shape(&harness), None);
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().desk().tool, Tool::Look);
}

#[test]
fn a_window_is_taken_from_the_label_under_the_crosshair() {
    let folder = tempfile::tempdir().unwrap();
    let labels = scan(folder.path(), "parts_dseg.nii", |[i, ..]| {
        1.0 + f32::from(i > 30)
    });
    let ramp = scan(folder.path(), "ramp.nii", |[i, ..]| i as f32 + 0.5);
    let mut harness = opened(&[labels, ramp]);
    let desk = harness.state().desk();
    assert!(desk.layers[0].is_labels && desk.selected == 1);
    set_by_key(&mut harness, Key::Num7);
    let found = harness.state().desk().layers[1].style.window;
    let (mean, sd) = of_run(0.5, 30.5, 37.0 * 21.0);
    for (end, expected) in [(found.low, mean - 2.0 * sd), (found.high, mean + 2.0 * sd)] {
        assert!((f64::from(end) - expected).abs() < 1e-3, "{found:?}");
    }
    label_with(&harness, "1, without a name: mean 15.5");
}
