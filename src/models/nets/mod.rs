//! Networks as modules of burn. They know no task: what goes in and what comes out are channels.

mod classifier;
mod counter;
mod densenet;
mod sfcn;
mod unet;
mod volume_unet;
mod volumetric;

pub use classifier::{Classifier, ClassifierShape};
pub use counter::{Counter, CounterBlock, CounterKind, CounterShape};
pub use densenet::{DenseBlock, DenseLayer, DenseNet, DenseNetShape, Transition};
pub use sfcn::{Sfcn, SfcnBlock, SfcnShape};
pub use unet::{Context, DoubleConv, OutputActivation, UNet, UNetShape, Upsampling};
pub(super) use unet::{doubled, margin_before};
pub use volume_unet::{
    DecoderWidth, EnsembleShape, VolumeLayer, VolumeUNet, VolumeUNetShape, VolumeUNets,
};

use burn::module::Module;
use burn::store::ModuleSnapshot;
use burn::tensor::Tensor;

/// What the engine needs of a network.
pub trait Network: Module + ModuleSnapshot {
    /// Brings the running statistics of the norms up to date. burn keeps the newest ones by thread
    /// and gathers them only when asked, so that weights taken without this are old.
    fn sync_statistics(&self);

    /// Numbers that training sets: burn counts the running statistics of the norms too.
    fn n_weights(&self) -> usize;
}

/// A network that makes a few numbers of a whole volume.
pub trait VolumeNetwork: Network {
    /// From `[batch, channels, size..]` to `[batch, numbers out]`.
    ///
    /// # Panics
    ///
    /// Where the channels are not those of the network, or nothing is left of the volume.
    fn numbers(&self, x: Tensor<5>) -> Tensor<2>;
}
