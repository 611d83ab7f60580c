//! A table as data: every document, the window and the clipboard draw it from here.

use super::study::ReportError;
use super::words::{estimate, method_and_n, p_value, share, with_minus};
use crate::stats::Outcome;
use crate::text::{csv_cell, one_line};

/// What a column holds and how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Text,
    /// A value with its interval; each field knows how it is printed.
    Mixed,
    /// Whole numbers.
    Count,
    /// So many decimals.
    Number(usize),
    /// A value with its interval, three decimals, where a column beside it has the units.
    Value,
    /// A value with its interval and the number of units behind it, three decimals.
    Estimate,
    /// A share with its interval and the number of units, in per cent with one decimal.
    Share,
    /// The p value of a test.
    Test,
}

impl ColumnKind {
    /// Whether what stands in it ends where the column ends.
    pub(crate) fn is_number(self) -> bool {
        !matches!(self, Self::Text | Self::Mixed)
    }

    /// Whether intervals stand in it.
    pub(super) fn has_intervals(self) -> bool {
        matches!(
            self,
            Self::Value | Self::Estimate | Self::Share | Self::Mixed
        )
    }

    /// What the names of its columns in a CSV end with.
    fn key_ends(self) -> &'static [&'static str] {
        match self {
            Self::Value | Self::Estimate | Self::Share | Self::Mixed => {
                &["", "_low", "_high", "_n", "_method"]
            }
            Self::Test => &["", "_p", "_n", "_method"],
            Self::Text | Self::Count | Self::Number(_) => &[""],
        }
    }
}

/// A column: what stands above it in print, and in a CSV.
pub(crate) struct Column {
    pub(crate) words: String,
    pub(super) key: String,
    pub(crate) kind: ColumnKind,
}

/// One cell.
pub(super) enum Field {
    Text(String),
    Count(usize),
    Number(Option<f64>),
    /// A p value, where its column holds others too.
    PValue(Option<f64>),
    Outcome(Outcome),
    /// An outcome that is a share, where its column holds others too.
    Share(Outcome),
    /// Nothing belongs here.
    Blank,
}

/// A row, and whether it sums others up.
pub(super) struct Row {
    pub(super) fields: Vec<Field>,
    pub(super) is_total: bool,
}

/// A table with all its words.
pub(crate) struct Table {
    /// Stem of the CSV's name, and anchor in the document.
    pub(super) id: String,
    pub(crate) title: String,
    /// What a reader must know to read it; may be empty.
    pub(crate) note: String,
    pub(crate) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

pub(super) fn column(words: impl Into<String>, key: impl Into<String>, kind: ColumnKind) -> Column {
    Column {
        words: words.into(),
        key: key.into(),
        kind,
    }
}

pub(super) fn text(words: impl Into<String>) -> Field {
    Field::Text(words.into())
}

pub(super) fn outcome(value: &Outcome) -> Field {
    Field::Outcome(value.clone())
}

pub(super) fn row(fields: Vec<Field>) -> Row {
    Row {
        fields,
        is_total: false,
    }
}

pub(super) fn total(fields: Vec<Field>) -> Row {
    Row {
        fields,
        is_total: true,
    }
}

impl Table {
    pub(crate) fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The cells of a row as they are printed.
    pub(crate) fn printed(&self, row_idx: usize) -> Vec<String> {
        let fields = self.rows[row_idx].fields.iter().zip(&self.columns);
        fields
            .map(|(field, column)| printed(field, column.kind))
            .collect()
    }

    /// How the values of a row were computed; empty where none was.
    pub(crate) fn details(&self, row_idx: usize) -> String {
        let fields = self.rows[row_idx].fields.iter().zip(&self.columns);
        let details = fields.filter_map(|(field, column)| {
            let details = method_and_n(field.outcome()?);
            Some(format!("{}: {details}", column.words))
        });
        details.collect::<Vec<_>>().join("\n\n")
    }

    /// What stands below the table: its note, how each number was computed, and what speaks against
    /// intervals, each once.
    pub(super) fn notes(&self) -> Vec<String> {
        let outcomes = || self.rows.iter().flat_map(|row| &row.fields);
        let outcomes = || outcomes().filter_map(Field::outcome);
        let listed = |heading: &str, words: Vec<&str>| match words.is_empty() {
            true => String::new(),
            false => format!("{heading}: {}.", words.join(". ")),
        };
        let notes = [
            self.note.clone(),
            listed("How", once(outcomes().map(Outcome::method))),
            listed("Caution", once(outcomes().filter_map(Outcome::warning))),
        ];
        notes.into_iter().filter(|note| !note.is_empty()).collect()
    }

