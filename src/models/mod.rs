//! The networks: what they look like, what they learn from, their weights, what they predict.
//!
//! A network is given the planes of scans and predicts the planes of another. This room knows
//! nothing of windows and studies, and is the only room that knows burn.
//!
//! Invariant: a network is its shape and its weights; what it was trained on stands in its card.

mod adam;
mod augment;
mod card;
mod checkpoint;
mod convolution;
mod data;
mod device;
mod evaluate;
mod folded;
mod interval;
mod predict;
mod recipe;
mod train;
mod unet;
mod zoo;

pub use adam::Adam;
pub use card::{Card, Imported, Origin, Trained as TrainedCard, WARNING};
pub use checkpoint::{Checkpoint, CheckpointError, Layout, export_safetensors, save};
pub use data::{
    Case, Cases, DataError, PLANE_PIXELS, PlanesAt, Preparation, Split, fat_of, open_cases, prepare,
};
pub use device::{Compute, DeviceChoice, NoGpu};
pub use evaluate::{Baselines, Errors, Evaluation, baselines, evaluate};
pub use folded::Folded;
pub use interval::{Inputs, Interval, NoInterval, TARGET_HOURS};
pub use predict::{
    InputProvenance, InputScan, PredictError, Prediction, Provenance, RealPlanes, WriteError,
    ordered, predict,
};
pub use recipe::{
    DeviceFailed, EpochErrors, Learned, Loss, Recipe, Start, Told, TrainError, Training,
};
pub use train::{Begin, Trained, predictions, train};
pub use unet::{Context, DoubleConv, Head, UNet, UNetShape, Upsampling};
pub use zoo::{Model, ModelError};

use sha2::{Digest, Sha256};
use std::path::Path;

/// The SHA-256 of a file, or `None` where it cannot be opened.
#[must_use]
pub fn file_sha256(path: &Path) -> Option<String> {
    Some(hex(&Sha256::digest(std::fs::read(path).ok()?)))
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
