//! Storing a grade: one transaction, on the disk when it returns.

use std::path::Path;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Ledger, LedgerError, chain, error::At, query};
use crate::study::{CaseCode, Grade, GradeDraft, GradeEntry, Slot};

/// A grade that is to stand in the place of an earlier one, which stays in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// The [`GradeEntry::id`] of the grade to be replaced.
    pub replaces: i64,
    /// Who gave it, and corrects it.
    pub rater: String,
    /// The grade that is to stand.
    pub grade: Grade,
    /// Why. Must not be empty.
    pub reason: String,
    /// When the case came on screen again, milliseconds since 1970 UTC.
    pub opened_unix_millis: i64,
    /// When the correction was committed.
    pub committed_unix_millis: i64,
    /// Which program.
    pub app_version: String,
    /// How it was shown, as JSON text.
    pub display: String,
}

impl Ledger {
    /// Stores a grade. When it returns `Ok`, the grade is on the disk; when it returns an error,
    /// nothing was stored.
    ///
    /// That the place is the rater's next is checked inside the transaction, so two windows of
    /// one rater cannot both grade it. Times are stored as given, even where a clock went
    /// backwards: a grade is worth more than its time.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyGraded`], [`LedgerError::NotNext`], [`LedgerError::UnknownRater`],
    /// [`LedgerError::Washout`],
    /// a grade that is not on the scale, display settings that are not JSON, and what SQLite says.
    pub fn commit_grade(&mut self, draft: &GradeDraft) -> Result<GradeEntry, LedgerError> {
        check_display(&draft.display)?;
        let (tx, path) = self.begin()?;
        check_next(&tx, draft, path)?;
        check_washout(&tx, draft, path)?;
        let entry = GradeEntry {
            id: next_id(&tx, path)?,
            rater: draft.rater.clone(),
            installment: draft.slot.installment,
            position: draft.slot.position,
            code: draft.slot.code.clone(),
            grade: query::scale(&tx, path)?.grade(draft.grade.get())?,
            opened_unix_millis: draft.opened_unix_millis,
            committed_unix_millis: draft.committed_unix_millis,
            app_version: draft.app_version.clone(),
            display: draft.display.clone(),
            replaces: None,
            reason: None,
        };
        append(tx, entry, path)
    }

    /// Stores a correction: a new row that names the row it replaces, and why. A correction can
    /// itself be corrected.
    ///
    /// # Errors
    /// [`LedgerError::NotStanding`], [`LedgerError::NoReason`], and as [`Ledger::commit_grade`].
    pub fn correct_grade(&mut self, correction: &Correction) -> Result<GradeEntry, LedgerError> {
        check_display(&correction.display)?;
        if correction.reason.trim().is_empty() {
            return Err(LedgerError::NoReason);
        }
        let (tx, path) = self.begin()?;
        let slot = standing_slot(&tx, correction, path)?;
        let entry = GradeEntry {
            id: next_id(&tx, path)?,
            rater: correction.rater.clone(),
            installment: slot.installment,
            position: slot.position,
            code: slot.code,
            grade: query::scale(&tx, path)?.grade(correction.grade.get())?,
            opened_unix_millis: correction.opened_unix_millis,
            committed_unix_millis: correction.committed_unix_millis,
            app_version: correction.app_version.clone(),
            display: correction.display.clone(),
            replaces: Some(correction.replaces),
            reason: Some(correction.reason.clone()),
        };
        append(tx, entry, path)
    }

    /// IMMEDIATE takes the write lock before anything is looked up, so that what is looked up
    /// still holds when the row is written.
    fn begin(&mut self) -> Result<(Transaction<'_>, &Path), LedgerError> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate);
        Ok((tx.at(&self.path)?, &self.path))
    }
}

/// SQLite would refuse it too, with words about a constraint.
fn check_display(display: &str) -> Result<(), LedgerError> {
    match serde_json::from_str::<serde_json::Value>(display) {
        Ok(_) => Ok(()),
        Err(_) => Err(LedgerError::Display(display.to_owned())),
    }
}

fn check_next(tx: &Transaction<'_>, draft: &GradeDraft, path: &Path) -> Result<(), LedgerError> {
    query::check_rater(tx, &draft.rater, path)?;
    let next = query::next_slot(tx, &draft.rater, path)?;
    if next.as_ref() == Some(&draft.slot) {
        return Ok(());
    }
    let (rater, slot) = (draft.rater.clone(), draft.slot.clone());
    let sql = "SELECT EXISTS (SELECT 1 FROM grade WHERE rater = ?1 AND installment = ?2 \
               AND position = ?3 AND code = ?4)";
    let place = params![rater, slot.installment, slot.position, slot.code.as_str()];
    match tx.query_row(sql, place, |row| row.get(0)).at(path)? {
        true => Err(LedgerError::AlreadyGraded { rater, slot }),
        false => Err(LedgerError::NotNext { rater, slot, next }),
    }
}

fn check_washout(tx: &Transaction<'_>, draft: &GradeDraft, path: &Path) -> Result<(), LedgerError> {
    let installment = draft.slot.installment;
    match query::begins_at(tx, &draft.rater, installment, path)? {
        Some(from_unix_millis) if draft.opened_unix_millis < from_unix_millis => {
            Err(LedgerError::Washout {
                rater: draft.rater.clone(),
                installment,
                from_unix_millis,
            })
        }
        _ => Ok(()),
    }
}

/// The place of the grade to be replaced, where it is the rater's and no other row replaces it.
fn standing_slot(
    tx: &Transaction<'_>,
    correction: &Correction,
    path: &Path,
) -> Result<Slot, LedgerError> {
    let (id, rater) = (correction.replaces, correction.rater.as_str());
    let sql = "SELECT installment, position, code FROM grade WHERE id = ?1 AND rater = ?2 \
               AND NOT EXISTS (SELECT 1 FROM grade WHERE replaces = ?1)";
    let found = tx
        .query_row(sql, params![id, rater], query::slot_of)
        .optional()
        .at(path)?;
    found.ok_or_else(|| LedgerError::NotStanding {
        id,
        rater: rater.to_owned(),
    })
}

fn next_id(tx: &Transaction<'_>, path: &Path) -> Result<i64, LedgerError> {
    let sql = "SELECT coalesce(max(id), 0) + 1 FROM grade";
    tx.query_row(sql, [], |row| row.get(0)).at(path)
}

fn append(tx: Transaction<'_>, entry: GradeEntry, path: &Path) -> Result<GradeEntry, LedgerError> {
    let sql = "SELECT sha256 FROM grade ORDER BY id DESC LIMIT 1";
    let before: Option<chain::Hash> = tx
        .query_row(sql, [], |row| row.get(0))
        .optional()
        .at(path)?;
    let before = match before {
        Some(before) => before,
        None => chain::study_row(&tx).at(path)?.1,
    };
    let code: &CaseCode = &entry.code;
    tx.execute(
        include_str!("insert_grade.sql"),
        params![
            entry.id,
            entry.rater,
            entry.installment,
            entry.position,
            code.as_str(),
            entry.grade.get(),
            entry.opened_unix_millis,
            entry.committed_unix_millis,
            entry.app_version,
            entry.display,
            entry.replaces,
            entry.reason,
            chain::entry_hash(&before, &entry),
        ],
    )
    .at(path)?;
    tx.commit().at(path)?;
    Ok(entry)
}
