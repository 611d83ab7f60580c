//! What the chosen scan's file says of itself. What may say who was scanned is opened only when it is asked
//! for, and forgotten as soon as another scan is chosen or the panel is closed.

use super::scan::Scan;
use crate::formats::FileHeader;
use std::sync::{Arc, Weak};

/// What was found in a file, and whether it is shown.
#[derive(Default)]
pub struct HeaderDesk {
    /// Whether the panel is there.
    pub open: bool,
    known: Option<KnownHeader>,
    /// Whose header a job looks at, and whether for all of it.
    asked: Option<(Weak<Scan>, bool)>,
}

/// The header of one scan's file.
pub struct KnownHeader {
    of: Weak<Scan>,
    /// What it says, or why nobody knows.
    pub header: Result<FileHeader, String>,
    /// Whether what may say who was scanned is there, too.
    pub is_whole: bool,
}

impl KnownHeader {
    pub(super) fn new(
        scan: &Arc<Scan>,
        header: Result<FileHeader, String>,
        is_whole: bool,
    ) -> Self {
        Self {
            of: Arc::downgrade(scan),
            header,
            is_whole,
        }
    }
}

impl HeaderDesk {
    /// What a scan's file says, once that was looked at.
    #[must_use]
    pub fn of(&self, scan: &Arc<Scan>) -> Option<&KnownHeader> {
        self.known.as_ref().filter(|known| is_of(&known.of, scan))
    }

    /// Shows the panel, or hides it.
    pub(super) fn show(&mut self, open: bool) {
        self.open = open;
        if !open {
            self.forget();
        }
    }

    /// Forgets what was found.
    pub(super) fn forget(&mut self) {
        self.known = None;
        self.asked = None;
    }

    /// Forgets what was found of another scan than the chosen one.
    pub(super) fn follow(&mut self, chosen: Option<&Arc<Scan>>) {
        let is_chosen = |of: &Weak<Scan>| chosen.is_some_and(|scan| is_of(of, scan));
        if self
            .known
            .as_ref()
            .is_some_and(|known| !is_chosen(&known.of))
        {
            self.known = None;
        }
        if self.asked.as_ref().is_some_and(|(of, _)| !is_chosen(of)) {
            self.asked = None;
        }
    }

    /// Whether a job is to look at a scan's file; then one is taken to run.
    pub(super) fn begins(&mut self, scan: &Arc<Scan>) -> bool {
        let mut asked = self.asked.iter();
        let is_asked = asked.any(|(of, _)| is_of(of, scan));
        if is_asked || self.of(scan).is_some() {
            return false;
        }
        self.asked = Some((Arc::downgrade(scan), false));
        true
    }

    /// Takes in what a job found, unless the panel was closed or another scan chosen meanwhile.
    pub(super) fn take(&mut self, found: KnownHeader) {
        let mut asked = self.asked.iter();
        let is_it = |(of, whole): &(Weak<Scan>, bool)| {
            Weak::ptr_eq(of, &found.of) && *whole == found.is_whole
        };
        if self.open && asked.any(is_it) {
            self.asked = None;
            self.known = Some(found);
        }
    }

    /// Takes down that all that a scan's file says is wanted.
    pub(super) fn ask(&mut self, scan: &Arc<Scan>) {
        self.asked = Some((Arc::downgrade(scan), true));
    }
}

fn is_of(of: &Weak<Scan>, scan: &Arc<Scan>) -> bool {
    std::ptr::eq(of.as_ptr(), Arc::as_ptr(scan))
}
