//! Choices of the whole window.

use super::{
    Window, click, close, files, keeping, keeping_of, no_errors, only_error, places, press,
    press_with, text_of, wait_until,
};
use cisterna::app::{Preset, Settings, Theme};
use cisterna::volume::Convention;
use eframe::egui::{self, Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{NodeT, Queryable};
use std::time::Duration;

fn settings(harness: &Window) -> Settings {
    harness.state().desk().kept.settings
}

#[test]
fn choices_of_the_window_stay() {
    let folder = tempfile::tempdir().unwrap();
    let places = places(folder.path());
    let mut harness = keeping(&[], &places);
    assert_eq!(settings(&harness), Settings::default());
    // By key, as ever.
    press(&mut harness, Key::T);
    // And in their panel.
    harness.get_by_label("Files").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Settings…").click();
    harness.run_steps(3);
    harness.check_accessibility();
    click(&mut harness, "Neuroimaging");
    click(&mut harness, "On the right");
    harness
        .get_by_role_and_label(Role::ComboBox, "Size of text")
        .click();
    harness.run_steps(3);
    click(&mut harness, "125 %");
    press(&mut harness, Key::Escape);
    assert!(!harness.state().desk().kept.settings_open);
    assert_eq!(harness.ctx.zoom_factor(), 1.25);
    assert_eq!(harness.state().desk().convention, Convention::Neurological);
    // The toolkit's own keys for it are a choice, too.
    press_with(&mut harness, Modifiers::COMMAND, Key::Minus);
    let scale = settings(&harness).text_scale;
    assert!((1.1..=1.2).contains(&scale), "1.25 less a tenth: {scale}");
    let expected = Settings {
        theme: Theme::Light,
        text_scale: scale,
        mouse: Preset::Neuroimaging,
        patients_right: Convention::Neurological,
        ..Settings::default()
    };
    assert_eq!(settings(&harness), expected);
    no_errors(&harness);
    let config = folder.path().join("config");
    wait_until(&mut harness, |_| Settings::open(&config).0 == expected);
    close(harness);

    assert_eq!(Settings::open(&config), (expected, None));
    let harness = keeping(&[], &places);
    // The harness sets its own theme once the window is made.
    let theme = Theme::Dark;
    assert_eq!(settings(&harness), Settings { theme, ..expected });
    assert_eq!(harness.ctx.zoom_factor(), scale);
    assert_eq!(harness.state().desk().preset, Preset::Neuroimaging);
    assert_eq!(harness.state().desk().convention, Convention::Neurological);
}

#[test]
fn settings_that_cannot_be_used_are_said_and_kept_aside() {
    #[track_caller]
    fn check(text: &str, field: &str) {
        let folder = tempfile::tempdir().unwrap();
        let places = places(folder.path());
        let path = Settings::path(places.settings.as_deref().unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let mut harness = keeping(&[], &places);
        let said = only_error(&harness);
        assert!(
            said.contains(field) && said.contains("settings.json"),
            "{said}"
        );
        assert_eq!(settings(&harness), Settings::default());
        // It is left as it is until something is changed.
        assert_eq!(text_of(&path), text);
        press(&mut harness, Key::T);
        wait_until(&mut harness, |_| text_of(&path).contains("\"light\""));
        let aside = path.with_file_name("settings.json.broken-1");
        assert_eq!(text_of(&aside), text);
    }
    check(r#"{"text_scale": "big"}"#, "text_scale");
    check(r#"{"text_scale": 90}"#, "text_scale");
    check(r#"{"colour": "red"}"#, "colour");
    check("no JSON", "line 1");
}

/// A file where the folders should be.
#[test]
fn a_folder_that_cannot_be_written_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(folder.path());
    let in_the_way = folder.path().join("file");
    std::fs::write(&in_the_way, b"").unwrap();
    places.settings = Some(in_the_way.join("config"));
    let before = files(folder.path());
    let mut harness = keeping(&[], &places);
    no_errors(&harness);
    for _ in 0..4 {
        press(&mut harness, Key::T);
    }
    wait_until(&mut harness, |h| !h.state().desk().errors.is_empty());
    std::thread::sleep(Duration::from_millis(50));
    harness.run_steps(3);
    let said = only_error(&harness);
    assert!(
        said.contains("The settings cannot be kept, and all else works on"),
        "{said}"
    );
    assert_eq!(files(folder.path()), before);
}

#[test]
fn the_panels_fit_into_a_small_window_in_the_dark_and_in_the_light() {
    let folder = tempfile::tempdir().unwrap();
    let size = [800.0, 600.0];
    let mut harness = keeping_of(size, &[], &places(folder.path()));
    let window = egui::Rect::from_min_size(Default::default(), egui::Vec2::from(size));
    let of_settings = [
        (Role::Button, "Dark colours"),
        (Role::Button, "Neuroimaging"),
        (Role::Button, "On the right"),
        (Role::ComboBox, "Size of text"),
        (Role::CheckBox, "Remember what was opened"),
        (Role::CheckBox, "Keep what is open, for after a crash"),
    ];
    let of_recent = [(Role::CheckBox, "Show paths"), (Role::Button, "Forget all")];
    let again = Modifiers::COMMAND | Modifiers::SHIFT;
    for _ in 0..2 {
        for (modifiers, key, controls) in [
            (Modifiers::COMMAND, Key::Comma, &of_settings[..]),
            (again, Key::O, &of_recent[..]),
        ] {
            press_with(&mut harness, modifiers, key);
            harness.check_accessibility();
            for &(role, name) in controls {
                let node = harness.get_by_role_and_label(role, name);
                assert!(window.contains_rect(node.rect()), "{name}");
                let what = node.accesskit_node().description();
                assert!(what.is_some_and(|what| !what.is_empty()), "{name}");
            }
            press(&mut harness, Key::Escape);
        }
        press(&mut harness, Key::T);
    }
    no_errors(&harness);
}
