//! What there is to say of a machine.

use super::trials::{PictureTrial, PredictionTrial};
use crate::platform::{Fault, Machine};
use crate::render::AdapterFacts;
use serde::Serialize;

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Doctor {
    /// What the program is for.
    pub warning: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// Processor, memory, system.
    pub machine: Machine,
    /// Adapters that can draw.
    pub adapters: Vec<AdapterFacts>,
    /// A picture drawn twice, or why it was not.
    pub picture: Result<PictureTrial, String>,
    /// The screen.
    pub display: DisplayState,
    /// Where files go.
    pub folders: Vec<FolderFacts>,
    /// The networks that come along, or why they cannot be had.
    pub networks: Result<Vec<NetworkFacts>, String>,
    /// A prediction that was timed, or why there is none.
    pub prediction: Result<PredictionTrial, String>,
    /// Variables of the environment that are set and that change what is found here; not what they say.
    pub variables: Vec<&'static str>,
    /// Faults that were recorded on this machine: how many, and the newest.
    pub n_faults: usize,
    /// The newest of them.
    pub newest_fault: Option<Fault>,
    /// What is wrong, and what one should know.
    pub findings: Vec<Finding>,
}

/// The screen, by a window that was opened for a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisplayState {
    /// There is none: neither a session of X11 nor of Wayland.
    None,
    /// Nobody asked.
    NotAsked,
    /// A window was drawn.
    Seen(DisplayFacts),
    /// There should be one, and no window could be opened.
    Failed(String),
}

/// What a window lies on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DisplayFacts {
    /// Width and height of the screen, where the desktop says.
    pub screen_pixels: Option<[u32; 2]>,
    /// Pixels of the screen for one of the window's units, where the desktop says.
    pub scale: Option<f32>,
    /// The adapter that the window is drawn by.
    pub adapter: String,
}

/// A folder, and whether the program may write there.
#[derive(Clone, Debug, Serialize)]
pub struct FolderFacts {
    /// What it is for.
    pub of: &'static str,
    /// Where it lies, below `~`; none where that says nothing.
    pub place: Option<String>,
    /// Why nothing can be written there, if so.
    pub refused: Option<String>,
    /// Whether the program cannot do without.
    pub is_needed: bool,
}

/// A network that comes along.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkFacts {
    /// Its name.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: Option<String>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Whether something does not work.
    pub severity: Severity,
    /// What, and what would help.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A part of the program does not work, or not right.
    Wrong,
    /// It works, and one should know.
    Remark,
}

impl Doctor {
    /// How many things are wrong.
    #[must_use]
    pub fn n_wrong(&self) -> usize {
        let is_wrong = |finding: &&Finding| finding.severity == Severity::Wrong;
        self.findings.iter().filter(is_wrong).count()
    }
}
