//! Networks on a CPU, for predicting only: convolutions of this program's own, and the networks made
//! of them.

mod convolution;
mod unet;

pub use unet::Folded;
