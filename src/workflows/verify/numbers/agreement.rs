//! Agreement between raters.

use super::data::{
    ANXIETY, FOUR_JUDGES, FOUR_OBSERVERS, FOUR_RATERS, THREE_RATERS, ratings, table, units,
};
use crate::stats::{
    Bootstrap, BootstrapKind, Coefficient, IccForm, Interval, Metric, RatingModel, Ratings,
    Weights, alpha, alpha_analytic, alpha_bootstrapped, alpha_difference, alpha_with_interval,
    chance_corrected, cohen_kappa, fleiss_kappa, hughes_alpha, icc, kendall_w, light_kappa,
    percent_agreement,
};
use crate::workflows::verify::checks::Checks;
use crate::workflows::verify::facts::NumberCheck;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The scale of the reflux grades.
const GRADES: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];
/// The intervals of other programs.
const ASYMPTOTIC: Interval = Interval::asymptotic(0.95);
/// Those of this program.
const USUAL: Interval = Interval::at(0.95);

pub(super) fn checks() -> anyhow::Result<Vec<NumberCheck>> {
    let mut checks = Checks::of("Agreement between raters");
    alphas(&mut checks)?;
    alpha_intervals(&mut checks)?;
    kappas(&mut checks)?;
    chance(&mut checks)?;
    intraclass(&mut checks)?;
    Ok(checks.done())
}

fn alphas(checks: &mut Checks) -> anyhow::Result<()> {
    checks.by(
        "Krippendorff 2011, as the Python package krippendorff and R's irr print it; six decimals",
    );
    let four = ratings(&FOUR_OBSERVERS)?;
    let expected = [0.743_421, 0.815_388, 0.849_107, 0.797_403];
    for (metric, expected) in Metric::ALL.into_iter().zip(expected) {
        let what =
            format!("Krippendorff's alpha, {metric} metric, 4 observers of 12 units with gaps");
        checks.value(what, &alpha(&four, metric), expected, 5.1e-7);
    }
    checks.by("plain Python from the definition, binary data of Krippendorff 2011; six decimals");
    let two = ratings(&["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"])?;
    let what = "Krippendorff's alpha, nominal metric, 2 observers of 10 units";
    checks.value(what, &alpha(&two, Metric::Nominal), 0.095_238, 5.1e-7);
    checks.by("plain Python from the definition; R's irr 0.84.1 divides wrongly where three raters are complete");
    let three = ratings(&THREE_RATERS)?;
    for (metric, expected) in [
        (Metric::Nominal, 0.583_710),
        (Metric::Ordinal, 0.895_092),
        (Metric::Interval, 0.890_346),
    ] {
        let what = format!("Krippendorff's alpha, {metric} metric, 3 complete raters");
        checks.value(what, &alpha(&three, metric), expected, 5.1e-7);
    }
    checks.by("by definition: no disagreement can be expected, so that there is no value");
    let alike = ratings(&["3 3 .", "3 3 3"])?;
    let what = "Krippendorff's alpha where all ratings are equal";
    checks.none(what, &alpha(&alike, Metric::Ordinal));
    checks.by("by definition: raters who never err agree, and raters who guess alike do not");
    let perfect: Vec<Vec<f64>> = (0..5)
        .map(|truth| {
            (0..5)
                .map(|grade| f64::from(u8::from(grade == truth)))
                .collect()
        })
        .collect();
    let guess = vec![vec![3.0, 1.0, 1.0, 1.0, 2.0]; 5];
    for (grading, expected, who) in [(perfect, 1.0, "never err"), (guess, 0.0, "guess")] {
        let model = RatingModel::new(&GRADES, &[1.0; 5], &grading, 3)?;
        let found = model.population_alpha(Metric::Ordinal);
        let what = format!("alpha of a study without end whose raters {who}");
        checks.number(what, found, expected, 1e-12);
    }
    Ok(())
}

