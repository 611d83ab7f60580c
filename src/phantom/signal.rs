//! What a scanner makes of tissue and tracer: relaxation of each tissue, the sequence's signal as a
//! table, and how a scan spoils its picture by bias, noise and gain.
//!
//! Invariant: a voxel's noise depends on its seed and index only, so the order of the work and
//! the number of threads do not matter.

use super::tissue::Tissue;
use crate::signal::{Sequence, signed_signal};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a tissue gives at 3 T without tracer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relaxation {
    /// T1, ms.
    pub t1_ms: f64,
    /// Proton density; CSF is 1.
    pub pd: f64,
    /// T2*, ms.
    pub t2star_ms: f64,
}

/// T1 of CSF in the frontal horns, ms (PMC10696635), a little over that of the subarachnoid space,
/// which [`Tissue::relaxation`] gives to all CSF.
pub const VENTRICULAR_CSF_T1_MS: f64 = 4454.0;

impl Tissue {
    /// T1, proton density and T2* at 3 T.
    ///
    /// Measured T1: CSF of the subarachnoid space 4308.7 ms (PMC10696635), cortex 1607 and white
    /// matter 838 ms, deep grey between caudate 1395 and putamen 1332 ms (Wright and others,
    /// IR-TSE), fat 382 ms (de Bazelaire and others 2004). All other T1, and every proton density
    /// and T2*, are plausible values without a source.
    #[must_use]
    pub fn relaxation(self) -> Relaxation {
        let (t1_ms, pd, t2star_ms) = match self {
            Self::Air => (1000.0, 0.0, 1.0),
            Self::Scalp => (1300.0, 0.70, 25.0),
            Self::Fat => (382.0, 0.90, 35.0),
            Self::Bone => (600.0, 0.12, 1.0),
            Self::Csf => (4308.7, 1.0, 500.0),
            Self::CorticalGrey => (1607.0, 0.82, 52.0),
            Self::White => (838.0, 0.70, 48.0),
            Self::DeepGrey => (1360.0, 0.81, 42.0),
            Self::Brainstem => (950.0, 0.74, 45.0),
            Self::CerebellarGrey => (1500.0, 0.82, 50.0),
            Self::CerebellarWhite => (880.0, 0.72, 46.0),
            Self::Blood => (1850.0, 0.85, 22.0),
            Self::Globe => (4200.0, 1.0, 300.0),
            Self::Dura => (1100.0, 0.35, 8.0),
        };
        Relaxation {
            t1_ms,
            pd,
            t2star_ms,
        }
    }
}

/// [`signed_signal`] of one tissue as a table over concentration, for whole volumes.
///
/// Nodes lie evenly in the square root of concentration, and values between on a line: off by at
/// most 1e-5 of the proton density of CSF for every tissue of [`Tissue`], less than a thousandth
/// of fat's signal.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalCurve {
    nodes: Vec<f32>,
}

impl SignalCurve {
    /// Concentrations beyond this, mmol/l, get the value here.
    pub const MOST_MMOL_PER_L: f32 = 16.0;

    const N_STEPS: usize = 2048;

    /// Tabulates one tissue.
    #[must_use]
    pub fn new(sequence: &Sequence, tissue: Relaxation) -> Self {
        let node = |step: usize| {
            let root = step as f64 / Self::N_STEPS as f64;
            let c = f64::from(Self::MOST_MMOL_PER_L) * root * root;
            signed_signal(sequence, tissue.t1_ms, tissue.pd, tissue.t2star_ms, c) as f32
        };
        Self {
            nodes: (0..=Self::N_STEPS).map(node).collect(),
        }
    }

    /// The signed signal at a concentration in mmol/l; below 0 that of none.
    #[must_use]
    #[inline]
    pub fn at(&self, c_mmol_per_l: f32) -> f32 {
        let share = (c_mmol_per_l / Self::MOST_MMOL_PER_L).clamp(0.0, 1.0);
        let step = ((share.sqrt() * Self::N_STEPS as f32) as usize).min(Self::N_STEPS - 1);
        let node = |step: usize| {
            let root = step as f32 / Self::N_STEPS as f32;
            root * root
        };
        let [low, high] = [node(step), node(step + 1)];
        let [from, to] = [self.nodes[step], self.nodes[step + 1]];
        from + (to - from) * ((share - low) / (high - low))
    }
}

