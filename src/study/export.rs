//! Grades and events as tables for other programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use serde_json::json;
use time::UtcDateTime;

use super::{Event, GradeEntry, KEEPER, Key, StudyError, Verdict, standing};
use crate::text::csv_cell;

/// Whether a verdict stands, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingStatus {
    /// With a grade, the first at its place.
    Graded,
    /// Replaced another one, and stands.
    Corrected,
    /// Without a grade.
    CannotGrade,
    /// Stands no longer.
    Replaced,
    /// On a training case.
    Training,
}

impl ReadingStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [
        Self::Graded,
        Self::Corrected,
        Self::CannotGrade,
        Self::Replaced,
        Self::Training,
    ];

    /// As it stands in the CSV.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Graded => "graded",
            Self::Corrected => "corrected",
            Self::CannotGrade => "cannot_grade",
            Self::Replaced => "replaced",
            Self::Training => "training",
        }
    }
}

/// Whose image a case is; the key knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseIdentity {
    /// The patient.
    pub patient: String,
    /// The arm.
    pub arm: String,
    /// A second showing of the image.
    pub is_repeat: bool,
}

/// One verdict of the ledger. All are there; those that a correction replaced say so in `status`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Who graded.
    pub rater: String,
    /// Counted from 1; 0 for a training case.
    pub installment: u32,
    /// Counted from 1.
    pub position: u32,
    /// The case.
    pub case_code: String,
    /// `None` where the case could not be graded.
    pub grade: Option<u8>,
    /// Whether it stands.
    pub status: ReadingStatus,
    /// 1 (guess) to 5 (certain), where it was asked for.
    pub confidence: Option<u8>,
    /// What the rater wrote, why a case could not be graded, why a verdict was corrected.
    pub comment: String,
    /// When the case came on screen, milliseconds since 1970 UTC.
    pub opened_unix_millis: i64,
    /// When the verdict was committed, milliseconds since 1970 UTC.
    pub committed_unix_millis: i64,
    /// Between the two, without pauses.
    pub seconds: f64,
    /// How many earlier verdicts on this case the rater had replaced by then.
    pub n_changes: u32,
    /// `None` without the key.
    pub identity: Option<CaseIdentity>,
}

/// What each column of the export holds: name, unit or values, meaning.
pub const DICTIONARY: [(&str, &str, &str); 15] = [
    ("rater", "text", "who graded"),
    (
        "installment",
        "1, 2, ...; 0",
        "which sitting; 0 is training",
    ),
    ("position", "1, 2, ...", "the place in that rater's order"),
    (
        "case_code",
        "text",
        "the random code of the image, all that a rater saw of its identity",
    ),
    (
        "grade",
        "number",
        "the grade on the study's scale; empty where there is none",
    ),
    (
        "status",
        "graded, corrected, cannot_grade, replaced, training",
        "replaced verdicts do not stand; training never counts",
    ),
    (
        "confidence",
        "1 to 5",
        "1 a guess, 5 certain; empty where it was not asked for",
    ),
    (
        "comment",
        "text",
        "the rater's words; why it cannot be graded; why it was corrected",
    ),
    ("opened_utc", "RFC 3339", "when the case came on screen"),
    ("committed_utc", "RFC 3339", "when the verdict was stored"),
    ("seconds", "s", "from opening to storing, without pauses"),
    (
        "n_changes",
        "number",
        "earlier verdicts on the case that this rater had replaced",
    ),
    (
        "patient",
        "text",
        "whose image it is; empty before unsealing",
    ),
    (
        "arm",
        "text",
        "which of the patient's images; empty before unsealing",
    ),
    (
        "is_repeat",
        "yes, no",
        "a second showing of the image; empty before unsealing",
    ),
];

impl Reading {
    /// Whether the verdict counts: it stands, and not on a training case.
    #[must_use]
    pub fn counts(&self) -> bool {
        !matches!(
            self.status,
            ReadingStatus::Replaced | ReadingStatus::Training
        )
    }

    /// Whether it is of a training case, one that was replaced too.
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.installment == 0
    }

    /// Whether it is known to be of the second showing of an image.
    #[must_use]
    pub fn is_repeat(&self) -> bool {
        self.identity.as_ref().is_some_and(|of| of.is_repeat)
    }

    /// Whose image it is of.
    ///
    /// # Errors
    /// [`StudyError::StillBlind`] without the key.
    pub fn identity(&self) -> Result<&CaseIdentity, StudyError> {
        let blind = || StudyError::StillBlind(self.case_code.clone());
        self.identity.as_ref().ok_or_else(blind)
    }
}

