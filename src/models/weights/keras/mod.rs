//! U-nets of three dimensions in the files of Keras (HDF5, or its zip), as SHIVA-PVS handed them out.
//!
//! Which tensor belongs where follows from the order of the layers, by the configuration where there is one,
//! and from the shapes; not from names that Keras numbered. Nothing in a file is executed.
//!
//! Invariant: each tensor of a file has its one place in the network, or the file is refused with the layer
//! and the shape that do not fit.

mod graph;
mod store;

use super::file::{HDF5, WeightsError, WeightsFile};
use crate::formats::{has_zip_members, unpacked_member};
use crate::models::nets::{DecoderWidth, VolumeUNetShape};
use crate::text::one_line;
use burn::store::bridge;
use burn::store::burn_pack::Tensor as PackTensor;
use burn::tensor::TensorData;
use graph::Wiring;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use store::{Checkpoint, Layer, Stored, by_sides};

/// The weights in a zip of Keras.
const WEIGHTS: &str = "model.weights.h5";
/// The configuration there.
const CONFIG: &str = "config.json";
/// Bytes of weights unpacked; those of the largest network known with the state of its training are a
/// quarter.
const MOST_WEIGHTS: u64 = 2 << 30;
/// Bytes of a configuration.
const MOST_CONFIG: u64 = 16 << 20;

/// A U-net of three dimensions from a file of Keras.
pub(super) struct FromKeras {
    /// Its tensors by the names that [`volume_unets_taken_over`](super::volume_unets_taken_over) knows.
    pub(super) file: WeightsFile,
    /// What norms add to the variance, where the file tells it.
    pub(super) epsilon: Option<f64>,
    /// Shares left out in training, where the file tells them.
    pub(super) dropout: Option<[f64; 2]>,
    /// How the file kept it.
    pub(super) layout: String,
    /// What was not taken over, as it says nothing of the network's answers.
    pub(super) beside: Vec<String>,
}

/// Whether a file is one of Keras by what it begins with and, where that is a zip, what lies in it.
pub(super) fn is_keras(path: &Path) -> bool {
    let mut head = [0; 8];
    let begins = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    begins.is_ok() && (head == *HDF5 || has_zip_members(path, WEIGHTS))
}

/// Opens a file of Keras.
///
/// # Errors
/// When it is damaged, and when its layers are not those of such a network, with the layer and its shape.
pub(super) fn opened(path: &Path) -> Result<FromKeras, WeightsError> {
    taken(path).map_err(|reason| WeightsError::Layers {
        reason: one_line(&reason).into_owned(),
        path: path.to_owned(),
    })
}

fn taken(path: &Path) -> Result<FromKeras, String> {
    let is_zip = has_zip_members(path, WEIGHTS);
    let mut found = if is_zip {
        let weights = unpacked(path, WEIGHTS, MOST_WEIGHTS)?;
        let mut config = String::new();
        let mut file = unpacked(path, CONFIG, MOST_CONFIG)?;
        file.read_to_string(&mut config)
            .map_err(|error| format!("{CONFIG}: {error}"))?;
        Checkpoint {
            config: Some(config),
            ..store::opened(weights)?
        }
    } else {
        store::opened(File::open(path).map_err(|error| error.to_string())?)?
    };
    let wiring = found.config.as_deref().map(graph::wiring).transpose()?;
    if let Some(wiring) = wiring.as_ref().filter(|_| !found.is_mixed) {
        rename(&mut found.layers, &wiring.order);
    }
    let layers = match &wiring {
        Some(wiring) => by_config(&found.layers, wiring)?,
        None => by_order(&found.layers, found.is_mixed)?,
    };
    let shape = shape_of(&layers, wiring.as_ref())?;
    let tensors = layers.tensors(&shape)?;
    let mut beside = found.beside;
    let dropout = wiring.as_ref().map(|wiring| &wiring.dropout);
    if let Some(Err(rates)) = dropout {
        let rates: Vec<String> = rates.iter().map(ToString::to_string).collect();
        beside.push(format!("dropout of {} in training", rates.join(", ")));
    }
    Ok(FromKeras {
        file: WeightsFile::from_named(tensors, path),
        epsilon: wiring.as_ref().map(|wiring| wiring.epsilon),
        dropout: dropout.and_then(|dropout| dropout.as_ref().ok().copied()),
        layout: layout(is_zip, found.is_mixed, wiring.is_some()),
        beside,
    })
}

