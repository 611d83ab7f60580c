//! Making the pictures of all arms alike in what is not the picture as an eye sees it.
//!
//! A real scan and a prediction differ in noise, sharpness, histogram and field of view, so that a
//! file tool tells them apart without an eye. Here every arm of a patient gets the same field and
//! the same outside, every arm of the study the same mean spectrum, and every picture noise of its
//! own. What remains is what a person grades: shapes, blur, contrast.

mod mask;
mod spectrum;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use self::mask::HeadMask;
use self::spectrum::{Filters, Spectra};
use super::{CaseCode, CaseImage, StudyError, image::to_8_bits};
use crate::volume::{PlaneImage, PlanePair};

/// How far the arms of a study are made alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Equalise {
    /// One field, one outside, one mean spectrum, a little noise. Who opens the pictures with a
    /// program tells arms apart by the statistics of that noise: area under the ROC curve 0.95 to
    /// 1.00, and 0.50 to 0.66 by what a file tool counts, at 33 dB. (`benches/blinding.rs`: 100
    /// studies of 60 simulated patients, scans of 24 h beside what `1-2h-l1` and `1-2h-l2` predict.)
    Standard,
    /// As standard, without what is finer than 0.4 cycles/mm and with twice the noise: 0.50 to 0.53
    /// by the noise, 0.48 to 0.54 by what a file tool counts, at 25 to 26 dB.
    Strict,
}

impl Equalise {
    /// The standard deviation of the noise that each picture gets, where the full scale is 1.
    #[must_use]
    pub fn noise_sd(self) -> f32 {
        match self {
            Self::Standard => 0.015,
            Self::Strict => 0.03,
        }
    }

    /// From where, in cycles/mm, detail fades out, and from where there is none.
    fn fade(self) -> Option<[f32; 2]> {
        match self {
            Self::Standard => None,
            Self::Strict => Some([0.30, 0.40]),
        }
    }
}

/// The planes of one image of a study, with the scan's own values.
#[derive(Clone, Debug)]
pub struct ArmPlanes {
    /// Whose.
    pub patient: String,
    /// Of which arm.
    pub arm: String,
    /// Both planes; all arms of a patient must show one place.
    pub planes: PlanePair,
}

/// Pictures of all arms made alike but for their noise, which is drawn for each time that a picture
/// is taken.
#[derive(Clone, Debug)]
pub struct Equalised {
    how: Equalise,
    /// Axial and sagittal for each of the planes that went in, before noise.
    pictures: Vec<[Vec<f32>; 2]>,
    /// What each lost, dB.
    psnr_db: Vec<f64>,
}

/// What the percentiles become: there is room for noise at both ends, so that nothing is cut off.
const LOW: f32 = 0.12;
const HIGH: f32 = 0.88;
/// The percentiles within the head that become [`LOW`] and [`HIGH`].
const PERCENTILES: [f64; 2] = [0.01, 0.99];
/// Fewer different values than this within the head are steps coarser than 1/128 of the range,
/// which noise does not hide.
const FEWEST_VALUES: usize = 128;
/// So much of the head, as all arms show it together, must be in the field of all.
const LEAST_COMMON_FIELD: f64 = 0.6;
const PLANES: [&str; 2] = ["axial", "sagittal"];

impl Equalised {
    /// Makes the arms of a study alike. The filters are learned from the patients of whom all arms
    /// are there, or from all patients where there is none.
    ///
    /// # Errors
    /// [`StudyError::Unequal`] where they cannot be made so: planes without a head, arms that have
    /// too little of it in common, values in coarse steps, the grid of a JPEG picture.
    pub fn of(arms: &[ArmPlanes], how: Equalise) -> Result<Self, StudyError> {
        let masks = masks(arms)?;
        let mut scaled = Vec::with_capacity(arms.len());
        for arm in arms {
            let mut pair = [Vec::new(), Vec::new()];
            for (at, plane) in both(&arm.planes).into_iter().enumerate() {
                let mask = &masks[&arm.patient][at];
                let refuse = |problem| Err(unequal(arm, at, problem));
                if let Some(problem) = mask.coarseness(plane) {
                    return refuse(problem);
                }
                let Some(ends) = mask.percentiles(&plane.data, PERCENTILES) else {
                    return refuse("it is all of one value".to_owned());
                };
                let unit: Vec<f32> = plane.data.iter().map(|&v| to_unit(v, ends)).collect();
                pair[at] = mask.with_outside(&unit, 0.0);
            }
            scaled.push(pair);
        }
        let filters = learn(arms, &scaled, how);
        let mut pictures = Vec::with_capacity(arms.len());
        let mut psnr_db = Vec::with_capacity(arms.len());
        for (arm, pair) in arms.iter().zip(&scaled) {
            let mut made = [Vec::new(), Vec::new()];
            for at in 0..2 {
                let mask = &masks[&arm.patient][at];
                let filtered = filters[at].apply(&arm.arm, &pair[at]);
                let ends = mask.ends(&filtered, PERCENTILES);
                let ends = ends.ok_or_else(|| unequal(arm, at, "nothing is left".to_owned()))?;
                let place = |&v: &f32| LOW + (HIGH - LOW) * to_unit(v, ends).clamp(0.0, 1.0);
                let placed: Vec<f32> = filtered.iter().map(place).collect();
                // Last, so that what is outside is the same value in every picture.
                made[at] = mask.with_outside(&placed, LOW);
            }
            let lost = (0..2).map(|at| {
                let mask = &masks[&arm.patient][at];
                mask.psnr_db(&pair[at], &made[at], HIGH - LOW, how.noise_sd())
            });
            psnr_db.push(lost.sum::<f64>() / 2.0);
            pictures.push(made);
        }
        Ok(Self {
            how,
            pictures,
            psnr_db,
        })
    }

