//! The table every agreement statistic starts from: units x raters, with gaps.

use thiserror::Error;

use super::TransitionMatrix;

/// What can be wrong with numbers handed to this room.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StatsError {
    /// A scale needs levels.
    #[error("the scale has no levels")]
    NoLevels,
    /// There is nothing to compute from.
    #[error("there are no ratings")]
    NoRatings,
    /// Levels must be finite and strictly increasing, or the ordinal metric has no order.
    #[error("scale levels must be finite and increasing, but level {position} is {value}")]
    LevelsNotIncreasing {
        /// Counted from 1.
        position: usize,
        /// The level that is out of order.
        value: f64,
    },
    /// More levels than a table of each with each has room for.
    #[error("{n_levels} different values are too many to tell how raters agree; {most} are not")]
    TooManyLevels {
        /// How many there are.
        n_levels: usize,
        /// How many there may be.
        most: usize,
    },
    /// A rating that the scale does not have.
    #[error(
        "rating {value} of unit {unit} by rater {rater} is not a level of the scale ({levels})"
    )]
    NotALevel {
        /// The rating.
        value: f64,
        /// Unit, counted from 1.
        unit: usize,
        /// Rater, counted from 1.
        rater: usize,
        /// The levels, in words.
        levels: String,
    },
    /// Shares that cannot be probabilities.
    #[error("shares must be one for each level, 0 or more, and not all 0")]
    NotProbabilities,
    /// A table of counts that is not square on the levels.
    #[error("a table on {levels} levels needs {levels} rows of {levels} counts")]
    NotSquare {
        /// How many levels there are.
        levels: usize,
    },
    /// A unit with more or fewer cells than there are raters.
    #[error("unit {unit} has {found} cells for {expected} raters")]
    Ragged {
        /// Unit, counted from 1.
        unit: usize,
        /// The number of raters.
        expected: usize,
        /// The number of cells found.
        found: usize,
    },
}

/// A units x raters table of ratings on an explicit list of levels; `None` is a missing rating.
///
/// The levels are part of the input because several statistics depend on levels that nobody
/// happened to give; a list made from the data would silently change them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratings {
    levels: Vec<f64>,
    n_raters: usize,
    /// Row-major, one row per unit; each cell is an index into `levels`.
    cells: Vec<Option<usize>>,
}

impl Ratings {
    /// Takes `units[unit][rater]`.
    ///
    /// # Errors
    /// When the levels are not increasing, a row has not `n_raters` cells, or a rating is not a
    /// level.
    pub fn new(
        levels: &[f64],
        n_raters: usize,
        units: &[Vec<Option<f64>>],
    ) -> Result<Self, StatsError> {
        check_levels(levels)?;
        let mut cells = Vec::with_capacity(n_raters * units.len());
        for (unit_idx, row) in units.iter().enumerate() {
            if row.len() != n_raters {
                return Err(StatsError::Ragged {
                    unit: unit_idx + 1,
                    expected: n_raters,
                    found: row.len(),
                });
            }
            for (rater_idx, cell) in row.iter().enumerate() {
                let level_idx = match cell {
                    None => None,
                    Some(value) => Some(level_of(levels, *value, unit_idx, rater_idx)?),
                };
                cells.push(level_idx);
            }
        }
        Ok(Self {
            levels: levels.to_vec(),
            n_raters,
            cells,
        })
    }

    /// For measurements without a fixed list of levels: the levels are the values that occur.
    /// Grades have a fixed list; give it to [`Ratings::new`].
    ///
    /// # Errors
    /// As [`Ratings::new`]; a value that is not finite is an error too.
    pub fn with_observed_levels(
        n_raters: usize,
        units: &[Vec<Option<f64>>],
    ) -> Result<Self, StatsError> {
        let mut levels: Vec<f64> = units.iter().flatten().flatten().copied().collect();
        levels.sort_by(f64::total_cmp);
        // `dedup` compares with ==, so that -0 and 0 are one level.
        levels.dedup();
        Self::new(&levels, n_raters, units)
    }

