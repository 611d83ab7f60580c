//! The program as a shell sees it.

mod bad_input;
pub(crate) mod bern;
mod bids;
mod convert;
pub(crate) mod curve;
mod doctor;
mod grades;
mod hand_out;
mod kills;
mod leak;
mod leak_training;
mod leaks;
mod measure;
pub(crate) mod networks;
mod packages;
mod places;
mod plan;
mod passphrase;
mod picture;
mod picture_measures;
mod planes;
pub(crate) mod quantify;
mod record;
mod register;
mod shared_study;
mod simulate;
mod space_networks;
mod spaces;
mod statistics;
mod tables;
mod verify;

use crate::PASSPHRASE;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

pub(crate) fn cisterna<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("XDG_DATA_HOME", data_home())
        .output()
        .unwrap()
}

/// Where the user's own keys go, for all tests of one run.
fn data_home() -> &'static Path {
    static HOME: OnceLock<tempfile::TempDir> = OnceLock::new();
    HOME.get_or_init(|| tempfile::tempdir().unwrap()).path()
}

#[track_caller]
pub(crate) fn json(args: &[&str]) -> Value {
    let output = cisterna(args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A NIfTI-1 file of float32 whose value is `value(i, j, k)`, 1 mm voxels, middle at the origin.
fn write_scan(path: &Path, dims: [i16; 3], value: impl Fn(usize, usize, usize) -> f32) {
    let mut bytes = vec![0_u8; 352];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    for (at, n) in [3, dims[0], dims[1], dims[2], 1, 1, 1, 1]
        .iter()
        .enumerate()
    {
        put(40 + 2 * at, &n.to_le_bytes());
    }
    put(70, &16_i16.to_le_bytes());
    put(72, &32_i16.to_le_bytes());
    for at in 0..8 {
        put(76 + 4 * at, &1_f32.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(254, &1_i16.to_le_bytes());
    for (axis, length) in dims.into_iter().enumerate() {
        put(280 + 16 * axis + 4 * axis, &1_f32.to_le_bytes());
        let origin = -(f32::from(length) - 1.0) / 2.0;
        put(280 + 16 * axis + 12, &origin.to_le_bytes());
    }
    put(344, b"n+1\0");
    let [nx, ny, nz] = dims.map(|n| n as usize);
    for k in 0..nz {
        for j in 0..ny {
            for i in 0..nx {
                bytes.extend(value(i, j, k).to_le_bytes());
            }
        }
    }
    std::fs::write(path, bytes).unwrap();
}

struct Scans {
    folder: tempfile::TempDir,
    real: PathBuf,
    predicted: PathBuf,
}

fn scans() -> Scans {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.nii");
    let predicted = folder.path().join("predicted.nii");
    let ramp = |i: usize, j: usize, k: usize| (i + 2 * j + 3 * k) as f32;
    write_scan(&real, [12, 14, 16], ramp);
    write_scan(&predicted, [12, 14, 16], |i, j, k| {
        ramp(i, j, k) + if i % 2 == 0 { 2.0 } else { -1.0 }
    });
    Scans {
        folder,
        real,
        predicted,
    }
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn info_gives_one_json_object() {
    let scans = scans();
    let info = json(&[
        "info",
        path(&scans.real),
        "--voxel",
        "1,2,3",
        "--voxel",
        "11,13,15",
        "--json",
    ]);
    assert_eq!(info["shape"], serde_json::json!([12, 14, 16]));
    assert_eq!(info["dtype"], "float32");
    assert_eq!(info["axcodes"], "RAS");
    assert_eq!(info["affine_source"], "sform");
    assert_eq!(info["volumes"], 1);
    assert_eq!(info["voxels"][0]["value"], 14.0);
    assert_eq!(info["voxels"][1]["value"], 82.0);
    assert_eq!(
        (&info["min"], &info["max"], &info["nan_count"]),
        (&Value::from(0.0), &Value::from(82.0), &Value::from(0))
    );
    assert_eq!(info["affine"][0][3], -5.5);
    for key in ["path", "format", "zooms_mm", "mean", "warnings"] {
        assert!(!info[key].is_null(), "no {key}");
    }
}

#[test]
fn a_failure_names_the_file_and_exits_with_1() {
    let output = cisterna(&["info", "no-such-scan.nii.gz"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).starts_with("error: "));
    assert!(
        text(&output.stderr)
            .trim_end()
            .ends_with("no-such-scan.nii.gz")
    );
}

#[test]
fn bad_usage_exits_with_2() {
    for args in [
        &["info"][..],
        &["slice", "x.nii", "--plane", "diagonal", "-o", "x.png"],
        &[
            "slice", "x.nii", "--plane", "axial", "--window", "9,1", "-o", "x.png",
        ],
        &[
            "slice", "x.nii", "--plane", "axial", "--at", "1", "--index", "2", "-o", "x.png",
        ],
        &["no-such-command"],
        &["no-such-file.nii", "another.nii"],
    ] {
        assert_eq!(cisterna(args).status.code(), Some(2), "{args:?}");
    }
}

/// As a desktop does that was told to open a file; here there is no display.
#[test]
fn a_file_without_a_command_is_for_the_window() {
    let scans = scans();
    let output = cisterna(&[path(&scans.real)]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no display"), "{said}");
}

#[test]
fn slices_have_the_size_and_the_side_asked_for() {
    let scans = scans();
    let out = scans.real.with_file_name("out.png");
    let draw = |args: &[&str]| {
        let mut all = vec![
            "slice",
            path(&scans.real),
            "-o",
            path(&out),
            "--window",
            "0,82",
        ];
        all.extend(args);
        let output = cisterna(&all);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
        image::open(&out).unwrap().to_rgba8()
    };
    // Values grow to the patient's right: the left of a radiological picture is the brighter.
    let radiological = draw(&["--plane", "axial", "--index", "3"]);
    assert_eq!(radiological.dimensions(), (12, 14));
    let value = |i: u32, j: u32| (f64::from(i + 2 * j + 9) / 82.0 * 255.0).round() as u8;
    assert_eq!(radiological.get_pixel(0, 0).0[0], value(11, 13));
    assert_eq!(radiological.get_pixel(11, 13).0[0], value(0, 0));
    let neurological = draw(&[
        "--plane",
        "axial",
        "--index",
        "3",
        "--convention",
        "neurological",
    ]);
    assert_eq!(neurological.get_pixel(0, 0).0[0], value(0, 13));
    // The face to the left.
    let sagittal = draw(&["--plane", "sagittal", "--at", "-5.5"]);
    assert_eq!(sagittal.dimensions(), (14, 16));
    assert_eq!(
        sagittal.get_pixel(0, 0).0[0],
        ((26.0 + 45.0) / 82.0 * 255.0_f64).round() as u8
    );
    assert_eq!(
        draw(&["--plane", "coronal", "--size", "64x48"]).dimensions(),
        (64, 48)
    );
    for renderer in ["cpu", "gpu"] {
        let image = draw(&["--plane", "axial", "--index", "3", "--renderer", renderer]);
        // Halves may be rounded either way.
        let worst = image
            .iter()
            .zip(radiological.iter())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(worst <= Some(1), "{renderer}: {worst:?}");
    }
}

#[test]
fn overlays_and_differences_are_drawn() {
    let scans = scans();
    let out = scans.real.with_file_name("out.png");
    for extra in [
        &[
            "--overlay",
            path(&scans.predicted),
            "--overlay-window",
            "10,60",
            "--colormap",
            "viridis",
            "--opacity",
            "0.7",
        ][..],
        &["--difference", path(&scans.predicted)],
        &[
            "--difference",
            path(&scans.predicted),
            "--signed",
            "--window",
            "-3,3",
        ],
    ] {
        let mut args = vec![
            "slice",
            path(&scans.real),
            "--plane",
            "axial",
            "-o",
            path(&out),
        ];
        args.extend(extra);
        let output = cisterna(&args);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let colours: std::collections::BTreeSet<_> = image::open(&out)
            .unwrap()
            .to_rgba8()
            .pixels()
            .map(|p| p.0)
            .collect();
        assert!(colours.len() > 1);
    }
}

#[test]
fn diff_measures_what_was_put_in() {
    let scans = scans();
    let whole = json(&["diff", path(&scans.real), path(&scans.predicted), "--json"]);
    // Half the voxels differ by 2, half by -1: by hand.
    assert_eq!(whole["mse"], 2.5);
    assert_eq!(whole["mae"], 1.5);
    assert_eq!(whole["max_abs"], 2.0);
    assert_eq!(whole["n"], 12 * 14 * 16);
    let psnr = 10.0 * (82.0_f64 * 82.0 / 2.5).log10();
    assert!((whole["psnr_db"].as_f64().unwrap() - psnr).abs() < 1e-9);
    let planes = json(&[
        "diff",
        path(&scans.real),
        path(&scans.predicted),
        "--planes",
        "--json",
    ]);
    assert!(planes["pair"]["mae"].as_f64().unwrap() < 0.1);
    let same = json(&["diff", path(&scans.real), path(&scans.real), "--json"]);
    assert_eq!(
        (&same["mse"], &same["psnr_db"]),
        (&Value::from(0.0), &Value::Null)
    );
}

fn new_study(scans: &Scans) -> PathBuf {
    let folder = scans.real.parent().unwrap();
    let cases = folder.join("cases.csv");
    std::fs::write(
        &cases,
        "patient,arm,image\nAnna,real,real.nii\nAnna,predicted,predicted.nii\n\
         Berta,real,real.nii\nBerta,predicted,predicted.nii\n",
    )
    .unwrap();
    let plan = folder.join("plan.toml");
    let made = cisterna(&["study", "protocol", "--raters", "a,b", "-o", path(&plan)]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    // These scans show no head, which arms need to be made alike.
    let told = std::fs::read_to_string(&plan).unwrap();
    let told = told.replace("equalise = \"standard\"\n", "");
    std::fs::write(&plan, told).unwrap();
    std::fs::write(folder.join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
    let output = cisterna(&new_args(folder, &plan, &cases, &folder.join("study")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder.join("study/study.cisterna")
}

fn new_args(folder: &Path, plan: &Path, cases: &Path, output: &Path) -> Vec<String> {
    let passphrase = folder.join("passphrase");
    let args = [
        "study",
        "new",
        "--protocol",
        path(plan),
        "--cases",
        path(cases),
        "--passphrase-file",
        path(&passphrase),
        "-o",
        path(output),
    ];
    args.map(str::to_owned).to_vec()
}

#[test]
fn a_study_is_made_exported_and_analysed() {
    let scans = scans();
    let study = new_study(&scans);
    let folder = scans.real.parent().unwrap();
    let (plan, cases) = (folder.join("plan.toml"), folder.join("cases.csv"));
    let bytes = std::fs::read(&study).unwrap();
    for secret in ["Anna", "Berta", "predicted", "real.nii"] {
        let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!found, "{secret} stands in the raters' file");
    }
    let args = ["--protocol", path(&plan), "--cases", path(&cases)];
    let preview = cisterna(&[&["study", "preview"], &args[..]].concat());
    let told = text(&preview.stdout);
    assert!(told.contains("real 1 (0)   predicted 1 (0)"), "{told}");
    assert!(told.contains("position in it"), "{told}");
    let export = cisterna(&["study", "export", path(&study)]);
    assert!(text(&export.stdout).starts_with("rater,installment,position,case_code,"));
    // The arms are for who has the key and its passphrase.
    let key = study.with_file_name("key.age");
    let wrong = folder.join("wrong");
    std::fs::write(&wrong, "battery staple").unwrap();
    let unsealed = |passphrase: &Path| {
        let secret = ["--key", path(&key), "--passphrase-file", path(passphrase)];
        cisterna(&[&["study", "export", path(&study)], &secret[..]].concat())
    };
    let sealed = unsealed(&folder.join("passphrase"));
    assert!(text(&sealed.stderr).contains("the study is not unsealed"));
    let open = |more: &[&str]| {
        let secret = folder.join("passphrase");
        let args = [
            "study",
            "unseal",
            path(&study),
            "--passphrase-file",
            path(&secret),
        ];
        cisterna(&[&args[..], more].concat())
    };
    assert!(text(&open(&[]).stderr).contains("not signed yet: a, installment 1;"));
    assert!(open(&["--force", "a test"]).status.success());
    assert!(unsealed(&folder.join("passphrase")).status.success());
    let refused = unsealed(&wrong);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(
        said.contains("the passphrase does not open the key"),
        "{said}"
    );
    // Nothing is overwritten, and nobody else may read.
    let again = cisterna(&new_args(folder, &plan, &cases, &folder.join("study")));
    assert_eq!(again.status.code(), Some(1));
    let stranger = cisterna(&["study", "read", path(&study), "--rater", "nobody"]);
    assert_eq!(stranger.status.code(), Some(1));
    assert!(text(&stranger.stderr).contains("nobody"));
    let none = cisterna(&["stats", path(&study)]);
    assert_eq!(none.status.code(), Some(1), "no grades yet");
}

#[test]
fn without_a_display_the_demo_is_written_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let output = cisterna(&["demo", "-o", path(&out)]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let pictures = std::fs::read_dir(&out)
        .unwrap()
        .filter(|file| {
            file.as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "png")
        })
        .count();
    assert_eq!(pictures, 4);
    let statistics = std::fs::read_to_string(out.join("statistics.txt")).unwrap();
    assert!(statistics.contains("not a medical device"));
    assert!(statistics.to_lowercase().contains("krippendorff"));
    let view = cisterna(&["view"]);
    assert_eq!(view.status.code(), Some(1));
    assert!(text(&view.stderr).contains("display"));
}
