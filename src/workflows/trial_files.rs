//! What an evaluation leaves in a folder: predicted planes and their standard deviations, pictures, a
//! table with a row a patient, and all numbers as JSON and text.

use super::trial::{Evaluated, NetworkTrial, PatientTrial};
use crate::formats::bids;
use crate::formats::{Voxels, write_nifti};
use crate::models::WARNING;
use crate::models::tracer::{
    Case, Cases, Grading, PLANE_PIXELS, SpreadCalibration, Verdict, case_label,
};
use crate::render::Colormap;
use crate::report::{ImageCell, image_table};
use crate::stats::Outcome;
use crate::volume::{Plane, PlaneImage};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The folder of an evaluation.
pub(super) struct TrialFolder(PathBuf);

const JSON_FILE: &str = "evaluation.json";

/// What a standard deviation is drawn up to, planes being 0 to 1.
const SD_REACH: f32 = 0.25;

impl TrialFolder {
    /// Makes the folder; one that holds an evaluation is refused.
    pub(super) fn begin(folder: &Path) -> anyhow::Result<Self> {
        let told = folder.join(JSON_FILE);
        if told.exists() {
            bail!(
                "there is an evaluation already, which is not overwritten: {}",
                told.display()
            );
        }
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Self(folder.to_owned()))
    }

    /// Writes the planes, the pictures and the table of a network.
    pub(super) fn write(&self, one: &Evaluated, cases: &Cases) -> anyhow::Result<()> {
        let folder = self.0.join(file_name(&one.card.name));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let calibration = one.trial.trial.spread;
        for patient in &one.trial.patients {
            let is_theirs = |case: &&Case| {
                case.subject == patient.subject && case.acquisition == patient.acquisition
            };
            let case = cases.cases.iter().find(is_theirs);
            let case = case.context("a patient of the trial has a case")?;
            let sd = sd_of(patient, calibration);
            for (kind, planes) in [("", &patient.made), ("_sd", &sd)] {
                self.planes(&folder, case, kind, planes)?;
            }
            let rows = pictures(&one.card.name, case, &patient.made, Some(&sd));
            let path = folder.join(format!("{}.png", label_of(case)));
            let png = image_table(&rows)?;
            std::fs::write(&path, png).with_context(|| path.display().to_string())?;
        }
        let rows: Vec<Vec<String>> = one.trial.patients.iter().map(row).collect();
        bids::write_tsv(&folder.join("patients.tsv"), &COLUMNS, &rows)?;
        Ok(())
    }

    fn planes(&self, folder: &Path, case: &Case, kind: &str, planes: &[f32]) -> anyhow::Result<()> {
        let halves = planes.chunks_exact(PLANE_PIXELS);
        for ((plane, data), center) in [Plane::Axial, Plane::Sagittal]
            .into_iter()
            .zip(halves)
            .zip(case.centers)
        {
            let image = PlaneImage {
                data: data.to_vec(),
                inside: vec![true; data.len()],
            };
            let volume = image.to_volume(plane, center)?;
            let name = plane.name().to_lowercase();
            let path = folder.join(format!(
                "{}_predicted-24h_{name}{kind}.nii.gz",
                label_of(case)
            ));
            let voxels = Voxels::F32(volume.values());
            write_nifti(&path, volume.grid(), volume.orientation(), voxels)?;
        }
        Ok(())
    }

    /// Writes the numbers of all networks.
    pub(super) fn finish(&self, judged: &[Evaluated]) -> anyhow::Result<()> {
        bids::write_text(&self.0.join("evaluation.txt"), &evaluation_text(judged))?;
        // Last: an evaluation with this file is whole.
        bids::write_json(&self.0.join(JSON_FILE), &evaluation_json(judged))?;
        Ok(())
    }
}

fn label_of(case: &Case) -> String {
    case_label(&case.subject, case.acquisition.as_deref())
}

/// A network's name as a folder's.
fn file_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect()
}

/// Standard deviations of a patient's pixels.
fn sd_of(patient: &PatientTrial, calibration: Option<SpreadCalibration>) -> Vec<f32> {
    let spread = patient.spread.iter();
    match calibration {
        Some(calibration) => spread.map(|&of| calibration.sd(of)).collect(),
        None => spread.copied().collect(),
    }
}

const COLUMNS: [&str; 15] = [
    "participant_id",
    "acquisition",
    "mse",
    "mae",
    "mse_copy",
    "mse_mean",
    "mse_linear",
    "real_grade",
    "predicted_grade",
    "real_over_white",
    "predicted_over_white",
    "real_over_subarachnoid",
    "predicted_over_subarachnoid",
    "reflux_grade",
    "remarks",
];

