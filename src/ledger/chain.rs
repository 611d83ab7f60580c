//! Hashes: what a study file says about its own integrity.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{FREEZE, Ledger, LedgerError, SCHEMA, error::At};
use crate::study::{GradeEntry, hex};

pub(super) type Hash = [u8; 32];

/// The row of table `study`, without its hash.
pub(super) struct StudyRow {
    pub(super) instructions: String,
    pub(super) protocol_sha256: String,
    pub(super) created_unix_millis: i64,
    pub(super) app_version: String,
}

/// What [`Ledger::verify`] found in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many grades, corrections included.
    pub n_entries: usize,
    /// The last hash of the chain, in hex. Kept elsewhere (printed, mailed), it shows later
    /// whether anything up to here was changed or taken away.
    pub head: String,
}

impl Ledger {
    /// Checks everything that the file says about itself: SQLite's own structure, the triggers,
    /// the study with its pictures and worklists, and the chain of grades. Goes through all
    /// pictures, so it takes a moment.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when SQLite finds damage, [`LedgerError::Tampered`] when rows or
    /// tables are not what Cisterna wrote, naming the first place where it shows.
    pub fn verify(&self) -> Result<Verified, LedgerError> {
        // One snapshot: another window may commit while we go through the file.
        let snapshot = self.conn.unchecked_transaction().at(&self.path)?;
        check_structure(&snapshot, &self.path)?;
        let tampered = |what: String| LedgerError::Tampered {
            what,
            path: self.path.clone(),
        };
        if schema_of(&snapshot).at(&self.path)? != fresh_schema().at(&self.path)? {
            return Err(tampered(
                "tables or triggers are not as they were created".into(),
            ));
        }
        let (row, stored) = study_row(&snapshot).at(&self.path)?;
        let mut head = study_hash(&snapshot, &row).at(&self.path)?;
        if head != stored {
            return Err(tampered("the study, its pictures or its worklists".into()));
        }
        let entries = self.hashed_entries(None)?;
        for (expected_id, (entry, stored)) in (1_i64..).zip(&entries) {
            if entry.id != expected_id {
                return Err(tampered(format!("grade {expected_id} is missing")));
            }
            head = entry_hash(&head, entry);
            if head != *stored {
                return Err(tampered(format!("grade {expected_id} or one before it")));
            }
        }
        let n_ever = n_grades_ever(&snapshot).at(&self.path)?;
        if n_ever != entries.len() as i64 {
            let n = entries.len();
            return Err(tampered(format!("{n} grades are left of {n_ever}")));
        }
        Ok(Verified {
            n_entries: entries.len(),
            head: hex(&head),
        })
    }
}

fn check_structure(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    let found: String = conn
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .at(path)?;
    if found != "ok" {
        return Err(LedgerError::Damaged {
            reason: found,
            path: path.to_path_buf(),
        });
    }
    let orphan: Option<String> = conn
        .query_row(
            "SELECT \"table\" FROM pragma_foreign_key_check",
            [],
            |row| row.get(0),
        )
        .optional()
        .at(path)?;
    match orphan {
        None => Ok(()),
        Some(table) => Err(LedgerError::Tampered {
            what: format!("a row of {table} refers to one that is not there"),
            path: path.to_path_buf(),
        }),
    }
}

/// Every definition in the file. SQLite's own tables are left out: it decides about those.
fn schema_of(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut select = conn.prepare(sql)?;
    select
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn fresh_schema() -> rusqlite::Result<Vec<(String, String)>> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(SCHEMA)?;
    conn.execute_batch(FREEZE)?;
    schema_of(&conn)
}

/// SQLite's memory of the highest `grade.id` ever given out.
fn n_grades_ever(conn: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'grade'";
    Ok(conn
        .query_row(sql, [], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

pub(super) fn study_row(conn: &Connection) -> rusqlite::Result<(StudyRow, Hash)> {
    let sql =
        "SELECT instructions, protocol_sha256, created_unix_millis, app_version, sha256 FROM study";
    conn.query_row(sql, [], |row| {
        let study = StudyRow {
            instructions: row.get(0)?,
            protocol_sha256: row.get(1)?,
            created_unix_millis: row.get(2)?,
            app_version: row.get(3)?,
        };
        Ok((study, row.get(4)?))
    })
}

/// The beginning of the chain: everything that [`Ledger::create`] stores.
pub(super) fn study_hash(conn: &Connection, study: &StudyRow) -> rusqlite::Result<Hash> {
    let mut hash = Fields::new("cisterna study 2");
    hash.put(study.instructions.as_bytes());
    hash.put(study.protocol_sha256.as_bytes());
    hash.put(&study.created_unix_millis.to_le_bytes());
    hash.put(study.app_version.as_bytes());
    let mut select = conn.prepare("SELECT seat, name FROM rater ORDER BY seat")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        hash.put(&row.get::<_, i64>(0)?.to_le_bytes());
        hash.put(row.get_ref(1)?.as_bytes()?);
    }
    hash.put(b"worklists");
    let sql = "SELECT rater, installment, position, code FROM worklist ORDER BY 1, 2, 3";
    let mut select = conn.prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        hash.put(row.get_ref(0)?.as_bytes()?);
        hash.put(&row.get::<_, i64>(1)?.to_le_bytes());
        hash.put(&row.get::<_, i64>(2)?.to_le_bytes());
        hash.put(row.get_ref(3)?.as_bytes()?);
    }
    hash.put(b"pictures");
    let mut select = conn.prepare("SELECT code, axial, sagittal FROM case_image ORDER BY code")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..3 {
            hash.put(row.get_ref(column)?.as_bytes()?);
        }
    }
    Ok(hash.finish())
}

/// The hash of a grade: over the hash before it and every column.
pub(super) fn entry_hash(before: &Hash, entry: &GradeEntry) -> Hash {
    let mut hash = Fields::new("cisterna grade 1");
    hash.put(before);
    hash.put(&entry.id.to_le_bytes());
    hash.put(entry.rater.as_bytes());
    hash.put(&entry.installment.to_le_bytes());
    hash.put(&entry.position.to_le_bytes());
    hash.put(entry.code.as_str().as_bytes());
    hash.put(&[entry.grade.get()]);
    hash.put(&entry.opened_unix_millis.to_le_bytes());
    hash.put(&entry.committed_unix_millis.to_le_bytes());
    hash.put(entry.app_version.as_bytes());
    hash.put(entry.display.as_bytes());
    // 0 is no id, so it can stand for none.
    hash.put(&entry.replaces.unwrap_or(0).to_le_bytes());
    hash.put(entry.reason.as_deref().unwrap_or("").as_bytes());
    hash.finish()
}

/// SHA-256 over fields, each with its length before it, so that no two rows run together into
/// the same bytes.
struct Fields(Sha256);

impl Fields {
    fn new(purpose: &str) -> Self {
        let mut fields = Self(Sha256::new());
        fields.put(purpose.as_bytes());
        fields
    }

    fn put(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}
