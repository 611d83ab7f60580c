//! Several regions of interest, angles, and the table of all that is measured.

use super::mask::click_at;
use super::{Window, click, drag, fill, give_path, no_errors, oblique_ball, opened, pane, press};
use super::{label_with, wait_until};
use crate::app::regions::copied;
use crate::app::undo;
use crate::cli::{cisterna, path, text};
use cisterna::app::{RoiShape, Tool};
use cisterna::volume::Plane;
use eframe::egui::{Key, Modifiers, Pos2, Rect, accesskit::Role, vec2};
use egui_kittest::kittest::Queryable;
use nalgebra::Point3;
use serde_json::Value;
use std::path::Path;

fn press_with(harness: &mut Window, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

/// Millimetres of a point of the window, where a picture shows all of the scan.
fn mm_per_point(harness: &Window, pane: Rect) -> f64 {
    let desk = harness.state().desk();
    let (low, high) = desk.layers[0].scan.volume.grid().bounds_in_world();
    let extent = high - low;
    let [width, height] = [pane.width(), pane.height()].map(f64::from);
    (extent.x / width).max(extent.y / height)
}

fn titles(harness: &Window) -> Vec<String> {
    let rois = harness.state().desk().roi.rois.iter();
    rois.map(cisterna::app::Roi::title).collect()
}

fn chosen(harness: &Window) -> String {
    let roi = harness.state().desk().roi.chosen();
    roi.map(cisterna::app::Roi::title).unwrap_or_default()
}

fn middle(harness: &Window, at: usize) -> Point3<f64> {
    let region = &harness.state().desk().roi.rois[at].region;
    region.middle().unwrap()
}

#[test]
fn several_regions_are_kept_chosen_named_moved_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    let axial = pane(&harness, Plane::Axial);
    press_with(&mut harness, Modifiers::SHIFT, Key::U);
    press(&mut harness, Key::Num8);
    assert_eq!(harness.state().desk().tool, Tool::Roi(RoiShape::Rectangle));
    let from = axial.center() + vec2(-150.0, 60.0);
    drag(&mut harness, from, from + vec2(60.0, 70.0));
    press(&mut harness, Key::Escape);
    assert_eq!(titles(&harness), ["Ellipse 1", "Rectangle 2"]);
    assert_eq!(chosen(&harness), "Rectangle 2");
    harness.get_by_label("Region 1, Ellipse 1 on Axial");
    harness.check_accessibility();
    // What was too small to be meant is none, and gives no number away.
    press(&mut harness, Key::Num7);
    let small = from - vec2(60.0, 0.0);
    harness.drag_at(small);
    harness.step();
    for by in [vec2(20.0, 20.0), vec2(0.5, 20.0)] {
        harness.hover_at(small + by);
        harness.step();
    }
    harness.drop_at(small + vec2(0.5, 20.0));
    harness.run_steps(3);
    press(&mut harness, Key::Escape);
    assert_eq!(harness.state().desk().roi.rois.len(), 2);
    assert_eq!(chosen(&harness), "Rectangle 2");

    // One is chosen in the list, and called otherwise; letters that are typed are no commands.
    click(&mut harness, "Ellipse 1, 10.0 x 10.0 mm");
    assert_eq!(chosen(&harness), "Ellipse 1");
    fill(&mut harness, "Name", "cistern");
    press(&mut harness, Key::Escape);
    assert_eq!(titles(&harness), ["cistern", "Rectangle 2"]);
    assert_eq!(harness.state().desk().tool, Tool::Look);

    // It is moved by its number, on its plane, and stays what it is; the window stays as well.
    let handle = |h: &Window| h.get_by_label("Region 1, cistern on Axial").rect().center();
    let before = harness.state().desk().roi.rois[0].clone();
    let style = harness.state().desk().layers[0].style;
    let scale = mm_per_point(&harness, axial);
    let from = handle(&harness);
    drag(&mut harness, from, from + vec2(40.0, 25.0));
    let after = &harness.state().desk().roi.rois[0];
    let by = after.region.middle().unwrap() - before.region.middle().unwrap();
    // The patient's right is on the left, and the front at the top.
    let expected = [-40.0 * scale, -25.0 * scale, 0.0];
    for axis in 0..3 {
        assert!(
            (by[axis].abs() - f64::abs(expected[axis])).abs() < 0.02 * 40.0 * scale,
            "{by}"
        );
    }
    assert!(by.y < 0.0, "down is to the back: {by}");
    let extents = [&before, after].map(cisterna::app::Roi::extent_mm);
    for (one, other) in extents[0].iter().zip(extents[1]) {
        assert!((one - other).abs() < 1e-9);
    }
    assert_eq!(after.region.thickness_mm, before.region.thickness_mm);
    assert_eq!(harness.state().desk().layers[0].style, style);
    undo(&mut harness);
    assert_eq!(harness.state().desk().roi.rois[0], before);
    // By keys, a tenth of a millimetre a press.
    harness.get_by_label("Region 1, cistern on Axial").focus();
    harness.run_steps(2);
    press(&mut harness, Key::ArrowDown);
    let moved = middle(&harness, 0) - before.region.middle().unwrap();
    assert!((moved.norm() - 0.1).abs() < 1e-6, "{moved}");

    // Its outline is taken too, where nothing is drawn.
    press(&mut harness, Key::Escape);
    let radius = (5.0 / scale) as f32;
    // Its number stands at the right above its uppermost point.
    let place = handle(&harness) + vec2(-10.0, 8.0 + radius);
    let edge = place - vec2(radius, 0.0);
    let before = middle(&harness, 0);
    harness.hover_at(edge);
    harness.run_steps(2);
    drag(&mut harness, edge, edge - vec2(30.0, 0.0));
    let moved = middle(&harness, 0) - before;
    let far = 30.0 * scale;
    assert!((moved.norm() - far).abs() < 0.05 * far, "{moved} {far}");

    click(&mut harness, "Take away cistern");
    assert_eq!(titles(&harness), ["Rectangle 2"]);
    assert_eq!(chosen(&harness), "Rectangle 2");
    press(&mut harness, Key::Delete);
    assert!(titles(&harness).is_empty());
    undo(&mut harness);
    undo(&mut harness);
    assert_eq!(titles(&harness), ["cistern", "Rectangle 2"]);
    press_with(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(titles(&harness), ["Rectangle 2"]);
}

/// Degrees between the ways from the second of three places, by the arc cosine.
fn by_hand(one: [f64; 3], corner: [f64; 3], other: [f64; 3]) -> f64 {
    let way = |to: [f64; 3]| [0_usize, 1, 2].map(|axis| to[axis] - corner[axis]);
    let (a, b) = (way(one), way(other));
    let product = |a: [f64; 3], b: [f64; 3]| (0..3).map(|axis| a[axis] * b[axis]).sum::<f64>();
    let lengths = (product(a, a) * product(b, b)).sqrt();
    (product(a, b) / lengths).acos().to_degrees()
}

fn degrees(harness: &Window, at: usize) -> f64 {
    let points = &harness.state().desk().angles.angles[at].points;
    cisterna::workflows::angle_deg(points).unwrap()
}

#[test]
fn an_angle_is_drawn_on_the_picture_and_its_points_are_moved() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    let axial = pane(&harness, Plane::Axial);
    let crosshair = harness.state().desk().crosshair;
    press_with(&mut harness, Modifiers::SHIFT, Key::K);
    assert_eq!(harness.state().desk().tool, Tool::Angle);
    let place = |right: f32, down: f32| axial.center() + vec2(right, down);
    let flat = |pos: Pos2| [f64::from(pos.x), f64::from(pos.y), 0.0];
    // One way is dragged, the end of the other is clicked.
    let (one, corner, other) = (place(-80.0, -30.0), place(20.0, 40.0), place(90.0, -60.0));
    drag(&mut harness, one, corner);
    assert_eq!(harness.state().desk().angles.begun.len(), 2);
    harness.hover_at(other);
    harness.run_steps(2);
    assert!(harness.state().desk().angles.follows.is_some());
    click_at(&mut harness, other);
    let desk = harness.state().desk();
    assert_eq!(desk.angles.angles.len(), 1);
    assert_eq!(desk.crosshair, crosshair, "a click is no crosshair");
    let expected = by_hand(flat(one), flat(corner), flat(other));
    let found = degrees(&harness, 0);
    assert!((found - expected).abs() < 0.5, "{found} {expected}");
    let shown = format!("Angle 1, {found:.1}°");
    harness.get_by_label(&shown);
    harness.check_accessibility();
    // Three clicks make another one; what was begun is not kept by Escape.
    for at in [place(-60.0, 60.0), place(-90.0, 90.0), place(-20.0, 95.0)] {
        click_at(&mut harness, at);
        harness.run_steps(20);
    }
    assert_eq!(harness.state().desk().angles.angles.len(), 2);
    click_at(&mut harness, place(50.0, 80.0));
    assert_eq!(harness.state().desk().angles.begun.len(), 1);
    press(&mut harness, Key::Escape);
    assert!(harness.state().desk().angles.begun.is_empty());
    undo(&mut harness);
    assert_eq!(
        harness.state().desk().angles.angles.len(),
        1,
        "one step each"
    );

    // It is seen where it lies.
    let seen = |h: &Window| h.query_by_label("Angle 1, corner on Axial").is_some();
    assert!(seen(&harness));
    press(&mut harness, Key::PageUp);
    press(&mut harness, Key::PageUp);
    assert!(!seen(&harness), "two slices above");
    press(&mut harness, Key::PageDown);
    press(&mut harness, Key::PageDown);
    drag(&mut harness, other, other + vec2(0.0, 150.0));
    let expected = by_hand(flat(one), flat(corner), flat(other + vec2(0.0, 150.0)));
    let moved = degrees(&harness, 0);
    assert!((moved - expected).abs() < 0.7, "{moved} {expected}");
    undo(&mut harness);
    assert!((degrees(&harness, 0) - found).abs() < 1e-9);
    click(&mut harness, &shown);
    press(&mut harness, Key::Delete);
    assert!(harness.state().desk().angles.angles.is_empty());
}

