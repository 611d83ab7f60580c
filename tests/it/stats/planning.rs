//! Planning by simulation.

use cisterna::stats::{
    Aim, Graded, IccForm, Metric, PairModel, Plan, Planned, RatingModel, Simulation, StatsError,
    Weights, alpha, plan,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{GRADES, alpha_intervals::model_with, near};

fn simulation(n_studies: usize, assurance: f64, most: usize) -> Simulation {
    Simulation {
        n_studies,
        assurance,
        most,
        ..Simulation::default()
    }
}

fn planned(planned: &Planned, aim: Aim, simulation: &Simulation) -> Plan {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    plan(planned, aim, simulation, &mut rng, &|_| ())
}

/// A study of very many cases has the population's alpha.
#[test]
fn population_alpha() {
    let model = model_with(0.6, Metric::Ordinal, 3);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let study = model.draw(200_000, &mut rng);
    for metric in Metric::ALL {
        let truth = model.population_alpha(metric).unwrap();
        near(alpha(&study, metric).value().unwrap(), truth, 5e-3);
    }
}

/// Raters who never err have alpha 1; raters who guess alike whatever the truth have 0.
#[test]
fn extremes_of_the_model() {
    let perfect: Vec<Vec<f64>> = (0..5)
        .map(|c| (0..5).map(|k| f64::from(u8::from(c == k))).collect())
        .collect();
    let of = |grading: &[Vec<f64>], prevalence: &[f64]| {
        RatingModel::new(&GRADES, prevalence, grading, 3).unwrap()
    };
    for metric in Metric::ALL {
        let model = of(&perfect, &[1.0; 5]);
        near(model.population_alpha(metric).unwrap(), 1.0, 1e-12);
        let guess = of(
            &vec![vec![3.0, 1.0, 1.0, 1.0, 2.0]; 5],
            &[1.0, 2.0, 0.0, 0.0, 4.0],
        );
        near(guess.population_alpha(metric).unwrap(), 0.0, 1e-12);
        let one_grade = of(&perfect, &[0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(one_grade.population_alpha(metric), None);
    }
}

/// The same seed gives the same plan, on one thread and on several.
#[test]
fn plans_are_reproducible() {
    let model = model_with(0.7, Metric::Ordinal, 3);
    let of = || {
        let alpha = Planned::Alpha(model.clone(), Metric::Ordinal);
        planned(&alpha, Aim::HalfWidth(0.2), &simulation(200, 0.8, 60))
    };
    let found = of();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    assert_eq!(pool.install(of), found);
}

/// Skewed grades and raters who agree: of two or three cases most have equal grades, which is no
/// narrow interval but none.
#[test]
fn two_cases_are_never_enough() {
    let grading: Vec<Vec<f64>> = (0..5)
        .map(|c: usize| (0..5).map(|k| if k == c { 0.97 } else { 0.0075 }).collect())
        .collect();
    let model = RatingModel::new(&GRADES, &[0.6, 0.2, 0.1, 0.06, 0.04], &grading, 3).unwrap();
    for statistic in [
        Planned::Alpha(model.clone(), Metric::Ordinal),
        Planned::Kappa(model.clone(), Weights::Quadratic),
        Planned::Gwet(model.clone(), Weights::Quadratic),
        Planned::Icc(model, IccForm::Agreement),
    ] {
        let found = planned(&statistic, Aim::HalfWidth(0.1), &simulation(300, 0.8, 400));
        assert!(
            found.points[0].reached < 0.3,
            "{statistic:?}: {:?}",
            found.points[0]
        );
        assert!(
            found.least.is_none_or(|n| n >= 20),
            "{statistic:?}: {found:?}"
        );
        // What is smoothed never falls.
        assert!(
            found
                .points
                .windows(2)
                .all(|pair| pair[0].smoothed <= pair[1].smoothed)
        );
    }
}

/// Alpha with a half-width of .1: the assurance is small at 31 cases and large at 250.
#[test]
fn assurance_grows_with_the_cases() {
    let model = model_with(0.8, Metric::Ordinal, 3);
    let alpha = Planned::Alpha(model, Metric::Ordinal);
    let found = planned(&alpha, Aim::HalfWidth(0.1), &simulation(300, 0.8, 400));
    let at = |n: usize| {
        found
            .points
            .iter()
            .find(|p| p.n_cases >= n)
            .unwrap()
            .smoothed
    };
    assert!(at(31) < 0.3 && at(5) < 0.2, "{found:?}");
    let least = found.least.unwrap();
    assert!((50..250).contains(&least), "{least}");
    assert!(found.confirmed.unwrap() > 0.75 && found.n_confirming >= 1000);
    assert_eq!(
        planned(&alpha, Aim::HalfWidth(0.01), &simulation(200, 0.8, 60)).least,
        None
    );
}

/// The power against a bound .1 below the truth: little at 31 patients, enough at some 80.
#[test]
fn power_for_the_bound_of_a_protocol() {
    let right = vec![vec![0.9, 0.1], vec![0.1, 0.9]];
    let model = RatingModel::new(&[0.0, 1.0], &[0.5, 0.5], &right, 3).unwrap();
    let pairs = PairModel::new(model, 0.0).unwrap();
    near(pairs.population_same(), 0.82, 1e-12);
    let statistic = Planned::SameGrade(pairs);
    let found = planned(&statistic, Aim::Above(0.72), &simulation(600, 0.8, 300));
    let at = |n: usize| {
        found
            .points
            .iter()
            .find(|p| p.n_cases >= n)
            .unwrap()
            .smoothed
    };
    assert!((0.3..0.75).contains(&at(31)), "{}", at(31));
    let least = found.least.unwrap();
    assert!((35..110).contains(&least), "{least}");
    // A bound at the truth is shown by chance only: one-sided at 2.5 %.
    let never = planned(&statistic, Aim::Above(0.82), &simulation(2000, 0.8, 60));
    let last = never.points.last().unwrap();
    assert!(last.reached < 0.045 && never.least.is_none(), "{last:?}");
}

/// The share alike of a study without end, against one of very many cases.
#[test]
fn population_of_pairs() {
    let model = model_with(0.6, Metric::Ordinal, 3);
    let pairs = PairModel::new(model, 0.2).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let drawn = pairs.draw(100_000, &mut rng);
    let alike = drawn.iter().flatten().filter_map(Graded::pair);
    let alike: Vec<bool> = alike.map(|(a, b)| a == b).collect();
    let share = alike.iter().filter(|is| **is).count() as f64 / alike.len() as f64;
    near(share, pairs.population_same(), 5e-3);
    assert!(PairModel::new(model_with(0.6, Metric::Ordinal, 3), 1.2).is_err());
}

/// An area of .85 with 30 % positive cases.
#[test]
fn areas_are_planned() {
    let statistic = Planned::Auroc {
        area: 0.85,
        positive: 0.3,
    };
    let found = planned(&statistic, Aim::HalfWidth(0.1), &simulation(300, 0.8, 300));
    let least = found.least.unwrap();
    assert!((50..160).contains(&least), "{least}");
}

#[test]
fn models_that_cannot_be() {
    let of = |prevalence: &[f64], row: &[f64]| {
        RatingModel::new(&GRADES, prevalence, &vec![row.to_vec(); 5], 3).unwrap_err()
    };
    assert_eq!(of(&[1.0; 4], &[1.0; 5]), StatsError::NotProbabilities);
    assert_eq!(of(&[0.0; 5], &[1.0; 5]), StatsError::NotProbabilities);
    assert_eq!(
        of(&[1.0; 5], &[1.0, -1.0, 1.0, 1.0, 1.0]),
        StatsError::NotProbabilities
    );
    assert_eq!(of(&[1.0; 5], &[f64::NAN; 5]), StatsError::NotProbabilities);
    let few = RatingModel::new(&GRADES, &[1.0; 5], &vec![vec![1.0; 5]; 4], 3);
    assert_eq!(few.unwrap_err(), StatsError::NotProbabilities);
}

/// One rater: no interval in any study, and so no answer.
#[test]
fn no_interval_in_any_study() {
    let grading = vec![vec![1.0; 5]; 5];
    let model = RatingModel::new(&GRADES, &[1.0; 5], &grading, 1).unwrap();
    for statistic in [
        Planned::Alpha(model.clone(), Metric::Nominal),
        Planned::Kappa(model, Weights::Identity),
    ] {
        let found = planned(&statistic, Aim::HalfWidth(0.9), &simulation(200, 0.8, 12));
        assert_eq!(found.least, None);
        assert!(
            found
                .points
                .iter()
                .all(|p| p.reached == 0.0 && p.half_width.is_none())
        );
    }
}
