//! The commands of the manual: blocks marked `sh` are run in order, those of windows and long work are
//! understood.

use super::practice::Practice;
use super::{Block, blocks, pages};
use cisterna::cli::Cli;
use clap::{CommandFactory, Parser};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What blocks may be: run; understood, as they open a window or take long; or no commands.
const KINDS: [&str; 6] = ["sh", "sh,window", "sh,long", "text", "r", "python"];

/// A test for each line: pages whose commands are run in one folder, and what lies in it.
macro_rules! runs {
    ($($test:ident: $($page:literal)+, $($practice:ident)*;)+) => {
        /// All pages that are run.
        const RUN: &[&str] = &[$($($page,)+)+];

        $(#[test]
        fn $test() {
            run(&[$($page),+], &[$(Practice::$practice),*]);
        })+
    };
}

runs! {
    scans_are_described_compared_and_measured:
        "first-steps.md" "neuroradiologist.md" "compare.md" "measure.md" "formats.md", Patients;
    pictures_are_drawn_and_scans_converted: "pictures.md" "researcher.md", Patients;
    scans_are_aligned: "align.md", Patients;
    the_tracer_is_quantified: "quantify.md" "cluster.md", Patients;
    a_scan_is_predicted: "predict.md" "import.md", Patients;
    a_study_is_made_handed_out_collected_and_reported: "coordinator.md", Patients Passphrases;
    a_package_is_read: "rater.md", Package Passphrases;
    networks_of_the_tracer_are_trained: "tracer-networks.md", Planes;
    worksheets_are_scored: "worksheet.md", Worksheets;
    networks_of_leaks_are_trained_and_explained: "leak-networks.md", Leaks;
    perivascular_spaces_are_marked: "spaces.md", Spaces;
    tables_are_analysed: "statistician.md" "it.md",;
}

/// Runs the commands of pages as a shell does, one after the other in one folder.
fn run(names: &[&str], practice: &[Practice]) {
    let folder = tempfile::tempdir().unwrap();
    for one in practice {
        one.lay_out(folder.path());
    }
    for name in names {
        run_page(name, folder.path());
    }
}

#[track_caller]
fn run_page(name: &str, folder: &Path) {
    let programs = folder.join(".bin");
    std::fs::create_dir_all(&programs).unwrap();
    let link = programs.join("cisterna");
    if !link.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cisterna"), link).unwrap();
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let mut script = "set -euo pipefail\n".to_owned();
    for block in blocks(name).0.iter().filter(|block| block.kind == "sh") {
        script += &format!("echo 'docs/src/{name}:{}' >&2\n{}", block.line, block.text);
    }
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("XDG_DATA_HOME", folder.join(".data"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}\n{said}");
}

/// All blocks, each with its page.
fn all_blocks() -> Vec<(String, Block)> {
    let pages = pages().into_iter();
    let of_pages = pages.flat_map(|name| {
        let blocks = blocks(&name).0.into_iter();
        blocks
            .map(move |block| (name.clone(), block))
            .collect::<Vec<_>>()
    });
    of_pages.collect()
}

#[test]
fn every_page_with_commands_is_run() {
    let mut with_commands = BTreeSet::new();
    for (name, block) in all_blocks() {
        assert!(
            KINDS.contains(&block.kind.as_str()),
            "{name}:{}: blocks are {KINDS:?}, not {:?}",
            block.line,
            block.kind
        );
        if block.kind == "sh" {
            with_commands.insert(name);
        }
    }
    let run: BTreeSet<String> = RUN.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(with_commands, run);
}

/// The commands of a block, each on one line.
fn commands(block: &Block) -> Vec<String> {
    let whole = block.text.replace("\\\n", " ");
    let lines = whole.lines().map(str::trim);
    let lines = lines.filter(|line| line.starts_with("cisterna "));
    lines.map(str::to_owned).collect()
}

/// Words as a shell parts them, with quotes of both kinds and nothing else.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in command.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (' ', None) => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            (letter, _) => word.push(letter),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[test]
fn what_is_not_run_is_understood() {
    let mut n = 0;
    for (name, block) in all_blocks() {
        if !matches!(block.kind.as_str(), "sh,window" | "sh,long") {
            continue;
        }
        let commands = commands(&block);
        assert!(!commands.is_empty(), "{name}:{}: no command", block.line);
        for command in commands {
            if let Err(error) = Cli::try_parse_from(words(&command)) {
                panic!("{name}:{}: {command}\n{error}", block.line);
            }
            n += 1;
        }
    }
    assert!(n > 30, "{n} commands");
}

/// The commands that have none below them, as they are typed.
fn leaves(command: &clap::Command, name: &str) -> Vec<String> {
    let shown = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    let below: Vec<String> = shown
        .flat_map(|below| leaves(below, &format!("{name} {}", below.get_name())))
        .collect();
    match below.is_empty() {
        true => vec![name.to_owned()],
        false => below,
    }
}

#[test]
fn every_command_is_in_the_manual() {
    let all: Vec<String> = all_blocks()
        .iter()
        .filter(|(_, block)| block.kind.starts_with("sh"))
        .map(|(_, block)| block.text.replace("\\\n", " "))
        .collect();
    let all = all.concat().replace('\n', " ");
    let leaves = leaves(&Cli::command(), "cisterna");
    assert!(leaves.len() > 50, "{leaves:?}");
    let missing: Vec<&String> = leaves
        .iter()
        .filter(|leaf| !all.contains(&format!("{leaf} ")))
        .collect();
    assert!(missing.is_empty(), "not in the manual: {missing:?}");
}

#[test]
fn words_are_parted_as_a_shell_does() {
    assert_eq!(
        words("cisterna a --b \"c d\"  'e f'g"),
        ["cisterna", "a", "--b", "c d", "e fg"]
    );
}
