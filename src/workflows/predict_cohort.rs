//! Predictions for every patient of a data set.

use super::grade::LabelMaps;
use super::notice::{Notify, ignore_notices, remark, working};
use super::predict::{PredictRequest, Predicted, RealScan, open_inputs, predict};
use crate::formats::{self, bids, no_progress};
use crate::models::tracer::{
    Cohort, CohortScans, PlanesAt, PredictOptions, case_label, cohort_scans, tracer_card,
};
use crate::models::{Compute, Model, NoGpu};
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use nalgebra::Point3;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What a prediction came from, beside it; the last of its files to be written.
const FILE: &str = "prediction.json";

/// All patients of a data set.
pub struct PredictCohortRequest<'a> {
    /// By which network.
    pub model: &'a Model,
    /// The data set.
    pub data: &'a Path,
    /// As in [`PredictRequest`].
    pub compute: &'a dyn Fn() -> Result<Compute, NoGpu>,
    /// The folder, with one for each patient in it.
    pub output: &'a Path,
}

/// A patient of a cohort, on one of the scanners if there were several.
pub struct PredictedPatient {
    /// What follows `sub-`.
    pub subject: String,
    /// What follows `acq-` in the names of the scans, where all of them say the same.
    pub acquisition: Option<String>,
    /// The folder of what was predicted, now or before, or why nothing was.
    pub outcome: Result<PathBuf, String>,
}

