//! A table as people save it: in any of the usual encodings, with any of the usual delimiters.
//!
//! What had to be found out rather than was told is put into words, so that a table read wrongly is
//! seen to be.

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::StudyError;
use crate::text::{self, Limit};

/// A row that holds something.
pub(super) struct Row {
    /// Counted from 1.
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
}

/// Cells as text: trimmed, composed (Unicode NFC), blanks of every kind made into spaces.
pub(super) struct Delimited {
    pub(super) rows: Vec<Row>,
    /// What was found out.
    pub(super) assumed: Vec<String>,
    pub(super) path: PathBuf,
}

/// The usual delimiters, by what they are called.
const DELIMITERS: [(u8, &str); 4] = [
    (b',', "commas"),
    (b';', "semicolons"),
    (b'\t', "tabs"),
    (b'|', "bars"),
];

impl Delimited {
    pub(super) fn open(path: &Path) -> Result<Self, StudyError> {
        Self::decode(&text::bytes(path, Limit::Table)?, path)
    }

    /// `path` is for messages.
    pub(super) fn decode(bytes: &[u8], path: &Path) -> Result<Self, StudyError> {
        let refused = |line: u64, reason: String| StudyError::NotCsv {
            line,
            reason,
            path: path.to_path_buf(),
        };
        if bytes.starts_with(b"PK\x03\x04") {
            let reason = "this is a spreadsheet or another archive: save the table as CSV";
            return Err(refused(1, reason.into()));
        }
        let mut assumed = Vec::new();
        let text = text_of(bytes, &mut assumed).map_err(|reason| refused(1, reason))?;
        let (text, declared) = match text
            .strip_prefix("sep=")
            .and_then(|rest| rest.split_once('\n'))
        {
            // The first line of what a well-known spreadsheet writes.
            Some((first, rest)) => (rest, first.trim_end().bytes().next()),
            None => (text.as_str(), None),
        };
        let delimiter = match declared {
            Some(delimiter) => delimiter,
            None => delimiter_of(text),
        };
        if let Some((_, name)) = DELIMITERS
            .iter()
            .find(|of| of.0 == delimiter && delimiter != b',')
        {
            assumed.push(format!("{name} between the columns"));
        }
        let first_line = 1 + u64::from(declared.is_some());
        let rows =
            rows_of(text, delimiter, first_line).map_err(|(line, reason)| refused(line, reason))?;
        Ok(Self {
            rows,
            assumed,
            path: path.to_path_buf(),
        })
    }

    pub(super) fn header_error(&self, problem: impl Into<String>) -> StudyError {
        StudyError::Header {
            problem: problem.into(),
            path: self.path.clone(),
        }
    }

    pub(super) fn field_error(
        &self,
        line: u64,
        field: &str,
        value: &str,
        problem: impl Into<String>,
    ) -> StudyError {
        StudyError::Field {
            line,
            field: field.into(),
            value: value.into(),
            problem: problem.into(),
            path: self.path.clone(),
        }
    }
}

/// Bytes as composed letters, in lines.
fn text_of(bytes: &[u8], assumed: &mut Vec<String>) -> Result<String, String> {
    let (text, encoding) = text::decode(bytes)?;
    assumed.extend(encoding.map(str::to_owned));
    // Old Macintosh files end their lines with a carriage return alone.
    let text = match text.contains('\n') {
        true => text,
        false => text.replace('\r', "\n"),
    };
    Ok(text.nfc().collect())
}

/// The delimiter that cuts the first lines into most columns, as many in each; a comma where
/// nothing does.
fn delimiter_of(text: &str) -> u8 {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(20)
        .collect();
    let n_columns = |delimiter: u8| {
        let n = |line: &&str| outside_quotes(line, delimiter);
        let first = lines.first().map_or(0, n);
        let alike = lines.iter().all(|line| n(line) == first);
        (first > 0).then_some((alike, first))
    };
    let found = DELIMITERS.iter().rev();
    let found = found.filter_map(|(delimiter, _)| Some((n_columns(*delimiter)?, *delimiter)));
    found.max_by_key(|of| of.0).map_or(b',', |of| of.1)
}

/// How often a delimiter stands outside quotation marks.
fn outside_quotes(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    let mut n = 0;
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        n += usize::from(byte == delimiter && !quoted);
    }
    n
}

/// Rows of one length; what hangs over empty at their ends is cut off.
fn rows_of(table: &str, delimiter: u8, first_line: u64) -> Result<Vec<Row>, (u64, String)> {
    let mut decoder = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(table.as_bytes());
    let mut rows = Vec::new();
    for record in decoder.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            (line, error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line) + first_line - 1;
        let fields: Vec<String> = record.iter().map(tidied).collect();
        // A name that could write over others on a screen.
        if let Some(hidden) = fields.iter().find(|field| field.contains(char::is_control)) {
            let shown = text::one_line(hidden);
            return Err((line, format!("\"{shown}\" holds a control character")));
        }
        rows.push(Row { line, fields });
    }
    // Spreadsheets write rows and columns that hold nothing behind those that do.
    while rows
        .last()
        .is_some_and(|row| row.fields.iter().all(String::is_empty) && row.fields.len() < 2)
    {
        rows.pop();
    }
    let width = rows.iter().map(|row| used(&row.fields)).max().unwrap_or(0);
    let expected = rows.first().map_or(0, |row| row.fields.len());
    for row in &mut rows {
        let n = row.fields.len();
        if used(&row.fields) > expected || n < expected {
            let reason = format!("{n} fields where the first row has {expected}");
            return Err((row.line, reason));
        }
        row.fields.truncate(width.max(1));
    }
    Ok(rows)
}

/// Up to the last field that holds something.
fn used(fields: &[String]) -> usize {
    let last = fields.iter().rposition(|field| !field.is_empty());
    last.map_or(0, |last| last + 1)
}

/// Without blanks around it, those within made into single spaces, a minus into a hyphen.
fn tidied(field: &str) -> String {
    // Also without the apostrophe that keeps a spreadsheet from running a cell.
    let words: Vec<&str> = text::csv_value(field).split_whitespace().collect();
    let text = words.join(" ");
    match text.strip_prefix('\u{2212}') {
        Some(rest) => format!("-{rest}"),
        None => text,
    }
}
