//! Scans of other kinds as NIfTI.

use super::{cisterna, json, path, text, write_scan};
use crate::shared;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A NIfTI file of several volumes; all voxels of the first are 0, of the second 1, and so on.
fn write_volumes(path: &Path, n_volumes: i16) {
    let n_slices = 3;
    let volume = |k: usize| (k / n_slices as usize) as f32;
    write_scan(path, [4, 5, n_slices * n_volumes], |_, _, k| volume(k));
    let mut bytes = std::fs::read(path).unwrap();
    for (at, n) in [(40, 4), (46, n_slices), (48, n_volumes)] {
        bytes[at..at + 2].copy_from_slice(&i16::to_le_bytes(n));
    }
    std::fs::write(path, bytes).unwrap();
}

/// A folder with a scan of so many volumes in it, and the data set that is made of it.
struct Conversion {
    folder: tempfile::TempDir,
    scan: PathBuf,
    data_set: PathBuf,
}

impl Conversion {
    fn of(n_volumes: i16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scan = folder.path().join("scan.nii");
        write_volumes(&scan, n_volumes);
        Self {
            scan,
            data_set: folder.path().join("study"),
            folder,
        }
    }

    fn run(&self, more: &[&str]) -> Output {
        cisterna(&[&["convert", path(&self.scan), path(&self.data_set)], more].concat())
    }

