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
pub use mend::{
    MadeMask, MaskOrigin, MaskRequest, SpacesMendRequest, make_mask, spaces_mend, write_mask,
};
pub use predict::{
    MarkSpacesRequest, MarkedSpaces, PredictSpacesRequest, PredictedSpaces, SPACES_EVERYWHERE,
    SPACES_MOST_BYTES, SpacesOrigin, SpacesRecord, mark_spaces, predict_spaces,
};
pub(super) use predict::{file_name, stem};
pub use score::{
    MeanScores, ScoredCase, ScoredMasks, SpacesScoreRequest, ThresholdScores, spaces_score,
};
pub use vesselness::{SpacesVesselnessRequest, VesselnessSettings, White, spaces_vesselness};
