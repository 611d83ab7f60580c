//! Sums, means and spreads.

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// NaN for no values.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// With n - 1; NaN for fewer than two values.
pub(super) fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let products = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b));
    products.sum::<f64>() / (a.len() as f64 - 1.0)
}

/// With n - 1; NaN for fewer than two values.
pub(super) fn standard_deviation(values: &[f64]) -> f64 {
    covariance(values, values).sqrt()
}

pub(super) fn square(x: f64) -> f64 {
    x * x
}
