//! Where the views look, and how they are moved.

use super::choice::ZOOMS;
use super::desk::{Desk, PlaneState};
use crate::volume::{Plane, PlaneView};
use nalgebra::Point3;

impl Desk {
    /// Where a plane's view looks.
    #[must_use]
    pub fn plane_state(&self, plane: Plane) -> PlaneState {
        self.views[plane.normal_axis()]
    }

    /// A step is a slice of the first scan, in mm along the normal; on a grid along the world's
    /// axes it ends on a slice's middle, wherever it began.
    pub(super) fn step(&mut self, plane: Plane, slices: f64) {
        let Some(base) = self.base() else { return };
        let grid = base.volume.grid();
        let axis = plane.normal_axis();
        let step_mm = plane.step_mm(grid);
        let mut point = self.crosshair;
        if grid.oblique_deg() < 0.01 {
            let here_mm = plane.nearest_slice_mm(grid, point[axis]);
            point[axis] = plane.nearest_slice_mm(grid, here_mm + slices * step_mm);
        } else {
            point[axis] += slices * step_mm;
        }
        self.crosshair = self.clamped(point);
    }

    pub(super) fn nudge(&mut self, plane: Plane, right: f64, down: f64) {
        let Some(base) = self.base() else { return };
        let spacing = base.volume.grid().spacing_mm();
        let smallest = spacing.into_iter().fold(f64::INFINITY, f64::min);
        let view = PlaneView::new(plane, self.convention, self.crosshair, smallest, [2, 2]);
        self.crosshair = self.clamped(view.to_world([1.0 + right, 1.0 + down]));
    }

    pub(super) fn zoom(&mut self, plane: Plane, factor: f64, about: Point3<f64>) {
        let Some(middle) = self.base().map(|base| base.volume.grid().center_in_world()) else {
            return;
        };
        let view = &mut self.views[plane.normal_axis()];
        let zoom = (view.zoom * factor).clamp(*ZOOMS.start(), *ZOOMS.end());
        let shrink = view.zoom / zoom;
        // The fixed point keeps its distance from the view's middle on the screen.
        let offset = about - (middle + view.pan_mm);
        view.pan_mm += offset * (1.0 - shrink);
        view.pan_mm[plane.normal_axis()] = 0.0;
        view.zoom = zoom;
    }

    /// Within the world box of the first scan's voxel centres.
    pub(super) fn clamped(&self, mut point: Point3<f64>) -> Point3<f64> {
        if let Some(base) = self.base() {
            let (low, high) = base.volume.grid().bounds_in_world();
            for plane in Plane::ALL {
                let axis = plane.normal_axis();
                let half = plane.step_mm(base.volume.grid()) / 2.0;
                let (low, high) = (low[axis] + half, high[axis] - half);
                if low <= high {
                    point[axis] = point[axis].clamp(low, high);
                }
            }
        }
        point
    }
}
