//! Making a study file: filled, frozen and flushed before it has its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use rusqlite::{Connection, Transaction, params};

use super::{
    APPLICATION_ID, FREEZE, Ledger, LedgerError,
    chain::{self, EventRow, Hash, StudyRow},
    error::AtPath,
    now_unix_millis, protect, query, schema, version, version_for,
    writing::{self, APP_VERSION},
};
use crate::study::{
    CaseImage, Coordinator, Design, InstallmentKey, LaterInstallments, Protocol, PublicKey, Slot,
    Worklist, files,
};

/// What a file is filled with.
struct StudyContent {
    /// Of the schema.
    version: i64,
    study: StudyRow,
    raters: Vec<RaterPart>,
    /// By code, in the order of the codes, which is random: the place of a row in the file must not
    /// tell what the order of the case list was.
    pictures: BTreeMap<String, Vec<u8>>,
    events: Vec<(EventRow, Hash)>,
    receipt: Option<String>,
}

struct RaterPart {
    name: String,
    public_key: Option<String>,
    /// Each place with the key of its picture, wrapped.
    slots: Vec<(Slot, Vec<u8>)>,
    openings: Vec<(u32, [u8; 32])>,
}

impl Ledger {
    /// Creates a study file and opens it as its coordinator. It appears under its name complete or
    /// not at all.
    ///
    /// `images` must hold exactly one picture for each case code of the design, in any order;
    /// `rater_keys` the keys of the raters who enrolled, by name. The coordinator must be kept
    /// ([`Coordinator::seal`]): without it the study cannot go on.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] when there is something at `path`; when pictures and codes do not
    /// go together; [`LedgerError::UnknownRater`] for a key of nobody; when the folder cannot be
    /// written to.
    pub fn create(
        path: &Path,
        design: &Design,
        images: &[CaseImage],
        protocol: &Protocol,
        coordinator: Coordinator,
        rater_keys: &BTreeMap<String, PublicKey>,
    ) -> Result<Self, LedgerError> {
        let is_rater = |name: &&String| protocol.raters.contains(name);
        if let Some(nobody) = rater_keys.keys().find(|name| !is_rater(name)) {
            return Err(LedgerError::UnknownRater(nobody.clone()));
        }
        check_pictures(design, images)?;
        let instructions = protocol.instructions(&design.training);
        let instructions_json = serde_json::to_string(&instructions);
        let study = StudyRow {
            instructions: instructions_json.map_err(|error| LedgerError::Content {
                reason: error.to_string(),
                path: path.to_path_buf(),
            })?,
            protocol_sha256: protocol.fingerprint(),
            created_unix_millis: now_unix_millis(),
            app_version: APP_VERSION.to_owned(),
            coordinator_key: coordinator.public_key().to_string(),
        };
        let mut pictures = BTreeMap::new();
        for image in images {
            pictures.insert(image.code.to_string(), coordinator.seal_image(image)?);
        }
        let part = |worklist: &Worklist| {
            let key = rater_keys.get(&worklist.rater);
            rater_part(worklist, key, instructions.later_installments, &coordinator)
        };
        let content = StudyContent {
            version: version_for(protocol),
            study,
            raters: design
                .worklists
                .iter()
                .map(part)
                .collect::<Result<_, _>>()?,
            pictures,
            events: Vec::new(),
            receipt: None,
        };
        write_study(path, &content)?;
        let mut ledger = Self::open(path)?;
        ledger.sign_in(coordinator)?;
        Ok(ledger)
    }

    /// Writes the part of one rater to a file of its own: what that rater is told, their worklist
    /// and its pictures, what they have done so far, and a receipt of the coordinator's chain.
    /// Nothing of any other rater.
    ///
    /// # Errors
    /// [`LedgerError::UnknownRater`], [`LedgerError::NeedsCoordinator`], and as
    /// [`Ledger::create`].
    pub fn package(&self, rater: &str, path: &Path) -> Result<(), LedgerError> {
        query::check_rater(&self.conn, rater, &self.path)?;
        // Raters are not told of one another.
        let receipt = self.receipt_of(&[rater.to_owned()], "package")?;
        let receipt = serde_json::to_string(&receipt).map_err(|error| LedgerError::Content {
            reason: error.to_string(),
            path: path.to_path_buf(),
        })?;
        let read = || -> rusqlite::Result<StudyContent> {
            let slots = query::slots_with_keys(&self.conn, rater)?;
            let mut pictures = BTreeMap::new();
            for (slot, _) in &slots {
                let sealed = query::sealed_picture(&self.conn, &slot.code)?;
                pictures.extend(sealed.map(|sealed| (slot.code.to_string(), sealed)));
            }
            Ok(StudyContent {
                version: version(&self.conn)?,
                study: chain::study_row(&self.conn)?.0,
                raters: vec![RaterPart {
                    name: rater.to_owned(),
                    public_key: query::stored_key(&self.conn, rater)?,
                    slots,
                    openings: query::openings(&self.conn, rater)?,
                }],
                pictures,
                events: chain::event_rows(&self.conn, Some(rater))?,
                receipt: Some(receipt),
            })
        };
        write_study(path, &read().at(&self.path)?)
    }
}