fn row(patient: &PatientTrial) -> Vec<String> {
    let number = |value: f64| format!("{value:.6}");
    let ratio = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
    let grade = |value: Option<u8>| value.map_or_else(String::new, |value| value.to_string());
    let (real, made) = (patient.real, patient.predicted);
    let mut remarks = patient.not_sure.clone();
    remarks.extend(
        patient
            .no_grade
            .iter()
            .map(|why| format!("no grade: {why}")),
    );
    vec![
        format!("sub-{}", patient.subject),
        patient.acquisition.clone().unwrap_or_default(),
        number(patient.errors.mse),
        number(patient.errors.mae),
        number(patient.baselines.copy.mse),
        number(patient.baselines.mean.mse),
        number(patient.baselines.linear.mse),
        grade(real.map(|of| of.grade)),
        grade(made.map(|of| of.grade)),
        ratio(real.map(|of| of.over_white)),
        ratio(made.map(|of| of.over_white)),
        ratio(real.map(|of| of.over_subarachnoid)),
        ratio(made.map(|of| of.over_subarachnoid)),
        patient.told_grade.clone().unwrap_or_default(),
        remarks.join("; "),
    ]
}

/// All numbers of an evaluation.
#[must_use]
pub fn evaluation_json(judged: &[Evaluated]) -> Value {
    let models: Vec<Value> = judged.iter().map(json_of).collect();
    json!({ "warning": WARNING, "models": models })
}

fn json_of(one: &Evaluated) -> Value {
    let Evaluated {
        evaluation, trial, ..
    } = one;
    json!({
        "name": one.card.name,
        "sha256": one.sha256,
        "interval": one.inputs(),
        "loss": one.loss(),
        "patients": evaluation.patients,
        "mse": evaluation.test.mse,
        "mae": evaluation.test.mae,
        "mse_interval": trial.mse,
        "mae_interval": trial.mae,
        "mse_over_best_baseline": trial.of_best,
        "train": evaluation.train,
        "train_patients": evaluation.train_patients,
        "is_own_data": evaluation.is_own_data,
        "trained_on": one.card.trained_on(),
        "baselines": evaluation.baselines,
        "grades": trial.grades,
        "verdict": trial.trial.grading.as_ref().map(Grading::verdict),
        "use": trial.trial.use_in_words(),
        "within_card_sd": trial.card_held,
        "trial": trial.trial,
        "by_patient": trial.patients,
    })
}

/// The errors as the tracer study's Table 2 has them, a row for each network and each baseline, and what
/// the grades say.
#[must_use]
pub fn evaluation_text(judged: &[Evaluated]) -> String {
    let mut text = format!(
        "{:<16} {:<10} {:<4} {:>8} {:>9} {:>8} {:>9} {:>8}\n",
        "network", "interval", "loss", "patients", "test MSE", "test MAE", "train MSE", "train MAE"
    );
    for one in judged {
        let evaluation = &one.evaluation;
        let loss = one.loss().unwrap_or_default();
        let train = evaluation.train.map_or_else(
            || format!("{:>9} {:>8}", "-", "-"),
            |train| format!("{:>9.5} {:>8.4}", train.mse, train.mae),
        );
        let mut row = |name: &str, loss: &str, mse: f64, mae: f64, train: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{name:<16} {:<10} {loss:<4} {:>8} {mse:>9.5} {mae:>8.4} {train}",
                one.inputs(),
                evaluation.patients
            );
        };
        row(
            &one.card.name,
            &loss,
            evaluation.test.mse,
            evaluation.test.mae,
            &train,
        );
        let baselines = &evaluation.baselines;
        for (name, errors) in [
            ("  copy", baselines.copy),
            ("  mean", baselines.mean),
            ("  linear", baselines.linear),
        ] {
            row(name, "", errors.mse, errors.mae, "");
        }
    }
    text.push_str(
        "\nA line is followed no further than the targets reach that it was learned from.\n",
    );
    if judged.iter().any(|one| !one.evaluation.is_own_data) {
        text.push_str(
            "A network that was not trained on this data set is judged by all of its patients; the\n\
             mean and the lines of each are learned from all others.\n",
        );
    }
    if judged
        .iter()
        .any(|one| one.trial.patients.len() > one.evaluation.patients)
    {
        text.push_str(
            "Some patients were scanned on several scanners: errors are means over all of them, intervals\n\
             are over patients, and grades are those of the first scanner that gives both.\n",
        );
    }
    for one in judged {
        let _ = write!(text, "\n{}\n{}", one.card.name, trial_text(&one.trial));
    }
    text.push_str(
        "\nIntervals are of 95 %. Grades (0, 3, 4) are by the written rule on the axial plane.\n",
    );
    text
}

