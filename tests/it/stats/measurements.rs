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
