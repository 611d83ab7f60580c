//! Slices through volumes, drawn on the GPU by our own shader and on the CPU by its twin.
//!
//! This room knows volumes, matrices and colours. It does not know files, patients, networks or
//! windows of the desktop.
//!
//! Invariant: what is drawn is sampled in world space. The shader takes a pixel to world
//! millimetres and, for each layer, on to that layer's own voxels; nothing is resampled to be
//! shown. The shader and its twin agree within 1/255 a channel. The twin takes runs of pixels at a time,
//! and draws what it would draw pixel by pixel, byte for byte.

mod adapters;
mod colormap;
mod cpu;
mod error;
mod gpu;
mod lanes;
mod style;
mod texture;

pub use adapters::{AdapterFacts, graphics_adapters};
pub use colormap::{Colormap, label_colour};
pub use cpu::{ColouredVolume, CpuLayer, draw as draw_on_cpu};
pub use error::RenderError;
pub use gpu::{Gpu, PreparedSlice, SlicePipeline, adapter_title, real_adapter_name};
pub use style::{Difference, LabelLook, LayerStyle, MAX_LAYERS, Pairing, SlicePicture};
pub use texture::VolumeTexture;

/// The shader, for those who check it.
pub const SLICE_SHADER: &str = include_str!("../../shaders/slice.wgsl");
