//! What the tracer meets on its way: every coefficient with its unit and its source.

/// How tracer comes into the spinal space below the foramen magnum, evenly by volume, as an injection
/// in the lumbar sac is seen from there: a first wave within hours, and a slow release of what stayed
/// below.
///
/// Each of the two comes at a rate proportional to `exp(-t / decay) - exp(-t / rise_s)`, with t
/// counted from `delay_s` after the injection, and brings its share of `amount_mmol` over all
/// time. One such term is the form that Riseth and others give the concentration around the
/// brain; as an influx, one alone cannot follow Gonzo's totals both at 4 h and at 70 h.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Influx {
    /// Tracer that comes in over all time, mmol. More than is in the head at any one time, which
    /// is about a quarter of the 0.5 mmol injected, because tracer is cleared meanwhile.
    pub amount_mmol: f64,
    /// Share of the first wave in that.
    pub wave_share: f64,
    /// Time constant by which the first wave decays, s.
    pub wave_decay_s: f64,
    /// Time constant by which the slow release decays, s.
    pub decay_s: f64,
    /// Time constant of the rise of both, s; shorter than their decay.
    pub rise_s: f64,
    /// From the injection to the first tracer at the foramen magnum, s.
    pub delay_s: f64,
}

impl Influx {
    /// Tracer that has come in by `time_s` after the injection, mmol.
    #[must_use]
    pub fn entered_mmol(&self, time_s: f64) -> f64 {
        let t = (time_s - self.delay_s).max(0.0);
        let filled = |tau: f64| tau * -(-t / tau).exp_m1();
        let come = |decay: f64| (filled(decay) - filled(self.rise_s)) / (decay - self.rise_s);
        let wave = self.wave_share * come(self.wave_decay_s);
        self.amount_mmol * (wave + (1.0 - self.wave_share) * come(self.decay_s))
    }
}

/// How time is cut: steps of `first_s` when the first tracer arrives, before and after it by
/// `growth` of the time to it, and never more than `longest_s`. Any choice is stable; error falls with the square of the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// The first step, s.
    pub first_s: f64,
    /// A step as a share of the time to or since the arrival.
    pub growth: f64,
    /// The longest step, s.
    pub longest_s: f64,
    /// Residual of the linear system of a step, as a share of its right side (Euclidean norms).
    /// Mass balance does not depend on it.
    pub tolerance: f64,
}

