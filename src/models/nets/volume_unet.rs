//! The U-shaped family of three dimensions by which perivascular spaces were segmented (Boutinaud and
//! others 2021): blocks of convolutions with batch norm and swish, largest of eight on the way down,
//! nearest neighbours on the way up.

use super::Network;
use super::volumetric::{conv, doubled, fitted, largest_of_eight};
use burn::module::Module;
use burn::nn::conv::Conv3d;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig};
use burn::tensor::activation::silu;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// How many maps the first convolution of a block of the decoder makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecoderWidth {
    /// As many as go in, the skipped ones included.
    Joined,
    /// As many as the level has.
    Level,
}

/// What such a network looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeUNetShape {
    /// Maps that go in.
    pub channels_in: usize,
    /// Maps that come out.
    pub channels_out: usize,
    /// Maps of the first level.
    pub base: usize,
    /// Maps of a level over those of the one above; rounded at each level.
    pub factor: f64,
    /// Levels of the encoder.
    pub depth: usize,
    /// Convolutions of a block.
    pub convs: usize,
    /// Whether the lattice is halved behind the deepest level too, so that the decoder has as many
    /// levels as the encoder; else the deepest level is the bottom.
    pub last_pool: bool,
    /// How wide the decoder begins its blocks.
    pub decoder: DecoderWidth,
    /// Convolutions of 3 x 3 x 3 to [`base`](Self::base) maps behind the decoder.
    pub last_convs: usize,
    /// Whether convolutions have a bias, which the norm takes away again.
    pub bias: bool,
    /// Added to the variance in the norms.
    pub epsilon: f64,
    /// Share of values left out in training behind the first level of the encoder, and behind all other
    /// levels.
    pub dropout: [f64; 2],
    /// Whether the decoder is given the encoder's maps; an autoencoder's is not.
    pub skips: bool,
}

impl VolumeUNetShape {
    /// The authors' version 1, `Unet3Dv2-10.7.2-1.8`, by the layout in which ANTsPyNet takes its weights.
    #[must_use]
    pub fn shiva_v1(channels_in: usize) -> Self {
        Self {
            channels_in,
            channels_out: 1,
            base: 10,
            factor: 1.8,
            depth: 7,
            convs: 2,
            last_pool: true,
            decoder: DecoderWidth::Joined,
            last_convs: 2,
            bias: false,
            epsilon: 1e-3,
            dropout: [0.05, 0.5],
            skips: true,
        }
    }

    /// The network of the paper as far as it is told: 8 maps at first, doubled over 7 levels of two
    /// convolutions, dropout 0.1. Whether its deepest level is the bottom is not told; here it is, as in
    /// the U-net that the paper refers to.
    #[must_use]
    pub fn paper() -> Self {
        Self {
            base: 8,
            factor: 2.0,
            last_pool: false,
            decoder: DecoderWidth::Level,
            last_convs: 0,
            bias: true,
            dropout: [0.1, 0.1],
            ..Self::shiva_v1(1)
        }
    }

    /// The paper's network with fewer levels, which learns from pieces of scans on a processor.
    #[must_use]
    pub fn small(base: usize) -> Self {
        Self {
            base,
            depth: 3,
            bias: false,
            dropout: [0.0, 0.05],
            ..Self::paper()
        }
    }

    /// Maps of each level of the encoder.
    #[must_use]
    pub fn maps(&self) -> Vec<usize> {
        let mut maps = vec![self.base; self.depth];
        for level in 1..self.depth {
            maps[level] = (maps[level - 1] as f64 * self.factor).round() as usize;
        }
        maps
    }

    /// How often the lattice is halved.
    #[must_use]
    pub fn n_pools(&self) -> usize {
        self.depth - usize::from(!self.last_pool)
    }

    /// The lattice is computed alike in pieces whose edges are multiples of this.
    #[must_use]
    pub fn multiple(&self) -> usize {
        1 << self.n_pools()
    }

    /// How many voxels away a voxel can count, at most, in multiples of [`multiple`](Self::multiple).
    #[must_use]
    pub fn reach(&self) -> usize {
        let within = |level: usize| self.convs << level;
        let down: usize = (0..self.depth).map(within).sum();
        let up: usize = (0..self.n_pools()).map(within).sum();
        // A voxel of a halved lattice stands for those beside it.
        let halved: usize = (0..self.n_pools()).map(|level| 1 << level).sum();
        (down + up + halved + self.last_convs).next_multiple_of(self.multiple())
    }

