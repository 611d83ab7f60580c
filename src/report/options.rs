//! How a table of grades is analysed.

use crate::stats::{Bootstrap, Interval};

/// How to analyse.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisOptions {
    /// All levels of the scale, increasing, whether given or not (`Scale::numbers`). `None` takes
    /// the levels that occur, which is right for measurements only.
    pub levels: Option<Vec<f64>>,
    /// Which intervals.
    pub interval: Interval,
    /// Alpha's intervals from resampled units, in place of the usual ones.
    pub bootstrap: Option<Bootstrap>,
    /// For the resamples. The same seed gives the same report.
    pub seed: u64,
    /// The values are measurements, for which shares of equal ones say nothing.
    pub measured: bool,
    /// What was assumed of the input, in words; it is told first.
    pub assumed: Vec<String>,
}

impl Default for AnalysisOptions {
    fn default() -> Self {
        Self {
            levels: None,
            interval: Interval::default(),
            bootstrap: None,
            seed: 1,
            measured: false,
            assumed: Vec::new(),
        }
    }
}
