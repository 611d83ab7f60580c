//! What somebody with the source and a database tool can write into a study: rows changed, hashes
//! reckoned anew, signatures put under with a key of their own. Written down a second time from the
//! description in the schema, so that it does not follow the program's own code.

use super::tamper::around_triggers;
use ed25519_dalek::{Signer, SigningKey};
use rusqlite::{Connection, params};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;

type Hash = [u8; 32];

/// SHA-256 over a purpose and fields, each with its length before it.
fn digest(purpose: &str, fields: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    for field in [&[purpose.as_bytes()], fields].concat() {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file open to somebody who knows how it is made.
pub(super) struct Forger {
    conn: Connection,
    /// A rater's key that is not the rater's.
    own: SigningKey,
}

impl Forger {
    pub(super) fn new(file: &Path) -> Self {
        Self {
            conn: Connection::open(file).unwrap(),
            own: SigningKey::from_bytes(&[7; 32]),
        }
    }

    /// Runs SQL with the triggers out of the way.
    pub(super) fn run(&self, sql: &str) {
        self.conn
            .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
            .unwrap();
        around_triggers(&self.conn, || self.conn.execute_batch(sql).unwrap());
    }

    /// Takes away the events of an author from a number on, and SQLite's memory of them.
    pub(super) fn cut(&self, author: &str, from_seq: i64) {
        self.run(&format!(
            "DELETE FROM event WHERE author = '{author}' AND seq >= {from_seq}; {FORGET}"
        ));
    }

    /// Reckons every hash of an author anew; signatures of a rater are put under with another key,
    /// those of the coordinator (whose secret nobody has) with another key too.
    pub(super) fn rehash(&self, author: &str) {
        let rows: Vec<Row> = self.rows(author);
        let mut before = self.root(author);
        for mut row in rows {
            let mut content: Value = serde_json::from_str(&row.content).unwrap();
            if content["kind"] == "signed" {
                content["public_key"] = hex(self.own.verifying_key().as_bytes()).into();
                content["signature"] = self.rater_signature(author, &row, &content, &before).into();
                row.content = content.to_string();
            }
            let hash = row.hash(author, &before);
            let signature = row.is_signed.then(|| {
                let under = digest("cisterna coordinator's event 1", &[&hash]);
                hex(&self.own.sign(&under).to_bytes())
            });
            around_triggers(&self.conn, || {
                self.conn
                    .execute(
                        "UPDATE event SET content = ?1, sha256 = ?2, signature = ?3 WHERE id = ?4",
                        params![row.content, hash, signature, row.id],
                    )
                    .unwrap();
            });
            before = hash;
        }
    }

    fn rater_signature(&self, rater: &str, row: &Row, content: &Value, before: &Hash) -> String {
        let text = |name: &str| content[name].as_str().unwrap().as_bytes();
        let installment = content["installment"].as_u64().unwrap() as u32;
        let under = digest(
            "cisterna signature 1",
            &[
                rater.as_bytes(),
                &installment.to_le_bytes(),
                text("name"),
                text("meaning"),
                &row.at.to_le_bytes(),
                before,
            ],
        );
        hex(&self.own.sign(&under).to_bytes())
    }

    /// Adds an event at the end of an author's chain.
    pub(super) fn add(&self, author: &str, content: &str, slot: Option<(u32, u32, &str)>) {
        let (seq, before): (i64, Hash) = self
            .conn
            .query_row(
                "SELECT seq, sha256 FROM event WHERE author = ?1 ORDER BY seq DESC LIMIT 1",
                [author],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap_or_else(|_| (0, self.root(author)));
        let row = Row {
            id: 0,
            seq: seq + 1,
            at: 1_767_300_000_000,
            slot: slot
                .map(|(installment, position, code)| (installment, position, code.to_owned())),
            content: content.to_owned(),
            app_version: "0.1.0".into(),
            sitting: "0011223344556677".into(),
            elapsed: 5,
            is_signed: author.is_empty(),
        };
        let hash = row.hash(author, &before);
        let signature = row.is_signed.then(|| {
            let under = digest("cisterna coordinator's event 1", &[&hash]);
            hex(&self.own.sign(&under).to_bytes())
        });
        let slot = row.slot.as_ref();
        around_triggers(&self.conn, || {
            self.conn
                .execute(
                    "INSERT INTO event (author, seq, at_unix_millis, installment, position, code, \
                     content, app_version, sitting, elapsed_millis, sha256, signature) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                    params![
                        author,
                        row.seq,
                        row.at,
                        slot.map(|slot| slot.0),
                        slot.map(|slot| slot.1),
                        slot.map(|slot| &slot.2),
                        row.content,
                        row.app_version,
                        row.sitting,
                        row.elapsed,
                        hash,
                        signature
                    ],
                )
                .unwrap();
        });
    }

    fn root(&self, author: &str) -> Hash {
        let sql = match author {
            "" => "SELECT sha256 FROM study WHERE ?1 = ''",
            _ => "SELECT sha256 FROM rater WHERE name = ?1",
        };
        self.conn
            .query_row(sql, [author], |row| row.get(0))
            .unwrap()
    }

    fn rows(&self, author: &str) -> Vec<Row> {
        let sql = "SELECT id, seq, at_unix_millis, installment, position, code, content, \
                   app_version, sitting, elapsed_millis, signature IS NOT NULL FROM event \
                   WHERE author = ?1 ORDER BY seq";
        let row = |row: &rusqlite::Row<'_>| {
            let installment: Option<u32> = row.get(3)?;
            Ok(Row {
                id: row.get(0)?,
                seq: row.get(1)?,
                at: row.get(2)?,
                slot: match installment {
                    Some(installment) => Some((installment, row.get(4)?, row.get(5)?)),
                    None => None,
                },
                content: row.get(6)?,
                app_version: row.get(7)?,
                sitting: row.get(8)?,
                elapsed: row.get(9)?,
                is_signed: row.get(10)?,
            })
        };
        let mut select = self.conn.prepare(sql).unwrap();
        select
            .query_map([author], row)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }
}

/// SQLite numbers events for ever; somebody who cuts a tail sets the count back.
const FORGET: &str = "UPDATE sqlite_sequence SET seq = (SELECT count(*) FROM event) \
                      WHERE name = 'event';";

struct Row {
    id: i64,
    seq: i64,
    at: i64,
    slot: Option<(u32, u32, String)>,
    content: String,
    app_version: String,
    sitting: String,
    elapsed: i64,
    is_signed: bool,
}

impl Row {
    fn hash(&self, author: &str, before: &Hash) -> Hash {
        let seq = self.seq.to_le_bytes();
        let at = self.at.to_le_bytes();
        let elapsed = self.elapsed.to_le_bytes();
        let numbers = self
            .slot
            .as_ref()
            .map(|(installment, position, _)| (installment.to_le_bytes(), position.to_le_bytes()));
        let slot: Vec<&[u8]> = match (&self.slot, &numbers) {
            (Some((.., code)), Some((installment, position))) => {
                vec![installment, position, code.as_bytes()]
            }
            _ => vec![b"no case"],
        };
        let head: [&[u8]; 4] = [before, author.as_bytes(), &seq, &at];
        let tail: [&[u8]; 4] = [
            self.content.as_bytes(),
            self.app_version.as_bytes(),
            self.sitting.as_bytes(),
            &elapsed,
        ];
        digest("cisterna event 2", &[&head[..], &slot, &tail].concat())
    }
}
