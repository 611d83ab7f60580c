//! What lies in a file of Keras: layers with their tensors, in the order of the network, and the
//! configuration. Nothing is decoded before somebody asks for the values of a tensor.

use hdf5_reader::group::Group;
use hdf5_reader::storage::FileStorage;
use hdf5_reader::{Attribute, Dataset, Datatype, Hdf5File, OpenOptions};
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

/// Groups and tensors together: twenty times those of the largest network known.
const MOST_MEMBERS: usize = 8192;
/// Groups in groups.
const DEEPEST: usize = 8;
/// All tensors together, decoded: six times those of the largest network known.
const MOST_BYTES: u64 = 1 << 30;
/// A piece of a tensor that was compressed; the largest tensor known is half of it.
const MOST_PIECE: usize = 1 << 27;
/// What belongs to the training of a model.
const OF_TRAINING: [&str; 4] = ["optimizer", "metrics", "compile_metrics", "loss_tracker"];
/// How much smaller a file may be than its tensors, as compression has it at best with weights.
const MOST_PACKED: u64 = 16;

/// Layers that have weights, in the order in which the file tells them, and what it says of itself.
pub(super) struct Checkpoint {
    pub(super) layers: Vec<Layer>,
    /// Whether that order mixes layers of different classes as the network does; else it is that of each
    /// class.
    pub(super) is_mixed: bool,
    /// `model_config`, as JSON.
    pub(super) config: Option<String>,
    /// What else lies there: the state of a training.
    pub(super) beside: Vec<String>,
}

/// The tensors of a layer.
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) tensors: Vec<Stored>,
}

/// A tensor in the file.
pub(super) struct Stored {
    /// `kernel`, `bias`, `gamma`, ...
    pub(super) role: String,
    pub(super) dims: Vec<usize>,
    /// Where it lies in the file.
    path: String,
    dataset: Dataset,
}

impl Stored {
    /// Its numbers, the last axis fastest.
    pub(super) fn values(&self) -> Result<Vec<f32>, String> {
        let bytes = self.dataset.read_native_bytes();
        let bytes = bytes.map_err(|error| format!("{}: {error}", self.path))?;
        let numbers = bytes.as_chunks::<4>().0.iter();
        let values: Vec<f32> = numbers.map(|four| f32::from_ne_bytes(*four)).collect();
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(format!("{} has values that are no numbers", self.path)),
        }
    }
}

impl Layer {
    /// The tensor of a role.
    pub(super) fn tensor(&self, role: &str) -> Option<&Stored> {
        self.tensors.iter().find(|tensor| tensor.role == role)
    }
}

/// Opens a file that Keras wrote: a whole model or its weights in the older format, or weights as Keras 3
/// keeps them.
///
/// # Errors
/// What is wrong.
pub(super) fn opened(file: File) -> Result<Checkpoint, String> {
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let told = |error: hdf5_reader::error::Error| error.to_string();
    let options = OpenOptions::default()
        .with_max_read_bytes(MOST_BYTES as usize)
        .with_max_chunk_bytes(MOST_PIECE);
    let storage = Arc::new(FileStorage::from_file(file).map_err(told)?);
    let file = Hdf5File::from_storage_with_options(storage, options).map_err(told)?;
    let whole = file.superblock().eof_address;
    if whole > length {
        return Err(format!("it is cut short: {length} of {whole} bytes"));
    }
    let root = file.root_group().map_err(told)?;
    let (groups, loose) = root.members().map_err(told)?;
    if let Some(loose) = loose.first() {
        return Err(format!("{} lies in no layer", loose.name()));
    }
    let attributes = root.attributes().map_err(told)?;
    let config = attributes.iter().find(|one| one.name == "model_config");
    let config = config.map(Attribute::read_string).transpose();
    let config = config.map_err(|error| format!("model_config: {error}"))?;
    let group = |name: &str| groups.iter().find(|group| group.name() == name);
    let of_keras_3 = group("layers").filter(|_| names(&attributes, "layer_names").is_err());
    let (layers, taken) = match (group("model_weights"), of_keras_3) {
        (Some(weights), _) => (listed(weights, length)?, Some("model_weights")),
        (None, Some(layers)) => (numbered(layers, length)?, Some("layers")),
        (None, None) => (listed(&root, length)?, None),
    };
    let others = groups.iter().map(Group::name).filter(|name| match taken {
        // Weights of no layer, of which such networks have none.
        Some(taken) => *name != taken && *name != "vars",
        None => false,
    });
    let beside: Vec<String> = others.map(str::to_owned).collect();
    let is_known = |name: &&String| OF_TRAINING.iter().any(|part| name.starts_with(part));
    if let Some(unknown) = beside.iter().find(|name| !is_known(name)) {
        return Err(format!("{unknown} belongs to no part of a network"));
    }
    if let Some(vars) = group("vars").filter(|_| taken == Some("layers"))
        && !vars.members().map_err(told)?.1.is_empty()
    {
        return Err("vars has weights of no layer".to_owned());
    }
    Ok(Checkpoint {
        layers,
        is_mixed: taken != Some("layers"),
        config,
        beside,
    })
}

