//! Where one scan lies against another: rigid within a patient, affine to a template.
//!
//! What it is: a [`HeadScan`] is a scan made ready; [`register`] finds the transform from the
//! world of one to that of another and says how far to trust it ([`Quality`]); [`Series`] does so
//! for all sessions of a patient, and closes loops over them. It looks at the cranium only, because jaw and neck
//! move on their own, and takes the tracer for what differs, not for what moved.
//! What it is not: it changes no scan. A registered scan is the same values in another place
//! ([`Volume::placed`](crate::volume::Volume::placed)); [`resampled`] makes new ones, for files.
//!
//! Invariant: exchanging two scans gives the inverse of a rigid result, and any number of threads
//! gives the same bits.

mod affine;
mod halfway;
mod head;
mod information;
mod pose;
mod pyramid;
mod quality;
mod resample;
mod rigid;
mod robust;
mod series;
mod start;
mod transform;

pub use head::HeadScan;
pub use pose::mean_distance_mm;
pub use quality::Quality;
pub use resample::{Kernel, conformed, resampled};
pub use series::{Series, SeriesScan};
pub use transform::{Between, TransformError, TransformKind, open_transform, transform_text};

use crate::volume::Affine;
use std::ops::ControlFlow;

/// Why there is no registration.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum RegistrationError {
    /// Nothing in the scan gives a signal.
    #[error("not a head: the scan is empty")]
    Empty,
    /// What is bright is too small or too large for a head.
    #[error(
        "not a head: what gives signal measures {0:.0} x {1:.0} x {2:.0} mm (left-right, \
         front-back, head-foot), where a head has 90 to 280 mm, at least 60 of them from head to \
         foot"
    )]
    NotAHead(f64, f64, f64),
    /// No start lets half of the heads overlap.
    #[error("the heads do not overlap by half, however they are laid on each other")]
    NoOverlap,
    /// Whoever asked no longer wants it.
    #[error("cancelled")]
    Cancelled,
}

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
    fn of(fixed_from_moving: Affine, moving: &HeadScan, correlation: f64) -> Self {
        Self {
            moved_mm: mean_distance_mm(&fixed_from_moving, &Affine::identity(), &moving.cranium()),
            rotated_deg: pose::rotated_deg(&fixed_from_moving),
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

/// Progress, and whether to go on.
struct Progress<'a>(&'a (dyn Fn(f32) -> ControlFlow<()> + Sync));

impl Progress<'_> {
    fn at(&self, share: f32) -> Result<(), RegistrationError> {
        match (self.0)(share) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(RegistrationError::Cancelled),
        }
    }
}

/// Finds where `moving` lies against `fixed`. `progress` is told the share done, from 0 to 1, and
/// answers whether to go on.
///
/// # Errors
/// Where the heads cannot be laid on each other, or `progress` ends the work.
pub fn register(
    fixed: &HeadScan,
    moving: &HeadScan,
    freedom: Freedom,
    progress: &(dyn Fn(f32) -> ControlFlow<()> + Sync),
) -> Result<Registration, RegistrationError> {
    match freedom {
        Freedom::Rigid => rigid::register(fixed, moving, &Progress(progress)),
        Freedom::Affine => affine::register(fixed, moving, &Progress(progress)),
    }
}
