//! What a reading study reports: agreement between raters, and between real and predicted images.

use serde::Serialize;

use super::agreement::{Agreement, ByName, alphas};
use crate::{
    stats::{Bootstrap, Metric, Ratings, StatsError, TransitionMatrix},
    study::{GradeTable, ONLY_ARM, REFERENCE_ARM},
};

/// Different values of a table: coincidences are counted of each with each.
const MOST_LEVELS: usize = 2000;

/// Stands in every report.
pub const NOTICE: &str = "Research use only. Not a medical device.";

/// How to analyse.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysisOptions {
    /// All levels of the scale, increasing, whether given or not (`Scale::numbers`). `None` takes
    /// the levels that occur, which is right for measurements only.
    pub levels: Option<Vec<f64>>,
    /// How to make intervals; `None` makes none.
    pub bootstrap: Option<Bootstrap>,
    /// For the resamples. The same seed gives the same report.
    pub seed: u64,
}

impl Default for AnalysisOptions {
    fn default() -> Self {
        Self {
            levels: None,
            bootstrap: Some(Bootstrap::default()),
            seed: 1,
        }
    }
}

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
}

/// A whole study's agreement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Analysis {
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
    /// How many standing grades there are.
    pub n_grades: usize,
    /// The seed of the resamples; `None` where there were none.
    pub seed: Option<u64>,
    /// Agreement between raters, where the table has no arms; its fields stand beside these.
    #[serde(flatten)]
    pub whole: Option<ArmAgreement>,
    /// Agreement between raters, for each arm, the reference first.
    pub arms: Vec<ArmAgreement>,
    /// The reference against every other arm; empty without an arm named "real".
    pub comparisons: Vec<Comparison>,
}

impl Analysis {
    /// Computes everything.
    ///
    /// # Errors
    /// When the table has no grades, or a grade that is not one of the levels.
    pub fn of(table: &GradeTable, options: &AnalysisOptions) -> Result<Self, StatsError> {
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
        let mut work = Work {
            levels: &levels,
            options,
            n_streams: 0,
        };
        let arms: Result<Vec<_>, _> = table
            .arms()
            .iter()
            .map(|arm| ArmAgreement::of(table, arm, &mut work))
            .collect();
        let mut arms = arms?;
        let whole = match &arms[..] {
            [only] if only.arm == ONLY_ARM => arms.pop(),
            _ => None,
        };
        let has_reference = table.arms().iter().any(|arm| arm == REFERENCE_ARM);
        let others = table
            .arms()
            .iter()
            .filter(|arm| has_reference && *arm != REFERENCE_ARM);
        let comparisons: Result<Vec<_>, _> = others
            .map(|arm| Comparison::of(table, arm, &mut work))
            .collect();
        let comparisons = comparisons?;
        Ok(Self {
            notice: NOTICE,
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
struct Work<'a> {
    levels: &'a [f64],
    options: &'a AnalysisOptions,
    /// Streams of random numbers that were handed out.
    n_streams: u64,
}

impl Work<'_> {
    /// The first of as many streams as there are metrics.
    fn streams(&mut self) -> u64 {
        let first = self.n_streams;
        self.n_streams += Metric::ALL.len() as u64;
        first
    }
}

impl ArmAgreement {
    fn of(table: &GradeTable, arm: &str, work: &mut Work<'_>) -> Result<Self, StatsError> {
        let mut units = table.units(arm);
        // Patients without an image in this arm are no missing grades.
        units.retain(|unit| unit.iter().any(Option::is_some));
        let count = |rater_idx: usize, rater: &String| {
            let given = |level: f64| {
                units
                    .iter()
                    .filter(|unit| unit[rater_idx] == Some(level))
                    .count()
            };
            RaterCounts {
                rater: rater.clone(),
                counts: work.levels.iter().map(|level| given(*level)).collect(),
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
    fn of(table: &GradeTable, arm: &str, work: &mut Work<'_>) -> Result<Self, StatsError> {
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
        Ok(Self {
            reference: REFERENCE_ARM.into(),
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
    work: &mut Work<'_>,
) -> Result<RaterComparison, StatsError> {
    let pairs = table.pairs(rater, REFERENCE_ARM, arm);
    let units: Vec<_> = pairs
        .iter()
        .map(|&(from, to)| vec![Some(from), Some(to)])
        .collect();
    let ratings = Ratings::new(work.levels, 2, &units)?;
    Ok(RaterComparison {
        rater: rater.to_owned(),
        n_pairs: pairs.len(),
        alpha: alphas(&ratings, work.options, work.streams()),
        transitions: TransitionMatrix::from_pairs(work.levels, REFERENCE_ARM, arm, &pairs)?,
    })
}
