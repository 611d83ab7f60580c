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
//! k among the ratings of rater g, and q levels. The recommended interval is the jackknife's; the
//! asymptotic one takes the standard error of the linearised coefficient over units, missing
//! ratings included (Gwet 2014, "Handbook of inter-rater reliability"; Gwet 2021 for the weighted
//! forms).

use std::fmt;

use serde::Serialize;

use super::{
    Estimate, Interval, IntervalKind, Outcome, Ratings, Undefined, Weights,
    distribution::{critical_t, percent, two_sided_t, two_sided_z},
    interval::FEW_UNITS,
    jackknife::{Freedom, JackknifeRecipe, LeftOut, Unanimous, with_jackknife},
    moments::{mean, standard_deviation},
    share::{Clustered, clustered_words},
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

/// A chance-corrected coefficient of several raters; `p` tests that it is 0, from the linearised
/// standard error.
///
/// The asymptotic interval is Student's t with n - 1 degrees of freedom, cut at 1. `n` is the
/// number of units with one rating or more; those with one count in the shares only. The levels
/// enter through q, whether they occur or not.
pub fn chance_corrected(
    ratings: &Ratings,
    coefficient: Coefficient,
    weights: Weights,
    interval: Interval,
) -> Outcome {
    let q = ratings.levels().len();
    let table = WeightedTable::of(ratings, q, |i, j| weights.of(i, j, q));
    let n = table.units.len();
    let method = format!("{}, {weights}", coefficient.name(weights));
    let undefined = |reason| Outcome::undefined(reason, n, method.clone());
    if table.n_paired == 0.0 {
        return undefined(Undefined::NoPairs);
    }
    if q < 2 {
        return undefined(Undefined::OneLevel);
    }
    let Some(chance) = table.chance(coefficient, ratings) else {
        return undefined(Undefined::TooFewRaters);
    };
    let Some(value) = corrected(table.agreement(), chance.all) else {
        return undefined(Undefined::NoVariation);
    };
    let estimate = Estimate::new(value, n, method.clone());
    let deviations = table.linearised(value, chance.all, &chance.by_unit);
    if interval.kind == IntervalKind::Asymptotic {
        let mut estimate = with_spread(estimate, &deviations, interval.confidence);
        estimate.method += &format!(
            "; {} interval by Student's t from the linearised standard error over units, cut at 1",
            percent(interval.confidence)
        );
        return estimate.outcome();
    }
    let left_out = table.left_out(&chance.left_out);
    let recipe = JackknifeRecipe {
        freedom: Freedom::Kurtosis,
        unanimous: table.unanimous(1.0 - weights.of(0, 1, q), 1.0 - chance.all),
        least: FEW_UNITS,
        confidence: interval.confidence,
    };
    let (_, p) = spread_and_p(value, &deviations);
    with_jackknife(estimate, &left_out, &recipe)
        .with_p(p)
        .outcome()
}

fn corrected(agreement: f64, chance: f64) -> Option<f64> {
    let left = 1.0 - chance;
    (left > 1e-12 && agreement.is_finite()).then(|| (agreement - chance) / left)
}

/// Standard error of a mean from the deviations of its terms, and p of the t test that it is 0.
fn spread_and_p(value: f64, deviations: &[f64]) -> (f64, f64) {
    let n = deviations.len() as f64;
    let squares: f64 = deviations.iter().map(|d| d * d).sum();
    let se = (squares / (n * (n - 1.0))).sqrt();
    (se, two_sided_t(value / se, n - 1.0))
}

/// Standard error of a mean from the deviations of its terms, with t interval cut at 1 and test.
pub(super) fn with_spread(estimate: Estimate, deviations: &[f64], confidence: f64) -> Estimate {
    let (se, p) = spread_and_p(estimate.value, deviations);
    let half = critical_t(confidence, deviations.len() as f64 - 1.0) * se;
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
/// The recommended interval is Wilson's with design effect and t, and `n` the number of units with
/// two ratings or more; the asymptotic one is by Student's t over units, cut to 0 to 1, and `n`
/// counts units with one rating too, which only enter the standard error (Gwet 2014). There is no
/// test, since agreement by chance is not taken off.
pub fn percent_agreement(ratings: &Ratings, within_steps: usize, interval: Interval) -> Outcome {
    let q = ratings.levels().len();
    let near = |i: usize, j: usize| f64::from(u8::from(i.abs_diff(j) <= within_steps));
    let table = WeightedTable::of(ratings, q, near);
    let kind = match within_steps {
        0 => "exact".to_owned(),
        1 => "within one level".to_owned(),
        steps => format!("within {steps} levels"),
    };
    let method = format!("share of pairs of ratings that agree, {kind}, averaged over units");
    if table.n_paired == 0.0 {
        return Outcome::undefined(Undefined::NoPairs, table.units.len(), method);
    }
    let value = table.agreement();
    if interval.kind == IntervalKind::Asymptotic {
        let n = table.units.len();
        let deviations = table.linearised(value, 0.0, &vec![0.0; n]);
        let words = percent(interval.confidence);
        let method = format!("{method}; {words} interval by Student's t over units");
        let estimate = Estimate::new(value, n, method);
        let mut estimate = with_spread(estimate, &deviations, interval.confidence);
        estimate.p = None;
        return estimate.within(0.0, 1.0).outcome();
    }
    let paired = || table.units.iter().filter(|unit| unit.n >= 2.0);
    let shares: Vec<f64> = paired().map(|unit| unit.agreement).collect();
    let method = format!("{method}; {}", clustered_words(interval.confidence));
    Clustered {
        value: mean(&shares),
        se: standard_deviation(&shares) / (shares.len() as f64).sqrt(),
        n: shares.len(),
        most: paired().map(|unit| unit.n).sum(),
    }
    .outcome(method, interval.confidence)
}

/// The units with a rating.
struct WeightedTable<W> {
    units: Vec<Unit>,
    weight: W,
    n_levels: usize,
    /// Units with two ratings or more.
    n_paired: f64,
}

/// One unit's ratings: few levels occur in it.
struct Unit {
    /// Level and how often.
    given: Vec<(usize, f64)>,
    /// Ratings.
    n: f64,
    /// Weighted share of agreeing pairs; 0 without pairs.
    agreement: f64,
}

/// Agreement by chance.
struct Chance {
    all: f64,
    /// What each unit adds to it.
    by_unit: Vec<f64>,
    /// That of all units but one.
    left_out: Vec<f64>,
}

impl<W: Fn(usize, usize) -> f64> WeightedTable<W> {
    fn of(ratings: &Ratings, n_levels: usize, weight: W) -> Self {
        let rated = ratings.rated_levels().filter(|unit| !unit.is_empty());
        let units: Vec<Unit> = rated.map(|levels| Unit::of(levels, &weight)).collect();
        Self {
            n_paired: units.iter().filter(|unit| unit.n >= 2.0).count() as f64,
            units,
            weight,
            n_levels,
        }
    }

    fn agreement(&self) -> f64 {
        self.units.iter().map(|unit| unit.agreement).sum::<f64>() / self.n_paired
    }

    /// What each unit adds to the coefficient, less the coefficient.
    fn linearised(&self, value: f64, chance: f64, chance_by_unit: &[f64]) -> Vec<f64> {
        let scale = self.units.len() as f64 / self.n_paired;
        let term = |(unit, by_unit): (&Unit, &f64)| {
            let chance_here = if unit.n >= 2.0 { chance } else { 0.0 };
            let agreement = scale * (unit.agreement - chance_here);
            let moved = 2.0 * (1.0 - value) * (by_unit - chance);
            (agreement - moved) / (1.0 - chance) - value
        };
        self.units.iter().zip(chance_by_unit).map(term).collect()
    }

    /// The coefficient without each unit in turn.
    fn left_out(&self, chance: &[f64]) -> Vec<LeftOut> {
        let all: f64 = self.units.iter().map(|unit| unit.agreement).sum();
        let without = |(unit, chance): (&Unit, &f64)| {
            let n_paired = self.n_paired - f64::from(u8::from(unit.n >= 2.0));
            (corrected((all - unit.agreement) / n_paired, *chance), 1.0)
        };
        self.units.iter().zip(chance).map(without).collect()
    }

    /// `disagreement` is that of one step, `expected` that by chance.
    fn unanimous(&self, disagreement: f64, expected: f64) -> Option<Unanimous> {
        let paired = || self.units.iter().filter(|unit| unit.n >= 2.0);
        let fewest = paired().map(|unit| unit.n).fold(f64::INFINITY, f64::min);
        paired()
            .all(|unit| unit.given.len() == 1)
            .then(|| Unanimous {
                // One rater of the fewest there are parts from the others.
                step: 2.0 / fewest * disagreement,
                expected,
            })
    }

    /// Sum over units of the share of each level in the unit.
    fn share_sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_levels];
        for unit in &self.units {
            for (level, times) in &unit.given {
                sums[*level] += times / unit.n;
            }
        }
        sums
    }

    /// Mean weight of each level, over a list of what each level counts.
    fn near(&self, counts: &[f64]) -> Vec<f64> {
        let used: Vec<(usize, f64)> = counts.iter().copied().enumerate().collect();
        let used: Vec<_> = used.into_iter().filter(|of| of.1 > 0.0).collect();
        let sum = |i: usize| used.iter().map(|(j, n)| (self.weight)(i, *j) * n).sum();
        (0..self.n_levels).map(sum).collect()
    }

    /// `None` for Conger with one rater.
    fn chance(&self, coefficient: Coefficient, ratings: &Ratings) -> Option<Chance> {
        let q = self.n_levels as f64;
        let n = self.units.len() as f64;
        let weights = || {
            let pairs = (0..self.n_levels).flat_map(|i| (0..self.n_levels).map(move |j| (i, j)));
            pairs.map(|(i, j)| (self.weight)(i, j)).sum::<f64>()
        };
        let sums = self.share_sums();
        match coefficient {
            Coefficient::Conger => Congers::of(self, ratings).map(|raters| raters.chance()),
            Coefficient::BrennanPrediger => {
                let all = weights() / (q * q);
                let each = vec![all; self.units.len()];
                Some(Chance {
                    all,
                    by_unit: each.clone(),
                    left_out: each,
                })
            }
            Coefficient::Gwet => {
                let scale = weights() / (q * (q - 1.0));
                let squares: f64 = sums.iter().map(|s| s * s).sum();
                let of = |squares: f64, n: f64| scale * (1.0 - squares / (n * n));
                let term = |unit: &Unit| unit.sum(|k| scale * (1.0 - sums[k] / n));
                let without = |unit: &Unit| {
                    let own: f64 = unit.shares().map(|(_, p)| p * p).sum();
                    of(squares - 2.0 * unit.sum(|k| sums[k]) + own, n - 1.0)
                };
                Some(Chance {
                    all: of(squares, n),
                    by_unit: self.units.iter().map(term).collect(),
                    left_out: self.units.iter().map(without).collect(),
                })
            }
            Coefficient::Fleiss => {
                let near = self.near(&sums);
                let all: f64 = sums.iter().zip(&near).map(|(s, w)| s * w).sum();
                let without = |unit: &Unit| {
                    let own = unit.sum(|k| unit.sum(|l| (self.weight)(k, l)));
                    (all - 2.0 * unit.sum(|k| near[k]) + own) / ((n - 1.0) * (n - 1.0))
                };
                Some(Chance {
                    all: all / (n * n),
                    by_unit: self.units.iter().map(|u| u.sum(|k| near[k] / n)).collect(),
                    left_out: self.units.iter().map(without).collect(),
                })
            }
        }
    }
}

