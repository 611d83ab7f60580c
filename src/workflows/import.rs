//! A network of another program, taken over with a card.

use super::train::today;
use crate::models::tracer::{Inputs, Preparation, TracerCard};
use crate::models::{
    Card, Compute, Imported, Layout, Model, Network, Origin, OutputActivation, TaskCard, WARNING,
    WeightsFile, file_sha256, unet_of,
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

/// Takes over a U-net for predicting planes of 24 h.
///
/// # Errors
/// When the checkpoint is not one of a known U-net, or not one for this task.
pub fn import(request: ImportRequest<'_>) -> anyhow::Result<()> {
    let path = request.file;
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
