//! Heads with enlarged perivascular spaces, whose true number, place and size are known.
//!
//! What it is: tubes of fluid in white matter, basal ganglia, hippocampi and midbrain with the
//! distributions that studies report ([`SpacesHead`]), what is mistaken for them (white matter
//! lesions, lacunes, veins), scans of three kinds ([`SpacesSequence`], [`SpacesScan`]), and what two
//! raters would mark, count and grade ([`Rater`]). One patient has the same spaces in each scan.
//! What it is not: a model of how fluid moves in them. They hold no tracer, and the tracer's cohort
//! has none.
//!
//! Numbers without a source at their place are chosen such that annotators agree and grades are
//! spread as published.

mod cohort;
mod geometry;
mod imaging;
mod place;
mod raters;
mod region;
mod relaxation;
mod scan;

pub use cohort::spaces_cohort;
pub use geometry::Tube;
pub use place::{Lesion, Space, SpacesHead};
pub use raters::{Counts, Grades, Rater, VISIBLE_FROM};
pub use region::SpaceRegion;
pub use relaxation::SpacesSequence;
pub use scan::{SeenSpace, SpacesScan};
