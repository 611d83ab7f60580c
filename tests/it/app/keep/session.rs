//! What is open, kept in a file and opened again.

use super::{
    Window, block, click, no_errors, only_error, open_path, opened, press, press_with,
    save_session, scan, wait_until, window, write,
};
use cisterna::app::{CompareMode, FirstScans, Layout, MaskDesk};
use cisterna::volume::Plane;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const NAME: &str = "review.cisterna-session.json";

/// A window with what a session holds, as far as it can be opened.
fn restored(path: &Path) -> Window {
    let mut harness = window(FirstScans::Files {
        paths: vec![path.to_owned()],
        compare: false,
    });
    wait_until(&mut harness, |h| {
        let desk = h.state().desk();
        let is_there = !desk.notice.is_empty() || !desk.errors.is_empty();
        is_there && !h.state().is_busy()
    });
    harness
}

fn wait_for_mask(harness: &mut Window) {
    wait_until(harness, |h| {
        let mask = h.state().desk().mask.as_ref();
        mask.is_some_and(MaskDesk::is_current) && !h.state().is_busy()
    });
}

fn names(harness: &Window) -> Vec<String> {
    let layers = harness.state().desk().layers.iter();
    layers.map(|layer| layer.scan.name.clone()).collect()
}

/// Two scans that are compared, and a mask of which a cluster was taken out.
fn compared(folder: &Path) -> Window {
    let paths = [
        scan(folder, "a.nii"),
        scan(folder, "b.nii"),
        block(folder, "spaces.nii"),
    ];
    let mut harness = opened(&paths);
    press(&mut harness, Key::O);
    wait_for_mask(&mut harness);
    harness
        .get_by_label_contains("Cluster 1, ")
        .click_accesskit();
    harness.run_steps(3);
    press(&mut harness, Key::Delete);
    wait_for_mask(&mut harness);
    press(&mut harness, Key::O);
    press(&mut harness, Key::C);
    press(&mut harness, Key::I);
    press(&mut harness, Key::J);
    harness
}

#[test]
fn a_moved_folder_still_opens() {
    let root = tempfile::tempdir().unwrap();
    let before = root.path().join("before");
    std::fs::create_dir(&before).unwrap();
    let mut harness = compared(&before);
    save_session(&mut harness, &before.join("review"));
    no_errors(&harness);
    let styles = |h: &Window| -> Vec<_> {
        let layers = h.state().desk().layers.iter();
        layers.map(|layer| (layer.style, layer.visible)).collect()
    };
    let (expected, changes) = {
        let mask = harness.state().desk().mask.as_ref().unwrap();
        (styles(&harness), mask.changes().counts())
    };
    assert_eq!(changes, [0, 27]);
    drop(harness);

    let after = root.path().join("after");
    std::fs::rename(&before, &after).unwrap();
    let mut harness = restored(&after.join(NAME));
    wait_for_mask(&mut harness);
    no_errors(&harness);
    assert_eq!(names(&harness), ["a.nii", "b.nii", "spaces.nii"]);
    assert_eq!(styles(&harness), expected);
    let desk = harness.state().desk();
    assert_eq!(desk.layout, Layout::Compare);
    assert_eq!(desk.compare.mode, CompareMode::Swipe);
    let mask = desk.mask.as_ref().unwrap();
    assert_eq!(mask.changes().counts(), changes);
    assert!(mask.is_unsaved() && !mask.open);
    assert!(mask.made().clusters.is_empty());
    // No path of this machine stands in it.
    let text = std::fs::read_to_string(after.join(NAME)).unwrap();
    assert!(!text.contains(root.path().to_str().unwrap()), "{text}");
}

#[test]
fn a_changed_scan_and_a_missing_one_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = compared(folder.path());
    let path = folder.path().join(NAME);
    save_session(&mut harness, &path);
    drop(harness);
    write(&folder.path().join("b.nii"), |[i, ..]| i as f32 + 0.5);
    std::fs::remove_file(folder.path().join("spaces.nii")).unwrap();
    let harness = restored(&path);
    assert_eq!(names(&harness), ["a.nii", "b.nii"]);
    let desk = harness.state().desk();
    let said = desk.errors.join("\n");
    for part in [
        "b.nii is another scan than the session was saved with: its SHA-256 differs",
        "spaces.nii is not open",
        "The mask is not looked through",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(!said.contains("a.nii"), "{said}");
    // It is said as long as the scan is open.
    let remarks = &desk.layers[1].scan.remarks;
    assert!(
        remarks.iter().any(|of| of.contains("SHA-256 differs")),
        "{remarks:?}"
    );
    assert!(desk.layers[0].scan.remarks.is_empty());
    assert_eq!(desk.compare.mode, CompareMode::Swipe);
}

