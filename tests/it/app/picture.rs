//! Pictures that are handed on, through the real window.

use super::{Window, label_with, opened, press, wait_until};
use crate::formats::dicom_made::element;
use crate::pdf::Pdf;
use crate::picture::{chunks, frames};
use cisterna::app::{App, FirstScans, PictureOf};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::render::{SlicePicture, draw_on_cpu};
use cisterna::volume::{Affine, Grid, Orientation, Plane, PlaneView};
use eframe::egui::{self, Key, Modifiers, Rect, accesskit::Role};
use egui_kittest::HarnessBuilder;
use egui_kittest::kittest::{NodeT, Queryable};
use nalgebra::Vector3;
use std::path::{Path, PathBuf};

/// A scan whose file is named by a patient; with hours beside it, if it has any.
fn scan(folder: &Path, session: &str, hours: Option<f64>) -> PathBuf {
    let affine = Affine::new_nonuniform_scaling(&Vector3::new(2.0, 2.0, 3.0));
    let grid = Grid::new([20, 24, 16], affine).unwrap();
    let value = |at: usize| (at % 20 + 2 * (at / 20 % 24) + 3 * (at / 480)) as f32;
    let values: Vec<f32> = (0..grid.n_voxels()).map(value).collect();
    let file = folder.join(format!("Doe_Jane_{session}.nii"));
    write_nifti(&file, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
    if let Some(hours) = hours {
        let sidecar = format!("{{\"HoursAfterInjection\": {hours}}}");
        std::fs::write(file.with_extension("json"), sidecar).unwrap();
    }
    file
}

fn ctrl(harness: &mut Window, key: Key) {
    harness.key_press_modifiers(Modifiers::COMMAND, key);
    harness.run_steps(3);
}

/// Chooses what the picture is of.
fn choose(harness: &mut Window, name: &str) {
    harness.get_by_role_and_label(Role::ComboBox, "Of").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run_steps(3);
}

/// Types a path for what is chosen, and waits until it is written or refused.
#[track_caller]
fn save(harness: &mut Window, path: &Path) {
    harness
        .get_by_role_and_label(Role::Button, "Save as…")
        .click();
    harness.run_steps(3);
    harness
        .get_by_role_and_label(Role::TextInput, "File to save in")
        .type_text(&path.to_string_lossy());
    harness.run_steps(3);
    let n_errors = harness.state().desk().errors.len();
    harness.get_by_role_and_label(Role::Button, "Save").click();
    harness.run_steps(3);
    let notice = format!("The picture is saved: {}", path.display());
    wait_until(harness, |h| {
        let desk = h.state().desk();
        !h.state().is_busy() && (desk.notice == notice || desk.errors.len() > n_errors)
    });
}

/// The words of an SVG and of its attributes, without its pictures.
fn words(path: &Path) -> String {
    let svg = std::fs::read_to_string(path).unwrap();
    svg.lines()
        .filter(|line| !line.starts_with("<image"))
        .collect()
}

fn pane(harness: &Window, plane: Plane) -> Rect {
    let part = format!("{} at", plane.name());
    harness.get_by_label_contains(&part).rect()
}

#[test]
fn a_pane_is_saved_as_the_twin_draws_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "first", None)]);
    press(&mut harness, Key::ArrowUp);
    let rect = pane(&harness, Plane::Axial);
    ctrl(&mut harness, Key::S);
    harness.check_accessibility();
    assert_eq!(harness.state().desk().picture.choice.of, PictureOf::Pane);
    let path = folder.path().join("pane.png");
    save(&mut harness, &path);
    let desk = harness.state().desk();
    assert!(desk.errors.is_empty(), "{:?}", desk.errors);
    assert!(!desk.picture.open, "done");
    let layer = &desk.layers[0];
    let size = [rect.width(), rect.height()].map(|side| side.round() as u32);
    let at_mm = desk.crosshair.z;
    let grid = layer.scan.volume.grid();
    let view = PlaneView::fit(Plane::Axial, desk.convention, grid, at_mm, Some(size));
    let twin = draw_on_cpu(&SlicePicture {
        view: view.finer(2.0),
        layers: vec![(&layer.scan.volume, layer.style)],
        pairing: None,
        background: [0; 3],
    });
    let bytes = std::fs::read(&path).unwrap();
    let saved = image::load_from_memory(&bytes).unwrap().into_rgba8();
    assert_eq!(saved.width(), 2 * size[0]);
    assert!(saved.height() > 2 * size[1], "notes stand below");
    // Words are at the edges, and no crosshair is on it.
    let margin = 90;
    let [right, bottom] = size.map(|side| 2 * side - margin);
    let inner = (margin..bottom).flat_map(|y| (margin..right).map(move |x| (x, y)));
    let (mut n, mut differing, mut colours) = (0, 0, std::collections::BTreeSet::new());
    for (x, y) in inner {
        n += 1;
        let pixel = saved.get_pixel(x, y);
        differing += usize::from(pixel != twin.get_pixel(x, y));
        colours.insert(pixel.0);
    }
    assert!(n > 100_000 && colours.len() > 16, "{n} {}", colours.len());
    // Two ways to the middle of the scan may round a pixel otherwise.
    assert!(differing * 1000 < n, "{differing} of {n} differ");
    let about: String = chunks(&bytes)
        .iter()
        .filter(|(name, _)| name == "iTXt")
        .map(|(_, data)| String::from_utf8_lossy(data).into_owned())
        .collect();
    assert!(about.contains("Scan 1: window "), "{about}");
    assert!(about.contains("Axial S "), "{about}");
    assert!(!about.contains("Jane"), "{about}");
}

