//! Weights from files: our own, and those that PyTorch programs wrote.

use super::unet::{Head, UNet, UNetShape, Upsampling};
use burn::store::burn_pack::Reader;
use burn::store::burn_pack::Tensor as PackTensor;
use burn::store::pytorch::PytorchReader;
use burn::store::{
    BurnpackStore, HalfPrecisionAdapter, ModuleSnapshot, ModuleStore, SafetensorsStore, bridge,
};
use burn::tensor::{Bytes, Device, TensorData};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How a checkpoint names its tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// As this program names them.
    Cisterna,
    /// `inc`, `down1`.., `up1`.., `outc`; logits.
    Milesial,
    /// `encoder1`.., `bottleneck`, `upconv4`.., `decoder4`.., `conv`; a sigmoid at the end, and
    /// decoders that take the up-sampled maps before the skipped ones.
    Mateuszbuda,
}

/// Why there are no weights.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The container could not be opened.
    #[error("not a checkpoint that can be opened ({reason}): {path}")]
    Container {
        /// What its reader says.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The file could not be written.
    #[error("cannot write the weights ({reason}): {path}")]
    Write {
        /// What the writer says.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The names are those of no known network.
    #[error(
        "no U-net: none of its tensors is named as one of the known layouts has it ({sample}): {path}"
    )]
    UnknownLayout {
        /// Some names.
        sample: String,
        /// The file.
        path: PathBuf,
    },
    /// A tensor that decides the shape of the network is missing or has another number of axes.
    #[error("the tensor {name} is missing or of another rank: {path}")]
    NoShape {
        /// Its name, as this program has it.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// Tensors are missing, left over or of the wrong shape.
    #[error(
        "the tensors do not fit a U-net of {features} features; missing: {missing}; left over: {unused}; wrong: {wrong}: {path}"
    )]
    Misfit {
        /// Of the first level.
        features: usize,
        /// Names that the network has and the file lacks.
        missing: String,
        /// Names that the file has and the network lacks.
        unused: String,
        /// Names with both shapes.
        wrong: String,
        /// The file.
        path: PathBuf,
    },
}

/// The tensors of a file, by name.
pub struct Checkpoint {
    /// Decoded when a network is made of them.
    tensors: BTreeMap<String, PackTensor>,
    /// What the file says that they are, if it is one of ours.
    shape: Option<UNetShape>,
    /// Its model card as JSON, if it is one of ours.
    card: Option<String>,
    path: PathBuf,
}

/// Where a burnpack carries its model card.
const CARD_KEY: &str = "card";

/// Where a burnpack says what it is the weights of.
const SHAPE_KEY: &str = "unet";

/// Keys under which training scripts put the weights.
const WRAPPERS: [&str; 5] = ["state_dict", "model_state_dict", "model", "net", "weights"];

