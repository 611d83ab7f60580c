//! Krippendorff's alpha.

use cisterna::stats::{
    Bootstrap, Metric, Ratings, StatsError, TransitionMatrix, Undefined, Weights, alpha,
    alpha_analytic, alpha_bootstrapped,
};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{A2, E, GRADES, any_units, oracles, ratings, read_units, same, units};

/// To the six decimals that the tables give.
#[track_caller]
fn check(lines: &[&str], metric: Metric, expected: f64) {
    let found = alpha(&ratings(lines), metric);
    let value = found.value().unwrap_or_else(|| panic!("{metric}: {found}"));
    assert!(
        (value - expected).abs() <= 5.1e-7,
        "{metric}: {value}, not {expected}"
    );
}

#[track_caller]
fn check_all(lines: &[&str], expected: [f64; 4]) {
    for (metric, expected) in Metric::ALL.into_iter().zip(expected) {
        check(lines, metric, expected);
    }
}

#[test]
fn printed_tables() {
    check_all(&A2, [0.743421, 0.815388, 0.849107, 0.797403]);
    check(
        &["a a b b d c c c e d d a", "b a b b b c c c e d d d"],
        Metric::Nominal,
        0.691964,
    );
    check_all(
        &[
            "* * * * * 3 4 1 2 1 1 3 3 * 3",
            "1 * 2 1 3 3 4 3 * * * * * * *",
            "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
        ],
        [0.691358, 0.806721, 0.810845, 0.808944],
    );
    check_all(&E, [0.480530, 0.768685, 0.771865, 0.679240]);
}

/// Oracle K: one unit, seven raters, one of whom differs.
#[test]
fn one_unit_has_alpha_zero() {
    let lines = ["2", "1", "1", "1", "1", "1", "1"];
    for metric in Metric::ALL {
        assert_eq!(
            alpha(&ratings(&lines), metric).value(),
            Some(0.0),
            "{metric}"
        );
    }
}

/// Trap 1: R's `irr` subtracts too little from n for complete data of three raters or more; its
/// values, by its own source, are not ours.
#[test]
fn the_error_of_a_package_is_not_repeated() {
    #[track_caller]
    fn check_not(lines: &[&str], metric: Metric, expected: f64, of_irr: f64) {
        check(lines, metric, expected);
        let n = (lines.len() * units(lines).len()) as f64;
        let other = (lines.len() - 1) as f64;
        let emulated = 1.0 - (1.0 - expected) * (n - 1.0 / other) / (n - 1.0);
        assert!((emulated - of_irr).abs() < 2e-6, "{emulated}, not {of_irr}");
        assert!((expected - of_irr).abs() > 1e-3);
    }
    let three = ["0 1 2 3 4 0 1 2", "0 1 2 3 3 0 2 2", "0 2 2 3 4 1 1 2"];
    check_not(&three, Metric::Nominal, 0.583710, 0.574661);
    check_not(&three, Metric::Ordinal, 0.895092, 0.892812);
    check_not(&three, Metric::Interval, 0.890346, 0.887962);
    let anxiety = [
        "3 3 3 4 5 5 2 3 5 2 2 6 1 5 2 2 1 2 4 3",
        "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
        "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
    ];
    check_not(&anxiety, Metric::Nominal, -0.023725, -0.032401);
    check_not(&anxiety, Metric::Ordinal, 0.228387, 0.221848);
    check_not(&anxiety, Metric::Interval, 0.170099, 0.163066);
}

/// Trap 3: packages answer NaN, an exception, or 1.0.
#[test]
fn no_variation_is_said_in_words() {
    let found = alpha(&ratings(&["3 3 .", "3 3 3"]), Metric::Ordinal);
    assert_eq!(found.reason(), Some(Undefined::NoVariation));
    assert_eq!(found.to_string(), "undefined (no variation)");
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["value"], Value::Null);
    assert_eq!(json["undefined"], "undefined (no variation)");
    assert_eq!(json["n"], 2);

    // The lone 0 varies, but has no partner.
    let lone = alpha(&ratings(&["3 3 .", "3 3 0"]), Metric::Nominal);
    assert_eq!(lone.reason(), Some(Undefined::NoVariation));

    let no_pairs = alpha(&ratings(&["1 .", ". 2"]), Metric::Nominal);
    assert_eq!(no_pairs.reason(), Some(Undefined::NoPairs));
    let empty = alpha(&Ratings::new(&GRADES, 3, &[]).unwrap(), Metric::Nominal);
    assert_eq!(empty.reason(), Some(Undefined::NoPairs));
    let negative = alpha(&ratings(&["-1 1", "0 1"]), Metric::Ratio);
    assert_eq!(negative.reason(), Some(Undefined::NegativeLevels));
}

