//! The anatomy of a patient in numbers, and how it follows from diagnosis, age and sex.

use super::chance::Chance;
use super::field::uniform;
use super::leak::LeakShape;
use super::patient::{normal, normal_within};
use super::{Diagnosis, Sex};
use rand::Rng;

/// Where a cyst lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CystSite {
    /// In the left middle cranial fossa, in front of the temporal lobe.
    MiddleFossaLeft,
    /// In the right middle cranial fossa.
    MiddleFossaRight,
    /// Behind the cerebellum.
    Retrocerebellar,
    /// In place of the pineal gland.
    Pineal,
}

/// A bag of CSF.
#[derive(Clone, Debug, PartialEq)]
pub struct Cyst {
    /// Where.
    pub site: CystSite,
    /// Half its mean width, mm.
    pub radius_mm: f32,
    /// Open to the subarachnoid space; otherwise it has a wall all round.
    pub is_open: bool,
}

/// The anatomy, as far as it was drawn as a number. Lengths of brain structures are in mm of a
/// template of the size of the MNI template; [`Shape::scale`] makes them those of the patient.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// World mm per template mm along x, y and z.
    pub scale: [f32; 3],
    /// How far one frontal and the other occipital lobe protrude, per mm from the midline.
    pub torque: f32,
    /// Width of the subarachnoid space over the convexity, mm.
    pub gap_mm: f32,
    /// By which share it and the sulci are narrower at the vertex and along the falx.
    pub tight_vertex: f32,
    /// Half the width of a sulcus at its mouth, mm.
    pub sulcus_mm: f32,
    /// How deep sulci reach on average, mm; the named ones reach deeper.
    pub sulcus_depth_mm: f32,
    /// Half the width of the Sylvian fissure, mm.
    pub sylvian_mm: f32,
    /// By how much cisterns at the base are wider (positive) or narrower, mm.
    pub cistern_mm: f32,
    /// How thick the cortex is, mm.
    pub ribbon_mm: f32,
    /// How much further out than a young adult's the walls of the lateral ventricles are, mm;
    /// left and right.
    pub ventricle_mm: [f32; 2],
    /// The same for each side wall of the third ventricle.
    pub third_mm: f32,
    /// The same for the fourth ventricle.
    pub fourth_mm: f32,
    /// Radius of the aqueduct, mm.
    pub aqueduct_mm: f32,
    /// By how much what lies around the ventricles is pushed outwards: 0 not at all.
    pub push: f32,
    /// How far the brain has sunk at the tentorial notch, mm.
    pub sag_mm: f32,
    /// Radius of the sagittal sinus, mm.
    pub sinus_mm: f32,
    /// Thickness of the vault, mm.
    pub skull_mm: f32,
    /// Thickness of the fat under the skin, mm.
    pub fat_mm: f32,
    /// The cyst of patients who have one.
    pub cyst: Option<Cyst>,
    /// What only a head after intravenous contrast has; the others are drawn without it.
    pub(super) leak: Option<LeakShape>,
    /// What only a head has that is drawn as fine as a scan shows it.
    pub(super) fine: Option<FineShape>,
}

/// What a scan shows and the transport of tracer does not need. Lengths are mm of the template.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FineShape {
    /// How much deeper sulci reach, mm.
    pub deeper_mm: f32,
    /// How far the belly of the pons bulges, mm.
    pub pons_mm: f32,
    /// How much larger the cerebellum is, mm at each side.
    pub cerebellum_mm: f32,
    /// Radius of the larger arteries of the base, mm.
    pub artery_mm: f32,
    /// Radius of veins over the convexity and in it, mm.
    pub vein_mm: f32,
}

impl Shape {
    pub(super) fn draw(rng: &mut impl Rng, diagnosis: Diagnosis, age_years: f64, sex: Sex) -> Self {
        let old = ((age_years - 20.0) / 60.0).clamp(0.0, 1.1) as f32;
        let mut shape = Self::healthy(rng, old, sex);
        shape.adapt(rng, diagnosis);
        shape
    }

