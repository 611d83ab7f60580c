//! A MONAI bundle, a folder or a zip: its network's arguments, what it says of itself, its weights.
//! Nothing in it is evaluated: where an argument is an expression, the bundle is refused.

use crate::formats::{has_zip_members, unpacked_member};
use crate::models::DenseNetShape;
use crate::text::{self, Limit};
use anyhow::{Context, anyhow, bail};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

const METADATA: &str = "configs/metadata.json";
const INFERENCE: &str = "configs/inference.json";
const WEIGHTS: &str = "models/model.pt";

/// The weights of a network in three dimensions: far above any.
const LARGEST_WEIGHTS: u64 = 8 << 30;

/// A bundle.
pub(super) struct Bundle {
    /// What the network looks like.
    pub(super) shape: DenseNetShape,
    /// What the bundle says of itself.
    pub(super) metadata: Map<String, Value>,
    /// The state dictionary.
    pub(super) weights: PathBuf,
    /// Where it was unpacked; goes when this does.
    _unpacked: Option<tempfile::TempDir>,
}

/// Whether a path is to be taken for a bundle: a folder, or a zip with one of a bundle's files.
pub(super) fn is_bundle(path: &Path) -> bool {
    path.is_dir()
        || [METADATA, INFERENCE, WEIGHTS]
            .iter()
            .any(|name| has_zip_members(path, name))
}

impl Bundle {
    /// Opens a bundle of a dense network.
    ///
    /// # Errors
    /// When files are missing, which are named, and when the network is another one or its arguments
    /// are no plain values.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let (root, unpacked) = match path.is_dir() {
            true => (root_of(path), None),
            false => {
                let folder = tempfile::tempdir().context("no temporary folder can be made")?;
                unpack(path, folder.path())?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        let missing: Vec<&str> = [METADATA, INFERENCE, WEIGHTS]
            .into_iter()
            .filter(|name| !root.join(name).is_file())
            .collect();
        if !missing.is_empty() {
            bail!(
                "the MONAI bundle lacks {}: {}",
                missing.join(" and "),
                path.display()
            );
        }
        let object = |name: &str| -> anyhow::Result<Map<String, Value>> {
            let text = text::open(&root.join(name), Limit::Settings)?;
            let value: Value = serde_json::from_str(&text)
                .map_err(|why| anyhow!("{name} is not JSON ({why}): {}", path.display()))?;
            match value {
                Value::Object(fields) => Ok(fields),
                _ => bail!("{name} is not a JSON object: {}", path.display()),
            }
        };
        let inference = object(INFERENCE)?;
        let Some(network) = inference.get("network_def").and_then(Value::as_object) else {
            bail!("{INFERENCE} has no network_def: {}", path.display());
        };
        Ok(Self {
            shape: shape_of(network)
                .map_err(|why| anyhow!("{INFERENCE}, network_def: {why}: {}", path.display()))?,
            metadata: object(METADATA)?,
            weights: root.join(WEIGHTS),
            _unpacked: unpacked,
        })
    }

    /// The size of the volumes that the network was made for, where the bundle tells it as numbers.
    pub(super) fn spatial_shape(&self) -> Option<[usize; 3]> {
        let data = self.metadata.get("network_data_format")?;
        let inputs = data.get("inputs")?.as_object()?.values().next()?;
        let numbers = inputs.get("spatial_shape")?.as_array()?;
        let numbers: Option<Vec<usize>> = numbers
            .iter()
            .map(|number| usize::try_from(number.as_u64()?).ok())
            .collect();
        numbers?.try_into().ok()
    }

    /// What each number that comes out stands for, where the bundle tells it for all of them.
    pub(super) fn outputs(&self) -> Option<Vec<String>> {
        let data = self.metadata.get("network_data_format")?;
        let outputs = data.get("outputs")?.as_object()?.values().next()?;
        let channels = outputs.get("channel_def")?.as_object()?;
        let of = |at: usize| Some(channels.get(&at.to_string())?.as_str()?.to_owned());
        (0..self.shape.out_channels).map(of).collect()
    }

