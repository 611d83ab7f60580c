//! The shader's twin: the same picture from the same numbers, on the CPU.

use super::style::{LayerUniform, SliceUniform};
use super::{Colormap, MAX_LAYERS, SlicePicture};
use crate::volume::{Interpolation, Volume};
use image::RgbaImage;
use rayon::prelude::*;

/// What a layer is held in for the CPU.
pub trait CpuLayer {
    /// Its voxels.
    fn volume(&self) -> &Volume;

    /// The colours of labels, whose places the voxels are; none for other values.
    fn label_colours(&self) -> &[[u8; 4]] {
        &[]
    }
}

impl CpuLayer for &Volume {
    fn volume(&self) -> &Volume {
        self
    }
}

/// A layer of voxels and the colours of their labels, if they are such.
#[derive(Clone, Copy, Debug)]
pub struct ColouredVolume<'a> {
    /// Its voxels.
    pub volume: &'a Volume,
    /// The colours of labels.
    pub colours: &'a [[u8; 4]],
}

impl CpuLayer for ColouredVolume<'_> {
    fn volume(&self) -> &Volume {
        self.volume
    }

    fn label_colours(&self) -> &[[u8; 4]] {
        self.colours
    }
}

/// Draws a picture on all cores.
#[must_use]
pub fn draw<V: CpuLayer>(picture: &SlicePicture<V>) -> RgbaImage {
    let uniform = SliceUniform::new(picture, |layer| {
        let grid = layer.volume().grid();
        (*grid.voxel_from_world(), grid.dims())
    });
    let layers = picture.layers.iter().take(MAX_LAYERS);
    let volumes: Vec<&Volume> = layers.clone().map(|(layer, _)| layer.volume()).collect();
    let colours: Vec<&[[u8; 4]]> = layers.map(|(layer, _)| layer.label_colours()).collect();
    let [width, height] = picture.view.size;
    let mut pixels = vec![0_u8; width as usize * height as usize * 4];
    pixels
        .par_chunks_exact_mut(width.max(1) as usize * 4)
        .enumerate()
        .for_each(|(y, row)| {
            for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
                let at = [x as f32 + 0.5, y as f32 + 0.5];
                let colour = match (uniform.is_paired(), uniform.has_labels()) {
                    (true, _) => fragment_paired(&uniform, &volumes, at),
                    (false, true) => fragment_labels(&uniform, &volumes, &colours, at),
                    (false, false) => fragment(&uniform, &volumes, at),
                };
                for (byte, channel) in pixel.iter_mut().zip(colour) {
                    *byte = (channel.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
                }
            }
        });
    // The buffer has the size of the picture by construction.
    RgbaImage::from_raw(width, height, pixels).unwrap_or_default()
}

// NOTE: keep in sync with shaders/slice.wgsl; the functions below bear the same names there.
fn fragment(slice: &SliceUniform, volumes: &[&Volume], pixel: [f32; 2]) -> [f32; 4] {
    let world = transform(&slice.world_from_pixel, [pixel[0], pixel[1], 0.0]);
    let mut colour = slice.background;
    for (layer, volume) in slice.layers.iter().zip(volumes) {
        if let Some(value) = sample_layer(layer, volume, world) {
            colour = blend(colour, layer, value);
        }
    }
    colour
}

/// As `fragment`, with labels among the layers.
fn fragment_labels(
    slice: &SliceUniform,
    volumes: &[&Volume],
    colours: &[&[[u8; 4]]],
    pixel: [f32; 2],
) -> [f32; 4] {
    let world = transform(&slice.world_from_pixel, [pixel[0], pixel[1], 0.0]);
    let mut colour = slice.background;
    for ((layer, volume), colours) in slice.layers.iter().zip(volumes).zip(colours) {
        if let Some(value) = sample_layer(layer, volume, world) {
            colour = match layer.has_labels() {
                false => blend(colour, layer, value),
                true => {
                    let is_line = is_outline(slice, layer, volume, pixel, value);
                    blend_label(colour, layer, colours, value, is_line)
                }
            };
        }
    }
    colour
}

/// Whether another label lies as far to one of four sides as the line is wide.
fn is_outline(
    slice: &SliceUniform,
    layer: &LayerUniform,
    volume: &Volume,
    pixel: [f32; 2],
    value: f32,
) -> bool {
    let width = layer.outline[0];
    let differs = |across: f32, down: f32| {
        let beside = [pixel[0] + across, pixel[1] + down, 0.0];
        let there = sample_layer(layer, volume, transform(&slice.world_from_pixel, beside));
        there.unwrap_or(0.0) != value
    };
    width > 0.0
        && (differs(width, 0.0)
            || differs(-width, 0.0)
            || differs(0.0, width)
            || differs(0.0, -width))
}

