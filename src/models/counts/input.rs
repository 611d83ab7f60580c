//! A region of a scan as a network is given it: cut out along a mask with a soft edge, on voxels of one
//! size.

use super::region::{CountRegion, Structure};
use crate::volume::{
    Affine, Grid, Interpolation, Neighbours, Volume, VolumeError, dilated, smoothed,
};
use nalgebra::{Matrix4, Point3};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How values are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountsScaling {
    /// From 0 to 1 by the smallest and the largest value in the region, as in the paper.
    MinMax,
    /// How far a value is above the median of the region, as a share of that; held to -1 to 2.
    Median,
}

/// How a region becomes a volume for a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountsPreparation {
    /// Which region.
    pub region: CountRegion,
    /// The edges of a voxel from left to right, back to front and feet up.
    pub spacing_mm: [f64; 3],
    /// Voxels along these axes.
    pub size: [usize; 3],
    /// How thick the slab of the centrum semiovale is.
    pub slab_mm: f64,
    /// By how many voxels the mask is grown.
    pub grown: usize,
    /// Standard deviation of the Gaussian that softens its edge, mm.
    pub soft_mm: f64,
    /// How values are scaled.
    pub scaling: CountsScaling,
}

impl CountsPreparation {
    /// That of a region: voxels of 0.5 x 0.5 x 0.8 mm, as the scans of the paper were brought to. The
    /// paper tells neither sizes nor how far masks are grown and softened.
    #[must_use]
    pub fn of(region: CountRegion) -> Self {
        Self {
            region,
            spacing_mm: [0.5, 0.5, 0.8],
            size: match region {
                CountRegion::CentrumSemiovale => [256, 304, 14],
                CountRegion::BasalGanglia => [168, 144, 64],
                CountRegion::Hippocampi => [168, 128, 48],
            },
            slab_mm: 11.2,
            grown: 2,
            soft_mm: 1.0,
            scaling: CountsScaling::MinMax,
        }
    }

    /// Whether it says what can be.
    ///
    /// # Errors
    /// The field that does not, with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let is_length = |mm: &f64| (0.05..=100.0).contains(mm);
        if !self.spacing_mm.iter().all(is_length) {
            return Err(("spacing", format!("{:?}", self.spacing_mm)));
        }
        if !self.size.iter().all(|n| (1..=2048).contains(n)) {
            return Err(("size", format!("{:?}", self.size)));
        }
        if !is_length(&self.slab_mm) || !(0.0..=100.0).contains(&self.soft_mm) || self.grown > 100 {
            let value = format!(
                "{} mm, {} voxels, {} mm",
                self.slab_mm, self.grown, self.soft_mm
            );
            return Err(("slab, growth or softness", value));
        }
        Ok(())
    }
}

