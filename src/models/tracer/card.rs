//! What the card of a tracer network says beside what all cards say.

use super::errors::Evaluation;
use super::interval::Inputs;
use super::planes::Preparation;
use super::settings::{Loss, Recipe};
use super::trial::Trial;
use crate::models::engine::{EpochMetrics, InitialNetwork, RunSettings};
use crate::models::nets::UNetShape;
use crate::models::task_part::TaskPart;
use crate::models::weights::SHAPE_KEY;
use crate::volume::Scaling;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt::Write;

/// A tracer network, as its card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracerCard {
    /// What the network looks like.
    pub shape: UNetShape,
    /// Which scans it is given; none for a network from elsewhere about which nobody said.
    pub inputs: Option<Inputs>,
    /// How scans become planes for it.
    pub preparation: Preparation,
    /// How it was trained; none where it was not trained by this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<TracerTraining>,
    /// What it did on patients that it never saw, if that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Box<Trial>>,
}

/// How a tracer network was trained, and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracerTraining {
    /// What was made small.
    pub loss: Loss,
    /// How.
    pub recipe: Recipe,
    /// Earliest and latest hour after the injection of each scan that goes in, and of the target.
    pub hours: Vec<[f64; 2]>,
    /// Errors of the weights as they were stored, in half precision.
    pub evaluation: Evaluation,
}

impl TracerCard {
    /// The loss that it was trained with, where that is known.
    #[must_use]
    pub fn loss(&self) -> Option<Loss> {
        self.training.as_ref().map(|training| training.loss)
    }

    /// Whether it predicts the mean of planes and of their mirror image.
    #[must_use]
    pub fn is_mirrored(&self) -> bool {
        let training = self.training.as_ref();
        training.is_some_and(|training| training.recipe.is_mirrored())
    }
}

/// What a network of this task is for and what not, in sentences.
#[must_use]
pub fn purpose(start: Option<&InitialNetwork>, is_simulated: bool) -> String {
    let began_so = |start: &InitialNetwork| {
        !start.learned.is_empty() && start.learned.iter().all(|earlier| earlier.is_simulated)
    };
    let learned = if is_simulated && start.is_none_or(began_so) {
        "It was trained on simulated heads and has never seen a patient: on real scans its predictions show what the program does, and nothing about a patient."
    } else {
        "It was trained on the scans that are named below and is untried on any other."
    };
    format!(
        "Predicts the axial and the sagittal plane of a T1-weighted scan 24 h after a tracer was given into the cerebrospinal fluid, from earlier scans of the same head. {learned} Not to be used for any decision about a patient."
    )
}

impl TaskPart for TracerCard {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn metadata(&self) -> Result<(&'static str, String), serde_json::Error> {
        Ok((SHAPE_KEY, serde_json::to_string(&self.shape)?))
    }

    fn summary(&self) -> String {
        let inputs = self
            .inputs
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        format!("from {inputs}, {} features", self.shape.features)
    }

    fn rows(&self, n_weights: usize) -> Vec<(&'static str, String)> {
        let shape = &self.shape;
        vec![
            ("network", format!(
                "2D U-net, {} planes in, {} out, {} features, depth {}, {:?} up-sampling, {:?} head, {}{n_weights} weights",
                shape.channels_in, shape.channels_out, shape.features, shape.depth,
                shape.upsampling, shape.head,
                if shape.context { "context of the whole head, " } else { "" },
            ).to_lowercase()),
            ("input", self.inputs.as_ref().map_or_else(
                || "not told".to_owned(),
                |inputs| format!("an axial and a sagittal 256 x 256 plane of 1 mm, T1-weighted, {inputs} (hours after the injection; pre: before it)"),
            )),
            ("output", "the same two planes at 24 h".to_owned()),
            ("scaling", match self.preparation.scaling {
                Scaling::Slice => "each slice 0 to 1 by its own range".to_owned(),
                Scaling::Fat => "1 is twice the signal of the orbital fat".to_owned(),
            }),
        ]
    }

    fn training_rows(&self, run: &RunSettings) -> Vec<(&'static str, String)> {
        let Some(training) = &self.training else {
            return Vec::new();
        };
        let hours = training.hours.iter();
        let hours: Vec<String> = hours
            .map(|[first, last]| format!("{first:.1} to {last:.1} h"))
            .collect();
        vec![
            (
                "hours of the scans",
                format!("{} (the last: what is predicted)", hours.join(", ")),
            ),
            ("loss", training.loss.to_string()),
            ("recipe", training.recipe.in_words(run)),
        ]
    }

    fn best_epoch(&self, best: &EpochMetrics) -> (&'static str, String) {
        let told = format!(
            "MSE {:.5} after epoch {}; the weights are those after the last epoch",
            best.test("test_mse"),
            best.epoch
        );
        ("smallest test error", told)
    }

    fn results(&self) -> String {
        let trial = self.trial.as_deref().map(Trial::page);
        let trial = trial.unwrap_or_else(|| {
            "\n## What it may be used for\n\nIt was not tried on patients that it never saw: do not use its planes, and do not grade them.\n".to_owned()
        });
        let Some(training) = &self.training else {
            return trial;
        };
        let evaluation = &training.evaluation;
        let mut table = "\n## Errors\n\nPlanes are 0 to 1; means over all pixels of both planes.\n\n| | MSE | MAE |\n| --- | --- | --- |\n".to_owned();
        let baselines = &evaluation.baselines;
        let mut rows = vec![(
            format!("network, {} patients of the test", evaluation.patients),
            evaluation.test,
        )];
        rows.extend(evaluation.train.map(|train| {
            (
                format!(
                    "network, {} patients it learned from",
                    evaluation.train_patients
                ),
                train,
            )
        }));
        rows.extend([
            ("copy of the scan that goes in".to_owned(), baselines.copy),
            ("mean scan of 24 h".to_owned(), baselines.mean),
            ("a line for each pixel".to_owned(), baselines.linear),
        ]);
        for (what, errors) in rows {
            let _ = writeln!(table, "| {what} | {:.5} | {:.4} |", errors.mse, errors.mae);
        }
        trial + &table
    }
}
