//! Intervals from leaving out one unit at a time.

use cisterna::stats::{
    Coefficient, IccForm, Interval, Metric, Outcome, Ratings, TransitionMatrix, Weights, alpha,
    alpha_with_interval, auroc, chance_corrected, cohen_kappa, icc, percent_agreement,
};
use proptest::prelude::*;

use super::{GRADES, any_units, between, near, ratings, same, table, units};

const USUAL: Interval = Interval::at(0.95);

const ANXIETY: [&str; 2] = [
    "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
    "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
];
const M: [&str; 3] = ["0 1 2 3 4 0 1 2", "0 1 2 3 3 0 2 2", "0 2 2 3 4 1 1 2"];

#[track_caller]
fn check(found: &Outcome, value: f64, se: f64, df: &str, limits: [f64; 2]) {
    near(found.value().unwrap(), value, 5.1e-6);
    near(found.se().unwrap(), se, 5.1e-6);
    between(found, limits, 5.1e-6);
    assert!(found.method().contains(df), "{df}: {}", found.method());
}

/// Values, standard errors, degrees of freedom and limits were computed apart from this program.
#[test]
fn intervals_as_computed_elsewhere() {
    let anxiety = Ratings::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, &units(&ANXIETY)).unwrap();
    check(
        &cohen_kappa(&anxiety.table(0, 1).unwrap(), Weights::Quadratic, USUAL),
        0.22980,
        0.23551,
        "5.3 degrees",
        [-0.37558, 0.69772],
    );
    let m = Ratings::new(&GRADES, 3, &units(&M)).unwrap();
    check(
        &chance_corrected(&m, Coefficient::Gwet, Weights::Quadratic, USUAL),
        0.92575,
        0.03328,
        "7.0 degrees",
        [0.79225, 0.97468],
    );
    let equal = percent_agreement(&m, 0, USUAL);
    near(equal.value().unwrap(), 0.66667, 5.1e-6);
    near(equal.se().unwrap(), 0.12599, 5.1e-6);
    between(&equal, [0.36281, 0.87539], 5.1e-6);
    assert!(
        icc(&m, IccForm::Agreement, USUAL)
            .method()
            .ends_with("for these raters")
    );
}

/// What is taken off sums is what is left when the unit is not there at all.
fn left_out(found: impl Fn(&Ratings) -> Option<f64>, units: &[Vec<Option<f64>>]) -> Option<f64> {
    let without = |unit: usize| {
        let mut rest = units.to_vec();
        rest.remove(unit);
        found(&Ratings::new(&GRADES, 4, &rest).unwrap())
    };
    let values: Vec<Option<f64>> = (0..units.len()).map(without).collect();
    let defined: Vec<f64> = values.iter().flatten().copied().collect();
    let n = values.len() as f64;
    let mean = defined.iter().sum::<f64>() / defined.len() as f64;
    let squares: f64 = defined.iter().map(|v| (mean - v).powi(2)).sum();
    let se = ((n - 1.0) / n * squares).sqrt();
    (se > 1e-12 && !defined.is_empty()).then_some(se)
}

proptest! {
    /// The standard error by updated sums is that by computing everything anew.
    #[test]
    fn leaving_out_is_leaving_out(units in any_units()) {
        prop_assume!(units.len() >= 5);
        // Every unit counts in every one of these statistics.
        prop_assume!(units.iter().all(|unit| unit.iter().flatten().count() >= 2));
        let all = Ratings::new(&GRADES, 4, &units).unwrap();
        let near_or_none = |outcome: &Outcome, expected: Option<f64>| {
            if let (Some(found), Some(expected)) = (outcome.se(), expected) {
                near(found, expected, 1e-8);
            }
        };
        for metric in Metric::ALL {
            let se = left_out(|r| alpha(r, metric).value(), &units);
            near_or_none(&alpha_with_interval(&all, metric, 0.95), se);
        }
        for coefficient in Coefficient::ALL {
            for weights in Weights::ALL {
                let of = |r: &Ratings| chance_corrected(r, coefficient, weights, USUAL);
                near_or_none(&of(&all), left_out(|r| of(r).value(), &units));
            }
        }
    }

    /// Where nobody left a gap, the intraclass correlations too.
    #[test]
    fn leaving_out_of_complete_tables(rows in proptest::collection::vec([0_u8..5, 0..5, 0..5, 0..5], 5..9)) {
        let units: Vec<Vec<Option<f64>>> = rows
            .iter()
            .map(|row| row.iter().map(|g| Some(f64::from(*g))).collect())
            .collect();
        let all = Ratings::new(&GRADES, 4, &units).unwrap();
        for form in [IccForm::OneWay, IccForm::Agreement, IccForm::Consistency] {
            let of = |r: &Ratings| icc(r, form, USUAL);
            let expected = left_out(|r| of(r).value(), &units);
            if let (Some(found), Some(expected)) = (of(&all).se(), expected) {
                near(found, expected, 1e-7);
            }
        }
        let kappa = |r: &Ratings| cohen_kappa(&r.table(0, 1).unwrap(), Weights::Linear, USUAL);
        let expected = left_out(|r| kappa(r).value(), &units);
        if let (Some(found), Some(expected)) = (kappa(&all).se(), expected) {
            near(found, expected, 1e-8);
        }
    }

    /// No interval reaches beyond what the coefficient can be.
    #[test]
    fn intervals_stay_inside(counts in prop::array::uniform4(prop::array::uniform4(0_usize..9))) {
        for weights in Weights::ALL {
            let found = cohen_kappa(&table(counts), weights, USUAL);
            if let (Some(value), Some((low, high))) = (found.value(), found.interval()) {
                prop_assert!((-1.0..=value).contains(&low) && (value..=1.0).contains(&high), "{found}");
            }
        }
    }
}

