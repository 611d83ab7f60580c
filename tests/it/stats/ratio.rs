//! Ratios of sums over units.

use cisterna::stats::ratio_of_sums;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const UNITS: [(f64, f64); 8] = [
    (1.2, 2.0),
    (0.8, 1.9),
    (2.2, 3.1),
    (0.5, 1.5),
    (1.9, 2.6),
    (1.1, 2.2),
    (0.7, 1.1),
    (1.6, 3.0),
];

/// numpy's percentile interval from 400,000 samples of the units is 0.48087 to 0.65693.
#[test]
fn its_interval_is_that_of_resampled_units() {
    let found = |seed| ratio_of_sums(&UNITS, 20_000, 0.95, &mut ChaCha8Rng::seed_from_u64(seed));
    let first = found(1);
    assert!((first.value().unwrap() - 0.574_712_643_678).abs() < 1e-9);
    let (low, high) = first.interval().unwrap();
    assert!(
        (low - 0.48087).abs() < 0.003 && (high - 0.65693).abs() < 0.003,
        "{first}"
    );
    // The seed alone decides.
    assert_eq!(first, found(1));
    assert_ne!(first.interval(), found(2).interval());
}

#[test]
fn few_or_bad_units_have_no_interval() {
    let found =
        |units: &[(f64, f64)]| ratio_of_sums(units, 100, 0.95, &mut ChaCha8Rng::seed_from_u64(1));
    assert!(found(&UNITS[..4]).interval().is_none());
    assert!(found(&[]).value().is_none());
    assert!(found(&[(1.0, 0.0)]).value().is_none());
    assert!(found(&[(f64::NAN, 1.0)]).value().is_none());
}
