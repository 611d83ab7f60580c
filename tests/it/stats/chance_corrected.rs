//! AC1, AC2, Fleiss, Conger, Brennan-Prediger, percent agreement.

use cisterna::stats::{
    Coefficient, Metric, Outcome, Ratings, Undefined, Weights, alpha, alpha_analytic,
    chance_corrected, fleiss_kappa, percent_agreement,
};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    A, A2, ASYMPTOTIC, E, GRADES, any_units, between, from_counts, is, near, number, numbers,
    oracles, p_is, ratings, read_units, same, units,
};

/// All files, weights and coefficients; the reference rounds to 10 decimals and gives a one-sided
/// p for Brennan-Prediger.
#[test]
fn oracle_files() {
    let Some((oracle, folder)) = oracles() else {
        return;
    };
    let keys = ["gwet_ac", "fleiss", "conger", "brennan_prediger"];
    let mut n_checked = 0;
    for (name, facts) in oracle.as_object().unwrap() {
        let Some(facts) = facts.get("irrCAC") else {
            continue;
        };
        let units = read_units(&folder.join(name));
        let ratings = Ratings::with_observed_levels(units[0].len(), &units).unwrap();
        for (weights, weights_key) in
            Weights::ALL
                .into_iter()
                .zip(["identity", "linear", "quadratic"])
        {
            if let Some(expected) = facts.get(weights_key).and_then(|f| f.get("krippendorff")) {
                let found = alpha_analytic(&ratings, weights, 0.95);
                matches(&found, expected, Coefficient::Fleiss);
            }
            for (coefficient, key) in Coefficient::ALL.into_iter().zip(keys) {
                let Some(expected) = facts.get(weights_key).and_then(|f| f.get(key)) else {
                    continue;
                };
                let found = chance_corrected(&ratings, coefficient, weights, ASYMPTOTIC);
                matches(&found, expected, coefficient);
                n_checked += 1;
            }
        }
    }
    assert_eq!(
        n_checked,
        4 * (3 * 4 + 2),
        "four files with all weights, two with none"
    );
}

#[track_caller]
fn matches(found: &Outcome, expected: &Value, coefficient: Coefficient) {
    is(found, number(&expected["coeff"]));
    near(found.se().unwrap(), number(&expected["se"]), 1e-9);
    between(found, numbers(&expected["ci95"]), 1e-9);
    let p = number(&expected["p"]);
    let sides = if coefficient == Coefficient::BrennanPrediger {
        2.0
    } else {
        1.0
    };
    // 1 - cdf, as the reference has it, ends at 1e-16.
    if p > 1e-7 {
        p_is(found, sides * p, 1e-7);
    }
}

/// Oracle A6: standard errors and an interval.
#[test]
fn raw4raters() {
    let a2 = ratings(&A2);
    let ac1 = chance_corrected(&a2, Coefficient::Gwet, Weights::Identity, ASYMPTOTIC);
    near(ac1.se().unwrap(), 0.143, 5.1e-4);
    between(&ac1, [0.461, 1.0], 5.1e-4);
    let exact = percent_agreement(&a2, 0, ASYMPTOTIC);
    near(exact.se().unwrap(), 0.12561, 5.1e-6);
    assert_eq!(exact.p(), None);
}

/// Oracle E: grades 0 to 3, the nearest to a grading study.
#[test]
fn five_observers() {
    let ratings = ratings(&E);
    let ac1 = chance_corrected(&ratings, Coefficient::Gwet, Weights::Identity, ASYMPTOTIC);
    near(ac1.value().unwrap(), 0.497, 5.1e-4);
    near(ac1.se().unwrap(), 0.122, 5.1e-4);
    between(&ac1, [0.235, 0.758], 5.1e-4);
    for (weights, expected) in [(Weights::Linear, 0.690), (Weights::Quadratic, 0.830)] {
        let found = chance_corrected(&ratings, Coefficient::Gwet, weights, ASYMPTOTIC);
        near(found.value().unwrap(), expected, 5.1e-4);
    }
    near(
        percent_agreement(&ratings, 0, ASYMPTOTIC).value().unwrap(),
        0.616,
        5.1e-4,
    );
    assert!(percent_agreement(&ratings, 1, ASYMPTOTIC).value() > Some(0.9));
    is(&percent_agreement(&ratings, 3, ASYMPTOTIC), 1.0);
}

