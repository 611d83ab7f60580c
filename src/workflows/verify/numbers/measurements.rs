//! Measurements: pairs, correlations, distributions, lines, regressions on grades.

use super::data::pairs;
use crate::stats::{
    FourCorrelations, GradedCase, KsMethod, LimitsInterval, Outcome, Summary, bland_altman,
    bonferroni, holm, kolmogorov_smirnov, kolmogorov_smirnov_p, mean_absolute_error,
    mean_with_interval, ordinal_regression, pearson, ratio_of_sums, slope, spearman,
    steiger_separate, steiger_shared, wilcoxon_rank_sum, wilcoxon_signed_rank, williams,
};
use crate::workflows::verify::checks::Checks;
use crate::workflows::verify::facts::NumberCheck;
use anyhow::anyhow;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub(super) fn checks() -> anyhow::Result<Vec<NumberCheck>> {
    let mut checks = Checks::of("Measurements");
    differences(&mut checks);
    correlations(&mut checks);
    dependent_correlations(&mut checks);
    distributions(&mut checks);
    regressions(&mut checks)?;
    moments(&mut checks);
    Ok(checks.done())
}

fn differences(checks: &mut Checks) {
    checks.by("Bland and Altman 1986, peak flow by two meters, 17 persons; one decimal");
    let wright = [
        494.0, 395.0, 516.0, 434.0, 476.0, 557.0, 413.0, 442.0, 650.0, 433.0, 417.0, 656.0, 267.0,
        478.0, 178.0, 423.0, 427.0,
    ];
    let mini = [
        512.0, 430.0, 520.0, 428.0, 500.0, 600.0, 364.0, 380.0, 658.0, 445.0, 432.0, 626.0, 260.0,
        477.0, 259.0, 350.0, 451.0,
    ];
    let flows = pairs(&wright, &mini);
    let found = bland_altman(&flows, LimitsInterval::Exact, 0.95);
    checks.value(
        "Bland-Altman, mean difference, l/min",
        &found.bias,
        -2.1,
        5.1e-2 / 2.1,
    );
    checks.number(
        "Bland-Altman, standard deviation, l/min",
        found.sd,
        38.8,
        5.1e-2 / 38.0,
    );
    checks.interval(
        "Bland-Altman, mean difference",
        &found.bias,
        [-22.0, 17.8],
        5.1e-2 / 17.0,
    );
    checks.by("scipy.stats.ttest_1samp, and the noncentral t of scipy.stats.nct");
    checks.p(
        "Bland-Altman, mean difference",
        &found.bias,
        0.824_647_673_530_376_3,
        1e-9,
    );
    if let (Some(bias), Some(sd)) = (found.bias.value(), found.sd) {
        let se = sd / 17_f64.sqrt();
        let limits = [5.422_125_161_570_978, 12.980_871_542_805_119].map(|t| bias + t * se);
        checks.interval("Bland-Altman, upper limit", &found.upper, limits, 1e-8);
        let [far, near] = limits.map(|limit| bias - (limit - bias));
        let limits = [near, far];
        checks.interval("Bland-Altman, lower limit", &found.lower, limits, 1e-8);
    }
    checks.by("numpy");
    let error = mean_absolute_error(&flows, 0.95);
    checks.value(
        "mean absolute difference, l/min",
        &error,
        28.941_176_470_588_236,
        1e-12,
    );
}

/// Anscombe's first set.
const X: [f64; 11] = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
const Y: [f64; 11] = [
    8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68,
];

fn correlations(checks: &mut Checks) {
    checks.by("scipy.stats.pearsonr and spearmanr on Anscombe's first set");
    let set = pairs(&X, &Y);
    let r = pearson(&set, 0.95);
    checks.value("Pearson's r", &r, 0.816_420_516_344_84, 1e-9);
    checks.p("Pearson's r", &r, 0.002_169_628_873_078_783, 1e-9);
    let limits = [0.424_391_213_393_216_5, 0.950_693_253_786_560_6];
    checks.interval("Pearson's r", &r, limits, 1e-9);
    let rho = spearman(&set, 0.95);
    checks.value("Spearman's rho", &rho, 0.818_181_818_181_818_2, 1e-9);
    checks.p("Spearman's rho", &rho, 0.002_083_144_840_478_690_4, 1e-9);
    checks.by("scipy.stats.linregress and t on Anscombe's first set");
    let points: Vec<[f64; 2]> = set.iter().map(|&(x, y)| [x, y]).collect();
    let line = slope(&points, 0.95);
    checks.value("slope of a line", &line, 0.500_090_909_090_909_1, 1e-9);
    let limits = [0.233_370_136_378_597_2, 0.766_811_681_803_221_1];
    checks.interval("slope of a line", &line, limits, 1e-9);
}

