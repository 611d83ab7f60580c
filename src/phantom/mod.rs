//! The digital phantom: heads whose true answer is known, and that are nobody's scan.
//!
//! What it is: patients and cohorts ([`Patient`], [`table1_cohort`]), a procedural head drawn from
//! implicit shapes for each ([`Head`]), the tracer in it over days ([`transport`]), the scans that
//! a scanner would make ([`signal`]) and what is true of them ([`truth`]); an [`Examination`] is all
//! of it for one patient. Sizes and places are near those of the MNI template; folds are random
//! around the larger sulci; vessels and nerves are mostly missing.
//! Beside them, patients examined for a leak of CSF ([`leak`]) and their heads after an intravenous
//! contrast agent ([`ContrastHead`]), and heads with perivascular spaces ([`spaces`]).
//! What it is not: an atlas, or anyone's scan.
//!
//! Invariant: the same patient and seed give the same bytes, however many threads there are.

mod cells;
mod chance;
mod cohort;
mod demo;
mod examination;
mod field;
mod head;
pub mod leak;
mod painter;
mod patient;
pub mod scanner;
mod shape;
mod sign_examples;
mod tissue;
pub mod signal;
pub mod spaces;
pub mod transport;
pub mod truth;

pub use cohort::{cohort, table1_cohort};
pub use demo::{DEMO_HOURS, DEMO_SEED, DemoScans, demo_pack, demo_patients, demo_protocol};
pub use examination::{
    Examination, ExaminationError, NeckBend, ScanProtocol, Session, scan_without_tracer,
};
pub use head::{ContrastHead, ContrastPart, Head, MeasuredItems, Volumes};
pub use patient::{Diagnosis, EarlyFlow, Patient, Physiology, Sex};
pub use shape::{Cyst, CystSite, Shape};
pub use sign_examples::{EXAMPLE_SIDE, SignExample, sign_examples, sign_pack};
pub use tissue::{Region, Tissue};
