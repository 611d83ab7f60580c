//! The digital phantom: plausible, deterministic, and the tracer where it was measured.

mod cohort;
mod examination;
mod head;
mod spaces;
