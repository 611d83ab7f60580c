//! The first convolution of a dense network, 7 x 7 x 7 at every other voxel, with the norm and the
//! ReLU behind it; and the poolings between blocks.

use super::blocked::{LANES, Lanes, Maps3, Place, n_blocks};
use super::kernel::{Sums, compute, not_below_0, set_vectors, vectors};
use super::pointwise::Affine;
use super::region::{Region, Sweep};
use pulp::{Simd, WithSimd};

const SIDE: usize = 7;

/// How the first convolution moves.
pub(super) const STEM: Sweep = Sweep {
    kernel: SIDE,
    stride: 2,
    padding: 3,
};
/// How the largest of neighbours are taken.
pub(super) const LARGEST: Sweep = Sweep {
    kernel: 3,
    stride: 2,
    padding: 1,
};
/// How the mean of neighbours is taken.
pub(super) const MEAN: Sweep = Sweep {
    kernel: 2,
    stride: 2,
    padding: 0,
};

/// Voxels that the last tile of a row may look at behind it.
const SLACK: usize = 64;

/// What goes in: one value a voxel and channel, with zeros around the lattice.
#[derive(Clone)]
pub(super) struct Plain {
    pub(super) channels: usize,
    low: [isize; 3],
    size: [usize; 3],
    values: Vec<f32>,
}

impl Plain {
    /// Of a lattice, from values `[channels, size..]`.
    pub(super) fn new(values: &[f32], size: [usize; 3]) -> Self {
        let n: usize = size.iter().product();
        let channels = values.len() / n;
        let margin = STEM.padding;
        let mut made = Self::empty(
            channels,
            [-(margin as isize); 3],
            size.map(|n| n + 2 * margin),
        );
        for channel in 0..channels {
            for [z, y] in Region::whole(size).rows() {
                let to = made.at(channel, [z as isize, y as isize, 0]);
                let from = channel * n + (z * size[1] + y) * size[2];
                made.values[to..to + size[2]].copy_from_slice(&values[from..from + size[2]]);
            }
        }
        made
    }

    fn empty(channels: usize, low: [isize; 3], size: [usize; 3]) -> Self {
        let n = channels * size.iter().product::<usize>() + SLACK;
        Self {
            channels,
            low,
            size,
            values: vec![0.0; n],
        }
    }

    fn at(&self, channel: usize, voxel: [isize; 3]) -> usize {
        let [z, y, x] = std::array::from_fn(|a| (voxel[a] - self.low[a]) as usize);
        ((channel * self.size[0] + z) * self.size[1] + y) * self.size[2] + x
    }

    /// A value in the lattice.
    pub(super) fn value(&self, channel: usize, voxel: [usize; 3]) -> f32 {
        self.values[self.at(channel, voxel.map(|at| at as isize))]
    }

    /// What this box of the output is made of, where `fill` stands in place of the values in another
    /// box of the input, one for each channel.
    pub(super) fn occluded(&self, of_output: &Region, patch: &Region, fill: &[f32]) -> Self {
        let low = of_output
            .low
            .map(|at| 2 * at as isize - STEM.padding as isize);
        let size = of_output.size().map(|n| 2 * (n - 1) + SIDE);
        let mut made = Self::empty(self.channels, low, size);
        for (channel, &fill) in fill.iter().enumerate() {
            for z in 0..size[0] as isize {
                for y in 0..size[1] as isize {
                    let start = [low[0] + z, low[1] + y, low[2]];
                    let from = self.at(channel, start);
                    let to = made.at(channel, start);
                    let row = &mut made.values[to..to + size[2]];
                    row.copy_from_slice(&self.values[from..from + size[2]]);
                    let is_cut = start[0] >= 0
                        && start[1] >= 0
                        && patch.has_row([start[0] as usize, start[1] as usize]);
                    if is_cut {
                        let end = low[2] + size[2] as isize;
                        let from = (patch.low[2] as isize).clamp(low[2], end) - low[2];
                        let to = (patch.high[2] as isize).clamp(low[2], end) - low[2];
                        row[from as usize..to as usize].fill(fill);
                    }
                }
            }
        }
        made
    }
}

/// The first convolution.
#[derive(Debug)]
pub(super) struct Stem {
    channels: usize,
    n_out: usize,
    /// `[blocks out][channels in][SIDE][SIDE][SIDE]` of `LANES` maps out.
    weights: Vec<Lanes>,
    bias: Vec<Lanes>,
}