    /// Whether its numbers are those of a network that somebody may have made, so that a file which
    /// lies costs no memory.
    pub(in crate::models) fn can_be(&self) -> bool {
        let all = [self.channels_in, self.channels_out, self.base];
        let fits = all.iter().all(|n| (1..=512).contains(n));
        let share = |share: &f64| (0.0..1.0).contains(share);
        fits && (1..=10).contains(&self.depth)
            && (1..=8).contains(&self.convs)
            && self.last_convs <= 8
            && (1.0..=4.0).contains(&self.factor)
            && self.maps().iter().all(|&n| n <= 4096)
            && self.epsilon > 0.0
            && self.epsilon < 1.0
            && self.n_pools() > 0
            && self.dropout.iter().all(share)
    }

    /// The network in a few words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let maps: Vec<String> = self.maps().iter().map(ToString::to_string).collect();
        format!(
            "U-net in three dimensions (maps {}; {} convolutions a block; {} halvings; decoder as wide as {}; {} convolutions behind it; dropout {} and {}){}",
            maps.join(", "),
            self.convs,
            self.n_pools(),
            match self.decoder {
                DecoderWidth::Joined => "what goes in",
                DecoderWidth::Level => "its level",
            },
            self.last_convs,
            self.dropout[0],
            self.dropout[1],
            if self.skips {
                ""
            } else {
                ", an autoencoder without skipped maps"
            },
        )
    }

    /// The autoencoder with the same layers, which paints what it is given.
    #[must_use]
    pub fn autoencoder(&self) -> Self {
        Self {
            channels_out: self.channels_in,
            skips: false,
            ..self.clone()
        }
    }

    /// The factor by which maps grow from level to level, to two decimals; none where they do not grow so.
    #[must_use]
    pub(in crate::models) fn factor_of(maps: &[usize]) -> Option<f64> {
        let &base = maps.first()?;
        let grows = |factor: &f64| {
            let shape = Self {
                base,
                factor: *factor,
                depth: maps.len(),
                ..Self::paper()
            };
            shape.maps() == maps
        };
        let factors = (100..=400).map(|hundredths| f64::from(hundredths) / 100.0);
        [2.0, 1.5, 1.8].into_iter().chain(factors).find(grows)
    }

    /// Channels into and out of the convolutions of a block.
    fn block(&self, from: usize, first: usize, to: usize) -> Vec<[usize; 2]> {
        let into = |at: usize| match at {
            0 => from,
            1 => first,
            _ => to,
        };
        let out_of = |at: usize| match at + 1 == self.convs {
            true => to,
            false => into(at + 1),
        };
        (0..self.convs).map(|at| [into(at), out_of(at)]).collect()
    }

    /// Channels into and out of the convolutions of the encoder, from the surface down, of the decoder, from
    /// the deepest up, and of those behind it.
    fn blocks(&self) -> [Vec<Vec<[usize; 2]>>; 3] {
        let maps = self.maps();
        let mut before = self.channels_in;
        let down = maps.iter().map(|&n| {
            let from = std::mem::replace(&mut before, n);
            self.block(from, n, n)
        });
        let encoder = down.collect();
        let levels = maps[..self.n_pools()].iter().rev();
        let up = levels.map(|&n| {
            let from = before + if self.skips { n } else { 0 };
            before = n;
            let first = match self.decoder {
                DecoderWidth::Joined => from,
                DecoderWidth::Level => n,
            };
            self.block(from, first, n)
        });
        let decoder = up.collect();
        let last = vec![[self.base; 2]; self.last_convs];
        [encoder, decoder, vec![last]]
    }

    /// All convolutions with a norm, from what goes in to what comes out: how the network's tensors are
    /// named, and channels into and out of them.
    #[must_use]
    pub(in crate::models) fn convolutions(&self) -> Vec<(String, [usize; 2])> {
        let parts = ["encoder", "decoder", "last"]
            .into_iter()
            .zip(self.blocks());
        let mut all = Vec::new();
        for (part, blocks) in parts {
            for (level, block) in blocks.into_iter().enumerate() {
                let name = |at: usize| match part {
                    "last" => format!("{part}.{at}"),
                    _ => format!("{part}.{level}.{at}"),
                };
                let named = block.into_iter().enumerate();
                all.extend(named.map(|(at, channels)| (name(at), channels)));
            }
        }
        all
    }

    /// A network of this shape with random weights, as PyTorch draws them.
    #[must_use]
    pub fn init(&self, device: &Device) -> VolumeUNet {
        let layer = |channels: &[usize; 2]| VolumeLayer {
            conv: conv(*channels, 3, 1, self.bias, device),
            norm: BatchNormConfig::new(channels[1])
                .with_epsilon(self.epsilon)
                .init(device),
        };
        let layers =
            |block: &Vec<[usize; 2]>| -> Vec<VolumeLayer> { block.iter().map(layer).collect() };
        let [encoder, decoder, last] = self.blocks();
        VolumeUNet {
            encoder: encoder.iter().map(layers).collect(),
            decoder: decoder.iter().map(layers).collect(),
            last: last.iter().flatten().map(layer).collect(),
            head: conv([self.base, self.channels_out], 1, 1, true, device),
            dropout: self
                .dropout
                .iter()
                .map(|&share| DropoutConfig::new(share).init())
                .collect(),
            has_skips: self.skips,
        }
    }
}

