//! Networks by name or by file.

use super::card::Card;
use super::checkpoint::{Checkpoint, CheckpointError, save};
use super::unet::{UNet, UNetShape};
use super::{file_sha256, hex};
use burn::tensor::Device;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A network that comes with the program.
struct Embedded {
    name: &'static str,
    weights: &'static [u8],
}

const EMBEDDED: [Embedded; 3] = [
    Embedded {
        name: "1-2h-l2",
        weights: include_bytes!("../../assets/models/1-2h-l2.bpk"),
    },
    Embedded {
        name: "1-2h-l1",
        weights: include_bytes!("../../assets/models/1-2h-l1.bpk"),
    },
    Embedded {
        name: "pre-l2",
        weights: include_bytes!("../../assets/models/pre-l2.bpk"),
    },
];

/// A network with its card.
#[derive(Clone)]
pub struct Model {
    /// What it is.
    pub card: Card,
    weights: Weights,
}

#[derive(Clone)]
enum Weights {
    Embedded(&'static [u8]),
    File(PathBuf),
}

/// Why there is no such network.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Neither a name nor a file.
    #[error("no network and no file is called {name:?}; the program comes with {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names there are.
        known: String,
    },
    /// The file holds weights, but nothing says what of.
    #[error("the file has no model card; `cisterna model import` writes one: {0}")]
    NoCard(PathBuf),
    /// The card is not one.
    #[error("the model card cannot be understood ({reason}): {path}")]
    Card {
        /// Why.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The weights.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl Model {
    /// The networks that come with the program, in the order in which they are offered.
    ///
    /// # Errors
    /// None, unless the program was built wrongly.
    pub fn embedded() -> Result<Vec<Self>, ModelError> {
        let opened = EMBEDDED.iter().map(|embedded| {
            let path = Path::new(embedded.name);
            let checkpoint = Checkpoint::from_bytes(embedded.weights, path)?;
            Self::of(&checkpoint, Weights::Embedded(embedded.weights), path)
        });
        opened.collect()
    }

    /// The network of a name, or else of a file.
    ///
    /// # Errors
    /// When there is neither, and when the file holds no network with a card.
    pub fn find(name: &str) -> Result<Self, ModelError> {
        let embedded = Self::embedded()?;
        let known: Vec<String> = embedded.iter().map(|m| m.card.name.clone()).collect();
        if let Some(model) = embedded.into_iter().find(|model| model.card.name == name) {
            return Ok(model);
        }
        let path = Path::new(name);
        if !path.is_file() {
            return Err(ModelError::Unknown {
                name: name.to_owned(),
                known: known.join(", "),
            });
        }
        let checkpoint = Checkpoint::open(path)?;
        Self::of(&checkpoint, Weights::File(path.to_owned()), path)
    }

    fn of(checkpoint: &Checkpoint, weights: Weights, path: &Path) -> Result<Self, ModelError> {
        let text = checkpoint
            .card()
            .ok_or_else(|| ModelError::NoCard(path.to_owned()))?;
        let card = serde_json::from_str(text).map_err(|error| ModelError::Card {
            reason: error.to_string(),
            path: path.to_owned(),
        })?;
        Ok(Self { card, weights })
    }

    /// SHA-256 of its file, or `None` where the file is gone.
    #[must_use]
    pub fn sha256(&self) -> Option<String> {
        match &self.weights {
            Weights::Embedded(bytes) => Some(hex(&Sha256::digest(bytes))),
            Weights::File(path) => file_sha256(path),
        }
    }

    /// Its weights on a device, as they were trained.
    ///
    /// # Errors
    /// When the file is gone or changed.
    pub fn unet(&self, device: &Device) -> Result<(UNetShape, UNet), ModelError> {
        let checkpoint = match &self.weights {
            Weights::Embedded(bytes) => Checkpoint::from_bytes(bytes, Path::new(&self.card.name))?,
            Weights::File(path) => Checkpoint::open(path)?,
        };
        let (shape, net) = checkpoint.unet(None, None, device)?;
        Ok((shape, net.with_mirror(self.card.is_mirrored())))
    }

    /// Writes a network with its card as one file, weights in half precision.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(unet: &UNet, card: &Card, path: &Path) -> Result<(), ModelError> {
        let text = serde_json::to_string(card).map_err(|error| ModelError::Card {
            reason: error.to_string(),
            path: path.to_owned(),
        })?;
        Ok(save(unet, &card.shape, Some(&text), path)?)
    }
}
