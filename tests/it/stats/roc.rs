//! Areas under ROC curves.

use cisterna::stats::{PairedScores, Undefined, auroc, auroc_difference};
use proptest::prelude::*;

use super::{ASYMPTOTIC, between, is, near, p_is};

/// Albumin, total protein, total score, and whether the operation was possible, of 43 patients
/// (oracle J).
const PATIENTS: [[f64; 4]; 43] = [
    [3.0, 5.8, 10.0, 0.0],
    [3.2, 6.3, 5.0, 1.0],
    [3.9, 6.8, 3.0, 1.0],
    [2.8, 4.8, 6.0, 0.0],
    [3.2, 5.8, 3.0, 1.0],
    [0.9, 4.0, 5.0, 0.0],
    [2.5, 5.7, 8.0, 0.0],
    [1.6, 5.6, 5.0, 1.0],
    [3.8, 5.7, 5.0, 1.0],
    [3.7, 6.7, 6.0, 1.0],
    [3.2, 5.4, 4.0, 1.0],
    [3.8, 6.6, 6.0, 1.0],
    [4.1, 6.6, 5.0, 1.0],
    [3.6, 5.7, 5.0, 1.0],
    [4.3, 7.0, 4.0, 1.0],
    [3.6, 6.7, 4.0, 0.0],
    [2.3, 4.4, 6.0, 1.0],
    [4.2, 7.6, 4.0, 0.0],
    [4.0, 6.6, 6.0, 0.0],
    [3.5, 5.8, 6.0, 1.0],
    [3.8, 6.8, 7.0, 1.0],
    [3.0, 4.7, 8.0, 0.0],
    [4.5, 7.4, 5.0, 1.0],
    [3.7, 7.4, 5.0, 1.0],
    [3.1, 6.6, 6.0, 1.0],
    [4.1, 8.2, 6.0, 1.0],
    [4.3, 7.0, 5.0, 1.0],
    [4.3, 6.5, 4.0, 1.0],
    [3.2, 5.1, 5.0, 1.0],
    [2.6, 4.7, 6.0, 1.0],
    [3.3, 6.8, 6.0, 0.0],
    [1.7, 4.0, 7.0, 0.0],
    [3.7, 6.1, 5.0, 1.0],
    [3.3, 6.3, 7.0, 1.0],
    [4.2, 7.7, 6.0, 1.0],
    [3.5, 6.2, 5.0, 1.0],
    [2.9, 5.7, 9.0, 0.0],
    [2.1, 4.8, 7.0, 1.0],
    [2.8, 6.2, 8.0, 0.0],
    [4.0, 7.0, 7.0, 1.0],
    [3.3, 5.7, 6.0, 1.0],
    [3.7, 6.9, 5.0, 1.0],
    [3.6, 6.6, 5.0, 1.0],
];

fn score(patient: &[f64; 4], marker: usize) -> f64 {
    if marker == 2 {
        10.0 - patient[2]
    } else {
        patient[marker]
    }
}

/// Albumin of each patient, higher where the operation was possible.
pub(super) fn albumin() -> Vec<(f64, bool)> {
    PATIENTS.iter().map(|p| (p[0], p[3] == 1.0)).collect()
}

