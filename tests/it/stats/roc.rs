//! Areas under ROC curves.

use cisterna::stats::{PairedScores, Undefined, auroc, auroc_difference};
use proptest::prelude::*;

use super::{ASYMPTOTIC, is};

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
