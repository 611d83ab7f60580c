//! What a reading study reports: agreement between raters, and between the
//! reference and predicted images.

use serde::Serialize;

use super::{
    agreement::{Agreement, ByName, alphas},
    options::AnalysisOptions,
    same_grade::AgainstReference,
};
use crate::{
    stats::{Graded, Metric, Ratings, StatsError, TransitionMatrix},
    study::{GradeTable, ONLY_ARM},
};

/// Different values of a table: coincidences are counted of each with each.
const MOST_LEVELS: usize = 2000;

/// Stands in every report.
pub const NOTICE: &str = "Research use only. Not a medical device.";

/// How often a rater gave each grade in one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaterCounts {
    /// Who.
    pub rater: String,
    /// One for each level of the analysis.
    pub counts: Vec<usize>,
    /// Images of the arm that others graded and this rater did not.
    pub n_missing: usize,
}

/// Agreement of all raters on the images of one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmAgreement {
    /// The arm.
    pub arm: String,
    /// Images that somebody graded.
    pub n_images: usize,
    /// Grades given to them.
    pub n_grades: usize,
    /// One for each rater.
    pub distribution: Vec<RaterCounts>,
    /// Every statistic.
    #[serde(flatten)]
    pub agreement: Agreement,
}

/// One rater's grades of the same patients' reference and predicted images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaterComparison {
    /// Who.
    pub rater: String,
    /// Patients with both images graded.
    pub n_pairs: usize,
    /// Krippendorff's alpha of the two arms as two "raters", as in the tracer study, by metric.
    pub alpha: ByName,
    /// Rows are the reference.
    pub transitions: TransitionMatrix,
}

/// The reference arm against one other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The arm that is compared with.
    pub reference: String,
    /// The arm that is compared.
    pub arm: String,
    /// One for each rater.
    pub raters: Vec<RaterComparison>,
    /// Mean over raters of the share of pairs graded alike: the "mean model prediction accuracy"
    /// of paper 000. Raters without pairs are left out; `None` without any.
    pub mean_share_alike: Option<f64>,
    /// Whether raters give both arms the same grade. A table has no protocol, so that there is no
    /// verdict.
    pub same_grade: AgainstReference,
}

/// A whole study's agreement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
    /// What was assumed of the input.
    pub assumed: Vec<String>,
    /// [`NOTICE`].
    pub notice: &'static str,
    /// The levels that were used.
    pub levels: Vec<f64>,
    /// Whether the levels are those of a scale, or only those that occur.
    pub levels_are_observed: bool,
    /// Who graded.
    pub raters: Vec<String>,
    /// How many patients (or units) there are.
    pub n_patients: usize,
    /// How many standing grades there are, in all arms.
    #[serde(rename = "n_grades_in_all")]
    pub n_grades: usize,
    /// The values are measurements.
    pub measured: bool,
    /// The seed of the resamples; `None` where there were none.
    pub seed: Option<u64>,
    /// Agreement between raters, where the table has no arms; its fields stand beside these.
    #[serde(flatten)]
    pub whole: Option<ArmAgreement>,
    /// Agreement between raters, for each arm, the reference first.
    pub arms: Vec<ArmAgreement>,
    /// The reference against every other arm; empty without grades of the reference.
    pub comparisons: Vec<Comparison>,
}

impl Analysis {
    /// Computes everything.
    ///
    /// # Errors
    /// When the table has no grades, or a grade that is not one of the levels.
    pub fn of(table: &GradeTable, options: &AnalysisOptions) -> Result<Self, StatsError> {
        Self::with_progress(table, options, &|_| ())
    }

    /// [`Analysis::of`], telling how much of the work is done, from 0 to 1.
    ///
    /// # Errors
    /// As [`Analysis::of`].
    pub fn with_progress(
        table: &GradeTable,
        options: &AnalysisOptions,
        progress: &dyn Fn(f64),
    ) -> Result<Self, StatsError> {
        if table.n_grades() == 0 {
            return Err(StatsError::NoRatings);
        }
        let levels = options
            .levels
            .clone()
            .unwrap_or_else(|| table.observed_levels());
        if levels.len() > MOST_LEVELS {
            return Err(StatsError::TooManyLevels {
                n_levels: levels.len(),
                most: MOST_LEVELS,
            });
        }
        let mut work = Computation {
            levels: &levels,
            options,
            n_streams: 0,
        };
        // Every arm, and every arm but the reference once more.
        let n_parts = 2.0 * table.arms().len() as f64;
        let mut n_done = 0.0;
        let mut done = || {
            n_done += 1.0;
            progress(n_done / n_parts);
        };
        let arms: Result<Vec<_>, _> = table
            .arms()
            .iter()
            .map(|arm| ArmAgreement::of(table, arm, &mut work).inspect(|_| done()))
            .collect();
        let mut arms = arms?;
        let whole = match &arms[..] {
            [only] if only.arm == ONLY_ARM => arms.pop(),
            _ => None,
        };
        let reference = table.reference();
        let has_reference = table.arms().iter().any(|arm| arm == reference);
        let others = table
            .arms()
            .iter()
            .filter(|arm| has_reference && *arm != reference);
        let comparisons: Result<Vec<_>, _> = others
            .map(|arm| Comparison::of(table, arm, &mut work).inspect(|_| done()))
            .collect();
        let comparisons = comparisons?;
        progress(1.0);
        Ok(Self {
            assumed: options.assumed.clone(),
            notice: NOTICE,
            measured: options.measured,
            levels_are_observed: options.levels.is_none(),
            raters: table.raters().to_vec(),
            n_patients: table.patients().len(),
            n_grades: table.n_grades(),
            seed: options.bootstrap.map(|_| options.seed),
            whole,
            arms,
            comparisons,
            levels,
        })
    }
}

