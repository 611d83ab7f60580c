//! Two of the scans that are open, compared; how scans are drawn in each layout; undo.

use super::{label_with, opened, press, rendered, undo, wait_until, window};
use cisterna::app::{App, CompareMode, FirstScans, Layout};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Affine, Grid, Orientation, Volume, Window};
use eframe::egui::{self, Key, Modifiers, Rect, accesskit::Role, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use image::RgbaImage;
use std::path::{Path, PathBuf};

type Harnessed = Harness<'static, App>;

const SIDE: usize = 60;

/// A cube of 60 mm of one value, whose voxels have so many mm; 100 and that value's fraction in its lowest
/// slices, so that its automatic window goes from the value to there. Whole numbers would be labels.
fn cube(folder: &Path, name: &str, value: f32, voxel_mm: f64) -> PathBuf {
    let n = (SIDE as f64 / voxel_mm) as usize;
    let mut affine = Affine::new_scaling(voxel_mm);
    for axis in 0..3 {
        affine[(axis, 3)] = (voxel_mm - SIDE as f64) / 2.0;
    }
    let grid = Grid::new([n; 3], affine).unwrap();
    let values: Vec<f32> = (0..grid.n_voxels())
        .map(|at| match at / (n * n) < n.div_ceil(20) {
            true => 100.0 + value.fract(),
            false => value,
        })
        .collect();
    let volume = Volume::new(grid, values).unwrap();
    let path = folder.join(name);
    let voxels = Voxels::F32(volume.values());
    write_nifti(&path, volume.grid(), Orientation::Known, voxels).unwrap();
    path
}

fn three(folder: &Path) -> Vec<PathBuf> {
    [("a.nii", 10.5), ("b.nii", 40.5), ("c.nii", 90.5)]
        .map(|(name, value)| cube(folder, name, value, 1.0))
        .to_vec()
}

fn press_with(harness: &mut Harnessed, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

fn redo(harness: &mut Harnessed) {
    press_with(harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
}

fn click(harness: &mut Harnessed, role: Role, name: &str) {
    harness.get_by_role_and_label(role, name).click();
    harness.run_steps(3);
}

fn choose(harness: &mut Harnessed, field: &str, choice: &str) {
    click(harness, Role::ComboBox, field);
    click(harness, Role::Button, choice);
}

/// Sets a slider as a screen reader does.
fn set(harness: &mut Harnessed, name: &str, value: f64) {
    let slider = harness.get_by_role_and_label(Role::Slider, name);
    slider.set_value_accesskit(value);
    harness.run_steps(3);
}

fn pair(harness: &Harnessed) -> [String; 2] {
    let desk = harness.state().desk();
    let pair = desk.compared().unwrap();
    pair.map(|layer| layer.scan.name.clone())
}

fn windows(harness: &Harnessed) -> [Window; 2] {
    let pair = harness.state().desk().compared().unwrap();
    pair.map(|layer| layer.style.window)
}

fn pane(harness: &Harnessed, part: &str) -> Rect {
    harness.get_by_label_contains(part).rect()
}

fn drag(harness: &mut Harnessed, rect: Rect) {
    let from = rect.lerp_inside(vec2(0.3, 0.6));
    harness.drag_at(from);
    harness.step();
    for share in [0.4, 0.7, 1.0] {
        harness.hover_at(from + vec2(40.0, 10.0) * share);
        harness.step();
    }
    harness.drop_at(from + vec2(40.0, 10.0));
    harness.run_steps(3);
}

fn is_disabled(harness: &Harnessed, name: &str) -> bool {
    let node = harness.get_by_role_and_label(Role::Button, name);
    node.accesskit_node().is_disabled()
}

#[test]
fn two_of_three_scans_are_compared_in_three_actions() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&three(folder.path()));
    press(&mut harness, Key::C);
    choose(&mut harness, "Second", "c.nii");
    assert_eq!(pair(&harness), ["a.nii", "c.nii"]);
    harness.check_accessibility();
    for part in [
        "Axial a.nii at",
        "Axial c.nii at",
        "Axial |c.nii - a.nii| at",
    ] {
        label_with(&harness, part);
    }
    // Nothing says that one of them is predicted, and nothing is called so.
    for word in ["Predicted", "predicted", "Real:"] {
        assert!(harness.query_all_by_label_contains(word).next().is_none());
    }
    let readout = label_with(&harness, "Crosshair  ");
    assert!(readout.contains("second - first 80"), "{readout}");
    wait_until(&mut harness, |h| h.state().desk().metrics().is_some());
    // 80 in 57 of 60 slices, nothing in the others.
    let metrics = harness.state().desk().metrics().unwrap().as_ref().unwrap();
    assert!((metrics.mae - 76.0).abs() < 1e-6, "{metrics:?}");
    assert!((metrics.mse - 6080.0).abs() < 1e-3, "{metrics:?}");

    // What is taken for one side gives way on the other.
    choose(&mut harness, "First", "c.nii");
    assert_eq!(pair(&harness), ["c.nii", "a.nii"]);
    press(&mut harness, Key::E);
    assert_eq!(pair(&harness), ["a.nii", "c.nii"]);
    // The choice stays with the scan, whatever is closed below it.
    choose(&mut harness, "First", "b.nii");
    harness.get_by_label("Close b.nii").click();
    harness.run_steps(3);
    assert_eq!(pair(&harness), ["a.nii", "c.nii"]);
}

#[test]
fn each_scan_has_its_window_until_they_are_linked() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&three(folder.path()));
    press(&mut harness, Key::C);
    let [first, second] = windows(&harness);
    assert_eq!((first.low, second.low), (10.5, 40.5), "each its own");
    let rect = pane(&harness, "Axial b.nii at");
    drag(&mut harness, rect);
    let [same, changed] = windows(&harness);
    assert_eq!(same, first);
    assert_ne!(changed, second);
    // A drag is one step to take back.
    undo(&mut harness);
    assert_eq!(windows(&harness), [first, second]);
    redo(&mut harness);
    assert_eq!(windows(&harness), [first, changed]);

    choose(&mut harness, "Windows", "Linked by value");
    assert_eq!(windows(&harness), [first, first]);
    let rect = pane(&harness, "Axial b.nii at");
    drag(&mut harness, rect);
    let [one, other] = windows(&harness);
    assert_eq!(one, other);
    assert_ne!(one, first);
    choose(&mut harness, "Windows", "Linked by contrast");
    // The automatic windows go from 10.5 and from 40.5 to 100.5.
    let [one, other] = windows(&harness);
    for (one, other) in [(one.low, other.low), (one.high, other.high)] {
        let expected = 40.5 + (one - 10.5) / 90.0 * 60.0;
        assert!((other - expected).abs() < 1e-3, "{one} {other}");
    }
}

