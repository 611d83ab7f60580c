//! `cisterna train`: a network from a data set.

use super::{notify, print, train_counts, train_spaces};
use crate::anatomy::FatStatistic;
use crate::models::tracer::{
    Evaluation, Inputs, Loss, Preparation, Recipe, ScanInterval, TracerCard, TracerSettings,
    tracer_card,
};
use crate::models::{DeviceChoice, Model, RunSettings};
use crate::volume::Scaling;
use crate::workflows::{
    Table2Request, TrainTracerRequest, evaluation_text, train_table2, train_tracer,
};
use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train a network that predicts the planes of 24 h.
    #[command(alias = "unet")]
    Tracer(Args),
    /// Train networks that tell whether a leak of CSF is likely to be found.
    Leak(super::train_leak::Args),
    /// Train networks that mark perivascular spaces on T1-weighted scans.
    Spaces(Box<train_spaces::Args>),
    /// Train a network that counts perivascular spaces in a region of T2-weighted scans.
    Counts(Box<train_counts::Args>),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set with HoursAfterInjection beside its T1-weighted scans.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Which scans go in: pre, 1-2h, 3-5h, 5-7h, 7-9h, several joined by +, or 1-9h.
    #[arg(long, value_name = "I", required_unless_present = "table2")]
    interval: Option<Inputs>,
    /// The six networks of the tracer study's Table 2, one after the other (pre, 1-2h, 3-5h, 5-7h, 7-9h,
    /// 1-9h), and one table of their errors and grades. The same command goes on where it was stopped.
    #[arg(long, conflicts_with_all = ["interval", "start", "resume", "name"])]
    table2: bool,
    /// What training makes small.
    #[arg(long, default_value = "l2")]
    loss: LossArg,
    /// The tracer study's recipe, the better one, or that with planes as other scanners would show them.
    #[arg(long, default_value = "best")]
    recipe: RecipeArg,
    /// Begin with the weights of this network, not with random ones; the better recipe is at full
    /// size throughout then. Data that it was trained on
    /// are split as they were then; of other data, none that it learned from should be among
    /// those that it is now judged by.
    #[arg(long, value_name = "NAME|FILE")]
    start: Option<String>,
    /// Maps of the first level; each level down has twice as many. 64, or those of --start.
    #[arg(long, value_name = "N")]
    features: Option<usize>,
    /// How often each patient is seen.
    #[arg(long, default_value_t = 250)]
    epochs: usize,
    /// Patients a step.
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// Of Adam; the highest one of a schedule.
    #[arg(long, value_name = "R", default_value_t = 1e-3)]
    learning_rate: f64,
    /// What the split, the weights and the order are drawn from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    preparing: PreparationArgs,
    /// auto, gpu or cpu; libtorch or libtorch-cuda in builds with that feature.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Go on from the checkpoint in the folder.
    #[arg(long)]
    resume: bool,
    /// By what the network will be called; otherwise the interval and the loss.
    #[arg(long)]
    name: Option<String>,
    /// The folder for the network, its card, its losses and the checkpoint.
    #[arg(short, long = "output", value_name = "MODEL_DIR")]
    output: PathBuf,
}

/// How scans become planes.
#[derive(Debug, clap::Args)]
struct PreparationArgs {
    /// Each slice by its own range, or all by the signal of the orbital fat.
    #[arg(long, default_value = "slice")]
    scaling: ScalingArg,
    /// Which value stands for the orbital fat.
    #[arg(long, default_value = "mean")]
    fat: FatArg,
    /// Where the planes lie: a CSV with participant_id, axial_mm, sagittal_mm.
    #[arg(long, value_name = "CSV")]
    planes: Option<PathBuf>,
}

impl PreparationArgs {
    fn preparation(&self) -> Preparation {
        Preparation {
            scaling: match self.scaling {
                ScalingArg::Slice => Scaling::Slice,
                ScalingArg::Fat => Scaling::Fat,
            },
            fat: match self.fat {
                FatArg::Mean => FatStatistic::Mean,
                FatArg::Median => FatStatistic::Median,
            },
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LossArg {
    L2,
    L1,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RecipeArg {
    Paper,
    Best,
    Varied,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScalingArg {
    Slice,
    Fat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FatArg {
    Mean,
    Median,
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Tracer(args) => run_tracer(args),
        Command::Leak(args) => super::train_leak::run(args),
        Command::Spaces(args) => train_spaces::run(args),
        Command::Counts(args) => train_counts::run(args),
    }
}

fn run_tracer(args: &Args) -> anyhow::Result<()> {
    let start = args.start.as_deref().map(Model::find).transpose()?;
    let settings = |inputs: Inputs| -> anyhow::Result<TracerSettings> {
        Ok(TracerSettings {
            inputs,
            preparation: args.preparing.preparation(),
            loss: match args.loss {
                LossArg::L2 => Loss::L2,
                LossArg::L1 => Loss::L1,
            },
            recipe: match args.recipe {
                RecipeArg::Paper => Recipe::Paper,
                RecipeArg::Best => Recipe::Best,
                RecipeArg::Varied => Recipe::Varied,
            },
            features: features(args, start.as_ref())?,
        })
    };
    let run = RunSettings {
        epochs: args.epochs,
        batch: args.batch,
        learning_rate: args.learning_rate,
        seed: args.seed,
        start: None,
    };
    let planes = args.preparing.planes.as_deref();
    let Some(inputs) = args.interval.clone() else {
        let request = Table2Request {
            data: &args.data,
            planes,
            settings: settings(ScanInterval::Pre.into())?,
            run,
            device: args.device,
            output: &args.output,
        };
        let judged = train_table2(&request, &notify())?;
        return print(&evaluation_text(&judged));
    };
    let settings = settings(inputs)?;
    let card = train_tracer(
        TrainTracerRequest {
            data: &args.data,
            planes,
            settings,
            run,
            start,
            device: args.device,
            resume: args.resume,
            name: args.name.clone(),
            output: &args.output,
        },
        &notify(),
    )?;
    let part: Option<&TracerCard> = card.task();
    let training = part.and_then(|part| part.training.as_ref());
    let training = training.context("a trained network has a training")?;
    print(&summary(&training.evaluation))
}

/// As many as asked for, or as the network has that is begun with.
fn features(args: &Args, start: Option<&Model>) -> anyhow::Result<usize> {
    let has = start.map(|start| anyhow::Ok(tracer_card(start)?.shape.features));
    match (args.features, has.transpose()?) {
        (Some(asked), Some(has)) if asked != has => {
            bail!("--features is {asked}, but the network of --start has {has}")
        }
        (asked, has) => Ok(asked.or(has).unwrap_or(64)),
    }
}

fn summary(evaluation: &Evaluation) -> String {
    let baselines = &evaluation.baselines;
    format!(
        "test ({} patients): mse {:.5}, mae {:.4}; copy {:.5}, mean {:.5}, linear {:.5}",
        evaluation.patients,
        evaluation.test.mse,
        evaluation.test.mae,
        baselines.copy.mse,
        baselines.mean.mse,
        baselines.linear.mse
    )
}
