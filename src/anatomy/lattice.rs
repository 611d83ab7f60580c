//! A scan on a coarse lattice along the axes of the world, on which a head is sought.

use nalgebra::{Point3, Vector3};
use rayon::prelude::*;

use super::HeadError;
use crate::volume::{Interpolation, Volume, percentiles};

/// The edge of the lattice's cells, mm. From 1 to 3 mm midlines and fat stay right, and 2 to 4 of 11
/// levels are wrong where 1 is here: what is counted in cells was chosen with it.
pub(super) const CELL_MM: f64 = 2.0;

/// The share of the cells with signal that is no brighter than the bright parts of a head. At 0.83
/// and below 4 of 11 levels are wrong.
const BRIGHT_SHARE: f64 = 0.97;

/// Air has less than this share of the bright signal. From 0.10 to 0.24 nothing changes; at 0.08 a
/// second level is wrong.
const AIR_SHARE: f32 = 0.12;

/// A scan on a coarse lattice along the axes of the world.
pub(super) struct Lattice {
    pub(super) dims: [usize; 3],
    pub(super) corner: Point3<f64>,
    values: Vec<f32>,
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
        Ok(Self {
            dims,
            corner,
            values,
            threshold: AIR_SHARE * bright,
            bright,
        })
    }

    pub(super) fn at(&self, [i, j, k]: [usize; 3]) -> f32 {
        self.values[i + self.dims[0] * (j + self.dims[1] * k)]
    }

    pub(super) fn world(&self, index: [usize; 3]) -> Point3<f64> {
        self.corner + Vector3::from(index.map(|i| i as f64 * CELL_MM))
    }

    /// The nearest cell's value; 0 outside.
    pub(super) fn near(&self, point: Point3<f64>) -> f32 {
        let at = (point - self.corner) / CELL_MM;
        let index = [0, 1, 2].map(|axis| at[axis].round());
        let inside = (0..3).all(|a| index[a] >= 0.0 && index[a] < self.dims[a] as f64);
        if inside {
            self.at(index.map(|i| i as usize))
        } else {
            0.0
        }
    }

    /// First and last cell along an axis whose slice has so many cells of head.
    pub(super) fn extent(&self, axis: usize, cells: usize) -> Option<[usize; 2]> {
        let mut counts = vec![0_usize; self.dims[axis]];
        let [nx, ny, _] = self.dims;
        for (cell, &value) in self.values.iter().enumerate() {
            if value > self.threshold {
                counts[[cell % nx, cell / nx % ny, cell / nx / ny][axis]] += 1;
            }
        }
        let first = counts.iter().position(|&n| n >= cells)?;
        let last = counts.iter().rposition(|&n| n >= cells)?;
        Some([first, last])
    }
}