impl Checkpoint {
    /// Opens a burnpack, safetensors or PyTorch file (zip or the older pickle), told apart by
    /// what it begins with. Wrapping dictionaries and the prefix `module.` are taken off, and
    /// counters of batches left out; all numbers become f32.
    ///
    /// # Errors
    /// When the file is none of these.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let refused = |reason: String| CheckpointError::Container {
            reason,
            path: path.to_owned(),
        };
        crate::text::check_file(path).map_err(|error| refused(error.to_string()))?;
        let mut begins = Vec::new();
        File::open(path)
            .and_then(|file| file.take(9).read_to_end(&mut begins))
            .map_err(|error| refused(error.to_string()))?;
        let named: Vec<(String, PackTensor)> = if begins.ends_with(b"{") && begins.len() == 9 {
            let mut store = SafetensorsStore::from_file(path);
            let all = store.get_all_tensors();
            let all = all.map_err(|error| refused(error.to_string()))?;
            all.iter().map(|(k, t)| (k.clone(), t.clone())).collect()
        } else if begins.starts_with(b"PK") || begins.starts_with(&[0x80]) {
            let reader = PytorchReader::new(path).map_err(|error| refused(error.to_string()))?;
            let all = reader.into_tensors().into_iter();
            all.map(|(k, t)| (k, bridge::from_pytorch(t))).collect()
        } else {
            let pack = Reader::from_file(path).map_err(|error| refused(error.to_string()))?;
            return Self::from_pack(pack, path);
        };
        Ok(Self::from_named(named, path))
    }

    /// Opens the bytes of a burnpack; `path` is only what errors call it.
    ///
    /// # Errors
    /// When they are not those of one.
    pub fn from_bytes(bytes: &'static [u8], path: &Path) -> Result<Self, CheckpointError> {
        let pack = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec()));
        let pack = pack.map_err(|error| CheckpointError::Container {
            reason: error.to_string(),
            path: path.to_owned(),
        })?;
        Self::from_pack(pack, path)
    }

    fn from_pack(pack: Reader, path: &Path) -> Result<Self, CheckpointError> {
        let refused = |reason: String| CheckpointError::Container {
            reason,
            path: path.to_owned(),
        };
        let told = pack
            .metadata()
            .get(SHAPE_KEY)
            .map(|text| serde_json::from_str(text));
        let shape = told
            .transpose()
            .map_err(|error| refused(format!("{SHAPE_KEY}: {error}")))?;
        let card = pack.metadata().get(CARD_KEY).cloned();
        let all = pack
            .into_tensors()
            .map_err(|error| refused(error.to_string()))?;
        let named = all.into_iter().map(|t| (t.name.clone(), t)).collect();
        Ok(Self {
            shape,
            card,
            ..Self::from_named(named, path)
        })
    }

    fn from_named(named: Vec<(String, PackTensor)>, path: &Path) -> Self {
        let counted = |name: &str| name.ends_with("num_batches_tracked");
        let kept = named.into_iter().filter(|(name, _)| !counted(name));
        Self {
            tensors: kept
                .map(|(name, tensor)| (unwrapped(&name).to_owned(), tensor))
                .collect(),
            shape: None,
            card: None,
            path: path.to_owned(),
        }
    }

    /// The model card that the file carries, as JSON.
    #[must_use]
    pub fn card(&self) -> Option<&str> {
        self.card.as_deref()
    }

    /// How the tensors are named, if in one of the known ways.
    #[must_use]
    pub fn layout(&self) -> Option<Layout> {
        let has = |name: &str| self.tensors.contains_key(name);
        if has("encoder.0.conv1.weight") {
            Some(Layout::Cisterna)
        } else if has("inc.double_conv.0.weight") {
            Some(Layout::Milesial)
        } else if has("encoder1.enc1conv1.weight") {
            Some(Layout::Mateuszbuda)
        } else {
            None
        }
    }

    /// The U-net that these are the weights of. Every tensor must have its place and every place
    /// its tensor.
    ///
    /// `head` says what comes after the last convolution where neither the file nor the layout
    /// does.
    ///
    /// # Errors
    /// When they are not those of a U-net, with the names of what is wrong.
    pub fn unet(
        self,
        layout: Option<Layout>,
        head: Option<Head>,
        device: &Device,
    ) -> Result<(UNetShape, UNet), CheckpointError> {
        let Some(layout) = layout.or_else(|| self.layout()) else {
            let names: Vec<&str> = self.tensors.keys().take(3).map(String::as_str).collect();
            return Err(CheckpointError::UnknownLayout {
                sample: names.join(", "),
                path: self.path,
            });
        };
        let path = self.path;
        let depth = match layout {
            Layout::Cisterna => 1 + highest(self.tensors.keys(), "decoder."),
            Layout::Milesial => highest(self.tensors.keys(), "up"),
            Layout::Mateuszbuda => highest(self.tensors.keys(), "decoder"),
        };
        let mut unused = Vec::new();
        let mut tensors = BTreeMap::new();
        for (name, tensor) in self.tensors {
            let data = bridge::into_data(tensor).map_err(|error| CheckpointError::Container {
                reason: error.to_string(),
                path: path.clone(),
            })?;
            let data = data.convert::<f32>();
            match renamed(&name, layout, depth) {
                Some(ours) => {
                    let swaps = layout == Layout::Mateuszbuda
                        && ours.starts_with("decoder.")
                        && ours.ends_with("conv1.weight");
                    tensors.insert(ours, if swaps { halves_swapped(data) } else { data });
                }
                None => unused.push(name),
            }
        }
        let dims = |name: &str| -> Result<[usize; 4], CheckpointError> {
            let found = tensors.get(name).map(|data| data.shape().to_vec());
            found
                .and_then(|dims| dims.try_into().ok())
                .ok_or_else(|| CheckpointError::NoShape {
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
            head: head.unwrap_or(match (&self.shape, layout) {
                (Some(told), _) => told.head,
                (None, Layout::Mateuszbuda) => Head::Sigmoid,
                (None, _) => Head::Identity,
            }),
            context: tensors.contains_key("context.expand.weight"),
        };
        let mut unet = shape.init(device);
        let packed = tensors.into_iter();
        let packed = packed
            .map(|(name, data)| bridge::from_data(data, name, None))
            .collect();
        let applied = unet.apply(packed, None, None, false);
        unused.extend(applied.unused);
        let missing: Vec<String> = applied.missing.into_iter().map(|(name, _)| name).collect();
        if missing.is_empty() && unused.is_empty() && applied.errors.is_empty() {
            return Ok((shape, unet));
        }
        let wrong: Vec<String> = applied.errors.iter().map(ToString::to_string).collect();
        let told = |names: Vec<String>| match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(", "),
        };
        Err(CheckpointError::Misfit {
            features,
            missing: told(missing),
            unused: told(unused),
            wrong: told(wrong),
            path,
        })
    }
}

