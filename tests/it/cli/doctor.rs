//! `cisterna doctor`, the records of faults, and that neither says whose machine it is.

use super::text;
use cisterna::platform::faults_in;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const USER: &str = "zaphodbeeblebrox";

/// The program as a user with a name starts it, in a home of their own.
pub(super) fn by_somebody(home: &Path) -> Command {
    let home = home.join(USER);
    std::fs::create_dir_all(&home).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cisterna"));
    command
        .current_dir(&home)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_STATE_HOME")
        .env("HOME", &home)
        .env("USER", USER);
    command
}

fn doctor(home: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    by_somebody(home)
        .arg("doctor")
        .args(args)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[track_caller]
pub(super) fn assert_nameless(said: &str, home: &Path) {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    // Whole words: a machine may be called as a part of `llvmpipe` is.
    let mut words = said.split(|c: char| !c.is_alphanumeric() && c != '-');
    let is_host = |word: &str| !word.is_empty() && word.eq_ignore_ascii_case(host.trim());
    assert!(!words.any(is_host), "the machine stands in: {said}");
    for name in [USER, &home.display().to_string()] {
        assert!(!said.contains(name), "{name} stands in: {said}");
    }
}

#[test]
fn a_machine_that_works_is_well() {
    let home = tempfile::tempdir().unwrap();
    let output = doctor(home.path(), &["--json"], &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert_nameless(&said, home.path());
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(found["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(found["display"], "none");
    let adapters = found["adapters"].as_array().unwrap();
    let picture = &found["picture"]["Ok"];
    let drawn_by = adapters
        .iter()
        .find(|one| one["title"] == picture["adapter"]);
    assert!(drawn_by.unwrap()["volume_voxels"].as_u64() >= Some(256));
    assert_eq!(picture["n_pixels"], 256 * 256);
    assert!(picture["n_differing"].as_u64() <= picture["n_allowed"].as_u64());
    let prediction = &found["prediction"]["Ok"];
    assert_eq!(prediction["network"], "pre-l2");
    assert!(prediction["seconds"].as_f64() > Some(0.0));
    assert!(found["networks"]["Ok"].as_array().unwrap().len() >= 3);
    assert_eq!(found["folders"][0]["place"], "~/.local/share/cisterna");
    assert!(found["machine"]["memory"]["total_mib"].as_u64() > Some(256));
    let wrong = |one: &&Value| one["severity"] == "wrong";
    assert_eq!(
        found["findings"].as_array().unwrap().iter().find(wrong),
        None
    );
}

#[test]
fn a_machine_without_vulkan_is_told_what_it_lacks() {
    let home = tempfile::tempdir().unwrap();
    let variables = [
        ("VK_DRIVER_FILES", "/nowhere.json"),
        ("WGPU_BACKEND", "vulkan"),
    ];
    let output = doctor(home.path(), &[], &variables);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let line = said.lines().find(|line| line.starts_with("WRONG"));
    assert!(line.unwrap().contains("no Vulkan driver"), "{said}");
    assert!(said.contains("VK_DRIVER_FILES, WGPU_BACKEND set"), "{said}");
    assert!(
        !said.contains("/nowhere.json") && !said.contains("All is well"),
        "{said}"
    );
    // What takes no graphics card works all the same.
    assert!(
        said.lines()
            .any(|line| line.starts_with("prediction   pre-l2 in")),
        "{said}"
    );
    assert!(
        text(&output.stderr).contains("one thing is wrong"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_fault_leaves_a_record_without_identity() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join(USER).join("state");
    let variables = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let output = doctor(home.path(), &["--fault"], &variables);
    assert_eq!(output.status.code(), Some(101), "as any panic");
    let folder = state.join("cisterna/faults");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    let [Ok(file)] = &files[..] else {
        panic!("{files:?}");
    };
    let told = text(&output.stderr);
    assert!(told.contains(file.path().to_str().unwrap()), "{told}");
    let record = std::fs::read_to_string(file.path()).unwrap();
    assert_nameless(&record, home.path());
    let [fault] = &faults_in(&folder)[..] else {
        panic!("{record}");
    };
    assert_eq!(fault.message, "asked for by --fault: (...)");
    assert_eq!(fault.thread, "main");
    let place = fault.place.as_deref().unwrap();
    assert!(place.starts_with("src/cli/doctor.rs:"), "{place}");
    assert_eq!(fault.version, env!("CARGO_PKG_VERSION"));
}
