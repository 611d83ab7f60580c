//! How many cases does a rating study need? By simulation.
//!
//! A study is enough where it reaches its aim with a given probability, the assurance: an interval
//! narrow enough, or a lower limit above a bound. The interval is the report's own. A study without
//! an interval, such as one in which nothing varies, has not reached its aim; neither has one of a
//! coefficient in which nobody ever differs, as it cannot tell how sure it is.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{
    Coefficient, Graded, IccForm, Interval, Metric, Outcome, PairModel, Pooling, RatingModel,
    Ratings, Weights, alpha_with_interval, auroc, chance_corrected, cohen_kappa, icc,
    resample::resample, share_over_units,
};

/// Numbers of cases grow by so much from one tried to the next.
const GRID_STEP: f64 = 1.06;

/// The fewest cases that are tried.
const FEWEST_CASES: usize = 5;

/// Studies that confirm an answer, at least.
const LEAST_CONFIRMING: usize = 1000;

/// What is planned for, with the model that its studies are drawn from.
#[derive(Clone, Debug)]
pub enum Planned {
    /// The share of readings in which a rater gives the predicted image the grade of the real one.
    SameGrade(PairModel),
    /// Krippendorff's alpha of all raters.
    Alpha(RatingModel, Metric),
    /// Cohen's kappa of the first two raters.
    Kappa(RatingModel, Weights),
    /// Gwet's coefficient of all raters.
    Gwet(RatingModel, Weights),
    /// Intraclass correlation of all raters.
    Icc(RatingModel, IccForm),
    /// The area under the ROC curve of one reader.
    Auroc {
        /// The area that normal scores of both classes would have.
        area: f64,
        /// Share of positive cases.
        positive: f64,
    },
}

impl Planned {
    /// What one study says.
    pub fn study<R: Rng + ?Sized>(&self, n_cases: usize, confidence: f64, rng: &mut R) -> Outcome {
        let interval = Interval::at(confidence);
        match self {
            Self::SameGrade(model) => {
                let patients = model.draw(n_cases, rng);
                let alike = |graded: &Graded| graded.pair().map(|(a, b)| a == b);
                let units: Vec<Vec<Option<bool>>> = patients
                    .iter()
                    .map(|raters| raters.iter().map(alike).collect())
                    .collect();
                share_over_units(&units, Pooling::MeanOfUnits, confidence)
            }
            Self::Alpha(model, metric) => {
                alpha_with_interval(&model.draw(n_cases, rng), *metric, confidence)
            }
            Self::Kappa(model, weights) => kappa(&model.draw(n_cases, rng), *weights, interval),
            Self::Gwet(model, weights) => {
                let study = model.draw(n_cases, rng);
                chance_corrected(&study, Coefficient::Gwet, *weights, interval)
            }
            Self::Icc(model, form) => icc(&model.draw(n_cases, rng), *form, interval),
            Self::Auroc { area, positive } => {
                auroc(&scores(*area, *positive, n_cases, rng), interval)
            }
        }
    }

    /// Whether a coefficient at its end tells nothing of its spread. A share and an area at theirs
    /// have intervals that hold.
    fn needs_disagreement(&self) -> bool {
        !matches!(self, Self::SameGrade(_) | Self::Auroc { .. })
    }
}

fn kappa(study: &Ratings, weights: Weights, interval: Interval) -> Outcome {
    match study.table(0, 1) {
        Some(table) => cohen_kappa(&table, weights, interval),
        None => Outcome::undefined(super::Undefined::TooFewRaters, study.n_units(), ""),
    }
}

/// Normal scores of both classes, the positive ones higher.
fn scores<R: Rng + ?Sized>(
    area: f64,
    positive: f64,
    n_cases: usize,
    rng: &mut R,
) -> Vec<(f64, bool)> {
    let shift = std::f64::consts::SQRT_2 * super::distribution::normal_quantile(area);
    let one = |rng: &mut R| {
        let is_positive = rng.random::<f64>() < positive;
        let score = normal(rng);
        (if is_positive { score + shift } else { score }, is_positive)
    };
    (0..n_cases).map(|_| one(rng)).collect()
}

/// A standard normal number (Box and Muller 1958).
pub(super) fn normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// What a study is to reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// Half the width of the interval is so much at most.
    HalfWidth(f64),
    /// The lower limit of the interval lies above this bound.
    Above(f64),
}

