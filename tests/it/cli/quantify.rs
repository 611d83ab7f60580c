//! `cisterna quantify`: closed-form series in, their numbers out.

use super::{cisterna, json, path, text, write_scan};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) const HOURS: [f64; 5] = [0.0, 24.0, 48.0, 72.0, 96.0];
/// Scans have gains of their own, which fat takes out.
const GAINS: [f32; 5] = [1.0, 1.3, 0.8, 1.1, 0.9];
const FAT: f32 = 1000.0;

/// Signals at [`HOURS`] where fat has 1000, by the TFE's equation in NumPy. Tracer decays from its
/// concentration at 24 h by a factor of `exp(-0.02 h)`; there is none before. It has 0.1 mmol/l in
/// cortex (T1 1607 ms, 170 before), 0.05 in white matter (838 ms, 480 before), 0.15 in the ventricle
/// and 0.3 over the convexity (4308.7 ms, 1.181 times the signal of fat at rest).
pub(crate) const SIGNALS: [[f32; 5]; 4] = [
    [170.0, 348.383_68, 280.362_82, 237.949_08, 211.817_87],
    [480.0, 558.013_6, 528.949_06, 510.543_85, 498.996_56],
    [1.050_038_3, 261.661_57, 143.671_86, 78.552_3, 43.807_2],
    [1.050_038_3, 573.186_4, 337.9229, 187.9513, 102.570_47],
];
const NAMES: [&str; 4] = [
    "cortex",
    "white_left",
    "lateral_ventricle_left",
    "outer_sas",
];

/// Regions are slabs of 16 x 16 x 4 voxels of 1 mm.
const DIMS: [i16; 3] = [16, 16, 16];
const VOLUME_ML: f64 = 1.024;

fn sidecar(at: usize, with_shots: bool) -> serde_json::Value {
    let fat = FAT * GAINS[at];
    let mut json = serde_json::json!({
        "InversionTime": 0.852_885, "RepetitionTimePreparation": 3.0,
        "RepetitionTimeExcitation": 0.005_199, "FlipAngle": 8.0, "EchoTime": 0.0023,
        "HoursAfterInjection": HOURS[at], "OrbitalFatMean": fat * 0.99, "OrbitalFatMedian": fat,
    });
    if with_shots {
        json["NumberShots"] = serde_json::json!([115, 117]);
    }
    json
}

/// The scans of a patient; `scale` multiplies what the tracer adds to cortex.
pub(crate) fn write_patient(
    root: &Path,
    subject: &str,
    scale: f32,
    with_shots: bool,
) -> Vec<PathBuf> {
    let write = |at: usize| {
        let folder = root.join(format!("sub-{subject}/ses-0{}/anat", at + 1));
        std::fs::create_dir_all(&folder).unwrap();
        let stem = format!("sub-{subject}_ses-0{}_T1w", at + 1);
        let scan = folder.join(format!("{stem}.nii"));
        write_scan(&scan, DIMS, |_, _, k| {
            let slab = k / 4;
            let signal = SIGNALS[slab][at];
            let added = if slab == 0 { scale } else { 1.0 } * (signal - SIGNALS[slab][0]);
            GAINS[at] * (SIGNALS[slab][0] + added)
        });
        let told = sidecar(at, with_shots).to_string();
        std::fs::write(folder.join(format!("{stem}.json")), told).unwrap();
        scan
    };
    (0..HOURS.len()).map(write).collect()
}

/// A label map with its table, under a pipeline's folder.
pub(crate) fn write_labels(root: &Path, subject: &str) -> PathBuf {
    let pipeline = root.join("derivatives/seg");
    let folder = pipeline.join(format!("sub-{subject}/anat"));
    std::fs::create_dir_all(&folder).unwrap();
    let map = folder.join(format!("sub-{subject}_dseg.nii"));
    write_scan(&map, DIMS, |_, _, k| (1 + k / 4) as f32);
    let rows = (1..)
        .zip(NAMES)
        .map(|(label, name)| format!("{label}\t{name}\n"));
    let table = "index\tname\n".to_owned() + &rows.collect::<String>();
    std::fs::write(pipeline.join("dseg.tsv"), table).unwrap();
    map
}

pub(crate) type Row = BTreeMap<String, String>;

