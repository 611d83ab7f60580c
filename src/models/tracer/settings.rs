//! What decides the training of a tracer network.

use super::augment::{RESIDUAL_DEG, RESIDUAL_MM};
use super::intensity;
use super::interval::Inputs;
use super::planes::Preparation;
use crate::models::engine::{RunSettings, TrainError};
use crate::models::nets::UNetShape;
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// As the better one; and in training the planes are also those of another scanner: bent, cut off,
    /// uneven, blurred, coarser, noisier, with less fat, and not quite on each other.
    Varied,
}

/// What decides a training beside [`RunSettings`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracerSettings {
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
}

impl TracerSettings {
    /// The shape of the network.
    #[must_use]
    pub fn shape(&self) -> UNetShape {
        UNetShape {
            channels_in: self.inputs.channels(),
            features: self.features,
            context: self.recipe != Recipe::Paper,
            ..UNetShape::default()
        }
    }

    /// Refuses what makes no sense, by name.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        TrainError::check_at_least_1("features", self.features)
    }
}

impl Recipe {
    /// Whether the prediction is the mean of what the network makes of the planes and of their
    /// mirror image.
    pub(super) fn is_mirrored(self) -> bool {
        self != Self::Paper
    }

    /// Whether an epoch, counted from 0, is trained at half size.
    pub(super) fn is_half_size(self, run: &RunSettings, epoch: usize) -> bool {
        self != Self::Paper && run.start.is_none() && epoch < run.epochs * 3 / 4
    }

    /// The recipe in words, for the model card.
    pub(super) fn in_words(self, run: &RunSettings) -> String {
        let sizes = match run.start {
            None => "three quarters of the epochs at half size, the rest at full size",
            Some(_) => "all epochs at full size",
        };
        match self {
            Self::Paper => {
                "Adam at a constant learning rate without augmentation; the weights after the last epoch (the tracer study's recipe)".to_owned()
            }
            Self::Best | Self::Varied => {
                let also = match self {
                    Self::Varied => format!(
                        "; scans that go in up to {RESIDUAL_MM} mm and {RESIDUAL_DEG} degrees off the target; {}",
                        intensity::in_words()
                    ),
                    _ => String::new(),
                };
                format!(
                    "Adam with a learning rate that rises over the first 5 % of the steps and then falls as a cosine; planes turned by up to 6 degrees, stretched by up to 7 %, shifted by up to 10 mm, axial ones mirrored in half of the cases{also}; {sizes}; exponentially averaged weights (0.99 a step); predicted is the mean of what it makes of the planes and of their mirror image"
                )
            }
        }
    }
}
