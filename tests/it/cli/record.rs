//! Reading without a window, and what is left when the power goes.

use super::{cisterna, json, new_study, path, scans, text, write_scan};
use cisterna::ledger::Ledger;
use cisterna::study::{LaterInstallments, Protocol};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn recorder(study: &Path, rater: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args(["study", "record", path(study), "--rater", rater])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn line(case: &str, grade: u8) -> String {
    format!("{{\"case\": \"{case}\", \"grade\": {grade}}}\n")
}

#[test]
fn grades_come_from_a_script_and_are_answered_one_by_one() {
    let scans = scans();
    let study = new_study(&scans);
    let next = || json(&["study", "next", path(&study), "--rater", "a"]);
    let first = next();
    assert_eq!(
        (&first["installment"], &first["position"]),
        (&Value::from(1), &Value::from(1))
    );
    let case = first["case"].as_str().unwrap();
    let mut child = recorder(&study, "a");
    let lines = [
        line("CCCCCC", 3),
        line(case, 9),
        line(case, 3),
        "not json\n".to_owned(),
        line(case, 3),
    ];
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines.concat().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "four lines were refused");
    let answers: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let stored: Vec<bool> = answers.iter().map(|a| a["stored"] == true).collect();
    assert_eq!(stored, [false, false, true, false, false]);
    let said = |at: usize| answers[at]["error"].as_str().unwrap().to_owned();
    assert!(said(0).contains("case CCCCCC is not next"), "{}", said(0));
    assert!(
        said(1).contains("grade 9 is not on the scale"),
        "{}",
        said(1)
    );
    assert_eq!(answers[2]["case"], case);
    assert_ne!(next()["case"], case);
    let status = json(&["study", "status", path(&study), "--json"]);
    assert_eq!(status[0]["installments"][0]["n_graded"], 1);
    assert_eq!(status[1]["installments"][0]["n_graded"], 0);
    let told = text(&cisterna(&["study", "status", path(&study)]).stdout);
    assert_eq!(told, "a  1 of 2; 0 of 2\nb  0 of 2; 0 of 2\n");
    let verified = json(&["study", "verify", path(&study), "--json"]);
    assert_eq!(verified["n_verdicts"], 1);
    // Installment 2 waits for the coordinator.
    let second = next()["case"].as_str().unwrap().to_owned();
    let mut child = recorder(&study, "a");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(line(&second, 0).as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(next()["is_sealed"], true);
    // A changed byte is found.
    let mut bytes = std::fs::read(&study).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&study, bytes).unwrap();
    let broken = cisterna(&["study", "verify", path(&study)]);
    assert_eq!(broken.status.code(), Some(1), "{}", text(&broken.stdout));
}

/// A study of 50 patients and three raters, of one scan.
fn large_study(folder: &Path) -> PathBuf {
    write_scan(&folder.join("real.nii"), [8, 9, 10], |i, j, k| {
        (i + j + k) as f32
    });
    let mut cases = "patient,arm,image\n".to_owned();
    for patient in 0..50 {
        for arm in ["real", "predicted"] {
            writeln!(cases, "p{patient},{arm},real.nii").unwrap();
        }
    }
    let plan = Protocol {
        washout_days: 0,
        later_installments: LaterInstallments::Open,
        equalise: None,
        ..Protocol::reflux(&["a".into(), "b".into(), "c".into()])
    };
    for (name, text) in [
        ("cases.csv", cases),
        ("plan.toml", plan.to_toml().unwrap()),
        ("passphrase", crate::PASSPHRASE.to_owned()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let (plan, cases) = (folder.join("plan.toml"), folder.join("cases.csv"));
    let made = cisterna(&super::new_args(
        folder,
        &plan,
        &cases,
        &folder.join("study"),
    ));
    assert!(made.status.success(), "{}", text(&made.stderr));
    folder.join("study/study.cisterna")
}

/// Three hundred readers, each killed at a random moment: what was answered is there, nothing is
/// there twice, and reading goes on at the case after the last one that is there.
#[test]
fn what_was_answered_survives_a_kill_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let study = large_study(folder.path());
    let mut rng = ChaCha8Rng::seed_from_u64(300);
    let mut answered: [BTreeSet<String>; 3] = Default::default();
    let mut n_answered = 0;
    for round in 0..300 {
        let seat = round % 3;
        let rater = ["a", "b", "c"][seat];
        let next = Ledger::open(&study).unwrap().next_case(rater).unwrap();
        let Some(slot) = next else { continue };
        let mut child = recorder(&study, rater);
        let mut stdin = child.stdin.take().unwrap();
        let given = line(slot.code.as_str(), (round % 5) as u8);
        stdin.write_all(given.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_micros(rng.random_range(0..60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut out = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut out)
            .unwrap();
        if out.ends_with('\n') {
            let answer: Value = serde_json::from_str(out.trim()).unwrap();
            assert_eq!(answer["stored"], true, "{answer}");
            assert_eq!(answer["case"], slot.code.as_str());
            answered[seat].insert(slot.code.to_string());
            n_answered += 1;
        }
        let ledger = Ledger::open(&study).unwrap();
        let entries = ledger.entries(Some(rater)).unwrap();
        let there: Vec<String> = entries
            .iter()
            .map(|entry| entry.slot.code.to_string())
            .collect();
        let once: BTreeSet<String> = there.iter().cloned().collect();
        assert_eq!(once.len(), there.len(), "a case is there twice");
        assert!(answered[seat].is_subset(&once), "an answered grade is gone");
        let order: Vec<String> = ledger
            .worklist(rater)
            .unwrap()
            .slots()
            .map(|slot| slot.code.to_string())
            .collect();
        assert_eq!(there, order[..there.len()], "in the order of the worklist");
        let next = ledger
            .next_case(rater)
            .unwrap()
            .map(|slot| slot.code.to_string());
        assert_eq!(
            next.as_ref(),
            order.get(there.len()),
            "reading goes on there"
        );
    }
    let ledger = Ledger::open(&study).unwrap();
    let n_stored = ledger.verify().unwrap().n_verdicts;
    println!("300 kills: {n_answered} grades answered, {n_stored} stored");
    assert!(
        n_answered > 20 && n_answered < 290,
        "{n_answered} of 300 were answered before the kill"
    );
}
