//! Networks that make a few numbers of a volume, from the tensors of a file, whoever named them.

use super::file::{WeightsError, WeightsFile};
use super::monai;
use super::tensors::{NamedShapes, TensorMisfit, Tensors, fill, tensors_of, torch_part};
use crate::models::nets::{Classifier, ClassifierShape, DenseNetShape, SfcnShape};
use burn::store::{ModuleSnapshot, bridge};
use burn::tensor::{Device, TensorData};
use std::path::Path;

/// Where a burnpack says what network it is the weights of.
pub(in crate::models) const CLASSIFIER_KEY: &str = "classifier";

/// Keys under which training scripts put what is no weights, beside the dictionary of those.
const TRAINING_STATE: [&str; 6] = [
    "optimizer",
    "optimizer_state_dict",
    "lr_scheduler",
    "scheduler",
    "scheduler_state_dict",
    "scaler",
];

/// What a checkpoint of another program is taken for.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassifierKind {
    /// A dense network as MONAI names its tensors: of this shape, or of that which they tell.
    Densenet(Option<DenseNetShape>),
    /// An SFCN as its authors name them.
    Sfcn,
}

/// A network that was taken over.
#[derive(Clone, Debug)]
pub struct TakenOver {
    /// What it looks like.
    pub shape: ClassifierShape,
    /// The network.
    pub net: Classifier,
    /// How its tensors were named, in words.
    pub layout: String,
    /// Tensors of other parts of a larger network, which were left where they are.
    pub beside: Vec<String>,
}

/// The network that a file of this program holds the weights of.
///
/// # Errors
/// When they are not those of one, with the names of what is wrong.
pub fn classifier_of(file: WeightsFile, device: &Device) -> Result<Classifier, WeightsError> {
    let path = file.path().to_owned();
    let container = |reason: String| WeightsError::Container {
        reason,
        path: path.clone(),
    };
    let stated = file.metadata(CLASSIFIER_KEY).map(str::to_owned);
    let stated = stated.ok_or_else(|| container(format!("it does not say {CLASSIFIER_KEY}")))?;
    let shape: ClassifierShape = serde_json::from_str(&stated)
        .map_err(|error| container(format!("{CLASSIFIER_KEY}: {error}")))?;
    check_size(&shape, &path)?;
    let (tensors, _) = decoded(file, "")?;
    let misfit = |misfit| WeightsError::Misfit {
        network: shape.in_words(),
        misfit,
        path: path.clone(),
    };
    Ok(match shape.init(device) {
        Classifier::Densenet(net) => {
            Classifier::Densenet(Box::new(fill(*net, &tensors).map_err(misfit)?))
        }
        Classifier::Sfcn(net) => Classifier::Sfcn(Box::new(fill(*net, &tensors).map_err(misfit)?)),
    })
}

/// A network with only the first of its numbers.
///
/// # Errors
/// When the device does not hand the weights over, and when the shape is not that of the network with
/// fewer numbers.
pub(in crate::models) fn with_first_numbers(
    net: &Classifier,
    shape: &ClassifierShape,
    device: &Device,
) -> Result<Classifier, WeightsError> {
    let refused = |reason: String| WeightsError::Container {
        reason,
        path: Path::new("the network").to_owned(),
    };
    let n = shape.out_channels();
    let (mut tensors, last) = match net {
        // A linear layer has its outputs on the last axis, a convolution on the first.
        Classifier::Densenet(net) => (tensors_of(&**net), 1),
        Classifier::Sfcn(net) => (tensors_of(&**net), 0),
    };
    let tensors = tensors.as_mut().map_err(|e| refused(e.to_string()))?;
    for (name, axis) in [("out.weight", last), ("out.bias", 0)] {
        let Some(data) = tensors.get_mut(name) else {
            return Err(refused(format!("it has no {name}")));
        };
        let mut dims = data.shape().to_vec();
        let values = data.try_to_vec::<f32>();
        let values = values.map_err(|error| refused(format!("{name}: {error:?}")))?;
        let width: usize = dims[axis..].iter().product();
        let kept: usize = n.min(dims[axis]) * dims[axis + 1..].iter().product::<usize>();
        let rows = values.chunks_exact(width);
        let values: Vec<f32> = rows.flat_map(|row| row[..kept].to_vec()).collect();
        dims[axis] = n.min(dims[axis]);
        *data = TensorData::new(values, dims);
    }
    let misfit = |misfit: TensorMisfit| refused(misfit.to_string());
    Ok(match shape.init(device) {
        Classifier::Densenet(net) => {
            Classifier::Densenet(Box::new(fill(*net, tensors).map_err(misfit)?))
        }
        Classifier::Sfcn(net) => Classifier::Sfcn(Box::new(fill(*net, tensors).map_err(misfit)?)),
    })
}