pub(crate) fn table(text: &str) -> Vec<Row> {
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines
        .map(|cells| columns.iter().cloned().zip(cells).collect())
        .collect()
}

fn table_at(path: &Path) -> Vec<Row> {
    table(&std::fs::read_to_string(path).unwrap())
}

/// The one row with these cells.
#[track_caller]
pub(crate) fn row<'a>(rows: &'a [Row], cells: &[(&str, &str)]) -> &'a Row {
    let has = |row: &&Row| cells.iter().all(|(column, cell)| row[*column] == *cell);
    let found: Vec<&Row> = rows.iter().filter(has).collect();
    assert_eq!(found.len(), 1, "{cells:?}");
    found[0]
}

#[track_caller]
pub(crate) fn number(row: &Row, column: &str, expected: f64, within: f64) {
    let found: f64 = row[column]
        .parse()
        .unwrap_or_else(|_| panic!("{column}: {row:?}"));
    assert!(
        (found - expected).abs() <= within,
        "{column}: {found}, not {expected}"
    );
}

fn strings(paths: &[PathBuf]) -> Vec<&str> {
    paths.iter().map(|scan| path(scan)).collect()
}

#[test]
fn a_series_of_known_tracer_has_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let scans = write_patient(folder.path(), "a1", 1.0, true);
    let labels = write_labels(folder.path(), "a1");
    let out = folder.path().join("out");
    let mut args = vec!["quantify", "--series"];
    args.extend(strings(&scans));
    args.extend([
        "--labels",
        path(&labels),
        "--fat-from",
        "sidecar",
        "-o",
        path(&out),
    ]);
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("assumed to be registered"));
    let printed = text(&output.stdout);
    let rows = table(&printed);
    assert_eq!(
        printed,
        std::fs::read_to_string(out.join("regions.tsv")).unwrap()
    );

    let cortex = row(
        &rows,
        &[
            ("session_id", "ses-02"),
            ("label", "1"),
            ("quantity", "concentration"),
        ],
    );
    assert_eq!(cortex["region"], "cortex");
    assert_eq!(
        (cortex["voxels"].as_str(), cortex["nan_voxels"].as_str()),
        ("1024", "0")
    );
    number(cortex, "volume_ml", VOLUME_ML, 1e-9);
    for column in ["mean", "median", "p1", "p99", "min", "max"] {
        number(cortex, column, 0.1, 1e-5);
    }
    number(cortex, "total_mmol", 1e-3 * 0.1 * VOLUME_ML, 1e-8);
    let percent = [("session_id", "ses-02"), ("quantity", "percent_change")];
    let cortex = row(&rows, &[percent[0], percent[1], ("label", "1")]);
    number(cortex, "median", 104.93158, 1e-3);
    number(cortex, "ratio_of_medians", 2.049_315_8, 1e-5);
    number(cortex, "median_of_ratios", 2.049_315_8, 1e-5);
    let csf = row(&rows, &[percent[0], percent[1], ("label", "4")]);
    assert_eq!(
        (csf["median"].as_str(), csf["ratio_of_medians"].as_str()),
        ("n/a", "n/a")
    );
    assert!(csf["note"].contains("null"), "{csf:?}");
    let all = row(
        &rows,
        &[("session_id", "ses-02"), ("region", "intracranial")],
    );
    number(
        all,
        "total_mmol",
        1e-3 * (0.1 + 0.05 + 0.15 + 0.3) * VOLUME_ML,
        1e-7,
    );

    // ln 2 / 0.02 h, and exp(-0.48).
    let curves = table_at(&out.join("curves.tsv"));
    for (region, peak) in [("cortex", 0.1), ("white", 0.05), ("convexity", 0.3)] {
        let of = [
            ("region", region),
            ("quantity", "concentration"),
            ("label", "n/a"),
        ];
        let curve = row(&curves, &of);
        number(curve, "peak", peak, 1e-5);
        number(curve, "hours_to_peak", 24.0, 0.0);
        number(curve, "half_life_h", 34.657_359, 0.02);
        number(curve, "half_life_low", 34.657_359, 0.2);
        number(curve, "half_life_high", 34.657_359, 0.2);
        number(curve, "ratio_48h_24h", 0.618_783_4, 1e-4);
    }
    // Trapezoids over 0, c, c e, c e^2, c e^3 with e = exp(-0.48), each 24 h wide.
    let cortex = row(&curves, &[("label", "1"), ("quantity", "concentration")]);
    number(
        cortex,
        "area_under_rise",
        0.1 * 24.0 * (1.0 + 0.618_783_4 + 0.382_893 + 0.5 * 0.236_928),
        1e-3,
    );
    number(cortex, "area_to_hours", 96.0, 0.0);
    let patients = table_at(&out.join("patients.tsv"));
    number(&patients[0], "reflux_ratio_signal", 0.456_503_5, 1e-6);
    number(&patients[0], "reflux_ratio_concentration", 0.5, 1e-5);
    assert_eq!(patients[0]["reflux_over"], "convexity");

    let map = out.join("sub-a1/ses-02/anat/sub-a1_ses-02_desc-percentChange_T1w.nii.gz");
    let told = json(&[
        "info",
        path(&map),
        "--voxel",
        "3,3,1",
        "--voxel",
        "3,3,14",
        "--json",
    ]);
    assert_eq!(told["dtype"], "float32");
    let value = told["voxels"][0]["value"].as_f64().unwrap();
    assert!((value - 104.93158).abs() < 1e-3, "{value}");
    assert!(told["voxels"][1]["value"].is_null());
    assert_eq!(told["nan_count"], 2048);
    let map = out.join("sub-a1/ses-03/anat/sub-a1_ses-03_desc-mmolPerLitre_tracer.nii.gz");
    assert!(map.is_file());

    let results: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("quantify.json")).unwrap()).unwrap();
    assert_eq!(results["relaxivity"], 3.2);
    let patient = &results["patients"][0];
    assert_eq!(patient["concentration"]["method"], "equation_groups");
    let assumptions = patient["concentration"]["assumptions"].to_string();
    assert!(
        assumptions.contains("1607") && assumptions.contains("3.2"),
        "{assumptions}"
    );
    assert_eq!(
        patient["sessions"][0]["file"]["sha256"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
    for figure in [
        "sub-a1_concentration_csf.svg",
        "sub-a1_percent_change_tissue.png",
    ] {
        assert!(out.join("figures").join(figure).is_file(), "{figure}");
    }
}

#[test]
fn regions_are_eroded_and_the_mean_of_fat_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let scans = write_patient(folder.path(), "a1", 1.0, true);
    let labels = write_labels(folder.path(), "a1");
    let mut args = vec!["quantify", "--series"];
    args.extend(strings(&scans[..2]));
    args.extend(["--labels", path(&labels), "--fat-from", "sidecar"]);
    args.extend(["--fat", "mean", "--erode", "1"]);
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows = table(&text(&output.stdout));
    let white = row(
        &rows,
        &[
            ("session_id", "ses-02"),
            ("label", "2"),
            ("quantity", "fat_units"),
        ],
    );
    assert_eq!(white["voxels"], "392");
    number(white, "mean", 0.558_013_6 / 0.99, 1e-6);
}

