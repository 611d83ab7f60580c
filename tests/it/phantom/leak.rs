//! The cohort of leaks as drawn numbers: the presets' table, and labels that nothing but the leak
//! gives away.
//!
//! The table's numbers come from a simulation of the same model in numpy with 200,000 cases a class
//! (`leak_oracle.py` beside this file).

use cisterna::anatomy::bern::{Band, Item, Seen};
use cisterna::phantom::Sex;
use cisterna::phantom::leak::{LeakCase, Preset, leak_cohort};
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

const N_OF_A_CLASS: usize = 20_000;

fn class(preset: Preset, has_leak: bool) -> Vec<LeakCase> {
    let draw = |idx| LeakCase::draw(idx, 5, preset, has_leak);
    (0..N_OF_A_CLASS).into_par_iter().map(draw).collect()
}

/// How many cases have each score of the simulated reader.
fn by_score(cases: &[LeakCase]) -> [f64; 10] {
    let mut counts = [0.0; 10];
    for case in cases {
        let score = case.reader.score();
        counts[usize::from(score.points().expect("a simulated reader assesses all"))] += 1.0;
    }
    counts
}

/// The Mann-Whitney statistic of counts by score.
fn auroc_of_counts(positive: &[f64; 10], negative: &[f64; 10]) -> f64 {
    let mut below = 0.0;
    let mut wins = 0.0;
    for (p, n) in positive.iter().zip(negative) {
        wins += p * (below + 0.5 * n);
        below += n;
    }
    wins / (positive.iter().sum::<f64>() * below)
}

struct Expected {
    preset: Preset,
    auroc: f64,
    /// Low, intermediate, high, of 66 leaks to 63 others.
    bands: [f64; 3],
    /// In the order of [`Item::ALL`].
    positive: [f64; 6],
    negative: [f64; 6],
}

const TABLE: [Expected; 3] = [
    Expected {
        preset: Preset::Paper,
        auroc: 0.812,
        bands: [0.353, 0.235, 0.413],
        positive: [0.58, 0.57, 0.72, 0.20, 0.76, 0.82],
        negative: [0.161, 0.157, 0.390, 0.036, 0.588, 0.469],
    },
    Expected {
        preset: Preset::Default,
        auroc: 0.805,
        bands: [0.335, 0.282, 0.383],
        positive: [0.56, 0.53, 0.70, 0.18, 0.75, 0.81],
        negative: [0.150, 0.141, 0.416, 0.027, 0.621, 0.491],
    },
    Expected {
        preset: Preset::Clear,
        auroc: 0.811,
        bands: [0.316, 0.295, 0.389],
        positive: [0.57, 0.55, 0.71, 0.19, 0.75, 0.82],
        negative: [0.149, 0.136, 0.436, 0.023, 0.643, 0.511],
    },
];

#[test]
fn presets_have_the_rates_and_the_area_of_the_table() {
    for expected in &TABLE {
        let preset = expected.preset;
        let [positive, negative] = [true, false].map(|has_leak| class(preset, has_leak));
        let [p, n] = [&positive, &negative].map(|cases| by_score(cases));
        let area = auroc_of_counts(&p, &n);
        assert!(
            (area - expected.auroc).abs() < 0.006 && (0.80..0.82).contains(&area),
            "{}: an area of {area}",
            preset.name()
        );
        for (band, share) in [Band::Low, Band::Intermediate, Band::High]
            .iter()
            .zip(expected.bands)
        {
            let of = |counts: &[f64; 10]| -> f64 {
                let inside = (0..10_u8).filter(|&points| Band::of(points) == *band);
                inside
                    .map(|points| counts[usize::from(points)])
                    .sum::<f64>()
                    / N_OF_A_CLASS as f64
            };
            let found = (66.0 * of(&p) + 63.0 * of(&n)) / 129.0;
            assert!(
                (found - share).abs() < 0.015,
                "{}: {found} are {}",
                preset.name(),
                band.name()
            );
        }
        for (cases, rates) in [
            (&positive, expected.positive),
            (&negative, expected.negative),
        ] {
            for (item, rate) in Item::ALL.into_iter().zip(rates) {
                let seen = cases
                    .iter()
                    .filter(|case| case.reader.seen(item) == Seen::Present);
                let found = seen.count() as f64 / N_OF_A_CLASS as f64;
                assert!(
                    (found - rate).abs() < 0.016,
                    "{}: {} in {found}, not {rate}",
                    preset.name(),
                    item.name()
                );
            }
        }
    }
}

