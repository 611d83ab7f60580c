//! `cisterna train spaces` and `train counts`, and `predict`, `evaluate`, `report` and `model` with what they
//! make, from end to end on small heads.

use super::{cisterna, json, path, text};
use crate::models::fixture;
use cisterna::formats::{Voxels, write_nifti};
use cisterna::volume::{Grid, Orientation};
use nalgebra::Matrix4;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

const SIDE: usize = 24;
const N: usize = SIDE * SIDE * SIDE;

fn place(at: usize) -> [usize; 3] {
    [at % SIDE, at / SIDE % SIDE, at / (SIDE * SIDE)]
}

fn grid() -> Grid {
    Grid::new([SIDE; 3], Matrix4::identity()).unwrap()
}

/// White matter in the middle, and tubes along z in it: the patient's number of them.
fn is_white(at: usize) -> bool {
    place(at).iter().all(|i| (4..20).contains(i))
}

fn is_space(at: usize, n: usize) -> bool {
    let [x, y, z] = place(at);
    (0..n).any(|tube| [x, y] == [6 + 3 * (tube % 4), 7 + 4 * (tube / 4)] && (8..18).contains(&z))
}

/// Labels of FreeSurfer: white matter with a caudate whose top lies 10 voxels below the middle of the tubes.
fn label(at: usize) -> u8 {
    match place(at) {
        [5, 5, 4] => 11,
        _ if is_white(at) => 2,
        _ => 0,
    }
}

/// A data set of patients with 1, 2 ... tubes, dark on T1 and bright on T2, with masks, labels and ratings.
fn data_set(root: &Path, n_patients: usize) {
    let write = |file: PathBuf, values: Voxels<'_>| {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        write_nifti(&file, &grid(), Orientation::Known, values).unwrap();
    };
    let mut ratings =
        "participant_id\trater\tcount_centrum_semiovale\tzhu_white_matter\n".to_owned();
    for patient in 1..=n_patients {
        let anat = root.join(format!("sub-{patient:02}/anat"));
        let maps = root.join(format!("derivatives/hand/sub-{patient:02}/anat"));
        let name = |what: &str| format!("sub-{patient:02}_{what}.nii.gz");
        for (suffix, space) in [("T1w", 300.0), ("T2w", 1400.0)] {
            let value = |at: usize| {
                let noise = (at * (37 + patient) % 101) as f32 / 5.0;
                match (is_space(at, patient), is_white(at)) {
                    (true, _) => space + noise,
                    (_, true) => 700.0 + noise,
                    _ => noise,
                }
            };
            let values: Vec<f32> = (0..N).map(value).collect();
            write(anat.join(name(suffix)), Voxels::F32(&values));
            let sidecar = "{\"Simulated\": true, \"Manufacturer\": \"Nobody\"}";
            let file = anat.join(name(suffix).replace(".nii.gz", ".json"));
            std::fs::write(file, sidecar).unwrap();
        }
        let mask: Vec<u8> = (0..N).map(|at| u8::from(is_space(at, patient))).collect();
        for rater in ["rater1", "rater2"] {
            write(
                maps.join(name(&format!("desc-{rater}_mask"))),
                Voxels::U8(&mask),
            );
        }
        let labels: Vec<u8> = (0..N).map(label).collect();
        write(maps.join(name("dseg")), Voxels::U8(&labels));
        for rater in 1..=2 {
            let count = patient + rater * patient % 2;
            let grade = 1 + (patient + rater) % 3;
            ratings += &format!("sub-{patient:02}\t{rater}\t{count}\t{grade}\n");
        }
    }
    std::fs::write(root.join("derivatives/hand/ratings.tsv"), ratings).unwrap();
    let description = "{\"Name\": \"Tubes\", \"BIDSVersion\": \"1.9.0\"}";
    std::fs::write(root.join("dataset_description.json"), description).unwrap();
}

