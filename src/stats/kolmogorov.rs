//! The two-sample Kolmogorov-Smirnov test.

use super::{Estimate, Outcome, Undefined};

/// How p is found from the largest distance D.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KsMethod {
    /// By counting the orders of two samples without ties that come at least as far apart.
    Exact,
    /// `Q((e + 0.12 + 0.11 / e) D)` with `e = sqrt(n1 n2 / (n1 + n2))` (Stephens 1970).
    Stephens,
    /// `Q(e D)`, for large samples.
    Asymptotic,
}

impl KsMethod {
    fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Stephens => "Stephens' approximation",
            Self::Asymptotic => "asymptotic",
        }
    }
}

/// Two-sample Kolmogorov-Smirnov test. The value is D, the largest distance between the two
/// empirical distribution functions. With ties the exact p is too large rather than too small.
pub fn kolmogorov_smirnov(first: &[f64], second: &[f64], method: KsMethod) -> Outcome {
    let n = first.len() + second.len();
    let words = format!("two-sample Kolmogorov-Smirnov test, {}", method.name());
    if first.iter().chain(second).any(|x| !x.is_finite()) {
        return Outcome::undefined(Undefined::BadNumber, n, words);
    }
    if first.is_empty() || second.is_empty() {
        return Outcome::undefined(Undefined::TooFewUnits, n, words);
    }
    let d = distance(first, second);
    let p = kolmogorov_smirnov_p(d, first.len(), second.len(), method);
    Estimate::new(d, n, words)
        .with_p(p.unwrap_or(f64::NAN))
        .outcome()
}

/// p of a published distance D between samples of n1 and n2; `None` for an empty sample or a
/// distance outside 0 to 1.
pub fn kolmogorov_smirnov_p(d: f64, n1: usize, n2: usize, method: KsMethod) -> Option<f64> {
    if n1 == 0 || n2 == 0 || !(0.0..=1.0).contains(&d) {
        return None;
    }
    let e = (n1 as f64 * n2 as f64 / (n1 + n2) as f64).sqrt();
    Some(match method {
        KsMethod::Exact => exact_above(d, n1, n2),
        KsMethod::Stephens => kolmogorov_above((e + 0.12 + 0.11 / e) * d),
        KsMethod::Asymptotic => kolmogorov_above(e * d),
    })
}

fn distance(first: &[f64], second: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (first, second) = (sorted(first), sorted(second));
    let share = |sorted: &[f64], x: f64| {
        sorted.partition_point(|value| *value <= x) as f64 / sorted.len() as f64
    };
    let all = first.iter().chain(&second);
    all.map(|&x| (share(&first, x) - share(&second, x)).abs())
        .fold(0.0, f64::max)
}

/// `Q(x) = 2 sum_{k >= 1} (-1)^(k-1) exp(-2 k^2 x^2)`, by the theta series for small x.
fn kolmogorov_above(x: f64) -> f64 {
    use std::f64::consts::PI;
    if x <= 0.0 {
        return 1.0;
    }
    let terms = (1..=20).map(f64::from);
    if x < 1.0 {
        let odd = terms.map(|k| (-((2.0 * k - 1.0) * PI / x).powi(2) / 8.0).exp());
        return 1.0 - (2.0 * PI).sqrt() / x * odd.sum::<f64>();
    }
    let signed = terms.map(|k| {
        let sign = if k % 2.0 == 1.0 { 1.0 } else { -1.0 };
        sign * (-2.0 * (k * x).powi(2)).exp()
    });
    2.0 * signed.sum::<f64>()
}

/// The chance that a random order of n1 and n2 values comes D or more apart. A walk over the grid
/// of (values of the first, values of the second) passed so far; `at_reach` collects the chance
/// of the walks that get there.
fn exact_above(d: f64, n1: usize, n2: usize) -> f64 {
    let (n1_f, n2_f) = (n1 as f64, n2 as f64);
    // D is a multiple of 1 / (n1 n2), so that half a step below it settles rounding.
    let reach = (d * n1_f * n2_f).round() - 0.5;
    let far = |i: usize, j: usize| (i as f64 * n2_f - j as f64 * n1_f).abs() > reach;
    if far(0, 0) {
        return 1.0;
    }
    let mut at_reach = 0.0;
    // Chance to be at (i, j) without having been far, for the present i.
    let mut here = vec![0.0; n2 + 1];
    here[0] = 1.0;
    for i in 0..=n1 {
        for j in 0..=n2 {
            if i == 0 && j == 0 {
                continue;
            }
            let left = (n1 + n2 - i - j + 1) as f64;
            let from_first = if i > 0 {
                here[j] * (n1 - i + 1) as f64 / left
            } else {
                0.0
            };
            let from_second = if j > 0 {
                here[j - 1] * (n2 - j + 1) as f64 / left
            } else {
                0.0
            };
            let chance = from_first + from_second;
            if far(i, j) {
                at_reach += chance;
                here[j] = 0.0;
            } else {
                here[j] = chance;
            }
        }
    }
    at_reach
}