/// The colour of a label at its place in the table; beyond the table there is none.
fn blend_label(
    below: [f32; 4],
    layer: &LayerUniform,
    colours: &[[u8; 4]],
    value: f32,
    is_line: bool,
) -> [f32; 4] {
    let colour = colours.get(value as usize).copied().unwrap_or_default();
    let above = colour.map(|byte| f32::from(byte) / 255.0);
    let opacity = match is_line {
        true => layer.outline[1].max(layer.opacity),
        false => layer.opacity,
    };
    let share = above[3] * opacity;
    let mix = |channel: usize| below[channel] + (above[channel] - below[channel]) * share;
    [mix(0), mix(1), mix(2), 1.0]
}

/// The first two layers set against each other.
fn fragment_paired(slice: &SliceUniform, volumes: &[&Volume], pixel: [f32; 2]) -> [f32; 4] {
    let world = transform(&slice.world_from_pixel, [pixel[0], pixel[1], 0.0]);
    let mut colour = slice.background;
    if slice.mode < 3 {
        let real = sample_layer(&slice.layers[0], volumes[0], world);
        let predicted = sample_layer(&slice.layers[1], volumes[1], world);
        if let (Some(real), Some(predicted)) = (real, predicted) {
            let difference = predicted - real;
            let value = if slice.mode == 1 {
                difference.abs()
            } else {
                difference
            };
            colour = blend(colour, &slice.difference, value);
        }
        return colour;
    }
    // One layer or the other, or the second with the edges of the first.
    let square = pixel.map(|at| (at / slice.pairing[0]).floor());
    let is_first = match slice.mode {
        3 => pixel[0] < slice.pairing[0],
        4 => (square[0] + square[1]) % 2.0 == 0.0,
        _ => false,
    };
    let shown = usize::from(!is_first);
    let layer = &slice.layers[shown];
    if let Some(value) = sample_layer(layer, volumes[shown], world) {
        colour = blend(colour, layer, value);
    }
    if slice.mode == 5 {
        let share = edge(slice, volumes[0], pixel);
        for (out, above) in colour.iter_mut().zip(slice.outline) {
            *out += (above - *out) * share;
        }
    }
    colour
}

/// How much of an edge of the first layer there is: from 0 to 1 where the slope goes from
/// `FAINT_EDGE` to `FULL_EDGE`, in windows a mm.
fn edge(slice: &SliceUniform, volume: &Volume, pixel: [f32; 2]) -> f32 {
    const FAINT_EDGE: f32 = 0.08;
    const FULL_EDGE: f32 = 0.2;
    let layer = &slice.layers[0];
    let reach = slice.pairing[0];
    let at = |across: f32, down: f32| {
        let beside = [pixel[0] + across, pixel[1] + down, 0.0];
        sample_layer(layer, volume, transform(&slice.world_from_pixel, beside))
    };
    let ends = [
        at(reach, 0.0),
        at(-reach, 0.0),
        at(0.0, reach),
        at(0.0, -reach),
    ];
    let [Some(right), Some(left), Some(below), Some(above)] = ends else {
        return 0.0;
    };
    let scale = layer.per_width * slice.pairing[1];
    let [across, down] = [(right - left) * scale, (below - above) * scale];
    let slope = (across * across + down * down).sqrt();
    ((slope - FAINT_EDGE) / (FULL_EDGE - FAINT_EDGE)).clamp(0.0, 1.0)
}

fn sample_layer(layer: &LayerUniform, volume: &Volume, world: [f32; 3]) -> Option<f32> {
    let interpolation = if layer.flags & 1 == 1 {
        Interpolation::Linear
    } else {
        Interpolation::Nearest
    };
    volume.sample_voxel(transform(&layer.voxel_from_world, world), interpolation)
}

fn blend(below: [f32; 4], layer: &LayerUniform, value: f32) -> [f32; 4] {
    if layer.flags & 4 != 0 && value <= layer.low {
        return below;
    }
    let mut share = ((value - layer.low) * layer.per_width).clamp(0.0, 1.0);
    if layer.flags & 2 != 0 {
        share = 1.0 - share;
    }
    let above = Colormap::ALL[(layer.flags >> 8) as usize].colour(share);
    // Colours that are black in the middle and clear there cover as much as they lie off it.
    let cover = match layer.flags & 8 {
        0 => 1.0,
        _ => (2.0 * share - 1.0).abs(),
    };
    // What follows the value is clear at the first colour.
    let opacity = match layer.flags & 32 {
        0 => layer.opacity,
        _ => layer.opacity * ((value - layer.low) * layer.per_width).clamp(0.0, 1.0),
    };
    let mut out = below;
    for (out, above) in out.iter_mut().zip(above) {
        *out += (above - *out * cover) * opacity;
    }
    out
}

fn transform(matrix: &[[f32; 4]; 4], point: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|row| {
        matrix[0][row] * point[0]
            + matrix[1][row] * point[1]
            + matrix[2][row] * point[2]
            + matrix[3][row]
    })
}
