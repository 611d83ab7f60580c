//! From a path to a volume, or to a description of what lies there.

use super::catalogue::{Catalogue, catalogue};
use super::dicom::PixelScaling;
use super::error::FormatError;
use super::header::FileHeader;
use super::info::{FileInfo, Opened, Progress, no_progress};
use super::place::Entry;
use crate::volume::{LabelMap, Volume};
use std::path::{Path, PathBuf};

/// The share of the progress in which files are looked for, before voxels are decoded.
const SEARCH_SHARE: f32 = 0.3;

/// Opens one volume of what lies at a path, as [`catalogue`] finds it. Where there are several scans
/// their volumes are counted through, in the order of the catalogue.
///
/// # Errors
/// When a file is not what it says, is of a kind that is not opened, or has no such volume.
pub fn open(path: &Path, volume_idx: usize, progress: Progress<'_>) -> Result<Opened, FormatError> {
    let found = search(path, progress)?;
    let (entry, idx) = entry_of(&found, volume_idx, path)?;
    open_entry(&found, entry, idx, path, progress)
}

/// Opens the first volume of the one scan that lies at a path.
///
/// # Errors
/// As [`open()`], and [`FormatError::NotChosen`] where there are several scans.
pub fn open_one(path: &Path, progress: Progress<'_>) -> Result<Opened, FormatError> {
    let found = search(path, progress)?;
    open_entry(&found, found.only(path)?, 0, path, progress)
}

/// The one scan that lies at a path, its header looked at.
///
/// # Errors
/// As [`open_one`].
pub fn find_one(path: &Path, progress: Progress<'_>) -> Result<Entry, FormatError> {
    Ok(search(path, progress)?.only(path)?.clone())
}

/// Opens all volumes of the one scan that lies at a path.
///
/// # Errors
/// As [`open_one`], and where memory does not hold them.
pub fn open_all(path: &Path, progress: Progress<'_>) -> Result<Vec<Opened>, FormatError> {
    let found = search(path, progress)?;
    let entry = found.only(path)?;
    let decoding = |share: f32| progress(SEARCH_SHARE + (1.0 - SEARCH_SHARE) * share);
    let mut opened = entry.place.open_all(PixelScaling::default(), &decoding)?;
    for one in &mut opened {
        complete(&mut one.info, &found, entry, path);
    }
    Ok(opened)
}

/// The labels of a volume that was opened as [`open()`] or, without `volume_idx`, as [`open_one`] does.
/// Their numbers are exact however large they are.
///
/// # Errors
/// As [`open()`], and when a value is no label.
pub fn open_labels(
    path: &Path,
    volume_idx: Option<usize>,
    opened: &Volume,
    progress: Progress<'_>,
) -> Result<LabelMap, FormatError> {
    let found = search(path, progress)?;
    let (entry, idx) = match volume_idx {
        Some(idx) => entry_of(&found, idx, path)?,
        None => (found.only(path)?, 0),
    };
    entry.place.labels(idx, opened, progress)
}

/// Describes what lies at a path: the scan that a volume belongs to, or the first one, with statistics
/// over that volume or over the whole scan, and all of them where there are several. Nothing is held
/// in memory. A voxel index may have as many numbers as the file has dimensions; those left out are
/// 0, or `volume_idx` for the volume.
///
/// # Errors
/// As [`open()`], and for a voxel outside the scan.
pub fn describe(
    path: &Path,
    volume_idx: Option<usize>,
    voxels: &[Vec<usize>],
) -> Result<FileInfo, FormatError> {
    let found = search(path, &no_progress)?;
    let (entry, idx) = entry_of(&found, volume_idx.unwrap_or(0), path)?;
    let mut info = entry.place.describe(volume_idx.map(|_| idx), voxels)?;
    complete(&mut info, &found, entry, path);
    Ok(info)
}

/// What the file of a scan says of itself, field by field: of the scan that a volume belongs to. What may
/// say who was scanned is hidden, unless `with_identity` asks for it.
///
/// # Errors
/// As [`open()`].
pub fn header(
    path: &Path,
    volume_idx: usize,
    with_identity: bool,
) -> Result<FileHeader, FormatError> {
    let found = search(path, &no_progress)?;
    let (entry, idx) = entry_of(&found, volume_idx, path)?;
    entry.place.header(idx, with_identity)
}

fn search(path: &Path, progress: Progress<'_>) -> Result<Catalogue, FormatError> {
    let paths: [PathBuf; 1] = [path.to_owned()];
    catalogue(&paths, &|share| progress(SEARCH_SHARE * share))
}

fn entry_of<'a>(
    found: &'a Catalogue,
    volume_idx: usize,
    path: &Path,
) -> Result<(&'a Entry, usize), FormatError> {
    found
        .find(volume_idx)
        .ok_or_else(|| FormatError::OutOfRange {
            what: format!("volume {volume_idx} (counted from 0)"),
            shape: found.entries[0].info.shape.clone(),
            path: path.to_owned(),
        })
}

fn open_entry(
    found: &Catalogue,
    entry: &Entry,
    volume_idx: usize,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Opened, FormatError> {
    let was_named = found.is_by_name && path.exists();
    let before = if was_named { 0.0 } else { SEARCH_SHARE };
    let decoding = |share: f32| progress(before + (1.0 - before) * share);
    let scaling = PixelScaling::default();
    let mut opened = entry.place.open(volume_idx, scaling, &decoding)?;
    complete(&mut opened.info, found, entry, path);
    Ok(opened)
}

/// What is to be said of a scan that was found among others.
fn complete(info: &mut FileInfo, found: &Catalogue, entry: &Entry, path: &Path) {
    if entry.place.series().is_some() {
        info.path = path.display().to_string();
    }
    info.warnings.extend(found.warnings.iter().cloned());
    if found.entries.len() > 1 {
        let entries = found.entries.iter();
        info.volumes = entries.clone().map(|entry| entry.info.volumes).sum();
        info.series = entries.map(|entry| entry.info.clone()).collect();
    }
}
