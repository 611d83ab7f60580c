//! Transport: where gadobutrol goes in a head, hour by hour.
//!
//! What it is: conservative finite volumes on cubes that may each hold CSF and tissue. In CSF,
//! concentration c (mmol per litre of fluid) is carried by a potential flow and spread by
//! diffusion times a dispersion factor for pulsation; in tissue, the content m (mmol per litre of
//! tissue, porosity times the concentration of its fluid) diffuses and is cleared; pia and
//! ependyma exchange the two. The model is that of Causemann, Kuchta, Masri and Rognes (2025,
//! "In-silico solute transport via perivascular networks in the human intracranial space"), with
//! their perivascular network folded into porosity and permeability:
//!
//! ```text
//! dc/dt - div((1 + R) D grad c) + div(u c) = influx - outflow,   dm/dt - div(D* grad m) = -k m,
//! flux through the pia = P (c - m / porosity)
//! ```
//!
//! What it is not: anatomy (it is given arrays), a fluid solver, or random.
//!
//! Numerics: exponentially fitted fluxes on the faces, which never make a new extreme (second
//! order in space where diffusion is resolved, first order and upwind where flow rules a cell);
//! the two-step backward differentiation formula with variable steps (second order in time,
//! stable for any step), ending a step on every hour asked for; BiCGSTAB with an incomplete
//! factorisation.
//!
//! Invariants: what entered is what is inside plus what was cleared, to rounding; the same input
//! gives the same bytes, however many threads there are.

mod course;
mod domain;
mod flow;
mod matrix;
mod parameters;
mod solve;

pub use course::{BalanceRow, Course, Snapshot, simulate, simulate_from};
pub use domain::{Domain, Zone};
pub use flow::{Flow, FlowError, flow};
pub use parameters::{Influx, Parameters, Steps};
