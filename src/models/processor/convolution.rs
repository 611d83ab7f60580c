//! Convolutions on the processor, for predicting: written for maps that are few and large, as those
//! of a U-net are.
//!
//! A vector register holds neighbouring pixels of one map, as they lie in memory, so that nothing is
//! laid out anew between layers. As many registers as the processor has to spare add up as many
//! maps, each pixel that is loaded being used for all of them; nothing is stored before the sum is
//! complete.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::ops::Range;

/// Maps that go out together, and the lanes of the widest vector.
const BLOCK: usize = 16;

/// Rows of the maps that go in, read by all blocks one after the other, should stay in the second
/// cache: half a megabyte of pixels.
const BAND_PIXELS: usize = 128 * 1024;

/// Buffers to be used again, as fresh memory costs as much as the smaller convolutions do. What is
/// in them is whatever was.
#[derive(Default)]
pub(super) struct Arena(Vec<Vec<f32>>);

impl Arena {
    /// At least `n` numbers, and as many more as a vector that begins with the last one reaches.
    fn take(&mut self, n: usize) -> Vec<f32> {
        let n = n + BLOCK;
        let fitting = self.0.iter().enumerate().filter(|(_, b)| b.len() >= n);
        match fitting.min_by_key(|(_, b)| b.len()).map(|(at, _)| at) {
            Some(at) => self.0.swap_remove(at),
            None => vec![0.0; n],
        }
    }

    /// Takes the buffer of maps that are not needed any more.
    pub(super) fn give(&mut self, maps: Maps) {
        self.0.push(maps.values);
    }
}

/// Maps of one size, one after the other, each with `margin` zeros around it.
pub(super) struct Maps {
    pub(super) n: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    margin: usize,
    values: Vec<f32>,
}

impl Maps {
    /// Maps whose rows are written by `fill`, which is told the map and the row.
    pub(super) fn filled(
        arena: &mut Arena,
        [n, height, width]: [usize; 3],
        margin: usize,
        fill: impl Fn(usize, usize, &mut [f32]) + Sync,
    ) -> Self {
        let [rows, pitch] = [height, width].map(|size| size + 2 * margin);
        let mut values = arena.take(n * rows * pitch);
        values[..n * rows * pitch]
            .par_chunks_exact_mut(rows * pitch)
            .enumerate()
            .for_each(|(map, plane)| {
                let (above, inside) = plane.split_at_mut(margin * pitch);
                let (inside, below) = inside.split_at_mut(height * pitch);
                above.fill(0.0);
                below.fill(0.0);
                for (row, line) in inside.chunks_exact_mut(pitch).enumerate() {
                    line[..margin].fill(0.0);
                    line[margin + width..].fill(0.0);
                    fill(map, row, &mut line[margin..][..width]);
                }
            });
        Self {
            n,
            height,
            width,
            margin,
            values,
        }
    }

    /// All values; nothing for maps with a margin.
    pub(super) fn values(&self) -> &[f32] {
        &self.values[..self.n * self.height * self.width]
    }

    /// A row of a map without a margin.
    pub(super) fn row(&self, map: usize, row: usize) -> &[f32] {
        &self.values[(map * self.height + row) * self.width..][..self.width]
    }
}

/// A convolution of 1 x 1 or 3 x 3 whose weights lie as [`Tile`] reads them.
#[derive(Debug)]
pub(super) struct Convolution {
    side: usize,
    maps_in: usize,
    maps_out: usize,
    /// `[blocks of maps out][maps in][side][side][BLOCK]`.
    weights: Vec<f32>,
    /// `[blocks of maps out][BLOCK]`.
    bias: Vec<f32>,
    relu: bool,
}

impl Convolution {
    /// From weights `[maps out, maps in, side, side]` and a bias for each map out; with `relu`
    /// nothing below 0 comes out.
    pub(super) fn new(weights: &[f32], bias: &[f32], side: usize, relu: bool) -> Self {
        let maps_out = bias.len();
        let taps = side * side;
        let per_map = weights.len() / maps_out;
        let mut padded = bias.to_vec();
        padded.resize(maps_out.next_multiple_of(BLOCK), 0.0);
        let mut packed = vec![0.0; padded.len() * per_map];
        packed
            .par_chunks_exact_mut(BLOCK * per_map)
            .zip(weights.par_chunks(BLOCK * per_map))
            .for_each(|(packed, weights)| {
                for (lane, weights) in weights.chunks_exact(per_map).enumerate() {
                    for (at, &weight) in weights.iter().enumerate() {
                        packed[at * BLOCK + lane] = weight;
                    }
                }
            });
        Self {
            side,
            maps_in: per_map / taps,
            maps_out,
            weights: packed,
            bias: padded,
            relu,
        }
    }

    /// Maps that come out.
    pub(super) fn maps_out(&self) -> usize {
        self.maps_out
    }

