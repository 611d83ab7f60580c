//! How grades move: a square table from one reading of a case to another.

use serde::{Serialize, Serializer};

use super::ratings::{StatsError, check_levels, level_of};

/// Counts of (from, to) on an explicit list of levels, with both axes named.
///
/// Rows are `from`. Paper 001 describes its matrices once with real images as rows and once with
/// predicted ones, so a table without axis names cannot be understood; this one carries them.
#[derive(Clone, Debug, PartialEq)]
pub struct TransitionMatrix {
    from: String,
    to: String,
    levels: Vec<f64>,
    /// `counts[from][to]`.
    counts: Vec<Vec<usize>>,
}

impl TransitionMatrix {
    /// Counts the pairs `(from, to)`. Levels that do not occur keep their row and column.
    ///
    /// # Errors
    /// When the levels are not increasing, or a value is not a level (in the message the unit is
    /// the pair, counted from 1; rater 1 is `from` and rater 2 is `to`).
    pub fn from_pairs(
        levels: &[f64],
        from: impl Into<String>,
        to: impl Into<String>,
        pairs: &[(f64, f64)],
    ) -> Result<Self, StatsError> {
        check_levels(levels)?;
        let mut counts = vec![vec![0; levels.len()]; levels.len()];
        for (idx, &(before, after)) in pairs.iter().enumerate() {
            counts[level_of(levels, before, idx, 0)?][level_of(levels, after, idx, 1)?] += 1;
        }
        Ok(Self {
            from: from.into(),
            to: to.into(),
            levels: levels.to_vec(),
            counts,
        })
    }

    /// Takes `counts[from][to]` as they are printed.
    ///
    /// # Errors
    /// When the levels are not increasing, or the counts are not levels x levels.
    pub fn from_counts(
        levels: &[f64],
        from: impl Into<String>,
        to: impl Into<String>,
        counts: &[Vec<usize>],
    ) -> Result<Self, StatsError> {
        check_levels(levels)?;
        let n = levels.len();
        if counts.len() != n || counts.iter().any(|row| row.len() != n) {
            return Err(StatsError::NotSquare { levels: n });
        }
        Ok(Self {
            from: from.into(),
            to: to.into(),
            levels: levels.to_vec(),
            counts: counts.to_vec(),
        })
    }

    /// Pairs of indices into levels that are known to be in order.
    pub(super) fn from_level_pairs(
        levels: &[f64],
        from: String,
        to: String,
        pairs: impl Iterator<Item = (usize, usize)>,
    ) -> Self {
        let mut counts = vec![vec![0; levels.len()]; levels.len()];
        pairs.for_each(|(before, after)| counts[before][after] += 1);
        Self {
            from,
            to,
            levels: levels.to_vec(),
            counts,
        }
    }

    /// What the rows are.
    pub fn from_label(&self) -> &str {
        &self.from
    }

    /// What the columns are.
    pub fn to_label(&self) -> &str {
        &self.to
    }

    /// The scale, increasing; the order of rows and columns.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// `counts()[from][to]`, by level index.
    pub fn counts(&self) -> &[Vec<usize>] {
        &self.counts
    }

    /// All pairs.
    pub fn n(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Pairs that start at this level index.
    pub fn row_total(&self, from_idx: usize) -> usize {
        self.counts[from_idx].iter().sum()
    }

    /// Pairs that end at this level index.
    pub fn column_total(&self, to_idx: usize) -> usize {
        self.counts.iter().map(|row| row[to_idx]).sum()
    }

    /// All of [`TransitionMatrix::column_total`], in one pass.
    pub(super) fn column_totals(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.levels.len()];
        for row in &self.counts {
            for (total, n) in totals.iter_mut().zip(row) {
                *total += *n as f64;
            }
        }
        totals
    }

    /// The share of the row's cases that went to this column; `None` for a row without cases.
    pub fn row_share(&self, from_idx: usize, to_idx: usize) -> Option<f64> {
        share(self.counts[from_idx][to_idx], self.row_total(from_idx))
    }

    /// Pairs that moved `steps` levels or more, up or down. Steps are counted on the list of
    /// levels, not in their values.
    pub fn n_moved_at_least(&self, steps: usize) -> usize {
        self.sum_where(|from, to| from.abs_diff(to) >= steps)
    }

    /// Pairs that did not move.
    pub fn n_alike(&self) -> usize {
        self.sum_where(|from, to| from == to)
    }

    /// Pairs that moved to a higher level.
    pub fn n_up(&self) -> usize {
        self.sum_where(|from, to| to > from)
    }

    /// Pairs that moved to a lower level.
    pub fn n_down(&self) -> usize {
        self.sum_where(|from, to| to < from)
    }

    /// The share of pairs that did not move (the papers' "prediction accuracy" for one rater);
    /// `None` without pairs.
    pub fn share_alike(&self) -> Option<f64> {
        share(self.n_alike(), self.n())
    }

    /// Rows and columns exchanged, with their names.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let columns = 0..self.levels.len();
        Self {
            from: self.to.clone(),
            to: self.from.clone(),
            levels: self.levels.clone(),
            counts: columns
                .map(|to| self.counts.iter().map(|row| row[to]).collect())
                .collect(),
        }
    }

    fn sum_where(&self, holds: impl Fn(usize, usize) -> bool) -> usize {
        let cells = self.counts.iter().enumerate().flat_map(|(from, row)| {
            row.iter()
                .enumerate()
                .map(move |(to, &count)| (from, to, count))
        });
        cells
            .filter(|&(from, to, _)| holds(from, to))
            .map(|(_, _, count)| count)
            .sum()
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// What a reader of the JSON needs: the counts, and what follows from them.
#[derive(Serialize)]
struct Written<'a> {
    rows: &'a str,
    columns: &'a str,
    levels: &'a [f64],
    counts: &'a [Vec<usize>],
    row_shares: Vec<Vec<Option<f64>>>,
    n: usize,
    n_alike: usize,
    n_up: usize,
    n_down: usize,
    n_moved_two_or_more: usize,
    share_alike: Option<f64>,
}

impl Serialize for TransitionMatrix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let indices = 0..self.levels.len();
        let row = |from| indices.clone().map(|to| self.row_share(from, to)).collect();
        Written {
            rows: &self.from,
            columns: &self.to,
            levels: &self.levels,
            counts: &self.counts,
            row_shares: indices.clone().map(row).collect(),
            n: self.n(),
            n_alike: self.n_alike(),
            n_up: self.n_up(),
            n_down: self.n_down(),
            n_moved_two_or_more: self.n_moved_at_least(2),
            share_alike: self.share_alike(),
        }
        .serialize(serializer)
    }
}
