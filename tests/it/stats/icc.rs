//! Intraclass correlation and Kendall's W.

use cisterna::stats::{IccForm, Ratings, Undefined, icc, kendall_w};
use proptest::prelude::*;

use super::{
    ASYMPTOTIC, GRADES, any_units, between, is, near, number, numbers, oracles, p_is, ratings,
    read_units, same, units,
};

#[test]
fn the_test_of_one_way_is_told() {
    let judges = ["9 6 8 7 10 6", "2 1 4 1 5 2", "5 3 6 2 6 4", "8 2 8 6 9 7"];
    let one_way = icc(&ratings(&judges), IccForm::OneWay, ASYMPTOTIC);
    assert!(
        one_way.method().contains("F(5, 18) = 1.795"),
        "{}",
        one_way.method()
    );
}

#[test]
fn oracle_files() {
    let Some((oracle, folder)) = oracles() else {
        return;
    };
    let mut n_checked = 0;
    for (name, facts) in oracle.as_object().unwrap() {
        let Some(values) = facts.get("icc_by_hand") else {
            continue;
        };
        let units = read_units(&folder.join(name));
        let ratings = Ratings::with_observed_levels(units[0].len(), &units).unwrap();
        for form in IccForm::ALL {
            let found = icc(&ratings, form, ASYMPTOTIC);
            is(&found, number(&values[form.name()]));
            between(
                &found,
                numbers(&facts["icc_ci95_by_hand"][form.name()]),
                1e-9,
            );
            let tests = facts["icc_pingouin"].as_array().unwrap();
            let test = tests
                .iter()
                .find(|test| test["type"] == form.name())
                .unwrap();
            p_is(&found, number(&test["p"]), 1e-8);
            n_checked += 1;
        }
        is(
            &kendall_w(&ratings),
            number(&facts["kendall_W_tie_corrected"]),
        );
    }
    assert_eq!(n_checked, 12);
}

#[test]
fn undefined_in_words() {
    let of = |lines: &[&str]| {
        let ratings = Ratings::new(&GRADES, lines.len(), &units(lines)).unwrap();
        (
            icc(&ratings, IccForm::Agreement, ASYMPTOTIC).reason(),
            kendall_w(&ratings).reason(),
        )
    };
    let both = |reason| (Some(reason), Some(reason));
    assert_eq!(of(&["1 2 3"]), both(Undefined::TooFewRaters));
    assert_eq!(of(&["1 . 3", "1 2 ."]), both(Undefined::TooFewUnits));
    assert_eq!(of(&["2 2 2", "2 2 2"]), both(Undefined::NoVariation));
}

/// Units of the same mean: nothing between them, so that the mean of the raters has no ICC.
#[test]
fn nothing_between_the_units() {
    let ratings = Ratings::new(&GRADES, 3, &units(&["0 1 0", "1 0 3", "3 3 1"])).unwrap();
    is(&icc(&ratings, IccForm::OneWay, ASYMPTOTIC), -0.5);
    for form in [IccForm::OneWayMean, IccForm::ConsistencyMean] {
        assert_eq!(
            icc(&ratings, form, ASYMPTOTIC).reason(),
            Some(Undefined::NotFinite)
        );
    }
}

/// Units of equal means, and raters who differ by as much as chance makes them: nothing is left to
/// divide by, whoever comes first.
#[test]
fn a_mean_of_nothing_is_undefined() {
    for order in [[0, 1, 2, 3], [0, 1, 3, 2]] {
        let rows = [[1, 0, 3, 4], [0, 4, 0, 4], [4, 1, 0, 3]];
        let rows = rows.map(|row| {
            order
                .map(|rater: usize| Some(f64::from(row[rater])))
                .to_vec()
        });
        let ratings = Ratings::new(&GRADES, 4, &rows).unwrap();
        assert_eq!(
            icc(&ratings, IccForm::AgreementMean, ASYMPTOTIC).value(),
            None
        );
    }
}

/// A shift of one level: consistent, not in agreement.
#[test]
fn a_shift_between_raters() {
    let ratings = Ratings::new(&GRADES, 2, &units(&["0 1 2 3 0", "1 2 3 4 1"])).unwrap();
    let consistent = icc(&ratings, IccForm::Consistency, ASYMPTOTIC);
    is(&consistent, 1.0);
    assert_eq!((consistent.interval(), consistent.p()), (None, Some(0.0)));
    let agreement = icc(&ratings, IccForm::Agreement, ASYMPTOTIC)
        .value()
        .unwrap();
    assert!((0.5..0.95).contains(&agreement), "{agreement}");
    is(&kendall_w(&ratings), 1.0);
}

proptest! {
    #[test]
    fn order_of_raters_does_not_matter(
        units in any_units(),
        raters in Just([0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let moved: Vec<Vec<Option<f64>>> =
            units.iter().map(|unit| raters.iter().map(|&rater| unit[rater]).collect()).collect();
        let before = Ratings::new(&GRADES, 4, &units).unwrap();
        let after = Ratings::new(&GRADES, 4, &moved).unwrap();
        same(kendall_w(&before).value(), kendall_w(&after).value());
        for form in IccForm::ALL {
            let (a, b) = (icc(&before, form, ASYMPTOTIC).value(), icc(&after, form, ASYMPTOTIC).value());
            match (a, b) {
                (Some(a), Some(b)) => near(a, b, 1e-9),
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }

    #[test]
    fn perfect_agreement_is_one(grades in proptest::collection::vec(0_u8..5, 2..20)) {
        prop_assume!(grades.iter().any(|g| *g != grades[0]));
        let cells: Vec<Vec<Option<f64>>> =
            grades.iter().map(|&g| vec![Some(f64::from(g)); 3]).collect();
        let ratings = Ratings::new(&GRADES, 3, &cells).unwrap();
        for form in IccForm::ALL {
            is(&icc(&ratings, form, ASYMPTOTIC), 1.0);
        }
        is(&kendall_w(&ratings), 1.0);
    }
}
