//! The append-only store of a study: one SQLite file, and the only room that writes SQL.
//!
//! What it is: study, pictures, worklists and everything that happened (grades among it) in one
//! file that can be copied, and the rules that keep it from being lost, doubled or changed. The
//! coordinator's file has all raters; a rater's package is a file of the same kind with one.
//! What it is not: it holds no key, so it cannot tell whose image a case is; and it computes
//! nothing from grades.
//!
//! Invariants: nothing updates or deletes a row (triggers refuse it to every program), and a
//! verdict is on the disk when [`Ledger::commit_grade`] returns. Each event carries a SHA-256 over
//! its author's event before it and itself, so [`Ledger::verify`] finds changed, missing and
//! inserted rows. Raters sign their installments, and the coordinator signs each event of theirs
//! and so countersigns what was taken in. A history that was cut off or written anew by whoever
//! holds the keys is found by a [`crate::study::Receipt`] kept elsewhere, and by nothing else.
//!
//! Why a rollback journal and not a write-ahead log: between commits the study is one complete
//! file, without `-wal` and `-shm` beside it that a copy would forget, and it works on network
//! folders. `synchronous = EXTRA` also flushes the folder after the journal is gone, so that not
//! even a power cut brings a committed grade back to nothing. A commit takes a few milliseconds,
//! once per case.
//!
//! NOTE: never open the study file with `std::fs` while a `Ledger` has it open: on Unix, closing
//! any handle of a file drops all locks of the process on it, SQLite's included.

mod chain;
mod commit;
mod create;
mod error;
mod open;
mod query;
mod share;
mod verify;
mod walk;
mod words;
mod writing;

use std::{
    borrow::Cow,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

pub use commit::{Correction, Signing};
pub use error::LedgerError;
pub use share::Merged;
pub use verify::{RaterKey, Verified};
pub use words::FILES_CANNOT_PROMISE;

use self::open::OpenMode;
use crate::study::{Coordinator, Protocol};
use error::AtPath;
use writing::ProgramRun;

/// "Cist", which SQLite keeps in the file's header.
const APPLICATION_ID: i64 = 0x4369_7374;

/// The versions of the schema, one of which SQLite keeps in the file's header.
const VERSIONS: RangeInclusive<i64> = WITHOUT_DISPLAYS..=5;

/// The version that has no tests of displays. Studies that ask for none have it still, so that
/// programs from before those tests open them.
const WITHOUT_DISPLAYS: i64 = 4;

/// How long to wait for another window's commit before saying so.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

const SCHEMA: &str = include_str!("schema.sql");
const FREEZE: &str = include_str!("freeze.sql");

/// Which version of the schema a study by this protocol has.
fn version_for(protocol: &Protocol) -> i64 {
    match protocol.display.test {
        true => *VERSIONS.end(),
        false => WITHOUT_DISPLAYS,
    }
}

/// The tables of a version.
fn schema(version: i64) -> Cow<'static, str> {
    match version {
        WITHOUT_DISPLAYS => SCHEMA.replace(", 'display_tested'", "").into(),
        _ => SCHEMA.into(),
    }
}

/// An open study file.
#[derive(Debug)]
pub struct Ledger {
    conn: Connection,
    path: PathBuf,
    sitting: ProgramRun,
    /// Where somebody signed in.
    coordinator: Option<Coordinator>,
    /// What opening had to do.
    remark: Option<String>,
    /// Holds the file that is open, where it is a copy.
    _copy: Option<TempDir>,
}

