//! Where views look: at one part of each plane in all panes, or in the panes of each scan at a part of its own.

use crate::volume::Plane;
use nalgebra::Vector3;

/// Which view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewOf {
    /// Of this plane.
    pub plane: Plane,
    /// Of the panes of this layer, where scans keep views of their own; none for that of all panes.
    pub scan: Option<usize>,
}

/// Where a plane's view looks; kept when the plane is enlarged and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneState {
    /// 1 shows everything.
    pub zoom: f64,
    /// The view's middle, from the middle of the first scan, in mm of the world.
    pub pan_mm: Vector3<f64>,
}

impl Default for PlaneState {
    fn default() -> Self {
        Self {
            zoom: 1.0,
            pan_mm: Vector3::zeros(),
        }
    }
}

/// Where views look, by the axis of the world that their plane is square to.
pub(super) type PlaneStates = [PlaneState; 3];

/// Where the views of a scan look that keeps its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OwnViews {
    /// The number in which the scan was opened.
    pub(super) no: u32,
    /// Where they look.
    pub(super) planes: PlaneStates,
}