fn rater_part(
    worklist: &Worklist,
    key: Option<&PublicKey>,
    later: LaterInstallments,
    coordinator: &Coordinator,
) -> Result<RaterPart, LedgerError> {
    let rater = &worklist.rater;
    let slots = worklist.slots().map(|slot| {
        let wrapped = coordinator.wrap(rater, slot.installment, &slot.code)?;
        Ok((slot, wrapped))
    });
    let n_open = match later {
        LaterInstallments::Release => 1,
        LaterInstallments::Open => worklist.installments.len() as u32,
    };
    let key_of =
        |installment| -> InstallmentKey { coordinator.installment_key(rater, installment) };
    Ok(RaterPart {
        name: rater.clone(),
        public_key: key.map(ToString::to_string),
        slots: slots.collect::<Result<_, LedgerError>>()?,
        openings: (0..=n_open).map(|at| (at, *key_of(at).bytes())).collect(),
    })
}

/// The study with its pictures and worklists as a new file, complete or not at all.
fn write_study(path: &Path, content: &StudyContent) -> Result<(), LedgerError> {
    if path.symlink_metadata().is_ok() {
        return Err(LedgerError::Exists(path.to_path_buf()));
    }
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
    fill(&mut conn, content).at(path)?;
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

fn fill(conn: &mut Connection, content: &StudyContent) -> rusqlite::Result<()> {
    protect(conn)?;
    let tx = conn.transaction()?;
    // In the transaction: a pragma that writes the header is as atomic as any other write.
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", content.version)?;
    tx.execute_batch(&schema(content.version))?;
    let mut insert = tx.prepare("INSERT INTO case_image VALUES (?1, ?2, ?3)")?;
    for (code, sealed) in &content.pictures {
        insert.execute(params![code, chain::picture_hash(code, sealed), sealed])?;
    }
    drop(insert);
    for (seat, part) in (1_i64..).zip(&content.raters) {
        insert_rater(&tx, seat, part, &content.study)?;
    }
    let study = &content.study;
    tx.execute(
        "INSERT INTO study VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            study.instructions,
            study.protocol_sha256,
            study.created_unix_millis,
            study.app_version,
            study.coordinator_key,
            chain::study_hash(&tx, study)?
        ],
    )?;
    if let Some(receipt) = &content.receipt {
        tx.execute("INSERT INTO receipt VALUES (1, ?1)", [receipt])?;
    }
    for (event, sha256) in &content.events {
        writing::insert(&tx, event, sha256)?;
    }
    tx.execute_batch(FREEZE)?;
    tx.commit()
}

/// The worklist refers to the rater, whose hash covers the worklist.
fn insert_rater(
    tx: &Transaction<'_>,
    seat: i64,
    part: &RaterPart,
    study: &StudyRow,
) -> rusqlite::Result<()> {
    tx.pragma_update(None, "defer_foreign_keys", "ON")?;
    let mut insert = tx.prepare("INSERT INTO worklist VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (slot, wrapped) in &part.slots {
        insert.execute(params![
            part.name,
            slot.installment,
            slot.position,
            slot.code.as_str(),
            wrapped
        ])?;
    }
    let mut insert = tx.prepare("INSERT INTO opening VALUES (?1, ?2, ?3)")?;
    for (installment, key) in &part.openings {
        insert.execute(params![part.name, installment, key])?;
    }
    let key = part.public_key.as_deref();
    let sha256 = chain::rater_hash(tx, study, &part.name, key)?;
    tx.execute(
        "INSERT INTO rater VALUES (?1, ?2, ?3, ?4)",
        params![seat, part.name, key, sha256],
    )?;
    Ok(())
}
