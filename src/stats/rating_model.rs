//! A population of cases and raters to draw rating studies from.

use rand::{Rng, RngExt};

use super::{Graded, Metric, Ratings, StatsError, moments::square, ratings::check_levels};

/// Cases with a true level, graded by raters who err alike and independently.
#[derive(Clone, Debug, PartialEq)]
pub struct RatingModel {
    levels: Vec<f64>,
    /// Share of cases at each level, adding up to 1.
    prevalence: Vec<f64>,
    /// `grading[c][k]` is the probability of grade k where the truth is c; rows add up to 1.
    grading: Vec<Vec<f64>>,
    n_raters: usize,
}

impl RatingModel {
    /// Takes the share of cases at each level, and `grading[c][k]`, the probability that a rater
    /// gives level k to a case whose true level is c. Each list is divided by its sum, so that
    /// counts do as well.
    ///
    /// # Errors
    /// When the levels are not increasing, a list has not one entry per level, an entry is
    /// negative or not finite, or a list adds up to 0.
    pub fn new(
        levels: &[f64],
        prevalence: &[f64],
        grading: &[Vec<f64>],
        n_raters: usize,
    ) -> Result<Self, StatsError> {
        check_levels(levels)?;
        if grading.len() != levels.len() {
            return Err(StatsError::NotProbabilities);
        }
        Ok(Self {
            levels: levels.to_vec(),
            prevalence: shares(prevalence, levels.len())?,
            grading: grading
                .iter()
                .map(|row| shares(row, levels.len()))
                .collect::<Result<_, _>>()?,
            n_raters,
        })
    }

    /// The scale, increasing.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// How many raters grade each case.
    pub fn n_raters(&self) -> usize {
        self.n_raters
    }

    /// One study of `n_cases` cases, every rater grading each of them.
    pub fn draw<R: Rng + ?Sized>(&self, n_cases: usize, rng: &mut R) -> Ratings {
        let mut cells = Vec::with_capacity(n_cases * self.n_raters);
        for _ in 0..n_cases {
            let truth = pick(&self.prevalence, rng);
            for _ in 0..self.n_raters {
                cells.push(Some(pick(&self.grading[truth], rng)));
            }
        }
        Ratings::from_cells(self.levels.clone(), self.n_raters, cells)
    }

    /// The share of readings that two raters, or one rater twice, give alike; `predicted` are the
    /// chances of the second reading.
    fn population_same(&self, predicted: &[Vec<f64>]) -> f64 {
        let truths = self.prevalence.iter().zip(&self.grading).zip(predicted);
        let alike = |(share, (real, predicted)): (&f64, (&Vec<f64>, &Vec<f64>))| {
            share * real.iter().zip(predicted).map(|(a, b)| a * b).sum::<f64>()
        };
        truths
            .map(|((share, real), other)| alike((share, (real, other))))
            .sum()
    }

    /// The alpha that a study of endlessly many cases would have; `None` where nothing varies, or
    /// for [`Metric::Ratio`] with negative levels. It does not depend on the number of raters.
    pub fn population_alpha(&self, metric: Metric) -> Option<f64> {
        if metric == Metric::Ratio && self.levels[0] < 0.0 {
            return None;
        }
        let n = self.levels.len();
        let given = |k: usize| {
            let by_truth = self.prevalence.iter().zip(&self.grading);
            by_truth.map(|(share, row)| share * row[k]).sum::<f64>()
        };
        let given: Vec<f64> = (0..n).map(given).collect();
        let (mut observed, mut expected) = (0.0, 0.0);
        for lower in 0..n {
            for higher in (lower + 1..n).filter(|&k| given[lower] > 0.0 && given[k] > 0.0) {
                let d = self.distance(metric, lower, higher, &given);
                let both = self.prevalence.iter().zip(&self.grading);
                observed += d * both
                    .map(|(p, row)| p * row[lower] * row[higher])
                    .sum::<f64>();
                expected += d * given[lower] * given[higher];
            }
        }
        (expected > 0.0).then(|| 1.0 - observed / expected)
    }

