//! Study files of one case: new, graded, and a rater's part of it.

use super::Seed;
use crate::Scratch;
use cisterna::ledger::{Correction, Ledger, Signing};
use cisterna::study::{
    CaseImage, CaseRow, Circumstances, Conditions, Coordinator, Design, EventKind, GradeDraft,
    Passphrase, Protocol, SecretKey, Verdict,
};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A new study, a rater's new package, the same one graded and signed, and the study with it.
#[must_use]
pub fn package() -> Vec<Seed> {
    let scratch = Scratch::new();
    let path = scratch.path().join("study");
    let mut study = create(&path);
    let new_study = bytes_of(&path);
    let package = scratch.path().join("package");
    study.package("Anna", &package).expect("Anna is a rater");
    let new_package = bytes_of(&package);
    work(&package);
    study.merge(&package).expect("the package is of this study");
    drop(study);
    let named = [
        ("study", new_study),
        ("package", new_package),
        ("graded", bytes_of(&package)),
        ("merged", bytes_of(&path)),
        ("coordinator", bytes_of(&scratch.path().join(COORDINATOR))),
    ];
    let seeds = named.map(|(name, bytes)| (name.to_owned(), bytes));
    seeds.to_vec()
}

/// The study that the seeds are of, and its coordinator; without seeds a new one.
#[must_use]
pub fn study() -> (Vec<u8>, Coordinator) {
    let scratch = Scratch::new();
    let (study, coordinator) = match super::folder() {
        Some(folder) => (folder.join("made-0"), folder.join("made-coordinator")),
        None => {
            let path = scratch.path().join("study");
            drop(create(&path));
            (path, scratch.path().join(COORDINATOR))
        }
    };
    let coordinator = Coordinator::unseal(&coordinator, PASSPHRASE);
    (bytes_of(&study), coordinator.expect("it was sealed here"))
}

/// The coordinator's file beside a study.
const COORDINATOR: &str = "coordinator.age";
const PASSPHRASE: &str = "walnut orbit lantern sleet";

/// The pages of an SQLite file that hold rows or definitions, and not a part of a picture.
#[must_use]
pub fn pages_of_rows(file: &[u8]) -> Vec<Range<usize>> {
    const HEADER: usize = 100;
    let size = match file.get(16..18) {
        Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
        _ => return Vec::new(),
    };
    if size < 512 {
        return Vec::new();
    }
    let kind = |start: usize| file.get(if start == 0 { HEADER } else { start });
    let starts = (0..file.len() / size).map(|page| page * size);
    starts
        .filter(|&start| matches!(kind(start), Some(2 | 5 | 10 | 13)))
        .map(|start| start..start + size)
        .collect()
}

fn bytes_of(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file that was written can be read")
}

fn create(path: &Path) -> Ledger {
    let protocol = Protocol {
        arms: vec!["real".into()],
        installments: 1,
        seed: Some(1),
        reading: Conditions {
            go_back: true,
            ..Conditions::default()
        },
        ..Protocol::reflux(&["Anna".into(), "Bela".into()])
    };
    let case = CaseRow {
        patient: "P1".into(),
        arm: "real".into(),
        image: PathBuf::from("scan.nii"),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training: None,
    };
    let (design, _) = Design::draw(&protocol, &[case]).expect("one case can be drawn");
    let picture = CaseImage {
        code: design.codes[0].clone(),
        axial: vec![0; CaseImage::N_VALUES],
        sagittal: vec![0; CaseImage::N_VALUES],
    };
    let coordinator = Coordinator::fresh().expect("the system has random numbers");
    let passphrase = Passphrase::known(PASSPHRASE).with_work_factor(10);
    let sealed = coordinator.seal(&path.with_file_name(COORDINATOR), &passphrase);
    sealed.expect("the coordinator can be sealed");
    let keys = BTreeMap::new();
    let made = Ledger::create(path, &design, &[picture], &protocol, coordinator, &keys);
    made.expect("the study can be made")
}

/// What Anna does: looks, pauses, grades, corrects, signs.
fn work(package: &Path) {
    let mut ledger = Ledger::open(package).expect("the package is a study");
    let slot = ledger.next_case("Anna").expect("Anna is a rater");
    let slot = slot.expect("there is a case");
    let grade = |value: u8| {
        let scale = ledger.scale().expect("the study has a scale");
        Verdict::Grade(scale.grade(value).expect("the scale has the grade"))
    };
    let (first, second) = (grade(3), grade(4));
    for kind in [
        EventKind::Opened {},
        EventKind::Paused { idle: true },
        EventKind::Resumed {},
    ] {
        let noted = ledger.note("Anna", Some(&slot), kind);
        noted.expect("a kind is noted");
    }
    let draft = GradeDraft {
        rater: "Anna".into(),
        slot,
        verdict: first,
        circumstances: circumstances(),
        committed_unix_millis: 1_767_225_605_500,
    };
    let entry = ledger.commit_grade(&draft).expect("the case is next");
    let correction = Correction {
        replaces: entry.seq,
        rater: "Anna".into(),
        reason: "too low".into(),
        verdict: second,
        circumstances: circumstances(),
        committed_unix_millis: 1_767_225_701_000,
    };
    let corrected = ledger.correct_grade(&correction);
    corrected.expect("the study lets raters go back");
    let signing = Signing {
        installment: 1,
        name: "Anna A.".into(),
        meaning: Signing::MEANING.into(),
    };
    let key = SecretKey::fresh().expect("the system has random numbers");
    ledger.sign("Anna", &signing, &key).expect("all is graded");
}

fn circumstances() -> Circumstances {
    Circumstances {
        confidence: None,
        comment: "clear".into(),
        opened_unix_millis: 1_767_225_600_000,
        paused_millis: 20,
        display: serde_json::json!({"axial": [0.0, 1.0], "sagittal": [0.1, 0.9]}),
    }
}
