//! Grades of planes from the command line: `simulate --planes-only`, `predict` and `evaluate` on them.

use super::{cisterna, json, path, text};
use cisterna::anatomy::find_planes;
use cisterna::formats::{self, no_progress};
use cisterna::volume::Volume;
use std::path::{Path, PathBuf};
use std::process::Output;

/// One simulated patient, with all of the scans or with planes only.
fn simulated(home: &Path, more: &[&str]) {
    let args = [
        "simulate",
        "--patients",
        "1",
        "--seed",
        "11",
        "--hours",
        "0,24",
        "-o",
        path(home),
    ];
    let done = cisterna(&[&args[..], more].concat());
    assert!(done.status.success(), "{}", text(&done.stderr));
}

fn file(root: &Path, session: &str, acquisition: &str) -> PathBuf {
    root.join(format!(
        "sub-0001/ses-{session}/anat/sub-0001_ses-{session}_{acquisition}T1w.nii.gz"
    ))
}

fn opened(path: &Path) -> Volume {
    formats::open(path, 0, &no_progress).unwrap().volume
}

/// The same patient, whole and as planes: these lie where the program finds them in the first scan, hold
/// what the scan holds there, have their labels, and are predicted from and graded.
#[test]
fn planes_alone_are_those_that_the_program_finds() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, planes, out] = ["whole", "planes", "out"].map(|name| folder.path().join(name));
    simulated(&whole, &[]);
    simulated(&planes, &["--planes-only"]);
    let scan = opened(&file(&whole, "01", ""));
    let found = find_planes(&scan).unwrap();
    let axial = opened(&file(&planes, "01", "acq-axial_"));
    let sagittal = opened(&file(&planes, "01", "acq-sagittal_"));
    let (at, beside) = (
        axial.grid().center_in_world().z,
        sagittal.grid().center_in_world().x,
    );
    assert!((at - found.axial_mm).abs() <= 0.5, "{at} {found:?}");
    assert!(
        (beside - found.sagittal_mm).abs() <= 0.5,
        "{beside} {found:?}"
    );
    let labels = |root: &Path, name: &str| {
        let folder = root.join("derivatives/phantom/sub-0001/anat");
        opened(&folder.join(format!("sub-0001_{name}desc-regions_dseg.nii.gz")))
    };
    let (slice, all) = (labels(&planes, "acq-axial_"), labels(&whole, ""));
    let k = all.grid().voxel_at(axial.grid().center_in_world()).unwrap()[2];
    assert_eq!(
        slice.values(),
        &all.values()[k * 256 * 256..(k + 1) * 256 * 256]
    );

    let given = format!("pre={}", path(&file(&planes, "01", "acq-axial_")));
    let real = file(&planes, "02", "acq-axial_");
    let args = [
        "predict", "--model", "pre-l2", "--scan", &given, "--device", "cpu", "--real",
    ];
    let done = cisterna(&[&args[..], &[path(&real), "-o", path(&out)]].concat());
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(
        text(&done.stdout).contains("mse "),
        "{}",
        text(&done.stdout)
    );

    // The whole data set: every patient, and the label planes give the grade.
    let cohort = folder.path().join("cohort");
    let args = [
        "predict",
        "--model",
        "pre-l2",
        "--device",
        "cpu",
        "-o",
        path(&cohort),
        "--data",
    ];
    for root in [&planes, &whole] {
        let _ = std::fs::remove_dir_all(&cohort);
        let done = cisterna(&[&args[..], &[path(root)]].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        let table = std::fs::read_to_string(cohort.join("predictions.tsv")).unwrap();
        let rows: Vec<Vec<&str>> = table.lines().map(|l| l.split('\t').collect()).collect();
        assert_eq!(rows.len(), 2, "{table}");
        let cell = |column: &str| rows[1][rows[0].iter().position(|c| *c == column).unwrap()];
        assert!(
            ["0", "3", "4"].contains(&cell("predicted_grade")),
            "{table}"
        );
        assert!(["0", "3", "4"].contains(&cell("real_grade")), "{table}");
        assert!(cell("mse").parse::<f64>().unwrap() < 0.05, "{table}");
        let told = cohort.join("sub-0001/prediction.json");
        let told: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(told).unwrap()).unwrap();
        assert!(told["grade"]["over_white"].is_f64(), "{told}");
    }
    // What is there stays.
    let again = cisterna(&[&args[..], &[path(&whole)]].concat());
    assert!(
        text(&again.stderr).contains("is there already"),
        "{}",
        text(&again.stderr)
    );

    // A sagittal plane is found beside the axial one, and missed where it is not there.
    let predict = |scan: &Path| {
        let out = folder.path().join("none");
        let scan = format!("pre={}", path(scan));
        let args = [
            "predict",
            "--model",
            "pre-l2",
            "--scan",
            &scan,
            "-o",
            path(&out),
        ];
        text(&cisterna(&args).stderr)
    };
    let sagittal = file(&planes, "01", "acq-sagittal_");
    let told = predict(&sagittal);
    assert!(told.contains("this is a sagittal slice"), "{told}");
    std::fs::remove_file(&sagittal).unwrap();
    let told = predict(&file(&planes, "01", "acq-axial_"));
    assert!(told.contains("no sagittal one lies beside it"), "{told}");
}

