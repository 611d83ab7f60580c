//! Convolutions of 1 x 1 x 1: each voxel by itself. What a norm and a ReLU before it would do is done
//! while voxels are gathered, what a norm and a ReLU behind it would do is in its weights.

use super::blocked::{LANES, Lanes, Maps3, Place, n_blocks};
use super::kernel::{Sums, compute, multiply, not_below_0, set_vectors, taken, vectors};
use super::region::Region;
use pulp::{Simd, WithSimd};

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
}

/// What is computed of a convolution.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// These voxels.
    pub(super) region: Region,
    /// What is done to each channel first.
    pub(super) before: Option<&'a Affine>,
    /// Whether nothing below 0 comes out.
    pub(super) relu: bool,
    /// Where only some channels changed: the difference that they make is added to what came out
    /// before.
    pub(super) change: Option<Change<'a>>,
    /// Slabs that are computed side by side; one is computed on the thread that asks.
    pub(super) parts: usize,
}

/// A change of some channels.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    /// Voxels of the region that are left out.
    pub(super) but: Region,
    /// The first block of channels that changed, and all behind it.
    pub(super) first: usize,
    /// The channels before the change.
    pub(super) x: &'a Maps3,
    /// What came out before the change, below 0 too.
    pub(super) sums: &'a Maps3,
}

impl Pointwise {
    /// From weights `[maps out, channels in]` and a bias for each map out, with the channel of each
    /// lane that goes in.
    pub(super) fn new(weights: &[f32], bias: &[f32], lanes: &[Option<usize>]) -> Self {
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
        }
    }

    /// Computes a box of voxels, from the first blocks of `x` into those of `out` from `first` on.
    pub(super) fn forward(&self, x: &Maps3, wanted: Wanted<'_>, (out, first): (&mut Maps3, usize)) {
        let slabs: Vec<Region> = wanted.region.slabs(wanted.parts).collect();
        let tasks: Vec<Task<'_>> = out
            .parts_mut(first..first + self.n_out, slabs)
            .map(|(region, place, out)| Task {
                of: self,
                x,
                wanted: Wanted { region, ..wanted },
                place,
                out,
            })
            .collect();
        compute(tasks, wanted.parts);
    }
}

/// A slab of the voxels that come out.
struct Task<'a> {
    of: &'a Pointwise,
    x: &'a Maps3,
    wanted: Wanted<'a>,
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

/// Where a voxel lies in what goes in, and what came out before.
#[derive(Clone, Copy, Default)]
struct Voxel {
    x: usize,
    x_before: usize,
    sums_before: usize,
    out: usize,
}

