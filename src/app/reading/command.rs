//! What a rater can ask for, besides grading the case on screen.

use crate::app::shell::Commands;
use crate::ledger::Signing;
use crate::study::{Passphrase, Slot};
use std::path::PathBuf;

/// What was asked for in one pass.
pub(super) type ReadingCommands = Commands<ReadingEdit, ReadingRequest>;

/// A change of what is shown.
pub enum ReadingEdit {
    /// Show what each grade means, or hide it.
    Definitions(bool),
}

/// Work that is asked for of the study's file, and what is noted there.
pub enum ReadingRequest {
    /// Store the verdict or the correction that is chosen.
    Store,
    /// Show the case before.
    GoBack,
    /// Show a case of the installment that is complete, to correct its grade.
    Correct(Slot),
    /// Leave an earlier verdict as it is.
    LeaveAsItIs,
    /// Go on after the study's view of a training case was shown.
    EndLesson,
    /// Hide the pictures; the time does not count.
    Pause,
    /// Show them again.
    Resume,
    /// Begin the first case, or the next installment.
    Begin,
    /// Store what was answered to the test pattern.
    StoreDisplayTest,
    /// Show the pattern again; what was stored stays.
    TestDisplayAgain,
    /// Go on to the first case, whatever the display showed.
    EndDisplayTest,
    /// Begin it before its washout has passed, with the reason.
    BeginEarly(String),
    /// Open it with the release slip in this file.
    Unlock(PathBuf),
    /// Sign the installment that is complete, or one before it that was left unsigned.
    Sign(Signing, Passphrase),
}
