//! `cisterna report spaces` and `cisterna report counts`: evaluations of networks as pages.

use super::evaluate_spaces::{self, Common};
use super::{notify, remark};
use crate::models::DeviceChoice;
use crate::report::REPORT_FILE;
use crate::workflows::{evaluate_counts, evaluate_spaces, report_counts, report_spaces};
use anyhow::bail;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// How good networks are that mark perivascular spaces: Figure 1 of Boutinaud 2021, and the scores of
    /// challenges.
    Spaces(Box<Args>),
    /// How good networks are that count them: Tables 2 and 3 and Figure 1 of Dubost 2019.
    Counts(Box<Args>),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set with masks or counts in its derivatives.
    data: PathBuf,
    /// Networks of the task, by name or file; the one that comes with the program where none is named.
    #[arg(long = "model", value_name = "NAME|FILE", num_args = 1..)]
    models: Vec<String>,
    #[command(flatten)]
    spaces: evaluate_spaces::Args,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// The folder to make: report.html, evaluation.json, tables/ and figures/.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
}

impl Args {
    /// The networks that are judged.
    fn models(&self, usual: &str) -> Vec<String> {
        match self.models.is_empty() {
            true => vec![usual.to_owned()],
            false => self.models.clone(),
        }
    }

    fn common<'a>(&'a self, models: &'a [String]) -> anyhow::Result<Common<'a>> {
        // Before the work, and again by the writing itself.
        let page = self.output.join(REPORT_FILE);
        if page.exists() {
            bail!("there is a report already: {}", page.display());
        }
        Ok(Common {
            data: &self.data,
            models,
            device: self.device,
            json: false,
        })
    }
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    let args = match command {
        Command::Spaces(args) => {
            args.spaces.refuse_counts()?;
            let models = args.models("spaces-t1");
            let common = args.common(&models)?;
            let notify = notify();
            let evaluation = evaluate_spaces(&args.spaces.marks(&common), &notify)?;
            drop(notify);
            report_spaces(&evaluation, &args.output)?;
            args
        }
        Command::Counts(args) => {
            args.spaces.refuse_marks()?;
            let models = args.models("counts-cso");
            let common = args.common(&models)?;
            let notify = notify();
            let evaluation = evaluate_counts(&args.spaces.counts(&common), &notify)?;
            drop(notify);
            report_counts(&evaluation, &args.output)?;
            args
        }
    };
    remark(&format!(
        "report: {}",
        args.output.join(REPORT_FILE).display()
    ));
    Ok(())
}
