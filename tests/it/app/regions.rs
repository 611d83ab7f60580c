//! Regions of a label map measured over the hours, and maps of quantities as layers.

use super::{Window, click, label_with, opened, press, rendered, wait_until};
use crate::cli::quantify::{number, row, table, write_labels, write_patient};
use crate::registration::{BEFORE, pose};
use cisterna::anatomy::FatStatistic;
use cisterna::formats::{self, Voxels, no_progress, write_nifti};
use cisterna::render::Colormap;
use cisterna::volume::{Affine, Interpolation, Orientation, Plane, Volume};
use cisterna::workflows::{
    FatSource, QuantifyRequest, QuantifySource, Quantity, ignore_notices, quantify,
};
use eframe::egui::{Key, Modifiers, OutputCommand, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use nalgebra::Vector3;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The scans of a patient whose numbers are known, and the label map.
fn series(root: &Path) -> Vec<PathBuf> {
    let mut paths = write_patient(root, "a1", 1.0, true);
    paths.push(write_labels(root, "a1"));
    paths
}

fn tick(harness: &mut Window, name: &str) {
    let field = harness.get_by_role_and_label(Role::CheckBox, name);
    field.click_accesskit();
    harness.run_steps(3);
}

fn is_disabled(harness: &Window, role: Role, name: &str) -> bool {
    let node = harness.get_by_role_and_label(role, name);
    node.accesskit_node().is_disabled()
}

fn cannot_measure(harness: &Window) -> bool {
    is_disabled(harness, Role::Button, "Measure regions")
}

fn measure(harness: &mut Window) {
    let latest = |h: &Window| h.state().desk().regions.measured.as_ref().map(Arc::as_ptr);
    let before = latest(harness);
    harness.get_by_label("Measure regions").click();
    wait_until(harness, |h| {
        let is_new = latest(h) != before || !h.state().desk().errors.is_empty();
        is_new && !h.state().is_busy()
    });
    harness.run_steps(3);
    let errors = &harness.state().desk().errors;
    assert!(errors.is_empty(), "{errors:?}");
}

/// What stands on the clipboard after a button was pressed.
pub(super) fn copied(harness: &mut Window, button: &str) -> String {
    harness.get_by_role_and_label(Role::Button, button).click();
    for _ in 0..4 {
        harness.step();
        for command in &harness.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                return text.clone();
            }
        }
    }
    panic!("{button} copied nothing");
}

#[test]
fn the_region_under_the_crosshair_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&series(folder.path()));
    let desk = harness.state().desk();
    let labels = &desk.layers[5];
    assert!(labels.is_labels && !desk.layers[0].is_labels);
    assert_eq!(labels.style.interpolation, Interpolation::Nearest);
    assert!(labels.style.labels.is_some());
    press(&mut harness, Key::Home);
    let readout = label_with(&harness, "Crosshair  ");
    assert!(readout.contains("region cortex (1)"), "{readout}");
    press(&mut harness, Key::End);
    let readout = label_with(&harness, "Crosshair  ");
    assert!(readout.contains("region outer_sas (4)"), "{readout}");
    // Hidden, it still says where one is; and it is no column of the time series.
    press(&mut harness, Key::V);
    assert!(!harness.state().desk().layers[5].visible);
    press(&mut harness, Key::H);
    assert_eq!(harness.state().desk().series(), [0, 1, 2, 3, 4]);
    let readout = label_with(&harness, "Crosshair  ");
    assert!(readout.contains("region outer_sas (4)"), "{readout}");
    let style = harness.state().desk().layers[5].style;
    assert_eq!(style.interpolation, Interpolation::Nearest, "its own style");
}

