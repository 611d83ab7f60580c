//! Networks of three dimensions that files of this program hold.

use super::classifier::decoded;
use super::file::{WeightsError, WeightsFile};
use super::keras;
use super::tensors::{NamedShapes, TensorMisfit, Tensors, fill, norm_part};
use crate::models::nets::{
    Counter, CounterShape, DecoderWidth, EnsembleShape, VolumeUNetShape, VolumeUNets,
};
use burn::store::ModuleSnapshot;
use burn::tensor::Device;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Where a burnpack says what U-nets of three dimensions it is the weights of.
pub(in crate::models) const VOLUME_UNETS_KEY: &str = "volume-unets";
/// Where it says what network that counts it is the weights of.
pub(in crate::models) const COUNTER_KEY: &str = "counter";

/// The U-nets of three dimensions that a file of this program holds the weights of.
///
/// # Errors
/// When they are not those of such networks, with the names of what is wrong.
pub fn volume_unets_of(
    file: WeightsFile,
    device: &Device,
) -> Result<(EnsembleShape, VolumeUNets), WeightsError> {
    let shape: EnsembleShape = stated(&file, VOLUME_UNETS_KEY)?;
    check(shape.can_be(), &shape.in_words(), file.path())?;
    let net = filled(file, shape.init(device), &shape.in_words())?;
    Ok((shape, net))
}

/// The network that counts which a file of this program holds the weights of.
///
/// # Errors
/// When they are not those of such a network, with the names of what is wrong.
pub fn counter_of(
    file: WeightsFile,
    device: &Device,
) -> Result<(CounterShape, Counter), WeightsError> {
    let shape: CounterShape = stated(&file, COUNTER_KEY)?;
    check(shape.can_be(), &shape.in_words(), file.path())?;
    let net = filled(file, shape.init(device), &shape.in_words())?;
    Ok((shape, net))
}

/// A U-net of three dimensions in a file of another program.
pub struct VolumeUNetFile {
    file: WeightsFile,
    /// What norms add to the variance, where the file tells it.
    epsilon: Option<f64>,
    /// Shares left out in training, where the file tells them.
    dropout: Option<[f64; 2]>,
    layout: String,
    beside: Vec<String>,
}

impl VolumeUNetFile {
    /// Opens a file of Keras (`.h5`, `.weights.h5`, `.keras`), or what [`WeightsFile::open`] opens with
    /// tensors named as this program's: `encoder.LEVEL.PLACE.conv.weight` and `.norm.weight`,
    /// `decoder.PLACE.PLACE...` from the deepest up, `last.PLACE...` and `head.weight`.
    ///
    /// # Errors
    /// When it is neither, and when the layers of a file of Keras are not those of such a network.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        crate::text::check_file(path).map_err(|error| container(error.to_string(), path))?;
        if keras::is_keras(path) {
            let found = keras::opened(path)?;
            return Ok(Self {
                file: found.file,
                epsilon: found.epsilon,
                dropout: found.dropout,
                layout: found.layout,
                beside: found.beside,
            });
        }
        Ok(Self {
            file: WeightsFile::open(path)?,
            epsilon: None,
            dropout: None,
            layout: "cisterna in PyTorch".to_owned(),
            beside: Vec::new(),
        })
    }

    /// What norms add to the variance: as the file says, or as was told, or 1e-3 as in Keras.
    fn epsilon(&self, told: Option<f64>) -> Result<f64, WeightsError> {
        match (self.epsilon, told) {
            (Some(stated), Some(told)) if stated != told => {
                let reason = format!("its norms have epsilon {stated}, not {told} as was told");
                Err(container(reason, self.file.path()))
            }
            (stated, told) => Ok(stated.or(told).unwrap_or(1e-3)),
        }
    }
}

/// U-nets of three dimensions that were taken over.
pub struct VolumeUNetsTakenOver {
    /// What they look like.
    pub shape: EnsembleShape,
    /// Them.
    pub nets: VolumeUNets,
    /// How their files kept them.
    pub layout: String,
    /// What of the files was not taken over, as it says nothing of the networks' answers.
    pub beside: Vec<String>,
}

