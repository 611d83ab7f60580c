//! How grades move from the reference to another arm: transition matrices, shares, and the finding
//! "positive or not".

use serde::Serialize;

use super::{
    ReportError,
    readings::{Part, Readings},
};
use crate::stats::{Outcome, Pooling, TransitionMatrix, share_over_units, wilson};

/// One rater's pairs of grades, or those of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moves {
    /// Who; `None` for all raters together.
    pub rater: Option<String>,
    /// Images of the reference and the arm that were both graded.
    pub n_pairs: usize,
    /// Counts and row shares; both axes are named.
    pub transitions: TransitionMatrix,
    /// Share of pairs graded alike.
    pub share_alike: Outcome,
    /// Share of pairs one step of the scale apart.
    pub share_one_step: Outcome,
    /// Share of pairs two steps or more apart.
    pub share_more_steps: Outcome,
    /// Pairs in which the arm was graded higher than the reference.
    pub n_higher: usize,
    /// Pairs in which it was graded lower.
    pub n_lower: usize,
    /// Pairs from the lowest level of the scale on the reference to the highest on the arm.
    pub n_lowest_to_highest: usize,
    /// Pairs from the highest on the reference to the lowest on the arm.
    pub n_highest_to_lowest: usize,
    /// Share of pairs positive on the reference that are positive on the arm.
    pub sensitivity: Outcome,
    /// Share of pairs negative on the reference that are negative on the arm.
    pub specificity: Outcome,
}

/// The reference against one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmMoves {
    /// What it is compared with.
    pub reference: String,
    /// The arm.
    pub arm: String,
    /// One for each rater.
    pub raters: Vec<Moves>,
    /// All pairs of all raters. The intervals of the shares come from resampled patients, since
    /// raters saw the same ones; those of sensitivity and specificity are Wilson's.
    pub pooled: Moves,
    /// Mean over raters of the share graded alike: the "mean model prediction accuracy" of paper
    /// 000.
    pub mean_share_alike: Outcome,
    /// Sensitivity over all raters, interval from resampled patients.
    pub sensitivity_by_patient: Outcome,
    /// Specificity over all raters, interval from resampled patients.
    pub specificity_by_patient: Outcome,
}

/// Grades of a patient by one rater: on the reference, and on the arm.
type Pair = (f64, f64);

pub(super) fn of_arm(readings: &Readings<'_>, arm: usize) -> Result<ArmMoves, ReportError> {
    let units = pairs(readings, arm);
    let of_rater = |rater: usize| -> Vec<Pair> {
        let own = units.iter().map(move |unit| unit[rater]);
        own.flatten().collect()
    };
    let names = readings.data.raters.iter().enumerate();
    let raters: Result<Vec<Moves>, ReportError> = names
        .map(|(idx, name)| moves(readings, arm, Some(name.clone()), &of_rater(idx)))
        .collect();
    let all: Vec<Pair> = units.iter().flatten().flatten().copied().collect();
    let mut draws = 0;
    let mut share = |pooling, holds: &dyn Fn(Pair) -> Option<bool>| {
        let cells = units.iter();
        let cells: Vec<Vec<Option<bool>>> = cells
            .map(|unit| unit.iter().map(|pair| pair.and_then(holds)).collect())
            .collect();
        let mut rng = readings.rng(Part::Moves, 16 * arm + draws);
        draws += 1;
        share_over_units(&cells, pooling, &readings.options.bootstrap, &mut rng)
    };
    let steps = |pair: Pair| steps(&readings.levels, pair);
    let positive = |grade: f64| is_positive(readings, grade);
    let pool = Pooling::AllObservations;
    let mut pooled = moves(readings, arm, None, &all)?;
    pooled.share_alike = share(pool, &|pair| Some(steps(pair) == 0));
    pooled.share_one_step = share(pool, &|pair| Some(steps(pair) == 1));
    pooled.share_more_steps = share(pool, &|pair| Some(steps(pair) > 1));
    let mean_share_alike = share(Pooling::MeanOfRaters, &|pair| Some(steps(pair) == 0));
    let found = |(real, other)| positive(real).then(|| positive(other));
    let not_found = |(real, other)| (!positive(real)).then(|| !positive(other));
    Ok(ArmMoves {
        reference: readings.data.arms[0].clone(),
        arm: readings.data.arms[arm].clone(),
        raters: raters?,
        pooled,
        mean_share_alike,
        sensitivity_by_patient: share(pool, &found),
        specificity_by_patient: share(pool, &not_found),
    })
}

/// `[patient][rater]`; `None` where one of the two grades is missing.
fn pairs(readings: &Readings<'_>, arm: usize) -> Vec<Vec<Option<Pair>>> {
    let cell = |rater: usize, patient: usize| {
        let reference = readings.grade(rater, 0, patient)?;
        Some((reference, readings.grade(rater, arm, patient)?))
    };
    let patients = 0..readings.patients.len();
    patients
        .map(|patient| (0..readings.n_raters()).map(|r| cell(r, patient)).collect())
        .collect()
}

fn moves(
    readings: &Readings<'_>,
    arm: usize,
    rater: Option<String>,
    pairs: &[Pair],
) -> Result<Moves, ReportError> {
    let arms = &readings.data.arms;
    let table = TransitionMatrix::from_pairs(&readings.levels, &arms[0], &arms[arm], pairs)?;
    let (n, confidence) = (pairs.len(), readings.options.bootstrap.confidence);
    let last = readings.levels.len() - 1;
    let share = |part: usize| wilson(part, n, confidence);
    let more = table.n_moved_at_least(2);
    let (positive, negative): (Vec<Pair>, Vec<Pair>) = pairs
        .iter()
        .partition(|(real, _)| is_positive(readings, *real));
    let found = |of: &[Pair], wanted: bool| {
        let right = of.iter().filter(|p| is_positive(readings, p.1) == wanted);
        wilson(right.count(), of.len(), confidence)
    };
    Ok(Moves {
        rater,
        n_pairs: n,
        share_alike: share(table.n_alike()),
        share_one_step: share(n - table.n_alike() - more),
        share_more_steps: share(more),
        n_higher: table.n_up(),
        n_lower: table.n_down(),
        // A scale of one level has no jumps.
        n_lowest_to_highest: if last == 0 {
            0
        } else {
            table.counts()[0][last]
        },
        n_highest_to_lowest: if last == 0 {
            0
        } else {
            table.counts()[last][0]
        },
        sensitivity: found(&positive, true),
        specificity: found(&negative, false),
        transitions: match readings.options.rows_are_predicted {
            true => table.transposed(),
            false => table,
        },
    })
}

pub(super) fn is_positive(readings: &Readings<'_>, grade: f64) -> bool {
    grade >= f64::from(readings.options.positive_from)
}

/// How far two grades are apart on the list of levels; what is no level counts as the lowest, and
/// does not occur in rows that were checked.
pub(super) fn steps(levels: &[f64], (a, b): Pair) -> usize {
    let place = |grade: f64| levels.iter().position(|l| *l == grade).unwrap_or(0);
    place(a).abs_diff(place(b))
}
