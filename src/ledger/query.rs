//! Looking things up. Nothing here writes.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};

use super::{Ledger, LedgerError, chain, error::At};
use crate::study::{
    self, CaseCode, CaseImage, Design, ExportRow, GradeEntry, Instructions, Key, Progress, Scale,
    Slot, Worklist,
};

impl Ledger {
    /// What raters are told of the protocol.
    ///
    /// # Errors
    /// What SQLite says; [`LedgerError::Tampered`] when the stored text does not decode.
    pub fn instructions(&self) -> Result<Instructions, LedgerError> {
        instructions(&self.conn, &self.path)
    }

    /// [`study::Protocol::fingerprint`] of the protocol that the study was made by.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn protocol_sha256(&self) -> Result<String, LedgerError> {
        let (row, _) = chain::study_row(&self.conn).at(&self.path)?;
        Ok(row.protocol_sha256)
    }

    /// What is graded, on which levels.
    ///
    /// # Errors
    /// As [`Ledger::instructions`].
    pub fn scale(&self) -> Result<Scale, LedgerError> {
        scale(&self.conn, &self.path)
    }

    /// Who grades, in the order in which the study's maker named them.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn raters(&self) -> Result<Vec<String>, LedgerError> {
        let all = || -> rusqlite::Result<Vec<String>> {
            let mut select = self.conn.prepare("SELECT name FROM rater ORDER BY seat")?;
            select.query_map([], |row| row.get(0))?.collect()
        };
        all().at(&self.path)
    }

    /// What a rater grades, in order.
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`], and what SQLite says.
    pub fn worklist(&self, rater: &str) -> Result<Worklist, LedgerError> {
        check_rater(&self.conn, rater, &self.path)?;
        let mut installments: Vec<Vec<CaseCode>> = Vec::new();
        for slot in self.slots(rater).at(&self.path)? {
            // Installments count from 1 without gaps.
            if installments.len() < slot.installment as usize {
                installments.push(Vec::new());
            }
            if let Some(last) = installments.last_mut() {
                last.push(slot.code);
            }
        }
        Ok(Worklist {
            rater: rater.to_owned(),
            installments,
        })
    }

    fn slots(&self, rater: &str) -> rusqlite::Result<Vec<Slot>> {
        let sql = "SELECT installment, position, code FROM worklist WHERE rater = ?1 \
                   ORDER BY installment, position";
        self.conn
            .prepare(sql)?
            .query_map([rater], slot_of)?
            .collect()
    }

    /// The design as it was drawn.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn design(&self) -> Result<Design, LedgerError> {
        let codes = || -> rusqlite::Result<Vec<CaseCode>> {
            let mut select = self
                .conn
                .prepare("SELECT code FROM case_image ORDER BY code")?;
            select.query_map([], |row| code_of(row, 0))?.collect()
        };
        let codes = codes().at(&self.path)?;
        let raters = self.raters()?;
        let worklists: Result<_, _> = raters.iter().map(|rater| self.worklist(rater)).collect();
        Ok(Design {
            codes,
            worklists: worklists?,
        })
    }

    /// Every grade, or those of one rater, in the order of commits; replaced ones and their
    /// corrections included ([`study::standing`] sorts them out).
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`]; [`LedgerError::Tampered`] when a stored grade is not on the
    /// scale; what SQLite says.
    pub fn entries(&self, rater: Option<&str>) -> Result<Vec<GradeEntry>, LedgerError> {
        if let Some(rater) = rater {
            check_rater(&self.conn, rater, &self.path)?;
        }
        Ok(self
            .hashed_entries(rater)?
            .into_iter()
            .map(|(entry, _)| entry)
            .collect())
    }

    /// [`Ledger::entries`] with the stored hash of each.
    pub(super) fn hashed_entries(
        &self,
        rater: Option<&str>,
    ) -> Result<Vec<(GradeEntry, chain::Hash)>, LedgerError> {
        let scale = self.scale()?;
        let mut select = self
            .conn
            .prepare(include_str!("select_grades.sql"))
            .at(&self.path)?;
        let mut rows = select.query([rater]).at(&self.path)?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next().at(&self.path)? {
            entries.push(entry_of(row, &scale, &self.path)?);
        }
        Ok(entries)
    }

    /// The picture of a case.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCase`], and what SQLite says.
    pub fn case_image(&self, code: &CaseCode) -> Result<CaseImage, LedgerError> {
        let sql = "SELECT axial, sagittal FROM case_image WHERE code = ?1";
        let planes = |row: &Row<'_>| {
            Ok(CaseImage {
                code: code.clone(),
                axial: to_values(row.get_ref(0)?.as_bytes()?),
                sagittal: to_values(row.get_ref(1)?.as_bytes()?),
            })
        };
        let found = self
            .conn
            .query_row(sql, [code.as_str()], planes)
            .optional()
            .at(&self.path)?;
        found.ok_or_else(|| LedgerError::UnknownCase(code.clone()))
    }

    /// How far a rater is; derived from worklist and grades.
    ///
    /// # Errors
    /// As [`Ledger::worklist`].
    pub fn progress(&self, rater: &str) -> Result<Progress, LedgerError> {
        Ok(study::progress(
            &self.worklist(rater)?,
            &self.entries(Some(rater))?,
        ))
    }

    /// The rater's next case; `None` when all are graded. Asked anew each time, because another
    /// window may have graded.
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`], and what SQLite says.
    pub fn next_case(&self, rater: &str) -> Result<Option<Slot>, LedgerError> {
        check_rater(&self.conn, rater, &self.path)?;
        next_slot(&self.conn, rater, &self.path)
    }

    /// From when on a rater may grade an installment, milliseconds since 1970 UTC: the protocol's
    /// washout after their last grade of the one before it. `None` where nothing was graded before
    /// or no washout was asked for.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn begins_at(&self, rater: &str, installment: u32) -> Result<Option<i64>, LedgerError> {
        begins_at(&self.conn, rater, installment, &self.path)
    }

    /// Makes sure that a key is this study's.
    ///
    /// # Errors
    /// [`study::StudyError::OtherStudysKey`], and what SQLite says.
    pub fn check_key(&self, key: &Key) -> Result<(), LedgerError> {
        Ok(key.check_opens(&self.design()?)?)
    }

    /// Every entry in words, for [`study::export_csv`]; patients and arms only with the key.
    ///
    /// # Errors
    /// As [`Ledger::check_key`] and [`Ledger::entries`].
    pub fn export_rows(&self, key: Option<&Key>) -> Result<Vec<ExportRow>, LedgerError> {
        if let Some(key) = key {
            self.check_key(key)?;
        }
        Ok(study::export_rows(&self.entries(None)?, key)?)
    }
}

fn instructions(conn: &Connection, path: &Path) -> Result<Instructions, LedgerError> {
    let (row, _) = chain::study_row(conn).at(path)?;
    serde_json::from_str(&row.instructions).map_err(|error| LedgerError::Tampered {
        what: format!("the instructions do not decode ({error})"),
        path: path.to_path_buf(),
    })
}

pub(super) fn scale(conn: &Connection, path: &Path) -> Result<Scale, LedgerError> {
    Ok(instructions(conn, path)?.scale)
}

pub(super) fn check_rater(conn: &Connection, rater: &str, path: &Path) -> Result<(), LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rater WHERE name = ?1)";
    match conn.query_row(sql, [rater], |row| row.get(0)).at(path)? {
        true => Ok(()),
        false => Err(LedgerError::UnknownRater(rater.to_owned())),
    }
}

pub(super) fn next_slot(
    conn: &Connection,
    rater: &str,
    path: &Path,
) -> Result<Option<Slot>, LedgerError> {
    let sql = include_str!("next_slot.sql");
    conn.query_row(sql, [rater], slot_of).optional().at(path)
}

pub(super) fn begins_at(
    conn: &Connection,
    rater: &str,
    installment: u32,
    path: &Path,
) -> Result<Option<i64>, LedgerError> {
    const DAY_MILLIS: i64 = 86_400_000;
    let washout = i64::from(instructions(conn, path)?.washout_days) * DAY_MILLIS;
    // A later correction does not count: the picture was on the mind when it was graded.
    let sql = "SELECT max(committed_unix_millis) FROM grade \
               WHERE rater = ?1 AND installment < ?2 AND replaces IS NULL";
    let last: Option<i64> = conn
        .query_row(sql, params![rater, installment], |row| row.get(0))
        .at(path)?;
    Ok(last.filter(|_| washout > 0).map(|last| last + washout))
}

/// From columns installment, position, code.
pub(super) fn slot_of(row: &Row<'_>) -> rusqlite::Result<Slot> {
    Ok(Slot {
        installment: row.get(0)?,
        position: row.get(1)?,
        code: code_of(row, 2)?,
    })
}

fn code_of(row: &Row<'_>, column: usize) -> rusqlite::Result<CaseCode> {
    let text: String = row.get(column)?;
    CaseCode::parse(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

/// From the columns of `select_grades.sql`.
fn entry_of(
    row: &Row<'_>,
    scale: &Scale,
    path: &Path,
) -> Result<(GradeEntry, chain::Hash), LedgerError> {
    let (id, value): (i64, u8) = (row.get(0).at(path)?, row.get(5).at(path)?);
    let grade = scale.grade(value).map_err(|error| LedgerError::Tampered {
        what: format!("entry {id}: {error}"),
        path: path.to_path_buf(),
    })?;
    let entry = || -> rusqlite::Result<(GradeEntry, chain::Hash)> {
        let entry = GradeEntry {
            id,
            rater: row.get(1)?,
            installment: row.get(2)?,
            position: row.get(3)?,
            code: code_of(row, 4)?,
            grade,
            opened_unix_millis: row.get(6)?,
            committed_unix_millis: row.get(7)?,
            app_version: row.get(8)?,
            display: row.get(9)?,
            replaces: row.get(10)?,
            reason: row.get(11)?,
        };
        Ok((entry, row.get(12)?))
    };
    entry().at(path)
}

fn to_values(bytes: &[u8]) -> Vec<u16> {
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|pair| u16::from_le_bytes(*pair))
        .collect()
}
