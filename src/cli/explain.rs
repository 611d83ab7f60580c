//! `cisterna explain`: what a prediction rests on.

use super::predict::InputArg;
use super::values::{Part, part, triple};
use super::{notify, print, remark};
use crate::models::leak::InputMode;
use crate::models::{DeviceChoice, Model, WARNING};
use crate::workflows::{Fill, LeakRequest, OcclusionRequest, compute, explain_leak};
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A leak network, by name or file.
    #[arg(long, value_name = "NAME|FILE")]
    model: String,
    /// The scan.
    #[arg(long, value_name = "FILE")]
    scan: PathBuf,
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
    let explained = explain_leak(
        &OcclusionRequest {
            of: LeakRequest {
                model: &model,
                scan: &args.scan,
                mode: InputMode::from(args.input),
                compute: &|| compute(args.device, &notify),
            },
            patch: args.patch,
            stride: args.stride.unwrap_or(args.patch),
            fill: match args.fill {
                FillArg::Zero => Fill::Zero,
                FillArg::Mean => Fill::Mean,
            },
            part: args.part.map(|Part(part)| part),
            number: args.number,
            from_the_beginning: args.plain,
            output: &args.output,
            raw: args.raw.as_deref(),
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
    for path in &explained.written {
        print(&path.display().to_string())?;
    }
    Ok(())
}
