//! The real window, driven by role and label.

mod alignment;
mod commands;
mod compare;
mod coordinator;
mod form;
mod header;
mod keep;
mod layout;
mod layouts;
mod listing;
mod manual;
mod messages;
mod path;
mod picture;
mod reading;
mod regions;
mod start;
mod tools;
mod twin;
mod volumes;
mod windowing;

use crate::shared;
use cisterna::app::{App, FirstScans, Layout, ShownPrediction};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Convention, Grid, Orientation, Plane};
use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use image::RgbaImage;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Jobs run on threads of their own; a software driver may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// The viewer's.
pub(crate) type Window = Harness<'static, App>;

pub(crate) fn window(start: FirstScans) -> Window {
    HarnessBuilder::default()
        .with_size([1280.0, 800.0])
        .wgpu()
        .build_eframe(|cc| App::new(cc, start).unwrap())
}

/// Goes on until a condition holds.
#[track_caller]
pub(crate) fn wait_until<T>(
    harness: &mut Harness<'static, T>,
    done: impl Fn(&Harness<'static, T>) -> bool,
) {
    let started = Instant::now();
    while !done(harness) {
        assert!(started.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
        harness.step();
    }
    harness.step();
    harness.step();
}

/// The window's pixels, with the pictures of what it shows now.
#[track_caller]
fn rendered(harness: &mut Window) -> RgbaImage {
    let started = Instant::now();
    while harness.state().is_drawing() {
        assert!(started.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
        harness.step();
    }
    harness.render().unwrap()
}

/// Scans that are open, and nothing else going on.
#[track_caller]
pub(crate) fn opened(paths: &[PathBuf]) -> Window {
    let mut harness = window(FirstScans::Files {
        paths: paths.to_vec(),
        compare: false,
    });
    let n = paths.len();
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == n && !h.state().is_busy()
    });
    harness
}

pub(crate) fn press(harness: &mut Window, key: Key) {
    harness.key_press(key);
    harness.run_steps(3);
}

/// Takes back what was done last.
fn undo(harness: &mut Window) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(3);
}

/// Clicks as a screen reader does, so that what is scrolled out of sight is clicked too.
fn click(harness: &mut Window, name: &str) {
    harness.get_by_label(name).click_accesskit();
    harness.run_steps(3);
}

fn open_head() -> Option<Harness<'static, App>> {
    let path = shared("data/nifti/rordenlab+niimath-bitmap/T1.nii.gz")?;
    let mut harness = window(FirstScans::Files {
        paths: vec![path],
        compare: false,
    });
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 1);
    Some(harness)
}

/// What the first node says that has this text in its label; a label's own words are its value.
#[track_caller]
pub(crate) fn label_with<T>(harness: &Harness<'_, T>, part: &str) -> String {
    harness
        .query_all_by_label_contains(part)
        .next()
        .and_then(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value())
        })
        .unwrap_or_else(|| panic!("nothing is labelled {part}"))
}

#[test]
fn a_real_head_is_opened_walked_through_and_flipped() {
    let Some(mut harness) = open_head() else {
        return;
    };
    // 93 is the slice nearest to the middle of 187; nibabel: data[96, 118, 93] = 251.
    let readout = |h: &Harness<'static, App>| label_with(h, "Crosshair  ");
    assert!(
        readout(&harness).contains("voxel 96, 117, 93"),
        "{}",
        readout(&harness)
    );
    let value = |h: &Harness<'static, App>| {
        let text = readout(h);
        text.split("value ")
            .nth(1)
            .unwrap()
            .trim()
            .parse::<f64>()
            .unwrap()
    };
    let before = value(&harness);
    harness.key_press(Key::ArrowUp);
    harness.run_steps(3);
    assert!(
        readout(&harness).contains("voxel 96, 117, 94"),
        "{}",
        readout(&harness)
    );
    let after = value(&harness);
    let volume = harness.state().desk().layers[0].scan.volume.clone();
    for (shown, index) in [(before, [96, 117, 93]), (after, [96, 117, 94])] {
        let stored = f64::from(volume.value(index).unwrap());
        // The crosshair lies on a voxel's middle and the readout has two decimals.
        assert!(
            (shown - stored).abs() < 0.01,
            "{shown} shown, {stored} stored"
        );
    }
    assert!(label_with(&harness, "Axial at").contains("R left, L right"));
    assert!(label_with(&harness, "Coronal at").contains("R left, L right"));
    harness
        .get_by_role_and_label(Role::Button, "Neurological")
        .click();
    harness.run_steps(3);
    assert_eq!(harness.state().desk().convention, Convention::Neurological);
    assert!(label_with(&harness, "Axial at").contains("L left, R right"));
    assert!(label_with(&harness, "Coronal at").contains("L left, R right"));
    // The sagittal picture has no left and right to exchange.
    assert!(label_with(&harness, "Sagittal at").contains("A left, P right"));
}

