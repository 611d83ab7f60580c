//! Folds of a cross-validation.

use super::calibration::close;
use cisterna::stats::{
    FoldCase, Undefined, fold_areas, mean_roc, net_benefit, regression_areas, roc_curve,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

#[test]
fn areas_of_folds_follow_from_the_generator_alone() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let fold = |start: u32| -> Vec<FoldCase> {
        let case = |at: u32| (f64::from((7 * at + start) % 11), at.is_multiple_of(2));
        (0..20).map(case).collect()
    };
    let folds = [0, 1, 2].map(fold);
    let made = fold_areas(&folds, 0.95, 400, &mut rng);
    assert!(made.mean.interval().is_some());
    let again = fold_areas(&folds, 0.95, 400, &mut ChaCha8Rng::seed_from_u64(1));
    assert_eq!(again, made);
    let one_class = [vec![(0.1, true), (0.2, true)]];
    let none = fold_areas(&one_class, 0.95, 100, &mut rng);
    assert_eq!(none.mean.reason(), Some(Undefined::OneClass));
    assert!(fold_areas(&[], 0.95, 100, &mut rng).mean.value().is_none());
}

#[test]
fn one_class_has_no_curve() {
    assert!(roc_curve(&[(0.1, true)]).is_empty());
    assert!(mean_roc(&[vec![(0.1, true)]], 11).is_empty());
}

/// By the definition of Vickers and Elkin: 3 of 10 are true positives, 2 false ones.
#[test]
fn net_benefit_weighs_false_positives_by_the_odds() {
    let cases: Vec<(bool, bool)> = (0..10).map(|at| (at < 5, at % 5 < 3)).collect();
    let n_true = cases.iter().filter(|case| case.0 && case.1).count();
    assert_eq!(n_true, 3);
    close(net_benefit(&cases, 0.5), 0.3 - 0.2, 1e-12);
    close(net_benefit(&cases, 0.0), 0.3, 1e-12);
    assert_eq!(net_benefit(&cases, 1.0), None);
    assert_eq!(net_benefit(&[], 0.5), None);
}

#[test]
fn a_constant_cannot_be_regressed_on() {
    let constant = [
        (vec![1.0], true),
        (vec![1.0], false),
        (vec![1.0], true),
        (vec![1.0], false),
    ];
    assert!(regression_areas(&constant, 2).is_err());
}
