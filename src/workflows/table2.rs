//! The networks of the tracer study's Table 2, trained one after the other from one data set and judged by
//! the same rules.

use super::evaluate::{EvaluateRequest, evaluate};
use super::notice::{Notify, remark};
use super::train::{TrainTracerRequest, train_tracer};
use super::trial::Evaluated;
use super::trial_files::evaluation_text;
use crate::formats::bids;
use crate::models::tracer::{Inputs, TracerCard, TracerSettings};
use crate::models::{Card, DeviceChoice, Origin, RunSettings};
use crate::stats::Outcome;
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// What goes in, column by column of Table 2 (papers 000 and 001).
pub const TABLE_2: [&str; 6] = ["pre", "1-2h", "3-5h", "5-7h", "7-9h", "1-9h"];

/// How all of them are trained, and where to.
pub struct Table2Request<'a> {
    /// The data set.
    pub data: &'a Path,
    /// A table that says where the planes lie.
    pub planes: Option<&'a Path>,
    /// The task's settings; what goes in is that of each column.
    pub settings: TracerSettings,
    /// All other settings.
    pub run: RunSettings,
    /// On what it is computed.
    pub device: DeviceChoice,
    /// The folder, with one for each network in it.
    pub output: &'a Path,
}

/// Trains the six networks, and judges each by the patients of its test. What is trained already stays,
/// and what was stopped goes on, so that the same command ends what it began. Writes `table2.tsv` and
/// `table2.txt`.
///
/// # Errors
/// When a folder holds a network that was trained otherwise or on other patients, and as training and
/// evaluation.
pub fn train_table2(
    request: &Table2Request<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<Evaluated>> {
    let mut models = Vec::new();
    for name in TABLE_2 {
        let inputs: Inputs = name.parse()?;
        let settings = TracerSettings {
            inputs,
            ..request.settings.clone()
        };
        let folder = request.output.join(format!("{name}-{}", settings.loss));
        let model = folder.join("model.bpk");
        match trained_before(&folder)? {
            Some(card) => {
                check_same(&card, &settings, &request.run, &folder)?;
                remark(notify, format!("{} is trained already", card.name));
            }
            None => {
                remark(notify, format!("training {}", folder.display()));
                let resume = folder.join("checkpoint.bpk").exists();
                let training = TrainTracerRequest {
                    data: request.data,
                    planes: request.planes,
                    settings,
                    run: request.run.clone(),
                    start: None,
                    device: request.device,
                    resume,
                    name: None,
                    output: &folder,
                };
                train_tracer(training, notify)?;
            }
        }
        models.push(model.to_string_lossy().into_owned());
    }
    let judged = evaluate(
        &EvaluateRequest {
            data: request.data,
            models: &models,
            planes: request.planes,
            device: request.device,
            figure: None,
            output: None,
        },
        notify,
    )?;
    if let Some(other) = judged.iter().position(|one| !one.evaluation.is_own_data) {
        bail!(
            "the network there was trained on another data set; another folder is needed: {}",
            models[other]
        );
    }
    let rows: Vec<Vec<String>> = judged.iter().map(row).collect();
    bids::write_tsv(&request.output.join("table2.tsv"), &COLUMNS, &rows)?;
    bids::write_text(
        &request.output.join("table2.txt"),
        &evaluation_text(&judged),
    )?;
    Ok(judged)
}

/// The card of a network that was trained to its end: the picture of its losses is written last.
fn trained_before(folder: &Path) -> anyhow::Result<Option<Card>> {
    let path: PathBuf = folder.join("card.json");
    if !path.exists() || !folder.join("losses.png").exists() {
        return Ok(None);
    }
    let text = text::open(&path, Limit::Sidecar)?;
    let card = Card::from_json(&text).with_context(|| path.display().to_string())?;
    Ok(Some(card))
}

/// Refuses a network that was trained otherwise than is asked for now.
fn check_same(
    card: &Card,
    settings: &TracerSettings,
    run: &RunSettings,
    folder: &Path,
) -> anyhow::Result<()> {
    let part: Option<&TracerCard> = card.task();
    let is_same = part.is_some_and(|part| {
        let training = part.training.as_ref();
        part.shape == settings.shape()
            && part.inputs.as_ref() == Some(&settings.inputs)
            && part.preparation == settings.preparation
            && training.is_some_and(|training| {
                training.loss == settings.loss && training.recipe == settings.recipe
            })
    });
    let is_same_run = match &card.origin {
        Origin::Trained(trained) => trained.settings == *run,
        Origin::Imported(_) => false,
    };
    match is_same && is_same_run {
        true => Ok(()),
        false => bail!(
            "the network there was trained with other settings; another folder is needed: {}",
            folder.display()
        ),
    }
}

const COLUMNS: [&str; 20] = [
    "interval",
    "loss",
    "patients",
    "mse",
    "mse_low",
    "mse_high",
    "mae",
    "mae_low",
    "mae_high",
    "mse_over_best_baseline",
    "mse_over_best_baseline_low",
    "mse_over_best_baseline_high",
    "graded",
    "same_grade",
    "same_grade_low",
    "same_grade_high",
    "alpha_ordinal",
    "alpha_low",
    "alpha_high",
    "auc_enriched",
];

fn row(one: &Evaluated) -> Vec<String> {
    let trial = &one.trial;
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
    let three = |outcome: Option<&Outcome>| {
        let interval = outcome.and_then(Outcome::interval);
        [
            number(outcome.and_then(Outcome::value)),
            number(interval.map(|of| of.0)),
            number(interval.map(|of| of.1)),
        ]
    };
    let grades = trial.grades.as_ref();
    let mut row = vec![
        one.inputs(),
        one.loss().unwrap_or_default(),
        one.evaluation.patients.to_string(),
    ];
    row.extend(three(Some(&trial.mse)));
    row.extend(three(Some(&trial.mae)));
    row.extend(three(Some(&trial.of_best)));
    row.push(grades.map_or_else(|| "0".to_owned(), |of| of.transitions.n().to_string()));
    row.extend(three(grades.map(|of| &of.agreement)));
    row.extend(three(grades.map(|of| &of.alpha)));
    row.push(number(grades.and_then(|of| of.auc_enriched.value())));
    row
}
