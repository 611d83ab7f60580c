//! What a person asks for, from files to files: make a study, train a network, register, predict,
//! evaluate, simulate a data set, tabulate worksheets, measure aligned series, examine patients from all of these, the demo.
//! The window and the command line call the same function here, and are told the same while it works.
//!
//! It asks nobody anything, prints nothing and draws no window.

mod bern;
mod compute;
pub mod demo;
mod evaluate;
mod examine;
mod import;
mod notice;
mod predict;
mod quantify;
mod register;
mod simulate;
pub mod study;
mod train;

pub use bern::{BernAgreement, OpenedSheet, bern_agreement, open_sheets, sheets_in};
pub use compute::compute;
pub use evaluate::{EvaluateRequest, Evaluated, evaluate};
pub use examine::{ExamineRequest, ExaminedPatient, Outcome, examine};
pub use import::{ImportRequest, import};
pub use notice::{Notice, Notify, ignore_notices};
pub use predict::{PredictRequest, Predicted, open_inputs, predict};
pub use quantify::{
    CohortPoint, ConcentrationBasis, FatSource, NamedRegion, PlacedVolume, Quantified,
    QuantifiedPatient, QuantifiedSession, QuantifyRequest, QuantifySource, QuantifyTable, Quantity,
    RefluxRatio, RegionCurve, RegionValues, SourceFile, quantify,
};
pub use register::{RegisterRequest, RegisteredPose, RegisteredScan, Resample, register};
pub use simulate::{SimulateLeaksRequest, SimulateRequest, simulate, simulate_leaks};
pub use train::{TrainTracerRequest, train_tracer};
