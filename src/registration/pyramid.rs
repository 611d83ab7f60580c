//! A scan at one resolution, sampled with its gradient.
//!
//! Values between voxels are weighted by cubic B-splines without a prefilter: that is a small blur
//! (standard deviation 0.58 voxels) whose size does not depend on where between the voxels a point
//! lies, so that the interpolation itself prefers no position, and its gradient is smooth.

use crate::volume::{Affine, Volume};
use nalgebra::Matrix3;
use rayon::prelude::*;

/// Voxels repeated around the border, so that no tap of the spline lies outside.
const PAD: usize = 2;
/// Standard deviation of a cubic B-spline, in voxels: sqrt(1/3).
const SPLINE_SD: f64 = 0.577_350_269_189_625_8;
/// Standard deviation of the blur before voxels are left out, in new voxels.
const DECIMATION_SD: f64 = 0.5;

/// Voxels of one resolution, over a box of the scan.
pub(super) struct Level {
    /// Without the padding.
    dims: [usize; 3],
    values: Vec<f32>,
    voxel_from_world: Affine,
}

/// An affine from points, relative to a centre, to voxels, as sampling needs it.
#[derive(Clone, Copy)]
pub(super) struct VoxelFromPoint {
    rows: [[f32; 3]; 3],
    at: [f32; 3],
}

/// A value and its gradient.
#[derive(Clone, Copy)]
pub(super) struct Sampled {
    pub(super) value: f32,
    /// Per mm, along the axes of the points.
    pub(super) gradient: [f32; 3],
}

impl Level {
    /// The part of `volume` within `bounds` (first and last voxel of each axis) at about
    /// `spacing_mm`; what is not finite counts as 0. An axis that is coarser than that stays as it is.
    pub(super) fn of(volume: &Volume, bounds: [[usize; 2]; 3], spacing_mm: f64) -> Self {
        let grid = volume.grid();
        let own = grid.spacing_mm();
        let stride = own.map(|own| ((spacing_mm / own + 0.25).floor() as usize).max(1));
        let blurs: [Vec<f32>; 3] = std::array::from_fn(|axis| {
            let new_mm = own[axis] * stride[axis] as f64;
            let wanted = match spacing_mm > 1.25 * own[axis] {
                true => (SPLINE_SD * spacing_mm).powi(2) + (DECIMATION_SD * spacing_mm).powi(2),
                false => (SPLINE_SD * spacing_mm).powi(2),
            };
            let left = wanted - (SPLINE_SD * new_mm).powi(2);
            gaussian(left.max(0.0).sqrt() / own[axis])
        });
        let full = grid.dims();
        let lows = bounds.map(|[low, _]| low);
        let sizes = bounds.map(|[low, high]| high - low + 1);
        let dims: [usize; 3] = std::array::from_fn(|a| sizes[a].div_ceil(stride[a]));

        let values = along_x(
            volume.values(),
            full,
            (lows, sizes),
            &blurs[0],
            stride[0],
            dims[0],
        );
        let values = along_y(
            &values,
            [dims[0], sizes[1], sizes[2]],
            &blurs[1],
            stride[1],
            dims[1],
        );
        let values = along_z(
            &values,
            [dims[0], dims[1], sizes[2]],
            &blurs[2],
            stride[2],
            dims[2],
        );

        let mut own_from_level = Affine::identity();
        for axis in 0..3 {
            own_from_level[(axis, axis)] = stride[axis] as f64;
            own_from_level[(axis, 3)] = lows[axis] as f64;
        }
        let level_from_own = own_from_level
            .try_inverse()
            .unwrap_or_else(Affine::identity);
        Self {
            dims,
            values: padded(&values, dims),
            voxel_from_world: level_from_own * grid.voxel_from_world(),
        }
    }

    /// From points about a centre, that lie in the world as `world_from_point` says, to voxels.
    pub(super) fn voxels_of_points(&self, world_from_point: &Affine) -> VoxelFromPoint {
        let to = self.voxel_from_world * world_from_point;
        VoxelFromPoint {
            rows: std::array::from_fn(|r| std::array::from_fn(|c| to[(r, c)] as f32)),
            at: std::array::from_fn(|r| to[(r, 3)] as f32),
        }
    }

    /// Value and gradient at a point; `None` outside the voxels.
    #[inline]
    pub(super) fn sample(&self, to: &VoxelFromPoint, point: [f32; 3]) -> Option<Sampled> {
        let mut base = [0_usize; 3];
        let mut weights = [[0.0_f32; 4]; 3];
        let mut slopes = [[0.0_f32; 4]; 3];
        for axis in 0..3 {
            let [a, b, c] = to.rows[axis];
            let voxel = a * point[0] + b * point[1] + c * point[2] + to.at[axis];
            // Written so that a NaN is outside.
            if !(voxel >= -0.5 && voxel <= self.dims[axis] as f32 - 0.5) {
                return None;
            }
            let low = voxel.floor();
            // The first tap lies one voxel below, in padded indices.
            base[axis] = (low + (PAD as f32 - 1.0)) as usize;
            (weights[axis], slopes[axis]) = spline(voxel - low);
        }
        let row = self.dims[0] + 2 * PAD;
        let slice = row * (self.dims[1] + 2 * PAD);
        let start = base[0] + row * base[1] + slice * base[2];
        let (mut plain, mut by_y, mut by_z) = ([0.0_f32; 4], [0.0_f32; 4], [0.0_f32; 4]);
        for k in 0..4 {
            for j in 0..4 {
                let from = start + k * slice + j * row;
                let taps = &self.values[from..from + 4];
                let w = weights[1][j] * weights[2][k];
                let wy = slopes[1][j] * weights[2][k];
                let wz = weights[1][j] * slopes[2][k];
                for lane in 0..4 {
                    plain[lane] += w * taps[lane];
                    by_y[lane] += wy * taps[lane];
                    by_z[lane] += wz * taps[lane];
                }
            }
        }
        let dot =
            |a: &[f32; 4], b: &[f32; 4]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
        let steps = [
            dot(&plain, &slopes[0]),
            dot(&by_y, &weights[0]),
            dot(&by_z, &weights[0]),
        ];
        Some(Sampled {
            value: dot(&plain, &weights[0]),
            gradient: std::array::from_fn(|c| {
                to.rows[0][c] * steps[0] + to.rows[1][c] * steps[1] + to.rows[2][c] * steps[2]
            }),
        })
    }
}

