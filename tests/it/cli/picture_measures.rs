//! `cisterna picture --measures`: where lines lie by the numbers of the file, and what is not drawn.

use super::measure::{file, region};
use super::picture::{drawn, words};
use super::{cisterna, json, path, text, write_scan};
use image::RgbImage;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Of rulers and angles.
const RULER: [u8; 3] = [0x66, 0xd9, 0xe8];
/// Of the second region.
const SECOND: [u8; 3] = [0x3f, 0x8f, 0xd0];
const BLACK: [u8; 3] = [0; 3];

/// From -10 to 10, -12 to 12 and -8 to 8 mm; slices lie at halves of a millimetre.
fn scan(folder: &Path, value: impl Fn(usize, usize, usize) -> f32) -> PathBuf {
    let scan = folder.join("scan.nii");
    write_scan(&scan, [20, 24, 16], value);
    scan
}

fn ruler(number: u32, ends: [[f64; 3]; 2]) -> Value {
    let name = format!("Ruler {number}");
    json!({ "kind": "ruler", "number": number, "name": name, "points_mm": ends })
}

/// The colour of a place on an axial picture of that scan at 40 pixels a millimetre: the patient's right is on
/// the left, the front above.
fn at(picture: &RgbImage, [x, y]: [f64; 2]) -> [u8; 3] {
    let [across, down] = [10.0 - x, 12.0 - y].map(|mm| (mm * 40.0).round() as u32);
    picture.get_pixel(across, down).0
}

#[test]
fn what_was_measured_lies_on_the_picture_where_its_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let scan = scan(folder.path(), |_, _, _| 0.0);
    let corners = json!([[3.0, -8.0, 0.5], [8.0, -4.0, 0.5]]);
    let mut square = region("Doe", "rectangle", "axial", 1.0, &corners);
    square["number"] = json!(2);
    let measures = json!([
        ruler(1, [[2.0, 3.0, 0.5], [-5.0, 3.0, 0.5]]),
        // On another slice.
        ruler(2, [[-5.0, 8.0, 4.5], [5.0, 8.0, 4.5]]),
        { "kind": "angle", "number": 1, "name": "Angle 1",
          "points_mm": [[-8.0, -2.0, 0.5], [-8.0, -6.0, 0.5], [-4.0, -6.0, 0.5]] },
        square,
        region("b", "ellipse", "coronal", 1.0, &json!([[-2.0, 0.5, -2.0], [2.0, 0.5, 2.0]])),
    ]);
    let file = file(folder.path(), "measures.json", &measures);
    let args = [
        path(&scan),
        "--measures",
        path(&file),
        "--plane",
        "axial",
        "--at",
        "0,0,0.5",
        "--window",
        "0,1",
        "--pixels-per-mm",
        "40",
    ];
    let png = drawn(&args, &folder.path().join("a.png"));
    let picture = image::load_from_memory(&png).unwrap().into_rgb8();
    for x in [1.5, 0.5, -0.5, -1.5, -2.5, -3.5, -4.5] {
        assert_eq!(at(&picture, [x, 3.0]), RULER, "{x}");
        assert_eq!(at(&picture, [x, 2.0]), BLACK, "{x}");
    }
    for beyond in [3.0, -6.0] {
        assert_eq!(at(&picture, [beyond, 3.0]), BLACK, "{beyond}");
    }
    for x in [-4.5, -2.5, 2.5, 4.5] {
        assert_eq!(at(&picture, [x, 8.0]), BLACK, "{x}: of the other slice");
    }
    for way in [[-8.0, -3.0], [-8.0, -5.0], [-5.0, -6.0], [-7.0, -6.0]] {
        assert_eq!(at(&picture, way), RULER, "{way:?}");
    }
    for side in [[6.5, -4.0], [6.5, -8.0], [3.0, -5.5], [8.0, -5.5]] {
        assert_eq!(at(&picture, side), SECOND, "{side:?}");
    }
    let svg = drawn(&args, &folder.path().join("a.svg"));
    let said = words(&svg);
    for part in [">1  7.0 mm (voxel 1.0)<", ">1  90.0°<", ">2<"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("10.0 mm"), "the other slice's: {said}");
    assert!(!said.contains("Doe"), "names of regions may be a patient's");
    // What is said beside it: the file is of another scan, and two of five lie elsewhere.
    let out = folder.path().join("b.svg");
    let output = cisterna(&[&["picture"], &args[..], &["-o", path(&out)]].concat());
    let said = text(&output.stderr);
    assert!(said.contains("of another scan, other.nii"), "{said}");
    assert!(said.contains("2 of 5 measurements lie on none"), "{said}");
}