    /// What it makes of maps, with zeros around it for the next one if wanted.
    ///
    /// # Panics
    /// Where their number or their margin is another than its own.
    pub(super) fn forward(&self, arena: &mut Arena, maps: &Maps, margin: usize) -> Maps {
        let arch = Arch::new();
        self.forward_by(arena, maps, margin, |tile| arch.dispatch(tile))
    }

    fn forward_by(
        &self,
        arena: &mut Arena,
        maps: &Maps,
        margin: usize,
        compute: impl Fn(Tile<'_>) + Send + Sync,
    ) -> Maps {
        assert_eq!(
            [maps.n, maps.margin],
            [self.maps_in, self.side / 2],
            "maps that go in, and zeros around them"
        );
        let [height, width] = [maps.height, maps.width];
        let pitch = width + 2 * maps.margin;
        let [rows_out, pitch_out] = [height, width].map(|size| size + 2 * margin);
        let n = self.maps_out * rows_out * pitch_out;
        let mut out = arena.take(n);
        let band = (BAND_PIXELS / (self.maps_in * pitch)).clamp(4.min(height), height);
        let mut bands: Vec<_> = out[..n]
            .chunks_exact_mut(rows_out * pitch_out)
            .map(|map| {
                let (above, inside) = map.split_at_mut(margin * pitch_out);
                let (inside, below) = inside.split_at_mut(height * pitch_out);
                above.fill(0.0);
                below.fill(0.0);
                inside.chunks_mut(band * pitch_out)
            })
            .collect();
        let blocks = || {
            let weights = self
                .weights
                .chunks_exact(BLOCK * self.maps_in * self.side * self.side);
            weights.zip(self.bias.chunks_exact(BLOCK))
        };
        let mut tiles = Vec::new();
        for first in (0..height).step_by(band) {
            for ((weights, bias), out) in blocks().zip(bands.chunks_mut(BLOCK)) {
                tiles.push(Tile {
                    x: &maps.values,
                    plane: (height + 2 * maps.margin) * pitch,
                    pitch,
                    width,
                    rows: first..(first + band).min(height),
                    side: self.side,
                    weights: weights.as_chunks().0,
                    bias,
                    relu: self.relu,
                    margin,
                    out: out.iter_mut().filter_map(Iterator::next).collect(),
                });
            }
        }
        tiles.into_par_iter().for_each(compute);
        Maps {
            n: self.maps_out,
            height,
            width,
            margin,
            values: out,
        }
    }
}

/// Some rows of a block of maps that come out.
struct Tile<'a> {
    /// All maps that go in, and a vector more.
    x: &'a [f32],
    /// From one of them to the next, and from a row to the next.
    plane: usize,
    pitch: usize,
    /// Of what comes out.
    width: usize,
    rows: Range<usize>,
    side: usize,
    weights: &'a [[f32; BLOCK]],
    bias: &'a [f32],
    relu: bool,
    /// Zeros to the left and to the right of what comes out.
    margin: usize,
    /// These rows of each map of the block, with those zeros.
    out: Vec<&'a mut [f32]>,
}

impl WithSimd for Tile<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // One register a map, and some for pixels and weights.
        match (S::REGISTER_COUNT >= 32, self.side) {
            (true, 1) => self.add_up::<S, 16, 1>(simd),
            (true, _) => self.add_up::<S, 16, 3>(simd),
            (false, 1) => self.add_up::<S, 8, 1>(simd),
            (false, _) => self.add_up::<S, 8, 3>(simd),
        }
    }
}

