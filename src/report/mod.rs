//! Tables and documents from studies and statistics.
//!
//! What it is: the place where grades (`study`) meet statistics (`stats`): which numbers a study
//! reports, and how they read.
//! What it is not: a statistic of its own; every number here was computed in `stats`.
//!
//! Invariant: window, command line, JSON and text all come from one [`Analysis`]. Every table
//! names its axes, and counts stand beside shares.

mod agreement;
mod analysis;
mod detection;
mod document;
mod figures;
mod pairs;
mod same_grade;
mod study;
#[cfg(test)]
mod tests;
mod text;

pub use agreement::{Agreement, ByName};
pub use analysis::{
    Analysis, AnalysisOptions, ArmAgreement, Comparison, NOTICE, RaterComparison, RaterCounts,
};
pub use detection::{ArmDifferences, Detection};
pub(crate) use document::capital;
pub use document::{REPORT_FILE, design_figure, report_files, write_report};
pub use figures::{Figure, FigureError, ImageCell, assurance_figure, image_table, loss_curve};
pub use pairs::{Adjusted, PairOfReadings, PairsOfReadings, TwoReadings};
pub use same_grade::{AgainstReference, Bound, Headline, RaterShift};
pub use study::{
    AlphaKind, AlphaRow, ArmDifference, ArmMoves, Audit, BetweenArms, BetweenRaters, Choices,
    Disagreements, Drift, DriftCell, DriftTest, Look, Moves, N_PARTS, RaterRepeats, RaterTiming,
    ReadingCounts, Repeats, ReportError, ReportOptions, RowCounts, Sittings, StudyAnalysis,
    StudyData, Unsealing,
};
pub(crate) use text::{assumed_line, p_words};