#[test]
fn without_an_equation_there_are_ratios_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let scans = write_patient(folder.path(), "a1", 1.0, false);
    let labels = write_labels(folder.path(), "a1");
    let mut args = vec!["quantify", "--series"];
    args.extend(strings(&scans[..2]));
    args.extend(["--labels", path(&labels), "--fat-from", "sidecar"]);
    let output = cisterna(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("lacks NumberShots"),
        "{}",
        text(&output.stderr)
    );
    let rows = table(&text(&output.stdout));
    assert!(rows.iter().all(|row| row["quantity"] != "concentration"));
    let cortex = row(
        &rows,
        &[
            ("session_id", "ses-02"),
            ("label", "1"),
            ("quantity", "percent_change"),
        ],
    );
    number(cortex, "ratio_of_medians", 2.049_315_8, 1e-5);

    // What sidecars lack can be told.
    let parameters = folder.path().join("sequence.json");
    std::fs::write(&parameters, r#"{"NumberShots": [115, 117]}"#).unwrap();
    args.extend(["--parameters", path(&parameters)]);
    let rows = table(&text(&cisterna(&args).stdout));
    let cortex = row(
        &rows,
        &[
            ("session_id", "ses-02"),
            ("label", "1"),
            ("quantity", "concentration"),
        ],
    );
    number(cortex, "mean", 0.1, 1e-5);
}