/// A network from a checkpoint of another program. Each of its tensors must be there, and nothing
/// may be left over but what belongs to another part of a larger network.
///
/// # Errors
/// When that is not so, with the file's names of what is missing, left over or of a wrong shape.
pub fn taken_over(
    file: WeightsFile,
    kind: ClassifierKind,
    device: &Device,
) -> Result<TakenOver, WeightsError> {
    let path = file.path().to_owned();
    let unknown = |network: &'static str, names: Vec<&str>| WeightsError::UnknownNetwork {
        network,
        sample: names[..names.len().min(3)].join(", "),
        path: path.clone(),
    };
    let no_shape = |name: String| WeightsError::NoShape {
        name,
        path: path.clone(),
    };
    match kind {
        ClassifierKind::Densenet(stated) => {
            let Some(prefix) = monai::prefix(file.names()) else {
                return Err(unknown("dense network", file.names().collect()));
            };
            let has_layers = monai::has_layers(file.names());
            let found = Found::new(file, &prefix)?;
            let shape = match stated {
                Some(shape) => shape,
                None => monai::shape_of(&found.shapes(), has_layers).map_err(no_shape)?,
            };
            check_size(&ClassifierShape::Densenet(shape.clone()), &path)?;
            let net = shape.init(device);
            let name_of = |ours: &str| monai::name_of(ours, has_layers);
            let (net, beside) = found.into(net, &name_of, "a dense network", &path)?;
            let mut layout = "monai".to_owned();
            if !has_layers {
                layout += " without layers";
            }
            if !prefix.is_empty() {
                layout += &format!(" under {prefix}");
            }
            Ok(TakenOver {
                shape: ClassifierShape::Densenet(shape),
                net: Classifier::Densenet(Box::new(net)),
                layout,
                beside,
            })
        }
        ClassifierKind::Sfcn => {
            let found = Found::new(file, "")?;
            let shape = sfcn_shape(&found.shapes()).map_err(no_shape)?;
            check_size(&ClassifierShape::Sfcn(shape.clone()), &path)?;
            let last = shape.channels.len();
            let net = shape.init(device);
            let name_of = |ours: &str| sfcn_name(ours, last);
            let (net, beside) = found.into(net, &name_of, "an SFCN", &path)?;
            Ok(TakenOver {
                shape: ClassifierShape::Sfcn(shape),
                net: Classifier::Sfcn(Box::new(net)),
                layout: "ukbiobank".to_owned(),
                beside,
            })
        }
    }
}

/// Refuses a shape that no network has, before memory is taken for it.
fn check_size(shape: &ClassifierShape, path: &Path) -> Result<(), WeightsError> {
    match shape.can_be() {
        true => Ok(()),
        false => Err(WeightsError::Container {
            reason: format!("no network is like that: {}", shape.in_words()),
            path: path.to_owned(),
        }),
    }
}

/// The tensors of a file as f32 whose names begin so, without that beginning, and the names of all
/// others.
pub(super) fn decoded(
    file: WeightsFile,
    prefix: &str,
) -> Result<(Tensors, Vec<String>), WeightsError> {
    let path = file.path().to_owned();
    let is_state = |name: &str| {
        let (first, _) = name.split_once('.').unwrap_or((name, ""));
        TRAINING_STATE.contains(&first)
    };
    let (mut tensors, mut beside) = (Tensors::new(), Vec::new());
    for (name, tensor) in file.into_tensors() {
        let inner = name.strip_prefix(prefix).filter(|_| !is_state(&name));
        let Some(inner) = inner else {
            beside.push(name);
            continue;
        };
        let data = bridge::into_data(tensor).map_err(|error| WeightsError::Container {
            reason: format!("{name}: {error}"),
            path: path.clone(),
        })?;
        tensors.insert(inner.to_owned(), data.convert::<f32>());
    }
    Ok((tensors, beside))
}