    fn distance(&self, metric: Metric, lower: usize, higher: usize, given: &[f64]) -> f64 {
        let (from, to) = (self.levels[lower], self.levels[higher]);
        match metric {
            Metric::Nominal => 1.0,
            Metric::Ordinal => {
                let between: f64 = given[lower..=higher].iter().sum();
                square(between - (given[lower] + given[higher]) / 2.0)
            }
            Metric::Interval => square(to - from),
            Metric::Ratio => square((to - from) / (to + from)),
        }
    }
}

/// Patients with a reference and a predicted image, both graded by every rater.
///
/// A share of the predicted images shows another case's truth than the patient's, for all raters
/// alike; apart from that a rater errs on them as on reference ones, and independently.
#[derive(Clone, Debug, PartialEq)]
pub struct PairModel {
    reference: RatingModel,
    changed: f64,
}

impl PairModel {
    /// Takes how reference images are graded, and the share of predicted images that show the truth of
    /// another case, drawn by the prevalence.
    ///
    /// # Errors
    /// [`StatsError::NotProbabilities`] for a share outside 0 to 1.
    pub fn new(reference: RatingModel, changed: f64) -> Result<Self, StatsError> {
        match (0.0..=1.0).contains(&changed) {
            true => Ok(Self { reference, changed }),
            false => Err(StatsError::NotProbabilities),
        }
    }

    /// `[patient][rater]`.
    pub fn draw<R: Rng + ?Sized>(&self, n_cases: usize, rng: &mut R) -> Vec<Vec<Graded>> {
        let model = &self.reference;
        let patient = |rng: &mut R| {
            let truth = pick(&model.prevalence, rng);
            // Drawn whether used or not, so that what follows does not depend on it.
            let (chance, other) = (rng.random::<f64>(), pick(&model.prevalence, rng));
            let shown = if chance < self.changed { other } else { truth };
            let grade =
                |truth: usize, rng: &mut R| Some(model.levels[pick(&model.grading[truth], rng)]);
            let rater = |_| Graded {
                reference: grade(truth, rng),
                again: None,
                predicted: grade(shown, rng),
            };
            (0..model.n_raters).map(rater).collect()
        };
        (0..n_cases).map(|_| patient(rng)).collect()
    }

    /// The share of readings alike that a study of endlessly many cases would have.
    #[must_use]
    pub fn population_same(&self) -> f64 {
        let model = &self.reference;
        let n = model.levels.len();
        // What is given to an image of any case.
        let given = |k: usize| {
            let by_truth = model.prevalence.iter().zip(&model.grading);
            by_truth.map(|(share, row)| share * row[k]).sum::<f64>()
        };
        let any: Vec<f64> = (0..n).map(given).collect();
        let kept = model.population_same(&model.grading);
        let moved = model.population_same(&vec![any; n]);
        (1.0 - self.changed) * kept + self.changed * moved
    }
}

fn shares(weights: &[f64], n: usize) -> Result<Vec<f64>, StatsError> {
    let sum: f64 = weights.iter().sum();
    let fit = weights.len() == n && weights.iter().all(|w| *w >= 0.0);
    match fit && sum > 0.0 && sum.is_finite() {
        true => Ok(weights.iter().map(|w| w / sum).collect()),
        false => Err(StatsError::NotProbabilities),
    }
}

/// An index, by its share.
fn pick<R: Rng + ?Sized>(shares: &[f64], rng: &mut R) -> usize {
    let mut left: f64 = rng.random();
    let last = shares.iter().rposition(|share| *share > 0.0).unwrap_or(0);
    for (idx, share) in shares[..last].iter().enumerate() {
        if left < *share {
            return idx;
        }
        left -= share;
    }
    last
}
