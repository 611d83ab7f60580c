//! The demo's patients, and when they are scanned.

use super::{Diagnosis, Patient, Protocol, Sequence};

/// What the demo's patients are drawn from.
pub const DEMO_SEED: u64 = 24;

/// The patients of the demo, whose reflux grades differ: by group and number.
const DEMO_PATIENTS: [(Diagnosis, usize); 4] = [
    (Diagnosis::Inph, 0),
    (Diagnosis::Reference, 1),
    (Diagnosis::Hydrocephalus, 8),
    (Diagnosis::Sih, 9),
];

/// The demo's patients; the window shows the first.
#[must_use]
pub fn demo_patients() -> Vec<Patient> {
    DEMO_PATIENTS
        .iter()
        .map(|&(diagnosis, idx)| Patient::draw(idx, DEMO_SEED, diagnosis))
        .collect()
}

/// Scans at these hours, as fast as they can be simulated.
#[must_use]
pub fn demo_protocol(nominal_hours: &[f64]) -> Protocol {
    Protocol {
        nominal_hours: nominal_hours.to_vec(),
        sequence: Sequence::default(),
        transport_mm: 2,
        misalignment: 0.0,
    }
}
