//! A sample in a few numbers.

use serde::Serialize;

use super::{
    moments::{mean, standard_deviation},
    resample::quantile,
};

/// Where a sample lies and how far it spreads, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many values.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Standard deviation with n - 1; `None` for one value.
    pub sd: Option<f64>,
    /// The middle one; quantiles lie between order statistics by straight line (Hyndman and Fan
    /// 1996, type 7).
    pub median: f64,
    /// A quarter lies below.
    pub lower_quartile: f64,
    /// A quarter lies above.
    pub upper_quartile: f64,
}

impl Summary {
    /// `None` without values, or where one is not finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        if values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        Some(Self {
            n: values.len(),
            median: quantile(&sorted, 0.5)?,
            lower_quartile: quantile(&sorted, 0.25)?,
            upper_quartile: quantile(&sorted, 0.75)?,
            mean: mean(values),
            sd: Some(standard_deviation(values)).filter(|sd| sd.is_finite()),
        })
    }
}