    /// A text that the bundle says of itself.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let text = self.metadata.get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// The folder of a bundle, which may lie alone in the one that was named.
fn root_of(path: &Path) -> PathBuf {
    if path.join("configs").is_dir() || path.join("models").is_dir() {
        return path.to_owned();
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|entry| entry.join("configs").is_dir())
        .collect();
    match &folders[..] {
        [one] => one.clone(),
        _ => path.to_owned(),
    }
}

fn unpack(path: &Path, folder: &Path) -> anyhow::Result<()> {
    let settings = Limit::Settings.bytes();
    for (name, limit) in [
        (METADATA, settings),
        (INFERENCE, settings),
        (WEIGHTS, LARGEST_WEIGHTS),
    ] {
        let to = folder.join(name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = std::fs::File::create(&to)?;
        if unpacked_member(path, name, limit, &mut file)?.is_none() {
            std::fs::remove_file(&to)?;
        }
    }
    Ok(())
}

/// The shape that the arguments of `network_def` tell.
fn shape_of(network: &Map<String, Value>) -> anyhow::Result<DenseNetShape> {
    for (name, value) in network {
        check_plain(name, value)?;
    }
    let Some(target) = network.get("_target_").and_then(Value::as_str) else {
        bail!("_target_ is missing");
    };
    let name = target.rsplit('.').next().unwrap_or_default();
    let block_config = match name {
        "DenseNet" | "DenseNet121" | "Densenet121" | "densenet121" => vec![6, 12, 24, 16],
        "DenseNet169" | "Densenet169" | "densenet169" => vec![6, 12, 32, 32],
        "DenseNet201" | "Densenet201" | "densenet201" => vec![6, 12, 48, 32],
        "DenseNet264" | "Densenet264" | "densenet264" => vec![6, 12, 64, 48],
        _ => bail!("_target_ is {target:?}, where a DenseNet is wanted"),
    };
    let mut shape = DenseNetShape {
        block_config,
        ..DenseNetShape::densenet121(0)
    };
    let mut told = Vec::new();
    for (name, value) in network {
        let number = || -> anyhow::Result<usize> {
            let number = value
                .as_u64()
                .and_then(|number| usize::try_from(number).ok());
            number.with_context(|| format!("{name} is {value}, where a whole number is wanted"))
        };
        told.push(name.as_str());
        match name.as_str() {
            "_target_" | "_desc_" | "progress" => {}
            "spatial_dims" => {
                if number()? != 3 {
                    bail!("spatial_dims is {value}, where 3 is wanted");
                }
            }
            "in_channels" => shape.in_channels = number()?,
            "out_channels" => shape.out_channels = number()?,
            "init_features" => shape.init_features = number()?,
            "growth_rate" => shape.growth_rate = number()?,
            "bn_size" => shape.bn_size = number()?,
            "block_config" => {
                let layers = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let layers: Option<Vec<usize>> = layers
                    .iter()
                    .map(|n| usize::try_from(n.as_u64()?).ok())
                    .collect();
                shape.block_config = layers
                    .filter(|layers| !layers.is_empty())
                    .with_context(|| format!("block_config is {value}"))?;
            }
            "dropout_prob" => {
                let share = value.as_f64().filter(|share| (0.0..1.0).contains(share));
                shape.dropout_prob = share.with_context(|| format!("dropout_prob is {value}"))?;
            }
            "act" if is_called(value, "relu") => {}
            "norm" if is_called(value, "batch") => {}
            "pretrained" if *value == Value::Bool(false) => {}
            _ => bail!("{name} = {value} is not known here"),
        }
    }
    for wanted in ["spatial_dims", "in_channels", "out_channels"] {
        if !told.contains(&wanted) {
            bail!("{wanted} is missing");
        }
    }
    Ok(shape)
}

/// Whether `act` or `norm` is this one, alone or with arguments that change nothing in what is
/// computed.
fn is_called(value: &Value, name: &str) -> bool {
    let is_name = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let harmless = |value: &Value| {
        let fields = value.as_object();
        fields.is_some_and(|fields| fields.keys().all(|key| key == "inplace"))
    };
    match value.as_array().map(Vec::as_slice) {
        Some([first]) => is_name(first),
        Some([first, arguments]) => is_name(first) && harmless(arguments),
        Some(_) => false,
        None => is_name(value),
    }
}

/// Refuses what MONAI would evaluate or look up.
fn check_plain(name: &str, value: &Value) -> anyhow::Result<()> {
    match value {
        Value::String(text) if text.starts_with(['$', '@', '%']) => {
            bail!("{name} is the expression {text:?}, and expressions are not evaluated")
        }
        Value::Array(values) => values.iter().try_for_each(|value| check_plain(name, value)),
        Value::Object(fields) => fields
            .iter()
            .try_for_each(|(key, value)| check_plain(&format!("{name}.{key}"), value)),
        _ => Ok(()),
    }
}