impl Stem {
    /// From weights `[maps out, channels in, 7, 7, 7]` and a bias for each map out.
    pub(super) fn new(weights: &[f32], bias: &[f32]) -> Self {
        let taps = weights.len() / bias.len();
        let n_out = n_blocks(bias.len());
        let pick = |block: usize, value: &dyn Fn(usize) -> f32| {
            Lanes(std::array::from_fn(|lane| {
                let map = block * LANES + lane;
                if map < bias.len() { value(map) } else { 0.0 }
            }))
        };
        Self {
            channels: taps / SIDE.pow(3),
            n_out,
            weights: (0..n_out * taps)
                .map(|at| pick(at / taps, &|map| weights[map * taps + at % taps]))
                .collect(),
            bias: (0..n_out)
                .map(|block| pick(block, &|map| bias[map]))
                .collect(),
        }
    }

    /// Computes a box of voxels into the first blocks of `out`.
    pub(super) fn forward(&self, x: &Plain, region: &Region, out: &mut Maps3, parts: usize) {
        let tasks: Vec<StemTask<'_>> = out
            .parts_mut(0..self.n_out, region.slabs(parts).collect())
            .map(|(region, place, out)| StemTask {
                of: self,
                x,
                region,
                place,
                out,
            })
            .collect();
        compute(tasks, parts);
    }
}

struct StemTask<'a> {
    of: &'a Stem,
    x: &'a Plain,
    region: Region,
    place: Place,
    out: Vec<&'a mut [Lanes]>,
}

impl WithSimd for StemTask<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.region.size()[2];
        // As few places left empty as can be.
        let least = |options: &[usize]| {
            let best = options.iter().min_by_key(|&&m| width.div_ceil(m) * m);
            best.copied().unwrap_or(1)
        };
        match (S::F32_LANES, S::REGISTER_COUNT >= 32) {
            (16, true) => match least(&[14, 13, 10, 7, 4]) {
                14 => self.add_up::<S, 14, 2, 1>(simd),
                13 => self.add_up::<S, 13, 2, 1>(simd),
                10 => self.add_up::<S, 10, 2, 1>(simd),
                7 => self.add_up::<S, 7, 2, 1>(simd),
                _ => self.add_up::<S, 4, 2, 1>(simd),
            },
            (8, _) => self.add_up::<S, 6, 1, 2>(simd),
            (4, true) => self.add_up::<S, 6, 1, 4>(simd),
            (4, false) => self.add_up::<S, 2, 1, 4>(simd),
            (2, _) => self.add_up::<S, 1, 1, 8>(simd),
            (1, _) => self.add_up::<S, 1, 1, 16>(simd),
            _ => unreachable!("vectors of {} lanes", S::F32_LANES),
        }
    }
}