/// Layers of the older format: `layer_names` of the group names them in order, `weight_names` of each names
/// its tensors.
fn listed(group: &Group, length: u64) -> Result<Vec<Layer>, String> {
    let told = |error: hdf5_reader::error::Error| error.to_string();
    let order = names(&group.attributes().map_err(told)?, "layer_names")?;
    let mut found = Found::of(group, length)?;
    let mut layers = Vec::new();
    let groups = group.members().map_err(told)?.0;
    for layer in &order {
        let inner = groups.iter().find(|group| group.name() == layer);
        let inner = inner.ok_or_else(|| format!("the layer {layer} is missing"))?;
        let weights = names(&inner.attributes().map_err(told)?, "weight_names")
            .map_err(|error| format!("the layer {layer}: {error}"))?;
        let mut tensors = Vec::new();
        for weight in weights {
            let role = weight.rsplit('/').next().unwrap_or_default();
            let role = role.strip_suffix(":0").unwrap_or(role).to_owned();
            tensors.push(found.taken(&format!("{layer}/{weight}"), role)?);
        }
        layers.push(Layer {
            name: layer.clone(),
            tensors,
        });
    }
    found.nothing_left()?;
    layers.retain(|layer| !layer.tensors.is_empty());
    Ok(layers)
}

/// Layers as Keras 3 keeps them: `layers/NAME/vars/0`, ..., where the name is that of the class and a number
/// from the second of a class on.
fn numbered(group: &Group, length: u64) -> Result<Vec<Layer>, String> {
    let told = |error: hdf5_reader::error::Error| error.to_string();
    let mut found = Found::of(group, length)?;
    let mut layers = Vec::new();
    for layer in group.members().map_err(told)?.0 {
        let name = layer.name();
        let stored = |at: usize| format!("{name}/vars/{at}");
        let n = (0..).take_while(|&at| found.has(&stored(at))).count();
        let rank = |at: usize| found.dims(&stored(at)).map(<[u64]>::len);
        let roles: &[&str] = match (n, rank(0)) {
            (1 | 2, Some(5)) => &["kernel", "bias"],
            (4, Some(1)) => &["gamma", "beta", "moving_mean", "moving_variance"],
            (0, _) => continue,
            _ => {
                return Err(format!(
                    "the layer {name} is neither a convolution in three dimensions nor a batch norm with four tensors"
                ));
            }
        };
        let mut tensors = Vec::new();
        for (at, role) in roles.iter().take(n).enumerate() {
            tensors.push(found.taken(&stored(at), (*role).to_owned())?);
        }
        layers.push(Layer {
            name: name.to_owned(),
            tensors,
        });
    }
    found.nothing_left()?;
    let place = |layer: &Layer| match layer.name.rsplit_once('_') {
        Some((class, number)) if number.parse::<u32>().is_ok() => {
            (class.to_owned(), number.parse::<u32>().unwrap_or(0))
        }
        _ => (layer.name.clone(), 0),
    };
    layers.sort_by_key(place);
    Ok(layers)
}

