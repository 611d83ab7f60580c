//! Regions drawn on a plane: an outline in the world with the thickness of a slice, and the voxels in it.
//!
//! A voxel belongs whole or not at all: its middle lies within the outline, or on it, and near enough to
//! the plane. So the voxels do not depend on how the picture was zoomed or moved when it was drawn.

use super::outline_area::even_odd_area;
use super::{Grid, Plane};
use nalgebra::{Point3, Vector3};
use serde::{Deserialize, Serialize};

/// Middles of voxels this near to an outline count as on it, mm: files keep seven digits of a place.
const ON_OUTLINE_MM: f64 = 1e-4;
/// An outline that is drawn by hand has so many points at most.
pub const MOST_OUTLINE_POINTS: usize = 5000;
/// Points of an ellipse where it is drawn as a line.
const ELLIPSE_POINTS: usize = 72;

/// An outline in a plane. Its coordinates are the two world axes of the plane in the order x, y, z, in mm:
/// x and y of an axial plane, x and z of a coronal one, y and z of a sagittal one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outline {
    /// An ellipse along the axes.
    Ellipse {
        /// Its middle.
        middle: [f64; 2],
        /// Half of its extent along each axis.
        radii: [f64; 2],
    },
    /// A rectangle along the axes.
    Rectangle {
        /// The corner of the smaller coordinates.
        low: [f64; 2],
        /// The one opposite to it.
        high: [f64; 2],
    },
    /// A line that ends where it began. Where it crosses itself, what it goes around twice is outside.
    Freehand(Vec<[f64; 2]>),
}

impl Outline {
    /// The least box around it: lower and upper corner; none of a line without points.
    #[must_use]
    pub fn bounds(&self) -> Option<[[f64; 2]; 2]> {
        match self {
            Self::Ellipse { middle, radii } => Some([
                [0, 1].map(|axis| middle[axis] - radii[axis]),
                [0, 1].map(|axis| middle[axis] + radii[axis]),
            ]),
            Self::Rectangle { low, high } => Some([*low, *high]),
            Self::Freehand(points) => {
                let first = *points.first()?;
                let bounds = points.iter().fold([first; 2], |[low, high], point| {
                    [
                        [0, 1].map(|axis| low[axis].min(point[axis])),
                        [0, 1].map(|axis| high[axis].max(point[axis])),
                    ]
                });
                Some(bounds)
            }
        }
    }

    /// How much lies within it, mm2: what voxels of no size would sum up to. None of a line that crosses
    /// itself more than a thousand times.
    #[must_use]
    pub fn area_mm2(&self) -> Option<f64> {
        match self {
            Self::Ellipse { radii, .. } => Some(std::f64::consts::PI * (radii[0] * radii[1]).abs()),
            Self::Rectangle { low, high } => Some(((high[0] - low[0]) * (high[1] - low[1])).abs()),
            Self::Freehand(points) => even_odd_area(points),
        }
    }

    /// It as a line that ends where it began; of an ellipse points on it.
    #[must_use]
    pub fn points(&self) -> Vec<[f64; 2]> {
        match self {
            Self::Ellipse { middle, radii } => (0..ELLIPSE_POINTS)
                .map(|at| {
                    let angle = std::f64::consts::TAU * at as f64 / ELLIPSE_POINTS as f64;
                    [
                        middle[0] + radii[0] * angle.cos(),
                        middle[1] + radii[1] * angle.sin(),
                    ]
                })
                .collect(),
            Self::Rectangle { low, high } => {
                vec![*low, [high[0], low[1]], *high, [low[0], high[1]]]
            }
            Self::Freehand(points) => points.clone(),
        }
    }

    /// The same elsewhere.
    #[must_use]
    pub fn moved(&self, by_mm: [f64; 2]) -> Self {
        let there = |at: &[f64; 2]| [at[0] + by_mm[0], at[1] + by_mm[1]];
        match self {
            Self::Ellipse { middle, radii } => Self::Ellipse {
                middle: there(middle),
                radii: *radii,
            },
            Self::Rectangle { low, high } => Self::Rectangle {
                low: there(low),
                high: there(high),
            },
            Self::Freehand(points) => Self::Freehand(points.iter().map(there).collect()),
        }
    }