fn dependent_correlations(checks: &mut Checks) {
    checks.by("scipy from Williams' formula, on r of paper 004 (Table 2, 76 scans)");
    for (r, t, p) in [
        (
            [0.78, 0.52, 0.73],
            4.809_693_465_106_734,
            7.903_583_686_066_655e-6,
        ),
        (
            [0.51, 0.33, 0.73],
            2.433_397_707_718_101_7,
            0.017_406_654_374_006_108,
        ),
        (
            [0.31, 0.25, 0.73],
            0.733_598_215_462_073_6,
            0.465_543_173_056_779_95,
        ),
    ] {
        let found = williams(r[0], r[1], r[2], 76);
        let what = format!("Williams' t, r of {} and {}", r[0], r[1]);
        checks.value(what.clone(), &found, t, 1e-9);
        checks.p(&what, &found, p, 1e-7);
    }
    checks.by("Steiger 1980, case A; two decimals");
    let found = williams(0.4, 0.5, 0.1, 103);
    let what = "Williams' t, Steiger's case A";
    checks.value(what, &found, -0.89, 5.1e-3);
    checks.p(what, &found, 0.37, 5.1e-3 / 0.37);
    checks.by("numpy with the covariance of Pearson and Filon, and scipy.stats.norm");
    let shared = steiger_shared(0.4, 0.5, 0.1, 103);
    let what = "Steiger's z, a shared variable";
    checks.value(what, &shared, -0.888_718_469_955_872_3, 1e-9);
    checks.p(what, &shared, 0.374_154_402_172_001_9, 1e-9);
    let case_b = FourCorrelations {
        r12: 0.5,
        r34: 0.6,
        r13: 0.5,
        r14: 0.5,
        r23: 0.7,
        r24: 0.8,
    };
    let apart = steiger_separate(&case_b, 103);
    let what = "Steiger's z, no shared variable";
    checks.value(what, &apart, -1.202_657_310_766_031, 1e-9);
    checks.p(what, &apart, 0.229_108_959_965_761_53, 1e-9);
    checks.by("R's p.adjust(c(.01, .02, .03, .005))");
    let p = [0.01, 0.02, 0.03, 0.005];
    for (name, found, expected) in [
        ("Holm", holm(&p), [0.03, 0.04, 0.04, 0.02]),
        ("Bonferroni", bonferroni(&p), [0.04, 0.08, 0.12, 0.02]),
    ] {
        for (at, expected) in expected.into_iter().enumerate() {
            let what = format!("{name}'s adjusted p of {}", p[at]);
            checks.number(what, found.get(at).copied(), expected, 1e-15);
        }
    }
}

const FIRST: [f64; 12] = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 8.0];
const SECOND: [f64; 12] = [2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 1.0, 8.0, 2.0, 8.0, 4.0, 5.0];
/// Permeability of membranes (Hollander and Wolfe 1973).
const TERM: [f64; 10] = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const EARLY: [f64; 5] = [1.15, 0.88, 0.90, 0.74, 1.21];

