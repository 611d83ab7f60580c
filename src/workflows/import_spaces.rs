//! Networks of another program that mark spaces, taken over with a card.

use super::training::today;
use crate::models::spaces::{SpacesCard, SpacesPreparation, SpacesScaling, purpose};
use crate::models::{
    Card, Compute, Imported, Model, Network, Origin, Precision, TaskCard, VolumeUNetFile, WARNING,
    file_sha256, volume_unets_taken_over,
};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Which checkpoints are taken over.
pub struct SpacesImportRequest<'a> {
    /// One network each; their mean is told.
    pub files: &'a [PathBuf],
    /// What norms add to the variance, where the files do not say it; else 1e-3, as in Keras. In PyTorch it
    /// is 1e-5 unless told there.
    pub epsilon: Option<f64>,
    /// The licence of the weights, as far as known.
    pub licence: Option<String>,
    /// By what the model will be called; otherwise the first file's name.
    pub name: Option<String>,
    /// The file to write.
    pub output: &'a Path,
}

/// Takes over networks that mark spaces. Weights are kept in single precision, so that they give the
/// numbers that they gave before; scans are scaled as SHiVAi scales them.
///
/// # Errors
/// When a checkpoint is not one of such a network, with what is missing, left over or wrong in it, and when
/// it is given or gives more than one map.
pub fn import_spaces(request: &SpacesImportRequest<'_>) -> anyhow::Result<()> {
    let first = request.files.first().context("no checkpoint was named")?;
    if let Some(epsilon) = request.epsilon
        && !(epsilon > 0.0 && epsilon < 1.0)
    {
        bail!("--epsilon is above 0 and below 1, not {epsilon}");
    }
    let mut files = Vec::new();
    for path in request.files {
        files.push(VolumeUNetFile::open(path)?);
    }
    let cpu = Compute::cpu();
    let found = volume_unets_taken_over(files, request.epsilon, cpu.device())?;
    let shape = &found.shape.shape;
    if [shape.channels_in, shape.channels_out] != [1, 1] {
        bail!(
            "the network takes {} scans and gives {} maps, where one and one are wanted: {}",
            shape.channels_in,
            shape.channels_out,
            first.display()
        );
    }
    let text =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> = request
        .files
        .iter()
        .map(|path| text(path.file_name()))
        .collect();
    let mut hashes = Vec::new();
    for path in request.files {
        let hash = file_sha256(path);
        hashes.push(hash.with_context(|| format!("cannot be opened again: {}", path.display()))?);
    }
    let name = request.name.clone();
    let card = Card {
        name: name.unwrap_or_else(|| text(first.file_stem())),
        warning: WARNING.to_owned(),
        purpose: purpose(None),
        licence: request.licence.clone(),
        date: today(),
        made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        n_weights: found.nets.n_weights(),
        task: TaskCard::Spaces(SpacesCard {
            network: found.shape,
            preparation: SpacesPreparation {
                scaling: SpacesScaling::Percentile,
                ..SpacesPreparation::default()
            },
            threshold: 0.5,
            training: None,
        }),
        origin: Origin::Imported(Imported {
            file: names.join(", "),
            sha256: hashes.join(", "),
            layout: found.layout,
            beside: found.beside,
        }),
    };
    Ok(Model::write_as(
        &found.nets,
        &card,
        Precision::Single,
        request.output,
    )?)
}
