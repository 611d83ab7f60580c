//! What is found in a head by its picture: its midline, the level of its ventricles, the fat of its
//! orbits, its contrast; the grade of reflux that a plane shows by a written rule; and the score of six
//! findings of which somebody says what they are ([`bern`]).
//!
//! What it is not: it changes no scan. Everything is in
//! RAS+ millimetres, so that the grid of a scan does not matter.
//!
//! Constants were chosen on pictures: 112 simulated heads before the tracer, 16 of each diagnosis, and
//! the T1-weighted scans of fifteen real heads and templates, with and without skull; some of both also
//! turned by 10 degrees, with noise of 9 %, without their top 25 mm, upside down and with axes that
//! changed places. Levels of these simulated heads are right within 5 mm and midlines within 3 mm
//! (`cargo bench --bench planes`). Where a constant says how far it may move, that was measured one at a
//! time; what is not said to be measured was not.
//!
//! Invariant: what is not a head is refused, and what was not seen is `None` or a [`Doubt`];
//! neither is guessed in silence.

pub mod bern;
mod contrast;
mod lattice;
mod midline;
mod orbital_fat;
mod plane_regions;
mod planes;
mod reflux;
mod ventricles;

pub use contrast::{ContrastDoubt, HeadContrast, contrast};
pub use orbital_fat::{FatStatistic, OrbitalFat, orbital_fat};
pub use plane_regions::plane_regions;
pub use planes::{Doubt, HeadPlanes, check_head, find_planes};
pub use reflux::{
    ENRICHED_GRADE, ENRICHED_RATIO, ISOINTENSE_PLANE_RATIO, NoPlaneGrade, PLANE_GRADES,
    PlaneReflux, PlaneRegions,
};

/// Why a scan cannot be taken for that of a head.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum HeadError {
    /// What is bright is too small or too large for a head.
    #[error(
        "not a head: what gives signal measures {0:.0} x {1:.0} x {2:.0} mm (left-right, front-back, head-foot), where a head has 110 to 260 mm, at least 80 of them from head to foot"
    )]
    Size(f64, f64, f64),
    /// Nothing in the scan gives a signal.
    #[error("not a head: the scan is empty")]
    Empty,
}
