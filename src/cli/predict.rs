//! `cisterna predict`: the planes of 24 h from earlier scans.

use super::{notify, print, remark};
use crate::formats::{self, no_progress};
use crate::models::tracer::{NoInterval, ScanInterval};
use crate::models::{DeviceChoice, Model, WARNING};
use crate::workflows::{PredictRequest, compute, open_inputs, predict};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A network that comes with the program, by name, or a file.
    #[arg(long, value_name = "NAME|FILE")]
    model: String,
    /// A scan for each interval that the network is given: pre, 1-2h, 3-5h, 5-7h or 7-9h.
    #[arg(long = "scan", value_name = "INTERVAL=FILE", required = true, value_parser = scan)]
    scans: Vec<(ScanInterval, PathBuf)>,
    /// The real scan of 24 h, to measure against.
    #[arg(long, value_name = "FILE")]
    real: Option<PathBuf>,
    /// Where the axial plane lies, mm; otherwise the level of the ventricles is sought.
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    axial_mm: Option<f64>,
    /// Where the sagittal plane lies, mm; otherwise the midline is sought.
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    sagittal_mm: Option<f64>,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// The folder for the planes and where they came from.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
}

fn scan(text: &str) -> Result<(ScanInterval, PathBuf), String> {
    let (interval, path) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not INTERVAL=FILE"))?;
    let interval = interval
        .parse()
        .map_err(|error: NoInterval| error.to_string())?;
    Ok((interval, PathBuf::from(path)))
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let model = Model::find(&args.model)?;
    remark(&format!(
        "{WARNING} {}: {}.",
        model.card.name,
        model.card.trained_on()
    ));
    let open =
        |path: &PathBuf| anyhow::Ok((formats::open_one(path, &no_progress)?.volume, path.clone()));
    let notify = notify();
    let predicted = predict(
        PredictRequest {
            model: &model,
            scans: open_inputs(&args.scans)?,
            real: args.real.as_ref().map(open).transpose()?,
            planes_mm: [args.axial_mm, args.sagittal_mm],
            compute: &|| compute(args.device, &notify),
        },
        &notify,
    )?;
    drop(notify);
    for why in &predicted.prediction.provenance.remarks {
        remark(why);
    }
    let real = predicted.real.as_ref();
    let written = predicted.prediction.write(&args.output, real)?;
    if let Some(real) = real {
        let metrics = &real.metrics.pair;
        print(&format!(
            "mse {:.5}, mae {:.4}, psnr {}, ssim {}",
            metrics.mse,
            metrics.mae,
            shown(metrics.psnr_db, " dB"),
            shown(metrics.ssim, ""),
        ))?;
    }
    for path in written {
        print(&path.display().to_string())?;
    }
    Ok(())
}

fn shown(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(
        || "not defined".to_owned(),
        |value| format!("{value:.4}{unit}"),
    )
}
