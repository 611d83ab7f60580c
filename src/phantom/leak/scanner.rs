//! How a case was scanned: nothing here may depend on whether there is a leak.

use super::super::field::uniform;
use super::super::patient::normal_within;
use super::random::{Stream, between, stream};

/// The settings and faults of one scan.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakScan {
    /// Which of three scanners.
    pub scanner: u8,
    /// Counts of white matter in a scan without bias.
    pub counts_of_white: f64,
    /// Standard deviation of the noise on each part of the signal, as a share of the signal of
    /// white matter.
    pub noise_of_white: f64,
    /// Root mean square of the logarithm of the coil's gain over the volume.
    pub bias_strength: f64,
    /// What the suppression leaves of the signal of fat, where it works.
    pub fat_left: f64,
    /// How far from air the suppression fails, mm.
    pub fat_fails_mm: f64,
    /// What flow leaves of the signal of CSF.
    pub csf_left: f64,
    /// Gadobutrol in blood, mmol/l.
    pub blood_mmol_per_l: f64,
    /// What flow leaves of the signal in the middle of the sagittal, the right and the left
    /// transverse and the straight sinus.
    pub sinus_left: [f64; 4],
    /// Of the field of view along x, y and z, mm.
    pub field_mm: [u16; 3],
    /// How far its middle lies off that of the head's grid, mm; along z its upper end counts, and
    /// what is missing is missing below.
    pub off_mm: [i16; 3],
    /// Planes of nothing at the lower and the upper end of the second axis.
    pub padding: [u8; 2],
}

impl LeakScan {
    pub(super) fn draw(idx: usize, cohort_seed: u64) -> Self {
        let rng = &mut stream(idx, cohort_seed, Stream::Scanner);
        let scanner = (3.0 * uniform(rng)) as u8;
        // Their typical counts, noise, coil and fat.
        let (counts, noise, bias, fat) = match scanner {
            0 => (420.0, 0.030, 0.10, 0.07),
            1 => (900.0, 0.038, 0.14, 0.10),
            _ => (260.0, 0.048, 0.08, 0.12),
        };
        let whole = |x: f64| x.round() as i16;
        let drawn = Self {
            scanner,
            counts_of_white: counts * (0.22 * normal_within(rng, [0.0, 1.0], [-2.5, 2.5])).exp(),
            noise_of_white: noise * between(rng, [0.75, 1.3]),
            bias_strength: bias * between(rng, [0.6, 1.4]),
            fat_left: fat * between(rng, [0.7, 1.3]),
            fat_fails_mm: between(rng, [4.0, 11.0]),
            csf_left: between(rng, [0.2, 0.5]),
            blood_mmol_per_l: 0.0,
            sinus_left: [(); 4].map(|()| between(rng, [0.3, 1.0])),
            field_mm: [
                2 * whole(between(rng, [96.0, 108.0])) as u16,
                2 * whole(between(rng, [112.0, 124.0])) as u16,
                2 * whole(between(rng, [100.0, 116.0])) as u16,
            ],
            off_mm: [
                2 * whole(between(rng, [-2.0, 2.0])),
                2 * whole(between(rng, [-3.0, 3.0])),
                2 * whole(between(rng, [2.0, 6.0])),
            ],
            padding: [(); 2].map(|()| 2 * (6.0 * uniform(rng)) as u8),
        };
        Self {
            blood_mmol_per_l: between(&mut stream(idx, cohort_seed, Stream::Agent), [0.3, 0.8]),
            ..drawn
        }
    }
}
