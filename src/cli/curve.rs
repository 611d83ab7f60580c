//! `cisterna curve`: the signal of a place over volumes or hours.

use super::values::{finite, place};
use super::{notify, print, remark};
use crate::workflows::{
    AROUND_MM, CurvePoint, CurveRequest, curve, open_curve_region, open_curve_scans,
};
use anyhow::bail;
use nalgebra::Point3;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A scan of several volumes, or scans of several hours that lie over each other.
    #[arg(required = true)]
    scans: Vec<PathBuf>,
    /// The place, in mm of the world: to the right, to the front, up.
    #[arg(long, value_name = "X,Y,Z", value_parser = place, allow_hyphen_values = true)]
    at: Point3<f64>,
    /// How far about it the mean goes.
    #[arg(long, value_name = "MM", default_value_t = AROUND_MM, value_parser = radius)]
    radius: f64,
    /// Hours after the injection of the volumes, separated by commas; otherwise the sidecars of several
    /// scans tell.
    #[arg(
        long,
        value_name = "HOURS",
        value_delimiter = ',',
        value_parser = finite,
        allow_hyphen_values = true
    )]
    hours: Option<Vec<f64>>,
    /// A label map, one of whose labels is the region.
    #[arg(long, value_name = "FILE", requires = "label")]
    labels: Option<PathBuf>,
    /// The number of that label.
    #[arg(long, value_name = "N", requires = "labels")]
    label: Option<u32>,
    /// The CSV file to write (default: it is printed).
    #[arg(short, long = "output", value_name = "OUT.csv")]
    output: Option<PathBuf>,
}

fn radius(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|mm| (0.0..=100.0).contains(mm))
        .ok_or_else(|| format!("{text:?} is not a number of mm from 0 to 100"))
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let notify = notify();
    let scans = open_curve_scans(&args.scans, args.hours.as_deref(), &notify)?;
    let region = match (&args.labels, args.label) {
        (Some(labels), Some(label)) => Some(open_curve_region(labels, label)?),
        _ => None,
    };
    let request = CurveRequest {
        scans: &scans,
        at: args.at,
        around_mm: args.radius,
        region: region.as_ref(),
    };
    let curve = curve(&request, &notify)?;
    drop(notify);
    if curve.points.iter().all(|point| point.at.is_none()) {
        let [x, y, z] = curve.at_mm;
        bail!("--at is {x},{y},{z}, which lies in none of the scans");
    }
    let has_region = |point: &CurvePoint| {
        let region = point.region.as_ref();
        region.is_none_or(|region| region.n_voxels > 0)
    };
    if let (Some(label), false) = (args.label, curve.points.iter().any(has_region)) {
        bail!("--label is {label}, and no voxel of the scans lies in it");
    }
    match &args.output {
        None => print(&curve.csv()?),
        Some(path) => {
            curve.write(path)?;
            remark(&format!(
                "{} volumes: {}",
                curve.points.len(),
                path.display()
            ));
            Ok(())
        }
    }
}
