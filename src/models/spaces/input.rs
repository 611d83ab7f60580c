//! A scan as a network is given it: voxels of one size along the axes of the patient, the box of the
//! head, scaled.

use crate::volume::{Affine, Grid, Interpolation, Volume, VolumeError};
use nalgebra::Matrix4;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How values are scaled before a network is given them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpacesScaling {
    /// White matter, the commonest of the brighter values of the head, becomes 1; held to 0 to 2.
    White,
    /// As SHiVAi does without a mask of the brain: over the 99th percentile, held to 0 to 1.3, over 1.3.
    Percentile,
}

/// How a scan becomes a volume for a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpacesPreparation {
    /// The edge of a voxel.
    pub spacing_mm: f64,
    /// How values are scaled.
    pub scaling: SpacesScaling,
}

impl Default for SpacesPreparation {
    fn default() -> Self {
        Self {
            spacing_mm: 1.0,
            scaling: SpacesScaling::White,
        }
    }
}

/// Why a scan cannot be given to a network.
#[derive(Debug, thiserror::Error)]
pub enum SpacesInputError {
    /// Nothing in it stands out of the air.
    #[error("the scan shows no head: {}", .0.display())]
    NoHead(PathBuf),
    /// A voxel is no number.
    #[error("a voxel of the scan is not a number: {}", .0.display())]
    NotFinite(PathBuf),
    /// Its voxels cannot be placed.
    #[error("{source}: {}", path.display())]
    Placement {
        /// Why.
        source: VolumeError,
        /// The file.
        path: PathBuf,
    },
}

/// What a network is given.
#[derive(Clone, Debug)]
pub struct SpacesInput {
    /// Voxels from left to right, from back to front and from the feet up.
    pub size: [usize; 3],
    /// `[size..]`, the last axis fastest.
    pub values: Vec<f32>,
    /// Where its voxels lie. The grid counts them with the first axis fastest.
    pub grid: Grid,
}

/// Voxels of a scan that are this much longer or shorter than those wanted are taken as they are.
const SAME_SIZE: f64 = 0.05;
/// The head is what is brighter than this share of the brightest values.
const HEAD_SHARE: f32 = 0.1;
/// Voxels around the box of the head.
const MARGIN: usize = 2;

/// Brings a scan to the axes of the patient and voxels of one size, and scales it. Where its voxels have
/// that size already, none is interpolated.
///
/// # Errors
/// When it holds what is no number, or shows no head.
pub fn prepared(
    volume: &Volume,
    preparation: &SpacesPreparation,
    path: &Path,
) -> Result<SpacesInput, SpacesInputError> {
    if volume.values().iter().any(|value| !value.is_finite()) {
        return Err(SpacesInputError::NotFinite(path.to_owned()));
    }
    let brightest = quantile(volume.values(), 0.999);
    let from = HEAD_SHARE * brightest;
    let no_head = || SpacesInputError::NoHead(path.to_owned());
    if brightest <= 0.0 {
        return Err(no_head());
    }
    let reference = match preparation.scaling {
        SpacesScaling::White => white(volume.values(), brightest).ok_or_else(no_head)?,
        SpacesScaling::Percentile => {
            let positive: Vec<f32> = volume.values().iter().map(|&v| v.max(0.0)).collect();
            quantile(&positive, 0.99)
        }
    };
    if reference <= 0.0 {
        return Err(no_head());
    }
    let [low, high] = head(volume, from).ok_or_else(no_head)?;
    let (voxel_from_input, size) = placed(volume.grid(), preparation.spacing_mm, [low, high]);
    let grid =
        Grid::new(size, volume.grid().world_from_voxel() * voxel_from_input).map_err(|source| {
            SpacesInputError::Placement {
                source,
                path: path.to_owned(),
            }
        })?;
    let scaled = |value: f32| match preparation.scaling {
        SpacesScaling::White => (value / reference).clamp(0.0, 2.0),
        SpacesScaling::Percentile => (value / reference).clamp(0.0, 1.3) / 1.3,
    };
    let sampled = sampled(volume, &voxel_from_input, size, Interpolation::Linear);
    Ok(SpacesInput {
        size,
        values: sampled.into_iter().map(scaled).collect(),
        grid,
    })
}

impl SpacesInput {
    /// A volume in the world, sampled at these voxels in their order; 0 outside of it.
    pub(super) fn sample(&self, volume: &Volume, interpolation: Interpolation) -> Vec<f32> {
        let voxel_from_input = volume.grid().voxel_from_world() * self.grid.world_from_voxel();
        sampled(volume, &voxel_from_input, self.size, interpolation)
    }

