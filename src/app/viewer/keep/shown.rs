//! What the desk knows of what is kept.

use super::recent::{Recent, moment};
use crate::app::settings::Settings;
use crate::app::viewer::session::Session;
use std::path::PathBuf;

/// What is kept in the user's folders, as far as the window shows it.
#[derive(Default)]
pub struct KeptDesk {
    /// Choices of the whole window.
    pub settings: Settings,
    /// Whether their panel is there.
    pub settings_open: bool,
    /// Whether there is a place where they stay.
    pub has_places: bool,
    /// What was opened, the newest first.
    pub recent: Vec<Recent>,
    /// Whether that list is there.
    pub recent_open: bool,
    /// Whether it says paths, which may say who was scanned.
    pub shows_paths: bool,
    /// What was open when programs ended without being closed.
    pub offers: Vec<Offer>,
    /// The file that the session was opened from or saved in last.
    pub session_file: Option<PathBuf>,
}

impl KeptDesk {
    /// Hides the list of what was opened; paths are never left standing.
    pub(in crate::app::viewer) fn close_recent(&mut self) {
        self.recent_open = false;
        self.shows_paths = false;
    }
}

/// What was open when a program ended without being closed.
#[derive(Clone, Debug)]
pub struct Offer {
    /// By which it is known.
    pub(in crate::app::viewer) id: String,
    pub(in crate::app::viewer) session: Box<Session>,
    /// Where it lies.
    pub(in crate::app::viewer) folder: PathBuf,
}

impl Offer {
    /// How much it is, until when, and what of it is in no file; no name stands in it.
    #[must_use]
    pub fn line(&self) -> String {
        let session = &self.session;
        let scans = match session.scans.len() {
            1 => "1 scan".to_owned(),
            n => format!("{n} scans"),
        };
        let mask = session.mask.as_ref();
        let mask = mask.filter(|mask| mask.changed && mask.saved.is_none());
        let mask = mask.map(|_| ", with changes of a mask that are in no other file");
        let mut sheets = session.worksheets.all.iter();
        let is_entered = sheets.any(|sheet| {
            let lengths = sheet.lengths.iter().flatten().count();
            sheet.saved.is_none() && lengths + sheet.signs.iter().flatten().count() > 0
        });
        let sheet = is_entered.then_some(", with a worksheet that is in no other file");
        format!(
            "{scans}, {}{}{}",
            moment(&session.saved_at),
            mask.unwrap_or_default(),
            sheet.unwrap_or_default()
        )
    }
}

/// What the thread says that keeps all of it.
pub(in crate::app::viewer) enum Told {
    /// What was opened, the newest first.
    Recent(Vec<Recent>),
    /// What was open when programs ended without being closed.
    Offers(Vec<Offer>),
    /// What could not be kept; once.
    Trouble(String),
}
