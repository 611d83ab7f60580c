//! The networks that make a few numbers of a whole volume, as one.

use super::Network;
use super::densenet::{DenseNet, DenseNetShape};
use super::sfcn::{Sfcn, SfcnShape};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// What such a network looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassifierShape {
    /// A dense network.
    Densenet(DenseNetShape),
    /// A small fully convolutional one.
    Sfcn(SfcnShape),
}

impl ClassifierShape {
    /// Channels that go in.
    #[must_use]
    pub fn in_channels(&self) -> usize {
        match self {
            Self::Densenet(shape) => shape.in_channels,
            Self::Sfcn(shape) => shape.in_channels,
        }
    }

    /// Numbers that come out.
    #[must_use]
    pub fn out_channels(&self) -> usize {
        match self {
            Self::Densenet(shape) => shape.out_channels,
            Self::Sfcn(shape) => shape.out_channels,
        }
    }

    /// Whether anything is left of a volume of this size.
    #[must_use]
    pub fn takes(&self, size: [usize; 3]) -> bool {
        match self {
            Self::Densenet(shape) => shape.lattices(size).is_some(),
            Self::Sfcn(shape) => shape.takes(size),
        }
    }

    /// Whether its numbers are those of a network that somebody may have made, so that a file which
    /// lies costs no memory.
    pub(in crate::models) fn can_be(&self) -> bool {
        let all = |numbers: &[usize], most: usize| numbers.iter().all(|n| (1..=most).contains(n));
        let share = |dropout: f64| (0.0..1.0).contains(&dropout);
        match self {
            Self::Densenet(shape) => {
                let numbers = [
                    shape.in_channels,
                    shape.out_channels,
                    shape.init_features,
                    shape.growth_rate,
                ];
                all(&numbers, 1024)
                    && all(&[shape.bn_size], 16)
                    && all(&[shape.block_config.len()], 16)
                    && all(&shape.block_config, 128)
                    && share(shape.dropout_prob)
            }
            Self::Sfcn(shape) => {
                all(&[shape.in_channels, shape.out_channels], 1024)
                    && all(&[shape.channels.len()], 16)
                    && all(&shape.channels, 1024)
                    && share(shape.dropout_prob)
            }
        }
    }

    /// The network in a few words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Densenet(shape) => {
                let layers: usize = shape.block_config.iter().sum();
                let blocks: Vec<String> =
                    shape.block_config.iter().map(ToString::to_string).collect();
                format!(
                    "DenseNet{} in three dimensions (blocks {}; {} features at first, growth {}, bottleneck {}, dropout {})",
                    2 * layers + shape.block_config.len() + 1,
                    blocks.join(", "),
                    shape.init_features,
                    shape.growth_rate,
                    shape.bn_size,
                    shape.dropout_prob
                )
            }
            Self::Sfcn(shape) => {
                let maps: Vec<String> = shape.channels.iter().map(ToString::to_string).collect();
                format!(
                    "SFCN in three dimensions (maps {}; dropout {})",
                    maps.join(", "),
                    shape.dropout_prob
                )
            }
        }
    }

    /// A network of this shape with weights as burn draws them.
    #[must_use]
    pub fn init(&self, device: &Device) -> Classifier {
        match self {
            Self::Densenet(shape) => Classifier::Densenet(Box::new(shape.init(device))),
            Self::Sfcn(shape) => Classifier::Sfcn(Box::new(shape.init(device))),
        }
    }
}

/// Such a network. Made by [`ClassifierShape::init`].
#[derive(Clone, Debug)]
pub enum Classifier {
    /// A dense network.
    Densenet(Box<DenseNet>),
    /// A small fully convolutional one.
    Sfcn(Box<Sfcn>),
}

impl Classifier {
    /// From `[batch, channels, size..]` to `[batch, numbers out]`.
    ///
    /// # Panics
    ///
    /// As [`DenseNet::forward`] and [`Sfcn::forward`].
    #[must_use]
    pub fn forward(&self, x: Tensor<5>) -> Tensor<2> {
        match self {
            Self::Densenet(net) => net.forward(x),
            Self::Sfcn(net) => net.forward(x),
        }
    }

    /// Numbers that training sets.
    #[must_use]
    pub fn n_weights(&self) -> usize {
        match self {
            Self::Densenet(net) => net.n_weights(),
            Self::Sfcn(net) => net.n_weights(),
        }
    }
}
