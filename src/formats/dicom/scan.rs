//! All the files at a path, looked at in parallel and sorted into series.

use super::header::{self, Found, Image};
use super::series::Series;
use super::source::Source;
use crate::formats::{FormatError, Progress};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files named in a warning before it only counts them.
const NAMED: usize = 5;

/// What lies at a path.
#[derive(Debug)]
pub struct Scan {
    /// By series number, then by when they were acquired; the same for the same files.
    pub series: Vec<Series>,
    /// Files that are part of no series.
    pub skipped: Vec<Skipped>,
    path: PathBuf,
}

/// A file that was passed over.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// The file; `scans.zip!a/1.dcm` for what lies in a zip.
    pub path: PathBuf,
    /// Why.
    pub why: String,
    /// Whether it should have been part of a series, but cannot be used.
    pub is_damaged: bool,
}

/// Looks at every file at a path (a DICOM file, a folder with all below it, a DICOMDIR, a zip) and
/// sorts them into series. `progress` is told the share of the files looked at.
///
/// # Errors
/// When nothing there is a DICOM image, or the path cannot be opened. Files that cannot be used
/// among others that can are in [`Scan::skipped`].
pub fn series(path: &Path, progress: Progress<'_>) -> Result<Scan, FormatError> {
    series_of(&[path.to_owned()], progress)
}

/// As [`series`], of what lies at several paths, at least one.
pub(in crate::formats) fn series_of(
    paths: &[PathBuf],
    progress: Progress<'_>,
) -> Result<Scan, FormatError> {
    let path = &paths[0];
    let mut sources = Vec::new();
    for path in paths {
        sources.extend(Source::all(path)?);
    }
    let (images, mut skipped) = look_at(&sources, progress)?;
    if images.is_empty() {
        return Err(nothing_found(path, &sources, skipped));
    }
    let mut groups: BTreeMap<_, Vec<Arc<Image>>> = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut n_twice = 0;
    for image in images {
        let key = (
            image.series_uid.clone(),
            image.series_number,
            image.belongs_to.clone(),
        );
        if let Some(instance) = image.instance_key()
            && !seen.insert((key.clone(), instance))
        {
            n_twice += 1;
            continue;
        }
        groups.entry(key).or_default().push(Arc::new(image));
    }
    let mut found = Vec::new();
    for images in groups.into_values() {
        let first = images[0].source.path();
        match Series::new(images) {
            Ok(series) => found.push(series),
            Err(source) => skipped.push(Skipped {
                path: first,
                why: format!("its series cannot be stacked ({source})"),
                is_damaged: true,
            }),
        }
    }
    if n_twice > 0 {
        skipped.push(Skipped {
            path: path.to_owned(),
            why: format!("{n_twice} files hold an image that another file has already"),
            is_damaged: true,
        });
    }
    if found.is_empty() {
        return Err(nothing_found(path, &sources, skipped));
    }
    found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    Ok(Scan {
        series: found,
        skipped,
        path: path.to_owned(),
    })
}

/// Each file up to its pixels; in the order of the files.
fn look_at(
    sources: &[Source],
    progress: Progress<'_>,
) -> Result<(Vec<Image>, Vec<Skipped>), FormatError> {
    let n_done = Mutex::new(0_usize);
    let found: Result<Vec<_>, FormatError> = sources
        .par_iter()
        .map(|source| {
            let found = header::open(source);
            let mut n_done = n_done.lock().unwrap_or_else(PoisonError::into_inner);
            *n_done += 1;
            match progress(*n_done as f32 / sources.len() as f32) {
                ControlFlow::Continue(()) => Ok(found),
                ControlFlow::Break(()) => Err(FormatError::Cancelled),
            }
        })
        .collect();
    let (mut images, mut skipped) = (Vec::new(), Vec::new());
    for (source, found) in sources.iter().zip(found?) {
        let (why, is_damaged) = match found {
            Ok(Found::Image(image)) => {
                images.push(*image);
                continue;
            }
            Ok(Found::Other(why)) => (why.to_owned(), false),
            Err(error) => (error.to_string(), true),
        };
        skipped.push(Skipped {
            path: source.path(),
            why,
            is_damaged,
        });
    }
    Ok((images, skipped))
}

fn nothing_found(path: &Path, sources: &[Source], mut skipped: Vec<Skipped>) -> FormatError {
    // The only file: what is wrong with it.
    if let ([source], 1) = (sources, skipped.len()) {
        match header::open(source) {
            Err(error) => return error,
            Ok(_) => return header::refuse(source, &skipped.remove(0).why),
        }
    }
    let damaged = skipped.iter().find(|skipped| skipped.is_damaged);
    let example = damaged.map_or(String::new(), |skipped| format!("; first: {}", skipped.why));
    FormatError::NotRecognised {
        what: format!("no DICOM image among {} files{example}", sources.len()),
        path: path.to_owned(),
    }
}

impl Scan {
    /// What the person should know of the files that are part of no series.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let of_kind = |is_damaged| {
            self.skipped
                .iter()
                .filter(move |s| s.is_damaged == is_damaged)
        };
        let mut warnings: Vec<String> = of_kind(true)
            .take(NAMED)
            .map(|skipped| format!("left out: {}", self.said(skipped)))
            .collect();
        let n_damaged = of_kind(true).count();
        if n_damaged > NAMED {
            warnings.push(format!("{} more files are left out", n_damaged - NAMED));
        }
        let names: Vec<String> = of_kind(false)
            .take(NAMED)
            .map(|skipped| file_name(&skipped.path))
            .collect();
        let n_others = of_kind(false).count();
        if n_others > 0 {
            let more = if n_others > NAMED { ", .." } else { "" };
            let what = match n_others {
                1 => "1 file is no DICOM image and is".to_owned(),
                n => format!("{n} files are no DICOM images and are"),
            };
            warnings.push(format!("{what} passed over: {}{more}", names.join(", ")));
        }
        warnings
    }

    fn said(&self, skipped: &Skipped) -> String {
        let path = skipped.path.display().to_string();
        if skipped.why.contains(&path) {
            return skipped.why.clone();
        }
        format!("{}: {path}", skipped.why)
    }

    /// The series of a volume counted over all series, and its number there.
    pub(super) fn find(&self, volume_idx: usize) -> Result<(&Series, usize), FormatError> {
        let mut idx = volume_idx;
        for series in &self.series {
            if idx < series.volumes.len() {
                return Ok((series, idx));
            }
            idx -= series.volumes.len();
        }
        Err(FormatError::OutOfRange {
            what: format!("volume {volume_idx} (counted from 0)"),
            shape: self.series[0].shape(),
            path: self.path.clone(),
        })
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