/// Observed agreement and agreement by chance, as they follow from AC and from Brennan-Prediger's
/// coefficient, whose chance is known (oracles A6 and E).
#[test]
fn observed_and_chance_agreement() {
    #[track_caller]
    fn check(lines: &[&str], q: usize, expected: [(f64, f64); 3]) {
        for (weights, (observed, chance)) in Weights::ALL.into_iter().zip(expected) {
            let ratings = ratings(lines);
            let of = |c| {
                chance_corrected(&ratings, c, weights, ASYMPTOTIC)
                    .value()
                    .unwrap()
            };
            let steps = |i: usize, j: usize| i.abs_diff(j) as f64 / (q - 1) as f64;
            let weight = |i, j| match weights {
                Weights::Identity => f64::from(u8::from(i == j)),
                Weights::Linear => 1.0 - steps(i, j),
                Weights::Quadratic => 1.0 - steps(i, j).powi(2),
            };
            let all: f64 = (0..q).flat_map(|i| (0..q).map(move |j| weight(i, j))).sum();
            let even = all / (q * q) as f64;
            let p_a = even + (1.0 - even) * of(Coefficient::BrennanPrediger);
            let ac = of(Coefficient::Gwet);
            near(p_a, observed, 5.1e-4);
            near((p_a - ac) / (1.0 - ac), chance, 5.1e-4);
        }
    }
    check(&A2, 5, [(0.818, 0.190), (0.939, 0.571), (0.975, 0.714)]);
    check(&E, 4, [(0.616, 0.236), (0.861, 0.551), (0.946, 0.683)]);
}

/// Oracles A4 and E: alpha with the interval of the analytic standard error.
#[test]
fn alpha_with_analytic_interval() {
    let of = |weights| alpha_analytic(&ratings(&A), weights, 0.95);
    let nominal = of(Weights::Identity);
    between(&nominal, [0.419, 1.0], 5.1e-4);
    p_is(&nominal, 0.00046, 1e-2);
    between(&of(Weights::Quadratic), [0.561, 1.0], 5.1e-4);
    let five = alpha_analytic(&ratings(&E), Weights::Identity, 0.95);
    near(five.se().unwrap(), 0.114, 5.1e-4);
    between(&five, [0.237, 0.724], 5.1e-4);
    let lone = alpha_analytic(&ratings(&["1 .", ". 2"]), Weights::Linear, 0.95);
    assert_eq!(lone.reason(), Some(Undefined::NoPairs));
    let constant = alpha_analytic(&ratings(&["1 1", "1 1"]), Weights::Linear, 0.95);
    assert_eq!(constant.to_string(), "undefined (no variation)");
}

/// Oracle G, two raters.
#[test]
fn two_raters() {
    let ratings = two_raters_of([[13, 0, 0], [0, 20, 7], [0, 4, 56]]);
    let expected = [(0.849, 0.797), (0.900, 0.844), (0.940, 0.893)];
    for (weights, (ac, alpha)) in Weights::ALL.into_iter().zip(expected) {
        let found = chance_corrected(&ratings, Coefficient::Gwet, weights, ASYMPTOTIC);
        near(found.value().unwrap(), ac, 5.1e-4);
        near(
            alpha_analytic(&ratings, weights, 0.95).value().unwrap(),
            alpha,
            5.1e-4,
        );
    }
    let diagnosis = two_raters_of([
        [40, 6, 4, 15],
        [4, 25, 1, 5],
        [4, 2, 21, 9],
        [17, 13, 12, 45],
    ]);
    let found = chance_corrected(&diagnosis, Coefficient::Gwet, Weights::Identity, ASYMPTOTIC);
    near(found.value().unwrap(), 0.456, 5.1e-4);
    // irrCAC's `raw.CAC(...).gwet()`; its `table.CAC`, whose 0.043 is printed, has n for n - 1.
    near(found.se().unwrap(), 0.0435476246, 1e-9);
    near(
        found.se().unwrap() * (222.0_f64 / 223.0).sqrt(),
        0.043,
        5.1e-4,
    );
}

