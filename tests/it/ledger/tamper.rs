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
    // The receipt is in packages only, so that there is a row to change.
    let tables = [
        "study",
        "rater",
        "case_image",
        "worklist",
        "opening",
        "event",
    ];
    for table in tables {
        let column = match table {
            "study" => "instructions",
            "rater" => "name",
            "opening" => "rater",
            _ => "code",
        };
        for sql in [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            match table {
                "event" => {
                    "INSERT OR REPLACE INTO event (id, author, seq, at_unix_millis, content, \
                            app_version, sitting, elapsed_millis, sha256) SELECT id, author, seq, \
                            at_unix_millis, content, app_version, sitting, elapsed_millis, sha256 \
                            FROM event LIMIT 1"
                        .to_owned()
                }
                _ => format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"),
            },
        ] {
            let said = raw.execute(&sql, []).unwrap_err().to_string();
            assert!(
                said.contains(table) && said.contains("refused") || said.contains("taken"),
                "{sql}: {said}"
            );
        }
    }
    // A second first verdict for the same place, under a new number.
    let again = raw.execute(
        "INSERT OR REPLACE INTO event (author, seq, at_unix_millis, installment, position, code, \
         content, app_version, sitting, elapsed_millis, sha256) SELECT author, 77, 1, installment, \
         position, code, content, '', sitting, elapsed_millis, sha256 FROM event WHERE id = 1",
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
    let tried = [&tables[..5], &["receipt"], &tables[5..]].concat();
    assert_eq!(all, tried, "every table was tried");
    assert_eq!(fixture.open().verify().unwrap().n_verdicts, 2);
}

/// Runs SQL after taking the triggers away, and puts them back as they were.
pub(super) fn around_triggers(raw: &Connection, change: impl FnOnce()) {
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
    change();
    for (_, sql) in &triggers {
        raw.execute_batch(sql).unwrap();
    }
}

fn tamper(fixture: &Fixture, sql: &str) {
    let raw = fixture.raw();
    around_triggers(&raw, || raw.execute_batch(sql).unwrap());
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
    let changed = "event 2 of Anna or one before it was changed";
    check(
        "UPDATE event SET content = json_set(content, '$.grade', 4) WHERE id = 2",
        changed,
    );
    check("UPDATE event SET at_unix_millis = 1 WHERE id = 2", changed);
    check("UPDATE event SET app_version = '9' WHERE id = 2", changed);
    check(
        "UPDATE event SET sha256 = zeroblob(32) WHERE id = 2",
        changed,
    );
    check(
        "UPDATE event SET content = json_set(content, '$.kind', 'opened') WHERE id = 2",
        changed,
    );
    check(
        "DELETE FROM event WHERE id = 2",
        "event 2 of Anna is missing",
    );
    check("DELETE FROM event WHERE id = 3", "2 events are left of 3");
    check("DELETE FROM event", "0 events are left of 3");
    check(
        "UPDATE study SET instructions = json_set(instructions, '$.title', 'x')",
        "the study or the worklist of Anna was changed",
    );
    check(
        "UPDATE case_image SET sealed = zeroblob(131088)",
        "the picture of case",
    );
    check(
        "UPDATE case_image SET sha256 = zeroblob(32)",
        "the picture of case",
    );
    check(
        "DELETE FROM worklist WHERE rater = 'Bela'",
        "the worklist of Bela",
    );
    check(
        "UPDATE rater SET seat = seat + 5",
        "the study or its raters were changed",
    );
    check(
        "INSERT INTO event (author, seq, at_unix_millis, content, app_version, sitting, \
         elapsed_millis, sha256) VALUES ('Eva', 1, 1, '{\"kind\":\"resumed\"}', '', '', 0, \
         zeroblob(32))",
        "event 1 of Eva is by nobody of this study",
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
        .execute_batch("DROP TRIGGER event_no_delete")
        .unwrap();
    let found = fixture.open().verify().unwrap_err();
    check_said(&found, "tables or triggers", &fixture.path());
}

/// The head says what everything up to it was.
#[test]
fn the_head_moves_with_every_grade() {
    let fixture = Fixture::new();
    let mut ledger = fixture.open();
    let mut heads = vec![ledger.verify().unwrap().heads["Bela"].clone()];
    for _ in 0..3 {
        grade_next(&mut ledger, "Bela", 1);
        heads.push(ledger.verify().unwrap().heads["Bela"].clone());
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
        .pragma_update(None, "user_version", 6)
        .unwrap();
    let refused = Ledger::open(&fixture.path()).unwrap_err();
    check_said(
        &refused,
        "has version 6, and this Cisterna knows up to 5",
        &fixture.path(),
    );
    fixture
        .raw()
        .pragma_update(None, "user_version", 3)
        .unwrap();
    let refused = Ledger::open(&fixture.path()).unwrap_err();
    check_said(
        &refused,
        "has version 3, and this Cisterna knows those from 4 on",
        &fixture.path(),
    );
    // What a version has, the tables of another have not.
    fixture
        .raw()
        .pragma_update(None, "user_version", 5)
        .unwrap();
    let found = Ledger::open(&fixture.path()).unwrap().verify().unwrap_err();
    check_said(&found, "tables or triggers are not as", &fixture.path());
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

/// Whoever asks an endless view for its rows waits for ever.
#[test]
fn views_and_triggers_of_others_are_refused() {
    #[track_caller]
    fn check(sql: &str) {
        let fixture = Fixture::new();
        fixture.raw().execute_batch(sql).unwrap();
        let path = fixture.path();
        for opened in [Ledger::open(&path), Ledger::open_read_only(&path)] {
            check_said(&opened.unwrap_err(), "views or triggers", &path);
        }
    }
    check("CREATE TRIGGER more AFTER INSERT ON event BEGIN SELECT 1; END");
    check(
        "DROP TRIGGER rater_no_update; DROP TRIGGER rater_no_delete; DROP TRIGGER rater_no_insert; \
         PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; \
         ALTER TABLE rater RENAME TO some; \
         CREATE VIEW rater AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) \
         SELECT n AS seat, 'A' || n AS name, NULL AS public_key, zeroblob(32) AS sha256 FROM c",
    );
}
