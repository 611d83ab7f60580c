//! The worksheet of the Bern score: three lines, three signs, a signature, a score.

use super::{
    Window, click, drag, fill, give_path, head, label_with, no_errors, opened, pane, press,
    wait_until,
};
use crate::cli::{json, path};
use crate::shared;
use cisterna::anatomy::HeadPlanes;
use cisterna::anatomy::bern::{Item, Measured, Seen, Sheet};
use cisterna::app::{Tool, Worksheet};
use cisterna::volume::Plane;
use eframe::egui::{self, Key, accesskit::Role, pos2};
use egui_kittest::kittest::Queryable;

/// Draws the next line of the worksheet, from a place of the sagittal pane on, so long.
fn draw_line(harness: &mut Window, at: [f32; 2], length: f32) {
    let rect = pane(harness, Plane::Sagittal);
    let from = pos2(
        rect.left() + at[0] * rect.width(),
        rect.top() + at[1] * rect.height(),
    );
    drag(harness, from, from + egui::vec2(length, 0.0));
}

fn shown(harness: &Window) -> &Worksheet {
    harness.state().desk().sheets.shown().unwrap()
}

fn planes_of(harness: &Window) -> HeadPlanes {
    shown(harness).planes.clone().unwrap().unwrap()
}

#[test]
fn a_worksheet_is_filled_in_signed_and_scored() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[head(folder.path(), "head.nii", 2.0)]);
    press(&mut harness, Key::Y);
    wait_until(&mut harness, |h| {
        let sheet = h.state().desk().sheets.shown();
        sheet.is_some_and(|sheet| sheet.planes.is_some() && sheet.sha256.is_some())
    });
    harness.check_accessibility();
    let planes = planes_of(&harness);
    let desk = harness.state().desk();
    // The head is its own mirror image about x = 0.
    assert!(planes.sagittal_mm.abs() < 1.5, "{planes:?}");
    assert_eq!(
        (desk.maximised, desk.tool),
        (Some(Plane::Sagittal), Tool::Ruler)
    );
    assert!((desk.crosshair.x - planes.sagittal_mm).abs() < 1e-9);
    label_with(&harness, "0 of 6 items entered");
    label_with(&harness, "6 items are not entered yet");
    harness.get_by_role_and_label(Role::Button, "Sign");

    // Three lines one after the other, each of the length that is due.
    draw_line(&mut harness, [0.4, 0.4], 20.0);
    draw_line(&mut harness, [0.5, 0.5], 40.0);
    let sheet = shown(&harness);
    assert!(sheet.line(Item::Suprasellar).is_some() && sheet.line(Item::Prepontine).is_some());
    assert_eq!(sheet.drawing(), Some(Item::Mamillopontine));
    draw_line(&mut harness, [0.6, 0.6], 60.0);
    assert_eq!(
        harness.state().desk().tool,
        Tool::Look,
        "nothing more to draw"
    );
    // An end is moved: the length follows.
    let before = shown(&harness).line(Item::Suprasellar);
    harness
        .get_by_label("Suprasellar cistern, second end on Sagittal")
        .focus();
    harness.run_steps(2);
    press(&mut harness, Key::ArrowRight);
    let after = shown(&harness).line(Item::Suprasellar);
    let grown = after.unwrap().length_mm() - before.unwrap().length_mm();
    assert!((grown - 0.1).abs() < 1e-6, "{grown}");
    press(&mut harness, Key::Escape);

    // Signs, with their definition and pictures at hand.
    click(&mut harness, "How Pachymeningeal enhancement is judged");
    label_with(&harness, "Smooth, diffuse enhancement of the dura");
    harness.get_by_label("Pachymeningeal enhancement, present");
    harness.get_by_label("Pachymeningeal enhancement, absent");
    label_with(&harness, "no patient's scan");
    click(&mut harness, "Pachymeningeal enhancement present");
    click(&mut harness, "Venous sinus engorgement absent");
    click(&mut harness, "Subdural collection not assessable");
    let score = shown(&harness).score().unwrap();
    assert_eq!(score.most - score.least, 1, "a range");
    label_with(&harness, &format!("{score} of 9"));
    label_with(&harness, "no probability for this one");

    // Nobody has signed yet.
    label_with(&harness, "name or initials are missing");
    fill(&mut harness, "Reader", "A. Lind");
    harness.run_steps(3);
    click(&mut harness, "Sign");
    no_errors(&harness);
    label_with(&harness, "Signed by A. Lind, 20");
    label_with(&harness, "Not saved yet");
    // What is signed does not change.
    click(&mut harness, "Venous sinus engorgement present");
    let sheet = shown(&harness);
    assert_eq!(sheet.sign(Item::Venous), Some(Seen::Absent));
    assert!(
        harness
            .query_by_label("Suprasellar cistern, second end on Sagittal")
            .is_none()
    );
    let signed = sheet.signed.clone().unwrap();
    let file = folder.path().join("sheet.json");
    click(&mut harness, "Save worksheet…");
    give_path(&mut harness, "File to save in", &file, "Save");
    wait_until(&mut harness, |h| shown(h).saved.is_some());
    label_with(&harness, "Saved as sheet.json");

    // The command line takes the same file, with the same score.
    let kept = Sheet::from_json(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(kept, signed);
    let told = json(&["bern", "score", path(&file), "--json"]);
    assert_eq!(told[0]["points_least"], score.least);
    assert_eq!(told[0]["points_most"], score.most);
    assert_eq!(told[0]["reader"], "A. Lind");
    assert_eq!(told[0]["scan"]["name"], "head.nii");
    assert_eq!(told[0]["scan"]["voxel_mm"], 2.0);
    let hash = cisterna::models::file_sha256(&folder.path().join("head.nii"));
    assert_eq!(told[0]["scan"]["sha256"], hash.unwrap());

    // A correction is another sheet, and overwrites nothing.
    click(&mut harness, "Correct");
    click(&mut harness, "Prepontine cistern not assessable");
    let sheet = shown(&harness);
    assert_eq!(
        sheet.length(Item::Prepontine),
        Some(Measured::NotAssessable)
    );
    click(&mut harness, "Sign");
    click(&mut harness, "Save worksheet…");
    give_path(&mut harness, "File to save in", &file, "Save");
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    assert!(harness.state().desk().errors[0].contains("not overwritten"));
    // Closed and opened again, all of it is there.
    click(&mut harness, "Close the worksheet");
    assert!(harness.state().desk().sheets.shown().is_none());
    press(&mut harness, Key::Y);
    assert_eq!(shown(&harness).n_entered(), 6);
}