/// A convolution of 3 x 3 x 3 with its norm, behind which comes a swish.
#[derive(Module, Debug)]
pub struct VolumeLayer {
    /// 3 x 3 x 3.
    pub conv: Conv3d,
    /// Behind it.
    pub norm: BatchNorm,
}

impl VolumeLayer {
    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        silu(self.norm.forward(self.conv.forward(x)))
    }
}

/// A network of the family. Made by [`VolumeUNetShape::init`].
#[derive(Module, Debug)]
pub struct VolumeUNet {
    /// From the surface down.
    pub encoder: Vec<Vec<VolumeLayer>>,
    /// From the deepest up. Their first convolution takes the maps from below first, then the skipped
    /// ones.
    pub decoder: Vec<Vec<VolumeLayer>>,
    /// Behind the decoder.
    pub last: Vec<VolumeLayer>,
    /// 1 x 1 x 1.
    pub head: Conv3d,
    /// Behind the first level of the encoder, and behind all others.
    pub dropout: Vec<Dropout>,
    has_skips: bool,
}

impl VolumeUNet {
    /// From `[batch, channels in, size..]` to `[batch, channels out, size..]`, before any logistic
    /// function.
    ///
    /// # Panics
    ///
    /// Where the channels are not those of the shape, or the volume is too small to be halved so often.
    #[must_use]
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let mut x = x;
        let mut skipped = Vec::with_capacity(self.decoder.len());
        for (level, block) in self.encoder.iter().enumerate() {
            for layer in block {
                x = layer.forward(x);
            }
            let dropout = &self.dropout[usize::from(level > 0)];
            if level < self.decoder.len() {
                skipped.push(x.clone());
                x = largest_of_eight(x);
            }
            x = dropout.forward(x);
        }
        for block in &self.decoder {
            let Some(skip) = skipped.pop() else { break };
            let [_, _, depth, height, width] = skip.dims();
            x = fitted(doubled(x), [depth, height, width]);
            if self.has_skips {
                x = Tensor::cat(vec![x, skip], 1);
            }
            for layer in block {
                x = layer.forward(x);
            }
            x = self.dropout[1].forward(x);
        }
        for layer in &self.last {
            x = layer.forward(x);
        }
        self.head.forward(x)
    }

    fn layers(&self) -> impl Iterator<Item = &VolumeLayer> {
        let blocks = self.encoder.iter().chain(&self.decoder);
        blocks.flatten().chain(&self.last)
    }
}

impl Network for VolumeUNet {
    fn sync_statistics(&self) {
        for layer in self.layers() {
            layer.norm.running_mean.value_sync();
            layer.norm.running_var.value_sync();
        }
    }

    fn n_weights(&self) -> usize {
        let running: usize = self.layers().map(|l| 2 * l.norm.gamma.dims()[0]).sum();
        self.num_params() - running
    }
}

/// Networks of one shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnsembleShape {
    /// What each looks like.
    pub shape: VolumeUNetShape,
    /// How many there are.
    pub members: usize,
}

impl EnsembleShape {
    /// Whether its numbers are those of networks that somebody may have made.
    pub(in crate::models) fn can_be(&self) -> bool {
        (1..=32).contains(&self.members) && self.shape.can_be()
    }

    /// The networks in a few words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.members {
            1 => self.shape.in_words(),
            n => format!("{n} networks, each a {}", self.shape.in_words()),
        }
    }

    /// Networks with random weights.
    #[must_use]
    pub fn init(&self, device: &Device) -> VolumeUNets {
        VolumeUNets {
            members: (0..self.members).map(|_| self.shape.init(device)).collect(),
        }
    }
}

/// Networks of one shape, of whose answers the mean is taken: those of the folds of a training.
#[derive(Module, Debug)]
pub struct VolumeUNets {
    /// One or more.
    pub members: Vec<VolumeUNet>,
}

impl Network for VolumeUNets {
    fn sync_statistics(&self) {
        self.members.iter().for_each(Network::sync_statistics);
    }

    fn n_weights(&self) -> usize {
        self.members.iter().map(Network::n_weights).sum()
    }
}
