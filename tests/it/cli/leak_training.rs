//! `cisterna train leak`, and what is made of what it trains: `evaluate`, `predict`, `explain` with its
//! checks, and `report leak`.

use super::{cisterna, json, path, text};
use cisterna::formats::{Voxels, write_nifti};
use cisterna::phantom::DemoScans;
use cisterna::volume::Orientation;
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

/// So many heads: the demo's, whose front is brighter where there is a leak; one whose label is not known,
/// and one row without a scan.
fn data_set(root: &Path, n: usize) {
    let demo = DemoScans::coarse();
    let grid = &demo.head().grid;
    let counts = demo.scan(0);
    let [nx, ny, _] = grid.dims();
    let mut table = "participant_id\tage\tsex\tleak\tsize\treader_bern\n".to_owned();
    for at in 0..n + 1 {
        let has_leak = at.is_multiple_of(2);
        let leak = match at == n {
            true => "n/a".to_owned(),
            false => u8::from(has_leak).to_string(),
        };
        let bern = if has_leak { 3 + at % 5 } else { at % 5 };
        let sex = if at % 3 == 0 { "M" } else { "F" };
        writeln!(
            table,
            // As programs write a column of whole numbers that has gaps.
            "sub-{at:02}\t{}\t{sex}\t{leak}\t{}\t{bern}.0",
            30 + 7 * at % 40,
            at % 4
        )
        .unwrap();
        let gain = 1.0 + 0.05 * (at % 7) as f32;
        let values: Vec<f32> = counts
            .iter()
            .enumerate()
            .map(|(i, &count)| {
                let is_front = i / nx % ny > ny / 2;
                let more = if has_leak && is_front { 1.5 } else { 1.0 };
                f32::from(count) * gain * more
            })
            .collect();
        write_head(root, &format!("{at:02}"), grid, &values);
    }
    table += "sub-98\t50\tF\t1\t0\t2\n";
    std::fs::write(root.join("participants.tsv"), table).unwrap();
    let description = "{\"Name\": \"Bright fronts\", \"BIDSVersion\": \"1.9.0\"}";
    std::fs::write(root.join("dataset_description.json"), description).unwrap();
}

fn write_head(root: &Path, subject: &str, grid: &cisterna::volume::Grid, values: &[f32]) {
    let anat = root.join(format!("sub-{subject}/anat"));
    std::fs::create_dir_all(&anat).unwrap();
    let stem = format!("sub-{subject}_ce-gadolinium_T1w");
    let scan = anat.join(format!("{stem}.nii.gz"));
    write_nifti(&scan, grid, Orientation::Known, Voxels::F32(values)).unwrap();
    std::fs::write(anat.join(format!("{stem}.json")), "{\"Simulated\": true}").unwrap();
}

fn train(data: &Path, output: &Path, more: &[&str]) -> std::process::Output {
    let mut args = vec!["train", "leak", "--data", path(data), "--network", "sfcn"];
    args.extend(["--maps", "4,6,8", "--grid-mm", "2", "--size", "32,32,32"]);
    args.extend([
        "--recipe",
        "best",
        "--learning-rate",
        "0.01",
        "--device",
        "cpu",
    ]);
    args.extend(["-o", path(output)]);
    args.extend(more);
    cisterna(&args)
}

