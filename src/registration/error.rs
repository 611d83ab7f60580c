//! Why there is no registration, and being asked to stop.

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

/// Progress, and whether to go on.
pub(super) struct Progress<'a>(pub(super) &'a (dyn Fn(f32) -> ControlFlow<()> + Sync));

impl Progress<'_> {
    pub(super) fn at(&self, share: f32) -> Result<(), RegistrationError> {
        match (self.0)(share) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(RegistrationError::Cancelled),
        }
    }
}