impl StemTask<'_> {
    #[inline(always)]
    fn add_up<S: Simd, const M: usize, const N: usize, const V: usize>(mut self, simd: S) {
        let region = self.region;
        for [z, y] in region.rows() {
            for x in region.columns().step_by(M) {
                let kept = M.min(region.high[2] - x);
                let mut block = 0;
                while block < self.of.n_out {
                    if block + N <= self.of.n_out {
                        self.store::<S, M, N, V>(simd, [z, y, x], block, kept);
                        block += N;
                    } else {
                        self.store::<S, M, 1, V>(simd, [z, y, x], block, kept);
                        block += 1;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn store<S: Simd, const M: usize, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        voxel: [usize; 3],
        block: usize,
        kept: usize,
    ) {
        let Self { of, x, .. } = self;
        let taps = of.channels * SIDE.pow(3);
        let zero = [simd.splat_f32s(0.0); V];
        let mut bias = [zero; N];
        let mut weights: [&[Lanes]; N] = [&[]; N];
        for map in 0..N {
            bias[map] = vectors::<S, V>(&of.bias[block + map]);
            weights[map] = &of.weights[(block + map) * taps..][..taps];
        }
        let mut sums: Sums<S, M, N, V> = [bias; M];
        let first = voxel.map(|at| 2 * at as isize - STEM.padding as isize);
        for at in 0..of.channels * SIDE * SIDE {
            let [channel, down, across] = [at / (SIDE * SIDE), at / SIDE % SIDE, at % SIDE];
            let start = x.at(
                channel,
                [
                    first[0] + down as isize,
                    first[1] + across as isize,
                    first[2],
                ],
            );
            let (pairs, _) = x.values[start..].as_chunks::<2>();
            let mut of_row: [&[Lanes; SIDE]; N] = [&[Lanes::ZERO; SIDE]; N];
            for map in 0..N {
                of_row[map] = &weights[map].as_chunks().0[at];
            }
            sums = along_row::<S, M, N, V>(simd, &pairs[..M + SIDE / 2], of_row, sums);
        }
        let [z, y, x] = voxel;
        let to = self.place.at([z, y, x]);
        for (place, sums) in sums.iter().enumerate().take(kept) {
            for (map, sums) in sums.iter().enumerate() {
                let mut made = *sums;
                for value in &mut made {
                    *value = not_below_0(simd, *value);
                }
                set_vectors::<S, V>(&mut self.out[block + map][to + place], made);
            }
        }
    }
}

/// Adds the products of a row of the kernel at `M` voxels, each two values after the one before.
#[inline(always)]
fn along_row<S: Simd, const M: usize, const N: usize, const V: usize>(
    simd: S,
    pairs: &[[f32; 2]],
    weights: [&[Lanes; SIDE]; N],
    mut sums: Sums<S, M, N, V>,
) -> Sums<S, M, N, V> {
    for right in 0..SIDE {
        let mut of_tap = [[simd.splat_f32s(0.0); V]; N];
        for map in 0..N {
            of_tap[map] = vectors::<S, V>(&weights[map][right]);
        }
        for (pair, sums) in pairs[right / 2..].iter().zip(&mut sums) {
            let value = simd.splat_f32s(pair[right % 2]);
            for (sums, weights) in sums.iter_mut().zip(&of_tap) {
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum = simd.mul_add_e_f32s(value, weight, *sum);
                }
            }
        }
    }
    sums
}

/// What a pooling makes of the voxels of a window.
#[derive(Clone, Copy)]
pub(super) enum Pooling<'a> {
    /// The largest of 3 x 3 x 3 at every other voxel; nothing is below 0.
    Largest,
    /// The mean of 2 x 2 x 2, after a norm and a ReLU.
    MeanAfter(&'a Affine),
    /// The largest of 2 x 2 x 2, then a summand for each channel and a ReLU.
    LargestOfEight(&'a [Lanes]),
}

/// Pools a box of voxels of the first blocks of `x`, whose lattice has `size`, into those of `out`.
pub(super) fn pool(
    pooling: Pooling<'_>,
    x: &Maps3,
    size: [usize; 3],
    region: &Region,
    (out, n): (&mut Maps3, usize),
    parts: usize,
) {
    let tasks: Vec<PoolTask<'_>> = out
        .parts_mut(0..n, region.slabs(parts).collect())
        .map(|(region, place, out)| PoolTask {
            pooling,
            x,
            size,
            region,
            place,
            out,
        })
        .collect();
    compute(tasks, parts);
}

struct PoolTask<'a> {
    pooling: Pooling<'a>,
    x: &'a Maps3,
    size: [usize; 3],
    region: Region,
    place: Place,
    out: Vec<&'a mut [Lanes]>,
}

impl WithSimd for PoolTask<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.pool::<S, 1>(simd),
            8 => self.pool::<S, 2>(simd),
            4 => self.pool::<S, 4>(simd),
            2 => self.pool::<S, 8>(simd),
            1 => self.pool::<S, 16>(simd),
            lanes => unreachable!("vectors of {lanes} lanes"),
        }
    }
}