    /// A picture of the planes at `index`, with noise that the system draws and nobody keeps: two
    /// pictures of the same planes are never the same bit by bit.
    ///
    /// # Errors
    /// [`StudyError::NoRandomness`].
    pub fn picture(&self, index: usize, code: CaseCode) -> Result<CaseImage, StudyError> {
        let mut seed = [0_u8; 32];
        getrandom::fill(&mut seed).map_err(|error| StudyError::NoRandomness(error.to_string()))?;
        let mut rng = ChaCha20Rng::from_seed(seed);
        let [axial, sagittal] = &self.pictures[index];
        let mut noisy = |plane: &[f32]| -> Vec<u8> {
            let sd = self.how.noise_sd();
            plane
                .iter()
                .map(|&value| {
                    // Triangular: the error of rounding does not depend on the value then.
                    let dither = rng.random::<f32>() - rng.random::<f32>();
                    to_8_bits(value + sd * normal(&mut rng) + dither / 255.0)
                })
                .collect()
        };
        Ok(CaseImage {
            code,
            axial: noisy(axial),
            sagittal: noisy(sagittal),
        })
    }

    /// How much of an image is kept: the peak signal-to-noise ratio within the head against its own
    /// original after the best gain and offset, where the peak is the range from the 1st to the
    /// 99th percentile; mean of both planes, dB, the noise included.
    #[must_use]
    pub fn psnr_db(&self, index: usize) -> f64 {
        self.psnr_db[index]
    }
}

fn both(pair: &PlanePair) -> [&PlaneImage; 2] {
    [&pair.axial, &pair.sagittal]
}

fn to_unit(value: f32, [low, high]: [f32; 2]) -> f32 {
    (value - low) / (high - low)
}

/// A standard normal number (Box and Muller).
fn normal(rng: &mut ChaCha20Rng) -> f32 {
    let radius = (-2.0 * (1.0 - rng.random::<f32>()).ln()).sqrt();
    radius * (std::f32::consts::TAU * rng.random::<f32>()).cos()
}

fn unequal(arm: &ArmPlanes, at: usize, problem: String) -> StudyError {
    StudyError::Unequal {
        patient: arm.patient.clone(),
        arm: arm.arm.clone(),
        plane: PLANES[at],
        problem,
    }
}

/// One mask for each patient and plane: what is head in any arm, and in the field of all.
fn masks(arms: &[ArmPlanes]) -> Result<BTreeMap<String, [HeadMask; 2]>, StudyError> {
    let mut of_patient: BTreeMap<&str, Vec<&ArmPlanes>> = BTreeMap::new();
    for arm in arms {
        of_patient.entry(&arm.patient).or_default().push(arm);
    }
    let mut masks = BTreeMap::new();
    for (patient, arms) in of_patient {
        let mask = |at: usize| -> Result<HeadMask, StudyError> {
            let planes: Vec<&PlaneImage> = arms.iter().map(|arm| both(&arm.planes)[at]).collect();
            let mask = HeadMask::of(&planes)
                .ok_or_else(|| unequal(arms[0], at, "no head is seen in it".to_owned()))?;
            let share = mask.share_in_field();
            if share < LEAST_COMMON_FIELD {
                let problem = format!(
                    "only {:.0} % of the head is in the field of all arms, and {:.0} % must be",
                    100.0 * share,
                    100.0 * LEAST_COMMON_FIELD
                );
                return Err(unequal(arms[0], at, problem));
            }
            Ok(mask)
        };
        masks.insert(patient.to_owned(), [mask(0)?, mask(1)?]);
    }
    Ok(masks)
}

/// The filters of all arms, for the axial and the sagittal plane.
fn learn(arms: &[ArmPlanes], scaled: &[[Vec<f32>; 2]], how: Equalise) -> [Filters; 2] {
    let mut n_arms: BTreeMap<&str, usize> = BTreeMap::new();
    for arm in arms {
        *n_arms.entry(&arm.patient).or_default() += 1;
    }
    let most = n_arms.values().copied().max().unwrap_or(0);
    [0, 1].map(|at| {
        let mut spectra = Spectra::default();
        for (arm, pair) in arms.iter().zip(scaled) {
            if n_arms[arm.patient.as_str()] == most {
                spectra.add(&arm.arm, &pair[at]);
            }
        }
        spectra.filters(how.fade())
    })
}