#[test]
fn a_data_set_gives_a_table_of_its_groups() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("data");
    for (subject, scale) in [("01", 0.8), ("02", 1.0), ("03", 1.2)] {
        write_patient(&root, subject, scale, true);
        write_labels(&root, subject);
    }
    // Without a scan before the tracer nothing can be said.
    let lone = write_patient(&root, "04", 1.0, true);
    for scan in &lone[..1] {
        std::fs::remove_file(scan).unwrap();
    }
    std::fs::write(
        root.join("participants.tsv"),
        "participant_id\tdiagnosis\treflux_grade\nsub-01\tREF\t0\nsub-02\tREF\t1\nsub-03\tREF\t3\n",
    )
    .unwrap();
    let out = folder.path().join("out");
    let args = [
        "quantify",
        "--data",
        path(&root),
        "--labels",
        "seg",
        "--fat-from",
        "sidecar",
    ];
    let output = cisterna(&[&args[..], &["-o", path(&out), "--json"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("sub-04 is left out"),
        "{}",
        text(&output.stderr)
    );
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results["patients"].as_array().unwrap().len(), 3);

    // Per cent 83.945, 104.932 and 125.918: mean and t interval by SciPy.
    let rows = table_at(&out.join("cohort.tsv"));
    let of = [
        ("region", "cortex"),
        ("quantity", "percent_change"),
        ("interval", "18-36 h"),
    ];
    let point = row(&rows, &of);
    assert_eq!(
        (point["diagnosis"].as_str(), point["patients"].as_str()),
        ("REF", "3")
    );
    number(point, "mean", 104.931_58, 1e-3);
    number(point, "low", 104.931_58 - 52.132_79, 1e-2);
    number(point, "high", 104.931_58 + 52.132_79, 1e-2);
    let patients = table_at(&out.join("patients.tsv"));
    assert_eq!(
        row(&patients, &[("participant_id", "sub-03")])["reflux_grade"],
        "3"
    );
    assert!(
        out.join("figures/cohort_cortex_percent_change.svg")
            .is_file()
    );

    // The same folder again is written anew; one with other things in it is not touched.
    let again = cisterna(&[&args[..], &["-o", path(&out)]].concat());
    assert!(again.status.success(), "{}", text(&again.stderr));
    let foreign = cisterna(&[&args[..], &["-o", path(&root)]].concat());
    assert_eq!(foreign.status.code(), Some(1));
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let scans = write_patient(folder.path(), "a1", 1.0, true);
    #[track_caller]
    fn check(args: &[&str], code: i32, expected: &str) {
        let output = cisterna(args);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        assert!(
            text(&output.stderr).contains(expected),
            "{}",
            text(&output.stderr)
        );
        assert!(output.stdout.is_empty());
    }
    let series = |more: &[&'static str]| {
        let mut args = vec!["quantify".to_owned(), "--series".to_owned()];
        args.extend(strings(&scans[..2]).into_iter().map(str::to_owned));
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        args
    };
    #[track_caller]
    fn refused(args: &[String], code: i32, expected: &str) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        check(&args, code, expected);
    }
    refused(&series(&[]), 1, "not a head");
    refused(
        &series(&["--hours", "0"]),
        1,
        "--hours has 1 numbers for 2 scans",
    );
    refused(
        &series(&["--hours", "3,24"]),
        1,
        "was taken 3 h after the injection",
    );
    refused(&series(&["--hours", "-2,-1"]), 1, "before the injection");
    refused(&series(&["--erode", "21"]), 2, "--erode");
    check(&["quantify"], 2, "required");
    check(
        &["quantify", "--data", "nowhere", "--t1", "a.nii"],
        2,
        "cannot be used with",
    );
    let stem = scans[1]
        .to_string_lossy()
        .replace(".nii.gz", "")
        .replace(".nii", "");
    let beside = PathBuf::from(format!("{stem}.json"));
    let mut json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&beside).unwrap()).unwrap();
    json["ScanOptions"] = serde_json::json!("PFP\\FS");
    std::fs::write(&beside, json.to_string()).unwrap();
    let from_sidecar = ["--fat-from", "sidecar"];
    refused(&series(&from_sidecar), 1, "fat was suppressed in this scan");
}