#[test]
fn the_menu_of_a_pane_saves_it_without_names_unless_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "first", Some(24.0))]);
    harness
        .get_by_label_contains("Coronal at")
        .click_secondary();
    harness.run_steps(3);
    harness.check_accessibility();
    harness.get_by_label_contains("Save picture").click();
    harness.run_steps(3);
    assert!(harness.state().desk().picture.pane.is_some());
    let nameless = folder.path().join("nameless.svg");
    save(&mut harness, &nameless);
    let said = words(&nameless);
    assert!(said.contains("24 h, coronal"), "{said}");
    assert!(said.contains("Research use only"), "{said}");
    assert!(!said.to_lowercase().contains("jane"), "{said}");
    // By key it is the pane that keys go to.
    ctrl(&mut harness, Key::S);
    harness.get_by_label("With file names").click();
    harness.run_steps(3);
    label_with(&harness, "can be a patient's name");
    let named = folder.path().join("named.svg");
    save(&mut harness, &named);
    let said = words(&named);
    assert!(said.contains("Doe_Jane_first"), "{said}");
    assert!(said.contains(", axial"), "{said}");
    // What is there stays, and what was chosen too.
    let before = std::fs::read(&named).unwrap();
    ctrl(&mut harness, Key::S);
    save(&mut harness, &named);
    let errors = &harness.state().desk().errors;
    assert!(errors[0].contains("not overwritten"), "{errors:?}");
    assert_eq!(std::fs::read(&named).unwrap(), before);
    assert!(harness.state().desk().picture.choice.with_names);
}

/// For print and for archives, by the end of the name. An archive is told whether names are on it.
#[test]
fn a_pane_is_saved_as_pdf_and_as_dicom() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "first", Some(24.0))]);
    let has = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    ctrl(&mut harness, Key::S);
    label_with(&harness, ".png, .svg, .pdf or .dcm");
    let pdf = folder.path().join("pane.pdf");
    save(&mut harness, &pdf);
    let said = Pdf::open(std::fs::read(&pdf).unwrap()).words();
    assert!(said.contains("24 h, axial"), "{said}");
    assert!(said.contains("Research use only"), "{said}");
    assert!(!said.to_lowercase().contains("jane"), "{said}");
    ctrl(&mut harness, Key::S);
    let nameless = folder.path().join("nameless.dcm");
    save(&mut harness, &nameless);
    let bytes = std::fs::read(&nameless).unwrap();
    assert!(has(&bytes, &element(0x0028_0301, *b"CS", b"NO")));
    assert!(has(&bytes, &element(0x0010_0010, *b"PN", b"")));
    assert!(!has(&bytes, b"Jane"));
    ctrl(&mut harness, Key::S);
    harness.get_by_label("With file names").click();
    harness.run_steps(3);
    let named = folder.path().join("named.dcm");
    save(&mut harness, &named);
    let errors = &harness.state().desk().errors;
    assert!(errors.is_empty(), "{errors:?}");
    let bytes = std::fs::read(&named).unwrap();
    assert!(has(&bytes, &element(0x0028_0301, *b"CS", b"YES")));
    assert!(has(&bytes, &element(0x0010_0010, *b"PN", b"")));
    assert!(has(&bytes, b"Doe_Jane_first"));
    // A movie is neither.
    ctrl(&mut harness, Key::S);
    choose(&mut harness, "Movie of slices");
    label_with(&harness, "ends in .png or .apng");
    save(&mut harness, &folder.path().join("movie.dcm"));
    let errors = &harness.state().desk().errors;
    assert!(errors[0].contains("a .dcm is one picture"), "{errors:?}");
}

