//! `cisterna curve`, and windows by rules on the command line: ramps whose means are known.

use super::{cisterna, path, text, write_scan};
use cisterna::formats::{self, no_progress};
use cisterna::volume::{Window, WindowRule};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) type Row = BTreeMap<String, String>;

/// A NIfTI-1 file of so many volumes whose value is `value(t, [i, j, k])`, voxels of 1 mm, the middle of
/// the grid at the origin.
pub(crate) fn write_volumes(
    path: &Path,
    dims: [i16; 3],
    n: i16,
    value: impl Fn(usize, [usize; 3]) -> f32,
) {
    let [nx, ny, nz] = dims;
    write_scan(path, [nx, ny, nz * n], |i, j, slice| {
        let nz = nz as usize;
        value(slice / nz, [i, j, slice % nz])
    });
    // The slices of all volumes follow each other in the file: only the header knows better.
    let mut bytes = std::fs::read(path).unwrap();
    for (at, n) in [(0, 4), (3, nz), (4, n)] {
        bytes[40 + 2 * at..][..2].copy_from_slice(&n.to_le_bytes());
    }
    let origin = -(f32::from(nz) - 1.0) / 2.0;
    bytes[280 + 16 * 2 + 12..][..4].copy_from_slice(&origin.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
}

pub(crate) fn rows(csv: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

#[track_caller]
pub(crate) fn number(row: &Row, column: &str) -> f64 {
    let cell = &row[column];
    cell.parse()
        .unwrap_or_else(|_| panic!("{column}: {cell:?}"))
}

const DIMS: [i16; 3] = [21, 19, 11];

/// 48 at the origin.
fn ramp([i, j, k]: [usize; 3]) -> f32 {
    (i + 2 * j + 4 * k) as f32
}

/// Five volumes, each 100 above the one before.
fn five(folder: &Path) -> PathBuf {
    let file = folder.join("five.nii");
    write_volumes(&file, DIMS, 5, |t, voxel| 100.0 * t as f32 + ramp(voxel));
    file
}

#[test]
fn all_volumes_are_opened_as_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = five(folder.path());
    let all = formats::open_all(&file, &no_progress).unwrap();
    assert_eq!(all.len(), 5);
    for (idx, opened) in all.iter().enumerate() {
        let one = formats::open(&file, idx, &no_progress).unwrap();
        assert_eq!(opened.volume.values(), one.volume.values());
        assert_eq!(opened.volume.grid(), one.volume.grid());
        assert_eq!(opened.volume.orientation(), one.volume.orientation());
        let statistics = |info: &formats::FileInfo| (info.min, info.max, info.nan_count);
        assert_eq!(statistics(&opened.info), statistics(&one.info));
        let first = 100.0 * idx as f64;
        assert_eq!(opened.info.min, Some(first));
        assert_eq!(opened.info.max, Some(first + 20.0 + 36.0 + 40.0));
        assert!((opened.info.mean.unwrap() - first - 48.0).abs() < 1e-9);
        assert_eq!(opened.info.volumes, 5);
    }
}

/// Of a ramp the mean of a ball is the value of its middle, and the mean of a block that of its middle.
#[test]
fn a_curve_has_the_signal_of_a_place_and_of_a_label() {
    let folder = tempfile::tempdir().unwrap();
    let file = five(folder.path());
    let labels = folder.path().join("parts_dseg.nii");
    write_scan(&labels, DIMS, |i, _, _| if i < 5 { 4.0 } else { 1.0 });
    let output = cisterna(&[
        "curve",
        path(&file),
        "--at",
        "-1,2.5,0",
        "--labels",
        path(&labels),
        "--label",
        "4",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows = rows(&text(&output.stdout));
    assert_eq!(rows.len(), 5);
    // The variance of 0 to n - 1 is (n^2 - 1) / 12: 2, 30 and 10, of which 1045 voxels know n - 1.
    let sd = (f64::from(2 + 4 * 30 + 16 * 10) * 1045.0 / 1044.0).sqrt();
    for (t, row) in rows.iter().enumerate() {
        let first = 100.0 * t as f64;
        assert_eq!(row["scan"], "five.nii");
        assert_eq!(row["volume"], t.to_string());
        assert_eq!(row["hours"], "", "the file says nothing of hours");
        assert_eq!(
            [&row["x_mm"], &row["y_mm"], &row["radius_mm"]],
            ["-1", "2.5", "4"]
        );
        for (column, expected) in [
            ("signal", first + 48.0 - 1.0 + 5.0),
            ("mean_within_radius", first + 48.0 - 1.0 + 5.0),
            ("region_mean", first + 2.0 + 18.0 + 20.0),
            ("region_sd", sd),
            ("region_voxels", 1045.0),
            ("region_not_finite", 0.0),
            ("region_min", first),
            ("region_max", first + 4.0 + 36.0 + 40.0),
        ] {
            let found = number(row, column);
            assert!(
                (found - expected).abs() < 1e-4,
                "{column}: {found} {expected}"
            );
        }
    }
}

#[test]
fn scans_of_hours_come_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let scan = |name: &str, hours: f64, gain: f32| {
        let file = folder.path().join(format!("{name}.nii"));
        write_scan(&file, DIMS, |i, j, k| gain * ramp([i, j, k]));
        let told = format!("{{\"HoursAfterInjection\": {hours}}}");
        std::fs::write(folder.path().join(format!("{name}.json")), told).unwrap();
        file
    };
    let (late, before) = (scan("late", 23.5, 3.0), scan("before", 0.0, 1.0));
    let out = folder.path().join("curve.csv");
    let args = [
        "curve",
        path(&late),
        path(&before),
        "--at",
        "0,0,0",
        "-o",
        path(&out),
    ];
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let found = rows(&std::fs::read_to_string(&out).unwrap());
    let told: Vec<(f64, f64)> = found
        .iter()
        .map(|row| (number(row, "hours"), number(row, "signal")))
        .collect();
    assert_eq!(told, [(0.0, 48.0), (23.5, 144.0)]);
    assert_eq!(found[0]["region_mean"], "", "no region was asked for");
    // What is there is not overwritten.
    let output = cisterna(&args);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not overwritten"));
}

#[test]
fn what_makes_no_curve_is_refused_in_words() {
    #[track_caller]
    fn check(args: &[&str], code: i32, part: &str) {
        let output = cisterna(&[&["curve"][..], args].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(part), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = five(folder.path());
    let file = path(&file);
    check(&[file, "--at", "900,0,0"], 1, "in none of the scans");
    check(&[file, file, "--at", "0,0,0"], 1, "has 5 volumes");
    check(
        &[file, "--at", "0,0,0", "--hours", "1,2"],
        1,
        "2 hours given for 5",
    );
    check(
        &[file, "--at", "0,0,0", "--hours", "1,2,nan,4,5"],
        2,
        "\"nan\" is not a number",
    );
    check(&[file, "--at", "0,0"], 2, "three numbers");
    check(&[file, "--at", "0,0,0", "--label", "3"], 2, "--labels");
    check(
        &[file, "--at", "0,0,0", "--labels", file, "--label", "77777"],
        1,
        "no label 77777",
    );
    // A label beside all that the scan shows.
    let far = folder.path().join("far_dseg.nii");
    write_scan(&far, DIMS, |i, _, _| if i < 5 { 4.0 } else { 1.0 });
    let mut bytes = std::fs::read(&far).unwrap();
    bytes[280 + 12..][..4].copy_from_slice(&500_f32.to_le_bytes());
    std::fs::write(&far, bytes).unwrap();
    check(
        &[
            file,
            "--at",
            "0,0,0",
            "--labels",
            path(&far),
            "--label",
            "4",
        ],
        1,
        "--label is 4, and no voxel of the scans lies in it",
    );
}

/// The picture of a rule is the picture of its window.
#[test]
fn a_slice_is_windowed_by_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    let scan = folder.path().join("scan.nii");
    write_scan(&scan, [24, 24, 8], |i, j, k| match i {
        0..14 => ((i * 7 + j * 3 + k) % 11) as f32,
        _ => 80.0 + ((i * 5 + j * 7 + k * 3) % 41) as f32,
    });
    let draw = |name: &str, option: [&str; 2]| {
        let out = folder.path().join(name);
        let output = cisterna(&[
            "slice",
            path(&scan),
            "--plane",
            "axial",
            "--renderer",
            "cpu",
            option[0],
            option[1],
            "-o",
            path(&out),
        ]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        image::open(out).unwrap().to_rgb8()
    };
    let volume = formats::open_one(&scan, &no_progress).unwrap().volume;
    let Window { low, high } = WindowRule::Tissue.window(&volume).unwrap();
    assert!(low >= 80.0 && high <= 120.0, "{low} {high}");
    let by_rule = draw("rule.png", ["--window-rule", "tissue"]);
    assert_eq!(
        by_rule,
        draw("window.png", ["--window", &format!("{low},{high}")])
    );
    assert_ne!(by_rule, draw("auto.png", ["--window-rule", "auto"]));
    let output = cisterna(&[
        "slice",
        path(&scan),
        "--plane",
        "axial",
        "--window-rule",
        "nice",
        "-o",
        "x.png",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("tissue"));
}
