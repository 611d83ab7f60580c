//! Chance-corrected agreement of several raters, in one frame.
//!
//! All four coefficients are `(p_a - p_e) / (1 - p_e)` with the same observed agreement: over the
//! units with two ratings or more, the mean share of pairs that agree, weighted. They differ in
//! the agreement by chance:
//!
//! ```text
//! Gwet's AC1, AC2   (sum of w) * sum_k pi_k (1 - pi_k) / (q (q - 1))
//! Fleiss            sum_kl w_kl pi_k pi_l
//! Conger            mean over pairs of raters g != h of sum_kl w_kl p_gk p_hl
//! Brennan-Prediger  (sum of w) / q^2
//! ```
//!
//! with `pi_k` the mean over units of the share of level k in the unit, `p_gk` the share of level
//! k among the ratings of rater g, and q levels. Standard errors are those of the linearised
//! coefficient over units, missing ratings included (Gwet 2014, "Handbook of inter-rater
//! reliability"; Gwet 2021 for the weighted forms).

use std::fmt;

use serde::Serialize;

use super::{
    Estimate, Outcome, Ratings, Undefined, Weights,
    distribution::{critical_t, percent, two_sided_t, two_sided_z},
    moments::dot,
};

/// Which agreement is expected by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coefficient {
    /// Gwet's AC1, and AC2 with weights; robust where one level prevails.
    Gwet,
    /// Fleiss' kappa: raters are interchangeable.
    Fleiss,
    /// Conger's kappa: each rater has their own shares; Cohen's kappa for two.
    Conger,
    /// Brennan-Prediger: every level equally likely.
    BrennanPrediger,
}

impl Coefficient {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::Gwet,
        Self::Fleiss,
        Self::Conger,
        Self::BrennanPrediger,
    ];

    fn name(self, weights: Weights) -> &'static str {
        match self {
            Self::Gwet if weights == Weights::Identity => "Gwet's AC1",
            Self::Gwet => "Gwet's AC2",
            Self::Fleiss => "Fleiss' kappa",
            Self::Conger => "Conger's kappa",
            Self::BrennanPrediger => "Brennan-Prediger coefficient",
        }
    }
}

impl fmt::Display for Coefficient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gwet => "Gwet",
            Self::Fleiss => "Fleiss",
            Self::Conger => "Conger",
            Self::BrennanPrediger => "Brennan-Prediger",
        })
    }
}

/// A chance-corrected coefficient of several raters with an analytic interval: Student's t with
/// n - 1 degrees of freedom, cut at 1; `p` tests that the coefficient is 0.
///
/// `n` is the number of units with one rating or more; those with one count in the shares only.
/// The levels enter through q, whether they occur or not.
pub fn chance_corrected(
    ratings: &Ratings,
    coefficient: Coefficient,
    weights: Weights,
    confidence: f64,
) -> Outcome {
    let table = Table::of(ratings, weights.matrix(ratings.levels().len()));
    let n = table.counts.len();
    let method = format!(
        "{}, {weights}; {} interval by Student's t from the linearised standard error over \
         units, cut at 1",
        coefficient.name(weights),
        percent(confidence)
    );
    let undefined = |reason| Outcome::undefined(reason, n, method.clone());
    if table.n_paired() == 0.0 {
        return undefined(Undefined::NoPairs);
    }
    if ratings.levels().len() < 2 {
        return undefined(Undefined::OneLevel);
    }
    let Some((chance, by_unit)) = table.chance(coefficient, ratings) else {
        return undefined(Undefined::TooFewRaters);
    };
    if chance >= 1.0 - 1e-12 {
        return undefined(Undefined::NoVariation);
    }
    let value = (table.agreement() - chance) / (1.0 - chance);
    let deviations = table.linearised(value, chance, &by_unit);
    with_spread(Estimate::new(value, n, method), &deviations, confidence).outcome()
}

/// Standard error of a mean from the deviations of its terms, with t interval cut at 1 and test.
pub(super) fn with_spread(estimate: Estimate, deviations: &[f64], confidence: f64) -> Estimate {
    let n = deviations.len() as f64;
    let squares: f64 = deviations.iter().map(|d| d * d).sum();
    let se = (squares / (n * (n - 1.0))).sqrt();
    let half = critical_t(confidence, n - 1.0) * se;
    let p = two_sided_t(estimate.value / se, n - 1.0);
    estimate
        .with_se(se)
        .with_half_width(half)
        .with_p(p)
        .within(f64::NEG_INFINITY, 1.0)
}

