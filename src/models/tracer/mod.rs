//! The tracer study's task: from scans before or some hours after the injection, the axial and the
//! sagittal plane of 24 h (papers 000 and 001).

mod augment;
pub(super) mod card;
mod data;
mod errors;
mod evaluate;
mod intensity;
mod interval;
mod output;
mod planes;
mod predict;
mod predictor;
mod settings;
mod spread;
mod training;
mod trial;

pub use augment::varied_planes;
pub use card::{TracerCard, TracerTraining, purpose};
pub use data::{
    Case, Cases, Cohort, CohortScans, TEST_SHARE, case_label, cohort_scans, open_cases,
};
pub use errors::{Baselines, Errors, Evaluation};
pub use evaluate::{Judged, baselines, evaluate, judge};
pub use interval::{Inputs, NoInterval, ScanInterval, TARGET_HOURS};
pub use output::{Origin, RealPlanes, WriteError};
pub use planes::{DataError, PLANE_PIXELS, PlanesAt, Preparation, fat_of, prepare};
pub use predict::{
    InputProvenance, InputScan, PredictError, PredictOptions, PredictedGrade, Prediction,
    Provenance, ordered, predict, tracer_card, unet,
};
pub use predictor::Predictor;
pub use settings::{Loss, Recipe, TracerSettings};
pub use training::{TEST_METRICS, train};
pub use trial::{Estimated, Grading, SpreadCalibration, Trial, Verdict};
