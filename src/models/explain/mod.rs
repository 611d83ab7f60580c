//! What a prediction rests on: maps of what changes in it when a part of the volume is taken away.
//! Nothing here knows what the numbers of a network stand for.

mod occlusion;

pub use occlusion::{OcclusionError, OcclusionMap, OcclusionPlan, Positions, occlusion};
