//! Intervals from leaving out one unit at a time.
//!
//! With `theta(-i)` the value without unit i, of n units:
//!
//! ```text
//! d_i  = mean of theta(-i) - theta(-i),  0 where theta(-i) does not exist
//! SE^2 = (n - 1) / n * sum d_i^2
//! K    = n sum d^4 / (sum d^2)^2 - 3,    at least -1
//! df   = 2 / (2 / (n - 1) + K / n),      at least 3 and at most n - 1
//! ends = tanh(atanh(theta) -+ t_df SE / (1 - theta^2))
//! ```
//!
//! The degrees of freedom follow the kurtosis of the d, since in skewed samples a few units carry
//! most of the variance. Where every unit is rated alike SE is 0 and says nothing. Then, with
//! confidence c, a share `U = 1 - ((1 - c) / 2)^(1 / n)` of units that are not alike would still
//! have gone unseen; where each of those has one rater one step off, the value is
//! `1 - U s / D_e`, with s the disagreement of such a unit and D_e that expected by chance.

use super::{
    Estimate,
    distribution::{critical_t, percent, tail},
    interval::{FEWEST_UNITS, caution},
};

/// Where the degrees of freedom come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freedom {
    /// n - 1.
    Units,
    /// The kurtosis of the deviations.
    Kurtosis,
}

/// A value without one unit, and how many units leave that value; `None` where none is left.
pub(super) type LeftOut = (Option<f64>, f64);

/// Spread of a value over units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) n: f64,
    pub(super) se: f64,
    /// By the kurtosis of the deviations.
    pub(super) df: f64,
}

impl Spread {
    pub(super) fn of(left_out: &[LeftOut]) -> Self {
        let n: f64 = left_out.iter().map(|of| of.1).sum();
        let defined = || left_out.iter().filter_map(|of| Some((of.0?, of.1)));
        let n_defined: f64 = defined().map(|of| of.1).sum();
        let mean = defined().map(|of| of.0 * of.1).sum::<f64>() / n_defined;
        let power = |power: i32| -> f64 {
            let deviations = defined().map(|of| of.1 * (mean - of.0).powi(power));
            deviations.sum()
        };
        let (squares, fourth) = (power(2), power(4));
        let kurtosis = (n * fourth / (squares * squares) - 3.0).max(-1.0);
        let df = 2.0 / (2.0 / (n - 1.0) + kurtosis / n);
        Self {
            n,
            se: ((n - 1.0) / n * squares).sqrt(),
            df: match df.is_finite() {
                true => df.max(3.0).min(n - 1.0),
                false => n - 1.0,
            },
        }
    }
}

/// What a unit with one rater one step off would add, where every unit is rated alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unanimous {
    /// Its disagreement.
    pub(super) step: f64,
    /// The disagreement expected by chance, in the same unit.
    pub(super) expected: f64,
}

/// How a coefficient of agreement gets its interval.
pub(super) struct JackknifeRecipe {
    pub(super) freedom: Freedom,
    /// Some where every unit with two ratings is rated alike.
    pub(super) unanimous: Option<Unanimous>,
    /// Units below which the interval is not to be trusted.
    pub(super) least: usize,
    pub(super) confidence: f64,
}

/// Adds standard error and interval, and to the method how they were made.
pub(super) fn with_jackknife(
    mut estimate: Estimate,
    left_out: &[LeftOut],
    recipe: &JackknifeRecipe,
) -> Estimate {
    let spread = Spread::of(left_out);
    let n = spread.n.round() as usize;
    let words = percent(recipe.confidence);
    if n < FEWEST_UNITS {
        estimate.method += "; no interval";
        estimate.warning = Some(format!("no interval is made from {n} units"));
        return estimate;
    }
    if let Some(of) = recipe.unanimous {
        let unseen = 1.0 - tail(recipe.confidence).powf(1.0 / spread.n);
        estimate.method += &format!(
            "; every unit is rated alike: {words} lower limit from the share of units that could \
             have gone unseen, supposing that those have one rater one step off"
        );
        estimate = estimate.with_interval(1.0 - unseen * of.step / of.expected, 1.0);
        estimate.warning = caution(n, recipe.least);
        return estimate;
    }
    let df = match recipe.freedom {
        Freedom::Units => spread.n - 1.0,
        Freedom::Kurtosis => spread.df,
    };
    estimate.method += &format!(
        "; {words} interval from the jackknife over units on the inverse hyperbolic tangent, \
         Student's t on {df:.1} degrees of freedom"
    );
    let theta = estimate.value;
    let has_spread = spread.se > 1e-12 && theta.abs() < 1.0;
    if !has_spread {
        estimate.warning =
            Some("no interval: leaving out a unit changes nothing, so nothing is known".into());
        return estimate;
    }
    let half = critical_t(recipe.confidence, df) * spread.se / (1.0 - theta * theta);
    let end = |step: f64| (theta.atanh() + step).tanh();
    estimate.warning = caution(n, recipe.least);
    estimate
        .with_se(spread.se)
        .with_interval(end(-half), end(half))
}
