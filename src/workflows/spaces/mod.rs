//! Masks of perivascular spaces: how good they are, what clusters they have, and Frangi's vesselness as
//! what any network has to beat.

mod clusters;
mod evaluate;
mod labels;
mod predict;
mod mend;
mod score;
mod vesselness;

pub use clusters::{ClusterRow, ClusterTable, SpacesClustersRequest, spaces_clusters};
pub use evaluate::{
    EvaluateSpacesRequest, EvaluatedSpaces, MaskCurves, RatingRegression, SpacesEvaluation,
    SpacesLoad, TwoDistributions, evaluate_spaces,
};
pub(super) use mend::file_name;
pub use mend::{
    MadeMask, MaskOrigin, MaskRequest, SpacesMendRequest, make_mask, spaces_mend, write_mask,
};
pub(super) use predict::stem;
pub use predict::{PredictSpacesRequest, PredictedSpaces, SpacesRecord, predict_spaces};
pub use score::{
    MeanScores, ScoredCase, ScoredMasks, SpacesScoreRequest, ThresholdScores, spaces_score,
};
pub use vesselness::{SpacesVesselnessRequest, VesselnessSettings, White, spaces_vesselness};