impl Ledger {
    /// Opens a study to grade in it. Where a program was killed inside a commit, what it had not
    /// finished is taken back, and nothing that it had.
    ///
    /// # Errors
    /// In words: there is no such file, it is not a study, it is of a newer version, damaged or
    /// cut short, in use, or it or its folder cannot be written to; [`LedgerError::Unsettled`].
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        open::open(path, OpenMode::Write)
    }

    /// Opens a study to look at it, on a medium that may be unwritable. What was not finished is taken
    /// back as by [`Ledger::open`]; where that cannot be, a copy is opened in which it was.
    ///
    /// # Errors
    /// As [`Ledger::open`], but for writing.
    pub fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        open::open(path, OpenMode::ReadOnly)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was found wrong at opening and put right, to be told.
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    fn with_remark(mut self, remark: Option<String>) -> Self {
        if let Some(what) = &remark {
            tracing::warn!("{what}: {}", self.path.display());
        }
        self.remark = remark;
        self
    }

    fn connect(path: &Path, purpose: OpenMode) -> Result<Self, LedgerError> {
        let access = match purpose {
            OpenMode::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
            OpenMode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let conn =
            Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).at(path)?;
        conn.busy_timeout(BUSY_TIMEOUT).at(path)?;
        check_header(&conn, path)?;
        check_definitions(&conn, path)?;
        protect(&conn).at(path)?;
        let ledger = Self::over(conn, path)?;
        if purpose == OpenMode::Write {
            if ledger.conn.is_readonly("main").at(path)? {
                return Err(LedgerError::ReadOnly(path.to_path_buf()));
            }
            ledger.probe_writing()?;
        }
        Ok(ledger)
    }

    /// A connection to a file, which may be a copy of the one that is named.
    fn over(conn: Connection, path: &Path) -> Result<Self, LedgerError> {
        Ok(Self {
            conn,
            path: path.to_path_buf(),
            sitting: ProgramRun::new()?,
            coordinator: None,
            remark: None,
            _copy: None,
        })
    }

    /// A folder that refuses the journal is better found now than at the first grade. Writes a
    /// header field as it already is, and takes it back.
    fn probe_writing(&self) -> Result<(), LedgerError> {
        let version = version(&self.conn).at(&self.path)?;
        let probe = format!("BEGIN IMMEDIATE; PRAGMA user_version = {version}; ROLLBACK;");
        self.conn.execute_batch(&probe).at(&self.path)
    }
}

fn header_field(conn: &Connection, name: &str) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, name, |row| row.get(0))
}

/// Which version of the schema a file has.
fn version(conn: &Connection) -> rusqlite::Result<i64> {
    header_field(conn, "user_version")
}

/// Asks SQLite, not the file (see the note above), whose file this is.
fn check_header(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    if header_field(conn, "application_id").at(path)? != APPLICATION_ID {
        return Err(LedgerError::NotAStudy(path.to_path_buf()));
    }
    let (oldest, newest) = VERSIONS.into_inner();
    match version(conn).at(path)? {
        found if found > newest => Err(LedgerError::Newer {
            found,
            known: newest,
            path: path.to_path_buf(),
        }),
        found if found < oldest => Err(LedgerError::Older {
            found,
            known: oldest,
            path: path.to_path_buf(),
        }),
        _ => Ok(()),
    }
}

/// A view may go on for ever and a trigger may do anything, so there is none but ours. The rest is
/// for [`Ledger::verify`].
fn check_definitions(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    let sql = "SELECT sql FROM sqlite_schema WHERE type IN ('view', 'trigger')";
    let definitions = || -> rusqlite::Result<Vec<String>> {
        conn.prepare(sql)?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    let is_ours = |sql: &String| FREEZE.contains(sql.as_str());
    match definitions().at(path)?.iter().all(is_ours) {
        true => Ok(()),
        false => Err(LedgerError::Tampered {
            what: "views or triggers are not as they were created".into(),
            path: path.to_path_buf(),
        }),
    }
}

/// The time, milliseconds since 1970 UTC. A clock before 1970 is wrong anyway and taken for 1970: a
/// grade is worth more than its time.
#[must_use]
pub fn now_unix_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

/// What every connection needs; SQLite keeps none of it in the file.
fn protect(conn: &Connection) -> rusqlite::Result<()> {
    // journal_mode answers with the mode, so it is a query; on a read-only file it changes nothing.
    conn.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "EXTRA")?;
    conn.pragma_update(None, "foreign_keys", "ON")?;
    // Lets DELETE triggers fire for rows that INSERT OR REPLACE removes.
    conn.pragma_update(None, "recursive_triggers", "ON")?;
    conn.pragma_update(None, "cell_size_check", "ON")?;
    conn.pragma_update(None, "trusted_schema", "OFF")
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, types::Value};

    use super::protect;

    /// What makes a commit durable is not kept in the file, so each connection must have it.
    #[test]
    fn connections_are_protected() {
        #[track_caller]
        fn check(conn: &Connection, pragma: &str, expected: &Value) {
            let found: Value = conn
                .pragma_query_value(None, pragma, |row| row.get(0))
                .unwrap();
            assert_eq!(found, *expected, "{pragma}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        let conn = Connection::open(file.path()).unwrap();
        protect(&conn).unwrap();
        check(&conn, "journal_mode", &Value::Text("delete".into()));
        check(&conn, "synchronous", &Value::Integer(3));
        check(&conn, "foreign_keys", &Value::Integer(1));
        check(&conn, "recursive_triggers", &Value::Integer(1));
    }
}
