//! Convolutions of 3 x 3 x 3 by Winograd's minimal filtering F(3, 3) along each axis (Lavin and Gray
//! 2016, section 4.1): 125 products give 27 voxels, where the definition takes 729.
//!
//! The polynomials are taken at 1, -1, 1/2, -1/2 and infinity, which of ten choices that were tried gave
//! the smallest rounding errors: 5e-6 on sums of 128 channels of size 2.5, where F(2, 3) has 1e-6 and
//! F(4, 3) at its usual points 8e-5. Additions before and after are few beside the sums over channels.

#![expect(
    clippy::needless_range_loop,
    reason = "indices of fixed length keep vectors in registers, which iterators over several arrays do not"
)]

use super::blocked::{LANES, Lanes, Maps3, Place, n_blocks};
use super::kernel::{Sums, compute, multiply, set_vectors, taken, vectors};
use super::region::Region;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

/// Along one axis: five voxels go in, three come out.
const SIDE: usize = 5;
const KEPT: usize = 3;
const POINTS: usize = SIDE * SIDE * SIDE;

/// A convolution of 3 x 3 x 3 with zeros around, without bias.
#[derive(Debug)]
pub(super) struct Winograd {
    n_in: usize,
    n_out: usize,
    /// `[POINTS][blocks out][blocks in][LANES in]` of `LANES` maps out.
    weights: Vec<[Lanes; LANES]>,
}

/// `G g` along an axis.
fn of_weights(g: [f64; 3]) -> [f64; SIDE] {
    let [a, b, c] = g;
    let at = |x: f64| a + b * x + c * x * x;
    [
        at(1.0) / 1.5,
        at(-1.0) / -1.5,
        at(0.5) / -0.75,
        at(-0.5) / 0.75,
        c,
    ]
}

/// `G g` along all three axes.
fn transformed(kernel: &[f32]) -> [f64; POINTS] {
    let mut along_x = [[[0.0; SIDE]; 3]; 3];
    for (z, plane) in along_x.iter_mut().enumerate() {
        for (y, row) in plane.iter_mut().enumerate() {
            *row = of_weights(std::array::from_fn(|x| {
                f64::from(kernel[9 * z + 3 * y + x])
            }));
        }
    }
    let mut out = [0.0; POINTS];
    for x in 0..SIDE {
        let along_y: [[f64; SIDE]; 3] =
            std::array::from_fn(|z| of_weights(std::array::from_fn(|y| along_x[z][y][x])));
        for y in 0..SIDE {
            let along_z = of_weights(std::array::from_fn(|z| along_y[z][y]));
            for z in 0..SIDE {
                out[(z * SIDE + y) * SIDE + x] = along_z[z];
            }
        }
    }
    out
}

impl Winograd {
    /// From weights `[maps out, channels in, 3, 3, 3]`, with the channel of each lane that goes in.
    pub(super) fn new(weights: &[f32], maps_out: usize, lanes: &[Option<usize>]) -> Self {
        let channels = weights.len() / 27 / maps_out;
        let [n_in, n_out] = [lanes.len() / LANES, n_blocks(maps_out)];
        let kernels: Vec<[f64; POINTS]> = weights.par_chunks_exact(27).map(transformed).collect();
        let weight = |point: usize, map: usize, lane: usize| match (map < maps_out, lanes[lane]) {
            (true, Some(channel)) => kernels[map * channels + channel][point] as f32,
            _ => 0.0,
        };
        let block = |at: usize| -> [Lanes; LANES] {
            let [point, out, into] = [at / (n_in * n_out), at / n_in % n_out, at % n_in];
            std::array::from_fn(|lane| {
                Lanes(std::array::from_fn(|map| {
                    weight(point, out * LANES + map, into * LANES + lane)
                }))
            })
        };
        let n = POINTS * n_out * n_in;
        Self {
            n_in,
            n_out,
            weights: (0..n).into_par_iter().map(block).collect(),
        }
    }

    /// Blocks that go in times blocks that come out: what it costs at each voxel.
    pub(super) fn n_products(&self) -> usize {
        self.n_in * self.n_out
    }

