//! What lies at a path, before any voxels are decoded: the scans of a folder, a zip or a data
//! set, each ready to be opened without being looked for again.

use super::bids::{self, BidsScan, Participants};
use super::dicom::{self, Scaling, Series};
use super::stored::Stored;
use super::voxels::Summary;
use super::{FileInfo, FormatError, Opened, Progress, nifti, no_progress};
use crate::volume::{Convention, Interpolation, Plane, PlaneView, Volume, Window};
use nalgebra::Point3;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use time::PrimitiveDateTime;

/// Pixels along each side of a thumbnail.
pub const THUMBNAIL_SIDE: usize = 96;

/// How the names of scans end that are no DICOM.
const ENDINGS: [&str; 8] = [
    ".nii", ".nii.gz", ".nii.zst", ".hdr", ".hdr.gz", ".mgh", ".mgz", ".mgh.gz",
];

/// Where a scan is.
#[derive(Clone, Debug)]
pub enum Place {
    /// One file, with one volume or several.
    File(PathBuf),
    /// A series of DICOM files that were looked at already.
    Series(Arc<Series>),
}

impl Place {
    /// Opens one of the volumes.
    ///
    /// # Errors
    /// As [`super::open`] and [`Series::open`].
    pub fn open(
        &self,
        volume_idx: usize,
        scaling: Scaling,
        progress: Progress<'_>,
    ) -> Result<Opened, FormatError> {
        match self {
            Self::File(path) => super::open(path, volume_idx, progress),
            Self::Series(series) => series.open(volume_idx, scaling, progress),
        }
    }

    /// Whether [`Scaling::PhilipsPrecise`] makes a difference.
    #[must_use]
    pub fn has_precise_values(&self) -> bool {
        match self {
            Self::File(_) => false,
            Self::Series(series) => series.has_precise_values(),
        }
    }

    /// A slice from the middle: as it was acquired where that is DICOM, otherwise the axial one
    /// with the patient's right on the left, or the one plane that there is.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub fn thumbnail(&self) -> Result<Thumbnail, FormatError> {
        match self {
            Self::File(path) => {
                let volume = super::open(path, 0, &no_progress)?.volume;
                Ok(Thumbnail::of_volume(&volume))
            }
            Self::Series(series) => Ok(Thumbnail::of_slice(&series.middle_slice()?)),
        }
    }
}

/// A small square picture, black around the scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Black to white, rows from the top, [`THUMBNAIL_SIDE`] each way.
    pub grey: Vec<u8>,
}

impl Thumbnail {
    fn of_volume(volume: &Volume) -> Self {
        let grid = volume.grid();
        let mut planes = Plane::ALL.into_iter();
        let plane = planes
            .find(|plane| plane.n_slices(grid) == 1)
            .unwrap_or(Plane::Axial);
        let middle = grid.center_in_world()[plane.normal_axis()];
        let middle = plane.nearest_slice_mm(grid, middle);
        let size = Some([THUMBNAIL_SIDE as u32; 2]);
        let view = PlaneView::fit(plane, Convention::Radiological, grid, middle, size);
        Self::of(volume, |pixel| view.to_world(pixel))
    }

    /// The first slice, columns across and rows down.
    fn of_slice(volume: &Volume) -> Self {
        let grid = volume.grid();
        let spacing_mm = grid.spacing_mm();
        let extent_mm = [0, 1].map(|axis| grid.dims()[axis] as f64 * spacing_mm[axis]);
        let mm_per_pixel = extent_mm[0].max(extent_mm[1]) / THUMBNAIL_SIDE as f64;
        Self::of(volume, |pixel| {
            let [across, down] = [0, 1].map(|axis| {
                let from_middle = (pixel[axis] - THUMBNAIL_SIDE as f64 / 2.0) * mm_per_pixel;
                from_middle / spacing_mm[axis] + (grid.dims()[axis] as f64 - 1.0) / 2.0
            });
            grid.to_world(Point3::new(across, down, 0.0))
        })
    }