/// A member of a zip, unpacked on the disk.
fn unpacked(path: &Path, name: &str, limit: u64) -> Result<File, String> {
    let mut file = tempfile::tempfile().map_err(|error| error.to_string())?;
    match unpacked_member(path, name, limit, &mut file).map_err(|error| error.to_string())? {
        None => return Err(format!("the zip has no {name}")),
        Some(_) => file.flush().and_then(|()| file.rewind()),
    }
    .map_err(|error| error.to_string())?;
    Ok(file)
}

fn layout(is_zip: bool, is_mixed: bool, has_config: bool) -> String {
    let kind = match (is_zip, is_mixed) {
        (true, _) => "Keras 3 (.keras)",
        (false, true) => "Keras (.h5)",
        (false, false) => "Keras 3 (.weights.h5)",
    };
    match has_config {
        true => kind.to_owned(),
        false => format!(
            "{kind}, without a configuration: swish, poolings, the order of joined maps, a logistic function at the end and, where nobody told it, the epsilon of the norms (0.001) are taken to be those of SHIVA-PVS version 1"
        ),
    }
}

/// Gives layers that are named by their class and a number the names of the configuration, where they stand
/// in the order of their classes.
fn rename(layers: &mut [Layer], order: &[[String; 2]]) {
    for (class, ours) in [
        ("Conv3D", "conv3d"),
        ("BatchNormalization", "batch_normalization"),
    ] {
        let named = order.iter().filter(|[told, _]| told == class);
        // All at once, as a name of the configuration may be another layer's in the file.
        let pairs = named.enumerate().map(|(at, [_, name])| match at {
            0 => (ours.to_owned(), name.clone()),
            _ => (format!("{ours}_{at}"), name.clone()),
        });
        let pairs: std::collections::BTreeMap<String, String> = pairs.collect();
        let kind = |layer: &Layer| (layer.tensor("kernel").is_some()) == (class == "Conv3D");
        for layer in layers.iter_mut().filter(|layer| kind(layer)) {
            if let Some(name) = pairs.get(&layer.name) {
                layer.name.clone_from(name);
            }
        }
    }
}

/// Layers by what they are in the network.
struct Layers<'a> {
    /// Convolutions with their norms, from what goes in to what comes out.
    pairs: Vec<[&'a Layer; 2]>,
    head: &'a Layer,
}

/// By the names of the configuration.
fn by_config<'a>(layers: &'a [Layer], wiring: &Wiring) -> Result<Layers<'a>, String> {
    let of = |name: &String| {
        let found = layers.iter().find(|layer| layer.name == *name);
        found.ok_or_else(|| format!("the layer {name} of the configuration has no weights"))
    };
    let mut pairs = Vec::new();
    for [conv, norm] in &wiring.pairs {
        pairs.push([of(conv)?, of(norm)?]);
    }
    let head = of(&wiring.head)?;
    let is_used = |layer: &&Layer| {
        let mut used = wiring.pairs.iter().flatten().chain([&wiring.head]);
        used.any(|name| *name == layer.name)
    };
    match layers.iter().find(|layer| !is_used(layer)) {
        None => Ok(Layers { pairs, head }),
        Some(layer) => Err(format!(
            "the layer {} has weights, and no place in the network",
            layer.name
        )),
    }
}

/// By the order of the file: each convolution but the last has its norm behind it.
fn by_order(layers: &[Layer], is_mixed: bool) -> Result<Layers<'_>, String> {
    let is_conv = |layer: &&Layer| layer.tensor("kernel").is_some();
    let (convs, norms): (Vec<&Layer>, Vec<&Layer>) = layers.iter().partition(is_conv);
    let Some((&head, convs)) = convs.split_last() else {
        return Err("it has no convolutions".to_owned());
    };
    if is_mixed {
        for (at, layer) in layers.iter().enumerate() {
            let is_wanted = is_conv(&layer) == (at % 2 == 0);
            if !is_wanted {
                let wanted = if at % 2 == 0 {
                    "convolution"
                } else {
                    "batch norm"
                };
                let before = at.checked_sub(1).map_or("nothing", |at| &layers[at].name);
                return Err(format!(
                    "the layer {} stands behind {before}, where a {wanted} is wanted",
                    layer.name
                ));
            }
        }
    }
    if norms.len() != convs.len() {
        return Err(format!(
            "it has {} convolutions before the last and {} batch norms, where each has one",
            convs.len(),
            norms.len()
        ));
    }
    let pairs = convs.iter().zip(norms).map(|(conv, norm)| [*conv, norm]);
    Ok(Layers {
        pairs: pairs.collect(),
        head,
    })
}