    /// What it wrote to standard output.
    #[track_caller]
    fn done(&self, more: &[&str]) -> String {
        let output = self.run(more);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    /// What it wrote to standard error.
    #[track_caller]
    fn refused(&self, code: i32, more: &[&str]) -> String {
        let output = self.run(more);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(output.stdout.is_empty());
        said
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data_set.join(name)
    }

    fn text_of(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    fn json_of(&self, name: &str) -> Value {
        serde_json::from_str(&self.text_of(name)).unwrap()
    }
}

/// All files and folders below a folder.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

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

#[test]
fn a_data_set_is_begun_with_what_the_standard_wants() {
    let made = Conversion::of(1);
    let image = "sub-01/ses-02/anat/sub-01_ses-02_T1w.nii.gz";
    let said = made.done(&["--bids", "sub-01_ses-02_T1w", "--hours", "24"]);
    assert_eq!(said.trim(), path(&made.file(image)));
    let info = json(&["info", path(&made.file(image)), "--json"]);
    assert_eq!(info["hours_after_injection"], 24.0);
    assert_eq!(
        made.json_of("sub-01/ses-02/anat/sub-01_ses-02_T1w.json"),
        serde_json::json!({
            "ConversionSoftware": "Cisterna",
            "ConversionSoftwareVersion": env!("CARGO_PKG_VERSION"),
            "HoursAfterInjection": 24.0,
        })
    );
    let description = made.json_of("dataset_description.json");
    assert_eq!(description["Name"], "study");
    assert_eq!(description["BIDSVersion"], "1.9.0");
    assert_eq!(description["GeneratedBy"][0]["Name"], "Cisterna");
    assert!(made.text_of("README").contains("HoursAfterInjection"));
    assert_eq!(made.text_of("participants.tsv"), "participant_id\nsub-01\n");
}

#[test]
fn what_a_data_set_has_already_stays() {
    let made = Conversion::of(1);
    std::fs::create_dir(&made.data_set).unwrap();
    for (file, text) in [
        ("participants.tsv", "participant_id\tage\nsub-02\t71\n"),
        ("dataset_description.json", "{\"Name\": \"Ours\"}"),
        ("README.md", "Ours"),
    ] {
        std::fs::write(made.file(file), text).unwrap();
    }
    for name in ["sub-01_T1w", "sub-02_T1w", "sub-01_T2w"] {
        made.done(&["--bids", name]);
    }
    let participants = "participant_id\tage\nsub-02\t71\nsub-01\tn/a\n";
    assert_eq!(made.text_of("participants.tsv"), participants);
    assert_eq!(made.json_of("dataset_description.json")["Name"], "Ours");
    assert!(!made.file("README").exists());
    assert_eq!(made.text_of("README.md"), "Ours");
}

#[test]
fn hours_of_the_source_are_taken_along() {
    let made = Conversion::of(1);
    let beside = made.scan.with_extension("json");
    std::fs::write(
        beside,
        "{\"HoursAfterInjection\": 4.5, \"PatientName\": \"A\"}",
    )
    .unwrap();
    made.done(&["--bids", "sub-01_T1w"]);
    let sidecar = made.json_of("sub-01/anat/sub-01_T1w.json");
    assert_eq!(sidecar["HoursAfterInjection"], 4.5);
    assert!(sidecar["PatientName"].is_null());
    // Those that are given are right.
    made.done(&["--bids", "sub-01_T2w", "--hours", "-1.5"]);
    let sidecar = made.json_of("sub-01/anat/sub-01_T2w.json");
    assert_eq!(sidecar["HoursAfterInjection"], -1.5);
}

#[test]
fn volumes_become_runs() {
    let made = Conversion::of(3);
    let said = made.refused(1, &["--bids", "sub-01_T1w"]);
    assert!(said.contains("there are 3 volumes"), "{said}");
    assert!(!made.data_set.exists());
    let said = made.done(&["--bids", "sub-01_acq-sag_echo-1_T1w", "--all"]);
    let run = |run: usize| format!("sub-01/anat/sub-01_acq-sag_run-{run}_echo-1_T1w.nii.gz");
    let expected: Vec<PathBuf> = (1..=3).map(|n| made.file(&run(n))).collect();
    let printed: Vec<PathBuf> = said.lines().map(PathBuf::from).collect();
    assert_eq!(printed, expected);
    for (volume, file) in expected.iter().enumerate() {
        let info = json(&["info", path(file), "--json"]);
        assert_eq!(info["mean"], volume as f64);
        assert!(file.with_extension("").with_extension("json").exists());
    }
    made.done(&["--bids", "sub-01_run-7_T2w", "--volume", "2"]);
    let one = made.file("sub-01/anat/sub-01_run-7_T2w.nii.gz");
    assert_eq!(json(&["info", path(&one), "--json"])["mean"], 2.0);
    let said = made.refused(1, &["--bids", "sub-01_run-1_T2w", "--all"]);
    assert!(said.contains("the name has run-1"), "{said}");
}

#[test]
fn nothing_in_a_data_set_is_overwritten() {
    #[track_caller]
    fn check(file: &str) {
        let made = Conversion::of(3);
        let there = made.file(file);
        std::fs::create_dir_all(there.parent().unwrap()).unwrap();
        std::fs::write(&there, "there before").unwrap();
        let before = tree(&made.data_set);
        let said = made.refused(1, &["--bids", "sub-01_T1w", "--all"]);
        assert!(said.contains("is not overwritten"), "{said}");
        assert!(said.contains(path(&there)), "{said}");
        assert_eq!(tree(&made.data_set), before);
        assert_eq!(std::fs::read(&there).unwrap(), b"there before");
    }
    check("sub-01/anat/sub-01_run-1_T1w.nii.gz");
    check("sub-01/anat/sub-01_run-3_T1w.nii.gz");
    check("sub-01/anat/sub-01_run-3_T1w.nii");
    check("sub-01/anat/sub-01_run-2_T1w.json");
}

/// The tenth volume has a name that is one letter too long for the file system.
#[test]
fn where_a_later_volume_fails_nothing_is_left() {
    let made = Conversion::of(10);
    let around = "sub-01_acq-_run-9_T1w.nii.gz".len();
    let name = format!("sub-01_acq-{}_T1w", "a".repeat(255 - around));
    let before = tree(made.folder.path());
    let said = made.refused(1, &["--bids", &name, "--all"]);
    assert!(said.contains("_run-10_T1w.nii.gz"), "{said}");
    assert_eq!(tree(made.folder.path()), before);

    // What was there stays, folders too.
    std::fs::create_dir_all(made.file("sub-01/anat")).unwrap();
    std::fs::write(made.file("participants.tsv"), "participant_id\n").unwrap();
    let before = tree(made.folder.path());
    made.refused(1, &["--bids", &name, "--all"]);
    assert_eq!(tree(made.folder.path()), before);
    assert_eq!(made.text_of("participants.tsv"), "participant_id\n");
    // One volume fewer, and all of it is written.
    let made = Conversion::of(9);
    assert_eq!(made.done(&["--bids", &name, "--all"]).lines().count(), 9);
}

#[test]
fn a_data_set_that_cannot_take_a_scan_is_left_alone() {
    let made = Conversion::of(1);
    std::fs::create_dir(&made.data_set).unwrap();
    std::fs::write(made.file("participants.tsv"), "id\nsub-01\n").unwrap();
    let before = tree(&made.data_set);
    let said = made.refused(1, &["--bids", "sub-01_T1w"]);
    assert!(said.contains("begins with participant_id"), "{said}");
    assert_eq!(tree(&made.data_set), before);
    // It is told before the scan is opened.
    let data_set = path(&made.data_set);
    let said = cisterna(&["convert", "nowhere.nii", data_set, "--bids", "sub-01_T1w"]);
    let said = text(&said.stderr);
    assert!(said.contains("begins with participant_id"), "{said}");
    let file = made.file("participants.tsv");
    for output in [path(&file), "new.nii.gz", "new.nii"] {
        let said = cisterna(&["convert", path(&made.scan), output, "--bids", "sub-01_T1w"]);
        let said = text(&said.stderr);
        assert!(
            said.contains("is the folder of a data set, not a file"),
            "{said}"
        );
    }
}

#[test]
fn wrong_usage_is_told_before_anything_is_opened() {
    let made = Conversion::of(1);
    let said = made.refused(2, &["--hours", "24"]);
    assert!(said.contains("--bids <NAME>"), "{said}");
    let said = made.refused(2, &["--bids", "sub-01_acq-a_ses-1_T1w"]);
    assert!(
        said.contains("ses- comes before acq-, at character 14"),
        "{said}"
    );
    let said = made.refused(2, &["--bids", "sub-01_T1w", "--hours", "inf"]);
    assert!(said.contains("not a finite number"), "{said}");
    assert!(!made.data_set.exists());
}
