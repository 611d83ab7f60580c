//! `cisterna diff`

use crate::formats::{self, no_progress};
use crate::volume::{ImageMetrics, PlanePair, compare, compare_planes};
use anyhow::Context;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The real scan; its grid is the one compared on.
    real: PathBuf,
    /// The predicted scan. May lie on another grid.
    predicted: PathBuf,
    /// Compare the axial and the sagittal plane through the real scan's middle instead, each
    /// scaled to 0..1 by itself.
    #[arg(long)]
    planes: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Output<M> {
    real: String,
    predicted: String,
    #[serde(flatten)]
    metrics: M,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let real = formats::open_one(&args.real, &no_progress)?;
    let predicted = formats::open_one(&args.predicted, &no_progress)?;
    let (shown_real, shown_predicted) = (real.info.path, predicted.info.path);
    let context = || format!("{shown_real} and {shown_predicted}");
    if args.planes {
        let center = real.volume.grid().center_in_world();
        let metrics = compare_planes(
            &PlanePair::extract(&real.volume, center),
            &PlanePair::extract(&predicted.volume, center),
        )
        .with_context(context)?;
        let rows = [
            ("axial", &metrics.axial),
            ("sagittal", &metrics.sagittal),
            ("both", &metrics.pair),
        ];
        let text = table(&rows)?;
        return show(args, shown_real, shown_predicted, metrics, &text);
    }
    let metrics = compare(&real.volume, &predicted.volume).with_context(context)?;
    let text = table(&[("volume", &metrics)])?;
    show(args, shown_real, shown_predicted, metrics, &text)
}

fn show<M: Serialize>(
    args: &Args,
    real: String,
    predicted: String,
    metrics: M,
    text: &str,
) -> anyhow::Result<()> {
    if !args.json {
        return super::print(text);
    }
    super::print(&serde_json::to_string_pretty(&Output {
        real,
        predicted,
        metrics,
    })?)
}

fn table(rows: &[(&str, &ImageMetrics)]) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(
        out,
        "{:<9} {:>12} {:>12} {:>9} {:>8} {:>12} {:>10} {:>8}",
        "", "MSE", "MAE", "PSNR dB", "SSIM", "max |diff|", "n", "overlap"
    )?;
    for (name, metrics) in rows {
        let optional = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |v| format!("{v:.digits$}"))
        };
        writeln!(
            out,
            "{name:<9} {:>12.6} {:>12.6} {:>9} {:>8} {:>12.6} {:>10} {:>7.1}%",
            metrics.mse,
            metrics.mae,
            optional(metrics.psnr_db, 2),
            optional(metrics.ssim, 4),
            metrics.max_abs,
            metrics.n,
            metrics.overlap * 100.0,
        )?;
    }
    Ok(out)
}
