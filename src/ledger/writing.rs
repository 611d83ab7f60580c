//! One transaction that adds events: who writes, when, by which clock, and the coordinator's
//! signature under what is theirs.

use std::{path::Path, time::Instant};

use rusqlite::{Transaction, TransactionBehavior, params};

use super::{
    Ledger, LedgerError,
    chain::{self, EventRow},
    error::AtPath,
    now_unix_millis,
};
use crate::study::{Coordinator, Event, EventKind, KEEPER, Slot, random_id};

/// Which program writes.
pub(super) const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// One run of the program with one study. Its own count of time cannot be set by anybody, so that
/// the clock on the wall can be held against it.
#[derive(Debug)]
pub(super) struct ProgramRun {
    id: String,
    began: Instant,
}

impl ProgramRun {
    pub(super) fn new() -> Result<Self, LedgerError> {
        Ok(Self {
            id: random_id()?,
            began: Instant::now(),
        })
    }

    fn elapsed_millis(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// A transaction in which events are added.
pub(super) struct EventWriter<'a> {
    pub(super) tx: Transaction<'a>,
    pub(super) path: &'a Path,
    sitting: &'a ProgramRun,
    coordinator: Option<&'a Coordinator>,
}

impl Ledger {
    /// IMMEDIATE takes the write lock before anything is looked up, so that what is looked up
    /// still holds when the row is written.
    pub(super) fn begin(&mut self) -> Result<EventWriter<'_>, LedgerError> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate);
        Ok(EventWriter {
            tx: tx.at(&self.path)?,
            path: &self.path,
            sitting: &self.sitting,
            coordinator: self.coordinator.as_ref(),
        })
    }

    /// Stores what the coordinator did.
    pub(super) fn note_of_keeper(&mut self, kind: EventKind) -> Result<(), LedgerError> {
        let writing = self.begin()?;
        writing.append(KEEPER, now_unix_millis(), None, kind)?;
        writing.commit()
    }
}

impl EventWriter<'_> {
    /// Puts an event at the end of its author's chain; the coordinator's are signed.
    pub(super) fn append(
        &self,
        author: &str,
        at_unix_millis: i64,
        slot: Option<Slot>,
        kind: EventKind,
    ) -> Result<Event, LedgerError> {
        let path = self.path;
        let (last, before) = chain::head(&self.tx, author).at(path)?;
        let content = kind.to_json().map_err(|error| LedgerError::Content {
            reason: error.to_string(),
            path: path.to_path_buf(),
        })?;
        let mut row = EventRow {
            author: author.to_owned(),
            seq: last + 1,
            at_unix_millis,
            slot: slot
                .as_ref()
                .map(|slot| (slot.installment, slot.position, slot.code.to_string())),
            content,
            app_version: APP_VERSION.to_owned(),
            sitting: self.sitting.id.clone(),
            elapsed_millis: self.sitting.elapsed_millis(),
            signature: None,
        };
        let sha256 = chain::event_hash(&before, &row);
        if author == KEEPER {
            let coordinator = self.coordinator.ok_or(LedgerError::NeedsCoordinator)?;
            row.signature = Some(coordinator.sign(&chain::signed_digest(&sha256)));
        }
        insert(&self.tx, &row, &sha256).at(path)?;
        Ok(Event {
            author: row.author,
            seq: row.seq,
            at_unix_millis,
            slot,
            kind,
            app_version: row.app_version,
        })
    }

    pub(super) fn commit(self) -> Result<(), LedgerError> {
        self.tx.commit().at(self.path)
    }
}

pub(super) fn insert(
    tx: &Transaction<'_>,
    row: &EventRow,
    sha256: &chain::Hash,
) -> rusqlite::Result<usize> {
    let slot = row.slot.as_ref();
    tx.prepare(include_str!("insert_event.sql"))?
        .execute(params![
            row.author,
            row.seq,
            row.at_unix_millis,
            slot.map(|slot| slot.0),
            slot.map(|slot| slot.1),
            slot.map(|slot| &slot.2),
            row.content,
            row.app_version,
            row.sitting,
            row.elapsed_millis,
            sha256,
            row.signature,
        ])
}
