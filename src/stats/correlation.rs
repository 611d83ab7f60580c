//! Correlations, their intervals, and tests of correlations that depend on each other.

use super::{
    Estimate, Outcome, Undefined,
    distribution::{critical_z, percent, two_sided_t, two_sided_z},
    interval::holds_nowhere,
    moments::covariance,
    rank::mid_ranks,
};

/// Pearson's r of pairs, with Fisher's z interval (Fisher 1921) and the t test of no correlation
/// on n - 2 degrees of freedom; `se = sqrt((1 - r^2) / (n - 2))`.
///
/// No interval exists for r of 1 or -1, nor for fewer than 4 pairs.
pub fn pearson(pairs: &[(f64, f64)], confidence: f64) -> Outcome {
    let method = format!(
        "Pearson's r; {} interval by Fisher's z, t test of no correlation",
        percent(confidence)
    );
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let caution = holds_nowhere(
        "the interval is that of normal values; where they have a long tail",
        [77, 95],
    );
    correlated(&x, &y, confidence, method, caution, |_| 1.0)
}

/// Spearman's rho: Pearson's r of the ranks, ties sharing their mean rank, with the t test on
/// n - 2 degrees of freedom. The interval is by Fisher's z with variance `(1 + r^2 / 2) / (n - 3)`
/// (Bonett and Wright 2000).
pub fn spearman(pairs: &[(f64, f64)], confidence: f64) -> Outcome {
    let method = format!(
        "Spearman's rho; {} interval by Fisher's z with the variance of Bonett and Wright, t test \
         of no correlation",
        percent(confidence)
    );
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    if x.iter().chain(&y).any(|value| !value.is_finite()) {
        return Outcome::undefined(Undefined::BadNumber, pairs.len(), method);
    }
    let (x, y) = (mid_ranks(&x).ranks, mid_ranks(&y).ranks);
    correlated(&x, &y, confidence, method, None, |r| 1.0 + r * r / 2.0)
}

/// `spread(r) / (n - 3)` is the variance of Fisher's z.
fn correlated(
    x: &[f64],
    y: &[f64],
    confidence: f64,
    method: String,
    caution: Option<String>,
    spread: impl Fn(f64) -> f64,
) -> Outcome {
    let n = x.len();
    if x.iter().chain(y).any(|value| !value.is_finite()) {
        return Outcome::undefined(Undefined::BadNumber, n, method);
    }
    if n < 3 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let constant = |values: &[f64]| values.iter().all(|value| *value == values[0]);
    if constant(x) || constant(y) {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    }
    let scale = (covariance(x, x) * covariance(y, y)).sqrt();
    let r = (covariance(x, y) / scale).clamp(-1.0, 1.0);
    let df = n as f64 - 2.0;
    let se = ((1.0 - r * r) / df).sqrt();
    let half = critical_z(confidence) * (spread(r) / (df - 1.0)).sqrt();
    // NaN, and so no interval, for r of 1 or -1.
    let end = |step: f64| match r.abs() < 1.0 {
        true => (r.atanh() + step).tanh(),
        false => f64::NAN,
    };
    Estimate::new(r, n, method)
        .with_se(se)
        .with_interval(end(-half), end(half))
        .with_p(two_sided_t(r / se, df))
        .with_warning(caution)
        .outcome()
}

/// Williams' t of two correlations that share variable 1 (Williams 1959): is r12 the same as r13?
/// The value is t, on n - 3 degrees of freedom, n being the number of subjects.
///
/// ```text
/// rbar = (r12 + r13) / 2
/// |R|  = 1 - r12^2 - r13^2 - r23^2 + 2 r12 r13 r23
/// t    = (r12 - r13) sqrt((n - 1)(1 + r23) / (2 (n - 1) / (n - 3) |R| + rbar^2 (1 - r23)^3))
/// ```
pub fn williams(r12: f64, r13: f64, r23: f64, n: usize) -> Outcome {
    let df = n as f64 - 3.0;
    let method = format!("Williams' test of two correlations with a variable in common, t({df})");
    if n < 4 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let determinant = 1.0 - r12 * r12 - r13 * r13 - r23 * r23 + 2.0 * r12 * r13 * r23;
    if let Some(reason) = impossible(&[r12, r13, r23], determinant) {
        return Outcome::undefined(reason, n, method);
    }
    let mean = (r12 + r13) / 2.0;
    let below = 2.0 * (df + 2.0) / df * determinant + mean * mean * (1.0 - r23).powi(3);
    let t = (r12 - r13) * ((df + 2.0) * (1.0 + r23) / below).sqrt();
    Estimate::new(t, n, method)
        .with_p(two_sided_t(t, df))
        .outcome()
}

/// Steiger's Z of two correlations that share variable 1, with the mean correlation in the
/// covariance (Steiger 1980, equation 14). The value is Z; n is the number of subjects.
pub fn steiger_shared(r12: f64, r13: f64, r23: f64, n: usize) -> Outcome {
    let method = "Steiger's test of two correlations with a variable in common, z";
    let determinant = 1.0 - r12 * r12 - r13 * r13 - r23 * r23 + 2.0 * r12 * r13 * r23;
    if let Some(reason) = impossible(&[r12, r13, r23], determinant) {
        return Outcome::undefined(reason, n, method);
    }
    let m = ((r12 + r13) / 2.0).powi(2);
    let product = r23 * (1.0 - 2.0 * m) - m * (1.0 - 2.0 * m - r23 * r23) / 2.0;
    steiger_z(r12, r13, product, m, n, method)
}

/// Correlations of four variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FourCorrelations {
    /// The first correlation compared.
    pub r12: f64,
    /// The second correlation compared.
    pub r34: f64,
    /// Variables 1 and 3.
    pub r13: f64,
    /// Variables 1 and 4.
    pub r14: f64,
    /// Variables 2 and 3.
    pub r23: f64,
    /// Variables 2 and 4.
    pub r24: f64,
}

/// Steiger's Z of r12 against r34, of four variables measured on the same n subjects, with the
/// mean correlation in the covariance (Steiger 1980, equation 15). The value is Z.
pub fn steiger_separate(r: &FourCorrelations, n: usize) -> Outcome {
    let method = "Steiger's test of two correlations without a variable in common, z";
    if let Some(reason) = impossible(&[r.r12, r.r34, r.r13, r.r14, r.r23, r.r24], 0.0) {
        return Outcome::undefined(reason, n, method);
    }
    let mean = (r.r12 + r.r34) / 2.0;
    let product = (r.r13 - mean * r.r23) * (r.r24 - mean * r.r23)
        + (r.r14 - mean * r.r13) * (r.r23 - mean * r.r13)
        + (r.r13 - mean * r.r14) * (r.r24 - mean * r.r14)
        + (r.r14 - mean * r.r24) * (r.r23 - mean * r.r24);
    steiger_z(r.r12, r.r34, product / 2.0, mean * mean, n, method)
}

fn steiger_z(a: f64, b: f64, product: f64, m: f64, n: usize, method: &str) -> Outcome {
    if n < 4 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let covariance = product / (1.0 - m).powi(2);
    let z = (a.atanh() - b.atanh()) * ((n as f64 - 3.0) / (2.0 - 2.0 * covariance)).sqrt();
    Estimate::new(z, n, method).with_p(two_sided_z(z)).outcome()
}

/// Correlations outside -1 to 1, or that no three variables can have together.
fn impossible(correlations: &[f64], determinant: f64) -> Option<Undefined> {
    let bad = correlations.iter().any(|r| r.is_nan() || r.abs() > 1.0);
    (bad || determinant < -1e-9).then_some(Undefined::BadNumber)
}
