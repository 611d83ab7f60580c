//! Grades on their way into statistics: who gave which grade to which image of whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    path::Path,
};

use super::{
    ExportRow, StudyError,
    cases::{CsvRow, CsvTable},
};

/// The arm that every other arm is compared with. Case does not matter in files.
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

/// Which column of a long table holds what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Who graded.
    pub rater: String,
    /// What was graded.
    pub unit: String,
    /// What tells the arms apart; none where there is one arm only.
    pub by: Option<String>,
    /// The grade.
    pub value: String,
}

impl Default for Columns {
    /// As a study exports them.
    fn default() -> Self {
        Self {
            rater: "rater".into(),
            unit: "patient".into(),
            by: Some("arm".into()),
            value: "grade".into(),
        }
    }
}

impl Columns {
    fn missing(&self, csv: &CsvTable) -> Vec<&str> {
        let by = self.by.as_ref().into_iter();
        let all = [&self.rater, &self.unit].into_iter().chain(by);
        all.chain([&self.value])
            .filter(|column| !csv.has(column))
            .map(String::as_str)
            .collect()
    }
}

/// Standing grades, at most one for each rater, patient and arm. What is not there is missing.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct GradeTable {
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
    /// Takes rows; an arm that is the reference but for upper case becomes the reference.
    ///
    /// # Errors
    /// When a rater has two grades for the same patient and arm.
    pub fn new(rows: impl IntoIterator<Item = TableRow>) -> Result<Self, StudyError> {
        let mut table = Self::default();
        for row in rows {
            table.insert(row)?;
        }
        Ok(table.sorted())
    }

    /// Takes the standing ones of a study's rows; of an image that was graded twice, the grade that
    /// is not the repeat. Cases that could not be graded are missing.
    ///
    /// # Errors
    /// When they were exported without the key.
    pub fn from_export(rows: &[ExportRow]) -> Result<Self, StudyError> {
        let counts = |row: &&ExportRow| row.counts() && row.is_repeat != "yes";
        let standing = rows.iter().filter(counts);
        let graded = standing.filter_map(|row| Some((row, row.grade?)));
        let rows: Result<Vec<TableRow>, StudyError> = graded
            .map(
                |(row, grade)| match row.patient.is_empty() || row.arm.is_empty() {
                    true => Err(StudyError::StillBlind(row.case_code.clone())),
                    false => Ok(TableRow {
                        rater: row.rater.clone(),
                        patient: row.patient.clone(),
                        arm: row.arm.clone(),
                        grade: grade.into(),
                    }),
                },
            )
            .collect();
        Self::new(rows?)
    }

    /// Opens a CSV of grades, long or wide.
    ///
    /// Long: columns `rater,patient,arm,grade`, in any order, other columns allowed; an empty
    /// grade is a missing one, and rows whose `status` is `replaced`, `training` or `cannot_grade`
    /// or whose `is_repeat` is `yes` are left out (so our own export is one). Wide: one column for each rater, one row for each unit, numbers, empty
    /// where missing; it becomes one arm, "all".
    ///
    /// # Errors
    /// Naming file, line, field and value.
    pub fn open(path: &Path) -> Result<Self, StudyError> {
        Self::of_csv(&CsvTable::open(path)?)
    }

    /// [`GradeTable::open`] on bytes; `path` is for messages.
    ///
    /// # Errors
    /// As [`GradeTable::open`].
    pub fn decode(bytes: impl Read, path: &Path) -> Result<Self, StudyError> {
        Self::of_csv(&CsvTable::decode(bytes, path)?)
    }

    fn of_csv(csv: &CsvTable) -> Result<Self, StudyError> {
        let columns = Columns::default();
        match &columns.missing(csv)[..] {
            [] => Self::decode_long(csv, &columns),
            [_, _, _, _] => Self::decode_wide(csv),
            // A single "rater" could be a rater's name, but far more likely a column is missing.
            [missing, ..] => Err(csv.header_error(format!("column \"{missing}\" is missing"))),
        }
    }

    /// Opens a CSV whose layout the caller knows: a long one by the names of its columns, or a wide
    /// one where there are none.
    ///
    /// # Errors
    /// As [`GradeTable::open`].
    pub fn open_as(path: &Path, columns: Option<&Columns>) -> Result<Self, StudyError> {
        let csv = CsvTable::open(path)?;
        let Some(columns) = columns else {
            return Self::decode_wide(&csv);
        };
        match &columns.missing(&csv)[..] {
            [] => Self::decode_long(&csv, columns),
            [missing, ..] => Err(csv.header_error(format!("column \"{missing}\" is missing"))),
        }
    }

    /// What is true of each unit of a long CSV: 0 or 1, no or yes, false or true, in a column of its
    /// own. Rows without a truth say nothing.
    ///
    /// # Errors
    /// As [`GradeTable::open`], and where two rows of a unit disagree.
    pub fn open_truth(
        path: &Path,
        unit: &str,
        truth: &str,
    ) -> Result<BTreeMap<String, bool>, StudyError> {
        let csv = CsvTable::open(path)?;
        if let Some(missing) = [unit, truth].into_iter().find(|column| !csv.has(column)) {
            return Err(csv.header_error(format!("column \"{missing}\" is missing")));
        }
        let mut truths = BTreeMap::new();
        for row in &csv.rows {
            let said = csv.field(row, truth);
            let is = match said.to_lowercase().as_str() {
                "" => continue,
                "0" | "no" | "false" => false,
                "1" | "yes" | "true" => true,
                _ => return Err(csv.field_error(row, truth, said, "is neither 0 nor 1")),
            };
            let name = csv.filled(row, unit)?.to_owned();
            if truths.insert(name, is) == Some(!is) {
                let problem = "is not what another row of this unit says";
                return Err(csv.field_error(row, truth, said, problem));
            }
        }
        Ok(truths)
    }

    fn decode_long(csv: &CsvTable, columns: &Columns) -> Result<Self, StudyError> {
        let mut table = Self::default();
        for row in &csv.rows {
            if let Some(long) = long_row(csv, row, columns)? {
                let patient = long.patient.clone();
                table.insert(long).map_err(|error| {
                    csv.field_error(row, &columns.unit, &patient, error.to_string())
                })?;
            }
        }
        Ok(table.sorted())
    }

    fn decode_wide(csv: &CsvTable) -> Result<Self, StudyError> {
        if let Some(idx) = csv.header.iter().position(String::is_empty) {
            return Err(csv.header_error(format!("column {} has no name", idx + 1)));
        }
        let mut table = Self::default();
        for (unit_idx, row) in csv.rows.iter().enumerate() {
            for rater in &csv.header {
                if let Some(grade) = csv.number(row, rater)? {
                    table.insert(TableRow {
                        rater: rater.clone(),
                        // Padded, so that alphabetical order is the file's order.
                        patient: format!("unit {:06}", unit_idx + 1),
                        arm: ONLY_ARM.into(),
                        grade,
                    })?;
                }
            }
        }
        Ok(table.sorted())
    }

    fn insert(&mut self, row: TableRow) -> Result<(), StudyError> {
        let TableRow {
            rater,
            patient,
            mut arm,
            grade,
        } = row;
        if arm.eq_ignore_ascii_case(REFERENCE_ARM) {
            arm = REFERENCE_ARM.into();
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
        arms.sort_by_key(|arm| arm != REFERENCE_ARM);
        self.raters = raters;
        self.patients = patients;
        self.arms = arms;
        self
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

/// `None` for a missing grade and for a row that a later one replaced.
fn long_row(
    csv: &CsvTable,
    row: &CsvRow,
    columns: &Columns,
) -> Result<Option<TableRow>, StudyError> {
    match csv.field(row, "status") {
        ExportRow::REPLACED | ExportRow::TRAINING | ExportRow::CANNOT_GRADE => return Ok(None),
        "" | ExportRow::GRADED | ExportRow::CORRECTED => {}
        status => {
            let known = "is not one of graded, corrected, cannot_grade, replaced, training";
            return Err(csv.field_error(row, "status", status, known));
        }
    }
    if csv.field(row, "is_repeat") == "yes" {
        return Ok(None);
    }
    let Some(grade) = csv.number(row, &columns.value)? else {
        return Ok(None);
    };
    let arm = columns.by.as_deref().map_or("", |by| csv.field(row, by));
    let patient = csv.field(row, &columns.unit);
    let code = csv.field(row, "case_code");
    if patient.is_empty() && arm.is_empty() && !code.is_empty() {
        let problem = StudyError::StillBlind(code.to_owned()).to_string();
        return Err(csv.field_error(row, "patient", "", problem));
    }
    Ok(Some(TableRow {
        rater: csv.filled(row, &columns.rater)?.to_owned(),
        patient: csv.filled(row, &columns.unit)?.to_owned(),
        arm: match &columns.by {
            None => ONLY_ARM.to_owned(),
            Some(by) => csv.filled(row, by)?.to_owned(),
        },
        grade,
    }))
}
