//! What the viewer keeps in its user's folders: settings, what was opened, and what is open, for after a
//! crash.
//!
//! A thread of its own (`store`) writes all of it, so that the window waits for no disk; what it cannot write
//! is said once, and the program works on. Nothing of a study comes here: only what the viewer itself opens
//! does, and a study has a window of its own.

mod keeper;
mod places;
mod recent;
mod recovery;
mod shown;
mod store;

pub(super) use keeper::Kept;
pub use places::KeptPlaces;
pub use recent::Recent;
pub(super) use shown::Told;
pub use shown::{KeptDesk, Offer};
