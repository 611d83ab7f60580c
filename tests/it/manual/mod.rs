//! The manual in `docs/`: its commands are run or understood, its page of keys and its pictures are made by the
//! program, and what it names is there.

mod commands;
mod keys;
mod pictures;
mod practice;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Pages in which what stands in bold is a control of a window, unless it is a sentence.
const PAGES_OF_WINDOWS: [&str; 9] = [
    "compare.md",
    "coordinator.md",
    "measure.md",
    "neuroradiologist.md",
    "pictures.md",
    "predict.md",
    "rater.md",
    "spaces.md",
    "worksheet.md",
];

fn source() -> PathBuf {
    Path::new(ROOT).join("docs/src")
}

fn page(name: &str) -> String {
    let path = source().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages in the order of the table of contents.
fn pages() -> Vec<String> {
    let links = links(&page("SUMMARY.md"));
    assert!(links.len() > 20, "{links:?}");
    links
}

/// Where links and pictures of a page lead.
fn links(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1);
    let targets = targets.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
    targets.collect()
}

/// Lines between fences.
struct Block {
    /// What stands behind the first fence.
    kind: String,
    /// Of the first fence, from 1.
    line: usize,
    text: String,
}

/// What stands between fences, and what does not.
fn blocks(name: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut words) = (Vec::new(), String::new());
    let mut open: Option<Block> = None;
    for (number, line) in (1..).zip(page(name).lines()) {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(kind), None) => {
                open = Some(Block {
                    kind: kind.to_owned(),
                    line: number,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => words += &format!("{line}\n"),
        }
    }
    assert!(open.is_none(), "{name}: a block does not end");
    (blocks, words)
}

/// How mdBook names a heading.
fn anchor(heading: &str) -> String {
    let letters = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = letters.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    });
    kept.collect()
}

#[test]
fn every_page_is_in_the_contents_and_every_link_leads_somewhere() {
    let listed = pages();
    let files = std::fs::read_dir(source()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter(|name| name.ends_with(".md")).collect();
    let mut expected: BTreeSet<String> = listed.iter().cloned().collect();
    expected.insert("SUMMARY.md".to_owned());
    assert_eq!(files, expected);
    for name in &listed {
        for link in links(&blocks(name).1) {
            let (to, place) = link.split_once('#').unwrap_or((&link, ""));
            if to.starts_with("pictures/") {
                continue;
            }
            assert!(listed.iter().any(|page| page == to), "{name}: {link}");
            let text = page(to);
            let headings = text.lines().filter(|line| line.starts_with('#'));
            let anchors: Vec<String> = headings.map(anchor).collect();
            let is_there = place.is_empty() || anchors.iter().any(|anchor| anchor == place);
            assert!(is_there, "{name}: {link} is none of {anchors:?}");
        }
    }
}

/// Texts in bold.
fn bold(words: &str) -> Vec<String> {
    let flat = words.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.split("**")
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// All files of a folder in one text.
fn code_below(folder: &str) -> String {
    let mut paths = vec![Path::new(ROOT).join(folder)];
    let mut code = String::new();
    while let Some(path) = paths.pop() {
        match path.is_dir() {
            true => {
                let entries = std::fs::read_dir(path).unwrap();
                paths.extend(entries.map(|entry| entry.unwrap().path()));
            }
            false => code += &std::fs::read_to_string(path).unwrap(),
        }
    }
    code
}

#[test]
fn tables_that_are_named_are_in_the_report() {
    let code = code_below("src/report");
    let page = page("journal.md");
    let tables: BTreeSet<&str> = page
        .split("tables/")
        .filter_map(|rest| Some(rest.split_once(".csv`")?.0))
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(tables.len() > 15, "{tables:?}");
    for table in tables {
        let is_there = code.contains(&format!("\"{table}\""));
        assert!(is_there, "journal.md: the report has no table {table}");
    }
}

#[test]
fn controls_that_are_named_are_in_the_windows() {
    let code = code_below("src/app");
    let mut n = 0;
    for name in PAGES_OF_WINDOWS {
        let (_, words) = blocks(name);
        let is_sentence = |text: &String| text.ends_with('.');
        for text in bold(&words).into_iter().filter(|text| !is_sentence(text)) {
            assert!(
                code.contains(&format!("\"{text}")),
                "{name}: no window has {text:?}"
            );
            n += 1;
        }
    }
    assert!(n > 30, "{n} controls are named");
}

#[test]
fn blocks_links_and_bold_words_are_found() {
    assert_eq!(bold("a **b c** d\n**e\nf**"), ["b c", "e f"]);
    assert_eq!(links("[a](b.md#c) ![d](e.png)"), ["b.md#c", "e.png"]);
    assert_eq!(anchor("### How many cases?"), "how-many-cases");
    let (blocks, words) = blocks("index.md");
    assert!(blocks.is_empty() && words.contains("Not a medical device"));
}
