//! Folds of a cross-validation against scikit-learn and numpy, and against paper 002.

use super::calibration::{cases, close};
use cisterna::stats::{
    FoldCase, Undefined, auroc, fold_areas, mean_roc, net_benefit, regression_areas, roc_curve,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn folds() -> Vec<Vec<FoldCase>> {
    let all = cases(60);
    let fold = |fold: usize| all.iter().skip(fold).step_by(3).copied().collect();
    (0..3).map(fold).collect()
}

/// `roc_auc_score` of scikit-learn, `std` of numpy with ddof 0 and 1, percentiles of 20,000 draws by numpy.
#[test]
fn areas_of_folds_are_those_of_scikit_learn() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let made = fold_areas(&folds(), 0.95, 4000, &mut rng);
    for (made, expected) in made.folds.iter().zip([0.676_767_677, 0.757_575_758, 0.75]) {
        close(made.value(), expected, 1e-8);
    }
    close(made.mean.value(), 0.728_114_478, 1e-8);
    close(made.sd_over_n, 0.036_439_159_6, 1e-9);
    close(made.sd_over_n_less_1, 0.044_628_673_9, 1e-9);
    // Both are draws: four standard errors of a percentile of 4,000.
    let (low, high) = made.mean.interval().unwrap();
    close(Some(low), 0.585_1, 0.012);
    close(Some(high), 0.852_0, 0.012);
    let again = fold_areas(&folds(), 0.95, 4000, &mut ChaCha8Rng::seed_from_u64(1));
    assert_eq!(again, made);
    let one_class = [vec![(0.1, true), (0.2, true)]];
    let none = fold_areas(&one_class, 0.95, 100, &mut rng);
    assert_eq!(none.mean.reason(), Some(Undefined::OneClass));
    assert!(fold_areas(&[], 0.95, 100, &mut rng).mean.value().is_none());
}

/// Folds whose areas are those of Table 2 of paper 002: 0.8668 with the SD of 0.0254 that it prints, which
/// has n below the root; with n - 1 it is 0.0285.
#[test]
fn the_spread_of_paper_002_is_that_over_n() {
    let fold = |area: f64| -> Vec<FoldCase> {
        // One positive case above so many of 10,000 negative ones.
        let below = (area * 1e4).round() as usize;
        let negative = (0..10_000).map(|at| (if at < below { 0.0 } else { 2.0 }, false));
        negative.chain([(1.0, true)]).collect()
    };
    let folds = [0.8988, 0.8284, 0.8580, 0.8580, 0.8910].map(fold);
    let made = fold_areas(&folds, 0.95, 2, &mut ChaCha8Rng::seed_from_u64(1));
    close(made.mean.value(), 0.866_84, 1e-9);
    close(made.sd_over_n, 0.025_452_198, 1e-8);
    close(made.sd_over_n_less_1, 0.028_456_423, 1e-8);
}

/// `roc_curve(drop_intermediate=False)` of scikit-learn; the mean by `numpy.interp` at eleven places with
/// both ends set, as its example of cross-validation does.
#[test]
fn curves_are_those_of_scikit_learn() {
    let labels = [false, false, true, true, false, true];
    let scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4];
    let few: Vec<FoldCase> = scores.into_iter().zip(labels).collect();
    let expected = [
        [0.0, 0.0],
        [0.0, 1.0 / 3.0],
        [2.0 / 3.0, 2.0 / 3.0],
        [2.0 / 3.0, 1.0],
        [1.0, 1.0],
    ];
    let made = roc_curve(&few);
    assert_eq!(made.len(), expected.len());
    for (made, expected) in made.iter().flatten().zip(expected.iter().flatten()) {
        close(Some(*made), *expected, 1e-12);
    }
    let means = [
        0.0,
        0.383_838_384,
        0.439_393_939,
        0.560_606_061,
        0.671_717_172,
        0.762_626_263,
        0.823_232_323,
        0.939_393_939,
        1.0,
        1.0,
        1.0,
    ];
    let sds = [
        0.0,
        0.051_505_248,
        0.056_691_779,
        0.056_691_779,
        0.120_155_326,
        0.089_495_178,
        0.007_142_493,
        0.085_709_913,
        0.0,
        0.0,
        0.0,
    ];
    let made = mean_roc(&folds(), 11);
    assert_eq!(made.len(), 11);
    for (at, point) in made.iter().enumerate() {
        close(Some(point.false_positive), at as f64 / 10.0, 1e-12);
        close(Some(point.true_positive), means[at], 1e-8);
        close(Some(point.sd), sds[at], 1e-8);
    }
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
    close(net_benefit(&cases, 0.2), 0.3 - 0.2 * 0.25, 1e-12);
    close(net_benefit(&cases, 0.0), 0.3, 1e-12);
    assert_eq!(net_benefit(&cases, 1.0), None);
    assert_eq!(net_benefit(&[], 0.5), None);
}

/// `Logit` of statsmodels with a tolerance of 1e-14 in the same three folds, and `roc_auc_score` of
/// scikit-learn.
#[test]
fn a_regression_in_folds_is_that_of_statsmodels() {
    let told: Vec<(Vec<f64>, bool)> = cases(60)
        .into_iter()
        .enumerate()
        .map(|(i, (_, positive))| {
            let x = ((i * 29 + 3) % 83) as f64 / 83.0;
            let y = ((i * 41 + 5) % 79) as f64 / 79.0;
            (vec![x, y], positive)
        })
        .collect();
    let made = regression_areas(&told, 3).unwrap();
    let expected = [
        (0.575_757_576, [0.108_622_88, 0.820_810_77, 0.332_429_9]),
        (0.494_949_495, [1.052_942_98, 0.440_910_81, 1.270_556_02]),
        (0.489_583_333, [0.861_589_03, 0.829_574_41, 0.958_397_12]),
    ];
    for (fold, (area, scores)) in made.iter().zip(expected) {
        close(auroc(fold, Default::default()).value(), area, 1e-8);
        for (made, expected) in fold.iter().zip(scores) {
            // Both go on to the last digits; those that are printed here are eight.
            close(Some(made.0), expected, 1e-7);
        }
    }
    let constant = [
        (vec![1.0], true),
        (vec![1.0], false),
        (vec![1.0], true),
        (vec![1.0], false),
    ];
    assert!(regression_areas(&constant, 2).is_err());
}
