//! The digital phantom: plausible, deterministic, and the tracer where it was measured.

mod cohort;
mod contrast;
mod examination;
mod head;
mod leak;
mod scanner;
mod signs;
mod spaces;
