//! Where the views look, and how they are moved.

use super::aim::{OwnViews, PlaneState, PlaneStates, ViewOf};
use super::choice::{Layout, ZOOMS};
use super::compare::CompareMode;
use super::desk::Desk;
use crate::volume::{Plane, PlaneView};
use nalgebra::Point3;

impl Desk {
    /// Where a plane's view looks that is common to all panes.
    #[must_use]
    pub fn plane_state(&self, plane: Plane) -> PlaneState {
        self.views[plane.normal_axis()]
    }

    /// Where a view looks.
    #[must_use]
    pub fn view_state(&self, of: ViewOf) -> PlaneState {
        let layer = of.scan.and_then(|at| self.layers.get(at));
        let Some(no) = layer.map(|layer| layer.no) else {
            return self.plane_state(of.plane);
        };
        let own = self.own_views.iter().find(|own| own.no == no);
        // A scan that was opened since is seen as a whole.
        own.map_or_else(PlaneState::default, |own| {
            own.planes[of.plane.normal_axis()]
        })
    }

    /// Which view the panes show that show a scan alone: its own, where scans keep theirs.
    pub(super) fn view_of(&self, plane: Plane, scan: Option<usize>) -> ViewOf {
        let has_own = matches!(self.layout, Layout::Compare | Layout::Grid);
        let keeps_own = has_own && !self.compare.same_zoom;
        ViewOf {
            plane,
            scan: scan.filter(|_| keeps_own),
        }
    }

    /// The view that keys change: of the chosen scan, where scans keep their own and it is seen alone.
    pub(super) fn chosen_view(&self) -> ViewOf {
        let scan = match self.layout {
            Layout::Grid => Some(self.selected),
            Layout::Compare if self.compare_mode() == CompareMode::Beside => {
                self.pair().map(|pair| match pair.contains(&self.selected) {
                    true => self.selected,
                    false => pair[0],
                })
            }
            _ => None,
        };
        self.view_of(self.active, scan)
    }

    /// A view, to be moved.
    pub(super) fn view_mut(&mut self, of: ViewOf) -> &mut PlaneState {
        let axis = of.plane.normal_axis();
        let layer = of.scan.and_then(|at| self.layers.get(at));
        let Some(no) = layer.map(|layer| layer.no) else {
            return &mut self.views[axis];
        };
        let found = self.own_views.iter().position(|own| own.no == no);
        let at = found.unwrap_or(self.own_views.len());
        if found.is_none() {
            let planes = PlaneStates::default();
            self.own_views.push(OwnViews { no, planes });
        }
        &mut self.own_views[at].planes[axis]
    }

    /// All scans show the same part from here on, which is that of the chosen one; or each keeps its own,
    /// which begins as all were seen.
    pub(super) fn share_views(&mut self, same_zoom: bool) {
        if same_zoom {
            // What each scan had stays, so that this can be taken back.
            let scan = self.chosen_view().scan;
            for plane in Plane::ALL {
                self.views[plane.normal_axis()] = self.view_state(ViewOf { plane, scan });
            }
        } else if self.compare.same_zoom {
            let planes = self.views;
            let layers = self.layers.iter();
            let own = layers.map(|layer| OwnViews {
                no: layer.no,
                planes,
            });
            self.own_views = own.collect();
        }
        self.compare.same_zoom = same_zoom;
    }

    /// All views show everything.
    pub(super) fn reset_views(&mut self) {
        self.views = PlaneStates::default();
        for own in &mut self.own_views {
            own.planes = PlaneStates::default();
        }
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

    pub(super) fn zoom(&mut self, of: ViewOf, factor: f64, about: Point3<f64>) {
        let Some(middle) = self.base().map(|base| base.volume.grid().center_in_world()) else {
            return;
        };
        let view = self.view_mut(of);
        let zoom = (view.zoom * factor).clamp(*ZOOMS.start(), *ZOOMS.end());
        let shrink = view.zoom / zoom;
        // The fixed point keeps its distance from the view's middle on the screen.
        let offset = about - (middle + view.pan_mm);
        view.pan_mm += offset * (1.0 - shrink);
        view.pan_mm[of.plane.normal_axis()] = 0.0;
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
