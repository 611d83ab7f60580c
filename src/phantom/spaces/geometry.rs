//! Tubes and blobs, and the share of each voxel that they fill.

use crate::volume::Grid;
use nalgebra::{Point3, Vector3};

/// How much of a voxel something fills: place of the voxel in the grid's order, and share.
pub(super) type Filled = Vec<(usize, f32)>;

/// Parts of a voxel are at most of this length when shares are counted, mm.
const PART_MM: f64 = 0.25;
/// Pieces of a tube are of about this length, mm.
const PIECE_MM: f64 = 0.4;

/// A bent tube, tapered and beaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Tube {
    /// Both ends, RAS+ mm.
    pub ends: [Point3<f64>; 2],
    /// How far the middle is off the straight line between them.
    pub bow: Vector3<f64>,
    /// Mean diameter, mm.
    pub width_mm: f64,
    /// By which share the first end is wider and the second narrower than the middle.
    pub taper: f64,
    /// By which share beads are wider and what is between them narrower, how many there are, and
    /// where they begin, in turns.
    pub beads: [f64; 3],
}

impl Tube {
    /// A point of the middle line and the radius there, from 0 to 1 along it.
    #[must_use]
    pub fn at(&self, t: f64) -> (Point3<f64>, f64) {
        let [from, to] = self.ends;
        let point = from + t * (to - from) + 4.0 * t * (1.0 - t) * self.bow;
        let [size, n, begin] = self.beads;
        let beaded = 1.0 + size * (std::f64::consts::TAU * (n * t + begin)).sin();
        let tapered = 1.0 + self.taper * (1.0 - 2.0 * t);
        (point, 0.5 * self.width_mm * beaded * tapered)
    }

    /// Points along the middle line with radii.
    fn pieces(&self) -> Vec<(Point3<f64>, f64)> {
        let n = (self.chord_mm() / PIECE_MM).ceil().max(2.0);
        (0..=n as usize).map(|at| self.at(at as f64 / n)).collect()
    }

    fn chord_mm(&self) -> f64 {
        (self.ends[1] - self.ends[0]).norm()
    }

    /// The length of the middle line, mm.
    #[must_use]
    pub fn length_mm(&self) -> f64 {
        let pieces = self.pieces();
        pieces
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0).norm())
            .sum()
    }

    /// The volume, mm3, without the rounded ends.
    #[must_use]
    pub fn volume_mm3(&self) -> f64 {
        let cone = |pair: &[(Point3<f64>, f64)]| {
            let [(a, r), (b, s)] = [pair[0], pair[1]];
            (b - a).norm() * (r * r + r * s + s * s) / 3.0
        };
        std::f64::consts::PI * self.pieces().windows(2).map(cone).sum::<f64>()
    }

    /// From the first end to the second, of length 1.
    #[must_use]
    pub fn direction(&self) -> Vector3<f64> {
        (self.ends[1] - self.ends[0]).normalize()
    }

    /// The middle.
    #[must_use]
    pub fn center(&self) -> Point3<f64> {
        self.at(0.5).0
    }

    /// The share of each voxel that the tube fills.
    pub(super) fn filled(&self, grid: &Grid) -> Filled {
        let pieces = self.pieces();
        let widest = pieces.iter().map(|piece| piece.1).fold(0.0, f64::max);
        let points = pieces.iter().map(|piece| piece.0);
        let inside = |p: Point3<f64>| {
            pieces.windows(2).any(|pair| {
                let [(a, r), (b, s)] = [pair[0], pair[1]];
                let axis = b - a;
                let along = ((p - a).dot(&axis) / axis.norm_squared()).clamp(0.0, 1.0);
                (p - (a + along * axis)).norm_squared() <= (r + along * (s - r)).powi(2)
            })
        };
        filled(grid, bounds(points, widest), inside)
    }
}

/// The lower and the upper corner around points, mm.
fn bounds(points: impl Iterator<Item = Point3<f64>>, more_mm: f64) -> [Point3<f64>; 2] {
    let none = [f64::INFINITY, f64::NEG_INFINITY].map(|x| Point3::from([x; 3]));
    points.fold(none, |[low, high], p| {
        let more = Vector3::repeat(more_mm);
        [low.inf(&(p - more)), high.sup(&(p + more))]
    })
}

/// The share of each voxel that lies within an ellipsoid.
pub(super) fn ellipsoid_filled(grid: &Grid, center: Point3<f64>, radii: Vector3<f64>) -> Filled {
    let inside = |p: Point3<f64>| (p - center).component_div(&radii).norm_squared() <= 1.0;
    filled(grid, bounds([center].into_iter(), radii.max()), inside)
}

/// The share of each voxel in a box in whose parts `inside` holds. The grid's axes run right, front
/// and up.
fn filled(
    grid: &Grid,
    [low, high]: [Point3<f64>; 2],
    inside: impl Fn(Point3<f64>) -> bool,
) -> Filled {
    let dims = grid.dims();
    let spacing_mm = grid.spacing_mm();
    let [first, last] = [low, high].map(|corner| grid.to_voxel(corner));
    let range = |axis: usize| {
        let from = (first[axis] + 0.5).floor().max(0.0) as usize;
        let to = (last[axis] + 0.5).floor().min(dims[axis] as f64 - 1.0);
        from..(to + 1.0).max(0.0) as usize
    };
    let n_parts = spacing_mm.map(|mm| (mm / PART_MM).ceil() as usize);
    let whole = n_parts.iter().product::<usize>() as f32;
    let part = |at: usize, n: usize| (at as f64 + 0.5) / n as f64 - 0.5;
    let mut filled = Filled::new();
    for k in range(2) {
        for j in range(1) {
            for i in range(0) {
                let mut n_inside = 0;
                for c in 0..n_parts[2] {
                    for b in 0..n_parts[1] {
                        for a in 0..n_parts[0] {
                            let place = Point3::new(
                                i as f64 + part(a, n_parts[0]),
                                j as f64 + part(b, n_parts[1]),
                                k as f64 + part(c, n_parts[2]),
                            );
                            n_inside += u32::from(inside(grid.to_world(place)));
                        }
                    }
                }
                if n_inside > 0 {
                    filled.push((i + dims[0] * (j + dims[1] * k), n_inside as f32 / whole));
                }
            }
        }
    }
    filled
}
