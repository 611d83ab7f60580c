//! Networks by name or by file.

use super::card::Card;
use super::weights::{CARD_KEY, Precision, WeightsError, WeightsFile, save, save_safetensors};
use super::{file_sha256, hex};
use burn::store::ModuleSnapshot;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A network that comes with the program.
struct Embedded {
    name: &'static str,
    weights: &'static [u8],
}

const EMBEDDED: [Embedded; 5] = [
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
    Embedded {
        name: "leak-sfcn",
        weights: include_bytes!("../../assets/models/leak-sfcn.bpk"),
    },
    Embedded {
        name: "spaces-t1",
        weights: include_bytes!("../../assets/models/spaces-t1.bpk"),
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
    /// The network is for something else.
    #[error("the network {name} is not for this ({wanted})")]
    OtherTask {
        /// The network.
        name: String,
        /// What it would have to be for.
        wanted: &'static str,
    },
    /// The weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

impl Model {
    /// The networks that come with the program, in the order in which they are offered.
    ///
    /// # Errors
    /// None, unless the program was built wrongly.
    pub fn embedded() -> Result<Vec<Self>, ModelError> {
        let opened = EMBEDDED.iter().map(|embedded| {
            let path = Path::new(embedded.name);
            let file = WeightsFile::from_bytes(embedded.weights, path)?;
            Self::of(&file, Weights::Embedded(embedded.weights), path)
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
        let file = WeightsFile::open(path)?;
        Self::of(&file, Weights::File(path.to_owned()), path)
    }

    fn of(file: &WeightsFile, weights: Weights, path: &Path) -> Result<Self, ModelError> {
        let text = file
            .metadata(CARD_KEY)
            .ok_or_else(|| ModelError::NoCard(path.to_owned()))?;
        let card = Card::from_json(text).map_err(|error| ModelError::Card {
            reason: error.to_string(),
            path: path.to_owned(),
        })?;
        Ok(Self { card, weights })
    }

    /// Its file; none where it comes with the program.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.weights {
            Weights::Embedded(_) => None,
            Weights::File(path) => Some(path),
        }
    }

    /// SHA-256 of its file, or `None` where the file is gone.
    #[must_use]
    pub fn sha256(&self) -> Option<String> {
        match &self.weights {
            Weights::Embedded(bytes) => Some(hex(&Sha256::digest(bytes))),
            Weights::File(path) => file_sha256(path),
        }
    }

    /// Its weights.
    ///
    /// # Errors
    /// When the file is gone or changed.
    pub fn weights(&self) -> Result<WeightsFile, ModelError> {
        Ok(match &self.weights {
            Weights::Embedded(bytes) => WeightsFile::from_bytes(bytes, Path::new(&self.card.name))?,
            Weights::File(path) => WeightsFile::open(path)?,
        })
    }

    /// Writes a network with its card as one file, weights in half precision.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(net: &impl ModuleSnapshot, card: &Card, path: &Path) -> Result<(), ModelError> {
        Self::write_as(net, card, Precision::Half, path)
    }

    /// Writes a network with its card as one file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_as(
        net: &impl ModuleSnapshot,
        card: &Card,
        precision: Precision,
        path: &Path,
    ) -> Result<(), ModelError> {
        let metadata = metadata_of(card, path)?;
        let metadata = metadata.each_ref().map(|(key, text)| (*key, text.as_str()));
        Ok(save(net, &metadata, precision, path)?)
    }

    /// Writes a network as safetensors for other programs, with its card among the metadata, so that it
    /// can be taken in again as what it is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn export_safetensors(
        net: &impl ModuleSnapshot,
        card: &Card,
        path: &Path,
    ) -> Result<(), ModelError> {
        let metadata = metadata_of(card, path)?;
        let metadata = metadata.each_ref().map(|(key, text)| (*key, text.as_str()));
        Ok(save_safetensors(net, &metadata, path)?)
    }
}

/// What a file says of the network in it: its shape and its card.
fn metadata_of(card: &Card, path: &Path) -> Result<[(&'static str, String); 2], ModelError> {
    let refused = |error: serde_json::Error| ModelError::Card {
        reason: error.to_string(),
        path: path.to_owned(),
    };
    let text = serde_json::to_string(card).map_err(refused)?;
    let network = card.task.part().metadata().map_err(refused)?;
    Ok([network, (CARD_KEY, text)])
}
