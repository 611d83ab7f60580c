//! `cisterna verify-self`: one run, on this machine, with results of tests of which two are not well.

use super::doctor::{assert_nameless, by_somebody};
use super::{path, text};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use tempfile::TempDir;

const FAILED: &str = "tests/it/ledger/tamper.rs::tampering_is_found";
const SKIPPED: &str = "tests/it/formats/mod.rs::nifti_files_agree_with_nibabel";

struct Run {
    home: TempDir,
    folder: PathBuf,
    output: Output,
}

/// The tests that hazards and requirements name.
fn named() -> Vec<String> {
    let lists = concat!(env!("CARGO_MANIFEST_DIR"), "/src/workflows/verify");
    let mut named = Vec::new();
    for list in ["hazards.json", "requirements.json"] {
        let written = std::fs::read_to_string(Path::new(lists).join(list)).unwrap();
        let quoted = written.split('"').filter(|text| text.contains(".rs::"));
        named.extend(quoted.map(str::to_owned));
    }
    named
}

/// As `cargo test` prints a test's name.
fn printed(test: &str) -> String {
    let test = test.strip_prefix("tests/it/").unwrap();
    test.replace("/mod.rs", "")
        .replace(".rs", "")
        .replace('/', "::")
}

fn run() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let mut results = String::new();
        for test in named() {
            let result = if test == FAILED { "FAILED" } else { "ok" };
            results += &format!("test {} ... {result}\n", printed(&test));
        }
        results += &format!(
            "\n---- {} stdout ----\nskipped: no data\n",
            printed(SKIPPED)
        );
        let tests = home.path().join("tests.txt");
        std::fs::write(&tests, results).unwrap();
        let folder = home.path().join("made");
        let output = verify(home.path(), &folder, &tests);
        Run {
            home,
            folder,
            output,
        }
    })
}

fn verify(home: &Path, folder: &Path, tests: &Path) -> Output {
    by_somebody(home)
        .args(["verify-self", "--json", "-o", path(folder)])
        .args(["--tests", path(tests)])
        .output()
        .unwrap()
}

fn made() -> Value {
    serde_json::from_slice(&run().output.stdout).unwrap()
}

fn with_verdict<'a>(list: &'a Value, verdict: &str) -> Vec<&'a Value> {
    let list = list.as_array().unwrap();
    let wanted = list.iter().filter(|one| one["verdict"] == verdict);
    wanted.collect()
}

/// At least so many of a kind, and all passed.
#[track_caller]
fn check_passed(made: &Value, kind: &str, least: usize) {
    let all = made[kind].as_array().unwrap();
    assert!(all.len() >= least, "{} {kind}", all.len());
    let others: Vec<&Value> = all
        .iter()
        .filter(|one| one["verdict"] != "passed")
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}

/// The one place where these are looked at; `tests/it/stats` and others have what is not among them.
#[test]
fn numbers_are_those_of_papers_and_of_other_programs() {
    check_passed(&made(), "numbers", 380);
}

/// Files, picture and networks, as in every run.
#[test]
fn what_is_computed_now_is_as_it_has_to_be() {
    let made = made();
    for (kind, least) in [("files", 45), ("networks", 4), ("network_numbers", 17)] {
        check_passed(&made, kind, least);
    }
    assert_eq!(made["picture"]["verdict"], "passed", "{}", made["picture"]);
    assert_eq!(made["version"], env!("CARGO_PKG_VERSION"));
    let program = made["program_sha256"].as_str().unwrap();
    assert_eq!(program.len(), 64);
    // A sound file is not only opened: a damaged one of its kind is refused, with the reason.
    let refused = made["files"].as_array().unwrap().iter();
    let refused = refused.filter(|one| one["expected"] == "refused");
    for one in refused {
        let found = one["found"].as_str().unwrap();
        assert!(found.starts_with("refused: ") && found.len() > 12, "{one}");
    }
}

#[test]
fn what_fails_is_said_and_fails_the_command() {
    let run = run();
    let said = text(&run.output.stderr);
    assert_eq!(run.output.status.code(), Some(1), "{said}");
    assert!(said.contains("checks failed"), "{said}");
    let made = made();
    // The hazard that the test holds, and nothing else, beside the test itself.
    let failed = with_verdict(&made["hazards"], "failed");
    assert!(!failed.is_empty());
    for hazard in failed {
        let tests = hazard["tests"].as_array().unwrap();
        assert!(tests.iter().any(|one| one["test"] == FAILED), "{hazard}");
    }
    for hazard in with_verdict(&made["hazards"], "not-done") {
        let tests = hazard["tests"].as_array().unwrap();
        let is_skipped = |one: &Value| one["test"] == SKIPPED && one["result"] == "skipped";
        assert!(tests.iter().any(is_skipped), "{hazard}");
    }
    assert!(with_verdict(&made["hazards"], "passed").len() > 40);

    let read = |name: &str| std::fs::read_to_string(run.folder.join(name)).unwrap();
    let [page, json, words] = ["report.html", "verification.json", "verification.txt"].map(read);
    // Long words may break.
    let page = page.replace("<wbr>", "");
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), made);
    assert!(page.contains("checks FAILED; section 1 says which"));
    for told in [&page, &words] {
        assert!(told.contains("Research use only"));
        assert!(told.contains("ledger::tamper::tampering_is_found"));
        assert!(told.contains("Krippendorff 2011"));
    }
    let table = read("tables/failed.csv");
    assert!(
        table.contains("ledger::tamper::tampering_is_found"),
        "{table}"
    );
    // Nothing says whose machine it was.
    let everything = [page, json, words, text(&run.output.stdout)].concat();
    assert_nameless(&everything, run.home.path());
    let temporary = std::env::temp_dir().join("cisterna-verify");
    assert!(!everything.contains(path(&temporary)));

    // What is there is not written over.
    let again = verify(run.home.path(), &run.folder, Path::new("/nowhere"));
    assert_eq!(again.status.code(), Some(1));
    let said = text(&again.stderr);
    assert!(said.contains("there is a report already"), "{said}");
}
