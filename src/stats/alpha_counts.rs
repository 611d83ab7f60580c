//! The counts behind Krippendorff's alpha.
//!
//! Alpha needs of a unit only how often each level was given to it. Units alike in that are one
//! pattern, so that a resample is a list of how often each pattern came; three raters on five
//! levels make at most 35 patterns.

use std::{collections::BTreeMap, ops::Range};

use super::{Metric, Ratings, moments::square};

/// Sums over pairs of so many levels cost nothing.
const FEW_LEVELS: usize = 32;

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

    /// Whether the ratings of each unit are alike.
    pub(super) fn is_unanimous(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many units of each pattern the table has.
    pub(super) fn times(&self) -> Vec<u32> {
        let mut times = vec![0; self.patterns.len()];
        for &pattern in &self.pattern_of {
            times[pattern as usize] += 1;
        }
        times
    }
}

/// The coincidences of one sample of units, and alpha from them. Made once, filled anew for each
/// resample.
///
/// Sums over pairs of levels are taken from sums over levels where the distance allows it, so that
/// measurements with hundreds of different values cost no more than grades.
#[derive(Clone)]
pub(super) struct Tally<'a> {
    metric: Metric,
    levels: &'a [f64],
    /// n_c, one per level.
    n_of: Vec<f64>,
    /// What the distance is the squared difference of: the level itself about the middle of the
    /// scale, or its middle rank; not used by the others.
    place: Vec<f64>,
    /// Sum over unordered pairs of levels of o_ck d_ck.
    observed: f64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(metric: Metric, levels: &'a [f64]) -> Self {
        let middle = f64::midpoint(levels[0], levels[levels.len() - 1]);
        Self {
            metric,
            levels,
            n_of: vec![0.0; levels.len()],
            place: levels.iter().map(|level| level - middle).collect(),
            observed: 0.0,
        }
    }

    /// Takes in `times[pattern]` units of each pattern.
    pub(super) fn fill(&mut self, counts: &Counts, times: &[u32]) {
        self.n_of.fill(0.0);
        for (pattern, &times) in counts.patterns.iter().zip(times) {
            if times == 0 {
                continue;
            }
            for &(level, n) in &counts.given[pattern.given.clone()] {
                self.n_of[level] += f64::from(times) * n;
            }
        }
        if self.metric == Metric::Ordinal {
            let mut rank = 0.0;
            for (place, n_of) in self.place.iter_mut().zip(&self.n_of) {
                *place = rank + n_of / 2.0;
                rank += n_of;
            }
            // About the middle, so that sums of squares keep their digits.
            let middle = rank / 2.0;
            self.place.iter_mut().for_each(|place| *place -= middle);
        }
        self.observed = (0..times.len())
            .filter(|idx| times[*idx] > 0)
            .map(|idx| f64::from(times[idx]) * self.disagreement(counts, idx))
            .sum();
    }

    /// d of two levels.
    pub(super) fn distance(&self, lower: usize, higher: usize) -> f64 {
        match self.metric {
            Metric::Nominal => f64::from(u8::from(lower != higher)),
            Metric::Ordinal | Metric::Interval => square(self.place[higher] - self.place[lower]),
            Metric::Ratio => {
                let (from, to) = (self.levels[lower], self.levels[higher]);
                match from == to {
                    true => 0.0,
                    false => square((to - from) / (to + from)),
                }
            }
        }
    }

    /// Sum over the unordered pairs of one unit's ratings of d / (m_u - 1).
    pub(super) fn disagreement(&self, counts: &Counts, pattern: usize) -> f64 {
        counts.pairs[counts.patterns[pattern].pairs.clone()]
            .iter()
            .map(|&(lower, higher, weight)| weight * self.distance(lower, higher))
            .sum()
    }

    /// Number of ratings.
    pub(super) fn n(&self) -> f64 {
        self.n_of.iter().sum()
    }

    /// Sums over unordered pairs of levels of o_ck d_ck and of n_c n_k d_ck.
    pub(super) fn sums(&self) -> (f64, f64) {
        (self.observed, self.expected())
    }

    fn expected(&self) -> f64 {
        let used = || self.n_of.iter().enumerate().filter(|of| *of.1 > 0.0);
        // Sums of squares leave rounding where nothing varies.
        if used().nth(1).is_none() {
            return 0.0;
        }
        let used: Vec<(usize, f64)> = used().map(|(level, n)| (level, *n)).collect();
        match self.metric {
            // Of a few levels each pair is taken, which leaves no rounding.
            Metric::Ratio => self.expected_by_pairs(&used),
            _ if used.len() <= FEW_LEVELS => self.expected_by_pairs(&used),
            Metric::Nominal => {
                let squares: f64 = self.n_of.iter().map(|n| n * n).sum();
                (square(self.n()) - squares) / 2.0
            }
            Metric::Ordinal | Metric::Interval => {
                let placed = || self.n_of.iter().zip(&self.place);
                let sum: f64 = placed().map(|(n, place)| n * place).sum();
                let mean = sum / self.n();
                let squares: f64 = placed().map(|(n, place)| n * square(place - mean)).sum();
                self.n() * squares
            }
        }
    }

    fn expected_by_pairs(&self, used: &[(usize, f64)]) -> f64 {
        let mut sum = 0.0;
        for (at, (lower, n)) in used.iter().enumerate() {
            for (higher, m) in &used[at + 1..] {
                sum += n * m * self.distance(*lower, *higher);
            }
        }
        sum
    }

    /// `None` when at most one level occurs.
    pub(super) fn alpha(&self) -> Option<f64> {
        self.alpha_of(self.n(), self.sums())
    }

    fn alpha_of(&self, n: f64, (observed, expected): (f64, f64)) -> Option<f64> {
        (expected > 0.0).then(|| 1.0 - (n - 1.0) * observed / expected)
    }

    /// Alpha without one unit of each pattern, and how many units that stands for; `None` where
    /// nothing varies in what is left. The tally ends as it was.
    pub(super) fn leave_one_out(&mut self, counts: &Counts) -> Vec<(Option<f64>, f64)> {
        let mut times = counts.times();
        self.fill(counts, &times);
        let (n, sums) = (self.n(), self.sums());
        let left = (0..counts.n_patterns()).map(|idx| {
            let n_alike = f64::from(times[idx]);
            if self.metric != Metric::Ordinal {
                return (self.without(counts, idx, n, sums), n_alike);
            }
            // Every distance depends on every count.
            times[idx] -= 1;
            self.fill(counts, &times);
            times[idx] += 1;
            (self.alpha(), n_alike)
        });
        let left = left.collect();
        self.fill(counts, &counts.times());
        left
    }

    /// Where distances stay, what a unit adds to both sums is taken off.
    fn without(&self, counts: &Counts, pattern: usize, n: f64, sums: (f64, f64)) -> Option<f64> {
        let given = &counts.given[counts.patterns[pattern].given.clone()];
        let taken = |level: usize| given.iter().find(|of| of.0 == level).map_or(0.0, |of| of.1);
        let used = self.n_of.iter().enumerate();
        let mut left = used.filter(|(level, n)| **n - taken(*level) > 0.0);
        left.nth(1)?;
        let expected = self.expected_without(counts, pattern, sums.1);
        let observed = sums.0 - self.disagreement(counts, pattern);
        self.alpha_of(n - counts.n_ratings(pattern), (observed, expected))
    }

    /// The expected sum without one unit of a pattern, from that of all; where distances stay.
    pub(super) fn expected_without(&self, counts: &Counts, pattern: usize, all: f64) -> f64 {
        let given = &counts.given[counts.patterns[pattern].given.clone()];
        let mut expected = all;
        for &(level, times) in given {
            for (other, n_of) in self.n_of.iter().enumerate().filter(|of| *of.1 > 0.0) {
                expected -= times * n_of * self.distance(level, other);
            }
        }
        for (at, &(lower, a)) in given.iter().enumerate() {
            for &(higher, b) in &given[at + 1..] {
                expected += a * b * self.distance(lower, higher);
            }
        }
        expected
    }

    /// The largest distance of neighbouring levels of which one at least occurs.
    pub(super) fn largest_step(&self) -> f64 {
        let steps = (1..self.levels.len())
            .filter(|at| self.n_of[*at] + self.n_of[at - 1] > 0.0)
            .map(|at| self.distance(at - 1, at));
        steps.fold(0.0, f64::max)
    }
}
