//! What is found in a head by its picture: its midline, the level of its ventricles, the fat of its
//! orbits.
//!
//! What it is not: it measures nothing that a person marked, and changes no scan. Everything is in
//! RAS+ millimetres, so that the grid of a scan does not matter.
//!
//! Invariant: what is not a head is refused, and what was not seen is `None`; neither is guessed.

mod lattice;
mod orbital_fat;
mod planes;

pub use orbital_fat::{FatStatistic, OrbitalFat, orbital_fat};
pub use planes::{HeadPlanes, find_planes};

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