    /// As CSV. A value with an interval has a column for each of its parts; what has no value is
    /// empty.
    pub(super) fn to_csv(&self) -> Result<Vec<u8>, ReportError> {
        let failed = |reason: String| ReportError::Encoding {
            what: format!("{}.csv", self.id),
            reason,
        };
        let mut csv = csv::Writer::from_writer(Vec::new());
        let mut write = |fields: Vec<String>| {
            let written = csv.write_record(fields);
            written.map_err(|error| failed(error.to_string()))
        };
        let keys = self.columns.iter().flat_map(|column| {
            let ends = column.kind.key_ends().iter();
            ends.map(|end| format!("{}{end}", column.key))
        });
        write(keys.collect())?;
        for row in &self.rows {
            let fields = row.fields.iter().zip(&self.columns);
            let fields = fields.flat_map(|(field, column)| csv_fields(field, column.kind));
            write(fields.collect())?;
        }
        csv.into_inner().map_err(|error| failed(error.to_string()))
    }

    /// As printed, with tabs between cells, as spreadsheets take it from the clipboard.
    pub(crate) fn to_tsv(&self) -> String {
        let mut tsv = String::new();
        let names = self.columns.iter().map(|column| column.words.clone());
        let rows = (0..self.n_rows()).map(|row_idx| self.printed(row_idx));
        for cells in std::iter::once(names.collect()).chain(rows) {
            let cells: Vec<String> = cells
                .iter()
                .map(|cell| cell.replace(['\t', '\n'], " "))
                .collect();
            tsv += &(cells.join("\t") + "\n");
        }
        tsv
    }
}

impl Field {
    fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Outcome(outcome) | Self::Share(outcome) => Some(outcome),
            _ => None,
        }
    }
}

/// In their first order.
fn once<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for words in words {
        if !words.is_empty() && !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

fn printed(field: &Field, kind: ColumnKind) -> String {
    match (field, kind) {
        (Field::Text(words), _) => words.clone(),
        (Field::Blank, _) => String::new(),
        (Field::Count(n), _) => n.to_string(),
        (Field::Number(None) | Field::PValue(None), _) => "–".into(),
        (Field::PValue(Some(p)), _) => p_value(*p),
        (Field::Number(Some(x)), ColumnKind::Number(decimals)) => {
            with_minus(&format!("{x:.decimals$}"))
        }
        (Field::Number(Some(x)), ColumnKind::Mixed) => with_minus(&format!("{x:.3}")),
        (Field::Number(Some(x)), _) => x.to_string(),
        (Field::Outcome(outcome) | Field::Share(outcome), ColumnKind::Share)
        | (Field::Share(outcome), _) => with_n(share(outcome), outcome),
        (Field::Outcome(outcome), ColumnKind::Test) => match (outcome.p(), outcome.reason()) {
            (Some(p), _) => p_value(p),
            (None, Some(reason)) => reason.to_string(),
            (None, None) => "–".into(),
        },
        (Field::Outcome(outcome), ColumnKind::Value) => estimate(outcome),
        (Field::Outcome(outcome), _) => with_n(estimate(outcome), outcome),
    }
}

/// The number of units behind a value, after its interval.
fn with_n(words: String, outcome: &Outcome) -> String {
    match words.strip_suffix(')') {
        Some(open) if outcome.interval().is_some() => format!("{open}; n = {})", outcome.n()),
        _ if outcome.value().is_some() => format!("{words} (n = {})", outcome.n()),
        _ => words,
    }
}

/// Numbers are plain, as other programs take them; words stand in columns of their own. A field
/// that is no outcome leaves the further columns of an outcome blank.
fn csv_fields(field: &Field, kind: ColumnKind) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let first = match (field, kind) {
        (Field::Text(words), ColumnKind::Text) => csv_cell(words).into_owned(),
        (Field::Text(words), _) => one_line(words).into_owned(),
        (Field::Blank, _) => String::new(),
        (Field::Count(n), _) => n.to_string(),
        (Field::Number(value) | Field::PValue(value), _) => number(*value),
        (Field::Outcome(outcome) | Field::Share(outcome), kind) => {
            let (low, high) = outcome.interval().unzip();
            let (n, method) = (outcome.n().to_string(), outcome.method().to_owned());
            let value = number(outcome.value());
            return match kind {
                ColumnKind::Test => vec![value, number(outcome.p()), n, method],
                _ => vec![value, number(low), number(high), n, method],
            };
        }
    };
    let mut cells = vec![String::new(); kind.key_ends().len()];
    cells[0] = first;
    cells
}
