//! No file of a room uses a file that uses it, be it by way of others.

use super::{Finding, assert_none, check_rule, finding, rust_in, source};
use std::collections::{BTreeMap, BTreeSet};

/// The rooms that are held to it.
const ROOMS: [&str; 1] = ["src/formats/"];

/// A file's module, from the crate's root on.
fn module(file: &str) -> Vec<&str> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    path.trim_end_matches("/mod").split('/').collect()
}

/// The files whose modules a file names, of those in the list.
fn used<'a>(file: &str, text: &str, files: &BTreeMap<Vec<&str>, &'a str>) -> BTreeSet<&'a str> {
    let own = module(file);
    // Who may see something is no use of it.
    let code = source::code(text).replace("(in crate::", "(in ");
    let paths = source::paths(&source::tokens(&code));
    let target = |path: source::Path<'_>| -> Option<&'a str> {
        let supers = path.segments.iter().filter(|s| **s == "super").count();
        let mut whole = match path.segments[0] {
            "crate" => Vec::new(),
            _ => own[..(own.len() + path.nesting)
                .saturating_sub(supers)
                .min(own.len())]
                .to_vec(),
        };
        let names = path.segments.iter();
        whole.extend(names.filter(|s| !["super", "self", "crate"].contains(s)));
        let mut prefixes = (1..=whole.len()).rev().map(|n| &whole[..n]);
        prefixes.find_map(|prefix| files.get(prefix).copied())
    };
    let targets = paths.into_iter().filter_map(target);
    targets.filter(|target| *target != file).collect()
}

/// One circle for each file that begins one.
fn findings_of_circles(files: &[(String, String)]) -> Vec<Finding> {
    let modules: BTreeMap<Vec<&str>, &str> = files
        .iter()
        .map(|(file, _)| (module(file), &**file))
        .collect();
    let uses: BTreeMap<&str, BTreeSet<&str>> = files
        .iter()
        .map(|(file, text)| (&**file, used(file, text, &modules)))
        .collect();
    let circle = |start: &str| -> Option<Finding> {
        // Breadth first, so that the way told is a shortest one.
        let mut came_from = BTreeMap::new();
        let mut next: Vec<&str> = vec![start];
        while let Some(file) = (!next.is_empty()).then(|| next.remove(0)) {
            for &used in &uses[file] {
                if used == start {
                    let mut way = vec![start, file];
                    while let Some(&before) = came_from.get(way[way.len() - 1]) {
                        way.push(before);
                    }
                    way.reverse();
                    return Some(finding(
                        start,
                        1,
                        format!("uses itself: {}", way.join(" > ")),
                    ));
                }
                if used != start && !came_from.contains_key(used) {
                    came_from.insert(used, file);
                    next.push(used);
                }
            }
        }
        None
    };
    uses.keys().filter_map(|file| circle(file)).collect()
}

#[test]
fn no_file_uses_itself_by_way_of_others() {
    for room in ROOMS {
        assert_none(&findings_of_circles(&rust_in(room)));
    }
}

#[test]
fn circles_are_found() {
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[(usize, &str)]) {
        let files: Vec<(String, String)> = files
            .iter()
            .map(|(name, text)| (format!("src/a/{name}.rs"), (*text).to_owned()))
            .collect();
        check_rule(&findings_of_circles(&files), expected);
    }
    let root = ("mod", "mod x;\npub use x::X;");
    check(&[root, ("x", "use super::y::Y;"), ("y", "")], &[]);
    check(
        &[root, ("x", "use super::y::Y;"), ("y", "use super::x::X;")],
        &[(1, "a/x.rs > src/a/y.rs"), (1, "a/y.rs > src/a/x.rs")],
    );
    check(
        &[root, ("x", "use super::X;")],
        &[(1, "mod.rs > src/a/x.rs"), (1, "x.rs > src/a/mod.rs")],
    );
    check(
        &[
            ("x", "use crate::a::{y::Y, z::W};"),
            ("y/mod", "mod w;\npub use w::W;"),
            ("y/w", "fn f() { crate::a::z::g() }"),
            ("z", "use super::x;"),
        ],
        &[
            (1, "x.rs > "),
            (1, "w.rs > "),
            (1, "mod.rs > "),
            (1, "z.rs > "),
        ],
    );
    check(
        &[root, ("x", "pub(in crate::a) fn f() {}\n// super::X")],
        &[],
    );
    check(&[root, ("x", "mod tests { use super::*; }")], &[]);
}
