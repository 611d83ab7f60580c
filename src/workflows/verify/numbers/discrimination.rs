//! Areas under ROC curves, calibration, several readers.

use super::data::told;
use crate::stats::{
    FoldCase, Generalise, Interval, Outcome, PairedScores, ReaderStudy, auroc, auroc_difference,
    brier, calibration, fold_areas, mean_roc, net_benefit, regression_areas, reliability,
    roc_curve, temperature,
};
use crate::workflows::verify::checks::Checks;
use crate::workflows::verify::facts::NumberCheck;
use anyhow::anyhow;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const ASYMPTOTIC: Interval = Interval::asymptotic(0.95);

/// Albumin, total protein, total score, and whether the operation was possible, of 43 patients.
const PATIENTS: [[f64; 4]; 43] = [
    [3.0, 5.8, 10.0, 0.0],
    [3.2, 6.3, 5.0, 1.0],
    [3.9, 6.8, 3.0, 1.0],
    [2.8, 4.8, 6.0, 0.0],
    [3.2, 5.8, 3.0, 1.0],
    [0.9, 4.0, 5.0, 0.0],
    [2.5, 5.7, 8.0, 0.0],
    [1.6, 5.6, 5.0, 1.0],
    [3.8, 5.7, 5.0, 1.0],
    [3.7, 6.7, 6.0, 1.0],
    [3.2, 5.4, 4.0, 1.0],
    [3.8, 6.6, 6.0, 1.0],
    [4.1, 6.6, 5.0, 1.0],
    [3.6, 5.7, 5.0, 1.0],
    [4.3, 7.0, 4.0, 1.0],
    [3.6, 6.7, 4.0, 0.0],
    [2.3, 4.4, 6.0, 1.0],
    [4.2, 7.6, 4.0, 0.0],
    [4.0, 6.6, 6.0, 0.0],
    [3.5, 5.8, 6.0, 1.0],
    [3.8, 6.8, 7.0, 1.0],
    [3.0, 4.7, 8.0, 0.0],
    [4.5, 7.4, 5.0, 1.0],
    [3.7, 7.4, 5.0, 1.0],
    [3.1, 6.6, 6.0, 1.0],
    [4.1, 8.2, 6.0, 1.0],
    [4.3, 7.0, 5.0, 1.0],
    [4.3, 6.5, 4.0, 1.0],
    [3.2, 5.1, 5.0, 1.0],
    [2.6, 4.7, 6.0, 1.0],
    [3.3, 6.8, 6.0, 0.0],
    [1.7, 4.0, 7.0, 0.0],
    [3.7, 6.1, 5.0, 1.0],
    [3.3, 6.3, 7.0, 1.0],
    [4.2, 7.7, 6.0, 1.0],
    [3.5, 6.2, 5.0, 1.0],
    [2.9, 5.7, 9.0, 0.0],
    [2.1, 4.8, 7.0, 1.0],
    [2.8, 6.2, 8.0, 0.0],
    [4.0, 7.0, 7.0, 1.0],
    [3.3, 5.7, 6.0, 1.0],
    [3.7, 6.9, 5.0, 1.0],
    [3.6, 6.6, 5.0, 1.0],
];

pub(super) fn checks() -> anyhow::Result<Vec<NumberCheck>> {
    let mut checks = Checks::of("Areas under ROC curves and calibration");
    areas(&mut checks);
    folds(&mut checks)?;
    calibrated(&mut checks);
    readers(&mut checks)?;
    Ok(checks.done())
}

fn score(patient: &[f64; 4], marker: usize) -> f64 {
    match marker {
        2 => 10.0 - patient[2],
        _ => patient[marker],
    }
}

