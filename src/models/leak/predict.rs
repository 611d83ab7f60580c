//! From a scan to the numbers of a network and a probability, with what they came from.

use super::card::LeakCard;
use super::input::{InputError, LeakInput, prepared, stored};
use crate::formats::{FormatError, Opened, bids};
use crate::models::card::WARNING;
use crate::models::device::{Compute, DeviceFailed};
use crate::models::file_sha256;
use crate::models::processor::FoldedClassifier;
use crate::models::weights::classifier_of;
use crate::models::zoo::{Model, ModelError};
use crate::volume::Orientation;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How a scan is handed to a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputMode {
    /// As the card wants it: see [`prepared`].
    #[default]
    Prepared,
    /// As it lies in its file: see [`stored`].
    AsIs,
}

/// What the card of a network says of this task.
///
/// # Errors
/// When the network is for another one.
pub fn leak_card(model: &Model) -> Result<&LeakCard, ModelError> {
    model.card.task().ok_or_else(|| ModelError::OtherTask {
        name: model.card.name.clone(),
        wanted: "telling whether a leak of CSF is likely",
    })
}

/// A network on a device, ready to predict.
#[derive(Debug)]
pub struct LeakPredictor {
    net: FoldedClassifier,
    card: LeakCard,
    device: String,
}

/// Why nothing was predicted.
#[derive(Debug, thiserror::Error)]
pub enum LeakPredictError {
    /// The scan cannot be taken.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network could not be had.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceFailed),
    /// The card says what cannot be.
    #[error("the card of {model} has a {field} of {value}, which cannot be")]
    Card {
        /// The network.
        model: String,
        /// Of the card.
        field: &'static str,
        /// What it says.
        value: String,
    },
    /// The network takes more than a scan has.
    #[error("the network {model} takes {channels} channels, and a scan is one")]
    Channels {
        /// The network.
        model: String,
        /// What it takes.
        channels: usize,
    },
}

/// What a network says of a scan, and what it came from; stored as it is.
#[derive(Clone, Debug, Serialize)]
pub struct LeakPrediction {
    /// [`WARNING`].
    pub warning: &'static str,
    /// `leak`.
    pub task: &'static str,
    /// The numbers that the network gives.
    pub logits: Vec<f32>,
    /// What each stands for.
    pub outputs: Vec<String>,
    /// The probability of a leak.
    pub probability: f64,
    /// That of each number.
    pub probabilities: Vec<f64>,
    /// What the numbers were divided by first; none where nobody calibrated the network.
    pub temperature: Option<f64>,
    /// What it came from.
    #[serde(flatten)]
    pub came_from: LeakProvenance,
    /// What the person should know.
    pub remarks: Vec<String>,
}

/// What was computed from what, on what: of a prediction or of a map.
#[derive(Clone, Debug, Serialize)]
pub struct LeakProvenance {
    /// The network's name.
    pub model: String,
    /// SHA-256 of the network's file.
    pub model_sha256: Option<String>,
    /// What the network learned from.
    pub trained_on: String,
    /// The scan's file, without its folder.
    pub file: String,
    /// SHA-256 of the file; none for a folder.
    pub file_sha256: Option<String>,
    /// How the scan was handed over.
    pub input: InputMode,
    /// Voxels that the network was given, along its three axes.
    pub size: [usize; 3],
    /// What it was computed on.
    pub device: String,
    /// How long the network took; in no file, so that who predicts again writes the same bytes.
    #[serde(skip)]
    pub seconds: f64,
    /// The program and its version.
    pub made_by: String,
}

/// Why a prediction was not written.
#[derive(Debug, thiserror::Error)]
pub enum LeakWriteError {
    /// Another prediction, perhaps by another network.
    #[error("there is a prediction already, which is not overwritten: {}", .0.display())]
    Exists(PathBuf),
    /// A file could not be written.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl LeakPredictor {
    /// A network on a device.
    ///
    /// # Errors
    /// When the network is for another task, takes more than one channel, or its file is gone or
    /// changed.
    pub fn open(model: &Model, compute: &Compute) -> Result<Self, LeakPredictError> {
        let card = leak_card(model)?.clone();
        let channels = card.network.in_channels();
        if channels != 1 {
            return Err(LeakPredictError::Channels {
                model: model.card.name.clone(),
                channels,
            });
        }
        card.check()
            .map_err(|(field, value)| LeakPredictError::Card {
                model: model.card.name.clone(),
                field,
                value,
            })?;
        let weights = model.weights()?;
        let net = classifier_of(weights, compute.device()).map_err(ModelError::from)?;
        Ok(Self {
            net: FoldedClassifier::new(net, compute.device()),
            card,
            device: compute.to_string(),
        })
    }