fn document(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn networks_are_trained_fold_by_fold_judged_explained_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let [data, home] = ["data", "trained"].map(|name| folder.path().join(name));
    data_set(&data, 20);
    let folds = [
        "--folds",
        "2",
        "--inner-split",
        "--epochs",
        "6",
        "--coarse-epochs",
        "1",
    ];
    let more = [&folds[..], &["--beside", "size"]].concat();
    let one = train(&data, &home, &[&more[..], &["--fold", "1"]].concat());
    assert!(one.status.success(), "{}", text(&one.stderr));
    let said = text(&one.stderr);
    for word in [
        "sub-20 is left out",
        "neither 1 nor 0",
        "10 patients to learn from",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(
        !text(&one.stdout).contains("over 2 folds"),
        "{}",
        text(&one.stdout)
    );
    let again = train(&data, &home, &more);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        text(&again.stderr).contains("--resume"),
        "{}",
        text(&again.stderr)
    );
    let all = train(&data, &home, &[&more[..], &["--resume"]].concat());
    assert!(all.status.success(), "{}", text(&all.stderr));
    let told = text(&all.stdout);
    for word in [
        "as in paper 002, optimistic",
        "over 2 folds",
        "SD over folds",
        "Bern score",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
    let start = home.join("fold-1/model.bpk");
    let begun = ["--folds", "2", "--fold", "2", "--epochs", "1", "--start"];
    let more = [&begun[..], &[path(&start)]].concat();
    let begun = train(&data, &folder.path().join("begun"), &more);
    assert_eq!(begun.status.code(), Some(1));
    let said = text(&begun.stderr);
    assert!(said.contains("would be judged"), "{said}");
    check_fold(&home.join("fold-2"));
    check_judged(&data, &home);
    check_explained(&data, &home, folder.path());
    check_reported(&home, folder.path());
}

fn check_fold(fold: &Path) {
    for file in [
        "model.bpk",
        "card.md",
        "losses.csv",
        "losses.png",
        "checkpoint.bpk",
    ] {
        assert!(fold.join(file).is_file(), "{file}");
    }
    let card = document(&fold.join("card.json"));
    let leak = &card["task"]["leak"];
    assert_eq!(leak["network"]["sfcn"]["out_channels"], 2);
    assert!(leak["temperature"].as_f64().unwrap() > 0.0);
    assert_eq!(leak["training"]["fold"], serde_json::json!([2, 2]));
    let inner = leak["training"]["inner"].as_array().unwrap();
    let split = &card["origin"]["trained"]["split"];
    let train = split["train"].as_array().unwrap();
    assert!(!inner.is_empty() && inner.iter().all(|one| train.contains(one)));
    let page = std::fs::read_to_string(fold.join("card.md")).unwrap();
    for word in [
        "Research use only",
        "simulated heads",
        "bias field",
        "optimistic",
        "AdamW",
    ] {
        assert!(page.contains(word), "{word}: {page}");
    }
    let mut rows = csv::Reader::from_path(fold.join("predictions.csv")).unwrap();
    let n = rows
        .records()
        .map(|row| {
            let row = row.unwrap();
            assert_eq!(row.len(), 7);
            assert!(row[4].parse::<u8>().is_ok(), "a Bern score: {row:?}");
        })
        .count();
    assert_eq!(n, split["test"].as_array().unwrap().len());
}

/// Only the heads of its own fold count, and `predict` gives what `evaluate` judges.
fn check_judged(data: &Path, home: &Path) {
    let model = home.join("fold-1/model.bpk");
    let args = [
        "evaluate",
        "--data",
        path(data),
        "--model",
        path(&model),
        "--json",
    ];
    let judged = json(&[&args[..], &["--device", "cpu"]].concat());
    let one = &judged["models"][0];
    assert_eq!(
        (one["task"].as_str(), one["patients"].as_u64()),
        (Some("leak"), Some(10))
    );
    assert_eq!(one["is_own_data"], true);
    for number in ["auroc", "bern_auroc", "delong_p", "brier"] {
        let value = one[number].as_f64();
        assert!(
            value.is_some_and(|v| (0.0..=1.0).contains(&v)),
            "{number}: {one}"
        );
    }
    let text = std::fs::read_to_string(home.join("fold-1/predictions.csv")).unwrap();
    let row: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
    let scan = format!("sub-{0}/anat/sub-{0}_ce-gadolinium_T1w.nii.gz", row[0]);
    let output = home.join("predicted");
    let scan = data.join(scan);
    let args = [
        "predict",
        "--model",
        path(&model),
        "--scan",
        path(&scan),
        "-o",
        path(&output),
    ];
    let predicted = json(&[&args[..], &["--json", "--device", "cpu"]].concat());
    let probability: f64 = row[3].parse().unwrap();
    let made = predicted["probability"].as_f64().unwrap();
    assert!(
        (made - probability).abs() < 1e-6,
        "{made}, not {probability}"
    );
}

fn check_explained(data: &Path, home: &Path, folder: &Path) {
    let model = home.join("fold-1/model.bpk");
    let [with, without] = ["00", "01"].map(|subject| {
        data.join(format!(
            "sub-{subject}/anat/sub-{subject}_ce-gadolinium_T1w.nii.gz"
        ))
    });
    let map = folder.join("map.nii.gz");
    let mut args = vec!["explain", "--model", path(&model), "--scan", path(&with)];
    args.extend([
        "--method",
        "occlusion",
        "--patch",
        "8,8,8",
        "-o",
        path(&map),
        "--json",
    ]);
    args.extend([
        "--checks",
        "--twin",
        path(&without),
        "--steps",
        "4",
        "--labels",
        path(&with),
    ]);
    let refused = cisterna(&args);
    // A scan is no label map.
    assert_eq!(refused.status.code(), Some(1));
    let labels = folder.join("labels_dseg.nii.gz");
    let demo = DemoScans::coarse();
    let grid = &demo.head().grid;
    let n: usize = grid.dims().iter().product();
    let halves: Vec<u8> = (0..n).map(|i| if i < n / 2 { 3 } else { 5 }).collect();
    write_nifti(&labels, grid, Orientation::Known, Voxels::U8(&halves)).unwrap();
    std::fs::write(folder.join("labels_dseg.tsv"), "index\tname\n3\tlower\n").unwrap();
    let at = args.len() - 1;
    args[at] = path(&labels);
    let made = json(&args);
    let checks = &made["checks"];
    assert_eq!(checks["order"]["deletion"].as_array().unwrap().len(), 5);
    // Three convolutions, and the last layer.
    assert_eq!(checks["forgotten"].as_array().unwrap().len(), 4);
    assert_eq!(checks["folds"].as_array().unwrap().len(), 1);
    let twin = &checks["twin"];
    let [mass, chance] = ["mass", "chance"].map(|name| twin[name].as_f64().unwrap());
    assert!(
        (0.0..=1.0).contains(&mass) && (0.0..=1.0).contains(&chance),
        "{twin}"
    );
    let regions = made["regions"].as_array().unwrap();
    assert_eq!(regions.len(), 2);
    assert!(regions.iter().any(|one| one["name"] == "lower"));
    assert!(folder.join("map_regions.csv").is_file() && folder.join("map_regions.svg").is_file());
    let mean = folder.join("mean.nii.gz");
    let mut args = vec!["explain", "--model", path(&model), "--data", path(data)];
    args.extend([
        "--method",
        "occlusion",
        "--patch",
        "16,16,16",
        "-o",
        path(&mean),
        "--json",
    ]);
    let made = json(&args);
    assert_eq!(made["heads"], serde_json::json!([5, 5]));
    assert!(folder.join("mean_without.nii.gz").is_file());
}

fn check_reported(home: &Path, folder: &Path) {
    let report = folder.join("report");
    let map = folder.join("map.nii.gz");
    let args = [
        "report",
        "leak",
        path(home),
        "-o",
        path(&report),
        "--bootstrap",
        "1000",
    ];
    let more = ["--map", path(&map), "--scan", path(&map)];
    let made = cisterna(&[&args[..], &more].concat());
    assert!(made.status.success(), "{}", text(&made.stderr));
    let page = std::fs::read_to_string(report.join("report.html")).unwrap();
    for word in [
        "simulated heads only",
        "CLAIM",
        "STARD-AI",
        "TRIPOD+AI",
        "paper 002, Table 1",
        "paper 002, Table 2",
        "paper 002, Figure 2",
        "paper 002, Figure 3",
        "optimistic",
        "Not a medical device",
    ] {
        assert!(page.contains(word), "{word}");
    }
    let analysis = document(&report.join("analysis.json"));
    assert_eq!(analysis["heads"], serde_json::json!([10, 10]));
    assert_eq!(analysis["areas"]["folds"].as_array().unwrap().len(), 2);
    for table in [
        "participants",
        "folds",
        "beside_bern",
        "calibration",
        "decision",
    ] {
        assert!(
            report.join(format!("tables/{table}.csv")).is_file(),
            "{table}"
        );
    }
    let unfinished = cisterna(&[
        "report",
        "leak",
        path(folder),
        "-o",
        path(&folder.join("no")),
    ]);
    assert_eq!(unfinished.status.code(), Some(1));
    assert!(
        text(&unfinished.stderr).contains("no fold"),
        "{}",
        text(&unfinished.stderr)
    );
}

#[test]
fn data_sets_that_cannot_be_learned_from_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    data_set(&data, 4);
    let refused = |more: &[&str], word: &str| {
        let made = train(&data, &folder.path().join("never"), more);
        assert_eq!(made.status.code(), Some(1), "{}", text(&made.stdout));
        let said = text(&made.stderr);
        assert!(said.contains(word), "{word}: {said}");
    };
    refused(&["--folds", "3"], "too few for 3 folds");
    refused(&["--folds", "0"], "--folds must be at least 1");
    refused(&["--folds", "1"], "--inner-split");
    refused(&["--folds", "2", "--fold", "3"], "--fold is 3");
    refused(&["--beside", "severity"], "no column severity");
    // Letters are no numbers.
    refused(
        &["--beside", "sex"],
        "no head has a number in the column sex",
    );
    let two = ["--folds", "2", "--learn-from"];
    refused(&[&two[..], &["3"]].concat(), "--learn-from is 3");
    refused(&[&two[..], &["1"]].concat(), "--learn-from is 1");
    std::fs::write(data.join("participants.tsv"), "participant_id\nsub-00\n").unwrap();
    refused(&[], "no column leak");
}
