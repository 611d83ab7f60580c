//! `cisterna bern`: scores and tables of worksheets, two readers against scikit-learn and numpy, and
//! bad worksheets.

use super::{cisterna, json, path, text};
use std::path::Path;

/// Twelve scans by two readers: present, absent or not assessable, and lengths in mm of which the second
/// reader's differ by what follows.
const SIGNS: [[&str; 3]; 2] = [
    ["PPAAAPPAAPAN", "PPPAAAAAPPAA", "APAAAAAAAAAA"],
    ["PAAAAPPAPPAA", "PPAAAAAAPPPA", "APAAAAAAAAAA"],
];
const LENGTHS_MM: [[f64; 12]; 3] = [
    [3.1, 6.2, 4.0, 2.2, 5.5, 7.1, 3.9, 4.4, 1.0, 2.9, 6.6, 5.0],
    [4.2, 5.1, 5.0, 6.3, 2.0, 4.9, 7.7, 5.5, 3.3, 4.1, 6.0, 5.2],
    [6.5, 7.2, 4.4, 3.9, 8.8, 6.4, 7.0, 5.2, 2.5, 4.8, 9.1, 6.6],
];
const MORE_MM: [[f64; 12]; 3] = [
    [
        0.2, -0.5, 0.3, 0.1, -0.4, 0.6, 0.2, -0.6, 0.1, 0.3, -0.2, 0.4,
    ],
    [
        -0.3, 0.2, 0.1, -0.5, 0.4, 0.3, -0.1, 0.2, -0.6, 0.5, 0.1, -0.2,
    ],
    [
        0.1, 0.4, -0.3, 0.2, -0.1, 0.3, -0.6, 0.5, 0.2, -0.4, 0.1, -0.2,
    ],
];

/// The worksheet of a reader, 0 or 1, of one of twelve scans.
pub(crate) fn sheet(reader: usize, scan: usize) -> String {
    let sign = |which: usize| match SIGNS[reader][which].as_bytes()[scan] {
        b'P' => "present",
        b'A' => "absent",
        _ => "not_assessable",
    };
    let line = |which: usize| {
        let mm = LENGTHS_MM[which][scan] + MORE_MM[which][scan] * reader as f64;
        // To the number that was meant, not to what a sum leaves of it.
        let mm = (mm * 10.0).round() / 10.0;
        serde_json::json!({"from_mm": [0.0, 0.0, 0.0], "to_mm": [0.0, 0.0, mm]})
    };
    serde_json::json!({
        "format": "cisterna-bern-1",
        "scan": {"name": format!("sub-{scan:02}_T1w.nii.gz"), "sha256": format!("{scan:064x}"), "voxel_mm": 1.0},
        "reader": format!("R{}", reader + 1),
        "signed_at": "2026-05-04T10:20:30Z",
        "signs": {
            "pachymeningeal_enhancement": sign(0),
            "venous_sinus_engorgement": sign(1),
            "subdural_collection": sign(2)
        },
        "lines": {
            "suprasellar_cistern": line(0),
            "prepontine_cistern": line(1),
            "mamillopontine_distance": line(2)
        }
    })
    .to_string()
}

fn write_all(folder: &Path) {
    for reader in 0..2 {
        for scan in 0..12 {
            let file = folder.join(format!("r{}_{scan:02}.json", reader + 1));
            std::fs::write(file, sheet(reader, scan)).unwrap();
        }
    }
}