    /// Whether a place lies within it, or on it.
    #[must_use]
    pub fn contains(&self, at: [f64; 2]) -> bool {
        match self {
            Self::Ellipse { middle, radii } => {
                let part = |axis: usize| {
                    let reach = radii[axis].abs() + ON_OUTLINE_MM;
                    ((at[axis] - middle[axis]) / reach).powi(2)
                };
                part(0) + part(1) <= 1.0
            }
            Self::Rectangle { low, high } => (0..2).all(|axis| {
                (low[axis] - ON_OUTLINE_MM..=high[axis] + ON_OUTLINE_MM).contains(&at[axis])
            }),
            Self::Freehand(points) => is_on_line(points, at) || is_within_line(points, at),
        }
    }
}

/// The sides of a line that ends where it began.
fn sides(points: &[[f64; 2]]) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    let ends = points.iter().skip(1).chain(points.first());
    points.iter().copied().zip(ends.copied())
}

fn is_on_line(points: &[[f64; 2]], at: [f64; 2]) -> bool {
    sides(points).any(|(from, to)| {
        let way = [to[0] - from[0], to[1] - from[1]];
        let off = [at[0] - from[0], at[1] - from[1]];
        let square = way[0] * way[0] + way[1] * way[1];
        let share = match square > 0.0 {
            true => ((off[0] * way[0] + off[1] * way[1]) / square).clamp(0.0, 1.0),
            false => 0.0,
        };
        (off[0] - share * way[0]).hypot(off[1] - share * way[1]) <= ON_OUTLINE_MM
    })
}

/// By how often the line is crossed on the way out (even or odd).
fn is_within_line(points: &[[f64; 2]], at: [f64; 2]) -> bool {
    let crossed = sides(points).filter(|(from, to)| {
        let is_level = (from[1] > at[1]) != (to[1] > at[1]);
        is_level && {
            let share = (at[1] - from[1]) / (to[1] - from[1]);
            at[0] < from[0] + share * (to[0] - from[0])
        }
    });
    crossed.count() % 2 == 1
}

/// An outline on a plane, with the thickness of a slice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaneRegion {
    /// The plane that it was drawn on.
    pub plane: Plane,
    /// Where that lies along its normal, RAS+ mm.
    pub at_mm: f64,
    /// How thick it is, mm.
    pub thickness_mm: f64,
    /// Its outline.
    pub outline: Outline,
}

impl PlaneRegion {
    /// The world axes of a plane: 0 x, 1 y, 2 z.
    #[must_use]
    pub fn axes(plane: Plane) -> [usize; 2] {
        match plane {
            Plane::Axial => [0, 1],
            Plane::Coronal => [0, 2],
            Plane::Sagittal => [1, 2],
        }
    }

    /// A place of the world in the coordinates of outlines on a plane.
    #[must_use]
    pub fn on_plane(plane: Plane, point_in_world: Point3<f64>) -> [f64; 2] {
        Self::axes(plane).map(|axis| point_in_world[axis])
    }

    /// A place in the coordinates of its outline in the world.
    #[must_use]
    pub fn to_world(&self, at: [f64; 2]) -> Point3<f64> {
        let mut point = Point3::origin();
        point[self.plane.normal_axis()] = self.at_mm;
        for (place, axis) in Self::axes(self.plane).into_iter().enumerate() {
            point[axis] = at[place];
        }
        point
    }

    /// Its outline in the world, as [`Outline::points`].
    #[must_use]
    pub fn outline_in_world(&self) -> Vec<Point3<f64>> {
        let points = self.outline.points().into_iter();
        points.map(|at| self.to_world(at)).collect()
    }