    /// The scale, increasing.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// How many raters (columns).
    pub fn n_raters(&self) -> usize {
        self.n_raters
    }

    /// How many units (rows), those with fewer than two ratings included.
    pub fn n_units(&self) -> usize {
        self.cells.len().checked_div(self.n_raters).unwrap_or(0)
    }

    /// How many ratings there are.
    pub fn n_ratings(&self) -> usize {
        self.cells.iter().flatten().count()
    }

    /// The (first, second) table of the units that both raters rated, raters counted from 0; `None`
    /// where there is no such rater.
    pub fn table(&self, first: usize, second: usize) -> Option<TransitionMatrix> {
        if first >= self.n_raters || second >= self.n_raters {
            return None;
        }
        let pairs = self.rows().filter_map(|row| row[first].zip(row[second]));
        Some(TransitionMatrix::from_level_pairs(
            &self.levels,
            format!("rater {}", first + 1),
            format!("rater {}", second + 1),
            pairs,
        ))
    }

    /// The same units with only these raters, counted from 0 and in this order, for leave-one-out
    /// and for single raters; `None` where there is no such rater.
    pub fn with_raters(&self, raters: &[usize]) -> Option<Self> {
        if raters.iter().any(|&rater| rater >= self.n_raters) {
            return None;
        }
        let cells = self
            .rows()
            .flat_map(|row| raters.iter().map(|&rater| row[rater]));
        Some(Self::from_cells(
            self.levels.clone(),
            raters.len(),
            cells.collect(),
        ))
    }

    /// Cells that are known to be indices into `levels`.
    pub(super) fn from_cells(levels: Vec<f64>, n_raters: usize, cells: Vec<Option<usize>>) -> Self {
        Self {
            levels,
            n_raters,
            cells,
        }
    }

    /// One row of level indices per unit.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Option<usize>]> {
        self.cells.chunks(self.n_raters.max(1))
    }

    /// The level values of the units that every rater rated.
    pub(super) fn complete_rows(&self) -> Vec<Vec<f64>> {
        self.rows()
            .filter_map(|row| {
                row.iter()
                    .map(|cell| cell.map(|level| self.levels[level]))
                    .collect()
            })
            .collect()
    }

    /// How often each level was given to each unit; units x levels.
    pub(super) fn level_counts(&self) -> Vec<Vec<f64>> {
        self.rows()
            .map(|row| {
                let mut counts = vec![0.0; self.levels.len()];
                row.iter().flatten().for_each(|&level| counts[level] += 1.0);
                counts
            })
            .collect()
    }

    /// Level indices given to each unit, missing ones left out.
    pub(super) fn rated_levels(&self) -> impl Iterator<Item = Vec<usize>> + '_ {
        self.rows()
            .map(|row| row.iter().flatten().copied().collect())
    }
}

/// Levels must be there, finite, and strictly increasing.
pub(super) fn check_levels(levels: &[f64]) -> Result<(), StatsError> {
    if levels.is_empty() {
        return Err(StatsError::NoLevels);
    }
    for (idx, &value) in levels.iter().enumerate() {
        let after_previous = idx == 0 || levels[idx - 1] < value;
        if !value.is_finite() || !after_previous {
            return Err(StatsError::LevelsNotIncreasing {
                position: idx + 1,
                value,
            });
        }
    }
    Ok(())
}

/// The index of the level that `value` is; unit and rater are only for the message.
pub(super) fn level_of(
    levels: &[f64],
    value: f64,
    unit_idx: usize,
    rater_idx: usize,
) -> Result<usize, StatsError> {
    levels
        .iter()
        .position(|&level| level == value)
        .ok_or_else(|| StatsError::NotALevel {
            value,
            unit: unit_idx + 1,
            rater: rater_idx + 1,
            levels: levels
                .iter()
                .map(f64::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        })
}
