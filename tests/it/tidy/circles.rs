//! Files of a room that use each other in a circle: neither can be understood, moved or tested
//! without the other.

use super::{Finding, assert_none, check_rule, finding, rust_in, source};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The rooms that keep the rule.
const ROOMS: &[&str] = &[
    "app",
    "enhancement",
    "formats",
    "models",
    "registration",
    "render",
    "report",
    "signal",
    "workflows",
];

/// How often an import may lead on to another.
const MAX_IMPORTS: usize = 16;

/// A file as a module.
struct Module<'a> {
    file: &'a str,
    tokens: Vec<source::Token<'a>>,
    paths: Vec<source::Path<'a>>,
}

/// The modules of a room by their names, of which the first is the room's.
type Modules<'a> = BTreeMap<Vec<&'a str>, Module<'a>>;

/// Which file uses which, and in which line.
type Uses<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

fn modules<'a>(files: &'a [(String, String)]) -> Modules<'a> {
    let module = |(file, code): &'a (String, String)| {
        let name = file.trim_start_matches("src/").trim_end_matches(".rs");
        let name = name.trim_end_matches("/mod").split('/').collect();
        let tokens = source::tokens(code);
        let paths = source::paths(&tokens);
        let module = Module {
            file,
            tokens,
            paths,
        };
        (name, module)
    };
    files.iter().map(module).collect()
}

/// The module whose file defines what a path names, seen from a module; none for a module itself,
/// whose items are named elsewhere, and for what is not in the room.
fn definer<'a>(
    modules: &Modules<'a>,
    at: &[&'a str],
    path: &[&'a str],
    n_imports: usize,
) -> Option<Vec<&'a str>> {
    let (first, rest) = path.split_first()?;
    match *first {
        "self" => return definer(modules, at, rest, n_imports),
        "super" => return definer(modules, at.split_last()?.1, rest, n_imports),
        "crate" => return definer(modules, &[], rest, n_imports),
        _ => {}
    }
    let child = [at, &[*first]].concat();
    if modules.keys().any(|name| name.starts_with(&child)) {
        return definer(modules, &child, rest, n_imports);
    }
    let module = modules.get(at)?;
    let imports = module.paths.iter().filter(|path| path.nesting == 0);
    let imported = imports
        .filter(|path| path.imported_as == Some(first) && path.segments[..] != [*first])
        .map(|path| [&path.segments[..], rest].concat())
        .next();
    match imported {
        Some(_) if n_imports == MAX_IMPORTS => None,
        Some(path) => definer(modules, at, &path, n_imports + 1),
        None => Some(at.to_vec()),
    }
}

/// What a file names by paths. A `pub use` only hands on what it names, unless the file uses the
/// name itself.
fn uses_by_paths<'a>(modules: &Modules<'a>, name: &[&'a str], uses: &mut Uses<'a>) {
    let module = &modules[name];
    for path in &module.paths {
        let hands_on = path.is_reexport && {
            let named = |token: &&source::Token<'_>| Some(token.text) == path.imported_as;
            // Once in the `pub use` itself.
            module.tokens.iter().filter(named).count() < 2
        };
        let supers = path.segments.iter().take_while(|s| **s == "super").count();
        let path_in_file = &path.segments[supers.min(path.nesting)..];
        let used = definer(modules, name, path_in_file, 0);
        if let Some(used) = used.filter(|used| used != name && !hands_on) {
            let lines = uses.entry(module.file).or_default();
            lines.entry(modules[&used].file).or_insert(path.line);
        }
    }
}

/// Methods that a file gives to a type of another file are the other file's to use without naming
/// them by a path.
fn uses_by_methods<'a>(modules: &Modules<'a>, name: &[&'a str], uses: &mut Uses<'a>) {
    let Module { file, tokens, .. } = &modules[name];
    for start in (0..tokens.len()).filter(|&i| tokens[i].text == "impl") {
        let Some(open) = (start..tokens.len()).find(|&i| tokens[i].text == "{") else {
            continue;
        };
        let head: Vec<&str> = tokens[start + 1..open].iter().map(|t| t.text).collect();
        let is_word = |text: &&&str| text.starts_with(|c: char| c.is_alphabetic());
        let of_type = head.iter().find(is_word);
        let (Some(of_type), false) = (of_type, head.contains(&"for")) else {
            continue;
        };
        let Some(owner) = definer(modules, name, &[*of_type], 0).filter(|owner| owner != name)
        else {
            continue;
        };
        let body = &tokens[open..source::closing_brace(tokens, open)];
        let methods: BTreeSet<&str> = body
            .windows(2)
            .filter(|pair| pair[0].text == "fn")
            .map(|pair| pair[1].text)
            .collect();
        let owner = &modules[&owner];
        let call = owner.tokens.windows(3).find(|call| {
            call[0].text == "." && methods.contains(call[1].text) && call[2].text == "("
        });
        if let Some(call) = call {
            let lines = uses.entry(owner.file).or_default();
            lines.entry(file).or_insert(call[1].line);
        }
    }
}

