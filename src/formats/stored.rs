//! An image as a header describes it, before its voxels are touched.

use super::bids::inherited_hours;
use super::coding::open_bytes;
use super::voxels::Summary;
use super::{FileInfo, FormatError, mgh, nifti};
use crate::text::{self, Limit};
use crate::volume::{Grid, Orientation};
use std::io::Read;
use std::path::{Path, PathBuf};

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
    pub(super) path: PathBuf,
    pub(super) format: &'static str,
    pub(super) shape: Vec<usize>,
    pub(super) dtype: Dtype,
    pub(super) big_endian: bool,
    /// value = stored * slope + inter
    pub(super) slope: f64,
    pub(super) inter: f64,
    /// The file that holds the voxels, and their place in it once decompressed.
    pub(super) data_path: PathBuf,
    pub(super) data_offset: u64,
    pub(super) zooms_mm: Vec<f64>,
    pub(super) grid: Grid,
    pub(super) affine_source: &'static str,
    pub(super) orientation: Orientation,
    /// What is to be drawn black and white.
    pub(super) window: Option<[f64; 2]>,
    pub(super) warnings: Vec<String>,
}

impl Stored {
    /// Finds out what kind of file this is by what is in it.
    pub(super) fn from_header(path: &Path) -> Result<Self, FormatError> {
        let path = nifti::header_path(path);
        let head = head_of(&path, 544)?;
        let not_recognised = |what: &str| FormatError::NotRecognised {
            what: what.to_owned(),
            path: path.clone(),
        };
        if head.is_empty() {
            return Err(not_recognised("the file is empty"));
        }
        if mgh::has_name_of(&path) {
            return mgh::from_head(&path, &head);
        }
        match nifti::sizeof_hdr(&head) {
            Some(348 | 540) => nifti::from_head(&path, &head),
            Some(other) => Err(FormatError::Field {
                field: "sizeof_hdr".to_owned(),
                value: other.to_string(),
                why: "a NIfTI header has 348 or 540 there, so this is no NIfTI file".to_owned(),
                path,
            }),
            None => Err(not_recognised(
                "the file ends within the header, or is no image",
            )),
        }
    }

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
            path: self.path.clone(),
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
            path: self.path.clone(),
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
        FileInfo {
            path: self.path.display().to_string(),
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
            hours_after_injection: hours_after_injection(&self.path, &mut warnings),
            warnings,
        }
    }
}

/// What the JSON sidecar beside a scan says, or one that it inherits from in a BIDS data set.
fn hours_after_injection(path: &Path, warnings: &mut Vec<String>) -> Option<f64> {
    let beside = beside(path).and_then(|sidecar| {
        let (json, remark) = open_sidecar(&sidecar)
            .map_err(|why| warnings.push(format!("the sidecar is not used: {why}")))
            .ok()?;
        warnings.extend(remark);
        hours_in(&json, &sidecar, warnings)
    });
    beside.or_else(|| inherited_hours(path, warnings))
}

/// The hours that a sidecar tells; what stands there and is no number is said.
pub(super) fn hours_in(
    json: &serde_json::Value,
    path: &Path,
    warnings: &mut Vec<String>,
) -> Option<f64> {
    let value = json.get("HoursAfterInjection")?;
    let number = match value {
        serde_json::Value::Null => return None,
        serde_json::Value::String(text) => text.trim().parse().ok(),
        serde_json::Value::Array(only) if only.len() == 1 => only[0].as_f64(),
        _ => value.as_f64(),
    };
    let number = number.filter(|hours: &f64| hours.is_finite());
    if number.is_none() || !value.is_number() {
        let what = match number {
            Some(hours) => format!("is taken for {hours}"),
            None => "is no number, and is not used".to_owned(),
        };
        let value = text::one_line(&value.to_string()).into_owned();
        warnings.push(format!(
            "HoursAfterInjection is {value}, which {what}: {}",
            path.display()
        ));
    }
    number
}

/// The JSON sidecar of a BIDS scan, if there is one beside it that can be read.
pub(super) fn sidecar(path: &Path) -> Option<serde_json::Value> {
    Some(open_sidecar(&beside(path)?).ok()?.0)
}

/// The file of the sidecar beside a scan, if there is something.
fn beside(path: &Path) -> Option<PathBuf> {
    let sidecar = path.with_file_name(format!("{}.json", stem(path)?));
    sidecar.symlink_metadata().is_ok().then_some(sidecar)
}

/// A sidecar as people and programs write them: in any encoding, with NaN and infinity, commas
/// behind the last entry and remarks. What was not as the standard has it is told; where it can
/// only be guessed, the reason is given instead.
pub(super) fn open_sidecar(path: &Path) -> Result<(serde_json::Value, Option<String>), String> {
    let bytes = text::bytes(path, Limit::Sidecar).map_err(|error| error.to_string())?;
    let whole = |why: String| format!("{why}: {}", path.display());
    let (text, encoding) = text::decode(&bytes).map_err(whole)?;
    let of_encoding = encoding.map(|what| {
        format!(
            "the sidecar's encoding is assumed ({what}): {}",
            path.display()
        )
    });
    let strict = match serde_json::from_str(&text) {
        Ok(json) => return Ok((json, of_encoding)),
        Err(error) => error,
    };
    // NaN has no place in a JSON value; null is what it means.
    match json5::from_str::<serde_json::Value>(&text) {
        Ok(json) => {
            let remark = format!(
                "the sidecar is no strict JSON ({strict}): {}",
                path.display()
            );
            Ok((json, Some(remark)))
        }
        Err(_) => Err(whole(format!("it is no JSON ({strict})"))),
    }
}

/// A file's name without the endings that tell its format and its compression.
pub(super) fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let stem = stem.strip_suffix(".zst").unwrap_or(stem);
    Some(stem.rsplit_once('.').map_or(stem, |(stem, _)| stem))
}

/// The first bytes of a file, fewer where it is shorter.
pub(super) fn head_of(path: &Path, length: u64) -> Result<Vec<u8>, FormatError> {
    let (bytes, coding, _) = open_bytes(path)?;
    let mut head = Vec::new();
    match bytes.take(length).read_to_end(&mut head) {
        Ok(_) => Ok(head),
        // The whole header of a short file; what follows it is looked at with the voxels.
        Err(_) if head.len() >= 352 => Ok(head),
        Err(source) => Err(coding.error(source, path)),
    }
}
