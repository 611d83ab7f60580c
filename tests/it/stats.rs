//! Agreement statistics against published tables, the oracles in `../shared/data/agreement`, and
//! each other.

use std::fs::File;

use cisterna::stats::{
    Bootstrap, Metric, Outcome, Ratings, StatsError, TransitionMatrix, Undefined, alpha,
    alpha_with_interval,
};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const GRADES: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];

/// Units from one line per rater, as the tables are printed: `.` and `*` are missing, letters are
/// levels in the alphabet's order.
fn units(lines: &[&str]) -> Vec<Vec<Option<f64>>> {
    let number = |text: &str| match text {
        "." | "*" => None,
        letter if letter.starts_with(char::is_alphabetic) => Some(f64::from(letter.as_bytes()[0])),
        digits => Some(digits.parse().unwrap()),
    };
    let by_rater: Vec<Vec<Option<f64>>> = lines
        .iter()
        .map(|line| line.split_whitespace().map(number).collect())
        .collect();
    (0..by_rater[0].len())
        .map(|unit| by_rater.iter().map(|rater| rater[unit]).collect())
        .collect()
}

fn ratings(lines: &[&str]) -> Ratings {
    Ratings::with_observed_levels(lines.len(), &units(lines)).unwrap()
}

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

const A: [&str; 4] = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
];
const A2: [&str; 4] = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . .",
    ". 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 .",
];
const E: [&str; 5] = [
    "1 1 2 . 0 0 1 1 2 2 . 0 1 3 1",
    "1 1 3 0 0 0 0 . 2 1 1 0 2 3 1",
    "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1",
    ". 1 3 . . . . 0 . 1 0 0 2 2 .",
    "2 . . 0 0 0 1 . 2 . . . . 3 1",
];

