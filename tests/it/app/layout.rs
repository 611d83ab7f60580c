//! Windows of any size: nothing lies over something else or outside, every control says what it does, and
//! all words can be read.

use crate::app::{wait_until, window};
use cisterna::app::{FirstScans, words_on_grounds};
use eframe::egui::{Color32, Rect, Vec2, accesskit::Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT, Queryable};

/// What somebody clicks or types in.
const CONTROLS: [Role; 9] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::MultilineTextInput,
    Role::PasswordInput,
    Role::RadioButton,
    Role::Slider,
    Role::SpinButton,
    Role::TextInput,
];

fn controls<T>(harness: &Harness<'static, T>) -> Vec<(String, Rect, Option<String>)> {
    let nodes = harness.query_all(By::new());
    let controls = nodes.filter(|node| CONTROLS.contains(&node.accesskit_node().role()));
    let told = controls.map(|node| {
        let of = node.accesskit_node();
        let name = of.label().or_else(|| of.value()).unwrap_or_default();
        (name, node.rect(), of.description())
    });
    told.collect()
}

/// Each control lies in the window, as far as it is wide, and over no other. What is scrolled may lie
/// below the window's end.
#[track_caller]
pub(super) fn check_layout<T>(harness: &Harness<'static, T>, size: [f32; 2]) {
    let window = Rect::from_min_size(Default::default(), Vec2::from(size));
    let controls = controls(harness);
    assert!(!controls.is_empty(), "the check sees the window");
    for (at, (name, rect, _)) in controls.iter().enumerate() {
        let is_inside = rect.left() >= window.left() - 0.5 && rect.right() <= window.right() + 0.5;
        assert!(
            is_inside && rect.top() >= -0.5,
            "{name} at {rect:?} of {size:?}"
        );
        for (other, its, _) in &controls[..at] {
            let common = rect.intersect(*its);
            let is_over = common.width() > 1.0 && common.height() > 1.0;
            assert!(!is_over, "{name} at {rect:?} lies over {other} at {its:?}");
        }
    }
}

/// A control can be used without scrolling.
#[track_caller]
pub(super) fn check_seen<T>(harness: &Harness<'static, T>, name: &str, size: [f32; 2]) {
    let rect = harness.get_by_role_and_label(Role::Button, name).rect();
    let window = Rect::from_min_size(Default::default(), Vec2::from(size));
    assert!(window.contains_rect(rect), "{name} at {rect:?} of {size:?}");
}

/// Each control says what it does, under the pointer and to a screen reader.
#[track_caller]
pub(super) fn check_told<T>(harness: &Harness<'static, T>) {
    let controls = controls(harness);
    assert!(!controls.is_empty(), "the check sees the window");
    for (name, _, what) in controls {
        assert!(
            what.is_some_and(|what| !what.is_empty()),
            "{name} does not say what it does"
        );
    }
}

/// Relative luminance of WCAG 2.2.
fn luminance(colour: Color32) -> f64 {
    let part = |byte: u8| {
        let share = f64::from(byte) / 255.0;
        match share <= 0.04045 {
            true => share / 12.92,
            false => ((share + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * part(colour.r()) + 0.7152 * part(colour.g()) + 0.0722 * part(colour.b())
}

/// Contrast ratio of WCAG 2.2.
fn contrast(one: Color32, other: Color32) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn all_words_can_be_read_in_both_themes() {
    // Known pairs: black on white, and the two grays about the limit on white.
    for (gray, expected) in [(0, 21.0), (0x76, 4.54), (0x77, 4.48)] {
        let found = contrast(Color32::from_gray(gray), Color32::WHITE);
        assert!((found - expected).abs() < 0.005, "{gray:x} {found}");
    }
    for is_dark in [true, false] {
        let pairs = words_on_grounds(is_dark);
        assert!(pairs.len() > 20);
        for (name, words, ground) in pairs {
            assert!(
                words.is_opaque() && ground.is_opaque(),
                "{name} in {is_dark}"
            );
            let found = contrast(words, ground);
            assert!(
                found >= 4.5,
                "{name}: {found:.2} (dark: {is_dark}), {words:?} on {ground:?}"
            );
        }
    }
}

/// A study that cannot be opened is said in the viewer, which stays: nobody would see it otherwise.
#[test]
fn a_package_that_cannot_be_opened_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cisterna");
    std::fs::write(&path, b"no study").unwrap();
    let mut viewer = window(FirstScans::Files {
        paths: vec![path],
        compare: false,
    });
    wait_until(&mut viewer, |h| !h.state().desk().errors.is_empty());
    let said = &viewer.state().desk().errors[0];
    assert!(said.contains("a.cisterna"), "{said}");
    let commands = viewer.output().viewport_output.values();
    let commands: Vec<String> = commands.map(|of| format!("{:?}", of.commands)).collect();
    assert!(!commands.concat().contains("Close"), "{commands:?}");
}
