//! `ARCHITECTURE.md` as data: its tables, its lists, and the tests that its invariants name.

use super::{Finding, assert_none, check_rule, finding, source, text_of};

pub(super) const DOCUMENT: &str = "ARCHITECTURE.md";

/// The lines below a heading, up to the next heading that is not below it, counted from 1.
pub(super) fn section<'a>(document: &'a str, heading: &str) -> Vec<(usize, &'a str)> {
    let level = |line: &str| line.chars().take_while(|&c| c == '#').count();
    let (own, mut inside, mut lines) = (level(heading), false, Vec::new());
    for (number, line) in (1..).zip(document.lines()) {
        if (1..=own).contains(&level(line)) {
            inside = line == heading;
        } else if inside {
            lines.push((number, line));
        }
    }
    assert!(!lines.is_empty(), "{DOCUMENT} has no section {heading}");
    lines
}

/// The rows of the tables in these lines, without heads and code marks.
pub(super) fn rows(lines: &[(usize, &str)]) -> Vec<(usize, Vec<String>)> {
    let is_row = |i: usize| lines.get(i).is_some_and(|(_, line)| line.starts_with('|'));
    let is_rule = |i: usize| is_row(i) && lines[i].1.trim_matches(['|', '-', ' ']).is_empty();
    let cells = |line: &str| {
        let inner = line.trim().trim_matches('|').to_owned();
        inner
            .split('|')
            .map(|cell| cell.trim().replace('`', ""))
            .collect()
    };
    (0..lines.len())
        .filter(|&i| is_row(i) && !is_rule(i) && !is_rule(i + 1))
        .map(|i| (lines[i].0, cells(lines[i].1)))
        .collect()
}

/// A row of the room table.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: String,
    pub(super) may_use: Vec<String>,
    pub(super) touches: Vec<String>,
}

pub(super) fn names(cell: &str) -> Vec<String> {
    let names = cell.split(',').map(|name| name.trim().to_owned());
    names
        .filter(|name| !name.is_empty() && name != "-")
        .collect()
}

/// The room table; panics where a room may use one that does not stand above it.
#[track_caller]
pub(super) fn rooms(document: &str) -> Vec<Room> {
    let mut rooms: Vec<Room> = Vec::new();
    for (line, cells) in rows(&section(document, "## The rooms")) {
        let [name, _, may_use, touches] = &cells[..] else {
            panic!("{DOCUMENT}:{line}: a room has four columns, not {cells:?}");
        };
        let above: Vec<String> = rooms.iter().map(|room| room.name.clone()).collect();
        let may_use = if may_use == "all above" {
            above.clone()
        } else {
            names(may_use)
        };
        for used in &may_use {
            assert!(
                above.contains(used),
                "{DOCUMENT}:{line}: {name} may use {used}, which is not above it"
            );
        }
        rooms.push(Room {
            name: name.clone(),
            may_use,
            touches: names(touches),
        });
    }
    rooms
}

pub(super) fn list_items(lines: &[(usize, &str)]) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    for &(number, line) in lines {
        if let Some(text) = line.strip_prefix("- ") {
            items.push((number, text.to_owned()));
        } else if let (Some(text), Some((_, item))) = (line.strip_prefix("  "), items.last_mut()) {
            *item = format!("{item} {}", text.trim());
        }
    }
    items
}

/// Invariants without a test, or with one that is not there. `tests_in` tells the code of a file.
pub(super) fn findings_in_invariants(
    items: &[(usize, String)],
    code_of: impl Fn(&str) -> String,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, item) in items {
        if !item.starts_with("**") || item.matches("**").count() != 2 {
            findings.push(finding(
                DOCUMENT,
                *line,
                "an invariant begins with one sentence in bold",
            ));
        }
        let tests: Vec<&str> = item
            .split("(test: ")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .collect();
        if tests.is_empty() {
            findings.push(finding(
                DOCUMENT,
                *line,
                "an invariant names its test: (test: file::function)",
            ));
        }
        for test in tests {
            let file = test.split("::").next().unwrap_or_default();
            let name = test.rsplit("::").next().unwrap_or_default();
            if !source::has_test(&code_of(file), name) {
                findings.push(finding(DOCUMENT, *line, format!("there is no test {test}")));
            }
        }
    }
    findings
}

#[test]
fn invariants_name_their_tests() {
    let document = text_of(DOCUMENT);
    let mut items = list_items(&section(&document, "## Truths and caches"));
    items.extend(list_items(&section(&document, "## Invariants")));
    assert!(
        items.len() >= 10,
        "{DOCUMENT} has only {} invariants",
        items.len()
    );
    assert_none(&findings_in_invariants(&items, |file| {
        source::code(&text_of(file))
    }));
}

#[test]
pub(super) fn the_table_is_understood() {
    let rooms = rooms(TABLE);
    assert_eq!(
        rooms.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    assert_eq!(rooms[2].may_use, ["a", "b"]);
    assert_eq!(rooms[2].touches, ["egui", "clap"]);
}

#[test]
pub(super) fn invariants_are_understood() {
    #[track_caller]
    fn check(list: &str, expected: &[(usize, &str)]) {
        let lines: Vec<(usize, &str)> = (1..).zip(list.lines()).collect();
        check_rule(
            &findings_in_invariants(&list_items(&lines), |_| "#[test] fn b() {}".to_owned()),
            expected,
        );
    }
    check("- **A holds.** Why.\n  (test: tests/it/a.rs::b)", &[]);
    check(
        "- **A holds.** (test: a.rs::b)\n- **C holds.** (test: a.rs::c)",
        &[(2, "no test a.rs::c")],
    );
    check("- **A holds.**", &[(1, "names its test")]);
    check("- A holds. (test: a.rs::b)", &[(1, "bold")]);
}

#[cfg(test)]
pub(super) const TABLE: &str = "## The rooms\n\
    | room | what | may use | touches |\n| --- | --- | --- | --- |\n\
    | `a` | x | - | - |\n| `b` | x | a | wgpu |\n| `c` | x | all above | egui, clap |\n## Next\n| d | x | - | - |\n";