#[test]
fn regions_are_measured_and_their_curves_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&series(folder.path()));
    press(&mut harness, Key::Home);
    let without = rendered(&mut harness);
    measure(&mut harness);
    harness.check_accessibility();
    let desk = harness.state().desk();
    assert!(desk.regions.open);
    assert_eq!(desk.notice, "4 regions measured in 5 scans");
    let chosen = desk.regions.chosen.iter();
    let chosen: Vec<&str> = chosen.map(|of| of.region.as_str()).collect();
    assert_eq!(
        chosen,
        ["cortex", "white", "lateral_ventricles", "convexity"]
    );
    label_with(&harness, "the fat of the sidecars is taken for all scans");
    label_with(&harness, "No scan was moved");

    // ln 2 / 0.02 h is 34.66 h; CSF has no per cent.
    click(&mut harness, "Concentration");
    for peak in ["0.1000", "0.0500", "0.1500", "0.3000"] {
        label_with(&harness, peak);
    }
    assert!(harness.query_all_by_label_contains("34.6").count() >= 4);
    let rows = table(&copied(&mut harness, "Copy table"));
    // Four groups, and the cortex under the crosshair.
    assert_eq!(rows.len(), 5, "{rows:?}");
    let cortex = row(&rows, &[("label", "1")]);
    number(cortex, "peak", 0.1, 1e-5);
    number(cortex, "half_life_h", 34.657_359, 0.02);
    let rows = table(&copied(&mut harness, "Copy values"));
    let of = [("label", "1"), ("hours", "48")];
    number(row(&rows, &of), "mean", 0.1 * (-0.48_f64).exp(), 1e-5);
    click(&mut harness, "Per cent");
    assert!(is_disabled(&harness, Role::CheckBox, "lateral ventricles"));
    assert!(!is_disabled(&harness, Role::CheckBox, "cortex"));
    let rows = table(&copied(&mut harness, "Copy table"));
    assert_eq!(rows.len(), 3, "{rows:?}");

    // Regions are chosen one by one; that under the crosshair follows it.
    let three = rendered(&mut harness);
    tick(&mut harness, "white");
    let two = rendered(&mut harness);
    assert_ne!(three, two);
    tick(&mut harness, "white_left (2)");
    let rows = table(&copied(&mut harness, "Copy table"));
    row(&rows, &[("label", "2")]);
    tick(&mut harness, "Under the crosshair");
    let rows = table(&copied(&mut harness, "Copy table"));
    assert!(rows.iter().all(|row| row["label"] != "1"), "{rows:?}");
    click(&mut harness, "Fat units");
    tick(&mut harness, "Under the crosshair");
    press(&mut harness, Key::End);
    let rows = table(&copied(&mut harness, "Copy table"));
    let outer = row(&rows, &[("label", "4")]);
    number(outer, "peak", 0.573_186_4, 1e-6);

    // One key closes it and opens it.
    press(&mut harness, Key::Q);
    assert!(!harness.state().desk().regions.open);
    press(&mut harness, Key::Home);
    assert_eq!(rendered(&mut harness).dimensions(), without.dimensions());
    press(&mut harness, Key::Q);
    assert!(harness.state().desk().regions.open);
    click(&mut harness, "Close the curves of regions");
    assert!(!harness.state().desk().regions.open);
}

#[test]
fn what_cannot_be_measured_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let paths = series(folder.path());
    // A label map that does not say that it is one, without a table; its values tell.
    let apart = folder.path().join("apart");
    std::fs::create_dir(&apart).unwrap();
    let plain = apart.join("parcels.nii");
    std::fs::copy(&paths[5], &plain).unwrap();
    let scans = [paths[0].clone(), paths[1].clone(), plain];
    let mut harness = opened(&scans);
    let why = |h: &Window| h.state().desk().region_series().err().unwrap();
    assert!(harness.state().desk().layers[2].is_labels);
    assert!(!cannot_measure(&harness));
    tick(&mut harness, "Label map");
    assert!(cannot_measure(&harness));
    assert!(
        why(&harness).contains("Open a label map"),
        "{}",
        why(&harness)
    );
    harness.get_by_label("Measure regions").hover();
    harness.run_steps(60);
    label_with(&harness, "Open a label map of the first scan");
    // Neither does the key measure.
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Q);
    harness.run_steps(3);
    assert!(!harness.state().is_busy());
    // Only what has whole numbers can be one.
    tick(&mut harness, "Label map");
    assert!(harness.state().desk().layers[2].is_labels);
    label_with(&harness, "No table names the labels");
    assert!(!cannot_measure(&harness));
    press(&mut harness, Key::Home);
    let readout = label_with(&harness, "Crosshair  ");
    assert!(readout.contains("region 1, without a name"), "{readout}");
    click(&mut harness, "Close sub-a1_ses-02_T1w.nii");
    assert!(
        why(&harness).contains("two scans or more"),
        "{}",
        why(&harness)
    );

    let harness = opened(&paths[1..]);
    assert!(
        why(&harness).contains("before the injection"),
        "{}",
        why(&harness)
    );
    let twice = [
        paths[0].clone(),
        paths[1].clone(),
        paths[5].clone(),
        scans[2].clone(),
    ];
    let mut harness = opened(&twice);
    let why_two = why(&harness);
    assert!(why_two.contains("Several label maps"), "{why_two}");
    // Only what can be a label map is offered as one, of the scan that is chosen.
    let mut offered = Vec::new();
    for _ in 0..twice.len() {
        harness.key_press_modifiers(Modifiers::SHIFT, Key::N);
        harness.run_steps(3);
        let n_fields = harness.query_all_by_label("Label map").count();
        offered.push((harness.state().desk().selected, n_fields));
    }
    assert_eq!(offered, [(0, 0), (1, 0), (2, 1), (3, 1)]);
    tick(&mut harness, "Label map");
    assert!(!cannot_measure(&harness));
}

