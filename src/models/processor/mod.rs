//! Networks on a CPU, for predicting only: convolutions of this program's own, and the networks made
//! of them.

mod blocked;
mod classifier;
mod convolution;
mod densenet;
mod kernel;
mod pointwise;
mod region;
mod stem;
mod tiles;
mod unet;
mod volume_unet;
mod winograd;

pub use classifier::FoldedClassifier;
pub use densenet::{DenseOnProcessor, Kept, Workspace};
pub use unet::Folded;
pub use volume_unet::{FoldedVolumeUNets, TileFailed};
