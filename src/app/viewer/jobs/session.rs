//! Sessions: written, opened with their scans, and what is made anew of them.

use super::mask::opened_again;
use super::open::{NotOpened, Opener, Wanted, WantedLabels, labels_of};
use super::{Message, ViewerJobs};
use crate::app::viewer::session::{
    Again, Draft, Hashes, Restored, RestoredScan, Session, SessionFrom, SessionScan, SessionSource,
    resolved,
};
use crate::app::viewer::{Labels, Scan};
use crate::formats::{bids, catalogue};
use crate::models::{Model, file_sha256};
use crate::workflows::{ToldBy, scan_sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl ViewerJobs {
    /// Writes a session, over a file that is there only where that is this session's own.
    pub(in crate::app::viewer) fn save_session(&self, draft: Draft, path: PathBuf, is_own: bool) {
        self.running.spawn("session", move |job| {
            job.say("Saving the session", 0.3);
            job.send(match saved(&draft, &path, is_own) {
                Ok(()) => Message::SessionSaved(path, draft.not_kept().to_vec()),
                Err(why) => Message::Failed(why),
            });
        });
    }

    /// Opens the scans of a session. They are handed over together, so that the desk is as it was until then.
    pub(in crate::app::viewer) fn open_session(&self, from: SessionFrom) {
        self.spawn_opener("session", move |opener| {
            opener.job.say("Opening the session", 0.0);
            let opened = opened(opener, from);
            opener.job.send(match opened {
                Ok(restored) => Message::SessionOpened(Box::new(restored)),
                Err(NotOpened::Cancelled) => Message::SessionNotOpened(None),
                Err(NotOpened::Why(why)) => Message::SessionNotOpened(Some(why)),
            });
        });
    }

    /// Makes anew what a session does not hold: its mask and its predictions.
    pub(in crate::app::viewer) fn make_again(&self, again: Again) {
        let Again {
            mask,
            predictions,
            real,
            sheets,
            measure: _,
            crash,
            is_whole,
        } = again;
        for scan in sheets {
            self.examine(scan);
        }
        let (graphics, compute) = (self.graphics.clone(), self.compute.clone());
        self.running.spawn("session", move |job| {
            let mut is_whole = is_whole;
            if let Some((wanted, kept, folder)) = mask {
                job.say("Measuring the clusters", 0.2);
                match opened_again(&graphics, &wanted, kept, &folder) {
                    Ok(mask) => job.send(Message::MaskAgain(Box::new(mask))),
                    Err(why) => {
                        is_whole = false;
                        job.send(Message::Failed(why));
                    }
                }
            }
            for (model, scans) in predictions {
                let shown = super::predicted(job, &graphics, &compute, &model, scans, real.clone());
                match shown {
                    Ok(Some(shown)) => job.send(Message::PredictedAgain(Arc::new(shown))),
                    Ok(None) => is_whole = false,
                    Err(why) => {
                        is_whole = false;
                        job.send(Message::Failed(why));
                    }
                }
            }
            job.send(Message::SessionDone { crash, is_whole });
        });
    }
}

fn saved(draft: &Draft, path: &Path, is_own: bool) -> Result<(), String> {
    if path.exists() && !is_own {
        return Err(format!(
            "there is such a file already, which is not overwritten: {}",
            path.display()
        ));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("cannot make the folder: {error}: {}", folder.display()))?;
    let session = draft.finished(Some(folder), &mut Hashes::default())?;
    let text = session.to_json().map_err(|error| error.to_string())?;
    bids::write_text(path, &text).map_err(|error| error.to_string())
}

fn opened(opener: &Opener<'_>, from: SessionFrom) -> Result<Restored, NotOpened> {
    let (session, folder) = match &from {
        SessionFrom::File(path) => {
            let session = Session::open(path).map_err(NotOpened::Why)?;
            let folder = path.parent().map(Path::to_owned);
            (session, folder.unwrap_or_default())
        }
        SessionFrom::Crash {
            session, folder, ..
        } => (Session::clone(session), folder.clone()),
    };
    let folder = match folder.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => folder,
    };
    let mut told = Vec::new();
    let mut scans = Vec::new();
    for kept in &session.scans {
        let scan = match opened_scan(opener, kept, &folder, &mut told) {
            Ok(scan) => Some(scan),
            Err(NotOpened::Cancelled) => return Err(NotOpened::Cancelled),
            Err(NotOpened::Why(why)) => {
                told.push(format!("{} is not open: {why}", kept.source.name()));
                None
            }
        };
        scans.push(scan);
    }
    let mut models = Model::embedded().map_err(|error| NotOpened::Why(error.to_string()))?;
    if let Some(file) = &session.network.file {
        models.extend(opened_network(file, &folder, &mut told));
    }
    Ok(Restored {
        from,
        session,
        folder,
        scans,
        models,
        told,
    })
}

