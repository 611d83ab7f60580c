//! Cisterna: offline review of intrathecal-contrast MRI.
//!
//! The rooms below are declared in reading order. `ARCHITECTURE.md` says what each holds, which
//! others it may use and what must always be true; a test holds the code to that table.
//!
//! Research use only; not a medical device.

pub mod volume;

pub mod text;

pub mod platform;

pub mod formats;

pub mod anatomy;

pub mod registration;

pub mod signal;

pub mod phantom;

pub mod models;

pub mod study;

pub mod ledger;

pub mod stats;

pub mod enhancement;

pub mod report;

pub mod render;

pub mod workflows;

pub mod app;

pub mod cli;
