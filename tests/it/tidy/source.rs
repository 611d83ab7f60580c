//! Just enough of Rust's grammar for `tidy`: where code, comments and strings are, and which paths
//! the code names. It reads what `rustfmt` and `rustc` accept, and need not understand more.

use std::ops::RangeInclusive;

/// What a character of a source file belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Comment,
    /// The inside of a string, byte string or character literal.
    Literal,
}

/// The kind of each character of `text`.
fn kinds(text: &[char]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; text.len()];
    let at = |i: usize| text.get(i).copied().unwrap_or('\0');
    let mut i = 0;
    while i < text.len() {
        let start = i;
        if at(i) == '/' && at(i + 1) == '/' {
            while i < text.len() && at(i) != '\n' {
                i += 1;
            }
            kinds[start..i].fill(Kind::Comment);
        } else if at(i) == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < text.len() {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            i = i.min(text.len());
            kinds[start..i].fill(Kind::Comment);
        } else if let Some(hashes) = raw_string(text, i) {
            i += hashes + 2;
            let body = i;
            while i < text.len() && !(at(i) == '"' && (1..=hashes).all(|k| at(i + k) == '#')) {
                i += 1;
            }
            kinds[body..i].fill(Kind::Literal);
            i += 1 + hashes;
        } else if at(i) == '"' {
            i = quoted(text, i, '"', &mut kinds);
        } else if at(i) == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // Else it is a lifetime.
            i = quoted(text, i, '\'', &mut kinds);
        } else {
            i += 1;
        }
    }
    kinds
}

/// The number of hashes when a raw string begins at `i`, where its `r` stands.
fn raw_string(text: &[char], i: usize) -> Option<usize> {
    let before = |n: usize| i.checked_sub(n).map_or(' ', |k| text[k]);
    let inside_a_word = is_word(before(1)) && (before(1) != 'b' || is_word(before(2)));
    if text[i] != 'r' || inside_a_word {
        return None;
    }
    let hashes = text[i + 1..].iter().take_while(|&&c| c == '#').count();
    (text.get(i + 1 + hashes) == Some(&'"')).then_some(hashes)
}

/// Marks a literal that opens at `start`; returns where it is over.
fn quoted(text: &[char], start: usize, quote: char, kinds: &mut [Kind]) -> usize {
    let mut i = start + 1;
    while i < text.len() && text[i] != quote {
        i += if text[i] == '\\' { 2 } else { 1 };
    }
    let end = i.min(text.len());
    kinds[start + 1..end].fill(Kind::Literal);
    end + 1
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The code alone: comments and the insides of literals are blank, lines stay where they were.
pub(super) fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let blank = |(&c, kind)| {
        if kind == Kind::Code || c == '\n' {
            c
        } else {
            ' '
        }
    };
    chars.iter().zip(kinds(&chars)).map(blank).collect()
}

/// The insides of the literals, each with its line (counted from 1).
pub(super) fn literals(text: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let mut literals: Vec<(usize, String)> = Vec::new();
    let (mut line, mut open) = (1, false);
    for (&c, kind) in chars.iter().zip(kinds(&chars)) {
        let inside = kind == Kind::Literal;
        if inside && !open {
            literals.push((line, String::new()));
        }
        if let (true, Some((_, literal))) = (inside, literals.last_mut()) {
            literal.push(c);
        }
        open = inside;
        line += usize::from(c == '\n');
    }
    literals
}

/// A word, `::`, or one other character, with its line (counted from 1).
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

pub(super) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (line, row) in (1..).zip(code.lines()) {
        let mut rest = row.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push(Token {
                text: &rest[..length],
                line,
            });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// True when the tokens from `i` on are `words`.
pub(super) fn reads(tokens: &[Token<'_>], i: usize, words: &[&str]) -> bool {
    words
        .iter()
        .enumerate()
        .all(|(k, word)| text_at(tokens, i + k) == *word)
}

fn text_at<'a>(tokens: &[Token<'a>], i: usize) -> &'a str {
    tokens.get(i).map_or("", |token| token.text)
}

