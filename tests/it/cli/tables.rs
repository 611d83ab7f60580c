//! Statistics of tables that people made, as a shell sees them.

use super::{cisterna, json, path, text};
use crate::shared;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The first line says what was taken for granted, and so does the JSON.
#[test]
fn what_was_assumed_comes_first() {
    let Some(table) = shared("data/reports/tables/gt.csv") else {
        return;
    };
    let told = text(&cisterna(&["stats", path(&table)]).stdout);
    let first = told.lines().next().unwrap();
    assert!(
        first.starts_with("Assumed: one row for each grade"),
        "{first}"
    );
    assert!(first.contains("arm \"GT\" is the real images"), "{first}");
    assert!(told.contains("real against predicted"), "{told}");
    let found = json(&["stats", path(&table), "--json"]);
    let assumed = found["assumed"].as_array().unwrap();
    assert!(
        assumed
            .iter()
            .any(|words| words.as_str().unwrap().contains("GT")),
        "{found}"
    );
    let same = &found["comparisons"][0]["same_grade"]["numbers"];
    assert!(same["same"]["value"].is_f64(), "{same}");
}

/// Gwet's AC1 of two grades is 0.269; on five it would be another number.
#[test]
fn binary_grades_have_two_levels() {
    let Some(table) = shared("data/reports/tables/binary.csv") else {
        return;
    };
    let found = json(&["stats", path(&table), "--json"]);
    let value = found["gwet"]["ac1"]["value"].as_f64().unwrap();
    assert_eq!(found["levels"], serde_json::json!([0.0, 1.0]));
    assert!((value - 0.268_846_951_882_225_07).abs() < 1e-12, "{value}");
    let five = json(&["stats", path(&table), "--levels", "0,1,2,3,4", "--json"]);
    let five = five["gwet"]["ac1"]["value"].as_f64().unwrap();
    assert!((five - 0.577_872_534_618_730_4).abs() < 1e-12, "{five}");
}

#[test]
fn a_question_is_asked_with_the_option_that_answers_it() {
    let Some(table) = shared("data/reports/tables/grade9.csv") else {
        return;
    };
    let asked = cisterna(&["stats", path(&table)]);
    assert_eq!(asked.status.code(), Some(1));
    assert!(asked.stdout.is_empty());
    assert!(
        text(&asked.stderr).contains("--missing=9"),
        "{}",
        text(&asked.stderr)
    );
    let answered = cisterna(&["stats", path(&table), "--missing=9"]);
    assert!(answered.status.success(), "{}", text(&answered.stderr));
}

#[test]
fn absurd_values_are_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    let table = write(folder.path(), "t.csv", "a,b\n0,1\n1,1\n0,0\n1,1\n");
    for more in [
        &["--bootstrap", "1"][..],
        &["--bootstrap", "0"],
        &["--bootstrap", "999999999"],
        &["--confidence", "1"],
        &["--confidence", "0"],
        &["--confidence", "95"],
        &["--method", "magic"],
        &["--interval", "exact"],
        &["--header", "--no-header"],
        &["--measured", "--levels", "0,1"],
    ] {
        let args = [&["stats", path(&table)], more].concat();
        assert_eq!(cisterna(&args).status.code(), Some(2), "{more:?}");
    }
    for more in [
        &["--bootstrap", "1"][..],
        &["--confidence", "2"],
        &["--positive-from", "-1"],
    ] {
        let args = [&["report", path(&table), "-o", "out"], more].concat();
        assert_eq!(cisterna(&args).status.code(), Some(2), "{more:?}");
    }
}

/// 950 pairs of measurements took five minutes.
#[test]
fn many_measurements_take_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("a,b\n");
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / 1e4
    };
    for _ in 0..950 {
        let (x, e) = (next(), next());
        csv += &format!("{x:.4},{:.4}\n", x + e / 5.0);
    }
    let table = write(folder.path(), "t.csv", &csv);
    let start = Instant::now();
    let found = json(&["stats", path(&table), "--json"]);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert_eq!(found["measured"], true);
    let alpha = found["alpha"]["interval"]["value"].as_f64().unwrap();
    let icc = found["icc"]["A,1"]["value"].as_f64().unwrap();
    assert!(alpha > 0.8 && (alpha - icc).abs() < 0.01, "{alpha}, {icc}");
    crate::no_key_twice(&text(&cisterna(&["stats", path(&table), "--json"]).stdout));
}