/// Writes a network as a burnpack, in half precision, with its model card if it has one: whole or
/// not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn save(
    unet: &UNet,
    shape: &UNetShape,
    card: Option<&str>,
    path: &Path,
) -> Result<(), CheckpointError> {
    let refused = |reason: String| CheckpointError::Write {
        reason,
        path: path.to_owned(),
    };
    let text = serde_json::to_string(shape).map_err(|error| refused(error.to_string()))?;
    let mut store = BurnpackStore::from_file(path)
        .auto_extension(false)
        .overwrite(true)
        .metadata(SHAPE_KEY, text)
        .with_to_adapter(HalfPrecisionAdapter::new());
    if let Some(card) = card {
        store = store.metadata(CARD_KEY, card);
    }
    unet.save_into(&mut store)
        .map_err(|error| refused(error.to_string()))
}

/// Writes a network's tensors by our names as safetensors, for other programs.
///
/// # Errors
/// When the file cannot be written.
pub fn export_safetensors(unet: &UNet, path: &Path) -> Result<(), CheckpointError> {
    let mut store = SafetensorsStore::from_file(path).overwrite(true);
    unet.save_into(&mut store)
        .map_err(|error| CheckpointError::Write {
            reason: error.to_string(),
            path: path.to_owned(),
        })
}

/// A name without the dictionaries and the prefix around it.
fn unwrapped(name: &str) -> &str {
    let mut name = name;
    loop {
        let inner = WRAPPERS
            .iter()
            .chain(&["module"])
            .find_map(|key| name.strip_prefix(key)?.strip_prefix('.'));
        match inner {
            Some(inner) => name = inner,
            None => return name,
        }
    }
}

/// The highest number after a prefix among names; 0 where there is none.
fn highest<'a>(names: impl Iterator<Item = &'a String>, prefix: &str) -> usize {
    names
        .filter_map(|name| {
            let digits = name.strip_prefix(prefix)?.split('.').next()?;
            digits.parse().ok()
        })
        .max()
        .unwrap_or(0)
}

