//! Files to volumes, and volumes to NIfTI files: NIfTI-1 and -2, Analyze 7.5, MGH, DICOM.
//!
//! A header is turned into a `Stored` image: where its voxels lie, of what type, how they are
//! scaled and placed. The voxels are then streamed, so that a file which lies about its size
//! costs neither time nor memory. Nothing here knows what is done with a volume.
//!
//! Invariant: what a header claims is checked against what the file holds before memory is
//! taken, and every refusal names the field and the file.

pub mod bids;
mod catalogue;
mod coding;
mod dicom;
mod error;
mod mgh;
mod nifti;
mod nifti_header;
mod stored;
mod voxels;
mod write;

pub use catalogue::{Catalogue, Entry, Place, THUMBNAIL_SIDE, Thumbnail, catalogue};
pub use dicom::{
    Identity, Scaling, Scan, Series, SeriesVolume, Skipped, hours_after_injection, series,
};
pub use error::FormatError;
pub use write::{Voxels, write_nifti, write_volume};

use crate::volume::Volume;
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;
use stored::Stored;

/// Told the share done (0 to 1) while a file is opened; answers whether to go on.
pub type Progress<'a> = &'a (dyn Fn(f32) -> ControlFlow<()> + Sync);

/// For callers that neither show progress nor cancel.
pub fn no_progress(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// What a file says of itself and what its voxels say.
#[derive(Clone, Debug, Serialize)]
pub struct FileInfo {
    /// The file, as it was named.
    pub path: String,
    /// `nifti1`, `nifti1-pair`, `nifti2`, `nifti2-pair`, `analyze75`, `mgh` or `dicom`.
    pub format: &'static str,
    /// Voxels along every stored dimension.
    pub shape: Vec<usize>,
    /// The stored type, as numpy names it (`RGB` and `RGBA` for colour).
    pub dtype: &'static str,
    /// The header's voxel size along the spatial dimensions, in mm.
    pub zooms_mm: Vec<f64>,
    /// Voxel index as stored to RAS+ mm, four rows.
    pub affine: [[f64; 4]; 4],
    /// `sform`, `qform`, `pixdim` (nothing stored), `mgh`, `dicom` or `default`.
    pub affine_source: &'static str,
    /// Directions of the voxel axes, as nibabel's `aff2axcodes`.
    pub axcodes: String,
    /// Three-dimensional volumes in the file, or in all series of a folder.
    pub volumes: usize,
    /// Smallest finite value of what was asked for (the whole file, or one volume), scaled.
    pub min: Option<f64>,
    /// Largest finite value.
    pub max: Option<f64>,
    /// Mean of the finite values.
    pub mean: Option<f64>,
    /// Voxels that are not a number.
    pub nan_count: u64,
    /// The voxels asked for.
    pub voxels: Vec<VoxelValue>,
    /// Hours from the injection of the tracer to the scan, where the JSON sidecar beside the file
    /// has `HoursAfterInjection`.
    pub hours_after_injection: Option<f64>,
    /// DICOM: the series' description.
    pub description: Option<String>,
    /// DICOM: when the volume was acquired, by the scanner's clock.
    pub acquired: Option<String>,
    /// The values that the file would have drawn black and white: `cal_min` and `cal_max`, or
    /// half the window's width on either side of its centre.
    pub window: Option<[f64; 2]>,
    /// DICOM: all series, in a stable order, where there are several; without statistics.
    pub series: Vec<FileInfo>,
    /// What the user should know before trusting the picture.
    pub warnings: Vec<String>,
}

/// One voxel's scaled value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VoxelValue {
    /// The index as stored, from 0.
    pub index: Vec<usize>,
    /// The scaled value; null in JSON where it is not finite.
    pub value: f64,
}

/// A volume and what its file said.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The scan.
    pub volume: Volume,
    /// The file; its statistics are those of this volume.
    pub info: FileInfo,
}

/// Opens one volume of a file, or of a folder, a DICOMDIR or a zip of DICOM files. Where there are
/// several series their volumes are counted through, in the order of [`series`].
///
/// # Errors
/// When the file is not what it says, is of a kind that is not opened, or has no such volume.
pub fn open(path: &Path, volume_idx: usize, progress: Progress<'_>) -> Result<Opened, FormatError> {
    if dicom::is_dicom(path) {
        return dicom::open(path, volume_idx, progress);
    }
    let stored = Stored::from_header(path)?;
    stored.check_volume(volume_idx)?;
    let decoded = voxels::decode(&stored, Some(volume_idx), &[], true, progress)?;
    let volume = Volume::new(stored.grid.clone(), decoded.values)
        .map_err(|source| FormatError::Placement {
            source,
            path: path.to_owned(),
        })?
        .with_orientation(stored.orientation);
    Ok(Opened {
        volume,
        info: stored.info(decoded.summary),
    })
}

/// Describes a file, with statistics over all of it or over one volume, without holding it in
/// memory. A voxel index may have as many numbers as the file has dimensions; those left out are
/// 0, or `volume_idx` for the volume.
///
/// # Errors
/// As [`open`], and for a voxel outside the file.
pub fn describe(
    path: &Path,
    volume_idx: Option<usize>,
    voxels: &[Vec<usize>],
) -> Result<FileInfo, FormatError> {
    if dicom::is_dicom(path) {
        return dicom::describe(path, volume_idx, voxels);
    }
    let stored = Stored::from_header(path)?;
    if let Some(volume_idx) = volume_idx {
        stored.check_volume(volume_idx)?;
    }
    let decoded = voxels::decode(&stored, volume_idx, voxels, false, &no_progress)?;
    Ok(stored.info(decoded.summary))
}
