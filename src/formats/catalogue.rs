//! What lies at a path, before any voxels are decoded: the scans of a folder, a zip or a data
//! set, each ready to be opened without being looked for again.

use super::bids::{self, Participants};
use super::dicom;
use super::error::FormatError;
use super::info::Progress;
use super::place::Entry;
use super::source::Source;
use super::{image, pair, sidecar};
use rayon::prelude::*;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use time::PrimitiveDateTime;

/// Between the path of a folder or a zip and the name or number of the scan in it.
const MARK: char = '!';

/// Scans that are named where one has to be chosen.
const MOST_NAMED: usize = 20;

/// The scans at one or several paths.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// In a stable order.
    pub entries: Vec<Entry>,
    /// Whether every entry was asked for by its own name.
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

/// Lists the scans at paths. A path is
/// - a file: one scan, or a DICOMDIR with those that it lists;
/// - a folder or a zip, with all the scans below it;
/// - a BIDS data set;
/// - any of these, `!`, and the name of one scan in it or its number in the list, from 0.
///
/// DICOM files that come side by side are sorted into series together. `progress` takes the share
/// done.
///
/// # Errors
/// When it was stopped, or when nothing could be opened and there is one reason for it.
pub fn catalogue(paths: &[PathBuf], progress: Progress<'_>) -> Result<Catalogue, FormatError> {
    let mut found = Catalogue {
        is_by_name: true,
        ..Catalogue::default()
    };
    let mut files = Files::default();
    let mut named = Vec::new();
    for path in paths {
        if path.is_dir() && bids::is_data_set(path) && found.add_data_set(path, progress)? {
            continue;
        }
        let sources = Source::within(path).and_then(|within| match within {
            None if dicom::is_dicom(&Source::File(path.clone())) => dicom::listed(path).map(Some),
            within => Ok(within),
        });
        match sources {
            Ok(Some(sources)) => files.add(path, sources),
            Ok(None) => {
                let header = pair::header_of(&Source::File(path.clone()));
                let path = header.map_or_else(|| path.clone(), |header| header.path());
                if !named.contains(&path) {
                    named.push(path);
                }
            }
            Err(error) => found.failures.push(error),
        }
    }
    found.add_below(files, progress)?;
    for path in named {
        found.add_named(path, progress)?;
    }
    match found.failures.pop() {
        // The only thing that was asked for.
        Some(failure) if found.entries.is_empty() && found.failures.is_empty() => Err(failure),
        Some(failure) => {
            found.failures.push(failure);
            Ok(found)
        }
        None if found.entries.is_empty() && !paths.is_empty() => {
            let first = found.warnings.first().map(String::as_str);
            Err(nothing_found(&paths[0], found.warnings.len(), first))
        }
        None => Ok(found),
    }
}

/// The one error where there is no scan.
fn nothing_found(path: &Path, n_files: usize, first: Option<&str>) -> FormatError {
    let first = first.map_or(String::new(), |why| format!("; first: {why}"));
    FormatError::NotRecognised {
        what: format!(
            "no scan among {n_files} files that were looked at for DICOM, NIfTI, Analyze and MGH{first}"
        ),
        path: path.to_owned(),
    }
}

/// A path of which only the front exists: the place, and the name or number of the scan in it.
fn split_choice(path: &Path) -> Option<(PathBuf, &str)> {
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let text = path.to_str()?;
    let mut splits = text.match_indices(MARK);
    splits.find_map(|(at, mark)| {
        let place = PathBuf::from(&text[..at]);
        place.exists().then(|| (place, &text[at + mark.len()..]))
    })
}

/// The files below folders, in zips and in DICOMDIRs.
#[derive(Default)]
struct Files {
    /// The first place that they were found at.
    path: Option<PathBuf>,
    /// By their names NIfTI, Analyze or MGH.
    images: Vec<Source>,
    /// All else, which may be DICOM.
    others: Vec<Source>,
}

impl Files {
    fn add(&mut self, path: &Path, sources: Vec<Source>) {
        self.path.get_or_insert_with(|| path.to_owned());
        let (images, others): (Vec<_>, Vec<_>) = sources.into_iter().partition(image::has_name_of);
        let sidecars = images.iter().filter_map(sidecar::beside);
        let sidecars: HashSet<PathBuf> = sidecars.map(|sidecar| sidecar.path()).collect();
        let is_other = |source: &Source| {
            pair::header_of(source).is_none() && !sidecars.contains(&source.path())
        };
        self.others.extend(others.into_iter().filter(is_other));
        self.images.extend(images);
    }
}

