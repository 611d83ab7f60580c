//! `cisterna demo`: the window on a simulated head; or, where there is no display or a folder is
//! named, the demo's pictures, a graded study and its statistics as files.

use super::{notify, print, remark};
use crate::workflows::demo::{demo_study, write_demo};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write the demo into this folder instead of opening a window.
    #[arg(short, long = "output", value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// The demo's reading study instead: 31 simulated patients, the real scan and what two networks
    /// predict, ready to be graded, and beside it the same study graded by simulated raters, with
    /// its report. It is made once, which takes some minutes, and opened where it was left.
    #[arg(long)]
    study: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    if args.study {
        let folder = args.output.as_deref();
        return study(folder.unwrap_or(Path::new("cisterna-demo-study")));
    }
    if args.output.is_none() && crate::app::has_display() {
        return crate::app::demo();
    }
    let folder = args.output.clone().unwrap_or_else(|| {
        remark("no display: the demo is written into a folder");
        PathBuf::from("cisterna-demo")
    });
    print(&write_demo(&folder, &notify())?)?;
    print(&format!(
        "Pictures, study and statistics: {}",
        folder.display()
    ))
}

/// Makes the study where there is none, and opens it for the first rater where there is a display.
fn study(folder: &Path) -> anyhow::Result<()> {
    let study = demo_study(folder, &notify())?;
    if crate::app::has_display() {
        return crate::app::read(&study.package, study.rater);
    }
    remark("no display: `cisterna study read` opens a package where there is one");
    print(&folder.display().to_string())
}