    /// Computes a box of voxels into the blocks of `out` from `first` on. `x` holds the voxels one
    /// further in each direction, zeros where the lattice ends.
    pub(super) fn forward(
        &self,
        x: &Maps3,
        region: &Region,
        (out, first): (&mut Maps3, usize),
        parts: usize,
    ) {
        // Slabs of whole tiles.
        let n_tiles = region.size()[0].div_ceil(KEPT);
        let thick = KEPT * n_tiles.div_ceil(parts.max(1));
        let parts_made = region.size()[0].div_ceil(thick.max(1)).max(1);
        let slabs: Vec<Region> = (0..parts_made)
            .map(|part| {
                let mut slab = *region;
                slab.low[0] = region.low[0] + part * thick;
                slab.high[0] = (slab.low[0] + thick).min(region.high[0]);
                slab
            })
            .collect();
        let tasks: Vec<Task<'_>> = out
            .parts_mut(first..first + self.n_out, slabs)
            .map(|(region, place, out)| Task {
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

/// A slab of the voxels that come out.
struct Task<'a> {
    of: &'a Winograd,
    x: &'a Maps3,
    region: Region,
    place: Place,
    out: Vec<&'a mut [Lanes]>,
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (S::F32_LANES, S::REGISTER_COUNT >= 32) {
            (16, true) => {
                // As many tiles at once as leave the fewest places empty.
                let n_tiles: usize = self
                    .region
                    .size()
                    .iter()
                    .map(|n| n.div_ceil(KEPT))
                    .product();
                let at_once = n_tiles.div_ceil(n_tiles.div_ceil(14).max(1));
                match at_once {
                    0..=4 => self.add_up::<S, 4, 2, 1>(simd),
                    5..=8 => self.add_up::<S, 8, 2, 1>(simd),
                    9..=11 => self.add_up::<S, 11, 2, 1>(simd),
                    _ => self.add_up::<S, 14, 2, 1>(simd),
                }
            }
            (8, _) => self.add_up::<S, 6, 1, 2>(simd),
            (4, true) => self.add_up::<S, 6, 1, 4>(simd),
            (4, false) => self.add_up::<S, 2, 1, 4>(simd),
            (2, _) => self.add_up::<S, 1, 1, 8>(simd),
            (1, _) => self.add_up::<S, 1, 1, 16>(simd),
            _ => unreachable!("vectors of {} lanes", S::F32_LANES),
        }
    }
}

impl Task<'_> {
    #[inline(always)]
    fn add_up<S: Simd, const M: usize, const N: usize, const V: usize>(mut self, simd: S) {
        let Self { of, region, .. } = self;
        // [POINTS][blocks in][M], and after the sums [blocks out][POINTS][M]. With a block more for each
        // point, points do not all fall on the same lines of the cache.
        let n_voxels = POINTS * (of.n_in + 1);
        let mut memory = taken(M * (n_voxels + of.n_out * POINTS));
        let (voxels, sums) = memory.as_chunks_mut::<M>().0.split_at_mut(n_voxels);
        let steps = |axis: usize| (region.low[axis]..region.high[axis]).step_by(KEPT);
        let mut tiles =
            steps(0).flat_map(|z| steps(1).flat_map(move |y| steps(2).map(move |x| [z, y, x])));
        let mut batch = [[0; 3]; M];
        loop {
            let mut n = 0;
            while n < M {
                let Some(tile) = tiles.next() else { break };
                batch[n] = tile;
                n += 1;
            }
            if n == 0 {
                break;
            }
            for block in 0..of.n_in {
                for (slot, &tile) in batch[..n].iter().enumerate() {
                    self.take::<S, M, V>(simd, tile, block, slot, voxels);
                }
            }
            for (point, voxels) in voxels.chunks_exact(of.n_in + 1).enumerate() {
                let voxels = &voxels[..of.n_in];
                let mut block = 0;
                while block < of.n_out {
                    if block + N <= of.n_out {
                        self.sum::<S, M, N, V>(simd, point, voxels, block, sums);
                        block += N;
                    } else {
                        self.sum::<S, M, 1, V>(simd, point, voxels, block, sums);
                        block += 1;
                    }
                }
            }
            for (slot, &tile) in batch[..n].iter().enumerate() {
                for block in 0..of.n_out {
                    let sums = &sums[block * POINTS..][..POINTS];
                    self.give::<S, M, V>(simd, tile, slot, block, sums);
                }
            }
        }
    }

    /// A block of the 5 x 5 x 5 voxels that a tile is made of, transformed, into a place of the batch.
    #[inline(always)]
    fn take<S: Simd, const M: usize, const V: usize>(
        &self,
        simd: S,
        tile: [usize; 3],
        block: usize,
        slot: usize,
        voxels: &mut [[Lanes; M]],
    ) {
        let x = self.x;
        let stride = self.of.n_in + 1;
        // What lies behind the box of `x` only goes into voxels that are not kept.
        let at = |axis: usize, step: usize| -> usize {
            let here = (tile[axis] + step) as isize - 1 - x.low[axis];
            (here as usize).min(x.size[axis] - 1)
        };
        let [sheets, lines, columns]: [[usize; SIDE]; 3] =
            [0, 1, 2].map(|axis| std::array::from_fn(|step| at(axis, step)));
        let is_whole = columns[SIDE - 1] == columns[0] + SIDE - 1;
        // Loops, as closures that the compiler does not take apart lose the vectors.
        let zero = [simd.splat_f32s(0.0); V];
        let values = x.block(block);
        let mut planes = [[[zero; SIDE]; SIDE]; SIDE];
        for z in 0..SIDE {
            let mut rows = [[zero; SIDE]; SIDE];
            for y in 0..SIDE {
                let row = (sheets[z] * x.size[1] + lines[y]) * x.size[2];
                let mut taken = [zero; SIDE];
                if is_whole {
                    let row = &values[row + columns[0]..][..SIDE];
                    for step in 0..SIDE {
                        taken[step] = vectors::<S, V>(&row[step]);
                    }
                } else {
                    for step in 0..SIDE {
                        taken[step] = vectors::<S, V>(&values[row + columns[step]]);
                    }
                }
                rows[y] = of_input(simd, taken);
            }
            for column in 0..SIDE {
                let mut line = [zero; SIDE];
                for y in 0..SIDE {
                    line[y] = rows[y][column];
                }
                let made = of_input(simd, line);
                for y in 0..SIDE {
                    planes[y][column][z] = made[y];
                }
            }
        }
        for y in 0..SIDE {
            for column in 0..SIDE {
                let made = of_input(simd, planes[y][column]);
                for z in 0..SIDE {
                    let point = (z * SIDE + y) * SIDE + column;
                    set_vectors::<S, V>(&mut voxels[point * stride + block][slot], made[z]);
                }
            }
        }
    }

    #[inline(always)]
    fn sum<S: Simd, const M: usize, const N: usize, const V: usize>(
        &self,
        simd: S,
        point: usize,
        voxels: &[[Lanes; M]],
        block: usize,
        sums: &mut [[Lanes; M]],
    ) {
        let of = self.of;
        let mut weights: [&[[Lanes; LANES]]; N] = [&[]; N];
        for map in 0..N {
            weights[map] = &of.weights[(point * of.n_out + block + map) * of.n_in..][..of.n_in];
        }
        let begin: Sums<S, M, N, V> = [[[simd.splat_f32s(0.0); V]; N]; M];
        let made = multiply::<S, M, N, V>(simd, voxels, weights, begin);
        for map in 0..N {
            let to = &mut sums[(block + map) * POINTS + point];
            for (to, made) in to.iter_mut().zip(&made) {
                set_vectors::<S, V>(to, made[map]);
            }
        }
    }

    /// The 3 x 3 x 3 voxels of a tile, as far as they belong to the box.
    #[inline(always)]
    fn give<S: Simd, const M: usize, const V: usize>(
        &mut self,
        simd: S,
        tile: [usize; 3],
        slot: usize,
        block: usize,
        sums: &[[Lanes; M]],
    ) {
        let zero = [simd.splat_f32s(0.0); V];
        let mut planes = [[[zero; SIDE]; KEPT]; KEPT];
        for z in 0..SIDE {
            let mut rows = [[zero; SIDE]; KEPT];
            for y in 0..SIDE {
                let mut line = [zero; SIDE];
                for x in 0..SIDE {
                    line[x] = vectors::<S, V>(&sums[(z * SIDE + y) * SIDE + x][slot]);
                }
                let made = of_output(simd, line);
                for x in 0..KEPT {
                    rows[x][y] = made[x];
                }
            }
            for x in 0..KEPT {
                let made = of_output(simd, rows[x]);
                for y in 0..KEPT {
                    planes[y][x][z] = made[y];
                }
            }
        }
        for y in 0..KEPT {
            for x in 0..KEPT {
                let made = of_output(simd, planes[y][x]);
                for z in 0..KEPT {
                    let voxel = [tile[0] + z, tile[1] + y, tile[2] + x];
                    let high = self.region.high;
                    if voxel[0] < high[0] && voxel[1] < high[1] && voxel[2] < high[2] {
                        let to = self.place.at(voxel);
                        set_vectors::<S, V>(&mut self.out[block][to], made[z]);
                    }
                }
            }
        }
    }
}

/// `B d` along an axis.
#[inline(always)]
fn of_input<S: Simd, const V: usize>(simd: S, d: [[S::f32s; V]; SIDE]) -> [[S::f32s; V]; SIDE] {
    let mut out = d;
    let half = simd.splat_f32s(0.5);
    let minus_half = simd.splat_f32s(-0.5);
    let minus_quarter = simd.splat_f32s(-0.25);
    for v in 0..V {
        let odd = simd.mul_add_e_f32s(d[1][v], minus_quarter, d[3][v]);
        let even = simd.mul_add_e_f32s(d[0][v], minus_quarter, d[2][v]);
        out[0][v] = simd.add_f32s(odd, even);
        out[1][v] = simd.sub_f32s(odd, even);
        let last = simd.mul_add_e_f32s(d[2][v], minus_quarter, d[4][v]);
        out[4][v] = simd.sub_f32s(last, even);
        let odd = simd.sub_f32s(d[3][v], d[1][v]);
        let even = simd.sub_f32s(d[2][v], d[0][v]);
        out[2][v] = simd.mul_add_e_f32s(even, half, odd);
        out[3][v] = simd.mul_add_e_f32s(even, minus_half, odd);
    }
    out
}

/// `A m` along an axis.
#[inline(always)]
fn of_output<S: Simd, const V: usize>(simd: S, m: [[S::f32s; V]; SIDE]) -> [[S::f32s; V]; KEPT] {
    let mut out = [m[0], m[1], m[2]];
    let half = simd.splat_f32s(0.5);
    let quarter = simd.splat_f32s(0.25);
    for v in 0..V {
        let whole = simd.add_f32s(m[0][v], m[1][v]);
        let between = simd.add_f32s(m[2][v], m[3][v]);
        out[0][v] = simd.add_f32s(whole, between);
        let last = simd.add_f32s(whole, m[4][v]);
        out[2][v] = simd.mul_add_e_f32s(between, quarter, last);
        let whole = simd.sub_f32s(m[0][v], m[1][v]);
        let between = simd.sub_f32s(m[2][v], m[3][v]);
        out[1][v] = simd.mul_add_e_f32s(between, half, whole);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::kernel::checked::{maps, numbers, value};
    use super::super::kernel::narrow::with_each;
    use super::*;

    #[track_caller]
    fn check(size: [usize; 3], [channels, maps_out]: [usize; 2], region: Region, parts: usize) {
        let n: usize = size.iter().product();
        let x = numbers(channels * n, 53);
        let weights = numbers(maps_out * channels * 27, 37);
        let lanes: Vec<Option<usize>> = (0..n_blocks(channels) * LANES)
            .map(|lane| (lane < channels).then_some(lane))
            .collect();
        let conv = Winograd::new(&weights, maps_out, &lanes);
        let x_maps = maps(&x, size, 1);
        // Whatever stands in the maps that come out must be written over.
        let mut out = maps(&vec![7.0; maps_out * n], size, 0);
        conv.forward(&x_maps, &region, (&mut out, 0), parts);
        let inside = |at: usize, size: usize| at.checked_sub(1).filter(|&at| at < size);
        for map in 0..maps_out {
            for voxel @ [z, y, x_at] in Region::whole(size).voxels_but(&region) {
                assert_eq!(
                    value(&out, map, voxel),
                    7.0,
                    "{z} {y} {x_at} was not asked for"
                );
            }
            for voxel in region.voxels_but(&Region::none()) {
                let term = |k: usize| -> f64 {
                    let (channel, tap) = (k / 27, k % 27);
                    let at = [tap / 9, tap / 3 % 3, tap % 3];
                    let at: [Option<usize>; 3] =
                        std::array::from_fn(|axis| inside(voxel[axis] + at[axis], size[axis]));
                    let [Some(z), Some(y), Some(x_at)] = at else {
                        return 0.0;
                    };
                    let weight = weights[(map * channels + channel) * 27 + tap];
                    let value = x[channel * n + (z * size[1] + y) * size[2] + x_at];
                    f64::from(weight) * f64::from(value)
                };
                let expected: f64 = (0..27 * channels).map(term).sum();
                let made = value(&out, map, voxel);
                assert!(
                    (made - expected).abs() < 2e-5,
                    "{voxel:?} of {size:?}, map {map}: {made}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn it_is_its_definition_on_every_processor() {
        with_each(|| {
            check([1, 1, 1], [1, 1], Region::whole([1; 3]), 1);
            check([4, 5, 7], [19, 21], Region::whole([4, 5, 7]), 1);
            check([6, 6, 3], [32, 17], Region::whole([6, 6, 3]), 1);
            let part = Region {
                low: [1, 2, 0],
                high: [3, 6, 5],
            };
            check([4, 7, 6], [20, 16], part, 1);
        });
        check([7, 5, 9], [16, 40], Region::whole([7, 5, 9]), 3);
    }
}
