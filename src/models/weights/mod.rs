//! Tensors by name: taken from networks and put into them, averaged, drawn from a seed; files of
//! this program and of PyTorch and Keras, and how other programs name the tensors of the same network.

mod classifier;
mod file;
mod keras;
mod mateuszbuda;
mod milesial;
mod monai;
mod tensors;
mod unet;
mod volume;

pub(super) use classifier::{CLASSIFIER_KEY, with_first_numbers};
pub use classifier::{ClassifierKind, TakenOver, classifier_of, taken_over};
pub(super) use file::{CARD_KEY, open_pack, save, save_safetensors};
pub use file::{Precision, WeightsError, WeightsFile};
pub use tensors::{TensorMisfit, Tensors, tensors_of};
pub(super) use tensors::{average, draw, fill};
pub(super) use unet::SHAPE_KEY;
pub use unet::{Layout, unet_of};
pub(super) use volume::{COUNTER_KEY, VOLUME_UNETS_KEY};
pub use volume::{
    VolumeUNetFile, VolumeUNetsTakenOver, counter_of, volume_unets_of, volume_unets_taken_over,
};
