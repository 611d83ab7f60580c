//! What verification finds, and what it takes to change a row at all.

use super::{Fixture, check_said, grade_next};
use cisterna::ledger::{Ledger, LedgerError};
use rusqlite::Connection;
use std::fs;
use std::path::Path;

/// Not even by a program that goes around Cisterna.
#[test]
fn rows_cannot_be_changed_or_deleted() {
    let fixture = Fixture::new();
    grade_next(&mut fixture.open(), "Anna", 2);
    let raw = fixture.raw();
    let tables = ["study", "rater", "case_image", "worklist", "grade"];
    for table in tables {
        let column = match table {
            "study" => "instructions",
            "rater" => "name",
            _ => "code",
        };
        for sql in [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"),
        ] {
            let said = raw.execute(&sql, []).unwrap_err().to_string();
            assert!(
                said.contains(table) && said.contains("refused") || said.contains("taken"),
                "{sql}: {said}"
            );
        }
    }
    // A second first grade for the same place, under a new number.
    let again = raw.execute(
        "INSERT OR REPLACE INTO grade SELECT 77, rater, installment, position, code, 0, 1, 1, '', \
         '{}', NULL, NULL, sha256 FROM grade WHERE id = 1",
        [],
    );
    assert!(again.unwrap_err().to_string().contains("taken"));
    let all: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(all, tables, "every table was tried");
    assert_eq!(fixture.open().verify().unwrap().n_entries, 2);
}

/// Runs SQL after taking the triggers away, and puts them back as they were.
fn tamper(fixture: &Fixture, sql: &str) {
    let raw = fixture.raw();
    let triggers: Vec<(String, String)> = raw
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (name, _) in &triggers {
        raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    raw.execute_batch(sql).unwrap();
    for (_, sql) in &triggers {
        raw.execute_batch(sql).unwrap();
    }
}

#[test]
fn tampering_is_found() {
    #[track_caller]
    fn check(sql: &str, words: &str) {
        let fixture = Fixture::new();
        grade_next(&mut fixture.open(), "Anna", 3);
        tamper(&fixture, sql);
        let found = fixture.open().verify().unwrap_err();
        assert!(matches!(found, LedgerError::Tampered { .. }), "{found}");
        check_said(&found, words, &fixture.path());
    }
    check(
        "UPDATE grade SET grade = 4 WHERE id = 2",
        "grade 2 or one before it",
    );
    check(
        "UPDATE grade SET committed_unix_millis = 1 WHERE id = 1",
        "grade 1 or one before it",
    );
    check(
        "UPDATE grade SET opened_unix_millis = 1 WHERE id = 1",
        "grade 1 or one before it",
    );
    check(
        "UPDATE grade SET display = '[]' WHERE id = 3",
        "grade 3 or one before it",
    );
    check(
        "UPDATE grade SET app_version = '9' WHERE id = 3",
        "grade 3 or one before it",
    );
    check(
        "UPDATE grade SET sha256 = zeroblob(32) WHERE id = 3",
        "grade 3 or one before it",
    );
    check("DELETE FROM grade WHERE id = 2", "grade 2 is missing");
    check("DELETE FROM grade WHERE id = 3", "2 grades are left of 3");
    check("DELETE FROM grade", "0 grades are left of 3");
    check(
        "UPDATE study SET instructions = '{}'",
        "the study, its pictures or its worklists",
    );
    check(
        "UPDATE case_image SET axial = zeroblob(131072)",
        "the study, its pictures or its worklists",
    );
    check(
        "DELETE FROM worklist WHERE rater = 'Bela'",
        "the study, its pictures or its worklists",
    );
    check(
        "UPDATE rater SET seat = seat + 5",
        "the study, its pictures or its worklists",
    );
    check(
        "CREATE TABLE more (x)",
        "tables or triggers are not as they were created",
    );
}

#[test]
fn a_dropped_trigger_is_found() {
    let fixture = Fixture::new();
    fixture
        .raw()
        .execute_batch("DROP TRIGGER grade_no_delete")
        .unwrap();
    let found = fixture.open().verify().unwrap_err();
    check_said(&found, "tables or triggers", &fixture.path());
}

/// The head says what everything up to it was.
#[test]
fn the_head_moves_with_every_grade() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    let mut heads = vec![ledger.verify().unwrap().head];
    for _ in 0..3 {
        grade_next(&mut ledger, "Bela", 1);
        heads.push(ledger.verify().unwrap().head);
    }
    assert!(heads.iter().all(|head| head.len() == 64));
    heads.sort();
    heads.dedup();
    assert_eq!(heads.len(), 4);
}

#[test]
fn foreign_files_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.study");
    #[track_caller]
    fn check(path: &Path, words: &str) {
        for opened in [Ledger::open(path), Ledger::open_read_only(path)] {
            check_said(&opened.unwrap_err(), words, path);
        }
    }
    check(&path, "there is no study file");
    assert!(!path.exists(), "opening creates nothing");
    check(folder.path(), "not a Cisterna study file");
    fs::write(&path, "").unwrap();
    check(&path, "not a Cisterna study file");
    fs::write(&path, "patient,arm,image\n".repeat(100)).unwrap();
    check(&path, "not a Cisterna study file");
    fs::write(&path, "SQLite format 3\0").unwrap();
    check(&path, "not a Cisterna study file");
    fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE browser_history (x)")
        .unwrap();
    check(&path, "not a Cisterna study file");
}

#[test]
fn newer_and_damaged_files_are_refused_in_words() {
    let fixture = Fixture::new();
    let whole = fs::read(fixture.path()).unwrap();
    for kept in [whole.len() / 2, whole.len() - 1, 5000, 600] {
        fs::write(fixture.path(), &whole[..kept]).unwrap();
        let refused = Ledger::open(&fixture.path()).unwrap_err();
        let said = refused.to_string();
        assert!(
            matches!(
                refused,
                LedgerError::Damaged { .. } | LedgerError::NotAStudy(_)
            ),
            "{kept}: {said}"
        );
        if kept >= 4096 {
            check_said(&refused, "damaged or was cut short", &fixture.path());
        }
    }
    fs::write(fixture.path(), &whole).unwrap();
    assert!(Ledger::open(&fixture.path()).is_ok());
    fixture
        .raw()
        .pragma_update(None, "user_version", 3)
        .unwrap();
    let refused = Ledger::open(&fixture.path()).unwrap_err();
    check_said(
        &refused,
        "has version 3, and this Cisterna knows up to 2",
        &fixture.path(),
    );
}

/// Bytes changed inside a page, which the file's size does not tell.
#[test]
fn a_flipped_bit_is_found() {
    let fixture = Fixture::new();
    let mut bytes = fs::read(fixture.path()).unwrap();
    let in_a_picture = bytes.len() / 2;
    bytes[in_a_picture] ^= 1;
    fs::write(fixture.path(), &bytes).unwrap();
    let found = fixture.open().verify().unwrap_err();
    assert!(
        matches!(
            found,
            LedgerError::Tampered { .. } | LedgerError::Damaged { .. }
        ),
        "{found}"
    );
}