#[test]
fn a_predicted_scan_is_called_so_where_its_record_says() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        cube(folder.path(), "real-24h_axial.nii.gz", 10.5, 2.0),
        cube(folder.path(), "predicted-24h_axial.nii.gz", 12.5, 2.0),
    ];
    let mut harness = opened(&paths);
    press(&mut harness, Key::C);
    assert!(
        harness
            .query_all_by_label_contains("Predicted by")
            .next()
            .is_none()
    );
    let record = folder.path().join("prediction.json");
    std::fs::write(record, r#"{"model": "pre-l2", "real": {"file": "x.nii"}}"#).unwrap();
    let mut harness = opened(&paths);
    press(&mut harness, Key::C);
    label_with(
        &harness,
        "Axial Predicted by pre-l2: predicted-24h_axial.nii.gz at",
    );
    label_with(&harness, "Axial Real: real-24h_axial.nii.gz at");
}

#[test]
fn scans_of_one_name_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for sub in ["one", "two"] {
        let folder = folder.path().join(sub);
        std::fs::create_dir(&folder).unwrap();
        paths.push(cube(&folder, "T1.nii", 10.5, 2.0));
    }
    let mut harness = opened(&paths);
    press(&mut harness, Key::C);
    label_with(&harness, "Axial T1.nii, one at");
    label_with(&harness, "Axial T1.nii, two at");
}

