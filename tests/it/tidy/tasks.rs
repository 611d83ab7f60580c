//! Inside `models`: what is shared knows no task, and no task knows another. Between the doors: the
//! command line opens windows, and knows nothing of what is in them.

use super::{Finding, assert_none, check_rule, finding, rust_in, source};
use std::collections::BTreeSet;

/// Folders of `models` that all tasks share.
const SHARED: [&str; 5] = ["engine", "explain", "nets", "processor", "weights"];

/// The folder of `models` that a file lies in.
fn folder(file: &str) -> Option<&str> {
    let (folder, _) = file.strip_prefix("src/models/")?.split_once('/')?;
    Some(folder)
}

/// Names of tasks in a file that may not know them.
fn findings_of_tasks(file: &str, text: &str, tasks: &BTreeSet<String>) -> Vec<Finding> {
    let Some(own) = folder(file) else {
        return Vec::new();
    };
    let code = source::code(text);
    let paths = source::paths(&source::tokens(&code));
    let foreign = |segment: &&&str| tasks.contains(**segment) && **segment != own;
    paths
        .iter()
        .filter_map(|path| {
            let task = path.segments.iter().find(foreign)?;
            let rule = format!("`{own}` names the task `{task}`");
            Some(finding(file, path.line, rule))
        })
        .collect()
}

/// Paths of the command line into a window's modules.
fn findings_of_windows(file: &str, text: &str) -> Vec<Finding> {
    let code = source::code(text);
    let paths = source::paths(&source::tokens(&code));
    let inside = paths.iter().filter(|path| {
        matches!(
            path.segments[..],
            ["crate", "app", _, _, ..] | ["crate", "app"]
        )
    });
    inside
        .map(|path| finding(file, path.line, "reaches into the window's room"))
        .collect()
}

#[test]
fn networks_know_no_task_and_tasks_know_no_other() {
    let files = rust_in("src/models/");
    let folders = files.iter().filter_map(|(file, _)| folder(file));
    let tasks: BTreeSet<String> = folders
        .filter(|folder| !SHARED.contains(folder))
        .map(str::to_owned)
        .collect();
    assert!(tasks.contains("tracer"), "{tasks:?}");
    let find = |(file, text): &(String, String)| findings_of_tasks(file, text, &tasks);
    assert_none(&files.iter().flat_map(find).collect::<Vec<_>>());
}

#[test]
fn the_command_line_knows_nothing_inside_a_window() {
    let find = |(file, text): &(String, String)| findings_of_windows(file, text);
    let files = rust_in("src/cli/");
    assert_none(&files.iter().flat_map(find).collect::<Vec<_>>());
}

#[test]
fn rules_find_what_they_are_for() {
    #[track_caller]
    fn check(file: &str, text: &str, expected: &[(usize, &str)]) {
        let tasks = ["tracer", "leak"].map(str::to_owned).into();
        check_rule(&findings_of_tasks(file, text, &tasks), expected);
    }
    let text = "use super::tracer::Case;\nuse crate::models::nets::UNet;";
    check("src/models/nets/unet.rs", text, &[(1, "tracer")]);
    check("src/models/leak/data.rs", text, &[(1, "tracer")]);
    check("src/models/tracer/data.rs", text, &[]);
    check("src/models/card.rs", text, &[]);
    let text = "use crate::app::view;\nfn f() { crate::app::shell::keeper() }";
    check_rule(
        &findings_of_windows("src/cli/x.rs", text),
        &[(2, "reaches")],
    );
}
