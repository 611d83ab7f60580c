//! How a check came out.

use serde::Serialize;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it has to be.
    Passed,
    /// Otherwise, or it could not be done although it has to be.
    Failed,
    /// It was not done here; why stands beside it.
    NotDone,
}

impl Verdict {
    /// Passed or failed.
    #[must_use]
    pub fn of(is_well: bool) -> Self {
        match is_well {
            true => Self::Passed,
            false => Self::Failed,
        }
    }

    /// Of several together: failed where one failed, passed where all passed.
    #[must_use]
    pub fn of_all(verdicts: &[Self]) -> Self {
        if verdicts.contains(&Self::Failed) {
            return Self::Failed;
        }
        match !verdicts.is_empty() && verdicts.iter().all(|one| *one == Self::Passed) {
            true => Self::Passed,
            false => Self::NotDone,
        }
    }

    /// As the page has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::NotDone => "not done",
        }
    }
}
