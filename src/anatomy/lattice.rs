//! A scan on a coarse lattice along the axes of the world, on which a head is sought.

use nalgebra::{Point3, Vector3};
use rayon::prelude::*;

use super::HeadError;
use crate::volume::{Interpolation, Volume, percentiles};

/// The edge of the lattice's cells, mm: what is counted in cells was chosen with it.
pub(super) const CELL_MM: f64 = 2.0;

/// The share of the cells with signal that is no brighter than the bright parts of a head.
const BRIGHT_SHARE: f64 = 0.97;

/// Air has less than this share of the bright signal: the first in a scan with little noise, and up to
/// the second where what is darkest, which is air, is not that dark.
const AIR_SHARES: [f32; 2] = [0.12, 0.24];

/// The share of cells that are air in any scan of a head, and how much brighter than their brightest
/// what is no air must be: noise in air has a mean of 1.9 times its standard deviation.
const DARKEST_SHARE: f64 = 0.15;
const OVER_AIR: f32 = 2.2;

/// A scan on a coarse lattice along the axes of the world.
pub(super) struct Lattice {
    pub(super) dims: [usize; 3],
    pub(super) corner: Point3<f64>,
    values: Vec<f32>,
    /// The mean over each cell and the six beside it.
    smooth: Vec<f32>,
    /// Below it is air.
    pub(super) threshold: f32,
    /// Nearly the brightest of the head.
    pub(super) bright: f32,
}

impl Lattice {
    pub(super) fn of(volume: &Volume) -> Result<Self, HeadError> {
        let (low, high) = volume.grid().bounds_in_world();
        let extent = high - low;
        let dims = [0, 1, 2].map(|axis| ((extent[axis] / CELL_MM).ceil() as usize).clamp(1, 256));
        let corner = low + Vector3::repeat(CELL_MM / 2.0);
        let [nx, ny, nz] = dims;
        let values: Vec<f32> = (0..nx * ny * nz)
            .into_par_iter()
            .map(|cell| {
                let at = [cell % nx, cell / nx % ny, cell / nx / ny].map(|i| i as f64 * CELL_MM);
                let value = volume.sample(corner + Vector3::from(at), Interpolation::Linear);
                value.filter(|v| v.is_finite()).unwrap_or(0.0).max(0.0)
            })
            .collect();
        let Some([bright]) = percentiles(&values, true, [BRIGHT_SHARE]) else {
            return Err(HeadError::Empty);
        };
        let smooth = smoothed(&values, dims);
        let darkest = percentiles(&smooth, false, [DARKEST_SHARE]).map_or(0.0, |[share]| share);
        let [least, most] = AIR_SHARES.map(|share| share * bright);
        Ok(Self {
            dims,
            corner,
            values,
            threshold: (OVER_AIR * darkest).clamp(least, most),
            smooth,
            bright,
        })
    }

    /// The same scan upside down, mirrored about the middle of the lattice.
    pub(super) fn flipped(&self) -> Self {
        let [nx, ny, nz] = self.dims;
        let flip = |values: &[f32]| -> Vec<f32> {
            let slices = (0..nz).rev();
            slices
                .flat_map(|k| values[k * nx * ny..(k + 1) * nx * ny].iter().copied())
                .collect()
        };
        Self {
            values: flip(&self.values),
            smooth: flip(&self.smooth),
            ..*self
        }
    }

    pub(super) fn index(&self, [i, j, k]: [usize; 3]) -> usize {
        i + self.dims[0] * (j + self.dims[1] * k)
    }

    pub(super) fn at(&self, index: [usize; 3]) -> f32 {
        self.values[self.index(index)]
    }

    /// A cell's value in the scan or in the smoothed one.
    pub(super) fn value(&self, index: [usize; 3], is_smooth: bool) -> f32 {
        match is_smooth {
            true => self.smooth[self.index(index)],
            false => self.at(index),
        }
    }

    /// The cells beside one; `None` beyond the lattice.
    pub(super) fn beside(&self, index: [usize; 3]) -> [Option<[usize; 3]>; 6] {
        std::array::from_fn(|way| {
            let mut beside = index;
            let along = &mut beside[way / 2];
            *along = match way % 2 {
                0 => along.checked_sub(1)?,
                _ => (*along + 1 < self.dims[way / 2]).then_some(*along + 1)?,
            };
            Some(beside)
        })
    }

