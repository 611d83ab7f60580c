//! Small pictures of scans.

use crate::volume::{Convention, Interpolation, Plane, PlaneView, Volume, Window};
use nalgebra::Point3;

/// Pixels along each side of a thumbnail.
pub const THUMBNAIL_SIDE: usize = 96;

/// A small square picture, black around the scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Black to white, rows from the top, [`THUMBNAIL_SIDE`] each way.
    pub grey: Vec<u8>,
}

impl Thumbnail {
    pub(super) fn of_volume(volume: &Volume) -> Self {
        let grid = volume.grid();
        let mut planes = Plane::ALL.into_iter();
        let plane = planes
            .find(|plane| plane.n_slices(grid) == 1)
            .unwrap_or(Plane::Axial);
        let middle = grid.center_in_world()[plane.normal_axis()];
        let middle = plane.nearest_slice_mm(grid, middle);
        let size = Some([THUMBNAIL_SIDE as u32; 2]);
        let view = PlaneView::fit(plane, Convention::Radiological, grid, middle, size);
        Self::of(volume, |pixel| view.to_world(pixel))
    }

    /// The first slice, columns across and rows down.
    pub(super) fn of_slice(volume: &Volume) -> Self {
        let grid = volume.grid();
        let spacing_mm = grid.spacing_mm();
        let extent_mm = [0, 1].map(|axis| grid.dims()[axis] as f64 * spacing_mm[axis]);
        let mm_per_pixel = extent_mm[0].max(extent_mm[1]) / THUMBNAIL_SIDE as f64;
        Self::of(volume, |pixel| {
            let [across, down] = [0, 1].map(|axis| {
                let from_middle = (pixel[axis] - THUMBNAIL_SIDE as f64 / 2.0) * mm_per_pixel;
                from_middle / spacing_mm[axis] + (grid.dims()[axis] as f64 - 1.0) / 2.0
            });
            grid.to_world(Point3::new(across, down, 0.0))
        })
    }

    fn of(volume: &Volume, to_world: impl Fn([f64; 2]) -> Point3<f64>) -> Self {
        let window = Window::auto(volume);
        let shade = |value: f32| ((value - window.low) / window.width()).clamp(0.0, 1.0) * 255.0;
        let grey = (0..THUMBNAIL_SIDE * THUMBNAIL_SIDE)
            .map(|at| {
                let pixel = [at % THUMBNAIL_SIDE, at / THUMBNAIL_SIDE].map(|p| p as f64 + 0.5);
                let value = volume.sample(to_world(pixel), Interpolation::Linear);
                value.map_or(0, |value| shade(value) as u8)
            })
            .collect();
        Self { grey }
    }
}
