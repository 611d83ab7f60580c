//! All the files at a path, looked at in parallel and sorted into series.

use super::directory;
use super::header::{self, Found, Image};
use super::series::Series;
use crate::formats::error::FormatError;
use crate::formats::info::Progress;
use crate::formats::source::Source;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files named in a warning before it only counts them.
const NAMED: usize = 5;

/// The DICOM files at a path, sorted into series.
#[derive(Debug)]
pub struct SortedFiles {
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
/// sorts them into series. `progress` takes the share of the files looked at.
///
/// # Errors
/// When nothing there is a DICOM image, or the path cannot be opened. Files that cannot be used
/// among others that can are in [`SortedFiles::skipped`].
pub fn series(path: &Path, progress: Progress<'_>) -> Result<SortedFiles, FormatError> {
    let sources = match Source::within(path)? {
        Some(sources) => sources,
        None => directory::listed(path)?,
    };
    let sorted = series_of(path, &sources, progress)?;
    if !sorted.series.is_empty() {
        return Ok(sorted);
    }
    Err(sorted.only_failure(&sources).unwrap_or_else(|| {
        let damage = sorted.first_damage();
        let example = damage.map_or(String::new(), |why| format!("; first: {why}"));
        FormatError::NotRecognised {
            what: format!("no DICOM image among {} files{example}", sources.len()),
            path: path.to_owned(),
        }
    }))
}

/// As [`series`], of files that were found at a path; there may be no series among them.
pub(in crate::formats) fn series_of(
    path: &Path,
    sources: &[Source],
    progress: Progress<'_>,
) -> Result<SortedFiles, FormatError> {
    let (images, mut skipped) = look_at(sources, progress)?;
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
    found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    Ok(SortedFiles {
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

impl Skipped {
    fn line(&self) -> String {
        let path = self.path.display().to_string();
        match self.why.contains(&path) {
            true => self.why.clone(),
            false => format!("{}: {path}", self.why),
        }
    }
}

impl SortedFiles {
    /// What the person should know of the files that are part of no series.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.warnings_of_damaged();
        let others: Vec<&Skipped> = self.skipped.iter().filter(|s| !s.is_damaged).collect();
        let names = others.iter().take(NAMED).map(|s| file_name(&s.path));
        let names: Vec<String> = names.collect();
        let what = match others.len() {
            0 => return warnings,
            1 => "1 file is no DICOM image and is".to_owned(),
            n => format!("{n} files are no DICOM images and are"),
        };
        let more = if others.len() > NAMED { ", .." } else { "" };
        warnings.push(format!("{what} passed over: {}{more}", names.join(", ")));
        warnings
    }

    /// Of those only that should have been part of one.
    pub(in crate::formats) fn warnings_of_damaged(&self) -> Vec<String> {
        let damaged: Vec<&Skipped> = self.skipped.iter().filter(|s| s.is_damaged).collect();
        let named = damaged.iter().take(NAMED);
        let mut warnings: Vec<String> = named
            .map(|skipped| format!("left out: {}", skipped.line()))
            .collect();
        if damaged.len() > NAMED {
            warnings.push(format!("{} more files are left out", damaged.len() - NAMED));
        }
        warnings
    }

    /// The error of the only file, where there is one that should have been part of a series or that
    /// was asked for by its name.
    pub(in crate::formats) fn only_failure(&self, sources: &[Source]) -> Option<FormatError> {
        let ([source], [skipped]) = (sources, &self.skipped[..]) else {
            return None;
        };
        let is_asked_for = skipped.is_damaged || source.path() == self.path;
        let refused = || source.refuse(&skipped.why);
        is_asked_for.then(|| header::open(source).err().unwrap_or_else(refused))
    }

    /// Why the first file is left out that should have been part of a series.
    pub(in crate::formats) fn first_damage(&self) -> Option<&str> {
        let mut damaged = self.skipped.iter().filter(|skipped| skipped.is_damaged);
        damaged.next().map(|skipped| skipped.why.as_str())
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
