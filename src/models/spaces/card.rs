//! What the card of a network that marks spaces says beside what all cards say.

use super::input::{SpacesPreparation, SpacesScaling};
use super::settings::{SpacesLoss, SpacesSettings};
use crate::models::engine::{EpochMetrics, RunSettings};
use crate::models::nets::EnsembleShape;
use crate::models::task_part::TaskPart;
use crate::models::weights::VOLUME_UNETS_KEY;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt::Write;

/// What has to be said wherever F1 of clusters by SHiVAi's rule stands.
pub const CLUSTER_RULE: &str = "F1 of clusters is by SHiVAi's rule, where any touch is a find: a mask that marks everything has 1, and so has a head of which nothing is left in either mask. It says something only beside the Dice coefficient of voxels.";

/// A network that marks spaces, as its card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpacesCard {
    /// What it looks like, and how many there are of whose answers the mean is taken.
    pub network: EnsembleShape,
    /// How scans become volumes for it.
    pub preparation: SpacesPreparation,
    /// A voxel is in the mask where the probability is above it.
    pub threshold: f64,
    /// How it was trained; none where it was not trained by this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<SpacesTraining>,
}

/// How such a network was trained, and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpacesTraining {
    /// What decided it.
    pub settings: SpacesSettings,
    /// Whose masks were learned from, as their files call it; none where there were no masks.
    pub mask: Option<String>,
    /// Scores of the patients of the test by the weights as they were stored; none without masks.
    pub scores: Option<SpacesScores>,
}

/// How good a network is on whole heads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpacesScores {
    /// Patients.
    pub patients: usize,
    /// By threshold, the mean Dice coefficient of voxels.
    pub voxel_dice: Vec<[f64; 2]>,
    /// At the card's threshold, by the volume up to which clusters are left out, mm3, the mean F1 of
    /// clusters by SHiVAi's rule.
    pub cluster_dice: Vec<[f64; 2]>,
}

impl SpacesCard {
    /// Whether it paints what it is given, and marks nothing.
    #[must_use]
    pub fn is_autoencoder(&self) -> bool {
        !self.network.shape.skips
    }

    /// Whether it says what can be.
    ///
    /// # Errors
    /// The field that does not, with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let spacing = self.preparation.spacing_mm;
        if !(0.1..=10.0).contains(&spacing) {
            return Err(("spacing", spacing.to_string()));
        }
        if !(0.0..1.0).contains(&self.threshold) {
            return Err(("threshold", self.threshold.to_string()));
        }
        match self.network.can_be() {
            true => Ok(()),
            false => Err(("network", self.network.in_words())),
        }
    }
}

/// What a network of this task is for and what not, in sentences.
#[must_use]
pub fn purpose(is_simulated: Option<bool>) -> String {
    let learned = match is_simulated {
        Some(true) => {
            "It was trained on simulated heads and has never seen a patient: on real scans its marks show what the program does, and nothing about a patient."
        }
        Some(false) => {
            "It was trained on the scans that are named below and is untried on any other."
        }
        None => {
            "Taken over from another program's checkpoint: what it was trained on and how good it is are not known here."
        }
    };
    format!(
        "Marks enlarged perivascular spaces on a T1-weighted scan, voxel by voxel. {learned} Not to be used for any decision about a patient."
    )
}

impl TaskPart for SpacesCard {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn metadata(&self) -> Result<(&'static str, String), serde_json::Error> {
        Ok((VOLUME_UNETS_KEY, serde_json::to_string(&self.network)?))
    }

    fn summary(&self) -> String {
        match self.is_autoencoder() {
            true => "autoencoder of T1-weighted scans, to begin with".to_owned(),
            false => format!(
                "perivascular spaces on T1, U-net from {} maps, {} levels",
                self.network.shape.base, self.network.shape.depth
            ),
        }
    }

    fn rows(&self, n_weights: usize) -> Vec<(&'static str, String)> {
        let output = match self.is_autoencoder() {
            true => "what went in".to_owned(),
            false => format!(
                "the probability of a space at each voxel; in the mask above {}",
                self.threshold
            ),
        };
        vec![
            (
                "network",
                format!("{}, {n_weights} weights", self.network.in_words()),
            ),
            (
                "input",
                format!(
                    "a T1-weighted scan of voxels of {} mm (left-right, back-front, feet-head)",
                    self.preparation.spacing_mm
                ),
            ),
            (
                "scaling",
                match self.preparation.scaling {
                    SpacesScaling::White => {
                        "white matter, the commonest of the brighter values, becomes 1; held to 0 to 2"
                    }
                    SpacesScaling::Percentile => {
                        "over the 99th percentile, held to 0 to 1.3, over 1.3"
                    }
                }
                .to_owned(),
            ),
            ("output", output),
        ]
    }

    fn training_rows(&self, _run: &RunSettings) -> Vec<(&'static str, String)> {
        let Some(training) = &self.training else {
            return Vec::new();
        };
        let masks = match &training.mask {
            Some(name) => format!("those of {name}"),
            None => "none: learned from scans alone".to_owned(),
        };
        vec![
            ("masks", masks),
            ("loss", training.settings.loss.to_string()),
            ("recipe", training.settings.in_words()),
        ]
    }

    fn best_epoch(&self, best: &EpochMetrics) -> (&'static str, String) {
        let is_dice = self
            .training
            .as_ref()
            .is_some_and(|training| training.settings.loss == SpacesLoss::Dice);
        let told = match is_dice {
            true => format!(
                "loss {:.4}, Dice of pieces {:.3} after epoch {}; the weights are those after the last epoch",
                best.test("test_loss"),
                best.test("test_dice"),
                best.epoch
            ),
            false => format!(
                "loss {:.5} after epoch {}",
                best.test("test_loss"),
                best.epoch
            ),
        };
        ("smallest test loss", told)
    }

    fn results(&self) -> String {
        let scores = self.training.as_ref().and_then(|t| t.scores.as_ref());
        let Some(scores) = scores else {
            return String::new();
        };
        let mut text = format!(
            "\n## Scores\n\nMeans over {} patients of the test, whole heads, against the masks that were learned from.\n\n| threshold | Dice of voxels |\n| --- | --- |\n",
            scores.patients
        );
        for [threshold, dice] in &scores.voxel_dice {
            let _ = writeln!(text, "| {threshold} | {dice:.3} |");
        }
        let _ = writeln!(
            text,
            "\nAt the threshold {}, the best of these very patients, by the volume up to which clusters are left out of both masks:\n\n| mm3 | F1 of clusters |\n| --- | --- |",
            self.threshold
        );
        for [mm3, dice] in &scores.cluster_dice {
            let _ = writeln!(text, "| {mm3} | {dice:.3} |");
        }
        let _ = writeln!(text, "\n{CLUSTER_RULE}");
        text
    }
}