/// U-nets of three dimensions from checkpoints of other programs, one a file, whose mean is to be told. The
/// shapes of their tensors tell that of the network. `epsilon` is what norms add to the variance, 1e-3 where
/// neither it nor the file tells. Each tensor must be there, and nothing may be left over.
///
/// # Errors
/// When that is not so, with the file's names of what is missing, left over or of a wrong shape, and when
/// networks are of several shapes.
pub fn volume_unets_taken_over(
    files: Vec<VolumeUNetFile>,
    epsilon: Option<f64>,
    device: &Device,
) -> Result<VolumeUNetsTakenOver, WeightsError> {
    let mut first: Option<VolumeUNetShape> = None;
    let (mut layouts, mut beside) = (Vec::new(), Vec::new());
    let mut all = Tensors::new();
    let n_files = files.len();
    for (member, stored) in files.into_iter().enumerate() {
        let epsilon = stored.epsilon(epsilon)?;
        let path = stored.file.path().to_owned();
        let (found, _) = decoded(stored.file, "")?;
        let found: Tensors = found
            .into_iter()
            .map(|(name, data)| (ours(&name), data))
            .collect();
        let shapes: NamedShapes = found
            .iter()
            .map(|(name, data)| (name.clone(), data.shape().to_vec()))
            .collect();
        let shape = shape_of(&shapes, epsilon).map_err(|name| WeightsError::NoShape {
            name: theirs(&name),
            path: path.clone(),
        })?;
        let shape = VolumeUNetShape {
            dropout: stored.dropout.unwrap_or(shape.dropout),
            ..shape
        };
        check(shape.can_be(), &shape.in_words(), &path)?;
        if let Some(first) = &first
            && *first != shape
        {
            let reason = format!("it is another network than the first: {}", shape.in_words());
            return Err(container(reason, &path));
        }
        // One after the other, so that what is wrong is said of its own file.
        fill(shape.init(device), &found).map_err(|misfit| WeightsError::Misfit {
            network: shape.in_words(),
            misfit: in_their_words(misfit),
            path: path.clone(),
        })?;
        first = Some(shape);
        for (texts, more) in [
            (&mut layouts, vec![stored.layout]),
            (&mut beside, stored.beside),
        ] {
            let new: Vec<String> = more
                .into_iter()
                .filter(|one| !texts.contains(one))
                .collect();
            texts.extend(new);
        }
        all.extend(
            found
                .into_iter()
                .map(|(name, data)| (format!("members.{member}.{name}"), data)),
        );
    }
    let none = || container("no checkpoint was named".to_owned(), Path::new(""));
    let shape = EnsembleShape {
        shape: first.ok_or_else(none)?,
        members: n_files,
    };
    let nets = fill(shape.init(device), &all).map_err(|misfit| WeightsError::Misfit {
        network: shape.in_words(),
        misfit,
        path: Path::new("").to_owned(),
    })?;
    Ok(VolumeUNetsTakenOver {
        shape,
        nets,
        layout: layouts.join(", "),
        beside,
    })
}

/// This program's name of a tensor.
fn ours(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, part)) if stem.ends_with(".norm") => {
            format!("{stem}.{}", norm_part("norm", part))
        }
        _ => name.to_owned(),
    }
}

/// PyTorch's name of a tensor.
fn theirs(name: &str) -> String {
    let name = name.replace(".norm.gamma", ".norm.weight");
    name.replace(".norm.beta", ".norm.bias")
}

fn in_their_words(misfit: TensorMisfit) -> TensorMisfit {
    let all = |names: Vec<String>| names.iter().map(|name| theirs(name)).collect();
    TensorMisfit {
        missing: all(misfit.missing),
        unused: all(misfit.unused),
        wrong: all(misfit.wrong),
    }
}

/// The shape of the network whose tensors these are.
///
/// # Errors
/// The name of a tensor without which nothing can be told.
fn shape_of(shapes: &NamedShapes, epsilon: f64) -> Result<VolumeUNetShape, String> {
    let dims = |name: String| match shapes.get(&name).map(|dims| &dims[..]) {
        Some(&[out, from, _, _, _]) => Ok([out, from]),
        _ => Err(name),
    };
    let count = |name: &dyn Fn(usize) -> String| {
        (0..64)
            .take_while(|&at| shapes.contains_key(&name(at)))
            .count()
    };
    let depth = count(&|at| format!("encoder.{at}.0.conv.weight"));
    let convs = count(&|at| format!("encoder.0.{at}.conv.weight"));
    let n_up = count(&|at| format!("decoder.{at}.0.conv.weight"));
    let [base, channels_in] = dims("encoder.0.0.conv.weight".to_owned())?;
    let [channels_out, _] = dims("head.weight".to_owned())?;
    let [first, joined] = dims("decoder.0.0.conv.weight".to_owned())?;
    let mut maps = Vec::new();
    for level in 0..depth {
        maps.push(dims(format!("encoder.{level}.0.conv.weight"))?[0]);
    }
    let shape = |factor: f64| VolumeUNetShape {
        channels_in,
        channels_out,
        base,
        factor,
        depth,
        convs,
        last_pool: n_up == depth,
        decoder: match first == joined {
            true => DecoderWidth::Joined,
            false => DecoderWidth::Level,
        },
        last_convs: count(&|at| format!("last.{at}.conv.weight")),
        bias: shapes.contains_key("encoder.0.0.conv.bias"),
        epsilon,
        // What is left out in training leaves no trace in the weights.
        dropout: [0.0; 2],
        skips: joined > maps[depth - 1],
    };
    let factor = VolumeUNetShape::factor_of(&maps);
    let factor = factor.ok_or_else(|| "encoder.1.0.conv.weight".to_owned())?;
    match n_up == depth || n_up + 1 == depth {
        true => Ok(shape(factor)),
        false => Err(format!("decoder.{n_up}.0.conv.weight")),
    }
}

fn container(reason: String, path: &Path) -> WeightsError {
    WeightsError::Container {
        reason,
        path: path.to_owned(),
    }
}

/// What the file says of its network.
fn stated<S: DeserializeOwned>(file: &WeightsFile, key: &str) -> Result<S, WeightsError> {
    let text = file.metadata(key);
    let text = text.ok_or_else(|| container(format!("it does not say {key}"), file.path()))?;
    serde_json::from_str(text).map_err(|error| container(format!("{key}: {error}"), file.path()))
}

/// Refuses a shape that no network has, before memory is taken for it.
fn check(can_be: bool, words: &str, path: &Path) -> Result<(), WeightsError> {
    match can_be {
        true => Ok(()),
        false => Err(container(format!("no network is like that: {words}"), path)),
    }
}

fn filled<N: ModuleSnapshot>(file: WeightsFile, net: N, words: &str) -> Result<N, WeightsError> {
    let path = file.path().to_owned();
    let (tensors, _) = decoded(file, "")?;
    fill(net, &tensors).map_err(|misfit| WeightsError::Misfit {
        network: words.to_owned(),
        misfit,
        path,
    })
}
