//! `cisterna measure`: distances, angles and regions of a file, against numbers by numpy.

use super::curve::{Row, number, rows, write_volumes};
use super::{cisterna, json, path, text, write_scan};
use crate::shared;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A file of measurements on a scan that nobody has.
pub(super) fn file(folder: &Path, name: &str, measures: &Value) -> PathBuf {
    let file = folder.join(name);
    let all = json!({
        "format": "cisterna-measures-1",
        "made_by": "cisterna 0.1.0",
        "scan": {
            "name": "other.nii",
            "sha256": "ab".repeat(32),
            "volume": 0,
            "scaling": "rescaled",
            "unit": null,
            "shown_from_filed": null,
        },
        "measures": measures,
    });
    std::fs::write(&file, all.to_string()).unwrap();
    file
}

pub(super) fn region(
    name: &str,
    shape: &str,
    plane: &str,
    thickness_mm: f64,
    points_mm: &Value,
) -> Value {
    let normal = match plane {
        "axial" => [0.0, 0.0, 1.0],
        "coronal" => [0.0, 1.0, 0.0],
        _ => [1.0, 0.0, 0.0],
    };
    json!({
        "kind": "region",
        "number": 1,
        "name": name,
        "shape": shape,
        "plane": plane,
        "normal": normal,
        "thickness_mm": thickness_mm,
        "points_mm": points_mm,
    })
}

#[track_caller]
fn close(row: &Row, column: &str, expected: f64) {
    let found = number(row, column);
    let tolerance = 1e-6 * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() < tolerance,
        "{column}: {found} {expected}"
    );
}

