//! The grade of ventricular reflux that an axial plane of 24 h shows, by a written rule.
//!
//! Grades are those of Eide and others (2020, 2021). A plane of 24 h alone can show three of them: 0, the
//! lateral ventricles are not enriched; 3, they are, but less than the subarachnoid space; 4, as much.
//! (1 and 2 are of what came and went before.) Where readers look at brightness, the rule compares
//! three regions of the plane, so that it depends on no unit of the signal: the lateral ventricles, the
//! subarachnoid space and white matter. Whether the ventricles are enriched is told by medians, which a
//! plexus or a vessel does not move; whether they are isointense by means, as the true grade of simulated
//! heads is. The regions come from a label map
//! or from the scan before ([`super::plane_regions()`]).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Pixels of the regions of an axial plane, as indices into its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaneRegions {
    /// The lateral ventricles.
    pub ventricles: Vec<usize>,
    /// The subarachnoid space: sulci, fissures, cisterns.
    pub subarachnoid: Vec<usize>,
    /// White matter.
    pub white: Vec<usize>,
}

/// From this ratio of the medians of signal, lateral ventricles over white matter, the ventricles are
/// enriched. CSF without tracer has up to 0.2 in most T1-weighted scans, but 0.29 was seen in a real one:
/// where there is a scan before the tracer, the rule is tried on it first
/// ([`PlaneReflux::of_plane_after`]).
pub const ENRICHED_RATIO: f64 = 0.27;

/// From this ratio of the means of signal, lateral ventricles over subarachnoid space, the two are
/// isointense.
pub const ISOINTENSE_PLANE_RATIO: f64 = 0.85;

/// Grades from here on are enriched at 24 h: those that go with raised pressure (papers 000 and 001).
pub const ENRICHED_GRADE: u8 = 3;

/// The grades that a plane of 24 h can show.
pub const PLANE_GRADES: [u8; 3] = [0, 3, 4];

/// The fewest pixels of a region: 20 mm2 of both ventricles, and 60 of the
/// others.
const LEAST_PIXELS: [usize; 3] = [20, 60, 60];

/// A plane's grade, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaneReflux {
    /// 0, 3 or 4.
    pub grade: u8,
    /// Signal of the lateral ventricles over that of white matter, medians.
    pub over_white: f64,
    /// Signal of the lateral ventricles over that of the subarachnoid space, means.
    pub over_subarachnoid: f64,
}

/// Why a plane has no grade.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum NoPlaneGrade {
    /// A region is not in the plane, or hardly.
    #[error("the {region} take {pixels} pixels of the axial plane, and {least} are needed")]
    TooSmall {
        /// Which.
        region: &'static str,
        /// Pixels of it.
        pixels: usize,
        /// Pixels needed.
        least: usize,
    },
    /// A region gives no signal to compare with.
    #[error("the {0} of the axial plane give no signal")]
    NoSignal(&'static str),
    /// The scanner shows CSF so bright that the rule says nothing; the ratio before the tracer.
    #[error(
        "the rule would call the ventricles enriched before the tracer already ({0:.2} of white matter)"
    )]
    EnrichedBefore(f64),
}

impl PlaneReflux {
    /// The rule: grade 4 where both ratios are reached, 3 where the ventricles are enriched only,
    /// else 0.
    #[must_use]
    pub fn of_ratios(over_white: f64, over_subarachnoid: f64) -> Self {
        let grade = match (
            over_white >= ENRICHED_RATIO,
            over_subarachnoid >= ISOINTENSE_PLANE_RATIO,
        ) {
            (false, _) => 0,
            (true, false) => 3,
            (true, true) => 4,
        };
        Self {
            grade,
            over_white,
            over_subarachnoid,
        }
    }

    /// Grades the values of an axial plane, row-major.
    ///
    /// # Errors
    /// When a region has too few pixels or no signal.
    ///
    /// # Panics
    /// When a region has a pixel that the plane does not have.
    pub fn of_plane(values: &[f32], regions: &PlaneRegions) -> Result<Self, NoPlaneGrade> {
        let [ventricles, subarachnoid, white] = [
            (&regions.ventricles, "lateral ventricles"),
            (&regions.subarachnoid, "subarachnoid spaces"),
            (&regions.white, "parts of white matter"),
        ]
        .map(|(pixels, region)| (signals(values, pixels), pixels.len(), region));
        let [least_v, least_s, least_w] = LEAST_PIXELS;
        for ((_, pixels, region), least) in [
            (ventricles, least_v),
            (subarachnoid, least_s),
            (white, least_w),
        ] {
            if pixels < least {
                return Err(NoPlaneGrade::TooSmall {
                    region,
                    pixels,
                    least,
                });
            }
        }
        let ([median, mean], ..) = ventricles;
        for (signal, (.., region)) in [(subarachnoid.0[1], subarachnoid), (white.0[0], white)] {
            if signal.is_nan() || signal <= 0.0 {
                return Err(NoPlaneGrade::NoSignal(region));
            }
        }
        Ok(Self::of_ratios(
            median / white.0[0],
            mean / subarachnoid.0[1],
        ))
    }

    /// As [`Self::of_plane`], where there is a plane `before` the tracer of the same head, on the same
    /// scanner: where the rule calls this enriched already, there is no grade.
    ///
    /// # Errors
    /// As [`Self::of_plane`], of either plane, and [`NoPlaneGrade::EnrichedBefore`].
    ///
    /// # Panics
    /// As [`Self::of_plane`].
    pub fn of_plane_after(
        before: Option<&[f32]>,
        values: &[f32],
        regions: &PlaneRegions,
    ) -> Result<Self, NoPlaneGrade> {
        if let Some(before) = before {
            let before = Self::of_plane(before, regions)?;
            if before.is_enriched() {
                return Err(NoPlaneGrade::EnrichedBefore(before.over_white));
            }
        }
        Self::of_plane(values, regions)
    }

    /// Whether it is one of the grades that count as enriched.
    #[must_use]
    pub fn is_enriched(&self) -> bool {
        self.grade >= ENRICHED_GRADE
    }
}

/// In a sentence.
impl fmt::Display for PlaneReflux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "reflux grade {} (lateral ventricles {:.2} of white matter, {:.2} of the subarachnoid space)",
            self.grade, self.over_white, self.over_subarachnoid
        )
    }
}

/// The median, which is the mean of the two middle ones of an even number, and the mean.
fn signals(values: &[f32], pixels: &[usize]) -> [f64; 2] {
    let mut of: Vec<f64> = pixels.iter().map(|&at| f64::from(values[at])).collect();
    of.sort_unstable_by(f64::total_cmp);
    let n = of.len();
    let median = match n {
        0 => f64::NAN,
        n if n % 2 == 1 => of[n / 2],
        n => f64::midpoint(of[n / 2 - 1], of[n / 2]),
    };
    [median, of.iter().sum::<f64>() / n as f64]
}
