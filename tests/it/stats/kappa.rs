//! Cohen's and Light's kappa.

use cisterna::stats::{Ratings, Undefined, Weights, cohen_kappa, light_kappa, percent_agreement};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    ASYMPTOTIC, GRADES, between, is, near, number, numbers, oracles, p_is, read_units, same, table,
};

#[test]
fn printed_tables() {
    let sas = table([[0, 4, 1], [0, 8, 0], [0, 1, 5]]);
    // z 3.2626 from the standard error under independence, 0.1484.
    p_is(
        &cohen_kappa(&sas, Weights::Identity, ASYMPTOTIC),
        0.001_103_9,
        1e-3,
    );

    let abstractors = table([[13, 0, 0], [0, 20, 7], [0, 4, 56]]);
    let expected = [(0.796, 0.0589), (0.843, 0.0479), (0.892, 0.0354)];
    for (weights, (value, se)) in Weights::ALL.into_iter().zip(expected) {
        let found = cohen_kappa(&abstractors, weights, ASYMPTOTIC);
        near(found.value().unwrap(), value, 5.1e-4);
        near(found.se().unwrap(), se, 5.1e-5);
        assert_eq!(found.n(), 100);
    }

    let diagnosis = table([
        [40, 6, 4, 15],
        [4, 25, 1, 5],
        [4, 2, 21, 9],
        [17, 13, 12, 45],
    ]);
    let found = cohen_kappa(&diagnosis, Weights::Identity, ASYMPTOTIC);
    near(found.value().unwrap(), 0.432, 5.1e-4);
    near(found.se().unwrap(), 0.046, 5.1e-4);
    near(
        cohen_kappa(&diagnosis, Weights::Linear, ASYMPTOTIC)
            .value()
            .unwrap(),
        0.4068,
        5.1e-5,
    );
    near(
        cohen_kappa(&diagnosis, Weights::Quadratic, ASYMPTOTIC)
            .value()
            .unwrap(),
        0.3832,
        5.1e-5,
    );
}

#[test]
fn every_pair_of_every_oracle() {
    let Some((oracle, folder)) = oracles() else {
        return;
    };
    let mut n_checked = 0;
    for (name, facts) in oracle.as_object().unwrap() {
        let Some(pairs) = facts.get("cohen_pairwise").and_then(Value::as_object) else {
            continue;
        };
        let units = read_units(&folder.join(name));
        let columns: Vec<&str> = facts["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c.as_str().unwrap())
            .collect();
        for (pair, facts) in pairs {
            let (first, second) = pair.split_once('|').unwrap();
            let place = |name| columns.iter().position(|c| *c == name).unwrap();
            let (first, second) = (place(first), place(second));
            let of_pair: Vec<_> = units
                .iter()
                .map(|unit| vec![unit[first], unit[second]])
                .collect();
            for (weights, key) in
                Weights::ALL
                    .into_iter()
                    .zip(["unweighted", "linear", "quadratic"])
            {
                n_checked += usize::from(one_pair(&of_pair, weights, &facts[key]));
            }
            let both: Vec<_> = of_pair
                .iter()
                .filter(|u| u.iter().all(Option::is_some))
                .cloned()
                .collect();
            let ratings = Ratings::with_observed_levels(2, &both).unwrap();
            is(
                &percent_agreement(&ratings, 0, ASYMPTOTIC),
                number(&facts["percent_agreement"]),
            );
        }
    }
    assert!(n_checked > 60, "{n_checked}");
}

/// The oracle took the levels that occur in the pair.
fn one_pair(units: &[Vec<Option<f64>>], weights: Weights, expected: &Value) -> bool {
    if expected.is_null() {
        return false;
    }
    let levels: Vec<f64> = expected["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect();
    let both: Vec<_> = units
        .iter()
        .filter(|u| u.iter().all(Option::is_some))
        .cloned()
        .collect();
    let ratings = Ratings::new(&levels, 2, &both).unwrap();
    let found = cohen_kappa(&ratings.table(0, 1).unwrap(), weights, ASYMPTOTIC);
    is(&found, number(&expected["kappa"]));
    let Some(se) = expected["se"].as_f64() else {
        return true;
    };
    // The reference takes the root of a difference of rounded numbers where it is 0.
    near(found.se().unwrap(), se, if se < 1e-7 { 1e-7 } else { 1e-9 });
    if se > 1e-7 {
        between(&found, numbers(&expected["ci95"]), 1e-9);
    }
    if let Some(p) = expected["p_two_sided"].as_f64() {
        p_is(&found, p, 1e-8);
    }
    true
}

#[test]
fn light() {
    let Some((oracle, folder)) = oracles() else {
        return;
    };
    let mut n_checked = 0;
    for (name, facts) in oracle.as_object().unwrap() {
        let Some(expected) = facts.get("light_kappa_unweighted_mean_of_pairs") else {
            continue;
        };
        let units = read_units(&folder.join(name));
        let ratings = Ratings::with_observed_levels(units[0].len(), &units).unwrap();
        is(&light_kappa(&ratings, Weights::Identity), number(expected));
        n_checked += 1;
    }
    assert_eq!(n_checked, 5);
}

const ANXIETY: [&str; 3] = [
    "3 3 3 4 5 5 2 3 5 2 2 6 1 5 2 2 1 2 4 3",
    "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
    "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
];

/// Trap 2: a level that neither rater gave moves weighted kappa, and not the unweighted one.
#[test]
fn unused_levels_matter_with_weights() {
    let units = super::units(&ANXIETY[1..]);
    let of = |levels: &[f64], weights| {
        let ratings = Ratings::new(levels, 2, &units).unwrap();
        cohen_kappa(&ratings.table(0, 1).unwrap(), weights, ASYMPTOTIC)
    };
    let (all, used) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0, 6.0]);
    let check = |levels: &[f64], weights, expected: f64| {
        near(of(levels, weights).value().unwrap(), expected, 5.1e-8);
    };
    check(&used, Weights::Linear, 0.145_907_5);
    check(&all, Weights::Linear, 0.126_213_6);
    check(&used, Weights::Identity, -0.006_289_308);
    check(&all, Weights::Identity, -0.006_289_308);
    // p values that R's irr prints for the levels used.
    p_is(&of(&used, Weights::Identity), 0.951_831_7, 1e-6);
    p_is(&of(&used, Weights::Linear), 0.199_677_2, 1e-6);
    p_is(&of(&used, Weights::Quadratic), 0.150_589_8, 1e-6);
}

