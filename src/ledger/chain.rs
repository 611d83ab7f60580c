//! Hashes: what a study file says about its own integrity.

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::query;
use crate::study::KEEPER;

pub(super) type Hash = [u8; 32];

/// The row of table `study`, without its hash.
pub(super) struct StudyRow {
    pub(super) instructions: String,
    pub(super) protocol_sha256: String,
    pub(super) created_unix_millis: i64,
    pub(super) app_version: String,
}

impl StudyRow {
    fn put(&self, hash: &mut Fields) {
        hash.put(self.instructions.as_bytes());
        hash.put(self.protocol_sha256.as_bytes());
        hash.put(&self.created_unix_millis.to_le_bytes());
        hash.put(self.app_version.as_bytes());
    }
}

/// An event as the ledger keeps it.
pub(super) struct EventRow {
    pub(super) author: String,
    pub(super) seq: i64,
    pub(super) at_unix_millis: i64,
    /// Installment, position and code.
    pub(super) slot: Option<(u32, u32, String)>,
    pub(super) content: String,
    pub(super) app_version: String,
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

/// The hash of a picture: of its code and both planes.
pub(super) fn picture_hash(code: &str, axial: &[u8], sagittal: &[u8]) -> Hash {
    let mut hash = Fields::new("cisterna picture 1");
    hash.put(code.as_bytes());
    hash.put(axial);
    hash.put(sagittal);
    hash.finish()
}

/// Where a rater's chain begins: the study, the rater's worklist and the hashes of its pictures.
pub(super) fn rater_hash(
    conn: &Connection,
    study: &StudyRow,
    rater: &str,
) -> rusqlite::Result<Hash> {
    let mut hash = Fields::new("cisterna rater 1");
    study.put(&mut hash);
    hash.put(rater.as_bytes());
    let sql = "SELECT installment, position, worklist.code, sha256 FROM worklist \
               JOIN case_image ON case_image.code = worklist.code \
               WHERE rater = ?1 ORDER BY installment, position";
    let mut select = conn.prepare(sql)?;
    let mut rows = select.query([rater])?;
    while let Some(row) = rows.next()? {
        hash.put(&row.get::<_, i64>(0)?.to_le_bytes());
        hash.put(&row.get::<_, i64>(1)?.to_le_bytes());
        hash.put(row.get_ref(2)?.as_bytes()?);
        hash.put(row.get_ref(3)?.as_bytes()?);
    }
    Ok(hash.finish())
}

/// Where the coordinator's chain begins: the study and all raters.
pub(super) fn study_hash(conn: &Connection, study: &StudyRow) -> rusqlite::Result<Hash> {
    let mut hash = Fields::new("cisterna study 3");
    study.put(&mut hash);
    let mut select = conn.prepare("SELECT seat, name, sha256 FROM rater ORDER BY seat")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        hash.put(&row.get::<_, i64>(0)?.to_le_bytes());
        hash.put(row.get_ref(1)?.as_bytes()?);
        hash.put(row.get_ref(2)?.as_bytes()?);
    }
    Ok(hash.finish())
}

/// The stored hash with which an author's chain begins.
pub(super) fn root(conn: &Connection, author: &str) -> rusqlite::Result<Hash> {
    match author {
        KEEPER => Ok(study_row(conn)?.1),
        rater => {
            let sql = "SELECT sha256 FROM rater WHERE name = ?1";
            conn.query_row(sql, [rater], |row| row.get(0))
        }
    }
}

/// The number and hash of an author's last event; 0 and the root where there is none.
pub(super) fn head(conn: &Connection, author: &str) -> rusqlite::Result<(i64, Hash)> {
    let sql = "SELECT seq, sha256 FROM event WHERE author = ?1 ORDER BY seq DESC LIMIT 1";
    let last = conn
        .query_row(sql, [author], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match last {
        Some(last) => Ok(last),
        None => Ok((0, root(conn, author)?)),
    }
}

/// The hash of an event: over the hash before it and every column.
pub(super) fn event_hash(before: &Hash, event: &EventRow) -> Hash {
    let mut hash = Fields::new("cisterna event 1");
    hash.put(before);
    hash.put(event.author.as_bytes());
    hash.put(&event.seq.to_le_bytes());
    hash.put(&event.at_unix_millis.to_le_bytes());
    match &event.slot {
        None => hash.put(b"no case"),
        Some((installment, position, code)) => {
            hash.put(&installment.to_le_bytes());
            hash.put(&position.to_le_bytes());
            hash.put(code.as_bytes());
        }
    }
    hash.put(event.content.as_bytes());
    hash.put(event.app_version.as_bytes());
    hash.finish()
}

/// Every event, or those of one author, in the order in which they came into this file, with
/// their stored hashes.
pub(super) fn event_rows(
    conn: &Connection,
    author: Option<&str>,
) -> rusqlite::Result<Vec<(EventRow, Hash)>> {
    let mut select = conn.prepare(include_str!("select_events.sql"))?;
    let rows = select.query_map([author], |row| Ok((query::event_row(row)?, row.get(8)?)))?;
    rows.collect()
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
