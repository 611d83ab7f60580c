//! Where a scan is, and how it is opened from there.

use super::bids::BidsScan;
use super::dicom::{PixelScaling, Series};
use super::error::FormatError;
use super::header::{FileHeader, HeaderPart};
use super::image;
use super::info::{FileInfo, Opened, Progress, no_progress};
use super::source::Source;
use super::stored::Stored;
use super::tally::Summary;
use super::thumbnail::Thumbnail;
use crate::volume::{LabelMap, Volume, VolumeError};
use std::path::PathBuf;
use std::sync::Arc;
use time::PrimitiveDateTime;

/// One scan that was found, its header looked at.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What to call it.
    pub name: String,
    /// Shape, voxel size, warnings; no statistics.
    pub info: FileInfo,
    /// DICOM: such as `MR`.
    pub modality: Option<String>,
    /// When it was acquired, by the scanner's clock.
    pub acquired: Option<PrimitiveDateTime>,
    /// What its name says, in a BIDS data set.
    pub bids: Option<BidsScan>,
    /// Where it is.
    pub place: Place,
}

impl Entry {
    pub(super) fn of_image(stored: &Stored) -> Self {
        Self {
            name: stored.source.file_name(),
            info: stored.info(Summary::default()),
            modality: None,
            acquired: None,
            bids: None,
            place: Place(Kind::Image(stored.source.clone())),
        }
    }

    pub(super) fn of_series(series: Series) -> Self {
        Self {
            name: series.name(),
            info: series.info(Summary::default()),
            modality: series.modality.clone(),
            acquired: series.acquired,
            bids: None,
            place: Place(Kind::Series(Arc::new(series))),
        }
    }

    /// Name, shape and number of volumes, in a few words.
    pub(super) fn line(&self) -> String {
        let shape: Vec<String> = self.info.shape.iter().map(ToString::to_string).collect();
        format!("{}, {}", self.name, shape.join(" x "))
    }
}

/// Where a scan is.
#[derive(Clone, Debug)]
pub struct Place(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// One file, with one volume or several.
    Image(Source),
    /// A series of DICOM files that were looked at already.
    Series(Arc<Series>),
}

impl Place {
    /// Opens one of the volumes.
    ///
    /// # Errors
    /// When a file is not what it says, is gone or damaged, or has no such volume.
    pub fn open(
        &self,
        volume_idx: usize,
        scaling: PixelScaling,
        progress: Progress<'_>,
    ) -> Result<Opened, FormatError> {
        match &self.0 {
            Kind::Image(source) => image::open(source, volume_idx, progress),
            Kind::Series(series) => series.open(volume_idx, scaling, progress),
        }
    }

    /// Opens all volumes; of one file in one pass.
    ///
    /// # Errors
    /// As [`Place::open`], and where memory does not hold them.
    pub fn open_all(
        &self,
        scaling: PixelScaling,
        progress: Progress<'_>,
    ) -> Result<Vec<Opened>, FormatError> {
        match &self.0 {
            Kind::Image(source) => image::open_all(source, progress),
            Kind::Series(series) => {
                let n = series.volumes.len();
                let of_volume = |idx: usize| {
                    let share = |share: f32| progress((idx as f32 + share) / n as f32);
                    series.open(idx, scaling, &share)
                };
                (0..n).map(of_volume).collect()
            }
        }
    }

    /// The labels of one of the volumes, whose numbers are exact however large they are; from `opened`
    /// where that holds them exactly.
    ///
    /// # Errors
    /// When a value is no label, and as [`Place::open`].
    pub fn labels(
        &self,
        volume_idx: usize,
        opened: &Volume,
        progress: Progress<'_>,
    ) -> Result<LabelMap, FormatError> {
        let path = || self.file().unwrap_or_default();
        match (LabelMap::of(opened), &self.0) {
            (Err(VolumeError::NoLabel(value)), Kind::Image(source)) if value >= 16_777_216.0 => {
                image::open_labels(source, volume_idx, progress)
            }
            (map, _) => map.map_err(|source| FormatError::Placement {
                source,
                path: path(),
            }),
        }
    }

    /// Statistics over one of the volumes, or over all, and the values of voxels.
    pub(super) fn describe(
        &self,
        volume_idx: Option<usize>,
        voxels: &[Vec<usize>],
    ) -> Result<FileInfo, FormatError> {
        match &self.0 {
            Kind::Image(source) => image::describe(source, volume_idx, voxels),
            Kind::Series(series) => series.describe(volume_idx, voxels),
        }
    }

    /// What its file says of itself, field by field; of a series the first file of one of its volumes. What
    /// may say who was scanned is hidden, unless `with_identity` asks for it.
    ///
    /// # Errors
    /// When a file is gone or damaged, or there is no such volume.
    pub fn header(
        &self,
        volume_idx: usize,
        with_identity: bool,
    ) -> Result<FileHeader, FormatError> {
        let (info, others) = match &self.0 {
            Kind::Image(source) => image::header_parts(source, with_identity)?,
            Kind::Series(series) => (
                series.info(Summary::default()),
                series.header_parts(volume_idx, with_identity)?,
            ),
        };
        let mut parts = vec![HeaderPart::geometry(&info)];
        parts.extend(others);
        Ok(FileHeader { parts })
    }

    /// The series, where it is DICOM.
    #[must_use]
    pub fn series(&self) -> Option<&Series> {
        match &self.0 {
            Kind::Image(_) => None,
            Kind::Series(series) => Some(series),
        }
    }

    /// The file, where it is one and no series; `scans.zip!a/1.nii` for what lies in a zip.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Image(source) => Some(source.path()),
            Kind::Series(_) => None,
        }
    }

    /// All its files: that one, or those of the series; `scans.zip!a/1.dcm` for what lies in a zip.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match &self.0 {
            Kind::Image(source) => vec![source.path()],
            Kind::Series(series) => series.files(),
        }
    }

    /// Whether [`PixelScaling::PhilipsPrecise`] makes a difference.
    #[must_use]
    pub fn has_precise_values(&self) -> bool {
        self.series().is_some_and(Series::has_precise_values)
    }

    /// A slice from the middle: as it was acquired where that is DICOM, otherwise the axial one
    /// with the patient's right on the left, or the one plane that there is.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub fn thumbnail(&self) -> Result<Thumbnail, FormatError> {
        match &self.0 {
            Kind::Image(source) => {
                let volume = image::open(source, 0, &no_progress)?.volume;
                Ok(Thumbnail::of_volume(&volume))
            }
            Kind::Series(series) => Ok(Thumbnail::of_slice(&series.middle_slice()?)),
        }
    }
}