fn train(data: &Path, output: &Path, more: &[&str]) -> Output {
    let mut args = vec!["train", "spaces", "--data", path(data), "-o", path(output)];
    args.extend(["--base", "2", "--depth", "2", "--crop", "8", "--crops", "2"]);
    args.extend(["--epochs", "2", "--device", "cpu"]);
    args.extend(more);
    cisterna(&args)
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn refused(output: &Output, says: &str) {
    assert!(!output.status.success());
    let told = text(&output.stderr);
    assert!(told.contains(says), "{told}");
}

#[test]
fn networks_that_mark_are_trained_predict_and_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let data = at("data");
    data_set(&data, 6);
    // An autoencoder first, from which the others begin.
    let mut args = vec!["train", "spaces", "--pretrain", path(&data)];
    let encoder = at("encoder");
    args.extend([
        "-o",
        path(&encoder),
        "--base",
        "2",
        "--depth",
        "2",
        "--crop",
        "8",
    ]);
    args.extend(["--epochs", "1", "--device", "cpu"]);
    succeeded(&cisterna(&args));
    let encoder = encoder.join("model.bpk");
    let model = at("model");
    let more = ["--start", path(&encoder), "--folds", "2", "--subjects", "3"];
    let told = succeeded(&train(&data, &model, &more));
    assert!(told.contains("test (6 patients)"), "{told}");
    refused(&train(&data, &model, &more), "--resume");
    let card: Value =
        serde_json::from_slice(&std::fs::read(model.join("card.json")).unwrap()).unwrap();
    assert_eq!(card["task"]["spaces"]["network"]["members"], 2);
    let start = &card["origin"]["trained"]["settings"]["start"]["name"];
    assert_eq!(start, "spaces-autoencoder");
    assert!(card["purpose"].as_str().unwrap().contains("simulated"));

    let bpk = model.join("model.bpk");
    let scan = data.join("sub-01/anat/sub-01_T1w.nii.gz");
    let labels = data.join("derivatives/hand/sub-01/anat/sub-01_dseg.nii.gz");
    let out = at("out");
    let predict = |model: &Path, out: &Path| {
        let mut args = vec!["predict", "--model", path(model), "--scan", path(&scan)];
        args.extend([
            "--labels",
            path(&labels),
            "--threshold",
            "0.3",
            "--device",
            "cpu",
        ]);
        args.extend(["--memory", "1", "-o", path(out)]);
        cisterna(&args)
    };
    succeeded(&predict(&bpk, &out));
    let names = [
        "probability.nii.gz",
        "mask.nii.gz",
        "clusters.tsv",
        "spaces.json",
    ];
    for name in names {
        assert!(out.join(format!("sub-01_T1w_{name}")).is_file(), "{name}");
    }
    let record: Value =
        serde_json::from_slice(&std::fs::read(out.join("sub-01_T1w_spaces.json")).unwrap())
            .unwrap();
    assert_eq!(
        record["within"],
        "in white matter, deep grey matter and brainstem of the label map"
    );
    assert_eq!(record["remarks"], serde_json::json!([]));
    let everywhere = at("everywhere");
    let mut args = vec!["predict", "--model", path(&bpk), "--scan", path(&scan)];
    args.extend(["--threshold", "0.3", "--device", "cpu", "--json"]);
    args.extend(["-o", path(&everywhere)]);
    let all = json(&args);
    assert_eq!(all["within"], "everywhere");
    let told = all["remarks"][0].as_str().unwrap();
    assert!(
        told.contains("no label map was given: clusters in cortex"),
        "{told}"
    );
    assert!(all["mm3"].as_f64().unwrap() >= record["mm3"].as_f64().unwrap());
    refused(&predict(&bpk, &out), "not overwritten");
    refused(&predict(&encoder, &at("none")), "autoencoder");
    // A label map that cannot be had is refused before anything is computed or written.
    let mut args = vec!["predict", "--model", path(&bpk), "--scan", path(&scan)];
    let (missing, nothing) = (at("no_dseg.nii"), at("nothing"));
    args.extend(["--labels", path(&missing), "--device", "cpu"]);
    args.extend(["-o", path(&nothing)]);
    refused(&cisterna(&args), "no_dseg.nii");
    assert!(!nothing.exists());
    let info = |name: &str| {
        let file = out.join(format!("sub-01_T1w_{name}"));
        json(&["info", path(&file), "--json"])
    };
    let shape = info("mask.nii.gz")["shape"].clone();
    assert_eq!(shape, json(&["info", path(&scan), "--json"])["shape"]);

    // Each patient was learned from by one of the two networks, so that new ones are needed.
    let new = at("new");
    data_set(&new, 4);
    let of = |data: &Path| {
        let mut args = vec!["evaluate", "--data", path(data), "--model", path(&bpk)];
        args.extend(["--device", "cpu", "--json"]);
        args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>()
    };
    refused(&cisterna(&of(&data)), "learned from all patients");
    let mut args = of(&new);
    args.extend(["--second-masks", "rater1"].map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    refused(&cisterna(&args), "--second-masks names rater1 too");
    let mut args = of(&new);
    args.extend(["--against".to_owned(), path(&data).to_owned()]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let evaluate = json(&args);
    let found = &evaluate["models"][0];
    assert_eq!(found["task"], "spaces");
    for name in ["0.1", "0.5", "0.9"] {
        assert!(found["voxel_dice"][name].is_number(), "{name}");
    }
    assert!(found["cluster_dice"]["10"].is_number());
    let rule = evaluate["cluster_rule"].as_str().unwrap();
    assert!(rule.contains("marks everything has 1"), "{rule}");
    let within = found["within"].as_str().unwrap();
    assert!(within.starts_with("in white matter"), "{within}");
    assert!(found["best_threshold"].is_number());
    assert!(found["frangi"]["voxel_dice"]["0.05"].is_number());
    // Both raters drew the same.
    assert_eq!(found["second_rater"]["voxel_dice"]["0.5"], 1.0);
    assert_eq!(found["distribution"]["loads"].as_array().unwrap().len(), 6);
    assert!(found["rating"]["fit"].is_object() || found["rating"]["reason"].is_string());

    let report = at("report");
    let args = [
        "report",
        "spaces",
        path(&new),
        "--model",
        path(&bpk),
        "-o",
        path(&report),
    ];
    succeeded(&cisterna(&[&args[..], &["--device", "cpu"]].concat()));
    let page = std::fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("Research use only") && page.contains("Frangi"));
    assert!(page.contains("marks everything has 1"));
    assert!(report.join("figures/beside_voxels_1.svg").is_file());
    assert!(report.join("tables/scores_1.csv").is_file());
    assert!(report.join("figures/dice_clusters_1.svg").is_file());
}

#[test]
fn a_training_can_be_ended_early_and_says_how_far_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let [data, model] = ["data", "model"].map(|name| folder.path().join(name));
    data_set(&data, 3);
    refused(
        &train(&data, &model, &["--finish"]),
        "there is no training to finish",
    );
    assert!(!model.exists());
    succeeded(&train(&data, &model, &[]));
    std::fs::remove_file(model.join("model.bpk")).unwrap();
    succeeded(&train(&data, &model, &["--finish"]));
    let card: Value =
        serde_json::from_slice(&std::fs::read(model.join("card.json")).unwrap()).unwrap();
    assert_eq!(card["origin"]["trained"]["settings"]["epochs"], 2);
    refused(
        &train(&data, &model, &["--resume", "--seed", "9"]),
        "another training",
    );
    refused(
        &train(&data, &folder.path().join("x"), &["--masks", "nobody"]),
        "_desc-nobody_mask",
    );
}

