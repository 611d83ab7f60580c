//! Scans with label maps and what raters counted.

use super::input::{CountsInput, CountsInputError, CountsPreparation, region_input};
use crate::formats::bids::{self, BidsScan, label_table};
use crate::formats::{self, FormatError, no_progress};
use crate::models::engine::{Samples, Split};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// One scan as a network learns from it.
#[derive(Clone, Debug)]
pub struct CountedCase {
    /// What follows `sub-`.
    pub subject: String,
    /// The scan.
    pub scan: PathBuf,
    /// What the network is given.
    pub input: CountsInput,
    /// The count of the rater who is learned from and compared with.
    pub count: f64,
    /// All counts by the number of the rater.
    pub counts: BTreeMap<u32, f64>,
    /// What the sidecar says of the scanner; empty where it says nothing.
    pub scanner: String,
    /// Whether the scan says that it was simulated.
    pub is_simulated: bool,
}

/// The scans of a data set.
#[derive(Clone, Debug)]
pub struct CountedCases {
    /// In the order of their names.
    pub cases: Vec<CountedCase>,
    /// The rater who is learned from and compared with.
    pub rater: u32,
    /// Who was left out and why.
    pub left_out: Vec<(String, String)>,
    /// SHA-256 of what networks are given and of the counts.
    pub fingerprint: String,
    /// Whether every scan says that it was simulated.
    pub is_simulated: bool,
}

/// Why there are no scans to learn from.
#[derive(Debug, thiserror::Error)]
pub enum CountsDataError {
    /// No scan can be used.
    #[error(
        "no patient has a T2-weighted scan, a label map (_dseg) in the derivatives and a count{why}: {}",
        path.display()
    )]
    NoCases {
        /// The first reason, where there is one.
        why: String,
        /// The data set.
        path: PathBuf,
    },
    /// There is no table of ratings.
    #[error("there is no table ratings.tsv in the data set and its derivatives: {}", .0.display())]
    NoRatings(PathBuf),
    /// A region cannot be cut out.
    #[error("{source}: {}", path.display())]
    Input {
        /// Why.
        source: CountsInputError,
        /// The scan.
        path: PathBuf,
    },
    /// A file cannot be opened.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The patient lacks something.
    #[error("there is no {0}")]
    Lacks(String),
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Opens the T2-weighted scans of a BIDS data set with a label map and a count: of each patient the
/// first scan, the first `_dseg` of a pipeline of the derivatives, and the row of `rater` in the table
/// `ratings.tsv` (`participant_id`, `rater`, `count_centrum_semiovale` and so on) of the same or any
/// other pipeline. `progress` is told the share done and answers whether to go on.
///
/// # Errors
/// When the folder cannot be listed, the table is missing or wrong, and when no patient has all. A
/// patient whose files cannot be used is left out, and the reason kept.
pub fn open_counted(
    root: &Path,
    rater: u32,
    preparation: &CountsPreparation,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Result<CountedCases, CountsDataError> {
    let ratings = bids::ratings(root, preparation.region.column())?;
    let ratings = ratings.ok_or_else(|| CountsDataError::NoRatings(root.to_owned()))?;
    let (all, remarks) = bids::scans(root)?;
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    let mut scans: Vec<&BidsScan> = all
        .iter()
        .filter(|scan| scan.pipeline.is_none() && scan.suffix == "T2w")
        .collect();
    scans.dedup_by(|a, b| a.subject == b.subject);
    let n = scans.len();
    let done = AtomicUsize::new(0);
    let open = |scan: &BidsScan| {
        let share = done.fetch_add(1, Ordering::Relaxed) as f32 / n as f32;
        if progress(share).is_break() {
            return Err(CountsDataError::Stopped);
        }
        let is_map = |other: &&BidsScan| {
            other.pipeline.is_some()
                && other.suffix == "dseg"
                && other.subject == scan.subject
                && other.session == scan.session
        };
        let labels = all.iter().find(is_map);
        let labels = labels.ok_or_else(|| CountsDataError::Lacks("label map".to_owned()))?;
        let counts = ratings.get(&scan.subject).cloned().unwrap_or_default();
        let count = counts.get(&rater).copied();
        let count =
            count.ok_or_else(|| CountsDataError::Lacks(format!("count of rater {rater}")))?;
        let input = open_region(&scan.path, &labels.path, preparation)?;
        Ok(CountedCase {
            subject: scan.subject.clone(),
            scan: scan.path.clone(),
            input,
            count,
            counts,
            scanner: scanner(&scan.path),
            is_simulated: bids::is_simulated(&scan.path),
        })
    };
    let opened: Vec<(String, Result<CountedCase, CountsDataError>)> = scans
        .into_par_iter()
        .map(|scan| (scan.subject.clone(), open(scan)))
        .collect();
    let (mut cases, mut left_out) = (Vec::new(), Vec::new());
    for (subject, case) in opened {
        match case {
            Ok(case) => cases.push(case),
            Err(CountsDataError::Stopped) => return Err(CountsDataError::Stopped),
            Err(error) => left_out.push((subject, error.to_string())),
        }
    }
    if cases.is_empty() {
        let first = left_out.first();
        return Err(CountsDataError::NoCases {
            why: first.map_or_else(String::new, |(who, why)| format!("; sub-{who}: {why}")),
            path: root.to_owned(),
        });
    }
    Ok(CountedCases {
        fingerprint: fingerprint(&cases),
        is_simulated: cases.iter().all(|case| case.is_simulated),
        cases,
        rater,
        left_out,
    })
}

/// Opens a scan and a label map, and cuts a region out.
fn open_region(
    scan: &Path,
    labels: &Path,
    preparation: &CountsPreparation,
) -> Result<CountsInput, CountsDataError> {
    let volume = formats::open_one(scan, &no_progress)?.volume;
    let map = formats::open_one(labels, &no_progress)?.volume;
    let table = label_table(labels)?;
    let names = table.as_ref().map(|table| &table.names);
    region_input(&volume, &map, names, preparation).map_err(|source| CountsDataError::Input {
        source,
        path: scan.to_owned(),
    })
}

/// Manufacturer, model and field of a scanner, as far as the sidecar tells them.
fn scanner(scan: &Path) -> String {
    let sidecar = bids::sidecar_of(scan).unwrap_or_default();
    let text = |key: &str| sidecar.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let field = sidecar
        .get("MagneticFieldStrength")
        .and_then(serde_json::Value::as_f64);
    let parts = [
        text("Manufacturer"),
        text("ManufacturersModelName"),
        field.map(|tesla| format!("{tesla} T")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn fingerprint(cases: &[CountedCase]) -> String {
    let mut hash = Sha256::new();
    for case in cases {
        hash.update(case.subject.as_bytes());
        for value in &case.input.values {
            hash.update(value.to_le_bytes());
        }
        hash.update(case.count.to_le_bytes());
    }
    crate::models::hex(&hash.finalize())
}

impl CountedCases {
    /// All patients' names.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        self.cases.iter().map(|case| case.subject.clone()).collect()
    }

    /// The cases of some patients.
    #[must_use]
    pub fn of(&self, subjects: &[String]) -> Vec<&CountedCase> {
        let wanted = |case: &&CountedCase| subjects.contains(&case.subject);
        self.cases.iter().filter(wanted).collect()
    }

    /// The patients of a split, for a training.
    #[must_use]
    pub fn samples<'a>(&'a self, split: &'a Split) -> Samples<'a, CountedCase> {
        Samples {
            learn_from: self.of(&split.train),
            judged_by: self.of(&split.test),
            split,
            fingerprint: &self.fingerprint,
        }
    }
}