/// Intervals, grades and what the network may be used for.
fn trial_text(trial: &NetworkTrial) -> String {
    let fine = |outcome: &Outcome| match (outcome.value(), outcome.interval()) {
        (Some(value), Some((low, high))) => format!("{value:.5} ({low:.5} to {high:.5})"),
        (Some(value), None) => format!("{value:.5}"),
        _ => outcome.to_string(),
    };
    let mut text = String::new();
    let mut line = |what: &str, value: String| {
        let _ = writeln!(text, "  {what:<44} {value}");
    };
    line("MSE", fine(&trial.mse));
    line("MAE", fine(&trial.mae));
    line(
        "MSE over that of the best baseline",
        trial.of_best.to_string(),
    );
    if let Some([one, two, three]) = trial.card_held {
        let shares = [one, two, three].map(|share| format!("{:.0} %", 100.0 * share));
        line("pixels within 1, 2, 3 SD by the card", shares.join(", "));
    }
    if let Some(spread) = &trial.trial.spread {
        let shares = spread.within.map(|share| format!("{:.0} %", 100.0 * share));
        let told = format!(
            "{} (scale {:.2}, floor {:.4})",
            shares.join(", "),
            spread.scale,
            spread.floor
        );
        line("the same, calibrated on these patients", told);
    }
    let Some(grades) = &trial.grades else {
        let why = trial.patients.iter().find_map(|of| of.no_grade.as_deref());
        line(
            "grades",
            format!("none: {}", why.unwrap_or("there is no patient")),
        );
        return text;
    };
    let n = grades.transitions.n();
    line("patients with both grades", n.to_string());
    line(
        "share with the grade of the real plane",
        grades.agreement.to_string(),
    );
    line(
        "the same, naming the commonest grade",
        format!("{:.3}", grades.commonest),
    );
    line("Krippendorff's alpha, ordinal", grades.alpha.to_string());
    line(
        "area under the ROC curve, enriched",
        grades.auc_enriched.to_string(),
    );
    let verdict = trial.trial.grading.as_ref().map(Grading::verdict);
    let verdict = match verdict {
        Some(Verdict::Grades) => "its planes can be graded",
        Some(Verdict::NotShown) => "not shown that its planes can be graded",
        Some(Verdict::CannotGrade) | None => "cannot grade",
    };
    line("verdict", verdict.to_owned());
    let levels: Vec<String> = grades
        .transitions
        .levels()
        .iter()
        .map(f64::to_string)
        .collect();
    let _ = writeln!(text, "  real (rows) to predicted (columns)");
    let _ = writeln!(text, "       {:>4}", levels.join("    "));
    for (level, counts) in levels.iter().zip(grades.transitions.counts()) {
        let counts: Vec<String> = counts.iter().map(|count| format!("{count:>4}")).collect();
        let _ = writeln!(text, "  {level:>4} {}", counts.join(" "));
    }
    let warnings = [&grades.agreement, &grades.alpha, &grades.auc_enriched];
    for warning in warnings.into_iter().filter_map(|outcome| outcome.warning()) {
        let _ = writeln!(text, "  {warning}");
    }
    text
}

/// Both planes of a patient: what goes in last, the real scan, what is predicted, how far it is off,
/// and by how much it may be off.
pub(super) fn pictures(
    model: &str,
    case: &Case,
    made: &[f32],
    sd: Option<&[f32]>,
) -> [Vec<ImageCell>; 2] {
    let last = &case.input[case.input.len() - 2 * PLANE_PIXELS..];
    [0, 1].map(|plane| {
        let part = |values: &[f32]| values[plane * PLANE_PIXELS..][..PLANE_PIXELS].to_vec();
        let off: Vec<f32> = part(made)
            .iter()
            .zip(part(&case.target))
            .map(|(made, real)| (made - real).abs())
            .collect();
        let hours = |at: usize| case.hours.get(at).copied().unwrap_or_default();
        let n = case.hours.len();
        let cell = |title: String, values, high, map: Colormap| ImageCell {
            title,
            values,
            high,
            colours: map.table(),
        };
        let gray = |title: String, values| cell(title, values, 1.0, Colormap::Gray);
        let mut row = vec![
            gray(
                format!("{}, {:.1} h", label_of(case), hours(n.saturating_sub(2))),
                part(last),
            ),
            gray(format!("Real, {:.1} h", hours(n - 1)), part(&case.target)),
            gray(format!("Predicted by {model}"), part(made)),
            cell(
                "Absolute difference, 0 to 0.5".to_owned(),
                off,
                0.5,
                Colormap::Inferno,
            ),
        ];
        row.extend(sd.map(|sd| {
            let title = format!("Standard deviation, 0 to {SD_REACH}");
            cell(title, part(sd), SD_REACH, Colormap::Inferno)
        }));
        row
    })
}