/// With and without a value the object has the same nine fields.
#[test]
fn outcomes_are_flat() {
    let fields = [
        "high",
        "low",
        "method",
        "n",
        "n_left_out",
        "p",
        "se",
        "undefined",
        "value",
        "warning",
    ];
    for lines in [["1 2 3", "1 2 2"], ["1 1 1", "1 1 1"]] {
        let found = alpha_analytic(&ratings(&lines), Weights::Identity, 0.95);
        let json = serde_json::to_value(&found).unwrap();
        let mut names: Vec<&str> = json
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, fields);
        assert_eq!(json["se"].is_null(), json["value"].is_null());
        assert_eq!(json["p"].is_null(), json["value"].is_null());
        assert_ne!(json["undefined"].is_null(), json["value"].is_null());
    }
}

/// Trap 4: a unit with one rating changes nothing, neither value nor interval.
#[test]
fn units_without_a_pair_change_nothing() {
    let with = units(&E);
    let mut more = with.clone();
    more.insert(3, vec![None, Some(3.0), None, None, None]);
    more.push(vec![None; 5]);
    let interval = |units: &[Vec<Option<f64>>], metric| {
        let ratings = Ratings::new(&GRADES, 5, units).unwrap();
        let bootstrap = Bootstrap {
            n_resamples: 200,
            ..Bootstrap::default()
        };
        alpha_bootstrapped(
            &ratings,
            metric,
            &bootstrap,
            &mut ChaCha8Rng::seed_from_u64(5),
        )
    };
    for metric in Metric::ALL {
        assert_eq!(interval(&with, metric), interval(&more, metric), "{metric}");
    }
}

/// Every CSV with a value in the oracle file, all metrics it has.
#[test]
fn oracle_files() {
    let Some((oracle, folder)) = oracles() else {
        return;
    };
    let mut n_checked = 0;
    for (name, facts) in oracle.as_object().unwrap() {
        let Some(alphas) = facts.get("krippendorff_alpha").and_then(Value::as_object) else {
            continue;
        };
        let units = read_units(&folder.join(name));
        let ratings = Ratings::with_observed_levels(units[0].len(), &units).unwrap();
        for metric in Metric::ALL {
            let Some(expected) = alphas.get(metric.name()).and_then(Value::as_f64) else {
                continue;
            };
            let value = alpha(&ratings, metric).value().unwrap();
            let off = ((value - expected) / expected).abs();
            assert!(
                off <= 1e-12,
                "{name}, {metric}: {value}, not {expected}, off by {off:e}"
            );
            n_checked += 1;
        }
    }
    // Six files: four have all metrics, two only the nominal one.
    assert_eq!(n_checked, 18);
}

#[test]
fn bad_input_is_named() {
    #[track_caller]
    fn check(found: Result<Ratings, StatsError>, words: &str) {
        assert_eq!(found.unwrap_err().to_string(), words);
    }
    check(Ratings::new(&[], 2, &[]), "the scale has no levels");
    check(
        Ratings::new(&[0.0, 2.0, 1.0], 2, &[]),
        "scale levels must be finite and increasing, but level 3 is 1",
    );
    check(
        Ratings::new(&[0.0, f64::NAN], 2, &[]),
        "scale levels must be finite and increasing, but level 2 is NaN",
    );
    check(
        Ratings::new(
            &GRADES,
            2,
            &[vec![None, Some(1.0)], vec![Some(0.0), Some(5.0)]],
        ),
        "rating 5 of unit 2 by rater 2 is not a level of the scale (0, 1, 2, 3, 4)",
    );
    check(
        Ratings::new(&GRADES, 2, &[vec![None]]),
        "unit 1 has 1 cells for 2 raters",
    );
    let nan = TransitionMatrix::from_pairs(&GRADES, "a", "b", &[(0.0, f64::NAN)]);
    assert!(matches!(
        nan,
        Err(StatsError::NotALevel {
            unit: 1,
            rater: 2,
            ..
        })
    ));
}