    /// Ventricles and sulci widen with age. The numbers were chosen so that volumes and the Evans
    /// index of heads come out in the ranges that the tests hold them to.
    fn healthy(rng: &mut impl Rng, old: f32, sex: Sex) -> Self {
        let mut around = |mean: f32, sd: f32| {
            let x = normal_within(rng, [0.0, 1.0], [-2.0, 2.0]) as f32;
            mean + sd * x
        };
        let size = match sex {
            Sex::Female => 0.918,
            Sex::Male => 0.955,
        };
        let size = around(size, 0.014);
        let scale = [(); 3].map(|()| size * around(1.0, 0.013));
        let ventricle = around(-0.3 + 1.3 * old, 0.75);
        Self {
            scale,
            torque: around(0.025, 0.01),
            gap_mm: around(1.25 + 0.85 * old, 0.2),
            tight_vertex: 0.0,
            sulcus_mm: around(0.6 + 0.4 * old, 0.07),
            sulcus_depth_mm: around(17.0, 0.8),
            sylvian_mm: around(1.1 + 0.9 * old, 0.2),
            cistern_mm: around(0.5 * old, 0.4),
            ribbon_mm: around(2.6 - 0.25 * old, 0.1),
            ventricle_mm: [ventricle + around(0.2, 0.25), ventricle],
            third_mm: around(0.9 * old, 0.25),
            fourth_mm: around(0.2 * old, 0.3),
            aqueduct_mm: around(1.0, 0.1),
            push: 0.0,
            sag_mm: 0.0,
            sinus_mm: around(4.0, 0.4),
            skull_mm: around(6.3, 0.7),
            fat_mm: around(3.4, 0.8),
            cyst: None,
            leak: None,
            fine: None,
        }
    }

    /// The same head with what a scan shows beside it.
    pub(super) fn finer(&self, seed: u64) -> Self {
        let mut chance = Chance::of(seed, "scanner", "anatomy");
        let mut between = |low: f64, high: f64| chance.between(low, high) as f32;
        let fine = FineShape {
            deeper_mm: between(1.5, 4.0),
            pons_mm: between(2.0, 4.0),
            cerebellum_mm: between(0.5, 2.0),
            artery_mm: between(1.3, 1.9),
            vein_mm: between(0.7, 1.2),
        };
        Self {
            fine: Some(fine),
            ..self.clone()
        }
    }

    fn adapt(&mut self, rng: &mut impl Rng, diagnosis: Diagnosis) {
        // Drawn for all, so that the diagnosis does not shift what is drawn later.
        let [a, b, c, d] = [(); 4].map(|()| normal(rng).clamp(-2.0, 2.0) as f32);
        let [u, v] = [(); 2].map(|()| uniform(rng));
        match diagnosis {
            Diagnosis::Reference => {}
            Diagnosis::ArachnoidCyst => {
                let site = match u {
                    0.0..0.4 => CystSite::MiddleFossaLeft,
                    0.4..0.6 => CystSite::MiddleFossaRight,
                    _ => CystSite::Retrocerebellar,
                };
                self.cyst = Some(Cyst {
                    site,
                    radius_mm: 17.0 + 3.0 * a,
                    is_open: v < 0.6,
                });
            }
            Diagnosis::PinealCyst => {
                self.cyst = Some(Cyst {
                    site: CystSite::Pineal,
                    radius_mm: 5.0 + 5.0 * u,
                    is_open: false,
                });
            }
            Diagnosis::Iih => self.slit(a, b),
            Diagnosis::Sih => {
                self.sag_mm = 12.0 + 1.4 * a;
                self.cistern_mm -= 1.8;
                self.sinus_mm += 1.6 + 0.3 * b;
                self.gap_mm *= 0.85;
            }
            Diagnosis::Inph => self.inph([a, b, c, d]),
            Diagnosis::Hydrocephalus => {
                let grown = (8.6 + 1.3 * a).max(6.0);
                self.widen(grown, 0.32 + 0.05 * b);
                self.third_mm += 2.6 + 0.6 * c;
                self.fourth_mm += 1.2 + 0.8 * d;
                self.gap_mm *= 0.6;
                self.sulcus_mm *= 0.7;
                self.cistern_mm -= 0.5;
            }
        }
    }

    /// Slit ventricles and little room.
    fn slit(&mut self, a: f32, b: f32) {
        for wall in &mut self.ventricle_mm {
            *wall = (*wall - 0.9 + 0.2 * a).min(-1.2);
        }
        self.third_mm = (self.third_mm - 0.3).max(-0.5);
        self.gap_mm *= 0.8;
        self.sulcus_mm *= 0.85;
        self.fat_mm += 1.2 + 0.4 * b;
    }

    /// Wide ventricles and Sylvian fissures under a tight high convexity.
    fn inph(&mut self, [a, b, c, d]: [f32; 4]) {
        self.widen((6.9 + 0.9 * a).max(5.4), 0.22 + 0.03 * b);
        self.gap_mm *= 0.65;
        self.third_mm += 1.8 + 0.4 * c;
        self.fourth_mm += 0.6;
        self.aqueduct_mm += 0.3;
        self.sylvian_mm += 2.4 + 0.4 * d;
        self.cistern_mm += 0.6;
        self.tight_vertex = 0.72;
    }

    fn widen(&mut self, grown: f32, push: f32) {
        let [left, right] = self.ventricle_mm;
        self.ventricle_mm = [grown + 0.7 * (left - right), grown];
        self.push = push;
    }
}