    fn of(volume: &Volume, to_world: impl Fn([f64; 2]) -> Point3<f64>) -> Self {
        let window = Window::auto(volume);
        let shade = |value: f32| ((value - window.low) / window.width()).clamp(0.0, 1.0) * 255.0;
        let grey = (0..THUMBNAIL_SIDE * THUMBNAIL_SIDE)
            .map(|at| {
                let pixel = [at % THUMBNAIL_SIDE, at / THUMBNAIL_SIDE].map(|p| p as f64 + 0.5);
                let value = volume.sample(to_world(pixel), Interpolation::Linear);
                value.map_or(0, |value| shade(value) as u8)
            })
            .collect();
        Self { grey }
    }
}

/// One scan of a catalogue.
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

/// The scans at one or several paths.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// In a stable order.
    pub entries: Vec<Entry>,
    /// Whether every entry is a file that was asked for by its name.
    pub is_by_name: bool,
    /// The subjects of a BIDS data set.
    pub participants: Option<Participants>,
    /// What a BIDS data set calls itself.
    pub data_set: Option<String>,
    /// What was passed over, and why.
    pub warnings: Vec<String>,
    /// Files asked for by name that cannot be opened.
    pub failures: Vec<FormatError>,
}

impl Catalogue {
    /// The hours of all entries after an injection, or else after the earliest of the `chosen`
    /// (entries by number), or of all where none is chosen; what a sidecar says goes before what the
    /// clocks say.
    #[must_use]
    pub fn hours(&self, chosen: &[usize], injected: Option<PrimitiveDateTime>) -> Vec<Option<f64>> {
        let acquired = |at: &usize| self.entries.get(*at)?.acquired;
        let earliest = || chosen.iter().filter_map(acquired).min();
        let zero = injected.or_else(earliest);
        let times: Vec<_> = self.entries.iter().map(|entry| entry.acquired).collect();
        let by_clock = dicom::hours_after_injection(&times, zero);
        let told = self
            .entries
            .iter()
            .map(|entry| entry.info.hours_after_injection);
        told.zip(by_clock)
            .map(|(told, by_clock)| told.or(by_clock))
            .collect()
    }
}

/// Lists the scans at paths: files, folders, zips, DICOMDIRs, BIDS data sets. DICOM files that
/// come side by side are sorted into series together. `progress` is told the share done.
///
/// # Errors
/// When it was stopped, or when nothing could be opened and there is one reason for it.
pub fn catalogue(paths: &[PathBuf], progress: Progress<'_>) -> Result<Catalogue, FormatError> {
    let mut found = Catalogue {
        is_by_name: true,
        ..Catalogue::default()
    };
    let mut dicom_files = Vec::new();
    let mut plain = Vec::new();
    for path in paths {
        if path.is_dir() && bids::is_data_set(path) && found.add_data_set(path, progress)? {
            continue;
        }
        if dicom::is_dicom(path) {
            dicom_files.push(path.clone());
        } else {
            let header = nifti::header_path(path);
            if !plain.contains(&header) {
                plain.push(header);
            }
        }
    }
    if !dicom_files.is_empty() {
        found.add_dicom(&dicom_files, progress)?;
    }
    found.add_files(plain);
    match found.failures.pop() {
        // The only thing that was asked for.
        Some(failure) if found.entries.is_empty() && found.failures.is_empty() => Err(failure),
        Some(failure) => {
            found.failures.push(failure);
            Ok(found)
        }
        None => Ok(found),
    }
}

impl Catalogue {
    fn add_files(&mut self, paths: Vec<PathBuf>) {
        for path in paths {
            match entry_of_file(path, None) {
                Ok(entry) => self.entries.push(entry),
                Err(error) => self.failures.push(error),
            }
        }
    }

