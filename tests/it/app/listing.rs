//! Choosing scans from a folder.

use super::{label_with, wait_until, window};
use crate::formats::dicom_made::Made;
use crate::formats::places_made::{with_scans, without_scans};
use cisterna::app::{App, FirstScans, Layout};
use cisterna::formats::{Voxels, no_progress, open_one, write_nifti};
use cisterna::volume::{Grid, Orientation};
use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use std::path::{Path, PathBuf};

const HOURS: [(&str, &str); 3] = [
    ("T1 before", "20240103080000"),
    ("T1 next day", "20240104093000"),
    ("Localizer", "20240103075500"),
];

/// Three series of two slices each.
fn examination(folder: &Path) {
    for (number, (description, clock)) in (0..).zip(HOURS) {
        for slice in 0..2 {
            let made = Made::slice_of(number, description, clock, slice);
            let path = folder.join(format!("{number}-{slice}"));
            std::fs::write(path, made.bytes()).unwrap();
        }
    }
}

fn open_folder(folder: &Path) -> Harness<'static, App> {
    let mut harness = window(FirstScans::Files {
        paths: vec![folder.to_owned()],
        compare: false,
    });
    wait_until(&mut harness, |h| h.state().desk().listing.open);
    harness
}

/// All that a screen reader could say.
fn told(harness: &Harness<'static, App>) -> String {
    let nodes = harness.root().children_recursive();
    nodes
        .flat_map(|node| {
            let node = node.accesskit_node();
            [node.label(), node.value()]
        })
        .flatten()
        .collect::<Vec<_>>()
        .join("\n")
}

fn click_row(harness: &mut Harness<'static, App>, name: &str) {
    harness.get_by_label_contains(name).click();
    harness.run_steps(3);
}

#[test]
fn an_examination_drops_in_as_one_time_series() {
    let folder = tempfile::tempdir().unwrap();
    examination(folder.path());
    let mut harness = open_folder(folder.path());
    harness.check_accessibility();
    assert!(harness.state().desk().layers.is_empty());
    let row = label_with(&harness, "T1 next day");
    assert!(
        row.contains("MR  ·  3 × 2 × 2  ·  1 × 1 × 1 mm  ·  2 files"),
        "{row}"
    );
    // Nothing chosen: hours from the first scan of all, the localizer.
    assert!(row.contains("25.58 h, 2024-01-04 09:30:00"), "{row}");
    // Who was scanned is told when asked for, and not after.
    assert!(!told(&harness).contains("Nobody"));
    harness.get_by_label("Who was scanned?").click();
    wait_until(&mut harness, |h| told(h).contains("Nobody^Special"));
    harness.get_by_label("Hide who was scanned").click();
    harness.run_steps(3);
    assert!(!told(&harness).contains("Nobody"));
    click_row(&mut harness, "T1 next day");
    click_row(&mut harness, "T1 before");
    assert!(label_with(&harness, "T1 next day").contains("25.50 h"));
    let field = || (Role::TextInput, "Tracer injected at");
    let (role, name) = field();
    harness.get_by_role_and_label(role, name).focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(role, name)
        .type_text("2024-01-03 09");
    harness.run_steps(3);
    label_with(&harness, "write it as");
    harness.get_by_role_and_label(role, name).type_text(":30");
    harness.run_steps(3);
    assert!(label_with(&harness, "T1 next day").contains("24.00 h"));
    assert!(label_with(&harness, "T1 before").contains("-1.50 h"));
    harness.get_by_label("Open as time series").click();
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 2);
    let desk = harness.state().desk();
    assert_eq!(desk.layout, Layout::TimeSeries);
    let hours: Vec<_> = desk.layers.iter().map(|layer| layer.hours).collect();
    assert_eq!(hours, [Some(-1.5), Some(24.0)]);
    assert!(!desk.listing.open);
    // The window that the files suggest: 300 +- 250, for both at once.
    harness.key_press(Key::W);
    harness.run_steps(3);
    for layer in &harness.state().desk().layers {
        let window = layer.style.window;
        assert_eq!((window.low, window.high), (50.0, 550.0));
    }
    // The list comes back, and goes.
    harness.key_press(Key::L);
    harness.run_steps(3);
    assert!(harness.state().desk().listing.open);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().desk().listing.open);
    assert!(!told(&harness).contains(folder.path().to_str().unwrap()));
}

#[test]
fn rows_have_pictures_and_open_by_a_double_click() {
    let folder = tempfile::tempdir().unwrap();
    examination(folder.path());
    // Steps so short that two clicks are a double click.
    let start = FirstScans::Files {
        paths: vec![folder.path().to_owned()],
        compare: false,
    };
    let mut harness = HarnessBuilder::default()
        .with_size([1280.0, 800.0])
        .with_step_dt(0.01)
        .wgpu()
        .build_eframe(|cc| App::new(cc, start).unwrap());
    wait_until(&mut harness, |h| h.state().desk().listing.open);
    harness
        .get_by_role_and_label(Role::TextInput, "Search")
        .focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::TextInput, "Search")
        .type_text("local");
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("T1 next day").is_none());
    let row = harness.get_by_label_contains("Localizer");
    row.click();
    row.click();
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 1);
    assert_eq!(harness.state().desk().layers[0].scan.name, "Localizer");
    assert_eq!(harness.state().desk().layout, Layout::Planes);
}

