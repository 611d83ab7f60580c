//! `cisterna predict`: the planes of 24 h from earlier scans, whether a leak of CSF is likely, where
//! perivascular spaces are or how many, by the task of the network.

use super::{notify, predict_spaces, print, remark};
use crate::models::leak::InputMode;
use crate::models::tracer::{PredictOptions, ScanInterval, case_label};
use crate::models::{DeviceChoice, Model, TaskCard, WARNING};
use crate::workflows::{
    LeakRequest, PredictCohortRequest, PredictRequest, RealScan, compute, open_inputs, predict,
    predict_cohort, predict_leak, write_cohort_table,
};
use anyhow::bail;
use clap::ValueEnum;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A network that comes with the program, by name, or a file.
    #[arg(long, value_name = "NAME|FILE")]
    model: String,
    /// A scan for each interval that a tracer network is given: pre, 1-2h, 3-5h, 5-7h or 7-9h, or the
    /// axial one of two planes that are kept of it; for a leak network the scan alone.
    #[arg(long = "scan", value_name = "INTERVAL=FILE|FILE", required_unless_present = "data", value_parser = scan)]
    scans: Vec<ScanArg>,
    /// Tracer networks: every patient of a BIDS data set, with HoursAfterInjection beside the scans. What
    /// is there already is left, so that the same command goes on.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["scans", "real", "axial_mm", "sagittal_mm"])]
    data: Option<PathBuf>,
    /// Tracer networks: do not ask how sure the network is, which takes a second or two.
    #[arg(long, conflicts_with = "data")]
    no_spread: bool,
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
        Some((Err(error), _)) if !path.exists() => Err(error.to_string()),
        _ => Ok(ScanArg::Alone(path)),
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let model = Model::find(&args.model)?;
    remark(&format!(
        "{WARNING} {}: {}.",
        model.card.name,
        model.card.trained_on()
    ));
    match (&model.card.task, &args.data) {
        (TaskCard::Tracer(_), Some(data)) => run_cohort(args, &model, data),
        (TaskCard::Tracer(_), None) => run_tracer(args, &model),
        (TaskCard::Leak(_), _) => run_leak(args, &model),
        (TaskCard::Spaces(_), _) => {
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
        (TaskCard::Counts(_), _) => {
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
    let of_tracer = args.real.is_some() || args.axial_mm.is_some() || args.sagittal_mm.is_some();
    if of_tracer || args.no_spread || args.data.is_some() {
        bail!("--real, --axial-mm, --sagittal-mm, --no-spread and --data are for tracer networks");
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

/// Refuses what is not for tracer networks.
fn refuse_for_tracer(args: &Args) -> anyhow::Result<()> {
    if args.input.is_some() || args.json {
        bail!("--input and --json are for other networks than tracer ones");
    }
    args.spaces.refuse()
}

fn run_tracer(args: &Args, model: &Model) -> anyhow::Result<()> {
    refuse_for_tracer(args)?;
    let scans = args.scans.iter().map(|scan| match scan {
        ScanArg::Of(interval, path) => Ok((*interval, path.clone())),
        ScanArg::Alone(path) => bail!(
            "the network {} is given scans as --scan INTERVAL=FILE: {}",
            model.card.name,
            path.display()
        ),
    });
    let scans: Vec<(ScanInterval, PathBuf)> = scans.collect::<anyhow::Result<_>>()?;
    let open = |path: &PathBuf| RealScan::open(path);
    let notify = notify();
    let predicted = predict(
        PredictRequest {
            model,
            scans: open_inputs(&scans)?,
            real: args.real.as_ref().map(open).transpose()?,
            options: PredictOptions {
                planes_mm: [args.axial_mm, args.sagittal_mm],
                regions: None,
                spread: !args.no_spread,
            },
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
    if let Some(grade) = &predicted.prediction.grade {
        print(&format!("predicted: {}", grade.reflux))?;
        if let Some(shares) = grade.shares_in_words() {
            print(&format!("the real plane's grade may be {shares}"))?;
        }
        remark(&grade.may_be_used);
    }
    if let Some(real) = real {
        if let Some(grade) = real.grade {
            print(&format!("real: {grade}"))?;
        }
        if let Some(why) = &real.no_grade {
            remark(&format!("the real plane has no grade: {why}"));
        }
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

fn run_cohort(args: &Args, model: &Model, data: &Path) -> anyhow::Result<()> {
    refuse_for_tracer(args)?;
    let notify = notify();
    let done = predict_cohort(
        &PredictCohortRequest {
            model,
            data,
            compute: &|| compute(args.device, &notify),
            output: &args.output,
        },
        &notify,
    )?;
    drop(notify);
    for patient in &done {
        if let Err(why) = &patient.outcome {
            let who = case_label(&patient.subject, patient.acquisition.as_deref());
            remark(&format!("{who} has no prediction: {why}"));
        }
    }
    let table = write_cohort_table(&done, &args.output)?;
    let n = done
        .iter()
        .filter(|patient| patient.outcome.is_ok())
        .count();
    print(&format!("{n} of {} patients", done.len()))?;
    print(&table.display().to_string())
}

fn shown(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(
        || "not defined".to_owned(),
        |value| format!("{value:.4}{unit}"),
    )
}