fn areas(checks: &mut Checks) {
    checks.by("SAS/STAT, documentation of PROC LOGISTIC, example 8, by DeLong; four decimals");
    let is_positive = |patient: &[f64; 4]| patient[3] == 1.0;
    for (marker, name, area, se, limits) in [
        (0, "albumin", 0.7366, 0.0927, [0.5549, 0.9182]),
        (1, "total protein", 0.6478, 0.1000, [0.4518, 0.8439]),
        (2, "total score", 0.7258, 0.1028, [0.5243, 0.9273]),
    ] {
        let cases: Vec<(f64, bool)> = PATIENTS
            .iter()
            .map(|patient| (score(patient, marker), is_positive(patient)))
            .collect();
        let found = auroc(&cases, ASYMPTOTIC);
        let what = format!("area under the ROC curve, {name}");
        checks.value(what.clone(), &found, area, 5.1e-5);
        checks.number(format!("{what}, standard error"), found.se(), se, 5.1e-5);
        checks.interval(&what, &found, limits, 5.1e-5);
    }
    for (marker, name, difference, se, chi_squared, p) in [
        (0, "albumin", 0.0108, 0.0953, 0.0127, 0.9102),
        (1, "total protein", -0.0780, 0.1046, 0.5554, 0.4561),
    ] {
        let cases: Vec<PairedScores> = PATIENTS
            .iter()
            .map(|patient| PairedScores {
                positive: is_positive(patient),
                first: score(patient, marker),
                second: score(patient, 2),
            })
            .collect();
        let found = auroc_difference(&cases, 0.95);
        let what = format!("DeLong's difference of areas, {name} less total score");
        checks.value(what.clone(), &found, difference, 5.1e-5);
        checks.number(format!("{what}, standard error"), found.se(), se, 5.1e-5);
        let z = found.value().zip(found.se()).map(|(value, se)| value / se);
        let square = z.map(|z| z * z);
        checks.number(format!("{what}, chi-squared"), square, chi_squared, 5.1e-5);
        checks.p(&what, &found, p, 1e-4);
    }
    checks.by("by a root finder apart from this program, on the logit; five decimals");
    let albumin: Vec<(f64, bool)> = PATIENTS
        .iter()
        .map(|patient| (patient[0], is_positive(patient)))
        .collect();
    let found = auroc(&albumin, Interval::at(0.95));
    let what = "area, albumin, usual";
    checks.value(what, &found, 0.736_56, 5.1e-6);
    let se = format!("{what}, standard error");
    checks.number(se, found.se(), 0.089_10, 5.1e-6);
    checks.interval(what, &found, [0.531_99, 0.873_05], 5.1e-6);
    checks.by("by definition: one class has no area");
    checks.none(
        "area of positive cases alone",
        &auroc(&[(1.0, true), (2.0, true)], ASYMPTOTIC),
    );
    checks.by("scikit-learn, roc_curve(drop_intermediate=False)");
    let scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4];
    let labels = [false, false, true, true, false, true];
    let few: Vec<FoldCase> = scores.into_iter().zip(labels).collect();
    let curve = roc_curve(&few);
    let (one, two) = (1.0 / 3.0, 2.0 / 3.0);
    let expected = [[0.0, 0.0], [0.0, one], [two, two], [two, 1.0], [1.0, 1.0]];
    checks.number("ROC curve, points", curve.len() as f64, 5.0, 0.0);
    for (at, expected) in expected.into_iter().enumerate() {
        for (axis, name) in ["false", "true"].into_iter().enumerate() {
            let what = format!("ROC curve, point {}, {name} positive rate", at + 1);
            let found = curve.get(at).map(|point| point[axis]);
            checks.number(what, found, expected[axis], 1e-12);
        }
    }
    checks.by("Vickers and Elkin 2006 by hand: 3 of 10 true positives, 2 false ones");
    let cases: Vec<(bool, bool)> = (0..10).map(|at| (at < 5, at % 5 < 3)).collect();
    checks.number(
        "net benefit at a threshold of 0.2",
        net_benefit(&cases, 0.2),
        0.25,
        1e-12,
    );
}

