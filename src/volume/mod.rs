//! Scans as numbers in space: the value of each voxel and where in the patient it lies.
//!
//! Every other room sees an image through this one. World space is RAS+ millimetres (x to the
//! patient's right, y to the front, z up), everywhere. Files, pixels on a screen and networks
//! belong to other rooms.
//!
//! Invariant: a [`Volume`] is f32 in its own grid with an affine to world space, and never
//! changes after it was made.

mod cluster_shape;
mod compare;
mod components;
mod grid;
mod histogram;
mod label_map;
mod mask_changes;
mod mask_scores;
mod morphology;
mod outline_area;
mod picture;
mod plane_region;
mod planes;
mod sample;
mod vesselness;
mod window;
mod window_rule;

pub use cluster_shape::ClusterShape;
pub use compare::{CompareError, ImageMetrics, PlaneMetrics, compare, compare_planes};
pub use components::{Components, Neighbours, Run};
pub use grid::{Affine, Grid, Orientation};
pub use histogram::{HISTOGRAM_BINS, Histogram};
pub use label_map::LabelMap;
pub use mask_changes::MaskChanges;
pub use mask_scores::{FoundScores, MaskOverlap, MaskScores, Score};
pub use morphology::{dilated, eroded};
pub use picture::{Convention, EdgeLetters, Plane, PlaneView, edge_letters};
pub use plane_region::{MOST_OUTLINE_POINTS, Outline, PlaneRegion};
pub use planes::{PLANE_SIZE, PlaneImage, PlanePair, Scaling, plane_view};
pub use sample::Interpolation;
pub(crate) use sample::LARGEST_SAMPLE;
pub use vesselness::Vesselness;
pub(crate) use vesselness::smoothed;
pub use window::{Window, can_be_labels, is_label_map, percentiles};
pub use window_rule::WindowRule;

use std::sync::Arc;

/// Why a grid or a volume could not be made.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum VolumeError {
    /// A grid without voxels.
    #[error("a volume needs at least one voxel along each axis, not {0:?}")]
    NoVoxels([usize; 3]),
    /// The affine has no inverse, so that a point in the world has no voxel.
    #[error("the affine cannot be inverted: {0}")]
    SingularAffine(String),
    /// The number of values is not the number of voxels.
    #[error("{values} values given for a grid of {voxels} voxels")]
    WrongLength {
        /// Values given.
        values: usize,
        /// Voxels of the grid.
        voxels: usize,
    },
    /// A value that cannot be a label.
    #[error("a voxel has the value {0}")]
    NoLabel(f32),
}

/// A scan: one f32 a voxel, first voxel axis fastest, placed in the world by its [`Grid`].
///
/// Cloning is cheap: the values are shared.
#[derive(Clone, Debug)]
pub struct Volume {
    grid: Grid,
    values: Arc<Vec<f32>>,
    orientation: Orientation,
}

impl Volume {
    /// Takes values in the order the grid counts voxels (first axis fastest).
    ///
    /// # Errors
    /// When the number of values is not the number of voxels.
    pub fn new(grid: Grid, values: Vec<f32>) -> Result<Self, VolumeError> {
        if values.len() != grid.n_voxels() {
            return Err(VolumeError::WrongLength {
                values: values.len(),
                voxels: grid.n_voxels(),
            });
        }
        Ok(Self {
            grid,
            values: Arc::new(values),
            orientation: Orientation::Known,
        })
    }

    /// The same volume, with what its file said about the patient's sides.
    #[must_use]
    pub fn with_orientation(mut self, orientation: Orientation) -> Self {
        self.orientation = orientation;
        self
    }

    /// The same voxels elsewhere: `new_from_old` takes a point of the world as it is to where it is
    /// then. The values are shared.
    ///
    /// # Errors
    /// When the transform has no inverse.
    pub fn placed(&self, new_from_old: &Affine) -> Result<Self, VolumeError> {
        let grid = Grid::new(
            self.grid.dims(),
            new_from_old * self.grid.world_from_voxel(),
        )?;
        Ok(Self {
            grid,
            ..self.clone()
        })
    }

    /// Whether the other one has the same values, and not only equal ones, in the same place.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.values, &other.values) && self.grid == other.grid
    }

    /// Where the voxels lie.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// All values, first voxel axis fastest. May hold NaN and infinities.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Whether left, right, front and back are known or merely assumed.
    #[must_use]
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// The value of one voxel, or `None` outside the grid.
    #[must_use]
    pub fn value(&self, index: [usize; 3]) -> Option<f32> {
        let [nx, ny, nz] = self.grid.dims();
        let [i, j, k] = index;
        (i < nx && j < ny && k < nz).then(|| self.values[i + nx * (j + ny * k)])
    }
}