impl Tile<'_> {
    #[inline(always)]
    fn add_up<S: Simd, const MAPS: usize, const SIDE: usize>(&mut self, simd: S) {
        let lanes = S::F32_LANES;
        let zero = simd.splat_f32s(0.0);
        let n_maps = self.out.len();
        let pitch_out = self.width + 2 * self.margin;
        for out in &mut self.out {
            for line in out.chunks_exact_mut(pitch_out) {
                line[..self.margin].fill(0.0);
                line[self.margin + self.width..].fill(0.0);
            }
        }
        for first in (0..n_maps).step_by(MAPS) {
            for (at, row) in self.rows.clone().enumerate() {
                for column in (0..self.width).step_by(lanes) {
                    let mut sums: [S::f32s; MAPS] =
                        std::array::from_fn(|map| simd.splat_f32s(self.bias[first + map]));
                    let mut start = row * self.pitch + column;
                    for taps in self.weights.chunks_exact(SIDE * SIDE) {
                        for down in 0..SIDE {
                            let pixels = &self.x[start + down * self.pitch..][..lanes + SIDE - 1];
                            for right in 0..SIDE {
                                let x = S::as_simd_f32s(&pixels[right..right + lanes]).0[0];
                                let weights = &taps[down * SIDE + right][first..first + MAPS];
                                sums = std::array::from_fn(|map| {
                                    let weight = simd.splat_f32s(weights[map]);
                                    simd.mul_add_e_f32s(weight, x, sums[map])
                                });
                            }
                        }
                        start += self.plane;
                    }
                    let to = at * pitch_out + self.margin + column;
                    let to = to..to + lanes.min(self.width - column);
                    for (out, sum) in self.out[first..].iter_mut().zip(sums) {
                        // What is not a number stays that.
                        let kept = match self.relu {
                            true => simd.select_f32s(simd.less_than_f32s(sum, zero), zero, sum),
                            false => sum,
                        };
                        simd.partial_store_f32s(&mut out[to.clone()], kept);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the definition says, in double precision.
    fn by_hand(
        [n, height, width]: [usize; 3],
        x: &[f32],
        weights: &[f32],
        bias: &[f32],
        side: usize,
    ) -> Vec<f64> {
        let reach = side / 2;
        let pixel = |map: usize, row: usize, column: usize| -> f64 {
            let inside = |at: usize, size: usize| at.checked_sub(reach).filter(|&at| at < size);
            match (inside(row, height), inside(column, width)) {
                (Some(row), Some(column)) => f64::from(x[(map * height + row) * width + column]),
                _ => 0.0,
            }
        };
        let at = |out: usize, row: usize, column: usize| -> f64 {
            let terms = (0..n * side * side).map(|k| {
                let (map, down, right) = (k / (side * side), k / side % side, k % side);
                let weight = f64::from(weights[out * n * side * side + k]);
                weight * pixel(map, row + down, column + right)
            });
            f64::from(bias[out]) + terms.sum::<f64>()
        };
        (0..bias.len() * height * width)
            .map(|k| at(k / (height * width), k / width % height, k % width))
            .collect()
    }

    fn numbers(n: usize, step: usize) -> Vec<f32> {
        (0..n)
            .map(|at| (at * step % 211) as f32 / 211.0 - 0.5)
            .collect()
    }

    #[track_caller]
    fn check(
        size: [usize; 3],
        maps_out: usize,
        side: usize,
        compute: impl Fn(Tile<'_>) + Send + Sync,
    ) {
        let [n, height, width] = size;
        let x = numbers(n * height * width, 37);
        let weights = numbers(maps_out * n * side * side, 53);
        let bias = numbers(maps_out, 17);
        let expected = by_hand(size, &x, &weights, &bias, side);
        // Whatever is left in a buffer must not matter.
        let stale = || Maps {
            n: 0,
            height: 0,
            width: 0,
            margin: 0,
            values: vec![f32::NAN; 40_000],
        };
        let mut arena = Arena::default();
        arena.give(stale());
        let maps = Maps::filled(&mut arena, size, side / 2, |map, row, to| {
            to.copy_from_slice(&x[(map * height + row) * width..][..width]);
        });
        for (relu, margin) in [(false, 0), (true, 1)] {
            arena.give(stale());
            let conv = Convolution::new(&weights, &bias, side, relu);
            let made = conv.forward_by(&mut arena, &maps, margin, &compute);
            assert_eq!([made.n, made.height, made.width], [maps_out, height, width]);
            let pitch = width + 2 * margin;
            for (at, expected) in expected.iter().enumerate() {
                let (row, column) = (at / width % height + margin, at % width + margin);
                let map = at / (height * width) * (height + 2 * margin);
                let made = f64::from(made.values[(map + row) * pitch + column]);
                let expected = if relu { expected.max(0.0) } else { *expected };
                // Sums of at most 144 products of at most 1/4, in single precision.
                assert!(
                    (made - expected).abs() < 1e-5,
                    "{at} of {size:?} by {side}: {made}, not {expected}"
                );
            }
            let sum: f32 = made.values[..maps_out * (height + 2 * margin) * pitch]
                .iter()
                .sum();
            let inside: f64 = expected
                .iter()
                .map(|v| if relu { v.max(0.0) } else { *v })
                .sum();
            assert!((f64::from(sum) - inside).abs() < 1e-2, "zeros around it");
        }
    }

    fn check_sizes(compute: impl Fn(Tile<'_>) + Send + Sync + Copy) {
        for side in [1, 3] {
            check([1, 1, 1], 1, side, compute);
            check([3, 7, 37], 21, side, compute);
            check([2, 5, 16], 16, side, compute);
            check([16, 40, 33], 3, side, compute);
        }
    }

    #[test]
    fn it_is_its_definition_on_every_processor() {
        check_sizes(|tile| Arch::new().dispatch(tile));
        check_sizes(|tile| Simd::vectorize(pulp::Scalar, tile));
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            check_sizes(|tile| Simd::vectorize(simd, tile));
        }
    }

    #[test]
    fn what_is_not_a_number_stays_that() {
        let mut arena = Arena::default();
        let maps = Maps::filled(&mut arena, [1, 1, 3], 0, |_, _, to| {
            to.copy_from_slice(&[f32::NAN, -1.0, 2.0]);
        });
        let conv = Convolution::new(&[1.0], &[0.0], 1, true);
        let made = conv.forward(&mut arena, &maps, 0);
        assert!(made.values()[0].is_nan());
        assert_eq!(made.values()[1..], [0.0, 2.0]);
    }
}
