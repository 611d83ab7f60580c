//! The shader's functions, each on a run of pixels beside each other in a row, with vectors as wide as
//! the processor's.
//!
//! Each pixel gets the numbers that it would get alone, computed in the same order, so that vectors of
//! any width give the same picture. Where there is no value there is NaN.
// NOTE: keep in sync with shaders/slice.wgsl; the functions bear the same names there.
#![expect(
    clippy::needless_range_loop,
    reason = "a lane is an index into several arrays at once, whose fixed lengths become vectors"
)]

use super::Colormap;
use super::style::{LayerUniform, SliceUniform};
use crate::volume::{LARGEST_SAMPLE, Volume};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Pixels of a run.
pub(super) const LANES: usize = 64;

/// A number for each pixel of a run.
pub(super) type Lanes = [f32; LANES];

/// The values of a layer in a run.
#[derive(Clone, Copy)]
pub(super) struct SampleLayer<'a> {
    pub(super) slice: &'a SliceUniform,
    pub(super) layer: &'a LayerUniform,
    pub(super) volume: &'a Volume,
    /// The middle of the run's first pixel, and how far to the right and below of each pixel its sample
    /// is taken.
    pub(super) first: [f32; 2],
    pub(super) beside: [f32; 2],
}

impl WithSimd for SampleLayer<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Lanes {
        let mut voxels = [[0.0; LANES]; 3];
        for lane in 0..LANES {
            let x = self.first[0] + lane as f32 + self.beside[0];
            let y = self.first[1] + self.beside[1];
            let world = transform(&self.slice.world_from_pixel, [x, y, 0.0]);
            let voxel = transform(&self.layer.voxel_from_world, world);
            for axis in 0..3 {
                voxels[axis][lane] = voxel[axis];
            }
        }
        match self.layer.flags & 1 {
            0 => nearest_voxel(self.volume, &voxels),
            _ => sample_voxel(self.volume, &voxels),
        }
    }
}

#[inline(always)]
fn transform(matrix: &[[f32; 4]; 4], point: [f32; 3]) -> [f32; 3] {
    let mut out = [0.0; 3];
    for row in 0..3 {
        out[row] = matrix[0][row] * point[0]
            + matrix[1][row] * point[1]
            + matrix[2][row] * point[2]
            + matrix[3][row];
    }
    out
}

/// Which pixels of a run lie in the cells of the voxels, and from the first to the last of them.
#[inline(always)]
fn inside(dims: [usize; 3], voxels: &[Lanes; 3]) -> ([bool; LANES], Range<usize>) {
    let mut inside = [true; LANES];
    for axis in 0..3 {
        let end = dims[axis] as f32 - 0.5;
        for lane in 0..LANES {
            // Written so that a NaN coordinate is outside.
            inside[lane] &= (voxels[axis][lane] >= -0.5) & (voxels[axis][lane] < end);
        }
    }
    let first = inside.iter().position(|is| *is).unwrap_or(LANES);
    let last = inside.iter().rposition(|is| *is);
    (inside, first..last.map_or(first, |last| last + 1))
}

// NOTE: keep in sync with `Volume::sample_voxel` in src/volume/sample.rs, as is the next one.
#[inline(always)]
fn nearest_voxel(volume: &Volume, voxels: &[Lanes; 3]) -> Lanes {
    let dims = volume.grid().dims();
    let (inside, span) = inside(dims, voxels);
    let mut out = [f32::NAN; LANES];
    if span.is_empty() {
        return out;
    }
    let mut index = [[0_i32; LANES]; 3];
    for axis in 0..3 {
        let last = dims[axis] as f32 - 1.0;
        for lane in 0..LANES {
            // Between two pixels inside there is none outside, unless by rounding.
            index[axis][lane] = (voxels[axis][lane] + 0.5).floor().max(0.0).min(last) as i32;
        }
    }
    let values = volume.values();
    for lane in span {
        let [i, j, k] = [index[0][lane], index[1][lane], index[2][lane]];
        out[lane] = values[i as usize + dims[0] * (j as usize + dims[1] * k as usize)];
    }
    for lane in 0..LANES {
        let value = out[lane].clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE);
        out[lane] = if inside[lane] { value } else { f32::NAN };
    }
    out
}

