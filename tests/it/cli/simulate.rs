//! `cisterna simulate`: a BIDS data set that can be gone on with.

use super::{cisterna, json, path, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every file below a folder, by its path from there.
pub(super) fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(root).unwrap().to_owned();
                found.insert(name, std::fs::read(&entry).unwrap());
            }
        }
    }
    found
}

/// The columns of a table and its rows.
pub(super) fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut rows = text
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect());
    (rows.next().unwrap(), rows.collect())
}

pub(super) fn document(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_cohort_of_planes_is_bids_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cohort");
    let simulate = |root: &Path, more: &[&str]| {
        let mut args = vec![
            "simulate",
            "--patients",
            "2",
            "--seed",
            "9",
            "--hours",
            "0,1.5",
        ];
        args.extend(["--planes-only", "-o", path(root)]);
        args.extend(more);
        cisterna(&args)
    };
    let output = simulate(&root, &["--jobs", "2"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));

    let description = document(&root.join("dataset_description.json"));
    assert_eq!(description["DatasetType"], "raw");
    assert!(description["BIDSVersion"].is_string());
    let (columns, rows) = table(&root.join("participants.tsv"));
    let expected = [
        "participant_id",
        "age",
        "sex",
        "diagnosis",
        "evans_index",
        "reflux_grade",
        "aqueduct_net_flow_ml_per_day",
        "seed",
    ];
    assert_eq!(columns, expected);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1][0], "sub-0002");
    let described = document(&root.join("participants.json"));
    assert!(
        expected[1..]
            .iter()
            .all(|column| described[column].is_object())
    );

    // Every pair of planes is a scan of one slice where the whole scan has it, with its hours.
    for (plane, dims) in [("axial", [256, 256, 1]), ("sagittal", [1, 256, 256])] {
        let name = format!("sub-0001_ses-02_acq-{plane}_T1w");
        let anat = root.join("sub-0001/ses-02/anat");
        let info = json(&["info", path(&anat.join(format!("{name}.nii.gz"))), "--json"]);
        assert_eq!(info["shape"], serde_json::json!(dims), "{info}");
        let sidecar = document(&anat.join(format!("{name}.json")));
        assert_eq!(sidecar["NominalHoursAfterInjection"], 1.5);
        assert!((sidecar["HoursAfterInjection"].as_f64().unwrap() - 1.5).abs() < 0.4);
        assert_eq!(sidecar["Simulated"], true);
        assert_eq!(sidecar["ContrastBolusIngredient"], "GADOLINIUM");
        let before = root.join("sub-0001/ses-01/anat");
        let before = document(&before.join(format!("sub-0001_ses-01_acq-{plane}_T1w.json")));
        assert!(before["ContrastBolusIngredient"].is_null(), "{before}");
    }
    let truth = root.join("derivatives/phantom/sub-0001");
    let (columns, rows) = table(&truth.join("sub-0001_tracer.tsv"));
    assert_eq!(
        columns,
        [
            "hours",
            "intracranial_mmol",
            "brain_mmol",
            "csf_mmol",
            "csf_mmol_per_l",
            "ventricles_mmol_per_l",
            "cleared_mmol",
            "entered_mmol"
        ]
    );
    // The grade needs 24 h, whenever the last scan is.
    assert_eq!(rows.last().unwrap()[0].parse::<f64>().unwrap(), 24.0);
    let number = |row: &[String], at: usize| row[at].parse::<f64>().unwrap();
    for row in &rows {
        let inside = number(row, 1);
        assert!(
            (number(row, 2) + number(row, 3) - inside).abs() < 2e-6,
            "{row:?}"
        );
        assert!(number(row, 6) + inside <= number(row, 7) + 2e-6, "{row:?}");
    }

    // Gone on with after a stop: the same bytes, from one patient at a time as from two.
    let before = files(&root);
    std::fs::remove_file(truth.join("sub-0001_participant.json")).unwrap();
    std::fs::remove_dir_all(root.join("sub-0001")).unwrap();
    std::fs::remove_file(root.join("participants.tsv")).unwrap();
    std::fs::remove_file(root.join("dataset_description.json")).unwrap();
    let output = simulate(&root, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let after = files(&root);
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &before {
        assert!(after[name] == *bytes, "{} differs", name.display());
    }

    // Another simulation does not mix with it, and neither does one with other files.
    let output = simulate(&root, &["--sequence", "spgr"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("other settings"),
        "{}",
        text(&output.stderr)
    );
    assert!(text(&output.stderr).contains(path(&root)));
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("mine.txt"), "keep").unwrap();
    let output = simulate(&other, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("not empty"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn whole_scans_come_with_labels_and_tracer_maps() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("one");
    let output = cisterna(&[
        "simulate",
        "--diagnosis",
        "iNPH",
        "--hours",
        "24",
        "--misalign",
        "0.5",
        "-o",
        path(&root),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let anat = root.join("sub-0001/ses-01/anat");
    let scan = json(&[
        "info",
        path(&anat.join("sub-0001_ses-01_T1w.nii.gz")),
        "--json",
    ]);
    assert_eq!(scan["shape"], serde_json::json!([256, 256, 256]));
    assert_eq!(scan["axcodes"], "RAS");
    let sidecar = document(&anat.join("sub-0001_ses-01_T1w.json"));
    let motion = &sidecar["SimulatedMotion"];
    assert!(motion["translation_mm"][0].as_f64().unwrap().abs() > 0.0);
    let truth = root.join("derivatives/phantom/sub-0001");
    for name in [
        "anat/sub-0001_desc-regions_dseg.nii.gz",
        "ses-01/anat/sub-0001_ses-01_desc-mmolPerLitre_tracer.nii.gz",
    ] {
        let path_of = truth.join(name);
        assert!(path_of.is_file(), "{}", path_of.display());
        let info = json(&["info", path(&path_of), "--json"]);
        assert_eq!(info["shape"], scan["shape"]);
        assert_eq!(info["affine"], scan["affine"]);
    }
    let (_, rows) = table(&truth.join("sub-0001_regions.tsv"));
    let ventricles = rows
        .iter()
        .find(|row| row[1] == "LateralVentricle")
        .unwrap();
    assert!(
        ventricles[2].parse::<f64>().unwrap() > 50.0,
        "{ventricles:?}"
    );
}

#[test]
fn wrong_arguments_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("none");
    for (args, said) in [
        (["--hours", "4,2"], "--hours must rise"),
        (["--hours", "0,-1"], "--hours"),
        (["--diagnosis", "XYZ"], "REF, AC, PC, IIH, SIH, iNPH, HC"),
        (["--misalign", "21"], "not a number from 0 to 20"),
        (["--grid-mm", "3"], "--grid-mm"),
        (["--patients", "0"], "not a whole number from 1"),
        (["--jobs", "0"], "not a whole number from 1"),
        (["--hours", "NaN"], "--hours has NaN"),
    ] {
        let output = cisterna(&["simulate", args[0], args[1], "-o", path(&root)]);
        assert!(!output.status.success());
        assert!(
            text(&output.stderr).contains(said),
            "{}",
            text(&output.stderr)
        );
        assert!(!root.exists());
    }
}

#[test]
fn scanners_differ_and_the_truth_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let simulate = |root: &Path, more: &[&str]| {
        let mut args = vec![
            "simulate",
            "--seed",
            "9",
            "--hours",
            "0,1.5",
            "--planes-only",
        ];
        args.extend(["-o", path(root)]);
        args.extend(more);
        cisterna(&args)
    };
    let [plain, varied] = ["plain", "varied"].map(|name| folder.path().join(name));
    for (root, more) in [
        (&plain, &[][..]),
        (&varied, &["--scanners", "varied", "--scans", "2"]),
    ] {
        let output = simulate(root, more);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    // The same patient, tracer, grade and planes.
    let truth = |root: &Path, name: &str| {
        std::fs::read(root.join("derivatives/phantom/sub-0001").join(name)).unwrap()
    };
    for name in ["sub-0001_tracer.tsv", "sub-0001_regions.tsv"] {
        assert_eq!(truth(&plain, name), truth(&varied, name), "{name}");
    }
    let grade = |root: &Path| table(&root.join("participants.tsv")).1[0][5].clone();
    assert_eq!(grade(&plain), grade(&varied));
    let place = |root: &Path, acquisition: &str| {
        let name = format!("sub-0001/ses-02/anat/sub-0001_ses-02_acq-{acquisition}_T1w.nii.gz");
        json(&["info", path(&root.join(name)), "--json"])["affine"].clone()
    };
    for plane in ["axial", "sagittal"] {
        for scanner in ["scanner1", "scanner2"] {
            let own = place(&varied, &format!("{scanner}{plane}"));
            assert!(own.is_array() && own == place(&plain, plane), "{own}");
        }
    }
    scanners_are_told(&varied);
    let other = simulate(&varied, &["--scanners", "varied", "--scans", "3"]);
    assert!(
        text(&other.stderr).contains("other settings"),
        "{}",
        text(&other.stderr)
    );
    let alone = simulate(&varied, &["--scans", "3"]);
    assert!(
        text(&alone.stderr).contains("--scanners varied"),
        "{}",
        text(&alone.stderr)
    );
}

/// Both scanners stand in the table, and their parameters beside the scans.
fn scanners_are_told(root: &Path) {
    let (columns, rows) = table(&root.join("derivatives/phantom/scanners.tsv"));
    assert_eq!(columns[..3], ["participant_id", "acquisition", "family"]);
    assert_eq!(rows.len(), 2);
    let described = document(&root.join("derivatives/phantom/scanners.json"));
    assert!(
        columns[2..]
            .iter()
            .all(|column| described[column].is_object())
    );
    let anat = root.join("sub-0001/ses-01/anat");
    for (row, name) in rows.iter().zip(["scanner1axial", "scanner2axial"]) {
        assert_eq!(row[1], name.trim_end_matches("axial"));
        let told = document(&anat.join(format!("sub-0001_ses-01_acq-{name}_T1w.json")));
        for (column, cell) in columns[2..].iter().zip(&row[2..]) {
            match &told["SimulatedScanner"][column] {
                Value::Null => assert_eq!(cell, "n/a", "{column}"),
                Value::String(text) => assert_eq!(cell, text),
                number => assert_eq!(*cell, number.to_string(), "{column}"),
            }
        }
        let [flip_deg, same] = [&told["FlipAngle"], &told["SimulatedScanner"]["flip_deg"]];
        assert!((flip_deg.as_f64().unwrap() - same.as_f64().unwrap()).abs() < 1e-4);
        assert!(told["OrbitalFatMean"].as_f64().unwrap() > 0.0);
    }
    let (_, tissues) = table(&root.join("derivatives/phantom/sub-0001/sub-0001_tissues.tsv"));
    assert!(tissues.iter().any(|row| row[0] == "thalamus"));
}