#[test]
fn a_data_set_is_filtered_by_subject_and_kind() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |path: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let grid = Grid::new([6, 5, 4], nalgebra::Matrix4::identity()).unwrap();
        let values: Vec<f32> = (0..120).map(|at| at as f32).collect();
        write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    };
    write("sub-01/anat/sub-01_T1w.nii.gz");
    write("sub-02/anat/sub-02_T1w.nii.gz");
    write("sub-02/anat/sub-02_T2w.nii.gz");
    write("derivatives/seg/sub-02/anat/sub-02_dseg.nii.gz");
    std::fs::write(
        root.join("participants.tsv"),
        "participant_id\tage\tgroup\nsub-01\t71\tiNPH\nsub-02\t64\tREF\n",
    )
    .unwrap();
    let mut harness = open_folder(root);
    harness.check_accessibility();
    let has = |h: &Harness<'static, App>, name: &str| h.query_by_label_contains(name).is_some();
    assert!(has(&harness, "sub-01_T1w") && !has(&harness, "sub-02_dseg"));
    harness
        .get_by_role_and_label(Role::ComboBox, "Subject")
        .click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "02").click();
    harness.run_steps(3);
    assert!(!has(&harness, "sub-01_T1w") && has(&harness, "sub-02_T2w"));
    label_with(&harness, "age 64  ·  group REF");
    harness.get_by_label("Derivatives").click();
    harness.run_steps(3);
    assert!(has(&harness, "sub-02_dseg"));
    assert!(label_with(&harness, "sub-02_dseg").contains("derivative of seg"));
    harness.get_by_label("Choose all shown").click();
    harness.run_steps(3);
    harness.get_by_label("Open chosen").click();
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 3);
    assert!(harness.state().desk().errors.is_empty());
}

/// The window finds what the command line finds, and says the same where there is nothing.
#[test]
fn places_of_every_kind_open_in_the_window() {
    let root = tempfile::tempdir().unwrap();
    let open = |path: PathBuf| {
        window(FirstScans::Files {
            paths: vec![path],
            compare: false,
        })
    };
    for made in with_scans(root.path()) {
        let mut harness = open(made.path.clone());
        if let [(name, first)] = made.scans[..] {
            wait_until(&mut harness, |h| h.state().desk().layers.len() == 1);
            let scan = &harness.state().desk().layers[0].scan;
            assert_eq!((&*scan.name, scan.volume.values()[0]), (name, first));
            continue;
        }
        wait_until(&mut harness, |h| h.state().desk().listing.open);
        for (name, _) in &made.scans {
            label_with(&harness, name);
        }
        // The last one, by a click.
        let (name, first) = made.scans[made.scans.len() - 1];
        click_row(&mut harness, name);
        harness.get_by_label("Open chosen").click();
        wait_until(&mut harness, |h| h.state().desk().layers.len() == 1);
        let scan = &harness.state().desk().layers[0].scan;
        assert_eq!((&*scan.name, scan.volume.values()[0]), (name, first));
        assert!(harness.state().desk().errors.is_empty());
    }
    for path in without_scans(root.path()) {
        let mut harness = open(path.clone());
        wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
        let error = open_one(&path, &no_progress).unwrap_err().to_string();
        assert!(harness.state().desk().errors[0].contains(&error), "{error}");
    }
}

/// Files of one name in folders of subjects, and series of one name: each row has a name of its own, and
/// so has the scan that is opened from it.
#[test]
fn scans_of_one_name_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([6, 5, 4], nalgebra::Matrix4::identity()).unwrap();
    for subject in ["one", "two"] {
        let path = folder.path().join(subject).join("anat/scan.nii");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let values: Vec<f32> = (0..120).map(|at| at as f32).collect();
        write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    }
    for number in 0..2 {
        let made = Made::slice_of(number, "T1 before", "20240103080000", 0);
        std::fs::write(folder.path().join(format!("{number}")), made.bytes()).unwrap();
    }
    let mut harness = open_folder(folder.path());
    for name in [
        "T1 before (1), ",
        "T1 before (2), ",
        "scan.nii, one, ",
        "scan.nii, two, ",
    ] {
        label_with(&harness, name);
    }
    click_row(&mut harness, "scan.nii, one");
    click_row(&mut harness, "scan.nii, two");
    harness
        .get_by_role_and_label(Role::TextInput, "Search")
        .focus();
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::TextInput, "Search")
        .type_text("two");
    harness.run_steps(3);
    label_with(&harness, "scan.nii, two");
    assert!(harness.query_by_label_contains("scan.nii, one").is_none());
    // What was chosen stays chosen.
    harness.get_by_label("Open chosen").click();
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 2);
    for subject in ["one", "two"] {
        harness.get_by_label(&format!("Close scan.nii, {subject}"));
    }
}