impl Catalogue {
    /// The scans of a data set; false where it has none: DICOM files are kept in such folders too.
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
            let mut entry = Entry::of_image(&image::header(&Source::File(scan.path.clone()))?);
            // Also from a sidecar higher up, from which it inherits.
            entry.info.hours_after_injection = scan.hours_after_injection;
            entry.acquired = scan.acquired;
            entry.bids = Some(scan);
            Ok(entry)
        })?;
        self.take(found);
        Ok(true)
    }

    /// The series among files and then their images, or the reason why there is nothing.
    fn add_below(&mut self, files: Files, progress: Progress<'_>) -> Result<(), FormatError> {
        let Some(path) = files.path else {
            return Ok(());
        };
        self.is_by_name = false;
        let (n_images, n_others) = (files.images.len(), files.others.len());
        let of_others = n_others as f32 / (n_images + n_others).max(1) as f32;
        let sorting = |share: f32| progress(share * of_others);
        let sorted = dicom::series_of(&path, &files.others, &sorting)?;
        let looking = |share: f32| progress(of_others + share * (1.0 - of_others));
        let images = headers(files.images, &looking, |source| {
            Ok(Entry::of_image(&image::header(&source)?))
        })?;
        let has_images = images.iter().any(Result::is_ok);
        if sorted.series.is_empty() && !has_images {
            let of_image = images.into_iter().find_map(Result::err);
            self.failures.push(match of_image {
                Some(error) if n_images + n_others == 1 => error,
                of_image => sorted.only_failure(&files.others).unwrap_or_else(|| {
                    let first = of_image.map(|error| error.to_string());
                    let first = first.as_deref().or_else(|| sorted.first_damage());
                    nothing_found(&path, n_images + n_others, first)
                }),
            });
            return Ok(());
        }
        self.warnings.extend(match sorted.series.is_empty() {
            // Texts and tables beside images are usual, and nothing to be said.
            true => sorted.warnings_of_damaged(),
            false => sorted.warnings(),
        });
        self.entries
            .extend(sorted.series.into_iter().map(Entry::of_series));
        self.take(images);
        Ok(())
    }

    /// A file that was asked for by its name, or one scan of a place.
    fn add_named(&mut self, path: PathBuf, progress: Progress<'_>) -> Result<(), FormatError> {
        let found = match split_choice(&path) {
            Some((place, choice)) => catalogue(std::slice::from_ref(&place), progress)
                .and_then(|whole| whole.choose(choice, &place)),
            None => image::header(&Source::File(path)).map(|stored| Entry::of_image(&stored)),
        };
        match found {
            Ok(entry) => self.entries.push(entry),
            Err(FormatError::Cancelled) => return Err(FormatError::Cancelled),
            Err(error) => self.failures.push(error),
        }
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
        let by_sidecar = self
            .entries
            .iter()
            .map(|entry| entry.info.hours_after_injection);
        by_sidecar
            .zip(by_clock)
            .map(|(by_sidecar, by_clock)| by_sidecar.or(by_clock))
            .collect()
    }

    /// The entry of a volume counted through all entries, and its number there.
    pub(super) fn find(&self, volume_idx: usize) -> Option<(&Entry, usize)> {
        let mut idx = volume_idx;
        self.entries.iter().find_map(|entry| {
            let found = (idx < entry.info.volumes).then_some((entry, idx));
            idx = idx.saturating_sub(entry.info.volumes);
            found
        })
    }

    /// The only entry.
    pub(super) fn only(&self, path: &Path) -> Result<&Entry, FormatError> {
        match &self.entries[..] {
            [entry] => Ok(entry),
            _ => Err(self.not_chosen(path)),
        }
    }

    /// The entry of a name, with folders or without, or of a number.
    fn choose(mut self, choice: &str, path: &Path) -> Result<Entry, FormatError> {
        let ends = |file: PathBuf| {
            let file = file.display().to_string();
            let front = file.strip_suffix(choice);
            front.is_some_and(|front| front.ends_with(['/', '\\', MARK]))
        };
        let is_meant = |entry: &Entry| entry.name == choice || entry.place.file().is_some_and(ends);
        let by_name = (0..self.entries.len()).filter(|&at| is_meant(&self.entries[at]));
        let by_name: Vec<usize> = by_name.collect();
        let by_number = || {
            let at = choice.parse().ok();
            at.filter(|&at: &usize| by_name.is_empty() && at < self.entries.len())
        };
        match (&by_name[..], by_number()) {
            (&[at], _) | (_, Some(at)) => Ok(self.entries.swap_remove(at)),
            _ => Err(self.not_chosen(path)),
        }
    }

    fn not_chosen(&self, path: &Path) -> FormatError {
        let n = self.entries.len();
        let lines = (0..).zip(self.entries.iter().take(MOST_NAMED));
        let mut lines: Vec<String> = lines
            .map(|(at, entry): (usize, _)| format!("{at} {}", entry.line()))
            .collect();
        if n > MOST_NAMED {
            lines.push(format!("and {} more", n - MOST_NAMED));
        }
        FormatError::NotChosen {
            n,
            list: lines.join("; "),
            path: path.to_owned(),
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
