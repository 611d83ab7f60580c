//! What a person asks for, from files to files: make a study, train a network, register, predict,
//! evaluate, simulate a data set, tabulate worksheets, measure aligned series, score masks, examine
//! patients from all of these, cohorts participant by participant, pictures to be handed on, a look at the
//! machine, a verification of the program by itself, the demo.
//! The window and the command line call the same function here, and are told the same while it works.
//!
//! It asks nobody anything, prints nothing and draws no window.

mod bern;
mod bids_app;
mod bundle;
mod compute;
mod counts;
mod curve;
pub mod demo;
mod doctor;
mod evaluate;
mod evaluate_leak;
mod evaluate_counts;
mod examine;
mod grade;
mod import;
mod import_leak;
mod import_spaces;
mod labels;
mod leak;
mod leak_checks;
mod leak_mean_map;
mod leak_regions;
mod leak_scores;
mod losses;
mod measures;
mod notice;
mod picture;
mod predict;
mod predict_cohort;
mod quantify;
mod register;
mod report_leak;
mod report_counts;
mod report_spaces;
mod simulate;
mod spaces;
pub mod study;
mod table2;
mod train;
mod train_counts;
mod train_spaces;
mod train_leak;
mod training;
mod trial;
mod trial_files;
mod tried;
mod verify;

pub use bern::{
    BernAgreement, OpenedSheet, bern_agreement, open_sheets, scan_sha256, sheets_in, write_sheet,
};
pub use bids_app::{
    BidsAppRequest, BidsParticipant, BidsTask, JoinedTable, bids_group, bids_participants,
    is_bids_label,
};
pub use compute::compute;
pub use counts::{
    CountSpacesRequest, CountedSpaces, CountsRecord, PredictCountsRequest, count_spaces,
    predict_counts, write_counts,
};
pub use curve::{
    AROUND_MM, Curve, CurvePoint, CurveRegion, CurveRequest, CurveScan, curve, open_curve_region,
    open_curve_scans, signal_around, signal_at,
};
pub use doctor::{
    DisplayFacts, DisplayState, Doctor, Finding, FolderFacts, NetworkFacts, PictureTrial,
    PredictionTrial, Severity, doctor,
};
pub use evaluate::{EvaluateRequest, evaluate};
pub use evaluate_counts::{
    CountsAgreement, CountsEvaluation, CountsOfScan, EvaluateCountsRequest, EvaluatedCounts,
    TwoCounters, evaluate_counts,
};
pub use evaluate_leak::{EvaluateLeakRequest, EvaluatedLeak, evaluate_leak, shortcuts};
pub use examine::{ExamineRequest, ExaminedPatient, Outcome, examine};
pub use grade::RegionsBy;
pub use import::{ImportRequest, import};
pub use import_leak::{LeakImportRequest, import_leak};
pub use import_spaces::{SpacesImportRequest, import_spaces};
pub use labels::{LabelScheme, ToldBy};
pub use leak::{
    Explained, Fill, LeakRequest, OcclusionRecord, OcclusionRequest, explain_leak, predict_leak,
};
pub use leak_checks::{
    ChecksRequest, FoldAgreement, Forgotten, LeakChecks, N_RANDOM, OrderCheck, TwinCheck,
    other_folds,
};
pub use leak_mean_map::{MeanMapRecord, MeanMapRequest, leak_mean_map};
pub use leak_regions::RegionDrop;
pub use leak_scores::ScoredHead;
pub use measures::{
    Measure, MeasureRequest, MeasureShape, MeasureTable, MeasureValue, Measured, MeasuredPlace,
    MeasuredScan, OpenedMeasures, RegionMeasure, angle_deg, angle_text, angle_words,
    is_region_on_plane, length_mm, length_text, measure, measure_on_plane, measured_place,
    open_measures, region_colour, ruler_words, strength_on_plane, why_no_values,
};
pub use notice::{Notice, Notify, ignore_notices};
pub use picture::{
    PICTURE_NOTICE, PictureBar, PictureFigure, PictureLine, PicturePanel, PicturePatient,
    PictureRequest, PictureVolume, VolumeFrames, hours_text, in_rows, labels_text,
    lightbox_positions, number_text, picture_pixels, place_text, role_text, scale_for, shortened,
    side_text, stack_text, volume_text, window_text, write_new_picture, write_picture,
};
pub use predict::{PredictRequest, Predicted, RealScan, open_inputs, predict};
pub use predict_cohort::{
    PredictCohortRequest, PredictedPatient, predict_cohort, write_cohort_table,
};
pub use quantify::{
    CohortPoint, ConcentrationBasis, FatSource, NamedRegion, PlacedVolume, Quantified,
    QuantifiedPatient, QuantifiedSession, QuantifyRequest, QuantifySource, QuantifyTable, Quantity,
    RefluxRatio, RegionCurve, RegionValues, SourceFile, quantify,
};
pub use register::{RegisterRequest, RegisteredPose, RegisteredScan, Resample, register};
pub use report_counts::report_counts;
pub use report_leak::{ReportLeakRequest, leak_report_data, leak_results, report_leak};
pub use report_spaces::report_spaces;
pub use simulate::{
    SimulateLeaksRequest, SimulateRequest, SimulateSpacesRequest, simulate, simulate_leaks,
    simulate_spaces,
};
pub use spaces::{
    ClusterRow, ClusterTable, EvaluateSpacesRequest, EvaluatedSpaces, MadeMask, MarkSpacesRequest,
    MarkedSpaces, MaskCurves, MaskOrigin, MaskRequest, MeanScores, PredictSpacesRequest,
    PredictedSpaces, RatingRegression, SPACES_EVERYWHERE, SPACES_MOST_BYTES, ScoredCase,
    ScoredMasks, SpacesClustersRequest, SpacesEvaluation, SpacesLoad, SpacesMendRequest,
    SpacesOrigin, SpacesRecord, SpacesScoreRequest, SpacesVesselnessRequest, ThresholdScores,
    TwoDistributions, VesselnessSettings, White, evaluate_spaces, make_mask, mark_spaces,
    predict_spaces, spaces_clusters, spaces_mend, spaces_score, spaces_vesselness, write_mask,
};
pub use table2::{TABLE_2, Table2Request, train_table2};
pub use train::{TrainTracerRequest, train_tracer};
pub use train_counts::{TrainCountsRequest, train_counts};
pub use train_leak::{TrainLeakRequest, TrainedFold, train_leak};
pub use train_spaces::{TrainSpacesRequest, train_spaces};
pub use training::Resume;
pub use trial::{Evaluated, GradeStatistics, NetworkTrial, PatientTrial, grade_statistics};
pub use trial_files::{evaluation_json, evaluation_text};
pub use tried::put_trial;
pub use verify::{
    Failure, FileCheck, HazardFacts, NamedTest, NetworkCheck, NumberCheck, Paper, PictureCheck,
    RequirementFacts, Tally, TestResult, TestsRun, Verdict, Verification, verify_self,
    write_verification,
};