    /// The middle of the box around its outline; none of a line without points.
    #[must_use]
    pub fn middle(&self) -> Option<Point3<f64>> {
        let [low, high] = self.outline.bounds()?;
        Some(self.to_world([0, 1].map(|axis| f64::midpoint(low[axis], high[axis]))))
    }

    /// The same elsewhere on its plane; what leads off that does not count.
    #[must_use]
    pub fn moved(&self, by_mm: Vector3<f64>) -> Self {
        let by_mm = Self::axes(self.plane).map(|axis| by_mm[axis]);
        Self {
            outline: self.outline.moved(by_mm),
            ..self.clone()
        }
    }

    /// Whether nothing of it lies in the box around a grid.
    #[must_use]
    pub fn is_outside(&self, grid: &Grid) -> bool {
        let Some([low, high]) = self.outline.bounds() else {
            return true;
        };
        let [mut first, mut last] = [self.to_world(low), self.to_world(high)];
        let normal = self.plane.normal_axis();
        first[normal] -= self.thickness_mm / 2.0;
        last[normal] += self.thickness_mm / 2.0;
        let (least, most) = grid.bounds_in_world();
        (0..3).any(|axis| last[axis] < least[axis] || first[axis] > most[axis])
    }

    /// Whether a part of its outline lies outside of a grid.
    #[must_use]
    pub fn is_cut(&self, grid: &Grid) -> bool {
        let mut outline = self.outline_in_world().into_iter();
        outline.any(|point| grid.voxel_at(point).is_none())
    }

    /// The voxels of a grid that belong to it, by their place among all voxels, in order: those whose
    /// middle projects into the outline and lies less than (thickness + extent) / 2 from the plane, where
    /// extent is that of a voxel along the normal. A plane midway between two slices takes both. For a job
    /// where the grid is oblique.
    #[must_use]
    pub fn voxels(&self, grid: &Grid) -> Vec<usize> {
        let Some([low, high]) = self.outline.bounds() else {
            return Vec::new();
        };
        let normal = self.plane.normal_axis();
        let linear = grid.world_from_voxel().fixed_view::<3, 3>(0, 0);
        let extent_mm: f64 = linear.row(normal).iter().map(|step| step.abs()).sum();
        let reach_mm = (self.thickness_mm + extent_mm) / 2.0 - 1e-5 * extent_mm;
        let [mut first, mut last] = [self.to_world(low), self.to_world(high)];
        first[normal] -= reach_mm;
        last[normal] += reach_mm;
        let [first, last] = voxel_box(grid, first, last);
        let [nx, ny, _] = grid.dims();
        let mut voxels = Vec::new();
        for k in first[2]..=last[2] {
            for j in first[1]..=last[1] {
                for i in first[0]..=last[0] {
                    let middle = grid.to_world(Point3::new(i as f64, j as f64, k as f64));
                    let is_near = (middle[normal] - self.at_mm).abs() < reach_mm;
                    if is_near && self.outline.contains(Self::on_plane(self.plane, middle)) {
                        voxels.push(i + nx * (j + ny * k));
                    }
                }
            }
        }
        voxels
    }
}

/// The voxels of a grid around a box of the world, the first and the last along each axis.
fn voxel_box(grid: &Grid, low: Point3<f64>, high: Point3<f64>) -> [[usize; 3]; 2] {
    let (mut first, mut last) = ([usize::MAX; 3], [0_usize; 3]);
    for corner in 0..8 {
        let mut at = low;
        for axis in 0..3 {
            if corner >> axis & 1 == 1 {
                at[axis] = high[axis];
            }
        }
        let voxel = grid.to_voxel(at);
        for axis in 0..3 {
            let most = (grid.dims()[axis] - 1) as f64;
            // A little further: rounding must lose no voxel on the edge.
            let [low, high] = [voxel[axis] - 1e-3, voxel[axis] + 1e-3];
            first[axis] = first[axis].min(low.floor().clamp(0.0, most) as usize);
            last[axis] = last[axis].max(high.ceil().clamp(0.0, most) as usize);
        }
    }
    [first, last]
}
