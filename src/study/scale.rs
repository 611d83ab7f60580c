//! The scale that a study grades on.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::StudyError;

/// A grade that is on its study's scale. Made by [`Scale::grade`] only, so that holding one means
/// it was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Grade(u8);

impl Grade {
    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One grade and what it means on screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The number, which is also the key to press.
    pub grade: u8,
    /// A few words for a button.
    pub label: String,
    /// One sentence for the rater.
    pub definition: String,
    /// Which images the grade can be told from.
    pub needs: String,
}

/// An ordered list of grades with their definitions. Stored with the study, so that the words a
/// rater saw are kept with the grades given under them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// What is graded.
    pub name: String,
    /// Increasing grades.
    pub levels: Vec<Level>,
}

impl Scale {
    /// Ventricular reflux of an intrathecal tracer, grades 0 to 4 (after Eide 2020 and 2021, as
    /// quoted in papers 000 and 001). From a 24 h scan alone only 0, 3 and 4 can be told.
    pub fn reflux() -> Self {
        const LEVELS: [(&str, &str, &str); 5] = [
            ("No reflux", "No tracer above the aqueduct.", ANY),
            (
                "Sign of reflux",
                "A trace of tracer above the aqueduct.",
                SERIES,
            ),
            (
                "Transient",
                "The lateral ventricles take up tracer and have lost it again by 24 h.",
                SERIES,
            ),
            (
                "Lasting, weaker",
                "At 24 h the lateral ventricles still hold tracer, less bright than the \
                 subarachnoid CSF.",
                DAY,
            ),
            (
                "Lasting, equal",
                "At 24 h the lateral ventricles still hold tracer, as bright as the subarachnoid \
                 CSF.",
                DAY,
            ),
        ];
        const ANY: &str = "24 h scan or time series";
        const SERIES: &str = "time series";
        const DAY: &str = "24 h scan";
        let levels = (0..)
            .zip(LEVELS)
            .map(|(grade, (label, definition, needs))| Level {
                grade,
                label: label.into(),
                definition: definition.into(),
                needs: needs.into(),
            });
        Self {
            name: "Ventricular reflux".into(),
            levels: levels.collect(),
        }
    }

    /// Checks what a decoded scale must hold.
    ///
    /// # Errors
    /// Without levels, or when grades do not increase.
    pub fn check(&self) -> Result<(), StudyError> {
        if self.levels.is_empty() {
            return Err(StudyError::Scale("it has no levels".into()));
        }
        match self
            .levels
            .windows(2)
            .find(|pair| pair[0].grade >= pair[1].grade)
        {
            None => Ok(()),
            Some(pair) => {
                let (before, after) = (pair[0].grade, pair[1].grade);
                Err(StudyError::Scale(format!(
                    "grade {after} comes after grade {before}"
                )))
            }
        }
    }

    /// Takes a number for a grade of this scale.
    ///
    /// # Errors
    /// When the scale has no such grade.
    pub fn grade(&self, value: u8) -> Result<Grade, StudyError> {
        match self.levels.iter().any(|level| level.grade == value) {
            true => Ok(Grade(value)),
            false => Err(StudyError::NotAGrade {
                value,
                levels: self.words(),
            }),
        }
    }

    /// The level of a grade.
    pub fn level(&self, grade: Grade) -> Option<&Level> {
        self.levels.iter().find(|level| level.grade == grade.0)
    }

    /// The grades as the numbers that statistics take, all of them, whether given or not.
    pub fn numbers(&self) -> Vec<f64> {
        self.levels
            .iter()
            .map(|level| f64::from(level.grade))
            .collect()
    }

    fn words(&self) -> String {
        self.levels
            .iter()
            .map(|level| level.grade.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    }
}
