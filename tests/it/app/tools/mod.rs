//! Lines that are measured by, worksheets of the Bern score, masks that are mended and networks that are
//! asked about a scan, through the real window.

mod mask;
mod measures;
mod network;
mod rulers;
mod spaces;
mod unsaved;
mod worksheet;

use super::{Window, click, label_with, opened, press, wait_until};
use crate::registration::{BEFORE, pose};
use cisterna::app::Tool;
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation, Plane};
use eframe::egui::{Key, Pos2, Rect, accesskit::Role};
use egui_kittest::kittest::Queryable;
use nalgebra::{Point3, Rotation3, Vector3};
use std::path::{Path, PathBuf};

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

fn pane(harness: &Window, plane: Plane) -> Rect {
    let part = format!("{} at", plane.name());
    harness.get_by_label_contains(&part).rect()
}

/// Goes into a field and types.
fn fill(harness: &mut Window, name: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, name).focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::TextInput, name)
        .type_text(text);
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

#[track_caller]
fn no_errors(harness: &Window) {
    let errors = &harness.state().desk().errors;
    assert!(errors.is_empty(), "{errors:?}");
}

/// An oblique scan of a ball.
fn oblique_ball(folder: &Path) -> PathBuf {
    let mut affine = Rotation3::from_euler_angles(0.3, -0.4, 0.2).to_homogeneous()
        * Affine::new_nonuniform_scaling(&Vector3::new(1.0, 1.2, 2.0));
    let middle = affine.transform_point(&Point3::new(29.5, 24.5, 14.5));
    for axis in 0..3 {
        affine[(axis, 3)] = -middle[axis];
    }
    let grid = Grid::new([60, 50, 30], affine).unwrap();
    let value = |at: usize| {
        let voxel = [at % 60, at / 60 % 50, at / 3000].map(|i| i as f64);
        let far = grid.to_world(Point3::from(voxel)).coords.norm();
        (900.0 - 30.0 * far).max(0.0) as f32 + (at % 13) as f32
    };
    let values: Vec<f32> = (0..grid.n_voxels()).map(value).collect();
    let file = folder.join("ball.nii");
    write_nifti(&file, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    file
}

/// A head by formulas.
fn head(folder: &Path, name: &str, voxel_mm: f64) -> PathBuf {
    let head = BEFORE.scan(&pose([0.0; 3], [0.0; 3]), voxel_mm, 0.0);
    let file = folder.join(name);
    write_nifti(
        &file,
        head.grid(),
        Orientation::Known,
        Voxels::F32(head.values()),
    )
    .unwrap();
    file
}

/// Keys of the tools do what the menu does, and a tool ends with what it works on.
#[test]
fn a_tool_of_the_mask_needs_a_mask() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    press(&mut harness, Key::Num4);
    assert_eq!(harness.state().desk().tool, Tool::Look);
    let menu = harness.get_by_label("Tools");
    menu.click();
    harness.run_steps(3);
    harness.get_by_label_contains("Ruler").click();
    harness.run_steps(3);
    assert_eq!(harness.state().desk().tool, Tool::Ruler);
}
