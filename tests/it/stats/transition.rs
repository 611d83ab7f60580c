//! How grades move.

use cisterna::stats::{Metric, Ratings, TransitionMatrix, Undefined, alpha};
use proptest::prelude::*;
use serde_json::Value;

use super::GRADES;

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

/// Accuracy of exact agreement, 83 of 93 pairs.
#[test]
fn share_of_pairs_alike() {
    let counts = [[80, 6], [4, 3]].map(|row| row.to_vec());
    let matrix = TransitionMatrix::from_counts(&[0.0, 1.0], "real", "L1", &counts).unwrap();
    super::near(matrix.share_alike().unwrap(), 0.8925, 5.1e-5);
    let ragged = TransitionMatrix::from_counts(&[0.0, 1.0], "real", "L1", &counts[..1]);
    assert_eq!(
        ragged.unwrap_err().to_string(),
        "a table on 2 levels needs 2 rows of 2 counts"
    );
}

/// The table of two raters, and a choice of raters.
#[test]
fn raters_of_a_table() {
    let units = super::units(&["0 1 . 3", "0 2 2 3", "4 4 4 ."]);
    let ratings = Ratings::new(&GRADES, 3, &units).unwrap();
    let pair = ratings.table(0, 1).unwrap();
    assert_eq!((pair.n(), pair.n_alike(), pair.n_up()), (3, 2, 1));
    assert_eq!(pair.from_label(), "rater 1");
    let turned = ratings.with_raters(&[1, 0]).unwrap();
    assert_eq!(
        turned.table(0, 1).unwrap().counts(),
        pair.transposed().counts()
    );
    assert_eq!(
        (turned.n_raters(), turned.n_units(), turned.n_ratings()),
        (2, 4, 7)
    );
    assert_eq!(ratings.with_raters(&[0, 3]), None);
    assert_eq!(ratings.table(0, 3), None);
}

proptest! {
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
