//! What an evaluation found, put on a network's card.

use crate::models::tracer::{Trial, tracer_card, unet};
use crate::models::{Compute, Model, Origin, Precision, TaskCard};
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use serde_json::Value;
use std::path::Path;

/// Writes a tracer network anew, with what `evaluate -o` found on its card.
///
/// # Errors
/// When the network is for another task, and when the evaluation does not name it or is of another file of
/// that name.
pub fn put_trial(model: &str, evaluation: &Path, output: &Path) -> anyhow::Result<()> {
    let model = Model::find(model)?;
    tracer_card(&model)?;
    let name = &model.card.name;
    let text = text::open(evaluation, Limit::Table)?;
    let told: Value = serde_json::from_str(&text)
        .with_context(|| format!("this is no evaluation: {}", evaluation.display()))?;
    let mut models = told["models"].as_array().into_iter().flatten();
    let Some(own) = models.find(|one| one["name"] == name.as_str()) else {
        bail!(
            "the evaluation has no network {name}: {}",
            evaluation.display()
        );
    };
    if own["sha256"].as_str() != model.sha256().as_deref() {
        bail!(
            "the evaluation is of another file of the name {name}, as its SHA-256 says: {}",
            evaluation.display()
        );
    }
    let trial: Trial = serde_json::from_value(own["trial"].clone())
        .with_context(|| format!("the trial of {name}: {}", evaluation.display()))?;
    let mut card = model.card.clone();
    if let TaskCard::Tracer(part) = &mut card.task {
        part.trial = Some(Box::new(trial));
    }
    let (_, net) = unet(&model, Compute::cpu().device())?;
    // What this program trained is kept in half precision anyway.
    let precision = match card.origin {
        Origin::Trained(_) => Precision::Half,
        Origin::Imported(_) => Precision::Single,
    };
    Ok(Model::write_as(&net, &card, precision, output)?)
}
