//! `cisterna train`: a network from a data set.

use super::{device, remark};
use crate::anatomy::FatStatistic;
use crate::formats::bids;
use crate::models::{
    Begin, Card, Cases, Compute, DeviceChoice, EpochErrors, Evaluation, Inputs, Learned, Loss,
    Model, Origin, Preparation, Recipe, Split, Start, Told, TrainedCard, Training, UNetShape,
    WARNING, evaluate, open_cases, train,
};
use crate::report::loss_curve;
use crate::volume::Scaling;
use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train the U-net that predicts the planes of 24 h.
    Unet(Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set with HoursAfterInjection beside its T1-weighted scans.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Which scans go in: pre, 1-2h, 3-5h, 5-7h, 7-9h, several joined by +, or 1-9h.
    #[arg(long, value_name = "I")]
    interval: Inputs,
    /// What training makes small.
    #[arg(long, default_value = "l2")]
    loss: LossArg,
    /// The tracer study's recipe, or the better one.
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
    /// auto, gpu or cpu.
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
pub(super) struct PreparationArgs {
    /// Each slice by its own range, or all by the signal of the orbital fat.
    #[arg(long, default_value = "slice")]
    scaling: ScalingArg,
    /// Which value stands for the orbital fat.
    #[arg(long, default_value = "mean")]
    fat: FatArg,
    /// Where the planes lie: a CSV with participant_id, axial_mm, sagittal_mm.
    #[arg(long, value_name = "CSV")]
    pub(super) planes: Option<PathBuf>,
}

impl PreparationArgs {
    /// What a network's card says, with planes told by the caller.
    pub(super) fn of(preparation: Preparation, planes: Option<PathBuf>) -> Self {
        Self {
            scaling: match preparation.scaling {
                Scaling::Slice => ScalingArg::Slice,
                Scaling::Fat => ScalingArg::Fat,
            },
            fat: match preparation.fat {
                FatStatistic::Mean => FatArg::Mean,
                FatStatistic::Median => FatArg::Median,
            },
            planes,
        }
    }

    pub(super) fn preparation(&self) -> Preparation {
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
    let Command::Unet(args) = command;
    let start = args.start.as_deref().map(Model::find).transpose()?;
    let mut training = Training {
        inputs: args.interval.clone(),
        preparation: args.preparing.preparation(),
        loss: match args.loss {
            LossArg::L2 => Loss::L2,
            LossArg::L1 => Loss::L1,
        },
        recipe: match args.recipe {
            RecipeArg::Paper => Recipe::Paper,
            RecipeArg::Best => Recipe::Best,
        },
        features: features(args, start.as_ref())?,
        epochs: args.epochs,
        batch: args.batch,
        learning_rate: args.learning_rate,
        seed: args.seed,
        start: None,
    };
    if let Some(start) = &start {
        check_start(start, &training)?;
    }
    let checkpoint = args.output.join("checkpoint.bpk");
    if checkpoint.exists() && !args.resume {
        bail!(
            "there is a training already; --resume goes on with it: {}",
            checkpoint.display()
        );
    }
    let compute = device(args.device)?;
    let cases = cases(&args.data, &training.inputs, &args.preparing)?;
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot make the folder {}", args.output.display()))?;
    let seen = start
        .as_ref()
        .and_then(|start| start.card.split_of(&cases.fingerprint));
    let split = seen
        .cloned()
        .unwrap_or_else(|| Split::draw(&cases.subjects(), args.seed));
    training.start = start.as_ref().map(begun_with);
    let net = start
        .map(|start| start.unet(compute.device()))
        .transpose()?;
    let begin = match &net {
        _ if args.resume && checkpoint.exists() => Begin::Checkpoint,
        Some((_, net)) => Begin::Network(net),
        None => Begin::Drawn,
    };
    remark(&format!(
        "{} patients to learn from, {} to be judged by; on {compute}; a checkpoint after each epoch, --resume goes on from it",
        split.train.len(),
        split.test.len()
    ));
    let bar = bar(1000, "{elapsed_precise} {wide_bar} {msg}, {eta} left");
    let mut history: Vec<EpochErrors> = Vec::new();
    let trained = train(
        &cases,
        &split,
        &training,
        compute.device(),
        &checkpoint,
        begin,
        &mut |told| {
            match told {
                Told::Step { epoch, done } => {
                    bar.set_position((done * 1000.0) as u64);
                    if history.is_empty() {
                        bar.set_message(format!("epoch {epoch} of {}", training.epochs));
                    }
                }
                Told::Epoch(errors) => {
                    history.push(errors);
                    bar.set_message(format!(
                        "epoch {} of {}, train {:.5}, test {:.5}",
                        errors.epoch, training.epochs, errors.train_loss, errors.test_loss
                    ));
                    tracing::info!(?errors, "epoch");
                }
            }
            ControlFlow::Continue(())
        },
    );
    bar.finish_and_clear();
    let trained = trained?;
    let name = args
        .name
        .clone()
        .unwrap_or_else(|| format!("{}-{}", training.inputs, training.loss));
    let card = write_model(args, &training, &cases, split, &trained, &compute, &name)?;
    let Origin::Trained(told) = &card.origin else {
        bail!("a trained network has a training");
    };
    super::print(&summary(&told.evaluation))?;
    write_losses(&args.output, &trained.history, training.loss)
}

/// As many as asked for, or as the network has that is begun with.
fn features(args: &Args, start: Option<&Model>) -> anyhow::Result<usize> {
    match (args.features, start.map(|start| start.card.shape.features)) {
        (Some(asked), Some(has)) if asked != has => {
            bail!("--features is {asked}, but the network of --start has {has}")
        }
        (asked, has) => Ok(asked.or(has).unwrap_or(64)),
    }
}

/// Refuses a network that a training cannot begin with, and says why.
fn check_start(start: &Model, training: &Training) -> anyhow::Result<()> {
    let (has, needs) = (&start.card.shape, training.shape());
    let name = &start.card.name;
    if has.channels_in != needs.channels_in {
        bail!(
            "--start: {name} is given {} planes, but --interval {} makes {}",
            has.channels_in,
            training.inputs,
            needs.channels_in
        );
    }
    if has.context && !needs.context {
        bail!(
            "--start: {name} sees the whole head at its bottleneck, which only --recipe best trains"
        );
    }
    let with_context = UNetShape {
        context: needs.context,
        ..has.clone()
    };
    if with_context != needs {
        bail!(
            "--start: {name} is of another kind than what is trained here: depth {}, {} planes out, {:?} up-sampling, {:?} head",
            has.depth,
            has.channels_out,
            has.upsampling,
            has.head
        );
    }
    Ok(())
}

/// What the card will say of the network that was begun with.
fn begun_with(start: &Model) -> Start {
    Start {
        name: start.card.name.clone(),
        sha256: start.sha256().unwrap_or_default(),
        trained_on: start.card.trained_on(),
        learned: start.card.learned().cloned().collect(),
    }
}

/// Opens the patients of a data set, with a bar, and says who was left out.
pub(super) fn cases(
    data: &Path,
    inputs: &Inputs,
    preparing: &PreparationArgs,
) -> anyhow::Result<Cases> {
    let bar = bar(1000, "opening scans {wide_bar} {eta} left");
    let cases = open_cases(
        data,
        inputs,
        preparing.preparation(),
        preparing.planes.as_deref(),
        &|done| {
            bar.set_position((done * 1000.0) as u64);
            ControlFlow::Continue(())
        },
    );
    bar.finish_and_clear();
    let cases = cases?;
    for (subject, why) in &cases.left_out {
        remark(&format!("sub-{subject} is left out: {why}"));
    }
    Ok(cases)
}

fn bar(len: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(len);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn write_losses(folder: &Path, history: &[EpochErrors], loss: Loss) -> anyhow::Result<()> {
    let path = folder.join("losses.csv");
    let mut table = csv::Writer::from_path(&path).with_context(|| path.display().to_string())?;
    for row in history {
        table
            .serialize(row)
            .with_context(|| path.display().to_string())?;
    }
    table.flush().with_context(|| path.display().to_string())?;
    let points: Vec<[f64; 3]> = history
        .iter()
        .map(|row| [row.epoch as f64, row.train_loss, row.test_loss])
        .collect();
    let curve = loss_curve(&points, &loss.to_string())?;
    for (name, bytes) in [
        ("losses.svg", curve.svg.as_bytes()),
        ("losses.png", &curve.png),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn write_model(
    args: &Args,
    training: &Training,
    cases: &Cases,
    split: Split,
    trained: &crate::models::Trained,
    compute: &Compute,
    name: &str,
) -> anyhow::Result<Card> {
    let shape = training.shape();
    let model_path = args.output.join("model.bpk");
    let draft = |evaluation: Evaluation| -> anyhow::Result<Card> {
        let best = trained
            .history
            .iter()
            .min_by(|a, b| a.test_mse.total_cmp(&b.test_mse));
        Ok(Card {
            name: name.to_owned(),
            warning: WARNING.to_owned(),
            use_of_it: use_of_it(training.start.as_ref(), cases.is_simulated),
            licence: Some("MIT OR Apache-2.0".to_owned()),
            date: today(),
            made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
            shape: shape.clone(),
            n_weights: trained.net.n_weights(),
            inputs: Some(training.inputs.clone()),
            preparation: training.preparation,
            origin: Origin::Trained(Box::new(TrainedCard {
                learned: Learned {
                    data_set: bids::data_set_name(&args.data)
                        .unwrap_or_else(|| "unnamed".to_owned()),
                    is_simulated: cases.is_simulated,
                    fingerprint: cases.fingerprint.clone(),
                    split: split.clone(),
                },
                hours: cases.hours(),
                settings: training.clone(),
                device: compute.to_string(),
                evaluation,
                best_epoch: *best.context("no epoch was trained")?,
            })),
        })
    };
    // What is stored has half the precision; its errors are the ones to tell.
    Model::write(&trained.net, &draft(Evaluation::default())?, &model_path)?;
    let (_, stored): (UNetShape, _) =
        Model::find(&model_path.to_string_lossy())?.unet(compute.device())?;
    let evaluation = evaluate(&stored.folded(), cases, Some(&split), compute.device())?;
    let card = draft(evaluation)?;
    Model::write(&trained.net, &card, &model_path)?;
    bids::write_json(&args.output.join("card.json"), &card)?;
    bids::write_text(&args.output.join("card.md"), &card.to_markdown())?;
    Ok(card)
}

fn use_of_it(start: Option<&Start>, is_simulated: bool) -> String {
    let began_so = |start: &Start| {
        !start.learned.is_empty() && start.learned.iter().all(|earlier| earlier.is_simulated)
    };
    let learned = if is_simulated && start.is_none_or(began_so) {
        "It was trained on simulated heads and has never seen a patient: on real scans its predictions show what the program does, and nothing about a patient."
    } else {
        "It was trained on the scans that are named below and is untried on any other."
    };
    format!(
        "Predicts the axial and the sagittal plane of a T1-weighted scan 24 h after a tracer was given into the cerebrospinal fluid, from earlier scans of the same head. {learned} Not to be used for any decision about a patient."
    )
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

/// Today's date in UTC, `YYYY-MM-DD`.
pub(super) fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}