#[test]
fn three_markers() {
    let check = |marker, auc: f64, se: f64, interval| {
        let cases: Vec<(f64, bool)> = PATIENTS
            .iter()
            .map(|p| (score(p, marker), p[3] == 1.0))
            .collect();
        let found = auroc(&cases, ASYMPTOTIC);
        near(found.value().unwrap(), auc, 5.1e-5);
        near(found.se().unwrap(), se, 5.1e-5);
        between(&found, interval, 5.1e-5);
        assert_eq!(found.n(), 43);
    };
    check(0, 0.7366, 0.0927, [0.5549, 0.9182]);
    check(1, 0.6478, 0.1000, [0.4518, 0.8439]);
    check(2, 0.7258, 0.1028, [0.5243, 0.9273]);

    let check = |marker, difference: f64, se: f64, chi2: f64, p| {
        let cases: Vec<PairedScores> = PATIENTS
            .iter()
            .map(|patient| PairedScores {
                positive: patient[3] == 1.0,
                first: score(patient, marker),
                second: score(patient, 2),
            })
            .collect();
        let found = auroc_difference(&cases, 0.95);
        near(found.value().unwrap(), difference, 5.1e-5);
        near(found.se().unwrap(), se, 5.1e-5);
        near(
            (found.value().unwrap() / found.se().unwrap()).powi(2),
            chi2,
            5.1e-5,
        );
        p_is(&found, p, 1e-4);
    };
    check(0, 0.0108, 0.0953, 0.0127, 0.9102);
    check(1, -0.0780, 0.1046, 0.5554, 0.4561);
}

/// Mean and standard deviations of the published areas of five folds.
#[test]
fn folds() {
    let folds: [f64; 5] = [0.8988, 0.8284, 0.8580, 0.8580, 0.8910];
    let mean = folds.iter().sum::<f64>() / 5.0;
    let squares: f64 = folds.iter().map(|x| (x - mean).powi(2)).sum();
    near(mean, 0.86684, 5.1e-6);
    near((squares / 5.0).sqrt(), 0.02545, 5.1e-6);
    near((squares / 4.0).sqrt(), 0.02846, 5.1e-6);
}

#[test]
fn undefined_in_words() {
    let cases = [(1.0, true), (2.0, true)];
    assert_eq!(
        auroc(&cases, ASYMPTOTIC).reason(),
        Some(Undefined::OneClass)
    );
    let bad = [(f64::NAN, true), (2.0, false)];
    assert_eq!(auroc(&bad, ASYMPTOTIC).reason(), Some(Undefined::BadNumber));
    // Perfect separation has an area of 1 and no usable variance.
    let apart = [(1.0, false), (2.0, false), (3.0, true), (4.0, true)];
    is(&auroc(&apart, ASYMPTOTIC), 1.0);
    assert_eq!(
        (
            auroc(&apart, ASYMPTOTIC).se(),
            auroc(&apart, ASYMPTOTIC).interval()
        ),
        (None, None)
    );
    // One positive case has no variance either.
    let lone = [(1.0, false), (3.0, false), (2.0, true)];
    is(&auroc(&lone, ASYMPTOTIC), 0.5);
    assert_eq!(auroc(&lone, ASYMPTOTIC).interval(), None);
    let same: Vec<PairedScores> = lone
        .iter()
        .map(|&(score, positive)| PairedScores {
            positive,
            first: score,
            second: score,
        })
        .collect();
    is(&auroc_difference(&same, 0.95), 0.0);
    assert_eq!(auroc_difference(&same, 0.95).p(), None);
}

proptest! {
    /// The area is the share of (positive, negative) pairs in the right order, ties half.
    #[test]
    fn area_is_the_share_of_ordered_pairs(
        cases in proptest::collection::vec((0_u8..6, any::<bool>()), 2..40),
    ) {
        let cases: Vec<(f64, bool)> = cases.iter().map(|&(x, y)| (f64::from(x), y)).collect();
        let of = |class| cases.iter().filter(move |c| c.1 == class).map(|c| c.0);
        let (mut sum, mut n) = (0.0, 0.0);
        for positive in of(true) {
            for negative in of(false) {
                sum += match (positive > negative, positive == negative) {
                    (true, _) => 1.0,
                    (_, true) => 0.5,
                    _ => 0.0,
                };
                n += 1.0;
            }
        }
        match n > 0.0 {
            true => is(&auroc(&cases, ASYMPTOTIC), sum / n),
            false => prop_assert_eq!(auroc(&cases, ASYMPTOTIC).reason(), Some(Undefined::OneClass)),
        }
    }
}
