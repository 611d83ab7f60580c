//! Grades as they were given, and what follows from them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Circumstances, Event, EventKind, Grade, Scale, Slot, StudyError, Worklist};

/// What a rater says of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its grade.
    Grade(Grade),
    /// That it cannot be graded, and why.
    CannotGrade(String),
}

/// A verdict about to be committed.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeDraft {
    /// Who grades.
    pub rater: String,
    /// Where in the worklist, and which case.
    pub slot: Slot,
    /// The verdict.
    pub verdict: Verdict,
    /// How it came about.
    pub circumstances: Circumstances,
    /// When the rater committed it, milliseconds since 1970 UTC.
    pub committed_unix_millis: i64,
}

/// A verdict in the ledger. Never changes; a correction is another entry.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeEntry {
    /// Its number among the rater's events.
    pub seq: i64,
    /// Who graded.
    pub rater: String,
    /// Where in the worklist, and which case.
    pub slot: Slot,
    /// The verdict.
    pub verdict: Verdict,
    /// How it came about.
    pub circumstances: Circumstances,
    /// When it was committed, milliseconds since 1970 UTC.
    pub committed_unix_millis: i64,
    /// Which program.
    pub app_version: String,
    /// For a correction: the `seq` of the entry that it replaces.
    pub replaces: Option<i64>,
    /// For a correction: why.
    pub reason: Option<String>,
}

impl GradeEntry {
    /// The verdict that an event gives, if it does.
    ///
    /// # Errors
    /// When its grade is not on the scale, or when it is at no case.
    pub fn of(event: &Event, scale: &Scale) -> Result<Option<Self>, StudyError> {
        let graded = |grade: u8| scale.grade(grade).map(Verdict::Grade);
        let (verdict, circumstances, replaces, reason) = match &event.kind {
            EventKind::Graded {
                grade,
                circumstances,
            } => (graded(*grade)?, circumstances, None, None),
            EventKind::Skipped {
                reason,
                circumstances,
            } => (
                Verdict::CannotGrade(reason.clone()),
                circumstances,
                None,
                None,
            ),
            EventKind::Corrected {
                replaces,
                reason,
                grade,
                cannot_grade,
                circumstances,
            } => {
                let verdict = match grade {
                    Some(grade) => graded(*grade)?,
                    None => Verdict::CannotGrade(cannot_grade.clone().unwrap_or_default()),
                };
                (
                    verdict,
                    circumstances,
                    Some(*replaces),
                    Some(reason.clone()),
                )
            }
            _ => return Ok(None),
        };
        let Some(slot) = event.slot.clone() else {
            return Err(StudyError::NoCase(event.seq));
        };
        Ok(Some(Self {
            seq: event.seq,
            rater: event.author.clone(),
            slot,
            verdict,
            circumstances: circumstances.clone(),
            committed_unix_millis: event.at_unix_millis,
            app_version: event.app_version.clone(),
            replaces,
            reason,
        }))
    }

    /// From opening to committing, without the time in which the pictures were hidden.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let open = self
            .committed_unix_millis
            .saturating_sub(self.circumstances.opened_unix_millis);
        open.saturating_sub(self.circumstances.paused_millis) as f64 / 1000.0
    }
}

/// The entries that no later entry replaces, in ledger order.
pub fn standing(entries: &[GradeEntry]) -> Vec<&GradeEntry> {
    let replaced: BTreeSet<(&str, i64)> = entries
        .iter()
        .filter_map(|entry| Some((entry.rater.as_str(), entry.replaces?)))
        .collect();
    entries
        .iter()
        .filter(|entry| !replaced.contains(&(entry.rater.as_str(), entry.seq)))
        .collect()
}

/// How far a rater is in one installment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InstallmentProgress {
    /// Cases with a verdict.
    pub n_graded: usize,
    /// Cases there are.
    pub n_cases: usize,
    /// Whether the rater has signed it.
    pub is_signed: bool,
}

impl InstallmentProgress {
    /// Nothing is left to grade.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.n_graded == self.n_cases
    }
}

/// How far a rater is. Says nothing about the grades themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaterProgress {
    /// Who.
    pub rater: String,
    /// The training cases; never signed.
    pub training: InstallmentProgress,
    /// One for each installment.
    pub installments: Vec<InstallmentProgress>,
}

impl RaterProgress {
    /// How far the worklist's rater is, from the places (installment, position) that have a
    /// verdict and the installments that are signed.
    #[must_use]
    pub fn of(worklist: &Worklist, graded: &BTreeSet<(u32, u32)>, signed: &BTreeSet<u32>) -> Self {
        let progress = |installment: u32, n_cases: usize| InstallmentProgress {
            n_graded: graded
                .range((installment, 0)..=(installment, u32::MAX))
                .count(),
            n_cases,
            is_signed: signed.contains(&installment),
        };
        Self {
            rater: worklist.rater.clone(),
            training: progress(0, worklist.training.len()),
            installments: (1..)
                .zip(&worklist.installments)
                .map(|(installment, codes)| progress(installment, codes.len()))
                .collect(),
        }
    }

    /// Cases with a verdict, over all installments.
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

    /// The installments that are not signed, counted from 1.
    pub fn unsigned(&self) -> impl Iterator<Item = u32> + '_ {
        let numbered = (1..).zip(&self.installments);
        numbered.filter_map(|(number, of)| (!of.is_signed).then_some(number))
    }
}
