//! `cisterna stats` of tables as people have them, beside what other programs say of the same.

use super::{cisterna, json, path, text};
use crate::shared;
use serde_json::Value;

#[test]
fn stats_of_a_csv_are_those_of_the_oracle() {
    let Some(csv) = shared("data/agreement/krippendorff_wikipedia.csv") else {
        return;
    };
    let analysis = json(&["stats", path(&csv), "--json"]);
    // Krippendorff's own example, as three programs have it.
    for (metric, expected) in [
        ("nominal", 0.691_358),
        ("ordinal", 0.806_721),
        ("interval", 0.810_845),
        ("ratio", 0.808_944),
    ] {
        let value = analysis["alpha"][metric]["value"].as_f64().unwrap();
        assert!((value - expected).abs() < 1e-6, "{metric}: {value}");
    }
}

/// Van Dyke's data: five readers, two arms, 114 cases, as RJafroc and MRMCaov have them.
#[test]
fn areas_under_the_curve_are_those_of_the_oracle() {
    let Some(csv) = shared("data/agreement/MRMCaov_VanDyke.csv") else {
        return;
    };
    let oracle = shared("data/agreement/oracle_agreement.json").unwrap();
    let oracle: Value = serde_json::from_slice(&std::fs::read(oracle).unwrap()).unwrap();
    let oracle = &oracle["MRMCaov_VanDyke.csv"];
    let columns = [
        "--rater",
        "reader",
        "--unit",
        "case",
        "--by",
        "treatment",
        "--value",
        "rating",
    ];
    let more = ["--truth", "truth", "--json"];
    let found = json(&[&["stats", path(&csv)], &columns[..], &more].concat());
    let found = &found["detection"];
    for arm in 1..=2 {
        for reader in 1..=5 {
            let expected = &oracle["auc"][format!("treatment {arm} reader {reader}")];
            let value = &found["auroc"][arm.to_string()][reader.to_string()]["value"];
            let off = value.as_f64().unwrap() - expected.as_f64().unwrap();
            assert!(off.abs() < 1e-12, "arm {arm}, reader {reader}: {value}");
        }
    }
    let published =
        &oracle["published"]["RJafroc tests, dataset02 Wilcoxon, OR (jackknife)"]["RRRC"];
    let difference = &found["differences"]["1 - 2"]["readers_and_cases"];
    for (name, expected) in [("value", "diff"), ("se", "se"), ("p", "p")] {
        let off = difference[name].as_f64().unwrap() - published[expected].as_f64().unwrap();
        assert!(off.abs() < 1e-9, "{name}: {}", difference[name]);
    }
    let wrong = [&["stats", path(&csv)], &columns[..], &["--truth", "rating"]].concat();
    let said = text(&cisterna(&wrong).stderr);
    assert!(said.contains("is neither 0 nor 1"), "{said}");
}

/// The numbers of R, irrCAC and pingouin under the names that scripts ask for.
#[test]
fn every_statistic_has_a_name_of_its_own() {
    let Some(csv) = shared("data/agreement/irr_anxiety.csv") else {
        return;
    };
    let found = json(&[
        "stats",
        path(&csv),
        "--wide",
        "--interval",
        "asymptotic",
        "--bootstrap",
        "1000",
        "--json",
    ]);
    for (name, expected) in [
        ("/alpha/ordinal/value", 0.228_386_945_292_322_06),
        ("/percent_agreement/value", 0.183_333_333_333_333_3),
        (
            "/cohen/rater1|rater2/unweighted/value",
            0.119_496_855_345_911_92,
        ),
        (
            "/cohen/rater1|rater2/unweighted/se",
            0.119_271_297_163_145_91,
        ),
        (
            "/cohen/rater1|rater2/unweighted/p",
            0.244_520_383_076_167_75,
        ),
        ("/light/unweighted/value", -0.017_478_874_869_776_61),
        ("/fleiss/value", -0.041_076_487_252_124_62),
        ("/gwet/ac1/se", 0.046_682_062_6),
        ("/gwet/ac2_quadratic/value", 0.535_292_238_9),
        ("/conger/linear/value", 0.083_155_650_3),
        ("/brennan_prediger/unweighted/value", 0.02),
        ("/icc/A,1/value", 0.197_998_259_355_961_71),
        ("/icc/A,1/low", -0.038_910_626_093_160_13),
        ("/icc/C,k/high", 0.766_330_800_234_059_4),
        ("/kendall_w/value", 0.539_656_875_954_369_8),
    ] {
        let value = found.pointer(name).and_then(Value::as_f64).expect(name);
        assert!((value - expected).abs() < 1e-9, "{name}: {value}");
    }
    let low = found["alpha"]["ordinal"]["low"].as_f64().unwrap();
    assert!(low < 0.228 && low > -0.5, "{low}");
    for (name, expected) in [
        // krippendorffsalpha 2.0 and irrCAC, or worked out by hand from their formulas.
        ("/alpha_hughes/nominal/n", 20.0),
        ("/alpha_analytic/unweighted/n", 20.0),
    ] {
        assert_eq!(
            found.pointer(name).and_then(Value::as_f64),
            Some(expected),
            "{name}"
        );
    }
    let usual = json(&["stats", path(&csv), "--json"]);
    assert!(usual["alpha"]["ordinal"]["low"].is_f64() && usual["seed"].is_null());
    // The recommended interval of kappa as it was computed elsewhere.
    let kappa = &usual["cohen"]["rater2|rater3"]["quadratic"];
    for (end, expected) in [("low", -0.37558), ("high", 0.69772)] {
        let off = kappa[end].as_f64().unwrap() - expected;
        assert!(off.abs() < 5.1e-6, "{end}: {kappa}");
    }
    let assumed = usual["assumed"].as_array().unwrap();
    assert!(assumed.iter().any(|words| {
        words
            .as_str()
            .unwrap()
            .contains("one column for each rater")
    }));
}

#[test]
fn columns_of_a_long_csv_may_have_any_names() {
    let Some(csv) = shared("data/agreement/MRMCaov_VanDyke.csv") else {
        return;
    };
    let named = |by: &[&str]| {
        let columns = ["--unit", "case", "--rater", "reader", "--value", "rating"];
        let args = [&["stats", path(&csv), "--json"], &columns[..], by].concat();
        cisterna(&args)
    };
    let found = named(&["--by", "treatment"]);
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    let arms = found["arms"].as_array().unwrap();
    assert_eq!(arms.len(), 2);
    for arm in arms {
        let counts = (&arm["n_images"], &arm["n_grades"]);
        assert_eq!(counts, (&Value::from(114), &Value::from(570)));
    }
    // Each case was read twice, once by treatment.
    let twice = text(&named(&[]).stderr);
    assert!(twice.contains("line 3, case"), "{twice}");
    let wrong = text(&named(&["--by", "arm"]).stderr);
    assert!(wrong.contains("column \"arm\" is missing"), "{wrong}");
}
