//! Two scans seen from half way between them.
//!
//! If `T` takes the moving scan's world to the fixed one's and `S` done twice is `T`, then a point
//! `x` half way lies at `S x` in the fixed scan and at the inverse of `S` times `x` in the moving
//! one. Both are sampled alike, so that neither is blurred more by it, and exchanging the scans
//! gives the inverse of the result.

use super::head::{HeadScan, blurred};
use super::pose::half;
use super::pyramid::{Level, VoxelFromPoint};
use crate::volume::Affine;
use nalgebra::{Isometry3, Point3, Vector3};
use rayon::prelude::*;
use std::sync::Arc;

/// Points that one thread works through at a time; sums are added in the order of these.
pub(super) const CHUNK: usize = 4096;

/// The edge of the cells on which the gain is kept, mm.
const GAIN_CELL_MM: f64 = 6.0;
/// Standard deviation of its blur, mm.
const GAIN_SD_MM: f64 = 12.0;
/// From the middle of a cranium no point of it is further along an axis, mm.
const REACH_MM: f64 = 130.0;

/// Both scans at one resolution.
pub(super) struct Pair<'a> {
    pub(super) fixed: &'a HeadScan,
    pub(super) moving: &'a HeadScan,
    fixed_level: Arc<Level>,
    moving_level: Arc<Level>,
}

/// Places half way, relative to `center`, and how much each counts.
pub(super) struct Points {
    pub(super) center: Point3<f64>,
    pub(super) lattice_mm: f64,
    pub(super) at: Vec<[f32; 3]>,
    pub(super) weight: Vec<f32>,
}

impl Points {
    /// About so many of them, evenly.
    pub(super) fn thinned(&self, about: usize) -> Self {
        self.thinned_with(about, &self.weight).0
    }

    /// The same, with what else is known of each.
    pub(super) fn thinned_with(&self, about: usize, of_each: &[f32]) -> (Self, Vec<f32>) {
        // Not a divisor of the usual lengths of rows, so that no plane is favoured.
        let step = (self.at.len() / about.max(1)).max(1) | 1;
        let thin = Self {
            center: self.center,
            lattice_mm: self.lattice_mm,
            at: self.at.iter().step_by(step).copied().collect(),
            weight: self.weight.iter().step_by(step).copied().collect(),
        };
        (thin, of_each.iter().step_by(step).copied().collect())
    }
}

/// What the scans show at a point: values as shares of what is bright, gradients per mm along the
/// axes half way. Weight 0 where a scan does not reach.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) weight: f32,
    pub(super) fixed: f32,
    pub(super) moving: f32,
    pub(super) fixed_gradient: [f32; 3],
    pub(super) moving_gradient: [f32; 3],
}

impl<'a> Pair<'a> {
    pub(super) fn new(fixed: &'a HeadScan, moving: &'a HeadScan, level_mm: f64) -> Self {
        Self {
            fixed,
            moving,
            fixed_level: fixed.level(level_mm),
            moving_level: moving.level(level_mm),
        }
    }

    /// The same with fixed and moving exchanged.
    pub(super) fn exchanged(&self) -> Self {
        Self {
            fixed: self.moving,
            moving: self.fixed,
            fixed_level: Arc::clone(&self.moving_level),
            moving_level: Arc::clone(&self.fixed_level),
        }
    }

    /// The cranium of both, half way, on a lattice that does not depend on which scan is which.
    pub(super) fn points(&self, pose: &Isometry3<f64>, lattice_mm: f64) -> Points {
        let to_fixed = half(pose);
        let to_moving = to_fixed.inverse();
        let own = to_moving * self.fixed.center();
        let other = to_fixed * self.moving.center();
        let middle = nalgebra::center(&own, &other);
        lattice_around(&middle, lattice_mm, |point| {
            self.weight(&(to_fixed * point), &(to_moving * point))
        })
    }

