//! The rooms: where they are, whom they use, which crates they touch.

use super::{
    Finding, assert_none, check_rule,
    document::{DOCUMENT, Room, TABLE, rooms},
    finding, rust_in, source, text_of,
};
use std::collections::BTreeSet;

/// The name of the room that a file belongs to, and how deep below the crate root its module is.
fn place(file: &str) -> (&str, usize) {
    let parts: Vec<&str> = file
        .trim_start_matches("src/")
        .trim_end_matches(".rs")
        .split('/')
        .collect();
    match parts[..] {
        ["lib" | "main"] => ("", 0),
        [.., "mod"] => (parts[0], parts.len() - 1),
        _ => (parts[0], parts.len()),
    }
}

fn findings_in_declarations(lib: &str, rooms: &[Room]) -> Vec<Finding> {
    let code = source::code(lib);
    let declared = source::declared_modules(&source::tokens(&code));
    let line = declared.first().map_or(1, |(line, _)| *line);
    let found: Vec<&str> = declared.iter().map(|(_, name)| *name).collect();
    let table: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
    if found == table {
        return Vec::new();
    }
    let rule = format!("declares {found:?}, but the table of rooms has, in this order, {table:?}");
    vec![finding("src/lib.rs", line, rule)]
}

/// Paths from one room to another that the table does not allow.
fn findings_in_room_paths(file: &str, text: &str, rooms: &[Room]) -> Vec<Finding> {
    let (name, depth) = place(file);
    let Some(room) = rooms.iter().find(|room| room.name == name) else {
        let in_root = if name.is_empty() {
            Vec::new()
        } else {
            vec![finding(file, 1, "belongs to no room")]
        };
        return in_root;
    };
    let code = source::code(text);
    let mut findings = Vec::new();
    for path in source::paths(&source::tokens(&code)) {
        let segments: Vec<&str> = path
            .segments
            .iter()
            .skip_while(|s| **s == "self")
            .copied()
            .collect();
        let supers = segments.iter().take_while(|s| **s == "super").count();
        if supers >= depth + path.nesting {
            findings.push(finding(
                file,
                path.line,
                "leaves its room by `super`: say `crate::`",
            ));
        } else if segments[..] == ["crate"] {
            findings.push(finding(
                file,
                path.line,
                "gives the crate another name: say `crate::`",
            ));
        } else if let ["crate", used, ..] = segments[..]
            && used != name
            && !room.may_use.iter().any(|allowed| allowed == used)
        {
            let rule =
                format!("`{name}` uses `crate::{used}`, which the table of rooms does not allow");
            findings.push(finding(file, path.line, rule));
        }
    }
    findings
}