    /// The cells between two levels, mm, the upper first.
    pub(super) fn slab(&self, [upper, lower]: [f64; 2]) -> impl Iterator<Item = [usize; 3]> {
        let [nx, ny, nz] = self.dims;
        let level = |mm: f64| ((mm - self.corner.z) / CELL_MM).clamp(0.0, nz as f64);
        let slices = level(lower).floor() as usize..(level(upper).ceil() as usize + 1).min(nz);
        slices.flat_map(move |k| (0..nx * ny).map(move |at| [at % nx, at / nx, k]))
    }

    pub(super) fn world(&self, index: [usize; 3]) -> Point3<f64> {
        self.corner + Vector3::from(index.map(|i| i as f64 * CELL_MM))
    }

    /// The cell about a point; `None` outside.
    pub(super) fn cell(&self, point: Point3<f64>) -> Option<[usize; 3]> {
        let at = (point - self.corner) / CELL_MM;
        let index = [0, 1, 2].map(|axis| at[axis].round());
        let inside = (0..3).all(|a| index[a] >= 0.0 && index[a] < self.dims[a] as f64);
        inside.then(|| index.map(|i| i as usize))
    }

    /// The nearest cell's value; 0 outside.
    pub(super) fn near(&self, point: Point3<f64>) -> f32 {
        self.cell(point).map_or(0.0, |index| self.at(index))
    }

    /// The same of the smoothed scan; `None` outside.
    pub(super) fn near_smooth(&self, point: Point3<f64>) -> Option<f32> {
        self.cell(point).map(|index| self.smooth[self.index(index)])
    }

    /// The smoothed scan between its cells; `None` outside.
    pub(super) fn between(&self, point: Point3<f64>) -> Option<f32> {
        let at = (point - self.corner) / CELL_MM;
        let mut low = [0; 3];
        let mut part = [0.0; 3];
        for axis in 0..3 {
            let last = self.dims[axis] as f64 - 1.0;
            if !(at[axis] >= 0.0 && at[axis] < last) {
                return None;
            }
            low[axis] = at[axis] as usize;
            part[axis] = (at[axis] - at[axis].floor()) as f32;
        }
        let [sx, sy] = [self.dims[0], self.dims[0] * self.dims[1]];
        let first = self.index(low);
        let row = |at: usize| {
            let [a, b] = [self.smooth[at], self.smooth[at + 1]];
            a + part[0] * (b - a)
        };
        let slice = |at: usize| {
            let [a, b] = [row(at), row(at + sx)];
            a + part[1] * (b - a)
        };
        let [a, b] = [slice(first), slice(first + sy)];
        Some(a + part[2] * (b - a))
    }

    /// The cells of head in each slice across an axis.
    pub(super) fn areas(&self, axis: usize) -> Vec<usize> {
        let mut counts = vec![0_usize; self.dims[axis]];
        let [nx, ny, _] = self.dims;
        for (cell, &value) in self.smooth.iter().enumerate() {
            if value > self.threshold {
                counts[[cell % nx, cell / nx % ny, cell / nx / ny][axis]] += 1;
            }
        }
        counts
    }
}

/// The mean of each cell and of those beside it, the nearest standing in beyond the lattice.
fn smoothed(values: &[f32], [nx, ny, nz]: [usize; 3]) -> Vec<f32> {
    let mut out = vec![0.0; values.len()];
    out.par_chunks_mut(nx).enumerate().for_each(|(row, out)| {
        let [j, k] = [row % ny, row / ny];
        let of = |j: usize, k: usize| &values[nx * (j + ny * k)..][..nx];
        let beside = [
            of(j.saturating_sub(1), k),
            of((j + 1).min(ny - 1), k),
            of(j, k.saturating_sub(1)),
            of(j, (k + 1).min(nz - 1)),
        ];
        let own = of(j, k);
        for (i, out) in out.iter_mut().enumerate() {
            let sum: f32 = beside.iter().map(|row| row[i]).sum();
            let ends = own[i.saturating_sub(1)] + own[(i + 1).min(nx - 1)];
            *out = (sum + ends + own[i]) / 7.0;
        }
    });
    out
}
