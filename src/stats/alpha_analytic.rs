//! Krippendorff's alpha with agreement weights and an analytic standard error.
//!
//! Over the n units with two ratings or more, with `r_ik` ratings of level k in unit i, `r_i` in
//! all, `m` the mean of `r_i` and `e = 1 / sum r_i`:
//!
//! ```text
//! p_a' = mean_i sum_k r_ik (sum_l w_kl r_il - 1) / (m (r_i - 1)),   p_a = (1 - e) p_a' + e
//! pi_k = mean_i r_ik / m,   p_e = sum_kl w_kl pi_k pi_l,   alpha = (p_a - p_e) / (1 - p_e)
//! ```
//!
//! Unweighted it is alpha with the nominal metric, with quadratic weights on equally spaced levels
//! that with the interval metric. There are no weights that make the ordinal metric.

use super::{
    Estimate, Outcome, Ratings, Undefined, Weights,
    chance_corrected::with_spread,
    distribution::percent,
    moments::{dot, mean},
};

/// Krippendorff's alpha with the linearised standard error over units and Student's t on n - 1
/// degrees of freedom, the interval cut at 1; `p` tests that alpha is 0 (Gwet 2014, "Handbook of
/// inter-rater reliability"). It needs no random numbers.
///
/// `n` is the number of units with two ratings or more.
pub fn alpha_analytic(ratings: &Ratings, weights: Weights, confidence: f64) -> Outcome {
    let table = AnalyticTable::of(ratings, weights.matrix(ratings.levels().len()));
    let n = table.units.len();
    let method = format!(
        "Krippendorff's alpha, {weights}; {} interval by Student's t from the linearised standard \
         error over units, cut at 1",
        percent(confidence)
    );
    if n == 0 {
        return Outcome::undefined(Undefined::NoPairs, n, method);
    }
    if table.chance >= 1.0 - 1e-12 {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    }
    let agreement = table.agreement();
    let plain = mean(&agreement);
    let corrected = plain + (1.0 - plain) / table.total;
    let alpha = (corrected - table.chance) / (1.0 - table.chance);
    let deviations = table.linearised(&agreement, plain, corrected);
    with_spread(Estimate::new(alpha, n, method), &deviations, confidence).outcome()
}

/// The units with a pair, by how often each level was given.
struct AnalyticTable {
    units: Vec<Vec<f64>>,
    /// Ratings in each unit, on average, and in all.
    n_ratings: Vec<f64>,
    mean: f64,
    total: f64,
    weights: Vec<Vec<f64>>,
    /// Mean weight of each level over all ratings.
    near: Vec<f64>,
    chance: f64,
}

impl AnalyticTable {
    fn of(ratings: &Ratings, weights: Vec<Vec<f64>>) -> Self {
        let mut units = ratings.level_counts();
        units.retain(|unit| unit.iter().sum::<f64>() >= 2.0);
        let n_ratings: Vec<f64> = units.iter().map(|unit| unit.iter().sum()).collect();
        let total: f64 = n_ratings.iter().sum();
        let share = |k: usize| units.iter().map(|unit| unit[k]).sum::<f64>() / total;
        let shares: Vec<f64> = (0..weights.len()).map(share).collect();
        let near: Vec<f64> = weights.iter().map(|w| dot(w, &shares)).collect();
        Self {
            mean: mean(&n_ratings),
            chance: dot(&shares, &near),
            units,
            n_ratings,
            total,
            weights,
            near,
        }
    }

    /// Of each unit, at the mean number of ratings.
    fn agreement(&self) -> Vec<f64> {
        let of_unit = |(unit, r): (&Vec<f64>, &f64)| {
            // Few levels occur in one unit.
            let levels = unit.iter().zip(&self.weights).filter(|of| *of.0 > 0.0);
            let pairs: f64 = levels.map(|(n, w)| n * (dot(w, unit) - 1.0)).sum();
            pairs / (self.mean * (r - 1.0))
        };
        self.units
            .iter()
            .zip(&self.n_ratings)
            .map(of_unit)
            .collect()
    }

    /// What each unit adds to alpha, less alpha, both without the small-sample correction.
    fn linearised(&self, agreement: &[f64], plain: f64, corrected: f64) -> Vec<f64> {
        let left = 1.0 - self.chance;
        let alpha = (plain - self.chance) / left;
        let of_unit = |i: usize| {
            let surplus = (self.n_ratings[i] - self.mean) / self.mean;
            let observed = agreement[i] - corrected * surplus - self.chance;
            let expected = dot(&self.units[i], &self.near) / self.mean;
            let by_chance = expected - self.chance * (1.0 + surplus);
            (observed - 2.0 * (1.0 - alpha) * by_chance) / left - alpha
        };
        (0..self.units.len()).map(of_unit).collect()
    }
}
