//! What decides the training of a leak network.

use super::preparation::LeakPreparation;
use crate::models::engine::TrainError;
use crate::models::nets::{ClassifierShape, DenseNetShape, SfcnShape};
use serde::{Deserialize, Serialize};

/// How a leak network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeakRecipe {
    /// As the paper says: AdamW with weight decay 0.1, a learning rate that falls as a cosine and begins
    /// anew, weighted cross entropy, its augmentations with ranges of this program, as it prints none.
    Paper,
    /// The same loss and augmentations with wider ranges; the learning rate rises over the first
    /// twentieth of the steps and falls as a cosine; the weights are a running average.
    Best,
}

/// Which network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeakNetwork {
    /// MONAI's `DenseNet121`, as in the paper.
    Densenet121,
    /// A small fully convolutional one with so many maps in each block.
    Sfcn(Vec<usize>),
}

/// What decides a training beside [`RunSettings`](crate::models::RunSettings).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakSettings {
    /// The network.
    pub network: LeakNetwork,
    /// How scans become volumes.
    pub preparation: LeakPreparation,
    /// How it is trained.
    pub recipe: LeakRecipe,
    /// Of AdamW.
    pub weight_decay: f64,
    /// With the paper's recipe: epochs before the learning rate begins anew, at first and then.
    pub restarts: [usize; 2],
    /// So many epochs come first in which each 2 x 2 x 2 voxels are one, the mean of the eight.
    pub coarse_epochs: usize,
    /// Columns of `participants.tsv` whose numbers it learns beside the label; it forgets the outputs for
    /// them when it is done.
    pub beside: Vec<String>,
    /// Whether one of every [`LeakSettings::INNER`] patients to learn from is kept apart, to choose the
    /// epoch and the temperature by.
    pub has_inner_split: bool,
}

impl LeakSettings {
    /// One of so many patients is in the inner split.
    pub const INNER: usize = 8;

    /// Weight of the numbers that are learned beside the label, for all of them together.
    pub(super) const WEIGHT_BESIDE: f64 = 0.5;

    /// The network that is kept.
    #[must_use]
    pub fn shape(&self) -> ClassifierShape {
        self.shape_of(2)
    }

    /// The network that learns: with an output for each number that is learned beside.
    pub(super) fn learning_shape(&self) -> ClassifierShape {
        self.shape_of(2 + self.beside.len())
    }

    fn shape_of(&self, out_channels: usize) -> ClassifierShape {
        match &self.network {
            LeakNetwork::Densenet121 => {
                ClassifierShape::Densenet(DenseNetShape::densenet121(out_channels))
            }
            // Without the dropout of the published one, whose numbers a device draws by itself: a training
            // taken up again would be another.
            LeakNetwork::Sfcn(maps) => ClassifierShape::Sfcn(SfcnShape {
                channels: maps.clone(),
                dropout_prob: 0.0,
                ..SfcnShape::published(out_channels)
            }),
        }
    }

    /// Whether an epoch, counted from 0, is one of coarse voxels.
    pub(super) fn is_coarse(&self, epoch: usize) -> bool {
        epoch < self.coarse_epochs
    }

    /// Refuses what makes no sense, by name.
    pub(super) fn check(&self, epochs: usize) -> Result<(), TrainError> {
        let refused = |field, rule, value: String| Err(TrainError::Setting { field, rule, value });
        if let Err((field, value)) = self.preparation.check() {
            return refused(field, "what a volume can have", value);
        }
        if !(0.0..1.0).contains(&self.weight_decay) {
            let value = self.weight_decay.to_string();
            return refused("weight decay", "at least 0 and below 1", value);
        }
        for restart in self.restarts {
            TrainError::check_at_least_1("epochs between restarts", restart)?;
        }
        if self.coarse_epochs >= epochs && self.coarse_epochs > 0 {
            let value = self.coarse_epochs.to_string();
            return refused("coarse epochs", "fewer than all epochs", value);
        }
        if let LeakNetwork::Sfcn(maps) = &self.network
            && (maps.len() < 2 || maps.contains(&0))
        {
            return refused(
                "maps",
                "two numbers or more, none of them 0",
                format!("{maps:?}"),
            );
        }
        let smallest = match self.coarse_epochs {
            0 => self.preparation.size,
            _ => self.preparation.size.map(|n| n / 2),
        };
        match self.shape().takes(smallest) {
            true => Ok(()),
            false => refused(
                "size",
                "so large that the layers of the network leave something of it",
                format!("{smallest:?}"),
            ),
        }
    }

    /// The recipe in words, for the model card.
    #[must_use]
    pub fn in_words(&self, epochs: usize) -> String {
        let decay = self.weight_decay;
        let rate = match self.recipe {
            LeakRecipe::Paper => {
                let [first, then] = self.restarts;
                format!(
                    "AdamW (weight decay {decay}) with a learning rate that falls as a cosine and begins anew after {first} epochs and then every {then}"
                )
            }
            LeakRecipe::Best => format!(
                "AdamW (weight decay {decay}) with a learning rate that rises over the first 5 % of the steps and then falls as a cosine; exponentially averaged weights ({} a step)",
                Self::KEPT_OF_AVERAGE
            ),
        };
        let mut words = format!(
            "{rate}; cross entropy with the share of the other class as the weight of each class"
        );
        if self.coarse_epochs > 0 {
            words += &format!(
                "; the first {} of {epochs} epochs on the means of 2 x 2 x 2 voxels",
                self.coarse_epochs
            );
        }
        if !self.beside.is_empty() {
            words += &format!(
                "; learned beside the label, as standardised numbers of participants.tsv whose squared error counts {} for all together: {}",
                Self::WEIGHT_BESIDE,
                self.beside.join(", ")
            );
        }
        words
    }

    /// How much of the running average of the weights stays at each step.
    pub(super) const KEPT_OF_AVERAGE: f32 = 0.99;
}
