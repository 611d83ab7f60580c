//! Numbers in, estimates with intervals out.
//!
//! What it is: agreement between raters (Krippendorff's alpha, kappas, Gwet's coefficients,
//! intraclass correlation), the tables of how grades move from one arm to another and the tests of
//! them, areas under ROC curves, correlations, rank tests, and the planning of a rating study.
//! What it is not: it knows no study, no file and no patient; it opens nothing and prints nothing.
//!
//! Invariant: no I/O, and no random number that it was not handed. A quantity that does not exist
//! (all ratings equal, no unit rated twice) is said in words, never as NaN and never as 1. Levels
//! are always an explicit list. Resampling gives one answer for one generator state, whatever the
//! number of threads.
//!
#![doc = include_str!("coverage.md")]

mod alpha;
mod alpha_analytic;
mod alpha_counts;
mod alpha_difference;
mod alpha_interval;
mod bland_altman;
mod calibration;
mod chance_corrected;
mod correlation;
mod cross_validation;
mod distribution;
mod estimate;
mod grade_counts;
mod hughes;
mod icc;
mod interval;
mod jackknife;
mod kappa;
mod kolmogorov;
mod line;
mod marginal;
mod moments;
mod mrmc;
mod multiple;
mod ordinal_regression;
mod planning;
mod rank;
mod rank_tests;
mod rating_model;
mod ratings;
mod ratio;
mod resample;
mod roc;
mod same_grade;
mod share;
mod summary;
mod transition;
mod u_statistic;
mod weights;

pub use alpha::{Bootstrap, BootstrapKind, Metric, alpha, alpha_bootstrapped, alpha_with_interval};
pub use alpha_analytic::alpha_analytic;
pub use alpha_difference::alpha_difference;
pub use bland_altman::{BlandAltman, LimitsInterval, bland_altman, mean_absolute_error};
pub use calibration::{
    Calibration, ReliabilityBin, Told, brier, calibration, reliability, temperature,
};
pub use chance_corrected::{Coefficient, chance_corrected, fleiss_kappa, percent_agreement};
pub use correlation::{
    FourCorrelations, pearson, spearman, steiger_separate, steiger_shared, williams,
};
pub use cross_validation::{
    FoldAreas, FoldCase, MeanRocPoint, fold_areas, mean_roc, net_benefit, regression_areas,
    roc_curve,
};
pub use estimate::{Estimate, Outcome, Undefined};
pub use grade_counts::{Cell, GradeCounts};
pub use hughes::hughes_alpha;
pub use icc::{IccForm, icc, kendall_w};
pub use interval::{Interval, IntervalKind};
pub use kappa::{cohen_kappa, light_kappa};
pub use kolmogorov::{KsMethod, kolmogorov_smirnov, kolmogorov_smirnov_p};
pub use line::{mean_with_interval, slope};
pub use marginal::{bhapkar, bowker, stuart_maxwell};
pub use mrmc::{Generalise, ObuchowskiRockette, ReaderStudy};
pub use multiple::{bonferroni, holm};
pub use ordinal_regression::{GradedCase, OrdinalRegression, ordinal_regression};
pub use planning::{Aim, Plan, PlanPoint, Planned, Simulation, plan};
pub use rank_tests::{wilcoxon_rank_sum, wilcoxon_signed_rank};
pub use rating_model::{PairModel, RatingModel};
pub use ratings::{Ratings, StatsError};
pub use ratio::ratio_of_sums;
pub use roc::{PairedScores, auroc, auroc_difference};
pub use same_grade::{Decision, Graded, LEAST_FOR_A_VERDICT, SameGrade};
pub use share::{Pooling, share_over_units, specific_agreement, wilson};
pub use summary::Summary;
pub use transition::TransitionMatrix;
pub use weights::Weights;
