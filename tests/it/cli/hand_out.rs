//! Manual pages and completions, as packages carry them.

use super::{cisterna, path, text};
use cisterna::cli::Cli;
use clap::CommandFactory;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn files_of(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

/// The names of the pages of a command and those below it.
fn pages(command: &clap::Command, name: &str) -> Vec<String> {
    let shown = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set());
    let below = shown.flat_map(|below| pages(below, &format!("{name}-{}", below.get_name())));
    std::iter::once(format!("{name}.1")).chain(below).collect()
}

#[test]
fn every_command_has_its_page_and_every_shell_its_completions() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    for output in [&one, &two] {
        let output = cisterna(&["hand-out", "-o", path(output)]);
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let made = files_of(&one.join("man1"));
    let mut expected = pages(&Cli::command(), "cisterna");
    expected.sort();
    assert_eq!(made.keys().cloned().collect::<Vec<_>>(), expected);
    assert!(expected.len() > 40, "{expected:?}");
    assert_eq!(made, files_of(&two.join("man1")));
    let page = &made["cisterna.1"];
    assert!(
        page.contains("Research use only, not a medical device"),
        "{page}"
    );
    assert!(
        !page.contains("hand\\-out"),
        "what is hidden stays hidden: {page}"
    );
    assert!(made["cisterna-doctor.1"].contains("no\\-window"));

    let completions = files_of(&one.join("completions"));
    let names: Vec<&str> = completions.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "_cisterna",
            "_cisterna.ps1",
            "cisterna.bash",
            "cisterna.fish"
        ]
    );
    assert!(completions.values().all(|text| text.contains("quantify")));
    let bash = Command::new("bash")
        .arg("-c")
        .arg(
            "source \"$1\" && COMP_WORDS=(cisterna doctor --no) COMP_CWORD=2 \
             && _cisterna cisterna --no doctor && echo \"${COMPREPLY[*]}\"",
        )
        .args(["bash", path(&one.join("completions/cisterna.bash"))])
        .output()
        .unwrap();
    assert_eq!(
        text(&bash.stdout).trim(),
        "--no-window",
        "{}",
        text(&bash.stderr)
    );
}
