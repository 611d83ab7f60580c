//! What is open and how it is shown, kept in a file: a session.
//!
//! `file` is what stands in it, `opening` says what of that cannot be, `earlier` brings older files to that form,
//! `draft` takes it from the desk, `source` says where scans lie and by what they are known again, `opened` is
//! what a job makes of it, `restored` puts that onto an empty desk. The desk is taken apart field by field, so
//! that a new field of it cannot be forgotten. No voxel is kept, but what was changed of a mask by hand.

mod draft;
mod earlier;
mod file;
mod opened;
mod opening;
mod restored;
mod runs;
mod source;

pub(super) use draft::Draft;
pub use file::{SESSION_ENDING, Session, is_session_file};
pub(super) use file::{SessionMask, SessionScan, SessionSource};
pub(super) use opened::{Again, Restored, RestoredScan, SessionFrom};
pub(super) use runs::voxels as voxels_of_runs;
pub(super) use source::{Hashes, named_as_session, resolved};