    /// Values at these voxels as a volume in the world.
    ///
    /// # Errors
    /// When they are not as many as the voxels.
    pub fn volume(&self, values: &[f32]) -> Result<Volume, VolumeError> {
        let [nx, ny, nz] = self.size;
        let at = |i: usize| values[(i % nx * ny + i / nx % ny) * nz + i / (nx * ny)];
        if values.len() != nx * ny * nz {
            return Err(VolumeError::WrongLength {
                values: values.len(),
                voxels: nx * ny * nz,
            });
        }
        Volume::new(
            self.grid.clone(),
            (0..values.len()).into_par_iter().map(at).collect(),
        )
    }
}

fn sampled(
    volume: &Volume,
    voxel_from_input: &Affine,
    [nx, ny, nz]: [usize; 3],
    interpolation: Interpolation,
) -> Vec<f32> {
    (0..nx * ny * nz)
        .into_par_iter()
        .map(|at| {
            let place = [at / (ny * nz), at / nz % ny, at % nz].map(|i| i as f64);
            let voxel =
                voxel_from_input * nalgebra::Vector4::new(place[0], place[1], place[2], 1.0);
            let voxel = [voxel.x, voxel.y, voxel.z].map(|x| {
                // What is a voxel but for rounding is that voxel.
                let whole = x.round();
                (if (x - whole).abs() < 1e-6 { whole } else { x }) as f32
            });
            volume.sample_voxel(voxel, interpolation).unwrap_or(0.0)
        })
        .collect()
}

/// From a voxel of what the network is given to one of the scan, and voxels along each axis of the
/// patient, for a box of voxels of the scan.
fn placed(grid: &Grid, wanted_mm: f64, [low, high]: [[usize; 3]; 2]) -> (Affine, [usize; 3]) {
    let spacing_mm = grid.spacing_mm();
    let mut matrix = Matrix4::zeros();
    matrix[(3, 3)] = 1.0;
    let mut size = [1; 3];
    for (axis, (world, sign)) in grid.axes().into_iter().enumerate() {
        let ratio = wanted_mm / spacing_mm[axis];
        let step = if (ratio - 1.0).abs() < SAME_SIZE {
            1.0
        } else {
            ratio
        };
        let [first, last] = [low[axis] as f64, high[axis] as f64 - 1.0];
        size[world] = ((last - first) / step).floor() as usize + 1;
        matrix[(axis, world)] = sign * step;
        matrix[(axis, 3)] = if sign < 0.0 { last } else { first };
    }
    (matrix, size)
}

/// The smallest box of voxels that holds all that are brighter, with a margin.
fn head(volume: &Volume, from: f32) -> Option<[[usize; 3]; 2]> {
    let dims = volume.grid().dims();
    let [nx, ny, _] = dims;
    // A line of voxels that a single bright one is on belongs to no head.
    let mut counts = dims.map(|n| vec![0_usize; n]);
    for (at, &value) in volume.values().iter().enumerate() {
        if value > from {
            for (axis, at) in [at % nx, at / nx % ny, at / (nx * ny)]
                .into_iter()
                .enumerate()
            {
                counts[axis][at] += 1;
            }
        }
    }
    let mut ends = [[0; 3]; 2];
    for axis in 0..3 {
        let least = counts[axis]
            .iter()
            .max()
            .map_or(0, |most| most / 200)
            .max(1);
        let holds = |n: &usize| *n >= least;
        let low = counts[axis].iter().position(holds)?;
        let high = counts[axis].iter().rposition(holds)? + 1;
        ends[0][axis] = low.saturating_sub(MARGIN);
        ends[1][axis] = (high + MARGIN).min(dims[axis]);
    }
    Some(ends)
}

fn quantile(values: &[f32], share: f64) -> f32 {
    let mut values = values.to_vec();
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f64 * share).round() as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// The commonest value of those between 0.4 of the brightest and the brightest, in a histogram smoothed
/// over 3 % of the range.
fn white(values: &[f32], brightest: f32) -> Option<f32> {
    const BINS: usize = 200;
    let mut bins = [0.0_f64; BINS];
    for value in values {
        let bin = value / brightest * BINS as f32;
        if bin >= 0.0 {
            bins[(bin as usize).min(BINS - 1)] += 1.0;
        }
    }
    let smooth = |at: usize| -> f64 { bins[at.saturating_sub(3)..(at + 4).min(BINS)].iter().sum() };
    let most = (BINS * 2 / 5..BINS).max_by(|&a, &b| smooth(a).total_cmp(&smooth(b)))?;
    (smooth(most) > 0.0).then(|| (most as f32 + 0.5) / BINS as f32 * brightest)
}
