//! Discrepant cases: grades two steps or more apart.

use serde::Serialize;

use super::{moves::steps, readings::Readings};

/// The fewest steps that are listed.
const FEWEST_STEPS: usize = 2;

/// One rater, one patient: the reference and another arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BetweenArms {
    /// Who.
    pub rater: String,
    /// Whose images.
    pub patient: String,
    /// The arm compared with the reference.
    pub arm: String,
    /// Code of the reference's case.
    pub reference_code: String,
    /// Code of the arm's case.
    pub arm_code: String,
    /// Grade on the reference.
    pub reference_grade: f64,
    /// Grade on the arm.
    pub arm_grade: f64,
    /// How far apart, in steps of the scale.
    pub n_steps: usize,
}

/// One image: the raters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BetweenRaters {
    /// The case.
    pub case_code: String,
    /// Whose image.
    pub patient: String,
    /// Which arm.
    pub arm: String,
    /// One for each rater of the study, in its order; `None` without a grade.
    pub grades: Vec<Option<f64>>,
    /// From the lowest to the highest, in steps of the scale.
    pub n_steps: usize,
}

/// All that are two steps or more apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Disagreements {
    /// By arm, rater and patient.
    pub between_arms: Vec<BetweenArms>,
    /// By arm and patient.
    pub between_raters: Vec<BetweenRaters>,
}

impl Disagreements {
    pub(super) fn of(readings: &Readings<'_>) -> Self {
        let (n_arms, n_patients) = (readings.data.protocol.arms.len(), readings.patients.len());
        let mut between_arms = Vec::new();
        for arm in 1..n_arms {
            for rater in 0..readings.n_raters() {
                let patients = 0..n_patients;
                between_arms.extend(patients.filter_map(|p| arms(readings, rater, arm, p)));
            }
        }
        let mut between_raters = Vec::new();
        for arm in 0..n_arms {
            between_raters.extend((0..n_patients).filter_map(|p| raters(readings, arm, p)));
        }
        Self {
            between_arms,
            between_raters,
        }
    }
}

fn arms(readings: &Readings<'_>, rater: usize, arm: usize, patient: usize) -> Option<BetweenArms> {
    let reference = readings.row(rater, 0, patient)?;
    let other = readings.row(rater, arm, patient)?;
    let (from, to) = (f64::from(reference.grade?), f64::from(other.grade?));
    let n_steps = steps(&readings.levels, (from, to));
    (n_steps >= FEWEST_STEPS).then(|| BetweenArms {
        rater: readings.data.protocol.raters[rater].clone(),
        patient: readings.patients[patient].to_owned(),
        arm: readings.data.protocol.arms[arm].clone(),
        reference_code: reference.case_code.clone(),
        arm_code: other.case_code.clone(),
        reference_grade: from,
        arm_grade: to,
        n_steps,
    })
}

fn raters(readings: &Readings<'_>, arm: usize, patient: usize) -> Option<BetweenRaters> {
    let raters = 0..readings.n_raters();
    let rows: Vec<_> = raters.map(|r| readings.row(r, arm, patient)).collect();
    let grades: Vec<Option<f64>> = rows
        .iter()
        .map(|row| row.and_then(|row| row.grade).map(f64::from))
        .collect();
    let given = || grades.iter().flatten().copied();
    let lowest = given().fold(f64::INFINITY, f64::min);
    let highest = given().fold(f64::NEG_INFINITY, f64::max);
    let n_steps = match lowest <= highest {
        true => steps(&readings.levels, (lowest, highest)),
        false => 0,
    };
    let code = rows.iter().flatten().next()?.case_code.clone();
    (n_steps >= FEWEST_STEPS).then(|| BetweenRaters {
        case_code: code,
        patient: readings.patients[patient].to_owned(),
        arm: readings.data.protocol.arms[arm].clone(),
        grades,
        n_steps,
    })
}