impl Aim {
    fn is_reached(self, planned: &Planned, outcome: &Outcome) -> bool {
        let Some((low, high)) = outcome.interval() else {
            return false;
        };
        let is_perfect = outcome.value() == Some(1.0) && planned.needs_disagreement();
        match self {
            Self::HalfWidth(most) => !is_perfect && (high - low) / 2.0 <= most,
            Self::Above(bound) => low > bound,
        }
    }
}

/// How the simulation is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulation {
    /// Studies drawn for each number of cases; 1,000 by default.
    pub n_studies: usize,
    /// Confidence of the interval.
    pub confidence: f64,
    /// How sure a study of that size must be to reach its aim; 0.8 by default.
    pub assurance: f64,
    /// The largest number of cases that is tried.
    pub most: usize,
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            n_studies: 1000,
            confidence: 0.95,
            assurance: 0.8,
            most: 2000,
        }
    }
}

/// One number of cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PlanPoint {
    /// Cases in each study.
    pub n_cases: usize,
    /// Share of the studies that reached the aim.
    pub reached: f64,
    /// The same with the order of the numbers of cases kept: more cases never count for less.
    pub smoothed: f64,
    /// Error of the simulation.
    pub se: f64,
    /// Mean half-width of the intervals of those that had one; none without any.
    pub half_width: Option<f64>,
}

/// How many cases are enough.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Each number of cases that was tried, increasing.
    pub points: Vec<PlanPoint>,
    /// The least number of cases that reaches the aim with the assurance asked for, less two errors
    /// of the simulation; none where the largest does not.
    pub least: Option<usize>,
    /// Share of studies of that size that reached it when they were drawn anew.
    pub confirmed: Option<f64>,
    /// How many studies confirmed it.
    pub n_confirming: usize,
}

/// The least number of cases whose studies reach an aim often enough.
///
/// Numbers of cases grow geometrically from 5. Every one starts from the same generator state, so
/// that neighbours differ by their number of cases more than by chance. The shares are made to
/// rise by pooling adjacent violators, as the curve of a finite simulation does not, and in tiny
/// studies the curve itself need not. The answer is confirmed on studies drawn from another state;
/// where they fall short of the assurance by more than their error, the next number is tried.
/// `progress` is told how much of the work is done, from 0 to 1.
pub fn plan<R: Rng + ?Sized>(
    planned: &Planned,
    aim: Aim,
    simulation: &Simulation,
    rng: &mut R,
    progress: &dyn Fn(f64),
) -> Plan {
    let one = |n_cases: usize, rng: &mut ChaCha8Rng| {
        let outcome = planned.study(n_cases, simulation.confidence, rng);
        let half = outcome.interval().map(|(low, high)| (high - low) / 2.0);
        Some((aim.is_reached(planned, &outcome), half))
    };
    search(&one, simulation, rng, progress)
}

/// What a study of so many cases says: whether it reached its aim, and the half-width.
type Study<'a> = dyn Fn(usize, &mut ChaCha8Rng) -> Option<(bool, Option<f64>)> + Sync + 'a;

fn search<R: Rng + ?Sized>(
    one: &Study<'_>,
    simulation: &Simulation,
    rng: &mut R,
    progress: &dyn Fn(f64),
) -> Plan {
    let (start, other) = (ChaCha8Rng::from_rng(rng), ChaCha8Rng::from_rng(rng));
    let grid = grid(simulation.most);
    // Studies cost about as much as they have cases.
    let all: f64 = grid.iter().map(|n| *n as f64).sum();
    let mut done = 0.0;
    let mut points = Vec::new();
    for n_cases in &grid {
        points.push(point(one, *n_cases, simulation.n_studies, &start));
        done += *n_cases as f64;
        progress(0.9 * done / all);
        // Far beyond the answer nothing is learnt.
        let sure = |point: &PlanPoint| point.reached - 4.0 * point.se > simulation.assurance;
        if points.len() >= 3 && points[points.len() - 3..].iter().all(sure) {
            break;
        }
    }
    smooth(&mut points);
    let n_confirming = simulation.n_studies.max(LEAST_CONFIRMING);
    let enough = |point: &&PlanPoint| point.smoothed - 2.0 * point.se >= simulation.assurance;
    let mut found = None;
    for candidate in points.iter().filter(enough) {
        let again = point(one, candidate.n_cases, n_confirming, &other);
        if again.reached >= simulation.assurance - 2.0 * again.se {
            found = Some((candidate.n_cases, again.reached));
            break;
        }
    }
    progress(1.0);
    Plan {
        least: found.map(|of| of.0),
        confirmed: found.map(|of| of.1),
        points,
        n_confirming,
    }
}

