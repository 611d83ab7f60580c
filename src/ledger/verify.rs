//! Whether a study file is what Cisterna wrote.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::{
    FREEZE, Ledger, LedgerError,
    chain::{self, Hash},
    error::AtPath,
    query, schema,
    share::{COORDINATOR, HeadMismatch},
    version,
    walk::Walk,
};
use crate::study::{KEEPER, PublicKey, Receipt, hex, rfc3339};

/// What [`Ledger::verify`] found in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many events there are.
    pub n_events: usize,
    /// How many of them are verdicts, corrections included.
    pub n_verdicts: usize,
    /// How many installments are signed.
    pub n_signatures: usize,
    /// Raters' events that no signature of the coordinator covers: what was done since the last
    /// package was taken in, or in this very file.
    pub n_not_countersigned: usize,
    /// How often an event bears an earlier time than the one before it of the same author: a clock
    /// was set back. Their order is that of their numbers.
    pub n_clock_steps_back: usize,
    /// How often, within one run of the program, the clock on the wall moved by over a minute more
    /// or less than the machine's own count: it was set, or the machine slept.
    pub n_clock_jumps: usize,
    /// The largest of these.
    pub largest_clock_jump_millis: i64,
    /// How often the coordinator took in events from over a minute in the future: the rater's
    /// clock, or the coordinator's, was wrong.
    pub n_clock_ahead: usize,
    /// The largest of these.
    pub farthest_clock_ahead_millis: i64,
    /// The last hash of each author's chain, in hex; the coordinator's is under `coordinator`.
    pub heads: BTreeMap<String, String>,
    /// The coordinator's public key.
    pub coordinator_key: PublicKey,
    /// Each rater's key, where it is known.
    pub rater_keys: BTreeMap<String, RaterKey>,
}

/// A rater's key, and who says that it is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaterKey {
    /// The key.
    pub public_key: PublicKey,
    /// Whether the study knew it from its making on, or the coordinator recorded it at the first
    /// package that bore it. Else nothing but the file itself says whose it is.
    pub is_vouched: bool,
}

impl Ledger {
    /// Checks everything that the file says about itself: SQLite's own structure, the triggers,
    /// every picture, the worklists, each author's chain of events, that each event was its
    /// author's to make at that moment and as the protocol has it, and the signatures. Goes through
    /// all pictures, so it takes a moment.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when SQLite finds damage, [`LedgerError::Tampered`] when rows or
    /// tables are not what Cisterna wrote, naming the first place where it shows.
    pub fn verify(&self) -> Result<Verified, LedgerError> {
        let walk = self.walk()?;
        let mut heads = BTreeMap::new();
        for author in self.raters()?.into_iter().chain([KEEPER.into()]) {
            let (_, head) = walk.head(&author).unwrap_or_default();
            let name = match author.as_str() {
                KEEPER => COORDINATOR.to_owned(),
                _ => author,
            };
            heads.insert(name, hex(&head));
        }
        let rater_keys = walk.keys().map(|(rater, public_key, is_vouched)| {
            let key = RaterKey {
                public_key,
                is_vouched,
            };
            (rater.to_owned(), key)
        });
        Ok(Verified {
            n_events: walk.n_events,
            n_verdicts: walk.n_verdicts,
            n_signatures: walk.n_signatures,
            n_not_countersigned: walk.n_not_countersigned(),
            n_clock_steps_back: walk.clocks.n_steps_back,
            n_clock_jumps: walk.clocks.n_jumps,
            largest_clock_jump_millis: walk.clocks.largest_jump_millis,
            n_clock_ahead: walk.clocks.n_ahead,
            farthest_clock_ahead_millis: walk.clocks.farthest_ahead_millis,
            heads,
            coordinator_key: self.coordinator_key()?,
            rater_keys: rater_keys.collect(),
        })
    }

    /// Goes through the whole file.
    fn walk(&self) -> Result<Walk, LedgerError> {
        // One snapshot: another window may commit while we go through the file.
        let snapshot = self.conn.unchecked_transaction().at(&self.path)?;
        self.check_structure(&snapshot)?;
        self.check_study(&snapshot)?;
        let mut walk = Walk::new(&snapshot, &self.path)?;
        for (row, stored) in chain::event_rows(&snapshot, None).at(&self.path)? {
            let (author, seq) = (row.author.clone(), row.seq);
            let said = |what: &str| self.tampered(format!("{} {what}", place(&author, seq)));
            let head = walk.head(&author);
            let head = head.ok_or_else(|| said("is by nobody of this study"))?;
            if seq != head.0 + 1 {
                return Err(self.tampered(format!("{} is missing", place(&author, head.0 + 1))));
            }
            if chain::event_hash(&head.1, &row) != stored {
                return Err(said("or one before it was changed"));
            }
            let event = query::event_of(&row, &self.path)?;
            walk.take(&row, &event, &head.1, stored)
                .map_err(|what| said(&what))?;
        }
        let n_ever = n_events_ever(&snapshot).at(&self.path)?;
        if n_ever != walk.n_events as i64 {
            let n = walk.n_events;
            return Err(self.tampered(format!("{n} events are left of {n_ever}")));
        }
        Ok(walk)
    }

