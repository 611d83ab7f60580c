//! Where a cluster of voxels lies in the world, how long and wide it is and which way it runs.

use super::Grid;
use nalgebra::{Matrix3, Point3, Vector3};

/// A cluster as an elongated body, from the covariance of the places of its voxels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterShape {
    /// Voxels.
    pub n_voxels: usize,
    /// Their volume.
    pub mm3: f64,
    /// The mean place of their centres, RAS+ mm.
    pub centroid_in_world: Point3<f64>,
    /// The direction of greatest spread, of length 1; its largest part is positive.
    pub axis: Vector3<f64>,
    /// The extent of the voxels' centres along the axis and one voxel more.
    pub length_mm: f64,
    /// The width of a cylinder of this volume and length, `2 sqrt(V / (pi L))`.
    pub width_mm: f64,
    /// The angle between the axis and the axial plane, 0 to 90 degrees.
    pub to_axial_plane_deg: f64,
    /// The angle between the axis and the way from a centre to the centroid, 0 to 90 degrees.
    pub to_radius_deg: f64,
    /// `1 - sqrt(l2 / l1)` of the largest two eigenvalues of the covariance: 0 where no direction is
    /// longest, near 1 for a line.
    pub linearity: f64,
}

impl ClusterShape {
    /// Measures voxels, given as places in the grid's order (first axis fastest). Directions are
    /// compared with the radius from `center_in_world`. `None` without voxels.
    ///
    /// The covariance counts each voxel as a body: a twelfth of its edges' squares is added.
    #[must_use]
    pub fn of(voxels: &[usize], grid: &Grid, center_in_world: Point3<f64>) -> Option<Self> {
        let n = voxels.len();
        if n == 0 {
            return None;
        }
        let [nx, ny, _] = grid.dims();
        let place = |&voxel: &usize| {
            let index = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
            grid.to_world(Point3::from(index.map(|i| i as f64)))
        };
        let places: Vec<Point3<f64>> = voxels.iter().map(place).collect();
        let sum: Vector3<f64> = places.iter().map(|p| p.coords).sum();
        let centroid = Point3::from(sum / n as f64);
        let edges = grid
            .world_from_voxel()
            .fixed_view::<3, 3>(0, 0)
            .into_owned();
        let spread: Matrix3<f64> = places
            .iter()
            .map(|p| (p - centroid) * (p - centroid).transpose())
            .sum();
        let covariance = spread / n as f64 + edges * edges.transpose() / 12.0;
        let eigen = covariance.symmetric_eigen();
        let mut order = [0, 1, 2];
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let axis = eigen.eigenvectors.column(order[0]).into_owned();
        let axis = axis * axis[axis.iamax()].signum();
        let along = places.iter().map(|p| (p - centroid).dot(&axis));
        let [low, high] = along.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| {
            [low.min(at), high.max(at)]
        });
        let length_mm = high - low + (edges.transpose() * axis).norm();
        let mm3 = n as f64 * edges.determinant().abs();
        let radius = centroid - center_in_world;
        let cosine = match radius.norm() {
            0.0 => 0.0,
            length => radius.dot(&axis).abs() / length,
        };
        let [l1, l2] = [order[0], order[1]].map(|at| eigen.eigenvalues[at]);
        Some(Self {
            n_voxels: n,
            mm3,
            centroid_in_world: centroid,
            axis,
            length_mm,
            width_mm: 2.0 * (mm3 / (std::f64::consts::PI * length_mm)).sqrt(),
            to_axial_plane_deg: axis.z.abs().min(1.0).asin().to_degrees(),
            to_radius_deg: cosine.min(1.0).acos().to_degrees(),
            linearity: 1.0 - (l2 / l1).max(0.0).sqrt(),
        })
    }
}
