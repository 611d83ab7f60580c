//! Lines that are measured by.

use super::{Window, click, drag, oblique_ball, opened, pane, press};
use cisterna::app::{Mark, Tool};
use cisterna::volume::Plane;
use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable;
use nalgebra::Point3;

#[test]
fn a_distance_is_measured_in_the_world_and_its_ends_are_moved() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    let axial = pane(&harness, Plane::Axial);
    press(&mut harness, Key::K);
    assert_eq!(harness.state().desk().tool, Tool::Ruler);
    let (from, to) = (
        axial.center() + egui::vec2(-90.0, -40.0),
        axial.center() + egui::vec2(70.0, 80.0),
    );
    let style = harness.state().desk().layers[0].style;
    drag(&mut harness, from, to);
    let desk = harness.state().desk();
    assert_eq!(desk.layers[0].style, style, "the window stays");
    let ruler = desk.rulers.rulers[0];
    let length = ruler.line.length_mm();
    // What a pixel is in mm follows from the picture that shows all of the scan.
    let (low, high) = desk.layers[0].scan.volume.grid().bounds_in_world();
    let extent = high - low;
    let scale = (extent.x / f64::from(axial.width())).max(extent.y / f64::from(axial.height()));
    let expected = f64::from((to - from).length()) * scale;
    assert!(
        (length - expected).abs() < 0.02 * expected,
        "{length} {expected}"
    );
    assert_eq!(ruler.line.from_mm[2], ruler.line.to_mm[2]);
    let shown = format!("Ruler 1, {length:.1} mm (voxel 2.0)");
    harness.get_by_label(&shown);
    harness.check_accessibility();

    // It lies on the other planes where they meet it, and not where they do not.
    let ends = |h: &Window, plane: &str| {
        let part = format!("first end on {plane}");
        h.query_all_by_label_contains(&part).count()
    };
    assert_eq!(ends(&harness, "Axial"), 1);
    press(&mut harness, Key::PageUp);
    press(&mut harness, Key::PageUp);
    assert_eq!(ends(&harness, "Axial"), 0, "two slices above");
    press(&mut harness, Key::PageDown);
    press(&mut harness, Key::PageDown);

    // An end is dragged by the mouse, and the line follows; by keys, a tenth of a millimetre a press.
    press(&mut harness, Key::Escape);
    let before = harness.state().desk().rulers.rulers[0].line;
    drag(&mut harness, to, to + egui::vec2(30.0, 0.0));
    let after = harness.state().desk().rulers.rulers[0].line;
    assert_eq!(after.from_mm, before.from_mm);
    assert!(
        (after.to_mm[0] - before.to_mm[0]).abs() > 20.0 * scale,
        "{after:?}"
    );
    assert_eq!(after.to_mm[2], before.to_mm[2], "not along the normal");
    harness.get_by_label("Ruler 1, second end on Axial").focus();
    harness.run_steps(2);
    let crosshair = harness.state().desk().crosshair;
    press(&mut harness, Key::ArrowDown);
    let moved = harness.state().desk().rulers.rulers[0].line;
    let step: f64 = (0..3)
        .map(|a| (moved.to_mm[a] - after.to_mm[a]).powi(2))
        .sum();
    assert!((step.sqrt() - 0.1).abs() < 1e-6, "{}", step.sqrt());
    assert_eq!(harness.state().desk().crosshair, crosshair);
    click(&mut harness, "Take away Ruler 1");
    assert!(harness.state().desk().rulers.rulers.is_empty());
}

#[test]
fn a_distance_is_measured_by_keys_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    let first = harness.state().desk().crosshair;
    press(&mut harness, Key::U);
    assert_eq!(harness.state().desk().rulers.begun, Some(first));
    for _ in 0..5 {
        press(&mut harness, Key::ArrowRight);
    }
    press(&mut harness, Key::PageUp);
    let second = harness.state().desk().crosshair;
    press(&mut harness, Key::U);
    let desk = harness.state().desk();
    let line = desk.rulers.rulers[0].line;
    assert_eq!(Point3::from(line.from_mm), first);
    assert_eq!(Point3::from(line.to_mm), second);
    assert!((line.length_mm() - (second - first).norm()).abs() < 1e-9);
    assert_eq!(desk.rulers.chosen, Some(Mark::Ruler(1)));
    // Its ends lie in two slices: it is seen in both, as the plane meets it.
    assert!(
        harness
            .query_by_label("Ruler 1, first end on Axial")
            .is_some()
    );
    press(&mut harness, Key::Delete);
    assert!(harness.state().desk().rulers.rulers.is_empty());
}
