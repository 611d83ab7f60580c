//! One scanner as it was set for one patient, and what went wrong in one session.

use super::super::chance::Chance;
use super::super::signal::SignalCurve;
use super::super::{Patient, Tissue};
use super::export::{Export, Window};
use super::relaxation::{Substance, Tissues};
use super::spread::{Profile, Spread};
use crate::signal::{Sequence, Spgr, Tfe};

/// Everything about a scanner but the patient's tissues.
#[derive(Clone, Debug, PartialEq)]
pub struct Scanner {
    /// The sequence.
    pub sequence: Sequence,
    /// The edges of the voxels that are measured, along x, y and z, mm.
    pub voxel_mm: [f64; 3],
    /// From reconstructed value to value along x, y and z, mm, and where the first lies.
    pub sample_mm: [f64; 3],
    /// Where the first of them lies in the first voxel of 1 mm, mm.
    pub offset_mm: [f64; 3],
    /// By which share the filter weakens the outermost lines of k-space; what is missing to 1 rings.
    pub filter: f64,
    /// By which share the outermost lines are strengthened, to sharpen edges.
    pub sharpening: f64,
    /// Standard deviation of the blur beside all that, mm.
    pub blur_mm: f64,
    /// Standard deviation of the noise on each part of the signal over the signal of white matter.
    pub noise_of_white: f64,
    /// Root mean square of the logarithm of the coils' random gain over the volume.
    pub bias_strength: f64,
    /// How much stronger the middle of the head is than its rim: the logarithm over 95 mm.
    pub centre_gain: f64,
    /// What suppression leaves of the signal of fat; 1 without.
    pub fat_left: f64,
    /// What flow makes of the signal of blood: less where it leaves between the pulses, more where fresh
    /// blood comes in.
    pub blood_left: f64,
    /// Below this height, RAS+ mm, the coils hear less.
    pub fades_below_mm: f64,
    /// What is heard 45 mm further down.
    pub neck_left: f64,
    /// Below this height, RAS+ mm, nothing is measured; none where all is.
    pub lowest_mm: Option<f64>,
    /// How values are stored.
    pub export: Export,
    /// The share of sessions in which the head moves a little.
    pub moves_share: f64,
    /// What noise, the coils' field and sessions are drawn from.
    pub seed: u64,
}

/// What is a session's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// Counts against those of a scan of gain 1.
    pub gain: f64,
    /// How far the head went along y while the lines were taken, mm.
    pub drift_mm: f64,
    /// The share of the signal in a second picture along y, from what moves to and fro.
    pub ghost_share: f64,
    /// How far to either side of the first it lies, mm.
    pub ghost_mm: f64,
}

/// Of the inversion time, from inversion to inversion, ms; from echo to echo, ms; of the flip angle,
/// degrees: around the protocols of the three large makers in the ADNI study (Jack and others, J Magn Reson
/// Imaging 2008;27:685) and the tracer study's own 853 and 3000 ms, 5.2 ms and 8 degrees.
const TFE_INVERSION_MS: [f64; 2] = [830.0, 1120.0];
const TFE_SHOT_MS: [f64; 2] = [1750.0, 3000.0];
const TFE_ECHO_SPACING_MS: [f64; 2] = [5.0, 8.4];
const TFE_FLIP_DEG: [f64; 2] = [7.0, 12.0];
/// Of a plain spoiled gradient echo: repetition time, ms, and flip angle, degrees; chosen around what
/// routine protocols of 3D T1-weighted scans say.
const SPGR_TR_MS: [f64; 2] = [7.0, 24.0];
const SPGR_FLIP_DEG: [f64; 2] = [12.0, 30.0];
/// The share of the inversion-prepared ones; chosen, as are all shares below.
const TFE_SHARE: f64 = 0.82;

