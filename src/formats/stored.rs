//! An image as a header describes it, before its voxels are touched.

use super::bids::inherited_hours;
use super::error::FormatError;
use super::info::FileInfo;
use super::sidecar;
use super::source::Source;
use super::tally::Summary;
use crate::volume::{Grid, Orientation};

/// A voxel's type on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dtype {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
    Complex64,
    Complex128,
    Rgb,
    Rgba,
}

impl Dtype {
    pub(super) fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Rgb => 3,
            Self::U32 | Self::I32 | Self::F32 | Self::Rgba => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::Complex64 => 8,
            Self::Complex128 => 16,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::Rgb => "RGB",
            Self::Rgba => "RGBA",
        }
    }

    fn is_whole(self) -> bool {
        !matches!(
            self,
            Self::F32 | Self::F64 | Self::Complex64 | Self::Complex128
        )
    }
}

/// Everything a header says, checked.
pub(super) struct Stored {
    pub(super) source: Source,
    pub(super) format: &'static str,
    pub(super) shape: Vec<usize>,
    pub(super) dtype: Dtype,
    pub(super) big_endian: bool,
    /// value = stored * slope + inter
    pub(super) slope: f64,
    pub(super) inter: f64,
    /// The file that holds the voxels, and their place in it once decompressed.
    pub(super) voxels: Source,
    pub(super) data_offset: u64,
    pub(super) zooms_mm: Vec<f64>,
    pub(super) grid: Grid,
    pub(super) affine_source: &'static str,
    pub(super) orientation: Orientation,
    /// What is to be drawn black and white.
    pub(super) window: Option<[f64; 2]>,
    /// Whether the header says that values are labels.
    pub(super) is_label_map: bool,
    pub(super) warnings: Vec<String>,
}

impl Stored {
    pub(super) fn n_volumes(&self) -> usize {
        self.shape.iter().skip(3).product()
    }

    pub(super) fn check_volume(&self, volume_idx: usize) -> Result<(), FormatError> {
        if volume_idx < self.n_volumes() {
            return Ok(());
        }
        Err(FormatError::OutOfRange {
            what: format!("volume {volume_idx} (counted from 0)"),
            shape: self.shape.clone(),
            path: self.source.path(),
        })
    }

    /// The place of a voxel among all voxels of the file.
    pub(super) fn offset_of_voxel(
        &self,
        index: &[usize],
        volume_idx: usize,
    ) -> Result<u64, FormatError> {
        let out_of_range = || FormatError::OutOfRange {
            what: format!("voxel {index:?}"),
            shape: self.shape.clone(),
            path: self.source.path(),
        };
        if index.len() < self.shape.len().min(3) || index.len() > self.shape.len().max(3) {
            return Err(out_of_range());
        }
        let mut offset = if index.len() <= 3 {
            (volume_idx * self.grid.n_voxels()) as u64
        } else {
            0
        };
        let mut stride = 1;
        for (axis, &at) in index.iter().enumerate() {
            let length = self.shape.get(axis).copied().unwrap_or(1);
            if at >= length {
                return Err(out_of_range());
            }
            offset += (at * stride) as u64;
            stride *= length;
        }
        Ok(offset)
    }

    pub(super) fn info(&self, summary: Summary) -> FileInfo {
        let mut warnings = self.warnings.clone();
        let largest = summary
            .min
            .unwrap_or(0.0)
            .abs()
            .max(summary.max.unwrap_or(0.0).abs());
        if self.dtype.is_whole() && largest > f64::from(1 << f32::MANTISSA_DIGITS) {
            warnings.push(
                "whole numbers beyond 16,777,216 are rounded to seven digits when drawn".to_owned(),
            );
        }
        if summary.trailing_not_checked {
            warnings.push("bytes after the voxels were left unchecked".to_owned());
        }
        let affine = self.grid.world_from_voxel();
        let told = Told::of(&self.source, &mut warnings);
        FileInfo {
            path: self.source.path().display().to_string(),
            format: self.format,
            shape: self.shape.clone(),
            dtype: self.dtype.name(),
            zooms_mm: self.zooms_mm.clone(),
            affine: std::array::from_fn(|row| std::array::from_fn(|column| affine[(row, column)])),
            affine_source: self.affine_source,
            axcodes: self.grid.axcodes(),
            volumes: self.n_volumes(),
            min: summary.min,
            max: summary.max,
            mean: summary.mean,
            nan_count: summary.nan_count,
            voxels: summary.voxels,
            description: None,
            acquired: None,
            window: self.window,
            series: Vec::new(),
            hours_after_injection: told.hours,
            units: told.units,
            is_label_map: self.is_label_map || is_dseg(&self.source),
            warnings,
        }
    }
}

/// What sidecars say of a scan.
struct Told {
    /// By the one beside the scan, or one that it inherits from in a BIDS data set.
    hours: Option<f64>,
    /// By the one beside the scan.
    units: Option<String>,
}

impl Told {
    fn of(scan: &Source, warnings: &mut Vec<String>) -> Self {
        let beside = sidecar::beside(scan).and_then(|sidecar| {
            let (json, remark) = sidecar::open(&sidecar)
                .map_err(|why| warnings.push(format!("the sidecar is not used: {why}")))
                .ok()?;
            warnings.extend(remark);
            Some(Self {
                hours: sidecar::hours_in(&json, &sidecar, warnings),
                units: sidecar::units_in(&json),
            })
        });
        let (hours, units) = beside.map_or((None, None), |told| (told.hours, told.units));
        Self {
            hours: hours.or_else(|| inherited_hours(scan, warnings)),
            units,
        }
    }
}

/// Whether a file is named as a label map of a BIDS data set.
fn is_dseg(scan: &Source) -> bool {
    let stem = sidecar::stem(scan.inner_path());
    stem.is_some_and(|stem| stem.rsplit('_').next() == Some("dseg"))
}
