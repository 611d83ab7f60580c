//! What an evaluation or a verification found, as a page, tables, figures and text. Whoever made it says
//! what stands in it; how it is told is as in every report.

use super::REPORT_FILE;
use super::html::page;
use super::html_table;
use super::plates::Plate;
use crate::report::markup::{escaped, put};
use crate::report::table::{ColumnKind, Field, Table, column, outcome, row, text};
use crate::report::{Figure, NOTICE, ReportError};
use crate::stats::Outcome;
use crate::study::write_new_set;
use crate::text::one_line;
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
    banner: Option<String>,
    parts: Vec<Part>,
}

enum Part {
    Heading(String),
    Words(String),
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
            banner: None,
            parts: Vec::new(),
        }
    }

    /// Says something above all else, as what must not be overlooked.
    pub fn banner(&mut self, words: impl Into<String>) {
        self.banner = Some(words.into());
    }

    /// Begins a section. Sections are numbered and listed at the beginning.
    pub fn heading(&mut self, words: impl Into<String>) {
        self.parts.push(Part::Heading(words.into()));
    }

    /// Adds a paragraph.
    pub fn words(&mut self, words: impl Into<String>) {
        self.parts.push(Part::Words(words.into()));
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
        self.write_with(
            vec![("evaluation.json".to_owned(), evaluation_json)],
            folder,
        )
    }

    /// As [`EvaluationReport::write`], with other files beside the page, by their names.
    ///
    /// # Errors
    /// As [`EvaluationReport::write`].
    pub fn write_with(
        &self,
        beside: Vec<(String, Vec<u8>)>,
        folder: &Path,
    ) -> Result<(), ReportError> {
        let mut files = Vec::new();
        for part in &self.parts {
            match part {
                Part::Table(table) => {
                    files.push((format!("tables/{}.csv", table.id), table.to_csv()?));
                }
                Part::Figure(plate) => files.extend(plate.files()),
                Part::Heading(_) | Part::Words(_) => {}
            }
        }
        files.extend(beside);
        files.push((REPORT_FILE.to_owned(), self.html().into_bytes()));
        Ok(write_new_set(folder, &files)?)
    }

    /// As plain text: one line for each row of a table, its cells between bars; figures by their captions.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut lines = vec![self.title.clone(), NOTICE.to_owned()];
        lines.extend(self.banner.clone());
        lines.extend(self.lead.iter().cloned());
        let [mut n_headings, mut n_tables, mut n_figures] = [0; 3];
        for part in &self.parts {
            lines.push(String::new());
            match part {
                Part::Heading(words) => {
                    n_headings += 1;
                    lines.push(format!("{n_headings} {words}"));
                }
                Part::Words(words) => lines.push(words.clone()),
                Part::Table(table) => {
                    n_tables += 1;
                    lines.push(format!("Table {n_tables}. {}", table.title));
                    let head = table.columns.iter().map(|column| column.words.clone());
                    let rows = (0..table.n_rows()).map(|row_idx| table.printed(row_idx));
                    for cells in std::iter::once(head.collect()).chain(rows) {
                        let cells: Vec<_> = cells.iter().map(|cell| one_line(cell)).collect();
                        lines.push(format!("  {}", cells.join(" | ").trim_end()));
                    }
                    lines.extend(table.notes());
                }
                Part::Figure(plate) => {
                    n_figures += 1;
                    lines.push(format!("Figure {n_figures}. {}", plate.caption));
                }
            }
        }
        lines.join("\n") + "\n"
    }

    fn html(&self) -> String {
        let mut body = String::new();
        if let Some(words) = &self.banner {
            put(
                &mut body,
                format_args!(
                    "<p class=\"banner\" role=\"alert\">{}</p>\n",
                    escaped(words)
                ),
            );
        }
        put(
            &mut body,
            format_args!(
                "<h1>{}</h1>\n<p class=\"notice\">{NOTICE}</p>\n",
                escaped(&self.title)
            ),
        );
        for words in &self.lead {
            put(&mut body, format_args!("<p>{}</p>\n", escaped(words)));
        }
        self.contents(&mut body);
        let [mut n_headings, mut n_tables, mut n_figures] = [0; 3];
        for part in &self.parts {
            match part {
                Part::Heading(words) => {
                    n_headings += 1;
                    put(
                        &mut body,
                        format_args!(
                            "<h2 id=\"part-{n_headings}\">{n_headings} {}</h2>\n",
                            escaped(words)
                        ),
                    );
                }
                Part::Words(words) => {
                    put(&mut body, format_args!("<p>{}</p>\n", escaped(words)));
                }
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

    /// The list of sections, where there are any.
    fn contents(&self, body: &mut String) {
        let headings = self.parts.iter().filter_map(|part| match part {
            Part::Heading(words) => Some(words),
            _ => None,
        });
        let links: String = (1..)
            .zip(headings)
            .map(|(number, words)| {
                format!(
                    "<a href=\"#part-{number}\">{number} {}</a>\n",
                    escaped(words)
                )
            })
            .collect();
        if !links.is_empty() {
            put(
                body,
                format_args!("<nav aria-label=\"Contents\">\n{links}</nav>\n"),
            );
        }
    }
}
