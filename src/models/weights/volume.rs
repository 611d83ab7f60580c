//! Networks of three dimensions that files of this program hold.

use super::classifier::decoded;
use super::file::{WeightsError, WeightsFile};
use super::tensors::fill;
use crate::models::nets::{Counter, CounterShape, EnsembleShape, VolumeUNets};
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
