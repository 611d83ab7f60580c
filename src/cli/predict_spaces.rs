//! `cisterna predict` with a network that marks or counts perivascular spaces.

use super::{notify, print, remark};
use crate::models::{DeviceChoice, Model};
use crate::workflows::{
    PredictCountsRequest, PredictSpacesRequest, SPACES_MOST_BYTES, compute, predict_counts,
    predict_spaces,
};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// What only these networks take.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Networks for spaces: a label map (FreeSurfer's or SynthSeg's numbers, or named by a _dseg.tsv).
    /// To count, the region is taken from it; of a mask it says in which region each cluster is.
    #[arg(long, value_name = "MAP")]
    labels: Option<PathBuf>,
    /// Networks that mark: a voxel is in the mask where the probability is above it; otherwise as the
    /// network's card says.
    #[arg(long, value_name = "T")]
    threshold: Option<f64>,
    /// Networks that mark: clusters of at most so many mm3 are left out.
    #[arg(long, value_name = "MM3")]
    left_out: Option<f64>,
    /// Networks that mark: memory to take at once, MB; a scan that needs more is computed in pieces.
    #[arg(long, value_name = "MB")]
    memory: Option<usize>,
}

impl Args {
    /// Refuses what other networks do not take.
    pub(super) fn refuse(&self) -> anyhow::Result<()> {
        let is_some = self.labels.is_some()
            || self.threshold.is_some()
            || self.left_out.is_some()
            || self.memory.is_some();
        if is_some {
            bail!("--labels, --threshold, --left-out and --memory are for networks for spaces");
        }
        Ok(())
    }
}

pub(super) fn run(
    args: &Args,
    model: &Model,
    scan: &Path,
    output: &Path,
    device: DeviceChoice,
    json: bool,
) -> anyhow::Result<()> {
    let notify = notify();
    let predicted = predict_spaces(
        &PredictSpacesRequest {
            model,
            scan,
            labels: args.labels.as_deref(),
            threshold: args.threshold,
            left_out_mm3: args.left_out.unwrap_or(0.0),
            most_bytes: args
                .memory
                .map_or(SPACES_MOST_BYTES, |mb| mb.saturating_mul(1 << 20)),
            compute: &|| compute(device, &notify),
            output,
        },
        &notify,
    )?;
    drop(notify);
    for why in &predicted.record.origin.remarks {
        remark(why);
    }
    if json {
        return print(&serde_json::to_string_pretty(&predicted.record)?);
    }
    for (region, (n, mm3)) in &predicted.table.by_region {
        print(&format!("{region}: {n} clusters, {mm3:.1} mm3"))?;
    }
    print(&format!(
        "{} clusters, {:.1} mm3 above {}",
        predicted.record.clusters, predicted.record.mm3, predicted.record.threshold
    ))?;
    for path in predicted.written {
        print(&path.display().to_string())?;
    }
    Ok(())
}

pub(super) fn count(
    args: &Args,
    model: &Model,
    scan: &Path,
    output: &Path,
    device: DeviceChoice,
    json: bool,
) -> anyhow::Result<()> {
    if args.threshold.is_some() || args.left_out.is_some() || args.memory.is_some() {
        bail!("--threshold, --left-out and --memory are for networks that mark spaces");
    }
    let labels = args.labels.as_deref();
    let labels = labels.context("to count, --labels says where the region is")?;
    let notify = notify();
    let (record, written) = predict_counts(
        &PredictCountsRequest {
            model,
            scan,
            labels,
            compute: &|| compute(device, &notify),
            output,
        },
        &notify,
    )?;
    drop(notify);
    for why in &record.remarks {
        remark(why);
    }
    if json {
        return print(&serde_json::to_string_pretty(&record)?);
    }
    print(&format!("count in {}: {:.1}", record.region, record.count))?;
    for path in written {
        print(&path.display().to_string())?;
    }
    Ok(())
}
