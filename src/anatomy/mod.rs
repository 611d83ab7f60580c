//! What is found in a head by its picture: its midline, the level of its ventricles, the fat of its
//! orbits.
//!
//! What it is not: it measures nothing that a person marked, and changes no scan. Everything is in
//! RAS+ millimetres, so that the grid of a scan does not matter.
//!
//! Constants were chosen on pictures. How far each may move was measured, one at a time, on twelve
//! scans: five simulated patients before the tracer (two with iNPH, one with an arachnoid cyst, one with
//! a pineal cyst, one control), one of them also at 24 h, FreeSurfer's labelled head of visualqc, Colin 27, the ICBM 152 template
//! without its skull, and three T1-weighted heads of niivue, niimath and dcm_qa_uih. A level is right
//! within 5 mm of the truth, a midline within 3 mm, fat within 10 % of its true signal and 6 mm of its
//! place; where there is no truth, of what the constants as they are give. With them one of eleven
//! levels is wrong (the control's, whose ventricles are narrow: 91 mm below the vertex where they lie at
//! 71), no midline and no fat. What is not said to be measured was not.
//!
//! Invariant: what is not a head is refused, and what was not seen is `None`; neither is guessed.

mod lattice;
mod midline;
mod orbital_fat;
mod planes;
mod ventricles;

pub use orbital_fat::{FatStatistic, OrbitalFat, orbital_fat};
pub use planes::{Doubt, HeadPlanes, find_planes};

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