/// The table of the six networks is made by one command, which ends what was begun.
#[test]
fn table_2_is_trained_by_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out] = ["data", "out"].map(|name| folder.path().join(name));
    super::networks::data_set_at(&data, &[0.0, 1.5, 4.0, 6.0, 8.0, 24.0]);
    let args = [
        "train",
        "tracer",
        "--table2",
        "--data",
        path(&data),
        "--device",
        "cpu",
    ];
    let more = [
        "--features",
        "1",
        "--epochs",
        "1",
        "--recipe",
        "paper",
        "-o",
        path(&out),
    ];
    let done = cisterna(&[&args[..], &more].concat());
    // One patient of the test is too few to say anything of, and says so.
    assert!(done.status.success(), "{}", text(&done.stderr));
    let table = std::fs::read_to_string(out.join("table2.tsv")).unwrap();
    let intervals: Vec<&str> = table
        .lines()
        .skip(1)
        .map(|l| l.split('\t').next().unwrap())
        .collect();
    assert_eq!(
        intervals,
        ["pre", "1-2h", "3-5h", "5-7h", "7-9h", "1-9h"],
        "{table}"
    );
    let before = std::fs::metadata(out.join("pre-l2/model.bpk"))
        .unwrap()
        .modified()
        .unwrap();
    let again = cisterna(&[&args[..], &more].concat());
    assert!(
        text(&again.stderr).contains("is trained already"),
        "{}",
        text(&again.stderr)
    );
    let after = std::fs::metadata(out.join("pre-l2/model.bpk"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);
    let other = [
        "--features",
        "2",
        "--epochs",
        "1",
        "--recipe",
        "paper",
        "-o",
        path(&out),
    ];
    let told = text(&cisterna(&[&args[..], &other].concat()).stderr);
    assert!(told.contains("was trained with other settings"), "{told}");
}

/// The network `pre-l2`, judged by a data set.
fn evaluated(data: &Path, more: &[&str]) -> Output {
    let args = ["evaluate", "--data", path(data), "--model", "pre-l2"];
    cisterna(&[&args[..], &["--device", "cpu"], more].concat())
}