/// Predicts for every patient of a BIDS data set, and writes what is predicted into a folder for each. The
/// planes are found in a patient's first whole scan, as for training and evaluation; a real scan of 24 h is
/// compared with, and a label map taken for the grade, where there is one. A patient who lies there already
/// is left as it is, so that a run that was stopped goes on, unless another network made what lies there. A
/// patient that fails costs nobody else.
///
/// # Errors
/// When the data set cannot be listed, when the card does not say which scans go in, and when `notify`
/// answers to stop.
pub fn predict_cohort(
    request: &PredictCohortRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<PredictedPatient>> {
    let inputs = &tracer_card(request.model)?.inputs;
    let inputs = inputs.as_ref().with_context(|| {
        format!(
            "the card of {} does not say which scans go in",
            request.model.card.name
        )
    })?;
    let Cohort { patients, left_out } = cohort_scans(request.data, inputs)?;
    let maps = LabelMaps::of(request.data)?;
    let compute = (request.compute)()?;
    let sha256 = request.model.sha256();
    let mut done: Vec<PredictedPatient> = Vec::new();
    let n = patients.len().max(1) as f64;
    for (at, patient) in patients.into_iter().enumerate() {
        let what = case_label(&patient.subject, patient.acquisition.as_deref());
        if working(notify, &what, at as f64 / n).is_break() {
            bail!("stopped; what is there stays, and the same command goes on");
        }
        let folder = request.output.join(&what);
        let made = match folder.join(FILE).exists() {
            true => check_network(&folder, sha256.as_deref())
                .map(|()| remark(notify, format!("{what} is there already"))),
            false => predict_patient(request.model, &patient, &maps, &compute).and_then(|made| {
                made.prediction.write(&folder, made.real.as_ref())?;
                Ok(())
            }),
        };
        let outcome = made.map(|()| folder).map_err(|why| format!("{why:#}"));
        done.push(PredictedPatient {
            subject: patient.subject,
            acquisition: patient.acquisition,
            outcome,
        });
    }
    done.extend(left_out.into_iter().map(|(subject, why)| PredictedPatient {
        subject,
        acquisition: None,
        outcome: Err(why),
    }));
    Ok(done)
}

/// What lies beside a prediction.
fn told_of(folder: &Path) -> anyhow::Result<Value> {
    let path = folder.join(FILE);
    let text = text::open(&path, Limit::Settings)?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

/// Refuses to take the prediction of another network for that of this one.
fn check_network(folder: &Path, sha256: Option<&str>) -> anyhow::Result<()> {
    if told_of(folder)?["model_sha256"].as_str() != sha256 {
        bail!(
            "there is a prediction by another network, which is not overwritten: {}",
            folder.display()
        );
    }
    Ok(())
}

fn predict_patient(
    model: &Model,
    patient: &CohortScans,
    maps: &LabelMaps,
    compute: &Compute,
) -> anyhow::Result<Predicted> {
    let mut options = PredictOptions {
        spread: true,
        ..PredictOptions::default()
    };
    let scans = open_inputs(&patient.inputs)?;
    let mut strange = Vec::new();
    let center: Option<Point3<f64>> = match &patient.first_whole {
        Some((hours, path)) => {
            let first = formats::open_one(path, &no_progress)?.volume;
            let at = PlanesAt::find(&first, path, None, None)?;
            strange = at.strange(&first, *hours);
            options.planes_mm = [Some(at.axial_mm), Some(at.sagittal_mm)];
            options.regions = at.regions(&first);
            // Both planes are centred in the middle of the scan that goes in.
            let middle = scans
                .first()
                .map(|scan| scan.volume.grid().center_in_world());
            middle.map(|middle| Point3::new(middle.x, middle.y, at.axial_mm))
        }
        None => scans
            .first()
            .map(|scan| scan.volume.grid().center_in_world()),
    };
    if let Some(center) = center
        && let Some(regions) = maps.regions(&patient.subject, center)?
    {
        options.regions = Some(regions);
    }
    let real = patient.target.as_deref().map(RealScan::open).transpose()?;
    let mut made = predict(
        PredictRequest {
            model,
            scans,
            real,
            options,
            compute: &|| Ok(compute.clone()),
        },
        &ignore_notices,
    )?;
    let remarks = &mut made.prediction.provenance.remarks;
    strange.retain(|why| !remarks.contains(why));
    remarks.extend(strange);
    Ok(made)
}

/// Writes `predictions.tsv`: a row for each patient, with grades and what to know, from what lies in the
/// patients' folders.
///
/// # Errors
/// When a prediction cannot be opened, or the table not be written.
pub fn write_cohort_table(patients: &[PredictedPatient], output: &Path) -> anyhow::Result<PathBuf> {
    let mut rows = Vec::with_capacity(patients.len());
    for patient in patients {
        let subject = format!("sub-{}", patient.subject);
        let acquisition = patient.acquisition.clone().unwrap_or_default();
        match &patient.outcome {
            Ok(folder) => rows.push(row([subject, acquisition], folder)?),
            Err(why) => {
                let mut row = vec![subject, acquisition];
                row.resize(COLUMNS.len() - 1, String::new());
                row.push(why.clone());
                rows.push(row);
            }
        }
    }
    let path = output.join("predictions.tsv");
    bids::write_tsv(&path, &COLUMNS, &rows)?;
    Ok(path)
}

const COLUMNS: [&str; 9] = [
    "participant_id",
    "acquisition",
    "model",
    "predicted_grade",
    "grade_may_be",
    "real_grade",
    "mse",
    "mae",
    "remarks",
];

fn row([subject, acquisition]: [String; 2], folder: &Path) -> anyhow::Result<Vec<String>> {
    let told = told_of(folder)?;
    let cell = |pointer: &str| match told.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let shares = told.pointer("/grade/shares").and_then(Value::as_array);
    let shares = shares.into_iter().flatten().map(|share| {
        let percent = 100.0 * share[1].as_f64().unwrap_or_default();
        format!("{}: {percent:.0} %", share[0])
    });
    let remarks = told["remarks"].as_array().into_iter().flatten();
    let remarks: Vec<&str> = remarks.filter_map(Value::as_str).collect();
    Ok(vec![
        subject,
        acquisition,
        cell("/model"),
        cell("/grade/grade"),
        shares.collect::<Vec<_>>().join(", "),
        cell("/real/grade/grade"),
        cell("/real/metrics/pair/mse"),
        cell("/real/metrics/pair/mae"),
        remarks.join("; "),
    ])
}
