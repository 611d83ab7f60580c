//! Grades and events as tables for other programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use serde::Serialize;
use serde_json::json;

use super::{Event, GradeEntry, KEEPER, Key, StudyError, Verdict, standing};
use crate::text::csv_cell;

/// One verdict of the ledger, in words. All are exported; those that a correction replaced say so
/// in `status`. The fields are the columns of the CSV, in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportRow {
    /// Who graded.
    pub rater: String,
    /// Counted from 1; 0 for a training case.
    pub installment: u32,
    /// Counted from 1.
    pub position: u32,
    /// The case.
    pub case_code: String,
    /// The grade; empty where the case could not be graded.
    pub grade: Option<u8>,
    /// `graded`; `corrected` for a verdict that replaced another; `cannot_grade` for one without a
    /// grade; `replaced` for one that no longer stands; `training` for a training case.
    pub status: &'static str,
    /// 1 (guess) to 5 (certain), where it was asked for.
    pub confidence: Option<u8>,
    /// What the rater wrote, why a case could not be graded, why a verdict was corrected.
    pub comment: String,
    /// When the case came on screen, RFC 3339, UTC, milliseconds.
    pub opened_utc: String,
    /// When the verdict was committed.
    pub committed_utc: String,
    /// Between the two, without pauses.
    pub seconds: f64,
    /// How many earlier verdicts on this case the rater had replaced by then.
    pub n_changes: u32,
    /// The patient; empty without the key.
    pub patient: String,
    /// The arm; empty without the key.
    pub arm: String,
    /// `yes` for a second showing of an image, else `no`; empty without the key.
    pub is_repeat: &'static str,
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

impl ExportRow {
    /// A verdict with a grade, the first at its place.
    pub const GRADED: &'static str = "graded";
    /// One that replaced another and stands.
    pub const CORRECTED: &'static str = "corrected";
    /// One without a grade.
    pub const CANNOT_GRADE: &'static str = "cannot_grade";
    /// One that no longer stands.
    pub const REPLACED: &'static str = "replaced";
    /// One on a training case.
    pub const TRAINING: &'static str = "training";

    /// Whether the verdict counts: it stands, and not on a training case.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.status != Self::REPLACED && self.status != Self::TRAINING
    }
}

/// Puts entries into words; patients and arms are named only with the key.
///
/// # Errors
/// When the key does not know a case code.
pub fn export_rows(
    entries: &[GradeEntry],
    key: Option<&Key>,
) -> Result<Vec<ExportRow>, StudyError> {
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
            export_row(entry, standing.contains(&of), n, key)
        })
        .collect()
}

fn export_row(
    entry: &GradeEntry,
    stands: bool,
    n_changes: u32,
    key: Option<&Key>,
) -> Result<ExportRow, StudyError> {
    let code = &entry.slot.code;
    let (patient, arm, is_repeat) = match key {
        None => (String::new(), String::new(), ""),
        Some(key) => key
            .entry(code)
            .map(|case| {
                let is_repeat = if case.is_repeat { "yes" } else { "no" };
                (case.patient.clone(), case.arm.clone(), is_repeat)
            })
            .ok_or_else(|| StudyError::CodeNotInKey(code.to_string()))?,
    };
    let (grade, cannot) = match &entry.verdict {
        Verdict::Grade(grade) => (Some(grade.get()), None),
        Verdict::CannotGrade(reason) => (None, Some(reason)),
    };
    let words = [cannot, entry.reason.as_ref(), Some(&entry.how.comment)];
    let words: Vec<&str> = words
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    Ok(ExportRow {
        rater: entry.rater.clone(),
        installment: entry.slot.installment,
        position: entry.slot.position,
        case_code: code.to_string(),
        grade,
        status: match (stands, entry.slot.installment, grade, entry.replaces) {
            (false, ..) => ExportRow::REPLACED,
            (_, 0, ..) => ExportRow::TRAINING,
            (_, _, None, _) => ExportRow::CANNOT_GRADE,
            (.., None) => ExportRow::GRADED,
            (.., Some(_)) => ExportRow::CORRECTED,
        },
        confidence: entry.how.confidence,
        comment: words.join("; "),
        opened_utc: rfc3339(entry.how.opened_unix_millis),
        committed_utc: rfc3339(entry.committed_unix_millis),
        seconds: entry.seconds(),
        n_changes,
        patient,
        arm,
        is_repeat,
    })
}

/// Writes rows as CSV, with a header even where there are no rows. What people wrote is put into cells
/// by [`csv_cell`]; as it was written it stands in [`audit_json_lines`].
///
/// # Errors
/// When `out` fails.
pub fn export_csv(rows: &[ExportRow], out: impl Write) -> Result<(), StudyError> {
    // The header is written by hand because serde writes none for an empty table.
    let mut csv = csv_writer(out);
    csv.write_record(DICTIONARY.map(|(column, ..)| column))?;
    for row in rows {
        let cell = |text: &str| csv_cell(text).into_owned();
        csv.serialize(ExportRow {
            rater: cell(&row.rater),
            comment: cell(&row.comment),
            patient: cell(&row.patient),
            arm: cell(&row.arm),
            ..row.clone()
        })?;
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
    rows: &[ExportRow],
    truth: &BTreeMap<String, bool>,
    out: impl Write,
) -> Result<(), StudyError> {
    let mut csv = csv_writer(out);
    csv.write_record(["readerID", "caseID", "modalityID", "score"])?;
    let counted = || {
        rows.iter()
            .filter(|row| row.counts() && row.is_repeat != "yes")
    };
    if let Some(row) = counted().find(|row| row.arm.is_empty()) {
        return Err(StudyError::StillBlind(row.case_code.clone()));
    }
    let patients: BTreeSet<&String> = counted().map(|row| &row.patient).collect();
    for patient in patients {
        if let Some(is) = truth.get(patient) {
            csv.write_record(["truth", patient, "truth", if *is { "1" } else { "0" }])?;
        }
    }
    for row in counted() {
        if let Some(grade) = row.grade {
            let [rater, patient, arm] = [&row.rater, &row.patient, &row.arm].map(|of| csv_cell(of));
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
            "content": event.deed,
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
        let content = event.deed.to_json();
        csv.write_record([
            &*csv_cell(author_in_words(&event.author)),
            &*event.seq.to_string(),
            &rfc3339(event.at_unix_millis),
            event.deed.kind(),
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

/// Milliseconds since 1970 UTC as `2026-01-02T03:04:05.678Z` (the proleptic Gregorian calendar).
pub fn rfc3339(unix_millis: i64) -> String {
    const DAY: i64 = 86_400_000;
    let (year, month, day) = civil_from_days(unix_millis.div_euclid(DAY));
    let in_day = unix_millis.rem_euclid(DAY);
    let (hours, minutes) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (seconds, millis) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level
/// date algorithms"): years begin in March, so that the leap day is the last of its year.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