/// On a scan of the shared data whose slices are turned by 66 degrees. By numpy 2.3.5 and nibabel, with
///
/// ```python
/// scan = nib.load("t2_chunk.nii.gz"); data, affine = scan.get_fdata(), scan.affine
/// grid = np.stack(np.meshgrid(*map(np.arange, data.shape), indexing="ij"), -1)
/// at = nib.affines.apply_affine(affine, grid)
/// def values(normal, axes, at_mm, thick, inside):
///     reach = (thick + np.abs(affine[normal, :3]).sum()) / 2
///     near = np.abs(at[..., normal] - at_mm) < reach
///     return data[near & inside(at[..., axes[0]], at[..., axes[1]])]
/// v = values(2, (0, 1), -1, 2, lambda x, y: ((x + 29) / 7)**2 + ((y - 15) / 4)**2 <= 1)
/// v = values(0, (1, 2), -29, 1, lambda y, z: (abs(y - 15) <= 5.5) & (abs(z + 1) <= 3.25))
/// len(v), v.mean(), v.std(ddof=1), np.median(v), v.min(), v.max()
/// ```
///
/// and for the star the even-odd rule side by side: `n += ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) /
/// (y1 - y0) * (x1 - x0))`, inside where `n` is odd.
#[test]
fn regions_have_the_numbers_of_numpy_on_an_oblique_scan() {
    let chunk = "data/nifti/pyushkevich+itksnap/Testing/TestData/t2_chunk.nii.gz";
    let Some(scan) = shared(chunk) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let star = json!([
        [-29.0, 24.0, -1.0],
        [-23.71, 7.719, -1.0],
        [-37.56, 17.781, -1.0],
        [-20.44, 17.781, -1.0],
        [-34.29, 7.719, -1.0],
    ]);
    let measures = json!([
        region("ellipse", "ellipse", "axial", 2.0, &json!([[-36.0, 11.0, -1.0], [-22.0, 19.0, -1.0]])),
        region("rectangle", "rectangle", "sagittal", 1.0, &json!([[-29.0, 20.5, 2.25], [-29.0, 9.5, -4.25]])),
        region("star", "freehand", "axial", 2.0, &star),
        { "kind": "ruler", "number": 1, "name": "r", "points_mm": [[-30.0, 10.0, -3.0], [-28.0, 13.0, 3.0]] },
        { "kind": "angle", "number": 1, "name": "a",
          "points_mm": [[-30.0, 10.0, 0.0], [-30.0, 12.0, 0.0], [-29.0, 12.0, 1.0]] },
    ]);
    let file = file(folder.path(), "measures.json", &measures);
    let output = cisterna(&["measure", path(&scan), "--regions", path(&file)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("of another scan, other.nii"));
    let found = rows(&text(&output.stdout));
    assert_eq!(found.len(), 5);
    // The star is its ten triangles less the pentagon in its middle, which it goes around twice.
    let inner = 9.0 * 72_f64.to_radians().cos() / 36_f64.to_radians().cos();
    let pentagon = 2.5 * 72_f64.to_radians().sin() * inner.powi(2);
    let whole = 10.0 * 0.5 * 9.0 * inner * 36_f64.to_radians().sin();
    for (row, [voxels, mean, sd, median, min, max], area) in [
        (
            &found[0],
            [155.0, 511.451_612_903, 152.728_695_607, 508.0, 47.0, 828.0],
            std::f64::consts::PI * 28.0,
        ),
        (
            &found[1],
            [52.0, 543.653_846_154, 164.819_079_018, 569.0, 212.0, 955.0],
            11.0 * 6.5,
        ),
        (
            &found[2],
            [89.0, 505.494_382_022, 164.668_063_057, 521.0, 47.0, 828.0],
            whole - pentagon,
        ),
    ] {
        close(row, "voxels", voxels);
        close(row, "mean", mean);
        close(row, "sd_n_minus_1", sd);
        close(row, "median", median);
        close(row, "min", min);
        close(row, "max", max);
        assert_eq!(
            (row["not_finite"].as_str(), row["remark"].as_str()),
            ("0", "")
        );
        // The corners of the star are written to a thousandth of a millimetre.
        let found = number(row, "area_mm2");
        assert!((found - area).abs() < 0.02, "{found} {area}");
    }
    assert_eq!(found[1]["plane"], "sagittal");
    close(&found[1], "plane_at_mm", -29.0);
    close(&found[3], "length_mm", 7.0);
    assert_eq!(found[3]["plane"], "oblique");
    // Ways of (0, -2, 0) and (1, 0, 1): at right angles.
    close(&found[4], "angle_deg", 90.0);
    assert_eq!(found[4]["mean"], "");
}

/// By hand: the arc cosine of the ways' product by their lengths.
#[test]
fn angles_are_those_of_the_arc_cosine() {
    let folder = tempfile::tempdir().unwrap();
    let scan = folder.path().join("scan.nii");
    write_scan(&scan, [5, 5, 5], |i, _, _| i as f32);
    let ways = [
        ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0], 45.0),
        ([1.0, 0.0, 0.0], [-3.0, 0.0, 0.0], 180.0),
        ([0.0, 2.0, 0.0], [0.0, 5.0, 0.0], 0.0),
        (
            [1.0, 2.0, 2.0],
            [2.0, -1.0, 2.0],
            (4.0_f64 / 9.0).acos().to_degrees(),
        ),
        (
            [1.0, 1.0, 1.0],
            [1.0, 0.0, 0.0],
            (1.0 / 3.0_f64.sqrt()).acos().to_degrees(),
        ),
        // Where an arc cosine of f64 has lost its digits.
        ([1.0, 0.0, 0.0], [1.0, 1e-9, 0.0], 1e-9_f64.to_degrees()),
    ];
    let measures = ways.map(|(one, other, _)| {
        let corner = [3.0, -2.0, 7.0];
        let there = |way: [f64; 3]| [0, 1, 2].map(|axis| corner[axis] + way[axis]);
        json!({ "kind": "angle", "number": 1, "name": "a",
                "points_mm": [there(one), corner, there(other)] })
    });
    let file = file(folder.path(), "angles.json", &json!(measures));
    let output = cisterna(&["measure", path(&scan), "--regions", path(&file)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found = rows(&text(&output.stdout));
    for (row, (_, _, expected)) in found.iter().zip(ways) {
        let found = number(row, "angle_deg");
        assert!((found - expected).abs() < 1e-10, "{found} {expected}");
    }
}

/// Another volume and another scan are measured at the same places; what is written can be measured anew.
#[test]
fn a_volume_is_chosen_and_what_is_written_is_measured_anew() {
    let folder = tempfile::tempdir().unwrap();
    let scan = folder.path().join("five.nii");
    write_volumes(&scan, [21, 19, 11], 5, |t, [i, ..]| {
        100.0 * t as f32 + i as f32
    });
    let square = json!([[-2.0, -2.0, 0.0], [2.0, 2.0, 0.0]]);
    let measures = json!([region("=a square", "rectangle", "axial", 1.0, &square)]);
    let file = file(folder.path(), "measures.json", &measures);
    let args = ["measure", path(&scan), "--regions", path(&file)];
    let found = json(&[&args[..], &["--volume", "3", "--json"]].concat());
    assert_eq!(found["format"], "cisterna-measures-1");
    assert_eq!(found["scan"]["volume"], 3);
    assert_eq!(found["scan"]["name"], "five.nii");
    let measure = &found["measures"][0];
    assert_eq!(measure["values"]["mean"], 310.0);
    assert_eq!(measure["values"]["voxels"], 25);
    assert_eq!(measure["values"]["area_mm2"], 16.0);
    assert_eq!(measure["values"]["volume_mm3"], 25.0);
    // What was written goes in again, with its volume, and to a file.
    let again = folder.path().join("again.json");
    std::fs::write(&again, found.to_string()).unwrap();
    let out = folder.path().join("out.csv");
    let args = [
        "measure",
        path(&scan),
        "--regions",
        path(&again),
        "-o",
        path(&out),
    ];
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("another scan"));
    assert!(output.stdout.is_empty());
    let rows = rows(&std::fs::read_to_string(&out).unwrap());
    assert_eq!(rows[0]["mean"], "310");
    assert_eq!(rows[0]["volume"], "3");
    assert_eq!(rows[0]["name"], "'=a square", "no formula");
    let output = cisterna(&args);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not overwritten"));
    let wrong = folder.path().join("out.txt");
    let output = cisterna(&[
        "measure",
        path(&scan),
        "--regions",
        path(&again),
        "-o",
        path(&wrong),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("ends in .csv or .json"));
    // Another scan with fewer volumes.
    let other = folder.path().join("other.nii");
    write_scan(&other, [21, 19, 11], |i, _, _| 2.0 * i as f32);
    let found = json(&["measure", path(&other), "--regions", path(&again), "--json"]);
    assert_eq!(found["measures"][0]["values"]["mean"], 20.0);
    assert_eq!(found["scan"]["volume"], 0);
}

#[test]
fn what_cannot_be_measured_is_refused_with_file_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let scan = folder.path().join("scan.nii");
    write_scan(&scan, [21, 19, 11], |i, _, _| match i {
        0..3 => f32::NAN,
        i => i as f32,
    });
    let check_text = |bad: &str, parts: &[&str]| {
        let file = folder.path().join("bad.json");
        std::fs::write(&file, bad).unwrap();
        let output = cisterna(&["measure", path(&scan), "--regions", path(&file)]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stdout.is_empty());
        for part in parts.iter().chain(&["bad.json"]) {
            assert!(said.contains(part), "{part} is not in {said}");
        }
    };
    let of = |measures: Value| {
        let file = file(folder.path(), "good.json", &measures);
        std::fs::read_to_string(file).unwrap()
    };
    let square = |from: [f64; 3], to: [f64; 3]| {
        json!([region(
            "square",
            "rectangle",
            "axial",
            1.0,
            &json!([from, to])
        )])
    };
    let good = of(square([-2.0, -2.0, 0.0], [2.0, 2.0, 0.0]));
    let check = |from: &str, to: &str, parts: &[&str]| {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        check_text(&bad, parts);
    };
    check_text("{\"format\": ", &["no measurements", "EOF"]);
    check_text("[]", &["no measurements"]);
    check(
        "cisterna-measures-1",
        "cisterna-measures-2",
        &["format", "later version"],
    );
    check(
        "cisterna-measures-1",
        "nifti",
        &["format", "is no measurements"],
    );
    check(
        "\"region\"",
        "\"cobb\"",
        &["measures[0].kind", "unknown variant `cobb`"],
    );
    check(
        "\"number\"",
        "\"nubmer\"",
        &["measures[0]", "unknown field `nubmer`"],
    );
    check(
        "-2.0",
        "1e999",
        &["measures[0].points_mm[0]", "number out of range"],
    );
    check(
        "-2.0",
        "1e9",
        &["measures[0].points_mm[0]", "is no place of a scan"],
    );
    check("-2.0", "null", &["measures[0].points_mm[0]", "null"]);
    check(
        "\"axial\"",
        "\"coronal\"",
        &["measures[0].normal", "coronal"],
    );
    check(
        "\"thickness_mm\":1.0",
        "\"thickness_mm\":-1.0",
        &["measures[0].thickness_mm"],
    );
    check(
        "\"rectangle\"",
        "\"freehand\"",
        &["measures[0].points_mm", "3 to 5000"],
    );
    check_text(&of(json!([])), &["measures: there are none"]);
    check_text(
        &of(json!([{ "kind": "ruler", "number": 1, "name": "r", "points_mm": [[0.0, 0.0, 0.0]] }])),
        &["measures[0].points_mm", "1 points, where there are 2"],
    );
    check_text(
        &of(json!([{ "kind": "angle", "number": 1, "name": "a",
                     "points_mm": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]] }])),
        &["measures[0].points_mm", "second point"],
    );
    check_text(
        &of(square([-2.0, -2.0, 50.0], [2.0, 2.0, 50.0])),
        &["measures[0], square", "outside of the scan"],
    );
    check_text(
        &of(square([0.2, 0.2, 0.0], [0.8, 0.8, 0.0])),
        &["measures[0], square", "no voxel lies in it"],
    );
    check_text(
        &of(square([-10.0, -2.0, 0.0], [-8.0, 2.0, 0.0])),
        &[
            "measures[0], square",
            "none of its 15 voxels has a value that is a number",
        ],
    );
    // A part that lies outside is said, and what lies within is measured.
    let file = file(
        folder.path(),
        "part.json",
        &square([5.0, 0.0, 0.0], [30.0, 0.0, 0.0]),
    );
    let output = cisterna(&["measure", path(&scan), "--regions", path(&file)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("square: a part of it lies outside"));
    let found = rows(&text(&output.stdout));
    assert_eq!(found[0]["voxels"], "6");
    assert_eq!(found[0]["remark"], "a part of it lies outside of the scan");
    // Bad usage, files that are not there, volumes that are not there.
    let code = |args: &[&str]| cisterna(args).status.code();
    assert_eq!(code(&["measure", path(&scan)]), Some(2));
    let no_file = ["measure", path(&scan), "--regions", "none.json"];
    assert_eq!(code(&no_file), Some(1));
    let no_scan = ["measure", "none.nii", "--regions", path(&file)];
    assert_eq!(code(&no_scan), Some(1));
    let no_volume = [
        "measure",
        path(&scan),
        "--regions",
        path(&file),
        "--volume",
        "7",
    ];
    let output = cisterna(&no_volume);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("scan.nii"),
        "{}",
        text(&output.stderr)
    );
    let both = [
        "measure",
        path(&scan),
        "--regions",
        path(&file),
        "--json",
        "-o",
        "x.csv",
    ];
    assert_eq!(code(&both), Some(2));
}
