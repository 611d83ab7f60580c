//! What a prediction rests on: maps of what changes in it when a part of the volume is taken away.
//! Nothing here knows what the numbers of a network stand for.

mod checks;
mod occlusion;
mod randomised;

pub use checks::{Inside, OrderCurves, curves_of_order, inside};
pub use occlusion::{OcclusionError, OcclusionMap, OcclusionPlan, Positions, occlusion};
pub use randomised::{n_stages, randomised};