fn alpha_intervals(checks: &mut Checks) -> anyhow::Result<()> {
    let four = ratings(&FOUR_OBSERVERS)?;
    checks.by("the tests of R's irrCAC; three decimals");
    for (weights, value, se) in [
        (Weights::Identity, 0.743, 0.146),
        (Weights::Linear, 0.800, 0.135),
        (Weights::Quadratic, 0.849, 0.129),
    ] {
        let found = alpha_analytic(&four, weights, 0.95);
        let what = format!("alpha by Gwet's form, {}", weights.name());
        checks.value(what.clone(), &found, value, 5.1e-4);
        checks.number(format!("{what}, standard error"), found.se(), se, 5.1e-4);
    }
    checks.by("a bootstrap of units in plain Python, 4,000 draws; as many are drawn here");
    let bootstrap = Bootstrap {
        n_resamples: 4000,
        ..Bootstrap::default()
    };
    let percentile = Bootstrap {
        kind: BootstrapKind::Percentile,
        ..bootstrap
    };
    for (metric, low) in [(Metric::Nominal, 0.41), (Metric::Ordinal, 0.44)] {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let found = alpha_bootstrapped(&four, metric, &percentile, &mut rng);
        let what = format!("alpha, {metric} metric, resampled");
        let (found_low, found_high) = found.interval().unzip();
        checks.number(format!("{what}, low end"), found_low, low, 0.03);
        checks.number(format!("{what}, high end"), found_high, 1.0, 1e-12);
    }
    checks.by("the tests of R's krippendorffsalpha 2.0; three decimals");
    let hughes = hughes_alpha(&four, Metric::Nominal, 0.95);
    checks.value(
        "alpha by Hughes' form, nominal metric",
        &hughes,
        0.756,
        5.1e-4,
    );
    checks.interval("alpha by Hughes' form", &hughes, [0.228, 0.951], 5.1e-4);
    checks.by("computed apart from this program by leaving out one unit at a time; five decimals");
    let three = Ratings::new(&GRADES, 3, &units(&THREE_RATERS))?;
    let found = alpha_with_interval(&three, Metric::Ordinal, 0.95);
    checks.value(
        "alpha, ordinal metric, with the usual interval",
        &found,
        0.895_09,
        5.1e-6,
    );
    checks.number(
        "alpha, ordinal metric, standard error",
        found.se(),
        0.083_34,
        5.1e-6,
    );
    checks.interval(
        "alpha, ordinal metric",
        &found,
        [0.426_56, 0.984_87],
        5.1e-6,
    );
    checks.by("plain Python from the definition of both alphas");
    let fewer = ["0 1 2 3 4 0 1 2", "0 1 2 3 3 0 2 2"];
    let more = ["0 1 2 3 4 0 1 2", "0 2 2 3 4 1 1 2"];
    let [one, other] = [fewer, more].map(|lines| Ratings::new(&GRADES, 2, &units(&lines)));
    let (one, other) = (one?, other?);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let found = alpha_difference(&one, &other, Metric::Ordinal, &bootstrap, &mut rng);
    let what = "alpha of one arm less that of the other, ordinal metric";
    checks.value(what, &found, 0.036_212_232_251_697_9, 1e-12);
    Ok(())
}

fn kappas(checks: &mut Checks) -> anyhow::Result<()> {
    checks.by("SAS/STAT, documentation of PROC FREQ, agreement of two raters; four decimals");
    let sas = table([[0, 4, 1], [0, 8, 0], [0, 1, 5]])?;
    for (weights, value, se, interval) in [
        (Weights::Identity, 0.4842, 0.1380, [0.2137, 0.7547]),
        (Weights::Linear, 0.4701, 0.1457, [0.1845, 0.7558]),
    ] {
        let found = cohen_kappa(&sas, weights, ASYMPTOTIC);
        let what = format!("Cohen's kappa, {}, 3 levels", weights.name());
        checks.value(what.clone(), &found, value, 5.1e-5);
        checks.number(format!("{what}, standard error"), found.se(), se, 5.1e-5);
        checks.interval(&what, &found, interval, 5.1e-5);
    }
    let what = "Cohen's kappa, quadratic weights, 3 levels";
    let found = cohen_kappa(&sas, Weights::Quadratic, ASYMPTOTIC);
    checks.value(what, &found, 0.4502, 5.1e-5);
    checks.by(
        "Landis and Koch 1977 in Agresti, Categorical data analysis (2002), table 10.8: 118 slides",
    );
    let slides = table([[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]])?;
    let found = cohen_kappa(&slides, Weights::Identity, ASYMPTOTIC);
    checks.value("Cohen's kappa, carcinoma", &found, 0.493, 5.1e-4);
    checks.number(
        "Cohen's kappa, carcinoma, standard error",
        found.se(),
        0.057,
        5.1e-4,
    );
    checks.by("R's irr, kappa2 on the data anxiety; a level that nobody gave moves weighted kappa");
    let anxiety = units(&ANXIETY[1..]);
    let all = Ratings::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, &anxiety)?;
    let used = Ratings::new(&[1.0, 2.0, 3.0, 4.0, 6.0], 2, &anxiety)?;
    for (levels, of, expected) in [
        ("6 levels", &all, 0.229_798_0),
        ("the 5 used", &used, 0.252_032_5),
    ] {
        let found = of.table(0, 1);
        let found = found.map(|table| cohen_kappa(&table, Weights::Quadratic, ASYMPTOTIC));
        let what = format!("Cohen's kappa, quadratic weights, {levels}");
        checks.number(
            what,
            found.and_then(|found| found.value()),
            expected,
            5.1e-8,
        );
    }
    checks.by("scikit-learn, mean of cohen_kappa_score over the three pairs of raters of anxiety");
    let light = light_kappa(&ratings(&ANXIETY)?, Weights::Identity);
    checks.value(
        "Light's kappa, 3 raters",
        &light,
        -0.017_478_874_869_776_58,
        1e-9,
    );
    Ok(())
}

