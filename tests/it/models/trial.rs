//! What a card tells of a trial: grades, how they spread, and how a spread becomes a standard deviation.

use cisterna::anatomy::PlaneReflux;
use cisterna::models::tracer::{
    Baselines, Errors, Estimated, Grading, SpreadCalibration, Trial, Verdict,
};
use cisterna::workflows::grade_statistics;

/// Ratios that the rule gives these grades.
fn of(grade: u8, over_white: f64) -> PlaneReflux {
    PlaneReflux {
        grade,
        over_white,
        over_subarachnoid: if grade == 4 { 1.0 } else { 0.4 },
    }
}

/// Twelve patients. scikit-learn's `roc_auc_score` gives 0.96875, statsmodels' `proportion_confint` with
/// the method wilson (0.39062, 0.86188), and numpy, after the definition, an ordinal alpha of 0.724289.
#[test]
fn grades_of_a_cohort_agree_as_other_programs_say() {
    let pairs = [
        (0, 0, 0.05),
        (0, 0, 0.10),
        (0, 3, 0.30),
        (3, 3, 0.55),
        (3, 3, 0.60),
        (3, 4, 0.80),
        (4, 4, 0.90),
        (4, 3, 0.50),
        (3, 0, 0.20),
        (4, 4, 1.0),
        (0, 0, 0.12),
        (3, 3, 0.45),
    ];
    let pairs: Vec<(PlaneReflux, PlaneReflux)> = pairs
        .map(|(real, predicted, over)| (of(real, 0.0), of(predicted, over)))
        .to_vec();
    let found = grade_statistics(&pairs).unwrap().unwrap();
    #[track_caller]
    fn check(found: Option<f64>, expected: f64) {
        let found = found.expect("a number");
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    check(found.agreement.value(), 8.0 / 12.0);
    let (low, high) = found.agreement.interval().unwrap();
    check(Some(low), 0.390_622_088_872_799_5);
    check(Some(high), 0.861_879_908_908_778_7);
    check(found.auc_enriched.value(), 0.96875);
    check(found.alpha.value(), 0.724_289_021_164_021_2);
    let (low, high) = found.alpha.interval().unwrap();
    assert!(low < 0.72 && high > 0.73, "{low} {high}");
    check(Some(found.commonest), 5.0 / 12.0);
    let counts = [[3, 1, 0], [1, 3, 1], [0, 1, 2]].map(|row| row.to_vec());
    assert_eq!(found.transitions.counts(), counts);
    assert_eq!(found.transitions.levels(), [0.0, 3.0, 4.0]);
    assert!(grade_statistics(&[]).unwrap().is_none());
}

fn grading(alpha: Option<f64>, low: Option<f64>) -> Grading {
    Grading {
        patients: 20,
        agreement: Estimated::default(),
        commonest: 0.5,
        alpha: Estimated {
            value: alpha,
            low,
            high: None,
        },
        auc_enriched: Estimated::default(),
        residuals: Vec::new(),
    }
}

#[test]
fn a_verdict_rests_on_alpha_and_its_interval() {
    #[track_caller]
    fn check(alpha: Option<f64>, low: Option<f64>, expected: Verdict) {
        assert_eq!(grading(alpha, low).verdict(), expected, "{alpha:?} {low:?}");
    }
    check(Some(0.9), Some(0.7), Verdict::Grades);
    check(Some(0.9), Some(0.6), Verdict::NotShown);
    check(Some(0.9), None, Verdict::NotShown);
    check(Some(0.7), Some(0.68), Verdict::NotShown);
    check(Some(0.6), Some(0.3), Verdict::CannotGrade);
    check(None, None, Verdict::CannotGrade);
    let few = Grading {
        patients: 19,
        ..grading(Some(1.0), Some(0.9))
    };
    assert_eq!(few.verdict(), Verdict::NotShown);
}

#[test]
fn a_card_says_what_a_network_cannot() {
    let trial = |alpha, mse| Trial {
        data_set: "unseen".to_owned(),
        is_simulated: true,
        fingerprint: String::new(),
        patients: 20,
        errors: Errors { mse, mae: 0.03 },
        baselines: Baselines {
            copy: Errors {
                mse: 0.02,
                mae: 0.1,
            },
            mean: Errors {
                mse: 0.02,
                mae: 0.1,
            },
            linear: Errors {
                mse: 0.01,
                mae: 0.1,
            },
        },
        grading: Some(grading(alpha, Some(0.7))),
        spread: None,
    };
    let says = |alpha, mse, part: &str| {
        let words = trial(alpha, mse).use_in_words();
        assert!(words.contains(part), "{words}");
    };
    says(Some(0.1), 0.004, "it cannot grade");
    says(Some(0.1), 0.004, "MSE 0.40 of the best");
    says(Some(0.95), 0.004, "reflux can be graded");
    says(Some(0.75), 0.004, "it is not shown");
    says(Some(0.95), 0.02, "do not use it");
    says(Some(0.95), 0.004, "not shown for patients");
    let mut none = trial(None, 0.004);
    none.grading = None;
    assert!(none.use_in_words().contains("do not grade them"));
}

/// Each patient of the trial says what the real plane would be if this one were off by as much.
#[test]
fn a_grade_spreads_as_it_was_off_in_the_trial() {
    let mut told = grading(Some(0.9), Some(0.8));
    told.residuals = vec![[0.0, 0.0], [-0.2, 0.0], [0.0, 0.5], [0.1, -0.1]];
    // 0.4 and 0.6 alone are grade 3; less 0.2 it is 0; 0.5 more over subarachnoid it is 4.
    let shares = told.shares(&PlaneReflux::of_ratios(0.4, 0.6));
    assert_eq!(shares, [0.25, 0.5, 0.25]);
}

/// numpy.linalg.lstsq of squared errors on (1, spread^2) gives 1.04691e-3 and 2.22878, and 4, 7 and 7 of 7
/// within 1, 2 and 3 standard deviations.
#[test]
fn a_spread_is_calibrated_by_least_squares() {
    let pixels = [
        (0.0, 0.01),
        (0.01, -0.02),
        (0.02, 0.05),
        (0.05, -0.1),
        (0.1, 0.15),
        (0.02, 0.01),
        (0.03, -0.06),
    ];
    let found = SpreadCalibration::fitted(&pixels).unwrap();
    assert!((found.floor - 0.032_356_02).abs() < 1e-5, "{found:?}");
    assert!((found.scale - 1.492_911_44).abs() < 1e-4, "{found:?}");
    assert_eq!(found.within, [4.0 / 7.0, 1.0, 1.0]);
    let sd = f64::from(found.sd(0.1));
    assert!((sd - (0.032_356_02_f64.powi(2) + 0.149_291_1_f64.powi(2)).sqrt()).abs() < 1e-5);
    assert!(SpreadCalibration::fitted(&[]).is_none());
    // Errors that shrink where predictions spread say nothing by their slope.
    let flat = SpreadCalibration::fitted(&[(0.0, 0.2), (0.1, 0.1)]).unwrap();
    assert!(
        flat.scale == 0.0 && (flat.floor - 0.025_f64.sqrt()).abs() < 1e-6,
        "{flat:?}"
    );
}