impl Unit {
    fn of(mut levels: Vec<usize>, weight: impl Fn(usize, usize) -> f64) -> Self {
        levels.sort_unstable();
        let alike = levels.chunk_by(|a, b| a == b);
        let given: Vec<(usize, f64)> = alike.map(|of| (of[0], of.len() as f64)).collect();
        let n = levels.len() as f64;
        let mut pairs = 0.0;
        for (k, times) in &given {
            let near: f64 = given.iter().map(|(l, n)| weight(*k, *l) * n).sum();
            pairs += times * (near - 1.0);
        }
        Self {
            given,
            n,
            agreement: if n < 2.0 {
                0.0
            } else {
                pairs / (n * (n - 1.0))
            },
        }
    }

    /// Level and its share.
    fn shares(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.given
            .iter()
            .map(|(level, times)| (*level, times / self.n))
    }

    /// A mean over the unit's ratings.
    fn sum(&self, of: impl Fn(usize) -> f64) -> f64 {
        self.shares().map(|(level, share)| share * of(level)).sum()
    }
}

/// Who rated what, raters without a rating left out.
struct Congers<'a> {
    rows: Vec<Vec<Option<usize>>>,
    raters: Vec<RaterShares>,
    weight: &'a dyn Fn(usize, usize) -> f64,
}

