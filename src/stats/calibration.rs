//! How far probabilities are what they say.

use super::{
    Estimate, Outcome, Undefined,
    ordinal_regression::{GradedCase, ordinal_regression},
};
use serde::Serialize;

/// A probability that was told of a case, and what was true.
pub type Told = (f64, bool);

/// Probabilities this near to 0 or 1 are moved here before their log odds are taken.
const NEAREST: f64 = 1e-9;

fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(NEAREST, 1.0 - NEAREST);
    (p / (1.0 - p)).ln()
}

fn probability_of(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

/// The temperature that log odds are divided by so that the probabilities have the largest likelihood
/// (Guo et al. 2017), from 0.05 to 20; `None` where one class is missing or a number is not finite.
///
/// The likelihood as a function of one over the temperature is concave, so that a golden section of the
/// logarithm of the temperature finds it.
#[must_use]
pub fn temperature(cases: &[(f64, bool)]) -> Option<f64> {
    let n_positive = cases.iter().filter(|case| case.1).count();
    let is_defined =
        n_positive > 0 && n_positive < cases.len() && cases.iter().all(|case| case.0.is_finite());
    if !is_defined {
        return None;
    }
    let loss = |log_temperature: f64| -> f64 {
        let by = log_temperature.exp();
        let of = |&(odds, positive): &(f64, bool)| {
            let against = if positive { -odds / by } else { odds / by };
            against.max(0.0) + (-against.abs()).exp().ln_1p()
        };
        cases.iter().map(of).sum()
    };
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let [mut low, mut high] = [0.05_f64.ln(), 20.0_f64.ln()];
    for _ in 0..100 {
        let step = ratio * (high - low);
        match loss(high - step) < loss(low + step) {
            true => high = low + step,
            false => low = high - step,
        }
    }
    Some(f64::midpoint(low, high).exp())
}

/// The mean squared difference of probabilities and truth (Brier 1950).
pub fn brier(cases: &[Told]) -> Outcome {
    let method = "mean squared difference of probability and truth";
    if cases.is_empty() {
        return Outcome::undefined(Undefined::TooFewUnits, 0, method);
    }
    let square = |&(p, positive): &Told| (p - f64::from(u8::from(positive))).powi(2);
    let mean = cases.iter().map(square).sum::<f64>() / cases.len() as f64;
    Estimate::new(mean, cases.len(), method).outcome()
}

/// How far the log odds of probabilities are those of the truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// Of a logistic regression of the truth on the log odds; 1 is right, below 1 the probabilities are
    /// too extreme.
    pub slope: Outcome,
    /// Of the same regression; 0 is right where the slope is 1.
    pub intercept: Outcome,
    /// Of the regression whose slope is 1 (calibration in the large); above 0 the probabilities are too low.
    pub in_the_large: Outcome,
}

/// Calibration slope, intercept and calibration in the large (Cox 1958; Van Calster et al. 2019).
pub fn calibration(cases: &[Told], confidence: f64) -> Calibration {
    let fitted = ordinal_regression(
        &[0.0, 1.0],
        &cases
            .iter()
            .map(|&(p, positive)| GradedCase {
                grade: f64::from(u8::from(positive)),
                predictors: vec![log_odds(p)],
            })
            .collect::<Vec<_>>(),
        confidence,
    );
    let method =
        |what: &str| format!("{what} of a logistic regression of the truth on the log odds");
    let (slope, intercept) = match fitted {
        Ok(fitted) => (
            fitted.coefficients[0].clone(),
            // The regression tells where the log odds of the lower level are 0, the other way round.
            negated(&fitted.thresholds[0], method("intercept")),
        ),
        Err(reason) => (
            Outcome::undefined(reason, cases.len(), method("slope")),
            Outcome::undefined(reason, cases.len(), method("intercept")),
        ),
    };
    Calibration {
        slope,
        intercept,
        in_the_large: in_the_large(cases, confidence),
    }
}

fn negated(outcome: &Outcome, method: String) -> Outcome {
    let Some(estimate) = outcome.estimate() else {
        return outcome.clone();
    };
    let mut turned = Estimate::new(-estimate.value, estimate.n, method);
    turned.se = estimate.se;
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        turned = turned.with_interval(-high, -low);
    }
    turned.outcome()
}

/// The intercept with the log odds as they are: by Newton's method on a concave likelihood.
fn in_the_large(cases: &[Told], confidence: f64) -> Outcome {
    let method = "intercept of a logistic regression with the log odds as offset";
    let n_positive = cases.iter().filter(|case| case.1).count();
    if n_positive == 0 || n_positive == cases.len() {
        return Outcome::undefined(Undefined::OneClass, cases.len(), method);
    }
    let mut intercept = 0.0;
    let mut information = 0.0;
    for _ in 0..100 {
        let of = |&(p, positive): &Told| {
            let now = probability_of(log_odds(p) + intercept);
            (f64::from(u8::from(positive)) - now, now * (1.0 - now))
        };
        let (slope, spread) = cases
            .iter()
            .map(of)
            .fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        information = spread;
        // Far off, a whole step of Newton's would overshoot.
        let step = (slope / spread).clamp(-2.0, 2.0);
        intercept += step;
        if step.abs() < 1e-12 {
            break;
        }
    }
    let se = (1.0_f64 / information).sqrt();
    Estimate::new(intercept, cases.len(), method)
        .with_se(se)
        .with_half_width(super::distribution::critical_z(confidence) * se)
        .outcome()
}

/// Cases whose probabilities are alike, with what is true of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Mean of the probabilities.
    pub told: f64,
    /// Share of the cases that are positive.
    pub found: f64,
    /// Wilson's interval of the share.
    pub found_interval: Option<[f64; 2]>,
    /// Cases.
    pub n: usize,
}

/// Cases in the order of their probabilities, in so many groups of one size, or nearly so; fewer where
/// there are fewer cases.
#[must_use]
pub fn reliability(cases: &[Told], n_bins: usize, confidence: f64) -> Vec<ReliabilityBin> {
    let mut sorted = cases.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n_bins = n_bins.min(sorted.len());
    let bins = (0..n_bins).map(|at| {
        let bin = &sorted[at * sorted.len() / n_bins..(at + 1) * sorted.len() / n_bins];
        let n = bin.len();
        let found = bin.iter().filter(|case| case.1).count();
        ReliabilityBin {
            told: bin.iter().map(|case| case.0).sum::<f64>() / n as f64,
            found: found as f64 / n as f64,
            found_interval: super::wilson(found, n, confidence)
                .interval()
                .map(|(low, high)| [low, high]),
            n,
        }
    });
    bins.collect()
}
