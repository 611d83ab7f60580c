//! What a leak network says of a scan, and what that rests on.

use super::leak_checks::{Checked, ChecksRequest, LeakChecks};
use super::leak_regions::{RegionDrop, region_drops, write_regions};
use super::notice::{Notify, working};
use crate::formats::{self, FormatError, bids, write_described};
use crate::models::explain::{OcclusionError, OcclusionPlan, Positions, occlusion};
use crate::models::leak::{
    InputMode, LeakInput, LeakPredictError, LeakPrediction, LeakPredictor, LeakProvenance,
    leak_card,
};
use crate::models::{Compute, Model, NoGpu, WARNING};
use crate::volume::Orientation;
use anyhow::bail;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The share of the progress in which a scan is opened.
const OPENING: f64 = 0.02;

/// Which network says what of which scan.
pub struct LeakRequest<'a> {
    /// The network.
    pub model: &'a Model,
    /// The scan.
    pub scan: &'a Path,
    /// How it is handed over.
    pub mode: InputMode,
    /// Gives the device; asked once all else is known to fit, as waking one takes its time.
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
}

/// What a network says of a scan.
///
/// # Errors
/// When the network is for another task, and as [`LeakPredictor::predict`]; a graphics processor that
/// fails is passed over with a remark.
pub fn predict_leak(
    request: &LeakRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<LeakPrediction> {
    leak_card(request.model)?;
    let scan = open(request.scan, notify)?;
    let compute = (request.compute)()?;
    let what = format!("Predicting with {}", request.model.card.name);
    if working(notify, &what, 0.5).is_break() {
        bail!("stopped");
    }
    let on = |compute: &Compute| {
        let predictor = LeakPredictor::open(request.model, compute)?;
        predictor.predict(request.model, &scan, request.mode, request.scan)
    };
    match on(&compute) {
        Err(LeakPredictError::Device(why)) if !compute.is_cpu() => {
            let mut predicted = on(&Compute::cpu())?;
            let remark = format!("{compute} failed ({why}); the CPU computed instead");
            predicted.remarks.push(remark);
            Ok(predicted)
        }
        done => Ok(done?),
    }
}

fn open(path: &Path, notify: Notify<'_>) -> Result<formats::Opened, FormatError> {
    formats::open_one(path, &|share| {
        working(notify, "Opening the scan", OPENING * f64::from(share))
    })
}

/// What a map is made with.
pub struct OcclusionRequest<'a> {
    /// Network, scan and device.
    pub of: LeakRequest<'a>,
    /// Voxels of a box along each axis.
    pub patch: [usize; 3],
    /// From one box to the next.
    pub stride: [usize; 3],
    /// What stands in a box.
    pub fill: Fill,
    /// Only boxes of this part of the volume, from the first voxel up to but not the second one.
    pub part: Option<[[usize; 3]; 2]>,
    /// The number whose drop is told; that which stands for a leak where not told.
    pub number: Option<usize>,
    /// Whether each box is computed from the beginning.
    pub from_the_beginning: bool,
    /// The file of the map.
    pub output: &'a Path,
    /// The file of the numbers with the boxes filled, where it is wanted.
    pub raw: Option<&'a Path>,
    /// What the map is checked by, where it is.
    pub checks: Option<ChecksRequest<'a>>,
    /// A label map whose regions are filled too, one after the other.
    pub labels: Option<&'a Path>,
}

/// What stands in a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// Zeros, as in the paper.
    Zero,
    /// The mean of the volume that the network is given.
    Mean,
}

/// What a map is, as it is written beside it.
#[derive(Clone, Debug, Serialize)]
pub struct OcclusionRecord {
    /// [`WARNING`].
    pub warning: &'static str,
    /// `leak`.
    pub task: &'static str,
    /// `occlusion`.
    pub method: &'static str,
    /// What a value of the map is, with its sign.
    pub values: String,
    /// Of which number.
    pub number: usize,
    /// What that stands for.
    pub stands_for: String,
    /// What the network gives for the volume as it is.
    pub logits: Vec<f32>,
    /// Voxels of a box along each axis.
    pub patch: [usize; 3],
    /// From one box to the next.
    pub stride: [usize; 3],
    /// What stood in a box.
    pub fill: f32,
    /// The part of the volume that boxes were laid over, where that is not all of it.
    #[serde(rename = "box", skip_serializing_if = "Option::is_none")]
    pub part: Option<[[usize; 3]; 2]>,
    /// Boxes.
    pub positions: usize,
    /// Of these, those that held the filling already.
    pub unchanged: usize,
    /// The smallest and the largest drop.
    pub range: [f32; 2],
    /// Whether each box was computed from the beginning.
    pub from_the_beginning: bool,
    /// What it came from; the seconds are those of the boxes.
    #[serde(flatten)]
    pub came_from: LeakProvenance,
    /// What the checks found, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks: Option<LeakChecks>,
    /// What the regions of a label map do, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<RegionDrop>>,
}

/// What was found and where it lies.
pub struct Explained {
    /// What the map is.
    pub record: OcclusionRecord,
    /// The map, what it is, and the raw numbers where they were wanted.
    pub written: Vec<PathBuf>,
}

