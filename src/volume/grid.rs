//! The voxel grid and its place in the world.

use super::VolumeError;
use nalgebra::{Matrix3, Matrix4, Point3, Vector3};

/// A homogeneous transform; named `to_from` by what it does.
pub type Affine = Matrix4<f64>;

/// Whether the file said which side of the patient is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orientation {
    /// A transform to the scanner or to a template was stored.
    Known,
    /// Nothing was stored: the affine is a guess, and letters show `?`.
    Unknown,
}

/// A box of voxels and the affine that places voxel centres in the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    dims: [usize; 3],
    world_from_voxel: Affine,
    voxel_from_world: Affine,
}

impl Grid {
    /// `world_from_voxel` maps a voxel index (the centre of a voxel) to RAS+ millimetres. It may
    /// be oblique, sheared or mirrored, but must have an inverse.
    ///
    /// # Errors
    /// For an empty grid, and for an affine that is singular or not finite.
    pub fn new(dims: [usize; 3], world_from_voxel: Affine) -> Result<Self, VolumeError> {
        if dims.contains(&0) {
            return Err(VolumeError::NoVoxels(dims));
        }
        let singular = || VolumeError::SingularAffine(rows_text(&world_from_voxel));
        if !world_from_voxel.iter().all(|x| x.is_finite()) {
            return Err(singular());
        }
        // A determinant is judged against the product of the column lengths: a grid of 1 um
        // voxels is small, not singular.
        let linear = world_from_voxel.fixed_view::<3, 3>(0, 0).into_owned();
        let lengths: f64 = linear.column_iter().map(|c| c.norm()).product();
        if linear.determinant().abs() <= 1e-9 * lengths {
            return Err(singular());
        }
        let voxel_from_world = world_from_voxel.try_inverse().ok_or_else(singular)?;
        let grid = Self {
            dims,
            world_from_voxel,
            voxel_from_world,
        };
        // Numbers near the ends of what f64 holds have an inverse and corners beyond them.
        let corners = grid.corners_in_world();
        let corners = corners.iter().flat_map(|corner| &corner.coords);
        let mut numbers = corners.chain(&voxel_from_world);
        match numbers.all(|x| x.is_finite()) {
            true => Ok(grid),
            false => Err(singular()),
        }
    }

    /// Voxels along each axis, as stored.
    #[must_use]
    pub fn dims(&self) -> [usize; 3] {
        self.dims
    }

    /// Voxels in all.
    #[must_use]
    pub fn n_voxels(&self) -> usize {
        self.dims.iter().product()
    }

    /// Voxel index to RAS+ mm.
    #[must_use]
    pub fn world_from_voxel(&self) -> &Affine {
        &self.world_from_voxel
    }

    /// RAS+ mm to voxel index.
    #[must_use]
    pub fn voxel_from_world(&self) -> &Affine {
        &self.voxel_from_world
    }

    /// Distance between neighbouring voxel centres along each voxel axis, in mm.
    #[must_use]
    pub fn spacing_mm(&self) -> [f64; 3] {
        std::array::from_fn(|axis| self.linear().column(axis).norm())
    }

    /// The longest edge of a voxel, in mm: a place can hardly be set better than to one.
    #[must_use]
    pub fn longest_edge_mm(&self) -> f64 {
        self.spacing_mm().into_iter().fold(0.0, f64::max)
    }

    /// For each voxel axis the world axis it runs along most nearly (0 x, 1 y, 2 z) and the sign
    /// of its direction.
    ///
    /// The rotation nearest to the affine (its polar factor, which leaves voxel size and shear
    /// out) is matched with all six assignments of axes and the best one is taken, so that a
    /// strongly oblique scan never gives one world axis twice.
    #[must_use]
    pub fn axes(&self) -> [(usize, f64); 3] {
        let mut unit = self.linear();
        for mut column in unit.column_iter_mut() {
            let length = column.norm();
            column /= length;
        }
        let svd = unit.svd(true, true);
        let rotation = match (svd.u, svd.v_t) {
            (Some(u), Some(v_t)) => u * v_t,
            _ => unit,
        };
        const ORDERS: [[usize; 3]; 6] = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        let fit = |order: &[usize; 3]| -> f64 {
            (0..3).map(|axis| rotation[(order[axis], axis)].abs()).sum()
        };
        let best = ORDERS.iter().fold(ORDERS[0], |best, order| {
            // A tie goes to the earlier order: it must not depend on rounding.
            if fit(order) > fit(&best) + 1e-9 {
                *order
            } else {
                best
            }
        });
        std::array::from_fn(|axis| {
            let row = best[axis];
            let sign = if rotation[(row, axis)] < 0.0 {
                -1.0
            } else {
                1.0
            };
            (row, sign)
        })
    }

