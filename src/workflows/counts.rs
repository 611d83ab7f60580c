//! What a network counts in a region of a scan, and where.

use super::notice::{Notify, working};
use super::spaces::{file_name, stem};
use crate::formats::bids::{write_json, write_tsv};
use crate::formats::write_volume;
use crate::models::counts::{
    CountsPredictError, CountsPredictor, Detection, counts_card, detections,
};
use crate::models::{Compute, Model, NoGpu, WARNING, file_sha256};
use anyhow::{Context, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Which network counts in which scan.
pub struct PredictCountsRequest<'a> {
    /// The network.
    pub model: &'a Model,
    /// A T2-weighted scan.
    pub scan: &'a Path,
    /// A label map in the same world: where the region is.
    pub labels: &'a Path,
    /// Gives the device; asked once all else is known to fit, as waking one takes its time.
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
    /// The folder for what is predicted.
    pub output: &'a Path,
}

/// What a count came from; stored beside its map.
#[derive(Clone, Debug, Serialize)]
pub struct CountsRecord {
    /// [`WARNING`].
    pub warning: &'static str,
    /// `counts`.
    pub task: &'static str,
    /// The region.
    pub region: String,
    /// What the network counts; it may have a fraction.
    pub count: f64,
    /// What it counts where its map is 0: the mean of the map and this are the count.
    pub bias: f64,
    /// What stands out most in the map, as many as are counted.
    pub detections: Vec<Detection>,
    /// The network's name.
    pub model: String,
    /// SHA-256 of the network's file.
    pub model_sha256: Option<String>,
    /// What the network learned from.
    pub trained_on: String,
    /// The scan's file, without its folder.
    pub file: String,
    /// SHA-256 of the file; none for a folder.
    pub file_sha256: Option<String>,
    /// The label map's file, without its folder.
    pub labels: String,
    /// What it was computed on.
    pub device: String,
    /// The program and its version.
    pub made_by: String,
    /// What the person should know.
    pub remarks: Vec<String>,
}

/// Counts in a scan: writes `*_attention.nii.gz`, `*_detections.tsv` and `*_count.json` into a folder,
/// named by scan and region. What lies there is not overwritten.
///
/// # Errors
/// When the network is for another task, a file cannot be opened, the label map lacks the region, the
/// network cannot be computed, a file is there already or cannot be written, and when `notify` answers to
/// stop; a graphics processor that fails is passed over with a remark.
pub fn predict_counts(
    request: &PredictCountsRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<(CountsRecord, Vec<PathBuf>)> {
    let region = counts_card(request.model)?.region();
    let stem = stem(request.scan);
    let file = |what: &str| request.output.join(format!("{stem}_{region}_{what}"));
    let files = [
        file("attention.nii.gz"),
        file("detections.tsv"),
        file("count.json"),
    ];
    if let Some(there) = files.iter().find(|path| path.exists()) {
        bail!(
            "there is such a file already, which is not overwritten: {}",
            there.display()
        );
    }
    let goes_on = |what: &str, share: f64| match working(notify, what, share).is_break() {
        true => bail!("stopped; nothing was written"),
        false => Ok(()),
    };
    goes_on("Cutting the region out", 0.1)?;
    let cpu = Compute::cpu();
    let input = CountsPredictor::open(request.model, &cpu)?.input(request.scan, request.labels)?;
    let compute = (request.compute)()?;
    goes_on(&format!("Counting with {}", request.model.card.name), 0.5)?;
    let mut remarks = Vec::new();
    if input.cut_off > 0.01 {
        remarks.push(format!(
            "{:.0} % of the region lies beyond the box that the network is given",
            100.0 * input.cut_off
        ));
    }
    let on = |compute: &Compute| CountsPredictor::open(request.model, compute)?.counted(&input);
    let (counted, device) = match on(&compute) {
        Err(CountsPredictError::Device(why)) if !compute.is_cpu() => {
            remarks.push(format!(
                "{compute} failed ({why}); the CPU computed instead"
            ));
            (on(&cpu)?, cpu.to_string())
        }
        done => (done?, compute.to_string()),
    };
    goes_on("Writing", 0.95)?;
    let found = detections(&counted.map, counted.count);
    std::fs::create_dir_all(request.output)
        .with_context(|| format!("cannot make the folder {}", request.output.display()))?;
    write_volume(&files[0], &counted.map)?;
    let rows: Vec<Vec<String>> = found.iter().enumerate().map(row).collect();
    write_tsv(&files[1], &["id", "x_mm", "y_mm", "z_mm", "value"], &rows)?;
    let record = CountsRecord {
        warning: WARNING,
        task: "counts",
        region: region.to_string(),
        count: counted.count,
        bias: counted.bias,
        detections: found,
        model: request.model.card.name.clone(),
        model_sha256: request.model.sha256(),
        trained_on: request.model.card.trained_on(),
        file: file_name(request.scan),
        file_sha256: file_sha256(request.scan),
        labels: file_name(request.labels),
        device,
        made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        remarks,
    };
    write_json(&files[2], &record)?;
    Ok((record, files.into()))
}

fn row((at, one): (usize, &Detection)) -> Vec<String> {
    let mut cells = vec![(at + 1).to_string()];
    cells.extend(one.place_mm.map(|mm| format!("{mm:.2}")));
    cells.push(format!("{:.4}", one.value));
    cells
}
