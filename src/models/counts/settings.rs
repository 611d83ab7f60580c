//! What decides the training of a network that counts.

use super::input::CountsPreparation;
use crate::models::engine::TrainError;
use crate::models::nets::CounterShape;
use serde::{Deserialize, Serialize};

/// What decides a training beside [`RunSettings`](crate::models::RunSettings).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountsSettings {
    /// The network.
    pub shape: CounterShape,
    /// How regions become volumes.
    pub preparation: CountsPreparation,
    /// Mirrored and shifted by up to two voxels at random.
    pub moved: bool,
    /// The thickness of slices that is imitated in half of the cases; none as in the paper.
    pub thick_mm: Option<f64>,
    /// How much of the running average of the weights is kept at each step, under a learning rate that
    /// rises and falls; none keeps the weights themselves at one rate.
    pub averaging: Option<f32>,
}

impl CountsSettings {
    /// Refuses what makes no sense, by name.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let refused = |field, rule, value| Err(TrainError::Setting { field, rule, value });
        if !self.shape.can_be() {
            return refused("network", "one that can be", self.shape.in_words());
        }
        if let Err((field, value)) = self.preparation.check() {
            return refused(field, "one that can be", value);
        }
        match self.thick_mm {
            Some(mm) if !(mm.is_finite() && mm > 0.0) => {
                refused("thickness of slices", "more than 0", mm.to_string())
            }
            _ => Ok(()),
        }
    }

    /// How it is trained in words, for the model card.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = "Adam, mean squared difference of counts".to_owned();
        if self.moved {
            words += "; mirrored left to right and shifted by up to 2 voxels at random";
        }
        if let Some(mm) = self.thick_mm {
            words += &format!("; slices of {mm} mm imitated in half of the cases");
        }
        if let Some(keep) = self.averaging {
            words += &format!(
                "; a learning rate that rises over the first 5 % of the steps and falls as a cosine; exponentially averaged weights ({keep} a step)"
            );
        }
        words
    }
}