fn distributions(checks: &mut Checks) {
    checks.by("scipy.special.kolmogorov, on d = 0.077 of 1782 and 354 (paper 003 prints 0.058)");
    for (method, name, p) in [
        (
            KsMethod::Asymptotic,
            "asymptotic",
            0.060_270_009_799_664_376,
        ),
        (KsMethod::Stephens, "Stephens", 0.057_233_111_939_740_185),
    ] {
        let found = kolmogorov_smirnov_p(0.077, 1782, 354, method);
        checks.number(format!("Kolmogorov-Smirnov, p, {name}"), found, p, 1e-10);
    }
    checks.by("scipy.stats.ks_2samp(method='exact')");
    let nearest = kolmogorov_smirnov_p(8096.0 / 105_138.0, 1782, 354, KsMethod::Exact);
    let what = "Kolmogorov-Smirnov, p, exact, the nearest distance there can be";
    checks.number(what, nearest, 0.056_722_584_770_731_714, 1e-10);
    let found = kolmogorov_smirnov(&TERM, &EARLY, KsMethod::Exact);
    checks.value(
        "Kolmogorov-Smirnov, distance of 10 and 5 values",
        &found,
        0.6,
        1e-12,
    );
    checks.p(
        "Kolmogorov-Smirnov, 10 and 5 values",
        &found,
        0.165_834_165_834_165_83,
        1e-9,
    );
    let ties = kolmogorov_smirnov(&FIRST, &SECOND, KsMethod::Exact);
    checks.p(
        "Kolmogorov-Smirnov, ties",
        &ties,
        0.868_981_671_175_775_4,
        1e-9,
    );
    checks.by("Hollander and Wolfe 1973, as R's wilcox.test prints it");
    let before = [
        1830.0, 500.0, 1620.0, 2480.0, 1680.0, 1880.0, 1550.0, 3060.0, 1300.0,
    ];
    let after = [
        878.0, 647.0, 598.0, 2050.0, 1060.0, 1290.0, 1060.0, 3140.0, 1290.0,
    ];
    let signed = wilcoxon_signed_rank(&pairs(&before, &after));
    checks.value("Wilcoxon's signed rank, V", &signed, 40.0, 1e-12);
    checks.p("Wilcoxon's signed rank", &signed, 0.039_062_5, 1e-9);
    let sum = wilcoxon_rank_sum(&TERM, &EARLY);
    checks.value("Wilcoxon's rank sum, W", &sum, 35.0, 1e-12);
    checks.p("Wilcoxon's rank sum", &sum, 0.254_412_254_412_254_4, 1e-9);
    checks.by("scipy.stats.mannwhitneyu(method='asymptotic')");
    let ties = wilcoxon_rank_sum(&FIRST, &SECOND);
    checks.p(
        "Wilcoxon's rank sum, ties",
        &ties,
        0.907_020_186_919_978_4,
        1e-9,
    );
}

/// Satisfaction of householders in Copenhagen by influence (fastest: satisfaction, influence), type of
/// housing and contact with neighbours (Madsen 1976).
const HOUSING: [[usize; 9]; 8] = [
    [21, 21, 28, 34, 22, 36, 10, 11, 36],
    [61, 23, 17, 43, 35, 40, 26, 18, 54],
    [13, 9, 10, 8, 8, 12, 6, 7, 9],
    [18, 6, 7, 15, 13, 13, 7, 5, 11],
    [14, 19, 37, 17, 23, 40, 3, 5, 23],
    [78, 46, 43, 48, 45, 86, 15, 25, 62],
    [20, 23, 20, 10, 22, 24, 7, 10, 21],
    [57, 23, 13, 31, 21, 13, 5, 6, 13],
];

fn housing() -> Vec<GradedCase> {
    let mut cases = Vec::new();
    for (group, counts) in HOUSING.iter().enumerate() {
        let (contact, housing) = (group / 4, group % 4);
        for (cell, count) in counts.iter().enumerate() {
            let (influence, satisfaction) = (cell / 3, cell % 3);
            let is = |a: usize, b: usize| f64::from(u8::from(a == b));
            let case = GradedCase {
                grade: satisfaction as f64,
                predictors: vec![
                    is(influence, 1),
                    is(influence, 2),
                    is(housing, 1),
                    is(housing, 2),
                    is(housing, 3),
                    is(contact, 1),
                ],
            };
            cases.extend(std::iter::repeat_n(case, *count));
        }
    }
    cases
}

