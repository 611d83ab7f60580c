//! The two-dimensional U-net.

use super::Network;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, PaddingConfig2d};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::{adaptive_avg_pool2d, interpolate};
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// How a decoder doubles the size of its maps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upsampling {
    /// A learned transposed convolution of kernel and stride 2, which halves the channels.
    #[default]
    Transposed,
    /// Bilinear between corner pixels, with the channels halved by the convolutions around it.
    Bilinear,
}

/// What comes after the last convolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputActivation {
    /// Nothing.
    #[default]
    Identity,
    /// The logistic function: 0 to 1.
    Sigmoid,
}

/// What a U-net looks like; with the weights it is all there is to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UNetShape {
    /// Maps that go in.
    pub channels_in: usize,
    /// Maps that come out.
    pub channels_out: usize,
    /// Maps of the first level; each level down has twice as many.
    pub features: usize,
    /// How often the size is halved.
    pub depth: usize,
    /// How it is doubled again.
    pub upsampling: Upsampling,
    /// What comes last.
    pub head: OutputActivation,
    /// Whether the deepest maps are told what all of them say: see [`Context`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub context: bool,
}

impl Default for UNetShape {
    /// That of the tracer study as far as it is told: one scan in, one out, 64 features.
    fn default() -> Self {
        Self {
            channels_in: 2,
            channels_out: 2,
            features: 64,
            depth: 4,
            upsampling: Upsampling::Transposed,
            head: OutputActivation::Identity,
            context: false,
        }
    }
}

impl UNetShape {
    /// Maps of a level of the encoder; the deepest is level `depth`.
    fn encoded(&self, level: usize) -> usize {
        let maps = self.features << level;
        if level == self.depth && self.upsampling == Upsampling::Bilinear {
            maps / 2
        } else {
            maps
        }
    }

    /// Maps that a level of the decoder gives to the one above.
    fn decoded(&self, level: usize) -> usize {
        match self.upsampling {
            Upsampling::Bilinear if level > 0 => self.features << (level - 1),
            _ => self.features << level,
        }
    }