    /// The scans of a data set; tells whether it has any: DICOM files are kept in such folders too.
    fn add_data_set(&mut self, root: &Path, progress: Progress<'_>) -> Result<bool, FormatError> {
        let (scans, remarks) = bids::scans(root)?;
        if scans.is_empty() {
            return Ok(false);
        }
        self.is_by_name = false;
        self.data_set = bids::data_set_name(root);
        self.warnings.extend(remarks);
        match bids::participants(root) {
            Ok(participants) => {
                let remarks = participants.iter().flat_map(|of| &of.remarks);
                self.warnings.extend(remarks.cloned());
                self.participants = participants;
            }
            Err(error) => self.warnings.push(error.to_string()),
        }
        let found = headers(scans, progress, |scan| {
            entry_of_file(scan.path.clone(), Some(scan))
        })?;
        self.take(found);
        Ok(true)
    }

    /// The series of DICOM files; where there are none in a folder, its other scans.
    fn add_dicom(&mut self, paths: &[PathBuf], progress: Progress<'_>) -> Result<(), FormatError> {
        let scan = match dicom::series_of(paths, progress) {
            Ok(scan) => scan,
            Err(FormatError::Cancelled) => return Err(FormatError::Cancelled),
            Err(error) => {
                let files: Vec<PathBuf> = paths.iter().flat_map(|path| scan_files(path)).collect();
                if files.is_empty() {
                    self.failures.push(error);
                    return Ok(());
                }
                self.is_by_name = false;
                let found = headers(files, progress, |path| entry_of_file(path, None))?;
                self.take(found);
                return Ok(());
            }
        };
        self.is_by_name = false;
        self.warnings.extend(scan.warnings());
        self.entries
            .extend(scan.series.into_iter().map(entry_of_series));
        Ok(())
    }

    /// What cannot be opened among others is a warning.
    fn take(&mut self, found: Vec<Result<Entry, FormatError>>) {
        for entry in found {
            match entry {
                Ok(entry) => self.entries.push(entry),
                Err(error) => self.warnings.push(error.to_string()),
            }
        }
    }
}

/// Looks at the headers of files side by side.
fn headers<T: Send>(
    files: Vec<T>,
    progress: Progress<'_>,
    look: impl Fn(T) -> Result<Entry, FormatError> + Sync,
) -> Result<Vec<Result<Entry, FormatError>>, FormatError> {
    let (n_files, n_done) = (files.len(), AtomicUsize::new(0));
    files
        .into_par_iter()
        .map(|file| {
            let done = n_done.fetch_add(1, Ordering::Relaxed) + 1;
            match progress(done as f32 / n_files as f32) {
                ControlFlow::Continue(()) => Ok(look(file)),
                ControlFlow::Break(()) => Err(FormatError::Cancelled),
            }
        })
        .collect()
}

fn entry_of_file(path: PathBuf, bids: Option<BidsScan>) -> Result<Entry, FormatError> {
    let mut info = Stored::from_header(&path)?.info(Summary::default());
    if let Some(scan) = &bids {
        // Also from a sidecar higher up, from which it inherits.
        info.hours_after_injection = scan.hours_after_injection;
    }
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(Entry {
        name: name.to_string_lossy().into_owned(),
        info,
        modality: None,
        acquired: bids.as_ref().and_then(|scan| scan.acquired),
        bids,
        place: Place::File(path),
    })
}

fn entry_of_series(series: Series) -> Entry {
    Entry {
        name: series.name(),
        info: series.info(Summary::default()),
        modality: series.modality.clone(),
        acquired: series.acquired,
        bids: None,
        place: Place::Series(Arc::new(series)),
    }
}

/// The files below a folder whose names are those of scans, in order.
fn scan_files(folder: &Path) -> Vec<PathBuf> {
    let files = dicom::files_below(folder).unwrap_or_default();
    let is_scan = |path: &PathBuf| {
        let name = path.to_string_lossy().to_lowercase();
        ENDINGS.iter().any(|ending| name.ends_with(ending))
    };
    files.into_iter().filter(is_scan).collect()
}
