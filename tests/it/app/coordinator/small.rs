//! The coordinator's window on a small screen.

use super::{Fixture, Window, fill, show_statistics, shows, wait_until};
use crate::app::layout::{check_layout, check_seen, check_told};
use cisterna::app::CoordinatorApp;
use cisterna::ledger::Ledger;
use eframe::egui::{Key, accesskit::Role};
use egui_kittest::HarnessBuilder;
use egui_kittest::kittest::Queryable;
use std::fmt::Write;

const SIZES: [[f32; 2]; 2] = [[800.0, 600.0], [1280.0, 800.0]];

fn window(ledger: Ledger, size: [f32; 2]) -> Window {
    let mut window = HarnessBuilder::default()
        .with_size(size)
        .wgpu()
        .build_eframe(move |cc| CoordinatorApp::new(&cc.egui_ctx, ledger).unwrap());
    wait_until(&mut window, |w| {
        shows(w, "Reflux at 24 h") && !w.state().is_busy()
    });
    window
}

/// Presses a button that may have to be scrolled to.
fn press(window: &mut Window, name: &str) {
    let button = window.get_by_role_and_label(Role::Button, name);
    button.click_accesskit();
    window.run_steps(3);
}

#[test]
fn both_pages_fit_a_small_window_and_every_control_says_what_it_does() {
    let fixture = Fixture::new();
    fixture.grade_all();
    for size in SIZES {
        // Not signed in: one more field.
        let ledger = Ledger::open(&fixture.study()).unwrap();
        let unsigned = window(ledger, size);
        let mut window = window(fixture.open(), size);
        let check = |window: &Window| {
            check_layout(window, size);
            check_told(window);
        };
        check(&unsigned);
        drop(unsigned);
        check(&window);
        press(&mut window, "Verify");
        wait_until(&mut window, |w| shows(w, "The file is in order"));
        check_told(&window);
        for form in ["Write a package…", "Export…", "Take in packages…"] {
            press(&mut window, form);
            check_told(&window);
            check_seen(&window, "Cancel", size);
            window.key_press(Key::Escape);
            window.run_steps(3);
        }
        press(&mut window, "Unseal…");
        check_told(&window);
        check_seen(&window, "Unseal for good", size);
        window.key_press(Key::Escape);
        window.run_steps(3);
        show_statistics(&mut window);
        check_told(&window);
    }
}

/// However many files are wrong: each is said, and the buttons stay where they can be pressed.
#[test]
fn sixty_wrong_packages_push_nothing_away() {
    let fixture = Fixture::new();
    let mut paths = String::new();
    for number in 0..60 {
        let path = fixture.path(&format!("wrong-{number}.cisterna"));
        std::fs::write(&path, b"no study").unwrap();
        writeln!(paths, "{}", path.display()).unwrap();
    }
    let size = SIZES[0];
    let mut window = window(fixture.open(), size);
    press(&mut window, "Take in packages…");
    let field = "Paths of packages, one a line";
    fill(&mut window, Role::MultilineTextInput, field, &paths);
    check_seen(&window, "Take in", size);
    press(&mut window, "Take in");
    wait_until(&mut window, |w| shows(w, "60 of 60 packages not taken in"));
    for button in ["Take in", "Browse…", "Cancel"] {
        check_seen(&window, button, size);
    }
    assert!(shows(&window, "wrong-59.cisterna"));
    window.key_press(Key::Escape);
    window.run_steps(3);
    check_layout(&window, size);
}
