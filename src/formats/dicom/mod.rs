//! DICOM: files, folders, DICOMDIRs and zips to series, and series to volumes.
//!
//! All files are looked at, each up to its pixels, and sorted into series by `SeriesInstanceUID`
//! and number; the frames of a series are stacked into volumes by where they lie. Places come from
//! `ImagePositionPatient` and `ImageOrientationPatient`, never from the order of the files.
//!
//! The elements are parsed here and not by a crate: what a length claims is only believed as far
//! as the file goes, and sequences lie only so deep in each other. Who was scanned is not even
//! looked at, except by [`Series::identity`].

mod ahead;
mod charset;
mod codec;
mod dataset;
mod functional;
mod header;
mod jpeg_ls;
mod mosaic;
mod pixels;
mod scan;
mod series;
mod source;
mod stack;
mod syntax;
mod tags;
mod when;
mod zip;

pub(super) use scan::series_of;
pub use scan::{Scan, Skipped, series};
pub use series::{Identity, Scaling, Series, SeriesVolume};
pub(super) use source::files_below;
pub use when::hours_after_injection;

use super::voxels::Summary;
use super::{FileInfo, FormatError, Opened, Progress, VoxelValue, no_progress};
use std::ops::ControlFlow;
use std::path::Path;

/// The share of the progress that is told while files are looked at, before voxels are decoded.
const SCAN_SHARE: f32 = 0.3;

/// Whether a path is for this module: a folder, a zip, or a file that begins as DICOM does.
pub(super) fn is_dicom(path: &Path) -> bool {
    path.is_dir()
        || source::is_zip_file(path)
        || super::stored::head_of(path, 140).is_ok_and(|head| syntax::is_dicom(&head))
}

/// Opens one volume, counted over all series in their order.
pub(super) fn open(
    path: &Path,
    volume_idx: usize,
    progress: Progress<'_>,
) -> Result<Opened, FormatError> {
    let scan = series(path, &|share| progress(SCAN_SHARE * share))?;
    let (series, idx) = scan.find(volume_idx)?;
    let decoding =
        |share: f32| -> ControlFlow<()> { progress(SCAN_SHARE + (1.0 - SCAN_SHARE) * share) };
    let mut opened = series.open(idx, Scaling::default(), &decoding)?;
    opened.info.path = path.display().to_string();
    opened.info.warnings.extend(scan.warnings());
    list(&scan, &mut opened.info);
    Ok(opened)
}

/// Describes what lies at a path: the series that a volume belongs to, or the first one, and all
/// of them where there are several.
pub(super) fn describe(
    path: &Path,
    volume_idx: Option<usize>,
    voxels: &[Vec<usize>],
) -> Result<FileInfo, FormatError> {
    let scan = series(path, &no_progress)?;
    let (chosen, idx) = scan.find(volume_idx.unwrap_or(0))?;
    let mut info = chosen.describe(volume_idx.map(|_| idx), voxels)?;
    info.path = path.display().to_string();
    info.warnings.extend(scan.warnings());
    list(&scan, &mut info);
    Ok(info)
}

/// Where there are several series: all of them, and the volumes of all.
fn list(scan: &Scan, info: &mut FileInfo) {
    if scan.series.len() > 1 {
        info.volumes = scan.series.iter().map(|series| series.volumes.len()).sum();
        let infos = scan
            .series
            .iter()
            .map(|series| series.info(Summary::default()));
        info.series = infos.collect();
    }
}

fn voxel(index: &[usize], value: f64) -> VoxelValue {
    VoxelValue {
        index: index.to_vec(),
        value,
    }
}