/// The texts of an attribute, which may be cut into several with numbers behind the name.
fn names(attributes: &[Attribute], key: &str) -> Result<Vec<String>, String> {
    let one = |key: &str| {
        let found = attributes.iter().find(|attribute| attribute.name == key)?;
        // An empty list has no texts, but numbers.
        Some(match found.shape.contains(&0) {
            true => Ok(Vec::new()),
            false => found
                .read_strings()
                .map_err(|error| format!("{key}: {error}")),
        })
    };
    if let Some(whole) = one(key) {
        return whole;
    }
    let parts: Result<Vec<_>, _> = (0..).map_while(|at| one(&format!("{key}{at}"))).collect();
    match parts?.concat() {
        none if none.is_empty() => Err(format!("it has no {key}")),
        all => Ok(all),
    }
}

/// All tensors below a group, by their path from there.
struct Found(BTreeMap<String, Dataset>);

impl Found {
    /// Refuses what costs more memory than such a file can be worth.
    fn of(group: &Group, length: u64) -> Result<Self, String> {
        let mut found = Self(BTreeMap::new());
        let mut n_members = 0;
        found.add(group, "", 0, &mut n_members)?;
        let mut bytes = 0_u64;
        for (path, dataset) in &found.0 {
            let n = dataset
                .shape()
                .iter()
                .try_fold(4_u64, |n, &side| n.checked_mul(side));
            bytes = bytes.saturating_add(n.unwrap_or(u64::MAX));
            if bytes > MOST_BYTES || bytes > length.saturating_mul(MOST_PACKED) {
                return Err(format!(
                    "{path} says that it is {}, more than a file of {length} bytes holds or such a network has",
                    by_sides(dataset.shape())
                ));
            }
        }
        Ok(found)
    }

    fn add(
        &mut self,
        group: &Group,
        above: &str,
        depth: usize,
        n_members: &mut usize,
    ) -> Result<(), String> {
        let (groups, datasets) = group.members().map_err(|error| error.to_string())?;
        *n_members += groups.len() + datasets.len();
        if *n_members > MOST_MEMBERS || depth > DEEPEST {
            return Err("it has more groups than such a file has".to_owned());
        }
        for dataset in datasets {
            self.0.insert(format!("{above}{}", dataset.name()), dataset);
        }
        for inner in groups {
            let above = format!("{above}{}/", inner.name());
            self.add(&inner, &above, depth + 1, n_members)?;
        }
        Ok(())
    }

    fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn dims(&self, path: &str) -> Option<&[u64]> {
        Some(self.0.get(path)?.shape())
    }

    /// Takes a tensor out.
    fn taken(&mut self, path: &str, role: String) -> Result<Stored, String> {
        let dataset = self.0.remove(path);
        let dataset = dataset.ok_or_else(|| format!("{path} is missing"))?;
        if !matches!(dataset.dtype(), Datatype::FloatingPoint { size: 4, .. }) {
            return Err(format!("{path} is not of type float32"));
        }
        // Each side is below the bound of all tensors together.
        let dims = dataset.shape().iter().map(|&side| side as usize).collect();
        Ok(Stored {
            role,
            dims,
            path: path.to_owned(),
            dataset,
        })
    }

    fn nothing_left(&self) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(path) => Err(format!("{path} is named by no layer")),
        }
    }
}

/// Sides as people write them: 3x3x3x10x18.
pub(super) fn by_sides(sides: &[impl ToString]) -> String {
    let sides: Vec<String> = sides.iter().map(ToString::to_string).collect();
    sides.join("x")
}
