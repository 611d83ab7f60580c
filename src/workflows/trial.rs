//! A network on patients that it never saw: errors with intervals, grades beside those of the real planes,
//! and how far it is off where it is unsure.

use super::grade::{LabelMaps, RegionsBy};
use crate::anatomy::{ENRICHED_GRADE, PLANE_GRADES, PlaneReflux};
use crate::formats::bids;
use crate::models::tracer::{
    Baselines, Case, Cases, Errors, Estimated, Evaluation, Grading, Inputs, Judged, PLANE_PIXELS,
    Predictor, SpreadCalibration, TracerCard, Trial,
};
use crate::models::{Card, Compute};
use crate::stats::{
    Interval, Metric, Outcome, Ratings, StatsError, TransitionMatrix, alpha_with_interval, auroc,
    ratio_of_sums, wilson,
};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const CONFIDENCE: f64 = 0.95;
const N_RESAMPLES: usize = 10_000;
/// What bootstrap samples are drawn from.
const SEED: u64 = 1;

/// A pixel brighter than this in the real or in the predicted plane is of the head.
const HEAD: f32 = 0.02;

/// One patient of a trial, on one of the scanners if there were several.
#[derive(Clone, Debug, Serialize)]
pub struct PatientTrial {
    /// What follows `sub-`.
    pub subject: String,
    /// What follows `acq-` in the names of the scans, where all of them say the same.
    pub acquisition: Option<String>,
    /// The network's errors.
    #[serde(flatten)]
    pub errors: Errors,
    /// Those of the baselines.
    pub baselines: Baselines,
    /// The grade of the real axial plane.
    pub real: Option<PlaneReflux>,
    /// The grade of the predicted one.
    pub predicted: Option<PlaneReflux>,
    /// By what regions were known.
    pub regions_by: Option<RegionsBy>,
    /// Why there is no grade.
    pub no_grade: Option<String>,
    /// `reflux_grade` of `participants.tsv`.
    pub told_grade: Option<String>,
    /// Why its planes may lie wrong, and what is strange about its first scan.
    pub not_sure: Vec<String>,
    /// What was predicted, `[2, 256, 256]`.
    #[serde(skip)]
    pub made: Vec<f32>,
    /// How far predictions of changed inputs lie apart, in the same order.
    #[serde(skip)]
    pub spread: Vec<f32>,
}

/// How the grades of predicted planes go with those of the real ones.
#[derive(Clone, Debug, Serialize)]
pub struct GradeStatistics {
    /// The share of patients in whom both are the same.
    pub agreement: Outcome,
    /// Krippendorff's alpha, ordinal.
    pub alpha: Outcome,
    /// The area under the ROC curve for an enriched real plane, by the predicted ventricles over white
    /// matter.
    pub auc_enriched: Outcome,
    /// The share that has the commonest grade of the real planes.
    pub commonest: f64,
    /// Rows are the real planes' grades, columns the predicted ones'.
    pub transitions: TransitionMatrix,
}

/// A trial with its statistics.
pub struct NetworkTrial {
    /// As the card tells it.
    pub trial: Trial,
    /// The patients, in order; one who was scanned on several scanners stands there for each.
    pub patients: Vec<PatientTrial>,
    /// Mean squared error; this and the next two with intervals from drawing patients, not scanners.
    pub mse: Outcome,
    /// Mean absolute error.
    pub mae: Outcome,
    /// MSE over that of the best baseline.
    pub of_best: Outcome,
    /// The grades; none where no patient has both.
    pub grades: Option<GradeStatistics>,
    /// The shares of pixels of the head within 1, 2 and 3 standard deviations as the card had them
    /// calibrated before; none where it had not.
    pub card_held: Option<[f64; 3]>,
}

/// A network and how good it is.
pub struct Evaluated {
    /// The network.
    pub card: Card,
    /// SHA-256 of its file.
    pub sha256: Option<String>,
    /// Its errors.
    pub evaluation: Evaluation,
    /// What it did, patient by patient, with grades and intervals.
    pub trial: NetworkTrial,
}

impl Evaluated {
    /// Which scans the network is given, in words.
    #[must_use]
    pub fn inputs(&self) -> String {
        let card: Option<&TracerCard> = self.card.task();
        let inputs = card.and_then(|card| card.inputs.as_ref());
        inputs.map_or_else(String::new, Inputs::to_string)
    }

    /// The loss that it was trained with, where that is known.
    #[must_use]
    pub fn loss(&self) -> Option<String> {
        let card: Option<&TracerCard> = self.card.task();
        Some(card?.loss()?.to_string())
    }
}