#[test]
fn what_has_no_difference_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        cube(folder.path(), "fine.nii", 10.5, 1.0),
        cube(folder.path(), "coarse.nii", 12.5, 2.0),
        cube(folder.path(), "fat.nii", 1.5, 1.0),
    ];
    std::fs::write(folder.path().join("fat.json"), r#"{"Units": "1"}"#).unwrap();
    let mut harness = opened(&paths);
    press(&mut harness, Key::C);
    assert!(is_disabled(&harness, "Difference"));
    label_with(&harness, "No difference. They lie on different grids");
    assert!(harness.query_by_label_contains("Axial |").is_none());
    let readout = label_with(&harness, "Crosshair  ");
    assert!(!readout.contains("second - first"), "{readout}");
    choose(&mut harness, "Second", "fat.nii");
    assert!(is_disabled(&harness, "Difference"));
    label_with(&harness, "No difference. One has no unit, the other 1");
}

/// How often the picture changes along a row through the middle of the scan.
fn changes_along(picture: &RgbaImage, rect: Rect, mm_from: f32, mm_to: f32) -> usize {
    let per_mm = rect.width().min(rect.height()) / SIDE as f32;
    let middle = rect.center() + vec2(0.0, 4.0 * per_mm);
    let at = |mm: f32| {
        let x = (middle.x + mm * per_mm).round() as u32;
        picture.get_pixel(x, middle.y as u32).0[0] > 128
    };
    let steps = ((mm_to - mm_from) * 4.0) as usize;
    let seen: Vec<bool> = (0..steps)
        .map(|step| at(mm_from + step as f32 / 4.0))
        .collect();
    seen.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// The axial pane, whatever it shows.
fn axial(harness: &Harnessed) -> Rect {
    let mut panes = harness.query_all_by_label_contains("Axial ");
    let pane = panes.find(|node| node.accesskit_node().role() == Role::Image);
    pane.unwrap().rect()
}

/// How bright the scan is a little off its middle.
fn brightness(harness: &mut Harnessed) -> u8 {
    let picture = rendered(harness);
    let pos = axial(harness).center() + vec2(20.0, 20.0);
    picture.get_pixel(pos.x as u32, pos.y as u32).0[0]
}

/// Two scans that are compared with one window, from 10.5 to 100.5: the first is black, the second nearly
/// white.
fn dark_and_bright(folder: &Path) -> Harnessed {
    let mut harness = opened(&[
        cube(folder, "dark.nii", 10.5, 1.0),
        cube(folder, "bright.nii", 90.5, 1.0),
    ]);
    press(&mut harness, Key::C);
    press(&mut harness, Key::X);
    choose(&mut harness, "Windows", "Linked by value");
    harness
}

#[test]
fn two_scans_are_set_against_each_other_in_each_way() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = dark_and_bright(folder.path());

    click(&mut harness, Role::Button, "Swipe");
    label_with(&harness, "Axial dark.nii | bright.nii at");
    harness.check_accessibility();
    let changes = |harness: &mut Harnessed| {
        let picture = rendered(harness);
        changes_along(&picture, axial(harness), -28.0, 28.0)
    };
    assert_eq!(changes(&mut harness), 1);

    click(&mut harness, Role::Button, "Checkerboard");
    label_with(&harness, "Axial dark.nii and bright.nii at");
    let of_20_mm = changes(&mut harness);
    assert!((2..=3).contains(&of_20_mm), "{of_20_mm} in 56 mm");
    set(&mut harness, "Squares, mm", 8.0);
    let of_8_mm = changes(&mut harness);
    assert!((6..=8).contains(&of_8_mm), "{of_8_mm} in 56 mm");
    // Squares have mm of the patient: zoomed in about twice, half as many are seen.
    for _ in 0..3 {
        press(&mut harness, Key::Plus);
    }
    let fewer = changes(&mut harness);
    assert!((3..=4).contains(&fewer), "{fewer} in 29 mm");
    press(&mut harness, Key::R);

    click(&mut harness, Role::Button, "Outline");
    label_with(&harness, "Axial bright.nii with edges of dark.nii at");

    click(&mut harness, Role::Button, "Fade");
    let mut seen = Vec::new();
    for share in [0.0, 0.5, 1.0] {
        set(&mut harness, "Second", share);
        seen.push(brightness(&mut harness));
    }
    label_with(&harness, "Axial 100 % bright.nii over dark.nii at");
    // 8/9 of white is 227.
    assert_eq!(seen[0], 0);
    assert!((112..=115).contains(&seen[1]), "{seen:?}");
    assert!((226..=228).contains(&seen[2]), "{seen:?}");

    click(&mut harness, Role::Button, "Difference");
    label_with(&harness, "Axial |bright.nii - dark.nii| at");
    press(&mut harness, Key::D);
    label_with(&harness, "Axial bright.nii - dark.nii at");
}