impl Task<'_> {
    #[inline(always)]
    fn add_up<S: Simd, const M: usize, const N: usize, const V: usize>(mut self, simd: S) {
        let Self { of, wanted, .. } = self;
        let first = wanted.change.map_or(0, |change| change.first);
        let but = wanted.change.map_or_else(Region::none, |change| change.but);
        let mut memory = taken(M * (of.n_in - first));
        let panel = memory.as_chunks_mut::<M>().0;
        let mut voxels = wanted.region.voxels_but(&but);
        let mut batch = [Voxel::default(); M];
        loop {
            let mut n = 0;
            while n < M {
                let Some(voxel) = voxels.next() else { break };
                batch[n] = self.place_of(voxel);
                n += 1;
            }
            if n == 0 {
                break;
            }
            // The last voxel in place of those that are missing.
            for at in n..M {
                batch[at] = batch[n - 1];
            }
            self.gather::<S, M, V>(simd, &batch, first, panel);
            let mut block = 0;
            while block < of.n_out {
                if block + N <= of.n_out {
                    self.store::<S, M, N, V>(simd, panel, first, block, &batch, n);
                    block += N;
                } else {
                    self.store::<S, M, 1, V>(simd, panel, first, block, &batch, n);
                    block += 1;
                }
            }
        }
    }

    #[inline(always)]
    fn place_of(&self, voxel: [usize; 3]) -> Voxel {
        let at = voxel.map(|at| at as isize);
        let change = self.wanted.change;
        Voxel {
            x: self.x.at(at),
            x_before: change.map_or(0, |change| change.x.at(at)),
            sums_before: change.map_or(0, |change| change.sums.at(at)),
            out: self.place.at(voxel),
        }
    }

    /// The channels of some voxels, or how far they changed, after what is done to them first.
    #[inline(always)]
    fn gather<S: Simd, const M: usize, const V: usize>(
        &self,
        simd: S,
        batch: &[Voxel; M],
        first: usize,
        panel: &mut [[Lanes; M]],
    ) {
        for (at, panel) in panel.iter_mut().enumerate() {
            let block = first + at;
            let values = self.x.block(block);
            match (self.wanted.before, self.wanted.change) {
                (None, _) => {
                    for (slot, voxel) in panel.iter_mut().zip(batch) {
                        *slot = values[voxel.x];
                    }
                }
                (Some(before), None) => {
                    let affine = &before.blocks()[block];
                    for (slot, voxel) in panel.iter_mut().zip(batch) {
                        let made = Affine::of::<S, V>(simd, affine, &values[voxel.x]);
                        set_vectors::<S, V>(slot, made);
                    }
                }
                (Some(before), Some(change)) => {
                    let affine = &before.blocks()[block];
                    let earlier = change.x.block(block);
                    for (slot, voxel) in panel.iter_mut().zip(batch) {
                        let mut made = Affine::of::<S, V>(simd, affine, &values[voxel.x]);
                        let was = Affine::of::<S, V>(simd, affine, &earlier[voxel.x_before]);
                        for (made, was) in made.iter_mut().zip(was) {
                            *made = simd.sub_f32s(*made, was);
                        }
                        set_vectors::<S, V>(slot, made);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn store<S: Simd, const M: usize, const N: usize, const V: usize>(
        &mut self,
        simd: S,
        panel: &[[Lanes; M]],
        first: usize,
        block: usize,
        batch: &[Voxel; M],
        n: usize,
    ) {
        let of = self.of;
        let mut weights: [&[[Lanes; LANES]]; N] = [&[]; N];
        let mut begin: Sums<S, M, N, V> = [[[simd.splat_f32s(0.0); V]; N]; M];
        for (map, weights) in weights.iter_mut().enumerate() {
            let from = (block + map) * of.n_in;
            *weights = &of.weights[from + first..from + of.n_in];
            match self.wanted.change {
                None => {
                    let bias = vectors::<S, V>(&of.bias[block + map]);
                    for begin in &mut begin {
                        begin[map] = bias;
                    }
                }
                Some(change) => {
                    let sums = change.sums.block(block + map);
                    for (begin, voxel) in begin.iter_mut().zip(batch) {
                        begin[map] = vectors::<S, V>(&sums[voxel.sums_before]);
                    }
                }
            }
        }
        let sums = multiply::<S, M, N, V>(simd, panel, weights, begin);
        for (voxel, sums) in batch.iter().zip(&sums).take(n) {
            for (map, sums) in sums.iter().enumerate() {
                let mut kept = *sums;
                if self.wanted.relu {
                    for value in &mut kept {
                        *value = not_below_0(simd, *value);
                    }
                }
                set_vectors::<S, V>(&mut self.out[block + map][voxel.out], kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::checked::{maps, numbers, value};
    use super::super::kernel::narrow::with_each;
    use super::*;

    const SIZE: [usize; 3] = [3, 4, 5];
    const CHANNELS: usize = 37;

    struct Made {
        conv: Pointwise,
        before: Affine,
        weights: Vec<f32>,
        bias: Vec<f32>,
        scale: Vec<f32>,
        shift: Vec<f32>,
    }

    fn made(maps_out: usize) -> Made {
        let lanes: Vec<Option<usize>> = (0..n_blocks(CHANNELS) * LANES)
            .map(|lane| (lane < CHANNELS).then_some(lane))
            .collect();
        let weights = numbers(maps_out * CHANNELS, 37);
        let bias = numbers(maps_out, 17);
        let [scale, shift] = [29, 31].map(|step| numbers(CHANNELS, step));
        Made {
            conv: Pointwise::new(&weights, &bias, &lanes),
            before: Affine::new(&scale, &shift, &lanes),
            weights,
            bias,
            scale,
            shift,
        }
    }

    impl Made {
        fn expected(&self, x: &[f32], map: usize, [z, y, x_at]: [usize; 3]) -> f64 {
            let at = (z * SIZE[1] + y) * SIZE[2] + x_at;
            let n: usize = SIZE.iter().product();
            let terms = (0..CHANNELS).map(|channel| {
                let [x, scale, shift] = [
                    x[channel * n + at],
                    self.scale[channel],
                    self.shift[channel],
                ]
                .map(f64::from);
                f64::from(self.weights[map * CHANNELS + channel]) * (x * scale + shift).max(0.0)
            });
            f64::from(self.bias[map]) + terms.sum::<f64>()
        }
    }

    #[test]
    fn it_is_its_definition_on_every_processor() {
        for maps_out in [1, 16, 50] {
            let of = made(maps_out);
            let x = numbers(CHANNELS * 60, 53);
            let x_maps = maps(&x, SIZE, 0);
            let whole = Region::whole(SIZE);
            with_each(|| {
                for relu in [false, true] {
                    let mut out = maps(&vec![7.0; maps_out * 60], SIZE, 1);
                    let wanted = Wanted {
                        region: whole,
                        before: Some(&of.before),
                        relu,
                        change: None,
                        parts: 1,
                    };
                    of.conv.forward(&x_maps, wanted, (&mut out, 0));
                    for map in 0..maps_out {
                        for voxel in whole.voxels_but(&Region::none()) {
                            let expected = of.expected(&x, map, voxel);
                            let expected = if relu { expected.max(0.0) } else { expected };
                            let made = value(&out, map, voxel);
                            assert!((made - expected).abs() < 1e-5, "{made}, not {expected}");
                        }
                    }
                }
            });
        }
    }

    /// Channels from the second block on change at all voxels but those of a box.
    #[test]
    fn a_change_adds_what_it_makes() {
        let of = made(20);
        let whole = Region::whole(SIZE);
        let but = Region {
            low: [1, 0, 2],
            high: [3, 2, 4],
        };
        let before = numbers(CHANNELS * 60, 53);
        let mut after = before.clone();
        after[LANES * 60..].copy_from_slice(&numbers((CHANNELS - LANES) * 60, 41));
        let [before_maps, after_maps] = [&before, &after].map(|x| maps(x, SIZE, 0));
        let plain = Wanted {
            region: whole,
            before: Some(&of.before),
            relu: false,
            change: None,
            parts: 1,
        };
        let mut sums = maps(&[0.0; 20 * 60], SIZE, 0);
        of.conv.forward(&before_maps, plain, (&mut sums, 0));
        with_each(|| {
            let change = Change {
                but,
                first: 1,
                x: &before_maps,
                sums: &sums,
            };
            let wanted = Wanted {
                change: Some(change),
                relu: true,
                ..plain
            };
            let mut out = maps(&[7.0; 20 * 60], SIZE, 1);
            of.conv.forward(&after_maps, wanted, (&mut out, 0));
            for map in 0..20 {
                for voxel in but.voxels_but(&Region::none()) {
                    assert_eq!(value(&out, map, voxel), 7.0);
                }
                for voxel in whole.voxels_but(&but) {
                    let expected = of.expected(&after, map, voxel).max(0.0);
                    let made = value(&out, map, voxel);
                    assert!((made - expected).abs() < 1e-5, "{made}, not {expected}");
                }
            }
        });
    }
}
