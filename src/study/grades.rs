//! Grades as they were given, and what follows from them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{CaseCode, Grade, Slot, Worklist};

/// A grade about to be committed.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeDraft {
    /// Who grades.
    pub rater: String,
    /// Where in the worklist, and which case.
    pub slot: Slot,
    /// The grade.
    pub grade: Grade,
    /// When the case came on screen, milliseconds since 1970 UTC.
    pub opened_unix_millis: i64,
    /// When the rater committed the grade.
    pub committed_unix_millis: i64,
    /// Which program.
    pub app_version: String,
    /// How it was shown (window low and high of each plane), as JSON text.
    pub display: String,
}

/// A grade in the ledger. Never changes; a correction is another entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GradeEntry {
    /// Its number in the ledger, counted from 1 in the order of commits.
    pub id: i64,
    /// Who graded.
    pub rater: String,
    /// Counted from 1.
    pub installment: u32,
    /// Within the installment, counted from 1.
    pub position: u32,
    /// The case.
    pub code: CaseCode,
    /// The grade.
    pub grade: Grade,
    /// When the case came on screen, milliseconds since 1970 UTC.
    pub opened_unix_millis: i64,
    /// When the grade was committed, milliseconds since 1970 UTC.
    pub committed_unix_millis: i64,
    /// Which program.
    pub app_version: String,
    /// How it was shown, JSON text.
    pub display: String,
    /// For a correction: the `id` of the entry that it replaces.
    pub replaces: Option<i64>,
    /// For a correction: why.
    pub reason: Option<String>,
}

/// The entries that no later entry replaces, in ledger order.
pub fn standing(entries: &[GradeEntry]) -> Vec<&GradeEntry> {
    let replaced: BTreeSet<i64> = entries.iter().filter_map(|entry| entry.replaces).collect();
    entries
        .iter()
        .filter(|entry| !replaced.contains(&entry.id))
        .collect()
}

/// The first place of a worklist that has no grade; `None` when all is graded. Entries of other
/// raters may be among `entries`.
pub fn next_case(worklist: &Worklist, entries: &[GradeEntry]) -> Option<Slot> {
    let graded = graded_places(worklist, entries);
    worklist
        .slots()
        .find(|slot| !graded.contains(&(slot.installment, slot.position)))
}

/// How far a rater is in one installment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InstallmentProgress {
    /// Cases graded.
    pub n_graded: usize,
    /// Cases there are.
    pub n_cases: usize,
}

/// How far a rater is. Says nothing about the grades themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Who.
    pub rater: String,
    /// One for each installment.
    pub installments: Vec<InstallmentProgress>,
}

impl Progress {
    /// Cases graded, over all installments.
    pub fn n_graded(&self) -> usize {
        self.installments
            .iter()
            .map(|installment| installment.n_graded)
            .sum()
    }

    /// Cases there are, over all installments.
    pub fn n_cases(&self) -> usize {
        self.installments
            .iter()
            .map(|installment| installment.n_cases)
            .sum()
    }

    /// Nothing is left to grade.
    pub fn is_done(&self) -> bool {
        self.n_graded() == self.n_cases()
    }
}

/// How far the worklist's rater is. Entries of other raters may be among `entries`.
pub fn progress(worklist: &Worklist, entries: &[GradeEntry]) -> Progress {
    let graded = graded_places(worklist, entries);
    let installments = (1..)
        .zip(&worklist.installments)
        .map(|(installment, codes)| {
            let n_graded = graded.iter().filter(|(of, _)| *of == installment).count();
            InstallmentProgress {
                n_graded,
                n_cases: codes.len(),
            }
        });
    Progress {
        rater: worklist.rater.clone(),
        installments: installments.collect(),
    }
}

fn graded_places(worklist: &Worklist, entries: &[GradeEntry]) -> BTreeSet<(u32, u32)> {
    let own = entries.iter().filter(|entry| entry.rater == worklist.rater);
    own.map(|entry| (entry.installment, entry.position))
        .collect()
}
