//! The tensors of a network by name, whatever their rank.

use crate::models::device::DeviceFailed;
use burn::store::{ModuleSnapshot, bridge};
use burn::tensor::TensorData;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt;

/// A network by its tensors, in the order of their names.
pub type Tensors = BTreeMap<String, TensorData>;

/// The shapes of tensors by their names.
pub(super) type NamedShapes = BTreeMap<String, Vec<usize>>;

/// Tensors that are not those of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct TensorMisfit {
    /// Names that the network has and the tensors lack.
    pub missing: Vec<String>,
    /// Names that the tensors have and the network lacks.
    pub unused: Vec<String>,
    /// Names with both shapes.
    pub wrong: Vec<String>,
}

impl fmt::Display for TensorMisfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(", "),
        };
        write!(
            f,
            "missing: {}; left over: {}; wrong: {}",
            list(&self.missing),
            list(&self.unused),
            list(&self.wrong)
        )
    }
}

/// All tensors of a network, running statistics too.
///
/// # Errors
/// When the device does not hand them over.
pub fn tensors_of(net: &impl ModuleSnapshot) -> Result<Tensors, DeviceFailed> {
    let packed = net.collect(None, None, false).into_iter();
    packed
        .map(|tensor| {
            let name = tensor.name.clone();
            let data = bridge::into_data(tensor).map_err(|e| DeviceFailed(e.to_string()))?;
            Ok((name, data))
        })
        .collect()
}

/// A network with these tensors instead of its own. Every tensor must have its place, and every
/// place its tensor.
///
/// # Errors
/// When they are not those of this network.
pub(in crate::models) fn fill<N: ModuleSnapshot>(
    mut net: N,
    tensors: &Tensors,
) -> Result<N, TensorMisfit> {
    let packed = tensors.iter();
    let packed = packed
        .map(|(name, data)| bridge::from_data(data.clone(), name.clone(), None))
        .collect();
    let applied = net.apply(packed, None, None, false);
    let misfit = TensorMisfit {
        missing: applied.missing.into_iter().map(|(name, _)| name).collect(),
        unused: applied.unused,
        wrong: applied.errors.iter().map(ToString::to_string).collect(),
    };
    let fits = misfit.missing.is_empty() && misfit.unused.is_empty() && misfit.wrong.is_empty();
    if fits { Ok(net) } else { Err(misfit) }
}

/// Draws weights and biases as PyTorch does: evenly within one over the root of the number of
/// weights that an output sums up. That is what one output map has of a convolution `[out, in,
/// sides..]` of any dimension, and the first axis of a linear layer `[in, out]`. Norms and what
/// `keeps` names stay as they are.
pub(in crate::models) fn draw(tensors: &mut Tensors, seed: u64, keeps: &dyn Fn(&str) -> bool) {
    let stem = |name: &str| name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
    let reach: BTreeMap<_, f32> = tensors
        .iter()
        .filter_map(|(name, data)| {
            let n_summed = match &data.shape()[..] {
                [_] | [] => return None,
                [n_in, _] => *n_in,
                [_, summed @ ..] => summed.iter().product(),
            };
            Some((stem(name), 1.0 / (n_summed as f32).sqrt()))
        })
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0057_4549_4748);
    for (name, data) in tensors {
        if keeps(name) {
            continue;
        }
        if let Some(&reach) = reach.get(&stem(name)) {
            let n: usize = data.shape().iter().product();
            let values: Vec<f32> = (0..n).map(|_| rng.random_range(-reach..reach)).collect();
            *data = TensorData::new(values, data.shape().clone());
        }
    }
}

/// Moves a running average towards the weights, of which `keep` stays; less in the first steps, so
/// that the random beginning is soon forgotten.
pub(in crate::models) fn average(
    average: &mut Option<Tensors>,
    now: Tensors,
    keep: f32,
    step: usize,
) {
    let Some(average) = average else {
        *average = Some(now);
        return;
    };
    let keep = keep.min((1 + step) as f32 / (10 + step) as f32);
    average.par_iter_mut().for_each(|(name, data)| {
        let (Ok(old), Some(Ok(new))) = (
            data.try_to_vec::<f32>(),
            now.get(name).map(TensorData::try_to_vec::<f32>),
        ) else {
            return;
        };
        let mixed: Vec<f32> = old
            .iter()
            .zip(&new)
            .map(|(old, new)| keep * old + (1.0 - keep) * new)
            .collect();
        *data = TensorData::new(mixed, data.shape().clone());
    });
}

/// What a norm's weight and bias in PyTorch are called here.
pub(super) fn norm_part<'a>(layer: &str, part: &'a str) -> &'a str {
    match (layer.starts_with("norm"), part) {
        (true, "weight") => "gamma",
        (true, "bias") => "beta",
        _ => part,
    }
}

/// What PyTorch calls a norm's weight and bias.
pub(super) fn torch_part<'a>(layer: &str, part: &'a str) -> &'a str {
    match (layer.starts_with("norm"), part) {
        (true, "gamma") => "weight",
        (true, "beta") => "bias",
        _ => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reach by the formula of `torch.nn.init.kaiming_uniform_(a=sqrt(5))`, which is PyTorch's
    /// default: bound = sqrt(3) * sqrt(2 / (1 + 5)) / sqrt(fan_in) = 1 / sqrt(fan_in).
    #[track_caller]
    fn check(shape: &[usize], fan_in: usize) {
        let drawn = |seed| {
            let mut tensors = Tensors::new();
            let zeros = |shape: &[usize]| {
                TensorData::new(vec![0.0_f32; shape.iter().product()], shape.to_vec())
            };
            tensors.insert("layer.weight".to_owned(), zeros(shape));
            tensors.insert("layer.bias".to_owned(), zeros(&[64]));
            tensors.insert("norm.gamma".to_owned(), zeros(&[64]));
            draw(&mut tensors, seed, &|_| false);
            tensors.map_values()
        };
        let first = drawn(1);
        assert_eq!(first, drawn(1));
        assert_ne!(first, drawn(2));
        let bound = 1.0 / (fan_in as f32).sqrt();
        for name in ["layer.weight", "layer.bias"] {
            let largest = first[name].iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            assert!(
                largest <= bound && largest > 0.9 * bound,
                "{name}: {largest} of {bound}"
            );
        }
        assert!(first["norm.gamma"].iter().all(|&value| value == 0.0));
    }

    trait MapValues {
        fn map_values(self) -> BTreeMap<String, Vec<f32>>;
    }

    impl MapValues for Tensors {
        fn map_values(self) -> BTreeMap<String, Vec<f32>> {
            let values = |data: TensorData| data.try_to_vec::<f32>().unwrap_or_default();
            self.into_iter()
                .map(|(name, data)| (name, values(data)))
                .collect()
        }
    }

    #[test]
    fn every_rank_is_drawn_from_the_seed_within_the_reach_of_pytorch() {
        check(&[30, 40], 30);
        check(&[16, 8, 5], 40);
        check(&[16, 8, 3, 3], 72);
        check(&[16, 8, 3, 3, 3], 216);
    }
}
