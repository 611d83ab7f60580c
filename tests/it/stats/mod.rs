//! Statistics against published tables, the oracles in `../shared/data/agreement`, and each other. What
//! `verify-self` computes anew (`src/workflows/verify/numbers`) is held by `tests/it/cli/verify.rs`.

mod alpha;
mod alpha_difference;
mod alpha_intervals;
mod calibration;
mod chance_corrected;
mod correlation;
mod cross_validation;
mod grade_counts;
mod icc;
mod jackknife;
mod kappa;
mod marginal;
mod measurements;
mod mrmc;
mod ordinal_regression;
mod planning;
mod rank_tests;
mod ratio;
mod roc;
mod same_grade;
mod transition;

use std::{fs::File, path::Path};

use cisterna::stats::{Interval, Outcome, Ratings, TransitionMatrix};
use proptest::prelude::*;
use serde_json::Value;

/// The intervals of other programs, which the oracles are.
const ASYMPTOTIC: Interval = Interval::asymptotic(0.95);

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

/// Up to 8 units of 4 raters on the grades, with gaps.
fn any_units() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
    let cell = proptest::option::weighted(0.8, (0_u8..5).prop_map(f64::from));
    proptest::collection::vec(proptest::collection::vec(cell, 4), 1..8)
}

#[track_caller]
fn same(a: Option<f64>, b: Option<f64>) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0), "{a}, {b}"),
        (a, b) => assert_eq!(a, b),
    }
}

/// Within `tolerance` of the expected value, relative to it where it is above 1.
#[track_caller]
fn near(found: f64, expected: f64, tolerance: f64) {
    let off = (found - expected).abs() / expected.abs().max(1.0);
    assert!(off <= tolerance, "{found}, not {expected}, off by {off:e}");
}

/// The value of an outcome, to 1e-9.
#[track_caller]
fn is(found: &Outcome, expected: f64) {
    let value = found.value().unwrap_or_else(|| panic!("{found}"));
    near(value, expected, 1e-9);
}

/// Both ends of the interval.
#[track_caller]
fn between(found: &Outcome, expected: [f64; 2], tolerance: f64) {
    let (low, high) = found.interval().unwrap_or_else(|| panic!("{found}"));
    near(low, expected[0], tolerance);
    near(high, expected[1], tolerance);
}

/// p to a relative tolerance, because small ones matter.
#[track_caller]
fn p_is(found: &Outcome, expected: f64, tolerance: f64) {
    let p = found.p().unwrap_or_else(|| panic!("{found} has no p"));
    assert!(
        (p / expected - 1.0).abs() <= tolerance,
        "{p:e}, not {expected:e}"
    );
}

/// A table as it is printed, on levels 0, 1, ...
fn table<const Q: usize>(counts: [[usize; Q]; Q]) -> TransitionMatrix {
    let levels: Vec<f64> = (0..Q).map(|level| level as f64).collect();
    let counts: Vec<Vec<usize>> = counts.iter().map(|row| row.to_vec()).collect();
    TransitionMatrix::from_counts(&levels, "first", "second", &counts).unwrap()
}

/// Ratings from a table of how often each level (0, 1, ...) was given to each unit.
fn from_counts(units: &[&[usize]]) -> Ratings {
    let n_raters = units[0].iter().sum();
    let levels: Vec<f64> = (0..units[0].len()).map(|level| level as f64).collect();
    let unit = |counts: &&[usize]| {
        let level = |(level, n): (usize, &usize)| vec![Some(level as f64); *n];
        counts.iter().enumerate().flat_map(level).collect()
    };
    let units: Vec<Vec<Option<f64>>> = units.iter().map(unit).collect();
    Ratings::new(&levels, n_raters, &units).unwrap()
}

/// The expected values, by file, and the folder they lie in.
fn oracles() -> Option<(Value, std::path::PathBuf)> {
    let path = crate::shared("data/agreement/oracle_agreement.json")?;
    let folder = path.parent().unwrap().to_owned();
    Some((
        serde_json::from_reader(File::open(&path).unwrap()).unwrap(),
        folder,
    ))
}

/// A units x raters CSV; empty cells are missing.
fn read_units(path: &Path) -> Vec<Vec<Option<f64>>> {
    let number = |text: &str| (!text.is_empty()).then(|| text.parse::<f64>().unwrap());
    let mut csv = csv::Reader::from_path(path).unwrap();
    csv.records()
        .map(|record| record.unwrap().iter().map(number).collect())
        .collect()
}

/// A number of the oracles.
#[track_caller]
fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    std::array::from_fn(|idx| number(&value[idx]))
}
