//! What was given: grades, "cannot grade", and nothing.

use serde::Serialize;

use super::ratings::{StatsError, check_levels, level_of};

/// What a rater left in one cell of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// A level of the scale.
    Grade(f64),
    /// The rater looked and could not grade.
    CannotGrade,
    /// The rater did not answer.
    Missing,
}

impl Cell {
    /// What the agreement statistics take: a grade, or a gap for both other cases.
    pub fn grade(self) -> Option<f64> {
        match self {
            Self::Grade(grade) => Some(grade),
            Self::CannotGrade | Self::Missing => None,
        }
    }
}

/// How often each level, "cannot grade" and no answer occurred.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GradeCounts {
    /// The scale, increasing.
    pub levels: Vec<f64>,
    /// Per level.
    pub counts: Vec<usize>,
    /// Looked at, not gradable.
    pub cannot_grade: usize,
    /// Not answered.
    pub missing: usize,
}

impl GradeCounts {
    /// Counts the cells, of one rater or of all.
    ///
    /// # Errors
    /// When the levels are not increasing, or a grade is not a level (in the message the unit is
    /// the cell, counted from 1, and the rater is 1).
    pub fn of(levels: &[f64], cells: &[Cell]) -> Result<Self, StatsError> {
        check_levels(levels)?;
        let mut found = Self {
            levels: levels.to_vec(),
            counts: vec![0; levels.len()],
            cannot_grade: 0,
            missing: 0,
        };
        for (idx, cell) in cells.iter().enumerate() {
            match cell {
                Cell::Grade(grade) => found.counts[level_of(levels, *grade, idx, 0)?] += 1,
                Cell::CannotGrade => found.cannot_grade += 1,
                Cell::Missing => found.missing += 1,
            }
        }
        Ok(found)
    }

    /// Cells with a grade.
    pub fn n_graded(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Share of the answered cells that could not be graded; `None` without answers.
    pub fn share_cannot_grade(&self) -> Option<f64> {
        let answered = self.n_graded() + self.cannot_grade;
        (answered > 0).then(|| self.cannot_grade as f64 / answered as f64)
    }
}
