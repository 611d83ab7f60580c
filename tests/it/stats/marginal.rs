//! Marginal homogeneity and symmetry of a square table.

use cisterna::stats::{Undefined, bhapkar, bowker, stuart_maxwell};
use proptest::prelude::*;

use super::{is, near, same, table};

/// Oracle I.
#[test]
fn printed_tables() {
    let first = table([
        [144, 33, 84, 126],
        [2, 4, 14, 29],
        [0, 2, 6, 25],
        [0, 0, 1, 5],
    ]);
    near(
        stuart_maxwell(&first).value().unwrap(),
        271.922247,
        5.1e-7 / 271.0,
    );
    near(bowker(&first).value().unwrap(), 297.610989, 5.1e-7 / 297.0);
    assert!(stuart_maxwell(&first).method().contains("on 3 degrees"));
    assert!(bowker(&first).method().contains("on 6 degrees"));
}

/// With two levels it is McNemar's test: (10 - 4)^2 / 14.
#[test]
fn two_levels_are_mcnemar() {
    let found = table([[30, 10], [4, 20]]);
    is(&stuart_maxwell(&found), 36.0 / 14.0);
    let chi2 = 36.0 / 14.0;
    is(&bhapkar(&found), chi2 / (1.0 - chi2 / 64.0));
}

/// `scipy.stats.chi2.sf(0, 1)` is 1: as many moved up as down.
#[test]
fn symmetry_has_a_p_value_of_1() {
    let found = table([[30, 5], [5, 20]]);
    for of in [stuart_maxwell(&found), bhapkar(&found), bowker(&found)] {
        assert_eq!((of.value(), of.p()), (Some(0.0), Some(1.0)));
    }
}

/// Levels that do not occur, or between which nothing moved, cost their degrees of freedom.
#[test]
fn empty_levels() {
    let narrow = table([[20, 10, 5], [3, 30, 15], [0, 5, 40]]);
    let wide = table([
        [20, 0, 10, 5, 0],
        [0, 0, 0, 0, 0],
        [3, 0, 30, 15, 0],
        [0, 0, 5, 40, 0],
        [0, 0, 0, 0, 9],
    ]);
    for test in [stuart_maxwell, bowker] {
        is(&test(&wide), test(&narrow).value().unwrap());
        near(test(&wide).p().unwrap(), test(&narrow).p().unwrap(), 1e-12);
    }
}

#[test]
fn undefined_in_words() {
    let still = table([[5, 0], [0, 5]]);
    for test in [stuart_maxwell, bhapkar, bowker] {
        assert_eq!(test(&still).reason(), Some(Undefined::NothingMoved));
        assert_eq!(
            test(&table([[0, 0], [0, 0]])).reason(),
            Some(Undefined::NothingMoved)
        );
    }
    // Everything moved one way, so that Bhapkar's denominator is 0.
    let one_way = table([[0, 7], [0, 0]]);
    assert_eq!(bhapkar(&one_way).reason(), Some(Undefined::NotFinite));
    is(&stuart_maxwell(&one_way), 7.0);
}

proptest! {
    #[test]
    fn transposing_changes_nothing(
        counts in prop::array::uniform4(prop::array::uniform4(0_usize..9)),
    ) {
        let (there, back) = (table(counts), table(counts).transposed());
        for test in [stuart_maxwell, bowker] {
            match (test(&there).value(), test(&back).value()) {
                (Some(a), Some(b)) => near(a, b, 1e-9),
                (a, b) => same(a, b),
            }
        }
    }

    /// S^+ with all levels against the usual form with the last level left out, where S without
    /// it is regular.
    #[test]
    fn pseudo_inverse_is_the_form_with_a_level_left_out(
        counts in prop::array::uniform3(prop::array::uniform3(1_usize..9)),
    ) {
        let found = table(counts);
        let d = |i: usize| found.row_total(i) as f64 - found.column_total(i) as f64;
        let s = |i: usize, j: usize| match i == j {
            true => d(i) + 2.0 * (found.column_total(i) - counts[i][i]) as f64,
            false => -((counts[i][j] + counts[j][i]) as f64),
        };
        let determinant = s(0, 0) * s(1, 1) - s(0, 1) * s(1, 0);
        let form = d(0) * d(0) * s(1, 1) - 2.0 * d(0) * d(1) * s(0, 1) + d(1) * d(1) * s(0, 0);
        is(&stuart_maxwell(&found), form / determinant);
    }
}
