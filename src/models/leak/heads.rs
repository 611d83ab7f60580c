//! Heads with and without a leak, out of a data set, and how they are split.

use super::input::prepared;
use super::preparation::LeakPreparation;
use super::traits::{N_TRAITS, traits_of};
use crate::formats::bids::{self, BidsScan, Participants};
use crate::formats::{self, FormatError, no_progress};
use crate::models::card::Card;
use crate::models::engine::Split;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The column of `participants.tsv` that says whether a leak was found: 1 or 0.
pub const LABEL_COLUMN: &str = "leak";

/// The column with the Bern score that a radiologist gave, in points.
pub const BERN_COLUMN: &str = "reader_bern";

/// A head with what is known of it.
#[derive(Clone, Debug)]
pub struct LeakHead {
    /// What follows `sub-`.
    pub subject: String,
    /// Whether a leak was found.
    pub has_leak: bool,
    /// The volume as networks of one preparation are given it, the last axis fastest.
    pub values: Vec<f32>,
    /// The numbers that were asked for beside the label; none where the table has none.
    pub beside: Vec<Option<f32>>,
    /// The Bern score that a radiologist gave; none where it is a range or was not given.
    pub bern: Option<u8>,
    /// At the scan.
    pub age_years: Option<f64>,
    /// As the table has it.
    pub sex: Option<String>,
    /// What of the scan should tell nothing about a leak: see [`traits_of`].
    pub traits: [f64; N_TRAITS],
    /// Whether the scan says that it was simulated.
    pub is_simulated: bool,
    /// Where the scan is.
    pub path: PathBuf,
}

/// The heads of a data set that have a label and a scan.
#[derive(Clone, Debug)]
pub struct LeakHeads {
    /// In the order of their names.
    pub heads: Vec<LeakHead>,
    /// Voxels of each volume along its axes.
    pub size: [usize; 3],
    /// Who was left out and why.
    pub left_out: Vec<(String, String)>,
    /// SHA-256 of names, labels and volumes: tells whether a network was trained on these very heads.
    pub fingerprint: String,
    /// Whether every scan says that it was simulated.
    pub is_simulated: bool,
    /// What the person should know of the data set.
    pub remarks: Vec<String>,
}

