//! `cisterna hand-out`: what packages carry beside the program, made from the command line itself, so
//! that it says of each command what `--help` says.

use super::Cli;
use anyhow::Context;
use clap::CommandFactory;
use clap_complete::{Shell, generate_to};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder, in which `man1` and `completions` are made.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
}

const SHELLS: [Shell; 4] = [Shell::Bash, Shell::Fish, Shell::PowerShell, Shell::Zsh];

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let [pages, completions] = ["man1", "completions"].map(|name| args.output.join(name));
    for folder in [&pages, &completions] {
        std::fs::create_dir_all(folder).with_context(|| could_not(folder))?;
    }
    let command = Cli::command();
    clap_mangen::generate_to(command.clone(), &pages).with_context(|| could_not(&pages))?;
    for shell in SHELLS {
        generate_to(shell, &mut command.clone(), "cisterna", &completions)
            .with_context(|| could_not(&completions))?;
    }
    Ok(())
}

fn could_not(folder: &Path) -> String {
    format!("cannot write: {}", folder.display())
}