/// One rater's ratings.
struct RaterShares {
    n: f64,
    counts: Vec<f64>,
    /// Sum of the weights of each level over the rater's ratings.
    near: Vec<f64>,
}

impl<'a> Congers<'a> {
    fn of<W: Fn(usize, usize) -> f64>(
        table: &'a WeightedTable<W>,
        ratings: &Ratings,
    ) -> Option<Self> {
        let rated = ratings.rows().filter(|row| row.iter().any(Option::is_some));
        let rows: Vec<&[Option<usize>]> = rated.collect();
        let mut kept = Vec::new();
        let mut raters = Vec::new();
        for idx in 0..ratings.n_raters() {
            let mut counts = vec![0.0; table.n_levels];
            let given = rows.iter().filter_map(|row| row[idx]);
            given.for_each(|k| counts[k] += 1.0);
            let n: f64 = counts.iter().sum();
            if n > 0.0 {
                let near = table.near(&counts);
                raters.push(RaterShares { n, counts, near });
                kept.push(idx);
            }
        }
        let own = |row: &&[Option<usize>]| kept.iter().map(|idx| row[*idx]).collect();
        (raters.len() >= 2).then(|| Self {
            rows: rows.iter().map(own).collect(),
            raters,
            weight: &table.weight,
        })
    }

