//! Scans aligned in the window.

use super::{label_with, press, rendered, undo, wait_until};
use crate::registration::{AFTER, BEFORE, error_mm, pose};
use cisterna::app::{App, CompareMode, Layer};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Orientation, Volume};
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use nalgebra::{Isometry3, Point3, Vector3};
use std::path::Path;

/// Where the head lies in the first scan and in the second: 3.7 degrees apart.
fn poses() -> [Isometry3<f64>; 2] {
    [
        pose([0.0; 3], [0.0; 3]),
        pose([2.0, -3.0, 1.0], [1.0, -2.0, 3.0]),
    ]
}

fn heads() -> Vec<(&'static str, Volume)> {
    let [first, second] = poses();
    vec![
        ("early", BEFORE.scan(&first, 2.5, 0.0)),
        ("late", AFTER.scan(&second, 2.5, 0.05)),
    ]
}

fn opened(folder: &Path, scans: &[(&str, Volume)]) -> Harness<'static, App> {
    let paths = scans.iter().map(|(name, volume)| {
        let path = folder.join(format!("{name}.nii"));
        let voxels = Voxels::F32(volume.values());
        write_nifti(&path, volume.grid(), Orientation::Known, voxels).unwrap();
        path
    });
    super::opened(&paths.collect::<Vec<_>>())
}

fn layer<'a>(harness: &'a Harness<'static, App>, at: usize) -> &'a Layer {
    &harness.state().desk().layers[at]
}

/// From where the file has a scan to where it is shown.
fn shown_from_filed(harness: &Harness<'static, App>, at: usize) -> Affine {
    let layer = layer(harness, at);
    layer.scan.volume.grid().world_from_voxel() * layer.filed.volume.grid().voxel_from_world()
}

fn align(harness: &mut Harness<'static, App>) {
    harness.get_by_label("Align scans").click();
    wait_until(harness, |h| {
        !h.state().is_busy() && layer(h, 1).placement.alignment.is_some()
    });
    harness.run_steps(3);
}

#[test]
fn aligned_heads_lie_on_each_other_and_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(folder.path(), &heads());
    let as_filed = rendered(&mut harness);
    align(&mut harness);
    harness.check_accessibility();
    assert!(harness.state().desk().errors.is_empty());
    let [first, second] = poses();
    let error = error_mm(&shown_from_filed(&harness, 1), &first, &second);
    // A sixth of a voxel.
    assert!(error < 0.4, "{error} mm");
    assert_eq!(shown_from_filed(&harness, 0), Affine::identity());
    let moved = layer(&harness, 1);
    let [shown, filed] = [&moved.scan, &moved.filed].map(|scan| scan.volume.values().as_ptr());
    assert_eq!(shown, filed, "the same values, not new ones");
    let text = label_with(&harness, "Aligned to early.nii");
    let degrees = text.split(", ").last().unwrap();
    let degrees: f64 = degrees.trim_end_matches(" degrees").parse().unwrap();
    assert!((degrees - 14.0_f64.sqrt()).abs() < 0.15, "{text}");
    assert_eq!(
        harness.state().desk().notice,
        "1 of 1 scans aligned to early.nii"
    );

    let aligned = rendered(&mut harness);
    assert_ne!(as_filed, aligned);
    press(&mut harness, Key::B);
    assert_eq!(shown_from_filed(&harness, 1), Affine::identity());
    press(&mut harness, Key::B);
    let error = error_mm(&shown_from_filed(&harness, 1), &first, &second);
    assert!(error < 0.4, "{error} mm");
    assert_eq!(aligned, rendered(&mut harness));

    // What is compared is what is shown.
    press(&mut harness, Key::C);
    let mse = |h: &Harness<'static, App>| Some(h.state().desk().metrics()?.as_ref().ok()?.mse);
    wait_until(&mut harness, |h| mse(h).is_some());
    let after = mse(&harness).unwrap();
    press(&mut harness, Key::B);
    wait_until(&mut harness, |h| mse(h).is_some());
    let before = mse(&harness).unwrap();
    assert!(after < 0.8 * before, "{after} aligned, {before} as filed");

    // Before, the layout, after and before again, and then the move itself.
    for _ in 0..4 {
        undo(&mut harness);
    }
    assert!(layer(&harness, 1).placement.is_moved());
    undo(&mut harness);
    assert!(!layer(&harness, 1).placement.is_moved());
    assert_eq!(shown_from_filed(&harness, 1), Affine::identity());
    assert!(!harness.state().desk().alignment.before);
    assert!(
        harness
            .query_by_label_contains("Aligned to early.nii")
            .is_none()
    );
}

#[test]
fn what_is_no_head_stays_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut scans = heads();
    let grid = scans[0].1.grid().clone();
    let of = |value: &dyn Fn(Point3<f64>) -> f32| {
        let [nx, ny, _] = grid.dims();
        let values = (0..grid.n_voxels()).map(|at| {
            let index = [at % nx, at / nx % ny, at / nx / ny].map(|i| i as f64);
            value(grid.to_world(Point3::from(index)))
        });
        Volume::new(grid.clone(), values.collect()).unwrap()
    };
    let ball = |p: Point3<f64>| (30.0 - p.coords.norm()).max(0.0) as f32;
    scans.push(("ball", of(&ball)));
    scans.push(("labels", of(&|p| f32::from(u8::from(ball(p) > 0.0)))));
    let mut harness = opened(folder.path(), &scans);
    align(&mut harness);
    let text = label_with(
        &harness,
        "Not aligned to early.nii, left where it was: not a head",
    );
    assert!(text.contains("where a head has"), "{text}");
    label_with(&harness, "left where it was: it holds labels");
    let [first, second] = poses();
    let error = error_mm(&shown_from_filed(&harness, 1), &first, &second);
    assert!(error < 0.4, "{error} mm");
    for at in [0, 2, 3] {
        assert_eq!(shown_from_filed(&harness, at), Affine::identity());
    }
    assert_eq!(
        harness.state().desk().notice,
        "1 of 3 scans aligned to early.nii"
    );
}