    /// The receipt of the coordinator's file that a package carries.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] where it does not decode; what SQLite says.
    pub fn carried_receipt(&self) -> Result<Option<Receipt>, LedgerError> {
        let sql = "SELECT content FROM receipt";
        let content: Option<String> = self
            .conn
            .query_row(sql, [], |row| row.get(0))
            .optional()
            .at(&self.path)?;
        let decode = |text: String| {
            serde_json::from_str(&text)
                .map_err(|error| self.tampered(format!("its receipt does not decode ({error})")))
        };
        content.map(decode).transpose()
    }

    /// Whether what a receipt says was there is there still: in a coordinator's file every chain,
    /// in a package the rater's.
    ///
    /// # Errors
    /// [`LedgerError::Receipt`], naming the chain that was cut or rewritten; what
    /// [`Ledger::verify`] finds.
    pub fn check_receipt(&self, receipt: &Receipt) -> Result<(), LedgerError> {
        let refused = |what: String| LedgerError::Receipt {
            at: rfc3339(receipt.at_unix_millis),
            what,
            path: self.path.clone(),
        };
        if !receipt.is_signed_by(&self.coordinator_key()?) {
            return Err(refused(
                "it is not signed by this study's coordinator".into(),
            ));
        }
        let walk = self.walk()?;
        let is_package = self.carried_receipt()?.is_some();
        let root = chain::root(&self.conn, KEEPER).at(&self.path)?;
        if !is_package && receipt.study_sha256 != hex(&root) {
            return Err(refused("it is of another study".into()));
        }
        for head in &receipt.heads {
            let author = match head.author.as_str() {
                COORDINATOR => KEEPER,
                rater => rater,
            };
            let n = head.n_events;
            if is_package && author == KEEPER {
                continue;
            }
            match walk.has(author, head) {
                // A package holds one rater.
                None if is_package => {}
                None => return Err(refused(format!("it has a chain of {author}"))),
                Some(Ok(())) => {}
                Some(Err(HeadMismatch::Shorter)) => {
                    return Err(refused(format!(
                        "{n} events of {} were there, and some were cut off since",
                        head.author
                    )));
                }
                Some(Err(HeadMismatch::Differs)) => {
                    return Err(refused(format!(
                        "the first {n} events of {} were rewritten since",
                        head.author
                    )));
                }
            }
        }
        Ok(())
    }

    fn tampered(&self, what: String) -> LedgerError {
        LedgerError::Tampered {
            what,
            path: self.path.clone(),
        }
    }

    fn check_structure(&self, conn: &Connection) -> Result<(), LedgerError> {
        let found: String = conn
            .pragma_query_value(None, "integrity_check", |row| row.get(0))
            .at(&self.path)?;
        if found != "ok" {
            return Err(LedgerError::Damaged {
                reason: found,
                path: self.path.clone(),
            });
        }
        let orphan: Option<String> = conn
            .query_row(
                "SELECT \"table\" FROM pragma_foreign_key_check",
                [],
                |row| row.get(0),
            )
            .optional()
            .at(&self.path)?;
        if let Some(table) = orphan {
            let what = format!("a row of {table} refers to one that is not there");
            return Err(self.tampered(what));
        }
        let version = version(conn).at(&self.path)?;
        match schema_of(conn).at(&self.path)? == fresh_schema(version).at(&self.path)? {
            true => Ok(()),
            false => Err(self.tampered("tables or triggers are not as they were created".into())),
        }
    }

    /// The pictures, then the worklists with the pictures' hashes, then the study.
    fn check_study(&self, conn: &Connection) -> Result<(), LedgerError> {
        if let Some(code) = changed_picture(conn).at(&self.path)? {
            return Err(self.tampered(format!("the picture of case {code} was changed")));
        }
        let (row, stored) = chain::study_row(conn).at(&self.path)?;
        for rater in query::raters(conn).at(&self.path)? {
            let key = query::stored_key(conn, &rater).at(&self.path)?;
            let computed = chain::rater_hash(conn, &row, &rater, key.as_deref()).at(&self.path)?;
            if computed != chain::root(conn, &rater).at(&self.path)? {
                let what = format!("the study or the worklist of {rater} was changed");
                return Err(self.tampered(what));
            }
        }
        match chain::study_hash(conn, &row).at(&self.path)? == stored {
            true => Ok(()),
            false => Err(self.tampered("the study or its raters were changed".into())),
        }
    }
}

/// `event 3 of Anna`.
fn place(author: &str, seq: i64) -> String {
    match author {
        KEEPER => format!("event {seq} of the coordinator"),
        rater => format!("event {seq} of {rater}"),
    }
}

/// The first picture whose hash is not the stored one.
fn changed_picture(conn: &Connection) -> rusqlite::Result<Option<String>> {
    let mut select = conn.prepare("SELECT code, sealed, sha256 FROM case_image ORDER BY code")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let code: String = row.get(0)?;
        if chain::picture_hash(&code, row.get_ref(1)?.as_bytes()?) != row.get::<_, Hash>(2)? {
            return Ok(Some(code));
        }
    }
    Ok(None)
}

/// Every definition in the file. SQLite's own tables are left out: it decides about those.
fn schema_of(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut select = conn.prepare(sql)?;
    select
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn fresh_schema(version: i64) -> rusqlite::Result<Vec<(String, String)>> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(&schema(version))?;
    conn.execute_batch(FREEZE)?;
    schema_of(&conn)
}

/// SQLite's memory of the highest `event.id` ever given out.
fn n_events_ever(conn: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'event'";
    Ok(conn
        .query_row(sql, [], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}
