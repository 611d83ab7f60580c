//! Weights in files: burnpack, safetensors and PyTorch.

use super::tensors::TensorMisfit;
use burn::store::burn_pack::Reader;
use burn::store::burn_pack::Tensor as PackTensor;
use burn::store::pytorch::PytorchReader;
use burn::store::{
    BurnpackStore, HalfPrecisionAdapter, ModuleSnapshot, ModuleStore, SafetensorsStore, bridge,
};
use burn::tensor::Bytes;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Why there are no weights.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
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
    /// The names are not those of the network that the file is taken for.
    #[error(
        "no {network}: none of its tensors is named as one has it, or several parts of it are ({sample}): {path}"
    )]
    UnknownNetwork {
        /// What it is taken for.
        network: &'static str,
        /// Some names.
        sample: String,
        /// The file.
        path: PathBuf,
    },
    /// The layers of a file of Keras are not those of the network that it is taken for.
    #[error("no network for spaces that can be taken over ({reason}): {path}")]
    Layers {
        /// Which layer, and what is wrong with it.
        reason: String,
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
    #[error("the tensors do not fit {network}; {misfit}: {path}")]
    Misfit {
        /// What the tensors were taken for.
        network: String,
        /// What is wrong.
        misfit: TensorMisfit,
        /// The file.
        path: PathBuf,
    },
}

/// The tensors of a file, by name.
pub struct WeightsFile {
    /// Decoded when a network is made of them.
    tensors: BTreeMap<String, PackTensor>,
    /// What a burnpack or a safetensors file says of itself, by key.
    metadata: BTreeMap<String, String>,
    path: PathBuf,
}

/// Where a burnpack carries its model card.
pub(in crate::models) const CARD_KEY: &str = "card";

/// How files of HDF5 begin.
pub(super) const HDF5: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// No burnpack of a network or of a training is larger, bytes.
const LARGEST_PACK: u64 = 4 << 30;

/// A burnpack, all of it in memory. burn opens each tensor when it is wanted and by the file's name, and finds
/// something else once the file was written over, as a checkpoint is.
pub(in crate::models) fn open_pack(path: &Path) -> Result<Reader, String> {
    let told = |error: std::io::Error| error.to_string();
    let size = std::fs::metadata(path).map_err(told)?.len();
    if size > LARGEST_PACK {
        return Err(format!(
            "it has {size} bytes, more than a network can have ({LARGEST_PACK})"
        ));
    }
    let bytes = Bytes::from_bytes_vec(std::fs::read(path).map_err(told)?);
    Reader::from_bytes(bytes).map_err(|error| error.to_string())
}

/// Keys under which training scripts put the weights.
const WRAPPERS: [&str; 5] = ["state_dict", "model_state_dict", "model", "net", "weights"];