/// The tensor of a role with this number of axes.
fn tensor<'a>(layer: &'a Layer, role: &str, rank: usize) -> Result<&'a Stored, String> {
    let tensor = layer.tensor(role);
    let tensor = tensor.ok_or_else(|| format!("the layer {} has no {role}", layer.name))?;
    match tensor.dims.len() == rank {
        true => Ok(tensor),
        false => Err(wrong_dims(layer, tensor, &format!("{rank} sides"))),
    }
}

fn wrong_dims(layer: &Layer, tensor: &Stored, wanted: &str) -> String {
    format!(
        "the {} of the layer {} is {}, where {wanted} is wanted",
        tensor.role,
        layer.name,
        by_sides(&tensor.dims)
    )
}

/// Channels into and out of a convolution, by its kernel: `[depth, height, width, in, out]`.
fn channels(layer: &Layer, side: usize) -> Result<[usize; 2], String> {
    let kernel = tensor(layer, "kernel", 5)?;
    match kernel.dims[..] {
        [d, h, w, from, to] if [d, h, w] == [side; 3] => Ok([from, to]),
        _ => Err(wrong_dims(
            layer,
            kernel,
            &format!("{side}x{side}x{side} by maps"),
        )),
    }
}

/// The shape of the network whose layers these are.
fn shape_of(layers: &Layers<'_>, wiring: Option<&Wiring>) -> Result<VolumeUNetShape, String> {
    let mut widths = Vec::new();
    for [conv, _] in &layers.pairs {
        widths.push(channels(conv, 3)?);
    }
    let [_, channels_out] = channels(layers.head, 1)?;
    let Some(&[channels_in, _]) = widths.first() else {
        return Err("it has one convolution only".to_owned());
    };
    let biased = |[conv, _]: &&[&Layer; 2]| conv.tensor("bias").is_some();
    let bias = layers.pairs.iter().take(1).any(|pair| biased(&pair));
    if let Some([other, _]) = layers.pairs.iter().find(|pair| biased(pair) != bias) {
        return Err(format!(
            "the layer {} alone has or lacks a bias",
            other.name
        ));
    }
    let model = VolumeUNetShape {
        channels_in,
        channels_out,
        bias,
        ..VolumeUNetShape::paper()
    };
    let all = candidates(&model, &widths);
    let all = all.into_iter().filter(|shape| match wiring {
        Some(told) => {
            [shape.depth, shape.convs, shape.last_convs]
                == [told.depth, told.convs, told.last_convs]
                && [shape.last_pool, shape.skips] == [told.last_pool, told.skips]
        }
        None => true,
    });
    // How many convolutions fit, from the first on.
    let fitting = |shape: &VolumeUNetShape| {
        let wanted = shape.convolutions();
        let pairs = widths.iter().zip(&wanted);
        let n = pairs
            .take_while(|(found, (_, wanted))| *found == wanted)
            .count();
        (n, n == wanted.len() && n == widths.len())
    };
    let mut judged: Vec<_> = all.map(|shape| (fitting(&shape), shape)).collect();
    // The one that fits farthest; where several do, that with the fewest layers.
    judged.sort_by_key(|((n, whole), shape)| (!*whole, usize::MAX - n, shape.convolutions().len()));
    match &judged[..] {
        [((_, true), _), ((_, true), _), ..] => Err(
            "its layers are those of several networks, and no configuration tells which".to_owned(),
        ),
        [((_, true), shape), ..] => Ok(shape.clone()),
        [((n, false), shape), ..] => Err(first_misfit(layers, &widths, *n, shape)),
        [] => Err(format!(
            "its {} convolutions are those of no such network",
            widths.len()
        )),
    }
}

/// Shapes that layers of these channels may have, by the number of layers.
fn candidates(model: &VolumeUNetShape, widths: &[[usize; 2]]) -> Vec<VolumeUNetShape> {
    let mut all = Vec::new();
    for (depth, convs) in (1..=10).flat_map(|depth| (1..=8).map(move |convs| (depth, convs))) {
        let maps = (0..depth).map(|level| Some(widths.get(level * convs)?[1]));
        let Some(maps) = maps.collect::<Option<Vec<usize>>>() else {
            continue;
        };
        let Some(factor) = VolumeUNetShape::factor_of(&maps) else {
            continue;
        };
        for at in 0..8 {
            let [last_pool, skips, joined] = [1, 2, 4].map(|bit| at & bit != 0);
            let shape = VolumeUNetShape {
                base: maps[0],
                factor,
                depth,
                convs,
                last_pool,
                skips,
                decoder: match joined {
                    true => DecoderWidth::Joined,
                    false => DecoderWidth::Level,
                },
                ..model.clone()
            };
            // With one convolution a block, both widths are the same network.
            let is_twin = || {
                let narrow = VolumeUNetShape {
                    decoder: DecoderWidth::Level,
                    ..shape.clone()
                };
                joined && shape.convolutions() == narrow.convolutions()
            };
            if shape.can_be() && !is_twin() {
                let n = shape.convolutions().len();
                let last_convs = widths.len().saturating_sub(n);
                all.push(VolumeUNetShape {
                    last_convs,
                    ..shape
                });
            }
        }
    }
    all.retain(VolumeUNetShape::can_be);
    all
}

