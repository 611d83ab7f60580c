//! The three-dimensional dense network that classifies a whole volume, layer by layer as MONAI's
//! `DenseNet` has it (`monai/networks/nets/densenet.py`).

use super::volumetric::{conv, largest_of_neighbours, mean_of_neighbours};
use super::{Network, VolumeNetwork};
use burn::module::Module;
use burn::nn::conv::Conv3d;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::adaptive_avg_pool3d;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// What a dense network looks like; with the weights it is all there is to know. The names are those
/// of MONAI's arguments. Its activation is the ReLU and its norm the batch norm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenseNetShape {
    /// Channels that go in.
    pub in_channels: usize,
    /// Numbers that come out.
    pub out_channels: usize,
    /// Maps of the first convolution.
    pub init_features: usize,
    /// Maps that each layer adds.
    pub growth_rate: usize,
    /// Layers of each block.
    pub block_config: Vec<usize>,
    /// Maps within a layer, in maps that it adds.
    pub bn_size: usize,
    /// Share of what a layer adds that is left out in training.
    pub dropout_prob: f64,
}

impl DenseNetShape {
    /// MONAI's `DenseNet121` with one channel in.
    #[must_use]
    pub fn densenet121(out_channels: usize) -> Self {
        Self {
            in_channels: 1,
            out_channels,
            init_features: 64,
            growth_rate: 32,
            block_config: vec![6, 12, 24, 16],
            bn_size: 4,
            dropout_prob: 0.0,
        }
    }

    /// Maps that go into each block, and those that come out of the last one.
    pub(in crate::models) fn widths(&self) -> Vec<usize> {
        let last = self.block_config.len().saturating_sub(1);
        let mut widths = vec![self.init_features];
        let mut maps = self.init_features;
        for (block, layers) in self.block_config.iter().enumerate() {
            maps += layers * self.growth_rate;
            if block < last {
                maps /= 2;
            }
            widths.push(maps);
        }
        widths
    }

    /// The lattices of the maps: after the first convolution, and in each block. None where nothing
    /// is left of a volume of this size.
    #[must_use]
    pub fn lattices(&self, size: [usize; 3]) -> Option<Vec<[usize; 3]>> {
        let mut all = vec![size.map(|n| n.div_ceil(2))];
        let mut lattice = all[0].map(|n| n.div_ceil(2));
        for block in 0..self.block_config.len() {
            if block > 0 {
                lattice = lattice.map(|n| n / 2);
            }
            if lattice.contains(&0) {
                return None;
            }
            all.push(lattice);
        }
        Some(all)
    }

    /// A network of this shape with weights as burn draws them.
    #[must_use]
    pub fn init(&self, device: &Device) -> DenseNet {
        let norm = |maps| BatchNormConfig::new(maps).init(device);
        let widths = self.widths();
        let last = self.block_config.len().saturating_sub(1);
        let within = self.bn_size * self.growth_rate;
        let layer = |maps| DenseLayer {
            norm1: norm(maps),
            conv1: conv([maps, within], 1, 1, false, device),
            norm2: norm(within),
            conv2: conv([within, self.growth_rate], 3, 1, false, device),
            dropout: DropoutConfig::new(self.dropout_prob).init(),
        };
        let blocks = self.block_config.iter().zip(&widths).map(|(&n, &maps)| {
            let layers = (0..n).map(|at| layer(maps + at * self.growth_rate));
            DenseBlock {
                layers: layers.collect(),
            }
        });
        let transitions = (0..last).map(|block| {
            let maps = widths[block] + self.block_config[block] * self.growth_rate;
            Transition {
                norm: norm(maps),
                conv: conv([maps, widths[block + 1]], 1, 1, false, device),
            }
        });
        let maps = widths[widths.len() - 1];
        DenseNet {
            conv0: conv([self.in_channels, self.init_features], 7, 2, false, device),
            norm0: norm(self.init_features),
            blocks: blocks.collect(),
            transitions: transitions.collect(),
            norm5: norm(maps),
            out: LinearConfig::new(maps, self.out_channels).init(device),
        }
    }
}