/// The rows of a CSV by the names of its columns.
fn rows(csv: &[u8]) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv);
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn a_score_is_told_with_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path());
    let first = folder.path().join("r1_00.json");
    let output = cisterna(&["bern", "score", path(&first)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    // Enhancement 2, sinus 2, 3.1 mm 2, 4.2 mm 1, 6.5 mm 1.
    for words in [
        "Bern score 8 of 9, high",
        "published yield of that band 67 to 100 %",
        "no probability",
        "Research use only",
        "3.10 mm (counts up to 4.0), within one voxel",
        "not a medical device",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let twelfth = folder.path().join("r1_11.json");
    let list = json(&["bern", "score", path(&first), path(&twelfth), "--json"]);
    assert_eq!(list[0]["points_least"], 8);
    assert_eq!(list[0]["band"], "high");
    assert_eq!(list[1]["points_least"], 0);
    assert_eq!(list[1]["points_most"], 2);
    assert_eq!(
        list[1]["published_yield_percent"],
        serde_json::json!([0, 7])
    );
    assert_eq!(
        list[1]["items"]["pachymeningeal_enhancement"]["seen"],
        "not_assessable"
    );
    assert_eq!(list[1]["items"]["mamillopontine_distance"]["mm"], 6.6);
}

#[test]
fn a_folder_is_a_table() {
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path());
    std::fs::write(folder.path().join("notes.txt"), "no sheet").unwrap();
    let output = cisterna(&["bern", "table", path(folder.path())]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows = rows(&output.stdout);
    assert_eq!(rows.len(), 24);
    assert_eq!(rows[0]["points_least"], "8");
    assert_eq!(rows[0]["suprasellar_cistern_mm"], "3.1");
    assert_eq!(
        rows[0]["near_threshold"],
        "suprasellar_cistern prepontine_cistern mamillopontine_distance"
    );
    assert_eq!(rows[11]["points_most"], "2");
    assert_eq!(rows[23]["reader"], "R2");
}

/// Kappas by scikit-learn's `cohen_kappa_score`, means and limits by numpy, of the same numbers.
#[test]
fn two_readers_agree_as_scikit_learn_and_numpy_say() {
    let folder = tempfile::tempdir().unwrap();
    write_all(folder.path());
    let output = cisterna(&["bern", "table", path(folder.path()), "--agreement"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows = rows(&output.stdout);
    #[track_caller]
    fn check(
        rows: &[std::collections::HashMap<String, String>],
        item: &str,
        statistic: &str,
        n: &str,
        expected: f64,
    ) {
        let row = rows
            .iter()
            .find(|row| row["item"] == item && row["statistic"] == statistic)
            .unwrap();
        let value: f64 = row["value"].parse().unwrap();
        assert!(
            (value - expected).abs() < 1e-9,
            "{item}, {statistic}: {value}"
        );
        assert_eq!(row["n"], n);
        assert_eq!([&row["first_reader"], &row["second_reader"]], ["R1", "R2"]);
    }
    let check = |item, statistic, n, expected| check(&rows, item, statistic, n, expected);
    check(
        "pachymeningeal_enhancement",
        "kappa",
        "11",
        0.633_333_333_333_333_3,
    );
    check(
        "venous_sinus_engorgement",
        "kappa",
        "12",
        0.657_142_857_142_857_1,
    );
    check("subdural_collection", "kappa", "12", 1.0);
    check("suprasellar_cistern", "kappa", "12", 0.5);
    check("prepontine_cistern", "kappa", "12", 0.5);
    check(
        "mamillopontine_distance",
        "kappa",
        "12",
        0.314_285_714_285_714_3,
    );
    check(
        "band",
        "kappa, linear weights",
        "12",
        0.552_238_805_970_149_3,
    );
    check(
        "suprasellar_cistern",
        "mean difference",
        "12",
        -0.041_666_666_666_666_664,
    );
    check(
        "suprasellar_cistern",
        "lower limit of agreement",
        "12",
        -0.786_646_389_799_309,
    );
    check(
        "suprasellar_cistern",
        "upper limit of agreement",
        "12",
        0.703_313_056_465_975_7,
    );
    check(
        "mamillopontine_distance",
        "mean difference",
        "12",
        -0.016_666_666_666_666_496,
    );
    check(
        "mamillopontine_distance",
        "upper limit of agreement",
        "12",
        0.645_808_764_553_010_2,
    );
}

#[test]
fn bad_worksheets_are_refused_with_file_and_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.json");
    let good: serde_json::Value = serde_json::from_str(&sheet(0, 0)).unwrap();
    let change = |place: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(place).unwrap() = value;
        bad.to_string()
    };
    for (content, words) in [
        (
            change("/signs/subdural_collection", "maybe".into()),
            "signs.subdural_collection is \"maybe\"",
        ),
        (
            change("/lines/prepontine_cistern", 4.into()),
            "lines.prepontine_cistern is 4",
        ),
        (
            change("/signed_at", serde_json::Value::Null),
            "signed_at is null",
        ),
        ("{}".to_owned(), "scan is missing"),
        ("no JSON".to_owned(), "not a worksheet"),
    ] {
        std::fs::write(&file, &content).unwrap();
        for command in ["score", "table"] {
            let place = if command == "score" {
                &file
            } else {
                folder.path()
            };
            let output = cisterna(&["bern", command, path(place)]);
            assert_eq!(output.status.code(), Some(1), "{content}");
            let told = text(&output.stderr);
            assert!(
                told.contains(words) && told.contains("bad.json"),
                "{words}: {told}"
            );
            assert!(output.stdout.is_empty());
        }
    }
    std::fs::remove_file(&file).unwrap();
    let output = cisterna(&["bern", "table", path(folder.path())]);
    assert!(
        text(&output.stderr).contains("no worksheets"),
        "{}",
        text(&output.stderr)
    );

    // Agreement is of two readers, one sheet each of a scan.
    write_all(folder.path());
    std::fs::write(folder.path().join("twice.json"), sheet(0, 3)).unwrap();
    let agreement = ["bern", "table", path(folder.path()), "--agreement"];
    let output = cisterna(&agreement);
    let told = text(&output.stderr);
    assert!(
        told.contains("two sheets of R1") && told.contains("twice.json"),
        "{told}"
    );
    let third = sheet(0, 3).replace("\"R1\"", "\"R3\"");
    std::fs::write(folder.path().join("twice.json"), third).unwrap();
    let output = cisterna(&agreement);
    assert!(
        text(&output.stderr).contains("of 3: R1, R2, R3"),
        "{}",
        text(&output.stderr)
    );
    let output = cisterna(&[&agreement[..], &["--readers", "R2,R1"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(rows(&output.stdout)[0]["first_reader"], "R2");
    let output = cisterna(&[&agreement[..], &["--readers", "R2,R9"]].concat());
    assert!(
        text(&output.stderr).contains("no sheet is of the reader R9"),
        "{}",
        text(&output.stderr)
    );
}
