//! Scans of a patient laid on each other: where each is shown. A scan that is moved keeps its values;
//! nothing is resampled.

use super::placement::{Alignment, Placement};
use super::scan::{Layer, Scan};
use crate::volume::{Convention, Plane, PlaneView};
use nalgebra::{Isometry3, Point3, Translation3, Unit, UnitQuaternion};
use std::sync::Arc;

/// A press of a key moves a scan by so much, mm.
pub(super) const STEP_MM: f64 = 0.1;
/// And turns it by so much, degrees.
pub(super) const STEP_DEG: f64 = 0.1;

/// A small motion of a scan, as it is seen on a plane.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HandMotion {
    /// To the right on the screen, mm.
    pub right_mm: f64,
    /// Down on the screen, mm.
    pub down_mm: f64,
    /// Clockwise on the screen about the crosshair, degrees.
    pub clockwise_deg: f64,
}

impl HandMotion {
    /// What each key does, and the button of this name.
    pub(super) const ALL: [(&str, Self); 6] = [
        ("Move left by 0.1 mm", Self::by(-STEP_MM, 0.0, 0.0)),
        ("Move right by 0.1 mm", Self::by(STEP_MM, 0.0, 0.0)),
        ("Move up by 0.1 mm", Self::by(0.0, -STEP_MM, 0.0)),
        ("Move down by 0.1 mm", Self::by(0.0, STEP_MM, 0.0)),
        ("Turn left by 0.1 degrees", Self::by(0.0, 0.0, -STEP_DEG)),
        ("Turn right by 0.1 degrees", Self::by(0.0, 0.0, STEP_DEG)),
    ];

    const fn by(right_mm: f64, down_mm: f64, clockwise_deg: f64) -> Self {
        Self {
            right_mm,
            down_mm,
            clockwise_deg,
        }
    }

    /// The motion in the world, RAS+ mm.
    fn in_world(self, plane: Plane, side: Convention, about: Point3<f64>) -> Isometry3<f64> {
        let view = PlaneView::new(plane, side, about, 1.0, [2, 2]);
        let screen = |x: f64, y: f64| view.to_world([1.0 + x, 1.0 + y]) - view.to_world([1.0, 1.0]);
        // From right to down: clockwise, whichever side the plane is seen from.
        let normal = Unit::new_normalize(screen(1.0, 0.0).cross(&screen(0.0, 1.0)));
        let turn = UnitQuaternion::from_axis_angle(&normal, self.clockwise_deg.to_radians());
        let shift = screen(self.right_mm, self.down_mm);
        Translation3::from(about.coords + shift) * turn * Translation3::from(-about.coords)
    }
}

/// What a job found: for each scan as its file has it what registration said.
pub(super) struct AlignedScans {
    pub(super) first: Arc<Scan>,
    pub(super) others: Vec<(Arc<Scan>, Alignment)>,
}

/// What is asked for.
#[derive(Default)]
pub struct AlignmentDesk {
    /// All scans are shown where their files say.
    pub before: bool,
    /// Arrow keys move the chosen scan.
    pub adjusting: bool,
}

impl AlignmentDesk {
    /// Shows the scans where they are meant to lie, or before that, where their files say.
    pub(super) fn show(&mut self, layers: &mut [Layer], before: bool) {
        self.before = before;
        for layer in layers {
            layer.show(before);
        }
    }

    /// Moves the scans to where they were found. Those opened meanwhile stay as they are.
    pub(super) fn take(&mut self, layers: &mut [Layer], found: AlignedScans) {
        for layer in &mut *layers {
            if Arc::ptr_eq(&layer.filed, &found.first) {
                layer.placement = Placement::default();
            }
        }
        for (scan, alignment) in found.others {
            let mut layers = layers.iter_mut();
            if let Some(layer) = layers.find(|layer| Arc::ptr_eq(&layer.filed, &scan)) {
                layer.placement.take(alignment);
            }
        }
        self.show(layers, false);
    }

    /// Moves one scan by hand.
    pub(super) fn adjust(
        &mut self,
        layers: &mut [Layer],
        at: usize,
        motion: HandMotion,
        (plane, side, about): (Plane, Convention, Point3<f64>),
    ) {
        if at < layers.len() {
            let placement = &mut layers[at].placement;
            placement.by_hand = motion.in_world(plane, side, about) * placement.by_hand;
            self.show(layers, false);
        }
    }

    /// All scans back to where their files say.
    pub(super) fn back_to_files(&mut self, layers: &mut [Layer]) {
        for layer in &mut *layers {
            layer.placement = Placement::default();
        }
        self.show(layers, false);
    }
}
