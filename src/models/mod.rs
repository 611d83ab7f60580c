//! The networks: what they look like, what they learn from, their weights, what they predict.
//!
//! A network of `nets` knows no task; `weights` keeps its tensors by name, `engine` trains it and
//! `processor` computes it on a CPU; `explain` shows what its numbers rest on. A task is one folder
//! (`tracer`, `leak`, `spaces`, `counts`): its data, its settings, how it predicts and how its predictions
//! are judged. This room knows nothing of windows and studies, and is the only room that knows burn.
//!
//! Invariant: a network is its shape and its weights; what it is for and what it was trained on
//! stand in its card.

mod card;
pub mod counts;
mod device;
mod engine;
pub mod explain;
pub mod leak;
mod nets;
mod processor;
pub mod spaces;
mod task_part;
pub mod tracer;
mod weights;
mod zoo;

pub use card::{Card, Imported, Origin, TaskCard, TrainingRecord, WARNING};
pub use device::{Compute, DeviceChoice, DeviceFailed, NoGpu};
pub use engine::{
    Adam, Begin, EpochMetrics, FinishedTraining, InitialNetwork, Learned, RateSchedule,
    RunSettings, Samples, Split, Step, Task, TrainError, TrainingProgress, train,
};
pub use nets::{
    Classifier, ClassifierShape, Context, Counter, CounterBlock, CounterKind, CounterShape,
    DecoderWidth, DenseBlock, DenseLayer, DenseNet, DenseNetShape, DoubleConv, EnsembleShape,
    Network, OutputActivation, Sfcn, SfcnBlock, SfcnShape, Transition, UNet, UNetShape, Upsampling,
    VolumeLayer, VolumeNetwork, VolumeUNet, VolumeUNetShape, VolumeUNets,
};
pub use processor::{
    DenseOnProcessor, Folded, FoldedClassifier, FoldedVolumeUNets, Kept, KeptSfcn, KeptVolume,
    SfcnOnProcessor, TileFailed, Workspace,
};
pub use task_part::TaskPart;
pub use weights::{
    ClassifierKind, Layout, Precision, TakenOver, TensorMisfit, Tensors, VolumeUNetFile,
    VolumeUNetsTakenOver, WeightsError, WeightsFile, classifier_of, counter_of, taken_over,
    tensors_of, unet_of, volume_unets_of, volume_unets_taken_over,
};
pub use zoo::{Model, ModelError};

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The SHA-256 of a file, or `None` where it cannot be opened.
#[must_use]
pub fn file_sha256(path: &Path) -> Option<String> {
    sha256_of(path).ok()
}

/// The SHA-256 of a file of any size.
pub(crate) fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hash = Sha256::new();
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(piece);
        let n = piece.len();
        reader.consume(n);
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
