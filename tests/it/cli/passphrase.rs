//! Passphrases and seeds at the command line.

use super::{cisterna, new_args, new_study, path, scans, text};
use crate::PASSPHRASE;
use cisterna::study::{Key, Protocol, Seed};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Two cases and a plan in the folder of [`scans`].
fn plan(folder: &Path, seed: Option<u64>) -> [std::path::PathBuf; 2] {
    let protocol = Protocol {
        seed,
        equalise: None,
        ..Protocol::reflux(&["Kristoffersen".to_owned()])
    };
    let (plan, cases) = (folder.join("plan.toml"), folder.join("cases.csv"));
    std::fs::write(&plan, protocol.to_toml().unwrap()).unwrap();
    std::fs::write(
        &cases,
        "patient,arm,image\np,real,real.nii\np,predicted,predicted.nii\n\
         q,real,real.nii\nq,predicted,predicted.nii\n",
    )
    .unwrap();
    [plan, cases]
}

#[test]
fn a_weak_passphrase_makes_no_study() {
    let scans = scans();
    let folder = scans.real.parent().unwrap();
    let [plan, cases] = plan(folder, None);
    let output = folder.join("study");
    let args = new_args(folder, &plan, &cases, &output);
    for weak in ["", "a", " ", "1234", "Kristoffersen2026"] {
        std::fs::write(folder.join("passphrase"), weak).unwrap();
        let refused = cisterna(&args);
        assert_eq!(refused.status.code(), Some(1), "{weak:?}");
        let said = text(&refused.stderr);
        assert!(
            said.contains("error: the passphrase is too weak: "),
            "{said}"
        );
        assert!(said.contains("--draw-passphrase"), "{said}");
        assert!(!output.exists(), "{weak:?} made something");
    }
}

/// A rater's first signature is sealed with a passphrase too.
#[test]
fn a_weak_passphrase_signs_nothing() {
    let scans = scans();
    let study = new_study(&scans);
    let package = study.with_file_name("packages").join("a.cisterna");
    let folder = scans.real.parent().unwrap();
    for n in 0..2 {
        let next = super::json(&["study", "next", path(&package)]);
        let line = format!("{{\"case\": {}, \"grade\": {n}}}\n", next["case"]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_cisterna"))
            .args(["study", "record", path(&package)])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
    }
    let own = folder.join("own");
    std::fs::write(&own, "1234").unwrap();
    let name = [
        "--installment",
        "1",
        "--name",
        "A",
        "--passphrase-file",
        path(&own),
    ];
    let args = [&["study", "sign", path(&package)], &name[..]].concat();
    let refused = text(&cisterna(&args).stderr);
    assert!(refused.contains("the passphrase is too weak"), "{refused}");
    std::fs::write(&own, PASSPHRASE).unwrap();
    let signed = cisterna(&args);
    assert!(signed.status.success(), "{}", text(&signed.stderr));
}

/// Makes a study with words that are drawn; `answer` is given the words and the place asked for.
fn draw_words(answer: fn(&[String], usize) -> String) -> (tempfile::TempDir, Vec<String>, bool) {
    let scans = scans();
    let folder = scans.real.parent().unwrap();
    let [plan, cases] = plan(folder, None);
    let mut child = Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args([
            "study",
            "new",
            "--draw-passphrase",
            "--protocol",
            path(&plan),
        ])
        .args(["--cases", path(&cases), "-o", path(&folder.join("study"))])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut words = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(drawn) = line.strip_prefix("    ") {
            words = drawn.split(' ').map(str::to_owned).collect();
        } else if let Some(rest) = line.strip_prefix("word ") {
            let place: usize = rest.split(' ').next().unwrap().parse().unwrap();
            // The program may have given up already.
            let _ = writeln!(stdin, "{}", answer(&words, place));
        }
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty(), "a secret is no data");
    (scans.folder, words, output.status.success())
}

#[test]
fn drawn_words_are_shown_once_and_asked_back() {
    let (folder, words, is_made) = draw_words(|words, place| words[place - 1].clone());
    assert!(is_made);
    assert_eq!(words.len(), 6);
    let key = folder.path().join("study/key.age");
    let key = Key::unseal(&key, &words.join(" ")).unwrap();
    assert!(matches!(key.seed(), Seed::Drawn(_)));

    let (folder, words, is_made) = draw_words(|_, _| "no such word".to_owned());
    assert_eq!((words.len(), is_made), (6, false));
    assert!(!folder.path().join("study").exists());
}

#[test]
fn a_typed_seed_needs_its_flag() {
    let scans = scans();
    let folder = scans.real.parent().unwrap();
    std::fs::write(folder.join("passphrase"), PASSPHRASE).unwrap();
    let make = |seed: Option<u64>, more: &[&str]| {
        let [plan, cases] = plan(folder, seed);
        let args = new_args(folder, &plan, &cases, &folder.join("study"));
        let more = more.iter().map(|&arg| arg.to_owned());
        let output = cisterna(&args.into_iter().chain(more).collect::<Vec<_>>());
        (output.status.success(), text(&output.stderr))
    };
    let (is_made, said) = make(Some(31), &[]);
    assert!(!is_made && said.contains("has the key"), "{said}");
    let (is_made, said) = make(None, &["--typed-seed"]);
    assert!(!is_made && said.contains("there is none"), "{said}");
    assert!(!folder.join("study").exists());
    let (is_made, said) = make(Some(31), &["--typed-seed"]);
    assert!(is_made, "{said}");
    let key = Key::unseal(&folder.join("study/key.age"), PASSPHRASE).unwrap();
    assert_eq!(*key.seed(), Seed::Typed(31));
    let help = text(&cisterna(&["study", "new", "--help"]).stdout);
    assert!(help.contains("has the key"), "{help}");
}
