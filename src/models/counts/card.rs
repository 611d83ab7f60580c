//! What the card of a network that counts says beside what all cards say.

use super::input::{CountsPreparation, CountsScaling};
use super::region::CountRegion;
use super::settings::CountsSettings;
use crate::models::engine::{EpochMetrics, RunSettings};
use crate::models::nets::{CounterKind, CounterShape};
use crate::models::task_part::TaskPart;
use crate::models::weights::COUNTER_KEY;
use serde::{Deserialize, Serialize};
use std::any::Any;

/// A network that counts, as its card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountsCard {
    /// What it looks like.
    pub network: CounterShape,
    /// How regions become volumes for it.
    pub preparation: CountsPreparation,
    /// How it was trained; none where it was not trained by this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<CountsTraining>,
}

/// How such a network was trained, and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountsTraining {
    /// What decided it.
    pub settings: CountsSettings,
    /// Whose counts were learned from.
    pub rater: u32,
    /// Scores of the patients of the test by the weights as they were stored.
    pub scores: CountsScores,
}

/// How good a network is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CountsScores {
    /// Patients.
    pub patients: usize,
    /// Pearson's r with the rater; none where it does not exist.
    pub pearson: Option<f64>,
    /// Mean absolute difference to the rater.
    pub mae: f64,
}

impl CountsCard {
    /// Whether it says what can be.
    ///
    /// # Errors
    /// The field that does not, with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        match self.network.can_be() {
            true => self.preparation.check(),
            false => Err(("network", self.network.in_words())),
        }
    }

    /// The region in which it counts.
    #[must_use]
    pub fn region(&self) -> CountRegion {
        self.preparation.region
    }
}

/// What a network of this task is for and what not, in sentences.
#[must_use]
pub fn purpose(region: CountRegion, is_simulated: bool) -> String {
    let learned = match is_simulated {
        true => {
            "It was trained on simulated heads and has never seen a patient: on real scans its counts show what the program does, and nothing about a patient."
        }
        false => "It was trained on the scans that are named below and is untried on any other.",
    };
    format!(
        "Counts enlarged perivascular spaces in the {} of a T2-weighted scan, as a rater would, and shows where. {learned} Not to be used for any decision about a patient.",
        region.in_words()
    )
}

impl TaskPart for CountsCard {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn metadata(&self) -> Result<(&'static str, String), serde_json::Error> {
        Ok((COUNTER_KEY, serde_json::to_string(&self.network)?))
    }

    fn summary(&self) -> String {
        let kind = match self.network.kind {
            CounterKind::Cnn => "CNN",
            CounterKind::GpUnet => "GP-UNet",
        };
        format!(
            "count of perivascular spaces in the {}, {kind} from {} maps",
            self.region().in_words(),
            self.network.features
        )
    }

    fn rows(&self, n_weights: usize) -> Vec<(&'static str, String)> {
        let CountsPreparation {
            spacing_mm: [dx, dy, dz],
            size: [nx, ny, nz],
            slab_mm,
            grown,
            soft_mm,
            ..
        } = self.preparation;
        let slab = match self.region() {
            CountRegion::CentrumSemiovale => format!(
                "white matter within {} mm of the slice 1 cm above the top of the caudate",
                slab_mm / 2.0
            ),
            CountRegion::BasalGanglia => "caudate, putamen, pallidum and accumbens".to_owned(),
            CountRegion::Hippocampi => "both hippocampi".to_owned(),
        };
        vec![
            (
                "network",
                format!("{}, {n_weights} weights", self.network.in_words()),
            ),
            (
                "input",
                format!(
                    "{nx} x {ny} x {nz} voxels of {dx} x {dy} x {dz} mm of a T2-weighted scan: {slab}, by a label map; the mask grown by {grown} voxels and softened over {soft_mm} mm"
                ),
            ),
            (
                "scaling",
                match self.preparation.scaling {
                    CountsScaling::MinMax => {
                        "0 to 1 by the smallest and the largest value in the region"
                    }
                    CountsScaling::Median => {
                        "how far above the median of the region, as a share of that; held to -1 to 2"
                    }
                }
                .to_owned(),
            ),
            (
                "output",
                "the count, and the map whose mean it is but for a constant".to_owned(),
            ),
        ]
    }

    fn training_rows(&self, _run: &RunSettings) -> Vec<(&'static str, String)> {
        let Some(training) = &self.training else {
            return Vec::new();
        };
        vec![
            ("counts", format!("those of rater {}", training.rater)),
            ("recipe", training.settings.in_words()),
        ]
    }

    fn best_epoch(&self, best: &EpochMetrics) -> (&'static str, String) {
        let told = format!(
            "mean squared difference {:.2} after epoch {}; the weights are those after the last epoch",
            best.test("test_loss"),
            best.epoch
        );
        ("smallest test error", told)
    }

    fn results(&self) -> String {
        let Some(training) = &self.training else {
            return String::new();
        };
        let scores = &training.scores;
        format!(
            "\n## Scores\n\n| patients of the test | Pearson's r with rater {} | mean absolute difference |\n| --- | --- | --- |\n| {} | {} | {:.2} |\n",
            training.rater,
            scores.patients,
            scores
                .pearson
                .map_or_else(|| "not defined".to_owned(), |r| format!("{r:.3}")),
            scores.mae
        )
    }
}
