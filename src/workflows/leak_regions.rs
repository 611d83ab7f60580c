//! What a leak network makes of a scan without one region of a label map after the other.

use super::notice::{Notify, remark, working};
use crate::formats::bids::label_table;
use crate::formats::{self, no_progress};
use crate::models::FoldedClassifier;
use crate::models::leak::LeakInput;
use crate::report::bar_figure;
use crate::volume::Interpolation;
use anyhow::{Context, bail};
use nalgebra::Point3;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A region, and how far the logit falls without it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionDrop {
    /// Its number in the label map.
    pub label: u32,
    /// Its name, where the table beside the label map has one.
    pub name: Option<String>,
    /// Voxels of the volume that the network is given.
    pub voxels: usize,
    /// The logit of the whole volume minus that with the region filled: above 0 where what is in the region
    /// speaks for it.
    pub drop: f64,
}

/// Fills each region of a label map, all its voxels at once. The label of a voxel of the network is that of
/// the nearest voxel of the label map; 0 is no region.
pub(super) fn region_drops(
    net: &FoldedClassifier,
    input: &LeakInput,
    number: usize,
    fill: f32,
    labels: &Path,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<RegionDrop>> {
    let table = label_table(labels)?;
    for why in table.iter().flat_map(|table| &table.remarks) {
        remark(notify, why.clone());
    }
    let map = formats::open_one(labels, &no_progress)?.volume;
    let [_, ny, nz] = input.size;
    let mut regions: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for at in 0..input.values.len() {
        let voxel = [at / (ny * nz), at / nz % ny, at % nz].map(|at| at as f64);
        let place = input.grid.to_world(Point3::from(voxel));
        let label = map.sample(place, Interpolation::Nearest).unwrap_or(0.0);
        if label != 0.0 {
            if label < 0.0 || label.fract() != 0.0 || label > 16_777_216.0 {
                bail!("a value of {label} is no label: {}", labels.display());
            }
            regions.entry(label as u32).or_default().push(at);
        }
    }
    if regions.is_empty() {
        bail!("no label lies within the scan: {}", labels.display());
    }
    let numbers = |values: &[f32]| -> anyhow::Result<f64> {
        Ok(f64::from(net.numbers(values, input.size)?[number]))
    };
    let whole = numbers(&input.values)?;
    let n = regions.len();
    let mut filled = input.values.clone();
    let mut drops = Vec::with_capacity(n);
    for (done, (label, voxels)) in regions.into_iter().enumerate() {
        if working(notify, "Filling regions", done as f64 / n as f64).is_break() {
            bail!("stopped; nothing was written");
        }
        for &at in &voxels {
            filled[at] = fill;
        }
        let drop = whole - numbers(&filled)?;
        for &at in &voxels {
            filled[at] = input.values[at];
        }
        let names = table.as_ref().map(|table| &table.names);
        drops.push(RegionDrop {
            label,
            name: names.and_then(|names| names.get(&label).cloned()),
            voxels: voxels.len(),
            drop,
        });
    }
    drops.sort_by(|a, b| b.drop.total_cmp(&a.drop).then(a.label.cmp(&b.label)));
    Ok(drops)
}

/// Writes regions as a table, and as bars beside it.
pub(super) fn write_regions(path: &Path, regions: &[RegionDrop]) -> anyhow::Result<Vec<PathBuf>> {
    let named = || path.display().to_string();
    let mut table = csv::Writer::from_path(path).with_context(named)?;
    for region in regions {
        table.serialize(region).with_context(named)?;
    }
    table.flush().with_context(named)?;
    let bars: Vec<(String, f64)> = regions
        .iter()
        .map(|region| {
            let name = region.name.clone();
            (
                name.unwrap_or_else(|| format!("label {}", region.label)),
                region.drop,
            )
        })
        .collect();
    let figure = bar_figure("Drop of the logit without a region", &bars)?;
    let mut written = vec![path.to_owned()];
    for (ending, bytes) in [("svg", figure.svg.as_bytes()), ("png", &figure.png[..])] {
        let path = path.with_extension(ending);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        written.push(path);
    }
    Ok(written)
}