#[test]
fn networks_that_count_are_trained_count_and_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let data = at("data");
    data_set(&data, 6);
    let train = |network: &str, output: &Path| {
        let mut args = vec!["train", "counts", "--data", path(&data), "--region", "cso"];
        args.extend(["--network", network, "--features", "2", "--depth", "1"]);
        args.extend(["--spacing", "1,1,1", "--size", "20,20,6", "--slab", "6"]);
        args.extend([
            "--gain",
            "50",
            "--epochs",
            "2",
            "--device",
            "cpu",
            "-o",
            path(output),
        ]);
        args.extend(["--name", network]);
        cisterna(&args)
    };
    let [gp, cnn] = [at("gp"), at("cnn")];
    let told = succeeded(&train("gp-unet", &gp));
    assert!(told.contains("test (1 patients)"), "{told}");
    succeeded(&train("cnn", &cnn));
    let [gp, cnn] = [gp, cnn].map(|folder| folder.join("model.bpk"));

    let scan = data.join("sub-01/anat/sub-01_T2w.nii.gz");
    let labels = data.join("derivatives/hand/sub-01/anat/sub-01_dseg.nii.gz");
    let out = at("out");
    let mut args = vec!["predict", "--model", path(&gp), "--scan", path(&scan)];
    args.extend(["--device", "cpu", "--json", "-o", path(&out)]);
    refused(&cisterna(&args), "--labels");
    args.extend(["--labels", path(&labels)]);
    let counted = json(&args);
    assert_eq!(counted["task"], "counts");
    let count = counted["count"].as_f64().unwrap();
    let detected = counted["detections"].as_array().unwrap().len();
    assert!(detected as f64 <= count.round().max(0.0));
    assert!(out.join("sub-01_T2w_cso_attention.nii.gz").is_file());

    // Who was learned from judges nobody, so that new patients are needed for a correlation.
    let new = at("new");
    data_set(&new, 5);
    let models = ["--model", path(&gp), path(&cnn)];
    let itself = ["evaluate", "--data", path(&new), "--second-rater", "1"];
    refused(
        &cisterna(&[&itself[..], &models].concat()),
        "--second-rater is 1",
    );
    let evaluate = [
        "evaluate",
        "--data",
        path(&new),
        "--device",
        "cpu",
        "--json",
    ];
    let found = json(&[&evaluate[..], &models].concat());
    let first = &found["models"][0];
    assert_eq!(first["task"], "counts");
    assert_eq!(first["region"], "cso");
    for name in ["pearson", "pearson_low", "pearson_high", "mae"] {
        assert!(first[name].is_number() || first[name].is_null(), "{name}");
    }
    assert!(first["rater2"]["pearson"].is_number());
    assert_eq!(found["pairs"].as_array().unwrap().len(), 1);

    let report = at("report");
    let args = [
        "report",
        "counts",
        path(&new),
        "--device",
        "cpu",
        "-o",
        path(&report),
    ];
    succeeded(&cisterna(&[&args[..], &models].concat()));
    let table = std::fs::read_to_string(report.join("tables/pearson.csv")).unwrap();
    assert!(
        table.contains("rater 2") && table.contains("gp-unet"),
        "{table}"
    );
}

#[test]
fn checkpoints_of_folds_are_taken_over_as_one_model() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("shiva.bpk");
    let [one, two] = ["spaces-fold1.pt", "spaces-fold2.pt"].map(fixture);
    let mut args = vec!["model", "import", path(&one), "--as", "spaces"];
    args.extend([
        "--folds",
        path(&two),
        "--licence",
        "none",
        "-o",
        path(&output),
    ]);
    succeeded(&cisterna(&args));
    let card = json(&["model", "show", path(&output), "--json"]);
    assert_eq!(card["task"]["spaces"]["network"]["members"], 2);
    let imported = &card["origin"]["imported"];
    assert_eq!(imported["file"], "spaces-fold1.pt, spaces-fold2.pt");
    let hashes = imported["sha256"].as_str().unwrap().split(", ");
    assert!(hashes.clone().all(|hash| hash.len() == 64));
    assert_eq!(hashes.count(), 2);
}