/// Crates named outside the room that the table gives them to.
fn findings_in_crates(file: &str, text: &str, rooms: &[Room]) -> Vec<Finding> {
    let (name, _) = place(file);
    // The binary hands over to the last room, the command line, and may parse its types.
    let last = rooms.last().map_or("", |room| room.name.as_str());
    let name = if file == "src/main.rs" { last } else { name };
    let code = source::code(text);
    let tokens = source::tokens(&code);
    let paths = source::paths(&tokens);
    let own_names: BTreeSet<&str> = paths
        .iter()
        .filter(|path| path.segments.len() > 1)
        .filter_map(|path| path.imported_as)
        .chain(
            source::declared_modules(&tokens)
                .into_iter()
                .map(|(_, module)| module),
        )
        .collect();
    let mut findings = Vec::new();
    for path in &paths {
        let first = path.segments[0];
        let belongs = |owned: &String| {
            first
                .strip_prefix(owned.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let owner = rooms.iter().find(|room| room.touches.iter().any(belongs));
        if let Some(owner) = owner.filter(|owner| owner.name != name && !own_names.contains(first))
        {
            let rule = format!("names `{first}`, which only `{}` may touch", owner.name);
            findings.push(finding(file, path.line, rule));
        }
    }
    findings
}

#[test]
fn rooms_are_those_of_the_table() {
    let document = text_of(DOCUMENT);
    let rooms = rooms(&document);
    assert_none(&findings_in_declarations(&text_of("src/lib.rs"), &rooms));
}

#[test]
fn rooms_use_only_what_the_table_allows() {
    let rooms = rooms(&text_of(DOCUMENT));
    let find = |(file, text): &(String, String)| findings_in_room_paths(file, text, &rooms);
    assert_none(&rust_in("src/").iter().flat_map(find).collect::<Vec<_>>());
}

#[test]
fn crates_stay_in_their_room() {
    let rooms = rooms(&text_of(DOCUMENT));
    let find = |(file, text): &(String, String)| findings_in_crates(file, text, &rooms);
    assert_none(&rust_in("src/").iter().flat_map(find).collect::<Vec<_>>());
}

#[test]
fn main_only_hands_over_to_the_command_line() {
    let code = source::code(&text_of("src/main.rs"));
    let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(
        lines <= 20,
        "src/main.rs has {lines} lines of code; what it does belongs to `cli`"
    );
    for path in source::paths(&source::tokens(&code)) {
        let elsewhere = path.segments[0] == "cisterna" && path.segments.get(1) != Some(&"cli");
        assert!(
            !elsewhere,
            "src/main.rs:{}: names {}",
            path.line,
            path.segments.join("::")
        );
    }
}

#[test]
fn rooms_are_declared_in_order() {
    #[track_caller]
    fn check(lib: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_in_declarations(lib, &rooms(TABLE)), expected);
    }
    check("pub mod a;\nmod b;\npub mod c;", &[]);
    check(
        "// mod z;\npub mod b;\npub mod a;\npub mod c;",
        &[(2, "in this order")],
    );
    check("pub mod a;\npub mod b;", &[(1, "\"c\"")]);
}

#[test]
fn room_paths_follow_the_table() {
    #[track_caller]
    fn check(file: &str, text: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_in_room_paths(file, text, &rooms(TABLE)), expected);
    }
    check(
        "src/b/mod.rs",
        "use crate::a::X;\nuse self::y::Z;\nuse crate::b::W;",
        &[],
    );
    check(
        "src/a/x.rs",
        "use crate::{a::X,\n b::Y};",
        &[(2, "crate::b")],
    );
    check("src/a/x.rs", "fn f() { crate::c::g() }", &[(1, "crate::c")]);
    check("src/a/x.rs", "// crate::c::g()\nlet s = \"crate::c\";", &[]);
    check("src/a/x.rs", "use super::y;", &[]);
    check("src/a/x.rs", "use super::super::b;", &[(1, "super")]);
    check("src/a/x.rs", "mod tests { use super::super::y; }", &[]);
    check("src/a.rs", "use super::b;", &[(1, "super")]);
    check(
        "src/a/mod.rs",
        "use super::{b, c};",
        &[(1, "super"), (1, "super")],
    );
    check(
        "src/a/mod.rs",
        "use crate as other;",
        &[(1, "another name")],
    );
    check("src/z/mod.rs", "", &[(1, "no room")]);
    check("src/lib.rs", "use a::X;", &[]);
}

#[test]
fn crates_have_their_room() {
    #[track_caller]
    fn check(file: &str, text: &str, expected: &[(usize, &str)]) {
        check_rule(&findings_in_crates(file, text, &rooms(TABLE)), expected);
    }
    check("src/b/x.rs", "use wgpu::Device;", &[]);
    check("src/a/x.rs", "use wgpu;", &[(1, "only `b`")]);
    check(
        "src/a/x.rs",
        "\nfn f(d: &wgpu::Device) {}",
        &[(2, "only `b`")],
    );
    check(
        "src/c/x.rs",
        "use eframe::{egui, wgpu};\nfn f(d: &wgpu::Device) {}",
        &[],
    );
    check("src/b/x.rs", "use egui_plot::Plot;", &[(1, "egui_plot")]);
    check("src/b/x.rs", "use eguishness::Plot;", &[]);
    check("src/a/x.rs", "use crate::b::wgpu;\nwgpu::f();", &[]);
    check("src/main.rs", "use clap::Parser;", &[]);
    check("src/main.rs", "use wgpu::Device;", &[(1, "wgpu")]);
}
