//! `cisterna predict`: the planes of 24 h from earlier scans, whether a leak of CSF is likely, where
//! perivascular spaces are or how many, by the task of the network.

use super::{notify, predict_spaces, print, remark};
use crate::formats::{self, no_progress};
use crate::models::leak::InputMode;
use crate::models::tracer::ScanInterval;
use crate::models::{DeviceChoice, Model, TaskCard, WARNING};
use crate::workflows::{LeakRequest, PredictRequest, compute, open_inputs, predict, predict_leak};
use anyhow::bail;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A network that comes with the program, by name, or a file.
    #[arg(long, value_name = "NAME|FILE")]
    model: String,
    /// A scan for each interval that a tracer network is given: pre, 1-2h, 3-5h, 5-7h or 7-9h; for a
    /// leak network the scan alone.
    #[arg(long = "scan", value_name = "INTERVAL=FILE|FILE", required = true, value_parser = scan)]
    scans: Vec<ScanArg>,
    /// The real scan of 24 h, to measure against.
    #[arg(long, value_name = "FILE")]
    real: Option<PathBuf>,
    /// Where the axial plane lies, mm; otherwise the level of the ventricles is sought.
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    axial_mm: Option<f64>,
    /// Where the sagittal plane lies, mm; otherwise the midline is sought.
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    sagittal_mm: Option<f64>,
    /// Leak networks: how the scan is handed over.
    #[arg(long)]
    input: Option<InputArg>,
    #[command(flatten)]
    spaces: predict_spaces::Args,
    /// Networks for leaks and for spaces: print JSON.
    #[arg(long)]
    json: bool,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// The folder for what is predicted and where it came from.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
}

/// How a scan is handed to a network that is given a whole volume.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum InputArg {
    /// As the card says: voxels of its size, so many of them, scaled.
    Prepared,
    /// As it lies in the file, axes in its order; nothing is resampled, padded or scaled.
    AsIs,
}

impl From<InputArg> for InputMode {
    fn from(arg: InputArg) -> Self {
        match arg {
            InputArg::Prepared => Self::Prepared,
            InputArg::AsIs => Self::AsIs,
        }
    }
}

#[derive(Clone, Debug)]
enum ScanArg {
    Of(ScanInterval, PathBuf),
    Alone(PathBuf),
}

fn scan(text: &str) -> Result<ScanArg, String> {
    let path = PathBuf::from(text);
    let told = text.split_once('=');
    let interval = told.map(|(interval, path)| (interval.parse::<ScanInterval>(), path));
    match interval {
        Some((Ok(interval), path)) => Ok(ScanArg::Of(interval, PathBuf::from(path))),
        _ if path.exists() => Ok(ScanArg::Alone(path)),
        Some((Err(error), _)) => Err(error.to_string()),
        None => Err(format!("{text:?} is not INTERVAL=FILE, and no file")),
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let model = Model::find(&args.model)?;
    remark(&format!(
        "{WARNING} {}: {}.",
        model.card.name,
        model.card.trained_on()
    ));
    match model.card.task {
        TaskCard::Tracer(_) => run_tracer(args, &model),
        TaskCard::Leak(_) => run_leak(args, &model),
        TaskCard::Spaces(_) => {
            let scan = only_scan(args, &model)?;
            predict_spaces::run(
                &args.spaces,
                &model,
                scan,
                &args.output,
                args.device,
                args.json,
            )
        }
        TaskCard::Counts(_) => {
            let scan = only_scan(args, &model)?;
            predict_spaces::count(
                &args.spaces,
                &model,
                scan,
                &args.output,
                args.device,
                args.json,
            )
        }
    }
}

/// The scan of a network that is given one.
fn only_scan<'a>(args: &'a Args, model: &Model) -> anyhow::Result<&'a Path> {
    let [ScanArg::Alone(scan)] = &args.scans[..] else {
        bail!(
            "the network {} is given one scan, --scan FILE",
            model.card.name
        );
    };
    if args.real.is_some() || args.axial_mm.is_some() || args.sagittal_mm.is_some() {
        bail!("--real, --axial-mm and --sagittal-mm are for tracer networks");
    }
    if args.input.is_some() && !matches!(model.card.task, TaskCard::Leak(_)) {
        bail!("--input is for leak networks");
    }
    Ok(scan)
}

fn run_leak(args: &Args, model: &Model) -> anyhow::Result<()> {
    let scan = only_scan(args, model)?;
    args.spaces.refuse()?;
    let notify = notify();
    let predicted = predict_leak(
        &LeakRequest {
            model,
            scan,
            mode: args.input.map_or_else(InputMode::default, InputMode::from),
            compute: &|| compute(args.device, &notify),
        },
        &notify,
    )?;
    drop(notify);
    for why in &predicted.remarks {
        remark(why);
    }
    let written = predicted.write(&args.output)?;
    if args.json {
        return print(&serde_json::to_string_pretty(&predicted)?);
    }
    let numbers = predicted.outputs.iter().zip(&predicted.logits);
    for (means, logit) in numbers {
        print(&format!("logit of {means}: {logit:.4}"))?;
    }
    print(&format!(
        "probability of a leak: {:.4}",
        predicted.probability
    ))?;
    print(&written.display().to_string())
}

fn run_tracer(args: &Args, model: &Model) -> anyhow::Result<()> {
    if args.input.is_some() || args.json {
        bail!("--input and --json are for other networks than tracer ones");
    }
    args.spaces.refuse()?;
    let scans = args.scans.iter().map(|scan| match scan {
        ScanArg::Of(interval, path) => Ok((*interval, path.clone())),
        ScanArg::Alone(path) => bail!(
            "the network {} is given scans as --scan INTERVAL=FILE: {}",
            model.card.name,
            path.display()
        ),
    });
    let scans: Vec<(ScanInterval, PathBuf)> = scans.collect::<anyhow::Result<_>>()?;
    let open =
        |path: &PathBuf| anyhow::Ok((formats::open_one(path, &no_progress)?.volume, path.clone()));
    let notify = notify();
    let predicted = predict(
        PredictRequest {
            model,
            scans: open_inputs(&scans)?,
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
