//! Making a study file: filled, frozen and flushed before it has its name.

use std::{collections::BTreeSet, io, path::Path};

use rusqlite::{Connection, Transaction, params};

use super::{
    APPLICATION_ID, FREEZE, Ledger, LedgerError, SCHEMA, VERSION,
    chain::{self, EventRow, Hash, StudyRow},
    commit::{self, APP_VERSION},
    error::At,
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
        let instructions = serde_json::to_string(&protocol.instructions(&design.training));
        let head = StudyRow {
            instructions: instructions.map_err(|error| LedgerError::Content {
                reason: error.to_string(),
                path: path.to_path_buf(),
            })?,
            protocol_sha256: protocol.fingerprint(),
            created_unix_millis: now_unix_millis(),
            app_version: APP_VERSION.to_owned(),
        };
        write_study(path, &head, design, images, &[])?;
        Self::open(path)
    }

    /// Writes the part of one rater to a file of its own: what that rater is told, their worklist
    /// and its pictures, and what they have done so far. Nothing of any other rater, and nothing of
    /// the coordinator.
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`], and as [`Ledger::create`].
    pub fn package(&self, rater: &str, path: &Path) -> Result<(), LedgerError> {
        let design = self.design()?.of_rater(rater);
        let design = design.ok_or_else(|| LedgerError::UnknownRater(rater.to_owned()))?;
        let images: Result<Vec<_>, _> = design
            .codes
            .iter()
            .map(|code| self.case_image(code))
            .collect();
        let (head, _) = chain::study_row(&self.conn).at(&self.path)?;
        let events = chain::event_rows(&self.conn, Some(rater)).at(&self.path)?;
        write_study(path, &head, &design, &images?, &events)
    }
}

/// The study with its pictures and worklists as a new file, complete or not at all.
fn write_study(
    path: &Path,
    head: &StudyRow,
    design: &Design,
    images: &[CaseImage],
    events: &[(EventRow, Hash)],
) -> Result<(), LedgerError> {
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
    fill(&mut conn, design, images, head, events, path)?;
    conn.close().map_err(|(_, error)| error).at(path)?;
    temporary.as_file().sync_all().map_err(io_error)?;
    // Refuses where another process created the file in the meantime.
    temporary
        .persist_noclobber(path)
        .map_err(|failed| io_error(failed.error))?;
    files::sync_folder(folder);
    Ok(())
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
    head: &StudyRow,
    events: &[(EventRow, Hash)],
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
    // The worklists refer to raters, and a rater's hash covers the worklist.
    tx.pragma_update(None, "defer_foreign_keys", "ON")
        .at(path)?;
    for (seat, worklist) in (1_i64..).zip(&design.worklists) {
        insert_worklist(&tx, seat, worklist, head).at(path)?;
    }
    let sha256 = chain::study_hash(&tx, head).at(path)?;
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
    for (event, sha256) in events {
        commit::insert(&tx, event, sha256).at(path)?;
    }
    tx.execute_batch(FREEZE).at(path)?;
    tx.commit().at(path)
}

/// In the order of the codes, which is random: the place of a row in the file must not tell
/// what the order of the case list was.
fn insert_images(tx: &Transaction<'_>, images: &[CaseImage]) -> rusqlite::Result<()> {
    let mut images: Vec<&CaseImage> = images.iter().collect();
    images.sort_by(|a, b| a.code.cmp(&b.code));
    let mut insert = tx.prepare("INSERT INTO case_image VALUES (?1, ?2, ?3, ?4)")?;
    for image in images {
        let [axial, sagittal] = [&image.axial, &image.sagittal].map(|plane| to_bytes(plane));
        let sha256 = chain::picture_hash(image.code.as_str(), &axial, &sagittal);
        insert.execute(params![image.code.as_str(), sha256, axial, sagittal])?;
    }
    Ok(())
}

fn insert_worklist(
    tx: &Transaction<'_>,
    seat: i64,
    worklist: &Worklist,
    head: &StudyRow,
) -> rusqlite::Result<()> {
    let mut insert = tx.prepare("INSERT INTO worklist VALUES (?1, ?2, ?3, ?4)")?;
    for slot in worklist.slots() {
        insert.execute(params![
            worklist.rater,
            slot.installment,
            slot.position,
            slot.code.as_str()
        ])?;
    }
    let sha256 = chain::rater_hash(tx, head, &worklist.rater)?;
    tx.execute(
        "INSERT INTO rater VALUES (?1, ?2, ?3)",
        params![seat, worklist.rater, sha256],
    )?;
    Ok(())
}

fn to_bytes(values: &[u16]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}
