//! `cisterna train`, `predict`, `evaluate` and `model`.

use super::{cisterna, json, path, text};
use crate::models::fixture;
use crate::shared;
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Grid, Orientation};
use nalgebra::{Matrix4, Point3};
use std::path::Path;

/// Six patients whose planes are discs that grow brighter in a day.
fn data_set(root: &Path) {
    data_set_at(root, &[0.0, 24.0]);
}

/// The same with scans at other hours, the brighter the later.
pub(crate) fn data_set_at(root: &Path, hours: &[f64]) {
    for subject in 0..6 {
        for (at, &hours) in hours.iter().enumerate() {
            let (session, gain) = (format!("{:02}", at + 1), 1.0 + hours as f32 / 24.0);
            let anat = root.join(format!("sub-{subject}/ses-{session}/anat"));
            std::fs::create_dir_all(&anat).unwrap();
            for (name, dims) in [("axial", [256, 256, 1]), ("sagittal", [1, 256, 256])] {
                let stem = format!("sub-{subject}_ses-{session}_acq-{name}_T1w");
                let grid = Grid::new(dims, Matrix4::identity()).unwrap();
                let radius = 60.0 + 5.0 * f64::from(subject);
                let values: Vec<f32> = (0..256 * 256)
                    .map(|at| {
                        let [x, y] = [at % 256, at / 256].map(|c| f64::from(c) - 128.0);
                        let r = x.hypot(y);
                        if r > radius {
                            0.0
                        } else if r < 20.0 {
                            gain
                        } else {
                            1.0
                        }
                    })
                    .collect();
                let scan = anat.join(format!("{stem}.nii.gz"));
                write_nifti(&scan, &grid, Orientation::Known, Voxels::F32(&values)).unwrap();
                let sidecar = format!("{{\"HoursAfterInjection\": {hours}, \"Simulated\": true}}");
                std::fs::write(anat.join(format!("{stem}.json")), sidecar).unwrap();
            }
        }
    }
    let description = "{\"Name\": \"Discs\", \"BIDSVersion\": \"1.9.0\"}";
    std::fs::write(root.join("dataset_description.json"), description).unwrap();
}