    /// The network itself.
    #[must_use]
    pub fn net(&self) -> &FoldedClassifier {
        &self.net
    }

    /// What the card says.
    #[must_use]
    pub fn card(&self) -> &LeakCard {
        &self.card
    }

    /// A scan as the network is given it.
    ///
    /// # Errors
    /// When it is not one volume, holds what is no number, is too small, or, where it is prepared,
    /// shows no head.
    pub fn input(
        &self,
        scan: &Opened,
        mode: InputMode,
        path: &Path,
    ) -> Result<LeakInput, InputError> {
        if scan.info.volumes != 1 {
            return Err(InputError::Volumes {
                volumes: scan.info.volumes,
                shape: scan.info.shape.clone(),
                path: path.to_owned(),
            });
        }
        let input = match mode {
            InputMode::AsIs => stored(&scan.volume, path)?,
            InputMode::Prepared => prepared(&scan.volume, &self.card.preparation, path)?,
        };
        match self.card.network.takes(input.size) {
            true => Ok(input),
            false => Err(InputError::TooSmall {
                size: input.size,
                path: path.to_owned(),
            }),
        }
    }

    /// What the network says of a scan.
    ///
    /// # Errors
    /// As [`LeakPredictor::input`], and when the network cannot be computed.
    pub fn predict(
        &self,
        model: &Model,
        scan: &Opened,
        mode: InputMode,
        path: &Path,
    ) -> Result<LeakPrediction, LeakPredictError> {
        let input = self.input(scan, mode, path)?;
        let began = Instant::now();
        let logits = self.net.numbers(&input.values, input.size)?;
        let seconds = began.elapsed().as_secs_f64();
        let probabilities = self.card.probabilities(&logits);
        let mut remarks = scan.info.warnings.clone();
        if mode == InputMode::Prepared && scan.volume.orientation() != Orientation::Known {
            remarks.push("the file does not say which side is left".to_owned());
        }
        match (self.card.temperature, &self.card.training) {
            (None, _) => remarks.push("the probability is not calibrated".to_owned()),
            (Some(_), Some(training)) => remarks.push(format!(
                "the probability is calibrated by {} heads only, which chose the epoch of the network too: of other heads it may be too extreme",
                training.inner.len()
            )),
            // How another program came by it is not known.
            (Some(_), None) => {}
        }
        Ok(LeakPrediction {
            warning: WARNING,
            task: "leak",
            probability: probabilities[self.card.positive],
            probabilities,
            logits,
            outputs: self.card.outputs.clone(),
            temperature: self.card.temperature,
            came_from: self.provenance(model, path, mode, input.size, seconds),
            remarks,
        })
    }

    /// What is told of what was computed from a scan.
    #[must_use]
    pub fn provenance(
        &self,
        model: &Model,
        path: &Path,
        mode: InputMode,
        size: [usize; 3],
        seconds: f64,
    ) -> LeakProvenance {
        let name = path.file_name().unwrap_or_default();
        LeakProvenance {
            model: model.card.name.clone(),
            model_sha256: model.sha256(),
            trained_on: model.card.trained_on(),
            file: name.to_string_lossy().into_owned(),
            file_sha256: file_sha256(path),
            input: mode,
            size,
            device: self.device.clone(),
            seconds,
            made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        }
    }
}

impl LeakPrediction {
    /// Writes `prediction.json` into a folder, which is made where there is none; a prediction that
    /// lies there is not overwritten.
    ///
    /// # Errors
    /// [`LeakWriteError::Exists`], and when the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, LeakWriteError> {
        let path = folder.join("prediction.json");
        if path.exists() {
            return Err(LeakWriteError::Exists(path));
        }
        bids::write_json(&path, self)?;
        Ok(path)
    }
}
