//! `cisterna bids`: a cohort, by the convention of BIDS Apps.

use super::{notify, print};
use crate::models::{DeviceChoice, Model};
use crate::workflows::{
    BidsAppRequest, BidsTask, Outcome, bids_group, bids_participants, is_bids_label,
};
use anyhow::{Context, bail};
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The data set.
    #[arg(value_name = "BIDS_DIR")]
    data: PathBuf,
    /// The data set of derivatives to make, or to go on with: one for each task.
    #[arg(value_name = "OUT_DIR")]
    output: PathBuf,
    /// participant: the work, for each participant by itself. group: their tables joined in
    /// OUT_DIR/group, without a look at any image.
    level: LevelArg,
    /// Only these participants, with `sub-` or without; otherwise all. Nothing of others is looked at
    /// but their names, so that each may be a command of its own.
    #[arg(long, alias = "participant_label", value_name = "LABEL", num_args = 1.., value_parser = label)]
    participant_label: Vec<String>,
    /// What is done with each.
    #[arg(long, default_value = "examine")]
    task: TaskArg,
    /// The network of the tasks predict, segment, count and explain.
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    /// The folder of derivatives whose label maps (_dseg) are taken; predict takes any.
    #[arg(long, value_name = "NAME", value_parser = folder_name)]
    labels: Option<String>,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// So many threads at once; otherwise as many as the processor has.
    #[arg(long, alias = "n_cpus", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    n_cpus: Option<u16>,
    /// About so much memory for a network that marks spaces at once, MB.
    #[arg(long, alias = "mem_mb", value_name = "MB", default_value_t = 1500, value_parser = clap::value_parser!(u32).range(100..))]
    mem_mb: u32,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum LevelArg {
    Participant,
    Group,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TaskArg {
    /// As `cisterna examine`.
    Examine,
    /// As `cisterna predict --data`.
    Predict,
    /// As `cisterna quantify --data`.
    Quantify,
    /// As `cisterna predict` with a network that marks, on each T1-weighted scan.
    Segment,
    /// As `cisterna predict` with a network that counts, on each T2-weighted scan.
    Count,
    /// As `cisterna explain`, of each T1-weighted scan.
    Explain,
}

fn label(text: &str) -> Result<String, String> {
    let label = text.strip_prefix("sub-").unwrap_or(text);
    match is_bids_label(label) {
        true => Ok(label.to_owned()),
        false => Err(format!("{text:?} is no label: letters and digits only")),
    }
}

fn folder_name(text: &str) -> Result<String, String> {
    match text.contains(['/', '\\']) || text.starts_with('.') {
        true => Err(format!(
            "{text:?} is not the name of a folder in derivatives"
        )),
        false => Ok(text.to_owned()),
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    match args.level {
        LevelArg::Participant => participants(args),
        LevelArg::Group => group(args),
    }
}

fn participants(args: &Args) -> anyhow::Result<()> {
    if let Some(n) = args.n_cpus {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(n));
        pool.build_global().context("--n-cpus")?;
    }
    let model = args.model.as_deref().map(Model::find).transpose()?;
    let wanted = || model.as_ref().context("--model says by which network");
    let task = match args.task {
        TaskArg::Predict if args.labels.is_some() => {
            bail!("--labels is for the other tasks: predict takes whatever label map there is")
        }
        TaskArg::Predict => BidsTask::Predict(wanted()?),
        TaskArg::Segment => BidsTask::Segment(wanted()?),
        TaskArg::Count => BidsTask::Count(wanted()?),
        TaskArg::Explain => BidsTask::Explain(wanted()?),
        TaskArg::Examine | TaskArg::Quantify if model.is_some() => {
            bail!("--model is for the tasks predict, segment, count and explain")
        }
        TaskArg::Examine => BidsTask::Examine,
        TaskArg::Quantify => BidsTask::Quantify,
    };
    let request = BidsAppRequest {
        data: &args.data,
        output: &args.output,
        participants: &args.participant_label,
        task,
        labels: args.labels.as_deref(),
        device: args.device,
        most_bytes: (args.mem_mb as usize) << 20,
    };
    let done = bids_participants(&request, &notify())?;
    if args.json {
        print(&serde_json::to_string_pretty(
            &serde_json::json!({ "participants": done }),
        )?)?;
    } else {
        for one in &done {
            let outcome = match one.outcome {
                Outcome::Done => "done",
                Outcome::Kept => "was there",
                Outcome::Failed(_) => "failed",
            };
            print(&format!("sub-{:<12} {outcome}", one.subject))?;
        }
    }
    let failed = done
        .iter()
        .filter(|one| matches!(one.outcome, Outcome::Failed(_)));
    match failed.count() {
        0 => Ok(()),
        n => bail!("{n} of {} participants failed", done.len()),
    }
}

fn group(args: &Args) -> anyhow::Result<()> {
    if !args.participant_label.is_empty() || args.model.is_some() || args.labels.is_some() {
        bail!(
            "--participant-label, --model and --labels are for the level participant: a group is all \
             that were done"
        );
    }
    let tables = bids_group(&args.output)?;
    if args.json {
        return print(&serde_json::to_string_pretty(
            &serde_json::json!({ "tables": tables }),
        )?);
    }
    tables.iter().try_for_each(|table| {
        print(&format!(
            "{}: {} rows of {} participants",
            table.path.display(),
            table.n_rows,
            table.n_participants
        ))
    })
}
