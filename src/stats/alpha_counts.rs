//! The counts behind Krippendorff's alpha.
//!
//! Alpha needs of a unit only how often each level was given to it. Units alike in that are one
//! pattern, so that a resample is a list of how often each pattern came; three raters on five
//! levels make at most 35 patterns.

use std::{collections::BTreeMap, ops::Range};

use super::{Metric, Ratings, moments::square};

/// What a unit gives to the coincidences, kept sparse: few levels occur in one unit.
struct Pattern {
    /// Into `Counts::given`.
    given: Range<usize>,
    /// Into `Counts::pairs`.
    pairs: Range<usize>,
    /// Ratings in such a unit, m_u.
    n_ratings: f64,
}

/// The units of a table by pattern, flattened so that a resample walks memory in order.
pub(super) struct Counts {
    patterns: Vec<Pattern>,
    /// The pattern of each unit.
    pub(super) pattern_of: Vec<u32>,
    /// (level, how many ratings of it).
    given: Vec<(usize, f64)>,
    /// (lower level, higher level, unordered pairs of them / (m_u - 1)).
    pairs: Vec<(usize, usize, f64)>,
}

impl Counts {
    /// The units with `fewest` ratings or more.
    pub(super) fn of(ratings: &Ratings, fewest: usize) -> Self {
        Self::of_units(ratings.rated_levels().filter(|unit| unit.len() >= fewest))
    }

    /// Level indices of each unit.
    pub(super) fn of_units(units: impl Iterator<Item = Vec<usize>>) -> Self {
        let mut counts = Self {
            patterns: Vec::new(),
            pattern_of: Vec::new(),
            given: Vec::new(),
            pairs: Vec::new(),
        };
        let mut known = BTreeMap::new();
        for mut levels in units {
            levels.sort_unstable();
            let idx = *known.entry(levels).or_insert_with_key(|levels| {
                counts.add_pattern(levels);
                (counts.patterns.len() - 1) as u32
            });
            counts.pattern_of.push(idx);
        }
        counts
    }

    fn add_pattern(&mut self, sorted_levels: &[usize]) {
        let pairs_each = sorted_levels.len().saturating_sub(1).max(1) as f64;
        let (given_from, pairs_from) = (self.given.len(), self.pairs.len());
        for same in sorted_levels.chunk_by(|a, b| a == b) {
            self.given.push((same[0], same.len() as f64));
        }
        for lower_idx in given_from..self.given.len() {
            let (lower, n_lower) = self.given[lower_idx];
            for &(higher, n_higher) in &self.given[lower_idx + 1..] {
                let weight = n_lower * n_higher / pairs_each;
                self.pairs.push((lower, higher, weight));
            }
        }
        self.patterns.push(Pattern {
            given: given_from..self.given.len(),
            pairs: pairs_from..self.pairs.len(),
            n_ratings: sorted_levels.len() as f64,
        });
    }

    pub(super) fn n_units(&self) -> usize {
        self.pattern_of.len()
    }

    pub(super) fn n_patterns(&self) -> usize {
        self.patterns.len()
    }

    /// Ratings in a unit of this pattern.
    pub(super) fn n_ratings(&self, pattern: usize) -> f64 {
        self.patterns[pattern].n_ratings
    }

    /// How many units of each pattern the table has.
    pub(super) fn times(&self) -> Vec<u32> {
        let mut times = vec![0; self.patterns.len()];
        for &pattern in &self.pattern_of {
            times[pattern as usize] += 1;
        }
        times
    }

    /// Sum over the unordered pairs of one unit's ratings of d / (m_u - 1).
    pub(super) fn disagreement(&self, pattern: usize, distances: &[f64], n_levels: usize) -> f64 {
        self.pairs[self.patterns[pattern].pairs.clone()]
            .iter()
            .map(|&(lower, higher, weight)| weight * distances[lower * n_levels + higher])
            .sum()
    }
}

/// The coincidences of one sample of units, and alpha from them. Made once, filled anew for each
/// resample.
#[derive(Clone)]
pub(super) struct Tally<'a> {
    metric: Metric,
    levels: &'a [f64],
    /// n_c, one per level.
    n_of: Vec<f64>,
    /// Coincidences of two different levels, counted once: levels x levels, upper triangle.
    coincidences: Vec<f64>,
    /// d of two levels, in the same places.
    pub(super) distances: Vec<f64>,
    /// Room for the middle rank of each level, which the ordinal metric takes differences of.
    mid_rank: Vec<f64>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(metric: Metric, levels: &'a [f64]) -> Self {
        let n = levels.len();
        let mut tally = Self {
            metric,
            levels,
            n_of: vec![0.0; n],
            coincidences: vec![0.0; n * n],
            distances: vec![0.0; n * n],
            mid_rank: vec![0.0; n],
        };
        tally.measure();
        tally
    }

    /// Takes in `times[pattern]` units of each pattern.
    pub(super) fn fill(&mut self, counts: &Counts, times: &[u32]) {
        self.n_of.fill(0.0);
        self.coincidences.fill(0.0);
        for (pattern, &times) in counts.patterns.iter().zip(times) {
            if times == 0 {
                continue;
            }
            let times = f64::from(times);
            for &(level, n) in &counts.given[pattern.given.clone()] {
                self.n_of[level] += times * n;
            }
            for &(lower, higher, weight) in &counts.pairs[pattern.pairs.clone()] {
                self.coincidences[lower * self.levels.len() + higher] += times * weight;
            }
        }
        if self.metric == Metric::Ordinal {
            self.measure();
        }
    }

    /// Fills `distances`; only the ordinal ones depend on the counts.
    fn measure(&mut self) {
        let n = self.levels.len();
        let mut rank = 0.0;
        for (mid, n_of) in self.mid_rank.iter_mut().zip(&self.n_of) {
            *mid = rank + n_of / 2.0;
            rank += n_of;
        }
        for lower in 0..n {
            for higher in lower + 1..n {
                let (from, to) = (self.levels[lower], self.levels[higher]);
                self.distances[lower * n + higher] = match self.metric {
                    Metric::Nominal => 1.0,
                    Metric::Ordinal => square(self.mid_rank[higher] - self.mid_rank[lower]),
                    Metric::Interval => square(to - from),
                    Metric::Ratio => square((to - from) / (to + from)),
                };
            }
        }
    }

    pub(super) fn n_levels(&self) -> usize {
        self.levels.len()
    }

    /// Number of ratings.
    pub(super) fn n(&self) -> f64 {
        self.n_of.iter().sum()
    }

    /// Sums over unordered pairs of levels of o_ck d_ck and of n_c n_k d_ck. Levels that do not
    /// occur are left out, since their distance may not be finite.
    pub(super) fn sums(&self) -> (f64, f64) {
        let n = self.levels.len();
        let (mut observed, mut expected) = (0.0, 0.0);
        for lower in 0..n {
            if self.n_of[lower] == 0.0 {
                continue;
            }
            for higher in lower + 1..n {
                if self.n_of[higher] == 0.0 {
                    continue;
                }
                let d = self.distances[lower * n + higher];
                observed += self.coincidences[lower * n + higher] * d;
                expected += self.n_of[lower] * self.n_of[higher] * d;
            }
        }
        (observed, expected)
    }

    /// `None` when at most one level occurs.
    pub(super) fn alpha(&self) -> Option<f64> {
        let (observed, expected) = self.sums();
        (expected > 0.0).then(|| 1.0 - (self.n() - 1.0) * observed / expected)
    }
}
