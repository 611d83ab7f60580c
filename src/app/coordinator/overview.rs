//! How far a study is, and where its files are.

use crate::ledger::{Ledger, LedgerError};
use crate::study::{LaterInstallments, RaterProgress};
use std::path::{Path, PathBuf};

/// How far a study is; says nothing about any grade.
pub(super) struct Overview {
    pub(super) title: String,
    pub(super) question: String,
    pub(super) protocol_sha256: String,
    pub(super) raters: Vec<RaterProgress>,
    pub(super) n_events: usize,
    /// When the last event happened, milliseconds since 1970 UTC.
    pub(super) last_unix_millis: Option<i64>,
    pub(super) unsealed_at: Option<i64>,
    /// Whether the coordinator is signed in.
    pub(super) is_signed_in: bool,
    /// Whether the coordinator releases installments.
    pub(super) releases: bool,
}

impl Overview {
    pub(super) fn of(ledger: &Ledger, n_events: usize) -> Result<Self, LedgerError> {
        let instructions = ledger.instructions()?;
        let raters = ledger.raters()?;
        let progress: Result<_, _> = raters.iter().map(|rater| ledger.progress(rater)).collect();
        Ok(Self {
            title: instructions.title,
            question: instructions.question,
            protocol_sha256: ledger.protocol_sha256()?,
            raters: progress?,
            n_events,
            last_unix_millis: ledger.last_unix_millis()?,
            unsealed_at: ledger.unsealed_at()?,
            is_signed_in: ledger.is_signed_in(),
            releases: instructions.later_installments == LaterInstallments::Release,
        })
    }

    /// Installments that are not signed, in words.
    pub(super) fn unsigned(&self) -> Vec<String> {
        let raters = self.raters.iter();
        let unsigned = raters.flat_map(|of| {
            of.unsigned()
                .map(move |n| format!("{}, installment {n}", of.rater))
        });
        unsigned.collect()
    }
}

/// Where `study new` puts what the coordinator signs with.
pub(super) fn coordinator_beside(study: &Path) -> PathBuf {
    study.with_file_name("coordinator.age")
}