#[test]
fn plain_negatives_have_the_rates_of_normal_heads() {
    let negative = class(Preset::Default, false);
    let plain: Vec<&LeakCase> = negative
        .iter()
        .filter(|case| case.severity == 0.0 && case.mimics == Default::default())
        .collect();
    assert!(plain.len() > N_OF_A_CLASS / 2);
    for (item, rate) in Item::ALL
        .into_iter()
        .zip([0.04, 0.05, 0.29, 0.0, 0.52, 0.37])
    {
        let seen = plain
            .iter()
            .filter(|case| case.reader.seen(item) == Seen::Present);
        let found = seen.count() as f64 / plain.len() as f64;
        assert!(
            (found - rate).abs() < 0.016,
            "{} in {found}, not {rate}",
            item.name()
        );
    }
}

#[test]
fn mimics_are_of_heads_without_a_leak_and_as_strong_as_they_should_be() {
    assert!(
        class(Preset::Default, true)
            .iter()
            .all(|case| case.mimics == Default::default())
    );
    let negative = class(Preset::Default, false);
    let share = |of: fn(&LeakCase) -> f64, [low, high]: [f64; 2]| {
        let there: Vec<f64> = negative.iter().map(of).filter(|&x| x > 0.0).collect();
        assert!(there.iter().all(|x| (low..=high).contains(x)));
        there.len() as f64 / N_OF_A_CLASS as f64
    };
    // Of those that are not like a leak, 0.93 of all.
    for (found, expected) in [
        (share(|c| c.mimics.crowding, [0.5, 1.0]), 0.22),
        (share(|c| c.mimics.focal_dura, [0.8, 2.0]), 0.10),
        (share(|c| c.mimics.large_sinus, [1.5, 3.5]), 0.10),
    ] {
        assert!(
            (found - 0.93 * expected).abs() < 0.01,
            "{found} for {expected}"
        );
    }
}

#[test]
fn severities_follow_the_beta_distribution() {
    let cases = class(Preset::Default, true);
    let silent = cases.iter().filter(|case| case.severity == 0.0).count() as f64;
    assert!(
        (silent / N_OF_A_CLASS as f64 - 0.05).abs() < 0.006,
        "{silent}"
    );
    let drawn: Vec<f64> = cases
        .iter()
        .map(|c| c.severity)
        .filter(|&s| s > 0.0)
        .collect();
    let n = drawn.len() as f64;
    let mean = drawn.iter().sum::<f64>() / n;
    let variance = drawn.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
    // Beta(2, 1.6): mean a / (a + b), variance ab / ((a + b)^2 (a + b + 1)).
    assert!((mean - 2.0 / 3.6).abs() < 0.006, "{mean}");
    assert!((variance - 3.2 / (12.96 * 4.6)).abs() < 0.002, "{variance}");
}

/// What a scan shows that has nothing to do with a leak.
fn nuisances(case: &LeakCase) -> Vec<f64> {
    let scan = &case.scan;
    let mut row = vec![
        case.age_years,
        f64::from(u8::from(case.sex == Sex::Female)),
        f64::from(u8::from(scan.scanner == 0)),
        f64::from(u8::from(scan.scanner == 1)),
        scan.counts_of_white.ln(),
        scan.noise_of_white,
        scan.bias_strength,
        scan.fat_left,
        scan.fat_fails_mm,
        scan.csf_left,
        scan.blood_mmol_per_l,
        f64::from(case.shape.skull_mm),
        f64::from(case.shape.fat_mm),
        f64::from(u8::from(case.right_is_dominant)),
    ];
    row.extend(scan.sinus_left);
    row.extend(scan.field_mm.map(f64::from));
    row.extend(scan.off_mm.map(f64::from));
    row.extend(scan.padding.map(f64::from));
    row.extend(case.shape.scale.map(f64::from));
    row
}

/// Coefficients of a logistic regression by Newton's method, on columns of mean 0 and standard
/// deviation 1 with a constant before them.
fn logistic(rows: &DMatrix<f64>, labels: &DVector<f64>) -> DVector<f64> {
    let mut beta = DVector::zeros(rows.ncols());
    for _ in 0..12 {
        let p = (rows * &beta).map(|eta| 1.0 / (1.0 + (-eta).exp()));
        let slope = rows.transpose() * (labels - &p);
        let weights = p.map(|p| p * (1.0 - p));
        let mut weighted = rows.clone();
        for (mut row, weight) in weighted.row_iter_mut().zip(weights.iter()) {
            row *= *weight;
        }
        let mut information = rows.transpose() * weighted;
        for at in 0..information.nrows() {
            information[(at, at)] += 1e-6;
        }
        beta += information
            .lu()
            .solve(&slope)
            .expect("columns are not collinear");
    }
    beta
}

fn area(scores: &[f64], labels: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut below, mut wins) = (0.0, 0.0);
    for at in order {
        if labels[at] {
            wins += below;
        } else {
            below += 1.0;
        }
    }
    wins / (below * (scores.len() as f64 - below))
}

