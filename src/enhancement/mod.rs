//! What an aligned series says: signal in units of fat, per cent change, concentration, regions,
//! curves, clearance.
//!
//! What it is: rules from scans that lie over each other to maps ([`Before`]), from maps and labels
//! to numbers of regions ([`Regions`], [`RegionStatistics`]), and from those to a curve over the
//! hours ([`CurveSummary`]). What it is not: it aligns nothing, finds no label, opens no file.
//!
//! Invariant: what cannot be said is NaN, `None` or an error, never a number. CSF has no per cent
//! change, because next to nothing is what would be divided by.

mod curve;
mod equation;
mod groups;
mod maps;
mod regions;
mod statistics;

pub use curve::{Clearance, CurveSummary, LEAST_AFTER_PEAK, nearest_to_24_h};
pub use equation::{KnownSequence, NoEquation, sequence_of};
pub use groups::Group;
pub use maps::{
    Before, CSF_OVER_FAT, ConcentrationMethod, FAT_T1_MS, LEAST_BEFORE, assumptions,
    concentration_of_t1, t1_in_ms,
};
pub use regions::{LabelNames, LabelledRegion, Regions};
pub use statistics::{PERCENTILES, RegionStatistics, ValueStatistics, median};

/// Why a series says nothing.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnhancementError {
    /// A label map that is none, or lies elsewhere.
    #[error("not a label map of this series: {0}")]
    NoLabels(String),
    /// A map of T1 in a unit that is no time.
    #[error("Units of the map of T1 are {0:?}, where s or ms is wanted")]
    T1Units(String),
    /// A map of T1 with nothing in it.
    #[error("the map of T1 has no value above 0")]
    EmptyT1,
}
