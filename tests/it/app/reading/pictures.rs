//! The pictures of a case: the letters of the patient's sides, and what the mouse does.

use super::{entries, give, reading_window, study};
use crate::app::{label_with, wait_until, window};
use cisterna::app::FirstScans;
use cisterna::formats::{Voxels, write_nifti};
use cisterna::study::Conditions;
use cisterna::volume::{Grid, Orientation, PLANE_SIZE, Plane, PlanePair, Volume};
use eframe::egui::{self, Key, Modifiers, PointerButton, Pos2, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use nalgebra::{Matrix4, Point3};

/// Window and zoom may be changed.
fn free() -> Conditions {
    Conditions {
        free_window: true,
        zoom: true,
        ..Conditions::default()
    }
}

/// The middle of a picture.
fn middle<T>(harness: &Harness<'static, T>, label: &str) -> Pos2 {
    harness.get_by_label_contains(label).rect().center()
}

fn drag<T>(harness: &mut Harness<'static, T>, from: Pos2, by: Vec2, button: PointerButton) {
    let press = |pos, pressed| egui::Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.event(egui::Event::PointerMoved(from));
    harness.run_steps(2);
    harness.event(press(from, true));
    harness.run_steps(1);
    harness.event(egui::Event::PointerMoved(from + by));
    harness.run_steps(1);
    harness.event(press(from + by, false));
    harness.run_steps(2);
}

fn turn<T>(harness: &mut Harness<'static, T>, at: Pos2, notches: f32, modifiers: Modifiers) {
    harness.event(egui::Event::PointerMoved(at));
    harness.run_steps(2);
    let wheel = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, notches),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers,
    };
    harness.event_modifiers(wheel, modifiers);
    harness.run_steps(2);
}

const SIDES: [[&str; 2]; 2] = [
    ["Axial picture", "R left, L right, A top, P bottom"],
    ["Sagittal picture", "A left, P right, S top, I bottom"],
];

#[test]
fn the_planes_say_where_the_patients_sides_are() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), Conditions::default(), &[]);
    let harness = reading_window(&study);
    for [picture, sides] in SIDES {
        let said = label_with(&harness, picture);
        assert!(said.ends_with(sides), "{said}");
    }
}

/// What a study is made of lies as the letters say: only the half of the head on that side is bright.
#[test]
fn pixels_lie_where_the_letters_say() {
    let n = 16;
    let mut world_from_voxel = Matrix4::new_scaling(12.0);
    for axis in 0..3 {
        world_from_voxel[(axis, 3)] = -6.0 * (n as f64 - 1.0);
    }
    // RAS+: towards the right, the front and the head the numbers grow.
    for (axis, side) in [(0, "R"), (1, "A"), (2, "S")] {
        let values = (0..n * n * n).map(|at| {
            let voxel = [at % n, at / n % n, at / n / n];
            f32::from(u8::from(voxel[axis] >= n / 2))
        });
        let grid = Grid::new([n; 3], world_from_voxel).unwrap();
        let volume = Volume::new(grid, values.collect()).unwrap();
        let planes = PlanePair::extract(&volume, Point3::origin());
        for ([_, sides], plane) in SIDES
            .into_iter()
            .zip(planes.planes().map(|(_, plane)| plane))
        {
            let at = |x: usize, y: usize| plane.data[y * PLANE_SIZE + x];
            let (near, far, half) = (60, PLANE_SIZE - 60, PLANE_SIZE / 2);
            let edges = [
                ("left", at(near, half), at(far, half)),
                ("right", at(far, half), at(near, half)),
                ("top", at(half, near), at(half, far)),
                ("bottom", at(half, far), at(half, near)),
            ];
            for (edge, here, there) in edges {
                if sides.contains(&format!("{side} {edge}")) {
                    assert!(here > there, "{side} {edge}: {here} {there}");
                }
            }
        }
    }
}

/// What was done to the axial picture, as the ledger has it.
fn display(
    harness: &mut Harness<'static, cisterna::app::ReadingApp>,
    study: &std::path::Path,
) -> serde_json::Value {
    give(harness, Key::Num3);
    let entries = entries(study);
    entries.last().unwrap().circumstances.display["axial"].clone()
}

