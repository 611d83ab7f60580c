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
    Estimate, Interval, IntervalKind, Outcome, Undefined,
    distribution::{critical_z, percent, two_sided_z},
    interval::FEW_OF_A_CLASS,
    moments::{covariance, mean},
    rank::mid_ranks,
};

/// Area under the ROC curve of `(score, positive)`, higher scores meaning positive.
///
/// The recommended interval lies on the logit, with the mean of two variances: DeLong's, and that
/// of Hanley and McNeil with both class sizes replaced by their mean,
///
/// ```text
/// A (1 - A) (1 + N (1 - A) / (2 - A) + N A / (1 + A)) / (m n),   N = (m + n) / 2 - 1
/// ```
///
/// Where the curve separates the classes DeLong's variance is 0 and says nothing; the ends are
/// then those areas x with `(A - x)^2 = z^2 variance(x)` (Newcombe 2006, method 5). The asymptotic
/// interval is DeLong's, normal and cut to 0 to 1, and none where the variance is 0.
pub fn auroc(cases: &[(f64, bool)], interval: Interval) -> Outcome {
    let method = "area under the ROC curve, ties count half".to_owned();
    let cases: Vec<(bool, f64)> = cases.iter().map(|&(score, class)| (class, score)).collect();
    let placed = match Placements::of(&cases) {
        Ok(placed) => placed,
        Err(reason) => return Outcome::undefined(reason, cases.len(), method),
    };
    let (area, words) = (placed.auc(), percent(interval.confidence));
    let estimate = Estimate::new(area, cases.len(), method);
    let z = critical_z(interval.confidence);
    let delong = placed.covariance(&placed);
    let with_method = |mut estimate: Estimate, words: String| {
        estimate.method += &words;
        estimate
    };
    if interval.kind == IntervalKind::Asymptotic {
        let words = format!("; {words} normal interval from DeLong's variance");
        let mut estimate = with_method(estimate, words);
        if delong > 0.0 {
            let se = delong.sqrt();
            estimate = estimate
                .with_se(se)
                .with_half_width(z * se)
                .within(0.0, 1.0);
        }
        return estimate.outcome();
    }
    let warning = placed.caution();
    let sizes = [placed.positive.len(), placed.negative.len()];
    let perfect = area <= 0.0 || area >= 1.0 || delong.is_nan() || delong <= 0.0;
    let estimate = match perfect {
        true => {
            let words = format!("; {words} interval by Newcombe's method 5");
            let high = 1.0 - newcombe_lower(1.0 - area, sizes, z);
            with_method(estimate, words).with_interval(newcombe_lower(area, sizes, z), high)
        }
        false => {
            let words = format!(
                "; {words} interval on the logit from the mean of DeLong's and Newcombe's variances"
            );
            let se = f64::midpoint(delong, newcombe_variance(area, sizes)).sqrt();
            let half = z * se / (area * (1.0 - area));
            let logit = (area / (1.0 - area)).ln();
            let end = |step: f64| 1.0 / (1.0 + (-logit - step).exp());
            with_method(estimate, words)
                .with_se(se)
                .with_interval(end(-half), end(half))
        }
    };
    estimate.with_warning(warning).outcome()
}

/// Hanley and McNeil's variance of an area with both class sizes replaced by their mean.
fn newcombe_variance(area: f64, sizes: [usize; 2]) -> f64 {
    let [m, n] = sizes.map(|size| size as f64);
    let mean = f64::midpoint(m, n) - 1.0;
    let spread = 1.0 + mean * (1.0 - area) / (2.0 - area) + mean * area / (1.0 + area);
    area * (1.0 - area) * spread / (m * n)
}

/// The lowest area x below `area` with `(area - x)^2 = z^2 variance(x)`, by bisection.
fn newcombe_lower(area: f64, sizes: [usize; 2], z: f64) -> f64 {
    let above = |x: f64| area - x > z * newcombe_variance(x, sizes).sqrt();
    let (mut low, mut high) = (0.0, area);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        match above(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
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
    let mut estimate = Estimate::new(difference, n, method).with_warning(first.caution());
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

    /// What is said where a class is small.
    pub(super) fn caution(&self) -> Option<String> {
        let (positive, negative) = (self.positive.len(), self.negative.len());
        (positive.min(negative) < FEW_OF_A_CLASS).then(|| {
            format!(
                "{positive} positive and {negative} negative cases: below {FEW_OF_A_CLASS} of a \
                 class no interval held in every simulation"
            )
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
