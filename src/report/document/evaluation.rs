//! What an evaluation of networks found, as a page, tables and figures. Whoever evaluated says what
//! stands in it; how it is told is as in every report.

use super::REPORT_FILE;
use super::html::page;
use super::html_table;
use super::plates::Plate;
use crate::report::markup::{escaped, put};
use crate::report::table::{ColumnKind, Field, Table, column, outcome, row, text};
use crate::report::{Figure, NOTICE, ReportError};
use crate::stats::Outcome;
use crate::study::write_new_set;
use std::path::Path;

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Words.
    Words,
    /// Whole numbers.
    Count,
    /// Numbers of so many decimals.
    Number(usize),
    /// Estimates with their intervals.
    Estimate,
    /// The p values of tests.
    Test,
}

/// What stands in a cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Words.
    Words(String),
    /// A whole number.
    Count(usize),
    /// A number; none where there is none.
    Number(Option<f64>),
    /// An estimate or a test.
    Outcome(Outcome),
    /// Nothing belongs here.
    Blank,
}

/// A report under way: its parts stand in the order in which they were added.
pub struct EvaluationReport {
    title: String,
    lead: Vec<String>,
    parts: Vec<Part>,
}

enum Part {
    Table(Table),
    Figure(Plate),
}

impl EvaluationReport {
    /// An empty one with its first words.
    #[must_use]
    pub fn new(title: impl Into<String>, lead: Vec<String>) -> Self {
        Self {
            title: title.into(),
            lead,
            parts: Vec::new(),
        }
    }

    /// Adds a table. `id` is the stem of its CSV; of each column its words, its name in the CSV and what it
    /// holds.
    pub fn table(
        &mut self,
        [id, title, note]: [&str; 3],
        columns: &[(&str, &str, CellKind)],
        rows: Vec<Vec<Cell>>,
    ) {
        let kind = |kind: CellKind| match kind {
            CellKind::Words => ColumnKind::Text,
            CellKind::Count => ColumnKind::Count,
            CellKind::Number(decimals) => ColumnKind::Number(decimals),
            CellKind::Estimate => ColumnKind::Estimate,
            CellKind::Test => ColumnKind::Test,
        };
        let field = |cell: Cell| match cell {
            Cell::Words(words) => text(words),
            Cell::Count(n) => Field::Count(n),
            Cell::Number(number) => Field::Number(number),
            Cell::Outcome(value) => outcome(&value),
            Cell::Blank => Field::Blank,
        };
        self.parts.push(Part::Table(Table {
            id: id.to_owned(),
            title: title.to_owned(),
            note: note.to_owned(),
            columns: columns
                .iter()
                .map(|&(words, key, of)| column(words, key, kind(of)))
                .collect(),
            rows: rows
                .into_iter()
                .map(|cells| row(cells.into_iter().map(field).collect()))
                .collect(),
        }));
    }

    /// Adds a figure. `id` is the stem of its files.
    pub fn figure(&mut self, id: &str, caption: impl Into<String>, figure: Figure) {
        self.parts.push(Part::Figure(Plate {
            id: id.to_owned(),
            caption: caption.into(),
            figure,
        }));
    }

    /// Writes `report.html`, `evaluation.json`, `tables/*.csv` and `figures/*.svg` and `*.png` into a folder,
    /// which is made where there is none.
    ///
    /// # Errors
    /// When the folder holds one of them already, and when a file cannot be written.
    pub fn write(&self, evaluation_json: Vec<u8>, folder: &Path) -> Result<(), ReportError> {
        let mut files = Vec::new();
        for part in &self.parts {
            match part {
                Part::Table(table) => {
                    files.push((format!("tables/{}.csv", table.id), table.to_csv()?));
                }
                Part::Figure(plate) => files.extend(plate.files()),
            }
        }
        files.push(("evaluation.json".to_owned(), evaluation_json));
        files.push((REPORT_FILE.to_owned(), self.html().into_bytes()));
        Ok(write_new_set(folder, &files)?)
    }

    fn html(&self) -> String {
        let mut body = format!(
            "<h1>{}</h1>\n<p class=\"notice\">{NOTICE}</p>\n",
            escaped(&self.title)
        );
        for words in &self.lead {
            put(&mut body, format_args!("<p>{}</p>\n", escaped(words)));
        }
        let [mut n_tables, mut n_figures] = [0; 2];
        for part in &self.parts {
            match part {
                Part::Table(table) => {
                    n_tables += 1;
                    body += &html_table::html(table, n_tables);
                }
                Part::Figure(plate) => {
                    n_figures += 1;
                    body += &plate.html(n_figures);
                }
            }
        }
        page(&self.title, &body)
    }
}
