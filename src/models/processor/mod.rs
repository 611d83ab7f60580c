//! Networks on a CPU, for predicting only: convolutions of this program's own, and the networks made
//! of them.

mod between;
mod blocked;
mod classifier;
mod convolution;
mod densenet;
mod kernel;
mod pointwise;
mod region;
mod sfcn;
mod stem;
mod tiles;
mod unet;
mod volume_unet;
mod winograd;

pub use classifier::{FoldedClassifier, KeptVolume};
pub use densenet::{DenseOnProcessor, Kept, Workspace};
pub use sfcn::{KeptSfcn, SfcnOnProcessor};
pub use unet::Folded;
pub use volume_unet::{FoldedVolumeUNets, TileFailed};
