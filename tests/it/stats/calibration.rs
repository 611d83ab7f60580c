//! Calibration against statsmodels 0.15 and scipy; what is made here is what those were given.

use cisterna::stats::{Undefined, brier, calibration, reliability, temperature};

/// Probabilities and truths by a formula that is easy to say anywhere.
pub(super) fn cases(n: usize) -> Vec<(f64, bool)> {
    let case = |i: usize| {
        let u = ((i * 37 + 11) % 101) as f64 / 101.0;
        let v = ((i * 53 + 7) % 97) as f64 / 97.0;
        let p = ((0.05 + 0.9 * u) * 1e4).round() / 1e4;
        (p, v < 0.15 + 0.7 * u)
    };
    (0..n).map(case).collect()
}

#[track_caller]
pub(super) fn close(made: Option<f64>, expected: f64, tolerance: f64) {
    let made = made.expect("a value");
    assert!(
        (made - expected).abs() < tolerance,
        "{made}, not {expected}"
    );
}

/// `scipy.optimize.minimize_scalar` of the log loss over the logarithm of the temperature.
#[test]
fn the_temperature_is_the_likeliest() {
    let odds: Vec<(f64, bool)> = cases(60)
        .into_iter()
        .map(|(p, positive)| ((p / (1.0 - p)).ln(), positive))
        .collect();
    close(temperature(&odds), 1.395_474_06, 1e-6);
    // What is sure and right can be as cold as is allowed.
    let sure = [(4.0, true), (-4.0, false)];
    close(temperature(&sure), 0.05, 1e-6);
    assert_eq!(temperature(&[(1.0, true)]), None);
    assert_eq!(temperature(&[(f64::NAN, true), (1.0, false)]), None);
}

/// `statsmodels.api.Logit` on a constant and the log odds; `GLM` with these as offset; `brier_score_loss`
/// of scikit-learn.
#[test]
fn calibration_is_that_of_statsmodels() {
    let cases = cases(60);
    let made = calibration(&cases, 0.95);
    close(made.slope.value(), 0.734_018_16, 1e-6);
    close(made.slope.se(), 0.246_239_49, 1e-6);
    let (low, high) = made.slope.interval().unwrap();
    close(Some(low), 0.251_397_63, 1e-5);
    close(Some(high), 1.216_638_68, 1e-5);
    close(made.intercept.value(), 0.328_846_99, 1e-6);
    let (low, high) = made.intercept.interval().unwrap();
    close(Some(low), -0.237_524_34, 1e-5);
    close(Some(high), 0.895_218_33, 1e-5);
    close(made.in_the_large.value(), 0.370_974_15, 1e-6);
    close(made.in_the_large.se(), 0.304_344_71, 1e-6);
    let (low, high) = made.in_the_large.interval().unwrap();
    close(Some(low), -0.225_530_52, 1e-5);
    close(Some(high), 0.967_478_82, 1e-5);
    close(brier(&cases).value(), 0.217_461_158_8, 1e-9);
    let one_class = [(0.3, true), (0.6, true)];
    let made = calibration(&one_class, 0.95);
    assert_eq!(made.in_the_large.reason(), Some(Undefined::OneClass));
    assert!(made.slope.value().is_none());
    assert_eq!(brier(&[]).reason(), Some(Undefined::TooFewUnits));
}

/// Means by numpy, `proportion_confint(method="wilson")` of statsmodels.
#[test]
fn groups_of_one_size_have_their_shares() {
    let expected = [
        (0.162_28, 0.333_333_333, [0.151_763_244, 0.582_864_523]),
        (0.386_826_667, 0.6, [0.357_468_301, 0.801_755_039]),
        (0.610_8, 0.466_666_667, [0.248_095_354, 0.698_830_200]),
        (0.837_126_667, 0.866_666_667, [0.621_180_172, 0.962_638_741]),
    ];
    let made = reliability(&cases(60), 4, 0.95);
    assert_eq!(made.len(), 4);
    for (bin, (told, found, interval)) in made.iter().zip(expected) {
        assert_eq!(bin.n, 15);
        close(Some(bin.told), told, 1e-8);
        close(Some(bin.found), found, 1e-8);
        for (made, expected) in bin.found_interval.unwrap().into_iter().zip(interval) {
            close(Some(made), expected, 1e-8);
        }
    }
    assert_eq!(reliability(&cases(3), 8, 0.95).len(), 3);
    assert!(reliability(&[], 8, 0.95).is_empty());
}