/// The definition as it is written, without counts, as a check of the fast way.
fn alpha_by_definition(units: &[Vec<Option<f64>>], metric: Metric) -> Option<f64> {
    let units: Vec<Vec<f64>> = units
        .iter()
        .map(|unit| unit.iter().flatten().copied().collect::<Vec<_>>())
        .filter(|unit| unit.len() >= 2)
        .collect();
    let all: Vec<f64> = units.iter().flatten().copied().collect();
    let n_between = |from: f64, to: f64| all.iter().filter(|x| (from..=to).contains(*x)).count();
    let distance = |c: f64, k: f64| match metric {
        Metric::Nominal => f64::from(c != k),
        Metric::Interval => (c - k).powi(2),
        Metric::Ratio if c + k == 0.0 => 0.0,
        Metric::Ratio => ((c - k) / (c + k)).powi(2),
        Metric::Ordinal if c == k => 0.0,
        Metric::Ordinal => {
            let ends = (n_between(c, c) + n_between(k, k)) as f64 / 2.0;
            (n_between(c.min(k), c.max(k)) as f64 - ends).powi(2)
        }
    };
    let mean_of_pairs = |values: &[f64]| -> f64 {
        let pairs = values
            .iter()
            .flat_map(|c| values.iter().map(move |k| distance(*c, *k)));
        pairs.sum::<f64>() / (values.len() - 1) as f64
    };
    let observed: f64 = units.iter().map(|unit| mean_of_pairs(unit)).sum();
    let expected = if all.is_empty() {
        0.0
    } else {
        mean_of_pairs(&all)
    };
    (expected > 0.0).then(|| 1.0 - observed / expected)
}

proptest! {
    #[test]
    fn counts_are_the_definition(units in any_units()) {
        let ratings = Ratings::new(&GRADES, 4, &units).unwrap();
        for metric in Metric::ALL {
            same(alpha(&ratings, metric).value(), alpha_by_definition(&units, metric));
        }
    }

    #[test]
    fn a_unit_with_one_rating_changes_nothing(
        units in any_units(),
        grade in 0_u8..5,
        place in 0_usize..8,
    ) {
        let mut more = units.clone();
        let lone = vec![None, Some(f64::from(grade)), None, None];
        more.insert(place.min(units.len()), lone);
        let before = Ratings::new(&GRADES, 4, &units).unwrap();
        let after = Ratings::new(&GRADES, 4, &more).unwrap();
        for metric in Metric::ALL {
            prop_assert_eq!(alpha(&before, metric), alpha(&after, metric));
        }
    }

    #[test]
    fn perfect_agreement_is_one(grades in proptest::collection::vec(0_u8..5, 2..20)) {
        prop_assume!(grades.iter().any(|g| *g != grades[0]));
        let cells: Vec<Vec<Option<f64>>> =
            grades.iter().map(|&g| vec![Some(f64::from(g)); 3]).collect();
        let ratings = Ratings::new(&GRADES, 3, &cells).unwrap();
        for metric in Metric::ALL {
            same(alpha(&ratings, metric).value(), Some(1.0));
        }
    }

    #[test]
    fn order_of_units_and_raters_does_not_matter(
        units in any_units(),
        raters in Just([0_usize, 1, 2, 3]).prop_shuffle(),
        turn in 0_usize..8,
    ) {
        let mut moved: Vec<Vec<Option<f64>>> =
            units.iter().map(|unit| raters.iter().map(|&rater| unit[rater]).collect()).collect();
        let turn = turn % moved.len();
        moved.rotate_left(turn);
        moved.reverse();
        let before = Ratings::new(&GRADES, 4, &units).unwrap();
        let after = Ratings::new(&GRADES, 4, &moved).unwrap();
        for metric in Metric::ALL {
            same(alpha(&before, metric).value(), alpha(&after, metric).value());
        }
    }

    /// Levels that nobody gave change nothing for alpha, for any metric.
    #[test]
    fn unused_levels_do_not_matter(units in any_units()) {
        let all = Ratings::new(&GRADES, 4, &units).unwrap();
        if let Ok(used) = Ratings::with_observed_levels(4, &units) {
            for metric in Metric::ALL {
                same(alpha(&all, metric).value(), alpha(&used, metric).value());
            }
        }
    }
}