fn regressions(checks: &mut Checks) -> anyhow::Result<()> {
    checks.by("R's MASS, polr(Sat ~ Infl + Type + Cont, housing); four decimals");
    let fit = |levels: &[f64], cases: &[GradedCase]| {
        ordinal_regression(levels, cases, 0.95).map_err(|why| anyhow!("{why}"))
    };
    let found = fit(&[0.0, 1.0, 2.0], &housing())?;
    let names = [
        "influence 2",
        "influence 3",
        "apartment",
        "atrium",
        "terrace",
        "contact",
    ];
    let values = [0.5664, 1.2888, -0.5724, -0.3662, -1.0910, 0.3603];
    let errors = [0.1047, 0.1272, 0.1192, 0.1552, 0.1515, 0.0955];
    for (at, name) in names.into_iter().enumerate() {
        let coefficient = found.coefficients.get(at);
        let what = format!("proportional odds, {name}");
        let value = coefficient.and_then(Outcome::value);
        checks.number(what.clone(), value, values[at], 5.1e-5);
        let se = coefficient.and_then(Outcome::se);
        checks.number(format!("{what}, standard error"), se, errors[at], 5.1e-5);
    }
    for (at, expected) in [-0.4961, 0.6907].into_iter().enumerate() {
        let threshold = found.thresholds.get(at).and_then(Outcome::value);
        let what = format!("proportional odds, threshold {}", at + 1);
        checks.number(what, threshold, expected, 5.1e-5);
    }
    let n = found.likelihood_ratio.n() as f64;
    checks.number("proportional odds, householders", n, 1681.0, 0.0);
    let deviance = -2.0 * found.log_likelihood;
    checks.number(
        "proportional odds, deviance",
        deviance,
        3479.149,
        5.1e-4 / 3479.0,
    );
    checks.by("statsmodels, OrderedModel, and the formulas of the pseudo R squared");
    let case = |i: usize| {
        let count = (i * 37 % 101) as f64;
        let seen = count + 45.0 * ((i * 53 % 97) as f64 / 97.0 - 0.5);
        let bounds = [25.0, 55.0, 85.0];
        let grade = bounds.iter().filter(|bound| seen >= **bound).count() + 1;
        GradedCase {
            grade: grade as f64,
            predictors: vec![count],
        }
    };
    let cases: Vec<GradedCase> = (0..90).map(case).collect();
    let found = fit(&[1.0, 2.0, 3.0, 4.0], &cases)?;
    let slope = found.coefficients.first().and_then(Outcome::value);
    for (name, found, expected, tolerance) in [
        ("coefficient", slope, 0.150_868_7, 2e-5),
        (
            "log-likelihood",
            Some(found.log_likelihood),
            -54.443_529_924_606_39,
            1e-8,
        ),
        (
            "log-likelihood without counts",
            Some(found.null_log_likelihood),
            -122.434_312_341_349_3,
            1e-11,
        ),
        (
            "likelihood ratio",
            found.likelihood_ratio.value(),
            135.981_564_833_485_83,
            1e-8,
        ),
    ] {
        let what = format!("grades on counts, {name}");
        checks.number(what, found, expected, tolerance);
    }
    for (name, found, expected) in [
        ("McFadden's", found.mcfadden, 0.555_324_574_594_605_9),
        ("Cox and Snell's", found.cox_snell, 0.779_290_136_742_552_2),
        ("Nagelkerke's", found.nagelkerke, 0.834_201_040_062_017_2),
    ] {
        checks.number(
            format!("{name} R squared of grades on counts"),
            found,
            expected,
            1e-8,
        );
    }
    Ok(())
}

fn moments(checks: &mut Checks) {
    let values = [3.5, -1.25, 0.5, 7.75, 2.0, 2.0, 9.125, 4.5, -3.0, 6.25, 1.0];
    checks.by("numpy, mean, std(ddof=1), quantile; scipy.stats.t");
    let mean = mean_with_interval(&values, 0.95);
    checks.value(
        "mean of eleven values",
        &mean,
        2.943_181_818_181_818_3,
        1e-12,
    );
    let limits = [0.434_735_962_549_611, 5.451_627_673_814_025];
    checks.interval("mean of eleven values", &mean, limits, 1e-9);
    let summary = Summary::of(&values);
    let sd = summary.and_then(|of| of.sd);
    checks.number("their standard deviation", sd, 3.733_866_811_180_651, 1e-12);
    checks.number("their median", summary.map(|of| of.median), 2.0, 1e-12);
    checks.number(
        "their upper quartile",
        summary.map(|of| of.upper_quartile),
        5.375,
        1e-12,
    );
    checks.by("numpy, percentiles of 400,000 samples of the units, about; 20,000 are drawn here");
    let units = [
        (1.2, 2.0),
        (0.8, 1.9),
        (2.2, 3.1),
        (0.5, 1.5),
        (1.9, 2.6),
        (1.1, 2.2),
        (0.7, 1.1),
        (1.6, 3.0),
    ];
    let ratio = ratio_of_sums(&units, 20_000, 0.95, &mut ChaCha8Rng::seed_from_u64(1));
    checks.value("ratio of sums over units", &ratio, 0.574_712_643_678, 1e-9);
    checks.interval(
        "ratio of sums over units",
        &ratio,
        [0.480_87, 0.656_93],
        0.003,
    );
}