/// Fleiss' kappa of complete data with the z test of Fleiss, Nee and Landis 1979.
///
/// Units that a rater left out are dropped. `se` is the standard error under the hypothesis that
/// kappa is 0, which serves the test only, so that there is no interval; for that see
/// [`chance_corrected`].
pub fn fleiss_kappa(ratings: &Ratings) -> Outcome {
    let m = ratings.n_raters() as f64;
    let counts: Vec<Vec<f64>> = ratings
        .level_counts()
        .into_iter()
        .filter(|unit| unit.iter().sum::<f64>() == m)
        .collect();
    let n = counts.len();
    let method = "Fleiss' kappa of complete units; z test of kappa 0 with the standard error \
                  under that hypothesis";
    if m < 2.0 || n == 0 {
        return Outcome::undefined(Undefined::NoPairs, n, method);
    }
    let share = |k: usize| counts.iter().map(|unit| unit[k]).sum::<f64>() / (n as f64 * m);
    let shares: Vec<f64> = (0..ratings.levels().len()).map(share).collect();
    let chance: f64 = shares.iter().map(|p| p * p).sum();
    if chance >= 1.0 - 1e-12 {
        return Outcome::undefined(Undefined::NoVariation, n, method);
    }
    let squares: f64 = counts.iter().flatten().map(|x| x * x).sum();
    let agreement = (squares / n as f64 - m) / (m * (m - 1.0));
    let kappa = (agreement - chance) / (1.0 - chance);
    let spread: f64 = shares.iter().map(|p| p * (1.0 - p)).sum();
    let skew: f64 = shares.iter().map(|p| p * (1.0 - p) * (1.0 - 2.0 * p)).sum();
    let scale = 2.0 / (n as f64 * m * (m - 1.0));
    let se = (scale * (spread * spread - skew)).sqrt() / spread;
    Estimate::new(kappa, n, method)
        .with_se(se)
        .with_p(two_sided_z(kappa / se))
        .outcome()
}

/// Exact agreement, or agreement within a number of steps on the list of levels, as a share of
/// the pairs of ratings: averaged within each unit with two ratings or more, then over units.
///
/// The interval is by Student's t over units, cut to 0 to 1; `n` is the number of units with one
/// rating or more, of which those with one only enter the standard error (Gwet 2014). There is no
/// test, since agreement by chance is not taken off.
pub fn percent_agreement(ratings: &Ratings, within_steps: usize, confidence: f64) -> Outcome {
    let q = ratings.levels().len();
    let near = |i: usize| (0..q).map(move |j| f64::from(u8::from(i.abs_diff(j) <= within_steps)));
    let table = Table::of(ratings, (0..q).map(|i| near(i).collect()).collect());
    let n = table.counts.len();
    let kind = match within_steps {
        0 => "exact".to_owned(),
        1 => "within one level".to_owned(),
        steps => format!("within {steps} levels"),
    };
    let method = format!(
        "share of pairs of ratings that agree, {kind}, averaged over units; {} interval by \
         Student's t over units",
        percent(confidence)
    );
    if table.n_paired() == 0.0 {
        return Outcome::undefined(Undefined::NoPairs, n, method);
    }
    let value = table.agreement();
    let deviations = table.linearised(value, 0.0, &vec![0.0; n]);
    let mut estimate = with_spread(Estimate::new(value, n, method), &deviations, confidence);
    estimate.p = None;
    estimate.within(0.0, 1.0).outcome()
}

/// Level counts of the units with a rating, and the weights.
struct Table {
    counts: Vec<Vec<f64>>,
    /// Ratings in each unit.
    n_ratings: Vec<f64>,
    weights: Vec<Vec<f64>>,
}

impl Table {
    fn of(ratings: &Ratings, weights: Vec<Vec<f64>>) -> Self {
        let mut counts = ratings.level_counts();
        counts.retain(|unit| unit.iter().any(|&x| x > 0.0));
        Self {
            n_ratings: counts.iter().map(|unit| unit.iter().sum()).collect(),
            counts,
            weights,
        }
    }

    /// Units with two ratings or more.
    fn n_paired(&self) -> f64 {
        self.n_ratings.iter().filter(|&&m| m >= 2.0).count() as f64
    }

    /// Weighted share of agreeing pairs in a unit; 0 without pairs.
    fn unit_agreement(&self, unit: usize) -> f64 {
        let (counts, m) = (&self.counts[unit], self.n_ratings[unit]);
        if m < 2.0 {
            return 0.0;
        }
        let near = |k: usize| dot(&self.weights[k], counts);
        let pairs: f64 = (0..counts.len()).map(|k| counts[k] * (near(k) - 1.0)).sum();
        pairs / (m * (m - 1.0))
    }