#[test]
fn the_picture_follows_the_keys() {
    let Some(mut harness) = open_head() else {
        return;
    };
    let picture = rendered;
    let first = picture(&mut harness);
    // What is on the left of a radiological picture is on the right of a neurological one.
    harness.key_press(Key::X);
    harness.key_press(Key::F);
    harness.run_steps(3);
    let flipped = picture(&mut harness);
    assert_ne!(first, flipped);
    harness.key_press(Key::I);
    harness.run_steps(3);
    let inverted = picture(&mut harness);
    // The middle of the axial pane: bright white matter becomes dark.
    let (x, y) = (500, 300);
    assert_eq!(
        flipped.get_pixel(x, y).0[0],
        255 - inverted.get_pixel(x, y).0[0]
    );
    harness.key_press(Key::Space);
    harness.run_steps(3);
    assert_eq!(harness.state().desk().maximised, Some(Plane::Axial));
    harness.key_press(Key::Num3);
    harness.run_steps(3);
    assert_eq!(harness.state().desk().maximised, Some(Plane::Sagittal));
    harness.key_press(Key::Space);
    harness.key_press(Key::R);
    harness.run_steps(3);
    assert_eq!(harness.state().desk().maximised, None);
}

#[test]
fn the_sheet_lists_the_active_keys_and_changes_the_preset() {
    let mut harness = window(FirstScans::Files {
        paths: Vec::new(),
        compare: false,
    });
    harness.run_steps(2);
    harness.get_by_label("Mouse and keys").click();
    harness.run_steps(3);
    harness.get_by_label("Window (across) and level (up and down)");
    harness.get_by_label("Neuroimaging").click();
    harness.run_steps(3);
    harness.get_by_label("Move the crosshair");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.state().desk().sheet_open);
}

#[test]
fn a_broken_file_is_said_and_nothing_is_lost() {
    let Some(mut harness) = open_head() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.nii");
    std::fs::write(&path, b"not a scan at all").unwrap();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run_steps(3);
    harness
        .get_by_role(Role::TextInput)
        .type_text(path.to_str().unwrap());
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Open").click();
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    assert!(harness.state().desk().errors[0].contains("broken.nii"));
    assert_eq!(harness.state().desk().layers.len(), 1);
    harness.get_by_label("Dismiss").click();
    harness.run_steps(3);
    assert!(harness.state().desk().errors.is_empty());
}

#[test]
fn the_demo_shows_a_simulated_patient_over_the_hours_coarsely_and_then_finely() {
    let mut harness = window(FirstScans::demo().unwrap());
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 4);
    let last = &harness.state().desk().layers[3];
    assert_eq!(last.scan.volume.grid().dims(), [128; 3], "coarse at first");
    wait_until(&mut harness, |h| !h.state().is_busy());
    harness.run_steps(3);
    let desk = harness.state().desk();
    assert!(desk.errors.is_empty(), "{:?}", desk.errors);
    // Four heads of one name, and no two controls of one name.
    let closes = harness.query_all_by_label_contains("Close Simulated head, ");
    let closes = closes.filter_map(|node| node.accesskit_node().label());
    assert_eq!(closes.collect::<BTreeSet<_>>().len(), 4);
    for layer in &desk.layers {
        assert_eq!(layer.scan.volume.grid().dims(), [256; 3]);
        assert_eq!(layer.style, desk.layers[0].style, "one window for all");
        assert!(layer.scan.remarks[0].contains("not a patient"));
    }
    let hours: Vec<f64> = desk.layers.iter().filter_map(|layer| layer.hours).collect();
    assert!(hours.len() == 4 && hours.is_sorted(), "{hours:?}");
    // It looks at a ventricle that fills.
    let signal = |at: usize| {
        let volume = &desk.layers[at].scan.volume;
        let voxel = volume.grid().voxel_at(desk.crosshair).unwrap();
        volume.value(voxel).unwrap()
    };
    assert!(signal(2) > 3.0 * signal(0), "{} {}", signal(0), signal(2));
    label_with(&harness, "Axial Before at");
}