#[test]
fn all_panes_a_sheet_and_a_movie_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let scans = [("c", 48.0), ("b", 4.0), ("a", 0.0)];
    let scans = scans.map(|(session, hours)| scan(folder.path(), session, Some(hours)));
    let mut harness = opened(&scans);
    press(&mut harness, Key::H);
    ctrl(&mut harness, Key::S);
    harness.get_by_role_and_label(Role::Button, "x1").click();
    harness.run_steps(3);
    choose(&mut harness, "All panes");
    let path = folder.path().join("all.svg");
    save(&mut harness, &path);
    let said = words(&path);
    for part in ["Before, axial", "4 h, coronal", "48 h, sagittal"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let svg = std::fs::read_to_string(&path).unwrap();
    assert_eq!(svg.matches("<image").count(), 9);
    // They lie as in the window: the columns by their hours.
    let left = |name: &str| {
        let part = format!("Axial {name} at");
        harness.get_by_label_contains(&part).rect().left()
    };
    let in_window = ["Before", "4 h", "48 h"].map(left);
    let image_lefts: Vec<f32> = svg
        .split("<image x=\"")
        .skip(1)
        .map(|tag| tag.split('"').next().unwrap().parse().unwrap())
        .collect();
    for (column, left) in in_window.iter().enumerate() {
        let off = image_lefts[column] - (left - in_window[0]);
        assert!(off.abs() <= 1.0, "{image_lefts:?} {in_window:?}");
    }
    // A sheet of six slices.
    ctrl(&mut harness, Key::S);
    choose(&mut harness, "Sheet of slices");
    for (name, n) in [("Rows", 2.0), ("Columns", 3.0)] {
        harness
            .get_by_role_and_label(Role::SpinButton, name)
            .set_value_accesskit(n);
        harness.run_steps(3);
    }
    assert_eq!(harness.state().desk().picture.choice.tiles, [2, 3]);
    let path = folder.path().join("sheet.svg");
    save(&mut harness, &path);
    let svg = std::fs::read_to_string(&path).unwrap();
    assert_eq!(svg.matches("<image").count(), 6);
    assert!(
        words(&path).contains("6 axial slices from "),
        "{}",
        words(&path)
    );
    assert!(
        words(&path).contains("9.0 mm apart"),
        "three slices of 3 mm"
    );
    // A movie over the hours, one picture a second.
    ctrl(&mut harness, Key::S);
    choose(&mut harness, "Movie over the hours");
    let path = folder.path().join("movie.png");
    save(&mut harness, &path);
    let errors = &harness.state().desk().errors;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(
        frames(&std::fs::read(&path).unwrap()),
        (3, vec![1.0; 3]),
        "a picture for each scan"
    );
    ctrl(&mut harness, Key::S);
    choose(&mut harness, "Movie of slices");
    let path = folder.path().join("slices.png");
    save(&mut harness, &path);
    assert_eq!(frames(&std::fs::read(&path).unwrap()).0, 16);
    // Of files of one volume there is no movie of volumes, and it says so.
    ctrl(&mut harness, Key::S);
    harness.get_by_role_and_label(Role::ComboBox, "Of").click();
    harness.run_steps(3);
    let volumes = harness.get_by_role_and_label(Role::Button, "Movie of volumes");
    assert!(volumes.accesskit_node().is_disabled());
}

/// Where there is a clipboard it takes the picture; where there is none, as on a machine without a
/// display, that is said.
#[test]
fn a_picture_is_copied_or_it_is_said_that_it_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = opened(&[scan(folder.path(), "first", None)]);
    let has_display = cisterna::app::has_display();
    // As desktops say it, and as keys.
    for whole in [false, true] {
        match whole {
            false => harness.event(egui::Event::Copy),
            true => harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::C),
        }
        harness.run_steps(3);
        let n = usize::from(whole) + 1;
        wait_until(&mut harness, |h| {
            let desk = h.state().desk();
            let is_said = desk.notice.contains("on the clipboard") || desk.errors.len() == n;
            is_said && !h.state().is_busy()
        });
        let desk = harness.state().desk();
        match desk.errors.last() {
            None => assert!(has_display, "{}", desk.notice),
            Some(error) => {
                assert!(error.contains("was not copied"), "{error}");
                assert!(error.contains("can be saved"), "{error}");
            }
        }
        if !has_display {
            assert_eq!(desk.errors.len(), n);
        }
    }
}

#[test]
fn the_panel_fits_into_a_small_window_in_the_dark_and_in_the_light() {
    let folder = tempfile::tempdir().unwrap();
    let paths = vec![scan(folder.path(), "first", None)];
    let size = [800.0, 600.0];
    let start = FirstScans::Files {
        paths,
        compare: false,
    };
    let mut harness: Window = HarnessBuilder::default()
        .with_size(size)
        .wgpu()
        .build_eframe(|cc| App::new(cc, start).unwrap());
    wait_until(&mut harness, |h| {
        h.state().desk().layers.len() == 1 && !h.state().is_busy()
    });
    ctrl(&mut harness, Key::S);
    for of in ["This pane", "Sheet of slices", "Movie of slices"] {
        choose(&mut harness, of);
        press(&mut harness, Key::T);
        harness.check_accessibility();
        let window = Rect::from_min_size(Default::default(), egui::Vec2::from(size));
        for (role, name) in [
            (Role::Button, "Save as…"),
            (Role::Button, "Copy to clipboard"),
            (Role::Button, "Pixels a mm"),
            (Role::CheckBox, "With file names"),
            (Role::ComboBox, "Of"),
        ] {
            let node = harness.get_by_role_and_label(role, name);
            assert!(window.contains_rect(node.rect()), "{name} of {of}");
            let what = node.accesskit_node().description();
            assert!(what.is_some_and(|what| !what.is_empty()), "{name} of {of}");
        }
    }
    press(&mut harness, Key::Escape);
    assert!(!harness.state().desk().picture.open);
}
