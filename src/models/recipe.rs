//! What decides a training, what is told of it and why it may end.

use super::checkpoint::CheckpointError;
use super::data::{Preparation, Split};
use super::interval::Inputs;
use super::unet::UNetShape;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What training makes small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The mean squared difference.
    L2,
    /// The mean absolute difference.
    L1,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L2 => "l2",
            Self::L1 => "l1",
        })
    }
}

/// How a network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// As the tracer study says: Adam at one learning rate, no more; the weights are those after
    /// the last epoch.
    Paper,
    /// Images warped and mirrored at random; the learning rate rises over the first twentieth
    /// and falls as a cosine; three quarters of the epochs at half size, the rest at full size, or
    /// all at full size where it begins with another network; the weights are a running average;
    /// the prediction is the mean of the planes and of their mirror image. The deepest maps are
    /// told what all of them say.
    Best,
}

impl Recipe {
    /// Whether the prediction is the mean of the planes and of their mirror image.
    pub(super) fn is_mirrored(self) -> bool {
        self == Self::Best
    }
}

/// Everything that decides what comes out of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Which scans the network is given.
    pub inputs: Inputs,
    /// How scans become planes.
    pub preparation: Preparation,
    /// What is made small.
    pub loss: Loss,
    /// How.
    pub recipe: Recipe,
    /// Maps of the first level.
    pub features: usize,
    /// How often each patient is seen.
    pub epochs: usize,
    /// Patients a step.
    pub batch: usize,
    /// Of Adam; the highest one of a schedule.
    pub learning_rate: f64,
    /// What weights, order and warps are drawn from.
    pub seed: u64,
    /// The network whose weights it begins with; none where they are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
}

/// The network that a training begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// By which it is called.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// What it says of its own training, in words.
    pub trained_on: String,
    /// What it learned from, the first first; nothing where it was not trained by this program.
    pub learned: Vec<Learned>,
}

/// Patients that a network learned from and was judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// What the data set calls itself.
    pub data_set: String,
    /// Whether the patients were simulated.
    pub is_simulated: bool,
    /// SHA-256 of the images that were to be predicted.
    pub fingerprint: String,
    /// Who was learned from and who was judged by.
    pub split: Split,
}

impl Training {
    /// The shape of the network.
    #[must_use]
    pub fn shape(&self) -> UNetShape {
        UNetShape {
            channels_in: self.inputs.channels(),
            features: self.features,
            context: self.recipe == Recipe::Best,
            ..UNetShape::default()
        }
    }

    /// Refuses what makes no sense, by name.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let rules = [
            ("features", self.features),
            ("epochs", self.epochs),
            ("batch", self.batch),
        ];
        for (field, value) in rules {
            if value == 0 {
                return Err(TrainError::Setting {
                    field,
                    rule: "at least 1",
                    value: value.to_string(),
                });
            }
        }
        let rate = self.learning_rate;
        if !(rate.is_finite() && rate > 0.0) {
            return Err(TrainError::Setting {
                field: "learning rate",
                rule: "more than 0",
                value: rate.to_string(),
            });
        }
        Ok(())
    }

    /// Whether an epoch, counted from 0, is trained at half size.
    pub(super) fn is_half_size(&self, epoch: usize) -> bool {
        self.recipe == Recipe::Best && self.start.is_none() && epoch < self.epochs * 3 / 4
    }

    /// The recipe in words, for the model card.
    pub(super) fn recipe_in_words(&self) -> String {
        let sizes = match self.start {
            None => "three quarters of the epochs at half size, the rest at full size",
            Some(_) => "all epochs at full size",
        };
        match self.recipe {
            Recipe::Paper => {
                "Adam at a constant learning rate without augmentation; the weights after the last epoch (the tracer study's recipe)".to_owned()
            }
            Recipe::Best => format!(
                "Adam with a learning rate that rises over the first 5 % of the steps and then falls as a cosine; planes turned by up to 6 degrees, stretched by up to 7 %, shifted by up to 10 mm, axial ones mirrored in half of the cases; {sizes}; exponentially averaged weights (0.99 a step); predicted is the mean of what it makes of the planes and of their mirror image"
            ),
        }
    }

    pub(super) fn learning_rate_at(&self, step: usize, n_steps: usize) -> f64 {
        match self.recipe {
            Recipe::Paper => self.learning_rate,
            Recipe::Best => {
                let rise = (n_steps as f64 / 20.0).max(1.0);
                let risen = ((step + 1) as f64 / rise).min(1.0);
                let turn = std::f64::consts::PI * step as f64 / n_steps as f64;
                self.learning_rate * risen * 0.5 * (1.0 + turn.cos())
            }
        }
    }
}

/// The errors after an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochErrors {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean of the loss over the epoch's steps, as the weights moved.
    pub train_loss: f64,
    /// The same loss on the patients of the test, with the weights that would be kept.
    pub test_loss: f64,
    /// Mean squared error on the patients of the test.
    pub test_mse: f64,
    /// Mean absolute error on the patients of the test.
    pub test_mae: f64,
}

/// What is told while training.
#[derive(Clone, Copy, Debug)]
pub enum Told {
    /// A step is done.
    Step {
        /// Counted from 1.
        epoch: usize,
        /// Share of the whole training that is done.
        done: f64,
    },
    /// An epoch is done and can be taken up again.
    Epoch(EpochErrors),
}

/// The device did not give the numbers that it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the network could not be computed: {0}")]
pub struct DeviceFailed(pub String);

/// Why a training ended without a network.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// Nobody to learn from, or nobody to be judged by.
    #[error("{n} patients are too few: at least one to learn from and one to be judged by")]
    TooFew {
        /// Patients there are.
        n: usize,
    },
    /// A number that makes no sense.
    #[error("{field} must be {rule}, not {value}")]
    Setting {
        /// Which.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        value: String,
    },
    /// The loss is no number any more.
    #[error("the loss is no longer a number in epoch {epoch}: a smaller learning rate may help")]
    Diverged {
        /// In which epoch.
        epoch: usize,
    },
    /// The state could not be written or opened.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceFailed),
    /// The state is that of another training.
    #[error("the checkpoint is of another training: {what} differ: {path}")]
    OtherTraining {
        /// What differs.
        what: String,
        /// The file.
        path: PathBuf,
    },
    /// The caller asked to stop; what was reached lies in the checkpoint.
    #[error("stopped after {epochs} epochs; --resume goes on from there")]
    Stopped {
        /// Whole epochs done.
        epochs: usize,
    },
}
