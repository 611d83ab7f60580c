//! Krippendorff's alpha, from counts.
//!
//! Units with fewer than two ratings are dropped. With `m_u` ratings in unit u, the coincidences
//! are `o_ck = sum over u of (ordered pairs c, k in u) / (m_u - 1)`, `n_c = sum over k of o_ck`,
//! `n = sum of n_c`, and
//!
//! ```text
//! alpha = 1 - (n - 1) * sum_ck o_ck d_ck / sum_ck n_c n_k d_ck
//! ```
//!
//! (Krippendorff 2011, "Computing Krippendorff's alpha-reliability".) `n_c` is the plain number of
//! ratings c in the units kept, because each of them takes part in `m_u - 1` pairs of weight
//! `1 / (m_u - 1)`.

use std::{fmt, ops::Range};

use rand::{
    Rng,
    distr::{Distribution, Uniform},
};
use serde::Serialize;

use super::{Estimate, Outcome, Ratings, Undefined};

/// How far apart two ratings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// 1 if they differ.
    Nominal,
    /// Squared number of ratings between them: `(sum of n_g for g in c..=k - (n_c + n_k) / 2)^2`.
    /// Depends on how often each level was used, which some packages forget.
    Ordinal,
    /// `(c - k)^2`.
    Interval,
    /// `((c - k) / (c + k))^2`, and 0 for two zeros. Needs levels of 0 or more.
    Ratio,
}

impl Metric {
    /// All four, from the least to the most that is asked of the scale.
    pub const ALL: [Self; 4] = [Self::Nominal, Self::Ordinal, Self::Interval, Self::Ratio];

    /// The field's word for it, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nominal => "nominal",
            Self::Ordinal => "ordinal",
            Self::Interval => "interval",
            Self::Ratio => "ratio",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How to make a percentile interval from resampled units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// How many resamples; 10,000 by default.
    pub n_resamples: usize,
    /// Coverage aimed at, between 0 and 1; 0.95 by default.
    pub confidence: f64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self {
            n_resamples: 10_000,
            confidence: 0.95,
        }
    }
}

/// Krippendorff's alpha, without an interval.
///
/// `n` in the result is the number of units with two ratings or more.
pub fn alpha(ratings: &Ratings, metric: Metric) -> Outcome {
    outcome(ratings, metric, &Counts::of(ratings))
}

/// Krippendorff's alpha with a percentile interval: whole units are drawn with replacement, from
/// those with two ratings or more, and observed and expected disagreement are both computed anew
/// for each resample (some packages hold the expected one fixed, which is another interval).
///
/// A resample in which nothing varies has no alpha; it is left out and counted in
/// [`Estimate::n_left_out`]. The same `rng` state gives the same interval.
pub fn alpha_with_interval<R: Rng + ?Sized>(
    ratings: &Ratings,
    metric: Metric,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Outcome {
    let counts = Counts::of(ratings);
    let mut found = outcome(ratings, metric, &counts);
    let Outcome::Defined(estimate) = &mut found else {
        return found;
    };
    let mut values = counts.resample(metric, ratings.levels(), bootstrap.n_resamples, rng);
    estimate.n_left_out = bootstrap.n_resamples - values.len();
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - bootstrap.confidence.clamp(0.0, 1.0)) / 2.0;
    estimate.low = quantile(&values, tail);
    estimate.high = quantile(&values, 1.0 - tail);
    estimate.method = interval_words(metric, bootstrap);
    found
}

fn value_words(metric: Metric) -> String {
    format!("Krippendorff's alpha, {metric} metric")
}

fn interval_words(metric: Metric, bootstrap: &Bootstrap) -> String {
    format!(
        "{}; {} % percentile interval from {} resamples of units, expected disagreement \
         resampled, resamples without variation left out",
        value_words(metric),
        (bootstrap.confidence * 1e4).round() / 1e2,
        bootstrap.n_resamples,
    )
}

fn outcome(ratings: &Ratings, metric: Metric, counts: &Counts) -> Outcome {
    let method = value_words(metric);
    let n = counts.units.len();
    let undefined = |reason| Outcome::Undefined {
        reason,
        n,
        method: method.clone(),
    };
    if n == 0 {
        return undefined(Undefined::NoPairs);
    }
    if metric == Metric::Ratio && ratings.levels()[0] < 0.0 {
        return undefined(Undefined::NegativeLevels);
    }
    let mut tally = Tally::new(metric, ratings.levels());
    (0..n).for_each(|unit_idx| tally.add(counts, unit_idx));
    match tally.alpha() {
        None => undefined(Undefined::NoVariation),
        Some(value) => Outcome::Defined(Estimate {
            value,
            low: None,
            high: None,
            n,
            n_left_out: 0,
            method,
        }),
    }
}

/// A sample's quantile at `share` of the way through, between order statistics by straight line
/// (Hyndman and Fan's type 7). `None` for an empty sample.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let between = place - below as f64;
    Some(sorted[below] + (sorted[above] - sorted[below]) * between)
}

/// What one unit gives to the coincidences, kept sparse: few levels occur in one unit.
struct Unit {
    /// Into `Counts::given`.
    given: Range<usize>,
    /// Into `Counts::pairs`.
    pairs: Range<usize>,
}

