//! The rows of a study sorted into what counts: first readings, repeats, and the rest.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::{Choices, ReportError, ReportOptions, StudyData};
use crate::{
    stats::{Cell, Ratings, StatsError},
    study::{CaseIdentity, GradeTable, REFERENCE_ARM, Reading, StudyError, TableRow},
};

/// (rater, arm, patient), each an index.
type Place = (usize, usize, usize);

/// (arm, patient) of a repeated image, and its (first, second) grades.
pub(super) type Repeat = ((usize, usize), (f64, f64));

/// Readings by who, which arm, whose.
pub(super) struct Readings<'a> {
    pub(super) data: &'a StudyData,
    pub(super) options: &'a ReportOptions,
    pub(super) choices: Choices,
    /// Every level of the scale.
    pub(super) levels: Vec<f64>,
    /// In alphabetical order.
    pub(super) patients: Vec<&'a str>,
    first: BTreeMap<Place, &'a Reading>,
    /// In the order of the rows.
    repeats: Vec<(Place, &'a Reading)>,
    /// (arm, patient) that somebody answered, repeats not counted.
    pub(super) images: BTreeSet<(usize, usize)>,
}

impl<'a> Readings<'a> {
    pub(super) fn of(data: &'a StudyData, options: &'a ReportOptions) -> Result<Self, ReportError> {
        check_arms(&data.protocol.arms)?;
        let counted: Vec<(&Reading, &CaseIdentity)> = data
            .readings
            .iter()
            .filter(|of| of.counts())
            .map(|of| Ok((of, of.identity()?)))
            .collect::<Result<_, StudyError>>()?;
        let patients: BTreeSet<&str> = counted.iter().map(|(_, of)| of.patient.as_str()).collect();
        let mut readings = Self {
            data,
            options,
            choices: options.choices(&data.protocol.scale)?,
            levels: data.protocol.scale.numbers(),
            patients: patients.into_iter().collect(),
            first: BTreeMap::new(),
            repeats: Vec::new(),
            images: BTreeSet::new(),
        };
        for (reading, of) in counted {
            let place = readings.place(reading, of)?;
            if of.is_repeat {
                readings.repeats.push((place, reading));
                continue;
            }
            readings.images.insert((place.1, place.2));
            if readings.first.insert(place, reading).is_some() {
                return Err(StudyError::DuplicateGrade {
                    rater: reading.rater.clone(),
                    patient: of.patient.clone(),
                    arm: of.arm.clone(),
                }
                .into());
            }
        }
        Ok(readings)
    }

    fn place(&self, row: &Reading, of: &CaseIdentity) -> Result<Place, ReportError> {
        if let Some(grade) = row.grade {
            self.data.protocol.scale.grade(grade)?;
        }
        let unknown = |field, value: &str| ReportError::NotInProtocol {
            field,
            value: value.to_owned(),
            code: row.case_code.clone(),
        };
        let rater = self
            .data
            .protocol
            .raters
            .iter()
            .position(|name| *name == row.rater);
        let rater = rater.ok_or_else(|| unknown("rater", &row.rater))?;
        let arms = &self.data.protocol.arms;
        let arm = arms.iter().position(|name| *name == of.arm);
        // Only the reference is known in upper case too, as in the tables of others.
        let is_reference = || arms[0].eq_ignore_ascii_case(&of.arm).then_some(0);
        let arm = arm
            .or_else(is_reference)
            .ok_or_else(|| unknown("arm", &of.arm))?;
        // Every patient of a reading that stands is in the list.
        let patient = self.patients.binary_search(&of.patient.as_str());
        Ok((rater, arm, patient.unwrap_or_default()))
    }

    pub(super) fn n_raters(&self) -> usize {
        self.data.protocol.raters.len()
    }

