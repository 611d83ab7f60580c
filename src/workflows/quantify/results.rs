//! What comes of quantification.

use crate::enhancement::{ConcentrationMethod, CurveSummary, Group, RegionStatistics};
use crate::stats::Outcome;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Signal over that of orbital fat; a curve has the median.
    FatUnits,
    /// Change of signal against the scan before, %; a curve has that of the medians.
    PercentChange,
    /// Tracer, mmol per litre of voxel; a curve has the mean.
    Concentration,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FatUnits, Self::PercentChange, Self::Concentration];

    /// What a map is of whose sidecar has this unit.
    #[must_use]
    pub fn of_unit(unit: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.unit() == unit)
    }

    /// In tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FatUnits => "fat_units",
            Self::PercentChange => "percent_change",
            Self::Concentration => "concentration",
        }
    }

    /// Its unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::FatUnits => "signal of orbital fat",
            Self::PercentChange => "%",
            Self::Concentration => "mmol/l",
        }
    }

    /// What its curve follows, with the unit, beside an axis.
    #[must_use]
    pub fn axis(self) -> &'static str {
        match self {
            Self::FatUnits => "Median signal (orbital fat = 1)",
            Self::PercentChange => "Change of median signal (%)",
            Self::Concentration => "Mean concentration (mmol/l)",
        }
    }

    /// The value of a region that its curve follows.
    #[must_use]
    pub fn of_curve(self) -> &'static str {
        match self {
            Self::FatUnits => "median",
            Self::PercentChange => "ratio of medians",
            Self::Concentration => "mean",
        }
    }
}

/// A region, a group of regions, or all groups together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedRegion {
    /// Its name.
    pub region: String,
    /// Its number in the label map; `None` for several together.
    pub label: Option<u32>,
    /// Its group.
    pub group: Option<Group>,
}

/// One region in one scan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionValues {
    /// Which.
    #[serde(flatten)]
    pub of: NamedRegion,
    /// What.
    pub quantity: Quantity,
    /// Its voxels.
    pub statistics: RegionStatistics,
    /// Median signal over the median signal before.
    pub ratio_of_medians: Option<f64>,
    /// Median of the voxels' signals over their signals before.
    pub median_of_ratios: Option<f64>,
    /// Of concentrations by an equation: the means for a calibration that is off by as much as is to
    /// be expected.
    pub believed_mean: Option<[f64; 2]>,
    /// All tracer of the voxels that have a concentration, mmol.
    pub total_mmol: Option<f64>,
    /// Why something is not there.
    pub note: Option<String>,
}

/// A file that was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceFile {
    /// Where.
    pub path: PathBuf,
    /// Of its bytes; `None` for what is no single file.
    pub sha256: Option<String>,
    /// From the world as the file has it to where it was measured, RAS+ mm, four rows; `None` where
    /// that is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_from_file: Option<[[f64; 4]; 4]>,
}

/// One scan.
#[derive(Clone, Debug, Serialize)]
pub struct QuantifiedSession {
    /// Its label.
    pub session: String,
    /// After the injection, h; that before has 0 or less.
    pub hours: f64,
    /// The scan.
    pub file: SourceFile,
    /// Signal of orbital fat: mean and median.
    pub orbital_fat: [f32; 2],
    /// Regions, groups, and all of them.
    pub regions: Vec<RegionValues>,
}

/// What concentrations rest on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConcentrationBasis {
    /// How they were had; `None` where there are none.
    pub method: Option<ConcentrationMethod>,
    /// The sequence's parameters, in words.
    pub sequence: Option<String>,
    /// Why there are none.
    pub why_none: Option<String>,
    /// What was assumed.
    pub assumptions: Vec<String>,
}

/// A region over the hours.
#[derive(Clone, Debug, Serialize)]
pub struct RegionCurve {
    /// Which.
    #[serde(flatten)]
    pub of: NamedRegion,
    /// What.
    pub quantity: Quantity,
    /// Hours and value, the scan before first.
    pub points: Vec<[f64; 2]>,
    /// What it is told by; `None` where no later scan has a value.
    pub summary: Option<CurveSummary>,
}

/// Lateral ventricles over the subarachnoid space near 24 h.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RefluxRatio {
    /// The scan's hours.
    pub hours: f64,
    /// The region that is divided by.
    pub over: String,
    /// Of mean signals.
    pub of_signal: Option<f64>,
    /// Of mean concentrations.
    pub of_concentration: Option<f64>,
}

/// One patient's series.
#[derive(Clone, Debug, Serialize)]
pub struct QuantifiedPatient {
    /// What follows `sub-`.
    pub subject: String,
    /// `diagnosis` of `participants.tsv`.
    pub diagnosis: Option<String>,
    /// `reflux_grade` of `participants.tsv`.
    pub reflux_grade: Option<String>,
    /// The label map and the table of its names; without a table the numbers are FreeSurfer's.
    pub labels: Vec<SourceFile>,
    /// Maps of T1.
    pub t1_maps: Vec<SourceFile>,
    /// What concentrations rest on.
    pub concentration: ConcentrationBasis,
    /// The scans, that before first.
    pub sessions: Vec<QuantifiedSession>,
    /// Of each region and quantity.
    pub curves: Vec<RegionCurve>,
    /// Beside the grade.
    pub reflux_ratio: Option<RefluxRatio>,
}

/// A group of patients in an interval of hours.
#[derive(Clone, Debug, Serialize)]
pub struct CohortPoint {
    /// `diagnosis` of `participants.tsv`, or `all`.
    pub diagnosis: String,
    /// A group of regions.
    pub region: String,
    /// What.
    pub quantity: Quantity,
    /// In words, h.
    pub interval: String,
    /// Mean of the scans' hours.
    pub hours: f64,
    /// The mean over patients.
    pub mean: Outcome,
}

/// All that was measured, and how.
#[derive(Clone, Debug, Serialize)]
pub struct Quantified {
    /// What this is for.
    pub notice: &'static str,
    /// Of this program.
    pub version: &'static str,
    /// That scans were taken as they lie.
    pub registration: &'static str,
    /// Voxels by which regions were eroded.
    pub erode: usize,
    /// The value of fat that signals are divided by, and where it comes from.
    pub orbital_fat: String,
    /// l/mmol/s.
    pub relaxivity: f64,
    /// What was left out, or is not as it should be.
    pub remarks: Vec<String>,
    /// By subject.
    pub patients: Vec<QuantifiedPatient>,
    /// Of two patients or more.
    pub cohort: Vec<CohortPoint>,
}
