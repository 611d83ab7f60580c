//! What is drawn: layers, how each is coloured, and in which plane.

use super::Colormap;
use crate::volume::{Affine, Interpolation, PlaneView, Window};
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

/// Layers that one picture can hold.
pub const MAX_LAYERS: usize = 4;

/// How a layer's values become colours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// The background is clear, so that an overlay does not veil the scan: values at or below the
    /// window's low end are not drawn at all. Of diverging colours it is the middle that is clear;
    /// from there on they cover more and more.
    pub cut_below: bool,
    /// It covers the more the higher the value is; of diverging colours, the further it lies off the
    /// middle.
    pub follows_value: bool,
    /// Its voxels are places in a table of labels, each drawn in its colour there.
    pub labels: Option<LabelLook>,
}

/// How labels are drawn; the opacity of the layer is that of their insides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelLook {
    /// Pixels that the line around each label is wide, within the label itself; 0 for no line.
    pub outline_px: f32,
    /// The opacity of that line.
    pub outline_opacity: f32,
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
            follows_value: false,
            labels: None,
        }
    }

    /// Labels, half clear, without a line.
    #[must_use]
    pub fn labels() -> Self {
        Self {
            opacity: 0.45,
            interpolation: Interpolation::Nearest,
            labels: Some(LabelLook {
                outline_px: 0.0,
                outline_opacity: 1.0,
            }),
            ..Self::base(Window::new(0.0, 1.0))
        }
    }

    /// Half-opaque colour over a scan.
    #[must_use]
    pub fn overlay(window: Window, colormap: Colormap) -> Self {
        Self {
            colormap,
            opacity: 0.5,
            cut_below: true,
            ..Self::base(window)
        }
    }

    // NOTE: keep in sync with the flags in shaders/slice.wgsl.
    fn flags(&self) -> u32 {
        let is_diverging = self.colormap == Colormap::Diverging;
        // Between two places of a table there is no label.
        let is_linear = self.interpolation == Interpolation::Linear && self.labels.is_none();
        u32::from(is_linear)
            | u32::from(self.invert) << 1
            | u32::from(self.cut_below && !is_diverging) << 2
            | u32::from((self.cut_below || self.follows_value) && is_diverging) << 3
            | u32::from(self.labels.is_some()) << 4
            | u32::from(self.follows_value && !is_diverging) << 5
            | (self.colormap.row() as u32) << 8
    }
}

/// The second layer less the first, drawn in place of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// With its sign, or its size alone.
    pub signed: bool,
    /// Its colours. The interpolation of the layers' own styles counts, not this one's.
    pub style: LayerStyle,
}

/// How the first two layers are set against each other, where they do not lie over each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pairing {
    /// The second less the first.
    Difference(Difference),
    /// The first to the left of this share of the width, the second from there on.
    Swipe(f32),
    /// In turns in squares whose sides have so many pixels, from the first in the upper left corner.
    Checkerboard(f32),
    /// The second, with the edges of the first over it in this colour.
    Outline([u8; 3]),
}

/// How far to both sides of a point the slope of a scan is taken over, mm: wide enough for noise,
/// narrow enough for the cortex.
const SLOPE_MM: f64 = 0.7;

/// One picture: where it lies and what is on it. `V` is what a layer's voxels are held in, a
/// volume for the CPU or a texture for the GPU. Two that are equal look the same.
#[derive(Clone, Debug, PartialEq)]
pub struct SlicePicture<V> {
    /// The plane and its pixels.
    pub view: PlaneView,
    /// From the bottom up; those beyond [`MAX_LAYERS`] are not drawn.
    pub layers: Vec<(V, LayerStyle)>,
    /// Takes the first two layers and sets them against each other, if there are two.
    pub pairing: Option<Pairing>,
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
    /// Of labels: the width of their line in pixels and its opacity.
    pub(super) outline: [f32; 4],
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
            outline: style.labels.map_or([0.0; 4], |look| {
                [look.outline_px.round(), look.outline_opacity, 0.0, 0.0]
            }),
        }
    }

    pub(super) fn has_labels(&self) -> bool {
        self.flags & 16 != 0
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
    /// 0 layers, 1 absolute difference, 2 signed difference, 3 swipe, 4 checkerboard, 5 outline
    pub(super) mode: u32,
    pub(super) background: [f32; 4],
    /// The colour of edges.
    pub(super) outline: [f32; 4],
    /// Pixels: where the second layer begins, the side of a square, or how far the slope is taken
    /// over to each side. Then what makes a share of the window a slope, 1/mm.
    pub(super) pairing: [f32; 4],
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
        uniform.background = opaque(picture.background);
        for ((layer, style), slot) in picture.layers.iter().zip(&mut uniform.layers) {
            let (voxel_from_world, dims) = voxels(layer);
            *slot = LayerUniform::new(&voxel_from_world, dims, style);
        }
        if let Some(pairing) = picture.pairing
            && uniform.n_layers >= 2
        {
            uniform.pair(pairing, &picture.view);
        }
        uniform
    }

    /// Whether the first two layers are set against each other.
    pub(super) fn is_paired(&self) -> bool {
        self.mode != 0
    }

    /// Whether a layer holds labels, which take a shader of their own.
    pub(super) fn has_labels(&self) -> bool {
        self.mode == 0 && self.layers.iter().any(LayerUniform::has_labels)
    }

    fn pair(&mut self, pairing: Pairing, view: &PlaneView) {
        match pairing {
            Pairing::Difference(difference) => {
                self.mode = if difference.signed { 2 } else { 1 };
                self.difference = LayerUniform::new(&Affine::identity(), [1; 3], &difference.style);
            }
            Pairing::Swipe(share) => {
                self.mode = 3;
                self.pairing[0] = (share * self.size[0]).round();
            }
            Pairing::Checkerboard(side) => {
                self.mode = 4;
                self.pairing[0] = side.max(1.0);
            }
            Pairing::Outline(colour) => {
                self.mode = 5;
                self.outline = opaque(colour);
                self.pairing[0] = (SLOPE_MM / view.mm_per_pixel()) as f32;
                self.pairing[1] = (0.5 / SLOPE_MM) as f32;
            }
        }
    }
}

fn opaque(colour: [u8; 3]) -> [f32; 4] {
    let [r, g, b] = colour.map(|byte| f32::from(byte) / 255.0);
    [r, g, b, 1.0]
}

fn columns(matrix: &Affine) -> [[f32; 4]; 4] {
    std::array::from_fn(|column| std::array::from_fn(|row| matrix[(row, column)] as f32))
}
