//! Rules of the house for every file: length, finished work, and words that may not go out.

use super::{Finding, ROOT, assert_none, check_rule, files, finding, rust_in, source, text_of};
use std::{fs, path::Path};

/// Files that may be longer than [`LONGEST_FILE`], each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];
const LONGEST_FILE: usize = 700;

/// Where somebody's machine would show in a path, without the slashes around it.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "tmp", "work", "Users"];

/// True when a text says what the program is for, however its lines are broken.
fn says_what_it_is_for(text: &str) -> bool {
    let flat = text
        .to_lowercase()
        .replace('\\', " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    ["research use only", "not a medical device"]
        .iter()
        .all(|phrase| flat.contains(phrase))
}

/// Paths that are good on one machine only.
fn findings_of_machine_paths(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for folder in MACHINE_FOLDERS {
            let path = format!("/{folder}/");
            let is_root = |before: &str| {
                !before.ends_with(|c: char| c.is_alphanumeric() || "._-~}/*>".contains(c))
            };
            if line
                .match_indices(&path)
                .any(|(at, _)| is_root(&line[..at]) || line[..at].ends_with("file://"))
            {
                findings.push(finding(
                    file,
                    number,
                    format!("{path} is a path of one machine"),
                ));
            }
        }
    }
    findings
}

#[test]
fn what_is_handed_out_says_what_it_is_for() {
    let is_card = |f: &String| f.starts_with("assets/models/") && f.ends_with(".md");
    // The script writes the foot of each page of the manual.
    let always = ["README.md", "docs/src/index.md", "docs/theme/purpose.js"];
    let mut handed_out = always.map(str::to_owned).to_vec();
    handed_out.extend(files().into_iter().filter(is_card));
    let silent = handed_out
        .into_iter()
        .filter(|file| !says_what_it_is_for(&text_of(file)));
    let rule = "must say \"research use only\" and \"not a medical device\"";
    let mut findings: Vec<_> = silent.map(|file| finding(&file, 1, rule)).collect();
    let report = rust_in("src/report/");
    if !report
        .iter()
        .flat_map(|(_, text)| source::literals(text))
        .any(|(_, s)| says_what_it_is_for(&s))
    {
        findings.push(finding("src/report/mod.rs", 1, format!("a report {rule}")));
    }
    assert_none(&findings);
}

#[test]
fn no_path_of_one_machine() {
    let texts = files()
        .into_iter()
        .filter_map(|f| Some((fs::read_to_string(Path::new(ROOT).join(&f)).ok()?, f)));
    assert_none(
        &texts
            .flat_map(|(text, f)| findings_of_machine_paths(&f, &text))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn files_are_short_and_finished() {
    let mut findings = Vec::new();
    for (file, text) in rust_in("src/") {
        let (lines, listed) = (
            text.lines().count(),
            LONG_FILES.iter().any(|(long, _)| *long == file),
        );
        if (lines > LONGEST_FILE) != listed {
            let rule = format!(
                "{lines} lines: over {LONGEST_FILE} a file is listed in `LONG_FILES`, else not"
            );
            findings.push(finding(&file, lines, rule));
        }
        let code = source::code(&text);
        let tokens = source::tokens(&code);
        for pair in tokens.windows(2).filter(|pair| pair[1].text == "!") {
            if matches!(pair[0].text, "dbg" | "todo" | "unimplemented") {
                findings.push(finding(
                    &file,
                    pair[0].line,
                    format!("`{}!` is unfinished work", pair[0].text),
                ));
            }
        }
    }
    assert_none(&findings);
}

#[test]
fn purpose_is_recognised() {
    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(says_what_it_is_for(text), expected, "{text}");
    }
    check("For research\nuse only. It is NOT a medical device.", true);
    check("For research use only.", false);
}

#[test]
fn machine_paths_are_found() {
    #[track_caller]
    fn check(before: &str, after: &str, found: bool) {
        let expected: &[_] = if found { &[(1, "one machine")] } else { &[] };
        // In two pieces, so that this file has none itself.
        check_rule(
            &findings_of_machine_paths("x.md", &format!("{before}/{after}")),
            expected,
        );
    }
    check("see ", "tmp/x", true);
    check("(", "home/somebody/scan.nii", true);
    check("file://", "Users/somebody", true);
    check("https://example.org", "home/x", false);
    check("${OUT}", "tmp/x", false);
    check("a ", "temporary/x", false);
}
