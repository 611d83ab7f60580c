//! Proportional-odds regression.

use cisterna::stats::{GradedCase, OrdinalRegression, Undefined, ordinal_regression};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{GRADES, near};

const LEVELS: [f64; 3] = [0.0, 1.0, 2.0];

const X: [f64; 40] = [
    18.2, -0.2, 11.7, 7.7, 8.2, 9.1, 1.9, 9.1, 6.5, 23.3, 10.9, 8.6, 8.9, 7.3, 5.8, 8.4, 11.9, 9.0,
    13.8, 9.2, 10.1, 16.2, 12.2, 8.0, 9.3, 12.2, 17.7, 8.9, 9.0, 14.0, 6.5, 8.8, 13.5, 12.3, 10.4,
    12.7, -1.3, 14.1, 6.2, 3.3,
];
const Y: [u8; 40] = [
    3, 0, 3, 1, 2, 3, 0, 3, 0, 3, 1, 2, 1, 2, 0, 1, 2, 2, 2, 0, 3, 3, 2, 3, 0, 3, 3, 3, 2, 3, 3, 2,
    3, 0, 1, 1, 0, 2, 2, 0,
];

fn one_predictor() -> Vec<GradedCase> {
    let case = |(x, y): (&f64, &u8)| GradedCase {
        grade: f64::from(*y),
        predictors: vec![*x],
    };
    X.iter().zip(&Y).map(case).collect()
}

/// The roots of the score equations with mpmath.findroot at 30 digits, standard errors from the
/// numerical Hessian there; log-likelihoods as `statsmodels.miscmodels.ordinal_model.OrderedModel`.
#[test]
fn one_predictor_to_ten_digits() {
    let found = ordinal_regression(&GRADES, &one_predictor(), 0.95).unwrap();
    near(
        found.coefficients[0].value().unwrap(),
        0.350_543_521_766_904_2,
        1e-9,
    );
    near(
        found.coefficients[0].se().unwrap(),
        0.098_823_518_302_41,
        1e-9,
    );
    let thresholds = [
        1.809_235_990_948_9,
        2.816_472_738_595_163,
        4.292_965_462_627_35,
    ];
    let errors = [
        0.951_794_543_478_73,
        0.992_020_513_053_36,
        1.088_113_481_343_78,
    ];
    // Level 4 does not occur and has no threshold.
    assert_eq!(found.thresholds.len(), 3);
    for (found, (value, se)) in found.thresholds.iter().zip(thresholds.iter().zip(errors)) {
        near(found.value().unwrap(), *value, 1e-9);
        near(found.se().unwrap(), se, 1e-9);
    }
    pseudo_r_squared(&found, -44.476_587_321_293_14, -53.705_949_537_767_45, 40.0);
}

fn pseudo_r_squared(found: &OrdinalRegression, full: f64, null: f64, n: f64) {
    near(found.log_likelihood, full, 1e-11);
    near(found.null_log_likelihood, null, 1e-11);
    near(found.mcfadden, 1.0 - full / null, 1e-9);
    let cox_snell = 1.0 - (2.0 / n * (null - full)).exp();
    near(found.cox_snell, cox_snell, 1e-9);
    near(
        found.nagelkerke,
        cox_snell / (1.0 - (2.0 / n * null).exp()),
        1e-9,
    );
    near(
        found.likelihood_ratio.value().unwrap(),
        2.0 * (full - null),
        1e-9,
    );
    // scipy.stats.chi2.sf(2 * (full - null), 1).
    near(
        found.likelihood_ratio.p().unwrap() / 1.7362415193e-05,
        1.0,
        1e-8,
    );
}

/// Other units of the predictor change the coefficient and nothing else.
#[test]
fn scale_and_shift_of_a_predictor() {
    let plain = ordinal_regression(&GRADES, &one_predictor(), 0.95).unwrap();
    let mut moved = one_predictor();
    moved
        .iter_mut()
        .for_each(|case| case.predictors[0] = 1e6 + 1000.0 * case.predictors[0]);
    let moved = ordinal_regression(&GRADES, &moved, 0.95).unwrap();
    near(moved.log_likelihood, plain.log_likelihood, 1e-9);
    near(
        moved.coefficients[0].value().unwrap() * 1000.0,
        plain.coefficients[0].value().unwrap(),
        1e-7,
    );
    near(
        moved.coefficients[0].p().unwrap(),
        plain.coefficients[0].p().unwrap(),
        1e-7,
    );
}

