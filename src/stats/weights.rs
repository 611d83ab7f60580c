//! Agreement weights between levels.

use std::fmt;

use serde::Serialize;

/// How much two ratings count as agreement, from 1 (alike) down to 0.
///
/// With q levels, i and j being places on the list of levels (not their values), counted over the
/// whole list, whether a level occurs or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weights {
    /// 1 if alike, else 0: no weighting.
    Identity,
    /// `1 - |i - j| / (q - 1)` (Cicchetti and Allison 1971).
    Linear,
    /// `1 - (i - j)^2 / (q - 1)^2` (Fleiss and Cohen 1973).
    Quadratic,
}

impl Weights {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Linear, Self::Quadratic];

    /// The field's word for it, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "unweighted",
            Self::Linear => "linear weights",
            Self::Quadratic => "quadratic weights",
        }
    }

    /// The weight of two places on a list of `n_levels`.
    pub(super) fn of(self, i: usize, j: usize, n_levels: usize) -> f64 {
        let steps = i.abs_diff(j) as f64;
        let most = n_levels.saturating_sub(1).max(1) as f64;
        match self {
            Self::Identity => f64::from(u8::from(i == j)),
            Self::Linear => 1.0 - steps / most,
            Self::Quadratic => 1.0 - (steps / most).powi(2),
        }
    }

    /// All weights, levels x levels.
    pub(super) fn matrix(self, n_levels: usize) -> Vec<Vec<f64>> {
        let row = |i| (0..n_levels).map(|j| self.of(i, j, n_levels)).collect();
        (0..n_levels).map(row).collect()
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
