//! Hashes: what a study file says about its own integrity.

use rusqlite::{Connection, OptionalExtension};

use super::query;
use crate::study::{Fields, KEEPER};

pub(super) type Hash = [u8; 32];

/// The row of table `study`, without its hash.
pub(super) struct StudyRow {
    pub(super) instructions: String,
    pub(super) protocol_sha256: String,
    pub(super) created_unix_millis: i64,
    pub(super) app_version: String,
    /// Public, hexadecimal.
    pub(super) coordinator_key: String,
}

impl StudyRow {
    fn put(&self, hash: &mut Fields) {
        hash.put(self.instructions.as_bytes());
        hash.put(self.protocol_sha256.as_bytes());
        hash.put(&self.created_unix_millis.to_le_bytes());
        hash.put(self.app_version.as_bytes());
        hash.put(self.coordinator_key.as_bytes());
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
    /// Which run of the program.
    pub(super) sitting: String,
    /// How long that had run.
    pub(super) elapsed_millis: i64,
    /// The coordinator's, under the hash; not covered by it.
    pub(super) signature: Option<String>,
}

pub(super) fn study_row(conn: &Connection) -> rusqlite::Result<(StudyRow, Hash)> {
    let sql = "SELECT instructions, protocol_sha256, created_unix_millis, app_version, \
               coordinator_key, sha256 FROM study";
    conn.query_row(sql, [], |row| {
        let study = StudyRow {
            instructions: row.get(0)?,
            protocol_sha256: row.get(1)?,
            created_unix_millis: row.get(2)?,
            app_version: row.get(3)?,
            coordinator_key: row.get(4)?,
        };
        Ok((study, row.get(5)?))
    })
}

/// The hash of a picture: of its code and its planes as they are sealed.
pub(super) fn picture_hash(code: &str, sealed: &[u8]) -> Hash {
    let mut hash = Fields::new("cisterna picture 2");
    hash.put(code.as_bytes());
    hash.put(sealed);
    hash.finish()
}

/// Where a rater's chain begins: the study, the rater's key and worklist, what opens it, and the
/// hashes of its pictures.
pub(super) fn rater_hash(
    conn: &Connection,
    study: &StudyRow,
    rater: &str,
    public_key: Option<&str>,
) -> rusqlite::Result<Hash> {
    let mut hash = Fields::new("cisterna rater 2");
    study.put(&mut hash);
    hash.put(rater.as_bytes());
    hash.put(public_key.unwrap_or_default().as_bytes());
    let sql = "SELECT installment, position, worklist.code, wrapped_key, sha256 FROM worklist \
               JOIN case_image ON case_image.code = worklist.code \
               WHERE rater = ?1 ORDER BY installment, position";
    let mut select = conn.prepare(sql)?;
    let mut rows = select.query([rater])?;
    while let Some(row) = rows.next()? {
        hash.put(&row.get::<_, i64>(0)?.to_le_bytes());
        hash.put(&row.get::<_, i64>(1)?.to_le_bytes());
        hash.put(row.get_ref(2)?.as_bytes()?);
        hash.put(row.get_ref(3)?.as_bytes()?);
        hash.put(row.get_ref(4)?.as_bytes()?);
    }
    for (installment, key) in query::openings(conn, rater)? {
        hash.put(&i64::from(installment).to_le_bytes());
        hash.put(&key);
    }
    Ok(hash.finish())
}

/// Where the coordinator's chain begins: the study and all raters.
pub(super) fn study_hash(conn: &Connection, study: &StudyRow) -> rusqlite::Result<Hash> {
    let mut hash = Fields::new("cisterna study 4");
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
    let mut hash = Fields::new("cisterna event 2");
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
    hash.put(event.sitting.as_bytes());
    hash.put(&event.elapsed_millis.to_le_bytes());
    hash.finish()
}

/// What the coordinator signs under each event of theirs.
pub(super) fn signed_digest(event_hash: &Hash) -> Hash {
    let mut hash = Fields::new("cisterna coordinator's event 1");
    hash.put(event_hash);
    hash.finish()
}

/// Every event, or those of one author, in the order in which they came into this file, with
/// their stored hashes.
pub(super) fn event_rows(
    conn: &Connection,
    author: Option<&str>,
) -> rusqlite::Result<Vec<(EventRow, Hash)>> {
    let mut select = conn.prepare(include_str!("select_events.sql"))?;
    let rows = select.query_map([author], |row| Ok((query::event_row(row)?, row.get(11)?)))?;
    rows.collect()
}
