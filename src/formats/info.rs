//! What a file says of itself, and what comes of opening it.

use crate::volume::Volume;
use serde::Serialize;
use std::ops::ControlFlow;

/// Takes the share done (0 to 1) while a file is opened; answers whether to go on.
pub type Progress<'a> = &'a (dyn Fn(f32) -> ControlFlow<()> + Sync);

/// For callers that neither show progress nor cancel.
pub fn no_progress(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// What a file says of itself and what its voxels say.
#[derive(Clone, Debug, Serialize)]
pub struct FileInfo {
    /// The file, as it was named; `scans.zip!a/1.nii` for what lies in a zip.
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
    /// Three-dimensional volumes in the file, or in all scans of a folder or a zip.
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
    /// The unit of the values, where the JSON sidecar beside the file has `Units`.
    pub units: Option<String>,
    /// Whether it says that its values are labels: by the NIfTI intent of labels, or as BIDS has it by
    /// a name that ends in `_dseg`.
    pub is_label_map: bool,
    /// DICOM: the series' description.
    pub description: Option<String>,
    /// DICOM: when the volume was acquired, by the scanner's clock.
    pub acquired: Option<String>,
    /// The values that the file would have drawn black and white: `cal_min` and `cal_max`, or
    /// half the window's width on either side of its centre.
    pub window: Option<[f64; 2]>,
    /// All scans of a folder or a zip, in a stable order, where there are several; without
    /// statistics.
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
