//! Numbers in, estimates with intervals out.
//!
//! What it is: agreement between raters (Krippendorff's alpha with a unit bootstrap) and the
//! tables of how grades move from one arm to another.
//! What it is not: it knows no study, no file and no patient; it opens nothing and prints nothing.
//!
//! Invariant: no I/O, and no random number that it was not handed. A quantity that does not exist
//! (all ratings equal, no unit rated twice) is said in words, never as NaN and never as 1.

mod alpha;
mod estimate;
mod ratings;
mod transition;

pub use alpha::{Bootstrap, Metric, alpha, alpha_with_interval};
pub use estimate::{Estimate, Outcome, Undefined};
pub use ratings::{Ratings, StatsError};
pub use transition::TransitionMatrix;