/// Our name of a tensor, or none where it has no place in a U-net.
fn renamed(name: &str, layout: Layout, depth: usize) -> Option<String> {
    let number = |text: &str| text.parse::<usize>().ok();
    match layout {
        Layout::Cisterna => Some(name.to_owned()),
        Layout::Milesial => {
            let (block, rest) = name.split_once('.')?;
            if block == "outc" {
                return Some(format!("head.{}", rest.strip_prefix("conv.")?));
            }
            if block == "inc" {
                return double_conv("encoder.0", rest.strip_prefix("double_conv.")?);
            }
            if let Some(level) = block.strip_prefix("down").and_then(number) {
                let inner = rest.strip_prefix("maxpool_conv.1.double_conv.")?;
                return double_conv(&format!("encoder.{level}"), inner);
            }
            let step = block.strip_prefix("up").and_then(number)?.checked_sub(1)?;
            match rest.strip_prefix("up.") {
                Some(part) => Some(format!("ups.{step}.{part}")),
                None => {
                    let inner = rest.strip_prefix("conv.double_conv.")?;
                    double_conv(&format!("decoder.{step}"), inner)
                }
            }
        }
        Layout::Mateuszbuda => {
            let (block, rest) = name.split_once('.')?;
            if block == "conv" {
                return Some(format!("head.{rest}"));
            }
            if let Some(level) = block.strip_prefix("upconv").and_then(number) {
                return Some(format!("ups.{}.{rest}", depth.checked_sub(level)?));
            }
            let (home, inner) = if block == "bottleneck" {
                (format!("encoder.{depth}"), rest.strip_prefix("bottleneck")?)
            } else if let Some(level) = block.strip_prefix("encoder").and_then(number) {
                let inner = rest.strip_prefix(&format!("enc{level}"))?;
                (format!("encoder.{}", level.checked_sub(1)?), inner)
            } else {
                let level = block.strip_prefix("decoder").and_then(number)?;
                let inner = rest.strip_prefix(&format!("dec{level}"))?;
                (format!("decoder.{}", depth.checked_sub(level)?), inner)
            };
            let (layer, part) = inner.split_once('.')?;
            Some(format!("{home}.{layer}.{}", norm_part(layer, part)))
        }
    }
}

/// `0`, `1`, `3` and `4` of a sequence are the convolutions and norms of a block; 2 and 5 are
/// ReLUs, which have no tensors.
fn double_conv(home: &str, rest: &str) -> Option<String> {
    let (place, part) = rest.split_once('.')?;
    let layer = match place {
        "0" => "conv1",
        "1" => "norm1",
        "3" => "conv2",
        "4" => "norm2",
        _ => return None,
    };
    Some(format!("{home}.{layer}.{}", norm_part(layer, part)))
}

/// What a norm's weight and bias are called here.
fn norm_part<'a>(layer: &str, part: &'a str) -> &'a str {
    match (layer.starts_with("norm"), part) {
        (true, "weight") => "gamma",
        (true, "bias") => "beta",
        _ => part,
    }
}

/// A convolution's weight `[out, in, height, width]` with the halves of its inputs exchanged.
fn halves_swapped(data: TensorData) -> TensorData {
    let dims = data.shape().to_vec();
    let [out, channels, height, width] = dims[..] else {
        return data;
    };
    let Ok(values) = data.try_to_vec::<f32>() else {
        return data;
    };
    let row = channels * height * width;
    let half = channels / 2 * height * width;
    let mut swapped = Vec::with_capacity(values.len());
    for map in 0..out {
        let [from, to] = [map * row, (map + 1) * row];
        swapped.extend_from_slice(&values[from + half..to]);
        swapped.extend_from_slice(&values[from..from + half]);
    }
    TensorData::new(swapped, dims)
}