#[inline(always)]
fn sample_voxel(volume: &Volume, voxels: &[Lanes; 3]) -> Lanes {
    let dims = volume.grid().dims();
    let (inside, span) = inside(dims, voxels);
    let mut out = [f32::NAN; LANES];
    if span.is_empty() {
        return out;
    }
    let mut low = [[0_i32; LANES]; 3];
    let mut weight = [[0.0_f32; LANES]; 3];
    for axis in 0..3 {
        let last = dims[axis] as f32 - 1.0;
        // At the last voxel the pair is that one and the one before, with all of the weight on the last.
        let last_pair = (last - 1.0).max(0.0);
        for lane in 0..LANES {
            let clamped = voxels[axis][lane].max(0.0).min(last);
            let base = clamped.floor().min(last_pair);
            low[axis][lane] = base as i32;
            weight[axis][lane] = clamped - base;
        }
    }
    let along = [1, dims[0], dims[0] * dims[1]];
    let mut steps = [0; 8];
    for (corner, step) in steps.iter_mut().enumerate() {
        for axis in 0..3 {
            if corner >> axis & 1 == 1 && dims[axis] > 1 {
                *step += along[axis];
            }
        }
    }
    let values = volume.values();
    let mut corners = [[0.0_f32; LANES]; 8];
    for lane in span {
        let [i, j, k] = [low[0][lane], low[1][lane], low[2][lane]];
        let at = i as usize + along[1] * j as usize + along[2] * k as usize;
        for corner in 0..8 {
            corners[corner][lane] = values[at + steps[corner]];
        }
    }
    for lane in 0..LANES {
        let mut sum = 0.0;
        for corner in 0..8 {
            let mut share = 1.0;
            for axis in 0..3 {
                share *= match corner >> axis & 1 {
                    1 => weight[axis][lane],
                    _ => 1.0 - weight[axis][lane],
                };
            }
            // What has no share may be NaN; what has one makes the sum NaN.
            let value = corners[corner][lane].clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE);
            sum += share * if share > 0.0 { value } else { 0.0 };
        }
        out[lane] = if inside[lane] { sum } else { f32::NAN };
    }
    out
}

/// The colours of a map, and how far it is from each to the next.
pub(super) struct ColourTable {
    first: [[f32; 3]; Colormap::N_COLOURS],
    step: [[f32; 3]; Colormap::N_COLOURS],
}

impl ColourTable {
    /// The map that a layer's values are drawn in.
    pub(super) fn of(layer: &LayerUniform) -> Self {
        let table = Colormap::ALL[(layer.flags >> 8) as usize].table();
        let colour = |at: usize| table[at.min(Colormap::N_COLOURS - 1)].map(f32::from);
        Self {
            first: std::array::from_fn(colour),
            step: std::array::from_fn(|at| {
                let (a, b) = (colour(at), colour(at + 1));
                [b[0] - a[0], b[1] - a[1], b[2] - a[2]]
            }),
        }
    }
}

/// Puts the colours of values over what is below: red, green and blue from 0 to 1.
pub(super) struct Blend<'a> {
    pub(super) out: &'a mut [Lanes; 3],
    pub(super) layer: &'a LayerUniform,
    pub(super) table: &'a ColourTable,
    pub(super) values: &'a Lanes,
}

impl WithSimd for Blend<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self {
            out,
            layer,
            table,
            values,
        } = self;
        let has = |bit: u32| layer.flags & bit != 0;
        let (is_inverted, is_cut, is_clear_in_middle, follows) = (has(2), has(4), has(8), has(32));
        let mut at = [0_u8; LANES];
        let mut weight = [0.0_f32; LANES];
        let mut cover = [0.0_f32; LANES];
        let mut opacity = [0.0_f32; LANES];
        let mut is_any_seen = false;
        for lane in 0..LANES {
            let value = values[lane];
            let is_seen = !(value.is_nan() | (is_cut & (value <= layer.low)));
            is_any_seen |= is_seen;
            let high = ((value - layer.low) * layer.per_width).clamp(0.0, 1.0);
            let share = if is_inverted { 1.0 - high } else { high };
            let share = if is_seen { share } else { 0.0 };
            // Between which two colours of the map it lies, as `Colormap::colour` has it.
            let place = share * (Colormap::N_COLOURS - 1) as f32;
            let low = place.floor().min((Colormap::N_COLOURS - 2) as f32);
            at[lane] = low as i32 as u8;
            weight[lane] = place - low;
            // Colours that are black in the middle and clear there cover as much as they lie off it.
            cover[lane] = if is_clear_in_middle {
                (2.0 * share - 1.0).abs()
            } else {
                1.0
            };
            // What follows the value is clear at the first colour.
            let full = layer.opacity * if follows { high } else { 1.0 };
            opacity[lane] = if is_seen { full } else { 0.0 };
        }
        if !is_any_seen {
            return;
        }
        let mut first = [[0.0_f32; LANES]; 3];
        let mut step = [[0.0_f32; LANES]; 3];
        for lane in 0..LANES {
            let at = usize::from(at[lane]);
            for channel in 0..3 {
                first[channel][lane] = table.first[at][channel];
                step[channel][lane] = table.step[at][channel];
            }
        }
        for channel in 0..3 {
            for lane in 0..LANES {
                let above = (first[channel][lane] + step[channel][lane] * weight[lane]) / 255.0;
                let below = out[channel][lane];
                out[channel][lane] = below + (above - below * cover[lane]) * opacity[lane];
            }
        }
    }
}

/// Rounds colours to the bytes of opaque pixels, as many as there is room for.
pub(super) struct Round<'a> {
    pub(super) colours: &'a [Lanes; 3],
    pub(super) bytes: &'a mut [u8],
}

impl WithSimd for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let mut pixels = [[0_u8; 4]; LANES];
        for lane in 0..LANES {
            let mut pixel = 0xff_u32 << 24;
            for channel in 0..3 {
                let colour = self.colours[channel][lane].clamp(0.0, 1.0);
                pixel |= ((colour * 255.0 + 0.5) as i32 as u32) << (8 * channel);
            }
            pixels[lane] = pixel.to_le_bytes();
        }
        let pixels = pixels.as_flattened();
        self.bytes.copy_from_slice(&pixels[..self.bytes.len()]);
    }
}
