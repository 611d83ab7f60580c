//! Holds the tree to `ARCHITECTURE.md`: what the rooms may use, what the invariants promise, and
//! the rules of the house that a compiler does not know.
//!
//! A rule is a function from text to findings, so that it can be tried on a few lines; one test
//! below each rule runs it over the tree. To allow an exception, name it here with its reason.

mod circles;
mod dependencies;
mod document;
mod house;
mod promises;
mod rooms;
mod source;
mod sql;
mod tasks;
mod verification;

use std::{fmt, fs, path::Path, process::Command};

/// One place that breaks a rule.
#[derive(Debug)]
struct Finding {
    file: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}

fn finding(file: &str, line: usize, rule: impl Into<String>) -> Finding {
    Finding {
        file: file.to_owned(),
        line,
        rule: rule.into(),
    }
}

#[track_caller]
fn assert_none(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(
        lines.is_empty(),
        "{} findings:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

/// Tries a rule on a few lines: `expected` are the lines it finds, each with a word of the rule.
#[track_caller]
fn check_rule(findings: &[Finding], expected: &[(usize, &str)]) {
    let fits = findings.len() == expected.len()
        && findings
            .iter()
            .zip(expected)
            .all(|(f, (line, word))| f.line == *line && f.rule.contains(word));
    assert!(fits, "expected {expected:?}, found {findings:#?}");
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The text of a file, or nothing where there is none.
fn text_of(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap_or_default()
}

/// The files that belong to the project: what git keeps or would keep, or all where there is no git.
fn files() -> Vec<String> {
    let git = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(ROOT)
        .output();
    let listed = git
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    let mut files: Vec<String> = listed.split_terminator('\0').map(str::to_owned).collect();
    if files.is_empty() {
        walk(Path::new(ROOT), "", &mut files);
    }
    files.retain(|file| Path::new(ROOT).join(file).is_file());
    files.sort();
    files.dedup();
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let file = format!("{prefix}{name}");
        if entry.path().is_file() {
            files.push(file);
        } else if file != "target" && name != ".git" {
            walk(&entry.path(), &format!("{file}/"), files);
        }
    }
}

/// Path and text of every Rust file in a folder.
fn rust_in(folder: &str) -> Vec<(String, String)> {
    let wanted = |f: &String| f.starts_with(folder) && f.ends_with(".rs");
    let found: Vec<_> = files()
        .into_iter()
        .filter(wanted)
        .map(|f| (f.clone(), text_of(&f)))
        .collect();
    assert!(!found.is_empty(), "no Rust files in {folder}");
    found
}
