//! What a registration is told and what it finds.

use super::head::HeadScan;
use super::pose::{mean_distance_mm, rotated_deg};
use super::quality::Quality;
use crate::volume::Affine;

/// What a registration may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freedom {
    /// 6 parameters: the same head, moved.
    Rigid,
    /// 12 parameters: another head, or a template.
    Affine,
}

/// Where the moving scan lies against the fixed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Takes a point of the moving scan's world to the fixed scan's world, RAS+ mm.
    pub fixed_from_moving: Affine,
    /// Mean distance over the cranium by which this moves it, mm.
    pub moved_mm: f64,
    /// By how much it turns, degrees.
    pub rotated_deg: f64,
    /// Correlation of both scans where both show a head, at the end.
    pub correlation: f64,
    /// The numbers by which a rigid registration is judged; `None` for an overlay.
    pub quality: Option<Quality>,
    /// Where mutual information alone would put it; `None` for an overlay, which has nothing else.
    pub second_opinion: Option<Affine>,
}

impl Registration {
    pub(super) fn of(fixed_from_moving: Affine, moving: &HeadScan, correlation: f64) -> Self {
        Self {
            moved_mm: mean_distance_mm(&fixed_from_moving, &Affine::identity(), &moving.cranium()),
            rotated_deg: rotated_deg(&fixed_from_moving),
            fixed_from_moving,
            correlation,
            quality: None,
            second_opinion: None,
        }
    }

    /// What speaks against it, in words; empty where nothing does.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        match &self.quality {
            Some(quality) => quality.doubts(),
            None => Vec::new(),
        }
    }
}
