//! What a person asks for, from files to files: make a study, train a network, register, predict,
//! evaluate, simulate a data set, tabulate worksheets, measure aligned series, score masks, examine
//! patients from all of these, the demo.
//! The window and the command line call the same function here, and are told the same while it works.
//!
//! It asks nobody anything, prints nothing and draws no window.

mod bern;
mod bundle;
mod compute;
mod counts;
pub mod demo;
mod evaluate;
mod evaluate_counts;
mod examine;
mod import;
mod import_leak;
mod import_spaces;
mod leak;
mod losses;
mod notice;
mod predict;
mod quantify;
mod register;
mod report_counts;
mod report_spaces;
mod simulate;
mod spaces;
pub mod study;
mod train;
mod train_counts;
mod train_spaces;

pub use bern::{BernAgreement, OpenedSheet, bern_agreement, open_sheets, sheets_in};
pub use compute::compute;
pub use counts::{CountsRecord, PredictCountsRequest, predict_counts};
pub use evaluate::{EvaluateRequest, Evaluated, evaluate};
pub use evaluate_counts::{
    CountsAgreement, CountsEvaluation, CountsOfScan, EvaluateCountsRequest, EvaluatedCounts,
    TwoCounters, evaluate_counts,
};
pub use examine::{ExamineRequest, ExaminedPatient, Outcome, examine};
pub use import::{ImportRequest, import};
pub use import_leak::{LeakImportRequest, import_leak};
pub use import_spaces::{SpacesImportRequest, import_spaces};
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
pub use report_counts::report_counts;
pub use report_spaces::report_spaces;
pub use simulate::{
    SimulateLeaksRequest, SimulateRequest, SimulateSpacesRequest, simulate, simulate_leaks,
    simulate_spaces,
};
pub use spaces::{
    ClusterRow, ClusterTable, EvaluateSpacesRequest, EvaluatedSpaces, MaskCurves, MeanScores,
    PredictSpacesRequest, PredictedSpaces, RatingRegression, ScoredCase, ScoredMasks,
    SpacesClustersRequest, SpacesEvaluation, SpacesLoad, SpacesRecord, SpacesScoreRequest,
    SpacesVesselnessRequest, ThresholdScores, TwoDistributions, VesselnessSettings, White,
    evaluate_spaces, predict_spaces, spaces_clusters, spaces_score, spaces_vesselness,
};
pub use train::{TrainTracerRequest, train_tracer};
pub use train_counts::{TrainCountsRequest, train_counts};
pub use train_spaces::{Resume, TrainSpacesRequest, train_spaces};
