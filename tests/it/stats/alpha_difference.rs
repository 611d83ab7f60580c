//! Agreement on one arm against agreement on another.

use cisterna::stats::{
    Bootstrap, BootstrapKind, Metric, Ratings, Undefined, alpha, alpha_difference,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{E, GRADES, alpha_intervals::model_with, between, is, near, units};

fn five(lines: &[&str]) -> Ratings {
    Ratings::new(&GRADES, lines.len(), &units(lines)).unwrap()
}

fn bootstrap(kind: BootstrapKind) -> Bootstrap {
    Bootstrap {
        n_resamples: 1000,
        kind,
        ..Bootstrap::default()
    }
}

#[test]
fn an_arm_against_itself() {
    for kind in BootstrapKind::ALL {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let found = alpha_difference(
            &five(&E),
            &five(&E),
            Metric::Ordinal,
            &bootstrap(kind),
            &mut rng,
        );
        is(&found, 0.0);
        // Every resample gives the same, which is no interval.
        assert_eq!(found.interval(), None);
    }
}

/// The difference is that of the two alphas, and exchanging the arms turns the interval round.
#[test]
fn exchanging_the_arms() {
    let tested: Vec<String> = E
        .iter()
        .map(|line| line.replace('3', "4").replace('1', "0"))
        .collect();
    let tested: Vec<&str> = tested.iter().map(String::as_str).collect();
    let (tested, reference) = (five(&tested), five(&E));
    let of = |a: &Ratings, b: &Ratings| {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        alpha_difference(
            a,
            b,
            Metric::Interval,
            &bootstrap(BootstrapKind::Percentile),
            &mut rng,
        )
    };
    let found = of(&tested, &reference);
    let value = |ratings| alpha(ratings, Metric::Interval).value().unwrap();
    is(&found, value(&tested) - value(&reference));
    let (low, high) = found.interval().unwrap();
    between(&of(&reference, &tested), [-high, -low], 1e-12);
    near(
        of(&reference, &tested).se().unwrap(),
        found.se().unwrap(),
        1e-12,
    );
}

#[test]
fn undefined_in_words() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let bootstrap = bootstrap(BootstrapKind::default());
    let mut of =
        |a: &Ratings, b: &Ratings| alpha_difference(a, b, Metric::Ordinal, &bootstrap, &mut rng);
    let fewer = five(&["1 2", "1 3"]);
    let found = of(&fewer, &five(&["1 2 3", "1 3 3"]));
    assert_eq!(found.reason(), Some(Undefined::ArmsDiffer));
    let constant = of(&fewer, &five(&["1 1", "1 1"]));
    assert_eq!(constant.reason(), Some(Undefined::NoVariation));
    let lone = of(&five(&["1 .", ". 2"]), &fewer);
    assert_eq!(lone.reason(), Some(Undefined::NoPairs));
    // Two units cannot say how far a difference varies.
    let few = of(&five(&["1 2 3", "1 3 3"]), &five(&["1 2 3", "2 3 3"]));
    assert!(few.value().is_some() && few.interval().is_none());
    assert!(few.warning().is_some_and(|words| words.contains("3 units")));
}

/// Six raters grade the same subjects, three per arm: the 95 % interval of the difference, whose
/// truth is 0, covers it in 92 to 98 % of studies.
#[test]
fn coverage_of_the_difference() {
    const N_STUDIES: usize = 600;
    let model = model_with(0.8, Metric::Ordinal, 6);
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut hits = 0;
    for _ in 0..N_STUDIES {
        let [first, second] = arms(&model.draw(31, &mut rng));
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let bootstrap = bootstrap(BootstrapKind::default());
        let found = alpha_difference(&first, &second, Metric::Ordinal, &bootstrap, &mut rng);
        let (low, high) = found.interval().unwrap();
        hits += usize::from(low <= 0.0 && 0.0 <= high);
    }
    let share = hits as f64 / N_STUDIES as f64;
    println!("coverage of the difference of two alphas of 0.8: {share:.3}");
    assert!((0.92..=0.98).contains(&share), "{share}");
}

/// The first and the last three raters of six.
fn arms(six: &Ratings) -> [Ratings; 2] {
    [0..3, 3..6].map(|raters| six.with_raters(&raters.collect::<Vec<_>>()).unwrap())
}