#[test]
fn a_flicker_says_which_scan_is_seen_and_is_slow_at_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = dark_and_bright(folder.path());
    click(&mut harness, Role::Button, "Flicker");
    assert!(harness.state().desk().compare.changes_per_second < 3.0);
    // A step is a quarter of a second; the name is that of what is seen.
    let mut seen = Vec::new();
    for _ in 0..8 {
        harness.step();
        let is_dark = harness
            .query_by_label_contains("Axial dark.nii at")
            .is_some();
        let is_bright = harness
            .query_by_label_contains("Axial bright.nii at")
            .is_some();
        assert_ne!(is_dark, is_bright);
        seen.push(is_bright);
    }
    let changes = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((1..=2).contains(&changes), "{seen:?}");
    let picture = rendered(&mut harness);
    let is_bright = harness
        .query_by_label_contains("Axial bright.nii at")
        .is_some();
    let pos = axial(&harness).center() + vec2(20.0, 20.0);
    let pixel = picture.get_pixel(pos.x as u32, pos.y as u32).0[0];
    assert_eq!(pixel > 128, is_bright);
    set(&mut harness, "Changes a second", 4.0);
    label_with(&harness, "seizure");
}

#[test]
fn a_label_map_is_compared_where_that_means_something() {
    let folder = tempfile::tempdir().unwrap();
    let scan = cube(folder.path(), "scan.nii", 10.5, 2.0);
    let labels = folder.path().join("regions_dseg.nii");
    std::fs::copy(cube(folder.path(), "x.nii", 3.0, 2.0), &labels).unwrap();
    let mut harness = opened(&[scan, labels]);
    assert!(harness.state().desk().layers[1].is_labels);
    press(&mut harness, Key::C);
    for name in ["Swipe", "Checkerboard", "Outline", "Difference"] {
        assert!(is_disabled(&harness, name), "{name}");
    }
    for name in ["Flicker", "Fade"] {
        assert!(!is_disabled(&harness, name), "{name}");
    }
    // The key goes on to what there is.
    press(&mut harness, Key::J);
    assert_eq!(harness.state().desk().compare_mode(), CompareMode::Flicker);
}

#[test]
fn how_a_scan_is_drawn_belongs_to_it_in_that_layout() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&three(folder.path()));
    let style = |h: &Harnessed, at: usize| h.state().desk().layers[at].style;
    // The third lies over the others, paler and the other way round.
    for key in [Key::OpenBracket, Key::OpenBracket, Key::I, Key::N] {
        press(&mut harness, key);
    }
    let of_planes = style(&harness, 2);
    assert!(of_planes.invert && (of_planes.opacity - 0.3).abs() < 1e-6);
    click(&mut harness, Role::CheckBox, "Show b.nii");
    press(&mut harness, Key::H);
    let of_series = style(&harness, 2);
    assert_eq!(of_series.opacity, 1.0);
    assert!(!of_series.invert);
    press(&mut harness, Key::C);
    choose(&mut harness, "Second", "c.nii");
    press(&mut harness, Key::I);
    let of_compare = style(&harness, 2);
    assert!(of_compare.invert && of_compare.opacity == 1.0);
    press(&mut harness, Key::P);
    press(&mut harness, Key::P);
    assert_eq!(harness.state().desk().layout, Layout::Planes);
    assert_eq!(style(&harness, 2), of_planes);
    assert!(!harness.state().desk().layers[1].visible && harness.state().desk().layers[2].visible);
    press(&mut harness, Key::H);
    assert_eq!(style(&harness, 2), of_series);
    press(&mut harness, Key::C);
    assert_eq!(style(&harness, 2), of_compare);
}

/// What is seen of the desk, to be set beside how it was.
fn seen(harness: &Harnessed) -> String {
    let desk = harness.state().desk();
    let layers = desk.layers.iter().map(|layer| {
        let values = layer.scan.volume.values().as_ptr();
        (
            &layer.scan.name,
            layer.style,
            layer.visible,
            layer.hours,
            values,
        )
    });
    format!(
        "{:?} {:?} {:?}",
        desk.layout,
        desk.compare,
        layers.collect::<Vec<_>>()
    )
}

