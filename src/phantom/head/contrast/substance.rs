//! What gives which signal after contrast.

use super::super::super::Tissue;
use crate::signal::Tse;

/// What a voxel may be made of: the tissues of every head, by their numbers, and what only enhances.
pub(super) const N_SUBSTANCES: usize = Tissue::ALL.len() + 10;

pub(super) const SUBDURAL: usize = Tissue::ALL.len();
pub(super) const PITUITARY: usize = SUBDURAL + 1;
pub(super) const MUCOSA: usize = SUBDURAL + 2;
pub(super) const CHOROID_PLEXUS: usize = SUBDURAL + 3;
pub(super) const MARROW: usize = SUBDURAL + 4;
/// Blood that flows too fast to be seen.
pub(super) const ARTERY: usize = SUBDURAL + 5;
/// Blood in a sinus, without what flow takes of it.
pub(super) const SINUS: usize = SUBDURAL + 6;
/// Thick dura; [`Tissue::Dura`] is the normal one.
pub(super) const THICK_DURA: usize = SUBDURAL + 7;
/// A mamillary body, the chiasm: white matter with something grey.
pub(super) const TRACT: usize = SUBDURAL + 8;
/// Blood under the dura.
pub(super) const HAEMATOMA: usize = SUBDURAL + 9;

/// T1 and T2 without contrast, ms; proton density; gadobutrol some minutes after 0.1 mmol/kg,
/// mmol/l.
///
/// T1 of brain, CSF and fat as in [`Tissue::relaxation`]; all else is plausible and has no source.
fn relaxation(substance: usize, blood_mmol_per_l: f64) -> [f64; 4] {
    const TISSUES: [[f64; 4]; Tissue::ALL.len()] = [
        [1000.0, 1.0, 0.0, 0.0],
        // Muscle and skin.
        [1300.0, 35.0, 0.70, 0.08],
        [382.0, 68.0, 0.90, 0.0],
        [600.0, 1.0, 0.12, 0.0],
        [4308.7, 1900.0, 1.0, 0.0],
        [1607.0, 90.0, 0.82, 0.03],
        [838.0, 70.0, 0.70, 0.01],
        [1360.0, 75.0, 0.81, 0.02],
        [950.0, 68.0, 0.74, 0.01],
        [1500.0, 85.0, 0.82, 0.03],
        [880.0, 70.0, 0.72, 0.01],
        [1850.0, 100.0, 0.85, 0.5],
        [4200.0, 1200.0, 1.0, 0.0],
        [1100.0, 40.0, 0.60, 0.15],
    ];
    match substance {
        SUBDURAL => [3000.0, 400.0, 1.0, 0.02],
        PITUITARY => [1300.0, 80.0, 0.80, 0.33],
        MUCOSA => [1300.0, 80.0, 0.80, 0.28],
        CHOROID_PLEXUS => [1500.0, 90.0, 0.85, 0.35],
        MARROW => [1200.0, 45.0, 0.40, 0.06],
        ARTERY | SINUS => [1850.0, 100.0, 0.85, blood_mmol_per_l],
        THICK_DURA => [1100.0, 50.0, 0.80, 0.40],
        TRACT => [900.0, 72.0, 0.72, 0.01],
        HAEMATOMA => [900.0, 60.0, 0.85, 0.0],
        tissue => TISSUES[tissue.min(TISSUES.len() - 1)],
    }
}

/// Signals in units of that of white matter, before suppression of fat and flow.
pub(super) struct Signals {
    of: [f32; N_SUBSTANCES],
    white: f64,
    sequence: Tse,
}

impl Signals {
    pub(super) fn new(sequence: Tse, blood_mmol_per_l: f64) -> Self {
        let signal = |substance: usize| {
            let [t1, t2, pd, c] = relaxation(substance, blood_mmol_per_l);
            pd * sequence.weight(t1, t2, c)
        };
        let white = signal(Tissue::White as usize);
        Self {
            of: std::array::from_fn(|substance| (signal(substance) / white) as f32),
            white,
            sequence,
        }
    }

    pub(super) fn of(&self, substance: usize) -> f32 {
        self.of[substance]
    }

    /// Dura of this strength with so much of the agent: the thicker, the more water.
    pub(super) fn dura(&self, strength: f32, mmol_per_l: f64) -> f32 {
        let thick = f64::from(((strength - 0.35) / 0.65).clamp(0.0, 1.0));
        let weight = self
            .sequence
            .weight(1100.0, 40.0 + 10.0 * thick, mmol_per_l);
        ((0.60 + 0.20 * thick) * weight / self.white) as f32
    }
}