/// Mean and standard deviation of the true positive rate at 0, 0.1, ... 1.
const MEAN_ROC: [[f64; 2]; 11] = [
    [0.0, 0.0],
    [0.383_838_384, 0.051_505_248],
    [0.439_393_939, 0.056_691_779],
    [0.560_606_061, 0.056_691_779],
    [0.671_717_172, 0.120_155_326],
    [0.762_626_263, 0.089_495_178],
    [0.823_232_323, 0.007_142_493],
    [0.939_393_939, 0.085_709_913],
    [1.0, 0.0],
    [1.0, 0.0],
    [1.0, 0.0],
];

fn folds(checks: &mut Checks) -> anyhow::Result<()> {
    checks.by("scikit-learn and numpy on cases by a formula, three folds");
    let all = told(60);
    let fold =
        |fold: usize| -> Vec<FoldCase> { all.iter().skip(fold).step_by(3).copied().collect() };
    let three: Vec<Vec<FoldCase>> = (0..3).map(fold).collect();
    let found = fold_areas(&three, 0.95, 4000, &mut ChaCha8Rng::seed_from_u64(1));
    for (at, area) in [0.676_767_677, 0.757_575_758, 0.75].into_iter().enumerate() {
        let fold = found.folds.get(at).and_then(Outcome::value);
        checks.number(format!("area of fold {}", at + 1), fold, area, 1e-8);
    }
    checks.value(
        "mean of the areas of folds",
        &found.mean,
        0.728_114_478,
        1e-8,
    );
    checks.number(
        "their standard deviation over n",
        found.sd_over_n,
        0.036_439_159_6,
        1e-9,
    );
    checks.number(
        "their standard deviation over n - 1",
        found.sd_over_n_less_1,
        0.044_628_673_9,
        1e-9,
    );
    checks.by("numpy, percentiles of 20,000 draws of patients within folds, about");
    checks.interval(
        "mean of the areas of folds, resampled",
        &found.mean,
        [0.5851, 0.8520],
        0.012,
    );
    checks.by("scikit-learn's example of cross-validation, numpy.interp at eleven places");
    let mean = mean_roc(&three, 11);
    checks.number("mean ROC curve, places", mean.len() as f64, 11.0, 0.0);
    for (at, [true_positive, sd]) in MEAN_ROC.into_iter().enumerate() {
        let (place, point) = (at as f64 / 10.0, mean.get(at));
        let found = point.map(|point| point.false_positive);
        checks.number(format!("mean ROC curve, place {at}"), found, place, 1e-12);
        let what = format!("mean ROC curve at {place}");
        let found = point.map(|point| point.true_positive);
        checks.number(what.clone(), found, true_positive, 1e-8);
        let what = format!("{what}, standard deviation");
        checks.number(what, point.map(|point| point.sd), sd, 1e-8);
    }
    checks.by("numpy; paper 002, Table 2, prints 0.8668 and 0.0254, which is over n");
    let of_area = |area: f64| -> Vec<FoldCase> {
        // One positive case above so many of 10,000 negative ones.
        let below = (area * 1e4).round() as usize;
        let negative = (0..10_000).map(|at| (if at < below { 0.0 } else { 2.0 }, false));
        negative.chain([(1.0, true)]).collect()
    };
    let five = [0.8988, 0.8284, 0.8580, 0.8580, 0.8910].map(of_area);
    let found = fold_areas(&five, 0.95, 2, &mut ChaCha8Rng::seed_from_u64(1));
    checks.value(
        "mean area of the paper's folds",
        &found.mean,
        0.866_84,
        1e-9,
    );
    checks.number(
        "its standard deviation over n",
        found.sd_over_n,
        0.025_452_198,
        1e-8,
    );
    checks.number(
        "its standard deviation over n - 1",
        found.sd_over_n_less_1,
        0.028_456_423,
        1e-8,
    );
    checks.by("statsmodels, Logit in the same three folds, and scikit-learn, roc_auc_score");
    let cases: Vec<(Vec<f64>, bool)> = told(60)
        .into_iter()
        .enumerate()
        .map(|(i, (_, positive))| {
            let x = ((i * 29 + 3) % 83) as f64 / 83.0;
            let y = ((i * 41 + 5) % 79) as f64 / 79.0;
            (vec![x, y], positive)
        })
        .collect();
    let regressed = regression_areas(&cases, 3).map_err(|why| anyhow!("{why}"))?;
    let expected = [
        (0.575_757_576, [0.108_622_88, 0.820_810_77, 0.332_429_9]),
        (0.494_949_495, [1.052_942_98, 0.440_910_81, 1.270_556_02]),
        (0.489_583_333, [0.861_589_03, 0.829_574_41, 0.958_397_12]),
    ];
    for (at, (area, scores)) in expected.into_iter().enumerate() {
        let fold = regressed.get(at);
        let what = format!("logistic regression, fold {}", at + 1);
        let found = fold.and_then(|fold| auroc(fold, ASYMPTOTIC).value());
        checks.number(format!("area of a {what}"), found, area, 1e-8);
        // Both go on to the last digits; those that are printed here are eight.
        for (case, score) in scores.into_iter().enumerate() {
            let found = fold.and_then(|fold| fold.get(case)).map(|case| case.0);
            let what = format!("score of a {what}, case {}", case + 1);
            checks.number(what, found, score, 1e-7);
        }
    }
    Ok(())
}

