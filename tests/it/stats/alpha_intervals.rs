//! Intervals of Krippendorff's alpha: oracles, reproducibility, speed, coverage.

use cisterna::stats::{
    Bootstrap, BootstrapKind, Metric, Outcome, RatingModel, Ratings, Undefined, alpha,
    alpha_bootstrapped, hughes_alpha,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{A, E, GRADES, between, is, near, ratings, units};

fn bootstrap(n_resamples: usize, kind: BootstrapKind) -> Bootstrap {
    Bootstrap {
        n_resamples,
        confidence: 0.95,
        kind,
    }
}

/// Oracle A5: interval about (0.42, 1.00).
#[test]
fn bootstrap_interval_is_where_it_should_be() {
    let bootstrap = bootstrap(4000, BootstrapKind::Percentile);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let found = alpha_bootstrapped(&ratings(&A), Metric::Interval, &bootstrap, &mut rng);
    let Outcome::Defined(estimate) = found else {
        panic!("{found}")
    };
    let (low, high) = (estimate.low.unwrap(), estimate.high.unwrap());
    assert!((low - 0.42).abs() < 0.03, "{low}");
    assert!((high - 1.0).abs() < 1e-12, "{high}");
    assert_eq!(estimate.n, 11);
    assert!(estimate.se.is_some_and(|se| (0.1..0.25).contains(&se)));
    assert!(
        estimate.method.contains("4000 resamples"),
        "{}",
        estimate.method
    );
    assert!(estimate.method.contains("expected disagreement resampled"));
}

/// Trap 7: fixed and resampled expected disagreement are two intervals, and the words say which.
/// Reference: numpy.random.default_rng(1), 200,000 resamples of the units of table A with the
/// distances and D_e of the full table, numpy.quantile(..., [.025, .975]).
#[test]
fn fixed_expected_disagreement_is_another_interval() {
    let of = |metric, kind| {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        alpha_bootstrapped(&ratings(&A), metric, &bootstrap(20_000, kind), &mut rng)
    };
    let fixed = of(Metric::Nominal, BootstrapKind::PercentileFixedExpected);
    assert!(fixed.method().contains("expected disagreement held fixed"));
    between(&fixed, [0.4629743, 1.0], 0.012);
    between(
        &of(Metric::Ordinal, BootstrapKind::PercentileFixedExpected),
        [0.5400378, 1.0],
        0.012,
    );
    assert_ne!(
        fixed.interval(),
        of(Metric::Nominal, BootstrapKind::Percentile).interval()
    );
    assert_eq!(fixed.value(), alpha(&ratings(&A), Metric::Nominal).value());
}

/// Two units, so that half of all resamples hold one unit twice and may not vary.
#[test]
fn resamples_without_variation_are_counted() {
    let ratings = ratings(&["1 2", "1 2"]);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let bootstrap = bootstrap(1000, BootstrapKind::Percentile);
    let found = alpha_bootstrapped(&ratings, Metric::Nominal, &bootstrap, &mut rng);
    let n_left_out = found.estimate().unwrap().n_left_out;
    assert!((400..600).contains(&n_left_out), "{n_left_out}");
    assert!(
        found
            .method()
            .ends_with("resamples without variation left out")
    );
    // All resamples that vary agree perfectly, which is no interval.
    assert_eq!(found.interval(), None);
    assert!(
        found
            .warning()
            .is_some_and(|words| words.contains("no interval"))
    );
}

#[test]
fn the_same_generator_gives_the_same_interval() {
    let interval = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bootstrap = Bootstrap {
            n_resamples: 300,
            ..Bootstrap::default()
        };
        alpha_bootstrapped(&ratings(&E), Metric::Ordinal, &bootstrap, &mut rng)
    };
    assert_eq!(interval(7), interval(7));
    assert_ne!(interval(7), interval(8));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build()
            .unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let run = || {
            BootstrapKind::ALL.map(|kind| {
                let bootstrap = bootstrap(2000, kind);
                alpha_bootstrapped(&ratings(&E), Metric::Ordinal, &bootstrap, &mut rng)
            })
        };
        pool.install(run)
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(5));
}

/// Oracle A3.
#[test]
fn hughes_form() {
    let found = hughes_alpha(&ratings(&A), Metric::Nominal, 0.95);
    assert_eq!(found.n(), 12, "the unit with one rating counts");
    between(
        &hughes_alpha(&ratings(&A), Metric::Nominal, 0.99),
        [-0.008, 0.975],
        5.1e-4,
    );
    let interval = hughes_alpha(&ratings(&A), Metric::Interval, 0.95);
    near(interval.value().unwrap(), 0.855, 5.1e-4);
    between(&interval, [-0.068, 0.994], 5.1e-4);
    between(
        &hughes_alpha(&ratings(&A), Metric::Interval, 0.99),
        [-0.307, 0.998],
        5.1e-4,
    );
    assert!((0..12).all(|unit| without(unit).value().is_some()));
    // Influence of unit 6: -0.11 in this form, -0.114 in the customary one.
    let moved = found.value().unwrap() - without(5).value().unwrap();
    near(moved, -0.11, 5.1e-3);
}

