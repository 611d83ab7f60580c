//! `cisterna predict`: the planes of 24 h from earlier scans.

use super::{device, print, remark};
use crate::formats::{self, Voxels, bids, no_progress, write_nifti};
use crate::models::{DeviceChoice, InputScan, Interval, Model, WARNING, predict};
use crate::volume::{PlanePair, compare_planes};
use anyhow::Context;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A network that comes with the program, by name, or a file.
    #[arg(long, value_name = "NAME|FILE")]
    model: String,
    /// A scan for each interval that the network is given: pre, 1-2h, 3-5h, 5-7h or 7-9h.
    #[arg(long = "scan", value_name = "INTERVAL=FILE", required = true, value_parser = scan)]
    scans: Vec<(Interval, PathBuf)>,
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

fn scan(text: &str) -> Result<(Interval, PathBuf), String> {
    let (interval, path) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not INTERVAL=FILE"))?;
    let interval = interval
        .parse()
        .map_err(|error: crate::models::NoInterval| error.to_string())?;
    Ok((interval, PathBuf::from(path)))
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let model = Model::find(&args.model)?;
    remark(&format!(
        "{WARNING} {}: {}.",
        model.card.name,
        model.card.trained_on()
    ));
    let scans: Result<Vec<InputScan>, formats::FormatError> = args
        .scans
        .iter()
        .map(|(interval, path)| {
            let opened = formats::open(path, 0, &no_progress)?;
            Ok(InputScan {
                interval: *interval,
                volume: opened.volume,
                path: path.clone(),
                hours: opened.info.hours_after_injection,
            })
        })
        .collect();
    let planes_mm = [args.axial_mm, args.sagittal_mm];
    // What does not fit is said before the device is woken.
    let scans = crate::models::ordered(&model, scans?)?;
    let compute = device(args.device)?;
    let prediction = predict(&model, scans, planes_mm, &compute, &|| true)?;
    for why in &prediction.provenance.remarks {
        remark(why);
    }
    let name = |what: &str, plane: &str| args.output.join(format!("{what}_{plane}.nii.gz"));
    let mut written = Vec::new();
    let mut write = |what: &str, pair: &PlanePair| -> anyhow::Result<()> {
        for (plane, image) in pair.planes() {
            let volume = image.to_volume(plane, prediction.at.center(plane))?;
            let path = name(what, &plane.name().to_lowercase());
            write_nifti(
                &path,
                volume.grid(),
                volume.orientation(),
                Voxels::F32(volume.values()),
            )?;
            written.push(path);
        }
        Ok(())
    };
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot make the folder {}", args.output.display()))?;
    write("predicted-24h", &prediction.planes)?;
    let mut told = serde_json::to_value(&prediction.provenance)?;
    if let Some(path) = &args.real {
        let real = formats::open(path, 0, &no_progress)?.volume;
        let real = prediction.real(&model, &real, path)?;
        write("real-24h", &real)?;
        let metrics = compare_planes(&real, &prediction.planes)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        told["real"] = json!({ "file": file, "metrics": metrics });
        print(&format!(
            "mse {:.5}, mae {:.4}, psnr {}, ssim {}",
            metrics.pair.mse,
            metrics.pair.mae,
            shown(metrics.pair.psnr_db, " dB"),
            shown(metrics.pair.ssim, ""),
        ))?;
    }
    let path = args.output.join("prediction.json");
    bids::write_json(&path, &told)?;
    written.push(path);
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
