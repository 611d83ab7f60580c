//! Small inputs of statistics, from published tables and by formulas.

use crate::stats::{Ratings, StatsError, TransitionMatrix};

/// Units from one line per rater, as tables are printed; a dot is missing.
pub(super) fn units(lines: &[&str]) -> Vec<Vec<Option<f64>>> {
    let by_rater: Vec<Vec<Option<f64>>> = lines
        .iter()
        .map(|line| {
            line.split_whitespace()
                .map(|text| text.parse().ok())
                .collect()
        })
        .collect();
    let n_units = by_rater.first().map_or(0, Vec::len);
    (0..n_units)
        .map(|unit| by_rater.iter().map(|rater| rater[unit]).collect())
        .collect()
}

/// On the levels that occur.
pub(super) fn ratings(lines: &[&str]) -> Result<Ratings, StatsError> {
    Ratings::with_observed_levels(lines.len(), &units(lines))
}

/// A table as it is printed, on levels 0, 1, ...
pub(super) fn table<const Q: usize>(
    counts: [[usize; Q]; Q],
) -> Result<TransitionMatrix, StatsError> {
    let levels: Vec<f64> = (0..Q).map(|level| level as f64).collect();
    let counts: Vec<Vec<usize>> = counts.iter().map(|row| row.to_vec()).collect();
    TransitionMatrix::from_counts(&levels, "first", "second", &counts)
}

/// Krippendorff's four observers and twelve units.
pub(super) const FOUR_OBSERVERS: [&str; 4] = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
];

/// The same ratings as Gwet's examples have them.
pub(super) const FOUR_RATERS: [&str; 4] = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . .",
    ". 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 .",
];

/// Three raters, complete, grades of 0 to 4.
pub(super) const THREE_RATERS: [&str; 3] =
    ["0 1 2 3 4 0 1 2", "0 1 2 3 3 0 2 2", "0 2 2 3 4 1 1 2"];

/// Four judges of six targets (Shrout and Fleiss 1979).
pub(super) const FOUR_JUDGES: [&str; 4] =
    ["9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7"];

/// Anxiety of twenty persons by three raters (the data `anxiety` of R's irr).
pub(super) const ANXIETY: [&str; 3] = [
    "3 3 3 4 5 5 2 3 5 2 2 6 1 5 2 2 1 2 4 3",
    "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
    "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
];

/// Probabilities and truths by a formula that is easy to say anywhere: for i from 0,
/// `u = (37 i + 11 mod 101) / 101`, `v = (53 i + 7 mod 97) / 97`, `p = 0.05 + 0.9 u` to four
/// decimals, positive where `v < 0.15 + 0.7 u`.
pub(super) fn told(n: usize) -> Vec<(f64, bool)> {
    let case = |i: usize| {
        let u = ((i * 37 + 11) % 101) as f64 / 101.0;
        let v = ((i * 53 + 7) % 97) as f64 / 97.0;
        let p = ((0.05 + 0.9 * u) * 1e4).round() / 1e4;
        (p, v < 0.15 + 0.7 * u)
    };
    (0..n).map(case).collect()
}

/// Pairs of two columns.
pub(super) fn pairs(first: &[f64], second: &[f64]) -> Vec<(f64, f64)> {
    first.iter().copied().zip(second.iter().copied()).collect()
}