/// 4,000 cases drawn from a model with coefficients 0.8 and -0.5 give them back.
#[test]
fn recovers_what_was_drawn() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let cases: Vec<GradedCase> = (0..4000)
        .map(|_| {
            let x = [rng.random_range(-2.0..2.0), rng.random_range(-2.0..2.0)];
            let u: f64 = rng.random_range(1e-9..1.0);
            let latent = 0.8 * x[0] - 0.5 * x[1] + (u / (1.0 - u)).ln();
            GradedCase {
                grade: [-1.5, 0.0, 0.5, 2.0]
                    .iter()
                    .filter(|t| latent > **t)
                    .count() as f64,
                predictors: x.to_vec(),
            }
        })
        .collect();
    let found = ordinal_regression(&GRADES, &cases, 0.95).unwrap();
    assert_eq!(found.likelihood_ratio.n(), 4000);
    assert!(found.likelihood_ratio.method().contains("on 2 degrees"));
    let expected = [0.8, -0.5].into_iter().chain([-1.5, 0.0, 0.5, 2.0]);
    for (found, truth) in found
        .coefficients
        .iter()
        .chain(&found.thresholds)
        .zip(expected)
    {
        assert!(
            (found.value().unwrap() - truth).abs() < 4.0 * found.se().unwrap(),
            "{found}, not {truth}"
        );
    }
}

#[test]
fn why_there_is_no_fit() {
    let case = |grade: f64, predictors: &[f64]| GradedCase {
        grade,
        predictors: predictors.to_vec(),
    };
    let fit = |cases: &[GradedCase]| ordinal_regression(&LEVELS, cases, 0.95).map(|_| ());
    let of = |pairs: &[(f64, f64)]| -> Vec<GradedCase> {
        pairs.iter().map(|(grade, x)| case(*grade, &[*x])).collect()
    };
    assert_eq!(fit(&[]), Err(Undefined::NoVariation));
    let ladder = [
        (0.0, 1.0),
        (0.0, 2.0),
        (1.0, 3.0),
        (1.0, 4.0),
        (2.0, 5.0),
        (2.0, 6.0),
    ];
    assert_eq!(fit(&of(&ladder)), Err(Undefined::Separated));
    assert_eq!(
        fit(&of(&ladder.map(|(_, x)| (1.0, x)))),
        Err(Undefined::NoVariation)
    );
    assert_eq!(
        fit(&of(&ladder.map(|(g, _)| (g, 7.0)))),
        Err(Undefined::Singular)
    );
    assert_eq!(
        fit(&of(&ladder.map(|(g, x)| (g + 0.5, x)))),
        Err(Undefined::BadNumber)
    );
    assert_eq!(
        fit(&of(&ladder.map(|(g, _)| (g, f64::NAN)))),
        Err(Undefined::BadNumber)
    );
    assert_eq!(fit(&of(&ladder[1..4])), Err(Undefined::Separated));
    assert_eq!(fit(&of(&ladder[1..3])), Err(Undefined::TooFewUnits));
    let twice: Vec<GradedCase> = ladder
        .iter()
        .map(|(g, x)| case(*g, &[x % 2.0, 3.0 * (x % 2.0)]))
        .collect();
    assert_eq!(fit(&twice), Err(Undefined::Singular));
    let ragged = [case(0.0, &[1.0]), case(1.0, &[1.0, 2.0])];
    assert_eq!(fit(&ragged), Err(Undefined::BadNumber));
}

/// With two grades it is logistic regression: `statsmodels.api.Logit`, whose `prsquared` is
/// McFadden's. Counts of clusters and grades above 2 of 1 to 4 as paper 003 has them, made in Python with
/// `x = i*37 % 101`, `y = digitize(x + 45*((i*53 % 97)/97 - .5), [25, 55, 85]) + 1` for i below 90.
#[test]
fn two_grades_are_logistic_regression() {
    let case = |i: usize| {
        let count = (i * 37 % 101) as f64;
        let seen = count + 45.0 * ((i * 53 % 97) as f64 / 97.0 - 0.5);
        GradedCase {
            grade: f64::from(u8::from(seen >= 55.0)),
            predictors: vec![count],
        }
    };
    let cases: Vec<GradedCase> = (0..90).map(case).collect();
    let found = ordinal_regression(&[0.0, 1.0], &cases, 0.95).unwrap();
    near(found.coefficients[0].value().unwrap(), 0.130_197_46, 1e-7);
    near(found.coefficients[0].se().unwrap(), 0.028_202_94, 1e-6);
    // The threshold is minus the constant.
    near(found.thresholds[0].value().unwrap(), 6.598_541_83, 1e-7);
    near(found.log_likelihood, -22.399_827_505_488_38, 1e-9);
    near(found.mcfadden, 0.640_804_035_680_321_1, 1e-9);
    near(found.cox_snell, 0.588_533_037_978_455, 1e-9);
    near(found.nagelkerke, 0.784_839_951_597_755_3, 1e-9);
}
