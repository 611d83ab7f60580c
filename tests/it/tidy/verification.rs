//! What a verification of the program names: tests, files and commands that are there, and every statistic.

use super::{Finding, ROOT, assert_none, check_rule, finding, rust_in, source, text_of};
use clap::CommandFactory;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const HAZARDS: &str = "src/workflows/verify/hazards.json";
const REQUIREMENTS: &str = "src/workflows/verify/requirements.json";

/// Statistics that a verification does not compute, each with its reason.
const NOT_COMPUTED: &[(&str, &str)] = &[(
    "plan",
    "simulates thousands of studies; tests/it/stats/planning.rs holds it",
)];

/// Names in a list that nothing has. `has_test` is asked with file and name, `has` with what lies in the
/// tree, and `does` with the words of a command.
fn findings_in_list(
    file: &str,
    text: &str,
    list: &[Value],
    has_test: impl Fn(&str, &str) -> bool,
    has: impl Fn(&str) -> bool,
    does: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let line_of = |named: &str| {
        let quoted = format!("\"{named}\"");
        let at = text.lines().position(|line| line.contains(&quoted));
        at.map_or(1, |at| at + 1)
    };
    let mut findings = Vec::new();
    for one in list {
        let strings = |key: &str| -> Vec<&str> {
            let all = one[key].as_array().into_iter().flatten();
            all.filter_map(Value::as_str).collect()
        };
        let tests = strings("tests");
        let who = one["id"].as_str().or(one["needs"].as_str()).unwrap_or("?");
        if tests.is_empty() || strings("places").is_empty() {
            let rule = format!("{who} names neither test nor place");
            findings.push(finding(file, line_of(who), rule));
        }
        for test in tests {
            let (path, name) = test.split_once("::").unwrap_or((test, ""));
            if !has_test(path, name) {
                let rule = format!("there is no test {test}");
                findings.push(finding(file, line_of(test), rule));
            }
        }
        for place in strings("places") {
            if !has(place) {
                let rule = format!("there is no {place}");
                findings.push(finding(file, line_of(place), rule));
            }
        }
        for command in strings("commands") {
            if !does(command) {
                let rule = format!("there is no command {command}");
                findings.push(finding(file, line_of(command), rule));
            }
        }
    }
    findings
}

/// The functions that `stats` hands out and that no code of a verification names.
fn uncomputed(stats: &str, verifying: &[String]) -> Vec<String> {
    let code = source::code(stats);
    let paths = source::paths(&source::tokens(&code));
    let handed_out = paths.iter().filter(|path| path.is_reexport);
    let functions: BTreeSet<&str> = handed_out
        .filter_map(|path| path.imported_as)
        .filter(|name| name.starts_with(char::is_lowercase))
        .collect();
    let codes: Vec<String> = verifying.iter().map(|text| source::code(text)).collect();
    let named: BTreeSet<&str> = codes
        .iter()
        .flat_map(|code| {
            let tokens = source::tokens(code);
            // An import alone computes nothing.
            let calls: Vec<&str> = tokens
                .windows(2)
                .filter(|pair| matches!(pair[1].text, "(" | "::"))
                .map(|pair| pair[0].text)
                .collect();
            calls
        })
        .collect();
    let missing = functions.difference(&named);
    missing.map(|name| (*name).to_owned()).collect()
}

fn is_command(words: &str) -> bool {
    let mut at = cisterna::cli::Cli::command();
    let mut words = words.split(' ');
    words.next() == Some("cisterna")
        && words.all(|word| {
            let below = at.find_subcommand(word).cloned();
            below.map(|below| at = below).is_some()
        })
}

#[test]
fn what_a_verification_names_is_there() {
    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    let hazards = text_of(HAZARDS);
    let requirements = text_of(REQUIREMENTS);
    let listed: Vec<Value> = serde_json::from_str(&hazards).unwrap();
    let needed: Value = serde_json::from_str(&requirements).unwrap();
    let needed_list = needed["requirements"].as_array().unwrap();
    for one in listed.iter().chain(needed_list) {
        for test in one["tests"].as_array().unwrap() {
            let file = test.as_str().unwrap().split("::").next().unwrap();
            codes
                .entry(file.to_owned())
                .or_insert_with(|| source::code(&text_of(file)));
        }
    }
    let has_test = |file: &str, name: &str| source::has_test(&codes[file], name);
    let has = |place: &str| Path::new(ROOT).join(place).exists();
    let mut findings = findings_in_list(HAZARDS, &hazards, &listed, has_test, has, is_command);
    findings.extend(findings_in_list(
        REQUIREMENTS,
        &requirements,
        needed_list,
        has_test,
        has,
        is_command,
    ));
    assert_none(&findings);

    let ids: Vec<&str> = listed.iter().filter_map(|one| one["id"].as_str()).collect();
    let expected: Vec<String> = (1..=listed.len()).map(|n| format!("H{n:02}")).collect();
    assert_eq!(ids, expected, "hazards are numbered one after the other");
    let papers = needed["papers"].as_array().unwrap().iter();
    let papers: BTreeSet<&str> = papers.filter_map(|paper| paper["id"].as_str()).collect();
    let named = needed_list.iter();
    let named: BTreeSet<&str> = named.filter_map(|one| one["paper"].as_str()).collect();
    assert_eq!(papers, named, "each paper needs something");
}

#[test]
fn every_statistic_is_verified() {
    let verifying: Vec<String> = rust_in("src/workflows/verify/numbers/")
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let missing = uncomputed(&text_of("src/stats/mod.rs"), &verifying);
    let allowed: Vec<&str> = NOT_COMPUTED.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        missing, allowed,
        "a statistic has a check in src/workflows/verify/numbers, or a reason here"
    );
}

#[test]
fn lists_that_are_out_of_date_are_found() {
    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        let list: Vec<Value> = serde_json::from_str(text).unwrap();
        let found = findings_in_list(
            "x.json",
            text,
            &list,
            |file, name| (file, name) == ("tests/it/a.rs", "b"),
            |place| place == "src/a.rs",
            |command| command == "cisterna a",
        );
        check_rule(&found, expected);
    }
    let sound = "{\"id\": \"H01\", \"places\": [\"src/a.rs\"],\n\"tests\": [\"tests/it/a.rs::b\"]}";
    check(&format!("[{sound}]"), &[]);
    let gone = sound.replace("::b", "::c");
    check(&format!("[{gone}]"), &[(2, "no test tests/it/a.rs::c")]);
    let moved = sound.replace("src/a", "src/b");
    check(&format!("[{moved}]"), &[(1, "no src/b.rs")]);
    let untested = sound.replace("\"tests/it/a.rs::b\"", "");
    check(&format!("[{untested}]"), &[(1, "neither test nor place")]);
    let command = sound.replace("\"id\"", "\"commands\": [\"cisterna b\"], \"id\"");
    check(&format!("[{command}]"), &[(1, "no command cisterna b")]);
    assert!(is_command("cisterna train leak") && !is_command("cisterna train nothing"));
}

#[test]
fn statistics_without_a_check_are_found() {
    let stats = "mod a;\npub use a::{Alpha, alpha, beta, gamma};\nuse a::delta;";
    let verifying = ["use x::{alpha, gamma};\nfn f() { alpha(1); let _ = \"beta(\"; }".to_owned()];
    assert_eq!(uncomputed(stats, &verifying), ["beta", "gamma"]);
}
