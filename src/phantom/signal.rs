//! What a scanner makes of tissue and tracer: relaxation, two sequences, and how a scan spoils
//! its picture.
//!
//! What it is: the inversion-prepared turbo field echo (TFE) by which the Oslo group models its
//! T1-weighted scans (Valnes and others, Sci Rep 2020, supplement; Zapf's book code), a plain
//! spoiled gradient echo (SPGR) beside it, and bias, noise and gain. What it is not: a Bloch
//! simulation; slices have no profile, and tracer shortens T1 only.
//!
//! Invariant: a voxel's noise depends on its seed and index only, so the order of the work and
//! the number of threads do not matter.

use super::tissue::Tissue;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Relaxivity of gadobutrol in water at 3 T and 37 C, l/mmol/s (Rohrer and others 2005).
pub const R1_L_PER_MMOL_S: f64 = 3.2;

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

/// The inversion-prepared TFE (MPRAGE): an inversion, a delay, a train of echoes of which the
/// middle one fills the centre of k-space, and a rest until the next inversion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tfe {
    /// From inversion to inversion, ms.
    pub shot_ms: f64,
    /// From the inversion to the first echo, ms.
    pub delay_ms: f64,
    /// From echo to echo, ms.
    pub echo_spacing_ms: f64,
    /// Echoes of a shot.
    pub n_echoes: u32,
    /// The echo at the centre of k-space, counted from 1.
    pub centre_echo: u32,
    /// Flip angle, degrees.
    pub flip_deg: f64,
    /// Echo time, ms.
    pub te_ms: f64,
}

impl Default for Tfe {
    /// As the group's code has it: inversion time 255 + 115 x 5.199 = 853 ms.
    fn default() -> Self {
        Self {
            shot_ms: 3000.0,
            delay_ms: 255.0,
            echo_spacing_ms: 5.199,
            n_echoes: 232,
            centre_echo: 116,
            flip_deg: 8.0,
            te_ms: 2.3,
        }
    }
}

impl Tfe {
    /// Longitudinal magnetisation before the centre echo, in shares of that at rest; negative for
    /// T1 over 4379.6 ms at the default settings (Valnes and others 2020, supplement S11).
    #[must_use]
    pub fn magnetisation(&self, t1_ms: f64) -> f64 {
        let decay = |ms: f64| (-ms / t1_ms).exp();
        let last = self.n_echoes as i32 - 1;
        let rest_ms = self.shot_ms - self.delay_ms - f64::from(last) * self.echo_spacing_ms;
        let a = self.flip_deg.to_radians().cos();
        let b = decay(self.echo_spacing_ms);
        let g = decay(self.delay_ms);
        let d = decay(rest_ms);
        let r = decay(self.shot_ms);
        // What a train of pulses leaves of the old magnetisation, and what grew beside it.
        let kept = |pulses: i32| (a * b).powi(pulses);
        let grown = |pulses: i32| (1.0 - b) * (1.0 - kept(pulses)) / (1.0 - a * b);
        let a_all = r * a.powi(last + 1);
        let steady = -(1.0 - d + d * a * grown(last) + d * a * kept(last) - a_all) / (1.0 + a_all);
        let before = self.centre_echo as i32 - 1;
        grown(before) + kept(before) * (1.0 - g) + g * kept(before) * steady
    }
}

/// The spoiled gradient echo that the printed TR, TE and flip angle would make on their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spgr {
    /// Repetition time, ms.
    pub tr_ms: f64,
    /// Echo time, ms.
    pub te_ms: f64,
    /// Flip angle, degrees.
    pub flip_deg: f64,
}

impl Default for Spgr {
    fn default() -> Self {
        Self {
            tr_ms: 5.1,
            te_ms: 2.3,
            flip_deg: 8.0,
        }
    }
}

/// How the scan was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sequence {
    /// Inversion-prepared; the default.
    Tfe(Tfe),
    /// Plain.
    Spgr(Spgr),
}

impl Default for Sequence {
    fn default() -> Self {
        Self::Tfe(Tfe::default())
    }
}

/// T1 with tracer, ms: `1 / T1 = 1 / T1_0 + r1 c`.
#[must_use]
pub fn t1_with_tracer(t1_0_ms: f64, c_mmol_per_l: f64) -> f64 {
    1.0 / (1.0 / t1_0_ms + 1e-3 * R1_L_PER_MMOL_S * c_mmol_per_l)
}

/// Transverse magnetisation with its sign, in shares of the proton density of CSF. Sum this over
/// the tissues of a voxel, each times its share, before the magnitude is taken.
#[must_use]
pub fn signed_signal(
    sequence: &Sequence,
    t1_0_ms: f64,
    pd: f64,
    t2star_ms: f64,
    c_mmol_per_l: f64,
) -> f64 {
    let t1_ms = t1_with_tracer(t1_0_ms, c_mmol_per_l);
    let (weight, flip_deg, te_ms) = match sequence {
        Sequence::Tfe(tfe) => (tfe.magnetisation(t1_ms), tfe.flip_deg, tfe.te_ms),
        Sequence::Spgr(spgr) => {
            let e1 = (-spgr.tr_ms / t1_ms).exp();
            let cos = spgr.flip_deg.to_radians().cos();
            ((1.0 - e1) / (1.0 - e1 * cos), spgr.flip_deg, spgr.te_ms)
        }
    };
    pd * flip_deg.to_radians().sin() * weight * (-te_ms / t2star_ms).exp()
}

/// What a magnitude image shows of one tissue: the absolute value of [`signed_signal`]. T1 and
/// T2* in ms (an infinite T2* leaves its decay out), concentration in mmol per litre of what the
/// T1 belongs to.
#[must_use]
pub fn signal(
    sequence: &Sequence,
    t1_0_ms: f64,
    pd: f64,
    t2star_ms: f64,
    c_mmol_per_l: f64,
) -> f64 {
    signed_signal(sequence, t1_0_ms, pd, t2star_ms, c_mmol_per_l).abs()
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
fn normals(seed: u64, counter: u64) -> [f32; 2] {
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
