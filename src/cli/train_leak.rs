//! `cisterna train leak`: networks that tell whether a leak of CSF is likely to be found.

use super::values::triple;
use super::{notify, print};
use crate::models::leak::{
    IntensityScaling, LeakEvaluation, LeakNetwork, LeakPreparation, LeakRecipe, LeakSettings,
};
use crate::models::{DeviceChoice, Model, RunSettings, TaskCard};
use crate::report::LeakReportOptions;
use crate::workflows::{TrainLeakRequest, TrainedFold, leak_results, train_leak};
use anyhow::bail;
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A BIDS data set whose participants.tsv has a column `leak`: 1 or 0.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Into how many folds patients are split, by label; 1 keeps nobody apart but the inner split.
    #[arg(long, value_name = "N", default_value_t = 5)]
    folds: usize,
    /// Train this fold alone, from 1.
    #[arg(long, value_name = "K")]
    fold: Option<usize>,
    /// The paper's network, or a small one.
    #[arg(long, default_value = "densenet121")]
    network: NetworkArg,
    /// Maps of each block of the small network.
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', default_values_t = [32, 64, 128, 256, 256, 64])]
    maps: Vec<usize>,
    /// The edge of the voxels that scans are brought to, mm.
    #[arg(long, value_name = "1|2|4", default_value = "1")]
    grid_mm: GridArg,
    /// Voxels that scans are brought to; otherwise 240,260,260 of 1 mm, half as many of 2 mm, and so on.
    #[arg(long, value_name = "I,J,K", value_parser = triple)]
    size: Option<[usize; 3]>,
    /// How values are scaled: none, min-max, z-score, z-score-nonzero, tissue; otherwise none with the
    /// paper's recipe and tissue with the better one.
    #[arg(long, value_name = "HOW")]
    scaling: Option<IntensityScaling>,
    /// The paper's recipe, or the better one.
    #[arg(long, default_value = "paper")]
    recipe: RecipeArg,
    /// Keep one of every eight patients to learn from apart, to choose the epoch and the temperature by.
    #[arg(long)]
    inner_split: bool,
    /// How often each patient is seen.
    #[arg(long, value_name = "N", default_value_t = 450)]
    epochs: usize,
    /// So many of these come first and see the means of 2 x 2 x 2 voxels, which takes an eighth of the time.
    #[arg(long, value_name = "N", default_value_t = 0)]
    coarse_epochs: usize,
    /// Paper's recipe: epochs before the learning rate begins anew, at first and then.
    #[arg(long, value_name = "N,N", num_args = 2, value_delimiter = ',', default_values_t = [450, 200])]
    restarts: Vec<usize>,
    /// Columns of participants.tsv whose numbers are learned beside the label.
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    beside: Vec<String>,
    /// Learn from so many heads, drawn by label: for a curve of learning.
    #[arg(long, value_name = "N")]
    learn_from: Option<usize>,
    /// Patients a step.
    #[arg(long, default_value_t = 4)]
    batch: usize,
    /// Of AdamW; the highest one of a schedule.
    #[arg(long, value_name = "R", default_value_t = 1e-3)]
    learning_rate: f64,
    /// Of AdamW.
    #[arg(long, value_name = "R", default_value_t = 0.1)]
    weight_decay: f64,
    /// What folds, weights, order and augmentation are drawn from.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Begin with the weights of this network, not with random ones. None of the heads that it learned
    /// from should be among those that are now kept apart.
    #[arg(long, value_name = "NAME|FILE")]
    start: Option<String>,
    /// auto, gpu or cpu; libtorch or libtorch-cuda in builds with that feature.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// Go on from the checkpoints in the folder.
    #[arg(long)]
    resume: bool,
    /// By what the network will be called.
    #[arg(long)]
    name: Option<String>,
    /// The folder for the network, its card, its losses and the checkpoint; of several folds, for a folder
    /// of each.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum NetworkArg {
    /// MONAI's `DenseNet121`: 11,244,674 weights.
    Densenet121,
    /// A small fully convolutional one.
    Sfcn,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GridArg {
    #[value(name = "1")]
    One,
    #[value(name = "2")]
    Two,
    #[value(name = "4")]
    Four,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RecipeArg {
    Paper,
    Best,
}

impl Args {
    fn settings(&self) -> anyhow::Result<LeakSettings> {
        let [first, then] = self.restarts[..] else {
            bail!("--restarts takes two numbers, as 450,200");
        };
        let spacing_mm = match self.grid_mm {
            GridArg::One => 1,
            GridArg::Two => 2,
            GridArg::Four => 4,
        };
        let size = [240, 260, 260].map(|n| n / spacing_mm);
        let recipe = match self.recipe {
            RecipeArg::Paper => LeakRecipe::Paper,
            RecipeArg::Best => LeakRecipe::Best,
        };
        let scaling = match recipe {
            LeakRecipe::Paper => IntensityScaling::None,
            LeakRecipe::Best => IntensityScaling::Tissue,
        };
        Ok(LeakSettings {
            network: match self.network {
                NetworkArg::Densenet121 => LeakNetwork::Densenet121,
                NetworkArg::Sfcn => LeakNetwork::Sfcn(self.maps.clone()),
            },
            preparation: LeakPreparation {
                size: self.size.unwrap_or(size),
                spacing_mm: spacing_mm as f64,
                scaling: self.scaling.unwrap_or(scaling),
            },
            recipe,
            weight_decay: self.weight_decay,
            restarts: [first, then],
            coarse_epochs: self.coarse_epochs,
            beside: self.beside.clone(),
            has_inner_split: self.inner_split,
        })
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let start = args.start.as_deref().map(Model::find).transpose()?;
    let notify = notify();
    let trained = train_leak(
        &TrainLeakRequest {
            data: &args.data,
            n_folds: args.folds,
            fold: args.fold,
            learn_from: args.learn_from,
            settings: args.settings()?,
            run: RunSettings {
                epochs: args.epochs,
                batch: args.batch,
                learning_rate: args.learning_rate,
                seed: args.seed,
                start: None,
            },
            start,
            device: args.device,
            resume: args.resume,
            name: args.name.clone(),
            output: &args.output,
        },
        &notify,
    )?;
    drop(notify);
    for fold in &trained {
        print(&summary(fold))?;
    }
    let options = LeakReportOptions {
        n_resamples: 2000,
        confidence: 0.95,
        seed: args.seed,
    };
    match leak_results(&args.output, &options)? {
        Some(results) => print(&results.main_result()),
        None => Ok(()),
    }
}

fn summary(fold: &TrainedFold) -> String {
    let TaskCard::Leak(part) = &fold.card.task else {
        return String::new();
    };
    let evaluations = part.training.iter().flat_map(|t| &t.evaluations);
    let number = |x: Option<f64>| x.map_or_else(|| "not defined".to_owned(), |x| format!("{x:.4}"));
    let told = |evaluation: &LeakEvaluation| {
        format!(
            "{}: AUROC {} of {} heads, Bern score {}",
            evaluation.of,
            number(evaluation.auroc),
            evaluation.patients.iter().sum::<usize>(),
            number(evaluation.bern_auroc)
        )
    };
    let mut lines: Vec<String> = evaluations.map(told).collect();
    lines.extend(fold.optimistic_auroc.map(|auroc| {
        format!("  of the epoch that was best on the fold itself: {auroc:.4} (as in paper 002, optimistic)")
    }));
    lines.insert(0, fold.folder.join("model.bpk").display().to_string());
    lines.join("\n")
}