/// The pairable units of a table, flattened so that a resample walks memory in order.
struct Counts {
    units: Vec<Unit>,
    /// (level, how many ratings of it).
    given: Vec<(usize, f64)>,
    /// (lower level, higher level, unordered pairs of them / (m_u - 1)).
    pairs: Vec<(usize, usize, f64)>,
}

impl Counts {
    fn of(ratings: &Ratings) -> Self {
        let mut counts = Self {
            units: Vec::new(),
            given: Vec::new(),
            pairs: Vec::new(),
        };
        for mut levels in ratings.rated_levels().filter(|levels| levels.len() >= 2) {
            levels.sort_unstable();
            let pairs_each = (levels.len() - 1) as f64;
            let (given_from, pairs_from) = (counts.given.len(), counts.pairs.len());
            for same in levels.chunk_by(|a, b| a == b) {
                counts.given.push((same[0], same.len() as f64));
            }
            for lower_idx in given_from..counts.given.len() {
                let (lower, n_lower) = counts.given[lower_idx];
                for &(higher, n_higher) in &counts.given[lower_idx + 1..] {
                    counts
                        .pairs
                        .push((lower, higher, n_lower * n_higher / pairs_each));
                }
            }
            counts.units.push(Unit {
                given: given_from..counts.given.len(),
                pairs: pairs_from..counts.pairs.len(),
            });
        }
        counts
    }

    /// Alphas of `n_resamples` resamples, those without variation left out.
    fn resample<R: Rng + ?Sized>(
        &self,
        metric: Metric,
        levels: &[f64],
        n_resamples: usize,
        rng: &mut R,
    ) -> Vec<f64> {
        let Ok(any_unit) = Uniform::new(0, self.units.len() as u32) else {
            return Vec::new();
        };
        let mut tally = Tally::new(metric, levels);
        let mut values = Vec::with_capacity(n_resamples);
        for _ in 0..n_resamples {
            tally.clear();
            for _ in 0..self.units.len() {
                tally.add(self, any_unit.sample(rng) as usize);
            }
            values.extend(tally.alpha());
        }
        values
    }
}

/// The coincidences of one sample of units, and alpha from them. Made once, cleared for each
/// resample.
struct Tally<'a> {
    metric: Metric,
    levels: &'a [f64],
    /// n_c, one per level.
    n_of: Vec<f64>,
    /// Coincidences of two different levels, counted once: levels x levels, upper triangle.
    coincidences: Vec<f64>,
    /// Room for the middle rank of each level, which the ordinal metric takes differences of.
    mid_rank: Vec<f64>,
}

impl<'a> Tally<'a> {
    fn new(metric: Metric, levels: &'a [f64]) -> Self {
        let n = levels.len();
        Self {
            metric,
            levels,
            n_of: vec![0.0; n],
            coincidences: vec![0.0; n * n],
            mid_rank: vec![0.0; n],
        }
    }

    fn clear(&mut self) {
        self.n_of.fill(0.0);
        self.coincidences.fill(0.0);
    }

    fn add(&mut self, counts: &Counts, unit_idx: usize) {
        let unit = &counts.units[unit_idx];
        for &(level, n) in &counts.given[unit.given.clone()] {
            self.n_of[level] += n;
        }
        for &(lower, higher, weight) in &counts.pairs[unit.pairs.clone()] {
            self.coincidences[lower * self.levels.len() + higher] += weight;
        }
    }

    /// `None` when at most one level occurs.
    fn alpha(&mut self) -> Option<f64> {
        let mut rank = 0.0;
        for (mid, n) in self.mid_rank.iter_mut().zip(&self.n_of) {
            *mid = rank + n / 2.0;
            rank += n;
        }
        match self.metric {
            Metric::Nominal => self.alpha_with(|_, _| 1.0),
            Metric::Ordinal => self.alpha_with(|c, k| square(self.mid_rank[k] - self.mid_rank[c])),
            Metric::Interval => self.alpha_with(|c, k| square(self.levels[k] - self.levels[c])),
            // c < k and no level is negative, so the sum is above 0.
            Metric::Ratio => self.alpha_with(|c, k| {
                square((self.levels[k] - self.levels[c]) / (self.levels[k] + self.levels[c]))
            }),
        }
    }

    fn alpha_with(&self, distance: impl Fn(usize, usize) -> f64) -> Option<f64> {
        let n_levels = self.levels.len();
        let (mut observed, mut expected) = (0.0, 0.0);
        for lower in 0..n_levels {
            if self.n_of[lower] == 0.0 {
                continue;
            }
            for higher in lower + 1..n_levels {
                if self.n_of[higher] == 0.0 {
                    continue;
                }
                let d = distance(lower, higher);
                observed += self.coincidences[lower * n_levels + higher] * d;
                expected += self.n_of[lower] * self.n_of[higher] * d;
            }
        }
        let n: f64 = self.n_of.iter().sum();
        (expected > 0.0).then(|| 1.0 - (n - 1.0) * observed / expected)
    }
}

fn square(x: f64) -> f64 {
    x * x
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_lie_between_order_statistics() {
        #[track_caller]
        fn check(sorted: &[f64], share: f64, expected: Option<f64>) {
            assert_eq!(quantile(sorted, share), expected);
        }
        check(&[], 0.5, None);
        check(&[3.0], 0.975, Some(3.0));
        check(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.0, Some(0.0));
        check(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.625, Some(2.5));
        check(&[0.0, 1.0, 2.0, 3.0, 4.0], 1.0, Some(4.0));
    }
}
