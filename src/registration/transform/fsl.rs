//! FSL's matrix: from moving to reference, between voxels scaled to mm, whose first axis is turned
//! round where a scan is stored in neurological order.

use super::matrix::{Between, Fault, inverse, plain_matrix, rows_text};
use crate::volume::{Affine, Grid};

/// From a voxel index to FSL's coordinates.
fn scaled_from_voxel(grid: &Grid) -> Affine {
    let mut scaled = Affine::identity();
    for (axis, mm) in grid.spacing_mm().into_iter().enumerate() {
        scaled[(axis, axis)] = mm;
    }
    let is_neurological =
        super::super::pyramid::linear(grid.world_from_voxel()).determinant() > 0.0;
    if !is_neurological {
        return scaled;
    }
    let mut turned = Affine::identity();
    turned[(0, 0)] = -1.0;
    turned[(0, 3)] = grid.dims()[0] as f64 - 1.0;
    scaled * turned
}

fn scaled_from_world(grid: &Grid) -> Affine {
    scaled_from_voxel(grid) * grid.voxel_from_world()
}

pub(super) fn parse(text: &str, between: Between<'_>) -> Result<Affine, Fault> {
    let matrix = plain_matrix(text)?;
    inverse(matrix)?;
    let back = inverse(scaled_from_world(between.fixed))?;
    Ok(back * matrix * scaled_from_world(between.moving))
}

pub(super) fn text(fixed_from_moving: &Affine, between: Between<'_>) -> String {
    let world_from_scaled = inverse(scaled_from_world(between.moving));
    let matrix = scaled_from_world(between.fixed)
        * fixed_from_moving
        * world_from_scaled.unwrap_or_else(|_| Affine::identity());
    rows_text(&matrix, "  ").replace('\n', "  \n")
}
