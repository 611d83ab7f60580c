//! The variance of a mean area under ROC curves over random readers and cases.

use super::{ReaderStudy, moments::dot};

/// psi of one reader on one arm: negatives x positives, with its sums.
struct Psi {
    cells: Vec<f64>,
    by_negative: Vec<f64>,
    by_positive: Vec<f64>,
    all: f64,
}

impl Psi {
    fn of(truth: &[bool], scores: &[f64]) -> Self {
        let of_class = |class: bool| {
            let cases = truth
                .iter()
                .zip(scores)
                .filter(move |(truth, _)| **truth == class);
            cases.map(|(_, score)| *score).collect::<Vec<f64>>()
        };
        let (negative, positive) = (of_class(false), of_class(true));
        let psi = |x: f64, y: f64| match (y > x, y == x) {
            (true, _) => 1.0,
            (false, true) => 0.5,
            (false, false) => 0.0,
        };
        let cells: Vec<f64> = negative
            .iter()
            .flat_map(|x| positive.iter().map(move |y| psi(*x, *y)))
            .collect();
        let rows = || cells.chunks(positive.len());
        Self {
            by_negative: rows().map(|row| row.iter().sum()).collect(),
            by_positive: (0..positive.len())
                .map(|j| rows().map(|row| row[j]).sum())
                .collect(),
            all: cells.iter().sum(),
            cells,
        }
    }
}

/// Sum of products of psi over all two pairs (negative, positive) that share no case: all pairs of
/// pairs, less those with a case in common.
fn apart(a: &Psi, b: &Psi) -> f64 {
    a.all * b.all - dot(&a.by_positive, &b.by_positive) - dot(&a.by_negative, &b.by_negative)
        + dot(&a.cells, &b.cells)
}

/// Unbiased covariance of the mean areas of two arms: their product, which is the weighted sum of
/// the moments M1 to M8, less M8, the mean product of two readers on two pairs without a case in
/// common, which estimates the product of the expectations (Gallas 2006).
fn covariance(first: &[Psi], second: &[Psi]) -> f64 {
    let (n0, n1) = (
        first[0].by_negative.len() as f64,
        first[0].by_positive.len() as f64,
    );
    let readers = first.len() as f64;
    let mean = |arm: &[Psi]| arm.iter().map(|psi| psi.all).sum::<f64>() / (readers * n0 * n1);
    let mut sum = 0.0;
    for (r, a) in first.iter().enumerate() {
        for (s, b) in second.iter().enumerate() {
            if r != s {
                sum += apart(a, b);
            }
        }
    }
    let n_products = readers * (readers - 1.0) * n0 * (n0 - 1.0) * n1 * (n1 - 1.0);
    mean(first) * mean(second) - sum / n_products
}

/// Of first arm - second.
pub(super) fn difference_variance(study: &ReaderStudy) -> f64 {
    let arm = |arm: usize| -> Vec<Psi> {
        let readers = study.scores.iter();
        readers
            .map(|arms| Psi::of(&study.truth, &arms[arm]))
            .collect()
    };
    let (first, second) = (arm(0), arm(1));
    covariance(&first, &first) + covariance(&second, &second) - 2.0 * covariance(&first, &second)
}
