//! `cisterna register`: scans of a patient onto one of them, or onto a template.

mod files;

use super::progress::Progress;
use super::{print, remark};
use crate::formats::{self, no_progress};
use crate::registration::{
    Freedom, HeadScan, Kernel, MOST_CLOSURE_MM, Quality, Registration, Series, register,
};
use crate::volume::Volume;
use anyhow::{Context, bail};
use clap::ValueEnum;
use files::Outputs;
use serde::Serialize;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

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

impl From<KernelArg> for Kernel {
    fn from(arg: KernelArg) -> Self {
        match arg {
            KernelArg::Linear => Self::Linear,
            KernelArg::Sinc => Self::Sinc,
        }
    }
}

#[derive(Serialize)]
struct Output {
    fixed: String,
    moving: Vec<Row>,
}

/// A moving scan, and what became of it.
#[derive(Serialize)]
struct Row {
    path: String,
    #[serde(flatten)]
    found: Option<Found>,
    converged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    seconds: f64,
}

#[derive(Serialize)]
struct Found {
    /// Takes a point of the moving scan's world to the fixed scan's, RAS+ mm; four rows.
    fixed_from_moving: [[f64; 4]; 4],
    moved_mm: f64,
    rotated_deg: f64,
    correlation: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
    /// Between the way straight to the fixed scan and that over the scan before.
    #[serde(skip_serializing_if = "Option::is_none")]
    closure_mm: Option<f64>,
    doubts: Vec<String>,
    files: Vec<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let fixed = open(&args.fixed)?;
    let head = HeadScan::new(&fixed).with_context(|| format!("{}", args.fixed.display()))?;
    let outputs = Outputs::begin(args, &fixed)?;
    let progress = Progress::new("registering");
    let mut work = match args.dof {
        DofArg::Rigid => Work::Series(Box::new(Series::new(head))),
        DofArg::Affine => Work::Overlays(Box::new(head)),
    };
    let n = args.moving.len();
    let mut rows = Vec::with_capacity(n);
    for (at, path) in args.moving.iter().enumerate() {
        let tell = |share: f32| {
            progress.at((at as f64 + f64::from(share)) / n as f64);
            ControlFlow::Continue(())
        };
        let begun = Instant::now();
        let found = one(&mut work, path, &outputs, &tell);
        let seconds = begun.elapsed().as_secs_f64();
        rows.push(Row::of(path, found, seconds));
    }
    drop(progress);
    let failed = rows.iter().filter(|row| row.error.is_some()).count();
    show(args, rows)?;
    match failed {
        0 => Ok(()),
        failed => bail!("{failed} of {n} scans were not registered"),
    }
}

/// What the moving scans are set beside.
enum Work {
    Series(Box<Series>),
    Overlays(Box<HeadScan>),
}

fn open(path: &Path) -> anyhow::Result<Volume> {
    let opened = formats::open(path, 0, &no_progress)?;
    if opened.info.volumes > 1 {
        bail!(
            "there are {} volumes, where one head is registered: {}",
            opened.info.volumes,
            path.display()
        );
    }
    for warning in &opened.info.warnings {
        remark(&format!("{warning}: {}", path.display()));
    }
    Ok(opened.volume)
}

fn one(
    work: &mut Work,
    path: &Path,
    outputs: &Outputs<'_>,
    tell: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> anyhow::Result<Found> {
    let named = || format!("{}", path.display());
    let volume = open(path)?;
    let scan = HeadScan::new(&volume).with_context(named)?;
    let (found, closure_mm) = match work {
        Work::Series(series) => {
            let next = series.next(scan, tell).with_context(named)?;
            (next.to_first, next.closure_mm)
        }
        Work::Overlays(fixed) => {
            let found = register(fixed, &scan, Freedom::Affine, tell).with_context(named)?;
            (found, None)
        }
    };
    let mut doubts = found.doubts();
    if let Some(mm) = closure_mm.filter(|mm| mm.is_nan() || *mm > MOST_CLOSURE_MM) {
        doubts.push(format!(
            "the way over the scan before ends {mm:.2} mm away (at most {MOST_CLOSURE_MM})"
        ));
    }
    let files = outputs.write(path, &volume, &found, closure_mm, &doubts)?;
    Ok(Found::of(found, closure_mm, doubts, files))
}

impl Found {
    fn of(
        found: Registration,
        closure_mm: Option<f64>,
        doubts: Vec<String>,
        files: Vec<String>,
    ) -> Self {
        let at = |row: usize, column: usize| found.fixed_from_moving[(row, column)];
        Self {
            fixed_from_moving: std::array::from_fn(|r| std::array::from_fn(|c| at(r, c))),
            moved_mm: found.moved_mm,
            rotated_deg: found.rotated_deg,
            correlation: found.correlation,
            quality: found.quality,
            closure_mm,
            doubts,
            files,
        }
    }
}

impl Row {
    fn of(path: &Path, found: anyhow::Result<Found>, seconds: f64) -> Self {
        let path = path.display().to_string();
        let (found, error) = match found {
            Ok(found) => (Some(found), None),
            Err(error) => (None, Some(super::message(&error))),
        };
        Self {
            path,
            converged: found.as_ref().is_some_and(|f| f.doubts.is_empty()),
            found,
            error,
            seconds,
        }
    }
}

fn show(args: &Args, moving: Vec<Row>) -> anyhow::Result<()> {
    for row in &moving {
        if let Some(error) = &row.error {
            remark(&format!("error: {error}"));
        }
        for doubt in row.found.iter().flat_map(|f| &f.doubts) {
            remark(&format!("warning: {doubt}: {}", row.path));
        }
    }
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
    for row in &moving {
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
