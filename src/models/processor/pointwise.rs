//! Convolutions of 1 x 1 x 1: each voxel by itself. What a norm and a ReLU before it would do is done
//! while voxels are gathered, what a norm and a ReLU behind it would do is in its weights.

use super::blocked::{LANES, Lanes, Maps3, Place, n_blocks};
use super::kernel::{Sums, multiply, not_below_0, set_vectors, vectors};
use super::region::Region;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// A factor and a summand for each channel, after which nothing is below 0.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    /// A block of factors and one of summands for each block of channels.
    blocks: Vec<[Lanes; 2]>,
}

impl Affine {
    /// From the factor and the summand of each channel, with the channel of each lane.
    pub(super) fn new(scale: &[f32], shift: &[f32], lanes: &[Option<usize>]) -> Self {
        let pick = |values: &[f32], of_block: &[Option<usize>]| {
            Lanes(std::array::from_fn(|lane| {
                of_block[lane].map_or(0.0, |channel| values[channel])
            }))
        };
        Self {
            blocks: lanes
                .chunks_exact(LANES)
                .map(|of_block| [pick(scale, of_block), pick(shift, of_block)])
                .collect(),
        }
    }

    pub(super) fn blocks(&self) -> &[[Lanes; 2]] {
        &self.blocks
    }

    #[inline(always)]
    pub(super) fn of<S: Simd, const V: usize>(
        simd: S,
        [scale, shift]: &[Lanes; 2],
        voxel: &Lanes,
    ) -> [S::f32s; V] {
        let (scale, shift) = (vectors::<S, V>(scale), vectors::<S, V>(shift));
        let mut made = vectors::<S, V>(voxel);
        for v in 0..V {
            made[v] = not_below_0(simd, simd.mul_add_e_f32s(made[v], scale[v], shift[v]));
        }
        made
    }
}

/// A convolution of 1 x 1 x 1.
#[derive(Debug)]
pub(super) struct Pointwise {
    n_in: usize,
    n_out: usize,
    /// `[blocks out][blocks in][LANES in]` of `LANES` maps out.
    weights: Vec<[Lanes; LANES]>,
    /// For each block out.
    bias: Vec<Lanes>,
    relu: bool,
}

impl Pointwise {
    /// From weights `[maps out, channels in]` and a bias for each map out, with the channel of each
    /// lane that goes in; with `relu` nothing below 0 comes out.
    pub(super) fn new(weights: &[f32], bias: &[f32], lanes: &[Option<usize>], relu: bool) -> Self {
        let channels = weights.len() / bias.len();
        let [n_in, n_out] = [lanes.len() / LANES, n_blocks(bias.len())];
        let weight = |map: usize, lane: usize| match (map < bias.len(), lanes[lane]) {
            (true, Some(channel)) => weights[map * channels + channel],
            _ => 0.0,
        };
        let block = |at: usize| -> [Lanes; LANES] {
            let [out, into] = [at / n_in, at % n_in];
            std::array::from_fn(|lane| {
                Lanes(std::array::from_fn(|map| {
                    weight(out * LANES + map, into * LANES + lane)
                }))
            })
        };
        let of_block = |out: usize| {
            let at = |lane: usize| bias.get(out * LANES + lane).copied().unwrap_or(0.0);
            Lanes(std::array::from_fn(at))
        };
        Self {
            n_in,
            n_out,
            weights: (0..n_out * n_in).map(block).collect(),
            bias: (0..n_out).map(of_block).collect(),
            relu,
        }
    }

    /// Blocks that come out.
    pub(super) fn n_out(&self) -> usize {
        self.n_out
    }

    /// Computes a box of voxels, from the first blocks of `x` into those of `out` from `first` on.
    /// `before` is what is done to each channel first.
    pub(super) fn forward(
        &self,
        x: &Maps3,
        before: Option<&Affine>,
        region: &Region,
        (out, first): (&mut Maps3, usize),
        parts: usize,
    ) {
        let slabs: Vec<Region> = region.slabs(parts).collect();
        let tasks: Vec<Task<'_>> = {
            let places: Vec<Place> = slabs.iter().map(|slab| out.place(slab)).collect();
            let parts = out.slabs_mut(first..first + self.n_out, &slabs);
            let all = slabs.iter().zip(places).zip(parts);
            all.map(|((slab, place), out)| Task {
                of: self,
                x,
                before,
                region: *slab,
                place,
                out,
            })
            .collect()
        };
        let arch = Arch::new();
        match parts {
            0 | 1 => tasks.into_iter().for_each(|task| arch.dispatch(task)),
            _ => tasks.into_par_iter().for_each(|task| arch.dispatch(task)),
        }
    }
}

/// A slab of the voxels that come out.
struct Task<'a> {
    of: &'a Pointwise,
    x: &'a Maps3,
    before: Option<&'a Affine>,
    region: Region,
    place: Place,
    out: Vec<&'a mut [Lanes]>,
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (S::F32_LANES, S::REGISTER_COUNT >= 32) {
            (16, true) => self.add_up::<S, 14, 2, 1>(simd),
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
        let Self { of, x, region, .. } = self;
        let mut panel = vec![[Lanes::ZERO; M]; of.n_in];
        let mut voxels = region
            .rows()
            .flat_map(|[z, y]| region.columns().map(move |x| [z, y, x]));
        let (mut from, mut to) = ([0; M], [0; M]);
        loop {
            let mut n = 0;
            while n < M {
                let Some(voxel) = voxels.next() else { break };
                from[n] = x.at(voxel.map(|at| at as isize));
                to[n] = self.place.at(voxel);
                n += 1;
            }
            if n == 0 {
                break;
            }
            // The last voxel in place of those that are missing.
            for at in n..M {
                from[at] = from[n - 1];
            }
            for (block, panel) in panel.iter_mut().enumerate() {
                let values = x.block(block);
                match self.before {
                    Some(before) => {
                        let affine = &before.blocks()[block];
                        for (slot, &from) in panel.iter_mut().zip(&from) {
                            let made = Affine::of::<S, V>(simd, affine, &values[from]);
                            set_vectors::<S, V>(slot, made);
                        }
                    }
                    None => {
                        for (slot, &from) in panel.iter_mut().zip(&from) {
                            *slot = values[from];
                        }
                    }
                }
            }
            let mut block = 0;
            while block < of.n_out {
                if block + N <= of.n_out {
                    self.store::<S, M, N, V>(simd, &panel, block, &to[..n]);
                    block += N;
                } else {
                    self.store::<S, M, 1, V>(simd, &panel, block, &to[..n]);
                    block += 1;
                }
            }
        }
    }

    #[inline(always)]
    fn store<S: Simd, const M: usize, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        panel: &[[Lanes; M]],
        block: usize,
        to: &[usize],
    ) {
        let of = self.of;
        let mut weights: [&[[Lanes; LANES]]; N] = [&[]; N];
        let mut bias = [[simd.splat_f32s(0.0); V]; N];
        for map in 0..N {
            weights[map] = &of.weights[(block + map) * of.n_in..][..of.n_in];
            bias[map] = vectors::<S, V>(&of.bias[block + map]);
        }
        let begin: Sums<S, M, N, V> = [bias; M];
        let sums = multiply::<S, M, N, V>(simd, panel, weights, begin);
        for (&to, sums) in to.iter().zip(&sums) {
            for (map, sums) in sums.iter().enumerate() {
                let mut kept = *sums;
                if of.relu {
                    for value in &mut kept {
                        *value = not_below_0(simd, *value);
                    }
                }
                set_vectors::<S, V>(&mut self.out[block + map][to], kept);
            }
        }
    }
}