#[test]
fn printed_tables() {
    check_all(&A, [0.743421, 0.815388, 0.849107, 0.797403]);
    check_all(&A2, [0.743421, 0.815388, 0.849107, 0.797403]);
    check(
        &["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"],
        Metric::Nominal,
        0.095238,
    );
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

/// Oracle M: complete data of three raters, where R's `irr` goes wrong.
#[test]
fn complete_data_of_three_raters() {
    let lines = ["0 1 2 3 4 0 1 2", "0 1 2 3 3 0 2 2", "0 2 2 3 4 1 1 2"];
    check(&lines, Metric::Nominal, 0.583710);
    check(&lines, Metric::Ordinal, 0.895092);
    check(&lines, Metric::Interval, 0.890346);
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
        alpha_with_interval(
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
    let Some(oracle) = crate::shared("data/agreement/oracle_agreement.json") else {
        return;
    };
    let folder = oracle.parent().unwrap();
    let oracle: Value = serde_json::from_reader(File::open(&oracle).unwrap()).unwrap();
    let mut n_checked = 0;
    for (name, facts) in oracle.as_object().unwrap() {
        let Some(alphas) = facts.get("krippendorff_alpha").and_then(Value::as_object) else {
            continue;
        };
        let mut csv = csv::Reader::from_path(folder.join(name)).unwrap();
        let number = |text: &str| (!text.is_empty()).then(|| text.parse::<f64>().unwrap());
        let units: Vec<Vec<Option<f64>>> = csv
            .records()
            .map(|record| record.unwrap().iter().map(number).collect())
            .collect();
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

/// One unit rated by two raters, in every way they can: 0 unless they agree.
#[test]
fn all_pairs_of_grades() {
    for first in GRADES {
        for second in GRADES {
            let ratings = Ratings::new(&GRADES, 2, &[vec![Some(first), Some(second)]]).unwrap();
            for metric in Metric::ALL {
                let found = alpha(&ratings, metric);
                match first == second {
                    true => assert_eq!(found.reason(), Some(Undefined::NoVariation)),
                    false => assert_eq!(found.value(), Some(0.0), "{first} {second} {metric}"),
                }
            }
            let pairs = [(first, second)];
            let matrix = TransitionMatrix::from_pairs(&GRADES, "real", "L1", &pairs).unwrap();
            let steps = (first - second).abs() as usize;
            assert_eq!(matrix.counts()[first as usize][second as usize], 1);
            assert_eq!(matrix.n(), 1);
            assert_eq!(matrix.n_alike(), usize::from(steps == 0));
            assert_eq!(matrix.n_moved_at_least(2), usize::from(steps >= 2));
            assert_eq!(matrix.n_up(), usize::from(second > first));
            assert_eq!(matrix.n_down(), usize::from(second < first));
            assert_eq!(matrix.row_share(first as usize, second as usize), Some(1.0));
            assert_eq!(
                matrix.transposed().counts()[second as usize][first as usize],
                1
            );
        }
    }
}

#[test]
fn transitions_keep_axes_and_empty_rows() {
    let pairs = [(0.0, 0.0), (0.0, 3.0), (3.0, 3.0), (4.0, 3.0)];
    let matrix = TransitionMatrix::from_pairs(&GRADES, "real", "predicted", &pairs).unwrap();
    assert_eq!(
        (matrix.from_label(), matrix.to_label()),
        ("real", "predicted")
    );
    assert_eq!(matrix.row_share(0, 3), Some(0.5));
    assert_eq!(
        matrix.row_share(1, 1),
        None,
        "a row without cases has no share"
    );
    assert_eq!(matrix.share_alike(), Some(0.5));
    assert_eq!(matrix.n_moved_at_least(2), 1);
    assert_eq!((matrix.row_total(3), matrix.column_total(3)), (1, 3));
    assert_eq!(matrix.transposed().from_label(), "predicted");
    assert_eq!(matrix.transposed().transposed(), matrix);
    let json = serde_json::to_value(&matrix).unwrap();
    assert_eq!(json["rows"], "real");
    assert_eq!(json["columns"], "predicted");
    assert_eq!(json["row_shares"][1][1], Value::Null);
    let empty = TransitionMatrix::from_pairs(&GRADES, "real", "predicted", &[]).unwrap();
    assert_eq!(empty.share_alike(), None);
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

/// Oracle A5: nominal about (0.41, 1.00), ordinal (0.44, 1.00), interval (0.42, 1.00).
#[test]
fn bootstrap_interval_is_where_it_should_be() {
    #[track_caller]
    fn check(metric: Metric, low: f64) {
        let bootstrap = Bootstrap {
            n_resamples: 4000,
            confidence: 0.95,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let found = alpha_with_interval(&ratings(&A), metric, &bootstrap, &mut rng);
        let Outcome::Defined(estimate) = found else {
            panic!("{found}")
        };
        let (found_low, high) = (estimate.low.unwrap(), estimate.high.unwrap());
        assert!(
            (found_low - low).abs() < 0.03,
            "{metric}: {found_low}, not about {low}"
        );
        assert!((high - 1.0).abs() < 1e-12, "{metric}: {high}");
        assert_eq!(estimate.n, 11);
        assert!(
            estimate.method.contains("4000 resamples"),
            "{}",
            estimate.method
        );
        assert!(estimate.method.contains("expected disagreement resampled"));
    }
    check(Metric::Nominal, 0.41);
    check(Metric::Ordinal, 0.44);
    check(Metric::Interval, 0.42);
}

/// Two units, so that half of all resamples hold one unit twice and may not vary.
#[test]
fn resamples_without_variation_are_counted() {
    let ratings = ratings(&["1 2", "1 2"]);
    let bootstrap = Bootstrap {
        n_resamples: 1000,
        confidence: 0.95,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let found = alpha_with_interval(&ratings, Metric::Nominal, &bootstrap, &mut rng);
    let n_left_out = found.estimate().unwrap().n_left_out;
    assert!((400..600).contains(&n_left_out), "{n_left_out}");
    assert!(
        found
            .method()
            .ends_with("resamples without variation left out")
    );
    assert_eq!(found.estimate().unwrap().low, Some(1.0));
}

#[test]
fn the_same_generator_gives_the_same_interval() {
    let bootstrap = Bootstrap {
        n_resamples: 300,
        confidence: 0.9,
    };
    let interval = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        alpha_with_interval(&ratings(&E), Metric::Ordinal, &bootstrap, &mut rng)
    };
    assert_eq!(interval(7), interval(7));
    assert_ne!(interval(7), interval(8));
}

/// Up to 8 units of 4 raters on the grades, with gaps.
fn any_units() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
    let cell = proptest::option::weighted(0.8, (0_u8..5).prop_map(f64::from));
    proptest::collection::vec(proptest::collection::vec(cell, 4), 1..8)
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

#[track_caller]
fn same(a: Option<f64>, b: Option<f64>) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{a}, {b}"),
        (a, b) => assert_eq!(a, b),
    }
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

    #[test]
    fn transition_counts_add_up(pairs in proptest::collection::vec((0_u8..5, 0_u8..5), 0..40)) {
        let pairs: Vec<(f64, f64)> =
            pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).collect();
        let matrix = TransitionMatrix::from_pairs(&GRADES, "real", "L1", &pairs).unwrap();
        prop_assert_eq!(matrix.n(), pairs.len());
        prop_assert_eq!(matrix.n_alike() + matrix.n_up() + matrix.n_down(), pairs.len());
        prop_assert_eq!(matrix.n_moved_at_least(0), pairs.len());
        for from in 0..GRADES.len() {
            let shares: Vec<f64> =
                (0..GRADES.len()).filter_map(|to| matrix.row_share(from, to)).collect();
            match matrix.row_total(from) {
                0 => prop_assert!(shares.is_empty()),
                _ => prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12),
            }
        }
    }
}
