//! What an acquisition does to a picture: lines of k-space that were not taken, and a head that moved
//! while others were.

use nalgebra::{Isometry3, Point3};
use rayon::prelude::*;

/// A volume as from the middle `share` of the lines of k-space along its second axis: sharp edges ring,
/// as Gibbs found.
pub(super) fn low_passed(values: &[f32], [nx, ny, nz]: [usize; 3], share: f64) -> Vec<f32> {
    // An odd number of lines is symmetric, so that the picture stays real.
    let n_lines = ((share * ny as f64) as usize).min(ny - 1) | 1;
    let weight = |step: usize| {
        let turn = std::f64::consts::PI * step as f64 / ny as f64;
        let of = match step {
            0 => n_lines as f64,
            _ => (n_lines as f64 * turn).sin() / turn.sin(),
        };
        (of / ny as f64) as f32
    };
    let weights: Vec<f32> = (0..ny).map(weight).collect();
    let mut out = vec![0.0; nx * ny * nz];
    let slices = out.par_chunks_mut(nx * ny).zip(values.par_chunks(nx * ny));
    slices.for_each(|(out, slice)| {
        for (from, row) in slice.chunks(nx).enumerate() {
            if row.iter().all(|&value| value == 0.0) {
                continue;
            }
            for (to, out) in out.chunks_mut(nx).enumerate() {
                let weight = weights[from.abs_diff(to)];
                for (out, value) in out.iter_mut().zip(row) {
                    *out += weight * value;
                }
            }
        }
    });
    out
}

/// A volume whose head moved after the middle `share` of k-space's lines was taken.
pub(super) fn moved_between(
    values: &[f32],
    dims: [usize; 3],
    spacing_mm: [f64; 3],
    motion: &Isometry3<f64>,
    share: f64,
) -> Vec<f32> {
    let moved = resampled(values, dims, spacing_mm, motion);
    let before = low_passed(values, dims, share);
    let after = low_passed(&moved, dims, share);
    let parts = before.into_par_iter().zip(moved).zip(after);
    parts
        .map(|((before, moved), after)| before + moved - after)
        .collect()
}

/// The volume turned and shifted about its middle, linear between voxels and 0 outside.
fn resampled(
    values: &[f32],
    dims: [usize; 3],
    spacing_mm: [f64; 3],
    motion: &Isometry3<f64>,
) -> Vec<f32> {
    let [nx, ny, nz] = dims;
    let middle = dims.map(|n| (n as f64 - 1.0) / 2.0);
    let seen_from = motion.inverse();
    let mut out = vec![0.0; values.len()];
    out.par_chunks_mut(nx).enumerate().for_each(|(row, out)| {
        for (i, out) in out.iter_mut().enumerate() {
            let index = [i, row % ny, row / ny];
            let place: [f64; 3] =
                std::array::from_fn(|a| (index[a] as f64 - middle[a]) * spacing_mm[a]);
            let seen = seen_from * Point3::from(place);
            let at: [f64; 3] = std::array::from_fn(|a| seen[a] / spacing_mm[a] + middle[a]);
            let low = at.map(f64::floor);
            let is_inside = (0..3).all(|a| low[a] >= 0.0 && low[a] + 1.0 < dims[a] as f64);
            if !is_inside {
                continue;
            }
            let first = low[0] as usize + nx * (low[1] as usize + ny * low[2] as usize);
            let part: [f32; 3] = std::array::from_fn(|a| (at[a] - low[a]) as f32);
            let mix = |from: f32, to: f32, share: f32| from + share * (to - from);
            let line = |at: usize| mix(values[at], values[at + 1], part[0]);
            let plane = |at: usize| mix(line(at), line(at + nx), part[1]);
            *out = mix(plane(first), plane(first + nx * ny), part[2]);
        }
    });
    debug_assert_eq!(values.len(), nx * ny * nz);
    out
}