    /// The letters of the directions in which the voxel axes run, as nibabel names them: `RAS`
    /// for a first axis towards the patient's right, and so on.
    #[must_use]
    pub fn axcodes(&self) -> String {
        self.axes()
            .iter()
            .map(|&(axis, sign)| world_letter(axis, sign))
            .collect()
    }

    /// The voxel axis that runs most nearly along a world axis.
    #[must_use]
    pub fn voxel_axis_along(&self, world_axis: usize) -> usize {
        self.axes()
            .iter()
            .position(|&(axis, _)| axis == world_axis)
            .unwrap_or(world_axis)
    }

    /// Angle in degrees by which the grid is turned away from the world axes.
    #[must_use]
    pub fn oblique_deg(&self) -> f64 {
        let axes = self.axes();
        (0..3)
            .map(|axis| {
                let column = self.linear().column(axis).normalize();
                column[axes[axis].0]
                    .abs()
                    .clamp(0.0, 1.0)
                    .acos()
                    .to_degrees()
            })
            .fold(0.0, f64::max)
    }

    /// A voxel index, whole or between voxels, in RAS+ mm.
    #[must_use]
    pub fn to_world(&self, voxel: Point3<f64>) -> Point3<f64> {
        self.world_from_voxel.transform_point(&voxel)
    }

    /// A point in RAS+ mm as a voxel index.
    #[must_use]
    pub fn to_voxel(&self, point_in_world: Point3<f64>) -> Point3<f64> {
        self.voxel_from_world.transform_point(&point_in_world)
    }

    /// The voxel whose cell holds a point, or `None` outside the grid.
    #[must_use]
    pub fn voxel_at(&self, point_in_world: Point3<f64>) -> Option<[usize; 3]> {
        let voxel = self.to_voxel(point_in_world);
        let mut index = [0; 3];
        for axis in 0..3 {
            let nearest = (voxel[axis] + 0.5).floor();
            if !(nearest >= 0.0 && nearest < self.dims[axis] as f64) {
                return None;
            }
            index[axis] = nearest as usize;
        }
        Some(index)
    }

    /// The middle of the grid in RAS+ mm.
    #[must_use]
    pub fn center_in_world(&self) -> Point3<f64> {
        self.to_world(Point3::from(Vector3::from_fn(|axis, _| {
            (self.dims[axis] as f64 - 1.0) / 2.0
        })))
    }

    /// The world box around the cells of all voxels, lower and upper corner in RAS+ mm.
    #[must_use]
    pub fn bounds_in_world(&self) -> (Point3<f64>, Point3<f64>) {
        let mut low = Vector3::repeat(f64::INFINITY);
        let mut high = Vector3::repeat(f64::NEG_INFINITY);
        for corner in self.corners_in_world() {
            low = low.inf(&corner.coords);
            high = high.sup(&corner.coords);
        }
        (low.into(), high.into())
    }

    /// The eight outer corners of the voxel cells in RAS+ mm.
    #[must_use]
    pub fn corners_in_world(&self) -> [Point3<f64>; 8] {
        std::array::from_fn(|corner| {
            self.to_world(Point3::from(Vector3::from_fn(|axis, _| {
                if corner >> axis & 1 == 0 {
                    -0.5
                } else {
                    self.dims[axis] as f64 - 0.5
                }
            })))
        })
    }

    fn linear(&self) -> Matrix3<f64> {
        self.world_from_voxel.fixed_view::<3, 3>(0, 0).into_owned()
    }
}

/// The patient's direction along a world axis: `R` for +x, `P` for -y.
#[must_use]
pub(super) fn world_letter(axis: usize, sign: f64) -> char {
    const LETTERS: [[char; 2]; 3] = [['R', 'L'], ['A', 'P'], ['S', 'I']];
    LETTERS[axis][usize::from(sign < 0.0)]
}

fn rows_text(affine: &Affine) -> String {
    let row = |r: usize| {
        let cells: Vec<String> = (0..4).map(|c| affine[(r, c)].to_string()).collect();
        format!("[{}]", cells.join(", "))
    };
    format!("{} {} {}", row(0), row(1), row(2))
}
