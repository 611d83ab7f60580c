//! A small fully convolutional network that classifies a whole volume, after the SFCN of Peng et al.
//! (Med Image Anal 2021;68:101871; `ha-ha-ha-han/UKBiobank_deep_pretrain`). Where that one averages
//! over a box of fixed size, all that is left is averaged here, so that volumes of any size do.

use super::volumetric::{conv, largest_of_eight};
use super::{Network, VolumeNetwork};
use burn::module::Module;
use burn::nn::conv::Conv3d;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::adaptive_avg_pool3d;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// What the network looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SfcnShape {
    /// Channels that go in.
    pub in_channels: usize,
    /// Numbers that come out.
    pub out_channels: usize,
    /// Maps of each block: the last is of 1 x 1 x 1, each one before it of 3 x 3 x 3 and halves the
    /// lattice.
    pub channels: Vec<usize>,
    /// Share of the means that is left out in training.
    pub dropout_prob: f64,
}

impl SfcnShape {
    /// As published, for one channel.
    #[must_use]
    pub fn published(out_channels: usize) -> Self {
        Self {
            in_channels: 1,
            out_channels,
            channels: vec![32, 64, 128, 256, 256, 64],
            dropout_prob: 0.5,
        }
    }

    /// Whether anything is left of a volume of this size.
    #[must_use]
    pub fn takes(&self, size: [usize; 3]) -> bool {
        let halvings = self.channels.len().saturating_sub(1) as u32;
        size.iter()
            .all(|n| n.checked_shr(halvings).is_some_and(|n| n > 0))
    }

    /// A network of this shape with weights as burn draws them.
    #[must_use]
    pub fn init(&self, device: &Device) -> Sfcn {
        let last = self.channels.len().saturating_sub(1);
        let from = |at: usize| {
            at.checked_sub(1)
                .map_or(self.in_channels, |at| self.channels[at])
        };
        let blocks = (0..self.channels.len()).map(|at| {
            let side = if at < last { 3 } else { 1 };
            SfcnBlock {
                conv: conv([from(at), self.channels[at]], side, 1, true, device),
                norm: BatchNormConfig::new(self.channels[at]).init(device),
            }
        });
        Sfcn {
            blocks: blocks.collect(),
            dropout: DropoutConfig::new(self.dropout_prob).init(),
            out: conv(
                [from(self.channels.len()), self.out_channels],
                1,
                1,
                true,
                device,
            ),
        }
    }
}

/// A convolution with its norm.
#[derive(Module, Debug)]
pub struct SfcnBlock {
    /// 3 x 3 x 3; 1 x 1 x 1 in the last block.
    pub conv: Conv3d,
    /// Behind it.
    pub norm: BatchNorm,
}

/// The network. Made by [`SfcnShape::init`].
#[derive(Module, Debug)]
pub struct Sfcn {
    /// From the first on.
    pub blocks: Vec<SfcnBlock>,
    /// Of the means, in training.
    pub dropout: Dropout,
    /// 1 x 1 x 1, from the means to the numbers that come out.
    pub out: Conv3d,
}

impl Sfcn {
    /// From `[batch, channels, size..]` to `[batch, numbers out]`.
    ///
    /// # Panics
    ///
    /// Where the channels are not those of the shape, or nothing is left of the volume: see
    /// [`SfcnShape::takes`].
    #[must_use]
    pub fn forward(&self, x: Tensor<5>) -> Tensor<2> {
        let mut x = x;
        for (at, block) in self.blocks.iter().enumerate() {
            x = block.norm.forward(block.conv.forward(x));
            if at + 1 < self.blocks.len() {
                x = largest_of_eight(x);
            }
            x = relu(x);
        }
        let x = self.dropout.forward(adaptive_avg_pool3d(x, [1; 3]));
        let x = self.out.forward(x);
        let [batch, numbers, ..] = x.dims();
        x.reshape([batch, numbers])
    }
}

impl Network for Sfcn {
    fn sync_statistics(&self) {
        for block in &self.blocks {
            block.norm.running_mean.value_sync();
            block.norm.running_var.value_sync();
        }
    }

    fn n_weights(&self) -> usize {
        let norms = self.blocks.iter().map(|block| &block.norm);
        let running: usize = norms.map(|norm| 2 * norm.gamma.dims()[0]).sum();
        self.num_params() - running
    }
}

impl VolumeNetwork for Sfcn {
    fn numbers(&self, x: Tensor<5>) -> Tensor<2> {
        self.forward(x)
    }
}