    pub(super) fn row(&self, rater: usize, arm: usize, patient: usize) -> Option<&'a Reading> {
        self.first.get(&(rater, arm, patient)).copied()
    }

    pub(super) fn grade(&self, rater: usize, arm: usize, patient: usize) -> Option<f64> {
        self.row(rater, arm, patient)?.grade.map(f64::from)
    }

    /// All first readings with what they are of.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Place, &'a Reading)> + '_ {
        self.first.iter().map(|(place, row)| (*place, *row))
    }

    /// A rater's repeated images; what could not be graded once is not among them.
    pub(super) fn repeated(&self, rater: usize) -> Vec<Repeat> {
        let own = self.repeats.iter().filter(|(place, _)| place.0 == rater);
        own.filter_map(|&((_, arm, patient), row)| {
            let first = self.grade(rater, arm, patient)?;
            Some(((arm, patient), (first, f64::from(row.grade?))))
        })
        .collect()
    }

    /// A rater's second grade of a patient's reference image.
    pub(super) fn again(&self, rater: usize, patient: usize) -> Option<f64> {
        let place = (rater, 0, patient);
        let own = self.repeats.iter().find(|(of, _)| *of == place);
        own?.1.grade.map(f64::from)
    }

    pub(super) fn n_repeats(&self, rater: usize) -> usize {
        let own = self.repeats.iter().filter(|(place, _)| place.0 == rater);
        own.count()
    }

    /// What a rater left for each image of an arm that somebody answered.
    pub(super) fn cells(&self, rater: usize, arm: usize) -> Vec<Cell> {
        let of_arm = self.images.iter().filter(|(of, _)| *of == arm);
        of_arm
            .map(|&(_, patient)| match self.row(rater, arm, patient) {
                None => Cell::Missing,
                Some(row) => row
                    .grade
                    .map_or(Cell::CannotGrade, |grade| Cell::Grade(grade.into())),
            })
            .collect()
    }

    /// One row for each patient, one column for each (rater, arm).
    pub(super) fn ratings(&self, columns: &[(usize, usize)]) -> Result<Ratings, StatsError> {
        let row = |patient: usize| {
            let cells = columns.iter();
            cells
                .map(|&(rater, arm)| self.grade(rater, arm, patient))
                .collect()
        };
        let units: Vec<Vec<Option<f64>>> = (0..self.patients.len()).map(row).collect();
        Ratings::new(&self.levels, columns.len(), &units)
    }

    /// Every rater's readings in these arms.
    pub(super) fn columns(&self, arms: &[usize]) -> Vec<(usize, usize)> {
        let of_arm = |&arm: &usize| (0..self.n_raters()).map(move |rater| (rater, arm));
        arms.iter().flat_map(of_arm).collect()
    }

    /// First readings with a grade.
    pub(super) fn table(&self) -> Result<GradeTable, StudyError> {
        let rows = self.rows().filter_map(|((_, arm, patient), row)| {
            Some(TableRow {
                rater: row.rater.clone(),
                patient: self.patients[patient].to_owned(),
                arm: self.data.protocol.arms[arm].clone(),
                grade: row.grade?.into(),
            })
        });
        GradeTable::with_reference(&self.data.protocol.arms[0], rows)
    }

    /// Random numbers of one part of the report, so that no interval depends on another one.
    pub(super) fn rng(&self, part: Part, idx: usize) -> ChaCha20Rng {
        let mut rng = ChaCha20Rng::seed_from_u64(self.options.seed);
        rng.set_stream(((part as u64) << 32) | idx as u64);
        rng
    }
}

/// Who draws random numbers.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Differences = 2,
}

fn check_arms(arms: &[String]) -> Result<(), ReportError> {
    if arms.len() < 2 {
        return Err(ReportError::TooFewArms(arms.len()));
    }
    let mut later = arms[1..].iter();
    match later.find(|arm| arm.eq_ignore_ascii_case(REFERENCE_ARM)) {
        Some(arm) => Err(ReportError::ReferenceNotFirst(arm.clone())),
        None => Ok(()),
    }
}
