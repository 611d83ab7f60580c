//! `cisterna evaluate`: how good networks are, beside predictions that take none.

use super::evaluate_spaces::{self, Common};
use super::{notify, print};
use crate::models::{DeviceChoice, Model, TaskCard};
use crate::workflows::{EvaluateRequest, Evaluated, evaluate};
use anyhow::bail;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set: for tracer networks with HoursAfterInjection beside its T1-weighted scans, for
    /// networks for spaces with masks or counts in its derivatives.
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
    /// The PNG of --figure.
    #[arg(short, long = "output", value_name = "PNG")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let mut tasks = Vec::new();
    for name in &args.models {
        tasks.push(Model::find(name)?.card.task);
    }
    let same = |a: &TaskCard, b: &TaskCard| std::mem::discriminant(a) == std::mem::discriminant(b);
    if !tasks.iter().all(|task| same(task, &tasks[0])) {
        bail!("networks of one task are judged together, and these are of several");
    }
    let common = Common {
        data: &args.data,
        models: &args.models,
        device: args.device,
        json: args.json,
    };
    match tasks[0] {
        TaskCard::Tracer(_) => {
            args.spaces.refuse()?;
            run_tracer(args)
        }
        TaskCard::Leak(_) => bail!("networks for leaks have no evaluation"),
        TaskCard::Spaces(_) | TaskCard::Counts(_)
            if args.planes.is_some() || args.output.is_some() =>
        {
            bail!("--planes, --figure and --output are for tracer networks")
        }
        TaskCard::Spaces(_) => evaluate_spaces::marked(&args.spaces, &common),
        TaskCard::Counts(_) => evaluate_spaces::counted(&args.spaces, &common),
    }
}

fn run_tracer(args: &Args) -> anyhow::Result<()> {
    let output = args.output.as_deref();
    let request = EvaluateRequest {
        data: &args.data,
        models: &args.models,
        planes: args.planes.as_deref(),
        device: args.device,
        figure: output.map(|path| (&args.figure[..], path)),
    };
    let judged = evaluate(&request, &notify())?;
    if args.json {
        let models: Vec<serde_json::Value> = judged.iter().map(json_of).collect();
        return print(&serde_json::to_string_pretty(&json!({ "models": models }))?);
    }
    print(&table(&judged))
}

fn json_of(one: &Evaluated) -> serde_json::Value {
    let evaluation = &one.evaluation;
    json!({
        "name": one.card.name,
        "interval": one.inputs(),
        "loss": one.loss(),
        "patients": evaluation.patients,
        "mse": evaluation.test.mse,
        "mae": evaluation.test.mae,
        "train": evaluation.train,
        "train_patients": evaluation.train_patients,
        "is_own_data": evaluation.is_own_data,
        "trained_on": one.card.trained_on(),
        "baselines": evaluation.baselines,
    })
}

/// The errors as the tracer study's Table 2 has them, a row for each network and each baseline.
fn table(judged: &[Evaluated]) -> String {
    let mut text = format!(
        "{:<16} {:<10} {:<4} {:>8} {:>9} {:>8} {:>9} {:>8}\n",
        "network", "interval", "loss", "patients", "test MSE", "test MAE", "train MSE", "train MAE"
    );
    for one in judged {
        let evaluation = &one.evaluation;
        let loss = one.loss().unwrap_or_default();
        let train = evaluation.train.map_or_else(
            || format!("{:>9} {:>8}", "-", "-"),
            |train| format!("{:>9.5} {:>8.4}", train.mse, train.mae),
        );
        let mut row = |name: &str, loss: &str, mse: f64, mae: f64, train: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{name:<16} {:<10} {loss:<4} {:>8} {mse:>9.5} {mae:>8.4} {train}",
                one.inputs(),
                evaluation.patients
            );
        };
        row(
            &one.card.name,
            &loss,
            evaluation.test.mse,
            evaluation.test.mae,
            &train,
        );
        let baselines = &evaluation.baselines;
        for (name, errors) in [
            ("  copy", baselines.copy),
            ("  mean", baselines.mean),
            ("  linear", baselines.linear),
        ] {
            row(name, "", errors.mse, errors.mae, "");
        }
    }
    if judged.iter().any(|one| !one.evaluation.is_own_data) {
        text.push_str(
            "\nA network that was not trained on this data set is judged by all of its patients; the\n\
             mean and the lines of each are learned from all others.\n",
        );
    }
    text
}
