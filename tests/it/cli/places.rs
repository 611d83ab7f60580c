//! Folders and zips on the command line.

use super::{cisterna, json, path, text};
use crate::formats::places_made::{with_scans, without_scans};
use std::path::Path;
use std::process::Output;

#[track_caller]
fn refused(output: &Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty());
    said
}

#[test]
fn commands_open_what_the_list_shows() {
    let root = tempfile::tempdir().unwrap();
    for made in with_scans(root.path()) {
        let place = path(&made.path);
        let info = json(&["info", place, "--json", "--voxel", "0,0,0"]);
        assert_eq!(info["voxels"][0]["value"], f64::from(made.scans[0].1));
        let listed = info["series"].as_array().unwrap();
        let n = made.scans.len();
        assert_eq!(listed.len(), if n > 1 { n } else { 0 }, "{place}");
        let shown = text(&cisterna(&["info", place]).stdout);
        let out = tempfile::tempdir().unwrap();
        for (at, (name, first)) in made.scans.iter().enumerate() {
            assert!(n == 1 || shown.contains(name), "{shown}");
            let chosen = format!("{place}!{name}");
            let info = json(&["info", &chosen, "--json", "--voxel", "0,0,0"]);
            assert_eq!(info["voxels"][0]["value"], f64::from(*first), "{chosen}");
            let check = |args: &[&str], file: &Path| {
                let output = cisterna(args);
                assert!(output.status.success(), "{}", text(&output.stderr));
                let info = json(&["info", path(file), "--json", "--voxel", "0,0,0"]);
                assert_eq!(info["voxels"][0]["value"], f64::from(*first), "{args:?}");
            };
            let named = out.path().join(format!("named{at}.nii"));
            check(&["convert", &chosen, path(&named)], &named);
            let counted = out.path().join(format!("counted{at}.nii"));
            let number = at.to_string();
            check(
                &["convert", place, path(&counted), "--volume", &number],
                &counted,
            );
            let same = json(&["diff", path(&named), &chosen, "--json"]);
            assert_eq!(same["max_abs"], 0.0, "{chosen}");
        }
        let all = out.path().join("all.nii");
        let png = out.path().join("a.png");
        let convert = ["convert", place, path(&all)];
        let slice = [
            "slice",
            place,
            "--plane",
            "axial",
            "--renderer",
            "cpu",
            "-o",
            path(&png),
        ];
        let diff = ["diff", place, place];
        for args in [&convert[..], &slice, &diff] {
            let output = cisterna(args);
            if n == 1 {
                assert!(output.status.success(), "{}", text(&output.stderr));
                continue;
            }
            let said = refused(&output);
            assert!(said.contains(&format!("{n} scans lie there")), "{said}");
            assert!(
                made.scans.iter().all(|(name, _)| said.contains(name)),
                "{said}"
            );
        }
        if n > 1 {
            let output = cisterna(&[&convert[..], &["--all"]].concat());
            assert_eq!(
                text(&output.stdout).lines().count(),
                n,
                "{}",
                text(&output.stderr)
            );
        }
    }
}

#[test]
fn a_place_without_scans_is_told_in_one_way() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("out.nii");
    let png = root.path().join("out.png");
    for place in without_scans(root.path()) {
        let place = path(&place);
        let said = refused(&cisterna(&["info", place]));
        let what = "looked at for DICOM, NIfTI, Analyze and MGH";
        assert!(said.contains(what) && said.contains(place), "{said}");
        let slice = ["slice", place, "--plane", "axial", "-o", path(&png)];
        for args in [
            &["convert", place, path(&out)][..],
            &slice,
            &["diff", place, place],
        ] {
            assert_eq!(refused(&cisterna(args)), said, "{args:?}");
        }
    }
}
