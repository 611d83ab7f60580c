//! `cisterna bids`: participants by themselves, taken up again, and joined.

use super::networks::data_set_at;
use super::{cisterna, path, text};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Six patients, a network of one feature, and a folder for what is made.
struct Cohort {
    folder: tempfile::TempDir,
    data: PathBuf,
    model: PathBuf,
    output: PathBuf,
}

impl Cohort {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [data, home] = ["data", "model"].map(|name| folder.path().join(name));
        // Where most put it; what is written there is nobody's input.
        let output = data.join("derivatives/predicted");
        data_set_at(&data, &[0.0, 24.0]);
        let rows = "sub-0\t60\nsub-1\t61\nsub-2\t62\nsub-3\t63\nsub-5\t65\n";
        std::fs::write(
            data.join("participants.tsv"),
            format!("participant_id\tage\n{rows}"),
        )
        .unwrap();
        let args = [
            "train",
            "tracer",
            "--data",
            path(&data),
            "--interval",
            "pre",
        ];
        let more = [
            "--features",
            "1",
            "--epochs",
            "1",
            "--batch",
            "2",
            "--recipe",
            "paper",
        ];
        let last = ["--device", "cpu", "-o", path(&home)];
        let trained = cisterna(&[&args[..], &more, &last].concat());
        assert!(trained.status.success(), "{}", text(&trained.stderr));
        Self {
            model: home.join("model.bpk"),
            folder,
            data,
            output,
        }
    }

    fn participants(&self, labels: &[&str]) -> Output {
        self.participants_into(&self.output, labels, &[])
    }

    fn participants_into(&self, output: &Path, labels: &[&str], more: &[&str]) -> Output {
        let args = ["bids", path(&self.data), path(output), "participant"];
        let task = [
            "--task",
            "predict",
            "--model",
            path(&self.model),
            "--device",
            "cpu",
        ];
        let who: &[&str] = if labels.is_empty() {
            &[]
        } else {
            &["--participant-label"]
        };
        cisterna(&[&args[..], &task, more, who, labels].concat())
    }

    fn there(&self) -> Vec<String> {
        let entries = self.output.read_dir().unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("sub-")).collect();
        names.sort();
        names
    }
}

