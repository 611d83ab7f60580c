//! The task of paper 003 (Boutinaud and others 2021): perivascular spaces on a T1-weighted scan, voxel
//! by voxel.
//!
//! What it is: how a scan becomes what a network is given, how networks learn from masks that somebody
//! drew and before that from scans without any, and the probability of a space at each voxel of a scan.
//! What it is not: how masks are scored, which any mask is, a network's or somebody's.

pub(super) mod card;
mod crops;
mod data;
mod evaluate;
mod input;
mod predict;
mod settings;
mod training;

pub use card::{CLUSTER_RULE, SpacesCard, SpacesScores, SpacesTraining, purpose};
pub use data::{MaskedCase, MaskedCases, SpacesDataError, open_masked};
pub use evaluate::{LEFT_OUT_MM3, THRESHOLDS, score};
pub use input::{SpacesInput, SpacesInputError, SpacesPreparation, SpacesScaling, prepared};
pub use predict::{SpacesPredictError, SpacesPredictor, spaces_card};
pub use settings::{SpacesLoss, SpacesSettings};
pub use training::{TEST_METRICS, train};
