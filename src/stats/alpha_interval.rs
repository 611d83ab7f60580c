//! Intervals for Krippendorff's alpha: the jackknife's, and three kinds of bootstrap.

use rand::Rng;

use super::{
    Bootstrap, BootstrapKind, Estimate, Metric, Outcome,
    alpha_counts::{Counts, Tally},
    distribution::{normal_below, normal_quantile, percent, tail},
    interval::{FEW_UNITS, FEWEST_UNITS, caution},
    jackknife::{Freedom, JackknifeRecipe, Unanimous, with_jackknife},
    moments::standard_deviation,
    resample::{any_of, draw_patterns, quantile, resample},
};

/// Adds a bootstrap interval to an estimate that is defined.
pub(super) fn resampled<R: Rng + ?Sized>(
    mut estimate: Estimate,
    counts: &Counts,
    levels: &[f64],
    metric: Metric,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Outcome {
    let sampled = Sampled::new(counts, levels, metric, bootstrap.kind);
    let values = draw(counts, &sampled, bootstrap.n_resamples, rng);
    estimate.method = words(&estimate.method, bootstrap);
    let left_out = || Tally::new(metric, levels).leave_one_out(counts);
    let n = counts.n_units();
    let mut found = with_resamples(estimate, values, left_out, bootstrap);
    if n < FEWEST_UNITS || found.low == found.high {
        (found.low, found.high, found.se) = (None, None, None);
        found.warning = Some(format!(
            "no interval is made from {n} units that tell no spread"
        ));
    } else {
        found.warning = caution(n, FEW_UNITS);
    }
    found.outcome()
}

/// Adds the jackknife's interval, on n - 1 degrees of freedom.
pub(super) fn jackknifed(
    estimate: Estimate,
    counts: &Counts,
    levels: &[f64],
    metric: Metric,
    confidence: f64,
) -> Outcome {
    let mut tally = Tally::new(metric, levels);
    let left_out = tally.leave_one_out(counts);
    let (n, n_units) = (tally.n(), counts.n_units() as f64);
    let unanimous = counts.is_unanimous().then(|| Unanimous {
        step: tally.largest_step(),
        expected: tally.sums().1 / ((n - 1.0) * n_units),
    });
    let recipe = JackknifeRecipe {
        freedom: Freedom::Units,
        unanimous,
        least: FEW_UNITS,
        confidence,
    };
    with_jackknife(estimate, &left_out, &recipe).outcome()
}

/// Adds interval and standard error from resampled values to the estimate; `left_out` gives the
/// jackknife's values, with how many units each stands for.
pub(super) fn with_resamples(
    mut estimate: Estimate,
    mut values: Vec<f64>,
    left_out: impl FnOnce() -> Vec<(Option<f64>, f64)>,
    bootstrap: &Bootstrap,
) -> Estimate {
    values.sort_unstable_by(f64::total_cmp);
    estimate.n_left_out = bootstrap.n_resamples - values.len();
    let outside = tail(bootstrap.confidence);
    let shares = match bootstrap.kind {
        BootstrapKind::BiasCorrected => {
            corrected_shares(estimate.value, &values, &left_out(), outside)
        }
        _ => (outside, 1.0 - outside),
    };
    if let Some((low, high)) = quantile(&values, shares.0).zip(quantile(&values, shares.1)) {
        estimate = estimate.with_interval(low, high);
    }
    estimate.with_se(standard_deviation(&values))
}

/// Value, kind of interval, and treatment of the expected disagreement, in words.
pub(super) fn words(value_words: &str, bootstrap: &Bootstrap) -> String {
    let (kind, expected) = match bootstrap.kind {
        BootstrapKind::Percentile => ("percentile", "resampled"),
        BootstrapKind::PercentileFixedExpected => ("percentile", "held fixed"),
        BootstrapKind::BiasCorrected => ("bias-corrected and accelerated", "resampled"),
    };
    format!(
        "{value_words}; {} {kind} interval from {} resamples of units, expected disagreement \
         {expected}, resamples without variation left out",
        percent(bootstrap.confidence),
        bootstrap.n_resamples,
    )
}

/// Alphas of `n_resamples` resamples of units, those without variation left out.
fn draw<R: Rng + ?Sized>(
    counts: &Counts,
    sampled: &Sampled<'_>,
    n_resamples: usize,
    rng: &mut R,
) -> Vec<f64> {
    let Some(any_unit) = any_of(counts.n_units()) else {
        return Vec::new();
    };
    resample(
        rng,
        n_resamples,
        || (vec![0; counts.n_patterns()], sampled.clone()),
        |(times, sampled), rng| {
            draw_patterns(times, &counts.pattern_of, &any_unit, rng);
            sampled.alpha(times)
        },
    )
}

/// Alpha of a sample of units, by how the bootstrap treats the expected disagreement.
#[derive(Clone)]
pub(super) struct Sampled<'a> {
    counts: &'a Counts,
    tally: Tally<'a>,
    /// D_e of the full sample, and per pattern a unit's part of D_o and its number of ratings.
    fixed: Option<(f64, Vec<(f64, f64)>)>,
}

