//! Scanners that differ, and the scans that they make of one head.
//!
//! What it is: the tissues of a patient ([`Tissues`]) relax as published, with age and from one to the
//! next; a [`Scanner`] has a sequence, a resolution, filters, a coil, noise, a way with fat, and an
//! export that bends and cuts its values; a [`VariedScan`] is a session of an examination on one of them:
//! the signal of tissue and tracer by the sequence's equation, the coil, noise, the lines of k-space that
//! were taken, a head that moved a little, the magnitude, the export.
//! What it is not: vendors' products, a Bloch simulation, or parallel imaging. Ranges without a source at
//! their place are chosen so that tissue ratios of real scans lie within those of the cohort.
//!
//! Invariant: what is true of the tracer does not depend on the scanner, and a slice is that slice of the
//! volume, bit by bit.

mod coil;
mod export;
mod relaxation;
mod scan;
mod settings;
mod spread;
mod tracer;

pub use export::{Export, Window};
pub use relaxation::{Substance, Tissues};
pub use scan::{BeforeTracer, VariedScan};
pub use settings::{Faults, Scanner};
pub use tracer::TracerInHead;
