//! The test of the display before an installment.

use super::{
    fill, give, kinds, press, protocol, reading_window, study_by, type_keys, typed, wait_until,
    window_at_scale,
};
use crate::app::layout::{check_layout, check_seen, check_told};
use cisterna::app::ReadingApp;
use cisterna::ledger::Ledger;
use cisterna::study::{DisplayRules, DisplayTest, Event, EventKind, Protocol};
use eframe::egui::{Key, Vec2, ViewportId, accesskit::Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::{Rgba, RgbaImage};
use std::path::{Path, PathBuf};

type Window = Harness<'static, ReadingApp>;

const LENGTH: &str = "E  How long is the line, from end to end, in mm?";

/// A study whose protocol asks for tests of displays.
fn asking(folder: &Path) -> PathBuf {
    let plan = Protocol {
        display: DisplayRules { test: true },
        ..protocol()
    };
    study_by(folder, &plan, &[])
}

/// The pattern before the first installment, on a display of 2560 x 1440 pixels.
fn at_the_pattern(study: &Path, size: [f32; 2], scale: f32) -> Window {
    let mut window = window_at_scale(study, size, 1.0 / 60.0, scale);
    window.get_by_label_contains("have a ruler at hand");
    let viewports = &mut window.input_mut().viewports;
    let viewport = viewports.get_mut(&ViewportId::ROOT).unwrap();
    viewport.monitor_size = Some(Vec2::new(2560.0, 1440.0) / scale);
    press(&mut window, &[Key::Enter]);
    window.get_by_label("Test of the display before installment 1");
    window
}

fn tests(study: &Path) -> Vec<(u32, DisplayTest)> {
    let ledger = Ledger::open_read_only(study).unwrap();
    let of = |event: Event| match event.kind {
        EventKind::DisplayTested { installment, test } => Some((installment, test)),
        _ => None,
    };
    let events = ledger.events(Some("a")).unwrap();
    events.into_iter().filter_map(of).collect()
}

/// Answers taken back before they are stored, a length that cannot be, a step that is not seen, and a
/// second test: all by keys.
#[test]
fn answers_are_given_by_keys_and_stop_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let study = asking(folder.path());
    let mut window = at_the_pattern(&study, [1280.0, 800.0], 1.25);
    window.get_by_label_contains("2560 × 1440 pixels, scale 1.25");
    press(&mut window, &[Key::Enter]);
    window.get_by_label("Answer A");
    press(
        &mut window,
        &[Key::Y, Key::N, Key::N, Key::Backspace, Key::Y, Key::Y],
    );
    let field = window.get_by_role_and_label(Role::TextInput, LENGTH);
    assert!(field.is_focused(), "without a click");
    type_keys(&mut window, "9,5");
    press(&mut window, &[Key::Enter]);
    window.get_by_label_contains("No display shows line E 9.5 mm long");
    assert!(tests(&study).is_empty());
    press(&mut window, &[Key::Backspace; 3]);
    type_keys(&mut window, "yn");
    window.get_by_label_contains("as a number");
    assert_eq!(typed(&window, LENGTH), "yn");
    press(&mut window, &[Key::Backspace; 2]);
    type_keys(&mut window, "118,25");
    press(&mut window, &[Key::Enter]);
    wait_until(&mut window, |h| {
        h.query_by_label("Not all of the pattern was seen")
            .is_some()
    });
    window.get_by_label("Not seen: the 95 % square in white");
    let first = DisplayTest {
        near_black_seen: true,
        near_white_seen: false,
        lines_of_1_px_seen: true,
        lines_of_2_px_seen: true,
        // 100 mm are 377.95 points of 1/96 inch.
        line_px: 472,
        measured_mm: Some(118.25),
        display_px: Some([2560, 1440]),
        scale: 1.25,
    };
    assert_eq!(tests(&study), [(1, first)]);
    assert_eq!(window.state().case_code(), None);
    press(&mut window, &[Key::T]);
    assert_eq!(typed(&window, LENGTH), "");
    press(&mut window, &[Key::Y; 4]);
    // Without a ruler, by keys alone.
    window.get_by_label_contains("or say that it is not measured");
    press(&mut window, &[Key::Tab, Key::Space]);
    window.get_by_label("Store (Enter)").click();
    wait_until(&mut window, |h| h.state().case_code().is_some());
    window.get_by_label("Test of the display stored");
    let second = DisplayTest {
        near_white_seen: true,
        measured_mm: None,
        ..first
    };
    assert_eq!(tests(&study), [(1, first), (1, second)], "both are kept");
    wait_until(&mut window, |_| {
        kinds(&study) == ["display_tested", "display_tested", "opened"]
    });
    give(&mut window, Key::Num3);
    Ledger::open_read_only(&study).unwrap().verify().unwrap();
}