/// Entries with what became of them; patients and arms are named only with the key.
///
/// # Errors
/// When the key does not know a case code.
pub fn readings(entries: &[GradeEntry], key: Option<&Key>) -> Result<Vec<Reading>, StudyError> {
    let standing: BTreeSet<(&str, i64)> = standing(entries)
        .iter()
        .map(|entry| (entry.rater.as_str(), entry.seq))
        .collect();
    let mut n_changes: BTreeMap<(&str, i64), u32> = BTreeMap::new();
    entries
        .iter()
        .map(|entry| {
            let of = (entry.rater.as_str(), entry.seq);
            let before = entry.replaces.and_then(|seq| n_changes.get(&(of.0, seq)));
            let n = before.map_or(0, |n| n + 1);
            n_changes.insert(of, n);
            reading(entry, standing.contains(&of), n, key)
        })
        .collect()
}

fn reading(
    entry: &GradeEntry,
    stands: bool,
    n_changes: u32,
    key: Option<&Key>,
) -> Result<Reading, StudyError> {
    let code = &entry.slot.code;
    let identity = match key {
        None => None,
        Some(key) => {
            let case = key.entry(code);
            let case = case.ok_or_else(|| StudyError::CodeNotInKey(code.to_string()))?;
            Some(CaseIdentity {
                patient: case.patient.clone(),
                arm: case.arm.clone(),
                is_repeat: case.is_repeat,
            })
        }
    };
    let (grade, cannot) = match &entry.verdict {
        Verdict::Grade(grade) => (Some(grade.get()), None),
        Verdict::CannotGrade(reason) => (None, Some(reason)),
    };
    let words = [
        cannot,
        entry.reason.as_ref(),
        Some(&entry.circumstances.comment),
    ];
    let words: Vec<&str> = words
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    Ok(Reading {
        rater: entry.rater.clone(),
        installment: entry.slot.installment,
        position: entry.slot.position,
        case_code: code.to_string(),
        grade,
        status: match (stands, entry.slot.installment, grade, entry.replaces) {
            (false, ..) => ReadingStatus::Replaced,
            (_, 0, ..) => ReadingStatus::Training,
            (_, _, None, _) => ReadingStatus::CannotGrade,
            (.., None) => ReadingStatus::Graded,
            (.., Some(_)) => ReadingStatus::Corrected,
        },
        confidence: entry.circumstances.confidence,
        comment: words.join("; "),
        opened_unix_millis: entry.circumstances.opened_unix_millis,
        committed_unix_millis: entry.committed_unix_millis,
        seconds: entry.seconds(),
        n_changes,
        identity,
    })
}

/// Writes readings as CSV with the columns of [`DICTIONARY`], the header even where there are none.
/// What people wrote is put into cells by [`csv_cell`]; as it was written it stands in
/// [`audit_json_lines`].
///
/// # Errors
/// When `out` fails.
pub fn export_csv(readings: &[Reading], out: impl Write) -> Result<(), StudyError> {
    let mut csv = csv_writer(out);
    csv.write_record(DICTIONARY.map(|(column, ..)| column))?;
    let number = |of: Option<u8>| of.map_or_else(String::new, |n| n.to_string());
    for reading in readings {
        let identity = reading.identity.as_ref();
        let [patient, arm] = identity.map_or([""; 2], |of| [of.patient.as_str(), of.arm.as_str()]);
        let is_repeat = identity.map_or("", |of| if of.is_repeat { "yes" } else { "no" });
        csv.write_record([
            &*csv_cell(&reading.rater),
            &reading.installment.to_string(),
            &reading.position.to_string(),
            &reading.case_code,
            &number(reading.grade),
            reading.status.name(),
            &number(reading.confidence),
            &csv_cell(&reading.comment),
            &rfc3339(reading.opened_unix_millis),
            &rfc3339(reading.committed_unix_millis),
            &format!("{:?}", reading.seconds),
            &reading.n_changes.to_string(),
            &csv_cell(patient),
            &csv_cell(arm),
            is_repeat,
        ])?;
    }
    flushed(csv)
}

/// The columns of [`export_csv`] in words, as CSV.
///
/// # Errors
/// When `out` fails.
pub fn dictionary_csv(out: impl Write) -> Result<(), StudyError> {
    let mut csv = csv_writer(out);
    csv.write_record(["column", "values", "meaning"])?;
    for (column, values, meaning) in DICTIONARY {
        csv.write_record([column, values, meaning])?;
    }
    flushed(csv)
}

