//! The plane about which a head is most nearly its own mirror image.

use nalgebra::{Point3, Vector3};
use rayon::prelude::*;

use super::lattice::Lattice;

/// Where the brain's half of the head is looked at, mm below the vertex.
const LEVELS_MM: [f64; 2] = [24.0, 100.0];

/// How far beside the plane.
const REACH_MM: f64 = 60.0;

/// How far from the middle of the head the plane may lie, mm, and how far it may turn, degrees.
const ASIDE_MM: f64 = 30.0;
const TURN_DEG: f64 = 14.0;

/// A plane that parts left from right: x = `at.x` + `slopes` (y - `at.y`, z - `at.z`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Midline {
    /// A point of it.
    pub(super) at: Point3<f64>,
    /// How much further right it lies a millimetre further to the front, and up.
    slopes: [f64; 2],
}

impl Midline {
    /// Its left-right position, mm.
    pub(super) fn x(&self, y: f64, z: f64) -> f64 {
        self.at.x + self.slopes[0] * (y - self.at.y) + self.slopes[1] * (z - self.at.z)
    }

    /// To the right of it.
    pub(super) fn right(&self) -> Vector3<f64> {
        Vector3::new(1.0, -self.slopes[0], -self.slopes[1]).normalize()
    }

    /// To the front along it.
    pub(super) fn front(&self) -> Vector3<f64> {
        Vector3::new(self.slopes[0], 1.0, 0.0).normalize()
    }

    /// How far to the right of it a point lies, mm.
    pub(super) fn beside(&self, point: Point3<f64>) -> f64 {
        self.right().dot(&(point - self.at))
    }

    /// The point on the other side.
    pub(super) fn mirror(&self, point: Point3<f64>) -> Point3<f64> {
        point - 2.0 * self.beside(point) * self.right()
    }

    /// How far it is turned about the vertical and about the front-back axis: yaw, with the nose to
    /// the left, and roll, with the vertex to the right; degrees.
    pub(super) fn turn_deg(&self) -> [f64; 2] {
        [
            -self.slopes[0].atan().to_degrees(),
            self.slopes[1].atan().to_degrees(),
        ]
    }

    /// The plane of best symmetry near a point, between a front and a back, below a vertex.
    pub(super) fn find(lattice: &Lattice, middle: Point3<f64>, y: [f64; 2], vertex: f64) -> Self {
        let coarse = Pairs::new(8.0, y, vertex);
        let n = (ASIDE_MM / 2.0) as i32;
        let turns = (TURN_DEG / 3.5) as i32;
        let slope = |turn: i32| (f64::from(turn) * 3.5).to_radians().tan();
        let mut tried: Vec<Self> = Vec::new();
        for aside in -n..=n {
            for yaw in -turns..=turns {
                for roll in -turns..=turns {
                    let at = middle + Vector3::new(2.0 * f64::from(aside), 0.0, 0.0);
                    tried.push(Self {
                        at,
                        slopes: [slope(yaw), slope(roll)],
                    });
                }
            }
        }
        let unlike: Vec<f64> = tried
            .par_iter()
            .map(|plane| coarse.unlike(plane, &|at| lattice.near_smooth(at), lattice.bright))
            .collect();
        let mut order: Vec<usize> = (0..tried.len()).collect();
        order.sort_by(|&a, &b| unlike[a].total_cmp(&unlike[b]).then(a.cmp(&b)));
        let fine = Pairs::new(4.0, y, vertex);
        let of = |plane: &Self| fine.unlike(plane, &|at| lattice.between(at), lattice.bright);
        let best = order[..4]
            .par_iter()
            .map(|&start| refined(tried[start], &of))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        best.map_or(
            Self {
                at: middle,
                slopes: [0.0; 2],
            },
            |(plane, _)| plane,
        )
    }