/// A file that puts its scan a slab lower than it was taken.
fn misplace(path: &Path) {
    let volume = formats::open(path, 0, &no_progress).unwrap().volume;
    let lower = Affine::new_translation(&Vector3::new(0.0, 0.0, -4.0));
    let volume = volume.placed(&lower).unwrap();
    let voxels = Voxels::F32(volume.values());
    write_nifti(path, volume.grid(), Orientation::Known, voxels).unwrap();
}

#[test]
fn scans_are_measured_where_they_were_moved_to() {
    let folder = tempfile::tempdir().unwrap();
    let paths = series(folder.path());
    misplace(&paths[2]);
    let mut harness = opened(&paths);
    let at_48 = |harness: &Window| {
        let measured = harness.state().desk().regions.measured.as_ref().unwrap();
        let rows = table(&measured.quantified.region_table().text());
        let of = [
            ("session_id", "ses-03"),
            ("label", "1"),
            ("quantity", "fat_units"),
        ];
        row(&rows, &of).clone()
    };
    measure(&mut harness);
    number(&at_48(&harness), "median", 0.528_949_06, 1e-6);
    // What lies there as its file says is white matter. Moved by 4 mm, it is cortex.
    click(&mut harness, "sub-a1_ses-03_T1w.nii");
    press(&mut harness, Key::Num2);
    assert_eq!(harness.state().desk().active, Plane::Coronal);
    press(&mut harness, Key::M);
    for _ in 0..40 {
        harness.key_press(Key::ArrowUp);
        harness.run_steps(1);
    }
    press(&mut harness, Key::M);
    assert!(harness.state().desk().layers[2].placement.is_moved());
    label_with(&harness, "measure the regions again");
    measure(&mut harness);
    number(&at_48(&harness), "median", 0.280_362_82, 1e-6);
    label_with(&harness, "1 of 5 scans were moved");
    assert!(
        harness
            .query_by_label_contains("measure the regions again")
            .is_none()
    );
    // Shown where their files say, they are not measured.
    press(&mut harness, Key::B);
    assert!(cannot_measure(&harness));
    let why = harness.state().desk().region_series().err().unwrap();
    assert!(why.contains("where their files say"), "{why}");
}

/// Two heads and a ball, with hours, and labels.
fn heads(folder: &Path, voxel_mm: f64) -> Vec<PathBuf> {
    let head = BEFORE.scan(&pose([0.0; 3], [0.0; 3]), voxel_mm, 0.0);
    let ball = |at: usize| {
        let [nx, ny, _] = head.grid().dims();
        let index = [at % nx, at / nx % ny, at / nx / ny].map(|i| i as f64);
        let far = head.grid().to_world(index.into()).coords.norm();
        (30.0 - far).max(0.0) as f32
    };
    let ball: Vec<f32> = (0..head.grid().n_voxels()).map(ball).collect();
    let labels: Vec<f32> = ball.iter().map(|v| f32::from(u8::from(*v > 0.0))).collect();
    let write = |name: &str, values: &[f32], hours: Option<f64>| {
        let path = folder.join(format!("{name}.nii"));
        let voxels = Voxels::F32(values);
        write_nifti(&path, head.grid(), Orientation::Known, voxels).unwrap();
        if let Some(hours) = hours {
            let told = format!("{{\"HoursAfterInjection\": {hours}}}");
            std::fs::write(folder.join(format!("{name}.json")), told).unwrap();
        }
        path
    };
    vec![
        write("early", head.values(), Some(0.0)),
        write("late", head.values(), Some(6.0)),
        write("ball", &ball, Some(24.0)),
        write("all_dseg", &labels, None),
    ]
}

#[test]
fn a_scan_that_could_not_be_aligned_is_not_measured_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let paths = heads(folder.path(), 2.5);
    let mut harness = opened(&[paths[0].clone(), paths[2].clone(), paths[3].clone()]);
    assert!(!cannot_measure(&harness));
    harness.get_by_label("Align scans").click();
    wait_until(&mut harness, |h| {
        !h.state().is_busy() && h.state().desk().layers[1].placement.alignment.is_some()
    });
    harness.run_steps(3);
    assert!(cannot_measure(&harness));
    let why = harness.state().desk().region_series().err().unwrap();
    assert!(why.contains("ball.nii could not be aligned"), "{why}");
    // One that came later was not aligned at all.
    let mut harness = opened(&[paths[0].clone(), paths[1].clone(), paths[3].clone()]);
    harness.get_by_label("Align scans").click();
    wait_until(&mut harness, |h| {
        !h.state().is_busy() && h.state().desk().layers[1].placement.alignment.is_some()
    });
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run_steps(3);
    harness
        .get_by_role(Role::TextInput)
        .type_text(paths[2].to_str().unwrap());
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Open").click();
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == 4 && !h.state().is_busy()
    });
    let why = harness.state().desk().region_series().err().unwrap();
    assert!(why.contains("align them again"), "{why}");
}

