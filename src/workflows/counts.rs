//! What a network counts in a region of a scan, and where.

use super::notice::{Notify, working};
use super::spaces::{file_name, stem};
use crate::enhancement::LabelNames;
use crate::formats::bids::{label_table, write_json, write_tsv};
use crate::formats::{self, no_progress, write_volume};
use crate::models::counts::{
    CountsDataError, CountsPredictError, CountsPredictor, Detection, counts_card, detections,
    region_input,
};
use crate::models::{Compute, Model, NoGpu, WARNING, file_sha256};
use crate::volume::Volume;
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

/// Where a network counts.
pub struct CountSpacesRequest<'a> {
    /// The network.
    pub model: &'a Model,
    /// A T2-weighted scan.
    pub scan: &'a Volume,
    /// Its file, or what to call it.
    pub file: &'a Path,
    /// A label map in the same world: where the region is.
    pub labels: &'a Volume,
    /// What its labels are called; without them they are FreeSurfer's.
    pub names: Option<&'a LabelNames>,
    /// Its file, or what to call it.
    pub labels_file: &'a Path,
    /// Gives the device; asked once all else is known to fit, as waking one takes its time.
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
}

/// What a network counts in a scan, and where.
pub struct CountedSpaces {
    /// The count and what it came from.
    pub record: CountsRecord,
    /// Where the count comes from: a voxel adds its value over the number of voxels.
    pub map: Volume,
    /// What the files of it are called after.
    stem: String,
}

fn files(folder: &Path, stem: &str, region: &str) -> [PathBuf; 3] {
    ["attention.nii.gz", "detections.tsv", "count.json"]
        .map(|what| folder.join(format!("{stem}_{region}_{what}")))
}

fn check_new(files: &[PathBuf]) -> anyhow::Result<()> {
    match files.iter().find(|path| path.exists()) {
        Some(there) => bail!(
            "there is such a file already, which is not overwritten: {}",
            there.display()
        ),
        None => Ok(()),
    }
}

fn goes_on(notify: Notify<'_>, what: &str, share: f64) -> anyhow::Result<()> {
    match working(notify, what, share).is_break() {
        true => bail!("stopped; nothing was written"),
        false => Ok(()),
    }
}

/// Counts in a scan.
///
/// # Errors
/// When the network is for another task, the label map lacks the region, the network cannot be computed, and
/// when `notify` answers to stop; a graphics processor that fails is passed over with a remark.
pub fn count_spaces(
    request: &CountSpacesRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<CountedSpaces> {
    let (model, file) = (request.model, request.file);
    goes_on(notify, "Cutting the region out", 0.1)?;
    let cpu = Compute::cpu();
    let preparation = CountsPredictor::open(model, &cpu)?.card().preparation;
    let input = region_input(request.scan, request.labels, request.names, &preparation);
    let input = input.map_err(|source| CountsDataError::Input {
        source,
        path: file.to_owned(),
    })?;
    let compute = (request.compute)()?;
    goes_on(notify, &format!("Counting with {}", model.card.name), 0.5)?;
    let mut remarks = Vec::new();
    if input.cut_off > 0.01 {
        remarks.push(format!(
            "{:.0} % of the region lies beyond the box that the network is given",
            100.0 * input.cut_off
        ));
    }
    let on = |compute: &Compute| CountsPredictor::open(model, compute)?.counted(&input);
    let (counted, device) = match on(&compute) {
        Err(CountsPredictError::Device(why)) if !compute.is_cpu() => {
            remarks.push(format!(
                "{compute} failed ({why}); the CPU computed instead"
            ));
            (on(&cpu)?, cpu.to_string())
        }
        done => (done?, compute.to_string()),
    };
    let record = CountsRecord {
        warning: WARNING,
        task: "counts",
        region: preparation.region.to_string(),
        count: counted.count,
        bias: counted.bias,
        detections: detections(&counted.map, counted.count),
        model: model.card.name.clone(),
        model_sha256: model.sha256(),
        trained_on: model.card.trained_on(),
        file: file_name(file),
        file_sha256: file_sha256(file),
        labels: file_name(request.labels_file),
        device,
        made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        remarks,
    };
    Ok(CountedSpaces {
        record,
        map: counted.map.with_orientation(request.scan.orientation()),
        stem: stem(file),
    })
}

/// Writes `*_attention.nii.gz`, `*_detections.tsv` and `*_count.json` into a folder, named by scan and
/// region. What lies there is not overwritten.
///
/// # Errors
/// When a file is there already or cannot be written.
pub fn write_counts(counted: &CountedSpaces, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = files(folder, &counted.stem, &counted.record.region);
    check_new(&files)?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    write_volume(&files[0], &counted.map)?;
    let found = counted.record.detections.iter().enumerate();
    let rows: Vec<Vec<String>> = found.map(row).collect();
    write_tsv(&files[1], &["id", "x_mm", "y_mm", "z_mm", "value"], &rows)?;
    write_json(&files[2], &counted.record)?;
    Ok(files.into())
}

/// Counts in a scan and writes what [`write_counts`] does.
///
/// # Errors
/// When a file cannot be opened, and as [`count_spaces`] and [`write_counts`].
pub fn predict_counts(
    request: &PredictCountsRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<(CountsRecord, Vec<PathBuf>)> {
    let region = counts_card(request.model)?.region();
    let stem = stem(request.scan);
    check_new(&files(request.output, &stem, &region.to_string()))?;
    goes_on(notify, "Opening the scan", 0.0)?;
    let scan = formats::open_one(request.scan, &no_progress)?;
    if scan.info.volumes != 1 {
        bail!(
            "the scan has {} volumes, where one is wanted: {}",
            scan.info.volumes,
            request.scan.display()
        );
    }
    let labels = formats::open_one(request.labels, &no_progress)?.volume;
    let table = label_table(request.labels)?;
    let counted = count_spaces(
        &CountSpacesRequest {
            model: request.model,
            scan: &scan.volume,
            file: request.scan,
            labels: &labels,
            names: table.as_ref().map(|table| &table.names),
            labels_file: request.labels,
            compute: request.compute,
        },
        notify,
    )?;
    goes_on(notify, "Writing", 0.95)?;
    let written = write_counts(&counted, request.output)?;
    Ok((counted.record, written))
}

fn row((at, one): (usize, &Detection)) -> Vec<String> {
    let mut cells = vec![(at + 1).to_string()];
    cells.extend(one.place_mm.map(|mm| format!("{mm:.2}")));
    cells.push(format!("{:.4}", one.value));
    cells
}
