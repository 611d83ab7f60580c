//! What loses what was entered and is in no file, so that it is asked about first.

use super::mask::WantedMask;
use super::scan::Scan;
use super::session::{Restored, SessionFrom};
use crate::formats::PixelScaling;
use std::sync::Arc;

/// What loses what was entered and is not saved.
pub(super) enum Step {
    /// The window closes.
    CloseWindow,
    /// A scan is closed, where its file says.
    CloseScan(Arc<Scan>),
    /// Another volume of its file takes its place, or the same one scaled otherwise.
    OpenVolume(Arc<Scan>, usize, PixelScaling),
    /// Another mask is looked through.
    OpenMask(Box<WantedMask>),
    /// A session takes the place of all that is open, once its scans are opened.
    OpenSession(SessionFrom),
    /// Its scans are opened.
    TakeSession(Box<Restored>),
}

impl Step {
    /// What the buttons say that keep what was entered, and that go on.
    pub(super) fn words(&self) -> [&'static str; 2] {
        match self {
            Self::CloseWindow => ["Stay", "Close without saving"],
            Self::CloseScan(_) => ["Keep it open", "Close without saving"],
            Self::OpenVolume(..) | Self::OpenSession(_) | Self::TakeSession(_) => {
                ["Stay", "Go on without saving"]
            }
            Self::OpenMask(_) => ["Back to that mask", "Go on without saving"],
        }
    }
}

/// A step that was not taken yet, as something would be lost by it.
pub(super) struct AtRisk {
    /// What would be lost, in words.
    pub(super) what: Vec<String>,
    pub(super) step: Step,
}