#[test]
fn clicks_answer_too_and_each_installment_is_asked_once() {
    let folder = tempfile::tempdir().unwrap();
    let study = asking(folder.path());
    let mut window = at_the_pattern(&study, [1280.0, 800.0], 1.0);
    for name in ["A: No", "B: Yes", "C: Yes", "D: No", "A: Yes"] {
        window.get_by_role_and_label(Role::Button, name).click();
        window.run_steps(3);
    }
    fill(&mut window, LENGTH, "102.5");
    window.get_by_label("Store (Enter)").click();
    wait_until(&mut window, |h| {
        h.query_by_label("Not seen: lines of 2 pixels").is_some()
    });
    assert!(window.query_by_label_contains("square in").is_none());
    window.get_by_label("Go on to the cases (Enter)").click();
    wait_until(&mut window, |h| h.state().case_code().is_some());
    drop(window);
    // Whoever comes back goes on with the cases.
    let mut window = reading_window(&study);
    while window.query_by_label("Begin installment 2").is_none() {
        give(&mut window, Key::Num3);
    }
    window.get_by_label("Begin installment 2").click();
    wait_until(&mut window, |h| {
        h.query_by_label("Test of the display before installment 2")
            .is_some()
    });
    assert_eq!(window.state().case_code(), None);
    let found = tests(&study);
    let [(1, test)] = found[..] else {
        panic!("{found:?}");
    };
    let answers = (test.near_black_seen, test.lines_of_2_px_seen, test.line_px);
    assert_eq!(answers, (true, false, 378));
}

/// What was seen on one display says nothing of another.
#[test]
fn another_display_is_asked_anew() {
    let folder = tempfile::tempdir().unwrap();
    let study = asking(folder.path());
    let mut window = at_the_pattern(&study, [1280.0, 800.0], 1.0);
    press(&mut window, &[Key::Y, Key::Y]);
    window.get_by_label("Answer C");
    let viewports = &mut window.input_mut().viewports;
    let viewport = viewports.get_mut(&ViewportId::ROOT).unwrap();
    viewport.native_pixels_per_point = Some(2.0);
    window.run_steps(3);
    window.get_by_label("Answer A");
    window.get_by_label_contains("came to another display or scale");
}

#[test]
fn the_test_fits_a_small_window_and_every_control_says_what_it_does() {
    for size in [[800.0, 600.0], [1280.0, 800.0]] {
        let folder = tempfile::tempdir().unwrap();
        let study = asking(folder.path());
        let mut window = at_the_pattern(&study, size, 1.0);
        let check = |window: &Window, button: &str| {
            check_layout(window, size);
            check_told(window);
            check_seen(window, button, size);
        };
        check(&window, "Store (Enter)");
        window.check_accessibility();
        press(&mut window, &[Key::N; 4]);
        type_keys(&mut window, "100");
        press(&mut window, &[Key::Enter]);
        wait_until(&mut window, |h| {
            h.query_by_label("Test again (T)").is_some()
        });
        check(&window, "Go on to the cases (Enter)");
        press(&mut window, &[Key::Enter]);
        wait_until(&mut window, |h| h.state().case_code().is_some());
    }
}

fn gray(picture: &RgbaImage, x: usize, y: usize) -> u8 {
    let Rgba([r, g, b, _]) = *picture.get_pixel(x as u32, y as u32);
    assert!(r == g && g == b, "{r} {g} {b} at {x}, {y}");
    r
}

/// Each pixel of the pattern is one of the display, whatever the scale: the grays of SMPTE RP 133,
/// lines of one pixel and of two, and a line as long as 96 points to the inch make it.
#[test]
fn the_pattern_is_drawn_by_the_pixels_of_the_display() {
    for scale in [1.0, 1.25, 2.0_f32] {
        let folder = tempfile::tempdir().unwrap();
        let study = asking(folder.path());
        let mut window = at_the_pattern(&study, [800.0, 600.0], scale);
        let picture = window.render().unwrap();
        let rect = window.get_by_label_contains("Test pattern: A").rect();
        // Letters stand above it, and the frame of the dark square begins it.
        let guess = [rect.min.x, rect.min.y + 20.0].map(|at| (at * scale) as usize);
        let near = (0..5).flat_map(|dy| (0..5).map(move |dx| [dx, dy]));
        let mut near = near.map(|[dx, dy]| [guess[0] + dx - 2, guess[1] + dy - 2]);
        let [left, top] = near
            .find(|&[x, y]| gray(&picture, x, y) == 128)
            .expect("the frame");
        let px = |points: f32| (points * scale).round() as usize;
        let (square, gap, stroke) = (px(72.0), px(16.0), px(20.0));
        let at = |x: usize, y: usize| gray(&picture, left + x, top + y);
        let of = |number: usize| number * (square + gap);
        let half = square / 2;
        assert_eq!(
            [at(half, half), at(square / 8, half)],
            [13, 0],
            "5 % in black"
        );
        let white = [at(of(1) + half, half), at(of(1) + square / 8, half)];
        assert_eq!(white, [242, 255], "95 % in white");
        for n in 0..square {
            for (number, width) in [(2, 1), (4, 2)] {
                let expected = if n / width % 2 == 0 { 255 } else { 0 };
                assert_eq!(at(of(number) + n, half), expected, "down, {n} of {number}");
                let across = at(of(number + 1) + half, n);
                assert_eq!(across, expected, "across, {n} of {number}");
            }
        }
        for number in 0..5 {
            assert_eq!(at(of(number) + square + gap / 2, half), 0, "black around");
        }
        let length = (f64::from(scale) * 96.0 * 100.0 / 25.4).round() as usize;
        let middle = square + gap + (stroke - px(1.0)) / 2;
        assert!((0..length).all(|x| at(x, middle) == 128), "the line");
        assert_eq!(at(length, middle), 0, "and no longer");
        let ends = [at(0, square + gap), at(length - 1, square + gap)];
        assert_eq!(ends, [128, 128], "its strokes");
    }
}