/// The area on the second half of a regression on the first.
fn found_by_regression(cases: &[LeakCase], columns: impl Fn(&LeakCase) -> Vec<f64>) -> f64 {
    let rows: Vec<Vec<f64>> = cases.iter().map(columns).collect();
    let n_columns = rows[0].len();
    let n = cases.len();
    let mut all = DMatrix::from_fn(
        n,
        n_columns + 1,
        |i, j| if j == 0 { 1.0 } else { rows[i][j - 1] },
    );
    for j in 1..=n_columns {
        let mut column = all.column_mut(j);
        let mean = column.mean();
        column.add_scalar_mut(-mean);
        let sd = column.variance().sqrt();
        assert!(sd > 0.0, "column {j} does not vary");
        column /= sd;
    }
    let labels: Vec<bool> = cases.iter().map(|case| case.has_leak).collect();
    let half = n / 2;
    let numbers = DVector::from_fn(half, |i, _| f64::from(u8::from(labels[i])));
    let beta = logistic(&all.rows(0, half).into_owned(), &numbers);
    let scores: Vec<f64> = (all.rows(half, n - half) * beta).iter().copied().collect();
    area(&scores, &labels[half..])
}

#[test]
fn what_has_nothing_to_do_with_the_leak_does_not_tell_it() {
    let cases = leak_cohort(16_000, 11, Preset::Default);
    let area = found_by_regression(&cases, nuisances);
    // Three standard errors of an area of 0.5 of 4000 against 4000.
    assert!(
        (area - 0.5).abs() < 3.0 * (2.0_f64 / 12.0 / 4000.0).sqrt(),
        "{area}"
    );
    // The same regression finds what there is to be found.
    let told = found_by_regression(&cases, |case| {
        let mut row = nuisances(case);
        row.extend([
            case.venous,
            case.dura,
            case.suprasellar_mm,
            case.pituitary_mm,
        ]);
        row
    });
    assert!(told > 0.8, "{told}");
}

#[test]
fn a_cohort_has_its_shares_and_the_patients_of_the_paper() {
    for (n, leaks) in [(129, 66), (1, 1), (2, 1), (10, 5), (1000, 512)] {
        let cases = leak_cohort(n, 3, Preset::Paper);
        assert_eq!(
            cases.iter().filter(|case| case.has_leak).count(),
            leaks,
            "of {n}"
        );
    }
    let cases = leak_cohort(20_000, 3, Preset::Paper);
    let mut ages: Vec<f64> = cases.iter().map(|case| case.age_years).collect();
    ages.sort_by(f64::total_cmp);
    let quantile = |share: f64| ages[(share * (ages.len() - 1) as f64) as usize];
    // Median 54, quartiles 20 apart, 23 to 87.
    assert!((quantile(0.5) - 54.0).abs() < 1.0, "{}", quantile(0.5));
    assert!((quantile(0.75) - quantile(0.25) - 20.0).abs() < 1.5);
    assert!(quantile(0.0) >= 23.0 && quantile(1.0) <= 87.0);
    let women = cases.iter().filter(|case| case.sex == Sex::Female).count() as f64;
    assert!((women / 20_000.0 - 84.0 / 129.0).abs() < 0.012, "{women}");
}

#[test]
fn a_case_is_a_function_of_its_number_and_seed() {
    let cases = leak_cohort(6, 8, Preset::Default);
    assert_eq!(cases, leak_cohort(6, 8, Preset::Default));
    assert_ne!(cases, leak_cohort(6, 9, Preset::Default));
    assert_ne!(cases[0].seed, cases[1].seed);
}

#[test]
fn a_twin_differs_by_what_the_leak_does() {
    let cases = leak_cohort(60, 8, Preset::Default);
    let severe = cases.iter().filter(|case| case.severity > 0.3);
    for case in severe {
        let twin = case.twin(8).expect("numbered as it was drawn");
        let s = case.severity;
        assert_eq!(twin.severity, 0.0);
        assert_eq!(
            (twin.seed, &twin.shape, &twin.scan),
            (case.seed, &case.shape, &case.scan)
        );
        assert_eq!(
            (twin.age_years, twin.sex, &twin.id),
            (case.age_years, case.sex, &case.id)
        );
        assert!((case.venous - twin.venous - 4.0 * s).abs() < 1e-12);
        assert!((case.pituitary_mm - twin.pituitary_mm - 4.0 * s).abs() < 1e-12);
        if case.suprasellar_mm > 0.0 {
            assert!((twin.suprasellar_mm - case.suprasellar_mm - 4.0 * s).abs() < 1e-12);
        }
        assert!(twin.subdural.is_none());
        let again = LeakCase::of(
            case.id.parse::<usize>().unwrap() - 1,
            8,
            case.has_leak,
            s,
            case.mimics,
        );
        assert_eq!(again, *case);
    }
}