/// What was told and what was found in each bin, and the interval of that.
const RELIABILITY: [[f64; 4]; 4] = [
    [0.162_28, 0.333_333_333, 0.151_763_244, 0.582_864_523],
    [0.386_826_667, 0.6, 0.357_468_301, 0.801_755_039],
    [0.610_8, 0.466_666_667, 0.248_095_354, 0.698_830_200],
    [0.837_126_667, 0.866_666_667, 0.621_180_172, 0.962_638_741],
];

fn calibrated(checks: &mut Checks) {
    checks.by("statsmodels, Logit and GLM with an offset; eight decimals");
    let cases = told(60);
    let made = calibration(&cases, 0.95);
    let slope_se = Some(0.246_239_49);
    let large_se = Some(0.304_344_71);
    for (what, found, value, se, limits) in [
        (
            "slope of calibration",
            &made.slope,
            0.734_018_16,
            slope_se,
            [0.251_397_63, 1.216_638_68],
        ),
        (
            "intercept of calibration",
            &made.intercept,
            0.328_846_99,
            None,
            [-0.237_524_34, 0.895_218_33],
        ),
        (
            "calibration in the large",
            &made.in_the_large,
            0.370_974_15,
            large_se,
            [-0.225_530_52, 0.967_478_82],
        ),
    ] {
        checks.value(what, found, value, 1e-6);
        if let Some(se) = se {
            checks.number(format!("{what}, standard error"), found.se(), se, 1e-6);
        }
        checks.interval(what, found, limits, 1e-5);
    }
    checks.by("scikit-learn, brier_score_loss");
    checks.value("Brier score", &brier(&cases), 0.217_461_158_8, 1e-9);
    checks.by("scipy.optimize.minimize_scalar of the log loss");
    let odds: Vec<(f64, bool)> = cases
        .iter()
        .map(|&(p, positive)| ((p / (1.0 - p)).ln(), positive))
        .collect();
    checks.number(
        "temperature of logits",
        temperature(&odds),
        1.395_474_06,
        1e-6,
    );
    checks.by("numpy, and statsmodels, proportion_confint(method='wilson')");
    let bins = reliability(&cases, 4, 0.95);
    checks.number("reliability, bins", bins.len() as f64, 4.0, 0.0);
    for (at, [told, found, low, high]) in RELIABILITY.into_iter().enumerate() {
        let bin = bins.get(at);
        let limits = bin.and_then(|bin| bin.found_interval);
        for (name, made, expected) in [
            ("cases", bin.map(|bin| bin.n as f64), 15.0),
            ("told", bin.map(|bin| bin.told), told),
            ("found", bin.map(|bin| bin.found), found),
            ("low end", limits.map(|limits| limits[0]), low),
            ("high end", limits.map(|limits| limits[1]), high),
        ] {
            let what = format!("reliability, bin {} of 4, {name}", at + 1);
            checks.number(what, made, expected, 1e-8);
        }
    }
}

