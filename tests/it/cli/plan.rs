//! Planning a study from the command line.

use super::{cisterna, json, path, text};

fn plan(more: &[&str]) -> Vec<String> {
    let usual = ["stats", "plan", "--studies", "200", "--most", "300"];
    [&usual[..], more]
        .concat()
        .iter()
        .map(|&arg| arg.to_owned())
        .collect()
}

#[test]
fn a_plan_says_how_many_cases_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let figure = folder.path().join("plan.svg");
    let args = plan(&[
        "--statistic",
        "alpha",
        "--half-width",
        "0.1",
        "--figure",
        path(&figure),
        "--json",
    ]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let found = json(&args);
    let least = found["least"].as_u64().unwrap();
    assert!((10..300).contains(&least), "{found}");
    assert_eq!(found["points"][0]["n_cases"], 5);
    assert!(found["points"][0]["smoothed"].as_f64().unwrap() < 0.5);
    assert!(found["confirmed"].as_f64().unwrap() > 0.7);
    assert!(found["assumed"][0].as_str().unwrap().contains("3 raters"));
    let drawn = std::fs::read_to_string(&figure).unwrap();
    assert!(drawn.contains("Share of studies that reach the aim") && drawn.contains("Wanted"));
    assert_eq!(found, json(&args), "the same seed");
    let told = text(&cisterna(&plan(&["--half-width", "0.001"])).stdout);
    assert!(told.starts_with("Assumed: 3 raters"), "{told}");
    assert!(
        told.contains("Readings with the grade of the real image"),
        "{told}"
    );
    assert!(told.contains("300 cases are not enough"), "{told}");
}

/// The power for the bound of a protocol; one that no study can show is refused.
#[test]
fn a_plan_is_for_the_bound_of_a_protocol() {
    let args = plan(&["--bound", "0.6", "--accuracy", "0.95", "--json"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let found = json(&args);
    let same = found["population"].as_f64().unwrap();
    assert!((0.8..0.95).contains(&same), "{same}");
    assert!(found["least"].as_u64().unwrap() < 60, "{found}");
    let beyond = cisterna(&plan(&["--bound", "0.95"]));
    assert_eq!(beyond.status.code(), Some(1));
    assert!(text(&beyond.stderr).contains("no number of cases shows it"));
}

/// Raters who guess have no agreement; a table that is none is refused by its line.
#[test]
fn raters_may_be_given_as_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("grading.csv");
    std::fs::write(&table, "1,1,1\n2,2,2\n1,1,1\n").unwrap();
    let run = |table: &str| {
        let more = [
            "--levels",
            "0,1,2",
            "--statistic",
            "alpha",
            "--half-width",
            "0.9",
        ];
        let more = [&more[..], &["--most", "20", "--grading", table, "--json"]].concat();
        let usual = ["stats", "plan", "--studies", "200"];
        cisterna(&[&usual[..], &more].concat())
    };
    let found: serde_json::Value = serde_json::from_slice(&run(path(&table)).stdout).unwrap();
    assert!(
        found["population"].as_f64().unwrap().abs() < 1e-12,
        "{found}"
    );
    std::fs::write(&table, "1,1,1\n0,0,0\n1,1,1\n").unwrap();
    let said = text(&run(path(&table)).stderr);
    assert!(said.contains("line 2 holds no counts or shares"), "{said}");
    std::fs::write(&table, "1,1\n1,1\n").unwrap();
    assert_eq!(run(path(&table)).status.code(), Some(1));
}

/// What no study could mean.
#[test]
fn absurd_plans_are_bad_usage() {
    for more in [
        &["--half-width", "0"][..],
        &["--half-width", "1.5"],
        &["--half-width", "0.1", "--bound", "0.5"],
        &["--bound", "1"],
        &["--half-width", "0.1", "--assurance", "1"],
        &["--half-width", "0.1", "--confidence", "0.4"],
        &["--half-width", "0.1", "--confidence", "95"],
        &["--half-width", "0.1", "--accuracy", "1.2"],
        &["--half-width", "0.1", "--changed", "-0.1"],
        &["--half-width", "0.1", "--raters", "0"],
        &["--half-width", "0.1", "--studies", "5"],
        &[],
    ] {
        let usual = ["stats", "plan"];
        let args = [&usual[..], more].concat();
        assert_eq!(cisterna(&args).status.code(), Some(2), "{more:?}");
    }
}
