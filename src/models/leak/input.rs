//! From a scan to the volume that a network is given.

use super::preparation::{IntensityScaling, LeakPreparation};
use crate::anatomy::{HeadError, check_head};
use crate::volume::{Affine, Grid, Volume, VolumeError};
use nalgebra::{Matrix4, Point3, Vector3};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A volume as a network takes it.
#[derive(Clone, Debug)]
pub struct LeakInput {
    /// Voxels along the three axes.
    pub size: [usize; 3],
    /// The last axis fastest, as a tensor has it.
    pub values: Vec<f32>,
    /// Where the voxels lie.
    pub grid: Grid,
}

/// Why a scan cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Voxels without a value.
    #[error("{n} voxels of the scan are not finite numbers: {path}")]
    NotFinite {
        /// How many.
        n: usize,
        /// The file.
        path: PathBuf,
    },
    /// More or less than one volume.
    #[error(
        "the scan has {volumes} volumes (shape {shape:?}), where one of three dimensions is wanted: {path}"
    )]
    Volumes {
        /// How many.
        volumes: usize,
        /// Of the file.
        shape: Vec<usize>,
        /// The file.
        path: PathBuf,
    },
    /// Too small for the network.
    #[error(
        "a volume of {size:?} voxels is too small for the network, of whose layers nothing would be left: {path}"
    )]
    TooSmall {
        /// What there is.
        size: [usize; 3],
        /// The file.
        path: PathBuf,
    },
    /// No head.
    #[error("{why}: {path}")]
    NoHead {
        /// What is wrong.
        why: HeadError,
        /// The file.
        path: PathBuf,
    },
    /// The values have no spread to scale by.
    #[error(
        "the values of the scan are all the same, so that `{scaling}` cannot scale them: {path}"
    )]
    NoSpread {
        /// How they were to be scaled.
        scaling: IntensityScaling,
        /// The file.
        path: PathBuf,
    },
    /// The voxels could not be placed.
    #[error("{source}: {path}")]
    Placement {
        /// Why.
        source: VolumeError,
        /// The file.
        path: PathBuf,
    },
}

fn check_finite(volume: &Volume, path: &Path) -> Result<(), InputError> {
    let n = volume.values().iter().filter(|v| !v.is_finite()).count();
    match n {
        0 => Ok(()),
        _ => Err(InputError::NotFinite {
            n,
            path: path.to_owned(),
        }),
    }
}

/// The scan as it lies in its file: its first axis is the network's first one, and nothing is
/// resampled, padded or scaled.
///
/// # Errors
/// When a voxel is not a finite number.
pub fn stored(volume: &Volume, path: &Path) -> Result<LeakInput, InputError> {
    check_finite(volume, path)?;
    let size @ [nx, ny, nz] = volume.grid().dims();
    let values = volume.values();
    let at = |i: usize| {
        let [x, y, z] = [i / (ny * nz), i / nz % ny, i % nz];
        values[x + nx * (y + ny * z)]
    };
    Ok(LeakInput {
        size,
        values: (0..values.len()).into_par_iter().map(at).collect(),
        grid: volume.grid().clone(),
    })
}

/// The scan as the card of a network wants it: its own axes in the order left to right, back to
/// front, feet to head; voxels of the card's size, trilinear; as many zeros on either side as make it
/// the card's number of voxels, or as many voxels less, as MONAI's `ResizeWithPadOrCrop` lays them;
/// then scaled.
///
/// # Errors
/// When a voxel is not a finite number, when the scan shows no head, and when its values cannot be
/// scaled.
pub fn prepared(
    volume: &Volume,
    preparation: &LeakPreparation,
    path: &Path,
) -> Result<LeakInput, InputError> {
    check_finite(volume, path)?;
    check_head(volume).map_err(|why| InputError::NoHead {
        why,
        path: path.to_owned(),
    })?;
    let voxel_from_input = voxel_from_input(volume.grid(), preparation);
    let size @ [_, ny, nz] = preparation.size;
    let dims = volume.grid().dims();
    let n = size.iter().product();
    let mut values: Vec<f32> = (0..n)
        .into_par_iter()
        .map(|i: usize| {
            let at = Point3::new(
                (i / (ny * nz)) as f64,
                (i / nz % ny) as f64,
                (i % nz) as f64,
            );
            let voxel = voxel_from_input.transform_point(&at);
            // Half a voxel beyond the centres of the outermost ones there is nothing.
            let inside = (0..3).all(|a| voxel[a] > -0.5 && voxel[a] < dims[a] as f64 - 0.5);
            let voxel = [voxel.x as f32, voxel.y as f32, voxel.z as f32];
            let sampled = inside.then(|| volume.sample_voxel(voxel, Default::default()));
            sampled.flatten().unwrap_or(0.0)
        })
        .collect();
    scale(&mut values, preparation.scaling, path)?;
    let world_from_input = volume.grid().world_from_voxel() * voxel_from_input;
    let grid = Grid::new(size, world_from_input).map_err(|source| InputError::Placement {
        source,
        path: path.to_owned(),
    })?;
    Ok(LeakInput { size, values, grid })
}

