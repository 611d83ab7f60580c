//! `cisterna train counts`: networks that count perivascular spaces in a region.

use super::train_spaces::RunArgs;
use super::values::{triple, triple_of_numbers};
use super::{notify, print};
use crate::models::counts::{CountRegion, CountsPreparation, CountsScaling, CountsSettings};
use crate::models::{CounterKind, CounterShape, Model, RunSettings, TaskCard};
use crate::workflows::{TrainCountsRequest, train_counts};
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set with T2-weighted scans, label maps (_dseg) in its derivatives and a table
    /// ratings.tsv of what raters counted.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where spaces are counted: cso, bg or hippocampi.
    #[arg(long, value_name = "REGION")]
    region: CountRegion,
    /// Whose counts are learned from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    rater: u32,
    /// The network.
    #[arg(long, default_value = "gp-unet")]
    network: NetworkArg,
    /// Maps of its first level; twice as many at each level down.
    #[arg(long, value_name = "N", default_value_t = 32)]
    features: usize,
    /// How often a GP-UNet halves the lattice.
    #[arg(long, value_name = "N", default_value_t = 2)]
    depth: usize,
    /// Kernels and halvings within the slice only.
    #[arg(long)]
    flat: bool,
    /// What the mean of the last maps is multiplied by before it is weighed; 1 as published.
    #[arg(long, value_name = "G", default_value_t = 1.0)]
    gain: f64,
    /// Begin with the weights of this network.
    #[arg(long, value_name = "NAME|FILE")]
    start: Option<String>,
    #[command(flatten)]
    preparing: PreparationArgs,
    /// Imitate slices of this thickness in half of the cases, mm.
    #[arg(long, value_name = "MM")]
    thick: Option<f64>,
    /// The published recipe with one learning rate, or one that rises and falls, with averaged weights.
    #[arg(long, default_value = "best")]
    recipe: RecipeArg,
    /// How often each patient is seen.
    #[arg(long, default_value_t = 60)]
    epochs: usize,
    /// Patients a step.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Of Adam; the highest one of a schedule.
    #[arg(long, value_name = "R", default_value_t = 1e-3)]
    learning_rate: f64,
    #[command(flatten)]
    run: RunArgs,
}

/// How regions become volumes; what is not told is the region's own.
#[derive(Debug, clap::Args)]
struct PreparationArgs {
    /// Edges of a voxel, mm.
    #[arg(long, value_name = "X,Y,Z", value_parser = triple_of_numbers)]
    spacing: Option<[f64; 3]>,
    /// Voxels along each axis.
    #[arg(long, value_name = "X,Y,Z", value_parser = triple)]
    size: Option<[usize; 3]>,
    /// How thick the slab of the centrum semiovale is, mm.
    #[arg(long, value_name = "MM")]
    slab: Option<f64>,
    /// By how many voxels the mask is grown.
    #[arg(long, value_name = "VOXELS")]
    grown: Option<usize>,
    /// Standard deviation of the Gaussian that softens the mask, mm.
    #[arg(long, value_name = "MM")]
    soft: Option<f64>,
    /// How values are scaled.
    #[arg(long, default_value = "min-max")]
    scaling: ScalingArg,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum NetworkArg {
    Cnn,
    GpUnet,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum RecipeArg {
    Paper,
    Best,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum ScalingArg {
    /// 0 to 1 by the smallest and the largest value in the region, as in the paper.
    MinMax,
    /// How far above the median of the region.
    Median,
}

impl PreparationArgs {
    fn preparation(&self, region: CountRegion) -> CountsPreparation {
        let own = CountsPreparation::of(region);
        CountsPreparation {
            spacing_mm: self.spacing.unwrap_or(own.spacing_mm),
            size: self.size.unwrap_or(own.size),
            slab_mm: self.slab.unwrap_or(own.slab_mm),
            grown: self.grown.unwrap_or(own.grown),
            soft_mm: self.soft.unwrap_or(own.soft_mm),
            scaling: match self.scaling {
                ScalingArg::MinMax => CountsScaling::MinMax,
                ScalingArg::Median => CountsScaling::Median,
            },
            ..own
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let is_best = args.recipe == RecipeArg::Best;
    let card = train_counts(
        TrainCountsRequest {
            data: &args.data,
            rater: args.rater,
            settings: CountsSettings {
                shape: CounterShape {
                    kind: match args.network {
                        NetworkArg::Cnn => CounterKind::Cnn,
                        NetworkArg::GpUnet => CounterKind::GpUnet,
                    },
                    features: args.features,
                    depth: args.depth,
                    flat: args.flat,
                    gain: args.gain,
                },
                preparation: args.preparing.preparation(args.region),
                moved: true,
                thick_mm: args.thick,
                averaging: is_best.then_some(0.99),
            },
            run: RunSettings {
                epochs: args.epochs,
                batch: args.batch,
                learning_rate: args.learning_rate,
                seed: args.run.seed,
                start: None,
            },
            start: args.start.as_deref().map(Model::find).transpose()?,
            device: args.run.device,
            resume: args.run.resume(),
            name: args.run.name.clone(),
            output: &args.run.output,
        },
        &notify(),
    )?;
    let TaskCard::Counts(part) = &card.task else {
        return print(&card.name);
    };
    let scores = part.training.as_ref().map(|training| &training.scores);
    print(&scores.map_or_else(String::new, |scores| {
        format!(
            "test ({} patients): Pearson's r with rater {} {}, mean absolute difference {:.2}",
            scores.patients,
            args.rater,
            scores
                .pearson
                .map_or_else(|| "not defined".to_owned(), |r| format!("{r:.3}")),
            scores.mae
        )
    }))
}
