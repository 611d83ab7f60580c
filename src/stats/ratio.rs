//! A ratio of sums over units, and a mean, with intervals from drawing units anew.

use super::{
    Estimate, Outcome, Undefined,
    distribution::percent,
    interval::FEWEST_UNITS,
    resample::{any_of, quantile, resample},
};
use rand::{Rng, distr::Distribution};

/// The sum of the first of each pair over the sum of the second, such as the error of one method over that
/// of another on the same patients; with ones as the second, the mean of the first. The interval is the
/// percentile bootstrap's: whole units are drawn with replacement, `n_resamples` times.
///
/// `n` in the result is the number of units.
pub fn ratio_of_sums<R: Rng + ?Sized>(
    units: &[(f64, f64)],
    n_resamples: usize,
    confidence: f64,
    rng: &mut R,
) -> Outcome {
    let n = units.len();
    let method = format!(
        "ratio of sums over units; {} percentile interval from {n_resamples} bootstrap samples of units",
        percent(confidence)
    );
    if units.iter().any(|(a, b)| !a.is_finite() || !b.is_finite()) {
        return Outcome::undefined(Undefined::BadNumber, n, method);
    }
    let Some(any_unit) = any_of(n) else {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    };
    let over = |sums: (f64, f64)| sums.0 / sums.1;
    let add = |sums: (f64, f64), unit: &(f64, f64)| (sums.0 + unit.0, sums.1 + unit.1);
    let estimate = Estimate::new(over(units.iter().fold((0.0, 0.0), add)), n, method);
    if n < FEWEST_UNITS {
        let words = format!("no interval is made from {n} units");
        return estimate.with_warning(Some(words)).outcome();
    }
    let draw = |(): &mut (), rng: &mut rand_chacha::ChaCha8Rng| {
        let drawn = (0..n).map(|_| &units[any_unit.sample(rng) as usize]);
        let value = over(drawn.fold((0.0, 0.0), add));
        value.is_finite().then_some(value)
    };
    let mut values = resample(rng, n_resamples, || (), draw);
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    match (quantile(&values, tail), quantile(&values, 1.0 - tail)) {
        (Some(low), Some(high)) => estimate.with_interval(low, high).outcome(),
        _ => estimate.outcome(),
    }
}
