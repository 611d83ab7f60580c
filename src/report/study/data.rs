//! What a report is made from, how, and what can go wrong.

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;

use crate::{
    report::{figures::FigureError, same_grade::Bound},
    stats::{Bootstrap, BootstrapKind, StatsError},
    study::{DisplayTest, Protocol, Reading, Scale, StudyError},
};

/// An unsealed study: what was agreed upon, and what was read.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyData {
    /// The protocol in the key.
    pub protocol: Protocol,
    /// Fingerprint of the protocol that the study was made with, hexadecimal.
    pub protocol_sha256: String,
    /// How the key was opened; `None` where nothing is known of it.
    pub unsealing: Option<KeyOpening>,
    /// Everything in the ledger, in its order, with patients and arms.
    pub readings: Vec<Reading>,
    /// Tests of displays, in the ledger's order.
    pub displays: Vec<DisplayRow>,
    /// What the audit trail says.
    pub audit: Audit,
    /// Name and Markdown text of the model behind each predicted arm.
    pub model_cards: Vec<(String, String)>,
    /// Which program.
    pub app_version: String,
}

impl StudyData {
    /// Whether the protocol in the key is the one that the study was made with.
    #[must_use]
    pub fn protocol_is_kept(&self) -> bool {
        self.protocol.fingerprint() == self.protocol_sha256
    }

    /// What the protocol asks of the share of readings with the grade of the reference; `None`
    /// where it asks nothing, and where it is not the protocol that the study was made with.
    #[must_use]
    pub fn bound(&self) -> Option<Bound> {
        let protocol = &self.protocol;
        let bound = protocol.same_grade_bound.map(Bound::SameGrade);
        let bound = bound.or(protocol.repeat_margin.map(Bound::AgainstRepeat));
        bound.filter(|_| self.protocol_is_kept())
    }
}

/// The display of a rater before an installment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DisplayRow {
    /// Who.
    pub rater: String,
    /// Counted from 1.
    pub installment: u32,
    /// When it was tested, RFC 3339, UTC; empty where it was not.
    pub at_utc: String,
    /// What was answered; `None` where the installment was read and no display tested.
    pub test: Option<DisplayTest>,
}

/// How the key was opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KeyOpening {
    /// When, RFC 3339, UTC.
    pub at_utc: String,
    /// Installments that were not signed by then, as `rater, installment n`.
    pub unsigned: Vec<String>,
    /// Why it was opened all the same.
    pub reason: Option<String>,
}

/// The audit trail in a few numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Audit {
    /// How many events there are of each kind.
    pub n_events: BTreeMap<String, u64>,
    /// The last link of each rater's chain of events: the rater, and SHA-256 in hexadecimal.
    pub heads: Vec<(String, String)>,
    /// Why the study's file is not in order, where it is not.
    pub problem: Option<String>,
    /// What is in order and yet to be known: clocks that were set, keys that nobody vouches for,
    /// events that the coordinator has not countersigned.
    pub remarks: Vec<String>,
    /// The first event, RFC 3339, UTC.
    pub first_utc: String,
    /// The last event.
    pub last_utc: String,
    /// How often a rater was away from a case for long.
    pub n_idle_marks: u64,
}

/// How to analyse a study.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportOptions {
    /// How to make intervals.
    pub bootstrap: Bootstrap,
    /// For the resamples. The same seed gives the same report, to the byte.
    pub seed: u64,
    /// Transition matrices have the predicted arm as rows; the reference otherwise. Paper 001
    /// describes its matrices both ways.
    pub rows_are_predicted: bool,
    /// The lowest grade that counts as a positive finding; without it 3, or the highest grade of a
    /// scale that has no 3 above its lowest.
    pub positive_from: Option<u8>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            bootstrap: Bootstrap::default(),
            seed: 1,
            rows_are_predicted: false,
            positive_from: None,
        }
    }
}

/// [`ReportOptions`] as they are written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choices {
    /// How many resamples, for the differences of alphas.
    pub n_resamples: usize,
    /// Coverage aimed at.
    pub confidence: f64,
    /// What is made of the resamples.
    pub bootstrap: BootstrapKind,
    /// Of the resamples.
    pub seed: u64,
    /// The lowest grade that counts as positive.
    pub positive_from: u8,
    /// Which arm the rows of the transition matrices are.
    pub rows: &'static str,
}

impl ReportOptions {
    pub(super) fn choices(&self, scale: &Scale) -> Result<Choices, ReportError> {
        Ok(Choices {
            n_resamples: self.bootstrap.n_resamples,
            confidence: self.bootstrap.confidence,
            bootstrap: self.bootstrap.kind,
            seed: self.seed,
            positive_from: self.positive(scale)?,
            rows: match self.rows_are_predicted {
                true => "predicted",
                false => "reference",
            },
        })
    }

    /// A lowest positive grade that leaves grades on both sides.
    fn positive(&self, scale: &Scale) -> Result<u8, ReportError> {
        const USUAL: u8 = 3;
        let grades = || scale.levels.iter().map(|level| level.grade);
        let lowest = grades().min().unwrap_or_default();
        let highest = grades().max().unwrap_or_default();
        let divides = |grade: u8| lowest < grade && grade <= highest;
        match self.positive_from {
            Some(grade) if divides(grade) => Ok(grade),
            Some(grade) => Err(ReportError::NothingPositive {
                grade,
                lowest,
                highest,
            }),
            None if divides(USUAL) => Ok(USUAL),
            None => Ok(highest),
        }
    }
}

/// Why there is no report.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A comparison needs two things.
    #[error("a report needs a reference arm and another one, but the study has {0}")]
    TooFewArms(usize),
    /// The reference has the name that stands for it everywhere.
    #[error("the arm \"{0}\" is the reference everywhere, so it must be the first of the arms")]
    ReferenceNotFirst(String),
    /// A lowest positive grade that every grade, or none, reaches.
    #[error(
        "positive from {grade} divides nothing on a scale from {lowest} to {highest}: it must lie \
         above {lowest} and not above {highest}"
    )]
    NothingPositive {
        /// The grade that was asked for.
        grade: u8,
        /// The lowest of the scale.
        lowest: u8,
        /// The highest of the scale.
        highest: u8,
    },
    /// A name in the rows that the protocol does not have.
    #[error("{field} \"{value}\" of case {code} is not in the protocol")]
    NotInProtocol {
        /// "rater" or "arm".
        field: &'static str,
        /// The name.
        value: String,
        /// The case.
        code: String,
    },
    /// Rows that cannot be, and files.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// Numbers that cannot be analysed.
    #[error("the study cannot be analysed: {0}")]
    Stats(#[from] StatsError),
    /// A figure.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A number or table that could not be written.
    #[error("cannot write {what}: {reason}")]
    Encoding {
        /// Which file.
        what: String,
        /// The encoder's reason.
        reason: String,
    },
}