/// The four weights of a cubic B-spline and their derivatives at a share of 0 to 1.
#[inline]
pub(super) fn spline(t: f32) -> ([f32; 4], [f32; 4]) {
    let u = 1.0 - t;
    let (t2, u2) = (t * t, u * u);
    let sixth = 1.0 / 6.0;
    (
        [
            u * u2 * sixth,
            (0.5 * t - 1.0) * t2 + 4.0 * sixth,
            (0.5 * u - 1.0) * u2 + 4.0 * sixth,
            t * t2 * sixth,
        ],
        [
            -0.5 * u2,
            (1.5 * t - 2.0) * t,
            -(1.5 * u - 2.0) * u,
            0.5 * t2,
        ],
    )
}

/// Half a Gaussian, its middle first, so that the whole sums to 1; one tap where there is no blur.
pub(super) fn gaussian(sd: f64) -> Vec<f32> {
    if sd < 0.05 {
        return vec![1.0];
    }
    let radius = (3.0 * sd).ceil() as usize;
    let taps: Vec<f64> = (0..=radius)
        .map(|at| (-0.5 * (at as f64 / sd).powi(2)).exp())
        .collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

/// Indices of the taps around `middle`, each held within `n`, with their weights.
fn taps(half: &[f32], middle: usize, n: usize) -> impl Iterator<Item = (usize, f32)> {
    let reach = half.len() as isize - 1;
    (-reach..=reach).map(move |offset| {
        let at = (middle as isize + offset).clamp(0, n as isize - 1);
        (at as usize, half[offset.unsigned_abs()])
    })
}

fn along_x(
    values: &[f32],
    full: [usize; 3],
    (lows, sizes): ([usize; 3], [usize; 3]),
    half: &[f32],
    stride: usize,
    n: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; n * sizes[1] * sizes[2]];
    out.par_chunks_mut(n).enumerate().for_each(|(row, out)| {
        let [j, k] = [lows[1] + row % sizes[1], lows[2] + row / sizes[1]];
        let from = lows[0] + full[0] * (j + full[1] * k);
        let finite: Vec<f32> = values[from..from + sizes[0]]
            .iter()
            .map(|v| if v.is_finite() { *v } else { 0.0 })
            .collect();
        if half.len() == 1 {
            for (i, out) in out.iter_mut().enumerate() {
                *out = finite[i * stride];
            }
            return;
        }
        for (i, out) in out.iter_mut().enumerate() {
            *out = taps(half, i * stride, sizes[0])
                .map(|(at, weight)| weight * finite[at])
                .sum();
        }
    });
    out
}

fn along_y(
    values: &[f32],
    [nx, ny, nz]: [usize; 3],
    half: &[f32],
    stride: usize,
    n: usize,
) -> Vec<f32> {
    if half.len() == 1 && stride == 1 {
        return values.to_vec();
    }
    let mut out = vec![0.0; nx * n * nz];
    out.par_chunks_mut(nx).enumerate().for_each(|(row, out)| {
        let [j, k] = [row % n, row / n];
        for (at, weight) in taps(half, j * stride, ny) {
            let from = nx * (at + ny * k);
            for (out, value) in out.iter_mut().zip(&values[from..from + nx]) {
                *out += weight * value;
            }
        }
    });
    out
}

fn along_z(
    values: &[f32],
    [nx, ny, nz]: [usize; 3],
    half: &[f32],
    stride: usize,
    n: usize,
) -> Vec<f32> {
    if half.len() == 1 && stride == 1 {
        return values.to_vec();
    }
    let mut out = vec![0.0; nx * ny * n];
    out.par_chunks_mut(nx * ny)
        .enumerate()
        .for_each(|(k, out)| {
            for (at, weight) in taps(half, k * stride, nz) {
                let from = nx * ny * at;
                for (out, value) in out.iter_mut().zip(&values[from..from + nx * ny]) {
                    *out += weight * value;
                }
            }
        });
    out
}

/// With the border repeated [`PAD`] times on every side.
fn padded(values: &[f32], [nx, ny, nz]: [usize; 3]) -> Vec<f32> {
    let [px, py, pz] = [nx, ny, nz].map(|n| n + 2 * PAD);
    let mut out = vec![0.0; px * py * pz];
    out.par_chunks_mut(px).enumerate().for_each(|(row, out)| {
        let inner = |at: usize, n: usize| at.saturating_sub(PAD).min(n - 1);
        let from = nx * (inner(row % py, ny) + ny * inner(row / py, nz));
        let values = &values[from..from + nx];
        out[..PAD].fill(values[0]);
        out[PAD..PAD + nx].copy_from_slice(values);
        out[PAD + nx..].fill(values[nx - 1]);
    });
    out
}

/// The linear part of an affine.
pub(super) fn linear(affine: &Affine) -> Matrix3<f64> {
    affine.fixed_view::<3, 3>(0, 0).into_owned()
}