/// Tensors of a checkpoint by its names, without what stands before all of them.
struct Found {
    tensors: Tensors,
    /// What stands before their names.
    prefix: String,
    /// Names of those that belong to another part.
    beside: Vec<String>,
}

impl Found {
    fn new(file: WeightsFile, prefix: &str) -> Result<Self, WeightsError> {
        let (tensors, beside) = decoded(file, prefix)?;
        Ok(Self {
            tensors,
            prefix: prefix.to_owned(),
            beside,
        })
    }

    fn shapes(&self) -> NamedShapes {
        let all = self.tensors.iter();
        all.map(|(name, data)| (name.clone(), data.shape().to_vec()))
            .collect()
    }

    /// A network with these tensors instead of its own. `name_of` gives the checkpoint's name of a
    /// tensor from ours.
    fn into<N: ModuleSnapshot>(
        mut self,
        net: N,
        name_of: &dyn Fn(&str) -> Option<String>,
        network: &str,
        path: &Path,
    ) -> Result<(N, Vec<String>), WeightsError> {
        let own = tensors_of(&net).map_err(|error| WeightsError::Container {
            reason: error.to_string(),
            path: path.to_owned(),
        })?;
        let mut misfit = TensorMisfit::default();
        let mut tensors = Tensors::new();
        for (ours, made) in own {
            let theirs = name_of(&ours).unwrap_or_else(|| ours.clone());
            let Some(data) = self.tensors.remove(&theirs) else {
                misfit.missing.push(self.prefix.clone() + &theirs);
                continue;
            };
            // As the checkpoint has it.
            let (has, mut wants) = (data.shape().to_vec(), made.shape().to_vec());
            let is_linear = wants.len() == 2;
            if is_linear {
                wants.reverse();
            }
            if has != wants {
                let name = format!("{}{theirs}", self.prefix);
                misfit
                    .wrong
                    .push(format!("{name} is {has:?}, not {wants:?}"));
                continue;
            }
            let data = if is_linear { transposed(data) } else { data };
            tensors.insert(ours, data);
        }
        let left_over = self.tensors.into_keys();
        misfit.unused = left_over.map(|name| self.prefix.clone() + &name).collect();
        let fits = misfit.missing.is_empty() && misfit.unused.is_empty() && misfit.wrong.is_empty();
        let filled = if fits {
            fill(net, &tensors)
        } else {
            Err(misfit)
        };
        match filled {
            Ok(net) => Ok((net, self.beside)),
            Err(misfit) => Err(WeightsError::Misfit {
                network: network.to_owned(),
                misfit,
                path: path.to_owned(),
            }),
        }
    }
}

/// PyTorch has the weights of a linear layer as `[out, in]`, burn as `[in, out]`.
fn transposed(data: TensorData) -> TensorData {
    let dims = data.shape().to_vec();
    let ([rows, columns], Ok(values)) = (&dims[..], data.try_to_vec::<f32>()) else {
        return data;
    };
    let (rows, columns) = (*rows, *columns);
    let turned: Vec<f32> = (0..rows * columns)
        .map(|at| values[at % rows * columns + at / rows])
        .collect();
    TensorData::new(turned, [columns, rows])
}

/// The authors' name of a tensor of an SFCN, from ours.
fn sfcn_name(ours: &str, n_blocks: usize) -> Option<String> {
    match ours.split('.').collect::<Vec<_>>()[..] {
        ["out", part] => Some(format!("classifier.conv_{n_blocks}.{part}")),
        ["blocks", at, layer, part] => {
            let place = if layer == "conv" { 0 } else { 1 };
            let part = torch_part(layer, part);
            Some(format!("feature_extractor.conv_{at}.{place}.{part}"))
        }
        _ => None,
    }
}

fn sfcn_shape(shapes: &NamedShapes) -> Result<SfcnShape, String> {
    let weight = |at: usize| format!("feature_extractor.conv_{at}.0.weight");
    let dims = |at: usize| shapes.get(&weight(at)).filter(|dims| dims.len() == 5);
    let channels: Vec<usize> = (0..).map_while(|at| Some(dims(at)?[0])).collect();
    let first = dims(0).ok_or_else(|| weight(0))?;
    let out = format!("classifier.conv_{}.weight", channels.len());
    Ok(SfcnShape {
        in_channels: first[1],
        out_channels: shapes.get(&out).map_or(2, |dims| dims[0]),
        channels,
        dropout_prob: 0.5,
    })
}
