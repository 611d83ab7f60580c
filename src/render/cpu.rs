//! The shader's twin: the same picture from the same numbers, on the CPU.

use super::style::{LayerUniform, SliceUniform};
use super::{Colormap, MAX_LAYERS, SlicePicture};
use crate::volume::{Interpolation, Volume};
use image::RgbaImage;
use rayon::prelude::*;

/// Draws a picture on all cores.
#[must_use]
pub fn draw(picture: &SlicePicture<&Volume>) -> RgbaImage {
    let uniform = SliceUniform::new(picture, |volume| {
        (*volume.grid().voxel_from_world(), volume.grid().dims())
    });
    let volumes: Vec<&Volume> = picture
        .layers
        .iter()
        .take(MAX_LAYERS)
        .map(|(volume, _)| *volume)
        .collect();
    let [width, height] = picture.view.size;
    let mut pixels = vec![0_u8; width as usize * height as usize * 4];
    pixels
        .par_chunks_exact_mut(width.max(1) as usize * 4)
        .enumerate()
        .for_each(|(y, row)| {
            for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
                let at = [x as f32 + 0.5, y as f32 + 0.5];
                let colour = match uniform.is_paired() {
                    true => fragment_paired(&uniform, &volumes, at),
                    false => fragment(&uniform, &volumes, at),
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
    let mut out = below;
    for (out, above) in out.iter_mut().zip(above) {
        *out += (above - *out * cover) * layer.opacity;
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