/// What is measured by keys: a ruler, an angle and a circle.
fn measured_by_keys(harness: &mut Window) -> [Point3<f64>; 3] {
    let mut places = [Point3::origin(); 3];
    for (at, place) in places.iter_mut().enumerate() {
        press_with(harness, Modifiers::COMMAND, Key::U);
        if at < 2 {
            press(harness, Key::U);
        }
        *place = harness.state().desk().crosshair;
        for _ in 0..6 {
            press(harness, [Key::ArrowRight, Key::PageUp, Key::ArrowRight][at]);
        }
    }
    press_with(harness, Modifiers::SHIFT, Key::U);
    places
}

fn save(harness: &mut Window, path: &Path) {
    click(harness, "Save table…");
    let n_errors = harness.state().desk().errors.len();
    give_path(harness, "File to save in", path, "Save");
    wait_until(harness, |h| {
        let desk = h.state().desk();
        let is_said = desk.notice.contains("measurements are saved");
        !h.state().is_busy() && (is_said || desk.errors.len() > n_errors)
    });
}

/// The table is copied and saved, and the file gives the same numbers on the command line.
#[test]
fn all_that_is_measured_is_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let scan = oblique_ball(folder.path());
    let mut harness = opened(std::slice::from_ref(&scan));
    press_with(&mut harness, Modifiers::SHIFT, Key::T);
    label_with(&harness, "Nothing is measured yet");
    let places = measured_by_keys(&mut harness);
    wait_until(&mut harness, |h| {
        h.query_by_label("…").is_none() && !h.state().is_busy()
    });
    harness.check_accessibility();
    let length = (places[1] - places[0]).norm();
    let corner = by_hand(
        places[0].coords.into(),
        places[1].coords.into(),
        places[2].coords.into(),
    );
    let copied = copied(&mut harness, "Copy table");
    let mut lines = copied
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let heads = lines.next().unwrap();
    let rows: Vec<Vec<&str>> = lines.collect();
    assert_eq!(rows.len(), 3, "{copied}");
    let cell = |row: usize, column: &str| {
        let at = heads.iter().position(|head| *head == column);
        rows[row][at.unwrap_or_else(|| panic!("no {column}"))]
    };
    let number = |row: usize, column: &str| cell(row, column).parse::<f64>().unwrap();
    assert_eq!(
        [0, 1, 2].map(|row| cell(row, "kind")),
        ["ruler", "angle", "region"]
    );
    assert_eq!(cell(0, "scan"), "ball.nii");
    assert!((number(0, "length_mm") - length).abs() < 1e-9);
    assert!((number(1, "angle_deg") - corner).abs() < 1e-6);
    assert!((number(2, "area_mm2") - 25.0 * std::f64::consts::PI).abs() < 1e-9);
    assert!(number(2, "voxels") > 20.0 && cell(2, "remark").is_empty());
    let shown = format!("{:.1}", number(0, "length_mm"));
    label_with(&harness, &shown);

    // A click goes to the place.
    press(&mut harness, Key::Home);
    let middle = harness.state().desk().roi.chosen().unwrap().region.middle();
    assert_ne!(Some(harness.state().desk().crosshair), middle);
    click(&mut harness, "Go to Ellipse 1");
    assert_eq!(Some(harness.state().desk().crosshair), middle);
    click(&mut harness, "Go to Angle 1");
    assert_eq!(harness.state().desk().crosshair, places[1]);

    let (json, csv) = (folder.path().join("m.json"), folder.path().join("m.csv"));
    save(&mut harness, &json);
    save(&mut harness, &csv);
    no_errors(&harness);
    let as_csv = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(as_csv.replace(',', "\t"), copied, "one table");
    let saved = std::fs::read_to_string(&json).unwrap();
    // Nothing is written over.
    save(&mut harness, &json);
    let said = &harness.state().desk().errors[0];
    assert!(said.contains("not overwritten"), "{said}");
    assert_eq!(std::fs::read_to_string(&json).unwrap(), saved);
    click(&mut harness, "Dismiss");
    // The command measures the same.
    let output = cisterna(&["measure", path(&scan), "--regions", path(&json), "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("another scan"));
    let [saved, again]: [Value; 2] =
        [saved, text(&output.stdout)].map(|text| serde_json::from_str(&text).unwrap());
    assert_eq!(saved["scan"], again["scan"]);
    for (one, other) in [0_usize, 1, 2].map(|at| (&saved["measures"][at], &again["measures"][at])) {
        for field in ["length_mm", "angle_deg"] {
            assert_eq!(one[field], other[field]);
        }
        for field in [
            "voxels",
            "mean",
            "sd_n_minus_1",
            "median",
            "min",
            "max",
            "volume_mm3",
        ] {
            assert_eq!(one["values"][field], other["values"][field], "{field}");
        }
    }
    assert!(saved["measures"][2]["values"]["mean"].as_f64().unwrap() > 100.0);
    assert_eq!(
        saved["measures"][2]["normal"],
        serde_json::json!([0.0, 0.0, 1.0])
    );

    // A small window has room for it, and it goes as it came.
    harness.set_size(vec2(800.0, 600.0));
    harness.run_steps(4);
    let window = Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0));
    for name in [
        "Copy table",
        "Save table…",
        "Close the table of measurements",
        "Go to Ruler 1",
    ] {
        let rect = harness.get_by_role_and_label(Role::Button, name).rect();
        assert!(window.contains_rect(rect), "{name} at {rect:?}");
    }
    click(&mut harness, "Delete Angle 1");
    assert!(harness.state().desk().angles.angles.is_empty());
    click(&mut harness, "Close the table of measurements");
    assert!(!harness.state().desk().measures.open);
}

