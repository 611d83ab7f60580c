//! A leak network of another program, taken over with a card.

use super::bundle::{Bundle, is_bundle};
use super::notice::{Notify, remark};
use super::training::today;
use crate::models::leak::{LeakCard, LeakPreparation, purpose};
use crate::models::{
    Card, Classifier, ClassifierKind, ClassifierShape, Compute, Imported, Model, Origin, Precision,
    TakenOver, TaskCard, WARNING, WeightsFile, file_sha256, taken_over,
};
use anyhow::{Context, bail};
use std::path::Path;

/// Which checkpoint is taken over, and what is known of it.
pub struct LeakImportRequest<'a> {
    /// The checkpoint: PyTorch, safetensors, or a MONAI bundle.
    pub file: &'a Path,
    /// What it is.
    pub kind: ClassifierKind,
    /// Voxels that scans are brought to; as a bundle says, or as the paper does, where not told.
    pub size: Option<[usize; 3]>,
    /// All else of how scans become volumes.
    pub preparation: LeakPreparation,
    /// By what its numbers are divided before they become probabilities, where it was calibrated.
    pub temperature: Option<f64>,
    /// Which number stands for a leak, counted from 0; the last one where not told.
    pub positive: Option<usize>,
    /// The licence of the weights, as far as known.
    pub licence: Option<String>,
    /// By what it will be called; otherwise the file's name.
    pub name: Option<String>,
    /// The file to write.
    pub output: &'a Path,
}

/// Takes over a network that says whether a leak is likely. Weights are kept in single precision, so
/// that it gives the numbers that it gave before.
///
/// # Errors
/// When the checkpoint is not one of such a network, with what is missing, left over or wrong in it.
pub fn import_leak(request: LeakImportRequest<'_>, notify: Notify<'_>) -> anyhow::Result<()> {
    let path = request.file;
    if !path.exists() {
        bail!("there is no such file: {}", path.display());
    }
    let bundle = is_bundle(path).then(|| Bundle::open(path)).transpose()?;
    let (weights, kind) = match (&bundle, request.kind) {
        (Some(bundle), ClassifierKind::Densenet(_)) => (
            bundle.weights.as_path(),
            ClassifierKind::Densenet(Some(bundle.shape.clone())),
        ),
        (Some(_), ClassifierKind::Sfcn) => {
            bail!("a MONAI bundle holds no SFCN: {}", path.display())
        }
        (None, kind) => (path, kind),
    };
    let file = WeightsFile::open(weights)?;
    let TakenOver {
        mut shape,
        net,
        layout,
        beside,
    } = taken_over(file, kind, Compute::cpu().device())?;
    if let (ClassifierShape::Densenet(shape), Some(bundle)) = (&mut shape, &bundle) {
        shape.dropout_prob = bundle.shape.dropout_prob;
    }
    if !beside.is_empty() {
        let few = beside
            .iter()
            .take(3)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        remark(
            notify,
            format!(
                "{} tensors belong to other parts of a larger network and were left out: {few}{}",
                beside.len(),
                if beside.len() > 3 { ", ..." } else { "" }
            ),
        );
    }
    let stated = bundle.as_ref().and_then(Bundle::spatial_shape);
    let preparation = LeakPreparation {
        size: request.size.or(stated).unwrap_or(request.preparation.size),
        ..request.preparation
    };
    let mut part = LeakCard::new(shape, preparation);
    part.temperature = request.temperature;
    if let Some(outputs) = bundle.as_ref().and_then(Bundle::outputs) {
        part.outputs = outputs;
    }
    let is_leak = part.outputs.last().is_some_and(|name| name == "leak");
    match request.positive {
        Some(positive) => part.positive = positive,
        None if is_leak => {}
        None => remark(
            notify,
            format!(
                "nothing says which number stands for a leak: the last one is taken, {} ({:?}); \
                 --positive says another",
                part.positive,
                part.outputs.last().map_or("", String::as_str)
            ),
        ),
    }
    if let Err((field, value)) = part.check() {
        bail!("a {field} of {value} cannot be: {}", path.display());
    }
    let text =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let of_bundle = |key: &str| bundle.as_ref().and_then(|bundle| bundle.text(key));
    let name = request.name.or_else(|| of_bundle("name"));
    let licence = request.licence.or_else(|| of_bundle("license"));
    let card = Card {
        name: name.unwrap_or_else(|| text(path.file_stem())),
        warning: WARNING.to_owned(),
        purpose: purpose(),
        licence: licence.or_else(|| of_bundle("copyright")),
        date: today(),
        made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
        n_weights: net.n_weights(),
        task: TaskCard::Leak(part),
        origin: Origin::Imported(Imported {
            file: text(path.file_name()),
            sha256: file_sha256(weights)
                .with_context(|| format!("cannot be opened again: {}", path.display()))?,
            layout: match bundle.is_some() {
                true => format!("{layout}, bundle"),
                false => layout,
            },
            beside,
        }),
    };
    Ok(match &net {
        Classifier::Densenet(net) => {
            Model::write_as(&**net, &card, Precision::Single, request.output)
        }
        Classifier::Sfcn(net) => Model::write_as(&**net, &card, Precision::Single, request.output),
    }?)
}
