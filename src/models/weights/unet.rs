//! A U-net from the tensors of a file, whoever named them.

use super::file::{WeightsError, WeightsFile};
use super::tensors::{TensorMisfit, Tensors, fill};
use super::{mateuszbuda, milesial};
use crate::models::nets::{OutputActivation, UNet, UNetShape, Upsampling};
use burn::store::bridge;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// How a file names the tensors of a U-net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// As this program names them.
    Cisterna,
    /// As `milesial/Pytorch-UNet` does.
    Milesial,
    /// As `mateuszbuda/brain-segmentation-pytorch` does.
    Mateuszbuda,
}

/// Where a burnpack says what U-net it is the weights of.
pub(in crate::models) const SHAPE_KEY: &str = "unet";

impl Layout {
    /// That of a file, if it is one of the known ones.
    #[must_use]
    pub fn of(file: &WeightsFile) -> Option<Self> {
        let known = [
            ("encoder.0.conv1.weight", Self::Cisterna),
            (milesial::SIGN, Self::Milesial),
            (mateuszbuda::SIGN, Self::Mateuszbuda),
        ];
        let found = known.into_iter().find(|(sign, _)| file.has(sign));
        found.map(|(_, layout)| layout)
    }

    /// Its name, as files have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cisterna => "cisterna",
            Self::Milesial => "milesial",
            Self::Mateuszbuda => "mateuszbuda",
        }
    }

    /// How often the network halves its planes, by the highest number of a decoder's block.
    fn depth<'a>(self, names: impl Iterator<Item = &'a str>) -> usize {
        match self {
            Self::Cisterna => 1 + highest(names, "decoder."),
            Self::Milesial => highest(names, milesial::DECODER),
            Self::Mateuszbuda => highest(names, mateuszbuda::DECODER),
        }
    }
}

/// The U-net that a file holds the weights of. Every tensor must have its place and every place its
/// tensor. `activation` says what comes after the last convolution where neither the file nor the
/// layout does.
///
/// # Errors
/// When they are not those of a U-net, with the names of what is wrong.
pub fn unet_of(
    file: WeightsFile,
    layout: Option<Layout>,
    activation: Option<OutputActivation>,
    device: &Device,
) -> Result<(UNetShape, UNet), WeightsError> {
    let path = file.path().to_owned();
    let Some(layout) = layout.or_else(|| Layout::of(&file)) else {
        let names: Vec<&str> = file.names().take(3).collect();
        return Err(WeightsError::UnknownLayout {
            sample: names.join(", "),
            path,
        });
    };
    let container = |reason: String| WeightsError::Container {
        reason,
        path: path.clone(),
    };
    let stated: Option<UNetShape> = file
        .metadata(SHAPE_KEY)
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| container(format!("{SHAPE_KEY}: {error}")))?;
    let depth = layout.depth(file.names());
    let mut unused = Vec::new();
    let mut tensors = Tensors::new();
    for (name, tensor) in file.into_tensors() {
        let data = bridge::into_data(tensor).map_err(|error| container(error.to_string()))?;
        let data = data.convert::<f32>();
        let renamed = match layout {
            Layout::Cisterna => Some((name.clone(), data)),
            Layout::Milesial => milesial::renamed(&name).map(|ours| (ours, data)),
            Layout::Mateuszbuda => mateuszbuda::renamed(&name, depth).map(|ours| {
                let data = mateuszbuda::reordered(&ours, data);
                (ours, data)
            }),
        };
        match renamed {
            Some((ours, data)) => drop(tensors.insert(ours, data)),
            None => unused.push(name),
        }
    }
    let dims = |name: &str| -> Result<[usize; 4], WeightsError> {
        let found = tensors.get(name).map(|data| data.shape().to_vec());
        found
            .and_then(|dims| dims.try_into().ok())
            .ok_or_else(|| WeightsError::NoShape {
                name: name.to_owned(),
                path: path.clone(),
            })
    };
    let [features, channels_in, ..] = dims("encoder.0.conv1.weight")?;
    let [channels_out, ..] = dims("head.weight")?;
    let shape = UNetShape {
        channels_in,
        channels_out,
        features,
        depth,
        upsampling: match tensors.contains_key("ups.0.weight") {
            true => Upsampling::Transposed,
            false => Upsampling::Bilinear,
        },
        head: activation.unwrap_or(match (&stated, layout) {
            (Some(stated), _) => stated.head,
            (None, Layout::Mateuszbuda) => OutputActivation::Sigmoid,
            (None, _) => OutputActivation::Identity,
        }),
        context: tensors.contains_key("context.expand.weight"),
    };
    let filled = fill(shape.init(device), &tensors);
    let mut misfit = match filled {
        Ok(net) if unused.is_empty() => return Ok((shape, net)),
        Ok(_) => TensorMisfit::default(),
        Err(misfit) => misfit,
    };
    misfit.unused.splice(0..0, unused);
    Err(WeightsError::Misfit {
        network: format!("a U-net of {features} features"),
        misfit,
        path,
    })
}

/// The highest number after a prefix among names; 0 where there is none.
fn highest<'a>(names: impl Iterator<Item = &'a str>, prefix: &str) -> usize {
    names
        .filter_map(|name| {
            let digits = name.strip_prefix(prefix)?.split('.').next()?;
            digits.parse().ok()
        })
        .max()
        .unwrap_or(0)
}