fn two_raters_of<const Q: usize>(counts: [[usize; Q]; Q]) -> Ratings {
    let mut units = Vec::new();
    for (first, row) in counts.iter().enumerate() {
        for (second, count) in row.iter().enumerate() {
            let unit = vec![Some(first as f64), Some(second as f64)];
            units.extend(std::iter::repeat_n(unit, *count));
        }
    }
    let levels: Vec<f64> = (0..Q).map(|level| level as f64).collect();
    Ratings::new(&levels, 2, &units).unwrap()
}

/// Two tables by hand: units (0, 0, 1) and (2, 2, 4) have 1 and 1 of 3 pairs alike, and 3 and 1
/// of 3 within one level.
#[test]
fn agreement_within_one_level() {
    let cells = [[0.0, 0.0, 1.0], [2.0, 2.0, 4.0]];
    let cells: Vec<Vec<Option<f64>>> = cells
        .iter()
        .map(|unit| unit.iter().copied().map(Some).collect())
        .collect();
    let ratings = Ratings::new(&GRADES, 3, &cells).unwrap();
    is(&percent_agreement(&ratings, 0, ASYMPTOTIC), 1.0 / 3.0);
    is(&percent_agreement(&ratings, 1, ASYMPTOTIC), 2.0 / 3.0);
    assert_eq!(
        percent_agreement(&ratings, 1, ASYMPTOTIC)
            .interval()
            .unwrap()
            .1,
        1.0
    );
}

/// Fleiss 1971, and the free-marginal form by statsmodels.
#[test]
fn fleiss_tables() {
    const GROUPS: &str = "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 \
        144444 124444 222333 144444 224445 333335 111455 111112 224444 133555 \
        555555 244444 224555 114444 144445 222224 111155 224444 133333 555555";
    let patients: Vec<Vec<Option<f64>>> = GROUPS
        .split_whitespace()
        .map(|group| group.bytes().map(|b| Some(f64::from(b - b'0'))).collect())
        .collect();
    let found = fleiss_kappa(&Ratings::with_observed_levels(6, &patients).unwrap());
    near(found.value().unwrap(), 0.430_244_5, 5.1e-8);
    near(
        found.value().unwrap() / found.se().unwrap(),
        17.65183,
        5.1e-6 / 17.0,
    );

    let two = from_counts(&[&[6, 1, 0], &[0, 7, 0]]);
    near(fleiss_kappa(&two).value().unwrap(), 0.708333, 5.1e-7);
    let free = chance_corrected(
        &two,
        Coefficient::BrennanPrediger,
        Weights::Identity,
        ASYMPTOTIC,
    );
    near(free.value().unwrap(), 0.785714, 5.1e-7);
}

#[test]
fn fleiss_drops_incomplete_units_and_oracle_files_agree() {
    let mut cells = units(&["1 2 3 1 .", "1 2 3 2 3", "1 2 1 2 3"]);
    let with = fleiss_kappa(&Ratings::new(&GRADES, 3, &cells).unwrap());
    cells.pop();
    assert_eq!(
        with,
        fleiss_kappa(&Ratings::new(&GRADES, 3, &cells).unwrap())
    );
    let Some((oracle, folder)) = oracles() else {
        return;
    };
    for (name, facts) in oracle.as_object().unwrap() {
        if let Some(expected) = facts.get("fleiss_kappa") {
            let units = read_units(&folder.join(name));
            let ratings = Ratings::with_observed_levels(units[0].len(), &units).unwrap();
            is(&fleiss_kappa(&ratings), number(expected));
        }
    }
}

/// Trap 2: q enters AC1, so that a level nobody gave moves it.
#[test]
fn unused_levels_matter() {
    let cells = units(&E);
    let of = |levels: &[f64]| {
        let ratings = Ratings::new(levels, 5, &cells).unwrap();
        chance_corrected(&ratings, Coefficient::Gwet, Weights::Identity, ASYMPTOTIC)
            .value()
            .unwrap()
    };
    let (four, five) = (of(&GRADES[..4]), of(&GRADES));
    let agreement = percent_agreement(&ratings(&E), 0, ASYMPTOTIC)
        .value()
        .unwrap();
    // p_e = sum pi (1 - pi) / (q - 1).
    let chance = |ac: f64| (agreement - ac) / (1.0 - ac);
    near(chance(four) * 3.0, chance(five) * 4.0, 1e-12);
}