    fn agreement(&self) -> f64 {
        let units = 0..self.counts.len();
        units.map(|unit| self.unit_agreement(unit)).sum::<f64>() / self.n_paired()
    }

    /// What each unit adds to the coefficient, less the coefficient.
    fn linearised(&self, value: f64, chance: f64, chance_by_unit: &[f64]) -> Vec<f64> {
        let scale = self.counts.len() as f64 / self.n_paired();
        let term = |unit: usize| {
            let chance_here = if self.n_ratings[unit] >= 2.0 {
                chance
            } else {
                0.0
            };
            let agreement = scale * (self.unit_agreement(unit) - chance_here);
            let moved = 2.0 * (1.0 - value) * (chance_by_unit[unit] - chance);
            (agreement - moved) / (1.0 - chance) - value
        };
        (0..self.counts.len()).map(term).collect()
    }

    /// Mean over units of the share of each level in the unit.
    fn level_shares(&self) -> Vec<f64> {
        let n = self.counts.len() as f64;
        let units = || self.counts.iter().zip(&self.n_ratings);
        (0..self.weights.len())
            .map(|k| units().map(|(unit, m)| unit[k] / m).sum::<f64>() / n)
            .collect()
    }

    /// Agreement by chance, and what each unit adds to it. `None` for Conger with one rater.
    fn chance(&self, coefficient: Coefficient, ratings: &Ratings) -> Option<(f64, Vec<f64>)> {
        let q = self.weights.len() as f64;
        let all: f64 = self.weights.iter().flatten().sum();
        let shares = self.level_shares();
        let scores: Vec<f64> = match coefficient {
            Coefficient::Conger => return self.conger_chance(ratings),
            Coefficient::BrennanPrediger => {
                let chance = all / (q * q);
                return Some((chance, vec![chance; self.counts.len()]));
            }
            Coefficient::Gwet => {
                let scale = all / (q * (q - 1.0));
                shares.iter().map(|p| scale * (1.0 - p)).collect()
            }
            Coefficient::Fleiss => self.weights.iter().map(|w| dot(w, &shares)).collect(),
        };
        let units = self.counts.iter().zip(&self.n_ratings);
        let by_unit = units.map(|(unit, m)| dot(unit, &scores) / m).collect();
        Some((dot(&shares, &scores), by_unit))
    }

    /// Conger's chance, raters without a rating left out.
    fn conger_chance(&self, ratings: &Ratings) -> Option<(f64, Vec<f64>)> {
        let rows: Vec<_> = ratings
            .rows()
            .filter(|row| row.iter().any(Option::is_some))
            .collect();
        let raters: Vec<Rater> = (0..ratings.n_raters())
            .filter_map(|idx| Rater::of(&rows, idx, &self.weights))
            .collect();
        let (r, n) = (raters.len() as f64, rows.len() as f64);
        if raters.len() < 2 {
            return None;
        }
        // Sum over ordered pairs of different raters, from the sum over all pairs.
        let total: Vec<f64> = (0..self.weights.len())
            .map(|k| raters.iter().map(|rater| rater.shares[k]).sum())
            .collect();
        let pairs = r * (r - 1.0);
        let own: f64 = raters.iter().map(|g| dot(&g.shares, &g.weighted)).sum();
        let weighted_total: Vec<f64> = self.weights.iter().map(|w| dot(w, &total)).collect();
        let chance = (dot(&total, &weighted_total) - own) / pairs;
        // A rating adds to its rater's shares by 1 / n_g; the others stay as they are.
        let unit = |row: &&[Option<usize>]| {
            let of_rater = |g: &Rater| {
                let others = |k: usize| weighted_total[k] - g.weighted[k];
                let mean = dot(&g.shares, &weighted_total) - dot(&g.shares, &g.weighted);
                row[g.idx].map_or(mean, |k| mean + n / g.n * (others(k) - mean))
            };
            raters.iter().map(of_rater).sum::<f64>() / pairs
        };
        Some((chance, rows.iter().map(unit).collect()))
    }
}

/// One rater's shares of the levels.
struct Rater {
    idx: usize,
    n: f64,
    shares: Vec<f64>,
    /// The shares times the weights.
    weighted: Vec<f64>,
}

impl Rater {
    fn of(rows: &[&[Option<usize>]], idx: usize, weights: &[Vec<f64>]) -> Option<Self> {
        let mut shares = vec![0.0; weights.len()];
        rows.iter()
            .filter_map(|row| row[idx])
            .for_each(|k| shares[k] += 1.0);
        let n: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= n);
        let weighted = weights.iter().map(|w| dot(w, &shares)).collect();
        (n > 0.0).then_some(Self {
            idx,
            n,
            shares,
            weighted,
        })
    }
}
