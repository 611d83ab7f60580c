//! The blinded picture: a code and pixels, and nothing else.

use super::{CaseCode, StudyError};
use crate::volume::{PLANE_SIZE, PlaneImage, PlanePair};

/// The two planes of a case as a rater gets them.
///
/// Images of all arms have one size and 8 bits: no header, no compression (whose length would differ
/// between a smooth prediction and a noisy scan), and not which pixels lay inside the scan (which
/// would differ between two grids). Whether their values are alike too is what
/// [`Equalise`](super::Equalise) decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseImage {
    /// The case.
    pub code: CaseCode,
    /// Row-major 256 x 256, row 0 at the top; 0..=255 stands for 0..=1.
    pub axial: Vec<u8>,
    /// As `axial`.
    pub sagittal: Vec<u8>,
}

impl CaseImage {
    /// How many values a plane has.
    pub const N_VALUES: usize = PLANE_SIZE * PLANE_SIZE;

    /// Takes a plane pair; values outside 0..=1 are clamped.
    ///
    /// # Errors
    /// When a plane is not 256 x 256 or holds a NaN.
    pub fn from_pair(code: CaseCode, pair: &PlanePair) -> Result<Self, StudyError> {
        let axial = quantise(&code, "axial", &pair.axial)?;
        let sagittal = quantise(&code, "sagittal", &pair.sagittal)?;
        Ok(Self {
            code,
            axial,
            sagittal,
        })
    }

    /// The axial plane as 0..=1, each value within 1 / 510 of what went in.
    pub fn axial_unit(&self) -> Vec<f32> {
        to_unit(&self.axial)
    }

    /// The sagittal plane as 0..=1.
    pub fn sagittal_unit(&self) -> Vec<f32> {
        to_unit(&self.sagittal)
    }
}

fn to_unit(values: &[u8]) -> Vec<f32> {
    values
        .iter()
        .map(|&value| f32::from(value) / 255.0)
        .collect()
}

/// The nearest of 256 steps.
pub(super) fn to_8_bits(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn quantise(
    code: &CaseCode,
    name: &'static str,
    plane: &PlaneImage,
) -> Result<Vec<u8>, StudyError> {
    let refuse = |problem: String| StudyError::Picture {
        code: code.to_string(),
        plane: name,
        problem,
    };
    if plane.data.len() != CaseImage::N_VALUES {
        return Err(refuse(format!(
            "it has {} values, not 256 x 256",
            plane.data.len()
        )));
    }
    match plane.data.iter().position(|value| value.is_nan()) {
        Some(idx) => {
            let (row, column) = (idx / PLANE_SIZE, idx % PLANE_SIZE);
            Err(refuse(format!(
                "row {row}, column {column} is not a number"
            )))
        }
        None => Ok(plane.data.iter().map(|&value| to_8_bits(value)).collect()),
    }
}