impl Scanner {
    /// The scanner of this number (from 0) for a patient.
    #[must_use]
    pub fn draw(patient: &Patient, scanner_idx: usize) -> Self {
        let mut chance = Chance::of(patient.seed, "scanner", &scanner_idx.to_string());
        let sequence = if chance.happens(TFE_SHARE) {
            Sequence::Tfe(tfe(&mut chance))
        } else {
            Sequence::Spgr(spgr(&mut chance))
        };
        let voxel_mm = voxel_mm(&mut chance);
        let sample_mm = voxel_mm.map(|mm| if chance.happens(0.5) { mm } else { mm / 2.0 });
        let offset_mm = sample_mm.map(|mm| chance.between(0.0, mm));
        let filter = chance.between(0.0, 0.75);
        let sharpens = chance.happens(0.25);
        let sharpening = chance.between(0.1, 0.5);
        let is_soft = chance.happens(0.2);
        let blur_mm = if is_soft {
            chance.between(0.4, 0.8)
        } else {
            chance.between(0.0, 0.4)
        };
        let fat = (chance.happens(0.6), chance.happens(0.35));
        let fat_left = match fat {
            (true, _) => 1.0,
            (false, true) => chance.between(0.06, 0.3),
            (false, false) => chance.between(0.3, 0.85),
        };
        Self {
            sequence,
            voxel_mm,
            sample_mm,
            offset_mm,
            filter,
            sharpening: if sharpens { sharpening } else { 0.0 },
            blur_mm,
            noise_of_white: log_between(&mut chance, [0.012, 0.06]),
            bias_strength: chance.between(0.02, 0.14),
            centre_gain: chance.between(-0.16, 0.26),
            fat_left,
            blood_left: chance.between(0.4, 1.5),
            fades_below_mm: chance.between(-105.0, -45.0),
            neck_left: chance.between(0.05, 0.9),
            lowest_mm: lowest_mm(&mut chance),
            export: export(&mut chance),
            moves_share: chance.between(0.0, 0.6),
            seed: chance.bits(),
        }
    }

    /// The signals of all substances by concentration, with what the scanner leaves of fat and blood.
    pub(super) fn curves(&self, tissues: &Tissues) -> Vec<SignalCurve> {
        let all = tissues.all().iter().enumerate();
        all.map(|(substance, relaxation)| {
            let mut relaxation = *relaxation;
            if substance == Tissue::Fat as usize {
                relaxation.pd *= self.fat_left;
            } else if substance == Tissue::Blood as usize {
                relaxation.pd *= self.blood_left;
            }
            SignalCurve::new(&self.sequence, relaxation)
        })
        .collect()
    }

    /// What a voxel full of a substance shows, without coil, spread and noise and before it is stored:
    /// the magnitude over that of white matter without tracer; the concentration in mmol/l.
    #[must_use]
    pub fn shows(&self, tissues: &Tissues, substance: Substance, c_mmol_per_l: f32) -> f32 {
        let curves = self.curves(tissues);
        let white = curves[Tissue::White as usize].at(0.0);
        (curves[substance.index()].at(c_mmol_per_l) / white).abs()
    }

    /// The shares of the voxels of a row of `n` in the value at one of them, in a session without motion:
    /// what lines of k-space, filters and interpolation make of a point along an axis (0 to 2).
    #[must_use]
    pub fn point_spread(&self, axis: usize, at: usize, n: usize) -> Vec<f32> {
        let still = Faults {
            gain: 1.0,
            drift_mm: 0.0,
            ghost_share: 0.0,
            ghost_mm: 0.0,
        };
        let spread = Spread::new(&self.profiles(&still)[axis], n);
        let mut shares = vec![0.0; n];
        for &(voxel, share) in spread.taps(at) {
            shares[usize::from(voxel)] += share;
        }
        shares
    }

    /// What is a session's own on this scanner.
    #[must_use]
    pub fn faults(&self, session_idx: usize) -> Faults {
        let mut chance = Chance::of(self.seed, "session", &session_idx.to_string());
        let gain = f64::exp(0.22 * chance.normal(0.0, 1.0).clamp(-2.5, 2.5));
        let moves = chance.happens(self.moves_share);
        let [drift_mm, ghost_share, ghost_mm] = [
            chance.between(0.2, 0.9),
            chance.between(0.004, 0.025),
            chance.between(25.0, 90.0),
        ];
        let of_moved = |x: f64| if moves { x } else { 0.0 };
        Faults {
            gain,
            drift_mm: of_moved(drift_mm),
            ghost_share: of_moved(ghost_share),
            ghost_mm: of_moved(ghost_mm),
        }
    }

    /// The seed of the coils' field, and of a session's noise.
    pub(super) fn seeds(&self, session_idx: usize) -> [u64; 2] {
        let session = session_idx as u64 + 1;
        [
            self.seed ^ 0x636f_696c,
            self.seed.rotate_left(17) ^ session.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ]
    }

