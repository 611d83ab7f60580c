//! `cisterna quantify`: what aligned series say, by region and hour.

use super::{notify, print, remark};
use crate::anatomy::FatStatistic;
use crate::workflows::{FatSource, QuantifyRequest, QuantifySource, quantify};
use anyhow::{Context, bail};
use clap::ValueEnum;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["series", "data"]))]
pub(super) struct Args {
    /// The scan before the tracer and later scans of one patient, which lie over each other.
    #[arg(long, value_name = "SCAN", num_args = 2..)]
    series: Vec<PathBuf>,
    /// A BIDS data set with HoursAfterInjection beside its T1-weighted scans: all its patients.
    #[arg(long, value_name = "BIDS")]
    data: Option<PathBuf>,
    /// A label map (FreeSurfer's or SynthSeg's numbers, or named by a _dseg.tsv); with --data the
    /// folder of derivatives whose _dseg files are taken.
    #[arg(long, value_name = "FILE|NAME")]
    labels: Option<PathBuf>,
    /// By how many voxels each region is eroded.
    #[arg(long, value_name = "VOXELS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=20))]
    erode: u8,
    /// Maps of T1 (s or ms): one of the scan before, or one for each scan of --series.
    #[arg(long, value_name = "MAP", num_args = 1.., conflicts_with = "data")]
    t1: Vec<PathBuf>,
    /// Hours after the injection of the scans of --series, separated by commas; otherwise their
    /// sidecars tell.
    #[arg(
        long,
        value_name = "HOURS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        conflicts_with = "data"
    )]
    hours: Option<Vec<f64>>,
    /// Which value of the orbital fat signals are divided by.
    #[arg(long, default_value = "median")]
    fat: FatArg,
    /// Where that comes from: sought in each scan, or OrbitalFatMean and OrbitalFatMedian of the
    /// sidecars.
    #[arg(long, default_value = "scan")]
    fat_from: FatFromArg,
    /// Fields of the sequence that sidecars lack: InversionTime, RepetitionTimePreparation,
    /// RepetitionTimeExcitation, NumberShots, FlipAngle, EchoTime; as in a BIDS sidecar.
    #[arg(long, value_name = "JSON")]
    parameters: Option<PathBuf>,
    /// The folder for maps, tables, figures and what all of it rests on.
    #[arg(short, long = "output", value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FatArg {
    Median,
    Mean,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FatFromArg {
    Scan,
    Sidecar,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let source = match (&args.data, &args.series[..]) {
        (Some(root), _) => QuantifySource::DataSet {
            root,
            labels: args.labels.as_deref().map(name_of).transpose()?,
        },
        (None, [before, scans @ ..]) => QuantifySource::Series {
            before,
            scans,
            hours: args.hours.as_deref(),
            labels: args.labels.as_deref(),
            t1: &args.t1,
        },
        (None, []) => bail!("--series or --data is wanted"),
    };
    let request = QuantifyRequest {
        source,
        erode: usize::from(args.erode),
        fat: match args.fat {
            FatArg::Median => FatStatistic::Median,
            FatArg::Mean => FatStatistic::Mean,
        },
        fat_source: match args.fat_from {
            FatFromArg::Scan => FatSource::Sought,
            FatFromArg::Sidecar => FatSource::Sidecar,
        },
        parameters: args.parameters.as_deref(),
        output: args.output.as_deref(),
    };
    let notify = notify();
    let quantified = quantify(&request, &notify)?;
    drop(notify);
    if let Some(output) = &args.output {
        remark(&format!(
            "{} patients: {}",
            quantified.patients.len(),
            output.display()
        ));
    }
    match args.json {
        true => print(&serde_json::to_string_pretty(&quantified)?),
        false => print(&quantified.region_table().text()),
    }
}

/// A folder of `derivatives` by its name.
fn name_of(path: &Path) -> anyhow::Result<&str> {
    let name = path.to_str().filter(|name| !name.contains(['/', '\\']));
    name.with_context(|| {
        format!(
            "with --data, --labels is the name of a folder in derivatives, not {}",
            path.display()
        )
    })
}