/// A layer of a dense block.
#[derive(Module, Debug)]
pub struct DenseLayer {
    /// Of all maps there are.
    pub norm1: BatchNorm,
    /// 1 x 1 x 1, to the maps within.
    pub conv1: Conv3d,
    /// Of the maps within.
    pub norm2: BatchNorm,
    /// 3 x 3 x 3, to the maps that the layer adds.
    pub conv2: Conv3d,
    /// Of what it adds, in training.
    pub dropout: Dropout,
}

/// Layers of one lattice, each of which is given what all before it made.
#[derive(Module, Debug)]
pub struct DenseBlock {
    /// From the first on.
    pub layers: Vec<DenseLayer>,
}

/// Half the maps on half the lattice.
#[derive(Module, Debug)]
pub struct Transition {
    /// Of all maps of the block.
    pub norm: BatchNorm,
    /// 1 x 1 x 1.
    pub conv: Conv3d,
}

/// A dense network. Made by [`DenseNetShape::init`].
#[derive(Module, Debug)]
pub struct DenseNet {
    /// 7 x 7 x 7 at every other voxel.
    pub conv0: Conv3d,
    /// Behind it.
    pub norm0: BatchNorm,
    /// From the first on.
    pub blocks: Vec<DenseBlock>,
    /// Behind each block but the last.
    pub transitions: Vec<Transition>,
    /// Behind the last block, whatever their number: MONAI's name of it.
    pub norm5: BatchNorm,
    /// From the means of the maps to the numbers that come out.
    pub out: Linear,
}

impl DenseNet {
    /// From `[batch, channels, size..]` to `[batch, numbers out]`.
    ///
    /// # Panics
    ///
    /// Where the channels are not those of the shape, or nothing is left of the volume: see
    /// [`DenseNetShape::lattices`].
    #[must_use]
    pub fn forward(&self, x: Tensor<5>) -> Tensor<2> {
        let x = relu(self.norm0.forward(self.conv0.forward(x)));
        let mut x = largest_of_neighbours(x);
        for (at, block) in self.blocks.iter().enumerate() {
            for layer in &block.layers {
                let within = layer.conv1.forward(relu(layer.norm1.forward(x.clone())));
                let new = layer.conv2.forward(relu(layer.norm2.forward(within)));
                x = Tensor::cat(vec![x, layer.dropout.forward(new)], 1);
            }
            if let Some(transition) = self.transitions.get(at) {
                let half = transition.conv.forward(relu(transition.norm.forward(x)));
                x = mean_of_neighbours(half);
            }
        }
        let x = adaptive_avg_pool3d(relu(self.norm5.forward(x)), [1; 3]);
        let [batch, maps, ..] = x.dims();
        self.out.forward(x.reshape([batch, maps]))
    }

    fn norms(&self) -> impl Iterator<Item = &BatchNorm> {
        let layers = self.blocks.iter().flat_map(|block| &block.layers);
        let of_layers = layers.flat_map(|layer| [&layer.norm1, &layer.norm2]);
        let of_transitions = self.transitions.iter().map(|transition| &transition.norm);
        [&self.norm0, &self.norm5]
            .into_iter()
            .chain(of_layers)
            .chain(of_transitions)
    }
}

impl Network for DenseNet {
    fn sync_statistics(&self) {
        for norm in self.norms() {
            norm.running_mean.value_sync();
            norm.running_var.value_sync();
        }
    }

    fn n_weights(&self) -> usize {
        let running: usize = self.norms().map(|norm| 2 * norm.gamma.dims()[0]).sum();
        self.num_params() - running
    }
}

impl VolumeNetwork for DenseNet {
    fn numbers(&self, x: Tensor<5>) -> Tensor<2> {
        self.forward(x)
    }
}