/// A rater who always gives the same grade has a kappa of 0 that tells nothing of its spread.
#[test]
fn what_is_no_interval() {
    let constant = table([[6, 0], [5, 0]]);
    let found = cohen_kappa(&constant, Weights::Identity, USUAL);
    same(found.value(), Some(0.0));
    assert_eq!(found.interval(), None);
    assert!(
        found
            .warning()
            .is_some_and(|words| words.contains("changes nothing"))
    );
    let two = Ratings::new(&GRADES, 2, &units(&["1 2", "1 3"])).unwrap();
    for found in [
        alpha_with_interval(&two, Metric::Ordinal, 0.95),
        cohen_kappa(&two.table(0, 1).unwrap(), Weights::Quadratic, USUAL),
        chance_corrected(&two, Coefficient::Gwet, Weights::Quadratic, USUAL),
        percent_agreement(&two, 0, USUAL),
        icc(&two, IccForm::Agreement, USUAL),
    ] {
        assert_eq!(found.interval(), None, "{}", found.method());
        assert!(
            found
                .warning()
                .is_some_and(|words| words.contains("2 units")),
            "{found:?}"
        );
    }
}

/// Where all agree, the lower limit is that of a share of units that was not seen, each with one
/// rater one step off: 1 - (1 - .025^(1/n)) s / D_e, by hand.
#[test]
fn unanimous_tables_have_a_lower_limit() {
    // Two raters, 40 units, half at 0 and half at 4: quadratic disagreement of a step 1/16, by
    // chance 1/2.
    let all = |n: usize| {
        let unit = |at: usize| vec![Some(if at.is_multiple_of(2) { 0.0 } else { 4.0 }); 2];
        Ratings::new(&GRADES, 2, &(0..n).map(unit).collect::<Vec<_>>()).unwrap()
    };
    let unseen = 1.0 - 0.025_f64.powf(1.0 / 40.0);
    let study = all(40);
    let kappa = cohen_kappa(&study.table(0, 1).unwrap(), Weights::Quadratic, USUAL);
    between(&kappa, [1.0 - unseen * (1.0 / 16.0) / 0.5, 1.0], 1e-12);
    assert!(
        kappa.method().contains("one step off"),
        "{}",
        kappa.method()
    );
    // D_e of alpha counts pairs of different ratings: 2 * 40 * 40 / (80 * 79) * 16.
    let expected = 2.0 * 40.0 * 40.0 / (80.0 * 79.0) * 16.0;
    let interval = alpha_with_interval(&study, Metric::Interval, 0.95);
    between(&interval, [1.0 - unseen / expected, 1.0], 1e-12);
    let gwet = chance_corrected(&study, Coefficient::Gwet, Weights::Identity, USUAL);
    // p_e = sum of pi (1 - pi) / (q - 1) = 1/8.
    between(&gwet, [1.0 - unseen / (1.0 - 0.125), 1.0], 1e-12);
    // ICC: a unit with one of two raters a step off has a variance of 1/2 within; between units it
    // is 4 * 40 / 39.
    let found = icc(&study, IccForm::Agreement, USUAL);
    between(
        &found,
        [1.0 - unseen * 0.5 / (4.0 * 40.0 / 39.0), 1.0],
        1e-12,
    );
    let nothing = alpha_with_interval(&ratings(&["1 1", "1 1"]), Metric::Nominal, 0.95);
    assert_eq!(nothing.to_string(), "undefined (no variation)");
}

/// A perfect area, by a root finder elsewhere.
#[test]
fn areas_on_the_logit() {
    let perfect: Vec<(f64, bool)> = (0..31).map(|n| (f64::from(n), n >= 26)).collect();
    let found = auroc(&perfect, USUAL);
    near(found.interval().unwrap().0, 0.77172, 5.1e-6);
    assert_eq!(found.interval().unwrap().1, 1.0);
    assert!(
        found
            .warning()
            .is_some_and(|words| words.contains("5 positive"))
    );
    let turned: Vec<(f64, bool)> = perfect.iter().map(|(x, y)| (-x, *y)).collect();
    between(&auroc(&turned, USUAL), [0.0, 1.0 - 0.77172], 5.1e-6);
}

/// Intervals that did not hold in simulations say so.
#[test]
fn few_units_are_said() {
    let of = |n: usize| -> TransitionMatrix {
        let pairs: Vec<(f64, f64)> = (0..n)
            .map(|at| {
                (
                    (at % 5) as f64,
                    ((at + usize::from(at % 7 == 0)) % 5) as f64,
                )
            })
            .collect();
        TransitionMatrix::from_pairs(&GRADES, "a", "b", &pairs).unwrap()
    };
    let warned = |n: usize| {
        cohen_kappa(&of(n), Weights::Quadratic, USUAL)
            .warning()
            .is_some()
    };
    assert!(warned(99) && !warned(100));
}