    /// In the fixed scan's world, what both scans show.
    pub(super) fn shared_points(&self, moving_from_fixed: &Affine, lattice_mm: f64) -> Points {
        lattice_around(&self.fixed.center(), lattice_mm, |point| {
            let other = moving_from_fixed.transform_point(point);
            let taper = self.fixed.taper_at(point) * self.moving.taper_at(&other);
            taper * self.fixed.mask_at(point) * self.moving.mask_at(&other)
        })
    }

    /// In the head of either scan, and in the cranium of both.
    fn weight(&self, in_fixed: &Point3<f64>, in_moving: &Point3<f64>) -> f32 {
        let taper = self.fixed.taper_at(in_fixed) * self.moving.taper_at(in_moving);
        if taper <= 0.0 {
            return 0.0;
        }
        let mask = f32::max(self.fixed.mask_at(in_fixed), self.moving.mask_at(in_moving));
        taper * mask
    }

    /// Samples both scans at all points.
    pub(super) fn see(&self, points: &Points, pose: &Isometry3<f64>) -> Vec<Seen> {
        let to_fixed = half(pose);
        self.see_at(
            points,
            &to_fixed.to_homogeneous(),
            &to_fixed.inverse().to_homogeneous(),
        )
    }

    /// The same, where any affine takes the points to the scans.
    pub(super) fn see_at(
        &self,
        points: &Points,
        fixed_from_point: &Affine,
        moving_from_point: &Affine,
    ) -> Vec<Seen> {
        let about = Affine::new_translation(&points.center.coords);
        let fixed = Side::new(&self.fixed_level, fixed_from_point * about, self.fixed);
        let moving = Side::new(&self.moving_level, moving_from_point * about, self.moving);
        points
            .at
            .par_iter()
            .zip(&points.weight)
            .with_min_len(CHUNK)
            .map(|(&at, &weight)| {
                let Some((fixed, fixed_gradient)) = fixed.at(at) else {
                    return Seen::default();
                };
                let Some((moving, moving_gradient)) = moving.at(at) else {
                    return Seen::default();
                };
                Seen {
                    weight,
                    fixed,
                    moving,
                    fixed_gradient,
                    moving_gradient,
                }
            })
            .collect()
    }
}

/// The points of a lattice around a place that count by their `weight`. The lattice lies at whole
/// multiples of its spacing, wherever the place is.
fn lattice_around(
    place: &Point3<f64>,
    lattice_mm: f64,
    weight: impl Fn(&Point3<f64>) -> f32 + Sync,
) -> Points {
    let center = Point3::from(place.coords.map(|x| (x / lattice_mm).round() * lattice_mm));
    let reach = (REACH_MM / lattice_mm).ceil() as isize;
    let side = (2 * reach + 1) as usize;
    let slices: Vec<Vec<([f32; 3], f32)>> = (0..side)
        .into_par_iter()
        .map(|k| {
            let mut found = Vec::new();
            for j in 0..side {
                for i in 0..side {
                    let steps = [i, j, k].map(|n| (n as isize - reach) as f64 * lattice_mm);
                    let weight = weight(&(center + Vector3::from(steps)));
                    if weight > 0.02 {
                        found.push((steps.map(|s| s as f32), weight));
                    }
                }
            }
            found
        })
        .collect();
    let (at, weight) = slices.into_iter().flatten().unzip();
    Points {
        center,
        lattice_mm,
        at,
        weight,
    }
}

struct Side<'a> {
    level: &'a Level,
    to: VoxelFromPoint,
    scale: f32,
}

impl<'a> Side<'a> {
    fn new(level: &'a Level, world_from_point: Affine, head: &HeadScan) -> Self {
        Self {
            level,
            to: level.voxels_of_points(&world_from_point),
            scale: 1.0 / head.bright(),
        }
    }

    #[inline]
    fn at(&self, point: [f32; 3]) -> Option<(f32, [f32; 3])> {
        let seen = self.level.sample(&self.to, point)?;
        Some((
            seen.value * self.scale,
            seen.gradient.map(|g| g * self.scale),
        ))
    }
}

