//! What a training is told, what it tells, and why it may end.

use super::learned::{InitialNetwork, Split};
use crate::models::device::DeviceFailed;
use crate::models::nets::Network;
use crate::models::weights::{TensorMisfit, WeightsError};
use burn::tensor::{Device, Tensor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What differs from task to task in a training.
pub trait Task {
    /// The network.
    type Net: Network;
    /// One patient, as far as the network learns from it.
    type Sample: Sync;
    /// What decides a training beside [`RunSettings`]. A checkpoint of other settings is refused.
    type Settings: Serialize + DeserializeOwned + PartialEq;

    /// The settings.
    fn settings(&self) -> &Self::Settings;

    /// A network of the right shape; its weights are drawn or loaded by the engine.
    fn init(&self, device: &Device) -> Self::Net;

    /// Whether a tensor begins as [`Task::init`] made it, and is not drawn.
    fn begins_as_made(&self, _tensor: &str) -> bool {
        false
    }

    /// How the learning rate changes; where nothing else is said, it rises and falls if the weights are
    /// averaged, and stays if they are not.
    fn rate_schedule(&self) -> RateSchedule {
        match self.averaging() {
            Some(_) => RateSchedule::WarmupCosine,
            None => RateSchedule::Constant,
        }
    }

    /// How much of the running average of the weights is kept at each step; `None` keeps the
    /// weights themselves.
    fn averaging(&self) -> Option<f32>;

    /// The loss of a batch, a single number that gradients flow from.
    fn loss(
        &self,
        net: &Self::Net,
        batch: &[&Self::Sample],
        step: Step<'_>,
        device: &Device,
    ) -> Tensor<1>;

    /// Of AdamW; 0 is Adam.
    fn weight_decay(&self) -> f64 {
        0.0
    }

    /// How good the weights after an epoch are: the best ones are kept. `None` for an epoch that cannot
    /// be chosen; where none can, the last weights are kept.
    fn merit(&self, _epoch: &EpochMetrics) -> Option<f64> {
        None
    }

    /// Judges a network on patients it does not learn from, by named numbers, after an epoch counted
    /// from 0.
    ///
    /// # Errors
    /// When the device gives no numbers.
    fn judge(
        &self,
        net: Self::Net,
        samples: &[&Self::Sample],
        epoch: usize,
        device: &Device,
    ) -> Result<BTreeMap<String, f64>, DeviceFailed>;
}

/// Where a training stands.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The step of the whole training, counted from 0.
    pub step: usize,
    /// What decides it.
    pub run: &'a RunSettings,
}

/// Whom a network learns from and is judged by.
pub struct Samples<'a, S> {
    /// Patients to learn from.
    pub learn_from: Vec<&'a S>,
    /// Patients to be judged by.
    pub judged_by: Vec<&'a S>,
    /// Their names.
    pub split: &'a Split,
    /// SHA-256 of what is to be predicted: a checkpoint of other data is refused.
    pub fingerprint: &'a str,
}

/// How the learning rate changes from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateSchedule {
    /// It stays.
    Constant,
    /// It rises over the first twentieth of the steps and falls as a cosine.
    WarmupCosine,
    /// It falls as a cosine and begins anew (Loshchilov and Hutter 2016).
    CosineRestarts {
        /// Epochs before it begins anew for the first time.
        first: usize,
        /// Epochs between later ones.
        then: usize,
    },
}

impl RateSchedule {
    /// The factor of the learning rate at a step of the whole training, counted from 0.
    #[must_use]
    pub fn factor(self, step: usize, steps_an_epoch: usize, epochs: usize) -> f64 {
        let n_steps = steps_an_epoch * epochs;
        let turned = |share: f64| 0.5 * (1.0 + (std::f64::consts::PI * share).cos());
        match self {
            Self::Constant => 1.0,
            Self::CosineRestarts { first, then } => {
                let [first, then] = [first, then].map(|n| (n * steps_an_epoch).max(1));
                match step.checked_sub(first) {
                    None => turned(step as f64 / first as f64),
                    Some(after) => turned((after % then) as f64 / then as f64),
                }
            }
            Self::WarmupCosine => {
                let rise = (n_steps as f64 / 20.0).max(1.0);
                let risen = ((step + 1) as f64 / rise).min(1.0);
                risen * turned(step as f64 / n_steps as f64)
            }
        }
    }
}

/// What decides any training, beside the task's own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    /// How often each patient is seen.
    pub epochs: usize,
    /// Patients a step.
    pub batch: usize,
    /// Of Adam; the highest one of a schedule.
    pub learning_rate: f64,
    /// What weights, order and augmentation are drawn from.
    pub seed: u64,
    /// The network whose weights it begins with; none where they are drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<InitialNetwork>,
}

impl RunSettings {
    /// Refuses what makes no sense, by name.
    pub(super) fn check(&self) -> Result<(), TrainError> {
        TrainError::check_at_least_1("epochs", self.epochs)?;
        TrainError::check_at_least_1("batch", self.batch)?;
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
}

/// How good the network was after an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean of the loss over the epoch's steps, as the weights moved.
    pub train_loss: f64,
    /// What [`Task::judge`] says of the weights that would be kept.
    #[serde(flatten)]
    pub test: BTreeMap<String, f64>,
}

impl EpochMetrics {
    /// One of the named numbers of the test.
    #[must_use]
    pub fn test(&self, name: &str) -> f64 {
        self.test.get(name).copied().unwrap_or(f64::NAN)
    }
}

/// How far a training is.
#[derive(Clone, Debug)]
pub enum TrainingProgress {
    /// A step is done.
    Step {
        /// Counted from 1.
        epoch: usize,
        /// Share of the whole training that is done.
        done: f64,
    },
    /// An epoch is done and can be taken up again.
    Epoch(EpochMetrics),
}

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
    Weights(#[from] WeightsError),
    /// The weights to begin with are those of another network.
    #[error("these tensors do not fit: {0}")]
    Misfit(#[from] TensorMisfit),
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

impl TrainError {
    /// Refuses a count of 0.
    pub(in crate::models) fn check_at_least_1(
        field: &'static str,
        value: usize,
    ) -> Result<(), Self> {
        match value {
            0 => Err(Self::Setting {
                field,
                rule: "at least 1",
                value: value.to_string(),
            }),
            _ => Ok(()),
        }
    }
}
