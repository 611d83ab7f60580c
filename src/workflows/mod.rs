//! What a person asks for, from files to files: make a study, train a network, register, predict,
//! evaluate, simulate a data set, tabulate worksheets, measure aligned series, score masks, examine
//! patients from all of these, the demo.
//! The window and the command line call the same function here, and are told the same while it works.
//!
//! It asks nobody anything, prints nothing and draws no window.

mod bern;
mod bundle;
mod compute;
pub mod demo;
mod evaluate;
mod examine;
mod import;
mod import_leak;
mod labels;
mod leak;
mod notice;
mod predict;
mod quantify;
mod register;
mod simulate;
mod spaces;
pub mod study;
mod train;

pub use bern::{
    BernAgreement, OpenedSheet, bern_agreement, open_sheets, scan_sha256, sheets_in, write_sheet,
};
pub use compute::compute;
pub use evaluate::{EvaluateRequest, Evaluated, evaluate};
pub use examine::{ExamineRequest, ExaminedPatient, Outcome, examine};
pub use import::{ImportRequest, import};
pub use import_leak::{LeakImportRequest, import_leak};
pub use labels::{LabelScheme, ToldBy};
pub use leak::{
    Explained, Fill, LeakRequest, OcclusionRecord, OcclusionRequest, explain_leak, predict_leak,
};
pub use notice::{Notice, Notify, ignore_notices};
pub use predict::{PredictRequest, Predicted, open_inputs, predict};
pub use quantify::{
    CohortPoint, ConcentrationBasis, FatSource, NamedRegion, PlacedVolume, Quantified,
    QuantifiedPatient, QuantifiedSession, QuantifyRequest, QuantifySource, QuantifyTable, Quantity,
    RefluxRatio, RegionCurve, RegionValues, SourceFile, quantify,
};
pub use register::{RegisterRequest, RegisteredPose, RegisteredScan, Resample, register};
pub use simulate::{
    SimulateLeaksRequest, SimulateRequest, SimulateSpacesRequest, simulate, simulate_leaks,
    simulate_spaces,
};
pub use spaces::{
    ClusterRow, ClusterTable, MadeMask, MaskOrigin, MaskRequest, MeanScores, ScoredCase,
    ScoredMasks, SpacesClustersRequest, SpacesMendRequest, SpacesScoreRequest,
    SpacesVesselnessRequest, ThresholdScores, VesselnessSettings, White, make_mask,
    spaces_clusters, spaces_mend, spaces_score, spaces_vesselness, write_mask,
};
pub use train::{TrainTracerRequest, train_tracer};