#[test]
fn what_is_no_session_is_refused_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "a.nii")]);
    let path = folder.path().join(NAME);
    save_session(&mut harness, &path);
    let good = std::fs::read_to_string(&path).unwrap();
    let mut check = |from: &str, to: &str, parts: &[&str]| {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        let path = folder.path().join(format!("other-{NAME}"));
        std::fs::write(&path, changed).unwrap();
        open_path(&mut harness, &path);
        wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
        let said = only_error(&harness).to_owned();
        for part in parts.iter().chain(&["other-review"]) {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        assert_eq!(names(&harness), ["a.nii"], "nothing else is lost");
        click(&mut harness, "Dismiss");
    };
    check(
        "cisterna-session-3",
        "cisterna-session-4",
        &["cisterna-session-4", "later version"],
    );
    check("cisterna-session-3", "nifti", &["format", "no session"]);
    check(
        "\"zoom\": 1.0",
        "\"zoom\": 100.0",
        &["view.planes[0].zoom", "100"],
    );
    check(
        "\"selected\"",
        "\"picked\": 1,\n  \"selected\"",
        &["picked", "unknown field"],
    );
    check(
        "\"opacity\": 1.0",
        "\"opacity\": 7.5",
        &["scans[0].style.opacity", "7.5"],
    );
    check(
        "\"opacity\": 1.0",
        "\"opacity\": \"much\"",
        &["scans[0].style.opacity", "expected f32"],
    );
    check(
        "\"colormap\": \"gray\"",
        "\"colormap\": \"grey\"",
        &["scans[0].style.colormap", "inferno"],
    );
    check("\"scans\"", "\"scan\"", &["unknown field `scan`"]);
}

#[test]
fn what_is_entered_is_asked_about_before_a_session_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = compared(folder.path());
    let path = folder.path().join(NAME);
    save_session(&mut harness, &path);
    open_path(&mut harness, &path);
    harness.get_by_label("What was changed of the mask spaces.nii");
    click(&mut harness, "Stay");
    harness.run_steps(10);
    assert!(harness.state().desk().mask.is_some());
    assert!(!harness.state().is_busy());
    open_path(&mut harness, &path);
    click(&mut harness, "Go on without saving");
    wait_until(&mut harness, |h| {
        h.state()
            .desk()
            .notice
            .contains("3 of 3 scans of the session")
    });
    wait_for_mask(&mut harness);
    assert_eq!(harness.state().desk().can_undo_redo(), [false; 2]);
    no_errors(&harness);
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "a.nii")]);
    let path: PathBuf = folder.path().join(NAME);
    std::fs::write(&path, b"somebody's").unwrap();
    save_session(&mut harness, &path);
    assert!(only_error(&harness).contains("not overwritten"));
    assert_eq!(std::fs::read(&path).unwrap(), b"somebody's");
    click(&mut harness, "Dismiss");
    // Its own is, as it is saved where it was before.
    let own = folder.path().join("own");
    save_session(&mut harness, &own);
    let own = folder.path().join("own.cisterna-session.json");
    let first = std::fs::read_to_string(&own).unwrap();
    press(&mut harness, Key::I);
    press_with(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    click(&mut harness, "Save");
    wait_until(&mut harness, |_| {
        let now = std::fs::read_to_string(&own).unwrap_or_default();
        !now.is_empty() && now != first
    });
    no_errors(&harness);
}

/// A session that was saved, without what came after version 2: whether scans are zoomed together, and how
/// each was that is not.
fn of_version_2(path: &Path) -> Value {
    let mut session: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    session["format"] = json!("cisterna-session-2");
    let compare = session["compare"].as_object_mut().unwrap();
    compare.remove("same_zoom").unwrap();
    for scan in session["scans"].as_array_mut().unwrap() {
        scan.as_object_mut().unwrap().remove("planes").unwrap();
    }
    session
}

#[test]
fn a_session_of_version_2_opens_with_one_zoom_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let scans = ["a.nii", "b.nii"].map(|name| scan(folder.path(), name));
    let mut harness = opened(&scans);
    press(&mut harness, Key::C);
    press(&mut harness, Key::Plus);
    let path = folder.path().join(NAME);
    save_session(&mut harness, &path);
    drop(harness);
    let session = of_version_2(&path);
    std::fs::write(&path, session.to_string()).unwrap();
    let harness = restored(&path);
    no_errors(&harness);
    let desk = harness.state().desk();
    assert!(desk.compare.same_zoom);
    assert_eq!(desk.plane_state(Plane::Axial).zoom, 1.25);
}

/// A session of version 1 had one region of interest and no angles.
#[test]
fn a_session_of_version_1_opens() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "a.nii")]);
    let path = folder.path().join(NAME);
    save_session(&mut harness, &path);
    drop(harness);
    let mut session = of_version_2(&path);
    session["format"] = json!("cisterna-session-1");
    let fields = session.as_object_mut().unwrap();
    fields.remove("angles").unwrap();
    fields.remove("rois").unwrap();
    let region = json!({
        "plane": "axial",
        "at_mm": 0.5,
        "thickness_mm": 1.0,
        "outline": { "rectangle": { "low": [-3.0, -2.0], "high": [3.0, 2.0] } },
    });
    fields.insert(
        "roi".to_owned(),
        json!({ "region": region, "last_number": 3 }),
    );
    session["view"]
        .as_object_mut()
        .unwrap()
        .remove("measures_open");
    std::fs::write(&path, session.to_string()).unwrap();
    let mut harness = restored(&path);
    no_errors(&harness);
    let desk = harness.state().desk();
    let roi = desk.roi.chosen().unwrap();
    assert_eq!((roi.number, roi.title()), (3, "Rectangle 3".to_owned()));
    assert!(desk.angles.angles.is_empty() && !desk.measures.open);
    // What is wrong with it is named as in one of this version.
    session["roi"]["region"]["plane"] = json!("oblique");
    let other = folder.path().join("other.cisterna-session.json");
    std::fs::write(&other, session.to_string()).unwrap();
    open_path(&mut harness, &other);
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    let said = only_error(&harness);
    assert!(said.contains("rois.regions[0].region.plane"), "{said}");
}
