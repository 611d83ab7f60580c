//! A cohort of patients examined for a leak of cerebrospinal fluid, as drawn numbers: whether
//! there is one, how far the brain has sunk, what a reader would find, and how the scanner was set.
//!
//! What it is not: heads (those are drawn from these numbers by [`super::ContrastHead`]), or anybody's
//! measurements. A latent severity joins the findings of patients with signs; some with a leak have
//! none, some without one have all, and others only resemble them in one (a crowded posterior
//! fossa, a focal thickening of the dura, one large sinus).
//!
//! Invariant: what has nothing to do with the leak (age, sex, scanner, noise, gain, coil, field of
//! view) is drawn from numbers of its own, so that no label can be told from it.

mod case;
mod random;
mod scanner;
mod shape;

pub use case::{LeakCase, Mimics, Preset, Subdural, leak_cohort};
pub(super) use case::{bulge_mm, dura_mm, dura_mmol_per_l};
pub use scanner::LeakScan;
pub(super) use shape::{FocalDura, LeakShape};
