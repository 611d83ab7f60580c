//! What the threads reply.

use super::command::Purpose;
use super::overview::Overview;
use super::results::{SealedResults, StudyResults};
use crate::app::shell;
use crate::ledger::{Merged, Verified};
use std::path::PathBuf;

/// Where threads send their replies.
pub(super) type Outbox = shell::Outbox<Reply>;

/// What the threads reply.
pub(super) enum Reply {
    Overview(Box<Overview>),
    /// What came of what was asked of the ledger.
    Ledger(Answer),
    /// Why the study cannot be looked at just now; `None` when it can again.
    Trouble(Option<String>),
    /// Statistics are on the way.
    Computing,
    Computed(Result<Box<Results>, String>),
    /// Report or figure is written, or why not.
    Saved(Result<String, String>),
    /// What the desktop's dialog gave; none where it has no dialog or it was closed.
    Picked(Purpose, Option<Vec<PathBuf>>),
}

/// What came of something that was asked for.
pub(super) enum Answer {
    /// One for each package, in order: what came of it, or why it was refused.
    TakenIn(Vec<(PathBuf, Result<Merged, String>)>),
    Verified(Verified),
    /// The window may do now what only the coordinator may.
    SignedIn,
    /// Done, in words.
    Done(String),
    /// The key is open.
    Unsealed,
    /// Nothing was done, and why.
    Failed(String),
}

/// What is computed of a study.
pub(super) enum Results {
    /// Nobody has graded.
    NoGrades,
    Sealed(Box<SealedResults>),
    Study(Box<StudyResults>),
}

/// What was done, as it is listed.
pub(super) enum Note {
    Said(String),
    Refused(String),
    Verified(Verified),
}