#[test]
fn no_key_comes_twice_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let wide = write(folder.path(), "w.csv", "a,b\n0,1\n1,1\n0,0\n2,1\n2,2\n");
    let long = "rater,patient,arm,grade\na,1,real,0\na,1,p,3\nb,1,real,4\nb,1,p,4\na,2,real,1\n";
    let long = write(folder.path(), "l.csv", long);
    for table in [&wide, &long] {
        crate::no_key_twice(&text(&cisterna(&["stats", path(table), "--json"]).stdout));
        crate::no_key_twice(&text(
            &cisterna(&["stats", "compare", path(table), "--json"]).stdout,
        ));
    }
}

/// Each statistic alone, with its error, its test and its method.
#[test]
fn one_method_at_a_time() {
    let Some(csv) = shared("data/agreement/krippendorff_wikipedia.csv") else {
        return;
    };
    for (method, words) in [
        ("hughes", "alpha in Hughes' form, nominal"),
        ("alpha-linearised", "alpha, linearised, quadratic weights"),
        ("icc", "ICC(C,k)"),
        ("brennan-prediger", "Brennan-Prediger, linear weights"),
        ("kappa", "Cohen's kappa, unweighted, A and B"),
    ] {
        let output = cisterna(&["stats", path(&csv), "--method", method]);
        let told = text(&output.stdout);
        assert!(
            told.starts_with("Assumed: ") && told.contains(words),
            "{method}: {told}"
        );
        assert!(told.contains("Not a medical device"), "{told}");
    }
    let wide = |confidence: &str| {
        let found = json(&["stats", path(&csv), "--confidence", confidence, "--json"]);
        let alpha = &found["alpha"]["ordinal"];
        alpha["high"].as_f64().unwrap() - alpha["low"].as_f64().unwrap()
    };
    assert!(wide("0.99") > wide("0.95") && wide("0.95") > wide("0.8"));
}

/// Stuart-Maxwell, Bhapkar and Bowker of a published table (oracle I), as grades of two raters.
#[test]
fn two_raters_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let counts = [[20, 10, 5], [3, 30, 15], [0, 5, 40]];
    let mut csv = String::from("first,second\n");
    for (i, row) in counts.iter().enumerate() {
        for (j, n) in row.iter().enumerate() {
            csv += &format!("{i},{j}\n").repeat(*n);
        }
    }
    let table = write(folder.path(), "t.csv", &csv);
    let found = json(&["stats", "compare", path(&table), "--json"]);
    let tests = &found["pairs"][0]["tests"];
    let check = |name: &str, value: f64| {
        let found = tests[name]["test"]["value"].as_f64().unwrap();
        assert!((found - value).abs() < 1e-6, "{name}: {found}");
    };
    check("stuart_maxwell", 13.764_706);
    check("bowker", 13.769_231);
    check("bhapkar", 13.764_706 / (1.0 - 13.764_706 / 128.0));
    let told = text(&cisterna(&["stats", "compare", path(&table)]).stdout);
    for words in [
        "limit of agreement",
        "mean absolute error",
        "signed-rank",
        "Kolmogorov",
        "Pearson",
    ] {
        assert!(
            told.to_lowercase().contains(&words.to_lowercase()),
            "{words}: {told}"
        );
    }
    let none = cisterna(&[
        "stats",
        "compare",
        path(&table),
        "--first",
        "x",
        "--second",
        "y",
    ]);
    assert!(text(&none.stderr).contains("neither two raters (first, second)"));
}