#[test]
fn undefined_in_words() {
    let of = |lines: &[&str], coefficient| {
        let ratings = Ratings::new(&GRADES, lines.len(), &units(lines)).unwrap();
        chance_corrected(&ratings, coefficient, Weights::Identity, ASYMPTOTIC).reason()
    };
    assert_eq!(
        of(&["1 .", ". 2"], Coefficient::Gwet),
        Some(Undefined::NoPairs)
    );
    assert_eq!(
        of(&["1 1", "1 1"], Coefficient::Fleiss),
        Some(Undefined::NoVariation)
    );
    assert_eq!(
        of(&["1 1", "1 1"], Coefficient::Gwet),
        None,
        "AC1 has a value here"
    );
    let one_level = Ratings::new(&[1.0], 2, &units(&["1 1", "1 1"])).unwrap();
    let found = chance_corrected(&one_level, Coefficient::Gwet, Weights::Identity, ASYMPTOTIC);
    assert_eq!(found.reason(), Some(Undefined::OneLevel));
    let constant = Ratings::new(&GRADES, 2, &units(&["1 1", "1 1"])).unwrap();
    assert_eq!(
        fleiss_kappa(&constant).to_string(),
        "undefined (no variation)"
    );
    let nobody = Ratings::new(&GRADES, 2, &[]).unwrap();
    assert_eq!(
        percent_agreement(&nobody, 0, ASYMPTOTIC).reason(),
        Some(Undefined::NoPairs)
    );
}

proptest! {
    #[test]
    fn order_of_units_and_raters_does_not_matter(
        units in any_units(),
        raters in Just([0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let mut moved: Vec<Vec<Option<f64>>> =
            units.iter().map(|unit| raters.iter().map(|&rater| unit[rater]).collect()).collect();
        moved.reverse();
        let before = Ratings::new(&GRADES, 4, &units).unwrap();
        let after = Ratings::new(&GRADES, 4, &moved).unwrap();
        for coefficient in Coefficient::ALL {
            for weights in Weights::ALL {
                let of = |ratings| chance_corrected(ratings, coefficient, weights, ASYMPTOTIC);
                same(of(&before).value(), of(&after).value());
                let (a, b) = (of(&before).se(), of(&after).se());
                prop_assert!((a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-9);
            }
        }
    }

    /// Two ways to one number: unweighted and nominal, quadratic and interval.
    #[test]
    fn analytic_alpha_is_alpha(units in any_units()) {
        let ratings = Ratings::new(&GRADES, 4, &units).unwrap();
        let pairs = [(Weights::Identity, Metric::Nominal), (Weights::Quadratic, Metric::Interval)];
        for (weights, metric) in pairs {
            let analytic = alpha_analytic(&ratings, weights, 0.95).value();
            match (analytic, alpha(&ratings, metric).value()) {
                (Some(a), Some(b)) => near(a, b, 1e-9),
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }

    /// Conger's kappa of two complete raters is Cohen's.
    #[test]
    fn conger_of_two_is_cohen(pairs in proptest::collection::vec((0_u8..5, 0_u8..5), 2..30)) {
        let cells: Vec<Vec<Option<f64>>> = pairs
            .iter()
            .map(|&(a, b)| vec![Some(f64::from(a)), Some(f64::from(b))])
            .collect();
        let ratings = Ratings::new(&GRADES, 2, &cells).unwrap();
        for weights in Weights::ALL {
            let conger = chance_corrected(&ratings, Coefficient::Conger, weights, ASYMPTOTIC);
            let cohen = cisterna::stats::cohen_kappa(&ratings.table(0, 1).unwrap(), weights, ASYMPTOTIC);
            same(conger.value(), cohen.value());
        }
    }

    #[test]
    fn perfect_agreement_is_one(grades in proptest::collection::vec(0_u8..5, 2..20)) {
        prop_assume!(grades.iter().any(|g| *g != grades[0]));
        let cells: Vec<Vec<Option<f64>>> =
            grades.iter().map(|&g| vec![Some(f64::from(g)); 3]).collect();
        let ratings = Ratings::new(&GRADES, 3, &cells).unwrap();
        for coefficient in Coefficient::ALL {
            for weights in Weights::ALL {
                is(&chance_corrected(&ratings, coefficient, weights, ASYMPTOTIC), 1.0);
            }
        }
        is(&fleiss_kappa(&ratings), 1.0);
        is(&percent_agreement(&ratings, 0, ASYMPTOTIC), 1.0);
    }
}