#[test]
fn each_slice_of_a_sheet_has_what_meets_it() {
    let folder = tempfile::tempdir().unwrap();
    let scan = scan(folder.path(), |i, _, _| i as f32 + 0.5);
    // In one slice of 1 mm, and through those at -1.5, -0.5, 0.5 and 1.5 mm.
    for (ends, n_slices) in [
        ([[-5.0, 0.0, 2.5], [5.0, 0.0, 2.5]], 1),
        ([[-5.0, 0.0, -1.5], [5.0, 0.0, 1.5]], 4),
    ] {
        let file = file(folder.path(), "ruler.json", &json!([ruler(1, ends)]));
        let args = [
            path(&scan),
            "--measures",
            path(&file),
            "--lightbox",
            "4x4",
            "--pixels-per-mm",
            "8",
        ];
        let svg = drawn(&args, &folder.path().join("sheet.svg"));
        let svg = String::from_utf8(svg).unwrap();
        assert_eq!(svg.matches("<image").count(), 16);
        assert_eq!(svg.matches("#66d9e8").count(), n_slices);
    }
}

/// A scan that was moved in the window is drawn where it was measured.
#[test]
fn a_moved_scan_lies_under_its_measurements() {
    let folder = tempfile::tempdir().unwrap();
    let scan = scan(folder.path(), |i, j, k| (i * i + 2 * j + k) as f32 + 0.5);
    let draw = |file: &Path, name: &str| {
        let out = folder.path().join(name);
        let args = ["picture", path(&scan), "--measures", path(file)];
        let how = ["--plane", "axial", "--at", "1.5,0,0.5", "-o", path(&out)];
        let output = cisterna(&[&args[..], &how].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let picture = image::open(&out).unwrap().into_rgb8();
        (picture, text(&output.stderr))
    };
    let ends = |off: f64| [[-5.0 + off, 3.0, 0.5], [4.0 + off, -2.0, 0.5]];
    let of_another = file(folder.path(), "there.json", &json!([ruler(1, ends(0.0))]));
    // The same as written on this scan, so that it is known again.
    let mut measured = json(&[
        "measure",
        path(&scan),
        "--regions",
        path(&of_another),
        "--json",
    ]);
    let here = folder.path().join("here.json");
    std::fs::write(&here, measured.to_string()).unwrap();
    measured["measures"][0]["points_mm"] = json!(ends(3.0));
    measured["scan"]["shown_from_filed"] = json!([
        [1.0, 0.0, 0.0, 3.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]);
    let moved = folder.path().join("moved.json");
    std::fs::write(&moved, measured.to_string()).unwrap();
    let (expected, said) = draw(&here, "here.png");
    assert!(!said.contains("measurements"), "{said}");
    let (found, said) = draw(&moved, "moved.png");
    assert!(!said.contains("measurements"), "{said}");
    assert!(found == expected, "scan and ruler move together");
    // On another scan only the ruler lies elsewhere.
    measured["scan"]["sha256"] = json!("cd".repeat(32));
    std::fs::write(&moved, measured.to_string()).unwrap();
    let (found, said) = draw(&moved, "other.png");
    assert!(said.contains("moved in the window"), "{said}");
    assert!(found != expected);
}

#[test]
fn wrong_measurements_are_refused_with_file_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let scan = scan(folder.path(), |i, _, _| i as f32 + 0.5);
    let out = folder.path().join("a.png");
    let mut bad = ruler(1, [[0.0; 3]; 2]);
    bad["points_mm"] = json!([[0.0, 0.0, 0.0]]);
    let of_one_point = file(folder.path(), "bad.json", &json!([bad]));
    let none = file(folder.path(), "none.json", &json!([]));
    let gone = folder.path().join("gone.json");
    for (measures, parts) in [
        (
            &of_one_point,
            ["measures[0].points_mm: 1 points", "bad.json"],
        ),
        (&none, ["measures: there are none", "none.json"]),
        (&scan, ["", "scan.nii"]),
        (&gone, ["", "gone.json"]),
    ] {
        let args = [
            "picture",
            path(&scan),
            "--measures",
            path(measures),
            "-o",
            path(&out),
        ];
        let output = cisterna(&args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for part in parts {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!out.exists());
    }
}
