//! The case list, as the study's maker writes it: one image a line.

use std::{
    collections::{BTreeSet, HashMap},
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{StudyError, files::folder_of};
use crate::text::{self, Limit};

/// One image to be graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    /// Whose it is.
    pub patient: String,
    /// What it is: `real`, or the name of what predicted it.
    pub arm: String,
    /// Where it is: a scan, or its axial plane alone.
    pub image: PathBuf,
    /// Where its sagittal plane is, when `image` is the axial plane alone, as a prediction is.
    pub sagittal_image: Option<PathBuf>,
    /// Height of the axial plane in world millimetres; `None` leaves the choice to the caller.
    pub axial_mm: Option<f64>,
    /// Left-right place of the sagittal plane in world millimetres.
    pub sagittal_mm: Option<f64>,
    /// For a training case, its grade as the study's maker sees it.
    pub training: Option<u8>,
}

const REQUIRED: [&str; 3] = ["patient", "arm", "image"];
const OPTIONAL: [&str; 4] = ["sagittal_image", "axial_mm", "sagittal_mm", "training"];

/// Decodes a case list `patient,arm,image[,sagittal_image,axial_mm,sagittal_mm,training]`; columns
/// in any order. A line with a grade under `training` is a training case. Image paths are taken
/// relative to the list's own folder. Images are not opened.
///
/// # Errors
/// Naming file, line, field and value: missing, unknown or doubled columns, empty fields, numbers
/// that are none, a patient and arm listed twice, and a list without cases.
pub fn open_cases(path: &Path) -> Result<Vec<CaseRow>, StudyError> {
    cases_in(&CsvTable::open(path)?, path)
}

/// [`open_cases`] on bytes; `path` is where they came from, for messages and for relative paths.
///
/// # Errors
/// As [`open_cases`].
pub fn decode_cases(bytes: impl Read, path: &Path) -> Result<Vec<CaseRow>, StudyError> {
    cases_in(&CsvTable::decode(bytes, path)?, path)
}

fn cases_in(table: &CsvTable, path: &Path) -> Result<Vec<CaseRow>, StudyError> {
    table.check_columns(&REQUIRED, &OPTIONAL)?;
    let mut seen = BTreeSet::new();
    let mut cases = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let case = CaseRow {
            patient: table.filled(row, "patient")?.to_owned(),
            arm: table.filled(row, "arm")?.to_owned(),
            image: folder_of(path).join(table.filled(row, "image")?),
            sagittal_image: match table.field(row, "sagittal_image") {
                "" => None,
                name => Some(folder_of(path).join(name)),
            },
            axial_mm: table.number(row, "axial_mm")?,
            sagittal_mm: table.number(row, "sagittal_mm")?,
            training: table.grade(row, "training")?,
        };
        if !seen.insert((case.patient.clone(), case.arm.clone())) {
            let problem = format!("arm \"{}\" of this patient is listed twice", case.arm);
            return Err(table.field_error(row, "patient", &case.patient, problem));
        }
        cases.push(case);
    }
    match cases.is_empty() {
        true => Err(table.header_error("the list has no cases")),
        false => Ok(cases),
    }
}

/// A name that could write over others on a screen.
const HAS_CONTROL: &str = "holds a control character";

/// A CSV in memory, with line numbers for messages. Fields are trimmed; a byte order mark and
/// CRLF are what spreadsheets write, and are accepted.
pub(super) struct CsvTable {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<CsvRow>,
    /// Where each column of the header stands.
    places: HashMap<String, usize>,
    path: PathBuf,
}

pub(super) struct CsvRow {
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
}

impl CsvTable {
    pub(super) fn open(path: &Path) -> Result<Self, StudyError> {
        Self::decode(text::open(path, Limit::Table)?.as_bytes(), path)
    }