#[test]
fn a_cancelled_measurement_shows_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let paths = heads(folder.path(), 1.5);
    let mut harness = opened(&[paths[0].clone(), paths[1].clone(), paths[3].clone()]);
    harness.get_by_label("Measure regions").click();
    wait_until(&mut harness, |h| h.query_by_label("Cancel").is_some());
    harness.get_by_label("Cancel").click();
    wait_until(&mut harness, |h| !h.state().is_busy());
    harness.run_steps(3);
    let desk = harness.state().desk();
    assert!(desk.regions.measured.is_none());
    assert!(desk.errors.is_empty(), "{:?}", desk.errors);
}

#[test]
fn maps_of_quantities_have_their_colours_and_units() {
    let folder = tempfile::tempdir().unwrap();
    let paths = series(folder.path());
    let out = folder.path().join("out");
    let request = QuantifyRequest {
        source: QuantifySource::Series {
            before: &paths[0],
            scans: &paths[1..5],
            hours: None,
            labels: Some(&paths[5]),
            t1: &[],
        },
        erode: 0,
        fat: FatStatistic::Median,
        fat_source: FatSource::Sidecar,
        parameters: None,
        output: Some(&out),
    };
    quantify(&request, &ignore_notices).unwrap();
    let map = |end: &str| {
        out.join(format!(
            "sub-a1/ses-02/anat/sub-a1_ses-02_desc-{end}.nii.gz"
        ))
    };
    let mut harness = opened(&[
        paths[0].clone(),
        map("fatUnits_T1w"),
        map("mmolPerLitre_tracer"),
        map("percentChange_T1w"),
    ]);
    let desk = harness.state().desk();
    let maps: Vec<Option<Quantity>> = desk.layers.iter().map(|layer| layer.scan.map).collect();
    assert_eq!(
        maps,
        [
            None,
            Some(Quantity::FatUnits),
            Some(Quantity::Concentration),
            Some(Quantity::PercentChange)
        ]
    );
    let percent = desk.layers[3].style;
    assert_eq!(percent.colormap, Colormap::Diverging);
    assert_eq!(percent.window.low, -percent.window.high);
    assert!((percent.window.high - 104.93).abs() < 0.01);
    let tracer = desk.layers[2].style;
    assert_eq!(tracer.colormap, Colormap::Inferno);
    assert_eq!(tracer.window.low, 0.0);
    assert!((tracer.window.high - 0.3).abs() < 1e-4);

    // Hides all but the scan and the map of per cent, which has no value in CSF.
    for at in [1, 2] {
        let name = format!("Show {}", harness.state().desk().layers[at].scan.name);
        tick(&mut harness, &name);
    }
    press(&mut harness, Key::X);
    let seen = |harness: &mut Window, key: Key| {
        harness.key_press(key);
        harness.run_steps(3);
        let with = rendered(harness);
        press(harness, Key::V);
        let without = rendered(harness);
        press(harness, Key::V);
        let pane = harness.get_by_label_contains("Axial at").rect();
        let [x, y] = [pane.center().x + 20.0, pane.center().y + 20.0].map(|at| at as u32);
        (*with.get_pixel(x, y), *without.get_pixel(x, y))
    };
    let (with, without) = seen(&mut harness, Key::Home);
    assert_ne!(with, without, "per cent of cortex");
    let readout = label_with(&harness, "Crosshair  ");
    assert!(readout.contains("104.93 %"), "{readout}");
    let (with, without) = seen(&mut harness, Key::End);
    assert_eq!(with, without, "nothing lies over CSF");
    let readout = label_with(&harness, "Crosshair  ");
    assert!(
        readout.contains("percentChange_T1w.nii.gz no value"),
        "{readout}"
    );
}

/// Labels that cannot be.
#[test]
fn a_label_map_with_fractions_is_a_scan_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd_dseg.nii");
    let grid = cisterna::volume::Grid::new([6, 5, 4], Affine::identity()).unwrap();
    let values: Vec<f32> = (0..120).map(|at| at as f32 / 2.0).collect();
    let volume = Volume::new(grid, values).unwrap();
    let voxels = Voxels::F32(volume.values());
    write_nifti(&path, volume.grid(), Orientation::Known, voxels).unwrap();
    let harness = opened(&[path]);
    assert!(!harness.state().desk().layers[0].is_labels);
    label_with(&harness, "it is shown as a scan");
    label_with(&harness, "a voxel has the value");
}