#[test]
fn undefined_in_words() {
    let empty = table([[0, 0], [0, 0]]);
    assert_eq!(
        cohen_kappa(&empty, Weights::Linear, ASYMPTOTIC).reason(),
        Some(Undefined::NoPairs)
    );
    let constant = table([[7, 0], [0, 0]]);
    let found = cohen_kappa(&constant, Weights::Identity, ASYMPTOTIC);
    assert_eq!(found.to_string(), "undefined (no variation)");
    let one = Ratings::new(&GRADES, 1, &[vec![Some(1.0)]]).unwrap();
    let reason = light_kappa(&one, Weights::Identity).reason();
    assert_eq!(reason, Some(Undefined::TooFewRaters));
    assert_eq!(one.table(0, 1), None);
}

fn any_table() -> impl Strategy<Value = [[usize; 4]; 4]> {
    prop::array::uniform4(prop::array::uniform4(0_usize..6))
}

/// Kappa by its formula, with weights of a list of `q` levels, whatever the table's size.
fn by_formula(counts: &[[usize; 4]; 4], weights: Weights, q: usize) -> Option<f64> {
    let n: usize = counts.iter().flatten().sum();
    let weight = |i: usize, j: usize| {
        let share = i.abs_diff(j) as f64 / (q - 1) as f64;
        match weights {
            Weights::Identity => f64::from(u8::from(i == j)),
            Weights::Linear => 1.0 - share,
            Weights::Quadratic => 1.0 - share * share,
        }
    };
    let (mut observed, mut chance) = (0.0, 0.0);
    for i in 0..4 {
        for j in 0..4 {
            let row: usize = counts[i].iter().sum();
            let column: usize = counts.iter().map(|row| row[j]).sum();
            observed += weight(i, j) * counts[i][j] as f64 / n as f64;
            chance += weight(i, j) * row as f64 * column as f64 / (n * n) as f64;
        }
    }
    (n > 0 && chance < 1.0 - 1e-12).then(|| (observed - chance) / (1.0 - chance))
}

proptest! {
    #[test]
    fn kappa_is_its_formula_also_with_an_unused_level(counts in any_table()) {
        let mut wider = [[0; 5]; 5];
        for (to, from) in wider.iter_mut().zip(&counts) {
            to[..4].copy_from_slice(from);
        }
        for weights in Weights::ALL {
            let narrow = cohen_kappa(&table(counts), weights, ASYMPTOTIC);
            same(narrow.value(), by_formula(&counts, weights, 4));
            let wide = cohen_kappa(&table(wider), weights, ASYMPTOTIC);
            same(wide.value(), by_formula(&counts, weights, 5));
        }
    }

    #[test]
    fn exchanging_the_raters_changes_nothing(counts in any_table()) {
        for weights in Weights::ALL {
            let there = cohen_kappa(&table(counts), weights, ASYMPTOTIC);
            let back = cohen_kappa(&table(counts).transposed(), weights, ASYMPTOTIC);
            same(there.value(), back.value());
            prop_assert!((there.se().unwrap_or(0.0) - back.se().unwrap_or(0.0)).abs() < 1e-7);
        }
    }

    #[test]
    fn perfect_agreement_is_one(diagonal in prop::array::uniform4(0_usize..6)) {
        let mut counts = [[0; 4]; 4];
        (0..4).for_each(|i| counts[i][i] = diagonal[i]);
        prop_assume!(diagonal.iter().filter(|n| **n > 0).count() > 1);
        for weights in Weights::ALL {
            is(&cohen_kappa(&table(counts), weights, ASYMPTOTIC), 1.0);
        }
    }
}
