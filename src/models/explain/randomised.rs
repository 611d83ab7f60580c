//! Networks that forgot what their last layers learned: a map that stays the same then tells of the volume
//! and not of the network (Adebayo et al. 2018).

use crate::models::nets::{Classifier, ClassifierShape};
use crate::models::weights::{TensorMisfit, Tensors, WeightsError, draw, fill, tensors_of};
use burn::tensor::Device;
use std::path::PathBuf;

/// How far from the input a tensor of a network is used.
fn depth(name: &str) -> usize {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let number = parts.next().and_then(|part| part.parse::<usize>().ok());
    match (first, number) {
        ("conv0" | "norm0", _) => 0,
        ("blocks", Some(at)) => 1 + 2 * at,
        ("transitions", Some(at)) => 2 + 2 * at,
        _ => usize::MAX,
    }
}

fn tensors(net: &Classifier) -> Result<Tensors, WeightsError> {
    let tensors = match net {
        Classifier::Densenet(net) => tensors_of(&**net),
        Classifier::Sfcn(net) => tensors_of(&**net),
    };
    tensors.map_err(|error| refused(error.to_string()))
}

fn refused(reason: String) -> WeightsError {
    WeightsError::Container {
        reason,
        path: PathBuf::from("the network"),
    }
}

/// Depths at which convolutions and linear layers are, the last first.
fn stages(tensors: &Tensors) -> Vec<usize> {
    let drawn = tensors.iter().filter(|(_, data)| data.shape().len() > 1);
    let mut depths: Vec<usize> = drawn.map(|(name, _)| depth(name)).collect();
    depths.sort_unstable();
    depths.dedup();
    depths.reverse();
    depths
}

/// Into how many stages a network can be made to forget.
///
/// # Errors
/// When the device does not hand the weights over.
pub fn n_stages(net: &Classifier) -> Result<usize, WeightsError> {
    Ok(stages(&tensors(net)?).len())
}

/// A network whose last stages have weights as they are drawn before a training. Norms stay.
///
/// # Errors
/// When the device does not hand the weights over, and when the shape is not that of the network.
pub fn randomised(
    net: &Classifier,
    shape: &ClassifierShape,
    n_stages: usize,
    seed: u64,
    device: &Device,
) -> Result<Classifier, WeightsError> {
    let mut tensors = tensors(net)?;
    let forgotten: Vec<usize> = stages(&tensors).into_iter().take(n_stages).collect();
    draw(&mut tensors, seed, &|name| {
        !forgotten.contains(&depth(name))
    });
    let misfit = |misfit: TensorMisfit| refused(misfit.to_string());
    Ok(match shape.init(device) {
        Classifier::Densenet(net) => {
            Classifier::Densenet(Box::new(fill(*net, &tensors).map_err(misfit)?))
        }
        Classifier::Sfcn(net) => Classifier::Sfcn(Box::new(fill(*net, &tensors).map_err(misfit)?)),
    })
}
