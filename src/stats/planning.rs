//! How many cases does a rating study need? By simulation.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::{
    Bootstrap, Estimate, Metric, Outcome, RatingModel, Ratings, Undefined, Weights,
    alpha_with_interval, cohen_kappa,
    moments::{mean, standard_deviation},
    resample::resample,
};

/// Whose interval is planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// Krippendorff's alpha of all raters, with the bootstrap interval.
    Alpha(Metric),
    /// Cohen's kappa of the first two raters, with the asymptotic interval.
    Kappa(Weights),
}

/// How the simulation is run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulation {
    /// Studies drawn for each number of cases; 200 by default.
    pub n_studies: usize,
    /// Interval of each study: confidence for both statistics, the rest for alpha; 1,000
    /// resamples by default.
    pub bootstrap: Bootstrap,
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            n_studies: 200,
            bootstrap: Bootstrap {
                n_resamples: 1000,
                ..Bootstrap::default()
            },
        }
    }
}

/// One point of the curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanPoint {
    /// Cases in each study.
    pub n_cases: usize,
    /// Mean half-width of the interval over the studies; `se` is the simulation's own error, `n`
    /// the studies drawn and `n_left_out` those without an interval.
    pub half_width: Outcome,
}

/// Expected half-width of the interval for each number of cases, in the order given.
///
/// Every number of cases starts from the same generator state, so that neighbouring points differ
/// by their number of cases more than by chance, and a point does not depend on the others.
pub fn half_width_curve<R: Rng + ?Sized>(
    model: &RatingModel,
    planned: Planned,
    n_cases: &[usize],
    simulation: &Simulation,
    rng: &mut R,
) -> Vec<PlanPoint> {
    let start = ChaCha8Rng::from_rng(rng);
    n_cases
        .iter()
        .map(|&n_cases| point(model, planned, n_cases, simulation, &start))
        .collect()
}

/// The least number of cases, up to `most`, whose expected half-width is `wanted` or less; `None`
/// where `most` cases do not reach it. Found by halving, as the half-width falls with the number
/// of cases; near the answer it is as sure as the simulation's error allows.
pub fn least_cases<R: Rng + ?Sized>(
    model: &RatingModel,
    planned: Planned,
    wanted: f64,
    most: usize,
    simulation: &Simulation,
    rng: &mut R,
) -> Option<PlanPoint> {
    let start = ChaCha8Rng::from_rng(rng);
    let at = |n_cases| point(model, planned, n_cases, simulation, &start);
    let enough = |point: &PlanPoint| point.half_width.value().is_some_and(|half| half <= wanted);
    let mut best = Some(at(most)).filter(enough)?;
    let mut too_few = 1;
    while best.n_cases > too_few + 1 {
        let middle = at(usize::midpoint(too_few, best.n_cases));
        match enough(&middle) {
            true => best = middle,
            false => too_few = middle.n_cases,
        }
    }
    Some(best)
}

fn point(
    model: &RatingModel,
    planned: Planned,
    n_cases: usize,
    simulation: &Simulation,
    start: &ChaCha8Rng,
) -> PlanPoint {
    let halves = resample(
        &mut start.clone(),
        simulation.n_studies,
        || (),
        |(), rng| {
            let study = model.draw(n_cases, rng);
            let (low, high) = analyse(&study, planned, simulation, rng).interval()?;
            Some((high - low) / 2.0)
        },
    );
    let method = format!(
        "mean half-width of the interval over {} simulated studies of {n_cases} cases and {} \
         raters",
        simulation.n_studies,
        model.n_raters()
    );
    let n_left_out = simulation.n_studies - halves.len();
    let half_width = if halves.is_empty() {
        Outcome::undefined(Undefined::NoResamples, simulation.n_studies, method)
    } else {
        let se = standard_deviation(&halves) / (halves.len() as f64).sqrt();
        let mut estimate = Estimate::new(mean(&halves), simulation.n_studies, method).with_se(se);
        estimate.n_left_out = n_left_out;
        estimate.outcome()
    };
    PlanPoint {
        n_cases,
        half_width,
    }
}

fn analyse(
    study: &Ratings,
    planned: Planned,
    simulation: &Simulation,
    rng: &mut ChaCha8Rng,
) -> Outcome {
    match planned {
        Planned::Alpha(metric) => alpha_with_interval(study, metric, &simulation.bootstrap, rng),
        Planned::Kappa(weights) => match study.table(0, 1) {
            Some(table) => cohen_kappa(&table, weights, simulation.bootstrap.confidence),
            None => Outcome::undefined(Undefined::TooFewRaters, study.n_units(), ""),
        },
    }
}
