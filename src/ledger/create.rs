//! Making a study file: filled, frozen and flushed before it has its name.

use std::{collections::BTreeSet, io, path::Path};

use rusqlite::{Connection, Transaction, params};

use super::{
    APPLICATION_ID, FREEZE, Ledger, LedgerError, SCHEMA, VERSION, chain, error::At,
    now_unix_millis, protect,
};
use crate::study::{CaseImage, Design, Protocol, Worklist, files};

impl Ledger {
    /// Creates a study file and opens it. It appears under its name complete or not at all.
    ///
    /// `images` must hold exactly one picture for each case code of the design, in any order.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] when there is something at `path`; when pictures and codes do not
    /// go together; when the folder cannot be written to.
    pub fn create(
        path: &Path,
        design: &Design,
        images: &[CaseImage],
        protocol: &Protocol,
    ) -> Result<Self, LedgerError> {
        if path.symlink_metadata().is_ok() {
            return Err(LedgerError::Exists(path.to_path_buf()));
        }
        check_pictures(design, images)?;
        let io_error = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => LedgerError::Exists(path.to_path_buf()),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                LedgerError::ReadOnly(path.to_path_buf())
            }
            _ => LedgerError::Io {
                action: "create",
                source,
                path: path.to_path_buf(),
            },
        };
        let folder = files::folder_of(path);
        let temporary = files::new_beside(folder, files::Access::AsUsual).map_err(io_error)?;
        let mut conn = Connection::open(temporary.path()).at(path)?;
        fill(&mut conn, design, images, protocol, path)?;
        conn.close().map_err(|(_, error)| error).at(path)?;
        temporary.as_file().sync_all().map_err(io_error)?;
        // Refuses where another process created the file in the meantime.
        temporary
            .persist_noclobber(path)
            .map_err(|failed| io_error(failed.error))?;
        files::sync_folder(folder);
        Self::open(path)
    }
}

fn check_pictures(design: &Design, images: &[CaseImage]) -> Result<(), LedgerError> {
    let refuse = |problem: String| Err(LedgerError::Pictures(problem));
    let mut drawn = BTreeSet::new();
    for image in images {
        if design.codes.binary_search(&image.code).is_err() {
            return refuse(format!(
                "there is a picture for {}, which is no case",
                image.code
            ));
        }
        if !drawn.insert(&image.code) {
            return refuse(format!("there are two pictures for case {}", image.code));
        }
        if [&image.axial, &image.sagittal]
            .iter()
            .any(|plane| plane.len() != CaseImage::N_VALUES)
        {
            return refuse(format!(
                "the picture for case {} is not 256 x 256",
                image.code
            ));
        }
    }
    match design.codes.iter().find(|code| !drawn.contains(code)) {
        Some(code) => refuse(format!("there is no picture for case {code}")),
        None => Ok(()),
    }
}

fn fill(
    conn: &mut Connection,
    design: &Design,
    images: &[CaseImage],
    protocol: &Protocol,
    path: &Path,
) -> Result<(), LedgerError> {
    protect(conn).at(path)?;
    let tx = conn.transaction().at(path)?;
    // In the transaction: a pragma that writes the header is as atomic as any other write.
    tx.pragma_update(None, "application_id", APPLICATION_ID)
        .at(path)?;
    tx.pragma_update(None, "user_version", VERSION).at(path)?;
    tx.execute_batch(SCHEMA).at(path)?;
    insert_images(&tx, images).at(path)?;
    for (seat, worklist) in (1_i64..).zip(&design.worklists) {
        insert_worklist(&tx, seat, worklist).at(path)?;
    }
    let instructions = serde_json::to_string(&protocol.instructions())
        .map_err(|error| LedgerError::Pictures(format!("the protocol is not JSON: {error}")))?;
    let head = chain::StudyRow {
        instructions,
        protocol_sha256: protocol.fingerprint(),
        created_unix_millis: now_unix_millis(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let sha256 = chain::study_hash(&tx, &head).at(path)?;
    tx.execute(
        "INSERT INTO study VALUES (1, ?1, ?2, ?3, ?4, ?5)",
        params![
            head.instructions,
            head.protocol_sha256,
            head.created_unix_millis,
            head.app_version,
            sha256
        ],
    )
    .at(path)?;
    tx.execute_batch(FREEZE).at(path)?;
    tx.commit().at(path)
}

/// In the order of the codes, which is random: the place of a row in the file must not tell
/// what the order of the case list was.
fn insert_images(tx: &Transaction<'_>, images: &[CaseImage]) -> rusqlite::Result<()> {
    let mut images: Vec<&CaseImage> = images.iter().collect();
    images.sort_by(|a, b| a.code.cmp(&b.code));
    let mut insert = tx.prepare("INSERT INTO case_image VALUES (?1, ?2, ?3)")?;
    for image in images {
        insert.execute(params![
            image.code.as_str(),
            to_bytes(&image.axial),
            to_bytes(&image.sagittal)
        ])?;
    }
    Ok(())
}

fn insert_worklist(tx: &Transaction<'_>, seat: i64, worklist: &Worklist) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO rater VALUES (?1, ?2)",
        params![seat, worklist.rater],
    )?;
    let mut insert = tx.prepare("INSERT INTO worklist VALUES (?1, ?2, ?3, ?4)")?;
    for slot in worklist.slots() {
        insert.execute(params![
            worklist.rater,
            slot.installment,
            slot.position,
            slot.code.as_str()
        ])?;
    }
    Ok(())
}

fn to_bytes(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}
