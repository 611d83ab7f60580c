//! `cisterna register`: scans of a patient onto one of them, or onto a template.

use super::{notify, print};
use crate::registration::{Freedom, Kernel};
use crate::workflows::{RegisterRequest, RegisteredScan, Resample, register};
use anyhow::bail;
use clap::ValueEnum;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scan that stays where it is.
    #[arg(long, value_name = "SCAN")]
    fixed: PathBuf,
    /// The scans that are moved onto it; several are a series, in the order in which they were
    /// taken.
    #[arg(long, value_name = "SCAN", required = true, num_args = 1..)]
    moving: Vec<PathBuf>,
    /// The folder to write transforms and scans into.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// Parameters: 6 for the same head, 12 to lay a head on a template or on another head.
    #[arg(long, value_name = "N", default_value = "6")]
    dof: DofArg,
    /// New voxels for the scans: on the grid of the fixed scan, on FreeSurfer's (256 voxels of 1 mm
    /// along each axis), or none, which leaves the scans their own, placed by their header.
    #[arg(long, value_name = "GRID", default_value = "none")]
    resample: ResampleArg,
    /// Between voxels: trilinear, or Lanczos' windowed sinc, which keeps edges sharper.
    #[arg(long, default_value = "linear")]
    kernel: KernelArg,
    /// Write each transform for FSL too.
    #[arg(long)]
    fsl: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DofArg {
    #[value(name = "6")]
    Rigid,
    #[value(name = "12")]
    Affine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ResampleArg {
    Grid,
    Conform,
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KernelArg {
    Linear,
    Sinc,
}

#[derive(Serialize)]
struct Output<'a> {
    fixed: String,
    moving: &'a [RegisteredScan],
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let request = RegisterRequest {
        fixed: &args.fixed,
        moving: &args.moving,
        output: &args.output,
        freedom: match args.dof {
            DofArg::Rigid => Freedom::Rigid,
            DofArg::Affine => Freedom::Affine,
        },
        resample: match args.resample {
            ResampleArg::None => Resample::None,
            ResampleArg::Grid => Resample::Grid,
            ResampleArg::Conform => Resample::Conform,
        },
        kernel: match args.kernel {
            KernelArg::Linear => Kernel::Linear,
            KernelArg::Sinc => Kernel::Sinc,
        },
        fsl: args.fsl,
    };
    let scans = register(&request, &notify())?;
    show(args, &scans)?;
    match scans.iter().filter(|scan| scan.error.is_some()).count() {
        0 => Ok(()),
        failed => bail!(
            "{failed} of {} scans were not registered",
            args.moving.len()
        ),
    }
}

fn show(args: &Args, moving: &[RegisteredScan]) -> anyhow::Result<()> {
    if args.json {
        return print(&serde_json::to_string_pretty(&Output {
            fixed: args.fixed.display().to_string(),
            moving,
        })?);
    }
    let mut text = String::new();
    writeln!(
        text,
        "{:>9} {:>12} {:>11} {:>10} {:>9} {:>8}  scan",
        "moved mm", "rotated deg", "correlation", "closure mm", "converged", "s"
    )?;
    for row in moving {
        let Some(found) = &row.found else { continue };
        let closure = found
            .closure_mm
            .map_or_else(|| "-".to_owned(), |mm| format!("{mm:.3}"));
        writeln!(
            text,
            "{:>9.3} {:>12.3} {:>11.3} {closure:>10} {:>9} {:>8.1}  {}",
            found.moved_mm,
            found.rotated_deg,
            found.correlation,
            if row.converged { "yes" } else { "no" },
            row.seconds,
            row.path
        )?;
    }
    print(&text)
}