/// From 5 to `most`, each a little larger than the one before.
fn grid(most: usize) -> Vec<usize> {
    let mut grid = Vec::new();
    let mut n = FEWEST_CASES.min(most.max(1));
    while n < most {
        grid.push(n);
        n = ((n as f64 * GRID_STEP).round() as usize).max(n + 1);
    }
    grid.push(most.max(1));
    grid
}

fn point(one: &Study<'_>, n_cases: usize, n_studies: usize, start: &ChaCha8Rng) -> PlanPoint {
    let studies = resample(
        &mut start.clone(),
        n_studies,
        || (),
        |(), rng| one(n_cases, rng),
    );
    let n = n_studies as f64;
    let reached = studies.iter().filter(|of| of.0).count() as f64 / n;
    let halves: Vec<f64> = studies.iter().filter_map(|of| of.1).collect();
    PlanPoint {
        n_cases,
        reached,
        smoothed: reached,
        // Not 0 where all or none of the studies did.
        se: ((reached * (1.0 - reached)).max(0.5 / n) / n).sqrt(),
        half_width: (!halves.is_empty()).then(|| super::moments::mean(&halves)),
    }
}

/// Pools adjacent violators: the nearest shares, in least squares, that never fall.
fn smooth(points: &mut [PlanPoint]) {
    // Mean and number of the points of each block.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for point in points.iter() {
        blocks.push((point.reached, 1));
        while let [.., (before, n), (last, m)] = blocks[..]
            && before > last
        {
            blocks.truncate(blocks.len() - 2);
            let sum = before * n as f64 + last * m as f64;
            blocks.push((sum / (n + m) as f64, n + m));
        }
    }
    let smoothed = blocks
        .iter()
        .flat_map(|(share, n)| std::iter::repeat_n(*share, *n));
    for (point, share) in points.iter_mut().zip(smoothed) {
        point.smoothed = share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{
        distribution::critical_t,
        moments::{mean, standard_deviation},
    };

    #[test]
    fn shares_never_fall_once_smoothed() {
        #[track_caller]
        fn check(reached: &[f64], expected: &[f64]) {
            let mut points: Vec<PlanPoint> = reached
                .iter()
                .map(|&reached| PlanPoint {
                    n_cases: 1,
                    reached,
                    smoothed: 0.0,
                    se: 0.0,
                    half_width: None,
                })
                .collect();
            smooth(&mut points);
            for (point, expected) in points.iter().zip(expected) {
                assert!((point.smoothed - expected).abs() < 1e-12, "{points:?}");
            }
        }
        check(&[0.1, 0.2, 0.9], &[0.1, 0.2, 0.9]);
        check(&[0.3, 0.1, 0.2], &[0.2, 0.2, 0.2]);
        check(
            &[0.0, 0.6, 0.4, 0.5, 0.9, 0.8],
            &[0.0, 0.5, 0.5, 0.5, 0.85, 0.85],
        );
    }

    #[test]
    fn numbers_of_cases_grow_from_five() {
        let grid = grid(300);
        assert_eq!(grid[..4], [5, 6, 7, 8]);
        assert_eq!(grid.last(), Some(&300));
        assert!(grid.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(super::grid(3), [3]);
    }

    /// A mean of normal numbers with standard deviation .3, where the probability is known:
    /// P(chi2_(n-1) <= n (n-1) d^2 / (t s)^2) reaches .8 at 44 and .9 at 47 for a half-width of .1.
    #[test]
    fn the_closed_form_of_a_mean() {
        let one = |n: usize, rng: &mut ChaCha8Rng| {
            let values: Vec<f64> = (0..n).map(|_| 0.3 * normal(rng)).collect();
            let half =
                critical_t(0.95, n as f64 - 1.0) * standard_deviation(&values) / (n as f64).sqrt();
            assert!(mean(&values).is_finite());
            Some((half <= 0.1, Some(half)))
        };
        for (assurance, expected) in [(0.8, 44), (0.9, 47)] {
            let simulation = Simulation {
                n_studies: 4000,
                assurance,
                most: 200,
                ..Simulation::default()
            };
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            let found = search(&one, &simulation, &mut rng, &|_| ());
            let least = found.least.unwrap();
            // The numbers tried lie 3 apart here, and two errors are kept.
            assert!(
                (expected..=expected + 4).contains(&least),
                "{least}, not {expected}"
            );
            assert!(found.confirmed.unwrap() > assurance - 0.02);
        }
    }
}