fn chance(checks: &mut Checks) -> anyhow::Result<()> {
    let four = ratings(&FOUR_RATERS)?;
    checks.by("the tests of R's irrCAC on raw4raters; three decimals");
    for (weights, name, expected) in [
        (Weights::Identity, "AC1", 0.775),
        (Weights::Linear, "AC2, linear weights", 0.859),
        (Weights::Quadratic, "AC2, quadratic weights", 0.914),
    ] {
        let found = chance_corrected(&four, Coefficient::Gwet, weights, ASYMPTOTIC);
        checks.value(format!("Gwet's {name}, 4 raters"), &found, expected, 5.1e-4);
    }
    let found = chance_corrected(&four, Coefficient::Fleiss, Weights::Identity, ASYMPTOTIC);
    checks.value("Fleiss' kappa with gaps, 4 raters", &found, 0.761, 5.1e-4);
    let equal = percent_agreement(&four, 0, ASYMPTOTIC);
    checks.value(
        "equal ratings, share of pairs, 4 raters",
        &equal,
        0.818_181_8,
        5.1e-8,
    );
    checks.by("the published example of ten subjects by fourteen raters; six decimals");
    let counts: [[usize; 5]; 10] = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ];
    let unit = |counts: &[usize; 5]| -> Vec<Option<f64>> {
        let levels = counts.iter().enumerate();
        levels
            .flat_map(|(level, n)| std::iter::repeat_n(Some(level as f64), *n))
            .collect()
    };
    let subjects: Vec<Vec<Option<f64>>> = counts.iter().map(unit).collect();
    let ten = Ratings::new(&GRADES, 14, &subjects)?;
    checks.value(
        "Fleiss' kappa, 10 subjects",
        &fleiss_kappa(&ten),
        0.209_931,
        5.1e-7,
    );
    checks.by("statsmodels, fleiss_kappa(method='fleiss' and 'randolph'); six decimals");
    let cells = |counts: [usize; 2]| -> Vec<Option<f64>> {
        let ones = std::iter::repeat_n(Some(0.0), counts[0]);
        ones.chain(std::iter::repeat_n(Some(1.0), counts[1]))
            .collect()
    };
    let eight = Ratings::new(&[0.0, 1.0], 8, &[cells([7, 1]), cells([3, 5])])?;
    let fleiss = fleiss_kappa(&eight);
    checks.value("Fleiss' kappa, 8 raters", &fleiss, 0.161_905, 5.1e-7);
    let free = chance_corrected(
        &eight,
        Coefficient::BrennanPrediger,
        Weights::Identity,
        ASYMPTOTIC,
    );
    checks.value(
        "Brennan-Prediger's coefficient, 8 raters",
        &free,
        0.214_286,
        5.1e-7,
    );
    checks.by("by definition: for two complete raters it is Cohen's kappa, 0.4842 of SAS/STAT");
    let pairs = [
        ([0, 1], 4),
        ([0, 2], 1),
        ([1, 1], 8),
        ([2, 1], 1),
        ([2, 2], 5),
    ];
    let two: Vec<Vec<Option<f64>>> = pairs
        .iter()
        .flat_map(|(pair, n)| {
            let unit = pair.map(|level: u8| Some(f64::from(level))).to_vec();
            std::iter::repeat_n(unit, *n)
        })
        .collect();
    let two = Ratings::new(&[0.0, 1.0, 2.0], 2, &two)?;
    let conger = chance_corrected(&two, Coefficient::Conger, Weights::Identity, ASYMPTOTIC);
    checks.value("Conger's kappa of two raters", &conger, 0.4842, 5.1e-5);
    Ok(())
}

fn intraclass(checks: &mut Checks) -> anyhow::Result<()> {
    let judges = ratings(&FOUR_JUDGES)?;
    checks.by("Shrout and Fleiss 1979, as R's psych prints it; four decimals");
    let expected = [
        (0.1657, [-0.1329, 0.7226]),
        (0.2898, [0.0188, 0.7611]),
        (0.7148, [0.3425, 0.9459]),
        (0.4428, [-0.8844, 0.9124]),
        (0.6201, [0.0711, 0.9272]),
        (0.9093, [0.6757, 0.9859]),
    ];
    for (form, (value, interval)) in IccForm::ALL.into_iter().zip(expected) {
        let found = icc(&judges, form, ASYMPTOTIC);
        let what = format!("intraclass correlation {}, 4 judges of 6", form.name());
        checks.value(what.clone(), &found, value, 5.1e-5);
        checks.interval(&what, &found, interval, 5.1e-5);
    }
    checks.by("computed apart from this program by leaving out one unit at a time; five decimals");
    let found = icc(&judges, IccForm::Agreement, USUAL);
    let what = "intraclass correlation ICC(A,1), usual";
    checks.value(what, &found, 0.289_76, 5.1e-6);
    let se = format!("{what}, standard error");
    checks.number(se, found.se(), 0.123_84, 5.1e-6);
    checks.interval(what, &found, [-0.049_17, 0.568_86], 5.1e-6);
    checks.by("R's irr, kendall(anxiety, TRUE), and scipy.stats.chi2.sf on 19 degrees of freedom");
    let found = kendall_w(&ratings(&ANXIETY)?);
    checks.value(
        "Kendall's W with ties, 3 raters",
        &found,
        0.539_656_875_954_369_8,
        1e-9,
    );
    checks.p("Kendall's W", &found, 0.042_883_473_126_947_97, 1e-9);
    Ok(())
}
