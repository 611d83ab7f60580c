//! A reading study of two patients: its file, what is done to it, and its key.

use super::place::{Place, refused};
use crate::ledger::{Correction, Ledger};
use crate::study::{
    CaseImage, CaseRow, Circumstances, Conditions, Coordinator, Design, GradeDraft, Key,
    LaterInstallments, Passphrase, Protocol, Scale, Verdict as Given,
};
use crate::workflows::verify::facts::FileCheck;
use crate::workflows::verify::verdict::Verdict;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const KIND: &str = "study file";
const RATER: &str = "Rater A";
const PATIENTS: [&str; 2] = ["patient-one", "patient-two"];
const ARMS: [&str; 2] = ["arm-of-truth", "arm-of-network"];
/// What the rater writes, and what it is changed to.
const COMMENT: &str = "a comment that is looked for";
const CHANGED: &str = "a comment that was looked at";

pub(super) fn checks(place: &Place) -> anyhow::Result<Vec<FileCheck>> {
    let (path, key) = made(place)?;
    let mut checks = vec![graded(place, &path), blind(&path)?];
    checks.extend(tampered(place, &path)?);
    checks.extend(sealed(place, &key)?);
    Ok(checks)
}

/// A study with a grade and its correction.
fn made(place: &Place) -> anyhow::Result<(PathBuf, Key)> {
    let protocol = Protocol {
        washout_days: 0,
        later_installments: LaterInstallments::Open,
        arms: ARMS.map(str::to_owned).to_vec(),
        seed: Some(7),
        reading: Conditions {
            go_back: true,
            ..Conditions::default()
        },
        ..Protocol::reflux(&[RATER.to_owned()])
    };
    let case = |patient: &str, arm: &str| CaseRow {
        patient: patient.to_owned(),
        arm: arm.to_owned(),
        image: PathBuf::from(format!("{patient}_{arm}.nii.gz")),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training: None,
    };
    let cases: Vec<CaseRow> = PATIENTS
        .iter()
        .flat_map(|patient| ARMS.map(|arm| case(patient, arm)))
        .collect();
    let (design, key) = Design::draw(&protocol, &cases)?;
    let picture = |(number, code): (usize, &crate::study::CaseCode)| CaseImage {
        code: code.clone(),
        axial: (0..CaseImage::N_VALUES)
            .map(|at| ((at / 8 + number) % 256) as u8)
            .collect(),
        sagittal: vec![number as u8; CaseImage::N_VALUES],
    };
    let images: Vec<CaseImage> = design.codes.iter().enumerate().map(picture).collect();
    let path = place.path("reflux.cisterna");
    let coordinator = Coordinator::fresh()?;
    let none = BTreeMap::new();
    let mut ledger = Ledger::create(&path, &design, &images, &protocol, coordinator, &none)?;
    let slot = ledger.next_case(RATER)?.context("no case comes first")?;
    let scale = Scale::reflux();
    let circumstances = |comment: &str| Circumstances {
        confidence: None,
        comment: comment.to_owned(),
        opened_unix_millis: 1_767_225_600_000,
        paused_millis: 0,
        display: serde_json::json!({}),
    };
    let entry = ledger.commit_grade(&GradeDraft {
        rater: RATER.to_owned(),
        slot,
        verdict: Given::Grade(scale.grade(3)?),
        circumstances: circumstances(COMMENT),
        committed_unix_millis: 1_767_225_605_000,
    })?;
    ledger.correct_grade(&Correction {
        replaces: entry.seq,
        rater: RATER.to_owned(),
        reason: "looked at again".to_owned(),
        verdict: Given::Grade(scale.grade(4)?),
        circumstances: circumstances(""),
        committed_unix_millis: 1_767_225_700_000,
    })?;
    Ok((path, key))
}