#[test]
fn whatever_changes_the_desk_is_taken_back_and_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&three(folder.path()));
    assert!(is_disabled(&harness, "Undo") && is_disabled(&harness, "Redo"));
    let mut states = vec![seen(&harness)];
    let steps: [&dyn Fn(&mut Harnessed); 9] = [
        &|h| press(h, Key::I),
        &|h| press(h, Key::V),
        &|h| {
            let rect = pane(h, "Axial at");
            drag(h, rect);
        },
        &|h| press(h, Key::C),
        &|h| choose(h, "Second", "c.nii"),
        &|h| click(h, Role::Button, "Fade"),
        &|h| choose(h, "Windows", "Linked by value"),
        &|h| {
            h.get_by_label("Close c.nii").click();
            h.run_steps(3);
        },
        &|h| press(h, Key::H),
    ];
    for step in steps {
        step(&mut harness);
        states.push(seen(&harness));
    }
    for pair in states.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    // Where one looks is no change.
    press(&mut harness, Key::ArrowUp);
    for state in states[..9].iter().rev() {
        undo(&mut harness);
        assert_eq!(seen(&harness), *state);
    }
    assert!(is_disabled(&harness, "Undo") && !is_disabled(&harness, "Redo"));
    for state in &states[1..9] {
        redo(&mut harness);
        assert_eq!(seen(&harness), *state);
    }
    click(&mut harness, Role::Button, "Redo");
    assert_eq!(seen(&harness), states[9]);
    click(&mut harness, Role::Button, "Undo");
    assert_eq!(seen(&harness), states[8]);
    // Another change: what was taken back is gone.
    press(&mut harness, Key::C);
    press(&mut harness, Key::H);
    assert!(is_disabled(&harness, "Redo"));
}

#[test]
fn a_scan_that_was_opened_since_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&three(folder.path())[..2]);
    press(&mut harness, Key::I);
    let later = cube(folder.path(), "later.nii", 50.5, 2.0);
    press_with(&mut harness, Modifiers::COMMAND, Key::O);
    let field = harness.get_by_role(Role::TextInput);
    field.type_text(later.to_str().unwrap());
    harness.run_steps(3);
    click(&mut harness, Role::Button, "Open");
    wait_until(&mut harness, |h| h.state().desk().layers.len() == 3);
    undo(&mut harness);
    let desk = harness.state().desk();
    assert_eq!(desk.layers.len(), 3);
    assert!(!desk.layers[1].style.invert);
}

#[test]
fn keys_change_nothing_that_is_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = window(FirstScans::Files {
        paths: three(folder.path()),
        compare: true,
    });
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == 3 && !h.state().is_busy()
    });
    // The scan that came last is none of the two that are compared.
    assert_eq!(pair(&harness), ["a.nii", "b.nii"]);
    let before = seen(&harness);
    press(&mut harness, Key::V);
    press(&mut harness, Key::OpenBracket);
    assert_eq!(seen(&harness), before);
    press(&mut harness, Key::I);
    let layers = harness.state().desk().layers.iter();
    let inverted: Vec<bool> = layers.map(|layer| layer.style.invert).collect();
    assert_eq!(inverted, [false, true, false]);
    press(&mut harness, Key::P);
    for key in [
        Key::I,
        Key::N,
        Key::V,
        Key::OpenBracket,
        Key::J,
        Key::E,
        Key::D,
        Key::B,
        Key::M,
        Key::ArrowRight,
    ] {
        press(&mut harness, key);
    }
    // None of them made a step.
    undo(&mut harness);
    assert_eq!(harness.state().desk().layout, Layout::Compare);
}

#[test]
fn the_same_scan_stays_chosen_where_another_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&three(folder.path()));
    let row = harness.get_all_by_label("b.nii").next().unwrap();
    row.click_accesskit();
    harness.run_steps(3);
    harness.get_by_label("Close a.nii").click_accesskit();
    harness.run_steps(3);
    let desk = harness.state().desk();
    assert_eq!(desk.layers[desk.selected].scan.name, "b.nii");
}

