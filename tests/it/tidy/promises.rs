//! What single rooms promise: `volume` never changes a volume, `stats` is closed.

use super::{Finding, assert_none, check_rule, finding, rust_in, source};

/// Anything that could change a `Volume` that exists.
fn findings_in_volume(file: &str, text: &str) -> Vec<Finding> {
    let code = source::code(text);
    let tokens = source::tokens(&code);
    let mut findings = Vec::new();
    for i in 0..tokens.len() {
        let Some(open) = (i..tokens.len()).find(|&k| matches!(tokens[k].text, "{" | ";")) else {
            break;
        };
        let head: Vec<&str> = tokens[i..open].iter().map(|t| t.text).collect();
        let body = || &tokens[open..source::closing_brace(&tokens, open)];
        if source::reads(&tokens, i, &["struct", "Volume"]) {
            let public = body().iter().filter(|t| t.text == "pub");
            findings.extend(public.map(|t| finding(file, t.line, "`Volume` has a public field")));
        } else if head.first() == Some(&"impl") && head.last() == Some(&"Volume") {
            let changing = body()
                .windows(3)
                .filter(|w| w[0].text != "(" && w[1].text == "mut" && w[2].text == "self");
            findings
                .extend(changing.map(|w| finding(file, w[1].line, "`Volume` takes `&mut self`")));
        }
    }
    findings
}

/// Ways to the world, or to chance, out of a room that must have neither.
fn findings_in_stats(file: &str, text: &str) -> Vec<Finding> {
    let code = source::code(text);
    let tokens = source::tokens(&code);
    let tests = source::test_lines(&tokens);
    let in_tests = |line: usize| tests.iter().any(|range| range.contains(&line));
    let mut findings = Vec::new();
    for path in source::paths(&tokens) {
        let outside = matches!(
            path.segments[..],
            ["std", "env" | "fs" | "io" | "net" | "process" | "time", ..]
        );
        let chance = matches!(
            path.segments[..],
            [
                "rand",
                "rng" | "random" | "random_bool" | "random_range",
                ..
            ] | ["rand", "rngs", "OsRng" | "SysRng" | "ThreadRng", ..]
                | [.., "from_os_rng" | "try_from_os_rng"]
        );
        if (outside || chance) && !in_tests(path.line) {
            findings.push(finding(
                file,
                path.line,
                format!("`stats` names {}", path.segments.join("::")),
            ));
        }
    }
    findings
}

#[test]
fn a_volume_offers_no_way_to_change_it() {
    let files = rust_in("src/volume/");
    assert!(
        files
            .iter()
            .any(|(_, text)| text.contains("struct Volume {")),
        "where is `Volume`?"
    );
    assert_none(
        &files
            .iter()
            .flat_map(|(f, text)| findings_in_volume(f, text))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn stats_opens_nothing_and_draws_nothing() {
    let files = rust_in("src/stats/");
    assert_none(
        &files
            .iter()
            .flat_map(|(f, text)| findings_in_stats(f, text))
            .collect::<Vec<_>>(),
    );
}

/// Ways to what the viewer keeps, out of windows in which a study is open.
fn findings_in_study_windows(file: &str, text: &str) -> Vec<Finding> {
    let code = source::code(text);
    let tokens = source::tokens(&code);
    let writes = |path: &source::Path<'_>| {
        path.segments.iter().any(|name| {
            matches!(
                *name,
                "viewer" | "write_own" | "state_folder" | "set_aside" | "Held"
            )
        })
    };
    source::paths(&tokens)
        .into_iter()
        .filter(writes)
        .map(|path| {
            finding(
                file,
                path.line,
                format!("a window of a study names {}", path.segments.join("::")),
            )
        })
        .collect()
}

#[test]
fn windows_of_a_study_keep_nothing_of_it() {
    let windows = ["src/app/reading/", "src/app/coordinator/"];
    let files: Vec<_> = windows.into_iter().flat_map(rust_in).collect();
    assert!(files.len() > 20, "where are the windows?");
    let findings = files
        .iter()
        .flat_map(|(file, text)| findings_in_study_windows(file, text));
    assert_none(&findings.collect::<Vec<_>>());
}

#[test]
fn what_a_window_of_a_study_keeps_is_found() {
    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_in_study_windows("r.rs", text), expected);
    }
    check("use super::settings::Settings;", &[]);
    check("use crate::app::viewer::App;", &[(1, "viewer")]);
    check(
        "use crate::platform::{data_folder,\n write_own};",
        &[(2, "write_own")],
    );
}

#[test]
fn a_volume_is_kept_from_changes() {
    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_in_volume("v.rs", text), expected);
    }
    check(
        "pub struct Volume { grid: Grid }\nimpl Volume { pub fn at(&self) {} }",
        &[],
    );
    check(
        "struct Volume {\n pub grid: Grid\n}",
        &[(2, "public field")],
    );
    check(
        "impl Volume {\n fn f(&self) {}\n fn g(&mut self) {}\n}",
        &[(3, "&mut self")],
    );
    check(
        "impl IndexMut<usize> for Volume { fn g<'a>(&'a mut self) {} }",
        &[(1, "&mut self")],
    );
    check(
        "impl Volume { fn g(mut self) -> Self {} }\nimpl Grid { fn f(&mut self) {} }",
        &[],
    );
}

#[test]
fn stats_is_closed() {
    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_in_stats("s.rs", text), expected);
    }
    check("use rand::Rng;\nfn f(rng: &mut impl Rng) {}", &[]);
    check("use std::{fmt, fs};", &[(1, "std::fs")]);
    check("let r = rand::rng();", &[(1, "rand::rng")]);
    check("ChaCha20Rng::from_os_rng()", &[(1, "from_os_rng")]);
    check("#[cfg(test)]\nmod tests {\n use std::fs;\n}", &[]);
}
