//! Where the viewer keeps what stays when it is closed.

use crate::platform::{settings_folder, state_folder};
use std::path::PathBuf;
use std::time::Duration;

/// What is open changes often, and a few seconds of it are soon done again.
const EVERY: Duration = Duration::from_secs(4);

/// The folders in which the viewer keeps what stays when it is closed; none where nothing is kept.
#[derive(Clone, Debug, Default)]
pub struct KeptPlaces {
    /// For settings.
    pub settings: Option<PathBuf>,
    /// For what was opened and what is open.
    pub state: Option<PathBuf>,
    /// What is open is written once in so long at most.
    pub every: Duration,
}

impl KeptPlaces {
    /// Those of the user, as far as the system has such.
    #[must_use]
    pub fn of_user() -> Self {
        Self {
            settings: settings_folder(),
            state: state_folder(),
            every: EVERY,
        }
    }
}
