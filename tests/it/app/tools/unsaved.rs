//! What was entered and is in no file is not lost without a word.

use super::{Window, click, oblique_ball, opened, press, wait_until};
use crate::cli::path;
use cisterna::app::Worksheet;
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation};
use eframe::egui::{Key, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};

/// Closes the window as its frame does; answers whether it stays.
pub(super) fn stays_when_closed(harness: &mut Window) -> bool {
    let root = harness.input_mut().viewports.get_mut(&ViewportId::ROOT);
    root.unwrap().events.push(ViewportEvent::Close);
    harness.step();
    let output = &harness.output().viewport_output[&ViewportId::ROOT];
    let stays = output.commands.contains(&ViewportCommand::CancelClose);
    harness.run_steps(3);
    stays
}

#[track_caller]
pub(super) fn asks(harness: &Window, about: Option<&str>) {
    let is_asked = harness.query_by_label("Not saved yet").is_some();
    assert_eq!(is_asked, about.is_some());
    if let Some(about) = about {
        harness.get_by_label(about);
    }
}

#[test]
fn a_worksheet_is_asked_about_before_it_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[oblique_ball(folder.path())]);
    press(&mut harness, Key::Y);
    wait_until(&mut harness, |h| {
        let sheet = h.state().desk().sheets.shown();
        sheet.is_some_and(|sheet| sheet.sha256.is_some()) && !h.state().is_busy()
    });
    assert!(!stays_when_closed(&mut harness), "nothing was entered");
    click(&mut harness, "Venous sinus engorgement absent");
    assert!(stays_when_closed(&mut harness));
    asks(&harness, Some("The worksheet of ball.nii"));
    harness.check_accessibility();
    // Keys are not for the viewer meanwhile, and Escape keeps what was entered.
    press(&mut harness, Key::Y);
    press(&mut harness, Key::Escape);
    asks(&harness, None);
    let entered = |h: &Window| h.state().desk().sheets.shown().map(Worksheet::n_entered);
    assert_eq!(entered(&harness), Some(1));
    // Its scan is not closed without a word either.
    press(&mut harness, Key::S);
    click(&mut harness, "Close ball.nii");
    asks(&harness, Some("The worksheet of ball.nii"));
    click(&mut harness, "Keep it open");
    assert_eq!(entered(&harness), Some(1));
    click(&mut harness, "Close ball.nii");
    click(&mut harness, "Close without saving");
    assert!(harness.state().desk().layers.is_empty());
    assert_eq!(entered(&harness), None);
    assert!(!stays_when_closed(&mut harness));
}

/// A mask of one block.
fn block(folder: &Path, name: &str) -> PathBuf {
    let grid = Grid::new([12, 10, 8], Affine::identity()).unwrap();
    let is_in = |at: usize| (3..6).contains(&(at % 12)) && (3..6).contains(&(at / 12 % 10));
    let values: Vec<f32> = (0..grid.n_voxels())
        .map(|at| f32::from(is_in(at)))
        .collect();
    let file = folder.join(name);
    write_nifti(&file, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    file
}

#[test]
fn a_mask_is_asked_about_before_another_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["a.nii", "b.nii"].map(|name| block(folder.path(), name));
    let mut harness = opened(&files);
    let source = |h: &Window| {
        let mask = h.state().desk().mask.as_ref();
        mask.map(|mask| mask.source.name.clone())
    };
    // The scan that came last is the chosen one.
    press(&mut harness, Key::O);
    wait_until(&mut harness, |h| {
        source(h).is_some() && !h.state().is_busy()
    });
    let first = source(&harness).unwrap();
    harness
        .get_by_label_contains("Cluster 1, ")
        .click_accesskit();
    harness.run_steps(3);
    press(&mut harness, Key::Delete);
    wait_until(&mut harness, |h| !h.state().is_busy());
    assert!(harness.state().desk().mask.as_ref().unwrap().is_unsaved());
    let other = files.iter().find(|file| !path(file).ends_with(&first));
    let other = other.unwrap().file_name().unwrap().to_str().unwrap();
    press(&mut harness, Key::S);
    let row = harness.get_all_by_label(other).next().unwrap();
    row.click_accesskit();
    harness.run_steps(3);
    // The panel is hidden, and the other layer is to be looked through.
    press(&mut harness, Key::O);
    press(&mut harness, Key::O);
    asks(
        &harness,
        Some(&format!("What was changed of the mask {first}")),
    );
    click(&mut harness, "Back to that mask");
    let mask = harness.state().desk().mask.as_ref().unwrap();
    assert!(mask.open && mask.changes().counts()[1] > 0);
    press(&mut harness, Key::O);
    press(&mut harness, Key::O);
    click(&mut harness, "Go on without saving");
    wait_until(&mut harness, |h| {
        source(h).as_deref() == Some(other) && !h.state().is_busy()
    });
}
