//! The signal of a T1-weighted sequence as a function of T1 and of tracer, and the way back.
//!
//! What it is: the inversion-prepared turbo field echo (TFE) by which the Oslo group models its
//! T1-weighted scans (Valnes and others, Sci Rep 2020, supplement; Zapf's book code), a plain
//! spoiled gradient echo (SPGR) beside it, the turbo spin echo after intravenous contrast
//! ([`Tse`]), relaxation by gadobutrol, and the concentration that a signal stands for.
//! What it is not: a Bloch simulation; slices have no profile, and tracer shortens T1 only (but for
//! the spin echo). Which tissue has which T1 is known elsewhere.

mod inverse;
mod sequence;
mod tse;

pub use inverse::{Inverse, SHORTEST_T1_MS, concentration_mmol_per_l};
pub use sequence::{R1_L_PER_MMOL_S, Sequence, Spgr, Tfe, signal, signed_signal, t1_with_tracer};
pub use tse::{R1_IN_BLOOD_L_PER_MMOL_S, R2_IN_BLOOD_L_PER_MMOL_S, Tse};
