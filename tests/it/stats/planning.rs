//! Planning by simulation.

use cisterna::stats::{
    Bootstrap, BootstrapKind, Metric, Planned, RatingModel, Simulation, StatsError, Weights, alpha,
    half_width_curve, least_cases,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{GRADES, alpha_intervals::model_with, near};

fn simulation(n_studies: usize) -> Simulation {
    Simulation {
        n_studies,
        bootstrap: Bootstrap {
            n_resamples: 400,
            ..Bootstrap::default()
        },
    }
}

fn halves(model: &RatingModel, planned: Planned, n_cases: &[usize]) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    half_width_curve(model, planned, n_cases, &simulation(120), &mut rng)
        .iter()
        .map(|point| point.half_width.value().unwrap())
        .collect()
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

/// Half-widths fall as one over the root of the number of cases.
#[test]
fn curve_falls_with_the_root_of_the_cases() {
    let model = model_with(0.7, Metric::Ordinal, 3);
    for planned in [
        Planned::Alpha(Metric::Ordinal),
        Planned::Kappa(Weights::Quadratic),
    ] {
        let found = halves(&model, planned, &[40, 160]);
        let ratio = found[0] / found[1];
        assert!((1.8..2.3).contains(&ratio), "{planned:?}: {found:?}");
    }
}

/// A point is the same alone and within a curve, on one thread and on several.
#[test]
fn points_are_reproducible() {
    let model = model_with(0.7, Metric::Ordinal, 3);
    let of = |n_cases: &[usize]| halves(&model, Planned::Alpha(Metric::Ordinal), n_cases);
    let both = of(&[20, 40]);
    assert_eq!(both, [of(&[20])[0], of(&[40])[0]]);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    assert_eq!(pool.install(|| of(&[20, 40])), both);
}

/// Cohen's kappa of two raters on two levels, where the half-width is known: with grades right
/// with probability 0.9 and both levels alike, p_o .82, p_e .5, kappa .64, and the asymptotic
/// standard error is sqrt(p_o (1 - p_o) / n) / (1 - p_e).
#[test]
fn known_half_width() {
    let right = vec![vec![0.9, 0.1], vec![0.1, 0.9]];
    let model = RatingModel::new(&[0.0, 1.0], &[0.5, 0.5], &right, 2).unwrap();
    let n = 400;
    let found = halves(&model, Planned::Kappa(Weights::Identity), &[n]);
    let expected = 1.959_964 * (0.82_f64 * 0.18 / n as f64).sqrt() / 0.5;
    near(found[0] / expected, 1.0, 0.02);
    near(
        model.population_alpha(Metric::Nominal).unwrap(),
        0.64,
        1e-12,
    );
}

#[test]
fn least_number_of_cases() {
    let right = vec![vec![0.9, 0.1], vec![0.1, 0.9]];
    let model = RatingModel::new(&[0.0, 1.0], &[0.5, 0.5], &right, 2).unwrap();
    let planned = Planned::Kappa(Weights::Identity);
    let of = |wanted, most| {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        least_cases(&model, planned, wanted, most, &simulation(200), &mut rng)
    };
    // (1.96 sqrt(.82 .18) / .5 / .1)^2 = 226.8.
    let found = of(0.1, 2000).unwrap();
    assert!((215..245).contains(&found.n_cases), "{found:?}");
    assert!(found.half_width.value() <= Some(0.1));
    assert!(found.half_width.se().is_some_and(|se| se < 0.005));
    assert_eq!(of(0.1, 50), None);
    assert!(found.half_width.method().contains("200 simulated studies"));
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

/// One rater, or one possible grade: no interval in any study, and words instead.
#[test]
fn no_interval_in_any_study() {
    let grading = vec![vec![1.0; 5]; 5];
    let model = RatingModel::new(&GRADES, &[1.0; 5], &grading, 1).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let planned = [
        Planned::Alpha(Metric::Nominal),
        Planned::Kappa(Weights::Identity),
    ];
    for planned in planned {
        let curve = half_width_curve(&model, planned, &[10], &simulation(5), &mut rng);
        assert_eq!(
            curve[0].half_width.to_string(),
            "undefined (no resample has a value)"
        );
    }
    assert_eq!(BootstrapKind::default(), BootstrapKind::BiasCorrected);
}