/// Where the brace that opens at `open` is closed.
pub(super) fn closing_brace(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len() - 1
}

/// A path that the code names: `a::b` where it stands, or one leaf of a `use`.
#[derive(Debug)]
pub(super) struct Path<'a> {
    pub(super) line: usize,
    pub(super) segments: Vec<&'a str>,
    /// The name that a `use` gives it here.
    pub(super) imported_as: Option<&'a str>,
    /// Whether that `use` is for others as well.
    pub(super) is_reexport: bool,
    /// How many `mod name { .. }` of this file it stands in.
    pub(super) nesting: usize,
}

pub(super) fn paths<'a>(tokens: &[Token<'a>]) -> Vec<Path<'a>> {
    let mut paths = Vec::new();
    let mut braces = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let nesting = braces.iter().filter(|&&is_mod| is_mod).count();
        let after_path = i > 0 && matches!(tokens[i - 1].text, "::" | ".");
        match tokens[i].text {
            "{" => braces.push(i > 1 && tokens[i - 2].text == "mod"),
            "}" => drop(braces.pop()),
            // `use<'a>` in a type is no import.
            "use" if text_at(tokens, i + 1) != "<" => {
                let (before, first) = (i.checked_sub(1), paths.len());
                let is_reexport = before.is_some_and(|k| matches!(tokens[k].text, "pub" | ")"));
                i = use_tree(tokens, i + 1, &[], nesting, &mut paths);
                for leaf in &mut paths[first..] {
                    leaf.is_reexport = is_reexport;
                }
                continue;
            }
            word if !after_path && word.starts_with(is_word) && reads(tokens, i + 1, &["::"]) => {
                let mut segments = vec![word];
                let line = tokens[i].line;
                while reads(tokens, i + 1, &["::"]) && text_at(tokens, i + 2).starts_with(is_word) {
                    segments.push(text_at(tokens, i + 2));
                    i += 2;
                }
                paths.push(Path {
                    line,
                    segments,
                    imported_as: None,
                    is_reexport: false,
                    nesting,
                });
            }
            _ => {}
        }
        i += 1;
    }
    paths
}

/// Adds the leaves of the tree at `i`; returns where it is over.
fn use_tree<'a>(
    tokens: &[Token<'a>],
    mut i: usize,
    prefix: &[&'a str],
    nesting: usize,
    paths: &mut Vec<Path<'a>>,
) -> usize {
    let mut segments = prefix.to_vec();
    while reads(tokens, i, &["::"]) {
        i += 1;
    }
    loop {
        if text_at(tokens, i) == "{" {
            i += 1;
            while i < tokens.len() && tokens[i].text != "}" {
                i = use_tree(tokens, i, &segments, nesting, paths);
                i += usize::from(text_at(tokens, i) == ",");
            }
            return i + 1;
        }
        segments.push(text_at(tokens, i));
        if text_at(tokens, i + 1) != "::" {
            break;
        }
        i += 2;
    }
    let line = tokens.get(i).map_or(0, |token| token.line);
    i += 1;
    let mut imported_as = segments.iter().rev().find(|&&s| s != "self").copied();
    if text_at(tokens, i) == "as" {
        imported_as = Some(text_at(tokens, i + 1));
        i += 2;
    }
    paths.push(Path {
        line,
        segments,
        imported_as,
        is_reexport: false,
        nesting,
    });
    i
}

/// The lines of the modules under `#[cfg(test)]`.
pub(super) fn test_lines(tokens: &[Token<'_>]) -> Vec<RangeInclusive<usize>> {
    let mut ranges = Vec::new();
    for i in 0..tokens.len() {
        if !reads(tokens, i, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            continue;
        }
        let item = (i..tokens.len()).find(|&k| matches!(tokens[k].text, "{" | ";"));
        if let Some(open) = item.filter(|&k| tokens[k].text == "{" && tokens[k - 2].text == "mod") {
            ranges.push(tokens[i].line..=tokens[closing_brace(tokens, open)].line);
        }
    }
    ranges
}

/// True when the code has a function of this name that is marked as a test.
pub(super) fn has_test(code: &str, name: &str) -> bool {
    let tokens = tokens(code);
    (0..tokens.len()).any(|i| {
        let head = tokens[..i]
            .iter()
            .rev()
            .take_while(|t| !matches!(t.text, "{" | "}" | ";"));
        reads(&tokens, i, &["fn", name]) && head.map(|t| t.text).any(|text| text == "test")
    })
}

/// The modules that the code declares, in order, each with its line.
pub(super) fn declared_modules<'a>(tokens: &[Token<'a>]) -> Vec<(usize, &'a str)> {
    (0..tokens.len())
        .filter(|&i| tokens[i].text == "mod" && matches!(text_at(tokens, i + 2), ";" | "{"))
        .map(|i| (tokens[i].line, tokens[i + 1].text))
        .collect()
}

