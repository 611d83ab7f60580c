//! Looking things up. Nothing here writes.

use std::{collections::BTreeSet, path::Path};

use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};

use super::{
    Ledger, LedgerError,
    chain::{self, EventRow},
    error::AtPath,
};
use crate::study::{
    self, CaseCode, CaseImage, Design, Event, EventKind, GradeEntry, InstallmentKey, Instructions,
    KEEPER, Key, LaterInstallments, PublicKey, RaterProgress, Reading, Scale, Signature, Slip,
    Slot, Worklist, hex,
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
        Ok(self.instructions()?.scale)
    }

    /// Who grades, in the order in which the study's maker named them.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn raters(&self) -> Result<Vec<String>, LedgerError> {
        raters(&self.conn).at(&self.path)
    }

    /// What a rater grades, in order.
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`], and what SQLite says.
    pub fn worklist(&self, rater: &str) -> Result<Worklist, LedgerError> {
        check_rater(&self.conn, rater, &self.path)?;
        let (mut training, mut installments) = (Vec::new(), Vec::<Vec<CaseCode>>::new());
        for slot in slots(&self.conn, rater).at(&self.path)? {
            if slot.installment == 0 {
                training.push(slot.code);
                continue;
            }
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
            training,
            installments,
        })
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
            training: self.instructions()?.training,
            codes,
            worklists: worklists?,
        })
    }

    /// Every event, or those of one author, in the order in which they came into this file.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when a stored event does not decode; what SQLite says.
    pub fn events(&self, author: Option<&str>) -> Result<Vec<Event>, LedgerError> {
        let rows = chain::event_rows(&self.conn, author).at(&self.path)?;
        rows.iter()
            .map(|(row, _)| event_of(row, &self.path))
            .collect()
    }

    /// How many events there are: cheap, to see whether another window did something.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn n_events(&self) -> Result<usize, LedgerError> {
        let sql = "SELECT coalesce(max(id), 0) FROM event";
        let n: u32 = self
            .conn
            .query_row(sql, [], |row| row.get(0))
            .at(&self.path)?;
        Ok(n as usize)
    }

    /// When the last event happened, milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn last_unix_millis(&self) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT max(at_unix_millis) FROM event";
        self.conn
            .query_row(sql, [], |row| row.get(0))
            .at(&self.path)
    }

    /// Every event with its hash in hex, for [`study::audit_csv`].
    ///
    /// # Errors
    /// As [`Ledger::events`].
    pub fn audit(&self) -> Result<Vec<(Event, String)>, LedgerError> {
        let rows = chain::event_rows(&self.conn, None).at(&self.path)?;
        rows.iter()
            .map(|(row, sha256)| Ok((event_of(row, &self.path)?, hex(sha256))))
            .collect()
    }

    /// Every verdict, or those of one rater, in the order of commits; replaced ones and their
    /// corrections included ([`study::standing`] sorts them out).
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`]; [`LedgerError::Tampered`] when a stored grade is not on the
    /// scale; what SQLite says.
    pub fn entries(&self, rater: Option<&str>) -> Result<Vec<GradeEntry>, LedgerError> {
        if let Some(rater) = rater {
            check_rater(&self.conn, rater, &self.path)?;
        }
        let scale = self.scale()?;
        let entry = |event: Event| GradeEntry::of(&event, &scale).transpose();
        let entries = self.events(rater)?.into_iter().filter_map(entry);
        entries
            .collect::<Result<_, _>>()
            .map_err(|error| LedgerError::Tampered {
                what: error.to_string(),
                path: self.path.clone(),
            })
    }

    /// The verdict that stands at a place, where there is one.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn standing_at(&self, rater: &str, slot: &Slot) -> Result<Option<GradeEntry>, LedgerError> {
        let entries = self.entries(Some(rater))?;
        // A correction comes after what it replaces.
        Ok(entries.into_iter().rfind(|entry| entry.slot == *slot))
    }

    /// What a rater has signed, in order.
    ///
    /// # Errors
    /// As [`Ledger::events`].
    pub fn signatures(&self, rater: &str) -> Result<Vec<Signature>, LedgerError> {
        let events = self.events(Some(rater))?.into_iter();
        let signatures = events.filter_map(|event| match event.kind {
            EventKind::Signed(signature) => Some(signature),
            _ => None,
        });
        Ok(signatures.collect())
    }

    /// When the study was unsealed, milliseconds since 1970 UTC; `None` while it is blind.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn unsealed_at(&self) -> Result<Option<i64>, LedgerError> {
        unsealed_at(&self.conn).at(&self.path)
    }

    /// The picture of a case in a rater's worklist.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCase`] for what is not in the worklist, [`LedgerError::Sealed`] while
    /// its installment is, [`LedgerError::Tampered`] where its key does not open it, and what
    /// SQLite says.
    pub fn case_image(&self, rater: &str, code: &CaseCode) -> Result<CaseImage, LedgerError> {
        check_rater(&self.conn, rater, &self.path)?;
        let slots = slots_with_keys(&self.conn, rater).at(&self.path)?;
        let unknown = || LedgerError::UnknownCase(code.clone());
        let (slot, wrapped) = slots
            .into_iter()
            .find(|(slot, _)| slot.code == *code)
            .ok_or_else(unknown)?;
        let installment = slot.installment;
        let key = match &self.coordinator {
            Some(coordinator) => Some(coordinator.installment_key(rater, installment)),
            None => installment_key(&self.conn, rater, installment, &self.path)?,
        };
        let key = key.ok_or_else(|| LedgerError::Sealed {
            rater: rater.to_owned(),
            installment,
            path: self.path.clone(),
        })?;
        let sealed = sealed_picture(&self.conn, code).at(&self.path)?;
        let sealed = sealed.ok_or_else(unknown)?;
        let image = key.unwrap(code, &wrapped);
        let image = image.and_then(|image_key| image_key.open(code, &sealed));
        image.ok_or_else(|| LedgerError::Tampered {
            what: format!("the picture of case {code} does not open"),
            path: self.path.clone(),
        })
    }

    /// Whether the pictures of an installment cannot be opened yet.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn is_sealed(&self, rater: &str, installment: u32) -> Result<bool, LedgerError> {
        Ok(installment_key(&self.conn, rater, installment, &self.path)?.is_none())
    }

    /// The key that the study knows the coordinator by.
    ///
    /// # Errors
    /// What SQLite says; [`LedgerError::Tampered`] where it is no key.
    pub fn coordinator_key(&self) -> Result<PublicKey, LedgerError> {
        coordinator_key(&self.conn, &self.path)
    }

    /// The key that a rater signs with: the one that they enrolled with, that the coordinator
    /// recorded, or that of their first signature.
    ///
    /// # Errors
    /// What SQLite says; [`LedgerError::Tampered`] where it is no key.
    pub fn rater_key(&self, rater: &str) -> Result<Option<PublicKey>, LedgerError> {
        if let Some(key) = enrolled_key(&self.conn, rater, &self.path)? {
            return Ok(Some(key));
        }
        let pinned = self.events(Some(KEEPER))?.into_iter();
        let mut pinned = pinned.filter_map(|event| match event.kind {
            EventKind::Pinned {
                rater: of,
                public_key,
            } => (of == rater).then_some(public_key),
            _ => None,
        });
        if let Some(key) = pinned.next() {
            return Ok(Some(key));
        }
        let signatures = self.signatures(rater)?;
        Ok(signatures.first().map(|signature| signature.public_key))
    }

    /// How far a rater is; derived from worklist and grades.
    ///
    /// # Errors
    /// As [`Ledger::worklist`].
    pub fn progress(&self, rater: &str) -> Result<RaterProgress, LedgerError> {
        let worklist = self.worklist(rater)?;
        let graded = graded_places(&self.conn, rater).at(&self.path)?;
        let signed = signed(&self.conn, rater).at(&self.path)?;
        Ok(RaterProgress::of(&worklist, &graded, &signed))
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

    /// Whether the protocol asks for a test of the display before an installment, and there was
    /// none. Nobody is asked before training.
    ///
    /// # Errors
    /// As [`Ledger::instructions`].
    pub fn needs_display_test(&self, rater: &str, installment: u32) -> Result<bool, LedgerError> {
        if installment == 0 || !self.instructions()?.display.test {
            return Ok(false);
        }
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM event WHERE author = ?1 \
                   AND kind = 'display_tested' AND json_extract(content, '$.installment') = ?2)";
        self.conn
            .query_row(sql, params![rater, installment], |row| row.get(0))
            .at(&self.path)
    }

    /// From when on a rater may grade an installment, milliseconds since 1970 UTC: the protocol's
    /// washout after their last grade of the one before it. `None` where nothing was graded before,
    /// no washout was asked for, or the coordinator releases installments.
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
        key.check_opens(&self.design()?)?;
        match key.protocol().fingerprint() == self.protocol_sha256()? {
            true => Ok(()),
            false => Err(study::StudyError::OtherStudysKey.into()),
        }
    }

    /// Every verdict, for [`study::export_csv`]; patients and arms only with the key.
    ///
    /// # Errors
    /// As [`Ledger::check_key`] and [`Ledger::entries`]; [`LedgerError::StillSealed`] where a key is
    /// given and the study was not unsealed.
    pub fn readings(&self, key: Option<&Key>) -> Result<Vec<Reading>, LedgerError> {
        if let Some(key) = key {
            self.check_key(key)?;
            if self.unsealed_at()?.is_none() {
                return Err(LedgerError::StillSealed(self.path.clone()));
            }
        }
        Ok(study::readings(&self.entries(None)?, key)?)
    }
}