#[test]
fn a_network_is_trained_evaluated_shown_exported_and_taken_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    data_set(&data);
    let home = folder.path().join("model");
    let train = |epochs: &str, more: &[&str]| {
        let mut args = vec![
            "train",
            "tracer",
            "--data",
            path(&data),
            "--interval",
            "pre",
        ];
        args.extend([
            "--features",
            "1",
            "--epochs",
            epochs,
            "--batch",
            "2",
            "--device",
            "cpu",
        ]);
        // The weights alone are all of it, as for those of other programs.
        args.extend(["--recipe", "paper", "-o", path(&home)]);
        args.extend(more);
        cisterna(&args)
    };
    let output = train("2", &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("linear"),
        "{}",
        text(&output.stdout)
    );
    for file in [
        "model.bpk",
        "card.json",
        "card.md",
        "losses.csv",
        "losses.svg",
        "losses.png",
        "checkpoint.bpk",
    ] {
        assert!(home.join(file).is_file(), "no {file}");
    }
    let losses = std::fs::read_to_string(home.join("losses.csv")).unwrap();
    assert_eq!(losses.lines().count(), 3, "{losses}");
    let card = std::fs::read_to_string(home.join("card.md")).unwrap();
    for part in [
        "Research use only",
        "Discs (simulated heads",
        "5 to learn from, 1 to be judged",
    ] {
        assert!(card.contains(part), "{card}");
    }
    let again = text(&train("2", &[]).stderr);
    assert!(again.contains("--resume"), "{again}");
    let other = text(&train("3", &["--resume"]).stderr);
    assert!(other.contains("the settings differ"), "{other}");

    let model = home.join("model.bpk");
    let args = ["evaluate", "--data", path(&data), "--model", path(&model)];
    let found = json(&[&args[..], &["--device", "cpu", "--json"]].concat());
    let one = &found["models"][0];
    assert_eq!(
        (&one["name"], &one["interval"]),
        (&"pre-l2".into(), &"pre".into())
    );
    assert_eq!((&one["loss"], &one["patients"]), (&"l2".into(), &1.into()));
    assert_eq!(one["is_own_data"], true);
    let told = document(&home.join("card.json"));
    let evaluation = &told["task"]["tracer"]["training"]["evaluation"];
    assert_eq!(evaluation["mse"], one["mse"]);
    for baseline in ["copy", "mean", "linear"] {
        assert!(one["baselines"][baseline]["mse"].is_f64(), "{one}");
    }
    let picture = folder.path().join("figure.png");
    let args = [&args[..], &["--figure", "sub-1", "-o", path(&picture)]].concat();
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(picture.metadata().unwrap().len() > 1000);

    let exported = folder.path().join("weights.safetensors");
    let output = cisterna(&["model", "export", path(&model), "-o", path(&exported)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let taken = folder.path().join("taken.bpk");
    let import = [
        "model",
        "import",
        path(&exported),
        "--as",
        "unet",
        "--interval",
        "pre",
    ];
    let output = cisterna(&[&import[..], &["-o", path(&taken)]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    // It is the same network with all that its card says.
    let show = |model: &Path| json(&["model", "show", path(model), "--json"]);
    assert_eq!(show(&taken), show(&model));
    let args = |model: &Path| {
        let args = [
            "evaluate",
            "--data",
            path(&data),
            "--device",
            "cpu",
            "--json",
            "--model",
        ];
        let mut said = json(&[&args[..], &[path(model)]].concat());
        // All but of which file it is.
        said["models"][0]
            .as_object_mut()
            .unwrap()
            .remove("sha256")
            .unwrap();
        said
    };
    assert_eq!(args(&taken), args(&model));
    let other = cisterna(&[&import[..5], &["--interval", "1-2h", "-o", path(&taken)]].concat());
    assert!(
        text(&other.stderr).contains("--interval says something else than the card"),
        "{}",
        text(&other.stderr)
    );
}

/// The card tells all that was learned from, each patient once, and what was learned from judges
/// nothing.
#[test]
fn a_training_begins_with_another_network_and_its_card_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let [data, fewer] = ["data", "fewer"].map(|name| folder.path().join(name));
    data_set(&data);
    data_set(&fewer);
    std::fs::remove_dir_all(fewer.join("sub-5")).unwrap();
    let train = |data: &Path, home: &Path, more: &[&str]| {
        let args = ["train", "unet", "--data", path(data), "--device", "cpu"];
        let recipe = ["--epochs", "1", "--recipe", "paper", "-o", path(home)];
        cisterna(&[&args[..], &recipe, more].concat())
    };
    let fine = |output: std::process::Output| {
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let [first, second, third] = ["first", "second", "third"].map(|n| folder.path().join(n));
    let begun = ["--interval", "pre", "--features", "1"];
    fine(train(
        &data,
        &first,
        &[&begun[..], &["--name", "mother"]].concat(),
    ));
    let mother = first.join("model.bpk");
    let start = ["--start", path(&mother), "--interval", "pre"];

    // The same patients once more: split as they were, counted once, whatever the seed.
    fine(train(
        &data,
        &second,
        &[&start[..], &["--seed", "9"]].concat(),
    ));
    let [was, is] = [&first, &second].map(|home| document(&home.join("card.json")));
    let trained = |card: &serde_json::Value| card["origin"]["trained"].clone();
    assert_eq!(trained(&was)["split"], trained(&is)["split"]);
    assert_eq!(is["task"]["tracer"]["shape"]["features"], 1);

    // Other patients: both count, and those of the first are still its own.
    fine(train(&fewer, &third, &start));
    let page = std::fs::read_to_string(third.join("card.md")).unwrap();
    let sha256 =
        trained(&document(&third.join("card.json")))["settings"]["start"]["sha256"].clone();
    assert!(
        page.contains("| begun with | mother (trained on 5 simulated heads, not on"),
        "{page}"
    );
    assert!(page.contains(sha256.as_str().unwrap()), "{page}");
    for (home, heads) in [(&second, 5), (&third, 9)] {
        let model = home.join("model.bpk");
        let args = [
            "evaluate",
            "--data",
            path(&data),
            "--device",
            "cpu",
            "--json",
            "--model",
        ];
        let found = json(&[&args[..], &[path(&model)]].concat());
        let one = &found["models"][0];
        assert_eq!(
            (&one["is_own_data"], &one["patients"]),
            (&true.into(), &1.into()),
            "{one}"
        );
        let told = format!("trained on {heads} simulated heads, not on patients");
        assert_eq!(one["trained_on"], told.as_str());
    }

    let never = folder.path().join("never");
    for (more, why) in [
        (
            &["--features", "2"][..],
            "--features is 2, but the network of --start has 1",
        ),
        (&["--interval", "pre+1-2h"], "--interval pre+1-2h makes 4"),
    ] {
        let start: &[&str] = match more[0] {
            "--interval" => &start[..2],
            _ => &start,
        };
        let told = text(&train(&data, &never, &[start, more].concat()).stderr);
        assert!(told.contains(why), "{told}");
        assert!(!never.exists());
    }
    // The study's recipe has no place for what this network has at its bottleneck.
    let told = text(&train(&data, &never, &["--start", "1-2h-l2", "--interval", "pre"]).stderr);
    assert!(told.contains("only --recipe best"), "{told}");
    assert!(!never.exists());
}

fn document(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn checkpoints_of_other_programs_are_taken_over_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("taken.bpk");
    let import = |file: &Path, more: &[&str]| {
        let args = [
            "model",
            "import",
            path(file),
            "--as",
            "unet",
            "-o",
            path(&out),
        ];
        cisterna(&[&args[..], more].concat())
    };
    let output = import(&fixture("milesial.pt"), &["--interval", "pre"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let card = json(&["model", "show", path(&out), "--json"]);
    assert_eq!(card["origin"]["imported"]["layout"], "milesial");
    assert!(card["licence"].is_null());
    std::fs::remove_file(&out).unwrap();
    let output = import(&fixture("milesial.pt"), &["--interval", "1-9h"]);
    assert!(
        text(&output.stderr).contains("8 planes"),
        "{}",
        text(&output.stderr)
    );
    let output = import(&fixture("milesial.pt"), &["--layout", "mateuszbuda"]);
    let why = text(&output.stderr);
    assert!(!output.status.success() && !out.exists(), "{why}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_networks_that_come_along_are_listed_and_shown() {
    let listed = cisterna(&["model", "list"]);
    assert!(text(&listed.stderr).contains("Research use only"));
    for name in ["1-2h-l2", "pre-l2", "leak-sfcn", "spaces-t1"] {
        assert!(
            text(&listed.stdout).contains(name),
            "{}",
            text(&listed.stdout)
        );
    }
    let shown = text(&cisterna(&["model", "show", "pre-l2"]).stdout);
    assert!(shown.contains("a line for each pixel"), "{shown}");
}

#[test]
fn predicted_planes_lie_over_the_real_scan_that_they_came_from() {
    let Some(scan) = shared("data/nifti/niivue+niivue-brainchop/t1_crop.nii.gz") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let told = format!("pre={}", scan.display());
    let output = cisterna(&[
        "predict",
        "--model",
        "pre-l2",
        "--scan",
        &told,
        "--real",
        path(&scan),
        "--device",
        "cpu",
        "-o",
        path(&out),
    ]);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Research use only") && said.contains("not on patients"),
        "{said}"
    );
    assert!(
        said.contains("no orbital fat"),
        "its fat is suppressed: {said}"
    );
    let provenance = document(&out.join("prediction.json"));
    assert_eq!(provenance["inputs"][0]["file"], "t1_crop.nii.gz");
    assert!(provenance["real"]["metrics"]["pair"]["mse"].is_f64());
    // The scan's own plane, written beside, holds the scan's own values but for the scaling.
    let open = |name: &str| {
        let none = &cisterna::formats::no_progress;
        cisterna::formats::open(Path::new(name), 0, none)
            .unwrap()
            .volume
    };
    let source = open(path(&scan));
    for plane in ["axial", "sagittal"] {
        let real = open(path(&out.join(format!("real-24h_{plane}.nii.gz"))));
        let made = open(path(&out.join(format!("predicted-24h_{plane}.nii.gz"))));
        assert_eq!(real.grid(), made.grid());
        assert_eq!(real.grid().dims(), [256, 256, 1]);
        let pairs: Vec<[f64; 2]> = (0..256 * 256)
            .step_by(97)
            .filter_map(|at| {
                let voxel = Point3::new((at % 256) as f64, (at / 256) as f64, 0.0);
                let there = source.sample(real.grid().to_world(voxel), Default::default())?;
                let here = real.values()[at];
                Some([f64::from(there), f64::from(here)])
            })
            .collect();
        let highest = pairs.iter().fold(0.0_f64, |h, p| h.max(p[0]));
        assert!(pairs.len() > 500 && highest > 0.0);
        let ratio = |p: &[f64; 2]| p[0] / p[1];
        let bright: Vec<f64> = pairs
            .iter()
            .filter(|p| p[0] > 0.3 * highest)
            .map(ratio)
            .collect();
        let [low, high] = [f64::min, f64::max].map(|f| bright.iter().copied().reduce(f).unwrap());
        assert!(high / low < 1.001, "{plane}: {low} to {high}");
    }
    let wrong = cisterna(&[
        "predict",
        "--model",
        "1-2h-l2",
        "--scan",
        &told,
        "-o",
        path(&out),
    ]);
    assert!(text(&wrong.stderr).contains("is given 1-2h; there is pre"));
}