/// How many mm of the patient a point of the window is, by where two clicks put the crosshair.
fn mm_per_point(harness: &mut Harnessed, part: &str) -> f64 {
    let middle = pane(harness, part).center();
    let [left, right] = [-20.0, 20.0].map(|off| {
        let pos = middle + vec2(off, 0.0);
        harness.hover_at(pos);
        harness.step();
        harness.drag_at(pos);
        harness.step();
        harness.drop_at(pos);
        harness.run_steps(3);
        harness.state().desk().crosshair.x
    });
    (right - left).abs() / 40.0
}

/// The pixels of a pane, with all that is written on it; nothing else is pointed at.
fn cropped(harness: &mut Harnessed, part: &str) -> RgbaImage {
    let rect = pane(harness, part);
    harness.hover_at(rect.center());
    harness.run_steps(3);
    let picture = rendered(harness);
    let [x, y] = [rect.left(), rect.top()].map(|side| side.ceil() as u32);
    let [width, height] = [rect.width(), rect.height()].map(|side| side as u32 - 1);
    image::imageops::crop_imm(&picture, x, y, width, height).to_image()
}

/// A notch of the wheel with Ctrl held.
fn turn(harness: &mut Harnessed, part: &str) {
    let middle = pane(harness, part).center();
    harness.hover_at(middle);
    harness.step();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, 1.0),
        modifiers: Modifiers::COMMAND,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
    });
    harness.run_steps(3);
}

#[test]
fn each_scan_keeps_its_own_zoom_where_that_is_wished() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&three(folder.path()));
    press(&mut harness, Key::C);
    press(&mut harness, Key::X);
    // The second is seen as grey then.
    choose(&mut harness, "Windows", "Linked by value");
    let [first, second] = ["Axial a.nii at", "Axial b.nii at"];
    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 0.01, "{found}, {expected}");
    }
    // Together, until that is not wished; nothing is moved by that.
    press(&mut harness, Key::Plus);
    let together = mm_per_point(&mut harness, first);
    near(mm_per_point(&mut harness, second), together);
    press(&mut harness, Key::R);
    click(&mut harness, Role::CheckBox, "Same zoom");
    assert!(!harness.state().desk().compare.same_zoom);
    let whole = mm_per_point(&mut harness, first);
    near(whole, 1.25 * together);
    near(mm_per_point(&mut harness, second), whole);
    // Keys change the one that was clicked last.
    let before = [first, second].map(|part| cropped(&mut harness, part));
    for _ in 0..3 {
        press(&mut harness, Key::Plus);
    }
    let after = [first, second].map(|part| cropped(&mut harness, part));
    assert!(before[0] == after[0], "pixels, scale bar and words stay");
    assert!(before[1] != after[1]);
    // The wheel changes the one under it.
    turn(&mut harness, first);
    let of_first = whole / 0.15_f64.exp();
    let of_second = whole / 1.25_f64.powi(3);
    near(mm_per_point(&mut harness, first), of_first);
    near(mm_per_point(&mut harness, second), of_second);

    // Together again, all as the chosen one: its picture says what it said.
    let alone = cropped(&mut harness, second);
    click(&mut harness, Role::CheckBox, "Same zoom");
    assert!(alone == cropped(&mut harness, second));
    near(mm_per_point(&mut harness, first), of_second);
    undo(&mut harness);
    assert!(!harness.state().desk().compare.same_zoom);
    near(mm_per_point(&mut harness, first), of_first);
    near(mm_per_point(&mut harness, second), of_second);
    redo(&mut harness);
    near(mm_per_point(&mut harness, first), of_second);
    undo(&mut harness);

    // The grid goes by the same switch.
    press_with(&mut harness, Modifiers::SHIFT, Key::G);
    let of_third = mm_per_point(&mut harness, "Axial c.nii at");
    near(
        mm_per_point(&mut harness, first),
        of_third * of_first / whole,
    );
    near(
        mm_per_point(&mut harness, second),
        of_third * of_second / whole,
    );
    press(&mut harness, Key::R);
    near(mm_per_point(&mut harness, first), of_third);
    near(mm_per_point(&mut harness, second), of_third);
    press(&mut harness, Key::Plus);
    click(&mut harness, Role::CheckBox, "Same zoom");
    near(mm_per_point(&mut harness, first), of_third / 1.25);
}
