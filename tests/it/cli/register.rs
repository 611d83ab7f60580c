//! Scans laid on each other from a shell.

use super::{cisterna, json, path, text, write_scan};
use std::path::Path;

/// A head of 4 mm voxels, 1 mm by its header times `shrink`, off by so many voxels.
fn write_head(path: &Path, off: [f64; 3]) {
    let dims = [60, 72, 66];
    write_scan(path, dims, |i, j, k| {
        let at = [i, j, k];
        let p: [f64; 3] = std::array::from_fn(|a| {
            4.0 * (at[a] as f64 - (f64::from(dims[a]) - 1.0) / 2.0) - off[a]
        });
        let within = |radii: [f64; 3]| {
            let norm = (0..3)
                .map(|a| (p[a] / radii[a]).powi(2))
                .sum::<f64>()
                .sqrt();
            ((1.0 - norm) * 20.0 + 0.5).clamp(0.0, 1.0)
        };
        let fold = (0.12 * p[0] + 0.4).sin() * (0.1 * p[1]).cos() * (0.14 * p[2]).sin();
        let nose = ((p[1] - 60.0) / 30.0).clamp(0.0, 1.0);
        let brain = within([62.0, 78.0, 80.0]);
        let value = 0.8 * within([76.0, 96.0, 98.0]) - 0.6 * within([69.0, 86.0, 88.0])
            + brain * (0.4 + 0.2 * fold + 0.1 * nose);
        (1000.0 * value.max(0.0)) as f32
    });
    // The voxels are 4 mm.
    let mut bytes = std::fs::read(path).unwrap();
    for axis in 0..3 {
        bytes[80 + 4 * axis..84 + 4 * axis].copy_from_slice(&4_f32.to_le_bytes());
        for at in [280 + 16 * axis + 4 * axis, 280 + 16 * axis + 12] {
            let was = f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            bytes[at..at + 4].copy_from_slice(&(4.0 * was).to_le_bytes());
        }
    }
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_series_is_registered_and_written_as_derivatives() {
    let folder = tempfile::tempdir().unwrap();
    let scan = |name: &str| folder.path().join(name);
    let (a, b, c) = (
        scan("sub-1_ses-A_T1w.nii"),
        scan("sub-1_ses-B_T1w.nii"),
        scan("sub-1_ses-C_T1w.nii"),
    );
    write_head(&a, [0.0; 3]);
    write_head(&b, [3.0, -5.0, 2.0]);
    write_head(&c, [-2.0, 1.0, 4.0]);
    let out = scan("out");
    let found = json(&[
        "register",
        "--fixed",
        path(&a),
        "--moving",
        path(&b),
        path(&c),
        "-o",
        path(&out),
        "--json",
        "--resample",
        "grid",
        "--fsl",
    ]);
    assert_eq!(found["fixed"], path(&a));
    for (row, shift) in [(0, [-3.0, 5.0, -2.0]), (1, [2.0, -1.0, -4.0])] {
        let row = &found["moving"][row];
        for axis in 0..3 {
            let at = row["fixed_from_moving"][axis][3].as_f64().unwrap();
            assert!((at - shift[axis]).abs() < 0.3, "{row}");
        }
        assert!(row["moved_mm"].as_f64().unwrap() > 4.0);
        assert!(row["rotated_deg"].as_f64().unwrap() < 0.3);
        assert!(row["seconds"].as_f64().unwrap() > 0.0);
        assert!(row["converged"].is_boolean());
    }
    assert!(found["moving"][1]["closure_mm"].as_f64().unwrap() < 0.6);
    for name in [
        "sub-1_ses-B_from-T1w_to-sesA_mode-image_xfm.txt",
        "sub-1_ses-B_from-T1w_to-sesA_mode-image_xfm.lta",
        "sub-1_ses-B_from-T1w_to-sesA_mode-image_xfm.mat",
        "sub-1_ses-B_from-T1w_to-sesA_mode-image_xfm.json",
        "sub-1_ses-C_space-sesA_desc-preproc_T1w.nii.gz",
        "sub-1_ses-C_space-sesA_desc-preproc_T1w.json",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
    let about =
        std::fs::read_to_string(out.join("sub-1_ses-C_from-T1w_to-sesA_mode-image_xfm.json"));
    let about: serde_json::Value = serde_json::from_str(&about.unwrap()).unwrap();
    assert_eq!(about["To"], path(&a));
    assert!(about["closure_mm"].is_number(), "{about}");
    let info = json(&[
        "info",
        "--json",
        path(&out.join("sub-1_ses-C_space-sesA_desc-preproc_T1w.nii.gz")),
    ]);
    assert_eq!(info["shape"], serde_json::json!([60, 72, 66]));
}

#[test]
fn one_scan_that_is_no_head_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let scan = |name: &str| folder.path().join(name);
    let (a, b, none) = (scan("a.nii"), scan("b.nii"), scan("none.nii"));
    write_head(&a, [0.0; 3]);
    write_head(&b, [3.0, -5.0, 2.0]);
    write_scan(&none, [20, 20, 20], |_, _, _| 7.0);
    let out = scan("out");
    let output = cisterna(&[
        "register",
        "--fixed",
        path(&a),
        "--moving",
        path(&none),
        path(&b),
        "-o",
        path(&out),
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("none.nii: not a head"), "{said}");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        found["moving"][0]["error"]
            .as_str()
            .unwrap()
            .contains("not a head")
    );
    assert_eq!(found["moving"][0]["converged"], false);
    assert!(found["moving"][1]["fixed_from_moving"].is_array());
    // Without new voxels the scan keeps its own.
    let placed = out.join("b_space-fixed_desc-preproc.nii.gz");
    let (own, new) = (
        json(&["info", "--json", path(&b)]),
        json(&["info", "--json", path(&placed)]),
    );
    assert_eq!(own["mean"], new["mean"]);
    assert_ne!(own["affine"], new["affine"]);
}

#[test]
fn two_scans_of_one_name_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let a = folder.path().join("a.nii");
    write_head(&a, [0.0; 3]);
    let out = folder.path().join("out");
    let output = cisterna(&[
        "register",
        "--fixed",
        path(&a),
        "--moving",
        path(&a),
        path(&a),
        "-o",
        path(&out),
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("two scans are called a"));
    assert!(!out.exists());
}
