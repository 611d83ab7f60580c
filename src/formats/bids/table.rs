//! Tables of tab-separated values: the patients, and when scans were taken.

use super::files::write_text;
use crate::formats::error::FormatError;
use crate::text::{self, Limit};
use std::path::Path;

/// `participants.tsv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participants {
    /// The columns' names; the first is `participant_id`.
    pub columns: Vec<String>,
    /// A row for each patient, with a cell for each column; `n/a` where nothing is known.
    pub rows: Vec<Vec<String>>,
    /// What of the table is not as the standard has it, and what was left out for that.
    pub remarks: Vec<String>,
}

impl Participants {
    /// The row of a patient, who is named as in `BidsScan::subject`: `01` has the row of
    /// `sub-01`.
    #[must_use]
    pub fn of(&self, subject: &str) -> Option<&[String]> {
        let is_theirs = |row: &&Vec<String>| {
            row.first().and_then(|id| id.strip_prefix("sub-")) == Some(subject)
        };
        self.rows.iter().find(is_theirs).map(Vec::as_slice)
    }
}

/// The patients of a data set, or `None` where it has no `participants.tsv`.
///
/// # Errors
/// When the file cannot be opened, or when its first column is not `participant_id`.
pub fn participants(root: &Path) -> Result<Option<Participants>, FormatError> {
    let path = root.join("participants.tsv");
    // A link that leads nowhere is an error, not a table that is not there.
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    let TsvTable {
        columns,
        rows,
        remarks,
    } = TsvTable::open(&path)?;
    if columns
        .first()
        .is_none_or(|first| first != "participant_id")
    {
        return Err(FormatError::Field {
            field: "the first column".to_owned(),
            value: format!("{:?}", columns.first().map_or("", String::as_str)),
            why: "a table of participants begins with participant_id".to_owned(),
            path,
        });
    }
    Ok(Some(Participants {
        columns,
        rows,
        remarks,
    }))
}

/// Adds a patient to `participants.tsv`, unless there is a row already; other columns get `n/a`,
/// other rows stay as they are. Makes the file where there is none.
///
/// # Errors
/// As [`participants`], and when the file cannot be written.
pub fn add_participant(root: &Path, subject: &str) -> Result<(), FormatError> {
    let path = root.join("participants.tsv");
    let Some(known) = participants(root)? else {
        return write_text(&path, &format!("participant_id\nsub-{subject}\n"));
    };
    if known.of(subject).is_some() {
        return Ok(());
    }
    let mut text = text_of(&path)?;
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    if !text.ends_with('\n') {
        text += line_end;
    }
    text += &format!("sub-{subject}");
    text += &"\tn/a".repeat(known.columns.len() - 1);
    text += line_end;
    write_text(&path, &text)
}

/// Any table of tab-separated values; every row has a cell for each column.
pub(in crate::formats) struct TsvTable {
    pub(in crate::formats) columns: Vec<String>,
    pub(in crate::formats) rows: Vec<Vec<String>>,
    /// Rows that were left out, and an encoding that was assumed.
    pub(in crate::formats) remarks: Vec<String>,
}

/// So many rows are named that were left out.
const NAMED: usize = 5;

impl TsvTable {
    pub(in crate::formats) fn open(path: &Path) -> Result<Self, FormatError> {
        // A line break within quotes is in no table of BIDS, so that lines can be counted.
        let (text, encoding) = decoded(path)?;
        let mut remarks: Vec<String> = encoding
            .map(|what| format!("the encoding is assumed ({what}): {}", path.display()))
            .into_iter()
            .collect();
        let mut n_left_out = 0;
        let mut lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty());
        let columns = lines.next().map_or_else(Vec::new, |(_, line)| cells(line));
        let mut rows = Vec::new();
        for (number, line) in lines {
            let row = cells(line);
            if row.len() != columns.len() {
                n_left_out += 1;
                if n_left_out <= NAMED {
                    remarks.push(format!(
                        "line {number} has {} cells where the header has {}, and is left out: {}",
                        row.len(),
                        columns.len(),
                        path.display()
                    ));
                }
                continue;
            }
            rows.push(row);
        }
        if n_left_out > NAMED {
            remarks.push(format!(
                "{} more lines are left out: {}",
                n_left_out - NAMED,
                path.display()
            ));
        }
        Ok(Self {
            columns,
            rows,
            remarks,
        })
    }

    /// Where a column is.
    pub(in crate::formats) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// The cells of a line; one that holds a tab stands in double quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells: Vec<String> = Vec::new();
    let mut open = false;
    for piece in line.split('\t') {
        match cells.last_mut().filter(|_| open) {
            Some(cell) => {
                cell.push('\t');
                cell.push_str(piece);
            }
            None => cells.push(piece.to_owned()),
        }
        let cell = cells.last().map_or("", String::as_str);
        open = cell.starts_with('"') && cell.matches('"').count() % 2 == 1;
    }
    cells.iter().map(|cell| unquoted(cell.trim())).collect()
}

fn unquoted(cell: &str) -> String {
    let inner = cell.strip_prefix('"').and_then(|c| c.strip_suffix('"'));
    inner.map_or_else(|| cell.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// A table that is to be written again: only what is UTF-8 is written as it was.
fn text_of(path: &Path) -> Result<String, FormatError> {
    std::fs::read_to_string(path).map_err(|source| FormatError::Io {
        source,
        path: path.to_owned(),
    })
}

fn decoded(path: &Path) -> Result<(String, Option<&'static str>), FormatError> {
    let refused = |what: String| FormatError::NotRecognised {
        what,
        path: path.to_owned(),
    };
    let bytes = text::bytes(path, Limit::Table).map_err(|error| match error {
        text::TextError::Io { source, path } => FormatError::Io { source, path },
        other => refused(other.to_string()),
    })?;
    text::decode(&bytes).map_err(refused)
}