/// The shortest way from a file back to itself.
fn circle<'a>(uses: &Uses<'a>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for &next in uses.get(way[way.len() - 1])?.keys() {
            if next == start {
                return Some(way);
            }
            if uses.contains_key(next) && seen.insert(next) {
                ways.push_back([&way[..], &[next]].concat());
            }
        }
    }
    None
}

/// One finding for each circle.
fn findings_in_room(files: &[(String, String)]) -> Vec<Finding> {
    let modules = modules(files);
    let mut uses = Uses::new();
    for name in modules.keys() {
        uses_by_paths(&modules, name, &mut uses);
        uses_by_methods(&modules, name, &mut uses);
    }
    let (mut findings, mut reported) = (Vec::new(), BTreeSet::new());
    for &file in uses.keys() {
        let Some(circle) = circle(&uses, file).filter(|_| !reported.contains(file)) else {
            continue;
        };
        let line = uses[file][circle.get(1).copied().unwrap_or(file)];
        let rule = format!("uses itself in a circle: {} and back", circle.join(", "));
        findings.push(finding(file, line, rule));
        reported.extend(circle);
    }
    findings
}

#[test]
fn no_files_of_a_room_use_each_other_in_a_circle() {
    for room in ROOMS {
        let blanked = |(file, text): (String, String)| (file, source::code(&text));
        let files: Vec<_> = rust_in(&format!("src/{room}/"))
            .into_iter()
            .map(blanked)
            .collect();
        assert_none(&findings_in_room(&files));
    }
}

#[test]
fn circles_are_found() {
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[(usize, &str)]) {
        let files: Vec<(String, String)> = files
            .iter()
            .map(|(file, text)| (format!("src/a/{file}.rs"), source::code(text)))
            .collect();
        check_rule(&findings_in_room(&files), expected);
    }
    let x_of_y = ("x", "use super::y::Y;\nstruct X;");
    check(&[x_of_y, ("y", "struct Y;")], &[]);
    check(&[x_of_y, ("y", "// super::x::X\nstruct Y;")], &[]);
    check(&[x_of_y, ("y", "\nuse super::x::X;")], &[(1, "a/x.rs")]);
    check(&[x_of_y, ("y", "fn f(x: crate::a::x::X) {}")], &[(1, "")]);
    check(&[x_of_y, ("y", "use super::x;\nfn f() {}")], &[]);
    check(
        &[x_of_y, ("y", "use super::x;\nfn f() { x::g(); }")],
        &[(1, "")],
    );
    // The long way round.
    check(
        &[x_of_y, ("y", "use super::z::Z;"), ("z", "use super::x::X;")],
        &[(1, "src/a/x.rs, src/a/y.rs, src/a/z.rs and back")],
    );
    // By way of the folder that hands it on; the folder itself is in no circle.
    let hands_on = ("mod", "mod x;\nmod y;\npub use x::X;\npub(super) use y::Y;");
    let by_folder = ("x", "use crate::a::Y;\nstruct X;");
    check(&[hands_on, by_folder, ("y", "struct Y;")], &[]);
    check(&[hands_on, by_folder, ("y", "use super::X;")], &[(1, "")]);
    // By way of what the folder imports for itself.
    let imports = ("mod", "use x::X;\nmod x;\nmod y;");
    check(&[imports, x_of_y, ("y", "use super::X;")], &[(1, "")]);
    // A folder that declares a child, which uses what the folder defines.
    let child = ("x", "use super::M;\nstruct X;");
    check(&[("mod", "mod x;\nstruct M;"), child], &[]);
    check(&[("mod", "mod x;\npub use x::X;\nstruct M;"), child], &[]);
    check(
        &[("mod", "mod x;\npub use x::X;\nstruct M(X);"), child],
        &[(2, "src/a/mod.rs, src/a/x.rs and back")],
    );
    check(
        &[("mod", "mod x;\nstruct M;\nfn f() { x::g() }"), child],
        &[(3, "")],
    );
    // Methods for a type of another file, which that file calls.
    let gives = ("x", "use super::y::Y;\nimpl Y { fn g(&self) {} }");
    check(&[gives, ("y", "struct Y;")], &[]);
    check(&[gives, ("y", "fn f(y: &Y) { y.g() }")], &[(1, "")]);
    let implements = ("x", "use super::y::Y;\nimpl T for Y { fn g(&self) {} }");
    check(&[implements, ("y", "fn f(y: &Y) { y.g() }")], &[]);
    // Modules within a file.
    check(
        &[x_of_y, ("y", "mod tests { use super::Y; }\nstruct Y;")],
        &[],
    );
    check(
        &[x_of_y, ("y", "mod tests { use super::super::x::X; }")],
        &[(1, "")],
    );
}
