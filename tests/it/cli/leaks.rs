//! `cisterna simulate --cohort leak`: a BIDS data set that can be gone on with, and worksheets that
//! `cisterna bern` takes.

use super::simulate::{document, files, table};
use super::{cisterna, json, path, text};
use std::path::Path;

fn simulate(root: &Path, more: &[&str]) -> std::process::Output {
    let mut args = vec![
        "simulate",
        "--cohort",
        "leak",
        "--patients",
        "3",
        "--seed",
        "4",
    ];
    args.extend(["--grid-mm", "2", "--twins", "-o", path(root)]);
    args.extend(more);
    cisterna(&args)
}

#[test]
fn a_cohort_of_leaks_is_bids_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("leaks");
    let output = simulate(&root, &["--jobs", "2"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    let (columns, rows) = table(&root.join("participants.tsv"));
    assert_eq!(columns[..4], ["participant_id", "age", "sex", "leak"]);
    assert_eq!(rows.len(), 3);
    let at = |name: &str| columns.iter().position(|own| own == name).unwrap();
    let leaks: Vec<&str> = rows.iter().map(|row| row[at("leak")].as_str()).collect();
    assert_eq!(leaks.iter().filter(|leak| **leak == "1").count(), 2);
    let described = document(&root.join("participants.json"));
    assert!(
        columns[1..]
            .iter()
            .all(|column| described[column].is_object())
    );

    for (row, leak) in rows.iter().zip(&leaks) {
        let subject = &row[0];
        let name = format!("{subject}_ce-gadolinium_T1w");
        let anat = root.join(subject).join("anat");
        let info = json(&["info", path(&anat.join(format!("{name}.nii.gz"))), "--json"]);
        assert_eq!(info["axcodes"], "RAS");
        let sidecar = document(&anat.join(format!("{name}.json")));
        assert_eq!(sidecar["Simulated"], true);
        assert_eq!(sidecar["RepetitionTime"], 0.6);
        assert_eq!(sidecar["EchoTime"], 0.0072);
        assert_eq!(sidecar["ContrastBolusIngredient"], "GADOLINIUM");
        // What says whether there is a leak is in the table and nowhere else.
        let told = sidecar.to_string();
        assert!(
            !told.contains("leak") && !told.contains("severity"),
            "{told}"
        );
        // Twins are no patients of the data set.
        let twin = root.join("derivatives/twins").join(subject).join("anat");
        let twin = twin.join(format!(
            "{subject}_ce-gadolinium_desc-withoutSigns_T1w.nii.gz"
        ));
        assert_eq!(twin.is_file(), *leak == "1", "{}", twin.display());
        let labels = root.join("derivatives/phantom").join(subject).join("anat");
        assert!(
            labels
                .join(format!("{subject}_desc-regions_dseg.nii.gz"))
                .is_file()
        );
    }

    // The simulated reader's worksheets have the scores of the table.
    let sheets = root.join("derivatives/bern");
    let output = cisterna(&["bern", "table", path(&sheets)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    let mut csv = csv::Reader::from_reader(told.as_bytes());
    let header = csv.headers().unwrap().clone();
    let points = header.iter().position(|own| own == "points_least").unwrap();
    let scores: Vec<String> = csv
        .records()
        .map(|row| row.unwrap()[points].to_owned())
        .collect();
    let expected: Vec<&str> = rows
        .iter()
        .map(|row| row[at("reader_bern")].as_str())
        .collect();
    assert_eq!(scores, expected);

    // Gone on with after a stop: the same bytes, from one patient at a time as from two.
    let before = files(&root);
    let truth = root.join("derivatives/phantom");
    std::fs::remove_file(truth.join("sub-0002/sub-0002_participant.json")).unwrap();
    std::fs::remove_dir_all(root.join("sub-0002")).unwrap();
    std::fs::remove_file(root.join("participants.tsv")).unwrap();
    let output = simulate(&root, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(before == files(&root), "another run gives other bytes");

    // Another cohort does not mix with it.
    for more in [["--preset", "clear"], ["--seed", "4"]] {
        let mut args = vec!["simulate", "--patients", "3", "-o", path(&root)];
        if more[0] == "--preset" {
            args.extend(["--cohort", "leak"]);
        }
        args.extend(more);
        let output = cisterna(&args);
        assert_eq!(output.status.code(), Some(1));
        let told = text(&output.stderr);
        assert!(
            told.contains("settings") && told.contains(path(&root)),
            "{told}"
        );
    }
}

#[test]
fn options_that_do_not_go_together_are_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("none");
    for (args, said) in [
        (
            vec!["--cohort", "leak", "--hours", "0,24"],
            "'--hours' cannot be used with '--cohort leak'",
        ),
        (
            vec!["--cohort", "leak", "--diagnosis", "SIH"],
            "'--diagnosis' cannot",
        ),
        (
            vec!["--cohort", "leak", "--planes-only"],
            "'--planes-only' cannot",
        ),
        (
            vec!["--cohort", "table1", "--patients", "3"],
            "'--patients' cannot",
        ),
        (
            vec!["--cohort", "table1", "--diagnosis", "SIH"],
            "'--diagnosis' cannot",
        ),
        (
            vec!["--preset", "clear"],
            "'--preset' cannot be used without '--cohort leak'",
        ),
        (vec!["--twins"], "'--twins' cannot"),
        (vec!["--cohort", "leak", "--preset", "easy"], "easy"),
        (vec!["--cohort", "leak", "--grid-mm", "3"], "--grid-mm"),
    ] {
        let output = cisterna(&[vec!["simulate", "-o", path(&root)], args.clone()].concat());
        assert_eq!(
            output.status.code(),
            Some(2),
            "{args:?}: {}",
            text(&output.stderr)
        );
        assert!(
            text(&output.stderr).contains(said),
            "{args:?}: {}",
            text(&output.stderr)
        );
        assert!(!root.exists());
    }
}