/// The panes of a prediction are panes like all others.
#[track_caller]
fn go_through_a_prediction(harness: &mut Harness<'static, App>) {
    harness.check_accessibility();
    // A slice on there is the scan that went in, and it says so.
    press(harness, Key::ArrowUp);
    label_with(harness, "Axial Before, no prediction here at");
    label_with(harness, "Sagittal Predicted by pre-l2 at");
    harness.get_by_label("Go to the planes").click();
    harness.run_steps(3);
    label_with(harness, "Axial Predicted by pre-l2 at");
    // The buttons of planes work, and what is enlarged is.
    press(harness, Key::Num2);
    label_with(harness, "Coronal Before, no prediction here at");
    press(harness, Key::Num1);
    // Each has its window.
    let windows = |h: &Harness<'static, App>| h.state().desk().prediction.look.windows;
    let before = windows(harness);
    let rect = harness
        .get_by_label_contains("Axial Predicted by pre-l2 at")
        .rect();
    let from = rect.lerp_inside(egui::vec2(0.3, 0.6));
    harness.drag_at(from);
    harness.step();
    for far in [10.0, 30.0] {
        harness.hover_at(from + egui::vec2(far, 0.0));
        harness.step();
    }
    harness.drop_at(from + egui::vec2(30.0, 0.0));
    harness.run_steps(3);
    assert_eq!(windows(harness)[0], before[0]);
    assert_ne!(windows(harness)[1], before[1]);
    undo(harness);
    assert_eq!(windows(harness), before);
    // They are set against each other as scans are.
    let beside = rendered(harness);
    press(harness, Key::J);
    label_with(harness, "Axial Real | Predicted by pre-l2 at");
    label_with(harness, "Axial swipe line");
    assert_ne!(beside, rendered(harness));
    harness
        .get_by_role_and_label(Role::Button, "Side by side")
        .click();
    harness.run_steps(3);
    // What cannot be given to the network is not offered, and says why.
    harness
        .get_by_role_and_label(Role::ComboBox, "Pre-contrast scan")
        .click();
    harness.run_steps(3);
    let is_disabled = |part: &str| {
        let mut found = harness.query_all_by_label_contains(part);
        found.any(|node| node.accesskit_node().is_disabled())
    };
    assert!(is_disabled("h, Simulated head"));
    assert!(!is_disabled("Before, Simulated head"));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
}

/// Predict twice, cancel a third time, exchange, take away.
#[test]
fn a_prediction_stands_beside_the_real_scan_and_can_be_cancelled() {
    let mut harness = window(FirstScans::demo().unwrap());
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == 4 && !h.state().is_busy()
    });
    harness.key_press(Key::P);
    harness.run_steps(3);
    label_with(&harness, "not on patients");
    let choose = |harness: &mut Harness<'static, App>, name: &str| {
        let at = {
            let models = &harness.state().desk().prediction.models;
            models
                .iter()
                .position(|model| model.card.name == name)
                .unwrap()
        };
        harness
            .get_by_role_and_label(Role::ComboBox, "Network")
            .click();
        harness.run_steps(3);
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run_steps(3);
        assert_eq!(harness.state().desk().prediction.chosen, Some(at));
    };
    // The demo has no scan of 1-2 h: nothing to predict from, and it says so.
    choose(&mut harness, "1-2h-l2");
    label_with(&harness, "Choose the scan above");
    choose(&mut harness, "pre-l2");
    harness.get_by_label("Predict").click();
    wait_until(&mut harness, |h| {
        h.state().desk().prediction.shown.len() == 1
    });
    let desk = harness.state().desk();
    assert!(desk.errors.is_empty(), "{:?}", desk.errors);
    let made = desk.prediction.shown[0].clone();
    let real = made.real.as_ref().unwrap();
    let metrics = &real.planes.metrics;
    assert!(
        metrics.pair.mse < 0.05 && metrics.pair.mse > 0.0,
        "{metrics:?}"
    );
    for picture in [
        "Axial Real",
        "Sagittal Predicted by pre-l2",
        "Axial |Predicted - real|",
    ] {
        label_with(&harness, picture);
    }
    let left = |h: &Harness<'static, App>, name: &str| {
        h.get_by_label_contains(&format!("Axial {name}"))
            .rect()
            .left()
    };
    assert!(left(&harness, "Real") < left(&harness, "Predicted by"));
    harness.key_press(Key::E);
    harness.run_steps(3);
    assert!(
        left(&harness, "Real") > left(&harness, "Predicted by"),
        "exchanged"
    );
    harness.key_press(Key::E);
    harness.run_steps(3);
    go_through_a_prediction(&mut harness);
    // It is saved under a path that was typed, as no dialog answers here.
    let folder = tempfile::tempdir().unwrap();
    harness.get_by_label("Save…").click();
    harness.run_steps(3);
    harness
        .get_by_role_and_label(Role::TextInput, "Folder to save in")
        .type_text(&folder.path().join("made").to_string_lossy());
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, "Save").click();
    wait_until(&mut harness, |h| !h.state().desk().notice.is_empty());
    label_with(&harness, "7 files saved in");
    let told = std::fs::read(folder.path().join("made/prediction.json")).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(told["model"], "pre-l2");
    assert!(told["real"]["metrics"]["pair"]["mse"].as_f64().unwrap() > 0.0);
    assert!(harness.state().desk().path_panel.is_none());
    // A second one, stopped at once: the first stays.
    harness.get_by_label("Predict").click();
    wait_until(&mut harness, |h| h.query_by_label("Cancel").is_some());
    if let Some(cancel) = harness.query_by_label("Cancel") {
        cancel.click();
    }
    wait_until(&mut harness, |h| !h.state().is_busy());
    harness.run_steps(3);
    assert_eq!(harness.state().desk().prediction.shown.len(), 1);
    assert!(harness.state().desk().errors.is_empty());
    harness
        .get_by_label("Take away the prediction by pre-l2")
        .click();
    harness.run_steps(3);
    assert!(harness.state().desk().prediction.shown.is_empty());
    a_prediction_is_brought_back(&mut harness, &made);
}

