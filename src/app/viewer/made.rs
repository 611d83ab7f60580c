//! The planes that were predicted, as they are shown beside what is real.

use super::compare::WindowLink;
use super::desk::Desk;
use super::prediction::{Made, PlaneLayers, SD_REACH};
use crate::render::{Colormap, LayerStyle};
use crate::volume::{Plane, Window};
use nalgebra::Point3;

impl Desk {
    /// What stands side by side of the predictions: what is real, or else what went in, and of each what it
    /// says, what that is off by, and by how much it may be.
    pub(super) fn made_columns(&self) -> Vec<Made> {
        let shown = &self.prediction.shown;
        let Some(first) = shown.first() else {
            return Vec::new();
        };
        let mut columns = vec![match first.real {
            Some(_) => Made::Real,
            None => Made::Input,
        }];
        for (n, shown) in shown.iter().enumerate() {
            columns.push(Made::Predicted(n));
            columns.extend(shown.real.as_ref().map(|_| Made::Difference(n)));
            columns.extend(shown.sd.as_ref().map(|_| Made::Sd(n)));
        }
        if self.prediction.exchanged {
            columns.swap(0, 1);
        }
        columns
    }

    /// The two that are set against each other: what is real, or else what went in, and the latest
    /// prediction.
    pub(super) fn made_pair(&self) -> Option<[Made; 2]> {
        let last = self.prediction.shown.len().checked_sub(1)?;
        let first = match self.prediction.shown[last].real {
            Some(_) => Made::Real,
            None => Made::Input,
        };
        Some(match self.prediction.exchanged {
            false => [first, Made::Predicted(last)],
            true => [Made::Predicted(last), first],
        })
    }

    /// The planes that a column shows; of a difference those that are predicted.
    pub(super) fn made_planes(&self, made: Made) -> Option<&PlaneLayers> {
        let shown = &self.prediction.shown;
        match made {
            Made::Real => Some(&shown.iter().rev().find_map(|of| of.real.as_ref())?.real),
            Made::Input => shown.last()?.input.as_ref(),
            Made::Predicted(n) | Made::Difference(n) => Some(&shown.get(n)?.predicted),
            Made::Sd(n) => shown.get(n)?.sd.as_ref(),
        }
    }

    /// How the planes of a column are drawn.
    pub(super) fn made_style(&self, made: Made) -> LayerStyle {
        match made.windowed() {
            Some(side) => LayerStyle::base(self.prediction.look.windows[side]),
            None => LayerStyle {
                colormap: Colormap::Inferno,
                ..LayerStyle::base(Window::new(0.0, SD_REACH))
            },
        }
    }

    /// Whether the crosshair lies in the slice that was predicted of a plane.
    pub(super) fn is_on_made(&self, made: Made, plane: Plane) -> bool {
        let planes = self.made_planes(made);
        planes.is_some_and(|planes| planes.holds(plane, self.crosshair))
    }

    /// Puts the crosshair where the predicted planes meet.
    pub(super) fn look_at_made(&mut self) {
        if let Some(shown) = self.prediction.shown.last() {
            let at = shown.prediction.at;
            self.crosshair = Point3::new(at.sagittal_mm, self.crosshair.y, at.axial_mm);
        }
    }

    pub(super) fn set_plane_window(&mut self, side: usize, window: Window) {
        let windows = &mut self.prediction.look.windows;
        windows[side.min(1)] = window;
        // All are scaled to 0..1, so that one value is one share.
        if self.compare.link != WindowLink::Own {
            *windows = [window; 2];
        }
    }
}