impl<'a> Sampled<'a> {
    pub(super) fn new(
        counts: &'a Counts,
        levels: &'a [f64],
        metric: Metric,
        kind: BootstrapKind,
    ) -> Self {
        let mut tally = Tally::new(metric, levels);
        let fixed = (kind == BootstrapKind::PercentileFixedExpected).then(|| {
            tally.fill(counts, &counts.times());
            let (n, (_, expected)) = (tally.n(), tally.sums());
            let unit = |idx| (tally.disagreement(counts, idx), counts.n_ratings(idx));
            let units = (0..counts.n_patterns()).map(unit).collect();
            (expected / (n * (n - 1.0)), units)
        });
        Self {
            counts,
            tally,
            fixed,
        }
    }

    /// `None` where nothing varies.
    pub(super) fn alpha(&mut self, times: &[u32]) -> Option<f64> {
        let Some((expected, units)) = &self.fixed else {
            self.tally.fill(self.counts, times);
            return self.tally.alpha();
        };
        let (mut observed, mut n) = (0.0, 0.0);
        for (&times, unit) in times.iter().zip(units) {
            observed += f64::from(times) * unit.0;
            n += f64::from(times) * unit.1;
        }
        (n > 0.0).then(|| 1.0 - observed / n / expected)
    }
}

/// The shares at which the bias-corrected and accelerated interval reads the resamples.
fn corrected_shares(
    value: f64,
    sorted: &[f64],
    left_out: &[(Option<f64>, f64)],
    outside: f64,
) -> (f64, f64) {
    let below = sorted.partition_point(|&x| x < value);
    let not_above = sorted.partition_point(|&x| x <= value);
    let share = (below + not_above) as f64 / 2.0 / sorted.len().max(1) as f64;
    let bias = normal_quantile(share.clamp(1e-6, 1.0 - 1e-6));
    let acceleration = acceleration(left_out);
    let moved = |z: f64| {
        let sum = bias + z;
        // In tiny samples the correction may reach past the last resample.
        match 1.0 - acceleration * sum {
            left if left > 0.0 => normal_below(bias + sum / left),
            _ => f64::from(u8::from(sum > 0.0)),
        }
    };
    let z = normal_quantile(1.0 - outside);
    (moved(-z), moved(z))
}

/// Sum of cubes over 6 times the sum of squares to the power 1.5, of the jackknife's deviations.
fn acceleration(left_out: &[(Option<f64>, f64)]) -> f64 {
    let defined: Vec<(f64, f64)> = left_out
        .iter()
        .filter_map(|&(value, times)| Some((value?, times)))
        .collect();
    let n: f64 = defined.iter().map(|d| d.1).sum();
    let mean = defined.iter().map(|d| d.0 * d.1).sum::<f64>() / n;
    let sum_of = |power: i32| {
        defined
            .iter()
            .map(|d| d.1 * (mean - d.0).powi(power))
            .sum::<f64>()
    };
    let squares = sum_of(2);
    match squares > 0.0 {
        true => sum_of(3) / (6.0 * squares.powf(1.5)),
        false => 0.0,
    }
}