#[test]
fn a_cancelled_alignment_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(folder.path(), &heads());
    harness.get_by_label("Align scans").click();
    wait_until(&mut harness, |h| h.query_by_label("Cancel").is_some());
    harness.get_by_label("Cancel").click();
    wait_until(&mut harness, |h| !h.state().is_busy());
    harness.run_steps(3);
    assert!(layer(&harness, 1).placement.alignment.is_none());
    assert_eq!(shown_from_filed(&harness, 1), Affine::identity());
    assert_eq!(harness.state().desk().can_undo_redo(), [false; 2]);
    assert!(harness.state().desk().errors.is_empty());
}

#[test]
fn a_scan_is_moved_by_hand_and_each_move_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(folder.path(), &heads());
    let crosshair = harness.state().desk().crosshair;
    press(&mut harness, Key::M);
    harness.check_accessibility();
    let by_hand = |h: &Harness<'static, App>| layer(h, 1).placement.by_hand;
    #[track_caller]
    fn near(found: Vector3<f64>, expected: [f64; 3]) {
        let off = (found - Vector3::from(expected)).norm();
        assert!(off < 1e-9, "{found} where {expected:?} is due");
    }
    // The right of a radiological picture is the patient's left.
    press(&mut harness, Key::ArrowRight);
    near(by_hand(&harness).translation.vector, [-0.1, 0.0, 0.0]);
    harness.get_by_label("Move up by 0.1 mm").click();
    harness.run_steps(3);
    near(by_hand(&harness).translation.vector, [-0.1, 0.1, 0.0]);
    let before = by_hand(&harness);
    // Clockwise about the crosshair, seen from below.
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowRight);
    harness.run_steps(3);
    let turned = by_hand(&harness) * before.inverse();
    near(
        turned.rotation.scaled_axis(),
        [0.0, 0.0, 0.1_f64.to_radians()],
    );
    near(turned * crosshair - crosshair, [0.0; 3]);
    let expected = by_hand(&harness).to_homogeneous();
    assert!((shown_from_filed(&harness, 1) - expected).norm() < 1e-9);
    label_with(&harness, "By hand: its middle moved 0.");
    assert_eq!(
        harness.state().desk().crosshair,
        crosshair,
        "arrows move the scan only"
    );
    undo(&mut harness);
    assert_eq!(by_hand(&harness), before);
    undo(&mut harness);
    near(by_hand(&harness).translation.vector, [-0.1, 0.0, 0.0]);
    undo(&mut harness);
    assert!(!layer(&harness, 1).placement.is_moved());
    press(&mut harness, Key::M);
    press(&mut harness, Key::ArrowUp);
    assert_ne!(harness.state().desk().crosshair, crosshair);
    assert!(!layer(&harness, 1).placement.is_moved());
    // Back to the files, and that is undone too.
    harness.get_by_label("Move by hand").click();
    harness.run_steps(3);
    press(&mut harness, Key::ArrowLeft);
    harness.get_by_label("Back to the files").click();
    harness.run_steps(3);
    assert!(!layer(&harness, 1).placement.is_moved());
    undo(&mut harness);
    near(by_hand(&harness).translation.vector, [0.1, 0.0, 0.0]);
}

#[test]
fn an_alignment_is_judged_by_swipe_checkerboard_and_outline() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(folder.path(), &heads());
    press(&mut harness, Key::H);
    let mut pictures = vec![rendered(&mut harness)];
    for name in [
        "Axial early.nii | late.nii at",
        "Axial early.nii and late.nii",
        "Axial late.nii with edges of early.nii",
    ] {
        press(&mut harness, Key::J);
        harness.check_accessibility();
        label_with(&harness, name);
        pictures.push(rendered(&mut harness));
    }
    for pair in pictures.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    harness.get_by_label("Swipe").click();
    harness.run_steps(3);
    let line = harness.get_by_label("Axial swipe line").rect().center();
    let pane = harness
        .get_by_label_contains("Axial early.nii | late.nii at")
        .rect();
    assert!((line.x - pane.center().x).abs() < 1.0);
    let to = pane.lerp_inside(vec2(0.25, 0.5));
    harness.drag_at(line);
    harness.run_steps(2);
    harness.hover_at(to);
    harness.run_steps(2);
    harness.drop_at(to);
    harness.run_steps(2);
    let desk = harness.state().desk();
    assert_eq!(desk.compare_mode(), CompareMode::Swipe);
    let share = desk.compare.swipe;
    assert!((share - 0.25).abs() < 0.02, "{share}");
    // The line was dragged in one step.
    undo(&mut harness);
    assert_eq!(harness.state().desk().compare.swipe, 0.5);
    assert_eq!(harness.state().desk().compare_mode(), CompareMode::Swipe);
}
