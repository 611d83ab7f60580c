//! The numbers by which predicted planes are judged.

use serde::{Deserialize, Serialize};

/// Mean errors over all pixels of both planes of some patients, planes being 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// Mean squared error.
    pub mse: f64,
    /// Mean absolute error.
    pub mae: f64,
}

/// Predictions that need no network, learned from the same patients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// The last scan that goes in, as it is.
    pub copy: Errors,
    /// The mean scan of 24 h of the patients to learn from.
    pub mean: Errors,
    /// For each pixel the line of least squares from the last scan that goes in to that of 24 h, followed
    /// no further than the targets that it was learned from reach.
    pub linear: Errors,
}

impl Baselines {
    /// The smallest mean squared error of the three.
    #[must_use]
    pub fn best_mse(&self) -> f64 {
        self.copy.mse.min(self.mean.mse).min(self.linear.mse)
    }
}

/// A network's errors on patients that it did not learn from, and on those that it did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Patients to judge by; one who was scanned on several scanners is one.
    pub patients: usize,
    /// Errors on them.
    #[serde(flatten)]
    pub test: Errors,
    /// Errors of the baselines on the same patients.
    pub baselines: Baselines,
    /// Errors on the patients to learn from; none where the network never saw this data set.
    pub train: Option<Errors>,
    /// Patients that the baselines of each patient learned from; where the network was trained on
    /// this data set those that it learned from, too.
    pub train_patients: usize,
    /// Whether the network was trained on this data set.
    pub is_own_data: bool,
}

/// Mean squared and mean absolute difference of pairs of images.
pub(super) fn errors_of<'a>(pairs: impl Iterator<Item = (&'a [f32], &'a [f32])>) -> [f64; 2] {
    let (mut squares, mut sizes, mut n) = (0.0, 0.0, 0_u64);
    for (made, real) in pairs {
        for (made, real) in made.iter().zip(real) {
            let difference = f64::from(made - real);
            squares += difference * difference;
            sizes += difference.abs();
            n += 1;
        }
    }
    [squares, sizes].map(|sum| sum / n.max(1) as f64)
}