/// What first keeps layers from being this network.
fn first_misfit(
    layers: &Layers<'_>,
    widths: &[[usize; 2]],
    at: usize,
    shape: &VolumeUNetShape,
) -> String {
    let wanted = shape.convolutions();
    match (layers.pairs.get(at), wanted.get(at)) {
        (Some([conv, _]), Some((_, [from, to]))) => format!(
            "the kernel of the layer {} is 3x3x3x{}x{}, where 3x3x3x{from}x{to} is wanted in a {}",
            conv.name,
            widths[at][0],
            widths[at][1],
            shape.in_words()
        ),
        _ => format!(
            "it has {} convolutions before the last, where {} are wanted in a {}",
            widths.len(),
            wanted.len(),
            shape.in_words()
        ),
    }
}

impl Layers<'_> {
    /// All tensors by the names of this program, each of the shape that it must have.
    fn tensors(&self, shape: &VolumeUNetShape) -> Result<Vec<(String, PackTensor)>, String> {
        let mut all = Vec::new();
        let mut put = |name: String, values: Vec<f32>, dims: Vec<usize>| {
            let data = TensorData::new(values, dims);
            all.push((name.clone(), bridge::from_data(data, name, None)));
        };
        let vector = |layer: &Layer, role: &str, n: usize| {
            let found = tensor(layer, role, 1)?;
            match found.dims[0] == n {
                true => found.values(),
                false => Err(wrong_dims(layer, found, &n.to_string())),
            }
        };
        for ([conv, norm], (name, [_, n])) in self.pairs.iter().zip(shape.convolutions()) {
            let (values, dims) = kernel(conv)?;
            put(format!("{name}.conv.weight"), values, dims);
            if shape.bias {
                put(
                    format!("{name}.conv.bias"),
                    vector(conv, "bias", n)?,
                    vec![n],
                );
            }
            for (role, part) in [
                ("gamma", "weight"),
                ("beta", "bias"),
                ("moving_mean", "running_mean"),
                ("moving_variance", "running_var"),
            ] {
                let values = vector(norm, role, n)?;
                if role == "moving_variance" && values.iter().any(|value| *value < 0.0) {
                    return Err(format!("the layer {} has a variance below 0", norm.name));
                }
                put(format!("{name}.norm.{part}"), values, vec![n]);
            }
            only(conv, 1 + usize::from(shape.bias))?;
            only(norm, 4)?;
        }
        let wanted = [shape.base, shape.channels_out];
        if channels(self.head, 1)? != wanted {
            let wanted = format!("1x1x1x{}x{}", wanted[0], wanted[1]);
            return Err(wrong_dims(
                self.head,
                tensor(self.head, "kernel", 5)?,
                &wanted,
            ));
        }
        let (values, dims) = kernel(self.head)?;
        put("head.weight".to_owned(), values, dims);
        let n = shape.channels_out;
        put(
            "head.bias".to_owned(),
            vector(self.head, "bias", n)?,
            vec![n],
        );
        only(self.head, 2)?;
        Ok(all)
    }
}

/// Refuses a layer with tensors beside those that were taken.
fn only(layer: &Layer, n: usize) -> Result<(), String> {
    match layer.tensors.len() == n {
        true => Ok(()),
        false => Err(format!(
            "the layer {} has {} tensors, where {n} are wanted",
            layer.name,
            layer.tensors.len()
        )),
    }
}

/// A kernel from Keras's order `[depth, height, width, in, out]` in `[out, in, depth, height, width]`.
fn kernel(layer: &Layer) -> Result<(Vec<f32>, Vec<usize>), String> {
    let kernel = tensor(layer, "kernel", 5)?;
    let values = kernel.values()?;
    let [depth, height, width, from, to] = kernel.dims[..] else {
        return Err(wrong_dims(layer, kernel, "5 sides"));
    };
    let n = depth * height * width;
    let of = |at: usize| {
        let (voxel, channel) = (at % n, at / n);
        let (out, into) = (channel / from, channel % from);
        values[(voxel * from + into) * to + out]
    };
    let turned = (0..values.len()).map(of).collect();
    Ok((turned, vec![to, from, depth, height, width]))
}
