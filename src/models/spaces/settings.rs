//! What decides the training of a network that marks spaces.

use super::input::SpacesPreparation;
use crate::models::engine::TrainError;
use crate::models::nets::VolumeUNetShape;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What training makes small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpacesLoss {
    /// One less the Dice coefficient of probabilities and mask, over all voxels of a step: the paper's.
    Dice,
    /// The mean squared difference to what goes in: an autoencoder's.
    Reconstruction,
}

impl fmt::Display for SpacesLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dice => "dice",
            Self::Reconstruction => "reconstruction",
        })
    }
}

/// What decides a training beside [`RunSettings`](crate::models::RunSettings).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpacesSettings {
    /// The network.
    pub shape: VolumeUNetShape,
    /// How scans become volumes.
    pub preparation: SpacesPreparation,
    /// What is made small.
    pub loss: SpacesLoss,
    /// The edge of the pieces that are learned from; whole heads, as in the paper, where there is none.
    pub crop: Option<usize>,
    /// Pieces of each scan in a step.
    pub crops: usize,
    /// How brightness varies from piece to piece, as a share; 0 as in the paper.
    pub gain: f32,
    /// How much of the running average of the weights is kept at each step; none, as in the paper, keeps
    /// the weights themselves.
    pub averaging: Option<f32>,
}

impl SpacesSettings {
    /// Refuses what makes no sense, by name.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        TrainError::check_at_least_1("crops", self.crops)?;
        TrainError::check_at_least_1("base", self.shape.base)?;
        let multiple = self.shape.multiple();
        let refused = |field, rule, value| Err(TrainError::Setting { field, rule, value });
        if let Some(crop) = self.crop
            && (crop == 0 || !crop.is_multiple_of(multiple))
        {
            return refused(
                "crop",
                "a multiple of two to the power of the halvings",
                crop.to_string(),
            );
        }
        if !self.shape.can_be() {
            return refused("network", "one that can be", self.shape.in_words());
        }
        if !(0.0..0.5).contains(&self.gain) {
            return refused("gain", "from 0 up to 0.5", self.gain.to_string());
        }
        Ok(())
    }

    /// How it is trained in words, for the model card.
    #[must_use]
    pub fn in_words(&self) -> String {
        let pieces = match self.crop {
            None => "whole heads, shifted by up to 4 voxels".to_owned(),
            Some(edge) => format!(
                "{} pieces of {edge} x {edge} x {edge} voxels of each scan a step, half of them around marked voxels",
                self.crops
            ),
        };
        let loss = match self.loss {
            SpacesLoss::Dice => "Dice loss over all voxels of a step",
            SpacesLoss::Reconstruction => "mean squared difference to what goes in",
        };
        let mut words =
            format!("Adam, {loss}; {pieces}; mirrored left to right in half of the cases");
        if self.gain > 0.0 {
            words += &format!("; brightness varied by up to {} %", self.gain * 100.0);
        }
        if let Some(keep) = self.averaging {
            words += &format!(
                "; a learning rate that rises over the first 5 % of the steps and falls as a cosine; exponentially averaged weights ({keep} a step)"
            );
        }
        words
    }
}
