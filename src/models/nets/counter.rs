//! Networks that count in a volume, learning from counts alone (Dubost and others 2019 and 2020): the
//! mean of the last maps over all voxels, weighed and summed, is the count, so that the weighed maps
//! themselves say where it comes from.

use super::Network;
use super::volumetric::{conv_of, doubled_by, fitted, largest_by};
use burn::module::Module;
use burn::nn::conv::Conv3d;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Which of the two networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CounterKind {
    /// Four convolutions with the largest of neighbours after the second; its last maps are half as
    /// fine.
    Cnn,
    /// Down and up again, with skipped maps; its last maps are as fine as the volume.
    GpUnet,
}

/// What such a network looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterShape {
    /// Which of the two.
    pub kind: CounterKind,
    /// Maps of the first level; twice as many at each level down.
    pub features: usize,
    /// How often a GP-UNet halves the lattice; the CNN does it once.
    pub depth: usize,
    /// Whether kernels and halvings leave the first axis alone, the one through the slices.
    pub flat: bool,
    /// What the mean of the last maps is multiplied by before it is weighed: a mean over so many voxels
    /// is small where a few of them count. 1 as published.
    pub gain: f64,
}

impl CounterShape {
    /// Whether its numbers are those of a network that somebody may have made.
    pub(in crate::models) fn can_be(&self) -> bool {
        (1..=256).contains(&self.features)
            && (1..=6).contains(&self.depth)
            && self.gain.is_finite()
            && self.gain > 0.0
    }

    /// Along each axis, by how much a halving divides.
    #[must_use]
    pub fn halving(&self) -> [usize; 3] {
        [if self.flat { 1 } else { 2 }, 2, 2]
    }

    /// The network in a few words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let kernel = if self.flat {
            "3 x 3 in the slice"
        } else {
            "3 x 3 x 3"
        };
        match self.kind {
            CounterKind::Cnn => format!(
                "CNN of four convolutions of {kernel} ({0}, {0}, {1}, {1} maps; halved after the second), mean over all voxels, one linear layer",
                self.features,
                2 * self.features
            ),
            CounterKind::GpUnet => format!(
                "GP-UNet of {} levels, two convolutions of {kernel} each, {} maps at first, mean over all voxels, one linear layer",
                self.depth + 1,
                self.features
            ),
        }
    }

    /// A network of this shape with random weights, as PyTorch draws them.
    #[must_use]
    pub fn init(&self, device: &Device) -> Counter {
        let kernel = [if self.flat { 1 } else { 3 }, 3, 3];
        let pair = |channels: [usize; 3]| CounterBlock {
            conv1: conv_of([channels[0], channels[1]], kernel, device),
            conv2: conv_of([channels[1], channels[2]], kernel, device),
        };
        let maps = |level: usize| self.features << level;
        let depth = match self.kind {
            CounterKind::Cnn => 1,
            CounterKind::GpUnet => self.depth,
        };
        let down = (0..=depth)
            .map(|level| {
                let from = if level == 0 { 1 } else { maps(level - 1) };
                pair([from, maps(level), maps(level)])
            })
            .collect();
        let up: Vec<CounterBlock> = match self.kind {
            CounterKind::Cnn => Vec::new(),
            CounterKind::GpUnet => (0..depth)
                .rev()
                .map(|level| pair([maps(level + 1) + maps(level), maps(level), maps(level)]))
                .collect(),
        };
        let last = if up.is_empty() { maps(depth) } else { maps(0) };
        Counter {
            down,
            up,
            out: LinearConfig::new(last, 1).init(device),
            halving: self.halving(),
            gain: self.gain,
        }
    }
}

/// Two convolutions with ReLU.
#[derive(Module, Debug)]
pub struct CounterBlock {
    /// The first.
    pub conv1: Conv3d,
    /// The second.
    pub conv2: Conv3d,
}

impl CounterBlock {
    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        relu(self.conv2.forward(relu(self.conv1.forward(x))))
    }
}

/// A network that counts. Made by [`CounterShape::init`].
#[derive(Module, Debug)]
pub struct Counter {
    /// From the surface down.
    pub down: Vec<CounterBlock>,
    /// From the deepest up; none in a CNN. The maps from below come first.
    pub up: Vec<CounterBlock>,
    /// From the means of the last maps to the count.
    pub out: Linear,
    halving: [usize; 3],
    gain: f64,
}

impl Counter {
    /// The last maps, `[batch, maps, size..]`.
    fn maps(&self, x: Tensor<5>) -> Tensor<5> {
        let mut x = x;
        let mut skipped = Vec::with_capacity(self.up.len());
        for (level, block) in self.down.iter().enumerate() {
            x = block.forward(x);
            if level + 1 < self.down.len() {
                skipped.push(x.clone());
                x = largest_by(x, self.halving);
            }
        }
        for block in &self.up {
            let Some(skip) = skipped.pop() else { break };
            let [_, _, depth, height, width] = skip.dims();
            x = fitted(doubled_by(x, self.halving), [depth, height, width]);
            x = block.forward(Tensor::cat(vec![x, skip], 1));
        }
        x
    }

    /// The count in each volume of `[batch, 1, size..]`, as `[batch]`.
    ///
    /// # Panics
    /// Where nothing is left of the volume after the halvings.
    #[must_use]
    pub fn forward(&self, x: Tensor<5>) -> Tensor<1> {
        let maps = self.maps(x);
        let [batch, n_maps, depth, height, width] = maps.dims();
        let means = maps
            .reshape([batch, n_maps, depth * height * width])
            .mean_dim(2)
            .reshape([batch, n_maps]);
        self.out.forward(means * self.gain).reshape([batch])
    }

    /// The map whose mean is the count less [`Counter::bias`], `[batch, 1, size..]`: on the lattice of
    /// the volume in a GP-UNet, halved in a CNN.
    #[must_use]
    pub fn attention(&self, x: Tensor<5>) -> Tensor<5> {
        let maps = self.maps(x);
        let [_, n_maps, ..] = maps.dims();
        let weights = self.out.weight.val().reshape([1, n_maps, 1, 1, 1]);
        (maps * weights).sum_dim(1) * self.gain
    }

    /// What is counted where all maps are 0.
    #[must_use]
    pub fn bias(&self) -> f64 {
        let bias = self.out.bias.as_ref();
        bias.map_or(0.0, |bias| f64::from(bias.val().into_scalar::<f32>()))
    }
}

impl Network for Counter {
    fn sync_statistics(&self) {}

    fn n_weights(&self) -> usize {
        self.num_params()
    }
}