/// What all parts share.
struct Computation<'a> {
    levels: &'a [f64],
    options: &'a AnalysisOptions,
    /// Streams of random numbers that were handed out.
    n_streams: u64,
}

impl Computation<'_> {
    /// The first of as many streams as there are metrics.
    fn streams(&mut self) -> u64 {
        let first = self.n_streams;
        self.n_streams += Metric::ALL.len() as u64;
        first
    }
}

impl ArmAgreement {
    fn of(table: &GradeTable, arm: &str, work: &mut Computation<'_>) -> Result<Self, StatsError> {
        let mut units = table.units(arm);
        // Patients without an image in this arm are no missing grades.
        units.retain(|unit| unit.iter().any(Option::is_some));
        let count = |rater_idx: usize, rater: &String| {
            let mut counts = vec![0; work.levels.len()];
            let given = units.iter().filter_map(|unit| unit[rater_idx]);
            for grade in given {
                let place = work.levels.iter().position(|level| *level == grade);
                place.into_iter().for_each(|place| counts[place] += 1);
            }
            RaterCounts {
                rater: rater.clone(),
                counts,
                n_missing: units
                    .iter()
                    .filter(|unit| unit[rater_idx].is_none())
                    .count(),
            }
        };
        let distribution = table.raters().iter().enumerate();
        let distribution = distribution.map(|(i, r)| count(i, r)).collect();
        let ratings = Ratings::new(work.levels, table.raters().len(), &units)?;
        let stream = work.streams();
        Ok(Self {
            arm: arm.to_owned(),
            n_images: units.len(),
            n_grades: units.iter().flatten().flatten().count(),
            distribution,
            agreement: Agreement::of(&ratings, table.raters(), work.options, stream),
        })
    }
}

impl Comparison {
    fn of(table: &GradeTable, arm: &str, work: &mut Computation<'_>) -> Result<Self, StatsError> {
        let raters: Result<Vec<_>, _> = table
            .raters()
            .iter()
            .map(|rater| compare_rater(table, rater, arm, work))
            .collect();
        let raters = raters?;
        let shares: Vec<f64> = raters
            .iter()
            .filter_map(|rater| rater.transitions.share_alike())
            .collect();
        let mean = (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
        let reference = table.reference();
        let graded = |patient: &String| {
            let own = |rater: &String| Graded {
                reference: table.grade(rater, patient, reference),
                again: None,
                predicted: table.grade(rater, patient, arm),
            };
            table.raters().iter().map(own).collect()
        };
        let patients: Vec<Vec<Graded>> = table.patients().iter().map(graded).collect();
        Ok(Self {
            same_grade: AgainstReference::of(
                [reference, arm],
                table.raters(),
                &patients,
                work.levels,
                work.options.interval.confidence,
            )?,
            reference: reference.to_owned(),
            arm: arm.to_owned(),
            raters,
            mean_share_alike: mean,
        })
    }
}

fn compare_rater(
    table: &GradeTable,
    rater: &str,
    arm: &str,
    work: &mut Computation<'_>,
) -> Result<RaterComparison, StatsError> {
    let reference = table.reference();
    let pairs = table.pairs(rater, reference, arm);
    let units: Vec<_> = pairs
        .iter()
        .map(|&(from, to)| vec![Some(from), Some(to)])
        .collect();
    let ratings = Ratings::new(work.levels, 2, &units)?;
    Ok(RaterComparison {
        rater: rater.to_owned(),
        n_pairs: pairs.len(),
        alpha: alphas(&ratings, work.options, work.streams()),
        transitions: TransitionMatrix::from_pairs(work.levels, reference, arm, &pairs)?,
    })
}
