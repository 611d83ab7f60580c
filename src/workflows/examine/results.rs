//! What became of the patients of an examination.

use super::sources::PatientScans;
use serde::Serialize;

/// What became of a patient.
#[derive(Clone, Debug, Serialize)]
pub struct ExaminedPatient {
    /// What follows `sub-`.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What the person should know.
    pub remarks: Vec<String>,
}

/// How the examination of a patient ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All was written.
    Done,
    /// It was done before, from the same scans with the same settings.
    Kept,
    /// Nothing is to be relied on, and why.
    Failed(String),
}

/// What there is of a patient now.
pub(super) enum PatientRecord {
    /// It was made, with these remarks.
    Made(Vec<String>),
    /// It was there.
    Kept,
}

impl ExaminedPatient {
    pub(super) fn of(patient: &PatientScans, result: anyhow::Result<PatientRecord>) -> Self {
        let (outcome, remarks) = match result {
            Ok(PatientRecord::Made(remarks)) => (Outcome::Done, remarks),
            Ok(PatientRecord::Kept) => (Outcome::Kept, Vec::new()),
            Err(error) => (Outcome::Failed(format!("{error:#}")), Vec::new()),
        };
        Self {
            subject: patient.subject.clone(),
            outcome,
            remarks,
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let name = format!("sub-{}", self.subject);
        let mut lines: Vec<String> = self
            .remarks
            .iter()
            .map(|r| format!("{name}: {r}"))
            .collect();
        if let Outcome::Failed(why) = &self.outcome {
            lines.push(format!("{name} failed: {why}"));
        }
        lines
    }
}
