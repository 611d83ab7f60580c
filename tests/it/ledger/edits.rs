//! Two thousand random edits of a finished package.

use super::tamper::around_triggers;
use super::{Fixture, correction, grade_next, sign_all};
use cisterna::ledger::Ledger;
use cisterna::study::{CaseImage, Event, Instructions, Worklist};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

const N_EDITS: usize = 2000;

/// Everything that a package means.
type Meaning = (
    Instructions,
    String,
    Worklist,
    Vec<CaseImage>,
    Vec<(Event, String)>,
);

fn meaning(ledger: &Ledger) -> Option<Meaning> {
    let design = ledger.design().ok()?;
    let images: Result<Vec<_>, _> = design
        .codes
        .iter()
        .map(|code| ledger.case_image("Anna", code))
        .collect();
    Some((
        ledger.instructions().ok()?,
        ledger.protocol_sha256().ok()?,
        ledger.worklist("Anna").ok()?,
        images.ok()?,
        ledger.audit().ok()?,
    ))
}

/// A package in which everything was done that can be done.
fn finished(fixture: &Fixture) -> PathBuf {
    let path = fixture.folder.path().join("anna.study");
    fixture.open().package("Anna", &path).unwrap();
    let mut ledger = Ledger::open(&path).unwrap();
    grade_next(&mut ledger, "Anna", 2);
    ledger
        .correct_grade(&correction(1, "Anna", 0, "slip"))
        .unwrap();
    grade_next(&mut ledger, "Anna", 2);
    sign_all(&mut ledger, "Anna");
    path
}

/// Where the rows of grades and signatures begin.
fn rows_in(bytes: &[u8]) -> Vec<usize> {
    let is_row = |w: &[u8]| w == b"\"kind\":\"g" || w == b"\"kind\":\"s";
    let places = bytes.windows(9).enumerate();
    places
        .filter_map(|(at, w)| is_row(w).then_some(at))
        .collect()
}

/// Changes bytes anywhere in the file.
fn flip_bytes(file: &Path, whole: &[u8], rows: &[usize], rng: &mut ChaCha8Rng) {
    let mut bytes = whole.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        // Half of them where the rows are, which are a small part of the file.
        let at = match rng.random_bool(0.5) {
            true => rng.random_range(0..bytes.len()),
            false => {
                let row = rows[rng.random_range(0..rows.len())];
                (row.saturating_sub(60) + rng.random_range(0..400)).min(bytes.len() - 1)
            }
        };
        bytes[at] ^= 1 << rng.random_range(0..8);
    }
    fs::write(file, bytes).unwrap();
}

/// Changes rows through SQLite, with the triggers out of the way and back again.
fn change_rows(file: &Path, rng: &mut ChaCha8Rng) {
    let seq = |rng: &mut ChaCha8Rng| rng.random_range(1..=7);
    let (a, b) = (seq(rng), seq(rng));
    let change = |what: &str| format!("UPDATE event SET {what} WHERE seq = {a}");
    let sql = match rng.random_range(0..12) {
        0 => change(&format!(
            "content = json_set(content, '$.grade', {})",
            rng.random_range(0..5)
        )),
        1 => change("content = json_set(content, '$.comment', 'no')"),
        2 => change(&format!(
            "at_unix_millis = at_unix_millis + {}",
            rng.random_range(1..99_999)
        )),
        3 => change("app_version = app_version || 'x'"),
        4 => change("content = json_set(content, '$.kind', 'resumed')"),
        5 => format!("DELETE FROM event WHERE seq = {a}"),
        6 => format!(
            "UPDATE event SET sha256 = (SELECT sha256 FROM event WHERE seq = {b}) WHERE seq = {a}"
        ),
        7 => format!(
            "UPDATE event SET content = (SELECT content FROM event AS e WHERE e.seq = {b}) \
             WHERE seq = {a}"
        ),
        8 => format!(
            "UPDATE event SET seq = -1 - seq WHERE seq IN ({a}, {b}); \
             UPDATE event SET seq = CASE seq WHEN -1 - {a} THEN {b} ELSE {a} END WHERE seq < 0"
        ),
        9 => "UPDATE worklist SET position = 9 WHERE position = 1 AND installment = 1".to_owned(),
        10 => "UPDATE case_image SET sealed = zeroblob(131088) WHERE rowid = 1".to_owned(),
        _ => format!(
            "INSERT INTO event (author, seq, at_unix_millis, installment, position, code, content, \
             app_version, sitting, elapsed_millis, sha256) SELECT author, 8, at_unix_millis, \
             installment, position, code, '{{\"kind\":\"resumed\"}}', app_version, sitting, \
             elapsed_millis, sha256 FROM event WHERE seq = {a}"
        ),
    };
    let raw = Connection::open(file).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
        .unwrap();
    // A change that a unique index refuses is none, and must then leave everything as it was.
    around_triggers(&raw, || drop(raw.execute_batch(&sql)));
}

#[test]
fn random_edits_are_reported_or_change_nothing() {
    let fixture = Fixture::new();
    let package = finished(&fixture);
    let whole = fs::read(&package).unwrap();
    let before = meaning(&Ledger::open_read_only(&package).unwrap()).unwrap();
    assert_eq!(before.4.len(), 7);
    let file = fixture.folder.path().join("edited.study");
    let mut rng = ChaCha8Rng::seed_from_u64(2000);
    let (mut n_found, mut n_harmless) = (0, 0);
    let rows = rows_in(&whole);
    for edit in 0..N_EDITS {
        if edit % 2 == 0 {
            flip_bytes(&file, &whole, &rows, &mut rng);
        } else {
            fs::write(&file, &whole).unwrap();
            change_rows(&file, &mut rng);
        }
        let opened = Ledger::open_read_only(&file);
        let verified = opened.and_then(|ledger| ledger.verify().map(|_| ledger));
        match verified {
            Err(_) => n_found += 1,
            Ok(ledger) => {
                n_harmless += 1;
                assert!(
                    meaning(&ledger) == Some(before.clone()),
                    "edit {edit} was not found"
                );
            }
        }
    }
    println!("{N_EDITS} edits: {n_found} reported, {n_harmless} without effect");
    assert!(n_found > N_EDITS * 3 / 4, "{n_found} reported");
}
