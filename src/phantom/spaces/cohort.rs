//! Who has spaces: adults of all ages, half of them women; and how many spaces they have.

use super::super::chance::Chance;
use super::super::field::uniform;
use super::super::{Diagnosis, Patient, Shape};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Years.
const AGES: [f64; 2] = [20.0, 85.0];

/// `n` adults without disease, whose ages are spread evenly from 20 to 85 years.
#[must_use]
pub fn spaces_cohort(n: usize, seed: u64) -> Vec<Patient> {
    (0..n).map(|idx| patient(idx, seed)).collect()
}

fn patient(idx: usize, cohort_seed: u64) -> Patient {
    let drawn = Patient::draw(idx, cohort_seed, Diagnosis::Reference);
    let mut rng = ChaCha8Rng::seed_from_u64(drawn.seed ^ 0x7370_6163);
    let [low, high] = AGES;
    let age_years = low + (high - low) * f64::from(uniform(&mut rng));
    let is_female = f64::from(uniform(&mut rng)) < 0.5;
    let sex = match is_female {
        true => super::super::Sex::Female,
        false => super::super::Sex::Male,
    };
    Patient {
        age_years,
        sex,
        shape: Shape::draw(&mut rng, drawn.diagnosis, age_years, sex),
        ..drawn
    }
}

/// How many spaces a patient has, as multiples of a middle-aged woman's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Burden {
    /// In white matter: falls to the mid-thirties, then rises (Kim 2022), more in men (Piantino 2020).
    pub(super) white: f64,
    /// In the basal ganglia: rises with age and in men (Zhu 2010).
    pub(super) basal: f64,
    /// In hippocampi, midbrain and thalami.
    pub(super) rest: f64,
    /// How wide spaces are in this head.
    pub(super) width: f64,
}

impl Burden {
    pub(super) fn of(patient: &Patient) -> Self {
        let mut chance = Chance::of(patient.seed, "spaces", "burden");
        let age = patient.age_years;
        let is_male = patient.sex == super::super::Sex::Male;
        let old = ((age - 35.0) / 40.0).max(0.0);
        let young = ((35.0 - age) / 15.0).max(0.0);
        let mut head = |spread: f64| f64::exp(chance.normal(0.0, spread));
        let white = head(0.5) * (0.6 + 0.1 * young + 0.8 * old) * if is_male { 1.25 } else { 1.0 };
        let basal = head(0.45) * (0.55 + 0.9 * old) * if is_male { 1.3 } else { 1.0 };
        let rest = head(0.6) * (0.7 + 0.5 * old);
        Self {
            white,
            basal,
            rest,
            width: head(0.1),
        }
    }
}