#[test]
fn comments_and_literals_are_blanked() {
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(code(text), expected);
    }
    check("a // b", "a     ");
    check("a /* b /* c */ d */ e", "a                   e");
    check("f(\"x // y\") // z", "f(\"      \")     ");
    check(r#"f("a\"b", c)"#, r#"f("    ", c)"#);
    check("f(r#\"a\"b\"#, c)", "f(r#\"   \"#, c)");
    check("f(br\"a\\\", c)", "f(br\"  \", c)");
    check("bar\"a\\\"b\"", "bar\"    \"");
    check("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)");
    check("['\"', '\\'', 'x']", "[' ', '  ', ' ']");
    check("\"a\nb\"", "\" \n \"");
    check("r#type \"x\"", "r#type \" \"");
    check("\"never closed", "\"            ");
}

#[test]
fn literals_have_their_lines() {
    let found = literals("a(\"x\ny\");\nb(r\"z\", \"\", 'c') // \"d\"");
    let expected = [(1, "x\ny"), (3, "z"), (3, "c")];
    assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn paths_are_found() {
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let code = code(text);
        let found: Vec<String> = paths(&tokens(&code))
            .iter()
            .map(|p| format!("{}:{}+{}", p.line, p.segments.join("::"), p.nesting))
            .collect();
        assert_eq!(found, expected);
    }
    check("use crate::a::B;", &["1:crate::a::B+0"]);
    check(
        "use crate::{\n    a::B,\n    c::{self, D as E},\n};",
        &["2:crate::a::B+0", "3:crate::c::self+0", "3:crate::c::D+0"],
    );
    check("use ::wgpu; x.sum::<f32>()", &["1:wgpu+0"]);
    check(
        "let a = crate::b::C::<D>::new(e::f);",
        &["1:crate::b::C+0", "1:e::f+0"],
    );
    check(
        "mod tests { use super::super::x; } super::y()",
        &["1:super::super::x+1", "1:super::y+0"],
    );
    check("fn f() -> impl T + use<'_> { g::h() }", &["1:g::h+0"]);
    check("// use crate::a;\nlet s = \"crate::b\";", &[]);
    check("pub(in crate::a) fn f() {}", &["1:crate::a+0"]);
    check("#[derive(clap::Parser)]", &["1:clap::Parser+0"]);
    check("use a::*; use broken", &["1:a::*+0", "1:broken+0"]);
}

#[test]
fn tests_are_found() {
    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(has_test(&code(text), "a_b"), expected, "{text}");
    }
    check("#[test]\nfn a_b() {}", true);
    check("#[test]\n#[cfg(unix)]\nfn a_b() {}", true);
    check("proptest! { #[test] fn a_b(x in 0..3) {} }", true);
    check("#[test]\nfn c() {}\nfn a_b() {}", false);
    check("// #[test] fn a_b() {}", false);
}

#[test]
fn test_modules_have_their_lines() {
    let code = code("a\n#[cfg(test)]\nmod tests {\n fn f() {}\n}\n#[cfg(test)]\nuse b;\n");
    assert_eq!(test_lines(&tokens(&code)), [2..=5]);
}