/// Why a region cannot be given to a network. Whoever opened the files says which.
#[derive(Debug, thiserror::Error)]
pub enum CountsInputError {
    /// No label is that of a structure, or it has no voxel.
    #[error("the label map has no voxel of {0}")]
    NoStructure(&'static str),
    /// The scan has nothing in the region.
    #[error("the scan shows nothing in the {0}")]
    Empty(&'static str),
    /// A voxel is no number.
    #[error("a voxel of the scan is not a number")]
    NotFinite,
    /// Voxels cannot be placed.
    #[error(transparent)]
    Placement(#[from] VolumeError),
}

/// What a network is given.
#[derive(Clone, Debug)]
pub struct CountsInput {
    /// Voxels from left to right, back to front and feet up.
    pub size: [usize; 3],
    /// The first axis fastest.
    pub values: Vec<f32>,
    /// Where its voxels lie.
    pub grid: Grid,
    /// Share of the region's voxels that lie beyond the box.
    pub cut_off: f64,
}

/// How far above the top of the caudate the centrum semiovale is looked at, mm.
const ABOVE_CAUDATE_MM: f64 = 10.0;

/// Millimetres from the scan's first voxel along the axes of the patient, and back to its voxels.
struct Frame {
    /// From millimetres to a voxel of the scan.
    voxel_from_mm: Affine,
    mm_from_world: Affine,
}

impl Frame {
    fn of(grid: &Grid) -> Result<Self, CountsInputError> {
        let spacing = grid.spacing_mm();
        let mut matrix = Matrix4::zeros();
        matrix[(3, 3)] = 1.0;
        for (axis, (world, sign)) in grid.axes().into_iter().enumerate() {
            matrix[(axis, world)] = sign / spacing[axis];
        }
        let inverse = matrix.try_inverse();
        let mm_from_voxel = inverse
            .ok_or_else(|| VolumeError::SingularAffine(format!("{:?}", grid.world_from_voxel())))?;
        Ok(Self {
            voxel_from_mm: matrix,
            mm_from_world: mm_from_voxel * grid.voxel_from_world(),
        })
    }
}

/// Cuts a region out of a scan by a label map in the same world; labels are named by `names`, or else
/// FreeSurfer's. The mask of the region is grown, softened by a Gaussian and multiplied with the values.
///
/// # Errors
/// When the map lacks a structure, or the scan holds nothing there.
pub fn region_input(
    scan: &Volume,
    labels: &Volume,
    names: Option<&BTreeMap<u32, String>>,
    preparation: &CountsPreparation,
) -> Result<CountsInput, CountsInputError> {
    if scan.values().iter().any(|value| !value.is_finite()) {
        return Err(CountsInputError::NotFinite);
    }
    let frame = Frame::of(scan.grid())?;
    let region = preparation.region;
    let places = |structure: Structure| places(labels, &structure.labels(names), &frame);
    let level = match region {
        CountRegion::CentrumSemiovale => {
            let caudate = places(Structure::Caudate);
            let top = caudate.iter().map(|p| p.z).max_by(f64::total_cmp);
            Some(top.ok_or(CountsInputError::NoStructure("the caudate"))? + ABOVE_CAUDATE_MM)
        }
        _ => None,
    };
    let is_level = |p: &Point3<f64>| {
        level.is_none_or(|level| (p.z - level).abs() <= preparation.slab_mm / 2.0)
    };
    let mut inside = places(region.structure());
    inside.retain(is_level);
    if inside.is_empty() {
        return Err(CountsInputError::NoStructure(region.in_words()));
    }
    let mut center: [f64; 3] = std::array::from_fn(|axis| {
        let of_axis = inside.iter().map(|p| p[axis]);
        let ends = of_axis.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| {
            [low.min(at), high.max(at)]
        });
        (ends[0] + ends[1]) / 2.0
    });
    if let Some(level) = level {
        center[2] = level;
    }
    let (size, spacing) = (preparation.size, preparation.spacing_mm);
    let mut mm_from_input = Matrix4::new_nonuniform_scaling(&spacing.into());
    for axis in 0..3 {
        mm_from_input[(axis, 3)] = center[axis] - spacing[axis] * (size[axis] as f64 - 1.0) / 2.0;
    }
    let half = |axis: usize| spacing[axis] * size[axis] as f64 / 2.0;
    let is_beyond = |p: &&Point3<f64>| (0..3).any(|a| (p[a] - center[a]).abs() > half(a));
    let cut_off = inside.iter().filter(is_beyond).count() as f64 / inside.len() as f64;
    let voxel_from_input = frame.voxel_from_mm * mm_from_input;
    let grid = Grid::new(size, scan.grid().world_from_voxel() * voxel_from_input)?;
    let mask = mask(labels, names, preparation, &grid, &|p| {
        is_level(&frame.mm_from_world.transform_point(p))
    });
    let values = values(scan, &voxel_from_input, size);
    let values = scaled(&values, &mask, preparation)?;
    Ok(CountsInput {
        size,
        values,
        grid,
        cut_off,
    })
}

/// Where the voxels of some labels lie, in millimetres of the frame.
fn places(labels: &Volume, wanted: &[u32], frame: &Frame) -> Vec<Point3<f64>> {
    let [nx, ny, _] = labels.grid().dims();
    let found = labels.values().iter().enumerate();
    let found = found.filter(|(_, value)| wanted.iter().any(|&label| **value == label as f32));
    let mm_from_voxel = frame.mm_from_world * labels.grid().world_from_voxel();
    found
        .map(|(at, _)| {
            let voxel = [at % nx, at / nx % ny, at / (nx * ny)].map(|i| i as f64);
            mm_from_voxel.transform_point(&Point3::from(voxel))
        })
        .collect()
}

/// The grown region with its soft edge, 0 to 1, at the voxels of a grid; and where the region is.
fn mask(
    labels: &Volume,
    names: Option<&BTreeMap<u32, String>>,
    preparation: &CountsPreparation,
    grid: &Grid,
    is_wanted: &(dyn Fn(&Point3<f64>) -> bool + Sync),
) -> Mask {
    let wanted = preparation.region.structure().labels(names);
    let [nx, ny, nz] = preparation.size;
    let inside: Vec<bool> = (0..nx * ny * nz)
        .into_par_iter()
        .map(|at| {
            let voxel = [at % nx, at / nx % ny, at / (nx * ny)].map(|i| i as f64);
            let point = grid.to_world(Point3::from(voxel));
            let label = labels.sample(point, Interpolation::Nearest);
            label.is_some_and(|value| wanted.iter().any(|&l| value == l as f32))
                && is_wanted(&point)
        })
        .collect();
    let size = preparation.size;
    let grown = dilated(&inside, size, Neighbours::Faces, preparation.grown);
    let plain: Vec<f32> = grown.iter().map(|&is_in| f32::from(is_in)).collect();
    let soft = match preparation.soft_mm > 0.0 {
        true => {
            let sigmas = preparation.spacing_mm.map(|mm| preparation.soft_mm / mm);
            smoothed(&plain, size, sigmas)
        }
        false => plain,
    };
    Mask { inside, soft }
}

struct Mask {
    inside: Vec<bool>,
    soft: Vec<f32>,
}

fn values(scan: &Volume, voxel_from_input: &Affine, [nx, ny, nz]: [usize; 3]) -> Vec<f32> {
    (0..nx * ny * nz)
        .into_par_iter()
        .map(|at| {
            let place = [at % nx, at / nx % ny, at / (nx * ny)].map(|i| i as f64);
            let voxel = voxel_from_input.transform_point(&Point3::from(place));
            let voxel = [voxel.x as f32, voxel.y as f32, voxel.z as f32];
            let sampled = scan.sample_voxel(voxel, Interpolation::Linear);
            sampled.unwrap_or(0.0)
        })
        .collect()
}

fn scaled(
    values: &[f32],
    mask: &Mask,
    preparation: &CountsPreparation,
) -> Result<Vec<f32>, CountsInputError> {
    let empty = CountsInputError::Empty(preparation.region.in_words());
    let all = values.iter().zip(&mask.inside);
    let mut within: Vec<f32> = all.filter(|(_, is_in)| **is_in).map(|(v, _)| *v).collect();
    if within.is_empty() {
        return Err(empty);
    }
    let middle = within.len() / 2;
    let (low, median, high) = within.select_nth_unstable_by(middle, f32::total_cmp);
    let median = *median;
    let least = low.iter().copied().fold(median, f32::min);
    let most = high.iter().copied().fold(median, f32::max);
    let scale = |value: f32| match preparation.scaling {
        CountsScaling::MinMax => ((value - least) / (most - least)).clamp(0.0, 1.0),
        CountsScaling::Median => (value / median - 1.0).clamp(-1.0, 2.0),
    };
    let has_spread = match preparation.scaling {
        CountsScaling::MinMax => most > least,
        CountsScaling::Median => median > 0.0,
    };
    if !has_spread {
        return Err(empty);
    }
    let made = values.iter().zip(&mask.soft);
    Ok(made.map(|(&value, &soft)| scale(value) * soft).collect())
}