    pub(super) fn profiles(&self, faults: &Faults) -> [Profile; 3] {
        std::array::from_fn(|axis| {
            let moved = axis == 1;
            let is_doubled = moved && faults.ghost_share > 0.0;
            Profile {
                voxel_mm: self.voxel_mm[axis],
                sample_mm: self.sample_mm[axis],
                offset_mm: self.offset_mm[axis],
                filter: self.filter,
                sharpening: self.sharpening,
                blur_mm: self.blur_mm,
                drift_mm: if moved { faults.drift_mm } else { 0.0 },
                ghost: is_doubled.then_some([faults.ghost_share, faults.ghost_mm]),
            }
        })
    }
}

fn tfe(chance: &mut Chance) -> Tfe {
    let mut between = |[low, high]: [f64; 2]| chance.between(low, high);
    let inversion_ms = between(TFE_INVERSION_MS);
    let echo_spacing_ms = between(TFE_ECHO_SPACING_MS);
    // From the first to the centre echo there is no more time than from the inversion on.
    let most = 0.9 * inversion_ms / echo_spacing_ms;
    let centre = between([70.0, 116.0]).min(most).round();
    let n_echoes = (centre * between([1.8, 2.1])).round();
    let delay_ms = inversion_ms - (centre - 1.0) * echo_spacing_ms;
    let train_ms = delay_ms + n_echoes * echo_spacing_ms;
    let [short, long] = TFE_SHOT_MS;
    Tfe {
        shot_ms: between([short.max(train_ms + 60.0), long]).round(),
        delay_ms,
        echo_spacing_ms,
        n_echoes: n_echoes as u32,
        centre_echo: centre as u32,
        flip_deg: between(TFE_FLIP_DEG),
        te_ms: between([2.0, 3.9]).min(0.55 * echo_spacing_ms),
    }
}

fn spgr(chance: &mut Chance) -> Spgr {
    let tr_ms = log_between(chance, SPGR_TR_MS);
    let [low, high] = SPGR_FLIP_DEG;
    Spgr {
        tr_ms,
        te_ms: chance.between(2.2, 5.0).min(0.55 * tr_ms),
        flip_deg: chance.between(low, high),
    }
}

/// Nearly cubes of 1 mm; slices a little thicker; or slices of up to 3.2 mm. Slices lie sagittal, axial
/// or coronal. The head is drawn on voxels of 1 mm, so that nothing finer can be measured.
fn voxel_mm(chance: &mut Chance) -> [f64; 3] {
    let kind = chance.between(0.0, 1.0);
    let orientation = chance.between(0.0, 1.0);
    let [in_plane, thin, thick] = [
        chance.between(1.0, 1.25),
        chance.between(1.0, 1.6),
        chance.between(1.8, 3.2),
    ];
    let (in_plane, slice) = match kind {
        ..0.45 => (1.0, chance.between(1.0, 1.1)),
        ..0.8 => (in_plane, thin),
        _ => (in_plane, thick),
    };
    let axis = match orientation {
        ..0.55 => 0,
        ..0.9 => 2,
        _ => 1,
    };
    let mut edges = [in_plane; 3];
    edges[axis] = slice;
    edges
}

fn lowest_mm(chance: &mut Chance) -> Option<f64> {
    let is_cut = chance.happens(0.4);
    let lowest_mm = chance.between(-125.0, -68.0);
    is_cut.then_some(lowest_mm)
}

fn export(chance: &mut Chance) -> Export {
    let is_bent = chance.happens(0.5);
    let gamma = f64::exp(chance.normal(0.0, 0.2)).clamp(0.6, 1.6);
    let is_cut = chance.happens(0.45);
    let low = chance.normal(0.0, 0.025).clamp(-0.03, 0.06);
    let high = chance.between(1.25, 2.6);
    let most_counts = if chance.happens(0.6) { 255 } else { 4095 };
    Export {
        gamma: if is_bent { gamma } else { 1.0 },
        window: is_cut.then_some(Window {
            of_white: [low, high],
            most_counts,
        }),
        counts_of_white: log_between(chance, [120.0, 1500.0]),
    }
}

/// Even in the logarithm.
fn log_between(chance: &mut Chance, [low, high]: [f64; 2]) -> f64 {
    chance.between(low.ln(), high.ln()).exp()
}