/// Coefficients of transport in one patient.
///
/// Lengths are mm and times are s, as in the names; flows are ml/day, as clinicians give them.
/// Where a field says "fitted", the value is that which brings a head to the tracer totals of
/// the Gonzo data set (Riseth and others 2025: one volunteer, 0.5 mmol of gadobutrol, 4 to 70 h).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// Free diffusion of gadobutrol in CSF at 37 C, mm2/s (Valnes and others 2020).
    pub csf_diffusion: f64,
    /// Effective diffusion in grey matter, mm2/s: mean diffusivity of water by diffusion MRI,
    /// 9.258e-4, times the ratio 3.8e-4 / 3.0e-3 of free diffusion (Zapf and others 2022).
    pub grey_diffusion: f64,
    /// The same in white matter, mm2/s, from 8.676e-4.
    pub white_diffusion: f64,
    /// The same in the brainstem, mm2/s, from 1.0603e-3.
    pub brainstem_diffusion: f64,
    /// Dispersion factor R of tissue: effective diffusion is `(1 + R)` times the above. What
    /// perivascular spaces and pulsation add to diffusion; 2.5 fits tracer in whole brains when
    /// clearance is fitted along (Vinje and others 2023). Fitted.
    pub tissue_dispersion: f64,
    /// Share of the tissue that tracer can fill; tissue at rest with CSF holds `porosity` times
    /// its concentration. Extracellular .20 and perivascular .02, with blood .04, in Causemann and
    /// others 2025; Gonzo's tissue holds up to .4 of the concentration in CSF. Fitted between.
    pub porosity: f64,
    /// Dispersion factor R of pulsation in the subarachnoid space over the hemispheres: the
    /// effective diffusion in CSF is `(1 + R) csf_diffusion`. Mean .88 by the heart and .73 by
    /// breathing (Causemann and others 2025). Half the pulsation is a quarter of R.
    pub sas_dispersion: f64,
    /// R in the cisterns, which pulsation moves more than the space over the hemispheres. Chosen, as
    /// below the foramen magnum, by what is seen: tracer from a lumbar injection is in the basal
    /// cisterns at 1 to 3 h (radionuclide cisternography), and at 1 to 2 h in the cisterna magna and
    /// in front of the brainstem (the tracer study's examples).
    pub cistern_dispersion: f64,
    /// R in the lateral, third and fourth ventricles: mean 5.6 and 21.3 for the third and fourth
    /// (same source); the lateral ventricles are taken to mix as well as they do.
    pub ventricle_dispersion: f64,
    /// R in the aqueduct: 320 is the greatest value in the same source.
    pub aqueduct_dispersion: f64,
    /// R below the foramen magnum, where pulsation moves several ml/s through a few cm2. Chosen
    /// with that of the cisterns, for no published mean was found.
    pub spinal_dispersion: f64,
    /// Permeability of pia and ependyma between CSF and interstitial fluid, mm/s. Published
    /// values are 2.6e-5 (Causemann and others 2025) and 1.0e-5 (interstitium) to 3.7e-4
    /// (perivascular spaces; Riseth and others). Fitted, within these.
    pub pia_mm_per_s: f64,
    /// Permeability of the wall of a closed cyst towards the CSF around it, mm/s; that of the pia
    /// in Causemann and others 2025.
    pub cyst_wall_mm_per_s: f64,
    /// Rate at which tracer leaves the tissue for blood, 1/s: 2.0e-6 (Riseth and others).
    pub tissue_clearance_per_s: f64,
    /// CSF that the upper convexity clears of tracer besides the flow that leaves there, ml/day:
    /// diffusion through the arachnoid and the parasagittal dura. The permeability 8.0e-7 m/s of
    /// Causemann and others 2025 over 200 cm2 would make 1400 ml/day. Gonzo's totals are met by
    /// the flow alone, so 0 unless asked for.
    pub outlet_clearance_ml_per_day: f64,
    /// CSF that the whole intracranial subarachnoid space, cisterns included, clears of tracer,
    /// ml/day, evenly by volume: along cranial nerves, the cribriform plate and meningeal
    /// lymphatics. As above, 0 unless asked for.
    pub sas_clearance_ml_per_day: f64,
    /// When and how much tracer arrives. Fitted.
    pub influx: Influx,
    /// Net flow through the aqueduct, ml/day: positive from the ventricles to the cisterns,
    /// negative for reflux. The lateral ventricles make or absorb it, evenly by volume; what they
    /// absorb takes its tracer along. Healthy: 295 +- 53 (Ringstad and others 2017: phase-contrast
    /// MRI of iNPH gives -1100 +- 2200, of which only a part can be bulk flow).
    pub aqueduct_net_ml_per_day: f64,
    /// Net flow upwards through the foramen magnum, ml/day, clean of tracer but for `influx`.
    /// Phase-contrast MRI gives 4500 +- 5000 in health (same source), most of it exchange and not
    /// bulk flow. Fitted.
    pub craniocervical_ml_per_day: f64,
    /// How time is cut.
    pub steps: Steps,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            csf_diffusion: 3.8e-4,
            grey_diffusion: 1.17e-4,
            white_diffusion: 1.10e-4,
            brainstem_diffusion: 1.34e-4,
            tissue_dispersion: 3.5,
            porosity: 0.38,
            sas_dispersion: 1.61,
            cistern_dispersion: 300.0,
            ventricle_dispersion: 26.9,
            aqueduct_dispersion: 320.0,
            spinal_dispersion: 300.0,
            pia_mm_per_s: 3.7e-4,
            cyst_wall_mm_per_s: 2.6e-5,
            tissue_clearance_per_s: 2.0e-6,
            outlet_clearance_ml_per_day: 0.0,
            sas_clearance_ml_per_day: 0.0,
            influx: Influx {
                amount_mmol: 0.345,
                wave_share: 0.15,
                wave_decay_s: 7200.0,
                decay_s: 122_000.0,
                rise_s: 600.0,
                delay_s: 0.0,
            },
            aqueduct_net_ml_per_day: 295.0,
            craniocervical_ml_per_day: 400.0,
            steps: Steps {
                first_s: 300.0,
                growth: 0.3,
                longest_s: 18_000.0,
                tolerance: 3e-4,
            },
        }
    }
}
