//! Readers by cases: Obuchowski-Rockette and the U-statistic variance.

use std::{collections::BTreeMap, path::Path};

use cisterna::stats::{
    Generalise, Outcome, PairedScores, ReaderStudy, Undefined, auroc, auroc_difference,
};
use serde_json::Value;

use super::{ASYMPTOTIC, between, is, near, number, numbers, oracles, p_is};

/// A long table: reader, treatment, case, truth, rating. Readers and treatments in the order of
/// their names.
fn read_study(path: &Path) -> (ReaderStudy, Vec<String>, Vec<String>) {
    let mut csv = csv::Reader::from_path(path).unwrap();
    let rows: Vec<Vec<String>> = csv
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    let names = |column: usize| {
        let mut names: Vec<String> = rows.iter().map(|row| row[column].clone()).collect();
        names.sort();
        names.dedup();
        names
    };
    let (readers, arms, cases) = (names(0), names(1), names(2));
    let mut scores = BTreeMap::new();
    let mut truth = BTreeMap::new();
    for row in &rows {
        let rating: f64 = row[4].parse().unwrap();
        scores.insert((row[0].as_str(), row[1].as_str(), row[2].as_str()), rating);
        truth.insert(row[2].as_str(), row[3].parse::<f64>().unwrap() == 1.0);
    }
    let arm = |reader: &str, arm: &str| -> Vec<f64> {
        cases
            .iter()
            .map(|case| scores[&(reader, arm, case.as_str())])
            .collect()
    };
    let study = ReaderStudy {
        truth: cases.iter().map(|case| truth[case.as_str()]).collect(),
        scores: readers
            .iter()
            .map(|r| [arm(r, &arms[0]), arm(r, &arms[1])])
            .collect(),
    };
    (study, readers, arms)
}

fn studies() -> Vec<(Value, ReaderStudy, Vec<String>, Vec<String>)> {
    let Some((oracle, folder)) = oracles() else {
        return Vec::new();
    };
    ["MRMCaov_VanDyke.csv", "iMRMC_dfMRMC_example.csv"]
        .iter()
        .map(|name| {
            let (study, readers, arms) = read_study(&folder.join(name));
            (oracle[*name].clone(), study, readers, arms)
        })
        .collect()
}

#[test]
fn obuchowski_rockette() {
    for (facts, study, readers, arms) in studies() {
        let found = study.obuchowski_rockette().unwrap();
        for (areas, reader) in found.areas.iter().zip(&readers) {
            for (area, arm) in areas.iter().zip(&arms) {
                let key = format!("treatment {arm} reader {reader}");
                near(*area, number(&facts["auc"][key]), 1e-9);
            }
        }
        let expected = &facts["OR_jackknife"];
        near(found.variance, number(&expected["Var"]), 1e-12);
        near(found.cov1, number(&expected["Cov1"]), 1e-12);
        near(found.cov2, number(&expected["Cov2"]), 1e-12);
        near(found.cov3, number(&expected["Cov3"]), 1e-12);
        near(found.mean_square_arm, number(&expected["MST"]), 1e-12);
        near(found.mean_square_reader, number(&expected["MSR"]), 1e-12);
        near(
            found.mean_square_arm_reader,
            number(&expected["MSTR"]),
            1e-12,
        );
        near(found.hillis_df, number(&expected["RRRC_ddf"]), 1e-9);
        let difference = found.difference(Generalise::ReadersAndCases, 0.95);
        is(&difference, number(&expected["diff_first_minus_second"]));
        near(
            difference.se().unwrap(),
            number(&expected["diff_se"]),
            1e-10,
        );
        between(&difference, numbers(&expected["diff_ci95"]), 1e-9);
        p_is(&difference, number(&expected["RRRC_p"]), 1e-9);
        let t = difference.value().unwrap() / difference.se().unwrap();
        near(t * t, number(&expected["RRRC_F"]), 1e-9);
    }
}

/// Van Dyke's data as RJafroc publishes them: fixed readers chi-squared 5.475953, p .01928; fixed
/// cases F 8.704, p .041959.
#[test]
fn fixed_readers_and_fixed_cases() {
    let Some((_, study, ..)) = studies().into_iter().next() else {
        return;
    };
    let found = study.obuchowski_rockette().unwrap();
    let squared = |o: &Outcome| (o.value().unwrap() / o.se().unwrap()).powi(2);
    let cases = found.difference(Generalise::Cases, 0.95);
    near(squared(&cases), 5.475953, 5.1e-7);
    near(cases.p().unwrap(), 0.01928, 5.1e-6);
    let readers = found.difference(Generalise::Readers, 0.95);
    near(squared(&readers), 8.704, 5.1e-4);
    near(readers.p().unwrap(), 0.041959, 5.1e-7);
}

