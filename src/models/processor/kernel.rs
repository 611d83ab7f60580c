//! The sums that all convolutions of three dimensions come down to: channels of some voxels times
//! weights. Each vector of weights that is loaded is used for all voxels, each channel of a voxel for
//! all vectors of weights, and nothing is stored before the sum is complete.

use super::blocked::{LANES, Lanes};
use pulp::Simd;

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