/// Table A without a unit.
fn without(unit: usize) -> Outcome {
    let mut units = units(&A);
    units.remove(unit);
    hughes_alpha(
        &Ratings::with_observed_levels(4, &units).unwrap(),
        Metric::Nominal,
        0.95,
    )
}

#[test]
fn influence_of_one_unit() {
    let mut fewer = units(&A);
    fewer.remove(5);
    let fewer = Ratings::with_observed_levels(4, &fewer).unwrap();
    let all = alpha(&ratings(&A), Metric::Nominal).value().unwrap();
    near(
        all - alpha(&fewer, Metric::Nominal).value().unwrap(),
        -0.114,
        5.1e-4,
    );
}

#[test]
fn where_there_is_no_interval() {
    let perfect = ratings(&["1 2 3 1", "1 2 3 1"]);
    let found = hughes_alpha(&perfect, Metric::Ordinal, 0.95);
    is(&found, 1.0);
    assert_eq!(found.interval(), None);
    let constant = ratings(&["1 1 1", "1 1 1"]);
    let reason = |found: Outcome| found.reason();
    assert_eq!(
        reason(hughes_alpha(&constant, Metric::Nominal, 0.95)),
        Some(Undefined::NoVariation)
    );
    let lone = ratings(&["1 .", ". 2"]);
    assert_eq!(
        reason(hughes_alpha(&lone, Metric::Nominal, 0.95)),
        Some(Undefined::NoPairs)
    );
}

/// Raters who err by a normal distance of standard deviation `spread`.
pub(super) fn normal_model(prevalence: &[f64], spread: f64, n_raters: usize) -> RatingModel {
    let row = |truth: &f64| {
        let chance = |grade: &f64| (-((truth - grade) / spread).powi(2) / 2.0).exp();
        GRADES.iter().map(chance).collect()
    };
    let grading: Vec<Vec<f64>> = GRADES.iter().map(row).collect();
    RatingModel::new(&GRADES, prevalence, &grading, n_raters).unwrap()
}

/// The spread at which the population's alpha is `wanted`.
pub(super) fn model_with(wanted: f64, metric: Metric, n_raters: usize) -> RatingModel {
    const PREVALENCE: [f64; 5] = [0.4, 0.2, 0.15, 0.15, 0.1];
    let (mut low, mut high) = (0.05, 20.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let model = normal_model(&PREVALENCE, middle, n_raters);
        match model.population_alpha(metric).unwrap() > wanted {
            true => low = middle,
            false => high = middle,
        }
    }
    normal_model(&PREVALENCE, low, n_raters)
}

/// Coverage of the 95 % intervals at 31 units and 3 raters, true alpha 0.4 and 0.8, ordinal:
/// every kind but the fixed expected disagreement keeps to 92 to 97 %.
#[test]
fn coverage() {
    const N_STUDIES: usize = 1500;
    for wanted in [0.4, 0.8] {
        let model = model_with(wanted, Metric::Ordinal, 3);
        let truth = model.population_alpha(Metric::Ordinal).unwrap();
        near(truth, wanted, 1e-9);
        let mut hits = [0_usize; 4];
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for _ in 0..N_STUDIES {
            let study = model.draw(31, &mut rng);
            let boot = |kind| {
                let mut rng = ChaCha8Rng::seed_from_u64(12);
                alpha_bootstrapped(&study, Metric::Ordinal, &bootstrap(1000, kind), &mut rng)
            };
            let found = [
                boot(BootstrapKind::Percentile),
                boot(BootstrapKind::PercentileFixedExpected),
                boot(BootstrapKind::BiasCorrected),
                hughes_alpha(&study, Metric::Ordinal, 0.95),
            ];
            for (hits, found) in hits.iter_mut().zip(&found) {
                let covers = |(low, high): (f64, f64)| (low..=high).contains(&truth);
                *hits += usize::from(found.interval().is_some_and(covers));
            }
        }
        let share = hits.map(|hits| hits as f64 / N_STUDIES as f64);
        println!("coverage at alpha {wanted}: {share:.3?}");
        for idx in [0, 2, 3] {
            assert!((0.92..=0.97).contains(&share[idx]), "{wanted}: {share:?}");
        }
    }
}
