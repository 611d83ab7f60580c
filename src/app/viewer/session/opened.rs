//! A session as a job opens it and hands it over.

use super::file::{Session, SessionMask};
use crate::app::viewer::mask::WantedMask;
use crate::app::viewer::{Labels, Scan};
use crate::models::Model;
use crate::models::tracer::InputScan;
use crate::volume::Volume;
use std::path::PathBuf;
use std::sync::Arc;

/// Which session is to be opened.
#[derive(Clone)]
pub(in crate::app::viewer) enum SessionFrom {
    /// One that somebody saved.
    File(PathBuf),
    /// What was open when the program ended without being closed.
    Crash {
        /// By which it is known.
        id: String,
        session: Box<Session>,
        /// Where it lies.
        folder: PathBuf,
    },
}

/// A scan that was opened again.
pub(in crate::app::viewer) struct RestoredScan {
    pub(in crate::app::viewer) scan: Arc<Scan>,
    /// Its labels, where they are not those that its file alone gives it.
    pub(in crate::app::viewer) labels: Option<Arc<Labels>>,
    /// Whether it is another one than the session was saved with.
    pub(in crate::app::viewer) is_changed: bool,
}

/// A session whose scans were opened.
pub(in crate::app::viewer) struct Restored {
    pub(in crate::app::viewer) from: SessionFrom,
    pub(in crate::app::viewer) session: Session,
    /// The folder that its paths are seen from.
    pub(in crate::app::viewer) folder: PathBuf,
    /// As in the session; none where it cannot be opened.
    pub(in crate::app::viewer) scans: Vec<Option<RestoredScan>>,
    /// The networks that come with the program, and the one from a file.
    pub(in crate::app::viewer) models: Vec<Model>,
    /// What is not as it was, in words.
    pub(in crate::app::viewer) told: Vec<String>,
}

/// What jobs are to make anew of it.
pub(in crate::app::viewer) struct Again {
    pub(in crate::app::viewer) mask: Option<(WantedMask, SessionMask, PathBuf)>,
    pub(in crate::app::viewer) predictions: Vec<(Model, Vec<InputScan>)>,
    /// The real scan that predictions are set beside.
    pub(in crate::app::viewer) real: Option<(Volume, PathBuf)>,
    /// Scans of worksheets.
    pub(in crate::app::viewer) sheets: Vec<Arc<Scan>>,
    /// Whether regions are to be measured.
    pub(in crate::app::viewer) measure: bool,
    /// By which what was open before a crash is known.
    pub(in crate::app::viewer) crash: Option<String>,
    /// Whether all is as it was.
    pub(in crate::app::viewer) is_whole: bool,
}