/// Three readers score twelve cases, five of them positive, on two arms.
const SCORES: [[&str; 2]; 3] = [
    ["5 4 4 3 2 1 2 1 3 1 2 1", "4 3 5 2 2 2 1 3 3 1 1 2"],
    ["4 5 3 3 4 2 1 2 2 1 3 1", "3 5 2 3 3 2 2 2 3 1 4 1"],
    ["5 5 4 2 3 1 1 3 2 2 2 1", "4 4 3 1 3 1 2 4 2 2 3 1"],
];

fn readers(checks: &mut Checks) -> anyhow::Result<()> {
    checks.by(
        "numpy and scipy from Obuchowski and Rockette's formulas in Hillis' form, by jackknife",
    );
    let numbers = |text: &str| -> Vec<f64> {
        let words = text.split_whitespace();
        words.filter_map(|word| word.parse().ok()).collect()
    };
    let study = ReaderStudy {
        truth: (0..12).map(|case| case < 5).collect(),
        scores: SCORES
            .iter()
            .map(|[first, second]| [numbers(first), numbers(second)])
            .collect(),
    };
    let found = study
        .obuchowski_rockette()
        .map_err(|why| anyhow!("{why}"))?;
    let first = found.areas.first().map(|areas| areas[0]);
    checks.number(
        "area of reader 1 on arm 1",
        first,
        0.928_571_428_571_428_6,
        1e-12,
    );
    for (name, found, expected) in [
        ("variance", found.variance, 0.014_593_568_909_045_096),
        ("covariance 1", found.cov1, 0.008_365_102_985_638_691),
        ("covariance 2", found.cov2, 0.002_720_379_818_594_103),
        ("covariance 3", found.cov3, 0.002_183_838_813_303_096),
        (
            "mean square of arms",
            found.mean_square_arm,
            0.046_564_625_850_340_03,
        ),
        (
            "mean square of readers",
            found.mean_square_reader,
            0.001_938_775_510_204_084,
        ),
        (
            "mean square of arms by readers",
            found.mean_square_arm_reader,
            0.000_850_340_136_054_421,
        ),
        (
            "degrees of freedom",
            found.hillis_df,
            16.737_933_680_555_628,
        ),
    ] {
        checks.number(format!("readers by cases, {name}"), found, expected, 1e-10);
    }
    let both = found.difference(Generalise::ReadersAndCases, 0.95);
    let what = "difference of arms, random readers and cases";
    checks.value(what, &both, 0.176_190_476_190_476, 1e-12);
    checks.interval(
        what,
        &both,
        [0.090_648_079_232_157_04, 0.261_732_873_048_795],
        1e-8,
    );
    checks.p(what, &both, 0.000_449_526_990_510_766_7, 1e-7);
    let cases = found.difference(Generalise::Cases, 0.95);
    let what = "difference of arms, fixed readers";
    checks.p(what, &cases, 0.011_558_500_364_689_054, 1e-7);
    let readers = found.difference(Generalise::Readers, 0.95);
    checks.p(
        "difference of arms, fixed cases",
        &readers,
        0.017_776_034_576_487_076,
        1e-7,
    );
    checks.by("numpy: explicit sums over different readers, positives and negatives");
    let moments = study.u_statistic_difference(0.95);
    let variance = moments.se().map(|se| se * se);
    let what = "difference of arms, variance by U-statistics";
    checks.number(what, variance, 0.001_876_417_233_560_093_2, 1e-10);
    Ok(())
}
