//! Tables and documents from studies and statistics.
//!
//! What it is: the place where grades (`study`) meet statistics (`stats`): which numbers a study, a leak
//! network's training and an evaluation report, and how they read.
//! What it is not: a statistic of its own; every number here was computed in `stats`.
//!
//! Invariant: window, command line, JSON and text all come from one [`Analysis`], in which the
//! reference arm has the name that the study gives it. Tables and figures are data (`table`,
//! `scene`) that is built once (`tables`, `plots`); page, CSV, text and window only draw it. Every
//! table names its axes, and counts stand beside shares.

mod agreement;
mod analysis;
pub(crate) mod collage;
mod detection;
mod document;
mod figures;
mod helvetica;
mod leak;
mod markup;
mod options;
mod paint;
mod pairs;
pub(crate) mod pdf;
pub(crate) mod plots;
mod same_grade;
pub(crate) mod scene;
mod study;
pub(crate) mod table;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use agreement::{Agreement, ByName};
pub use analysis::{Analysis, ArmAgreement, Comparison, NOTICE, RaterComparison, RaterCounts};
pub use detection::{ArmDifferences, Detection};
pub use document::{Cell, CellKind, EvaluationReport, REPORT_FILE, report_files, write_report};
pub use figures::{Figure, FigureError, ImageCell, assurance_figure, image_table, loss_curve};
pub use leak::{
    DecisionPoint, LeakAnalysis, LeakBands, LeakCaseRow, LeakReportData, LeakReportOptions,
    LearningPoint, MapPlane, Subgroup, leak_report_files, write_leak_report,
};
pub use options::AnalysisOptions;
pub use pairs::{AdjustedTest, PairOfReadings, PairsOfReadings, TwoReadings};
pub use plots::{
    CurvePoint, DrawnCurve, bar_figure, curve_figure, design_figure, line_figure, scatter_figure,
};
pub use same_grade::{AgainstReference, Bound, Headline, RaterShift};
pub use study::{
    AlphaKind, AlphaRow, ArmDifference, ArmMoves, Audit, BetweenArms, BetweenRaters, CaseTime,
    Choices, Disagreements, DisplayRow, Drift, DriftCell, DriftTest, KeyOpening, Moves, N_PARTS,
    RaterRepeats, RaterTiming, ReadingCounts, Repeats, ReportError, ReportOptions, RowCounts,
    Sittings, StudyAnalysis, StudyData,
};
pub(crate) use words::{assumed_line, capital, p_words};