    /// How unlike the two halves of a head are about the middle of each axis of the world, at best
    /// within [`ASIDE_MM`] of it.
    pub(super) fn axes(lattice: &Lattice, ends: [[usize; 2]; 3]) -> [f64; 3] {
        let places = |axis: usize| (ends[axis][0]..=ends[axis][1]).step_by(3);
        [0, 1, 2].map(|axis| {
            let [a, b] = [(axis + 1) % 3, (axis + 2) % 3];
            let middle = (ends[axis][0] + ends[axis][1]) as i64;
            let n = ASIDE_MM as i64;
            (middle - n..=middle + n)
                .into_par_iter()
                .map(|doubled| {
                    let (mut difference, mut signal) = (0.0, 0.0);
                    for first in places(a) {
                        for second in places(b) {
                            for step in (1..=60).step_by(3) {
                                let value = |at: i64| {
                                    let mut index = [0; 3];
                                    index[a] = first;
                                    index[b] = second;
                                    index[axis] = usize::try_from(at).ok()?;
                                    (index[axis] < lattice.dims[axis])
                                        .then(|| lattice.value(index, true).min(lattice.bright))
                                };
                                let low = (doubled - step).div_euclid(2);
                                if let [Some(a), Some(b)] = [value(low), value(doubled - low)] {
                                    difference += f64::from((a - b).abs());
                                    signal += f64::from(a + b);
                                }
                            }
                        }
                    }
                    difference / f64::max(signal, f64::MIN_POSITIVE)
                })
                .min_by(f64::total_cmp)
                .unwrap_or(f64::INFINITY)
        })
    }
}

/// Steps to the best of the planes beside one, by halves from 2 mm and 2 degrees down.
fn refined(start: Midline, of: &(impl Fn(&Midline) -> f64 + Sync)) -> (Midline, f64) {
    let mut best = (start, of(&start));
    for step in [2.0, 1.0, 0.5, 0.25] {
        for _ in 0..8 {
            let turn = f64::to_radians(step).tan();
            let tried: Vec<(Midline, f64)> = (0..6)
                .map(|way| {
                    let by = if way % 2 == 0 { 1.0 } else { -1.0 };
                    let mut plane = best.0;
                    match way / 2 {
                        0 => plane.at.x += by * step,
                        axis => plane.slopes[axis - 1] += by * turn,
                    }
                    (plane, of(&plane))
                })
                .collect();
            let Some(next) = tried.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)) else {
                break;
            };
            if next.1 >= best.1 {
                break;
            }
            best = next;
        }
    }
    best
}

/// Points of the plane and steps from it, at which both sides are compared.
struct Pairs {
    places: Vec<[f64; 2]>,
    steps: Vec<f64>,
}

impl Pairs {
    fn new(apart: f64, y: [f64; 2], vertex: f64) -> Self {
        let range = |from: f64, to: f64| -> Vec<f64> {
            let n = ((to - from) / apart).max(0.0) as usize;
            (0..=n).map(|i| from + i as f64 * apart).collect()
        };
        let z = range(vertex - LEVELS_MM[1], vertex - LEVELS_MM[0]);
        let places = range(y[0], y[1])
            .into_iter()
            .flat_map(|y| z.iter().map(move |&z| [y, z]))
            .collect();
        Self {
            places,
            steps: range(apart / 2.0, REACH_MM),
        }
    }

    /// The mean difference between both sides as a share of their mean signal.
    fn unlike(
        &self,
        plane: &Midline,
        value: &impl Fn(Point3<f64>) -> Option<f32>,
        bright: f32,
    ) -> f64 {
        let right = plane.right();
        let (mut difference, mut signal, mut n) = (0.0, 0.0, 0_usize);
        for &[y, z] in &self.places {
            let at = Point3::new(plane.x(y, z), y, z);
            for &step in &self.steps {
                let pair = [value(at + step * right), value(at - step * right)];
                if let [Some(a), Some(b)] = pair.map(|v| v.map(|v| v.min(bright))) {
                    difference += f64::from((a - b).abs());
                    signal += f64::from(a + b);
                    n += 1;
                }
            }
        }
        if 2 * n < self.places.len() * self.steps.len() || signal <= 0.0 {
            return f64::INFINITY;
        }
        difference / signal
    }
}
