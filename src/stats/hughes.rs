//! The analysis-of-variance form of Krippendorff's alpha.
//!
//! With d on pairs of ratings, `m_u` ratings in unit u, N ratings in a units:
//!
//! ```text
//! MSE   = sum over units with m_u > 1 of [sum_{j<k} d / (m_u - 1)] / (ratings in those units)
//! SST   = sum over all pairs of ratings of d / N
//! MSA   = (SST - (N - a) MSE) / (a - 1)
//! n0    = (N - sum m_u^2 / N) / (a - 1)
//! theta = MSA / MSE
//! alpha = (theta - 1) / (theta + n0 - 1)
//! ```
//!
//! (Hughes 2022, "Toward improved inference for Krippendorff's alpha agreement coefficient".) All
//! units count, also those with one rating, so that the value is not that of [`super::alpha()`].

use super::{
    Estimate, Metric, Outcome, Ratings, Undefined,
    alpha_counts::{Counts, Tally},
    distribution::{critical_t, percent},
};

/// What the mean squares give: theta, and n0 to turn it into alpha.
#[derive(Clone, Copy)]
struct Parts {
    theta: f64,
    n0: f64,
}

impl Parts {
    fn alpha(self, theta: f64) -> f64 {
        match theta.is_infinite() {
            true => 1.0,
            false => (theta - 1.0) / (theta + self.n0 - 1.0),
        }
    }
}

/// Hughes' estimator with his interval: jackknife over units on `ln(theta)`, Student's t with
/// a - 1 degrees of freedom, taken back to alpha. It needs no random numbers.
///
/// `n` is the number of units with one rating or more. No interval exists where theta is 0 or
/// infinite with or without one of the units (perfect agreement, or less than none). The ordinal
/// distances are those of [`Metric::Ordinal`], from all ratings.
pub fn hughes_alpha(ratings: &Ratings, metric: Metric, confidence: f64) -> Outcome {
    let counts = Counts::of(ratings, 1);
    let n = counts.n_units();
    let method = format!(
        "Krippendorff's alpha in Hughes' form, {metric} metric; {} jackknife interval over units \
         on the logarithm of the ratio of mean squares, Student's t",
        percent(confidence)
    );
    if !ratings.rated_levels().any(|unit| unit.len() >= 2) {
        return Outcome::undefined(Undefined::NoPairs, n, method);
    }
    if metric == Metric::Ratio && ratings.levels()[0] < 0.0 {
        return Outcome::undefined(Undefined::NegativeLevels, n, method);
    }
    if n < 2 {
        return Outcome::undefined(Undefined::TooFewUnits, n, method);
    }
    let mut times = counts.times();
    let mut tally = Tally::new(metric, ratings.levels());
    tally.fill(&counts, &times);
    let total = tally.sums().1;
    let Some(full) = parts(&counts, &tally, &times, total) else {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    };
    let left_out: Vec<(Option<f64>, f64)> = (0..counts.n_patterns())
        .map(|idx| {
            let n_alike = times[idx];
            times[idx] -= 1;
            let rest = match metric {
                // Every distance depends on every count.
                Metric::Ordinal => {
                    tally.fill(&counts, &times);
                    tally.sums().1
                }
                // What rounding leaves of nothing is nothing.
                _ => Some(tally.expected_without(&counts, idx, total))
                    .filter(|rest| *rest > 1e-12 * total)
                    .unwrap_or(0.0),
            };
            let left = parts(&counts, &tally, &times, rest).map(|parts| parts.theta);
            times[idx] = n_alike;
            (left, f64::from(n_alike))
        })
        .collect();
    let mut estimate = Estimate::new(full.alpha(full.theta), n, method);
    if let Some(se) = jackknife_se(full.theta, &left_out) {
        let half = critical_t(confidence, n as f64 - 1.0) * se;
        let end = |step: f64| full.alpha(full.theta * step.exp());
        estimate = estimate.with_interval(end(-half), end(half));
    }
    estimate.outcome()
}

/// `None` where nothing varies.
fn parts(counts: &Counts, tally: &Tally<'_>, times: &[u32], total: f64) -> Option<Parts> {
    let (mut within, mut n_within) = (0.0, 0.0);
    let (mut n_units, mut n, mut squares) = (0.0, 0.0, 0.0);
    for (idx, &times) in times.iter().enumerate() {
        let (times, m) = (f64::from(times), counts.n_ratings(idx));
        n_units += times;
        n += times * m;
        squares += times * m * m;
        if m > 1.0 {
            within += times * tally.disagreement(counts, idx);
            n_within += times * m;
        }
    }
    if total == 0.0 || n_within == 0.0 || n_units < 2.0 {
        return None;
    }
    let error = within / n_within;
    let among = (total / n - (n - n_units) * error) / (n_units - 1.0);
    Some(Parts {
        theta: among / error,
        n0: (n - squares / n) / (n_units - 1.0),
    })
}

/// Standard error of ln(theta): that of the mean of the jackknife's pseudo-values; `None` where one
/// is missing or not finite.
fn jackknife_se(theta: f64, left_out: &[(Option<f64>, f64)]) -> Option<f64> {
    let n: f64 = left_out.iter().map(|d| d.1).sum();
    let pseudo = |left: Option<f64>| {
        let left = left.map_or(f64::NAN, f64::ln);
        n * theta.ln() - (n - 1.0) * left
    };
    let pseudo: Vec<(f64, f64)> = left_out.iter().map(|d| (pseudo(d.0), d.1)).collect();
    let mean = pseudo.iter().map(|p| p.0 * p.1).sum::<f64>() / n;
    let squares: f64 = pseudo.iter().map(|p| p.1 * (p.0 - mean).powi(2)).sum();
    Some((squares / (n - 1.0) / n).sqrt()).filter(|se| se.is_finite())
}