/// Makes an occlusion map of what a network says of a scan, and writes it with its record beside it.
///
/// # Errors
/// As [`predict_leak`], when boxes cannot be laid, and when a file is there already or cannot be
/// written.
pub fn explain_leak(
    request: &OcclusionRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Explained> {
    let of = &request.of;
    let card = leak_card(of.model)?;
    let number = request.number.unwrap_or(card.positive);
    if number >= card.outputs.len() {
        bail!(
            "the network {} gives the numbers 0 to {}, and not {number}",
            of.model.card.name,
            card.outputs.len().saturating_sub(1)
        );
    }
    let record_path = beside(request.output)?;
    let regions_path = request
        .labels
        .map(|_| with_ending(&record_path, "_regions.csv"));
    let bars = ["svg", "png"].map(|ending| {
        let table = regions_path.as_deref();
        table.map(|path| path.with_extension(ending))
    });
    let outputs = [
        Some(request.output),
        Some(&record_path),
        request.raw,
        regions_path.as_deref(),
        bars[0].as_deref(),
        bars[1].as_deref(),
    ];
    if let Some(there) = outputs.into_iter().flatten().find(|path| path.exists()) {
        bail!(
            "there is such a file already, which is not overwritten: {}",
            there.display()
        );
    }
    // Not after the map, which can take hours.
    let twin = request.checks.as_ref().and_then(|checks| checks.twin);
    if let Some(twin) = twin.filter(|twin| !twin.exists()) {
        bail!("no such file: {}", twin.display());
    }
    let scan = open(of.scan, notify)?;
    let compute = (of.compute)()?;
    let predictor = LeakPredictor::open(of.model, &compute)?;
    let input = predictor.input(&scan, of.mode, of.scan)?;
    let fill = match request.fill {
        Fill::Zero => 0.0,
        Fill::Mean => mean(&input.values),
    };
    let plan = OcclusionPlan {
        patch: request.patch,
        stride: request.stride,
        fill: vec![fill],
        part: request.part,
        from_the_beginning: request.from_the_beginning,
    };
    let n = Positions::of(&plan, input.size)?.n();
    // First, so that a label map that is none costs no map.
    let regions = request
        .labels
        .map(|labels| region_drops(predictor.net(), &input, number, fill, labels, notify));
    let regions = regions.transpose()?;
    let what = format!("Filling {n} boxes");
    let progress = |share: f64| {
        let told = working(notify, &what, OPENING + (1.0 - OPENING) * share);
        told == ControlFlow::Continue(())
    };
    let began = Instant::now();
    let map = match occlusion(predictor.net(), &input.values, input.size, &plan, &progress) {
        Err(OcclusionError::Stopped) => bail!("stopped; nothing was written"),
        map => map?,
    };
    let seconds = began.elapsed().as_secs_f64();
    let drop = map.drop(number);
    let checked = Checked {
        model: of.model,
        predictor: &predictor,
        compute: &compute,
        input: &input,
        scan: (&scan.volume, of.scan),
        plan: &plan,
        map: &map,
        number,
    };
    let checks = request.checks.as_ref();
    let checks = checks
        .map(|checks| checked.all(checks, notify))
        .transpose()?;
    let came_from = predictor.provenance(of.model, of.scan, of.mode, input.size, seconds);
    let record = OcclusionRecord {
        warning: WARNING,
        task: "leak",
        method: "occlusion",
        values: "drop of the logit: that of the volume as it is minus that with the box filled; above 0 where what is in the box speaks for it; not a number where no box was laid".to_owned(),
        number,
        stands_for: card.outputs[number].clone(),
        logits: map.numbers.clone(),
        patch: request.patch,
        stride: request.stride,
        fill,
        part: request.part,
        positions: map.n_positions,
        unchanged: map.n_unchanged,
        range: range(&drop),
        from_the_beginning: request.from_the_beginning,
        came_from,
        checks,
        regions,
    };
    write_map(
        request.output,
        (&drop, &input, scan.volume.orientation()),
        &format!("Cisterna occlusion: drop of logit {number}, whole minus filled"),
    )?;
    let mut written = vec![request.output.to_owned(), record_path.clone()];
    if let Some(raw) = request.raw {
        write_map(
            raw,
            (&map.occluded[number], &input, scan.volume.orientation()),
            &format!("Cisterna occlusion: logit {number} with the box filled"),
        )?;
        written.push(raw.to_owned());
    }
    if let (Some(path), Some(regions)) = (&regions_path, &record.regions) {
        written.extend(write_regions(path, regions)?);
    }
    bids::write_json(&record_path, &record)?;
    Ok(Explained { record, written })
}

/// A path whose `.json` is replaced.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{name}{ending}"))
}

/// Writes values of the network's voxels where these lie.
pub(super) fn write_map(
    path: &Path,
    (values, input, orientation): (&[f32], &LeakInput, Orientation),
    description: &str,
) -> Result<(), FormatError> {
    let values = first_axis_fastest(values, input);
    let voxels = formats::Voxels::F32(&values);
    write_described(path, &input.grid, orientation, voxels, description)
}

/// The smallest and the largest value where boxes were laid.
pub(super) fn range(drop: &[f32]) -> [f32; 2] {
    let laid = drop.iter().copied().filter(|value| !value.is_nan());
    laid.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| {
        [low.min(value), high.max(value)]
    })
}

pub(super) fn mean(values: &[f32]) -> f32 {
    let sum: f64 = values.iter().copied().map(f64::from).sum();
    (sum / values.len() as f64) as f32
}

/// The file of the record: the map's name with `.json` in place of its ending.
pub(super) fn beside(output: &Path) -> anyhow::Result<PathBuf> {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    match name.ends_with(".nii.gz") || name.ends_with(".nii") {
        true => Ok(bids::sidecar_path(output)),
        false => bail!("the name must end in .nii or .nii.gz: {}", output.display()),
    }
}

/// Values whose last axis is the fastest, in the order of a file.
fn first_axis_fastest(values: &[f32], input: &LeakInput) -> Vec<f32> {
    let [nx, ny, nz] = input.size;
    let at = |i: usize| values[(i % nx * ny + i / nx % ny) * nz + i / (nx * ny)];
    (0..nx * ny * nz).map(at).collect()
}
