//! The mean of the occlusion maps of a cohort, of heads with a leak and of heads without apart.

use super::compute::compute;
use super::leak::{Fill, beside, mean, range, write_map};
use super::notice::{Notify, remark, working};
use super::train_leak::heads;
use crate::formats::bids;
use crate::models::explain::{OcclusionError, OcclusionPlan, occlusion};
use crate::models::leak::{LeakPredictor, leak_card, prepared_grid};
use crate::models::{DeviceChoice, Model, WARNING};
use crate::volume::Orientation;
use anyhow::bail;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Whose maps are averaged, and how they are made.
pub struct MeanMapRequest<'a> {
    /// The network.
    pub model: &'a Model,
    /// The data set.
    pub data: &'a Path,
    /// Voxels of a box along each axis.
    pub patch: [usize; 3],
    /// From one box to the next.
    pub stride: [usize; 3],
    /// What stands in a box.
    pub fill: Fill,
    /// On what it is computed.
    pub device: DeviceChoice,
    /// The map of heads with a leak; that of heads without lies beside it, with `_without` in its name.
    pub output: &'a Path,
}

/// What the maps are, as it is written beside them.
#[derive(Clone, Debug, Serialize)]
pub struct MeanMapRecord {
    /// [`WARNING`].
    pub warning: &'static str,
    /// `leak`.
    pub task: &'static str,
    /// `mean occlusion`.
    pub method: &'static str,
    /// What a value of the map is, with its sign.
    pub values: &'static str,
    /// The network.
    pub model: String,
    /// What it learned from.
    pub trained_on: String,
    /// Heads with a leak and without that were averaged.
    pub heads: [usize; 2],
    /// Whether the network was trained on this data set, so that only heads count that it was kept from.
    pub is_own_data: bool,
    /// Voxels of a box along each axis.
    pub patch: [usize; 3],
    /// From one box to the next.
    pub stride: [usize; 3],
    /// Smallest and largest value of both maps.
    pub ranges: [[f32; 2]; 2],
}

/// Makes the maps of all heads of a data set that a network was kept from, and writes their means. The
/// maps lie over each other as the volumes do that the network is given: heads are not registered.
///
/// # Errors
/// When the data set has no heads with or without a leak, when boxes cannot be laid, and when a file is
/// there already or cannot be written.
pub fn leak_mean_map(
    request: &MeanMapRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<(MeanMapRecord, Vec<PathBuf>)> {
    let card = leak_card(request.model)?.clone();
    let record_path = beside(request.output)?;
    let without = without_path(request.output);
    for path in [request.output, &record_path, &without] {
        if path.exists() {
            bail!(
                "there is such a file already, which is not overwritten: {}",
                path.display()
            );
        }
    }
    let compute = compute(request.device, notify)?;
    let heads = heads(request.data, &card.preparation, &[], notify)?;
    let (of, is_own_data) = heads.judging(&request.model.card);
    let predictor = LeakPredictor::open(request.model, &compute)?;
    let n_voxels: usize = heads.size.iter().product();
    let mut sums = [vec![0.0_f32; n_voxels], vec![0.0_f32; n_voxels]];
    let mut n = [0_usize; 2];
    let all = of.len();
    for (done, head) in of.into_iter().enumerate() {
        let plan = OcclusionPlan {
            patch: request.patch,
            stride: request.stride,
            fill: vec![match request.fill {
                Fill::Zero => 0.0,
                Fill::Mean => mean(&head.values),
            }],
            part: None,
            from_the_beginning: false,
        };
        let what = format!("sub-{}", head.subject);
        let progress =
            |share: f64| working(notify, &what, (done as f64 + share) / all as f64).is_continue();
        let map = match occlusion(predictor.net(), &head.values, heads.size, &plan, &progress) {
            Err(OcclusionError::Stopped) => bail!("stopped; nothing was written"),
            map => map?,
        };
        let kind = usize::from(!head.has_leak);
        n[kind] += 1;
        for (sum, drop) in sums[kind].iter_mut().zip(map.drop(card.positive)) {
            *sum += drop;
        }
    }
    if n.contains(&0) {
        bail!(
            "{} heads with a leak and {} without: a mean map needs some of both",
            n[0],
            n[1]
        );
    }
    for (sums, n) in sums.iter_mut().zip(n) {
        for sum in sums {
            *sum /= n as f32;
        }
    }
    remark(
        notify,
        format!(
            "{} heads with a leak, {} without; they are not registered",
            n[0], n[1]
        ),
    );
    let input = prepared_grid(&card.preparation);
    for (path, sums, what) in [
        (request.output, &sums[0], "with a leak"),
        (without.as_path(), &sums[1], "without"),
    ] {
        write_map(
            path,
            (sums, &input, Orientation::Known),
            &format!("Cisterna occlusion: mean drop of the logit, heads {what}"),
        )?;
    }
    let record = MeanMapRecord {
        warning: WARNING,
        task: "leak",
        method: "mean occlusion",
        values: "mean over heads of the drop of the logit of a leak: that of the volume as it is minus that with the box filled",
        model: request.model.card.name.clone(),
        trained_on: request.model.card.trained_on(),
        heads: n,
        is_own_data,
        patch: request.patch,
        stride: request.stride,
        ranges: [range(&sums[0]), range(&sums[1])],
    };
    bids::write_json(&record_path, &record)?;
    let written = vec![request.output.to_owned(), without, record_path];
    Ok((record, written))
}

/// The file of heads without a leak.
fn without_path(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let at = name.find(".nii").unwrap_or(name.len());
    let (stem, ending) = name.split_at(at);
    output.with_file_name(format!("{stem}_without{ending}"))
}