/// What is tried on whom.
pub(super) struct Trying<'a> {
    /// The network.
    pub net: &'a Predictor,
    /// The calibration of its card, where it has one.
    pub calibration: Option<SpreadCalibration>,
    /// The data set.
    pub root: &'a Path,
    /// Its patients.
    pub cases: &'a Cases,
    /// Its label maps.
    pub maps: &'a LabelMaps,
    /// On what it is computed.
    pub compute: &'a Compute,
}

impl Trying<'_> {
    /// Tries a network on the patients by whom it was judged.
    pub(super) fn of(&self, judged: Judged<'_>) -> anyhow::Result<NetworkTrial> {
        let told = told_grades(self.root)?;
        let Judged {
            evaluation,
            cases,
            made,
            errors,
            baselines,
        } = judged;
        let mut patients = Vec::with_capacity(cases.len());
        let each = cases.iter().zip(made).zip(errors).zip(baselines);
        for (((case, made), errors), baselines) in each {
            let told_grade = told.get(&case.subject).cloned();
            patients.push(self.patient(case, made, errors, baselines, told_grade)?);
        }
        let mut pixels = Vec::new();
        for (patient, case) in patients.iter().zip(&cases) {
            let both = patient.made.iter().zip(&case.target).zip(&patient.spread);
            let of_head = both.filter(|((made, real), _)| (**made).max(**real) > HEAD);
            pixels.extend(of_head.map(|((made, real), spread)| (*spread, real - made)));
        }
        let grades = grade_statistics(&pairs(&patients))?;
        let best = best_baseline(&evaluation.baselines);
        let trial = Trial {
            data_set: bids::data_set_name(self.root).unwrap_or_else(|| "unnamed".to_owned()),
            is_simulated: self.cases.is_simulated,
            fingerprint: self.cases.fingerprint.clone(),
            patients: evaluation.patients,
            errors: evaluation.test,
            baselines: evaluation.baselines,
            grading: grades.as_ref().map(|grades| grading(grades, &patients)),
            spread: SpreadCalibration::fitted(&pixels),
        };
        let over = |of: &dyn Fn(&PatientTrial) -> (f64, f64)| {
            let units = sums_of_patients(&patients, of);
            let mut rng = ChaCha8Rng::seed_from_u64(SEED);
            ratio_of_sums(&units, N_RESAMPLES, CONFIDENCE, &mut rng)
        };
        Ok(NetworkTrial {
            mse: over(&|patient| (patient.errors.mse, 1.0)),
            mae: over(&|patient| (patient.errors.mae, 1.0)),
            of_best: over(&|patient| (patient.errors.mse, best(&patient.baselines))),
            card_held: self.calibration.map(|card| card.held(&pixels)),
            trial,
            grades,
            patients,
        })
    }

    fn patient(
        &self,
        case: &Case,
        made: Vec<f32>,
        errors: Errors,
        baselines: Baselines,
        told_grade: Option<String>,
    ) -> anyhow::Result<PatientTrial> {
        let device = self.compute.device();
        let spread = self.net.spread(&case.input, &made, device, &|| true)?;
        let mut patient = PatientTrial {
            subject: case.subject.clone(),
            acquisition: case.acquisition.clone(),
            errors,
            baselines,
            real: None,
            predicted: None,
            regions_by: None,
            no_grade: None,
            told_grade,
            not_sure: case.doubts.clone(),
            spread: spread.unwrap_or_default(),
            made,
        };
        match self.maps.regions_of(case) {
            Ok(Some((regions, by))) => {
                patient.regions_by = Some(by);
                let grade = |planes: &[f32]| {
                    let axial = &planes[..PLANE_PIXELS];
                    PlaneReflux::of_plane_after(case.axial_before(), axial, &regions)
                };
                match (grade(&case.target), grade(&patient.made)) {
                    (Ok(real), Ok(predicted)) => {
                        (patient.real, patient.predicted) = (Some(real), Some(predicted));
                    }
                    (Err(why), _) => patient.no_grade = Some(format!("the real plane: {why}")),
                    (_, Err(why)) => patient.no_grade = Some(format!("the predicted plane: {why}")),
                }
            }
            Ok(None) => {
                patient.no_grade =
                    Some("there is no label map, and no ventricles were found".to_owned());
            }
            Err(why) => patient.no_grade = Some(why.to_string()),
        }
        Ok(patient)
    }
}

