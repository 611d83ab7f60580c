//! How long raters looked, and whether they became quicker within an installment.

use std::collections::BTreeMap;

use serde::Serialize;

use super::StudyData;
use crate::stats::{Outcome, Summary, spearman};

/// An installment is cut into so many parts of (nearly) the same number of cases.
pub const N_PARTS: usize = 4;

/// When and how long a case was looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaseTime {
    /// Counted from 1.
    pub installment: u32,
    /// Among the cases of the installment that count, from 1.
    pub position: usize,
    /// How many such cases the installment has.
    pub n_positions: usize,
    /// From opening the case to the first answer, without pauses.
    pub seconds: f64,
}

impl CaseTime {
    /// Which part of the installment, from 0.
    pub fn part(&self) -> usize {
        ((self.position - 1) * N_PARTS / self.n_positions).min(N_PARTS - 1)
    }
}

/// One rater's times, or those of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaterTiming {
    /// Who; `None` for all raters together.
    pub rater: Option<String>,
    /// Seconds for each case; `None` without any.
    pub seconds: Option<Summary>,
    /// Median seconds in each quarter of an installment, all installments together.
    pub median_by_quarter: [Option<f64>; N_PARTS],
    /// Spearman's rho of seconds with the position in the installment.
    pub with_position: Outcome,
    /// Every case, for the figure.
    #[serde(skip)]
    pub cases: Vec<CaseTime>,
}

/// One for each rater, then all together.
pub(super) fn of(data: &StudyData, confidence: f64) -> Vec<RaterTiming> {
    let raters = data.protocol.raters.iter();
    let mut found: Vec<RaterTiming> = raters
        .map(|rater| timing(Some(rater.clone()), cases(data, rater), confidence))
        .collect();
    let all = found.iter().flat_map(|own| own.cases.clone()).collect();
    let mut together = timing(None, all, confidence);
    // Raters differ in their pace, so that their cases are not independent.
    if let Outcome::Defined(rho) = &mut together.with_position {
        (rho.low, rho.high, rho.se, rho.p) = (None, None, None, None);
        rho.method =
            "Spearman's rho over the cases of all raters, without interval and test, since \
                      cases of one rater are alike"
                .into();
    }
    found.push(together);
    found
}

/// A correction shows how long the correction took, so the first answer at each place counts.
fn cases(data: &StudyData, rater: &str) -> Vec<CaseTime> {
    let mut first: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let own = data.readings.iter().filter(|row| row.rater == rater);
    for row in own.filter(|row| !row.is_training()) {
        first
            .entry((row.installment, row.position))
            .or_insert(row.seconds);
    }
    let mut cases = Vec::new();
    let places: Vec<(&(u32, u32), &f64)> = first.iter().collect();
    for installment in places.chunk_by(|a, b| a.0.0 == b.0.0) {
        let n_positions = installment.len();
        cases.extend(
            (1..)
                .zip(installment)
                .map(|(position, (place, seconds))| CaseTime {
                    installment: place.0,
                    position,
                    n_positions,
                    seconds: **seconds,
                }),
        );
    }
    cases
}

fn timing(rater: Option<String>, cases: Vec<CaseTime>, confidence: f64) -> RaterTiming {
    let of_part = |part: usize| -> Vec<f64> {
        let own = cases.iter().filter(|case| case.part() == part);
        own.map(|case| case.seconds).collect()
    };
    let seconds: Vec<f64> = cases.iter().map(|case| case.seconds).collect();
    let pairs: Vec<(f64, f64)> = cases
        .iter()
        .map(|case| (case.position as f64, case.seconds))
        .collect();
    RaterTiming {
        rater,
        seconds: Summary::of(&seconds),
        median_by_quarter: std::array::from_fn(|part| {
            Summary::of(&of_part(part)).map(|s| s.median)
        }),
        with_position: spearman(&pairs, confidence),
        cases,
    }
}
