//! A whole study on three laptops, without a window: made, read, signed, merged, unsealed, exported.

use super::{cisterna, json, new_args, path, text, write_scan};
use cisterna::ledger::{Ledger, LedgerError};
use cisterna::study::{
    Circumstances, Conditions, GradeDraft, LaterInstallments, Protocol, Receipt, Verdict,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const RATERS: [&str; 3] = ["Dr. Ada", "Dr. Bo", "Dr. Cy"];

/// 31 patients, two arms, three raters, four repeats, two training cases: one scan for all.
fn make(folder: &Path, later: LaterInstallments) {
    write_scan(&folder.join("scan.nii"), [8, 9, 10], |i, j, k| {
        (i + j + k) as f32
    });
    let mut cases =
        "patient,arm,image,training\nt1,real,scan.nii,0\nt2,real,scan.nii,4\n".to_owned();
    for patient in 1..=31 {
        for arm in ["real", "predicted"] {
            writeln!(cases, "p{patient:02},{arm},scan.nii,").unwrap();
        }
    }
    let plan = Protocol {
        washout_days: 14,
        later_installments: later,
        repeats: 4,
        installments: 3,
        seed: Some(31),
        reading: Conditions {
            go_back: true,
            confidence: true,
            ..Conditions::default()
        },
        equalise: None,
        ..Protocol::reflux(&RATERS.map(str::to_owned))
    };
    for (name, text) in [
        ("cases.csv", cases),
        ("plan.toml", plan.to_toml().unwrap()),
        ("passphrase", crate::PASSPHRASE.to_owned()),
        ("own", "thistle magnet above ferry".to_owned()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let (plan, cases) = (folder.join("plan.toml"), folder.join("cases.csv"));
    let args = new_args(folder, &plan, &cases, &folder.join("study"));
    let made = cisterna(&[&args[..], &["--typed-seed".to_owned()]].concat());
    assert!(made.status.success(), "{}", text(&made.stderr));
}

/// Answers to lines given to `study record`.
fn record(package: &Path, lines: &[Value]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args(["study", "record", path(package)])
        .env("CISTERNA_LOG", "trace")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for line in lines {
        writeln!(stdin, "{line}").unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    // Neither answers nor logs know a patient or an arm.
    let answers = text(&output.stdout);
    let said = format!("{answers}{}", text(&output.stderr));
    assert!(
        !said.contains("predicted") && !said.contains("p01"),
        "{said}"
    );
    answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A rater works through their package: some cases cannot be graded, one grade is corrected, the
/// washout is cut short, and every installment is signed.
fn read(folder: &Path, package: &Path) {
    let worklist = {
        let ledger = Ledger::open_read_only(package).unwrap();
        ledger.worklist(&ledger.raters().unwrap()[0]).unwrap()
    };
    let given = |at: usize, code: &str| match at % 20 {
        7 => json!({"case": code, "cannot_grade": "motion", "confidence": 5}),
        _ => json!({"case": code, "grade": at % 5, "confidence": 1 + at % 5, "comment": "seen"}),
    };
    let training: Vec<Value> = worklist
        .training
        .iter()
        .map(|code| json!({"case": code.as_str(), "grade": 3, "confidence": 3}))
        .collect();
    assert!(
        record(package, &training)
            .iter()
            .all(|a| a["stored"] == true)
    );
    for (installment, codes) in (1..).zip(&worklist.installments) {
        let n = installment.to_string();
        if installment > 1 {
            let early = ["--installment", &n, "--reason", "a test has no time"];
            let args = [&["study", "begin-early", path(package)], &early[..]].concat();
            assert!(cisterna(&args).status.success());
        }
        let lines: Vec<Value> = codes
            .iter()
            .enumerate()
            .map(|(at, code)| given(at, code.as_str()))
            .collect();
        let stored = record(package, &lines);
        assert!(
            stored.iter().all(|answer| answer["stored"] == true),
            "{stored:?}"
        );
        if installment == 1 {
            let line = json!({"case": codes[0].as_str(), "grade": 4, "confidence": 2,
                              "corrects": "pressed the wrong key"});
            assert_eq!(record(package, &[line])[0]["stored"], true);
        }
        let own = folder.join("own");
        let sign = [
            "--installment",
            &n,
            "--name",
            "A. Rater",
            "--passphrase-file",
            path(&own),
        ];
        let signed = cisterna(&[&["study", "sign", path(package)], &sign[..]].concat());
        assert!(signed.status.success(), "{}", text(&signed.stderr));
    }
    assert_eq!(json(&["study", "next", path(package)]), Value::Null);
    // Signed is signed.
    let line = json!({"case": worklist.installments[0][0].as_str(), "grade": 0,
                      "confidence": 2, "corrects": "too late"});
    let late = &record(package, &[line])[0];
    assert!(
        late["error"]
            .as_str()
            .unwrap()
            .contains("has signed installment 1"),
        "{late}"
    );
}

fn column(csv: &str, name: &str) -> Vec<String> {
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let at = table
        .headers()
        .unwrap()
        .iter()
        .position(|h| h == name)
        .unwrap();
    table
        .records()
        .map(|row| row.unwrap()[at].to_owned())
        .collect()
}

#[test]
fn a_study_on_three_laptops() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make(folder, LaterInstallments::Open);
    let study = folder.join("study/study.cisterna");
    let packages: Vec<PathBuf> = ["Dr__Ada", "Dr__Bo", "Dr__Cy"]
        .map(|name| folder.join(format!("study/packages/{name}.cisterna")))
        .to_vec();
    for package in &packages {
        read(folder, package);
    }
    // In another order, one of them twice.
    let args = [
        "study",
        "merge",
        path(&study),
        path(&packages[2]),
        path(&packages[0]),
    ];
    let secret = folder.join("passphrase");
    let secret = ["--passphrase-file", path(&secret)];
    let rest = [path(&packages[1]), path(&packages[0])];
    let merged = cisterna(&[&args[..], &rest, &secret].concat());
    assert!(merged.status.success(), "{}", text(&merged.stderr));
    assert!(text(&merged.stdout).contains("Dr. Ada: 0 new events"));
    let verified = json(&["study", "verify", path(&study), "--json"]);
    // 66 and 2 training cases and a correction, for each of three.
    assert_eq!(verified["n_verdicts"], 3 * 69);
    assert_eq!(verified["n_signatures"], 9);
    let status = text(&cisterna(&["study", "status", path(&study)]).stdout);
    assert!(status.contains("Dr. Ada  22 of 22, signed; "), "{status}");

    // Blind until it is unsealed.
    let blind = text(&cisterna(&["study", "export", path(&study)]).stdout);
    assert!(column(&blind, "arm").iter().all(String::is_empty));
    let unsealed = cisterna(&[&["study", "unseal", path(&study)], &secret[..]].concat());
    assert!(unsealed.status.success(), "{}", text(&unsealed.stderr));
    let key = folder.join("study/key.age");
    let out = folder.join("out");
    let truth = folder.join("truth.csv");
    std::fs::write(&truth, "patient;truth\np01;1\nnobody;0\n").unwrap();
    let args = [
        "study",
        "export",
        path(&study),
        "--key",
        path(&key),
        "--all",
        path(&out),
        "--truth",
        path(&truth),
    ];
    let exported = cisterna(&[&args[..], &secret[..]].concat());
    assert!(exported.status.success(), "{}", text(&exported.stderr));
    check_exports(&out);
    let key = ["--key", path(&key), "--json"];
    let args = [&["stats", path(&study)], &key[..], &secret[..]].concat();
    let analysis = json(&args);
    assert_eq!(analysis["comparisons"][0]["arm"], "predicted");
    crate::no_key_twice(&text(&cisterna(&args).stdout));
    // What says how a table is taken says nothing of a study.
    let table = cisterna(&["stats", path(&study), "--unit", "patient"]);
    assert!(text(&table.stderr).contains("only --levels is for it"));
    json(&["study", "verify", path(&study), "--json"]);
}

fn check_exports(folder: &Path) {
    let open = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let grades = open("grades.csv");
    let mut n_of: BTreeMap<String, usize> = BTreeMap::new();
    for status in column(&grades, "status") {
        *n_of.entry(status).or_default() += 1;
    }
    // Of 22 cases in each of 9 installments, those at 7 have no grade.
    let expected = [
        ("cannot_grade", 9),
        ("corrected", 3),
        ("replaced", 3),
        ("training", 6),
    ];
    for (status, n) in expected {
        assert_eq!(n_of[status], n, "{status} of {n_of:?}");
    }
    assert_eq!(n_of["graded"], 3 * 66 - 9 - 3);
    let standing = column(&grades, "status")
        .into_iter()
        .zip(column(&grades, "is_repeat"));
    let repeats = standing.filter(|(status, is)| status != "replaced" && is == "yes");
    assert_eq!(repeats.count(), 3 * 4);
    let imrmc = open("imrmc.csv");
    assert!(imrmc.starts_with("readerID,caseID,modalityID,score\n"));
    assert!(!imrmc.contains("t1"), "training cases never count");
    assert!(imrmc.contains("truth,p01,truth,1\n") && !imrmc.contains("nobody"));
    let n_rows = column(&imrmc, "score").len() - 1;
    let n_counted = 3 * 62;
    assert!(n_rows <= n_counted && n_rows >= n_counted - 9, "{n_rows}");
    let named = column(&open("dictionary.csv"), "column");
    let mut table = csv::Reader::from_reader(grades.as_bytes());
    assert_eq!(named, table.headers().unwrap().iter().collect::<Vec<_>>());
    let audit = open("audit.jsonl");
    let events: Vec<Value> = audit
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &str| {
        events
            .iter()
            .filter(|e| e["content"]["kind"] == kind)
            .count()
    };
    assert_eq!([of("signed"), of("merged"), of("unsealed")], [9, 3, 1]);
    assert_eq!([of("pinned"), of("exported")], [3, 1]);
    assert_eq!(
        [of("begun_early"), of("corrected"), of("skipped")],
        [6, 3, 9]
    );
    assert_eq!(column(&open("audit.csv"), "sha256").len(), events.len());
    let plan = Protocol::open(&folder.join("protocol.toml")).unwrap();
    assert_eq!((plan.repeats, plan.seed), (4, None));
    assert!(open("instructions.json").contains("Which grade of ventricular reflux"));
}

/// On a disk of half a megabyte: grades are refused in words, none that was answered is lost, and
/// with room again reading goes on at the right case.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=3m", "tmpfs", path(&disk)])
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("skipped: no small disk can be mounted here");
        return;
    }
    let _unmount = Unmount(disk.clone());
    let scan = folder.path().join("scan.nii");
    write_scan(&scan, [8, 9, 10], |i, j, k| (i + j + k) as f32);
    let cases = "patient,arm,image\np,real,scan.nii\np,predicted,scan.nii\nq,real,scan.nii\n\
                 q,predicted,scan.nii\n";
    let mut plan = Protocol::reflux(&["a".to_owned()]);
    plan.equalise = None;
    plan.washout_days = 0;
    plan.later_installments = LaterInstallments::Open;
    std::fs::write(folder.path().join("cases.csv"), cases).unwrap();
    std::fs::write(folder.path().join("plan.toml"), plan.to_toml().unwrap()).unwrap();
    std::fs::write(folder.path().join("passphrase"), crate::PASSPHRASE).unwrap();
    let (plan, cases) = (
        folder.path().join("plan.toml"),
        folder.path().join("cases.csv"),
    );
    let made = cisterna(&new_args(
        folder.path(),
        &plan,
        &cases,
        &folder.path().join("study"),
    ));
    assert!(made.status.success(), "{}", text(&made.stderr));
    let study = disk.join("a.cisterna");
    std::fs::copy(folder.path().join("study/packages/a.cisterna"), &study).unwrap();
    let case = || {
        json(&["study", "next", path(&study)])["case"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = case();
    let long = "x".repeat(1500);
    let line = |code: &str| json!({"case": code, "grade": 3, "comment": long});
    assert_eq!(record(&study, &[line(&first)])[0]["stored"], true);

    // A reader at work while the disk fills up, and until there is room again.
    let mut ledger = Ledger::open(&study).unwrap();
    let filler = disk.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    for size in [65536, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    let slot = ledger.next_case("a").unwrap().unwrap();
    let draft = GradeDraft {
        rater: "a".into(),
        slot: slot.clone(),
        verdict: Verdict::Grade(ledger.scale().unwrap().grade(4).unwrap()),
        circumstances: Circumstances {
            confidence: None,
            comment: long.clone(),
            opened_unix_millis: 0,
            paused_millis: 0,
            display: Value::Null,
        },
        committed_unix_millis: 1,
    };
    let refused = ledger.commit_grade(&draft).unwrap_err();
    assert!(matches!(refused, LedgerError::DiskFull(_)), "{refused}");
    assert_eq!(
        ledger.next_case("a").unwrap().as_ref(),
        Some(&slot),
        "the same case is next"
    );
    assert_eq!(ledger.entries(None).unwrap().len(), 1);
    // Whoever comes now is told before the first case.
    let late = cisterna(&["study", "record", path(&study)]);
    assert!(
        text(&late.stderr).contains("the disk is full"),
        "{}",
        text(&late.stderr)
    );

    drop(file);
    std::fs::remove_file(&filler).unwrap();
    ledger.commit_grade(&draft).unwrap();
    drop(ledger);
    assert_ne!(case(), slot.code.as_str());
    let verified = json(&["study", "verify", path(&study), "--json"]);
    assert_eq!(verified["n_verdicts"], 2);
}

/// Takes the small disk away, whatever the test came to.
struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

/// Raters who enrolled; installments that are released one after the other; receipts that know what
/// was there.
#[test]
fn a_study_whose_installments_are_released() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    make(folder, LaterInstallments::Release);
    let own = folder.join("own");
    let keys = folder.join("keys");
    let enrolments: Vec<PathBuf> = RATERS
        .iter()
        .map(|rater| {
            let output = folder.join(format!("{rater}.json"));
            let args = ["study", "enrol", "--rater", rater, "-o", path(&output)];
            let secret = [
                "--passphrase-file",
                path(&own),
                "--signing-keys",
                path(&keys),
            ];
            let enrolled = cisterna(&[&args[..], &secret].concat());
            assert!(enrolled.status.success(), "{}", text(&enrolled.stderr));
            output
        })
        .collect();
    let (plan, cases) = (folder.join("plan.toml"), folder.join("cases.csv"));
    let made_in = folder.join("enrolled");
    let mut new = new_args(folder, &plan, &cases, &made_in);
    new.extend(["--typed-seed", "--enrolled"].map(str::to_owned));
    new.extend(enrolments.iter().map(|file| path(file).to_owned()));
    let made = cisterna(&new);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(text(&made.stderr).contains("Dr. Ada enrolled with"));
    let study = made_in.join("study.cisterna");
    let package = made_in.join("packages/Dr__Ada.cisterna");

    let worklist = Ledger::open_read_only(&package)
        .unwrap()
        .worklist(RATERS[0])
        .unwrap();
    let line = |code: &str| json!({"case": code, "grade": 3, "confidence": 3});
    let codes = worklist.training.iter().chain(&worklist.installments[0]);
    let lines: Vec<Value> = codes.map(|code| line(code.as_str())).collect();
    assert!(
        record(&package, &lines)
            .iter()
            .all(|answer| answer["stored"] == true)
    );
    let next = json(&["study", "next", path(&package)]);
    assert_eq!(
        (&next["installment"], &next["is_sealed"]),
        (&json!(2), &json!(true))
    );
    let too_early = &record(&package, &[line(next["case"].as_str().unwrap())])[0];
    let said = too_early["error"].as_str().unwrap();
    assert!(said.contains("opens with a release slip"), "{said}");
    let sign = [
        "--installment",
        "1",
        "--name",
        "Ada",
        "--passphrase-file",
        path(&own),
    ];
    let with = ["--signing-keys", path(&keys)];
    let signed = cisterna(&[&["study", "sign", path(&package)], &sign[..], &with].concat());
    assert!(signed.status.success(), "{}", text(&signed.stderr));

    let secret = folder.join("passphrase");
    let secret = ["--passphrase-file", path(&secret)];
    let merged = cisterna(
        &[
            &["study", "merge", path(&study), path(&package)],
            &secret[..],
        ]
        .concat(),
    );
    assert!(merged.status.success(), "{}", text(&merged.stderr));
    let slip = folder.join("ada.slip");
    let release = |more: &[&str]| {
        let args = [
            "study",
            "release",
            path(&study),
            "--rater",
            RATERS[0],
            "--installment",
            "2",
        ];
        cisterna(&[&args[..], &["-o", path(&slip)], &secret, more].concat())
    };
    let early = release(&[]);
    assert!(
        text(&early.stderr).contains("may begin from"),
        "{}",
        text(&early.stderr)
    );
    let released = release(&["--early", "a test has no time"]);
    assert!(released.status.success(), "{}", text(&released.stderr));
    let unlocked = cisterna(&["study", "unlock", path(&package), "--slip", path(&slip)]);
    assert!(unlocked.status.success(), "{}", text(&unlocked.stderr));
    let code = next["case"].as_str().unwrap();
    assert_eq!(record(&package, &[line(code)])[0]["stored"], true);

    // Receipts lie beside the study: of its making, the package taken in, the release.
    let mut receipts: Vec<PathBuf> = std::fs::read_dir(made_in.join("receipts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    receipts.sort();
    let occasions: Vec<String> = receipts
        .iter()
        .map(|path| Receipt::open(path).unwrap().occasion)
        .collect();
    assert_eq!(occasions, ["package", "merge", "release"]);
    let args = ["study", "verify", path(&study), "--receipt"];
    let with: Vec<&str> = receipts.iter().map(|file| path(file)).collect();
    let verified = text(&cisterna(&[&args[..], &with].concat()).stdout);
    assert!(verified.contains("excluded by 3 receipt(s)"), "{verified}");
    let bare = text(&cisterna(&args[..3]).stdout);
    assert!(bare.contains("not excluded without a receipt"), "{bare}");
    let help = text(&cisterna(&["study", "verify", "--help"]).stdout);
    assert!(help.replace('\n', " ").contains("who sat there"), "{help}");
}

/// A study that `verify` rejects gives no number, and says so where one was wanted all the same.
#[test]
fn no_number_comes_from_a_study_that_is_not_in_order() {
    let scans = super::scans();
    let study = super::new_study(&scans);
    let code = json(&["study", "next", path(&study), "--rater", "a"])["case"].clone();
    let args = ["study", "record", path(&study), "--rater", "a"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(
        child.stdin.take().unwrap(),
        "{}",
        json!({"case": code, "grade": 3})
    )
    .unwrap();
    assert!(child.wait().unwrap().success());
    let raw = rusqlite::Connection::open(&study).unwrap();
    raw.execute_batch("DROP TRIGGER event_no_delete").unwrap();
    drop(raw);
    for command in [&["study", "export"][..], &["stats"]] {
        let refused = cisterna(&[command, &[path(&study)]].concat());
        assert_eq!(refused.status.code(), Some(1));
        let said = text(&refused.stderr);
        assert!(
            said.contains("not in order") || said.contains("views or triggers"),
            "{said}"
        );
    }
    let wanted = cisterna(&["study", "export", path(&study), "--unverified"]);
    assert!(wanted.status.success(), "{}", text(&wanted.stderr));
    assert!(
        text(&wanted.stderr).contains("not verified: "),
        "{}",
        text(&wanted.stderr)
    );
    let folder = scans.real.parent().unwrap();
    let secret = folder.join("passphrase");
    for args in [
        vec!["study", "unseal", path(&study), "--force", "x"],
        vec!["study", "merge", path(&study), path(&study)],
    ] {
        let refused = cisterna(&[&args[..], &["--passphrase-file", path(&secret)]].concat());
        assert_eq!(refused.status.code(), Some(1), "{args:?}");
    }
}
