//! What a reading study reports: agreement between raters, and between real and predicted images.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde::Serialize;

use crate::{
    stats::{
        Bootstrap, Metric, Outcome, Ratings, StatsError, TransitionMatrix, alpha,
        alpha_with_interval,
    },
    study::{GradeTable, REFERENCE_ARM},
};

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

/// Krippendorff's alpha on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlphaRow {
    /// The metric.
    pub metric: Metric,
    /// The value, or why there is none.
    pub alpha: Outcome,
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
    /// One for each metric.
    pub alphas: Vec<AlphaRow>,
}

/// One rater's grades of the same patients' reference and predicted images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RaterComparison {
    /// Who.
    pub rater: String,
    /// Patients with both images graded.
    pub n_pairs: usize,
    /// The two arms as two "raters", as in paper 000; one for each metric.
    pub alphas: Vec<AlphaRow>,
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
        let mut alphas = Alphas {
            levels: &levels,
            options,
            n_done: 0,
        };
        let arms: Result<Vec<_>, _> = table
            .arms()
            .iter()
            .map(|arm| ArmAgreement::of(table, arm, &mut alphas))
            .collect();
        let arms = arms?;
        let has_reference = table.arms().iter().any(|arm| arm == REFERENCE_ARM);
        let others = table
            .arms()
            .iter()
            .filter(|arm| has_reference && *arm != REFERENCE_ARM);
        let comparisons: Result<Vec<_>, _> = others
            .map(|arm| Comparison::of(table, arm, &mut alphas))
            .collect();
        let comparisons = comparisons?;
        Ok(Self {
            notice: NOTICE,
            levels_are_observed: options.levels.is_none(),
            raters: table.raters().to_vec(),
            n_patients: table.patients().len(),
            n_grades: table.n_grades(),
            seed: options.bootstrap.map(|_| options.seed),
            arms,
            comparisons,
            levels,
        })
    }
}

/// Computes alphas, each from its own stream of random numbers, so that no interval depends on how
/// many numbers another one drew.
struct Alphas<'a> {
    levels: &'a [f64],
    options: &'a AnalysisOptions,
    n_done: u64,
}

impl Alphas<'_> {
    fn of(
        &mut self,
        n_raters: usize,
        units: &[Vec<Option<f64>>],
    ) -> Result<Vec<AlphaRow>, StatsError> {
        let ratings = Ratings::new(self.levels, n_raters, units)?;
        let rows = Metric::ALL.map(|metric| {
            let mut rng = ChaCha20Rng::seed_from_u64(self.options.seed);
            rng.set_stream(self.n_done);
            self.n_done += 1;
            let alpha = match &self.options.bootstrap {
                None => alpha(&ratings, metric),
                Some(bootstrap) => alpha_with_interval(&ratings, metric, bootstrap, &mut rng),
            };
            AlphaRow { metric, alpha }
        });
        Ok(rows.into())
    }
}

impl ArmAgreement {
    fn of(table: &GradeTable, arm: &str, alphas: &mut Alphas<'_>) -> Result<Self, StatsError> {
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
                counts: alphas.levels.iter().map(|level| given(*level)).collect(),
                n_missing: units
                    .iter()
                    .filter(|unit| unit[rater_idx].is_none())
                    .count(),
            }
        };
        Ok(Self {
            arm: arm.to_owned(),
            n_images: units.len(),
            n_grades: units.iter().flatten().flatten().count(),
            distribution: table
                .raters()
                .iter()
                .enumerate()
                .map(|(i, r)| count(i, r))
                .collect(),
            alphas: alphas.of(table.raters().len(), &units)?,
        })
    }
}

impl Comparison {
    fn of(table: &GradeTable, arm: &str, alphas: &mut Alphas<'_>) -> Result<Self, StatsError> {
        let raters: Result<Vec<_>, _> = table
            .raters()
            .iter()
            .map(|rater| compare_rater(table, rater, arm, alphas))
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
    alphas: &mut Alphas<'_>,
) -> Result<RaterComparison, StatsError> {
    let pairs = table.pairs(rater, REFERENCE_ARM, arm);
    let units: Vec<_> = pairs
        .iter()
        .map(|&(from, to)| vec![Some(from), Some(to)])
        .collect();
    Ok(RaterComparison {
        rater: rater.to_owned(),
        n_pairs: pairs.len(),
        alphas: alphas.of(2, &units)?,
        transitions: TransitionMatrix::from_pairs(alphas.levels, REFERENCE_ARM, arm, &pairs)?,
    })
}