fn opened_scan(
    opener: &Opener<'_>,
    kept: &SessionScan,
    folder: &Path,
    told: &mut Vec<String>,
) -> Result<RestoredScan, NotOpened> {
    let paths = kept.source.paths.iter();
    let paths: Vec<PathBuf> = paths.map(|path| resolved(path, folder)).collect();
    let looking = |share: f32| opener.job.goes_on("Looking at the files", share);
    let mut found = catalogue(&paths, &looking)?;
    if let Some(failure) = found.failures.pop() {
        return Err(failure.into());
    }
    let [entry] = &found.entries[..] else {
        let n = found.entries.len();
        return Err(NotOpened::Why(format!("there are {n} scans in its place")));
    };
    let wanted = Wanted {
        name: entry.name.clone(),
        place: Some(entry.place.clone()),
        volume_idx: kept.volume,
        scaling: kept.scaling,
        hours: entry.info.hours_after_injection,
        warnings: entry.info.warnings.clone(),
        replaces: None,
    };
    let mut scan = opener.opened(&entry.place, wanted)?;
    let file = entry.place.file();
    let sha256 = scan_sha256(file.as_deref(), &scan.volume);
    let sha256 = sha256.map_err(|error| NotOpened::Why(format!("{error:#}")))?;
    let is_changed = sha256 != kept.source.sha256;
    if is_changed {
        told.push(format!(
            "{} is another scan than the session was saved with: its SHA-256 differs; it lies where its \
             file says",
            scan.name
        ));
        let mut remarks = scan.remarks.clone();
        remarks
            .push("Another scan than the session was saved with: its SHA-256 differs".to_owned());
        scan = Arc::new(Scan {
            remarks,
            ..Scan::clone(&scan)
        });
    }
    let labels = labels_again(opener, &scan, kept, folder, told);
    Ok(RestoredScan {
        scan,
        labels,
        is_changed,
    })
}

/// The labels of a scan, where they are named by a table that its file alone does not lead to, or where
/// somebody said that it has some.
fn labels_again(
    opener: &Opener<'_>,
    scan: &Scan,
    kept: &SessionScan,
    folder: &Path,
    told: &mut Vec<String>,
) -> Option<Arc<Labels>> {
    let place = scan.place.as_ref()?;
    let table = kept.label_table.as_ref();
    let table = table.and_then(|table| known_file("The table of labels", table, folder, told));
    let own = scan.labels.as_ref();
    let named_by = own.and_then(|labels| labels.scheme.table.as_deref());
    let is_same = |path: &Path| named_by.is_some_and(|own| is_one_file(own, path));
    let is_wanted = match &table {
        Some(table) => !is_same(table),
        None => kept.is_labels && own.is_none(),
    };
    if !is_wanted {
        return None;
    }
    let wanted = WantedLabels {
        place,
        volume_idx: scan.volume_idx,
        volume: &scan.volume,
        table: table.as_deref(),
    };
    let told_by = own.map_or(ToldBy::Choice, |labels| labels.told_by);
    match labels_of(opener.job, opener.graphics, &wanted, told_by) {
        Ok(labels) => Some(Arc::new(labels)),
        Err(why) => {
            told.push(format!("{}: {why}", scan.name));
            None
        }
    }
}

fn is_one_file(one: &Path, other: &Path) -> bool {
    let [one, other] = [one, other].map(|path| path.canonicalize().ok());
    one.is_some() && one == other
}

/// A file that a session names, where it is there; what is not as it was is told.
fn known_file(
    what: &str,
    source: &SessionSource,
    folder: &Path,
    told: &mut Vec<String>,
) -> Option<PathBuf> {
    let path = resolved(source.paths.first()?, folder);
    match file_sha256(&path) {
        None => {
            told.push(format!("{what} is not there: {}", path.display()));
            None
        }
        Some(sha256) if sha256 == source.sha256 => Some(path),
        Some(_) => {
            told.push(format!(
                "{what} is another file than the session was saved with, as its SHA-256 differs: {}",
                path.display()
            ));
            Some(path)
        }
    }
}

fn opened_network(source: &SessionSource, folder: &Path, told: &mut Vec<String>) -> Option<Model> {
    let path = known_file("The network", source, folder, told)?;
    match Model::find(&path.to_string_lossy()) {
        Ok(model) => Some(model),
        Err(error) => {
            told.push(error.to_string());
            None
        }
    }
}