/// The standing grades as the iMRMC software takes them: readerID, caseID, modalityID, score. A
/// case is a patient, a modality an arm; repeats and cases without a grade are left out. What is
/// true of a patient, where it is known, is a row of reader `truth`, score 0 or 1; a grade of the
/// reference is no truth.
///
/// # Errors
/// When rows have no arms, or `out` fails.
pub fn imrmc_csv(
    readings: &[Reading],
    truth: &BTreeMap<String, bool>,
    out: impl Write,
) -> Result<(), StudyError> {
    let mut csv = csv_writer(out);
    csv.write_record(["readerID", "caseID", "modalityID", "score"])?;
    let counted: Vec<(&Reading, &CaseIdentity)> = readings
        .iter()
        .filter(|reading| reading.counts() && !reading.is_repeat())
        .map(|reading| Ok((reading, reading.identity()?)))
        .collect::<Result<_, StudyError>>()?;
    let patients: BTreeSet<&String> = counted.iter().map(|(_, of)| &of.patient).collect();
    for patient in patients {
        if let Some(is) = truth.get(patient) {
            let patient = csv_cell(patient);
            csv.write_record(["truth", &patient, "truth", if *is { "1" } else { "0" }])?;
        }
    }
    for (reading, of) in counted {
        if let Some(grade) = reading.grade {
            let cells = [&reading.rater, &of.patient, &of.arm].map(|of| csv_cell(of));
            let [rater, patient, arm] = cells;
            csv.write_record([&*rater, &*patient, &*arm, &grade.to_string()])?;
        }
    }
    flushed(csv)
}

/// Who did something, in the audit log.
fn author_in_words(author: &str) -> &str {
    if author == KEEPER {
        "coordinator"
    } else {
        author
    }
}

/// Every event as a line of JSON: author, number, time, case, content, program and hash.
///
/// # Errors
/// When `out` fails.
pub fn audit_json_lines(events: &[(Event, String)], mut out: impl Write) -> Result<(), StudyError> {
    for (event, sha256) in events {
        let line = json!({
            "author": author_in_words(&event.author),
            "seq": event.seq,
            "at_utc": rfc3339(event.at_unix_millis),
            "slot": event.slot,
            "content": event.kind,
            "app_version": event.app_version,
            "sha256": sha256,
        });
        writeln!(out, "{line}").map_err(|error| StudyError::Export(error.into()))?;
    }
    Ok(())
}

/// [`audit_json_lines`] as CSV; the content stands in it as JSON.
///
/// # Errors
/// When `out` fails.
pub fn audit_csv(events: &[(Event, String)], out: impl Write) -> Result<(), StudyError> {
    let mut csv = csv_writer(out);
    csv.write_record([
        "author",
        "seq",
        "at_utc",
        "kind",
        "installment",
        "position",
        "case_code",
        "content",
        "app_version",
        "sha256",
    ])?;
    for (event, sha256) in events {
        let slot = event.slot.as_ref();
        let of_slot = |text: fn(&super::Slot) -> String| slot.map_or_else(String::new, text);
        let content = event.kind.to_json();
        csv.write_record([
            &*csv_cell(author_in_words(&event.author)),
            &*event.seq.to_string(),
            &rfc3339(event.at_unix_millis),
            event.kind.name(),
            &of_slot(|slot| slot.installment.to_string()),
            &of_slot(|slot| slot.position.to_string()),
            &of_slot(|slot| slot.code.to_string()),
            &csv_cell(&content.unwrap_or_default()),
            &csv_cell(&event.app_version),
            sha256,
        ])?;
    }
    flushed(csv)
}

fn csv_writer<W: Write>(out: W) -> csv::Writer<W> {
    csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(out)
}

fn flushed<W: Write>(mut csv: csv::Writer<W>) -> Result<(), StudyError> {
    csv.flush()
        .map_err(|error| StudyError::Export(error.into()))
}

/// Milliseconds since 1970 UTC as `2026-01-02T03:04:05.678Z`; as a number where they are past the
/// calendar, which ends with the year 9999.
#[must_use]
pub fn rfc3339(unix_millis: i64) -> String {
    let nanos = i128::from(unix_millis) * 1_000_000;
    let Ok(at) = UtcDateTime::from_unix_timestamp_nanos(nanos) else {
        return format!("{unix_millis} ms after 1970");
    };
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}