fn document(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// All files below a folder.
fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files_in(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn participants_are_done_by_themselves_taken_up_again_and_joined() {
    let cohort = Cohort::new();
    // Whoever looks at the scans of this one says so.
    let broken = "sub-4/ses-01/anat/sub-4_ses-01_acq-axial_T1w.json";
    std::fs::write(cohort.data.join(broken), "{ no JSON").unwrap();
    let output = cohort.participants(&["0", "sub-1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(cohort.there(), ["sub-0", "sub-1"]);
    assert!(
        !text(&output.stderr).contains("sub-4"),
        "{}",
        text(&output.stderr)
    );
    let description = document(&cohort.output.join("dataset_description.json"));
    assert_eq!(description["DatasetType"], "derivative");
    assert_eq!(description["Name"], "Cisterna predict");
    let [own, record] =
        ["sub-0/prediction.json", "sub-0/sub-0_cisterna.json"].map(|name| cohort.output.join(name));
    assert_eq!(document(&own)["inputs"][0]["interval"], "pre");
    assert_eq!(document(&record)["task"], "predict");

    // Nothing says where or how fast it was made: elsewhere, on fewer threads, the bytes are the same.
    let elsewhere = cohort.folder.path().join("elsewhere");
    let output = cohort.participants_into(&elsewhere, &["0", "1"], &["--n-cpus", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut files = Vec::new();
    files_in(&cohort.output, &mut files);
    let mut others = Vec::new();
    files_in(&elsewhere, &mut others);
    assert_eq!(files.len(), others.len());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let place = path(cohort.folder.path()).as_bytes();
        let is_told = bytes.windows(place.len()).any(|window| window == place);
        assert!(!is_told, "{}", file.display());
        let same = elsewhere.join(file.strip_prefix(&cohort.output).unwrap());
        assert_eq!(std::fs::read(&same).unwrap(), bytes, "{}", file.display());
    }

    // What was begun and killed is done again, and what is done is left; one that fails costs no other.
    let under_way = cohort.output.join(".cisterna");
    std::fs::create_dir_all(under_way.join("sub-2-killed/made")).unwrap();
    std::fs::write(under_way.join("sub-2.lock"), "").unwrap();
    let before = own.metadata().unwrap().modified().unwrap();
    let output = cohort.participants(&["0", "2", "9"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "sub-0            was there",
            "sub-2            done",
            "sub-9            failed"
        ]
    );
    assert!(text(&output.stderr).contains("the data set has no folder sub-9"));
    assert_eq!(own.metadata().unwrap().modified().unwrap(), before);
    assert_eq!(cohort.there(), ["sub-0", "sub-1", "sub-2"]);
    let left: Vec<_> = under_way
        .read_dir()
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["sub-9.lock"], "what failed keeps its lock file");

    // Whose files have changed, though not in length, is not taken for done, nor overwritten.
    let sidecar = "sub-1/ses-01/anat/sub-1_ses-01_acq-axial_T1w.json";
    let sidecar = cohort.data.join(sidecar);
    let told = std::fs::read_to_string(&sidecar).unwrap();
    let changed = told.replace("true", "null");
    assert_ne!(changed, told);
    std::fs::write(&sidecar, changed).unwrap();
    let output = cohort.participants(&["1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("was made of other files"),
        "{}",
        text(&output.stderr)
    );

    joined(&cohort);
}

/// The group's table holds the rows of each.
fn joined(cohort: &Cohort) {
    let group = ["bids", path(&cohort.data), path(&cohort.output), "group"];
    let output = cisterna(&group);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = std::fs::read_to_string(cohort.output.join("group/predictions.tsv")).unwrap();
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 4, "{table}");
    for (subject, row) in [0, 1, 2].iter().zip(&rows[1..]) {
        let own = cohort.output.join(format!("sub-{subject}/predictions.tsv"));
        let own = std::fs::read_to_string(own).unwrap();
        assert_eq!(own.lines().collect::<Vec<_>>(), [rows[0], *row]);
    }
    let before = text(&output.stdout);
    assert_eq!(text(&cisterna(&group).stdout), before, "the same again");
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [data, output] = ["data", "out"].map(|name| folder.path().join(name));
    std::fs::create_dir_all(data.join("sub-1")).unwrap();
    let call = |args: &[&str]| {
        let output = cisterna(&[&["bids", path(&data), path(&output)][..], args].concat());
        (output.status.code(), text(&output.stderr))
    };
    #[track_caller]
    fn check((code, said): (Option<i32>, String), expected: i32, word: &str) {
        assert_eq!(code, Some(expected), "{said}");
        assert!(said.contains(word), "{said}");
    }
    check(call(&["group"]), 1, "no participant was done here");
    let group = ["group", "--labels", "seen"];
    check(call(&group), 1, "for the level participant");
    check(
        call(&["participants"]),
        2,
        "possible values: participant, group",
    );
    // Spelled as other BIDS Apps do too.
    for option in ["--participant-label", "--participant_label"] {
        let label = ["participant", option, "../1"];
        check(call(&label), 2, "letters and digits only");
    }
    let labels = ["--task", "predict", "--model", "pre-l2", "--labels", "seen"];
    let labels = [&["participant"], &labels[..]].concat();
    check(call(&labels), 1, "--labels is for the other tasks");
    check(
        call(&["participant", "--labels", "a/b"]),
        2,
        "not the name of a folder",
    );
    check(
        call(&["participant", "--task", "count"]),
        1,
        "--model says by which network",
    );
    check(
        call(&["participant", "--model", "pre-l2"]),
        1,
        "--model is for the tasks",
    );
    check(call(&["participant"]), 1, "1 of 1 participants failed");
    // The folder is now one of examinations.
    check(
        call(&["participant", "--task", "quantify"]),
        1,
        "holds something else",
    );
    std::fs::remove_file(output.join("dataset_description.json")).unwrap();
    std::fs::write(output.join("notes.txt"), "mine").unwrap();
    check(call(&["participant"]), 1, "holds something else");
    assert_eq!(
        std::fs::read_to_string(output.join("notes.txt")).unwrap(),
        "mine"
    );
}
