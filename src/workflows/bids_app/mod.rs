//! A cohort on an engine that starts one command for each patient, by the convention of BIDS Apps:
//! participants one at a time, and a group level that joins their tables.
//!
//! A participant's work sees that participant alone, so that a data set of a hundred thousand costs it no
//! more than one of ten: of the data set's own folders only the names are listed. What a participant gets
//! appears under its name whole or not at all.

mod group;
mod request;
mod tasks;
mod view;

pub use group::{JoinedTable, bids_group};
pub use request::{BidsAppRequest, BidsTask};
pub use view::is_bids_label;

use super::examine::Outcome;
use super::notice::{Notify, remark, working};
use crate::formats::bids::{DatasetDescription, data_set_name, write_json};
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use request::data_set_of;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use view::View;

/// What became of a participant.
#[derive(Clone, Debug, Serialize)]
pub struct BidsParticipant {
    /// What follows `sub-`.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a participant's results came from; beside them, and by it a second run knows them.
#[derive(Serialize, Deserialize, PartialEq)]
struct Came {
    version: String,
    task: String,
    model: Option<String>,
    model_sha256: Option<String>,
    labels: Option<String>,
    /// Files of the participant with their SHA-256.
    files: Vec<(String, String)>,
}

/// Work under way, and locks, below the folder of results.
const UNDER_WAY: &str = ".cisterna";

/// Does a task for each participant; one that fails costs no other. What is there already, of the same scans
/// and settings, is left, so that the same command goes on.
///
/// # Errors
/// When the data set is none, when the folder of results holds something else or cannot be written, and
/// when `notify` answers to stop.
pub fn bids_participants(
    request: &BidsAppRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<BidsParticipant>> {
    let data = request.data.canonicalize();
    let data = data.with_context(|| format!("cannot be opened: {}", request.data.display()))?;
    let subjects = match request.participants {
        [] => view::participants_of(&data)?,
        named => named.to_vec(),
    };
    begin(request)?;
    let n = subjects.len();
    let mut done = Vec::with_capacity(n);
    for (at, subject) in subjects.into_iter().enumerate() {
        let what = format!("sub-{subject}, {} of {n}", at + 1);
        if working(notify, &what, at as f64 / n as f64).is_break() {
            bail!("stopped after {at} of {n} participants; the same command goes on from there");
        }
        let outcome = match participant(request, &data, &subject, notify) {
            Ok(outcome) => outcome,
            Err(why) => {
                remark(notify, format!("sub-{subject} failed: {why:#}"));
                Outcome::Failed(format!("{why:#}"))
            }
        };
        done.push(BidsParticipant { subject, outcome });
    }
    Ok(done)
}

/// The folder of results, which is new, or of the same task. Several commands may begin it at once.
fn begin(request: &BidsAppRequest<'_>) -> anyhow::Result<()> {
    let (root, name) = (request.output, data_set_of(request.task.name()));
    // Listed before the name is asked for, which another command may write meanwhile. What is hidden is work
    // under way, or a file that is being written.
    let entries = root.read_dir().into_iter().flatten().flatten();
    let holds_some = entries
        .map(|entry| entry.file_name())
        .any(|name| !name.to_string_lossy().starts_with('.'));
    let is_other = match data_set_name(root) {
        Some(there) => there != name,
        None => holds_some,
    };
    if is_other {
        bail!(
            "the folder is not empty and holds something else than {name:?}: {}",
            root.display()
        );
    }
    let how = "Research use only, not a medical device.".to_owned();
    let described = DatasetDescription::new(name, "derivative", how).with_license("n/a");
    Ok(described.write(root)?)
}

fn participant(
    request: &BidsAppRequest<'_>,
    data: &Path,
    subject: &str,
    notify: Notify<'_>,
) -> anyhow::Result<Outcome> {
    let folder = request.output.join(format!("sub-{subject}"));
    let record = folder.join(format!("sub-{subject}_cisterna.json"));
    let lock = Lock::of(request.output, subject)?;
    let stage = tempfile::Builder::new()
        .prefix(&format!("sub-{subject}-"))
        .tempdir_in(&lock.folder)
        .with_context(|| format!("cannot write: {}", lock.folder.display()))?;
    let view = View::of(data, subject, request.labels, &stage.path().join("view"))?;
    for text in &view.remarks {
        remark(notify, format!("sub-{subject}: {text}"));
    }
    let model = request.task.model();
    let came = Came {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        task: request.task.name().to_owned(),
        model: model.map(|model| model.card.name.clone()),
        model_sha256: model.and_then(crate::models::Model::sha256),
        labels: request.labels.map(str::to_owned),
        files: view.files()?,
    };
    if folder.exists() {
        let text = text::open(&record, Limit::Table).ok();
        let there: Option<Came> = text.and_then(|text| serde_json::from_str(&text).ok());
        match there == Some(came) {
            true => {
                drop(stage);
                lock.finished();
                return Ok(Outcome::Kept);
            }
            false => bail!(
                "what lies there was made of other files, by another version or with other settings, \
                 and is not overwritten: {}",
                folder.display()
            ),
        }
    }
    let made = stage.path().join("made");
    tasks::run(request, subject, &view, &made, notify)?;
    view.settle(&made, subject)?;
    let whole = stage.path().join("whole");
    hoist(&made, &whole, subject)?;
    write_json(&whole.join(record.file_name().unwrap_or_default()), &came)?;
    std::fs::rename(&whole, &folder)
        .with_context(|| format!("cannot write: {}", folder.display()))?;
    drop(stage);
    lock.finished();
    Ok(Outcome::Done)
}

/// What a workflow wrote of one patient into a folder `sub-*` of its own lies in the participant's folder,
/// beside what it wrote of the whole; its log, which has the time in it, is left out.
fn hoist(made: &Path, whole: &Path, subject: &str) -> anyhow::Result<()> {
    const LOG: &str = "examination.jsonl";
    let own = made.join(format!("sub-{subject}"));
    match own.is_dir() {
        true => std::fs::rename(&own, whole)?,
        false => std::fs::create_dir_all(whole)?,
    }
    for entry in std::fs::read_dir(made)? {
        let entry = entry?;
        if entry.file_name() != LOG {
            std::fs::rename(entry.path(), whole.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Keeps a second command from the same participant. A command that was killed leaves what it had begun,
/// which goes when the next one takes its place.
struct Lock {
    file: File,
    path: PathBuf,
    folder: PathBuf,
}

impl Lock {
    fn of(output: &Path, subject: &str) -> anyhow::Result<Self> {
        let folder = output.join(UNDER_WAY);
        let path = folder.join(format!("sub-{subject}.lock"));
        let cannot = || format!("cannot write: {}", path.display());
        std::fs::create_dir_all(&folder).with_context(cannot)?;
        let file = File::create(&path).with_context(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another command is at work on sub-{subject}"),
            Err(TryLockError::Error(why)) => return Err(why).with_context(cannot),
        }
        for entry in folder.read_dir().with_context(cannot)?.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&format!("sub-{subject}-")) {
                std::fs::remove_dir_all(entry.path()).with_context(cannot)?;
            }
        }
        Ok(Self { file, path, folder })
    }

    /// A lock that stays behind does no harm.
    fn finished(self) {
        let _ = std::fs::remove_file(&self.path);
        drop(self.file);
    }
}
