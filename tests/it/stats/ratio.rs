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

#[test]
fn the_seed_decides_the_interval() {
    let found = |seed| ratio_of_sums(&UNITS, 20_000, 0.95, &mut ChaCha8Rng::seed_from_u64(seed));
    let first = found(1);
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