/// Two scanners of one head are one patient: each is drawn and tabled, and counted once.
#[test]
fn a_patient_of_two_scanners_is_one_patient() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out] = ["data", "out"].map(|name| folder.path().join(name));
    super::networks::data_set_at(&data, &[0.0, 24.0]);
    for subject in 3..6 {
        std::fs::remove_dir_all(data.join(format!("sub-{subject}"))).unwrap();
    }
    // The scans of each patient once more, from another scanner.
    for subject in 0..3 {
        for session in ["01", "02"] {
            let anat = data.join(format!("sub-{subject}/ses-{session}/anat"));
            for plane in ["axial", "sagittal"] {
                for ending in ["nii.gz", "json"] {
                    let of = |acquisition: &str| {
                        anat.join(format!(
                            "sub-{subject}_ses-{session}_acq-{acquisition}{plane}_T1w.{ending}"
                        ))
                    };
                    std::fs::copy(of(""), of("scanner2")).unwrap();
                    std::fs::rename(of(""), of("scanner1")).unwrap();
                }
            }
        }
    }
    let done = evaluated(&data, &["-o", path(&out)]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(
        text(&done.stdout).contains("scanned on several scanners"),
        "{}",
        text(&done.stdout)
    );
    let told = std::fs::read_to_string(out.join("evaluation.json")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let one = &told["models"][0];
    assert_eq!(one["patients"], 3);
    assert_eq!(one["by_patient"].as_array().map(Vec::len), Some(6));
    let home = out.join("pre-l2");
    for name in [
        "sub-0_acq-scanner1.png",
        "sub-0_acq-scanner2.png",
        "sub-2_acq-scanner2_predicted-24h_sagittal_sd.nii.gz",
    ] {
        assert!(home.join(name).is_file(), "no {name}");
    }
    let table = std::fs::read_to_string(home.join("patients.tsv")).unwrap();
    assert_eq!(table.lines().count(), 7, "{table}");
}

/// `evaluate -o` leaves planes, pictures, a table with a row a patient, and what `model tried` puts on the
/// card.
#[test]
fn an_evaluation_is_put_on_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out, card] = ["data", "out", "new.bpk"].map(|name| folder.path().join(name));
    super::networks::data_set_at(&data, &[0.0, 24.0]);
    let same = evaluated(&data, &["--model", "pre-l2", "-o", path(&out)]);
    let told = text(&same.stderr);
    assert!(
        told.contains("two of the networks are called pre-l2"),
        "{told}"
    );
    let done = evaluated(&data, &["-o", path(&out)]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&done.stdout).contains("cannot grade") || text(&done.stdout).contains("none:"));
    let home = out.join("pre-l2");
    for name in [
        "sub-0.png",
        "sub-0_predicted-24h_axial.nii.gz",
        "sub-5_predicted-24h_sagittal_sd.nii.gz",
        "patients.tsv",
    ] {
        assert!(home.join(name).is_file(), "no {name}");
    }
    let table = std::fs::read_to_string(home.join("patients.tsv")).unwrap();
    assert_eq!(table.lines().count(), 7, "{table}");
    let twice = evaluated(&data, &["-o", path(&out)]);
    assert!(
        text(&twice.stderr).contains("not overwritten"),
        "{}",
        text(&twice.stderr)
    );

    let told = out.join("evaluation.json");
    // Of another file of that name it says nothing.
    let other = out.join("other.json");
    let text_of = std::fs::read_to_string(&told).unwrap();
    let mut changed: serde_json::Value = serde_json::from_str(&text_of).unwrap();
    changed["models"][0]["sha256"] = "0".repeat(64).into();
    std::fs::write(&other, changed.to_string()).unwrap();
    let args = ["model", "tried", "pre-l2", "--evaluation", path(&other)];
    let refused = cisterna(&[&args[..], &["-o", path(&card)]].concat());
    let why = text(&refused.stderr);
    assert!(why.contains("another file of the name pre-l2"), "{why}");
    let tried = [
        "model",
        "tried",
        "pre-l2",
        "--evaluation",
        path(&told),
        "-o",
        path(&card),
    ];
    let done = cisterna(&tried);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let shown = json(&["model", "show", path(&card), "--json"]);
    let trial = &shown["task"]["tracer"]["trial"];
    assert_eq!(
        (&trial["patients"], &trial["data_set"]),
        (&6.into(), &"Discs".into())
    );
    let page = text(&cisterna(&["model", "show", path(&card)]).stdout);
    assert!(
        page.contains("## What it may be used for") && page.contains("do not"),
        "{page}"
    );
}