/// Having taken it away is taken back and done again; having made it is no step.
#[track_caller]
fn a_prediction_is_brought_back(harness: &mut Window, made: &Arc<ShownPrediction>) {
    let is_shown = |h: &Window| {
        let shown = &h.state().desk().prediction.shown;
        shown.len() == 1 && Arc::ptr_eq(&shown[0], made)
    };
    undo(harness);
    assert!(is_shown(harness), "the same, not one made anew");
    label_with(harness, "Axial Predicted by pre-l2 at");
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.run_steps(3);
    assert!(harness.state().desk().prediction.shown.is_empty());
    undo(harness);
    assert!(is_shown(harness));
    // What was done before it was made is taken back, and it stays.
    for _ in 0..100 {
        undo(harness);
        assert!(is_shown(harness));
    }
    let desk = harness.state().desk();
    assert!(!desk.can_undo_redo()[0]);
    assert_ne!(desk.layout, Layout::Prediction);
}

/// Three scans of constant value with sidecars that give their hours, dropped in the wrong order.
#[test]
fn a_time_series_is_shown_by_hours_with_one_window() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([10, 12, 8], nalgebra::Matrix4::identity()).unwrap();
    let mut paths = Vec::new();
    for (name, hours, value) in [
        ("late", 23.8, 90.0),
        ("early", 1.5, 40.0),
        ("before", 0.0, 10.0),
    ] {
        let path = folder.path().join(format!("{name}_T1w.nii.gz"));
        let values: Vec<f32> = (0..960).map(|at| value + (at % 5) as f32).collect();
        write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
        let sidecar = folder.path().join(format!("{name}_T1w.json"));
        std::fs::write(sidecar, format!("{{\"HoursAfterInjection\": {hours}}}")).unwrap();
        paths.push(path);
    }
    let mut harness = window(FirstScans::Files {
        paths,
        compare: false,
    });
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 3);
    harness.key_press(Key::H);
    harness.run_steps(3);
    let left = |h: &Harness<'static, App>, name: &str| {
        let part = format!("Axial {name} at");
        h.get_by_label_contains(&part).rect().left()
    };
    let columns = ["Before", "1.5 h", "23.8 h"].map(|name| left(&harness, name));
    assert!(columns.is_sorted(), "{columns:?}");
    let layers = &harness.state().desk().layers;
    assert!(layers.iter().all(|layer| layer.style == layers[0].style));
    // The readout has every time's value, in the same order.
    let readout = label_with(&harness, "Crosshair  ");
    let at = ["Before 1", "1.5 h 4", "23.8 h 9"].map(|part| readout.find(part).unwrap());
    assert!(at.is_sorted(), "{readout}");
}

/// A screen reader needs a name for each control, whatever is on show.
#[test]
fn every_control_has_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([10, 12, 8], nalgebra::Matrix4::identity()).unwrap();
    let values: Vec<f32> = (0..960).map(|at| (at % 7) as f32).collect();
    let paths = ["real.nii", "predicted.nii"].map(|name| {
        let path = folder.path().join(name);
        write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
        path
    });
    let mut harness = window(FirstScans::Files {
        paths: paths.to_vec(),
        compare: false,
    });
    wait_until(&mut harness, |h| {
        let desk = h.state().desk();
        desk.layers.len() == 2 && !desk.prediction.models.is_empty()
    });
    for key in [Key::C, Key::D, Key::H, Key::P, Key::P, Key::Questionmark] {
        harness.key_press(key);
        harness.run_steps(4);
        harness.check_accessibility();
    }
    harness.key_press(Key::Escape);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    harness.run_steps(4);
    harness.check_accessibility();
}

#[test]
fn an_idle_window_asks_for_no_repaint() {
    let Some(mut harness) = open_head() else {
        return;
    };
    wait_until(&mut harness, |h| {
        !h.state().is_busy() && !h.state().is_drawing()
    });
    harness.run_steps(5);
    let wanted = harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(wanted > Duration::from_secs(1), "repaints after {wanted:?}");
}
