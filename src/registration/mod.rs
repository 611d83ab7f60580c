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
mod error;
mod found;
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

use error::Progress;
pub use error::RegistrationError;
pub use found::{Freedom, Registration};
pub use head::HeadScan;
pub use pose::mean_distance_mm;
pub use quality::Quality;
pub use resample::{Kernel, conformed, resampled};
pub use series::{Series, SeriesScan};
pub use transform::{Between, TransformError, TransformKind, open_transform, transform_text};

use std::ops::ControlFlow;

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