/// A length within a voxel of its threshold is said to be.
#[test]
fn a_length_near_its_threshold_is_to_be_measured_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[head(folder.path(), "head.nii", 2.0)]);
    press(&mut harness, Key::Y);
    wait_until(&mut harness, |h| {
        let sheet = h.state().desk().sheets.shown();
        sheet.is_some_and(|sheet| sheet.planes.is_some()) && !h.state().is_busy()
    });
    draw_line(&mut harness, [0.4, 0.4], 300.0);
    let warning = "Within one voxel of the threshold";
    assert!(harness.query_by_label_contains(warning).is_none());
    // Drawn again, of the wanted length: points a mm follow from the first one.
    let sheet = shown(&harness);
    let points_per_mm = 300.0 / sheet.line(Item::Suprasellar).unwrap().length_mm();
    click(&mut harness, "Draw again Suprasellar cistern");
    draw_line(&mut harness, [0.4, 0.4], (5.5 * points_per_mm) as f32);
    label_with(&harness, warning);
    label_with(&harness, "does not count (up to 4.0)");
}

/// On a real head the midsagittal plane is found, and the worksheet stands beside it.
#[test]
fn the_midsagittal_plane_of_a_real_head_is_found() {
    let Some(path) = shared("data/nifti/rordenlab+niimath-bitmap/T1.nii.gz") else {
        return;
    };
    let mut harness = opened(&[path]);
    press(&mut harness, Key::Y);
    wait_until(&mut harness, |h| {
        let sheet = h.state().desk().sheets.shown();
        sheet.is_some_and(|sheet| sheet.planes.is_some())
    });
    let desk = harness.state().desk();
    let planes = planes_of(&harness);
    assert!((desk.crosshair.x - planes.sagittal_mm).abs() < 1e-9);
    let sagittal = pane(&harness, Plane::Sagittal);
    assert!(
        sagittal.width() > 900.0,
        "the picture keeps its room: {sagittal:?}"
    );
}
