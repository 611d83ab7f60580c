//! What happens in a study, one after the other: the rows of its ledger.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DisplayTest, PublicKey, Signature, Slip, Slot};

/// Who makes, unseals and exports a study; no rater can have this name.
pub const KEEPER: &str = "";

/// One thing that happened. Never changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// A rater, or [`KEEPER`].
    pub author: String,
    /// Counted from 1 for each author.
    pub seq: i64,
    /// When, milliseconds since 1970 UTC.
    pub at_unix_millis: i64,
    /// At which case, where it is about one.
    pub slot: Option<Slot>,
    /// What.
    pub kind: EventKind,
    /// By which program.
    pub app_version: String,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// A case came on screen.
    Opened {},
    /// A case got its grade.
    Graded {
        /// The grade.
        grade: u8,
        /// How it came about.
        #[serde(flatten)]
        circumstances: Circumstances,
    },
    /// A case cannot be graded.
    Skipped {
        /// Why.
        reason: String,
        /// How that was found.
        #[serde(flatten)]
        circumstances: Circumstances,
    },
    /// An earlier verdict no longer stands.
    Corrected {
        /// [`Event::seq`] of the same rater's verdict that it replaces.
        replaces: i64,
        /// Why.
        reason: String,
        /// The new grade; none where the case cannot be graded after all.
        grade: Option<u8>,
        /// Why it cannot be graded, where it cannot.
        cannot_grade: Option<String>,
        /// How the new verdict came about.
        #[serde(flatten)]
        circumstances: Circumstances,
    },
    /// The pictures were hidden.
    Paused {
        /// Because nobody had touched keyboard or mouse for long.
        idle: bool,
    },
    /// The pictures are shown again.
    Resumed {},
    /// A rater looked at the test pattern before an installment. A second test replaces no first.
    DisplayTested {
        /// Which.
        installment: u32,
        /// What was answered.
        #[serde(flatten)]
        test: DisplayTest,
    },
    /// An installment begins before its washout has passed.
    BegunEarly {
        /// Which.
        installment: u32,
        /// Why.
        reason: String,
    },
    /// A rater took a release slip, which opens an installment.
    Unlocked {
        /// The slip.
        slip: Slip,
    },
    /// A rater signed an installment, which takes no more grades.
    Signed(Signature),
    /// The coordinator saw a rater's key for the first time; the rater has no other from then on.
    Pinned {
        /// Whose.
        rater: String,
        /// The key.
        public_key: PublicKey,
    },
    /// What a rater did in a file of their own was taken in.
    Merged {
        /// Who.
        rater: String,
        /// How many events were new.
        n_events: usize,
        /// How many events of the rater there are since.
        n_total: i64,
        /// The hash of the last of them, hexadecimal: the coordinator's signature covers it.
        sha256: String,
    },
    /// The coordinator gave a rater the key of a later installment.
    Released {
        /// To whom.
        rater: String,
        /// Which.
        installment: u32,
        /// Why before its washout had passed, where it had not.
        early: Option<String>,
    },
    /// Grades were written to a file of another format.
    Exported {
        /// What, in a word.
        what: String,
        /// Whether patients and arms stand in it.
        arms: bool,
    },
    /// The key was opened: from now on it is known which case is whose.
    Unsealed {
        /// Installments that were not signed, as `rater, installment n`.
        unsigned: Vec<String>,
        /// Why it was opened all the same, where there were any.
        reason: Option<String>,
    },
}

/// How a verdict came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circumstances {
    /// 1 (guess) to 5 (certain), where the protocol asks for it.
    pub confidence: Option<u8>,
    /// What else the rater wrote.
    pub comment: String,
    /// When the case came on screen, milliseconds since 1970 UTC.
    pub opened_unix_millis: i64,
    /// How long of the time since then the pictures were hidden.
    pub paused_millis: i64,
    /// How it was shown (window low and high and zoom of each plane).
    pub display: Value,
}

impl EventKind {
    /// `opened`, `graded`, `skipped`, ...: as in the ledger.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened {} => "opened",
            Self::Graded { .. } => "graded",
            Self::Skipped { .. } => "skipped",
            Self::Corrected { .. } => "corrected",
            Self::Paused { .. } => "paused",
            Self::Resumed {} => "resumed",
            Self::DisplayTested { .. } => "display_tested",
            Self::BegunEarly { .. } => "begun_early",
            Self::Unlocked { .. } => "unlocked",
            Self::Signed(_) => "signed",
            Self::Pinned { .. } => "pinned",
            Self::Merged { .. } => "merged",
            Self::Released { .. } => "released",
            Self::Exported { .. } => "exported",
            Self::Unsealed { .. } => "unsealed",
        }
    }

    /// The text that the ledger keeps.
    ///
    /// # Errors
    /// For what JSON cannot hold, which no event has.
    pub(crate) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}