/// The grade is there, its correction beside it, and the file is in order.
fn graded(place: &Place, path: &Path) -> FileCheck {
    let look = || -> anyhow::Result<String> {
        let ledger = Ledger::open(path)?;
        let verified = ledger.verify()?;
        let grades: Vec<String> = ledger
            .entries(Some(RATER))?
            .iter()
            .map(|entry| {
                let grade = match &entry.verdict {
                    Given::Grade(grade) => grade.get().to_string(),
                    Given::CannotGrade(_) => "cannot grade".to_owned(),
                };
                match entry.replaces {
                    Some(replaced) => format!("{grade} in place of event {replaced}"),
                    None => format!("{grade} in event {}", entry.seq),
                }
            })
            .collect();
        Ok(format!(
            "in order with {} verdicts: {}",
            verified.n_verdicts,
            grades.join(", ")
        ))
    };
    let expected = "in order with 2 verdicts: 3 in event 1, 4 in place of event 1".to_owned();
    let found = look().unwrap_or_else(|why| place.nameless(&format!("{why:#}")));
    FileCheck {
        kind: KIND,
        what: "a grade and its correction, written and opened".to_owned(),
        verdict: Verdict::of(found == expected),
        expected,
        found,
    }
}

/// Neither patient nor arm stands in the file.
fn blind(path: &Path) -> std::io::Result<FileCheck> {
    let bytes = std::fs::read(path)?;
    let told: Vec<&str> = PATIENTS
        .into_iter()
        .chain(ARMS)
        .filter(|name| find(&bytes, name.as_bytes()).is_some())
        .collect();
    Ok(FileCheck {
        kind: KIND,
        what: "patients and arms that stand in its bytes".to_owned(),
        expected: "none".to_owned(),
        found: match told.is_empty() {
            true => "none".to_owned(),
            false => told.join(", "),
        },
        verdict: Verdict::of(told.is_empty()),
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// What was changed or cut off is found.
fn tampered(place: &Place, path: &Path) -> anyhow::Result<[FileCheck; 2]> {
    let sound = std::fs::read(path)?;
    let in_order = |path: &Path| -> Result<(), String> {
        let ledger = Ledger::open(path).map_err(|why| why.to_string())?;
        ledger.verify().map(drop).map_err(|why| why.to_string())
    };
    let mut changed = sound.clone();
    let at = find(&sound, COMMENT.as_bytes()).context("the comment is not in the study file")?;
    changed[at..at + COMMENT.len()].copy_from_slice(CHANGED.as_bytes());
    let changed = place.write("changed.cisterna", &changed)?;
    let cut = place.write("cut.cisterna", &sound[..sound.len() / 2])?;
    let what = "words of a rater changed by another program";
    Ok([
        refused(place, KIND, what, in_order(&changed)),
        refused(place, KIND, "cut to half its length", in_order(&cut)),
    ])
}

/// The key opens with its passphrase and with no other.
fn sealed(place: &Place, key: &Key) -> anyhow::Result<[FileCheck; 3]> {
    let words = Passphrase::draw_words()?.join(" ");
    let path = place.path("key.age");
    // It protects nothing, so that the cheapest work factor will do.
    key.seal(&path, &Passphrase::known(&words).with_work_factor(10))?;
    let opened = Key::unseal(&path, &words);
    let is_same = opened.as_ref().is_ok_and(|opened| opened == key);
    let back = FileCheck {
        kind: "key of a study",
        what: "sealed and opened with its passphrase".to_owned(),
        expected: "the same key".to_owned(),
        found: match (opened, is_same) {
            (_, true) => "the same key".to_owned(),
            (Ok(_), false) => "another key".to_owned(),
            (Err(why), false) => place.nameless(&why.to_string()),
        },
        verdict: Verdict::of(is_same),
    };
    let mut bytes = std::fs::read(&path)?;
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    let turned = place.write("turned.age", &bytes)?;
    let other = format!("{words} other");
    let kind = "key of a study";
    Ok([
        back,
        refused(
            place,
            kind,
            "another passphrase",
            Key::unseal(&path, &other),
        ),
        refused(place, kind, "a bit turned", Key::unseal(&turned, &words)),
    ])
}

#[cfg(test)]
mod tests {
    use super::{CHANGED, COMMENT};

    #[test]
    fn a_change_keeps_the_length() {
        assert_eq!(CHANGED.len(), COMMENT.len());
    }
}
