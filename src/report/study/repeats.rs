//! Do raters agree with themselves? Images that were shown a second time under another code.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    ReportError,
    moves::steps,
    readings::{Readings, Repeat},
};
use crate::{
    report::same_grade::holm_of,
    stats::{
        Metric, Outcome, Pooling, Ratings, alpha_with_interval, share_over_units,
        wilcoxon_signed_rank, wilson,
    },
};

/// One rater's first and second grades of the same images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaterRepeats {
    /// Who.
    pub rater: String,
    /// Images answered a second time.
    pub n_answered: usize,
    /// Images with two grades.
    pub n_pairs: usize,
    /// Alpha of the two readings, interval metric.
    pub alpha_interval: Outcome,
    /// Alpha of the two readings, ordinal metric.
    pub alpha_ordinal: Outcome,
    /// Share graded alike, Wilson's interval.
    pub share_alike: Outcome,
    /// Share graded alike or one step apart, Wilson's interval.
    pub share_within_one: Outcome,
    /// Wilcoxon's signed-rank test of the second grades against the first.
    pub shift: Outcome,
    /// Its p value by Holm over the raters.
    pub shift_holm: Option<f64>,
}

/// Agreement of raters with themselves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repeats {
    /// Repeats that the protocol asked of each rater.
    pub n_planned: u32,
    /// One for each rater.
    pub raters: Vec<RaterRepeats>,
    /// Share graded alike over all raters; the interval takes the spread over images.
    pub share_alike: Outcome,
    /// Share graded alike or one step apart over all raters; the interval takes the spread over
    /// images.
    pub share_within_one: Outcome,
}

impl Repeats {
    /// `None` where nothing was repeated.
    pub(super) fn of(readings: &Readings<'_>) -> Result<Option<Self>, ReportError> {
        let n_raters = readings.n_raters();
        if (0..n_raters).all(|rater| readings.n_repeats(rater) == 0) {
            return Ok(None);
        }
        let raters: Result<Vec<_>, ReportError> =
            (0..n_raters).map(|r| of_rater(readings, r)).collect();
        let mut raters = raters?;
        let shifts: Vec<Outcome> = raters.iter().map(|own| own.shift.clone()).collect();
        for (own, p_holm) in raters.iter_mut().zip(holm_of(&shifts)) {
            own.shift_holm = p_holm;
        }
        let share = |within: usize| {
            let cells = cells(readings, within);
            share_over_units(
                &cells,
                Pooling::AllObservations,
                readings.choices.confidence,
            )
        };
        Ok(Some(Self {
            n_planned: readings.data.protocol.repeats,
            raters,
            share_alike: share(0),
            share_within_one: share(1),
        }))
    }
}

fn of_rater(readings: &Readings<'_>, rater: usize) -> Result<RaterRepeats, ReportError> {
    let pairs: Vec<(f64, f64)> = readings.repeated(rater).iter().map(|r| r.1).collect();
    let units: Vec<Vec<Option<f64>>> = pairs.iter().map(|p| vec![Some(p.0), Some(p.1)]).collect();
    let ratings = Ratings::new(&readings.levels, 2, &units)?;
    let confidence = readings.choices.confidence;
    let alpha = |metric: Metric| alpha_with_interval(&ratings, metric, confidence);
    let share = |within: usize| {
        let near = pairs.iter();
        let near = near.filter(|pair| steps(&readings.levels, **pair) <= within);
        wilson(near.count(), pairs.len(), confidence)
    };
    let later: Vec<(f64, f64)> = pairs.iter().map(|p| (p.1, p.0)).collect();
    Ok(RaterRepeats {
        rater: readings.data.protocol.raters[rater].clone(),
        n_answered: readings.n_repeats(rater),
        n_pairs: pairs.len(),
        alpha_interval: alpha(Metric::Interval),
        alpha_ordinal: alpha(Metric::Ordinal),
        share_alike: share(0),
        share_within_one: share(1),
        shift: wilcoxon_signed_rank(&later),
        shift_holm: None,
    })
}

/// One row for each repeated image, one column for each rater.
fn cells(readings: &Readings<'_>, within: usize) -> Vec<Vec<Option<bool>>> {
    let raters: Vec<_> = (0..readings.n_raters())
        .map(|rater| readings.repeated(rater))
        .collect();
    let images: BTreeSet<(usize, usize)> = raters.iter().flatten().map(|r| r.0).collect();
    let cell = |image: &(usize, usize), own: &Vec<Repeat>| {
        let pair = own.iter().find(|(of, _)| of == image);
        pair.map(|(_, pair)| steps(&readings.levels, *pair) <= within)
    };
    images
        .iter()
        .map(|image| raters.iter().map(|own| cell(image, own)).collect())
        .collect()
}