/// The error of the baseline that is best over all patients.
fn best_baseline(all: &Baselines) -> fn(&Baselines) -> f64 {
    let best = all.best_mse();
    if all.copy.mse <= best {
        |of| of.copy.mse
    } else if all.mean.mse <= best {
        |of| of.mean.mse
    } else {
        |of| of.linear.mse
    }
}

/// The grades that `participants.tsv` tells, by patient.
fn told_grades(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let Some(participants) = bids::participants(root)? else {
        return Ok(BTreeMap::new());
    };
    let mut columns = participants.columns.iter();
    let Some(at) = columns.position(|name| name == "reflux_grade") else {
        return Ok(BTreeMap::new());
    };
    let told = participants.rows.iter().filter_map(|row| {
        let subject = row.first()?.strip_prefix("sub-")?.to_owned();
        let grade = row.get(at).filter(|grade| *grade != "n/a")?;
        Some((subject, grade.clone()))
    });
    Ok(told.collect())
}

/// Both grades of each patient that has them: of several scanners those of the first that gives both, as
/// one head seen twice is not two patients.
fn pairs(patients: &[PatientTrial]) -> Vec<(PlaneReflux, PlaneReflux)> {
    let mut seen = BTreeSet::new();
    let both = |patient: &PatientTrial| patient.real.zip(patient.predicted);
    let graded = patients
        .iter()
        .filter_map(|patient| Some((&patient.subject, both(patient)?)));
    let first = graded.filter(|(subject, _)| seen.insert(*subject));
    first.map(|(_, both)| both).collect()
}

/// Sums over the scanners of each patient.
fn sums_of_patients(
    patients: &[PatientTrial],
    of: &dyn Fn(&PatientTrial) -> (f64, f64),
) -> Vec<(f64, f64)> {
    let mut sums = BTreeMap::<&str, (f64, f64)>::new();
    for patient in patients {
        let (part, whole) = of(patient);
        let sum = sums.entry(&patient.subject).or_default();
        *sum = (sum.0 + part, sum.1 + whole);
    }
    sums.into_values().collect()
}

/// How the grades of predicted planes (the second of each pair) go with those of the real ones; `None`
/// without patients. Intervals are those of the room `stats`, of 95 %.
///
/// # Errors
/// When a grade is not one that a plane can have.
pub fn grade_statistics(
    pairs: &[(PlaneReflux, PlaneReflux)],
) -> Result<Option<GradeStatistics>, StatsError> {
    if pairs.is_empty() {
        return Ok(None);
    }
    let number = |reflux: &PlaneReflux| f64::from(reflux.grade);
    let levels = PLANE_GRADES.map(f64::from);
    let grades: Vec<(f64, f64)> = pairs.iter().map(|(r, p)| (number(r), number(p))).collect();
    let units: Vec<Vec<Option<f64>>> = grades
        .iter()
        .map(|&(r, p)| vec![Some(r), Some(p)])
        .collect();
    let ratings = Ratings::new(&levels, 2, &units)?;
    let same = grades.iter().filter(|(real, made)| real == made).count();
    let of_level = |level: &f64| grades.iter().filter(|(real, _)| real == level).count();
    let commonest = levels.iter().map(of_level).max().unwrap_or(0);
    let scores: Vec<(f64, bool)> = pairs
        .iter()
        .map(|(real, predicted)| (predicted.over_white, real.grade >= ENRICHED_GRADE))
        .collect();
    Ok(Some(GradeStatistics {
        agreement: wilson(same, grades.len(), CONFIDENCE),
        alpha: alpha_with_interval(&ratings, Metric::Ordinal, CONFIDENCE),
        auc_enriched: auroc(&scores, Interval::at(CONFIDENCE)),
        commonest: commonest as f64 / grades.len() as f64,
        transitions: TransitionMatrix::from_pairs(&levels, "real", "predicted", &grades)?,
    }))
}

fn grading(grades: &GradeStatistics, patients: &[PatientTrial]) -> Grading {
    let estimated = |outcome: &Outcome| Estimated {
        value: outcome.value(),
        low: outcome.interval().map(|of| of.0),
        high: outcome.interval().map(|of| of.1),
    };
    let residuals = pairs(patients).into_iter().map(|(real, predicted)| {
        [
            real.over_white - predicted.over_white,
            real.over_subarachnoid - predicted.over_subarachnoid,
        ]
    });
    let residuals: Vec<[f64; 2]> = residuals.collect();
    Grading {
        patients: residuals.len(),
        agreement: estimated(&grades.agreement),
        commonest: grades.commonest,
        alpha: estimated(&grades.alpha),
        auc_enriched: estimated(&grades.auc_enriched),
        residuals,
    }
}
