//! `cisterna evaluate`: how good networks are, beside predictions that take none.

use super::evaluate_spaces::{self, Common};
use super::{evaluate_leak, notify, print};
use crate::models::{DeviceChoice, Model, TaskCard};
use crate::workflows::{EvaluateRequest, evaluate, evaluation_json, evaluation_text};
use anyhow::bail;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set: for tracer networks with HoursAfterInjection beside its T1-weighted scans, for
    /// leak networks with a column `leak` in participants.tsv, for networks for spaces with masks or
    /// counts in its derivatives.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Networks of one task that come with the program, by name, or files.
    #[arg(long = "model", value_name = "NAME|FILE", num_args = 1.., required = true)]
    models: Vec<String>,
    /// Where the planes lie: a CSV with participant_id, axial_mm, sagittal_mm.
    #[arg(long, value_name = "CSV")]
    planes: Option<PathBuf>,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Draw these patients into a PNG: what goes in, the real scan, and what each network
    /// predicts with its difference.
    #[arg(long, value_name = "SUB", num_args = 1.., requires = "output")]
    figure: Vec<String>,
    #[command(flatten)]
    spaces: evaluate_spaces::Args,
    /// A folder for predicted planes with their standard deviations, pictures, a table with a row a
    /// patient, and all numbers; with --figure its PNG.
    #[arg(short, long = "output", value_name = "DIR|PNG")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let models: Vec<Model> = args
        .models
        .iter()
        .map(|name| Model::find(name))
        .collect::<Result<_, _>>()?;
    let same = |a: &TaskCard, b: &TaskCard| std::mem::discriminant(a) == std::mem::discriminant(b);
    let task = &models[0].card.task;
    if !models.iter().all(|model| same(&model.card.task, task)) {
        bail!("networks of one task are judged together, and these are of several");
    }
    let common = Common {
        data: &args.data,
        models: &args.models,
        device: args.device,
        json: args.json,
    };
    match task {
        TaskCard::Tracer(_) => {
            args.spaces.refuse()?;
            run_tracer(args)
        }
        TaskCard::Leak(_) | TaskCard::Spaces(_) | TaskCard::Counts(_)
            if args.planes.is_some() || args.output.is_some() =>
        {
            bail!("--planes, --figure and --output are for tracer networks")
        }
        TaskCard::Leak(_) => {
            args.spaces.refuse()?;
            evaluate_leak::run(&args.data, &models, args.device, args.json)
        }
        TaskCard::Spaces(_) => evaluate_spaces::marked(&args.spaces, &common),
        TaskCard::Counts(_) => evaluate_spaces::counted(&args.spaces, &common),
    }
}

fn run_tracer(args: &Args) -> anyhow::Result<()> {
    let output = args.output.as_deref();
    let (figure, output) = match args.figure.is_empty() {
        true => (None, output),
        false => (output, None),
    };
    let request = EvaluateRequest {
        data: &args.data,
        models: &args.models,
        planes: args.planes.as_deref(),
        device: args.device,
        figure: figure.map(|path| (&args.figure[..], path)),
        output,
    };
    let judged = evaluate(&request, &notify())?;
    if args.json {
        return print(&serde_json::to_string_pretty(&evaluation_json(&judged))?);
    }
    print(&evaluation_text(&judged))
}
