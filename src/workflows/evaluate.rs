//! How good networks are on a data set, beside predictions that take none.

use super::compute::compute;
use super::notice::{Notify, remark};
use super::train::cases;
use crate::models::tracer::{self, Case, Evaluation, Inputs, PLANE_PIXELS, Predictor, tracer_card};
use crate::models::{Card, DeviceChoice, Model};
use crate::render::Colormap;
use crate::report::{ImageCell, image_table};
use anyhow::{Context, bail};
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
}

/// A network and how good it is.
pub struct Evaluated {
    /// The network.
    pub card: Card,
    /// Its errors.
    pub evaluation: Evaluation,
}

impl Evaluated {
    /// Which scans the network is given, in words.
    #[must_use]
    pub fn inputs(&self) -> String {
        let card: Option<&tracer::TracerCard> = self.card.task();
        let inputs = card.and_then(|card| card.inputs.as_ref());
        inputs.map_or_else(String::new, Inputs::to_string)
    }

    /// The loss that it was trained with, where that is known.
    #[must_use]
    pub fn loss(&self) -> Option<String> {
        let card: Option<&tracer::TracerCard> = self.card.task();
        Some(card?.loss()?.to_string())
    }
}

/// Judges networks, one after the other.
///
/// # Errors
/// When a network cannot be had or does not say which scans it is given, when the data set has too
/// few patients, and when a patient of the figure is not in it.
pub fn evaluate(
    request: &EvaluateRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<Evaluated>> {
    let compute = compute(request.device, notify)?;
    let mut judged = Vec::new();
    let mut rows: Vec<Vec<ImageCell>> = Vec::new();
    for name in request.models {
        let model = Model::find(name)?;
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
        if cases.cases.len() < 3 {
            bail!(
                "{} has too few patients to judge by",
                request.data.display()
            );
        }
        let net = Predictor::open(&model, compute.device())?;
        let evaluation = tracer::evaluate(&net, &cases, own, compute.device())?;
        remark(
            notify,
            format!("{}: {}", model.card.name, model.card.trained_on()),
        );
        let drawn = request.figure.map_or(&[][..], |(subjects, _)| subjects);
        for subject in drawn {
            let subject = subject.trim_start_matches("sub-").to_owned();
            let found = cases.of(std::slice::from_ref(&subject));
            let case = found
                .first()
                .with_context(|| format!("sub-{subject} has not all the scans"))?;
            let made = net.predictions(&found, compute.device())?;
            rows.extend(pictures(&model.card.name, &subject, case, &made[0]));
        }
        judged.push(Evaluated {
            card: model.card,
            evaluation,
        });
    }
    if let Some((_, path)) = request.figure {
        let png = image_table(&rows)?;
        std::fs::write(path, png).with_context(|| path.display().to_string())?;
    }
    Ok(judged)
}

/// Both planes of a patient: what goes in last, the real scan, what is predicted, and how far it
/// is off.
fn pictures(model: &str, subject: &str, case: &Case, made: &[f32]) -> [Vec<ImageCell>; 2] {
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
        let gray = |title: String, values| ImageCell {
            title,
            values,
            high: 1.0,
            colours: Colormap::Gray.table(),
        };
        vec![
            gray(
                format!("sub-{subject}, {:.1} h", hours(n.saturating_sub(2))),
                part(last),
            ),
            gray(format!("Real, {:.1} h", hours(n - 1)), part(&case.target)),
            gray(format!("Predicted by {model}"), part(made)),
            ImageCell {
                title: "Absolute difference, 0 to 0.5".to_owned(),
                values: off,
                high: 0.5,
                colours: Colormap::Inferno.table(),
            },
        ]
    })
}
