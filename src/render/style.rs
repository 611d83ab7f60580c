//! What is drawn: layers, how each is coloured, and in which plane.

use super::Colormap;
use crate::volume::{Affine, Interpolation, PlaneView, Window};
use bytemuck::{Pod, Zeroable};

/// Layers that one picture can hold.
pub const MAX_LAYERS: usize = 4;

/// How a layer's values become colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerStyle {
    /// The values of the first and the last colour.
    pub window: Window,
    /// The colours.
    pub colormap: Colormap,
    /// The last colour for low values instead of high ones.
    pub invert: bool,
    /// 0 (unseen) to 1 (hides what is below).
    pub opacity: f32,
    /// Between voxels.
    pub interpolation: Interpolation,
    /// Values at or below the window's low end are not drawn at all, so that an overlay's
    /// background does not veil the scan.
    pub cut_below: bool,
}

impl LayerStyle {
    /// Opaque gray.
    #[must_use]
    pub fn base(window: Window) -> Self {
        Self {
            window,
            colormap: Colormap::Gray,
            invert: false,
            opacity: 1.0,
            interpolation: Interpolation::Linear,
            cut_below: false,
        }
    }

    /// Half-opaque colour over a scan.
    #[must_use]
    pub fn overlay(window: Window, colormap: Colormap) -> Self {
        Self {
            colormap,
            opacity: 0.5,
            cut_below: colormap != Colormap::Diverging,
            ..Self::base(window)
        }
    }

    // NOTE: keep in sync with the flags in shaders/slice.wgsl.
    fn flags(&self) -> u32 {
        u32::from(self.interpolation == Interpolation::Linear)
            | u32::from(self.invert) << 1
            | u32::from(self.cut_below) << 2
            | (self.colormap.row() as u32) << 8
    }
}

/// The second layer less the first, drawn in place of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// With its sign, or its size alone.
    pub signed: bool,
    /// Its colours. The interpolation of the layers' own styles counts, not this one's.
    pub style: LayerStyle,
}

/// One picture: where it lies and what is on it. `V` is what a layer's voxels are held in, a
/// volume for the CPU or a texture for the GPU.
#[derive(Clone, Debug)]
pub struct SlicePicture<V> {
    /// The plane and its pixels.
    pub view: PlaneView,
    /// From the bottom up; those beyond [`MAX_LAYERS`] are not drawn.
    pub layers: Vec<(V, LayerStyle)>,
    /// Takes the first two layers and draws how they differ.
    pub difference: Option<Difference>,
    /// Shown where no layer has a value.
    pub background: [u8; 3],
}

/// A layer as the shader has it.
// NOTE: keep in sync with `Layer` in shaders/slice.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct LayerUniform {
    pub(super) voxel_from_world: [[f32; 4]; 4],
    pub(super) dims: [f32; 4],
    pub(super) low: f32,
    pub(super) per_width: f32,
    pub(super) opacity: f32,
    pub(super) flags: u32,
}

impl LayerUniform {
    pub(super) fn new(voxel_from_world: &Affine, dims: [usize; 3], style: &LayerStyle) -> Self {
        Self {
            voxel_from_world: columns(voxel_from_world),
            dims: [dims[0] as f32, dims[1] as f32, dims[2] as f32, 1.0],
            low: style.window.low,
            per_width: 1.0 / style.window.width(),
            opacity: style.opacity,
            flags: style.flags(),
        }
    }
}

/// A picture as the shader has it.
// NOTE: keep in sync with `Slice` in shaders/slice.wgsl.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct SliceUniform {
    pub(super) world_from_pixel: [[f32; 4]; 4],
    pub(super) size: [f32; 2],
    pub(super) n_layers: u32,
    /// 0 layers, 1 absolute difference, 2 signed difference
    pub(super) mode: u32,
    pub(super) background: [f32; 4],
    pub(super) layers: [LayerUniform; MAX_LAYERS],
    pub(super) difference: LayerUniform,
}

impl SliceUniform {
    /// `voxels` gives the matrix from the world and the size of what a layer is held in.
    pub(super) fn new<V>(
        picture: &SlicePicture<V>,
        voxels: impl Fn(&V) -> (Affine, [usize; 3]),
    ) -> Self {
        let mut uniform = Self {
            world_from_pixel: columns(&picture.view.world_from_pixel),
            size: picture.view.size.map(|n| n as f32),
            n_layers: picture.layers.len().min(MAX_LAYERS) as u32,
            mode: 0,
            ..Self::default()
        };
        for (channel, byte) in uniform.background.iter_mut().zip(picture.background) {
            *channel = f32::from(byte) / 255.0;
        }
        uniform.background[3] = 1.0;
        for ((layer, style), slot) in picture.layers.iter().zip(&mut uniform.layers) {
            let (voxel_from_world, dims) = voxels(layer);
            *slot = LayerUniform::new(&voxel_from_world, dims, style);
        }
        if let Some(difference) = picture.difference
            && uniform.n_layers >= 2
        {
            uniform.mode = if difference.signed { 2 } else { 1 };
            uniform.difference = LayerUniform::new(&Affine::identity(), [1; 3], &difference.style);
        }
        uniform
    }
}

fn columns(matrix: &Affine) -> [[f32; 4]; 4] {
    std::array::from_fn(|column| std::array::from_fn(|row| matrix[(row, column)] as f32))
}
