//! `cisterna train spaces`: networks that mark perivascular spaces.

use super::{notify, print};
use crate::models::spaces::{SpacesLoss, SpacesPreparation, SpacesScaling, SpacesSettings};
use crate::models::{Card, DeviceChoice, Model, RunSettings, TaskCard, VolumeUNetShape};
use crate::workflows::{Resume, TrainSpacesRequest, train_spaces};
use clap::ValueEnum;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("scans").required(true).args(["data", "pretrain"]))]
pub(super) struct Args {
    /// A BIDS data set with T1-weighted scans, and masks of spaces in a pipeline of its derivatives.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Train an autoencoder on the T1-weighted scans of this data set, without masks; --start begins
    /// with it later.
    #[arg(long, value_name = "DIR")]
    pretrain: Option<PathBuf>,
    /// Whose masks are learned from: what follows desc- in the names of the files _mask.nii.gz.
    #[arg(long, value_name = "NAME", default_value = "rater1")]
    masks: String,
    /// Begin with the weights of this model, an autoencoder or one that marks spaces.
    #[arg(long, value_name = "NAME|FILE")]
    start: Option<String>,
    /// Patients to learn from, where that is not all: the experiment of the paper with 10 to 40.
    #[arg(long, value_name = "N")]
    subjects: Option<usize>,
    /// Networks, each judged by other patients, whose mean the model predicts; 1 is judged by a fifth of
    /// the patients.
    #[arg(long, value_name = "K", default_value_t = 1)]
    folds: usize,
    /// The network.
    #[arg(long, default_value = "small")]
    network: NetworkArg,
    /// Maps of its first level, where that is not the network's own.
    #[arg(long, value_name = "N")]
    base: Option<usize>,
    /// Levels of its encoder, where that is not the network's own.
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// The edge of the pieces that are learned from, in voxels; 0 for whole heads, as in the paper.
    #[arg(long, value_name = "VOXELS", default_value_t = 32)]
    crop: usize,
    /// Pieces of each patient in a step.
    #[arg(long, value_name = "N", default_value_t = 4)]
    crops: usize,
    /// As the paper says, or with varied brightness, a learning rate that rises and falls and averaged
    /// weights.
    #[arg(long, default_value = "best")]
    recipe: RecipeArg,
    /// How values are scaled.
    #[arg(long, default_value = "white")]
    scaling: ScalingArg,
    /// How often each patient is seen.
    #[arg(long, default_value_t = 40)]
    epochs: usize,
    /// Patients a step.
    #[arg(long, default_value_t = 2)]
    batch: usize,
    /// Of Adam; the highest one of a schedule.
    #[arg(long, value_name = "R", default_value_t = 3e-3)]
    learning_rate: f64,
    #[command(flatten)]
    run: RunArgs,
}

/// What trainings of networks for spaces take alike.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// What splits, weights, order and pieces are drawn from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(super) seed: u64,
    /// auto, gpu or cpu; libtorch or libtorch-cuda in builds with that feature.
    #[arg(long, default_value = "auto")]
    pub(super) device: DeviceChoice,
    /// By what the model will be called.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// The folder for the model, its card, its losses and checkpoints.
    #[arg(short, long = "output", value_name = "MODEL_DIR")]
    pub(super) output: PathBuf,
    /// Go on from the checkpoint in the folder.
    #[arg(long)]
    resume: bool,
    /// Make the model of what the checkpoint in the folder holds, though not all epochs are done; refused
    /// where there is none.
    #[arg(long, conflicts_with = "resume")]
    finish: bool,
}

impl RunArgs {
    pub(super) fn resume(&self) -> Resume {
        match (self.resume, self.finish) {
            (_, true) => Resume::Finish,
            (true, _) => Resume::GoOn,
            _ => Resume::No,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum NetworkArg {
    /// 8 maps at first, doubled over 3 levels.
    Small,
    /// The paper's: 8 maps at first, doubled over 7 levels.
    Paper,
    /// The authors' version 1: 10 maps at first, 1.8 times as many at each of 7 levels.
    ShivaV1,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum RecipeArg {
    Paper,
    Best,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum ScalingArg {
    /// White matter, the commonest of the brighter values, becomes 1.
    White,
    /// As SHiVAi does: over the 99th percentile.
    Percentile,
}

impl Args {
    fn settings(&self) -> SpacesSettings {
        let mut shape = match self.network {
            NetworkArg::Small => VolumeUNetShape::small(8),
            NetworkArg::Paper => VolumeUNetShape::paper(),
            NetworkArg::ShivaV1 => VolumeUNetShape::shiva_v1(1),
        };
        shape.base = self.base.unwrap_or(shape.base);
        shape.depth = self.depth.unwrap_or(shape.depth);
        let is_best = self.recipe == RecipeArg::Best;
        SpacesSettings {
            shape,
            preparation: SpacesPreparation {
                scaling: match self.scaling {
                    ScalingArg::White => SpacesScaling::White,
                    ScalingArg::Percentile => SpacesScaling::Percentile,
                },
                ..SpacesPreparation::default()
            },
            loss: SpacesLoss::Dice,
            crop: (self.crop > 0).then_some(self.crop),
            crops: self.crops,
            gain: if is_best { 0.05 } else { 0.0 },
            averaging: is_best.then_some(0.99),
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let start = args.start.as_deref().map(Model::find).transpose()?;
    let (data, mask) = match (&args.data, &args.pretrain) {
        (Some(data), _) => (data, Some(args.masks.as_str())),
        (None, Some(data)) => (data, None),
        (None, None) => anyhow::bail!("--data or --pretrain is wanted"),
    };
    let card = train_spaces(
        TrainSpacesRequest {
            data,
            mask,
            settings: args.settings(),
            run: RunSettings {
                epochs: args.epochs,
                batch: args.batch,
                learning_rate: args.learning_rate,
                seed: args.run.seed,
                start: None,
            },
            start,
            folds: args.folds,
            subjects: args.subjects,
            device: args.run.device,
            resume: args.run.resume(),
            name: args.run.name.clone(),
            output: &args.run.output,
        },
        &notify(),
    )?;
    print(&summary(&card))
}

fn summary(card: &Card) -> String {
    let TaskCard::Spaces(part) = &card.task else {
        return card.name.clone();
    };
    let scores = part.training.as_ref().and_then(|t| t.scores.as_ref());
    let Some(scores) = scores else {
        return format!("{}: {}", card.name, part.network.in_words());
    };
    let at = |rows: &[[f64; 2]], wanted: f64| {
        let row = rows.iter().find(|row| row[0] == wanted);
        row.map_or(f64::NAN, |row| row[1])
    };
    let mut text = format!(
        "test ({} patients): Dice of voxels {:.3} at the threshold {}; F1 of clusters",
        scores.patients,
        at(&scores.voxel_dice, part.threshold),
        part.threshold
    );
    for mm3 in [0.0, 5.0, 10.0, 15.0] {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            " {:.3} above {mm3} mm3,",
            at(&scores.cluster_dice, mm3)
        );
    }
    text.trim_end_matches(',').to_owned()
}