    pub(super) fn decode(bytes: impl Read, path: &Path) -> Result<Self, StudyError> {
        let mut decoder = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let not_csv = |error: csv::Error| not_csv(&error, path);
        let header: Vec<String> = decoder
            .headers()
            .map_err(not_csv)?
            .iter()
            .map(str::to_owned)
            .collect();
        let mut rows = Vec::new();
        for record in decoder.records() {
            let record = record.map_err(not_csv)?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push(CsvRow {
                line,
                fields: record
                    .iter()
                    .map(|cell| text::csv_value(cell).to_owned())
                    .collect(),
            });
        }
        let mut table = Self {
            header,
            rows,
            places: HashMap::new(),
            path: path.to_path_buf(),
        };
        for (idx, column) in table.header.iter().enumerate() {
            if column.contains(char::is_control) {
                let shown = text::one_line(column);
                return Err(table.header_error(format!("column \"{shown}\" {HAS_CONTROL}")));
            }
            if table.places.insert(column.clone(), idx).is_some() {
                return Err(table.header_error(format!("column \"{column}\" is there twice")));
            }
        }
        Ok(table)
    }

    fn check_columns(&self, required: &[&str], optional: &[&str]) -> Result<(), StudyError> {
        for column in required {
            if !self.has(column) {
                let found = self.header.join(",");
                let problem = format!("column \"{column}\" is missing from \"{found}\"");
                return Err(self.header_error(problem));
            }
        }
        let known = |column: &&String| {
            required.contains(&column.as_str()) || optional.contains(&column.as_str())
        };
        match self.header.iter().find(|column| !known(column)) {
            None => Ok(()),
            Some(column) => Err(self.header_error(format!("unknown column \"{column}\""))),
        }
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }

    /// A field; empty where the column is not there.
    pub(super) fn field<'a>(&self, row: &'a CsvRow, column: &str) -> &'a str {
        let place = self.places.get(column);
        place.map_or("", |&idx| row.fields[idx].as_str())
    }

    /// A field that must say something, on one line.
    pub(super) fn filled<'a>(&self, row: &'a CsvRow, column: &str) -> Result<&'a str, StudyError> {
        match self.field(row, column) {
            "" => Err(self.field_error(row, column, "", "must not be empty")),
            text if text.contains(char::is_control) => {
                Err(self.field_error(row, column, &text::one_line(text), HAS_CONTROL))
            }
            text => Ok(text),
        }
    }

    /// A finite number; `None` where the field is empty.
    pub(super) fn number(&self, row: &CsvRow, column: &str) -> Result<Option<f64>, StudyError> {
        match self.field(row, column) {
            "" => Ok(None),
            text => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Some(value)),
                _ => Err(self.field_error(row, column, text, "is not a number")),
            },
        }
    }

    /// A whole number that can be a grade; `None` where the field is empty.
    fn grade(&self, row: &CsvRow, column: &str) -> Result<Option<u8>, StudyError> {
        match self.field(row, column) {
            "" => Ok(None),
            text => match text.parse() {
                Ok(grade) => Ok(Some(grade)),
                Err(_) => Err(self.field_error(row, column, text, "is not a grade")),
            },
        }
    }

    pub(super) fn header_error(&self, problem: impl Into<String>) -> StudyError {
        StudyError::Header {
            problem: problem.into(),
            path: self.path.clone(),
        }
    }

    pub(super) fn field_error(
        &self,
        row: &CsvRow,
        field: &str,
        value: &str,
        problem: impl Into<String>,
    ) -> StudyError {
        StudyError::Field {
            line: row.line,
            field: field.into(),
            value: value.into(),
            problem: problem.into(),
            path: self.path.clone(),
        }
    }
}

/// The CSV decoder's errors in our words; its own name byte offsets and record numbers.
fn not_csv(error: &csv::Error, path: &Path) -> StudyError {
    let line = error.position().map_or(1, csv::Position::line);
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} fields where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8".into(),
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    };
    StudyError::NotCsv {
        line,
        reason,
        path: path.to_path_buf(),
    }
}
