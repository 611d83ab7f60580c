//! From T1 to signal.

/// Relaxivity of gadobutrol in water at 3 T and 37 C, l/mmol/s (Rohrer and others 2005).
pub const R1_L_PER_MMOL_S: f64 = 3.2;

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
    /// From the inversion to the echo at the centre of k-space, ms.
    #[must_use]
    pub fn inversion_ms(&self) -> f64 {
        self.delay_ms + f64::from(self.centre_echo - 1) * self.echo_spacing_ms
    }

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

impl Sequence {
    /// Longitudinal magnetisation that an echo at the centre of k-space finds, with its sign, in
    /// shares of that at rest: all of the signal that depends on T1. Falls as T1 rises.
    #[must_use]
    pub fn weight(&self, t1_ms: f64) -> f64 {
        match self {
            Self::Tfe(tfe) => tfe.magnetisation(t1_ms),
            Self::Spgr(spgr) => {
                let e1 = (-spgr.tr_ms / t1_ms).exp();
                (1.0 - e1) / (1.0 - e1 * spgr.flip_deg.to_radians().cos())
            }
        }
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
    let (flip_deg, te_ms) = match sequence {
        Sequence::Tfe(tfe) => (tfe.flip_deg, tfe.te_ms),
        Sequence::Spgr(spgr) => (spgr.flip_deg, spgr.te_ms),
    };
    pd * flip_deg.to_radians().sin() * sequence.weight(t1_ms) * (-te_ms / t2star_ms).exp()
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
