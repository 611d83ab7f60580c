//! Straight lines, and the mean, with intervals by Student's t.

use super::{
    Outcome, Undefined,
    distribution::{critical_t, percent, two_sided_t},
    estimate::Estimate,
    interval::unsimulated,
    moments::{covariance, mean, standard_deviation},
};

/// The slope of the least-squares line through points `[x, y]`, with its interval by Student's t
/// with n - 2 degrees of freedom; three points at least.
#[must_use]
pub fn slope(points: &[[f64; 2]], confidence: f64) -> Outcome {
    let method = format!(
        "slope of the least-squares line, {} interval by Student's t with n - 2 degrees of freedom",
        percent(confidence)
    );
    let n = points.len();
    if points
        .as_flattened()
        .iter()
        .any(|number| !number.is_finite())
    {
        return Outcome::undefined(Undefined::BadNumber, n, method);
    }
    if n < 3 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let [x, y]: [Vec<f64>; 2] = [0, 1].map(|axis| points.iter().map(|p| p[axis]).collect());
    let spread = covariance(&x, &x);
    if spread <= 0.0 {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    }
    let slope = covariance(&x, &y) / spread;
    let (mean_x, mean_y) = (mean(&x), mean(&y));
    let residuals = points
        .iter()
        .map(|[x, y]| y - mean_y - slope * (x - mean_x));
    let df = n as f64 - 2.0;
    let variance = residuals.map(|r| r * r).sum::<f64>() / df;
    let se = (variance / (spread * (n as f64 - 1.0))).sqrt();
    Estimate::new(slope, n, method)
        .with_half_width(critical_t(confidence, df) * se)
        .with_se(se)
        .with_warning(unsimulated(n))
        .with_p(two_sided_t(slope / se, df))
        .outcome()
}

/// The mean with its interval by Student's t; the interval needs three values.
#[must_use]
pub fn mean_with_interval(values: &[f64], confidence: f64) -> Outcome {
    let method = format!("mean, {} interval by Student's t", percent(confidence));
    let n = values.len();
    if n == 0 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let estimate = Estimate::new(mean(values), n, method);
    if n < 3 {
        return estimate.outcome();
    }
    let se = standard_deviation(values) / (n as f64).sqrt();
    estimate
        .with_half_width(critical_t(confidence, n as f64 - 1.0) * se)
        .with_se(se)
        .with_warning(unsimulated(n))
        .outcome()
}
