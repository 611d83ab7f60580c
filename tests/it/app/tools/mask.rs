//! A mask of perivascular spaces, looked through over its scan, mended and saved.

use super::{
    Window, click, drag, fill, give_path, label_with, no_errors, oblique_ball, opened, pane, press,
    wait_until,
};
use crate::app::rendered;
use crate::cli::{cisterna, path, text};
use cisterna::app::{MaskDesk, Tool};
use cisterna::formats::{self, Voxels, no_progress, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation, Plane};
use cisterna::workflows::MadeMask;
use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use nalgebra::Point3;
use std::path::{Path, PathBuf};

/// Probabilities of three spaces, of which one is small, a label map of two regions and a scan.
fn spaces(folder: &Path) -> [PathBuf; 3] {
    let dims = [40, 36, 20];
    let mut affine = Affine::identity();
    for axis in 0..3 {
        affine[(axis, 3)] = -(dims[axis] as f64 - 1.0) / 2.0;
    }
    let grid = Grid::new(dims, affine).unwrap();
    let of = |value: &dyn Fn([usize; 3]) -> f32| -> Vec<f32> {
        let voxels = 0..grid.n_voxels();
        voxels
            .map(|at| {
                value([
                    at % dims[0],
                    at / dims[0] % dims[1],
                    at / (dims[0] * dims[1]),
                ])
            })
            .collect()
    };
    let write = |name: &str, values: &[f32]| {
        let file = folder.join(name);
        write_nifti(&file, &grid, Orientation::Known, Voxels::F32(values)).unwrap();
        file
    };
    let probability = of(&|[i, j, k]| match [i, j, k] {
        // A tube of ten voxels, one of four whose ends are doubtful, and a single voxel.
        [5..15, 10, 10] => 0.9,
        [25 | 28, 20, 10] => 0.55,
        [26 | 27, 20, 10] => 0.8,
        [30, 30, 10] => 0.95,
        _ => 0.01,
    });
    let labels = of(&|[i, ..]| if i < 20 { 1.0 } else { 2.0 });
    let scan = of(&|[i, j, k]| 500.0 - 0.3 * ((i * 7 + j * 13 + k * 5) % 101) as f32);
    std::fs::write(
        folder.join("sub-1_dseg.tsv"),
        "index\tname\n1\tleft white\n2\tright white\n",
    )
    .unwrap();
    [
        write("sub-1_T1w.nii", &scan),
        write("sub-1_dseg.nii", &labels),
        write("sub-1_desc-spaces_probseg.nii", &probability),
    ]
}

fn looked_through(harness: &Window) -> &MaskDesk {
    harness.state().desk().mask.as_ref().unwrap()
}

fn voxel_state(harness: &Window, [i, j, k]: [usize; 3]) -> u8 {
    looked_through(harness).made().state[i + 40 * (j + 36 * k)]
}

fn wait_for_mask(harness: &mut Window) {
    wait_until(harness, |h| {
        let mask = h.state().desk().mask.as_ref();
        mask.is_some_and(MaskDesk::is_current) && !h.state().is_busy()
    });
}

pub(super) fn click_at(harness: &mut Window, place: egui::Pos2) {
    harness.hover_at(place);
    harness.run_steps(2);
    harness.drag_at(place);
    harness.step();
    harness.drop_at(place);
    harness.run_steps(3);
}

/// Sets a slider as a screen reader does.
fn set(harness: &mut Window, name: &str, value: f64) {
    let slider = harness.get_by_role_and_label(Role::Slider, name);
    slider.set_value_accesskit(value);
    harness.run_steps(3);
}

