//! The task of paper 002 (Faghani et al. 2024, doi 10.3174/ajnr.A8173): from one volume of a head after
//! contrast, whether a leak of CSF is likely to be found.
//!
//! What it is: how a scan becomes the volume that a network is given, what the network's numbers mean,
//! and what a prediction came from. What it is not: a network, or how one is explained.

pub(super) mod card;
mod input;
mod predict;

pub use card::{IntensityScaling, LeakCard, LeakPreparation, purpose};
pub use input::{InputError, LeakInput, prepared, stored};
pub use predict::{
    InputMode, LeakPredictError, LeakPrediction, LeakPredictor, LeakProvenance, LeakWriteError,
    leak_card,
};
