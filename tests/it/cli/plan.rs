//! Planning a study from the command line.

use super::{cisterna, json, path, text};

#[test]
fn a_plan_says_how_many_cases_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let figure = folder.path().join("plan.svg");
    let plan = |more: &[&str]| {
        let usual = ["stats", "plan", "--studies", "60", "--cases", "20,80,320"];
        [&usual[..], more]
            .concat()
            .iter()
            .map(|&arg| arg.to_owned())
            .collect::<Vec<_>>()
    };
    let args = plan(&["--half-width", "0.05", "--figure", path(&figure), "--json"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let found = json(&args);
    let half = |at: usize| found["points"][at]["half_width"]["value"].as_f64().unwrap();
    // Four times the cases halve the interval, nearly.
    for at in [0, 1] {
        let ratio = half(at) / half(at + 1);
        assert!((1.6..2.7).contains(&ratio), "{ratio}");
    }
    let least = found["least"]["n_cases"].as_u64().unwrap();
    assert!(least > 20 && least < 320, "{least}");
    assert!(half(0) > 0.05 && half(2) < 0.05);
    // Raters who are right in four of five cases agree well on an ordinal scale.
    let alpha = found["population_alpha"].as_f64().unwrap();
    assert!((0.8..0.95).contains(&alpha), "{alpha}");
    let drawn = std::fs::read_to_string(&figure).unwrap();
    assert!(drawn.contains("Half-width of the 95 % interval") && drawn.contains("Wanted"));
    let again = json(&args);
    assert_eq!(found, again, "the same seed");
    let told = text(&cisterna(&plan(&["--half-width", "0.001"])).stdout);
    assert!(told.contains("320 cases do not reach 0.001"), "{told}");
}

/// Raters who guess have no agreement; a table that is none is refused by its line.
#[test]
fn raters_may_be_given_as_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("grading.csv");
    std::fs::write(&table, "1,1,1\n2,2,2\n1,1,1\n").unwrap();
    let args = |table: &str| {
        let usual = [
            "stats",
            "plan",
            "--levels",
            "0,1,2",
            "--cases",
            "30",
            "--studies",
            "20",
        ];
        [&usual[..], &["--grading", table, "--json"]]
            .concat()
            .join("\u{1}")
    };
    let run = |table: &str| cisterna(&args(table).split('\u{1}').collect::<Vec<_>>());
    let found: serde_json::Value = serde_json::from_slice(&run(path(&table)).stdout).unwrap();
    assert!(
        found["population_alpha"].as_f64().unwrap().abs() < 1e-12,
        "{found}"
    );
    std::fs::write(&table, "1,1,1\n0,0,0\n1,1,1\n").unwrap();
    let said = text(&run(path(&table)).stderr);
    assert!(said.contains("line 2 holds no counts or shares"), "{said}");
    std::fs::write(&table, "1,1\n1,1\n").unwrap();
    assert_eq!(run(path(&table)).status.code(), Some(1));
}