/// `scipy.stats` 1.11 of the same numbers: pearsonr, wilcoxon (normal, corrected), mannwhitneyu,
/// ks_2samp; Bland and Altman's bias.
#[test]
fn measurements_are_compared() {
    let Some(csv) = shared("data/agreement/pingouin_blandaltman.csv") else {
        return;
    };
    let found = json(&["stats", "compare", path(&csv), "--measured", "--json"]);
    let pair = &found["pairs"][0];
    assert!(pair["transitions"].is_null());
    let expected: Vec<(&str, f64)> = vec![
        ("/n_pairs", 30.0),
        ("/pearson/value", 0.9958011035330054),
        ("/pearson/p", 1.2639308708523124e-30),
        ("/spearman/value", 0.995438875889402),
        ("/tests/rank_sum/test/p", 0.7844510068614416),
        ("/tests/kolmogorov_smirnov/test/value", 0.06666666666666667),
        ("/mean_absolute_error/value", 35.766666666666666),
        ("/bland_altman/bias/value", -27.166666666666668),
        ("/bland_altman/lower/value", -95.38632493840417),
        ("/tests/signed_rank/test/p", 0.0005921490574863454),
    ];
    for (name, expected) in expected {
        let value = pair.pointer(name).and_then(Value::as_f64).expect(name);
        assert!((value - expected).abs() < 1e-9, "{name}: {value}");
    }
}

/// Sixty subjects drawn in numpy.
const MEASURED: &str = "\
x,y,z,w,grade\n\
-0.6518,0.2866,1.2293,0.279,0\n\
-0.1747,0.4238,-0.2239,0.1236,0\n\
1.6637,1.8456,0.7068,1.5335,3\n\
0.6591,0.534,2.2957,0.2897,1\n\
-1.6414,-1.0005,1.28,-2.8471,0\n\
-0.0052,0.2501,0.1021,1.3709,1\n\
-0.6235,-1.1707,0.313,0.2449,1\n\
0.1486,1.0605,1.0406,0.4322,2\n\
-1.6082,-1.5852,0.8705,-1.0905,0\n\
0.2418,-0.8631,-0.0213,-0.2502,1\n\
0.2354,1.7864,0.2159,-0.1343,1\n\
1.5756,0.8362,1.7324,0.6632,2\n\
0.3166,-0.7533,0.3693,-0.5608,2\n\
0.5105,1.7881,0.8833,0.6117,0\n\
-1.4931,-1.1596,-0.0484,-1.3183,0\n\
2.2527,2.2013,-0.1203,0.5577,2\n\
-1.9156,-1.813,-1.5393,-0.0215,0\n\
1.1018,0.4621,-1.9365,1.299,3\n\
-0.3299,-1.5488,-0.3661,-0.3721,2\n\
-0.8806,-2.0555,0.8527,-1.0642,2\n\
-0.6563,-1.1749,-1.2608,-1.2898,1\n\
-0.672,-0.4656,0.8416,0.3414,0\n\
0.3802,0.8665,1.0517,1.722,0\n\
-0.1101,1.8749,-0.0934,-0.3541,3\n\
1.4826,0.0641,0.5862,0.9714,3\n\
-1.8296,-0.2905,-0.6573,-1.8778,2\n\
-0.0031,-0.4853,-0.7762,-0.5147,2\n\
-0.8921,-0.6573,-0.6109,-0.0209,2\n\
0.7759,-0.7194,0.2684,-1.4517,2\n\
-2.1181,-2.454,-0.2965,-2.4406,1\n\
-0.3437,-0.829,0.5752,-0.266,0\n\
0.2102,-0.8284,-0.5844,0.2872,2\n\
-1.4843,-0.8934,0.1494,-0.8271,1\n\
0.9852,0.0291,-0.306,1.0897,2\n\
0.1787,1.1078,-0.0805,-0.07,2\n\
1.0069,0.7265,0.7353,1.7667,2\n\
0.9592,0.7077,0.3633,0.4502,1\n\
-0.9799,0.322,-0.5062,0.3493,0\n\
-0.7978,-0.0642,-0.0766,0.4599,0\n\
-0.2033,-0.1519,-0.5789,0.1809,0\n\
0.748,0.3762,-0.2882,1.6647,3\n\
0.851,0.4138,0.1567,1.9721,2\n\
-0.7097,0.4356,0.5813,0.6547,1\n\
-0.6072,0.2622,-0.3344,-0.0015,3\n\
-0.7978,-0.186,1.3949,-1.0339,1\n\
-0.5842,0.2885,-0.0409,-0.4592,2\n\
-0.2379,-0.5784,-2.7721,-0.2818,2\n\
-0.1318,0.3297,-0.4483,0.0838,2\n\
2.0581,0.105,2.3218,0.0176,3\n\
-0.5064,0.774,-0.1969,0.391,1\n\
-0.2887,-0.1012,-0.5095,0.3458,2\n\
0.4586,0.4219,-0.6029,-0.8696,3\n\
-0.9531,-0.0923,0.8102,-0.8665,0\n\
-0.3686,-0.2289,0.7551,0.7831,0\n\
0.0133,-0.1953,0.6102,0.573,1\n\
0.7741,1.4163,0.695,0.2795,3\n\
-1.316,-0.697,0.7704,0.6878,0\n\
1.3715,0.0902,1.2877,-0.496,1\n\
-0.3525,0.1402,-1.2478,-0.1313,3\n\
0.1694,-1.2624,0.7594,-2.0916,1\n\n";