impl PoolTask<'_> {
    #[inline(always)]
    fn pool<S: Simd, const V: usize>(self, simd: S) {
        let Self { x, region, .. } = self;
        let sweep = match self.pooling {
            Pooling::Largest => LARGEST,
            Pooling::MeanAfter(_) | Pooling::LargestOfEight(_) => MEAN,
        };
        let least = match self.pooling {
            Pooling::LargestOfEight(_) => f32::NEG_INFINITY,
            _ => 0.0,
        };
        for (block, out) in self.out.into_iter().enumerate() {
            let values = x.block(block);
            for [z, y] in region.rows() {
                for column in region.columns() {
                    let voxel = Region {
                        low: [z, y, column],
                        high: [z + 1, y + 1, column + 1],
                    };
                    let window = voxel.window(sweep, self.size);
                    let mut made = [simd.splat_f32s(least); V];
                    for row in window.rows() {
                        let from = x.row(row, window.low[2]);
                        for value in &values[from..][..window.columns().len()] {
                            match self.pooling {
                                Pooling::Largest | Pooling::LargestOfEight(_) => {
                                    let value = vectors::<S, V>(value);
                                    for v in 0..V {
                                        let is_less = simd.less_than_f32s(made[v], value[v]);
                                        made[v] = simd.select_f32s(is_less, value[v], made[v]);
                                    }
                                }
                                Pooling::MeanAfter(affine) => {
                                    let value =
                                        Affine::of::<S, V>(simd, &affine.blocks()[block], value);
                                    for v in 0..V {
                                        made[v] = simd.add_f32s(made[v], value[v]);
                                    }
                                }
                            }
                        }
                    }
                    match self.pooling {
                        Pooling::Largest => {}
                        Pooling::MeanAfter(_) => {
                            for value in &mut made {
                                *value = simd.mul_f32s(*value, simd.splat_f32s(0.125));
                            }
                        }
                        Pooling::LargestOfEight(bias) => {
                            let bias = vectors::<S, V>(&bias[block]);
                            for (value, bias) in made.iter_mut().zip(bias) {
                                *value = not_below_0(simd, simd.add_f32s(*value, bias));
                            }
                        }
                    }
                    set_vectors::<S, V>(&mut out[self.place.at([z, y, column])], made);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::checked::{maps, numbers, value};
    use super::super::kernel::narrow::with_each;
    use super::*;

    const SIZE: [usize; 3] = [9, 10, 31];

    #[test]
    fn the_first_convolution_is_its_definition_on_every_processor() {
        let (channels, maps_out) = (2, 19);
        let n: usize = SIZE.iter().product();
        let x = numbers(channels * n, 37);
        let weights = numbers(maps_out * channels * 343, 53);
        let bias = numbers(maps_out, 17);
        let stem = Stem::new(&weights, &bias);
        let plain = Plain::new(&x, SIZE);
        let out_size = SIZE.map(|n| STEM.size(n));
        assert_eq!(out_size, [5, 5, 16]);
        let region = Region {
            low: [1, 0, 0],
            high: [5, 4, 16],
        };
        with_each(|| {
            let mut out = maps(&vec![7.0; maps_out * 5 * 5 * 16], out_size, 0);
            stem.forward(&plain, &region, &mut out, 1);
            for map in [0, 3, 18] {
                for voxel in region.voxels_but(&Region::none()) {
                    let term = |k: usize| -> f64 {
                        let (channel, tap) = (k / 343, k % 343);
                        let at = [tap / 49, tap / 7 % 7, tap % 7];
                        let at: [Option<usize>; 3] = std::array::from_fn(|axis| {
                            let at = (2 * voxel[axis] + at[axis]).checked_sub(3);
                            at.filter(|&at| at < SIZE[axis])
                        });
                        let [Some(z), Some(y), Some(x_at)] = at else {
                            return 0.0;
                        };
                        let value = x[channel * n + (z * SIZE[1] + y) * SIZE[2] + x_at];
                        f64::from(weights[map * channels * 343 + k]) * f64::from(value)
                    };
                    let sum: f64 = (0..343 * channels).map(term).sum();
                    let expected = (f64::from(bias[map]) + sum).max(0.0);
                    let made = value(&out, map, voxel);
                    assert!(
                        (made - expected).abs() < 1e-4,
                        "{voxel:?}: {made}, not {expected}"
                    );
                }
            }
        });
    }

    #[test]
    fn poolings_are_their_definitions() {
        let n: usize = SIZE.iter().product();
        let values = numbers(3 * n, 37).into_iter().map(|v| v.max(0.0));
        let values: Vec<f32> = values.collect();
        let x = maps(&values, SIZE, 0);
        let lanes: Vec<Option<usize>> = (0..LANES).map(|at| (at < 3).then_some(at)).collect();
        let affine = Affine::new(&[1.0, -2.0, 3.0], &[-0.1, 0.4, 0.0], &lanes);
        let at = |channel: usize, [z, y, x]: [usize; 3]| {
            f64::from(values[channel * n + (z * SIZE[1] + y) * SIZE[2] + x])
        };
        for sweep in [LARGEST, MEAN] {
            let size = SIZE.map(|n| sweep.size(n));
            let whole = Region::whole(size);
            let is_mean = sweep.kernel == 2;
            let pooling = match is_mean {
                true => Pooling::MeanAfter(&affine),
                false => Pooling::Largest,
            };
            let mut out = maps(&vec![0.0; 3 * whole.n_voxels()], size, 0);
            pool(pooling, &x, SIZE, &whole, (&mut out, 1), 1);
            for voxel in whole.voxels_but(&Region::none()) {
                for channel in 0..3 {
                    let side = sweep.kernel;
                    let taps = (0..side.pow(3)).filter_map(|tap| {
                        let at = [tap / side / side, tap / side % side, tap % side];
                        let near: [usize; 3] =
                            std::array::from_fn(|axis| 2 * voxel[axis] + at[axis]);
                        let low = near.map(|at| at.checked_sub(sweep.padding));
                        let inside = |axis: usize| low[axis].filter(|&at| at < SIZE[axis]);
                        Some([inside(0)?, inside(1)?, inside(2)?])
                    });
                    let expected = match is_mean {
                        true => {
                            let scale = [1.0, -2.0, 3.0][channel];
                            let shift = f64::from([-0.1_f32, 0.4, 0.0][channel]);
                            let of = |v| (at(channel, v) * scale + shift).max(0.0);
                            taps.map(of).sum::<f64>() / 8.0
                        }
                        false => taps.map(|v| at(channel, v)).fold(0.0, f64::max),
                    };
                    let made = value(&out, channel, voxel);
                    assert!((made - expected).abs() < 1e-6, "{made}, not {expected}");
                }
            }
        }
    }
}