    /// A network of this shape with random weights, as PyTorch draws them.
    #[must_use]
    pub fn init(&self, device: &Device) -> UNet {
        let encoder = (0..=self.depth)
            .map(|level| {
                let from = match level {
                    0 => self.channels_in,
                    _ => self.encoded(level - 1),
                };
                let to = self.encoded(level);
                DoubleConv::new([from, to, to], device)
            })
            .collect();
        let levels = || (0..self.depth).rev();
        let ups = match self.upsampling {
            Upsampling::Bilinear => Vec::new(),
            Upsampling::Transposed => levels()
                .map(|level| {
                    ConvTranspose2dConfig::new(
                        [self.features << (level + 1), self.features << level],
                        [2, 2],
                    )
                    .with_stride([2, 2])
                    .init(device)
                })
                .collect(),
        };
        let decoder = levels()
            .map(|level| {
                let skip = self.encoded(level);
                DoubleConv::new([2 * skip, skip, self.decoded(level)], device)
            })
            .collect();
        UNet {
            encoder,
            context: self
                .context
                .then(|| Context::new(self.encoded(self.depth), device)),
            ups,
            decoder,
            head: Conv2dConfig::new([self.features, self.channels_out], [1, 1]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            sigmoid: self.head == OutputActivation::Sigmoid,
        }
    }
}

/// Two convolutions of 3 x 3, each with batch norm and ReLU.
#[derive(Module, Debug)]
pub struct DoubleConv {
    /// Without bias, which the norm would take away again; with one where the norm is folded in.
    pub conv1: Conv2d,
    /// None where it is folded into the convolution.
    pub norm1: Option<BatchNorm>,
    /// As the first.
    pub conv2: Conv2d,
    /// As the first.
    pub norm2: Option<BatchNorm>,
}

impl DoubleConv {
    fn new([from, mid, to]: [usize; 3], device: &Device) -> Self {
        let conv = |channels| {
            Conv2dConfig::new(channels, [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(false)
                .init(device)
        };
        Self {
            conv1: conv([from, mid]),
            norm1: Some(BatchNormConfig::new(mid).init(device)),
            conv2: conv([mid, to]),
            norm2: Some(BatchNormConfig::new(to).init(device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let normed = |x, norm: &Option<BatchNorm>| match norm {
            Some(norm) => norm.forward(x),
            None => x,
        };
        let x = relu(normed(self.conv1.forward(x), &self.norm1));
        relu(normed(self.conv2.forward(x), &self.norm2))
    }
}

/// What the deepest maps say of the whole head, added to each place of them.
///
/// A place of the deepest maps sees some 140 pixels, not the head: how bright a slice will be, and
/// where a tracer goes from one of the two planes to the other, may be decided further away. Here
/// the maps are reduced to a few of 8 x 8, which two layers that see all of them turn into others.
/// The last layer begins with zeros, so that a network gets this without a change in what it
/// computes.
#[derive(Module, Debug)]
pub struct Context {
    /// 1 x 1, to few maps.
    pub reduce: Conv2d,
    /// From all pixels of the few maps to a list of numbers, and from these to all pixels.
    pub gather: Conv2d,
    /// The way back.
    pub spread: Conv2d,
    /// 1 x 1, to as many maps as there are.
    pub expand: Conv2d,
}

impl Context {
    const MAPS: usize = 8;
    const SIDE: usize = 8;
    const HIDDEN: usize = 64;

    fn new(maps: usize, device: &Device) -> Self {
        let conv = |from, to| Conv2dConfig::new([from, to], [1, 1]).init(device);
        let n_pixels = Self::MAPS * Self::SIDE * Self::SIDE;
        Self {
            reduce: conv(maps, Self::MAPS),
            gather: conv(n_pixels, Self::HIDDEN),
            spread: conv(Self::HIDDEN, n_pixels),
            expand: Conv2dConfig::new([Self::MAPS, maps], [1, 1])
                .with_initializer(Initializer::Zeros)
                .init(device),
        }
    }

    pub(in crate::models) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, _, height, width] = x.dims();
        let few = adaptive_avg_pool2d(self.reduce.forward(x.clone()), [Self::SIDE; 2]);
        let all = few.reshape([batch, Self::MAPS * Self::SIDE * Self::SIDE, 1, 1]);
        let all = self.spread.forward(relu(self.gather.forward(all)));
        let few = all.reshape([batch, Self::MAPS, Self::SIDE, Self::SIDE]);
        let to_size =
            InterpolateOptions::new(InterpolateMode::Bilinear).with_output_size([height, width]);
        x + self.expand.forward(interpolate(few, to_size))
    }
}

/// A U-net. Made by [`UNetShape::init`].
#[derive(Module, Debug)]
pub struct UNet {
    /// From the surface to the bottleneck.
    pub encoder: Vec<DoubleConv>,
    /// At the bottleneck, where the shape has it.
    pub context: Option<Context>,
    /// From the deepest; none where the shape is bilinear.
    pub ups: Vec<ConvTranspose2d>,
    /// From the deepest. Their first convolution takes the skipped maps first.
    pub decoder: Vec<DoubleConv>,
    /// 1 x 1.
    pub head: Conv2d,
    pub(in crate::models) pool: MaxPool2d,
    pub(in crate::models) sigmoid: bool,
}

impl UNet {
    /// From `[batch, channels in, height, width]` to `[batch, channels out, height, width]`.
    ///
    /// # Panics
    ///
    /// Where the channels are not those of the shape, or the planes too small to be halved so often.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let depth = self.decoder.len();
        let mut skipped = Vec::with_capacity(depth);
        let mut x = self.encoder[0].forward(x);
        for block in &self.encoder[1..] {
            skipped.push(x.clone());
            x = block.forward(self.pool.forward(x));
        }
        if let Some(context) = &self.context {
            x = context.forward(x);
        }
        for (step, (block, skip)) in self
            .decoder
            .iter()
            .zip(skipped.into_iter().rev())
            .enumerate()
        {
            x = match self.ups.get(step) {
                Some(up) => up.forward(x),
                None => doubled(x),
            };
            x = block.forward(Tensor::cat(vec![skip.clone(), fitted(x, &skip)], 1));
        }
        let x = self.head.forward(x);
        if self.sigmoid { sigmoid(x) } else { x }
    }
}

impl Network for UNet {
    fn sync_statistics(&self) {
        for block in self.encoder.iter().chain(&self.decoder) {
            for norm in [&block.norm1, &block.norm2].into_iter().flatten() {
                norm.running_mean.value_sync();
                norm.running_var.value_sync();
            }
        }
    }

    fn n_weights(&self) -> usize {
        let blocks = self.encoder.iter().chain(&self.decoder);
        let norms = blocks
            .flat_map(|block| [&block.norm1, &block.norm2])
            .flatten();
        let running: usize = norms.map(|norm| 2 * norm.gamma.dims()[0]).sum();
        self.num_params() - running
    }
}

/// Twice as large, bilinear between corner pixels.
pub(in crate::models) fn doubled(x: Tensor<4>) -> Tensor<4> {
    let options = InterpolateOptions::new(InterpolateMode::Bilinear)
        .with_align_corners(true)
        .with_scale_factor([2.0, 2.0]);
    interpolate(x, options)
}

/// Zeros before maps of a size in those of another, so that they lie in the middle.
pub(in crate::models) fn margin_before(size: usize, to_size: usize) -> usize {
    (to_size - size) / 2
}

/// Maps padded with zeros to the size of others, whose odd sizes were halved downwards.
fn fitted(x: Tensor<4>, like: &Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let [_, _, to_height, to_width] = like.dims();
    if [height, width] == [to_height, to_width] {
        return x;
    }
    let [rows, columns] = [to_height - height, to_width - width];
    let [top, left] = [
        margin_before(height, to_height),
        margin_before(width, to_width),
    ];
    x.pad((left, columns - left, top, rows - top), 0.0)
}
