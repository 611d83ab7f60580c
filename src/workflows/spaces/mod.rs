//! Masks of perivascular spaces: how good they are, what clusters they have, and Frangi's vesselness as
//! what any network has to beat.

mod clusters;
mod labels;
mod mend;
mod score;
mod vesselness;

pub use clusters::{ClusterRow, ClusterTable, SpacesClustersRequest, spaces_clusters};
pub use mend::{
    MadeMask, MaskOrigin, MaskRequest, SpacesMendRequest, make_mask, spaces_mend, write_mask,
};
pub use score::{
    MeanScores, ScoredCase, ScoredMasks, SpacesScoreRequest, ThresholdScores, spaces_score,
};
pub use vesselness::{SpacesVesselnessRequest, VesselnessSettings, White, spaces_vesselness};