/// Cosines along each axis of a [`Bias`].
const BIAS_ORDER: usize = 4;

/// A smooth gain over the volume, as surface coils leave it: the exponential of a sum of
/// products of cosines, up to three half waves along each axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Bias {
    /// By half waves along x, y and z; the constant is 0.
    coefficients: [[[f32; BIAS_ORDER]; BIAS_ORDER]; BIAS_ORDER],
}

impl Bias {
    /// Draws a field whose logarithm has the root mean square `strength` over the volume; 0.1 to
    /// 0.2 is what is left after a scanner's own correction.
    #[must_use]
    pub fn new(seed: u64, strength: f64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut coefficients = [[[0.0; BIAS_ORDER]; BIAS_ORDER]; BIAS_ORDER];
        let mut power = 0.0;
        for code in 1..BIAS_ORDER.pow(3) {
            let order = [code / 16, code / 4 % 4, code % 4];
            let total: usize = order.iter().sum();
            let drawn = rng.random_range(-1.0..1.0) / (total * total) as f64;
            // The mean square of a cosine is a half, of the constant one.
            let halves = order.iter().filter(|&&o| o > 0).count() as i32;
            power += drawn * drawn * 0.5_f64.powi(halves);
            coefficients[order[0]][order[1]][order[2]] = drawn as f32;
        }
        let scale = (strength / f64::sqrt(power)) as f32;
        for c in coefficients.as_flattened_mut().as_flattened_mut() {
            *c *= scale;
        }
        Self { coefficients }
    }

    /// The gain at a point, each coordinate 0 to 1 over the volume.
    #[must_use]
    pub fn at(&self, [x, y, z]: [f32; 3]) -> f32 {
        self.row(y, z)(x)
    }

    /// The gain along a row of constant y and z, for whole volumes.
    pub fn row(&self, y: f32, z: f32) -> impl Fn(f32) -> f32 + use<> {
        let [across, up] = [y, z].map(cosines);
        let along: [f32; BIAS_ORDER] = std::array::from_fn(|i| {
            let plane = &self.coefficients[i];
            (0..BIAS_ORDER * BIAS_ORDER)
                .map(|jk| plane[jk / 4][jk % 4] * across[jk / 4] * up[jk % 4])
                .sum()
        });
        move |x| {
            let waves = cosines(x);
            let log: f32 = along.iter().zip(waves).map(|(a, w)| a * w).sum();
            log.exp()
        }
    }
}

/// Cosines of 0, 1, 2 and 3 half waves at `x` of 0 to 1.
fn cosines(x: f32) -> [f32; BIAS_ORDER] {
    let c = (std::f32::consts::PI * x).cos();
    let double = 2.0 * c * c - 1.0;
    [1.0, c, double, c * (2.0 * double - 1.0)]
}

/// The magnitude of a signal with complex Gaussian noise of standard deviation `sigma` on both
/// parts: Rician noise. The numbers are hashed from `seed` and `voxel` and nothing else.
#[must_use]
pub fn rician(signal: f32, sigma: f32, seed: u64, voxel: u64) -> f32 {
    let [along, across] = normals(seed, voxel);
    (signal + sigma * along).hypot(sigma * across)
}

/// The gain of one scan against another of the same scanner: log-normal, a quarter up or down,
/// hashed from the patient's seed and the number of the scan.
#[must_use]
pub fn scan_gain(seed: u64, scan_idx: u64) -> f32 {
    let [drawn, _] = normals(seed ^ 0x6761_696e_0000_0000, scan_idx);
    (0.22 * drawn.clamp(-2.5, 2.5)).exp()
}

/// Two independent standard normal numbers by Box and Muller, from two hashes.
pub(super) fn normals(seed: u64, counter: u64) -> [f32; 2] {
    let bits = mixed(mixed(seed) ^ counter);
    // 32 bits each; half a step keeps the logarithm off zero.
    let unit = |bits: u64| (bits as u32 as f32 + 0.5) / 4_294_967_296.0;
    let radius = (-2.0 * unit(bits).min(1.0).ln()).sqrt();
    let (sin, cos) = (std::f32::consts::TAU * unit(bits >> 32)).sin_cos();
    [radius * cos, radius * sin]
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014) after its increment.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
