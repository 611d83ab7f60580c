//! Rigid motions: halved, composed, measured.

use crate::volume::Affine;
use nalgebra::{Isometry3, Matrix3, Point3, Translation3, UnitQuaternion, Vector3};

/// The motion that done twice is this one.
pub(super) fn half(motion: &Isometry3<f64>) -> Isometry3<f64> {
    let turn = motion.rotation.powf(0.5);
    let sum = Matrix3::identity() + turn.to_rotation_matrix().into_inner();
    // Singular for half a turn only, which no start comes near.
    let shift = sum
        .try_inverse()
        .map_or(motion.translation.vector / 2.0, |inverse| {
            inverse * motion.translation.vector
        });
    Isometry3::from_parts(Translation3::from(shift), turn)
}

/// A small motion about a centre: the opposite of `shift` and `turn` gives its inverse.
pub(super) fn small(
    center: &Point3<f64>,
    shift: Vector3<f64>,
    turn: Vector3<f64>,
) -> Isometry3<f64> {
    let to = Translation3::from(center.coords + shift / 2.0);
    let from = Translation3::from(shift / 2.0 - center.coords);
    to * UnitQuaternion::from_scaled_axis(turn) * from
}

/// The angle of the rotation nearest to an affine, in degrees.
#[must_use]
pub(super) fn rotated_deg(affine: &Affine) -> f64 {
    nearest_rotation(affine).angle().to_degrees()
}

/// The rotation nearest to the linear part (its polar factor).
pub(super) fn nearest_rotation(affine: &Affine) -> UnitQuaternion<f64> {
    let linear = super::pyramid::linear(affine);
    let svd = linear.svd(true, true);
    let matrix = match (svd.u, svd.v_t) {
        (Some(u), Some(v_t)) => u * v_t,
        _ => linear,
    };
    UnitQuaternion::from_matrix_eps(&matrix, 1e-14, 200, UnitQuaternion::identity())
}

/// The mean distance, over `points`, between where two transforms take them, in mm.
#[must_use]
pub fn mean_distance_mm(one: &Affine, other: &Affine, points: &[Point3<f64>]) -> f64 {
    let sum: f64 = points
        .iter()
        .map(|p| (one.transform_point(p) - other.transform_point(p)).norm())
        .sum();
    sum / points.len().max(1) as f64
}
