//! What the coordinator can ask for.

use crate::app::shell::Commands;

/// What was asked for in one pass.
pub(super) type CoordinatorCommands = Commands<CoordinatorEdit, CoordinatorRequest>;

/// What a path is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Packages to take in.
    TakeIn,
    /// A new file for a rater.
    Package,
    /// A new file with the slip that opens a rater's next installment.
    Release,
    /// A folder for everything.
    Export,
    /// A folder for the report.
    Report,
    /// A new file for a figure of the report, by its name there.
    Figure(String),
    /// The key; its field stands among those for unsealing.
    Key,
}

/// What fills the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// How far the study is.
    Study,
    /// What the grades say.
    Statistics,
}

/// A change of what is shown.
#[derive(Clone, Debug)]
pub enum CoordinatorEdit {
    /// Show a page.
    Show(Page),
    /// Show the form for a path.
    Open(Purpose),
    /// Show the form for the key.
    OpenUnseal,
    /// Close the form that is open.
    Close,
}

/// Work that is asked for: of the ledger, the statistics or the desktop.
#[derive(Clone, Debug)]
pub enum CoordinatorRequest {
    /// Sign in with what is typed.
    SignIn,
    /// Check the whole file.
    Verify,
    /// Do what the open form is for.
    Submit(Purpose),
    /// Open the key with what is typed.
    Unseal,
    /// Ask the desktop for a dialog.
    Pick(Purpose),
}
