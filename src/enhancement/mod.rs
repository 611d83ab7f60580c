//! What an aligned series says: signal in units of fat, per cent change, concentration, regions,
//! curves, clearance.
//!
//! What it is: rules from scans that lie over each other to maps ([`Before`]), from maps and labels
//! to numbers of regions ([`Regions`], [`RegionStatistics`]), and from those to a curve over the
//! hours ([`CurveSummary`]). What it is not: it aligns nothing, finds no label, opens no file.
//!
//! Invariant: what cannot be said is NaN, `None` or an error, never a number. CSF has no per cent
//! change, because next to nothing is what would be divided by.
//!
#![doc = include_str!("measured.md")]

mod curve;
mod equation;
mod error;
mod freesurfer;
mod groups;
mod maps;
mod regions;
mod statistics;

pub use curve::{Clearance, CurveSummary, LEAST_AFTER_PEAK, nearest_to_24_h};
pub use equation::{KnownSequence, NoEquation, sequence_of};
pub use error::EnhancementError;
pub use freesurfer::{freesurfer_colour, freesurfer_name};
pub use groups::Group;
pub use maps::{
    Before, CSF_GAIN_OFF, CSF_OFF_MMOL_PER_L, CSF_OVER_FAT, ConcentrationMethod, FAT_T1_MS,
    LEAST_BEFORE, TISSUE_GAIN_OFF, TISSUE_OFF_MMOL_PER_L, assumptions, concentration_of_t1,
    t1_in_ms,
};
pub use regions::{LabelNames, LabelledRegion, Regions};
pub use statistics::{PERCENTILES, RegionStatistics, ValueStatistics, median};
