//! Area under the ROC curve with DeLong's variance.
//!
//! With psi = 1, 1/2, 0 for a positive case scored above, like, below a negative one: `V10(i)` is
//! the mean of psi over the negatives for positive case i, `V01(j)` that over the positives for
//! negative case j, `AUC = mean V10`, and
//!
//! ```text
//! cov(AUC_a, AUC_b) = cov(V10_a, V10_b) / n_pos + cov(V01_a, V01_b) / n_neg
//! ```
//!
//! with n - 1 in the covariances (DeLong, DeLong and Clarke-Pearson 1988).

use super::{
    Estimate, Outcome, Undefined,
    distribution::{critical_z, percent, two_sided_z},
    moments::{covariance, mean},
    rank::mid_ranks,
};

/// Area under the ROC curve of `(score, positive)`, higher scores meaning positive, with DeLong's
/// standard error and a normal interval cut to 0 to 1.
///
/// A curve that separates the classes has a standard error of 0 by this method, which says
/// nothing; it has no interval then.
pub fn auroc(cases: &[(f64, bool)], confidence: f64) -> Outcome {
    let method = format!(
        "area under the ROC curve, ties count half; {} normal interval from DeLong's variance",
        percent(confidence)
    );
    let cases: Vec<(bool, f64)> = cases.iter().map(|&(score, class)| (class, score)).collect();
    let placed = match Placements::of(&cases) {
        Ok(placed) => placed,
        Err(reason) => return Outcome::undefined(reason, cases.len(), method),
    };
    let se = placed.covariance(&placed).sqrt();
    let mut estimate = Estimate::new(placed.auc(), cases.len(), method);
    if se > 0.0 {
        estimate = estimate
            .with_se(se)
            .with_half_width(critical_z(confidence) * se)
            .within(0.0, 1.0);
    }
    estimate.outcome()
}

/// One case scored twice, by two readers or methods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedScores {
    /// Whether the case is positive in truth.
    pub positive: bool,
    /// Score of the first.
    pub first: f64,
    /// Score of the second.
    pub second: f64,
}

/// Difference (first - second) of two areas under ROC curves on the same cases, with DeLong's
/// paired standard error, z test and normal interval.
pub fn auroc_difference(cases: &[PairedScores], confidence: f64) -> Outcome {
    let n = cases.len();
    let method = format!(
        "difference of two areas under ROC curves on the same cases; DeLong's paired z test, {} \
         normal interval",
        percent(confidence)
    );
    let of = |score: fn(&PairedScores) -> f64| {
        let cases: Vec<(bool, f64)> = cases.iter().map(|c| (c.positive, score(c))).collect();
        Placements::of(&cases)
    };
    let (first, second) = match (of(|c| c.first), of(|c| c.second)) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(reason), _) | (_, Err(reason)) => return Outcome::undefined(reason, n, method),
    };
    let variance =
        first.covariance(&first) + second.covariance(&second) - 2.0 * first.covariance(&second);
    let difference = first.auc() - second.auc();
    let mut estimate = Estimate::new(difference, n, method);
    let se = variance.max(0.0).sqrt();
    if se > 1e-9 {
        estimate = estimate
            .with_se(se)
            .with_half_width(critical_z(confidence) * se)
            .with_p(two_sided_z(difference / se));
    }
    estimate.outcome()
}

/// Where each case lies among those of the other class.
pub(super) struct Placements {
    /// V10, one per positive case.
    positive: Vec<f64>,
    /// V01, one per negative case.
    negative: Vec<f64>,
}

impl Placements {
    /// By ranks (Sun and Xu 2014): a case's rank among all, less its rank among its own class, is
    /// the number of the other class below it.
    pub(super) fn of(cases: &[(bool, f64)]) -> Result<Self, Undefined> {
        if cases.iter().any(|case| !case.1.is_finite()) {
            return Err(Undefined::BadNumber);
        }
        let all: Vec<f64> = cases.iter().map(|case| case.1).collect();
        let all = mid_ranks(&all).ranks;
        let of_class = |class: bool| {
            let scores = cases
                .iter()
                .filter(|case| case.0 == class)
                .map(|case| case.1);
            let own = mid_ranks(&scores.collect::<Vec<_>>()).ranks;
            let among_all = cases.iter().zip(&all).filter(|(case, _)| case.0 == class);
            let n_other = (cases.len() - own.len()) as f64;
            among_all
                .zip(own)
                .map(|((_, rank), own)| (rank - own) / n_other)
                .collect::<Vec<f64>>()
        };
        let (positive, negative) = (of_class(true), of_class(false));
        if positive.is_empty() || negative.is_empty() {
            return Err(Undefined::OneClass);
        }
        Ok(Self {
            positive,
            negative: negative.into_iter().map(|below| 1.0 - below).collect(),
        })
    }

    pub(super) fn auc(&self) -> f64 {
        mean(&self.positive)
    }

    /// The area without each case in turn, positive cases first.
    pub(super) fn jackknife(&self) -> Vec<f64> {
        let auc = self.auc();
        let classes = [&self.positive, &self.negative].into_iter();
        let without = |class: &Vec<f64>| {
            let n = class.len() as f64;
            class
                .iter()
                .map(|v| (n * auc - v) / (n - 1.0))
                .collect::<Vec<f64>>()
        };
        classes.flat_map(without).collect()
    }

    /// Of the areas of two scores of the same cases; NaN for a class of one case.
    fn covariance(&self, other: &Self) -> f64 {
        covariance(&self.positive, &other.positive) / self.positive.len() as f64
            + covariance(&self.negative, &other.negative) / self.negative.len() as f64
    }
}