#[test]
fn delong_by_reader() {
    for (facts, study, readers, _) in studies() {
        for (reader, [first, second]) in readers.iter().zip(&study.scores) {
            let expected = &facts["delong_per_reader"][format!("reader {reader}")];
            let expected = match expected.is_null() {
                true => &facts["delong_per_reader"][reader],
                false => expected,
            };
            let cases: Vec<PairedScores> = study
                .truth
                .iter()
                .zip(first.iter().zip(second))
                .map(|(&positive, (&first, &second))| PairedScores {
                    positive,
                    first,
                    second,
                })
                .collect();
            let [a, b] = numbers(&expected["auc"]);
            let difference = auroc_difference(&cases, 0.95);
            is(&difference, a - b);
            let z = difference.value().unwrap() / difference.se().unwrap();
            near(z, number(&expected["delong_z"]), 1e-9);
            p_is(&difference, number(&expected["p"]), 1e-9);
            let one: Vec<(f64, bool)> = cases.iter().map(|c| (c.first, c.positive)).collect();
            near(
                auroc(&one, ASYMPTOTIC).se().unwrap().powi(2),
                number(&expected["cov"][0][0]),
                1e-12,
            );
        }
    }
}

/// Variance from the eight moments with explicit sums over different readers, positives and
/// negatives (numpy.einsum), 0.000427312516745 and 0.001610322197567.
#[test]
fn u_statistic() {
    let expected = [0.00042731251674498676, 0.0016103221975673895];
    for ((facts, study, ..), variance) in studies().iter().zip(expected) {
        let found = study.u_statistic_difference(0.95);
        is(
            &found,
            number(&facts["OR_jackknife"]["diff_first_minus_second"]),
        );
        near(found.se().unwrap().powi(2), variance, 1e-12);
    }
}

/// Over many draws the estimate averages the true variance of the difference, which is found from
/// the same draws; readers and cases are both random.
#[test]
fn u_statistic_is_unbiased() {
    use rand::{Rng, RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    fn around(rng: &mut impl Rng) -> f64 {
        (0..4).map(|_| rng.random_range(-1.0..1.0)).sum::<f64>()
    }
    const N: usize = 3000;
    let (mut differences, mut variances) = (Vec::new(), Vec::new());
    for _ in 0..N {
        let truth: Vec<bool> = (0..24).map(|i| i < 12).collect();
        let case: Vec<f64> = truth
            .iter()
            .map(|&t| f64::from(u8::from(t)) + around(&mut rng))
            .collect();
        let mut reader = || -> [Vec<f64>; 2] {
            std::array::from_fn(|_| {
                let skill = 1.0 + 0.3 * around(&mut rng);
                case.iter().map(|c| skill * c + around(&mut rng)).collect()
            })
        };
        let study = ReaderStudy {
            scores: (0..3).map(|_| reader()).collect(),
            truth,
        };
        let found = study.u_statistic_difference(0.95);
        differences.push(found.value().unwrap());
        // A negative estimate has no standard error; leaving it out would bias the mean.
        variances.push(found.se().map_or(0.0, |se| se * se));
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let centre = mean(&differences);
    let squares: Vec<f64> = differences.iter().map(|d| (d - centre).powi(2)).collect();
    let ratio = mean(&variances) / mean(&squares);
    assert!((0.93..1.07).contains(&ratio), "{ratio}");
}

#[test]
fn undefined_in_words() {
    let study = |truth: &[bool], readers: &[[&[f64]; 2]]| ReaderStudy {
        truth: truth.to_vec(),
        scores: readers
            .iter()
            .map(|arms| arms.map(<[f64]>::to_vec))
            .collect(),
    };
    let scores: [&[f64]; 2] = [&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 4.0, 3.0]];
    let reason = |study: ReaderStudy| study.obuchowski_rockette().unwrap_err();
    let truth = [false, false, true, true];
    assert_eq!(reason(study(&truth, &[scores])), Undefined::TooFewRaters);
    assert_eq!(
        reason(study(&truth[..3], &[scores; 2])),
        Undefined::NotCrossed
    );
    assert_eq!(reason(study(&[true; 4], &[scores; 2])), Undefined::OneClass);
    assert_eq!(
        reason(study(&[true, true, true, false], &[scores; 2])),
        Undefined::TooFewUnits
    );
    let words = study(&[true; 4], &[scores; 2])
        .u_statistic_difference(0.95)
        .to_string();
    assert_eq!(
        words,
        "undefined (positive and negative cases are both needed)"
    );
    // Readers who score all alike in both arms: a difference of 0 without a test.
    let same: [&[f64]; 2] = [scores[0], scores[0]];
    let found = study(&truth, &[same; 2]).obuchowski_rockette().unwrap();
    let difference = found.difference(Generalise::ReadersAndCases, 0.95);
    is(&difference, 0.0);
    assert_eq!((difference.se(), difference.p()), (None, None));
}
