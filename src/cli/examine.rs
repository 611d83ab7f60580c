//! `cisterna examine`: whole tracer examinations, from the scanner's files to registered scans,
//! predictions and what they came from.

use super::{notify, print};
use crate::models::DeviceChoice;
use crate::registration::Kernel;
use crate::text::typed_date_time;
use crate::workflows::{ExamineRequest, Outcome, examine};
use anyhow::bail;
use clap::ValueEnum;
use std::path::PathBuf;
use time::PrimitiveDateTime;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// BIDS data sets, folders of DICOM or NIfTI, zips: of one patient or of many.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The data set to make, or to go on with where a run was interrupted.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// When the tracer was injected, by the scanner's clock, where no sidecar says how many hours
    /// passed.
    #[arg(long, value_name = "2024-01-03T09:15", value_parser = moment)]
    injected: Option<PrimitiveDateTime>,
    /// Take the series whose description has one of these words, instead of all T1-weighted ones.
    #[arg(long, value_name = "WORD", num_args = 1..)]
    series: Vec<String>,
    /// A label map that lies over the first scan (FreeSurfer's or SynthSeg's numbers, or named by a
    /// _dseg.tsv), where there is one patient; of data sets the folder of derivatives whose _dseg
    /// files are taken.
    #[arg(long, value_name = "FILE|NAME", conflicts_with = "no_quantities")]
    labels: Option<PathBuf>,
    /// By how many voxels each region is eroded.
    #[arg(long, value_name = "VOXELS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=20))]
    erode: u8,
    /// Measure nothing: no maps of the tracer, no tables, no figures.
    #[arg(long)]
    no_quantities: bool,
    /// Between voxels: trilinear, or Lanczos' windowed sinc.
    #[arg(long, default_value = "linear")]
    kernel: KernelArg,
    /// Predict nothing.
    #[arg(long)]
    no_prediction: bool,
    /// auto, gpu or cpu.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KernelArg {
    Linear,
    Sinc,
}

/// With seconds or without.
fn moment(text: &str) -> Result<PrimitiveDateTime, String> {
    typed_date_time(text).ok_or_else(|| format!("{text:?} is not written as 2024-01-03T09:15"))
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let request = ExamineRequest {
        sources: &args.sources,
        output: &args.output,
        injected: args.injected,
        series: &args.series,
        labels: args.labels.as_deref(),
        erode: (!args.no_quantities).then_some(usize::from(args.erode)),
        kernel: match args.kernel {
            KernelArg::Linear => Kernel::Linear,
            KernelArg::Sinc => Kernel::Sinc,
        },
        predicts: !args.no_prediction,
        device: args.device,
    };
    let examined = examine(&request, &notify())?;
    if args.json {
        let output = serde_json::json!({ "patients": examined });
        print(&serde_json::to_string_pretty(&output)?)?;
    } else {
        let line = |one: &crate::workflows::ExaminedPatient| {
            let outcome = match &one.outcome {
                Outcome::Done => "done",
                Outcome::Kept => "was there",
                Outcome::Failed(_) => "failed",
            };
            format!("sub-{:<12} {outcome}\n", one.subject)
        };
        print(&examined.iter().map(line).collect::<String>())?;
    }
    let failed =
        |one: &&crate::workflows::ExaminedPatient| matches!(one.outcome, Outcome::Failed(_));
    match examined.iter().filter(failed).count() {
        0 => Ok(()),
        n => bail!("{n} of {} patients were not examined", examined.len()),
    }
}
