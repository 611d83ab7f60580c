//! Grades on their way into statistics: who gave which grade to which image of whom.

mod cells;
mod layout;
mod taking;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{Reading, StudyError, delimited::Delimited};
use taking::{columns_of, taken, truth_alone};

/// The arm that every other arm is compared with, in a table that names no other. Case does not
/// matter in files.
pub const REFERENCE_ARM: &str = "real";

/// The arm of a table that has none.
pub const ONLY_ARM: &str = "all";

/// One standing grade.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// Who.
    pub rater: String,
    /// Whose image.
    pub patient: String,
    /// Which of the patient's images.
    pub arm: String,
    /// The grade; a number, because tables of others hold measurements too.
    pub grade: f64,
}

/// How to take a table that somebody made: what is not said here is found out, put into words, or
/// asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableOptions {
    /// The column of a long table that names who graded.
    pub rater: Option<String>,
    /// The column that names what was graded, of a long table or a wide one.
    pub unit: Option<String>,
    /// The column of a long table with the grades.
    pub value: Option<String>,
    /// The column of a long table that tells the arms apart.
    pub by: Option<String>,
    /// The column of a long table with what is true of each unit, 0 or 1.
    pub truth: Option<String>,
    /// The table has one column for each rater.
    pub wide: bool,
    /// The raters' columns of a wide table; all but the units' where there are none.
    pub raters: Vec<String>,
    /// Whether the first row names the columns.
    pub header: Option<bool>,
    /// What else means that there is no grade.
    pub missing: Vec<String>,
    /// All levels of the scale from the lowest on: numbers, or words.
    pub levels: Vec<String>,
    /// The values are measurements.
    pub measured: bool,
    /// The arm that the others are compared with.
    pub reference: Option<String>,
    /// Names that differ by upper case only are different.
    pub case_matters: bool,
}

impl TableOptions {
    fn names_long(&self) -> bool {
        let named = [&self.rater, &self.value, &self.by];
        named.iter().any(|name| name.is_some())
    }
}

/// A table as it was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedTable {
    /// The grades.
    pub table: GradeTable,
    /// All levels of the scale; `None` where they are only those that occur.
    pub levels: Option<Vec<f64>>,
    /// The values are measurements.
    pub measured: bool,
    /// What is true of each unit, where the table says.
    pub truth: BTreeMap<String, bool>,
    /// What was found out rather than told, in words.
    pub assumed: Vec<String>,
}

impl OpenedTable {
    /// Opens a table: one row for each grade, with columns for rater, unit, arm and grade, or one
    /// column for each rater and a row for each unit.
    ///
    /// Of our own export, rows whose `status` is `replaced`, `training` or `cannot_grade` or whose
    /// `is_repeat` is `yes` are left out. In a table for the iMRMC software the rows of reader
    /// `truth` (or -1) are the truth of their cases.
    ///
    /// # Errors
    /// Naming file, line, field and value, and the option that settles what cannot be found out.
    pub fn open(path: &Path, options: &TableOptions) -> Result<Self, StudyError> {
        taken(&Delimited::open(path)?, options)
    }

    /// [`OpenedTable::open`] on bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`OpenedTable::open`].
    pub fn decode(bytes: &[u8], path: &Path, options: &TableOptions) -> Result<Self, StudyError> {
        taken(&Delimited::decode(bytes, path)?, options)
    }
}

/// What is true of each patient, from a table with a column that names them and a column `truth`
/// of 0 and 1 (or no and yes, false and true).
///
/// # Errors
/// As [`OpenedTable::open`], and where two rows of a patient disagree.
pub fn open_truth(path: &Path) -> Result<BTreeMap<String, bool>, StudyError> {
    truth_alone(&Delimited::open(path)?)
}

/// Columns of numbers of a table, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedColumns {
    /// `values[column][row]`; `None` where there is no number.
    pub values: Vec<Vec<Option<f64>>>,
    /// What was found out rather than told, in words.
    pub assumed: Vec<String>,
}

impl OpenedColumns {
    /// Opens the named columns; words in them are numbered as the levels of the options say.
    ///
    /// # Errors
    /// As [`OpenedTable::open`].
    pub fn open(path: &Path, names: &[String], options: &TableOptions) -> Result<Self, StudyError> {
        columns_of(&Delimited::open(path)?, names, options)
    }
}

/// Standing grades, at most one for each rater, patient and arm. What is not there is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeTable {
    /// The arm that every other arm is compared with; it may have no grade.
    reference: String,
    /// In alphabetical order.
    raters: Vec<String>,
    /// In alphabetical order.
    patients: Vec<String>,
    /// The reference first, then in alphabetical order.
    arms: Vec<String>,
    /// By (rater, patient, arm).
    grades: BTreeMap<(String, String, String), f64>,
}

impl GradeTable {
    /// Takes rows whose reference is [`REFERENCE_ARM`].
    ///
    /// # Errors
    /// As [`GradeTable::with_reference`].
    pub fn new(rows: impl IntoIterator<Item = TableRow>) -> Result<Self, StudyError> {
        Self::with_reference(REFERENCE_ARM, rows)
    }