#[test]
fn a_mask_is_looked_through_mended_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&spaces(folder.path()));
    press(&mut harness, Key::O);
    wait_until(&mut harness, |h| h.state().desk().mask.is_some());
    harness.run_steps(3);
    harness.check_accessibility();
    no_errors(&harness);
    assert!(
        !harness.state().desk().layers[2].visible,
        "the mask stands for it"
    );
    // Three clusters at 0.5, by region.
    label_with(&harness, "3 clusters, 15 mm³");
    let by_region = &looked_through(&harness).made().by_region;
    assert_eq!(by_region["left white"], (1, 10.0));
    assert_eq!(by_region["right white"], (2, 5.0));
    // A click in the table goes to the place: the tube's middle is at voxel 9.5, 10, 10.
    click(
        &mut harness,
        "Cluster 1, left white, 10 mm³, length 10.0 mm, width 1.1 mm",
    );
    let crosshair = harness.state().desk().crosshair;
    assert!(
        (crosshair - Point3::new(-10.0, -7.5, 0.5)).norm() < 1e-6,
        "{crosshair}"
    );

    // Threshold and smallest size act.
    set(&mut harness, "Threshold", 0.6);
    wait_for_mask(&mut harness);
    label_with(&harness, "3 clusters, 13 mm³");
    set(&mut harness, "Left out up to", 1.0);
    wait_for_mask(&mut harness);
    label_with(&harness, "2 clusters, 12 mm³");

    // The picture shows the mask; outlined, another one.
    let filled = rendered(&mut harness);
    set(&mut harness, "Fill", 0.0);
    set(&mut harness, "Outline", 2.0);
    let outlined = rendered(&mut harness);
    assert_ne!(filled, outlined);

    // A brush of a voxel paints where it is put, erases, and both are taken back.
    let axial = pane(&harness, Plane::Axial);
    let at = |h: &Window, voxel: [f64; 3]| {
        let desk = h.state().desk();
        let grid = desk.layers[0].scan.volume.grid();
        let point = grid.to_world(Point3::from(voxel));
        let (low, high) = grid.bounds_in_world();
        let extent = high - low;
        let scale = (extent.x / f64::from(axial.width())).max(extent.y / f64::from(axial.height()));
        let middle = grid.center_in_world();
        axial.center()
            + egui::vec2(
                ((middle.x - point.x) / scale) as f32,
                ((middle.y - point.y) / scale) as f32,
            )
    };
    press(&mut harness, Key::Num4);
    assert_eq!(harness.state().desk().tool, Tool::Paint);
    let (from, to) = (
        at(&harness, [20.0, 5.0, 10.0]),
        at(&harness, [23.0, 5.0, 10.0]),
    );
    drag(&mut harness, from, to);
    assert_eq!(
        voxel_state(&harness, [21, 5, 10]),
        MadeMask::PUT_IN,
        "at once"
    );
    wait_for_mask(&mut harness);
    let painted = looked_through(&harness).made().clusters.len();
    assert_eq!(painted, 3, "painted by hand, it stays however small it is");
    press(&mut harness, Key::Num5);
    let place = at(&harness, [9.0, 10.0, 10.0]);
    click_at(&mut harness, place);
    assert_eq!(voxel_state(&harness, [9, 10, 10]), MadeMask::TAKEN_OUT);
    wait_for_mask(&mut harness);
    let by_hand = looked_through(&harness).changes().counts();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(3);
    assert_eq!(voxel_state(&harness, [9, 10, 10]), MadeMask::IN);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    harness.run_steps(3);
    assert_eq!(voxel_state(&harness, [9, 10, 10]), MadeMask::TAKEN_OUT);
    wait_for_mask(&mut harness);

    // A click takes a whole cluster away.
    press(&mut harness, Key::Num6);
    let place = at(&harness, [26.0, 20.0, 10.0]);
    click_at(&mut harness, place);
    assert_eq!(voxel_state(&harness, [27, 20, 10]), MadeMask::TAKEN_OUT);
    wait_for_mask(&mut harness);
    let after = looked_through(&harness).changes().counts();
    assert_eq!([after[0], after[1]], [by_hand[0], by_hand[1] + 2]);
    no_errors(&harness);

    // It is saved with who did it; nobody is no one.
    let save = harness.get_by_role_and_label(Role::Button, "Save mask…");
    assert!(save.accesskit_node().is_disabled());
    fill(&mut harness, "Reader", "MO");
    harness.run_steps(3);
    let out = folder.path().join("derivatives");
    assert!(looked_through(&harness).is_unsaved());
    click(&mut harness, "Save mask…");
    give_path(&mut harness, "Folder to save in", &out, "Save");
    wait_until(&mut harness, |h| looked_through(h).saved.is_some());
    assert!(!looked_through(&harness).is_unsaved());
    check_saved(&harness, folder.path(), &out.join("sub-1/anat"), after);
}

/// What was saved is what was shown, and what the command line makes of the same changes.
fn check_saved(harness: &Window, folder: &Path, saved: &Path, [put_in, taken_out]: [usize; 2]) {
    let open = |path: &Path| formats::open(path, 0, &no_progress).unwrap().volume;
    let mask = open(&saved.join("sub-1_desc-mended_mask.nii.gz"));
    let made = looked_through(harness).made();
    let shown = made
        .state
        .iter()
        .map(|&s| f32::from(u8::from(MadeMask::is_in(s))));
    assert!(mask.values().iter().copied().eq(shown));
    let record = std::fs::read(saved.join("sub-1_desc-mended_mask.json")).unwrap();
    let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(record["mended_by"], "MO");
    assert_eq!(record["threshold"], 0.6);
    assert_eq!(record["voxels_put_in"], put_in);
    assert_eq!(record["voxels_taken_out"], taken_out);
    let table = std::fs::read_to_string(saved.join("sub-1_desc-mended_clusters.tsv")).unwrap();
    assert_eq!(table.lines().count(), 1 + made.clusters.len());
    let again = folder.join("again");
    let output = cisterna(&[
        "spaces",
        "mend",
        path(&folder.join("sub-1_desc-spaces_probseg.nii")),
        "--threshold",
        "0.6",
        "--left-out",
        "1",
        "--changes",
        path(&saved.join("sub-1_desc-changes_mask.nii.gz")),
        "--labels",
        path(&folder.join("sub-1_dseg.nii")),
        "--scan",
        path(&folder.join("sub-1_T1w.nii")),
        "--by",
        "MO",
        "--at",
        "2026-05-04T10:20:30Z",
        "-o",
        path(&again),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let again = again.join("sub-1/anat");
    let other = open(&again.join("sub-1_desc-mended_mask.nii.gz"));
    assert_eq!(mask.values(), other.values());
    let other = std::fs::read_to_string(again.join("sub-1_desc-mended_clusters.tsv")).unwrap();
    assert_eq!(table, other);
}

#[test]
fn what_is_no_mask_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    press(&mut harness, Key::O);
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    assert!(harness.state().desk().errors[0].contains("is no mask"));
    assert!(harness.state().desk().mask.is_none());
}
