//! Whether a study file is what Cisterna wrote.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::{
    FREEZE, Ledger, LedgerError, SCHEMA,
    chain::{self, Hash},
    error::At,
    query,
};
use crate::study::{CaseCode, Deed, Event, GradeEntry, KEEPER, Scale, Signature, Signed, hex};

/// What [`Ledger::verify`] found in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many events there are.
    pub n_events: usize,
    /// How many of them are verdicts, corrections included.
    pub n_verdicts: usize,
    /// How many installments are signed.
    pub n_signatures: usize,
    /// How often an event bears an earlier time than the one before it of the same author: a clock
    /// was set back. Their order is that of their numbers.
    pub n_clock_steps_back: usize,
    /// The last hash of each author's chain, in hex; the coordinator's is under `coordinator`.
    /// Kept elsewhere (printed, mailed), it shows later whether anything up to here was changed or
    /// taken away.
    pub heads: BTreeMap<String, String>,
}

impl Ledger {
    /// Checks everything that the file says about itself: SQLite's own structure, the triggers,
    /// every picture, the worklists, each author's chain of events, that each verdict was the
    /// rater's to give, and the signatures. Goes through all pictures, so it takes a moment.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] when SQLite finds damage, [`LedgerError::Tampered`] when rows or
    /// tables are not what Cisterna wrote, naming the first place where it shows.
    pub fn verify(&self) -> Result<Verified, LedgerError> {
        // One snapshot: another window may commit while we go through the file.
        let snapshot = self.conn.unchecked_transaction().at(&self.path)?;
        self.check_structure(&snapshot)?;
        self.check_study(&snapshot)?;
        let scale = self.scale()?;
        let mut walk = Walk::default();
        for (row, stored) in chain::event_rows(&snapshot, None).at(&self.path)? {
            let (author, seq) = (row.author.clone(), row.seq);
            let said = |what: &str| self.tampered(format!("{} {what}", place(&author, seq)));
            let head = match walk.heads.get(&author) {
                Some(head) => *head,
                None => {
                    let root = chain::root(&snapshot, &author).optional().at(&self.path)?;
                    (0, root.ok_or_else(|| said("is by nobody of this study"))?)
                }
            };
            if seq != head.0 + 1 {
                return Err(self.tampered(format!("{} is missing", place(&author, head.0 + 1))));
            }
            if chain::event_hash(&head.1, &row) != stored {
                return Err(said("or one before it was changed"));
            }
            let event = query::event_of(&row, &self.path)?;
            walk.take(&event, &head.1, &scale)
                .map_err(|what| said(&what))?;
            walk.heads.insert(author, (seq, stored));
        }
        let n_ever = n_events_ever(&snapshot).at(&self.path)?;
        if n_ever != walk.n_events as i64 {
            let n = walk.n_events;
            return Err(self.tampered(format!("{n} events are left of {n_ever}")));
        }
        self.finish(&snapshot, walk)
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
        match schema_of(conn).at(&self.path)? == fresh_schema().at(&self.path)? {
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
            let computed = chain::rater_hash(conn, &row, &rater).at(&self.path)?;
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

    fn finish(&self, conn: &Connection, walk: Walk) -> Result<Verified, LedgerError> {
        let mut heads = BTreeMap::new();
        for author in query::raters(conn)
            .at(&self.path)?
            .into_iter()
            .chain([KEEPER.into()])
        {
            let (_, head) = chain::head(conn, &author).at(&self.path)?;
            let name = if author == KEEPER {
                "coordinator".to_owned()
            } else {
                author
            };
            heads.insert(name, hex(&head));
        }
        Ok(Verified {
            n_events: walk.n_events,
            n_verdicts: walk.n_verdicts,
            n_signatures: walk.signed.len(),
            n_clock_steps_back: walk.n_clock_steps_back,
            heads,
        })
    }
}

/// `event 3 of Anna`.
fn place(author: &str, seq: i64) -> String {
    match author {
        KEEPER => format!("event {seq} of the coordinator"),
        rater => format!("event {seq} of {rater}"),
    }
}

/// What is known of the events gone through so far.
#[derive(Default)]
struct Walk {
    n_events: usize,
    n_verdicts: usize,
    n_clock_steps_back: usize,
    heads: BTreeMap<String, (i64, Hash)>,
    last_millis: BTreeMap<String, i64>,
    /// The standing verdict of each place, by rater: its number.
    standing: BTreeMap<(String, CaseCode), i64>,
    signed: BTreeSet<(String, u32)>,
    /// The first signature of each rater, whose key all others must bear.
    first: BTreeMap<String, Signature>,
}

impl Walk {
    /// Checks an event against those before it; the error says what is wrong with it.
    fn take(&mut self, event: &Event, before: &Hash, scale: &Scale) -> Result<(), String> {
        self.n_events += 1;
        let last = self
            .last_millis
            .insert(event.author.clone(), event.at_unix_millis);
        self.n_clock_steps_back += usize::from(last.is_some_and(|at| event.at_unix_millis < at));
        if let Deed::Signed(signature) = &event.deed {
            return self.take_signature(event, signature, before);
        }
        match GradeEntry::of(event, scale).map_err(|error| format!("cannot be: {error}"))? {
            None => Ok(()),
            Some(entry) => self.take_verdict(&entry),
        }
    }

    fn take_verdict(&mut self, entry: &GradeEntry) -> Result<(), String> {
        self.n_verdicts += 1;
        if self
            .signed
            .contains(&(entry.rater.clone(), entry.slot.installment))
        {
            return Err("grades a case of an installment that was signed before".into());
        }
        let place = (entry.rater.clone(), entry.slot.code.clone());
        let standing = self.standing.insert(place, entry.seq);
        match standing == entry.replaces {
            true => Ok(()),
            false => Err("does not replace the verdict that stood".into()),
        }
    }

    fn take_signature(
        &mut self,
        event: &Event,
        signature: &Signature,
        before: &Hash,
    ) -> Result<(), String> {
        let under = Signed {
            rater: &event.author,
            installment: signature.installment,
            name: &signature.name,
            meaning: &signature.meaning,
            at_unix_millis: event.at_unix_millis,
            head: before,
        };
        let first = self.first.entry(event.author.clone());
        let first = first.or_insert_with(|| signature.clone());
        if first.public_key != signature.public_key || !under.is_signed_by(signature) {
            return Err("bears a signature that is not the rater's".into());
        }
        match self
            .signed
            .insert((event.author.clone(), signature.installment))
        {
            true => Ok(()),
            false => Err("signs an installment that was signed before".into()),
        }
    }
}

/// The first picture whose hash is not the stored one.
fn changed_picture(conn: &Connection) -> rusqlite::Result<Option<String>> {
    let mut select =
        conn.prepare("SELECT code, axial, sagittal, sha256 FROM case_image ORDER BY code")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let code: String = row.get(0)?;
        let (axial, sagittal) = (row.get_ref(1)?.as_bytes()?, row.get_ref(2)?.as_bytes()?);
        if chain::picture_hash(&code, axial, sagittal) != row.get::<_, Hash>(3)? {
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

fn fresh_schema() -> rusqlite::Result<Vec<(String, String)>> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(SCHEMA)?;
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
