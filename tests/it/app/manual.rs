//! F1: the manual beside the program, and nothing else changed in any window.

use super::reading::{press as press_while_reading, study, window_at_start};
use super::{label_with, press, wait_until, window};
use cisterna::app::{FirstScans, manual_of};
use cisterna::study::Conditions;
use eframe::egui::Key;
use egui_kittest::kittest::Queryable;

#[test]
fn the_manual_is_found_from_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let put = |file: &str| {
        let path = root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "x").unwrap();
        path
    };
    let program = put("package/bin/cisterna");
    assert_eq!(manual_of(&program), None);
    let page = put("package/share/doc/cisterna/manual/index.html");
    assert_eq!(manual_of(&program), Some(page.clone()));
    // A link that stands elsewhere leads to the program's own.
    #[cfg(unix)]
    {
        let link = root.join("cisterna");
        std::os::unix::fs::symlink(&program, &link).unwrap();
        assert_eq!(manual_of(&link), Some(page));
    }
    let alone = put("alone/cisterna");
    let beside = put("alone/docs/index.html");
    assert_eq!(manual_of(&alone), Some(beside));
    let built = put("target/release/cisterna");
    let made = put("target/docs/index.html");
    assert_eq!(manual_of(&built), Some(made));
    assert_eq!(manual_of(&root.join("no-program")), None);
}

/// The program of this test has no manual beside it.
#[test]
fn a_manual_that_is_not_there_is_said_and_closed() {
    let mut harness = window(FirstScans::Files {
        paths: Vec::new(),
        compare: false,
    });
    harness.run_steps(2);
    for is_by_key in [true, false] {
        match is_by_key {
            true => press(&mut harness, Key::F1),
            false => {
                harness.get_by_label("Tools").click();
                harness.run_steps(3);
                harness.get_by_label_contains("Manual").click();
                harness.run_steps(3);
            }
        }
        wait_until(&mut harness, |h| {
            h.query_by_label_contains("The manual is not beside the program")
                .is_some()
        });
        label_with(&harness, "share/doc/cisterna/manual/index.html");
        harness.check_accessibility();
        press(&mut harness, Key::Escape);
        let told = harness.query_by_label_contains("The manual is not beside");
        assert!(told.is_none(), "closed");
        assert!(!harness.state().desk().sheet_open);
    }
}

/// A grade that is chosen stays chosen, and nothing is stored.
#[test]
fn nothing_of_a_reading_is_lost_by_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[]);
    let mut harness = window_at_start(&study, [800.0, 600.0], 1.0 / 60.0);
    press_while_reading(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| h.state().case_code().is_some());
    let code = harness.state().case_code().unwrap().to_owned();
    press_while_reading(&mut harness, &[Key::Num2, Key::F1]);
    wait_until(&mut harness, |h| {
        h.query_by_label_contains("The manual is not beside the program")
            .is_some()
    });
    press_while_reading(&mut harness, &[Key::Escape]);
    assert_eq!(harness.state().case_code(), Some(code.as_str()));
    press_while_reading(&mut harness, &[Key::Enter]);
    wait_until(&mut harness, |h| {
        h.query_by_label("Grade 2 stored").is_some()
    });
}
