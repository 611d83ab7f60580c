//! `cisterna simulate --cohort spaces` and `cisterna spaces`, from end to end.

use super::{cisterna, json, path, text, write_scan};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A data set of one patient, made once.
fn data_set() -> &'static Path {
    static DATA: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = DATA.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let output = simulate(&folder.path().join("set"), &[]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        folder
    });
    Box::leak(folder.path().join("set").into_boxed_path())
}

fn simulate(root: &Path, more: &[&str]) -> std::process::Output {
    let mut args = vec![
        "simulate",
        "--cohort",
        "spaces",
        "--patients",
        "1",
        "--seed",
        "4",
    ];
    args.extend(["-o", path(root)]);
    args.extend(more);
    cisterna(&args)
}

fn truth(what: &str) -> PathBuf {
    data_set().join(format!(
        "derivatives/phantom/sub-0001/anat/sub-0001_desc-{what}.nii.gz"
    ))
}

fn scan() -> PathBuf {
    data_set().join("sub-0001/anat/sub-0001_T1w.nii.gz")
}

fn table(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

fn column(table: &[Vec<String>], name: &str) -> Vec<String> {
    let at = table[0].iter().position(|column| column == name).unwrap();
    table[1..].iter().map(|row| row[at].clone()).collect()
}

#[test]
fn a_cohort_of_spaces_is_bids_with_its_truth() {
    let root = data_set();
    let participants = table(&root.join("participants.tsv"));
    assert_eq!(column(&participants, "participant_id"), ["sub-0001"]);
    let n: usize = column(&participants, "n_spaces")[0].parse().unwrap();
    let spaces = table(&root.join("derivatives/phantom/sub-0001/sub-0001_spaces.tsv"));
    assert_eq!(spaces.len(), n + 1);
    let described: Value =
        serde_json::from_slice(&std::fs::read(root.join("participants.json")).unwrap()).unwrap();
    let explained = participants[0][1..]
        .iter()
        .all(|name| described[name].is_object());
    assert!(explained, "{described}");
    let ratings = table(&root.join("derivatives/phantom/ratings.tsv"));
    assert_eq!(column(&ratings, "rater"), ["1", "2"]);
    let readme = std::fs::read_to_string(root.join("README")).unwrap();
    assert!(readme.contains("Research use only"));
    for what in [
        "spaces_mask",
        "rater1_mask",
        "rater2_mask",
        "spaces_probseg",
        "regions_dseg",
    ] {
        let info = json(&["info", path(&truth(what)), "--json"]);
        assert_eq!(info["shape"], serde_json::json!([256, 256, 256]), "{what}");
    }
    // Marked voxels are those of the tables.
    let voxels: f64 = column(&ratings, "mask_mm3")[0].parse().unwrap();
    let clusters = json(&["spaces", "clusters", path(&truth("rater1_mask")), "--json"]);
    let sum: f64 = clusters["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["mm3"].as_f64().unwrap())
        .sum();
    assert!((sum - voxels).abs() < 0.1, "{sum} and {voxels}");
}

#[test]
fn a_run_goes_on_only_with_its_like() {
    let root = data_set();
    let before = std::fs::read(root.join("participants.tsv")).unwrap();
    let again = simulate(root, &[]);
    assert!(again.status.success(), "{}", text(&again.stderr));
    assert_eq!(
        std::fs::read(root.join("participants.tsv")).unwrap(),
        before
    );
    let other = simulate(root, &["--sequence", "t2"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(
        text(&other.stderr).contains("other settings"),
        "{}",
        text(&other.stderr)
    );
}

#[test]
fn what_is_for_another_cohort_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |args: &[&str], status: i32, words: &str| {
        let output = folder.path().join("none");
        let mut all = vec!["simulate", "-o", path(&output)];
        all.extend(args);
        let made = cisterna(&all);
        assert_eq!(made.status.code(), Some(status), "{args:?}");
        assert!(text(&made.stderr).contains(words), "{}", text(&made.stderr));
        assert!(!output.exists());
    };
    check(
        &["--cohort", "spaces", "--sequence", "tfe"],
        1,
        "t1, t2 or t2-clinical",
    );
    check(&["--sequence", "t2"], 1, "--cohort spaces");
    let planes = ["--cohort", "spaces", "--planes-only"];
    check(
        &planes,
        2,
        "'--planes-only' cannot be used with '--cohort spaces'",
    );
    let patients = ["--cohort", "table1", "--patients", "3"];
    check(
        &patients,
        2,
        "'--patients' cannot be used with '--cohort table1'",
    );
}

#[test]
fn clusters_have_regions_sides_and_places() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("clusters.tsv");
    let (labels, scan) = (truth("regions_dseg"), scan());
    let mask = truth("spaces_mask");
    let mut args = vec!["spaces", "clusters", path(&mask), "--labels", path(&labels)];
    args.extend(["--scan", path(&scan), "-o", path(&output)]);
    let made = cisterna(&args);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(made.stdout.is_empty());
    let clusters = table(&output);
    let regions = column(&clusters, "region");
    let sides = column(&clusters, "side");
    assert!(
        regions
            .iter()
            .filter(|region| *region == "white_matter_left")
            .count()
            > 10
    );
    for ((region, side), x) in regions.iter().zip(&sides).zip(column(&clusters, "x_mm")) {
        let x: f64 = x.parse().unwrap();
        match side.as_str() {
            "left" => assert!(region.ends_with("_left") && x < 6.0, "{region} at {x}"),
            "right" => assert!(region.ends_with("_right") && x > -6.0, "{region} at {x}"),
            none => assert_eq!(none, "n/a"),
        }
    }
    // Most spaces of the white matter are darker than what is around them.
    let contrasts = column(&clusters, "contrast");
    let white = contrasts
        .iter()
        .zip(&regions)
        .filter(|(_, region)| region.starts_with("white"));
    let contrasts: Vec<f64> = white
        .map(|(contrast, _)| contrast.parse().unwrap())
        .collect();
    let n_dark = contrasts.iter().filter(|contrast| **contrast < 0.0).count();
    assert!(
        n_dark * 10 > contrasts.len() * 8,
        "{n_dark} of {}",
        contrasts.len()
    );
    // Without a file the table is printed, byte for byte.
    args.truncate(args.len() - 2);
    let printed = cisterna(&args);
    assert_eq!(
        text(&printed.stdout),
        std::fs::read_to_string(&output).unwrap()
    );
}

#[test]
fn a_second_rater_is_scored_against_the_first() {
    let [first, second] = ["rater1_mask", "rater2_mask"].map(truth);
    let args = [
        "spaces",
        "score",
        "--truth",
        path(&first),
        "--predicted",
        path(&second),
    ];
    let printed = cisterna(&args);
    assert!(printed.status.success(), "{}", text(&printed.stderr));
    let words = text(&printed.stdout);
    assert!(
        words.contains("SHiVAi F1") && words.contains("Research use only"),
        "{words}"
    );
    let mut args = args.to_vec();
    args.push("--json");
    let scored = json(&args);
    let means = scored["means"].as_array().unwrap();
    assert_eq!(means.len(), 9 * 16);
    // A mask is the same at each threshold; the file that is compared with itself is found whole.
    let dice = |row: &Value| row["mean"]["voxel_dice"].as_f64().unwrap();
    assert_eq!(dice(&means[0]), dice(&means[16]));
    // One case, whose differences are those of the mean but for the sign.
    for of in ["count_difference", "volume_difference_mm3"] {
        let number = |key: &str| means[0][key].as_f64().unwrap();
        assert!(number(of) != 0.0, "{of}");
        assert_eq!(number(&format!("absolute_{of}")), number(of).abs());
    }
    assert!((0.3..0.8).contains(&dice(&means[0])), "{}", dice(&means[0]));
    let same = json(&[
        "spaces",
        "score",
        "--truth",
        path(&first),
        "--predicted",
        path(&first),
        "--json",
    ]);
    for rule in [
        "voxel_dice",
        "shivai_f1",
        "symmetric_f1",
        "epvs_f1",
        "valdo_f1",
    ] {
        assert_eq!(same["means"][0]["mean"][rule], 1.0, "{rule}");
    }
}

#[test]
fn vesselness_finds_more_in_spaces_than_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("frangi.nii.gz");
    let (scan, labels, mask) = (scan(), truth("regions_dseg"), truth("spaces_mask"));
    let white = "white_matter_left,white_matter_right";
    let mut args = vec!["spaces", "vesselness", path(&scan), "--spaces", "dark"];
    args.extend(["--labels", path(&labels), "--within", white, "--erode", "2"]);
    args.extend(["-o", path(&output)]);
    let made = cisterna(&args);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let told: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("frangi.json")).unwrap()).unwrap();
    assert_eq!(told["SpacesAreDark"], true);
    let scored = json(&[
        "spaces",
        "score",
        "--truth",
        path(&mask),
        "--predicted",
        path(&output),
        "--thresholds",
        "0.02,0.1,0.3",
        "--left-out",
        "0,5",
        "--json",
    ]);
    let f1 = |row: &Value| row["mean"]["shivai_f1"].as_f64().unwrap();
    let best = scored["means"]
        .as_array()
        .unwrap()
        .iter()
        .map(f1)
        .fold(0.0, f64::max);
    assert!(best > 0.15, "{best}");
    let wrong = cisterna(&[
        "spaces",
        "vesselness",
        path(&scan),
        "--spaces",
        "dark",
        "--labels",
        path(&labels),
        "--within",
        "moon",
        "-o",
        path(&output),
    ]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        text(&wrong.stderr).contains("\"moon\""),
        "{}",
        text(&wrong.stderr)
    );
}

