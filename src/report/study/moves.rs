//! How grades move from the reference to another arm: transition matrices, shares, and the finding
//! "positive or not".

use serde::Serialize;

use super::{ReportError, readings::Readings};
use crate::stats::{
    Outcome, Pooling, TransitionMatrix, share_over_units, specific_agreement, wilson,
};

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
    /// Of the readings on either arm that are positive, the share whose counterpart is too. The
    /// rater's own grade on the reference is no truth, so there is no sensitivity.
    pub positive_agreement: Outcome,
    /// The same of negative readings.
    pub negative_agreement: Outcome,
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
    /// All pairs of all raters. The intervals of the shares take the spread over patients, since
    /// raters saw the same ones.
    pub pooled: Moves,
    /// Mean over raters of the share graded alike: the "mean model prediction accuracy" of paper
    /// 000.
    pub mean_share_alike: Outcome,
}

impl ArmMoves {
    /// Each rater's, then those of all together.
    pub(crate) fn all(&self) -> Vec<&Moves> {
        self.raters.iter().chain([&self.pooled]).collect()
    }
}

/// Grades of a patient by one rater: on the reference, and on the arm.
type Pair = (f64, f64);

pub(super) fn of_arm(readings: &Readings<'_>, arm: usize) -> Result<ArmMoves, ReportError> {
    let units = pairs(readings, arm);
    let names = readings.data.protocol.raters.iter().enumerate();
    let raters: Result<Vec<Moves>, ReportError> = names
        .map(|(idx, name)| {
            let own: Vec<Vec<Option<Pair>>> = units.iter().map(|unit| vec![unit[idx]]).collect();
            moves(readings, arm, Some(name.clone()), &own)
        })
        .collect();
    let confidence = readings.choices.confidence;
    let share = |pooling, holds: &dyn Fn(usize) -> bool| {
        let cells = units.iter();
        let cell = |pair: &Option<Pair>| pair.map(|pair| holds(steps(&readings.levels, pair)));
        let cells: Vec<Vec<Option<bool>>> =
            cells.map(|unit| unit.iter().map(cell).collect()).collect();
        share_over_units(&cells, pooling, confidence)
    };
    let pool = Pooling::AllObservations;
    let mut pooled = moves(readings, arm, None, &units)?;
    pooled.share_alike = share(pool, &|steps| steps == 0);
    pooled.share_one_step = share(pool, &|steps| steps == 1);
    pooled.share_more_steps = share(pool, &|steps| steps > 1);
    Ok(ArmMoves {
        reference: readings.data.protocol.arms[0].clone(),
        arm: readings.data.protocol.arms[arm].clone(),
        raters: raters?,
        pooled,
        mean_share_alike: share(Pooling::MeanOfRaters, &|steps| steps == 0),
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
    units: &[Vec<Option<Pair>>],
) -> Result<Moves, ReportError> {
    let arms = &readings.data.protocol.arms;
    let pairs: Vec<Pair> = units.iter().flatten().flatten().copied().collect();
    let table = TransitionMatrix::from_pairs(&readings.levels, &arms[0], &arms[arm], &pairs)?;
    let (n, confidence) = (pairs.len(), readings.choices.confidence);
    let last = readings.levels.len() - 1;
    let share = |part: usize| wilson(part, n, confidence);
    let more = table.n_moved_at_least(2);
    let finding = |pair: &Option<Pair>| {
        pair.map(|(reference, other)| {
            (
                is_positive(readings, reference),
                is_positive(readings, other),
            )
        })
    };
    let findings: Vec<Vec<Option<(bool, bool)>>> = units
        .iter()
        .map(|unit| unit.iter().map(finding).collect())
        .collect();
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
        positive_agreement: specific_agreement(&findings, true, confidence),
        negative_agreement: specific_agreement(&findings, false, confidence),
        transitions: match readings.options.rows_are_predicted {
            true => table.transposed(),
            false => table,
        },
    })
}

pub(super) fn is_positive(readings: &Readings<'_>, grade: f64) -> bool {
    grade >= f64::from(readings.choices.positive_from)
}

/// How far two grades are apart on the list of levels; what is no level counts as the lowest, and
/// does not occur in rows that were checked.
pub(super) fn steps(levels: &[f64], (a, b): Pair) -> usize {
    let place = |grade: f64| levels.iter().position(|l| *l == grade).unwrap_or(0);
    place(a).abs_diff(place(b))
}