/// Makes both scans equally bright from place to place: the logarithm of the gain is half that of
/// the ratio of their mean squares within some centimetres, each weighted by `trust`. It changes
/// its sign when the scans change places.
pub(super) fn equalise(points: &Points, seen: &mut [Seen], trust: &[f32]) {
    let mut low = [f32::INFINITY; 3];
    let mut high = [f32::NEG_INFINITY; 3];
    for at in &points.at {
        for axis in 0..3 {
            low[axis] = low[axis].min(at[axis]);
            high[axis] = high[axis].max(at[axis]);
        }
    }
    let cell = GAIN_CELL_MM as f32;
    let dims: [usize; 3] =
        std::array::from_fn(|a| ((high[a] - low[a]).max(0.0) / cell).ceil() as usize + 2);
    let place = |at: &[f32; 3]| -> ([usize; 3], [f32; 3]) {
        let mut index = [0; 3];
        let mut share = [0.0; 3];
        for axis in 0..3 {
            let x = (at[axis] - low[axis]) / cell;
            index[axis] = x as usize;
            share[axis] = x - index[axis] as f32;
        }
        (index, share)
    };
    let corners = |index: [usize; 3], share: [f32; 3]| {
        (0..8).map(move |corner| {
            let mut cell = 0;
            let mut weight = 1.0;
            for axis in (0..3).rev() {
                let up = corner >> axis & 1;
                cell = cell * dims[axis] + index[axis] + up;
                weight *= if up == 1 {
                    share[axis]
                } else {
                    1.0 - share[axis]
                };
            }
            (cell, weight)
        })
    };
    let n_cells = dims.iter().product();
    let (mut of_fixed, mut of_moving) = (vec![0.0_f32; n_cells], vec![0.0_f32; n_cells]);
    for ((at, seen), trust) in points.at.iter().zip(seen.iter()).zip(trust) {
        let weight = seen.weight * trust;
        if weight <= 0.0 {
            continue;
        }
        let (index, share) = place(at);
        for (cell, part) in corners(index, share) {
            of_fixed[cell] += part * weight * seen.fixed * seen.fixed;
            of_moving[cell] += part * weight * seen.moving * seen.moving;
        }
    }
    let sd = GAIN_SD_MM / GAIN_CELL_MM;
    let of_fixed = blurred(&of_fixed, dims, sd);
    let of_moving = blurred(&of_moving, dims, sd);
    // A quarter, because these are squares and each scan takes half of the difference.
    let quarter_log: Vec<f32> = of_fixed
        .iter()
        .zip(&of_moving)
        .map(|(f, m)| match *f > 1e-6 && *m > 1e-6 {
            true => 0.25 * (f / m).ln(),
            false => 0.0,
        })
        .collect();
    points
        .at
        .par_iter()
        .zip(seen.par_iter_mut())
        .with_min_len(CHUNK)
        .for_each(|(at, seen)| {
            let (index, share) = place(at);
            let log: f32 = corners(index, share)
                .map(|(cell, part)| part * quarter_log[cell])
                .sum();
            let gain = log.exp();
            seen.fixed /= gain;
            seen.moving *= gain;
            seen.fixed_gradient = seen.fixed_gradient.map(|g| g / gain);
            seen.moving_gradient = seen.moving_gradient.map(|g| g * gain);
        });
}

/// Correlation of the two scans over the points, `None` where less than half of their weight is
/// seen by both or one is constant.
pub(super) fn correlation(points: &Points, seen: &[Seen]) -> Option<f64> {
    let mut sums = [0.0_f64; 6];
    for seen in seen {
        let weight = f64::from(seen.weight);
        let (f, m) = (f64::from(seen.fixed), f64::from(seen.moving));
        for (sum, term) in sums.iter_mut().zip([1.0, f, m, f * f, m * m, f * m]) {
            *sum += weight * term;
        }
    }
    let total: f64 = points.weight.iter().map(|w| f64::from(*w)).sum();
    let [n, f, m, ff, mm, fm] = sums;
    if n < 0.5 * total || n <= 0.0 {
        return None;
    }
    let spread = (ff / n - (f / n).powi(2)) * (mm / n - (m / n).powi(2));
    (spread > 0.0).then(|| (fm / n - f * m / n / n) / spread.sqrt())
}