/// Why there are no heads.
#[derive(Debug, thiserror::Error)]
pub enum HeadsError {
    /// The data set could not be opened.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A table without what is needed.
    #[error("participants.tsv has no column {column}: {path}")]
    NoColumn {
        /// What is missing.
        column: String,
        /// The data set.
        path: PathBuf,
    },
    /// Nobody.
    #[error("of {n} patients none has a label and a scan that can be taken{why}: {path}")]
    Nobody {
        /// Patients there are.
        n: usize,
        /// Why the first one was left out.
        why: String,
        /// The data set.
        path: PathBuf,
    },
    /// A column to learn from that teaches nothing.
    #[error("no head has a number in the column {column} of participants.tsv: {path}")]
    NoNumbers {
        /// Which.
        column: String,
        /// The data set.
        path: PathBuf,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Opens the T1-weighted scan of every patient of a BIDS data set whose label is known.
///
/// A patient has one scan: that after a contrast agent (`ce-`) where there is one, and the first of
/// several. A patient whose label is neither 1 nor 0 (indeterminate), and one whose scan cannot be taken,
/// is left out, and the reason kept. `progress` is told the share done and answers whether to go on.
///
/// # Errors
/// When the data set cannot be listed, when its table lacks the label or a column asked for, when nobody
/// has a number in such a column, and when nobody is left.
pub fn open_heads(
    root: &Path,
    preparation: &LeakPreparation,
    beside: &[String],
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Result<LeakHeads, HeadsError> {
    let table = Table::open(root, beside)?;
    let (scans, mut remarks) = bids::t1w_scans(root)?;
    remarks.extend(table.participants.remarks.iter().cloned());
    let chosen = one_each(scans, &mut remarks);
    let n = chosen.len();
    let done = AtomicUsize::new(0);
    let opened: Vec<(String, Result<LeakHead, String>)> = chosen
        .into_par_iter()
        .map(|(subject, scan)| {
            let so_far = done.fetch_add(1, Ordering::Relaxed);
            if progress(so_far as f32 / n as f32).is_break() {
                return Err(HeadsError::Stopped);
            }
            let head = table.head(&subject, &scan, preparation);
            Ok((subject, head))
        })
        .collect::<Result<_, _>>()?;
    let without_scan = table.subjects().filter(|subject| {
        opened
            .binary_search_by(|(opened, _)| opened.as_str().cmp(subject))
            .is_err()
    });
    let mut left_out: Vec<(String, String)> = without_scan
        .map(|subject| (subject.to_owned(), "it has no T1-weighted scan".to_owned()))
        .collect();
    let mut heads = Vec::new();
    for (subject, head) in opened {
        match head {
            Ok(head) => heads.push(head),
            Err(why) => left_out.push((subject, why)),
        }
    }
    if heads.is_empty() {
        let why = left_out.first();
        let why = why.map(|(subject, why)| format!("; sub-{subject}: {why}"));
        return Err(HeadsError::Nobody {
            n,
            why: why.unwrap_or_default(),
            path: root.to_owned(),
        });
    }
    for (at, column) in beside.iter().enumerate() {
        match heads.iter().filter(|h| h.beside[at].is_none()).count() {
            0 => {}
            n if n == heads.len() => {
                return Err(HeadsError::NoNumbers {
                    column: column.clone(),
                    path: root.to_owned(),
                });
            }
            n => remarks.push(format!("{n} heads have no number in the column {column}")),
        }
    }
    remarks.extend(table.without_score(&heads));
    Ok(LeakHeads {
        is_simulated: heads.iter().all(|head| head.is_simulated),
        fingerprint: fingerprint(&heads),
        size: preparation.size,
        heads,
        left_out,
        remarks,
    })
}

fn fingerprint(heads: &[LeakHead]) -> String {
    let each: Vec<[u8; 32]> = heads
        .par_iter()
        .map(|head| {
            let mut hash = Sha256::new();
            hash.update(head.subject.as_bytes());
            hash.update([u8::from(head.has_leak)]);
            for value in &head.values {
                hash.update(value.to_le_bytes());
            }
            hash.finalize().into()
        })
        .collect();
    let mut hash = Sha256::new();
    for head in each {
        hash.update(head);
    }
    crate::models::hex(&hash.finalize())
}

/// The scan of each patient.
fn one_each(scans: Vec<BidsScan>, remarks: &mut Vec<String>) -> BTreeMap<String, PathBuf> {
    let mut by_patient: BTreeMap<String, Vec<BidsScan>> = BTreeMap::new();
    for scan in scans {
        by_patient
            .entry(scan.subject.clone())
            .or_default()
            .push(scan);
    }
    let has_agent = |scan: &BidsScan| scan.entities.iter().any(|(key, _)| key == "ce");
    by_patient
        .into_iter()
        .filter_map(|(subject, scans)| {
            let after: Vec<&BidsScan> = match scans.iter().any(has_agent) {
                true => scans.iter().filter(|scan| has_agent(scan)).collect(),
                false => scans.iter().collect(),
            };
            let first = after.first()?;
            if after.len() > 1 {
                remarks.push(format!(
                    "sub-{subject} has {} scans, of which the first is taken: {}",
                    after.len(),
                    first.path.display()
                ));
            }
            Some((subject, first.path.clone()))
        })
        .collect()
}

/// `participants.tsv` with the columns that are needed.
struct Table {
    participants: Participants,
    label: usize,
    beside: Vec<usize>,
    bern: Option<usize>,
    age: Option<usize>,
    sex: Option<usize>,
}

impl Table {
    fn open(root: &Path, beside: &[String]) -> Result<Self, HeadsError> {
        let missing = |column: &str| HeadsError::NoColumn {
            column: column.to_owned(),
            path: root.to_owned(),
        };
        let participants = bids::participants(root)?.ok_or_else(|| missing(LABEL_COLUMN))?;
        let at = |name: &str| participants.columns.iter().position(|c| c == name);
        let needed = |name: &str| at(name).ok_or_else(|| missing(name));
        Ok(Self {
            label: needed(LABEL_COLUMN)?,
            beside: beside
                .iter()
                .map(|name| needed(name))
                .collect::<Result<_, _>>()?,
            bern: at(BERN_COLUMN),
            age: at("age"),
            sex: at("sex"),
            participants,
        })
    }

    /// What follows `sub-` in each row.
    fn subjects(&self) -> impl Iterator<Item = &str> {
        let ids = self.participants.rows.iter().filter_map(|row| row.first());
        ids.map(|id| id.strip_prefix("sub-").unwrap_or(id))
    }

    fn head(
        &self,
        subject: &str,
        path: &Path,
        preparation: &LeakPreparation,
    ) -> Result<LeakHead, String> {
        let row = self.participants.of(subject);
        let row = row.ok_or("it has no row in participants.tsv")?;
        let has_leak = match row[self.label].as_str() {
            "1" => true,
            "0" => false,
            other => return Err(format!("its {LABEL_COLUMN} is {other:?}, neither 1 nor 0")),
        };
        let number = |at: usize| row[at].parse::<f64>().ok().filter(|x| x.is_finite());
        let opened = formats::open_one(path, &no_progress).map_err(|error| error.to_string())?;
        let input = prepared(&opened.volume, preparation, path);
        let traits = traits_of(&opened.volume);
        Ok(LeakHead {
            traits,
            subject: subject.to_owned(),
            has_leak,
            values: input.map_err(|error| error.to_string())?.values,
            beside: self
                .beside
                .iter()
                .map(|&at| number(at).map(|x| x as f32))
                .collect(),
            bern: self.bern.and_then(|at| bern_score(&row[at])),
            age_years: self.age.and_then(number),
            sex: self.sex.map(|at| row[at].clone()),
            is_simulated: bids::is_simulated(path),
            path: path.to_owned(),
        })
    }

    /// Says which heads have something in the column of the Bern score that is no score, such as a range.
    fn without_score(&self, heads: &[LeakHead]) -> Option<String> {
        let at = self.bern?;
        let is_odd = |head: &&LeakHead| {
            let row = self.participants.of(&head.subject);
            let told = row.map_or("", |row| row[at].trim());
            head.bern.is_none() && !matches!(told, "" | "n/a")
        };
        let odd: Vec<&LeakHead> = heads.iter().filter(is_odd).collect();
        let first = odd.first()?;
        Some(format!(
            "{} heads have a {BERN_COLUMN} that is not one number of points from 0 to {MOST_POINTS}, and count as not scored (sub-{} is the first)",
            odd.len(),
            first.subject
        ))
    }
}

/// Points of the Bern score at most.
const MOST_POINTS: u8 = 9;

/// A Bern score, also as `4.0`, as programs write whole numbers of a column that has gaps.
fn bern_score(text: &str) -> Option<u8> {
    let points: f64 = text.trim().parse().ok()?;
    (0..=MOST_POINTS).find(|&whole| f64::from(whole) == points)
}

impl LeakHeads {
    /// Some heads, by the names of their patients.
    #[must_use]
    pub fn of(&self, subjects: &[String]) -> Vec<&LeakHead> {
        let wanted: BTreeSet<&String> = subjects.iter().collect();
        let all = self.heads.iter();
        all.filter(|head| wanted.contains(&head.subject)).collect()
    }

    /// The heads of a data set that a network may be judged by: those that it was kept from where it was
    /// trained on these very heads, which is told too, and otherwise all.
    #[must_use]
    pub fn judging(&self, card: &Card) -> (Vec<&LeakHead>, bool) {
        match card.split_of(&self.fingerprint) {
            Some(split) => (self.of(&split.test), true),
            None => (self.heads.iter().collect(), false),
        }
    }

    /// Names of patients with their labels.
    #[must_use]
    pub fn labels(&self) -> Vec<(String, bool)> {
        let all = self.heads.iter();
        all.map(|head| (head.subject.clone(), head.has_leak))
            .collect()
    }
}

/// For each fold the patients of its test and all others, drawn by label, so that each fold has as many
/// of both kinds as may be; one fold has no test. `None` where a fold would lack a kind.
#[must_use]
pub fn folds(labels: &[(String, bool)], n_folds: usize, seed: u64) -> Option<Vec<Split>> {
    let all = |test: &[&String]| {
        let others = labels.iter().map(|(subject, _)| subject);
        let mut train: Vec<String> = others.filter(|s| !test.contains(s)).cloned().collect();
        train.sort();
        train
    };
    if n_folds == 1 {
        return Some(vec![Split {
            seed,
            train: all(&[]),
            test: Vec::new(),
        }]);
    }
    let mut tests: Vec<Vec<&String>> = vec![Vec::new(); n_folds];
    let mut dealt = 0;
    for kind in [true, false] {
        let of_kind = drawn(labels, kind, seed);
        if of_kind.len() < n_folds {
            return None;
        }
        // The second kind goes on where the first one stopped, so that folds are of one size.
        for subject in of_kind {
            tests[dealt % n_folds].push(subject);
            dealt += 1;
        }
    }
    let split = |mut test: Vec<&String>| {
        test.sort();
        Split {
            seed,
            train: all(&test),
            test: test.into_iter().cloned().collect(),
        }
    };
    Some(tests.into_iter().map(split).collect())
}

/// Every so many of some patients, drawn by label, and at least one of each kind there is.
#[must_use]
pub fn inner_split(labels: &[(String, bool)], every: usize, seed: u64) -> BTreeSet<String> {
    let of_kind = |kind| {
        let patients = drawn(labels, kind, seed ^ 0x0049_4e4e_4552);
        let n = (patients.len() / every).max(1).min(patients.len());
        patients.into_iter().take(n).cloned().collect::<Vec<_>>()
    };
    of_kind(true).into_iter().chain(of_kind(false)).collect()
}

/// So many of some patients, with the share of both kinds that they have.
#[must_use]
pub fn first_of(labels: &[(String, bool)], n: usize, seed: u64) -> BTreeSet<String> {
    let n_leak = labels.iter().filter(|label| label.1).count();
    let n = n.min(labels.len());
    let wanted = (n * n_leak).div_euclid(labels.len().max(1));
    let of_kind = |kind, n: usize| {
        let patients = drawn(labels, kind, seed ^ 0x0046_4952_5354);
        patients.into_iter().take(n).cloned().collect::<Vec<_>>()
    };
    let with = of_kind(true, wanted.max(1));
    let without = of_kind(false, n.saturating_sub(with.len()));
    with.into_iter().chain(without).collect()
}

/// The patients of a kind in an order of chance.
fn drawn(labels: &[(String, bool)], kind: bool, seed: u64) -> Vec<&String> {
    let of_kind = labels.iter().filter(|label| label.1 == kind);
    let mut patients: Vec<&String> = of_kind.map(|(subject, _)| subject).collect();
    patients.sort();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(kind));
    patients.shuffle(&mut rng);
    patients
}
