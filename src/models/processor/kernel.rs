//! The sums that all convolutions of three dimensions come down to: channels of some voxels times
//! weights. Each vector of weights that is loaded is used for all voxels, each channel of a voxel for
//! all vectors of weights, and nothing is stored before the sum is complete.

use super::blocked::{LANES, Lanes};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};

/// Sums of `N` blocks of maps at `M` voxels, in vectors of which a block has `V`.
pub(super) type Sums<S, const M: usize, const N: usize, const V: usize> =
    [[[<S as Simd>::f32s; V]; N]; M];

/// The vectors of a block.
#[inline(always)]
pub(super) fn vectors<S: Simd, const V: usize>(lanes: &Lanes) -> [S::f32s; V] {
    let (all, _) = S::as_simd_f32s(&lanes.0).0.as_chunks::<V>();
    all[0]
}

#[inline(always)]
pub(super) fn set_vectors<S: Simd, const V: usize>(lanes: &mut Lanes, values: [S::f32s; V]) {
    S::as_mut_simd_f32s(&mut lanes.0).0[..V].copy_from_slice(&values);
}

/// What is not a number stays that.
#[inline(always)]
pub(super) fn not_below_0<S: Simd>(simd: S, value: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    simd.select_f32s(simd.less_than_f32s(value, zero), zero, value)
}

/// Adds up. `voxels` has for each block of channels that goes in those of `M` voxels; `weights` for
/// each block of maps that comes out a vector for each channel.
#[inline(always)]
pub(super) fn multiply<S: Simd, const M: usize, const N: usize, const V: usize>(
    simd: S,
    voxels: &[[Lanes; M]],
    weights: [&[[Lanes; LANES]]; N],
    mut sums: Sums<S, M, N, V>,
) -> Sums<S, M, N, V> {
    let n = voxels.len();
    let mut of_blocks: [&[[Lanes; LANES]]; N] = [&[]; N];
    for map in 0..N {
        of_blocks[map] = &weights[map][..n];
    }
    // Loops, as closures that the compiler does not take apart lose the vectors.
    for (at, voxels) in voxels.iter().enumerate() {
        for channel in 0..LANES {
            let mut of_channel = [[simd.splat_f32s(0.0); V]; N];
            for (of_channel, of_block) in of_channel.iter_mut().zip(&of_blocks) {
                *of_channel = vectors::<S, V>(&of_block[at][channel]);
            }
            for (voxel, sums) in voxels.iter().zip(&mut sums) {
                let x = simd.splat_f32s(voxel.0[channel]);
                for (sums, weights) in sums.iter_mut().zip(&of_channel) {
                    for (sum, &weight) in sums.iter_mut().zip(weights) {
                        *sum = simd.mul_add_e_f32s(x, weight, *sum);
                    }
                }
            }
        }
    }
    sums
}

thread_local! {
    static SCRATCH: Cell<Vec<Lanes>> = const { Cell::new(Vec::new()) };
}

/// Memory of a thread's own, given back when this is dropped: fresh memory for each layer would cost a
/// tenth of the time. What is in it is whatever was. A second loan inside of one gets fresh memory.
pub(super) struct Scratch {
    memory: Vec<Lanes>,
    n: usize,
}

/// Takes so many voxels.
pub(super) fn taken(n: usize) -> Scratch {
    let mut memory = SCRATCH.take();
    if memory.len() < n {
        memory = vec![Lanes::ZERO; n];
    }
    Scratch { memory, n }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        SCRATCH.set(std::mem::take(&mut self.memory));
    }
}

impl Deref for Scratch {
    type Target = [Lanes];

    fn deref(&self) -> &[Lanes] {
        &self.memory[..self.n]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [Lanes] {
        &mut self.memory[..self.n]
    }
}

/// Computes tasks with the widest vectors there are: on all threads, or on this one where the work was
/// not cut into parts.
pub(super) fn compute<T: WithSimd<Output = ()> + Send>(tasks: Vec<T>, parts: usize) {
    let dispatch = |task: T| {
        #[cfg(test)]
        if let Some(vectors) = narrow::chosen() {
            return vectors.compute(task);
        }
        Arch::new().dispatch(task);
    };
    match parts {
        0 | 1 => tasks.into_iter().for_each(dispatch),
        _ => tasks.into_par_iter().for_each(dispatch),
    }
}

/// Vectors of other processors, so that tests reach what they would compute.
#[cfg(test)]
pub(super) mod narrow {
    use pulp::{Simd, WithSimd};
    use std::cell::Cell;

    #[derive(Clone, Copy, Debug)]
    pub(in crate::models::processor) enum Vectors {
        Scalar,
        #[cfg(target_arch = "x86_64")]
        V3,
    }

    impl Vectors {
        pub(super) fn compute<T: WithSimd<Output = ()>>(self, task: T) {
            match self {
                Self::Scalar => Simd::vectorize(pulp::Scalar, task),
                #[cfg(target_arch = "x86_64")]
                Self::V3 => {
                    let simd = pulp::x86::V3::try_new().expect("asked for where there are such");
                    Simd::vectorize(simd, task);
                }
            }
        }
    }

    thread_local! {
        static CHOSEN: Cell<Option<Vectors>> = const { Cell::new(None) };
    }

    pub(super) fn chosen() -> Option<Vectors> {
        CHOSEN.get()
    }

    /// Does something with the vectors of this processor, then with narrower ones; on one thread.
    pub(in crate::models::processor) fn with_each(work: impl Fn()) {
        work();
        let mut all = vec![Vectors::Scalar];
        #[cfg(target_arch = "x86_64")]
        all.extend(pulp::x86::V3::try_new().map(|_| Vectors::V3));
        for vectors in all {
            CHOSEN.set(Some(vectors));
            work();
        }
        CHOSEN.set(None);
    }
}

#[cfg(test)]
pub(super) mod checked {
    use crate::models::processor::blocked::{LANES, Maps3, n_blocks};
    use crate::models::processor::region::Region;

    /// Numbers between -1/2 and 1/2.
    pub(in crate::models::processor) fn numbers(n: usize, step: usize) -> Vec<f32> {
        (0..n)
            .map(|at| (at * step % 211) as f32 / 211.0 - 0.5)
            .collect()
    }

    /// Maps of these values `[channels, size..]`, over a box of a lattice and zeros around it.
    pub(in crate::models::processor) fn maps(
        values: &[f32],
        size: [usize; 3],
        margin: usize,
    ) -> Maps3 {
        let n: usize = size.iter().product();
        let channels = values.len() / n;
        let whole = Region::whole(size);
        let mut buffers = Default::default();
        let mut made = Maps3::over(&mut buffers, n_blocks(channels), &whole, margin);
        made.clear();
        for channel in 0..channels {
            for [z, y] in whole.rows() {
                for x in whole.columns() {
                    let to = made.row([z, y], x);
                    let value = values[channel * n + (z * size[1] + y) * size[2] + x];
                    made.block_mut(channel / LANES)[to].0[channel % LANES] = value;
                }
            }
        }
        made
    }

    /// A value of maps.
    pub(in crate::models::processor) fn value(
        maps: &Maps3,
        channel: usize,
        [z, y, x]: [usize; 3],
    ) -> f64 {
        f64::from(maps.block(channel / LANES)[maps.row([z, y], x)].0[channel % LANES])
    }
}
