//! How good networks are on a data set, beside predictions that take none.

use super::compute::compute;
use super::grade::LabelMaps;
use super::notice::{Notify, remark, working};
use super::train::cases;
use super::trial::{Evaluated, Trying};
use super::trial_files::{TrialFolder, pictures};
use crate::models::tracer::{self, Predictor, tracer_card};
use crate::models::{DeviceChoice, Model};
use crate::report::{ImageCell, image_table};
use anyhow::{Context, bail};
use std::collections::BTreeSet;
use std::path::Path;

/// Which networks are judged, and by which patients.
pub struct EvaluateRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// The networks, by name or file.
    pub models: &'a [String],
    /// A table that says where the planes lie.
    pub planes: Option<&'a Path>,
    /// On what it is computed.
    pub device: DeviceChoice,
    /// Patients to draw, and the PNG to draw them into.
    pub figure: Option<(&'a [String], &'a Path)>,
    /// A folder for predicted planes, figures and tables.
    pub output: Option<&'a Path>,
}

/// Refuses networks of one name: the folder has a part for each by its name, and cards are found by it.
fn check_names(models: &[Model]) -> anyhow::Result<()> {
    let mut names = BTreeSet::new();
    for model in models {
        let name = model.card.name.as_str();
        if !names.insert(name) {
            bail!(
                "two of the networks are called {name}, and the folder has one part for each name"
            );
        }
    }
    Ok(())
}

/// Judges networks, one after the other.
///
/// # Errors
/// When a network cannot be had or does not say which scans it is given, when the data set has too
/// few patients, when a patient of the figure is not in it, and when the folder for what was predicted
/// holds an evaluation already or would hold two networks of one name.
pub fn evaluate(
    request: &EvaluateRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<Evaluated>> {
    let models = request.models.iter().map(|name| Model::find(name));
    let models: Vec<Model> = models.collect::<Result<_, _>>()?;
    if request.output.is_some() {
        check_names(&models)?;
    }
    let folder = request.output.map(TrialFolder::begin).transpose()?;
    let compute = compute(request.device, notify)?;
    let maps = LabelMaps::of(request.data)?;
    let mut judged = Vec::new();
    let mut rows: Vec<Vec<ImageCell>> = Vec::new();
    let n = request.models.len().max(1) as f64;
    for (at, (name, model)) in request.models.iter().zip(models).enumerate() {
        let card = tracer_card(&model)?;
        let Some(inputs) = &card.inputs else {
            bail!("the card of {name} does not say which scans go in");
        };
        let cases = cases(
            request.data,
            inputs,
            card.preparation,
            request.planes,
            notify,
        )?;
        let own = model.card.split_of(&cases.fingerprint);
        // A line takes two others.
        if cases.subjects().len() < 3 {
            bail!(
                "{} has too few patients to judge by",
                request.data.display()
            );
        }
        let done = (at as f64 + 0.3) / n;
        if working(notify, &format!("judging {name}"), done).is_break() {
            bail!("stopped");
        }
        let net = Predictor::open(&model, compute.device())?;
        let judgement = tracer::judge(&net, &cases, own, compute.device())?;
        let evaluation = judgement.evaluation.clone();
        let trying = Trying {
            net: &net,
            calibration: card.trial.as_ref().and_then(|trial| trial.spread),
            root: request.data,
            cases: &cases,
            maps: &maps,
            compute: &compute,
        };
        let trial = trying.of(judgement)?;
        remark(
            notify,
            format!("{}: {}", model.card.name, model.card.trained_on()),
        );
        let drawn = request.figure.map_or(&[][..], |(subjects, _)| subjects);
        for subject in drawn {
            let subject = subject.trim_start_matches("sub-").to_owned();
            let found = cases.of(std::slice::from_ref(&subject));
            if found.is_empty() {
                bail!("sub-{subject} has not all the scans");
            }
            let made = net.predictions(&found, compute.device())?;
            for (case, made) in found.iter().zip(&made) {
                rows.extend(pictures(&model.card.name, case, made, None));
            }
        }
        let judged_now = Evaluated {
            sha256: model.sha256(),
            card: model.card,
            evaluation,
            trial,
        };
        if let Some(folder) = &folder {
            folder.write(&judged_now, &cases)?;
        }
        judged.push(judged_now);
    }
    if let Some((_, path)) = request.figure {
        let png = image_table(&rows)?;
        std::fs::write(path, png).with_context(|| path.display().to_string())?;
    }
    if let Some(folder) = &folder {
        folder.finish(&judged)?;
    }
    Ok(judged)
}
