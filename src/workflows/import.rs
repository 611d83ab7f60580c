//! A network of another program, taken over with a card; one that has a card keeps it.

use super::training::today;
use crate::models::tracer::{Inputs, Preparation, TracerCard, tracer_card, unet};
use crate::models::{
    Card, Compute, Imported, Layout, Model, ModelError, Network, Origin, OutputActivation,
    Precision, TaskCard, WARNING, WeightsFile, file_sha256, unet_of,
};
use anyhow::{Context, bail};
use std::path::Path;

/// Which checkpoint is taken over, and as what.
pub struct ImportRequest<'a> {
    /// The checkpoint.
    pub file: &'a Path,
    /// How its tensors are named; found out where it is not told.
    pub layout: Option<Layout>,
    /// What comes after the last convolution, where the layout does not say.
    pub activation: Option<OutputActivation>,
    /// Which scans go in, as far as known.
    pub inputs: Option<Inputs>,
    /// The licence of the weights, as far as known.
    pub licence: Option<String>,
    /// By what it will be called; otherwise the file's name.
    pub name: Option<String>,
    /// The file to write.
    pub output: &'a Path,
}

/// Takes over a U-net for predicting planes of 24 h. A file of this program that carries a card keeps all
/// of what the card says; only the name and a licence that is not told there can be given.
///
/// # Errors
/// When the checkpoint is not one of a known U-net, or not one for this task, and when something else is
/// asked for than what its card says.
pub fn import(request: ImportRequest<'_>) -> anyhow::Result<()> {
    let path = request.file;
    match Model::find(&path.to_string_lossy()) {
        Ok(known) => return import_known(request, &known),
        Err(error @ ModelError::Card { .. }) => return Err(error.into()),
        // What is not a file of this program is taken for another one's, or refused as that.
        Err(_) => {}
    }
    let file = WeightsFile::open(path)?;
    let layout = request.layout.or_else(|| Layout::of(&file));
    let device = Compute::cpu();
    let (shape, net) = unet_of(file, layout, request.activation, device.device())?;
    if let Some(inputs) = &request.inputs
        && inputs.channels() != shape.channels_in
    {
        bail!(
            "{inputs} makes {} planes, but the network takes {}: {}",
            inputs.channels(),
            shape.channels_in,
            path.display()
        );
    }
    if shape.channels_out != 2 {
        bail!(
            "the network gives {} planes, where an axial and a sagittal one are wanted: {}",
            shape.channels_out,
            path.display()
        );
    }
    let text =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let card = Card {
        name: request.name.unwrap_or_else(|| text(path.file_stem())),
        warning: WARNING.to_owned(),
        purpose: "Taken over from another program's checkpoint. What it was trained on and how good it is are not known here. Not to be used for any decision about a patient.".to_owned(),
        licence: request.licence,
        date: today(),
        made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        n_weights: net.n_weights(),
        task: TaskCard::Tracer(TracerCard {
            shape,
            inputs: request.inputs,
            preparation: Preparation::default(),
            training: None,
            trial: None,
        }),
        origin: Origin::Imported(Imported {
            file: text(path.file_name()),
            sha256: file_sha256(path)
                .with_context(|| format!("cannot be opened again: {}", path.display()))?,
            layout: layout.context("the layout is not known")?.name().to_owned(),
            beside: Vec::new(),
        }),
    };
    Ok(Model::write(&net, &card, request.output)?)
}

/// Takes over a network that has a card.
fn import_known(request: ImportRequest<'_>, known: &Model) -> anyhow::Result<()> {
    let ImportRequest { file, output, .. } = request;
    let task = tracer_card(known)?;
    let differs = [
        (
            "--layout",
            request.layout.is_some_and(|of| of != Layout::Cisterna),
        ),
        (
            "--head",
            request.activation.is_some_and(|of| of != task.shape.head),
        ),
        (
            "--interval",
            task.inputs.is_some() && request.inputs.is_some() && request.inputs != task.inputs,
        ),
        (
            "--licence",
            known.card.licence.is_some()
                && request.licence.is_some()
                && request.licence != known.card.licence,
        ),
    ];
    if let Some((option, _)) = differs.iter().find(|(_, differs)| *differs) {
        bail!(
            "{option} says something else than the card that the network has: {}",
            file.display()
        );
    }
    let (_, net) = unet(known, Compute::cpu().device())?;
    let mut card = known.card.clone();
    card.licence = card.licence.or(request.licence);
    card.name = request.name.unwrap_or(card.name);
    if let TaskCard::Tracer(part) = &mut card.task {
        part.inputs = part.inputs.take().or(request.inputs);
    }
    // What was kept in half precision is exact in it; of others nothing is lost.
    Ok(Model::write_as(&net, &card, Precision::Single, output)?)
}
