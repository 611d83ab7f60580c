//! The two planes the papers work on: one axial and one sagittal 256 x 256 slice of 1 mm pixels.

use super::{Affine, Convention, Grid, Interpolation, Plane, PlaneView, Volume, VolumeError};
use nalgebra::{Point3, Vector3};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Pixels along each side of a plane; one pixel is 1 mm.
pub const PLANE_SIZE: usize = 256;

/// What 1 is, in a plane scaled by the orbital fat: so many times the signal of the fat.
const FATS_AT_1: f32 = 2.0;

/// How a scan's values become those of planes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Each slice from 0 to 1 by its own smallest and largest value (paper 001); a constant
    /// slice is 0 throughout. What the scan was normalised by before does not matter then.
    #[default]
    Slice,
    /// All slices alike: 1 is twice the signal of the orbital fat, and values may lie above.
    Fat,
}

/// One slice of 256 x 256 pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneImage {
    /// Row-major, the upper row first; 0 outside the scan.
    pub data: Vec<f32>,
    /// Which pixels lie inside the scan, in the same order.
    pub inside: Vec<bool>,
}

/// An axial and a sagittal slice.
///
/// The axial slice has the patient's right on its left and the front at the top; the sagittal
/// one has the face on the left.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanePair {
    /// Square to the head-foot axis.
    pub axial: PlaneImage,
    /// Square to the left-right axis.
    pub sagittal: PlaneImage,
}

impl PlanePair {
    /// Takes both planes of a volume, in the world's directions, each scaled to 0..1 by itself.
    /// They are centred on `center_in_world`; the axial plane lies at its z, the sagittal one at
    /// its x.
    #[must_use]
    pub fn extract(volume: &Volume, center_in_world: Point3<f64>) -> Self {
        let raw = |plane| PlaneImage::extract(volume, plane, center_in_world);
        Self {
            axial: raw(Plane::Axial).by_own_range(),
            sagittal: raw(Plane::Sagittal).by_own_range(),
        }
    }

    /// The planes, each with what it is called.
    #[must_use]
    pub fn planes(&self) -> [(Plane, &PlaneImage); 2] {
        [
            (Plane::Axial, &self.axial),
            (Plane::Sagittal, &self.sagittal),
        ]
    }

    /// Whether either plane misses the volume altogether.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.axial, &self.sagittal]
            .iter()
            .any(|plane| !plane.inside.contains(&true))
    }
}

/// Where a plane of [`PLANE_SIZE`] pixels lies.
#[must_use]
pub fn plane_view(plane: Plane, center_in_world: Point3<f64>) -> PlaneView {
    let side = PLANE_SIZE as u32;
    PlaneView::new(
        plane,
        Convention::Radiological,
        center_in_world,
        1.0,
        [side, side],
    )
}

impl PlaneImage {
    /// Takes a plane of a volume through a point, with the scan's own values.
    #[must_use]
    pub fn extract(volume: &Volume, plane: Plane, center_in_world: Point3<f64>) -> Self {
        let view = plane_view(plane, center_in_world);
        let sampled: Vec<Option<f32>> = (0..PLANE_SIZE * PLANE_SIZE)
            .into_par_iter()
            .map(|pixel| {
                let [x, y] = [pixel % PLANE_SIZE, pixel / PLANE_SIZE].map(|p| p as f64 + 0.5);
                volume.sample(view.to_world([x, y]), Interpolation::Linear)
            })
            .collect();
        Self {
            data: sampled.iter().map(|v| v.unwrap_or(0.0)).collect(),
            inside: sampled.iter().map(Option::is_some).collect(),
        }
    }

    /// From 0 to 1 by the smallest and the largest value inside the scan.
    #[must_use]
    pub fn by_own_range(mut self) -> Self {
        let (low, high) = self
            .data
            .iter()
            .zip(&self.inside)
            .filter_map(|(&value, &inside)| inside.then_some(value))
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
        for (value, &inside) in self.data.iter_mut().zip(&self.inside) {
            *value = if inside && high > low {
                ((*value - low) / (high - low)).clamp(0.0, 1.0)
            } else {
                0.0
            };
        }
        self
    }

    /// With twice the signal of the orbital fat as 1.
    #[must_use]
    pub fn by_fat(mut self, fat: f32) -> Self {
        for value in &mut self.data {
            *value /= FATS_AT_1 * fat;
        }
        self
    }

    /// The plane as a volume of one slice, 1 mm thick, that lies where it was taken from.
    ///
    /// # Errors
    /// None, as long as the image has its 256 x 256 pixels.
    pub fn to_volume(
        &self,
        plane: Plane,
        center_in_world: Point3<f64>,
    ) -> Result<Volume, VolumeError> {
        let view = plane_view(plane, center_in_world);
        // The middle of the first pixel is at a half, that of the first voxel at 0.
        let world_from_voxel =
            view.world_from_pixel * Affine::new_translation(&Vector3::new(0.5, 0.5, 0.0));
        Volume::new(
            Grid::new([PLANE_SIZE, PLANE_SIZE, 1], world_from_voxel)?,
            self.data.clone(),
        )
    }
}
