//! Do raters grade differently later on? Installments against each other.

use serde::Serialize;

use super::{moves::is_positive, readings::Readings};
use crate::{
    report::same_grade::holm_of,
    stats::{Outcome, Pooling, Summary, share_over_units, wilcoxon_rank_sum},
};

/// Grades of one arm in one installment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftCell {
    /// Who; `None` for all raters together.
    pub rater: Option<String>,
    /// The arm.
    pub arm: String,
    /// Counted from 1.
    pub installment: u32,
    /// Grades given.
    pub n: usize,
    /// Their mean; `None` without any.
    pub mean_grade: Option<f64>,
    /// Share of grades that count as positive. The interval knows that raters saw the same images.
    pub share_positive: Outcome,
}

/// One rater's first installment against the last, on one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DriftTest {
    /// Who.
    pub rater: String,
    /// The arm.
    pub arm: String,
    /// Mean grade in the first installment.
    pub mean_first: Option<f64>,
    /// Mean grade in the last.
    pub mean_last: Option<f64>,
    /// Wilcoxon's rank-sum test: an arm's images in two installments are of different patients.
    pub test: Outcome,
    /// Its p value by Holm over all these tests.
    pub p_holm: Option<f64>,
}

/// Grades over the installments, repeats not counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// All raters together first, then each of them; within, arms, then installments.
    pub cells: Vec<DriftCell>,
    /// One for each rater and arm; empty for a study of one installment.
    pub tests: Vec<DriftTest>,
}

impl Drift {
    pub(super) fn of(readings: &Readings<'_>) -> Self {
        let data = readings.data;
        let installments = 1..=data.protocol.installments;
        let raters = std::iter::once(None).chain((0..data.protocol.raters.len()).map(Some));
        let mut cells = Vec::new();
        let mut tests = Vec::new();
        for rater in raters {
            for (arm, name) in data.protocol.arms.iter().enumerate() {
                for installment in installments.clone() {
                    cells.push(cell(readings, rater, arm, installment));
                }
                if let (Some(rater), true) = (rater, data.protocol.installments > 1) {
                    let first = grades(readings, Some(rater), arm, 1);
                    let last = grades(readings, Some(rater), arm, data.protocol.installments);
                    tests.push(DriftTest {
                        rater: data.protocol.raters[rater].clone(),
                        arm: name.clone(),
                        mean_first: Summary::of(&first).map(|s| s.mean),
                        mean_last: Summary::of(&last).map(|s| s.mean),
                        test: wilcoxon_rank_sum(&first, &last),
                        p_holm: None,
                    });
                }
            }
        }
        let outcomes: Vec<Outcome> = tests
            .iter()
            .map(|own: &DriftTest| own.test.clone())
            .collect();
        for (own, p_holm) in tests.iter_mut().zip(holm_of(&outcomes)) {
            own.p_holm = p_holm;
        }
        Self { cells, tests }
    }
}

fn cell(readings: &Readings<'_>, rater: Option<usize>, arm: usize, installment: u32) -> DriftCell {
    let grades = grades(readings, rater, arm, installment);
    let units: Vec<Vec<Option<bool>>> = (0..readings.patients.len())
        .map(|patient| {
            let raters = match rater {
                Some(rater) => rater..rater + 1,
                None => 0..readings.n_raters(),
            };
            let cell = |rater: usize| {
                let row = readings.row(rater, arm, patient)?;
                let grade = row.grade.filter(|_| row.installment == installment)?;
                Some(is_positive(readings, grade.into()))
            };
            raters.map(cell).collect()
        })
        .collect();
    let confidence = readings.choices.confidence;
    DriftCell {
        rater: rater.map(|rater| readings.data.protocol.raters[rater].clone()),
        arm: readings.data.protocol.arms[arm].clone(),
        installment,
        n: grades.len(),
        mean_grade: Summary::of(&grades).map(|s| s.mean),
        share_positive: share_over_units(&units, Pooling::AllObservations, confidence),
    }
}

fn grades(readings: &Readings<'_>, rater: Option<usize>, arm: usize, installment: u32) -> Vec<f64> {
    let own = readings.rows().filter(|((who, of, _), row)| {
        rater.is_none_or(|rater| rater == *who) && *of == arm && row.installment == installment
    });
    own.filter_map(|(_, row)| row.grade.map(f64::from))
        .collect()
}