/// A rater's places, in order.
pub(super) fn slots(conn: &Connection, rater: &str) -> rusqlite::Result<Vec<Slot>> {
    let slots = slots_with_keys(conn, rater)?.into_iter();
    Ok(slots.map(|(slot, _)| slot).collect())
}

/// A rater's places, in order, each with the key of its picture, wrapped.
pub(super) fn slots_with_keys(
    conn: &Connection,
    rater: &str,
) -> rusqlite::Result<Vec<(Slot, Vec<u8>)>> {
    let sql = "SELECT installment, position, code, wrapped_key FROM worklist WHERE rater = ?1 \
               ORDER BY installment, position";
    let mut select = conn.prepare(sql)?;
    select
        .query_map([rater], |row| Ok((slot_of(row)?, row.get(3)?)))?
        .collect()
}

/// A picture as it is stored.
pub(super) fn sealed_picture(
    conn: &Connection,
    code: &CaseCode,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let sql = "SELECT sealed FROM case_image WHERE code = ?1";
    conn.query_row(sql, [code.as_str()], |row| row.get(0))
        .optional()
}

/// What opens installments of a rater without a release.
pub(super) fn openings(conn: &Connection, rater: &str) -> rusqlite::Result<Vec<(u32, [u8; 32])>> {
    let sql = "SELECT installment, installment_key FROM opening WHERE rater = ?1 \
               ORDER BY installment";
    let mut select = conn.prepare(sql)?;
    select
        .query_map([rater], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// What opens an installment of a rater: a key that came with the study, or that of a slip.
pub(super) fn installment_key(
    conn: &Connection,
    rater: &str,
    installment: u32,
    path: &Path,
) -> Result<Option<InstallmentKey>, LedgerError> {
    let openings = openings(conn, rater).at(path)?;
    if let Some((_, key)) = openings.into_iter().find(|(at, _)| *at == installment) {
        return Ok(Some(InstallmentKey::from_bytes(key)));
    }
    let sql = "SELECT json_extract(content, '$.slip') FROM event WHERE author = ?1 \
               AND kind = 'unlocked' AND json_extract(content, '$.slip.installment') = ?2";
    let slip: Option<String> = conn
        .query_row(sql, params![rater, installment], |row| row.get(0))
        .optional()
        .at(path)?;
    let Some(slip) = slip else {
        return Ok(None);
    };
    let slip: Slip = serde_json::from_str(&slip).map_err(|error| LedgerError::Tampered {
        what: format!("a slip does not decode ({error})"),
        path: path.to_path_buf(),
    })?;
    Ok(slip.key())
}

pub(super) fn coordinator_key(conn: &Connection, path: &Path) -> Result<PublicKey, LedgerError> {
    let (row, _) = chain::study_row(conn).at(path)?;
    key_of(&row.coordinator_key, path)
}

/// As it stands in the file.
pub(super) fn stored_key(conn: &Connection, rater: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT public_key FROM rater WHERE name = ?1";
    Ok(conn
        .query_row(sql, [rater], |row| row.get(0))
        .optional()?
        .flatten())
}

/// The key that a rater enrolled with.
pub(super) fn enrolled_key(
    conn: &Connection,
    rater: &str,
    path: &Path,
) -> Result<Option<PublicKey>, LedgerError> {
    let stored = stored_key(conn, rater).at(path)?;
    stored.map(|text| key_of(&text, path)).transpose()
}

fn key_of(text: &str, path: &Path) -> Result<PublicKey, LedgerError> {
    PublicKey::parse(text).map_err(|error| LedgerError::Tampered {
        what: error.to_string(),
        path: path.to_path_buf(),
    })
}

pub(super) fn instructions(conn: &Connection, path: &Path) -> Result<Instructions, LedgerError> {
    let (row, _) = chain::study_row(conn).at(path)?;
    serde_json::from_str(&row.instructions).map_err(|error| LedgerError::Tampered {
        what: format!("the instructions do not decode ({error})"),
        path: path.to_path_buf(),
    })
}

pub(super) fn raters(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut select = conn.prepare("SELECT name FROM rater ORDER BY seat")?;
    select.query_map([], |row| row.get(0))?.collect()
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
    let instructions = instructions(conn, path)?;
    // Where the coordinator releases installments, their clock has decided.
    if instructions.later_installments == LaterInstallments::Release {
        return Ok(None);
    }
    let washout = i64::from(instructions.washout_days) * DAY_MILLIS;
    let sql = "SELECT EXISTS (SELECT 1 FROM event WHERE author = ?1 AND kind = 'begun_early' \
               AND json_extract(content, '$.installment') = ?2)";
    let place = params![rater, installment];
    if washout == 0 || conn.query_row(sql, place, |row| row.get(0)).at(path)? {
        return Ok(None);
    }
    // What counts is when the picture was first graded: later corrections do not. Nor does training,
    // whose patients do not come again.
    let sql = "SELECT max(at_unix_millis) FROM event WHERE author = ?1 AND installment < ?2 \
               AND installment > 0 AND kind IN ('graded', 'skipped')";
    let last: Option<i64> = conn.query_row(sql, place, |row| row.get(0)).at(path)?;
    Ok(last.map(|last| last.saturating_add(washout)))
}

/// The places, as installment and position, at which a rater has given a verdict.
fn graded_places(conn: &Connection, rater: &str) -> rusqlite::Result<BTreeSet<(u32, u32)>> {
    let sql = "SELECT installment, position FROM event \
               WHERE author = ?1 AND kind IN ('graded', 'skipped')";
    let mut select = conn.prepare(sql)?;
    select
        .query_map([rater], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The installments that a rater has signed.
pub(super) fn signed(conn: &Connection, rater: &str) -> rusqlite::Result<BTreeSet<u32>> {
    let sql = "SELECT json_extract(content, '$.installment') FROM event \
               WHERE author = ?1 AND kind = 'signed'";
    let mut select = conn.prepare(sql)?;
    select.query_map([rater], |row| row.get(0))?.collect()
}

pub(super) fn unsealed_at(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT min(at_unix_millis) FROM event WHERE author = ?1 AND kind = 'unsealed'";
    conn.query_row(sql, [KEEPER], |row| row.get(0))
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

/// From the columns of `select_events.sql`.
pub(super) fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    let installment: Option<u32> = row.get(3)?;
    let slot = match installment {
        Some(installment) => Some((installment, row.get(4)?, row.get(5)?)),
        None => None,
    };
    Ok(EventRow {
        author: row.get(0)?,
        seq: row.get(1)?,
        at_unix_millis: row.get(2)?,
        slot,
        content: row.get(6)?,
        app_version: row.get(7)?,
        sitting: row.get(8)?,
        elapsed_millis: row.get(9)?,
        signature: row.get(10)?,
    })
}

/// Bytes of an event at most: three texts of 10,000 characters, each of them escaped.
const MOST_BYTES: usize = 1 << 20;

pub(super) fn event_of(row: &EventRow, path: &Path) -> Result<Event, LedgerError> {
    let tampered = |reason: String| LedgerError::Tampered {
        what: format!(
            "event {} of {:?} does not decode ({reason})",
            row.seq, row.author
        ),
        path: path.to_path_buf(),
    };
    if row.content.len() > MOST_BYTES {
        return Err(tampered(format!("it has {} bytes", row.content.len())));
    }
    let slot = match &row.slot {
        None => None,
        Some((installment, position, code)) => Some(Slot {
            installment: *installment,
            position: *position,
            code: CaseCode::parse(code).map_err(|error| tampered(error.to_string()))?,
        }),
    };
    Ok(Event {
        author: row.author.clone(),
        seq: row.seq,
        at_unix_millis: row.at_unix_millis,
        slot,
        kind: serde_json::from_str(&row.content).map_err(|error| tampered(error.to_string()))?,
        app_version: row.app_version.clone(),
    })
}
