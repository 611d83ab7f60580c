//! Input that is no file, has no end, is no text, or is more than text.

use super::{cisterna, new_args, new_study, path, scans, text, write_scan};
use crate::PASSPHRASE;
use cisterna::ledger::Ledger;
use cisterna::study::Protocol;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest that a refusal may take; on a busy machine a program needs a moment to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a program says on standard error when it ends by itself in time, and whether it did well.
#[track_caller]
fn ended(mut child: Child) -> (bool, String) {
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it neither reads to the end nor refuses");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    (output.status.success(), text(&output.stderr))
}

fn start(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Plan, cases and passphrase in a folder, and what `study new` is called with.
fn plan(folder: &Path) -> Vec<String> {
    let protocol = Protocol {
        equalise: None,
        ..Protocol::reflux(&["a".to_owned()])
    };
    std::fs::write(folder.join("plan.toml"), protocol.to_toml().unwrap()).unwrap();
    std::fs::write(folder.join("passphrase"), PASSPHRASE).unwrap();
    let cases = "patient,arm,image\np,real,real.nii\np,predicted,real.nii\n\
                 q,real,real.nii\nq,predicted,real.nii\n";
    std::fs::write(folder.join("cases.csv"), cases).unwrap();
    let (plan, cases) = (folder.join("plan.toml"), folder.join("cases.csv"));
    new_args(folder, &plan, &cases, &folder.join("made"))
}

/// Every option that names an input: a device without an end, and a pipe that nobody writes to.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let pipe = folder.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let out = folder.join("out.nii");
    let png = folder.join("out.png");
    let new = plan(folder);
    let with = |option: &str, endless: &str| {
        let mut args: Vec<String> = new.clone();
        let at = args.iter().position(|arg| arg == option).unwrap();
        args[at + 1] = endless.to_owned();
        args
    };
    let words = |args: &[&str]| args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>();
    for endless in ["/dev/zero", path(&pipe)] {
        for args in [
            with("--protocol", endless),
            with("--cases", endless),
            with("--passphrase-file", endless),
            words(&["stats", endless]),
            words(&["stats", endless, "--wide"]),
            words(&["stats", "plan", "--grading", endless, "--half-width", "0.1"]),
            words(&["study", "status", endless]),
            words(&["study", "verify", endless]),
            words(&["study", "record", endless]),
            words(&["info", endless]),
            words(&["convert", endless, path(&out)]),
            words(&["slice", endless, "--plane", "axial", "-o", path(&png)]),
            words(&["diff", endless, endless]),
        ] {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let (is_done, said) = ended(start(&args));
            assert!(!is_done, "{args:?}");
            let is_told =
                said.contains("pipe or a device") || said.contains("not a Cisterna study");
            assert!(is_told, "{args:?}: {said}");
            assert!(
                said.trim_end().ends_with(endless),
                "the path comes last: {said}"
            );
        }
    }
    assert!(!folder.join("made").exists() && !out.exists() && !png.exists());
}

#[test]
fn text_has_a_limit_and_is_utf8() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_scan(&folder.join("real.nii"), [8, 9, 10], |i, _, _| i as f32);
    let args = plan(folder);
    let check = |name: &str, bytes: &[u8], words: &str| {
        let file = folder.join(name);
        let before = std::fs::read(&file).unwrap();
        std::fs::write(&file, bytes).unwrap();
        let refused = cisterna(&args);
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{name}");
        assert!(said.contains(words), "{said}");
        assert!(said.trim_end().ends_with(path(&file)), "{said}");
        std::fs::write(&file, before).unwrap();
    };
    let spaces = |n: usize| vec![b' '; n];
    check(
        "plan.toml",
        &spaces((1 << 20) + 1),
        "more than 1048576 bytes, the most for settings",
    );
    check(
        "passphrase",
        &spaces((64 << 10) + 1),
        "more than 65536 bytes, the most for a passphrase",
    );
    check(
        "cases.csv",
        &spaces((64 << 20) + 1),
        "more than 67108864 bytes, the most for a table",
    );
    let latin = b"title = \"a\"\nquestion = \"Gr\xf6\xdfe?\"\n";
    let said = "the text is not UTF-8: byte 27 (line 2) is 0xf6";
    check("plan.toml", latin, said);
    check(
        "cases.csv",
        b"patient,arm,image\nM\xfcller,real,x\n",
        "byte 20 (line 2) is 0xfc",
    );
    check(
        "passphrase",
        b"\xff\xfew\0a\0l\0",
        "byte 1 (line 1) is 0xff",
    );
    // What Windows puts before a text is no part of it.
    for name in ["plan.toml", "cases.csv", "passphrase"] {
        let file = folder.join(name);
        let marked = ["\u{feff}".as_bytes(), &std::fs::read(&file).unwrap()].concat();
        std::fs::write(&file, marked).unwrap();
    }
    let made = cisterna(&args);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let key = folder.join("made/key.age");
    cisterna::study::Key::unseal(&key, PASSPHRASE).unwrap();
}