    fn chance(&self) -> Chance {
        let r = self.raters.len();
        let pairs = (r * (r - 1)) as f64;
        // Weighted product of the counts of each two raters.
        let product = |g: &RaterShares, h: &RaterShares| -> f64 {
            g.counts.iter().zip(&h.near).map(|(n, w)| n * w).sum()
        };
        let products: Vec<Vec<f64>> = self
            .raters
            .iter()
            .map(|g| self.raters.iter().map(|h| product(g, h)).collect())
            .collect();
        let mean = |g: usize, h: usize| products[g][h] / (self.raters[g].n * self.raters[h].n);
        let others = || (0..r).flat_map(|g| (0..r).map(move |h| (g, h)));
        let others = || others().filter(|(g, h)| g != h);
        let n = self.rows.len() as f64;
        // A rating adds to its rater's shares by 1 / n_g; the others stay as they are.
        let by_unit = |row: &Vec<Option<usize>>| {
            let term = |(g, h): (usize, usize)| match row[g] {
                None => mean(g, h),
                Some(k) => {
                    let here = self.raters[h].near[k] / self.raters[h].n;
                    mean(g, h) + n / self.raters[g].n * (here - mean(g, h))
                }
            };
            others().map(term).sum::<f64>() / pairs
        };
        let without = |row: &Vec<Option<usize>>| {
            let left = |g: usize| self.raters[g].n - f64::from(u8::from(row[g].is_some()));
            // A rater whose only rating is left out makes no pair.
            let kept = others().filter(|(g, h)| left(*g) > 0.0 && left(*h) > 0.0);
            let (mut sum, mut n_pairs) = (0.0, 0.0);
            for (g, h) in kept {
                let mut product = products[g][h];
                product -= row[g].map_or(0.0, |k| self.raters[h].near[k]);
                product -= row[h].map_or(0.0, |k| self.raters[g].near[k]);
                product += row[g].zip(row[h]).map_or(0.0, |(k, l)| (self.weight)(k, l));
                sum += product / (left(g) * left(h));
                n_pairs += 1.0;
            }
            sum / n_pairs
        };
        Chance {
            all: others().map(|(g, h)| mean(g, h)).sum::<f64>() / pairs,
            by_unit: self.rows.iter().map(by_unit).collect(),
            left_out: self.rows.iter().map(without).collect(),
        }
    }
}
