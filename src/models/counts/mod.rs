//! The task of paper 004 (Dubost and others 2020): how many enlarged perivascular spaces a region of a
//! T2-weighted scan holds, learned from counts alone.
//!
//! What it is: how a region becomes what a network is given, how networks learn from what a rater
//! counted, the count of a scan, and the map and places that it rests on. What it is not: a
//! segmentation of the region, which a label map brings along.

pub(super) mod card;
mod data;
mod input;
mod pieces;
mod predict;
mod region;
mod settings;
mod training;

pub use card::{CountsCard, CountsScores, CountsTraining, purpose};
pub use data::{CountedCase, CountedCases, CountsDataError, open_counted};
pub use input::{CountsInput, CountsInputError, CountsPreparation, CountsScaling, region_input};
pub use predict::{
    Counted, CountsPredictError, CountsPredictor, Detection, counts_card, detections,
};
pub use region::{CountRegion, Structure};
pub use settings::CountsSettings;
pub use training::{TEST_METRICS, train};
