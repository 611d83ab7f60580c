//! What the report is made of.

/// What stands in the title of a report of simulated heads.
pub(super) const SIMULATED: &str = "simulated heads only";

/// A head of the fold that its network was kept from.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakCaseRow {
    /// Whose.
    pub subject: String,
    /// Counted from 1.
    pub fold: usize,
    /// The label.
    pub has_leak: bool,
    /// Before any temperature.
    pub log_odds: f64,
    /// By the temperature of the fold's inner split.
    pub probability: f64,
    /// Of a radiologist, in points.
    pub bern: Option<u8>,
    /// At the scan.
    pub age_years: Option<f64>,
    /// As the table has it.
    pub sex: Option<String>,
}

/// A network that learned from so many heads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearningPoint {
    /// Heads that it learned from.
    pub n: usize,
    /// Area on the fold that it was kept from.
    pub auroc: f64,
    /// Its interval.
    pub interval: Option<[f64; 2]>,
}

/// A sagittal plane of a scan and of the map over it, the upper row first.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPlane {
    /// Whose scan, and what the map is.
    pub words: String,
    /// Pixels across and down, and the size of one, mm.
    pub size: [usize; 2],
    /// See `size`.
    pub pixel_mm: [f64; 2],
    /// Of the scan, 0 to 1.
    pub scan: Vec<f32>,
    /// Of the map; not a number where there is none.
    pub map: Vec<f32>,
    /// Values of the map from which on its region is the strongest.
    pub strongest_from: f32,
}

/// All that the report says.
#[derive(Clone, Debug)]
pub struct LeakReportData {
    /// What the data set calls itself.
    pub data_set: String,
    /// Whether all heads are simulated.
    pub is_simulated: bool,
    /// Heads of all folds.
    pub cases: Vec<LeakCaseRow>,
    /// For each fold the area of the epoch that was best on the fold itself.
    pub optimistic: Vec<Option<f64>>,
    /// Networks that learned from fewer heads.
    pub learning: Vec<LearningPoint>,
    /// How the networks were made: what, and how.
    pub facts: Vec<(String, String)>,
    /// The cards of the networks, by their names.
    pub cards: Vec<(String, String)>,
    /// A map over its scan.
    pub map: Option<MapPlane>,
    /// What was assumed, and what the person should know.
    pub assumed: Vec<String>,
    /// The version of this program.
    pub app_version: String,
}

impl LeakReportData {
    /// What a fact is said to be.
    pub(super) fn fact(&self, name: &str) -> Option<String> {
        let found = self.facts.iter().find(|(what, _)| what == name);
        found.map(|(_, how)| how.clone())
    }

    /// What the report is called.
    pub(super) fn title(&self) -> String {
        match self.is_simulated {
            true => format!(
                "Leaks of CSF told by a network: {} ({SIMULATED})",
                self.data_set
            ),
            false => format!("Leaks of CSF told by a network: {}", self.data_set),
        }
    }
}

/// How it is analysed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakReportOptions {
    /// Draws of patients within folds.
    pub n_resamples: usize,
    /// Of all intervals.
    pub confidence: f64,
    /// Of the draws.
    pub seed: u64,
}