/// Where volumes of a preparation lie that are of no one head: about the origin, without values.
///
/// # Panics
/// Where the preparation says what cannot be: see [`LeakPreparation::check`].
#[must_use]
pub fn prepared_grid(preparation: &LeakPreparation) -> LeakInput {
    let LeakPreparation {
        size, spacing_mm, ..
    } = *preparation;
    let mut world_from_voxel = Matrix4::identity() * spacing_mm;
    world_from_voxel[(3, 3)] = 1.0;
    for axis in 0..3 {
        world_from_voxel[(axis, 3)] = -spacing_mm * (size[axis] as f64 - 1.0) / 2.0;
    }
    LeakInput {
        size,
        values: Vec::new(),
        grid: Grid::new(size, world_from_voxel).expect("voxels of a size have a place"),
    }
}

/// From a voxel of what the network is given to one of the scan.
fn voxel_from_input(grid: &Grid, preparation: &LeakPreparation) -> Affine {
    let axes = grid.axes();
    let (dims, spacing_mm) = (grid.dims(), grid.spacing_mm());
    let mut matrix = Matrix4::zeros();
    matrix[(3, 3)] = 1.0;
    let mut offset = Vector3::zeros();
    for (axis, (world, sign)) in axes.into_iter().enumerate() {
        let step = preparation.spacing_mm / spacing_mm[axis];
        // Voxels of the wanted size along this axis, and where the first of them lies.
        let n = ((dims[axis] as f64 / step).round() as i64).max(1);
        let first = (dims[axis] as f64 - 1.0) / 2.0 - step * (n - 1) as f64 / 2.0;
        // Counted along the axis of the patient, not of the file.
        let wanted = preparation.size[world] as i64;
        let before = match wanted >= n {
            true => (wanted - n) / 2,
            false => wanted / 2 - n / 2,
        };
        let step_along = sign * step;
        let first_along = match sign < 0.0 {
            true => first + step * (n - 1) as f64,
            false => first,
        };
        matrix[(axis, world)] = step_along;
        offset[axis] = first_along - step_along * before as f64;
    }
    for axis in 0..3 {
        matrix[(axis, 3)] = offset[axis];
    }
    matrix
}

/// The mean of all values that are not 0, and that of those above it, which is tissue; 0 of no values.
#[must_use]
pub fn tissue_levels(values: &[f32]) -> [f64; 2] {
    let filled = || values.iter().copied().filter(|&v| v != 0.0).map(f64::from);
    let mean = filled().sum::<f64>() / filled().count().max(1) as f64;
    let above = || filled().filter(|&v| v > mean);
    [mean, above().sum::<f64>() / above().count().max(1) as f64]
}

fn scale(values: &mut [f32], scaling: IntensityScaling, path: &Path) -> Result<(), InputError> {
    let counts: &(dyn Fn(f32) -> bool + Sync) = match scaling {
        IntensityScaling::None => return Ok(()),
        IntensityScaling::MinMax | IntensityScaling::ZScore => &|_| true,
        IntensityScaling::ZScoreNonzero | IntensityScaling::Tissue => &|value| value != 0.0,
    };
    let counted = || values.iter().copied().filter(|&v| counts(v)).map(f64::from);
    let (origin, spread) = match scaling {
        IntensityScaling::MinMax => {
            let least = counted().fold(f64::INFINITY, f64::min);
            let largest = counted().fold(f64::NEG_INFINITY, f64::max);
            (least, largest - least)
        }
        IntensityScaling::Tissue => (0.0, tissue_levels(values)[1]),
        _ => {
            let n = counted().count().max(1) as f64;
            let mean = counted().sum::<f64>() / n;
            let variance = counted().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            (mean, variance.sqrt())
        }
    };
    if !(spread > 0.0 && spread.is_finite()) {
        return Err(InputError::NoSpread {
            scaling,
            path: path.to_owned(),
        });
    }
    for value in values.iter_mut().filter(|value| counts(**value)) {
        *value = ((f64::from(*value) - origin) / spread) as f32;
    }
    Ok(())
}
