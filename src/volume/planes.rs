//! The two planes the papers work on: one axial and one sagittal 256 x 256 slice of 1 mm pixels.

use super::{Convention, Interpolation, Plane, PlaneView, Volume};
use nalgebra::Point3;
use rayon::prelude::*;

/// Pixels along each side of a plane; one pixel is 1 mm.
pub const PLANE_SIZE: usize = 256;

/// One slice of 256 x 256 pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneImage {
    /// Row-major, the upper row first, each 0 to 1; 0 outside the scan.
    pub data: Vec<f32>,
    /// Which pixels lie inside the scan, in the same order.
    pub inside: Vec<bool>,
}

/// An axial and a sagittal slice, each scaled to 0..1 by its own smallest and largest value
/// (papers 000 and 001; a constant slice is 0 throughout).
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
    /// Takes both planes of a volume, in the world's directions. They are centred on
    /// `center_in_world`; the axial plane lies at its z, the sagittal one at its x.
    #[must_use]
    pub fn extract(volume: &Volume, center_in_world: Point3<f64>) -> Self {
        Self {
            axial: PlaneImage::extract(volume, Plane::Axial, center_in_world),
            sagittal: PlaneImage::extract(volume, Plane::Sagittal, center_in_world),
        }
    }

    /// The middle of a volume, moved to the given slice positions in mm where there are any.
    #[must_use]
    pub fn center(volume: &Volume, axial_mm: Option<f64>, sagittal_mm: Option<f64>) -> Point3<f64> {
        let middle = volume.grid().center_in_world();
        Point3::new(
            sagittal_mm.unwrap_or(middle.x),
            middle.y,
            axial_mm.unwrap_or(middle.z),
        )
    }

    /// Whether either plane misses the volume altogether.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.axial, &self.sagittal]
            .iter()
            .any(|plane| !plane.inside.contains(&true))
    }
}

impl PlaneImage {
    fn extract(volume: &Volume, plane: Plane, center_in_world: Point3<f64>) -> Self {
        let side = PLANE_SIZE as u32;
        let view = PlaneView::new(
            plane,
            Convention::Radiological,
            center_in_world,
            1.0,
            [side, side],
        );
        let sampled: Vec<Option<f32>> = (0..PLANE_SIZE * PLANE_SIZE)
            .into_par_iter()
            .map(|pixel| {
                let [x, y] = [pixel % PLANE_SIZE, pixel / PLANE_SIZE].map(|p| p as f64 + 0.5);
                volume.sample(view.to_world([x, y]), Interpolation::Linear)
            })
            .collect();
        let (low, high) = sampled
            .iter()
            .flatten()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| {
                (low.min(v), high.max(v))
            });
        let scale = |value: f32| {
            if high > low {
                ((value - low) / (high - low)).clamp(0.0, 1.0)
            } else {
                0.0
            }
        };
        Self {
            data: sampled.iter().map(|v| v.map_or(0.0, scale)).collect(),
            inside: sampled.iter().map(Option::is_some).collect(),
        }
    }
}
