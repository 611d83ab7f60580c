//! Scans with the masks that somebody drew, and scans without.

use super::input::{SpacesInput, SpacesInputError, SpacesPreparation, prepared};
use crate::formats::bids::{self, BidsScan};
use crate::formats::{self, FormatError, no_progress};
use crate::models::engine::{Samples, Split};
use crate::volume::{Interpolation, Volume};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Values are kept in steps of one over this: a quarter of the memory of single precision with indices.
const STEPS: f32 = 8192.0;

/// One scan as a network learns from it.
#[derive(Clone, Debug)]
pub struct MaskedCase {
    /// What follows `sub-`.
    pub subject: String,
    /// The scan.
    pub scan: PathBuf,
    /// The mask that somebody drew; none of a scan without one.
    pub mask: Option<PathBuf>,
    /// Voxels from left to right, from back to front and from the feet up.
    pub size: [usize; 3],
    /// In 8192ths, the last axis fastest.
    pub(super) values: Vec<i16>,
    /// Places of marked voxels, in order.
    pub marked: Vec<u32>,
    /// Whether the scan says that it was simulated.
    pub is_simulated: bool,
}

impl MaskedCase {
    /// The value at a place.
    pub(super) fn value(&self, place: usize) -> f32 {
        f32::from(self.values[place]) / STEPS
    }
}

/// The scans of a data set.
#[derive(Clone, Debug)]
pub struct MaskedCases {
    /// In the order of their names.
    pub cases: Vec<MaskedCase>,
    /// Who was left out and why.
    pub left_out: Vec<(String, String)>,
    /// SHA-256 of scans and masks: tells whether a network was trained on these very patients.
    pub fingerprint: String,
    /// Whether every scan says that it was simulated.
    pub is_simulated: bool,
}