    /// Takes rows; an arm that is the reference but for upper case becomes the reference.
    ///
    /// # Errors
    /// When a rater has two grades for the same patient and arm.
    pub fn with_reference(
        reference: &str,
        rows: impl IntoIterator<Item = TableRow>,
    ) -> Result<Self, StudyError> {
        let mut table = Self::empty(reference);
        for row in rows {
            table.insert(row)?;
        }
        Ok(table.sorted())
    }

    fn empty(reference: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            raters: Vec::new(),
            patients: Vec::new(),
            arms: Vec::new(),
            grades: BTreeMap::new(),
        }
    }

    /// Takes the standing ones of a study's readings; of an image that was graded twice, the grade that
    /// is not the repeat. Cases that could not be graded are missing.
    ///
    /// # Errors
    /// When they were exported without the key.
    pub fn from_readings(readings: &[Reading]) -> Result<Self, StudyError> {
        let counts = |of: &&Reading| of.counts() && !of.is_repeat();
        let graded = readings.iter().filter(counts);
        let graded = graded.filter_map(|reading| Some((reading, reading.grade?)));
        let row = |(reading, grade): (&Reading, u8)| {
            let of = reading.identity()?;
            Ok(TableRow {
                rater: reading.rater.clone(),
                patient: of.patient.clone(),
                arm: of.arm.clone(),
                grade: grade.into(),
            })
        };
        let rows: Result<Vec<TableRow>, StudyError> = graded.map(row).collect();
        Self::new(rows?)
    }

    /// [`OpenedTable::open`] without options, for the grades alone.
    ///
    /// # Errors
    /// As [`OpenedTable::open`].
    pub fn open(path: &Path) -> Result<Self, StudyError> {
        Ok(OpenedTable::open(path, &TableOptions::default())?.table)
    }

    /// [`GradeTable::open`] on bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`OpenedTable::open`].
    pub fn decode(bytes: &[u8], path: &Path) -> Result<Self, StudyError> {
        Ok(OpenedTable::decode(bytes, path, &TableOptions::default())?.table)
    }

    fn insert(&mut self, row: TableRow) -> Result<(), StudyError> {
        let TableRow {
            rater,
            patient,
            mut arm,
            grade,
        } = row;
        if arm.eq_ignore_ascii_case(&self.reference) {
            arm.clone_from(&self.reference);
        }
        let place = (rater, patient, arm);
        if self.grades.contains_key(&place) {
            let (rater, patient, arm) = place;
            return Err(StudyError::DuplicateGrade {
                rater,
                patient,
                arm,
            });
        }
        self.grades.insert(place, grade);
        Ok(())
    }

    /// Fills the lists of names once all grades are in.
    fn sorted(mut self) -> Self {
        let names = |name: fn(&(String, String, String)) -> &String| -> Vec<String> {
            let names: BTreeSet<&String> = self.grades.keys().map(name).collect();
            names.into_iter().cloned().collect()
        };
        let (raters, patients) = (names(|place| &place.0), names(|place| &place.1));
        let mut arms = names(|place| &place.2);
        arms.sort_by_key(|arm| *arm != self.reference);
        self.raters = raters;
        self.patients = patients;
        self.arms = arms;
        self
    }

    /// The arm that every other arm is compared with.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Who graded, in alphabetical order.
    pub fn raters(&self) -> &[String] {
        &self.raters
    }

    /// Whose images were graded, in alphabetical order.
    pub fn patients(&self) -> &[String] {
        &self.patients
    }

    /// Which arms there are: the reference first, where there is one, then in alphabetical order.
    pub fn arms(&self) -> &[String] {
        &self.arms
    }

    /// How many grades there are.
    pub fn n_grades(&self) -> usize {
        self.grades.len()
    }

    /// The grade a rater gave to a patient's image in an arm.
    pub fn grade(&self, rater: &str, patient: &str, arm: &str) -> Option<f64> {
        self.grades
            .get(&(rater.to_owned(), patient.to_owned(), arm.to_owned()))
            .copied()
    }

    /// The grades that occur, increasing.
    pub fn observed_levels(&self) -> Vec<f64> {
        let mut levels: Vec<f64> = self.grades.values().copied().collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels
    }

    /// The grades of one arm: one row for each patient, one column for each rater.
    pub fn units(&self, arm: &str) -> Vec<Vec<Option<f64>>> {
        let row = |patient: &String| {
            self.raters
                .iter()
                .map(|rater| self.grade(rater, patient, arm))
                .collect()
        };
        self.patients.iter().map(row).collect()
    }

    /// One rater's grades of the same patients in two arms; patients without both are left out.
    pub fn pairs(&self, rater: &str, from: &str, to: &str) -> Vec<(f64, f64)> {
        let both = |patient: &String| {
            Some((
                self.grade(rater, patient, from)?,
                self.grade(rater, patient, to)?,
            ))
        };
        self.patients.iter().filter_map(both).collect()
    }
}