/// Correlations by scipy, Williams' and Steiger's tests by their formulas in numpy, the regression
/// by statsmodels' `OrderedModel`.
#[test]
fn columns_are_correlated_and_regressed() {
    let folder = tempfile::tempdir().unwrap();
    let table = write(folder.path(), "t.csv", MEASURED);
    let found = json(&[
        "stats",
        "correlate",
        path(&table),
        "--pair",
        "x,y",
        "--pair",
        "x,z",
        "--pair",
        "y,w",
        "--json",
    ]);
    for (name, expected) in [
        ("/correlations/0/pearson/value", 0.610440478603803),
        ("/correlations/0/pearson/p", 2.2350791566043111e-07),
        ("/correlations/1/spearman/value", 0.16888259077193538),
        ("/comparisons/0/tests/williams/value", 2.722681315216992),
        ("/comparisons/0/tests/williams/p", 0.00857718092699656),
        (
            "/comparisons/2/tests/steiger_separate/value",
            -2.0725681152614888,
        ),
    ] {
        let value = found.pointer(name).and_then(Value::as_f64).expect(name);
        assert!((value - expected).abs() < 1e-8, "{name}: {value}");
    }
    let fit = json(&[
        "stats",
        "regress",
        path(&table),
        "--outcome",
        "grade",
        "--on",
        "x,z",
        "--json",
    ]);
    for (name, expected) in [
        ("/fit/coefficients/0/value", 1.3790804403364305),
        ("/fit/coefficients/1/value", -0.8643136774410141),
        ("/fit/coefficients/0/se", 0.3144496227386137),
        ("/fit/log_likelihood", -68.17333055969534),
    ] {
        let value = fit.pointer(name).and_then(Value::as_f64).expect(name);
        assert!((value - expected).abs() < 1e-4, "{name}: {value}");
    }
    let told = text(
        &cisterna(&[
            "stats",
            "regress",
            path(&table),
            "--outcome",
            "grade",
            "--on",
            "x",
        ])
        .stdout,
    );
    assert!(
        told.starts_with("Assumed: ") && told.contains("odds ratio"),
        "{told}"
    );
    let bad = cisterna(&["stats", "correlate", path(&table), "--pair", "x"]);
    assert_eq!(bad.status.code(), Some(2));
}

/// `statsmodels.stats.multitest.multipletests`.
#[test]
fn p_values_are_adjusted() {
    let told = text(&cisterna(&["stats", "adjust", "0.01", "0.04", "0.03"]).stdout);
    assert_eq!(
        told,
        "p,holm,bonferroni\n0.01,0.03,0.03\n0.04,0.06,0.12\n0.03,0.06,0.09\n"
    );
    assert_eq!(cisterna(&["stats", "adjust", "1.2"]).status.code(), Some(2));
}
