//! Scans of other kinds as NIfTI.

use super::{cisterna, json, path, text};
use crate::shared;
use serde_json::Value;

/// A head in DICOM: the file that is made of it has its place, its values and its pictures.
#[test]
fn a_converted_series_is_the_same_scan() {
    let head = "data/dicom_large/neurolabusc+dcm_qa_uih/t1_gre_fsp_3d_sag__132750.zip";
    let Some(series) = shared(head) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("head.nii.gz");
    let output = cisterna(&["convert", path(&series), path(&made)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).trim(), path(&made));
    let [before, after] = [&series, &made].map(|file| json(&["info", path(file), "--json"]));
    for field in ["shape", "axcodes", "min", "max", "mean"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    let affine = |info: &Value| -> Vec<f64> {
        let rows = info["affine"].as_array().unwrap().iter();
        rows.flat_map(|row| row.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()))
            .collect()
    };
    // Single precision of numbers up to about 130.
    for (a, b) in affine(&before).iter().zip(affine(&after)) {
        assert!((a - b).abs() < 1e-5, "{a} became {b}");
    }
    for plane in ["axial", "coronal", "sagittal"] {
        let picture = |file: &std::path::Path, name: &str| {
            let picture = folder.path().join(name);
            let drawn = cisterna(&["slice", path(file), "--plane", plane, "-o", path(&picture)]);
            assert!(drawn.status.success(), "{}", text(&drawn.stderr));
            image::open(picture).unwrap().to_luma8().into_raw()
        };
        let (before, after) = (picture(&series, "a.png"), picture(&made, "b.png"));
        assert_eq!(before.len(), after.len());
        // A pixel on the edge of two grays may take the other one.
        let differ = |(a, b): &(&u8, &u8)| a.abs_diff(**b) > 1;
        let n_differ = before.iter().zip(&after).filter(differ).count();
        assert!(
            n_differ * 1000 <= before.len(),
            "{plane}: {n_differ} pixels differ"
        );
    }
    let again = cisterna(&["convert", path(&series), path(&made)]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("is not overwritten"));
    let other = cisterna(&["convert", path(&series), "head.mgz"]);
    assert!(text(&other.stderr).contains("must end in .nii or .nii.gz"));
}

#[test]
fn of_several_volumes_one_is_chosen_or_all_are_written() {
    let Some(scan) = shared("data/dicom/neurolabusc+dcm_qa_nih/Ref/EPI_PE=AP_3.nii") else {
        return;
    };
    let n_volumes = json(&["info", path(&scan), "--json"])["volumes"]
        .as_u64()
        .unwrap();
    assert!(n_volumes > 1);
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("out.nii");
    let unsure = cisterna(&["convert", path(&scan), path(&made)]);
    assert_eq!(unsure.status.code(), Some(1));
    let said = text(&unsure.stderr);
    assert!(
        said.contains(&format!("there are {n_volumes} volumes")),
        "{said}"
    );
    let all = cisterna(&["convert", path(&scan), path(&made), "--all"]);
    assert!(all.status.success(), "{}", text(&all.stderr));
    assert_eq!(text(&all.stdout).lines().count() as u64, n_volumes);
    let last = format!("{}", n_volumes - 1);
    let one = folder.path().join("one.nii");
    let chosen = cisterna(&["convert", path(&scan), path(&one), "--volume", &last]);
    assert!(chosen.status.success(), "{}", text(&chosen.stderr));
    let of_all = folder.path().join(format!("out_{:03}.nii", n_volumes - 1));
    assert_eq!(std::fs::read(one).unwrap(), std::fs::read(of_all).unwrap());
}