/// A scan whose header claims so many voxels of one byte, which the compressed zeros make true.
fn zeros(folder: &Path, dims: [i16; 3]) -> PathBuf {
    let mut header = vec![0_u8; 352];
    let mut put = |at: usize, field: &[u8]| header[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    for (at, n) in [3, dims[0], dims[1], dims[2], 1, 1, 1, 1]
        .iter()
        .enumerate()
    {
        put(40 + 2 * at, &n.to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(72, &8_i16.to_le_bytes());
    for at in 0..8 {
        put(76 + 4 * at, &1_f32.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(344, b"n+1\0");
    let packed = |bytes: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    // Members one after another are one stream.
    const MEMBER: usize = 16 << 20;
    let n_voxels = dims.iter().map(|&n| n as usize).product::<usize>();
    let (whole, rest) = (
        packed(&vec![0; MEMBER]),
        packed(&vec![0; n_voxels % MEMBER]),
    );
    let mut file = packed(&header);
    for _ in 0..n_voxels / MEMBER {
        file.extend(&whole);
    }
    file.extend(rest);
    let path = folder.join("zeros.nii.gz");
    std::fs::write(&path, file).unwrap();
    path
}

#[test]
fn a_small_file_does_not_fill_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // 8 GB of zeros in 8 MB; as numbers they would take 32 GB.
    let bomb = zeros(folder, [2000, 2000, 2000]);
    let size = std::fs::metadata(&bomb).unwrap().len();
    assert!((7 << 20..10 << 20).contains(&size), "{size}");
    let (out, png) = (folder.join("out.nii"), folder.join("out.png"));
    for args in [
        &["convert", path(&bomb), path(&out)][..],
        &["slice", path(&bomb), "--plane", "axial", "-o", path(&png)],
        &["diff", path(&bomb), path(&bomb)],
    ] {
        let (is_done, said) = ended(start(args));
        assert!(!is_done, "{args:?}");
        let words =
            format!("would fill 32000000000 bytes of memory from a compressed file of {size}");
        assert!(said.contains(&words), "{said}");
        assert!(
            said.contains("more than 200 times are not unpacked"),
            "{said}"
        );
    }
    // A mask is a thousand times smaller too, and is opened.
    let mask = zeros(folder, [256, 256, 256]);
    let png = folder.join("mask.png");
    let drawn = cisterna(&["slice", path(&mask), "--plane", "axial", "-o", path(&png)]);
    assert!(drawn.status.success(), "{}", text(&drawn.stderr));
}

fn record(package: &Path, lines: &[u8]) -> (bool, Vec<Value>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args(["study", "record", path(package)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may end before it has taken all.
    let _ = stdin.write_all(lines);
    drop(stdin);
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    let answers = said.lines().map(|line| serde_json::from_str(line).unwrap());
    let answers = answers.collect();
    (child.wait().unwrap().success(), answers)
}

/// One bad line is answered, and the next one is another one.
#[test]
fn a_line_that_is_no_text_does_not_end_recording() {
    let scans = scans();
    let package = new_study(&scans)
        .with_file_name("packages")
        .join("a.cisterna");
    let codes = || {
        let ledger = Ledger::open(&package).unwrap();
        let worklist = ledger.worklist("a").unwrap();
        worklist
            .slots()
            .map(|slot| slot.code.to_string())
            .collect::<Vec<_>>()
    };
    let good = json!({"case": codes()[0], "grade": 3}).to_string();
    let bad = json!({"case": codes()[0], "grade": 3, "comment": "Gr\u{0}e"}).to_string();
    let bad = bad.replace("\\u0000", "\u{1}").into_bytes();
    let bad: Vec<u8> = bad
        .iter()
        .map(|&byte| if byte == 1 { 0xf6 } else { byte })
        .collect();
    let long = json!({"case": codes()[0], "grade": 3, "comment": "x".repeat(2 << 20)}).to_string();
    let lines = [
        &bad[..],
        b"\n",
        b"\xff\xfe\n",
        long.as_bytes(),
        b"\n",
        good.as_bytes(),
    ]
    .concat();
    let (is_done, answers) = record(&package, &lines);
    assert!(!is_done);
    let stored: Vec<bool> = answers
        .iter()
        .map(|answer| answer["stored"] == true)
        .collect();
    assert_eq!(stored, [false, false, false, true]);
    let said = |at: usize| answers[at]["error"].as_str().unwrap().to_owned();
    assert!(
        said(0).contains("the line is not UTF-8 from its byte "),
        "{}",
        said(0)
    );
    assert!(said(1).contains("from its byte 1 on"), "{}", said(1));
    assert!(said(2).contains("1048576 are the most"), "{}", said(2));

    // A device without a line end is given up.
    let zero = std::fs::File::open("/dev/zero").unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_cisterna"))
        .args(["study", "record", path(&package)])
        .stdin(zero)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (is_done, said) = ended(child);
    assert!(!is_done && said.contains("no line end"), "{said}");
}

/// What people wrote reaches a spreadsheet as text, a terminal as what it is, and JSON as it was.
#[test]
fn what_people_wrote_is_shown_and_never_run() {
    let scans = scans();
    let folder = scans.real.parent().unwrap();
    let mut protocol = Protocol::reflux(&["=a".to_owned(), "b\u{202e}c".to_owned()]);
    protocol.equalise = None;
    protocol.washout_days = 0;
    let (plan, cases) = (folder.join("plan.toml"), folder.join("cases.csv"));
    std::fs::write(&plan, protocol.to_toml().unwrap()).unwrap();
    std::fs::write(
        &cases,
        "patient,arm,image\n-7,real,real.nii\n-7,predicted,predicted.nii\n\
         -8,real,real.nii\n-8,predicted,predicted.nii\n",
    )
    .unwrap();
    std::fs::write(folder.join("passphrase"), PASSPHRASE).unwrap();
    let made = cisterna(&new_args(folder, &plan, &cases, &folder.join("study")));
    assert!(made.status.success(), "{}", text(&made.stderr));
    let study = folder.join("study/study.cisterna");
    let package = folder.join("study/packages/_a.cisterna");
    let next = || super::json(&["study", "next", path(&package)])["case"].clone();
    let comments = ["=HYPERLINK(\"http://x\")", "\u{1b}[2J\u{202e}ok\r\n+1"];
    for comment in comments {
        let line = json!({"case": next(), "grade": 3, "comment": comment}).to_string();
        assert!(record(&package, line.as_bytes()).0);
    }
    for args in [
        &[
            "merge",
            path(&study),
            path(&package),
            "--passphrase-file",
            path(&folder.join("passphrase")),
        ][..],
        &[
            "unseal",
            path(&study),
            "--force",
            "=1",
            "--passphrase-file",
            path(&folder.join("passphrase")),
        ],
    ] {
        let done = cisterna(&[&["study"], args].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
    }
    let (key, secret, out) = (
        study.with_file_name("key.age"),
        folder.join("passphrase"),
        folder.join("out"),
    );
    let with_key = ["--key", path(&key), "--passphrase-file", path(&secret)];
    let exported = cisterna(&[&["study", "export", path(&study)], &with_key[..]].concat());
    let all = ["study", "export", path(&study), "--all", path(&out)];
    let done = cisterna(&[&all[..], &with_key[..]].concat());
    assert!(done.status.success(), "{}", text(&done.stderr));
    for csv in [
        text(&exported.stdout),
        std::fs::read_to_string(out.join("grades.csv")).unwrap(),
    ] {
        check_cells(&csv);
        let mut table = csv::Reader::from_reader(csv.as_bytes());
        let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
        assert_eq!(&rows[0][0], "'=a");
        assert!(["'-7", "'-8"].contains(&&rows[0][12]), "{:?}", rows[0]);
        assert_eq!(&rows[0][7], "'=HYPERLINK(\"http://x\")");
        assert_eq!(&rows[1][7], "\\u001b[2J\\u202eok\\r\\n+1");
    }
    for name in ["audit.csv", "imrmc.csv"] {
        check_cells(&std::fs::read_to_string(out.join(name)).unwrap());
    }
    // As it was written.
    let audit = std::fs::read_to_string(out.join("audit.jsonl")).unwrap();
    let events: Vec<Value> = audit
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for comment in comments {
        let is_there = |event: &Value| event["content"]["comment"] == comment;
        assert!(events.iter().any(is_there), "{comment:?} in {audit}");
    }
    // Names on a terminal, and taken in again from the table.
    for args in [
        &["study", "status", path(&study)][..],
        &["study", "verify", path(&study)],
    ] {
        let shown = text(&cisterna(args).stdout);
        assert!(
            shown.contains("b\\u202ec") && !shown.contains('\u{202e}'),
            "{shown}"
        );
    }
    let grades = out.join("grades.csv");
    let analysis = super::json(&["stats", path(&grades), "--json"]);
    assert!(analysis.to_string().contains("\"=a\""), "{analysis}");
}

/// No cell begins as a formula does, but for numbers, and none hides anything.
#[track_caller]
fn check_cells(csv: &str) {
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    for row in table.records() {
        for cell in &row.unwrap() {
            let is_number = cell.parse::<f64>().is_ok();
            let is_formula = cell.starts_with(['=', '+', '-', '@']);
            assert!(is_number || !is_formula, "{cell}");
            let hides = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
            assert!(!cell.contains(hides), "{cell:?}");
        }
    }
}

/// A name that would write over others is not taken in the first place.
#[test]
fn names_hold_no_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_scan(&folder.join("real.nii"), [8, 9, 10], |i, _, _| i as f32);
    let args = plan(folder);
    std::fs::write(
        folder.join("cases.csv"),
        "patient,arm,image\n\"p\u{1b}[1A\",real,x\n",
    )
    .unwrap();
    let said = text(&cisterna(&args).stderr);
    assert!(
        said.contains("patient \"p\\u001b[1A\": holds a control character"),
        "{said}"
    );
    let table = folder.join("grades.csv");
    std::fs::write(&table, "rater,patient,arm,grade\n\"a\u{7}b\",p,real,1\n").unwrap();
    let said = text(&cisterna(&["stats", path(&table)]).stderr);
    assert!(
        said.contains("\"a\\u0007b\" holds a control character"),
        "{said}"
    );
    std::fs::write(&table, "a,\"b\u{9b}31m\"\n1,2\n2,2\n").unwrap();
    let said = text(&cisterna(&["stats", path(&table)]).stderr);
    assert!(
        said.contains("\"b\\u009b31m\" holds a control character"),
        "{said}"
    );
    let mut protocol = Protocol::reflux(&["a\u{8}b".to_owned()]);
    protocol.equalise = None;
    std::fs::write(folder.join("plan.toml"), protocol.to_toml().unwrap()).unwrap();
    let said = text(&cisterna(&args).stderr);
    assert!(
        said.contains("raters holds the control character \\u{8}"),
        "{said}"
    );
    protocol.raters = vec!["a".to_owned()];
    protocol.title = "a\nb".to_owned();
    std::fs::write(folder.join("plan.toml"), protocol.to_toml().unwrap()).unwrap();
    let said = text(&cisterna(&args).stderr);
    assert!(
        said.contains("title holds the control character \\u{a}"),
        "{said}"
    );
}