/// A picture that is handed on has what is seen on the pane.
#[test]
fn regions_and_angles_are_on_a_picture_that_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    press_with(&mut harness, Modifiers::SHIFT, Key::U);
    let axial = pane(&harness, Plane::Axial);
    press_with(&mut harness, Modifiers::SHIFT, Key::K);
    drag(
        &mut harness,
        axial.center() - vec2(90.0, 0.0),
        axial.center() + vec2(0.0, 60.0),
    );
    click_at(&mut harness, axial.center() + vec2(90.0, 0.0));
    press(&mut harness, Key::Escape);
    let words = format!("1  {:.1}°", degrees(&harness, 0));
    press_with(&mut harness, Modifiers::COMMAND, Key::S);
    harness
        .get_by_role_and_label(Role::Button, "Save as…")
        .click();
    let picture = folder.path().join("pane.svg");
    give_path(&mut harness, "File to save in", &picture, "Save");
    wait_until(&mut harness, |h| picture.exists() && !h.state().is_busy());
    let svg = std::fs::read_to_string(&picture).unwrap();
    assert!(svg.contains(&format!(">{words}</text>")), "{words}");
    assert!(svg.contains(">1</text>"), "the number of the region");
    // The sides of a circle, in the region's colour.
    assert_eq!(svg.matches("#d98a1e").count(), 72);
}
