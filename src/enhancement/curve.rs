//! What a region's values say over the hours: peak, area, clearance.

use crate::stats::{Outcome, slope};
use serde::Serialize;

/// Scans after the peak that a rate of clearance needs.
pub const LEAST_AFTER_PEAK: usize = 3;

/// How far a scan may lie from 24 or from 48 h to stand for it, h.
const NEAR_H: f64 = 6.0;

/// What a curve is told by. All values but `before` and `peak` are of the rise, the value less that
/// of the scan before the tracer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveSummary {
    /// Scans, that before the tracer included.
    pub n_scans: usize,
    /// The value before the tracer.
    pub before: f64,
    /// The highest value after it.
    pub peak: f64,
    /// When, h after the injection.
    pub hours_to_peak: f64,
    /// `peak - before`.
    pub rise: f64,
    /// Area under the rise from the injection to the last scan by trapezoids, value times h.
    pub area: f64,
    /// Where the area ends, h.
    pub area_to_hours: f64,
    /// What clearance is told by.
    pub clearance: Clearance,
    /// The rise near 48 h over that near 24 h, where there are scans within 6 h of both.
    pub ratio_48_24: Option<f64>,
}

/// How fast a rise falls.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Clearance {
    /// The logarithm of the rise falls on a line over the scans after the peak.
    Rate {
        /// Of the line, over scans after the peak, which is not among them.
        n_scans: usize,
        /// What is lost, per h, with its interval by Student's t.
        rate_per_h: Outcome,
        /// `ln 2 / rate`, h; `None` where it does not fall.
        half_life_h: Option<f64>,
        /// From the ends of the rate; an end is `None` where it is open.
        half_life_interval_h: [Option<f64>; 2],
    },
    /// There is no rate.
    None {
        /// Why.
        why: String,
    },
}

impl Clearance {
    /// `ln 2 / rate`, h.
    #[must_use]
    pub fn half_life_h(&self) -> Option<f64> {
        match self {
            Self::Rate { half_life_h, .. } => *half_life_h,
            Self::None { .. } => None,
        }
    }
}

impl CurveSummary {
    /// Of the value before the tracer and `[hours, value]` of later scans, in any order; points that
    /// are not numbers are left out. `None` without a later scan.
    #[must_use]
    pub fn of(before: f64, later: &[[f64; 2]], confidence: f64) -> Option<Self> {
        let is_number = |point: &&[f64; 2]| point.iter().all(|number| number.is_finite());
        let mut points: Vec<[f64; 2]> = later.iter().filter(is_number).copied().collect();
        points.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]));
        if !before.is_finite() {
            return None;
        }
        let rises: Vec<[f64; 2]> = points
            .iter()
            .map(|[at, value]| [*at, value - before])
            .collect();
        let highest = |best: usize, at: usize| match points[at][1] > points[best][1] {
            true => at,
            false => best,
        };
        let peak = (0..points.len()).reduce(highest)?;
        let from_injection: Vec<[f64; 2]> = std::iter::once([0.0, 0.0])
            .chain(rises.iter().copied().filter(|[at, _]| *at > 0.0))
            .collect();
        let area = from_injection
            .windows(2)
            .map(|ends| (ends[1][0] - ends[0][0]) * f64::midpoint(ends[0][1], ends[1][1]))
            .sum();
        Some(Self {
            n_scans: points.len() + 1,
            before,
            peak: points[peak][1],
            hours_to_peak: points[peak][0],
            rise: rises[peak][1],
            area,
            area_to_hours: from_injection.last().map_or(0.0, |last| last[0]),
            clearance: clearance(&rises[peak..], confidence),
            ratio_48_24: ratio(&rises),
        })
    }

    /// The same without a rate where a scan after the peak has a value of `least` or less, of which noise is
    /// too large a part.
    #[must_use]
    pub fn above(mut self, later: &[[f64; 2]], least: f64) -> Self {
        let mut after = later.iter().filter(|[at, _]| *at > self.hours_to_peak);
        if matches!(self.clearance, Clearance::Rate { .. })
            && let Some([at, value]) = after.find(|[_, value]| *value <= least)
        {
            self.clearance = Clearance::None {
                why: format!(
                    "at {at} h there is {value:.4}; of {least} or less a large part is noise"
                ),
            };
        }
        self
    }
}

/// Of the rises from the peak on.
fn clearance(from_peak: &[[f64; 2]], confidence: f64) -> Clearance {
    let none = |why: String| Clearance::None { why };
    let after = &from_peak[1..];
    if from_peak[0][1] <= 0.0 {
        return none("nothing rises above the scan before".to_owned());
    }
    if after.len() < LEAST_AFTER_PEAK {
        return none(format!(
            "{} scans after the peak are too few for a rate, which takes {LEAST_AFTER_PEAK}",
            after.len()
        ));
    }
    if let Some(gone) = after.iter().find(|point| point[1] <= 0.0) {
        return none(format!(
            "at {} h nothing is left above the scan before",
            gone[0]
        ));
    }
    let logarithms: Vec<[f64; 2]> = after.iter().map(|[at, rise]| [*at, -rise.ln()]).collect();
    let rate_per_h = slope(&logarithms, confidence);
    let half_life = |rate: f64| (rate > 0.0).then(|| std::f64::consts::LN_2 / rate);
    let ends = rate_per_h.interval();
    Clearance::Rate {
        n_scans: after.len(),
        half_life_h: rate_per_h.value().and_then(half_life),
        half_life_interval_h: [
            ends.and_then(|(_, fast)| half_life(fast)),
            ends.and_then(|(slow, _)| half_life(slow)),
        ],
        rate_per_h,
    }
}

fn ratio(rises: &[[f64; 2]]) -> Option<f64> {
    let near = |hours: f64| {
        let close = rises.iter().filter(|[at, _]| (at - hours).abs() <= NEAR_H);
        close.min_by(|a, b| (a[0] - hours).abs().total_cmp(&(b[0] - hours).abs()))
    };
    let [early, late] = [near(24.0)?[1], near(48.0)?[1]];
    (early > 0.0).then(|| late / early)
}

/// The scan that is nearest to 24 h, where one lies within 6 h of it: when reflux is judged.
#[must_use]
pub fn nearest_to_24_h(hours: &[f64]) -> Option<usize> {
    let far = |at: usize| (hours[at] - 24.0).abs();
    let close = (0..hours.len()).filter(|&at| far(at) <= NEAR_H);
    close.min_by(|&a, &b| far(a).total_cmp(&far(b)))
}