#[test]
fn masks_that_cannot_be_compared_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_scan(&at("mask.nii"), [8, 8, 8], |i, _, _| {
        f32::from(u8::from(i > 5))
    });
    write_scan(&at("small.nii"), [7, 8, 8], |_, _, _| 0.5);
    write_scan(&at("counts.nii"), [8, 8, 8], |i, _, _| 100.0 * i as f32);
    write_scan(&at("half.nii"), [8, 8, 8], |_, _, _| 0.5);
    let check = |truth: &[&str], predicted: &[&str], words: &[&str]| {
        let mut args = vec![
            "spaces".to_owned(),
            "score".to_owned(),
            "--truth".to_owned(),
        ];
        args.extend(truth.iter().map(|name| path(&at(name)).to_owned()));
        args.push("--predicted".to_owned());
        args.extend(predicted.iter().map(|name| path(&at(name)).to_owned()));
        let made = cisterna(&args);
        assert_eq!(made.status.code(), Some(1), "{words:?}");
        for word in words {
            assert!(text(&made.stderr).contains(word), "{}", text(&made.stderr));
        }
    };
    check(
        &["mask.nii"],
        &["small.nii"],
        &["different grids", "small.nii"],
    );
    check(&["mask.nii"], &["counts.nii"], &["100", "counts.nii"]);
    check(&["half.nii"], &["mask.nii"], &["0.5", "half.nii"]);
    check(&["mask.nii", "mask.nii"], &["mask.nii"], &["2 masks"]);
    check(&["mask.nii"], &["none.nii"], &["none.nii"]);
}