impl WeightsFile {
    /// Opens a burnpack, safetensors or PyTorch file (zip or the older pickle), told apart by
    /// what it begins with. Wrapping dictionaries and the prefix `module.` are taken off, and
    /// counters of batches left out; all numbers become f32.
    ///
    /// # Errors
    /// When the file is none of these.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let refused = |reason: String| WeightsError::Container {
            reason,
            path: path.to_owned(),
        };
        crate::text::check_file(path).map_err(|error| refused(error.to_string()))?;
        let mut begins = Vec::new();
        File::open(path)
            .and_then(|file| file.take(9).read_to_end(&mut begins))
            .map_err(|error| refused(error.to_string()))?;
        if begins.starts_with(HDF5) {
            let reason = "HDF5, of which networks for spaces are taken over, and no others";
            return Err(refused(reason.to_owned()));
        }
        let named: Vec<(String, PackTensor)> = if begins.ends_with(b"{") && begins.len() == 9 {
            let mut store = SafetensorsStore::from_file(path);
            let all = store.get_all_tensors();
            let all = all.map_err(|error| refused(error.to_string()))?;
            let named = all.iter().map(|(k, t)| (k.clone(), t.clone())).collect();
            return Ok(Self {
                metadata: safetensors_metadata(path).map_err(refused)?,
                ..Self::from_named(named, path)
            });
        } else if begins.starts_with(b"PK") || begins.starts_with(&[0x80]) {
            let reader = PytorchReader::new(path).map_err(|error| refused(error.to_string()))?;
            let all = reader.into_tensors().into_iter();
            all.map(|(k, t)| (k, bridge::from_pytorch(t))).collect()
        } else {
            return Self::from_pack(open_pack(path).map_err(refused)?, path);
        };
        Ok(Self::from_named(named, path))
    }

    /// Opens the bytes of a burnpack; `path` is only what errors call it.
    ///
    /// # Errors
    /// When they are not those of one.
    pub fn from_bytes(bytes: &'static [u8], path: &Path) -> Result<Self, WeightsError> {
        let pack = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec()));
        let pack = pack.map_err(|error| WeightsError::Container {
            reason: error.to_string(),
            path: path.to_owned(),
        })?;
        Self::from_pack(pack, path)
    }

    fn from_pack(pack: Reader, path: &Path) -> Result<Self, WeightsError> {
        let refused = |reason: String| WeightsError::Container {
            reason,
            path: path.to_owned(),
        };
        let metadata = pack.metadata().clone().into_iter().collect();
        let all = pack
            .into_tensors()
            .map_err(|error| refused(error.to_string()))?;
        let named = all.into_iter().map(|t| (t.name.clone(), t)).collect();
        Ok(Self {
            metadata,
            ..Self::from_named(named, path)
        })
    }

    pub(super) fn from_named(named: Vec<(String, PackTensor)>, path: &Path) -> Self {
        let counted = |name: &str| name.ends_with("num_batches_tracked");
        let kept = named.into_iter().filter(|(name, _)| !counted(name));
        Self {
            tensors: kept
                .map(|(name, tensor)| (unwrapped(&name).to_owned(), tensor))
                .collect(),
            metadata: BTreeMap::new(),
            path: path.to_owned(),
        }
    }

    /// What a burnpack or a safetensors file says of itself under a key.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Whether there is a tensor of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// What errors call the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// All tensors by name.
    pub(super) fn into_tensors(self) -> BTreeMap<String, PackTensor> {
        self.tensors
    }
}

/// How exactly weights are kept in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Half, as the networks are kept that come with the program.
    Half,
    /// Single: bit for bit what was computed or taken over.
    Single,
}

/// Writes a network as a burnpack with what it says of itself by key: whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub(in crate::models) fn save(
    net: &impl ModuleSnapshot,
    metadata: &[(&str, &str)],
    precision: Precision,
    path: &Path,
) -> Result<(), WeightsError> {
    let mut store = BurnpackStore::from_file(path)
        .auto_extension(false)
        .overwrite(true);
    if precision == Precision::Half {
        store = store.with_to_adapter(HalfPrecisionAdapter::new());
    }
    for (key, value) in metadata {
        store = store.metadata(*key, *value);
    }
    net.save_into(&mut store)
        .map_err(|error| WeightsError::Write {
            reason: error.to_string(),
            path: path.to_owned(),
        })
}

/// Headers of safetensors files are refused above this length by their own library.
const LONGEST_HEADER: u64 = 100_000_000;

/// `__metadata__` of a safetensors file, whose header is a length of 8 bytes and JSON.
fn safetensors_metadata(path: &Path) -> Result<BTreeMap<String, String>, String> {
    #[derive(serde::Deserialize)]
    struct Header {
        #[serde(rename = "__metadata__", default)]
        metadata: BTreeMap<String, String>,
    }
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let mut length = [0; 8];
    file.read_exact(&mut length)
        .map_err(|error| error.to_string())?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_HEADER {
        return Err(format!("its header has {length} bytes"));
    }
    let mut header = Vec::new();
    file.take(length)
        .read_to_end(&mut header)
        .map_err(|error| error.to_string())?;
    let header: Header = serde_json::from_slice(&header).map_err(|error| error.to_string())?;
    Ok(header.metadata)
}

/// Writes a network's tensors by our names as safetensors, for other programs, with what it says of itself
/// by key.
///
/// # Errors
/// When the file cannot be written.
pub(in crate::models) fn save_safetensors(
    net: &impl ModuleSnapshot,
    metadata: &[(&str, &str)],
    path: &Path,
) -> Result<(), WeightsError> {
    let mut store = SafetensorsStore::from_file(path).overwrite(true);
    for (key, value) in metadata {
        store = store.metadata(*key, *value);
    }
    net.save_into(&mut store)
        .map_err(|error| WeightsError::Write {
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