/// The same drags and turns of the wheel in both windows: the window changes by the same share of the
/// range that it opened with, and the picture is enlarged as much.
#[test]
fn the_mouse_does_what_it_does_in_the_viewer() {
    let folder = tempfile::tempdir().unwrap();
    let grid = Grid::new([24, 24, 24], Matrix4::identity()).unwrap();
    let values: Vec<f32> = (0..24 * 24 * 24).map(|at| (at % 997) as f32).collect();
    let path = folder.path().join("scan.nii");
    write_nifti(&path, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    let mut viewer = window(FirstScans::Files {
        paths: vec![path],
        compare: false,
    });
    wait_until(&mut viewer, |h| h.state().desk().layers.len() == 1);
    let opened = viewer.state().desk().layers[0].style.window;
    let range = viewer.state().desk().layers[0].scan.auto.width();
    let at = middle(&viewer, "Axial at");
    let by = vec2(60.0, 30.0);
    drag(&mut viewer, at, by, PointerButton::Primary);
    let window = viewer.state().desk().layers[0].style.window;
    let [wider, higher] = [
        (window.width() - opened.width()) / range,
        (window.level() - opened.level()) / range,
    ];
    turn(&mut viewer, at, 3.0, Modifiers::COMMAND);
    let turned = viewer.state().desk().plane_state(Plane::Axial).zoom;
    drag(&mut viewer, at, vec2(0.0, -40.0), PointerButton::Secondary);
    let zoomed = viewer.state().desk().plane_state(Plane::Axial).zoom;
    assert!(wider > 0.1 && higher > 0.05 && turned > 1.2 && zoomed > turned);

    let study = study(folder.path(), free(), &[]);
    let mut harness = reading_window(&study);
    let at = middle(&harness, "Axial picture");
    drag(&mut harness, at, by, PointerButton::Primary);
    turn(&mut harness, at, 3.0, Modifiers::COMMAND);
    drag(&mut harness, at, vec2(0.0, -40.0), PointerButton::Secondary);
    let shown = display(&mut harness, &study);
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let [low, high] = [0, 1].map(|end| number(&shown["window"][end]));
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-3, "{a} {b}");
    close(high - low - 1.0, f64::from(wider));
    close((high + low) / 2.0 - 0.5, f64::from(higher));
    close(number(&shown["zoom"]), zoomed);
}

/// A picture that nobody changed, as the ledger has it.
fn as_it_came() -> serde_json::Value {
    serde_json::json!({ "window": [0.0, 1.0], "zoom": 1.0 })
}

/// It turns through slices, of which there is one here.
#[test]
fn the_wheel_alone_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), free(), &[]);
    let mut harness = reading_window(&study);
    let at = middle(&harness, "Axial picture");
    turn(&mut harness, at, 3.0, Modifiers::NONE);
    assert_eq!(display(&mut harness, &study), as_it_came());
}

#[test]
fn r_shows_the_picture_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path(), free(), &[]);
    let mut harness = reading_window(&study);
    let at = middle(&harness, "Axial picture");
    let before = harness.render().unwrap();
    drag(&mut harness, at, vec2(50.0, 0.0), PointerButton::Primary);
    harness.key_press(Key::Plus);
    harness.run_steps(2);
    assert_ne!(before, harness.render().unwrap());
    harness.key_press(Key::R);
    harness.run_steps(2);
    assert_eq!(display(&mut harness, &study), as_it_came());
}

/// What the protocol does not allow, the mouse does not do.
#[test]
fn the_protocol_decides_what_the_mouse_does() {
    let folder = tempfile::tempdir().unwrap();
    let reading = Conditions {
        free_window: false,
        zoom: false,
        ..Conditions::default()
    };
    let study = study(folder.path(), reading, &[]);
    let mut harness = reading_window(&study);
    let at = middle(&harness, "Axial picture");
    for button in [
        PointerButton::Primary,
        PointerButton::Secondary,
        PointerButton::Middle,
    ] {
        drag(&mut harness, at, vec2(50.0, 40.0), button);
    }
    turn(&mut harness, at, 3.0, Modifiers::COMMAND);
    harness.key_press(Key::Plus);
    harness.run_steps(2);
    assert_eq!(display(&mut harness, &study), as_it_came());
}
