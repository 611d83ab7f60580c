//! Bland-Altman and mean absolute error.

use cisterna::stats::{LimitsInterval, Undefined, bland_altman, mean_absolute_error};

use super::{between, is, near, number, numbers, oracles, read_units};

#[test]
fn oracle_file() {
    let Some((oracle, folder)) = oracles() else {
        return;
    };
    let units = read_units(&folder.join("pingouin_blandaltman.csv"));
    let pairs: Vec<(f64, f64)> = units
        .iter()
        .map(|u| (u[0].unwrap(), u[1].unwrap()))
        .collect();
    let expected = &oracle["pingouin_blandaltman.csv"]["bland_altman"]["A - B"];
    let found = bland_altman(&pairs, LimitsInterval::Approximate, 0.95);
    is(&found.bias, number(&expected["bias"]));
    near(found.sd.unwrap(), number(&expected["sd"]), 1e-9);
    between(&found.bias, numbers(&expected["bias_ci95"]), 1e-9);
    let [lower, upper] = numbers(&expected["loa"]);
    is(&found.lower, lower);
    is(&found.upper, upper);
    near(
        found.lower.se().unwrap(),
        number(&expected["loa_se_approx"]),
        1e-9,
    );
    between(&found.lower, numbers(&expected["loa_lower_ci95"]), 1e-9);
    between(&found.upper, numbers(&expected["loa_upper_ci95"]), 1e-9);
    let r = cisterna::stats::pearson(&pairs, 0.95);
    is(&r, number(&expected["pearson_r"]));
}

/// Peak expiratory flow by two meters, 17 subjects (Bland and Altman 1986, first readings): mean
/// difference -2.1 l/min, interval -22.0 to 17.8, standard deviation 38.8.
#[test]
fn peak_flow() {
    let wright = [
        494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427,
    ];
    let mini = [
        512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451,
    ];
    let pairs: Vec<(f64, f64)> = wright
        .iter()
        .zip(&mini)
        .map(|(&a, &b)| (f64::from(a), f64::from(b)))
        .collect();
    let found = bland_altman(&pairs, LimitsInterval::Exact, 0.95);
    near(found.bias.value().unwrap(), -2.1, 5.1e-2 / 2.1);
    near(found.sd.unwrap(), 38.8, 5.1e-2 / 38.0);
    between(&found.bias, [-22.0, 17.8], 5.1e-2 / 17.0);
    // scipy.stats.ttest_1samp.
    near(found.bias.p().unwrap(), 0.824_647_673_530_376_3, 1e-9);
    // bias +- scipy.stats.nct.ppf([.025, .975], 16, 1.96 * sqrt(17)) * sd / sqrt(17).
    let (bias, se) = (
        found.bias.value().unwrap(),
        found.sd.unwrap() / 17_f64.sqrt(),
    );
    let quantiles = [5.422_125_161_570_978, 12.980_871_542_805_119];
    between(&found.upper, quantiles.map(|t| bias + t * se), 1e-8);
    let [near_end, far_end] = quantiles.map(|t| bias - t * se);
    between(&found.lower, [far_end, near_end], 1e-8);
    is(&mean_absolute_error(&pairs, 0.95), 28.941_176_470_588_236);
}

/// scipy.stats.nct.ppf([.025, .975], 2, 1.96 * sqrt(3)).
#[test]
fn exact_limits_of_three_pairs() {
    let found = bland_altman(
        &[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)],
        LimitsInterval::Exact,
        0.95,
    );
    let of = |t: f64| 2.0 + t / 3_f64.sqrt();
    let expected = [of(1.234_384_687_975_194_3), of(22.198_681_586_991_924)];
    between(&found.upper, expected, 1e-7);
}

#[test]
fn undefined_in_words() {
    let one = bland_altman(&[(1.0, 2.0)], LimitsInterval::Exact, 0.95);
    assert_eq!(one.bias.reason(), Some(Undefined::TooFewUnits));
    assert_eq!(one.upper.to_string(), "undefined (too few units)");
    let bad = bland_altman(&[(1.0, f64::NAN), (1.0, 2.0)], LimitsInterval::Exact, 0.95);
    assert_eq!(bad.lower.reason(), Some(Undefined::BadNumber));
    assert_eq!(
        mean_absolute_error(&[], 0.95).reason(),
        Some(Undefined::TooFewUnits)
    );
    let single = mean_absolute_error(&[(1.0, 3.0)], 0.95);
    is(&single, 2.0);
    assert_eq!((single.se(), single.interval()), (None, None));
}

/// Readings that never differ say nothing of how far others would; an error is never below 0.
#[test]
fn an_interval_needs_differences() {
    let found = bland_altman(
        &[(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)],
        LimitsInterval::Exact,
        0.95,
    );
    for of in [&found.bias, &found.lower, &found.upper] {
        assert_eq!((of.value(), of.interval()), (Some(0.0), None));
    }
    let few = [(0.0, 1.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0)];
    let error = mean_absolute_error(&few, 0.95);
    assert_eq!(error.interval().map(|(low, _)| low), Some(0.0));
}
