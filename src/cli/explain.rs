//! `cisterna explain`: what a prediction rests on.

use super::predict::InputArg;
use super::values::{Part, part, triple};
use super::{notify, print, remark};
use crate::models::leak::InputMode;
use crate::models::{DeviceChoice, Model, WARNING};
use crate::workflows::{
    ChecksRequest, Fill, LeakChecks, LeakRequest, MeanMapRequest, OcclusionRequest, compute,
    explain_leak, leak_mean_map, other_folds,
};
use anyhow::Context;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A leak network, by name or file.
    #[arg(long, value_name = "NAME|FILE")]
    model: String,
    /// The scan.
    #[arg(long, value_name = "FILE", required_unless_present = "data")]
    scan: Option<PathBuf>,
    /// The mean map of all heads of a data set, of those with a leak and of those without apart.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["scan", "part", "number", "input", "plain", "raw", "checks", "labels"])]
    data: Option<PathBuf>,
    /// How it is explained.
    #[arg(long)]
    method: MethodArg,
    /// Voxels of a box along the three axes.
    #[arg(long, value_name = "I,J,K", value_parser = triple, default_value = "12,13,13")]
    patch: [usize; 3],
    /// From one box to the next; otherwise a box's size, so that boxes do not overlap.
    #[arg(long, value_name = "I,J,K", value_parser = triple)]
    stride: Option<[usize; 3]>,
    /// What stands in a box.
    #[arg(long, default_value = "zero")]
    fill: FillArg,
    /// Only boxes of this part of the volume: along each axis from which voxel up to, but not, which.
    #[arg(long = "box", value_name = "I,I,J,J,K,K", value_parser = part)]
    part: Option<Part>,
    /// The number whose drop is told, from 0; otherwise that which stands for a leak.
    #[arg(long, value_name = "N")]
    number: Option<usize>,
    /// How the scan is handed over.
    #[arg(long, default_value = "prepared")]
    input: InputArg,
    /// Compute each box from the beginning, which takes longer and gives the same.
    #[arg(long)]
    plain: bool,
    /// Check the map: when more and more layers forget what they learned, beside the other folds of the same
    /// training, and when boxes are taken away in its order and by chance.
    #[arg(long)]
    checks: bool,
    /// Check how much of the map lies where this scan of the same head differs: the head without the signs
    /// of its leak.
    #[arg(long, value_name = "FILE", requires = "checks")]
    twin: Option<PathBuf>,
    /// Steps in which boxes are taken away and given back.
    #[arg(long, value_name = "N", default_value_t = 20, requires = "checks")]
    steps: usize,
    /// Of orders by chance and of forgotten weights.
    #[arg(long, value_name = "S", default_value_t = 1, requires = "checks")]
    seed: u64,
    /// Fill the regions of this label map too, one after the other: a table and bars beside the map.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    /// Write the network's number with the boxes filled too, as MONAI keeps it.
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    /// Print what the map is as JSON.
    #[arg(long)]
    json: bool,
    /// The map, .nii or .nii.gz; what it is goes beside it, as .json.
    #[arg(short, long = "output", value_name = "MAP.nii.gz")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MethodArg {
    /// Boxes of the volume are filled, one after the other.
    Occlusion,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FillArg {
    /// Zeros.
    Zero,
    /// The mean of the volume that the network is given.
    Mean,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let MethodArg::Occlusion = args.method;
    let model = Model::find(&args.model)?;
    remark(&format!(
        "{WARNING} {}: {}.",
        model.card.name,
        model.card.trained_on()
    ));
    let notify = notify();
    let fill = match args.fill {
        FillArg::Zero => Fill::Zero,
        FillArg::Mean => Fill::Mean,
    };
    if let Some(data) = &args.data {
        let request = MeanMapRequest {
            model: &model,
            data,
            patch: args.patch,
            stride: args.stride.unwrap_or(args.patch),
            fill,
            device: args.device,
            output: &args.output,
        };
        let (record, written) = leak_mean_map(&request, &notify)?;
        drop(notify);
        return match args.json {
            true => print(&serde_json::to_string_pretty(&record)?),
            false => written
                .iter()
                .try_for_each(|path| print(&path.display().to_string())),
        };
    }
    let scan = args.scan.as_deref().context("--scan or --data is needed")?;
    let folds = match args.checks {
        true => other_folds(Path::new(&args.model))?,
        false => Vec::new(),
    };
    let explained = explain_leak(
        &OcclusionRequest {
            of: LeakRequest {
                model: &model,
                scan,
                mode: InputMode::from(args.input),
                compute: &|| compute(args.device, &notify),
            },
            patch: args.patch,
            stride: args.stride.unwrap_or(args.patch),
            fill,
            part: args.part.map(|Part(part)| part),
            number: args.number,
            from_the_beginning: args.plain,
            output: &args.output,
            raw: args.raw.as_deref(),
            checks: args.checks.then(|| ChecksRequest {
                folds: &folds,
                twin: args.twin.as_deref(),
                n_steps: args.steps,
                seed: args.seed,
            }),
            labels: args.labels.as_deref(),
        },
        &notify,
    )?;
    drop(notify);
    let record = &explained.record;
    if args.json {
        return print(&serde_json::to_string_pretty(record)?);
    }
    remark(&format!(
        "{} boxes ({} of them changed nothing) in {:.1} s; the logit of {} falls by {:.4} to {:.4}",
        record.positions,
        record.unchanged,
        record.came_from.seconds,
        record.stands_for,
        record.range[0],
        record.range[1]
    ));
    if let Some(checks) = &record.checks {
        tell(checks);
    }
    for path in &explained.written {
        print(&path.display().to_string())?;
    }
    Ok(())
}

/// What the checks found, in words.
fn tell(checks: &LeakChecks) {
    let order = &checks.order;
    remark(&format!(
        "taking boxes away in the order of the map leaves an area of {:.3}, by chance {:.3} (less is better); giving them back {:.3}, by chance {:.3} (more is better)",
        order.deletion_area,
        order.random_deletion_area,
        order.insertion_area,
        order.random_insertion_area
    ));
    let number = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), |x| format!("{x:.2}"));
    let forgotten: Vec<String> = checks
        .forgotten
        .iter()
        .map(|one| number(one.spearman))
        .collect();
    remark(&format!(
        "rank correlation with the maps of the network when its last 1, 2, ... stages forgot: {}",
        forgotten.join(", ")
    ));
    for fold in &checks.folds {
        remark(&format!(
            "rank correlation with the map of {}: {}",
            fold.model,
            number(fold.spearman)
        ));
    }
    if let Some(twin) = &checks.twin {
        remark(&format!(
            "{:.1} % of the map lies where the twin differs, {:.1} % by chance; it is largest {}",
            100.0 * twin.mass,
            100.0 * twin.chance,
            if twin.is_hit { "there" } else { "elsewhere" }
        ));
    }
}
