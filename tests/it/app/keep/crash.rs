//! What was open when the program ended without being closed.

use super::{
    Window, block, click, close, files, keeping, no_errors, places, press, says, scan, wait_until,
};
use cisterna::app::{KeptPlaces, MaskDesk};
use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const HEADING: &str = "Cisterna ended without being closed";

fn recovery(places: &KeptPlaces) -> PathBuf {
    places.state.as_ref().unwrap().join("recovery")
}

/// What is kept of what is open, in all files.
fn kept(places: &KeptPlaces) -> String {
    let texts = files(&recovery(places)).into_iter();
    let texts = texts.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned());
    texts.collect()
}

/// A scan and a mask of which a cluster was taken out, kept.
fn mended(folder: &Path, places: &KeptPlaces) -> Window {
    let paths = [scan(folder, "Doe.nii"), block(folder, "spaces.nii")];
    let mut harness = keeping(&paths, places);
    press(&mut harness, Key::O);
    wait_until(&mut harness, |h| h.state().desk().mask.is_some());
    harness
        .get_by_label_contains("Cluster 1, ")
        .click_accesskit();
    harness.run_steps(3);
    press(&mut harness, Key::Delete);
    wait_until(&mut harness, |h| {
        let mask = h.state().desk().mask.as_ref();
        mask.is_some_and(MaskDesk::is_current) && !h.state().is_busy()
    });
    wait_until(&mut harness, |_| kept(places).contains("\"changed\": true"));
    harness
}

/// The program is gone without being closed: nobody holds its files any more.
fn crash(harness: Window, places: &KeptPlaces) {
    drop(harness);
    let started = Instant::now();
    let is_held = || {
        let locks = files(&recovery(places)).into_iter().map(|(path, _)| path);
        let mut locks = locks.filter(|path| path.extension().is_some_and(|end| end == "lock"));
        locks.any(|path| std::fs::File::open(path).unwrap().try_lock().is_err())
    };
    while is_held() {
        assert!(started.elapsed() < Duration::from_secs(20), "still held");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_was_open_before_a_crash_is_offered_to_one_program() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let first = mended(folder.path(), &places);
    // As long as that one runs, its file is nobody else's.
    let mut second = keeping(&[], &places);
    // Its list comes last of all that is looked at.
    wait_until(&mut second, |h| !h.state().desk().kept.recent.is_empty());
    second.run_steps(3);
    assert!(!says(&second, HEADING));
    close(second);
    assert!(kept(&places).contains("\"changed\": true"));
    crash(first, &places);

    let mut harness = keeping(&[], &places);
    wait_until(&mut harness, |h| !h.state().desk().kept.offers.is_empty());
    harness.get_by_label(HEADING);
    harness.check_accessibility();
    let offer = harness.state().desk().kept.offers[0].line();
    assert!(offer.starts_with("2 scans, 20"), "{offer}");
    assert!(offer.contains("changes of a mask"), "{offer}");
    assert!(!says(&harness, "Doe"), "no name is said");
    // Keys are not for the viewer meanwhile.
    press(&mut harness, Key::H);
    // Another one that starts now does not offer it a second time.
    let mut other = keeping(&[], &places);
    wait_until(&mut other, |h| !h.state().desk().kept.recent.is_empty());
    assert!(other.state().desk().kept.offers.is_empty());
    close(other);

    click(&mut harness, "Open again");
    wait_until(&mut harness, |h| {
        h.state().desk().mask.is_some() && !h.state().is_busy()
    });
    no_errors(&harness);
    let desk = harness.state().desk();
    assert_eq!(desk.layers.len(), 2);
    let mask = desk.mask.as_ref().unwrap();
    assert_eq!(mask.changes().counts(), [0, 27]);
    assert!(mask.is_unsaved(), "it is asked about before it is lost");
    // It is this program's own now: no second file comes beside it, and closing deletes it.
    press(&mut harness, Key::X);
    wait_until(&mut harness, |_| {
        kept(&places).contains("\"show_crosshair\": false")
    });
    let n_sessions = files(&recovery(&places)).len();
    assert_eq!(n_sessions, 2, "a session and who holds it");
    close(harness);
    assert!(files(&recovery(&places)).is_empty());
    let mut harness = keeping(&[], &places);
    wait_until(&mut harness, |h| !h.state().desk().kept.recent.is_empty());
    harness.run_steps(10);
    assert!(!says(&harness, HEADING));
}

#[test]
fn what_is_missing_is_offered_again() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    crash(mended(folder.path(), &places), &places);
    let (scan, away) = (folder.path().join("Doe.nii"), folder.path().join("away"));
    std::fs::rename(&scan, &away).unwrap();
    let mut harness = keeping(&[], &places);
    wait_until(&mut harness, |h| !h.state().desk().kept.offers.is_empty());
    click(&mut harness, "Open again");
    wait_until(&mut harness, |h| {
        h.state().desk().mask.is_some() && !h.state().is_busy()
    });
    assert!(harness.state().desk().errors[0].contains("Doe.nii is not open"));
    press(&mut harness, Key::X);
    // Its own file comes beside what was left.
    wait_until(&mut harness, |_| files(&recovery(&places)).len() == 4);
    close(harness);
    std::fs::rename(&away, &scan).unwrap();
    let mut harness = keeping(&[], &places);
    wait_until(&mut harness, |h| !h.state().desk().kept.offers.is_empty());
    // Not now: at the next start. Thrown away: never.
    press(&mut harness, Key::Escape);
    assert!(!says(&harness, HEADING));
    close(harness);
    let mut harness = keeping(&[], &places);
    wait_until(&mut harness, |h| !h.state().desk().kept.offers.is_empty());
    harness
        .get_by_role_and_label(Role::Button, "Discard")
        .click();
    harness.run_steps(3);
    wait_until(&mut harness, |_| files(&recovery(&places)).is_empty());
    assert!(!says(&harness, HEADING));
    no_errors(&harness);
}

#[test]
fn what_was_left_and_cannot_be_used_is_said_and_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let folder = recovery(&places);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("1-abc.cisterna-session.json");
    std::fs::write(&path, b"{\"format\": \"cisterna-session-2\"}").unwrap();
    let mut harness = keeping(&[], &places);
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    let said = &harness.state().desk().errors[0];
    assert!(
        said.contains("missing field") && said.contains("broken-1"),
        "{said}"
    );
    let left = files(&folder);
    assert_eq!(left.len(), 1);
    assert!(left[0].0.to_string_lossy().ends_with(".broken-1"));
}