/// Why there are no scans to learn from.
#[derive(Debug, thiserror::Error)]
pub enum SpacesDataError {
    /// No scan can be used.
    #[error("no patient has {what}{why}: {}", path.display())]
    NoCases {
        /// What is needed of each.
        what: String,
        /// The first reason, where there is one.
        why: String,
        /// The data set.
        path: PathBuf,
    },
    /// A mask is not on the grid of its scan, or holds more than 0 and 1.
    #[error("the mask is not one ({why}): {}", path.display())]
    Mask {
        /// Why.
        why: String,
        /// The file.
        path: PathBuf,
    },
    /// A scan cannot be used.
    #[error(transparent)]
    Input(#[from] SpacesInputError),
    /// A file cannot be opened.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Opens the T1-weighted scans of a BIDS data set with their masks: of each patient the first scan, and
/// the mask `_desc-NAME_mask` that a pipeline of the data set's derivatives has of the patient. With no
/// name, scans are taken without masks. `progress` is told the share done and answers whether to go on.
///
/// # Errors
/// When the folder cannot be listed, and when no patient has both. A patient whose files cannot be used
/// is left out, and the reason kept.
pub fn open_masked(
    root: &Path,
    mask: Option<&str>,
    preparation: &SpacesPreparation,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Result<MaskedCases, SpacesDataError> {
    let pairs = pairs(root, mask)?;
    let n = pairs.len();
    let done = AtomicUsize::new(0);
    let opened: Vec<(String, Result<MaskedCase, SpacesDataError>)> = pairs
        .into_par_iter()
        .map(|(subject, scan, mask_path)| {
            let share = done.fetch_add(1, Ordering::Relaxed) as f32 / n as f32;
            let case = match progress(share).is_continue() {
                true => open_case(&subject, &scan, mask_path, mask, preparation),
                false => Err(SpacesDataError::Stopped),
            };
            (subject, case)
        })
        .collect();
    let (mut cases, mut left_out) = (Vec::new(), Vec::new());
    for (subject, case) in opened {
        match case {
            Ok(case) => cases.push(case),
            Err(SpacesDataError::Stopped) => return Err(SpacesDataError::Stopped),
            Err(error) => left_out.push((subject, error.to_string())),
        }
    }
    if cases.is_empty() {
        let first = left_out.first();
        return Err(SpacesDataError::NoCases {
            what: wanted(mask),
            why: first.map_or_else(String::new, |(who, why)| format!("; sub-{who}: {why}")),
            path: root.to_owned(),
        });
    }
    Ok(MaskedCases {
        fingerprint: fingerprint(&cases),
        is_simulated: cases.iter().all(|case| case.is_simulated),
        cases,
        left_out,
    })
}

fn wanted(mask: Option<&str>) -> String {
    match mask {
        None => "a T1-weighted scan".to_owned(),
        Some(name) => format!(
            "a T1-weighted scan and, in a pipeline of the derivatives, a mask named _desc-{name}_mask"
        ),
    }
}

/// Of each patient the first T1-weighted scan and the mask of that name.
fn pairs(
    root: &Path,
    mask: Option<&str>,
) -> Result<Vec<(String, PathBuf, Option<PathBuf>)>, FormatError> {
    let (all, remarks) = match mask {
        Some(_) => bids::scans(root)?,
        None => bids::t1w_scans(root)?,
    };
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    let is_mask = |scan: &&BidsScan| {
        let described = scan.entities.iter().find(|(key, _)| key == "desc");
        scan.pipeline.is_some()
            && scan.suffix == "mask"
            && described.is_some_and(|(_, value)| Some(value.as_str()) == mask)
    };
    let mut pairs: Vec<(String, PathBuf, Option<PathBuf>)> = Vec::new();
    for scan in &all {
        let is_first = pairs.last().is_none_or(|(who, ..)| *who != scan.subject);
        if scan.pipeline.is_none() && scan.suffix == "T1w" && is_first {
            let same =
                |other: &&BidsScan| other.subject == scan.subject && other.session == scan.session;
            let found = all.iter().filter(is_mask).find(same);
            let found = found.map(|mask| mask.path.clone());
            pairs.push((scan.subject.clone(), scan.path.clone(), found));
        }
    }
    Ok(pairs)
}

fn open_case(
    subject: &str,
    scan: &Path,
    mask_path: Option<PathBuf>,
    mask: Option<&str>,
    preparation: &SpacesPreparation,
) -> Result<MaskedCase, SpacesDataError> {
    let volume = formats::open_one(scan, &no_progress)?.volume;
    let input = prepared(&volume, preparation, scan)?;
    let marked = match (&mask_path, mask) {
        (_, None) => Vec::new(),
        (Some(path), _) => marked(&input, &volume, path)?,
        (None, Some(_)) => {
            return Err(SpacesDataError::NoCases {
                what: wanted(mask),
                why: String::new(),
                path: scan.to_owned(),
            });
        }
    };
    let values = input.values.iter().map(|v| (v * STEPS).round() as i16);
    Ok(MaskedCase {
        subject: subject.to_owned(),
        is_simulated: bids::is_simulated(scan),
        scan: scan.to_owned(),
        mask: mask_path,
        size: input.size,
        values: values.collect(),
        marked,
    })
}

/// Places of the voxels that a mask has, by the nearest voxel of the mask.
fn marked(input: &SpacesInput, scan: &Volume, path: &Path) -> Result<Vec<u32>, SpacesDataError> {
    let refused = |why: String| SpacesDataError::Mask {
        why,
        path: path.to_owned(),
    };
    let mask = formats::open_one(path, &no_progress)?.volume;
    let (own, theirs) = (scan.grid(), mask.grid());
    let corners = own
        .corners_in_world()
        .into_iter()
        .zip(theirs.corners_in_world());
    let off = corners.map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    if own.dims() != theirs.dims() || off > 0.1 {
        return Err(refused(format!(
            "{:?} voxels, where the scan has {:?}, and corners {off:.2} mm apart",
            theirs.dims(),
            own.dims()
        )));
    }
    let is_wrong = |value: &&f32| !(**value >= 0.0 && value.fract() == 0.0);
    if let Some(value) = mask.values().iter().find(is_wrong) {
        return Err(refused(format!("a voxel has the value {value}")));
    }
    let sampled = input.sample(&mask, Interpolation::Nearest);
    let places = sampled
        .iter()
        .enumerate()
        .filter(|(_, value)| **value > 0.0);
    Ok(places.map(|(place, _)| place as u32).collect())
}

fn fingerprint(cases: &[MaskedCase]) -> String {
    let mut hash = Sha256::new();
    for case in cases {
        hash.update(case.subject.as_bytes());
        for value in &case.values {
            hash.update(value.to_le_bytes());
        }
        for place in &case.marked {
            hash.update(place.to_le_bytes());
        }
    }
    crate::models::hex(&hash.finalize())
}

impl MaskedCases {
    /// All patients' names.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        self.cases.iter().map(|case| case.subject.clone()).collect()
    }

    /// The cases of some patients.
    #[must_use]
    pub fn of(&self, subjects: &[String]) -> Vec<&MaskedCase> {
        let wanted = |case: &&MaskedCase| subjects.contains(&case.subject);
        self.cases.iter().filter(wanted).collect()
    }

    /// The patients of a split, for a training.
    #[must_use]
    pub fn samples<'a>(&'a self, split: &'a Split) -> Samples<'a, MaskedCase> {
        Samples {
            learn_from: self.of(&split.train),
            judged_by: self.of(&split.test),
            split,
            fingerprint: &self.fingerprint,
        }
    }
}
