//! Grades as a table for other programs.

use std::{collections::BTreeSet, io::Write};

use serde::Serialize;

use super::{GradeEntry, Key, StudyError, standing};

/// One entry of the ledger, in words. All entries are exported; those that a correction replaced
/// say so in `status`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportRow {
    /// Who graded.
    pub rater: String,
    /// Counted from 1.
    pub installment: u32,
    /// Counted from 1.
    pub position: u32,
    /// The case.
    pub case_code: String,
    /// The patient; empty without the key.
    pub patient: String,
    /// The arm; empty without the key.
    pub arm: String,
    /// `yes` for a second showing of an image, else `no`; empty without the key.
    pub is_repeat: &'static str,
    /// The grade.
    pub grade: u8,
    /// `graded`; `corrected` for the entry that replaced another; `replaced` for the other.
    pub status: &'static str,
    /// When the case came on screen, RFC 3339, UTC, milliseconds.
    pub opened_utc: String,
    /// When the grade was committed.
    pub committed_utc: String,
    /// Between the two.
    pub seconds: f64,
}

impl ExportRow {
    pub(super) const GRADED: &'static str = "graded";
    pub(super) const CORRECTED: &'static str = "corrected";
    pub(super) const REPLACED: &'static str = "replaced";
}

/// Puts entries into words; patients and arms are named only with the key.
///
/// # Errors
/// When the key does not know a case code.
pub fn export_rows(
    entries: &[GradeEntry],
    key: Option<&Key>,
) -> Result<Vec<ExportRow>, StudyError> {
    let standing: BTreeSet<i64> = standing(entries).iter().map(|entry| entry.id).collect();
    entries
        .iter()
        .map(|entry| export_row(entry, standing.contains(&entry.id), key))
        .collect()
}

fn export_row(
    entry: &GradeEntry,
    stands: bool,
    key: Option<&Key>,
) -> Result<ExportRow, StudyError> {
    let (patient, arm, is_repeat) = match key {
        None => (String::new(), String::new(), ""),
        Some(key) => key
            .entry(&entry.code)
            .map(|case| {
                let is_repeat = if case.is_repeat { "yes" } else { "no" };
                (case.patient.clone(), case.arm.clone(), is_repeat)
            })
            .ok_or_else(|| StudyError::CodeNotInKey(entry.code.to_string()))?,
    };
    let millis = entry
        .committed_unix_millis
        .saturating_sub(entry.opened_unix_millis);
    Ok(ExportRow {
        rater: entry.rater.clone(),
        installment: entry.installment,
        position: entry.position,
        case_code: entry.code.to_string(),
        patient,
        arm,
        is_repeat,
        grade: entry.grade.get(),
        status: match (stands, entry.replaces) {
            (false, _) => ExportRow::REPLACED,
            (true, None) => ExportRow::GRADED,
            (true, Some(_)) => ExportRow::CORRECTED,
        },
        opened_utc: rfc3339(entry.opened_unix_millis),
        committed_utc: rfc3339(entry.committed_unix_millis),
        seconds: millis as f64 / 1000.0,
    })
}

/// Writes rows as CSV, with a header even where there are no rows.
///
/// # Errors
/// When `out` fails.
pub fn export_csv(rows: &[ExportRow], out: impl Write) -> Result<(), StudyError> {
    const HEADER: [&str; 12] = [
        "rater",
        "installment",
        "position",
        "case_code",
        "patient",
        "arm",
        "is_repeat",
        "grade",
        "status",
        "opened_utc",
        "committed_utc",
        "seconds",
    ];
    // The header is written by hand because serde writes none for an empty table.
    let mut csv = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(out);
    csv.write_record(HEADER)?;
    for row in rows {
        csv.serialize(row)?;
    }
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
