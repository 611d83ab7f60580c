//! New voxels for a file that must lie on another grid. Nothing is resampled to be shown.

use crate::volume::{Affine, Grid, Interpolation, Volume, VolumeError};
use nalgebra::{Matrix4, Point3};
use rayon::prelude::*;

/// Lobes of the windowed sinc on either side.
const LOBES: isize = 3;
/// Voxels along each axis of FreeSurfer's conformed grid, 1 mm each.
const CONFORMED: usize = 256;

/// How a value between voxels is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Trilinear, as FreeSurfer does it.
    Linear,
    /// Lanczos' windowed sinc of three lobes: keeps edges sharp, and rings a little beside them.
    Sinc,
}

/// The values of a volume on another grid of the same world, as f32; 0 where the volume does not
/// reach, and where a voxel that counts is not a number.
///
/// # Errors
/// None, as long as the grid counts its voxels rightly.
pub fn resampled(volume: &Volume, onto: &Grid, kernel: Kernel) -> Result<Volume, VolumeError> {
    let from_new = volume.grid().voxel_from_world() * onto.world_from_voxel();
    let [nx, ny, _] = onto.dims();
    let values: Vec<f32> = (0..onto.n_voxels())
        .into_par_iter()
        .with_min_len(4096)
        .map(|at| {
            let index = [at % nx, at / nx % ny, at / nx / ny].map(|i| i as f64);
            let voxel = from_new.transform_point(&Point3::from(index));
            let voxel = [voxel.x, voxel.y, voxel.z];
            match kernel {
                Kernel::Linear => {
                    volume.sample_voxel(voxel.map(|v| v as f32), Interpolation::Linear)
                }
                Kernel::Sinc => windowed_sinc(volume, voxel),
            }
            .unwrap_or(0.0)
        })
        .collect();
    Ok(Volume::new(onto.clone(), values)?.with_orientation(volume.orientation()))
}

/// The grid on which FreeSurfer works: 256 voxels of 1 mm along each axis, the first towards the
/// left, the second downwards, the third to the front (LIA), and the place of voxel n/2 of the given
/// grid at voxel 128.
///
/// # Errors
/// None, as long as the grid lies within what f64 holds.
pub fn conformed(grid: &Grid) -> Result<Grid, VolumeError> {
    let middle = grid.to_world(Point3::from(grid.dims().map(|n| n as f64 / 2.0)));
    let mut world_from_voxel: Affine = Matrix4::new(
        -1.0, 0.0, 0.0, 0.0, //
        0.0, 0.0, 1.0, 0.0, //
        0.0, -1.0, 0.0, 0.0, //
        0.0, 0.0, 0.0, 1.0,
    );
    let half = CONFORMED as f64 / 2.0;
    let from_corner = world_from_voxel.transform_vector(&nalgebra::Vector3::repeat(half));
    world_from_voxel
        .fixed_view_mut::<3, 1>(0, 3)
        .copy_from(&(middle.coords - from_corner));
    Grid::new([CONFORMED; 3], world_from_voxel)
}

/// `None` beyond half a voxel outside; near the border what is missing is the outermost value.
fn windowed_sinc(volume: &Volume, voxel: [f64; 3]) -> Option<f32> {
    let dims = volume.grid().dims();
    let mut low = [0_isize; 3];
    let mut weights = [[0.0_f64; 2 * LOBES as usize]; 3];
    for axis in 0..3 {
        if !(voxel[axis] >= -0.5 && voxel[axis] < dims[axis] as f64 - 0.5) {
            return None;
        }
        low[axis] = voxel[axis].floor() as isize - LOBES + 1;
        for (tap, weight) in weights[axis].iter_mut().enumerate() {
            *weight = lanczos(voxel[axis] - (low[axis] + tap as isize) as f64);
        }
        // The window leaves the sum a little off 1, which would ripple over flat regions.
        let sum: f64 = weights[axis].iter().sum();
        for weight in &mut weights[axis] {
            *weight /= sum;
        }
    }
    let held = |axis: usize, tap: usize| {
        (low[axis] + tap as isize).clamp(0, dims[axis] as isize - 1) as usize
    };
    let mut sum = 0.0;
    for (k, z) in weights[2].iter().enumerate() {
        for (j, y) in weights[1].iter().enumerate() {
            let row = dims[0] * (held(1, j) + dims[1] * held(2, k));
            for (i, x) in weights[0].iter().enumerate() {
                sum += x * y * z * f64::from(volume.values()[row + held(0, i)]);
            }
        }
    }
    sum.is_finite().then_some(sum as f32)
}

fn lanczos(x: f64) -> f64 {
    let lobes = LOBES as f64;
    let sinc = |x: f64| {
        let x = std::f64::consts::PI * x;
        if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
    };
    if x.abs() >= lobes {
        0.0
    } else {
        sinc(x) * sinc(x / lobes)
    }
}
