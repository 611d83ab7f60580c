//! Wilcoxon's tests. Exact where there are few values and no ties, else normal with continuity
//! correction and ties corrected, by the same rule as R's `wilcox.test`.

use super::{Estimate, Outcome, Undefined, distribution::normal_below, rank::mid_ranks};

/// From here on the normal distribution serves.
const N_LARGE: usize = 50;

/// Wilcoxon's signed-rank test of pairs (first, second): are the differences symmetric about 0?
/// The value is V, the sum of the ranks of the positive differences (Wilcoxon 1945).
///
/// Pairs without a difference are dropped and not counted in `n`; like ties they rule the exact
/// distribution out.
pub fn wilcoxon_signed_rank(pairs: &[(f64, f64)]) -> Outcome {
    let words = |kind| format!("Wilcoxon signed-rank test, {kind}; V is the sum of positive ranks");
    let differences: Vec<f64> = pairs
        .iter()
        .map(|(a, b)| a - b)
        .filter(|d| *d != 0.0)
        .collect();
    let n = differences.len();
    if differences.iter().any(|d| !d.is_finite()) {
        return Outcome::undefined(Undefined::BadNumber, n, words("exact"));
    }
    if n == 0 {
        let reason = match pairs.is_empty() {
            true => Undefined::TooFewUnits,
            false => Undefined::NoDifference,
        };
        return Outcome::undefined(reason, n, words("exact"));
    }
    let sizes: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
    let ranks = mid_ranks(&sizes);
    let positive = differences
        .iter()
        .zip(&ranks.ranks)
        .filter(|(d, _)| **d > 0.0);
    let v: f64 = positive.map(|(_, rank)| rank).sum();
    if n < N_LARGE && ranks.ties == 0.0 && n == pairs.len() {
        let p = exact_two_sided(&signed_rank_counts(n), v);
        return Estimate::new(v, n, words("exact")).with_p(p).outcome();
    }
    let n_f = n as f64;
    let mean = n_f * (n_f + 1.0) / 4.0;
    let variance = n_f * (n_f + 1.0) * (2.0 * n_f + 1.0) / 24.0 - ranks.ties / 48.0;
    let p = continuous_two_sided(v - mean, variance);
    Estimate::new(v, n, words("normal approximation"))
        .with_p(p)
        .outcome()
}

/// Wilcoxon's rank-sum test of two samples (Mann and Whitney 1947): does one tend to be larger?
/// The value is W, the number of pairs in which the first is larger, ties counting half.
pub fn wilcoxon_rank_sum(first: &[f64], second: &[f64]) -> Outcome {
    let words = |kind| {
        format!("Wilcoxon rank-sum test, {kind}; W counts the pairs in which the first is larger")
    };
    let all: Vec<f64> = first.iter().chain(second).copied().collect();
    let n = all.len();
    if all.iter().any(|x| !x.is_finite()) {
        return Outcome::undefined(Undefined::BadNumber, n, words("exact"));
    }
    if first.is_empty() || second.is_empty() {
        return Outcome::undefined(Undefined::TooFewUnits, n, words("exact"));
    }
    let ranks = mid_ranks(&all);
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    let sum: f64 = ranks.ranks[..first.len()].iter().sum();
    let w = sum - n1 * (n1 + 1.0) / 2.0;
    if first.len() < N_LARGE && second.len() < N_LARGE && ranks.ties == 0.0 {
        let p = exact_two_sided(&rank_sum_counts(first.len(), second.len()), w);
        return Estimate::new(w, n, words("exact")).with_p(p).outcome();
    }
    let n_f = n as f64;
    let variance = n1 * n2 / 12.0 * (n_f + 1.0 - ranks.ties / (n_f * (n_f - 1.0)));
    if variance <= 0.0 {
        return Outcome::undefined(Undefined::NoVariation, n, words("normal approximation"));
    }
    let p = continuous_two_sided(w - n1 * n2 / 2.0, variance);
    Estimate::new(w, n, words("normal approximation"))
        .with_p(p)
        .outcome()
}

fn continuous_two_sided(from_mean: f64, variance: f64) -> f64 {
    let nearer = (from_mean.abs() - 0.5) / variance.sqrt();
    (2.0 * normal_below(-nearer)).min(1.0)
}

/// Twice the smaller tail of a statistic with these counts of ways for 0, 1, 2, ...
fn exact_two_sided(ways: &[f64], statistic: f64) -> f64 {
    let at = (statistic.round() as usize).min(ways.len() - 1);
    let all: f64 = ways.iter().sum();
    let below: f64 = ways[..=at].iter().sum();
    let above: f64 = ways[at..].iter().sum();
    (2.0 * below.min(above) / all).min(1.0)
}

/// In how many ways a subset of 1..=n adds up to 0, 1, 2, ...
fn signed_rank_counts(n: usize) -> Vec<f64> {
    let mut ways = vec![0.0; n * (n + 1) / 2 + 1];
    ways[0] = 1.0;
    for rank in 1..=n {
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    ways
}

/// In how many ways n1 of n1 + n2 ranks make the statistic 0, 1, 2, ...: the coefficients of the
/// Gaussian binomial, built up by one pair of factors `(1 - x^(n2 + i)) / (1 - x^i)` at a time.
fn rank_sum_counts(n1: usize, n2: usize) -> Vec<f64> {
    let mut ways = vec![0.0; n1 * n2 + 1];
    ways[0] = 1.0;
    for i in 1..=n1 {
        for sum in (n2 + i..ways.len()).rev() {
            ways[sum] -= ways[sum - n2 - i];
        }
        for sum in i..ways.len() {
            ways[sum] += ways[sum - i];
        }
    }
    ways
}
