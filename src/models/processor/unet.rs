//! A U-net for predicting: batch norms folded into convolutions, and on the processor convolutions
//! of this program's own, as burn's take three to four times as long.

use super::convolution::{Arena, Convolution, Maps};
use crate::models::nets::{Context, DoubleConv, UNet, doubled as doubled_tensor, margin_before};
use burn::module::Param;
use burn::nn::BatchNorm;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::tensor::activation::sigmoid;
use burn::tensor::{DType, Device, Tensor, TensorData};

/// A network for predicting.
#[derive(Debug)]
pub struct Folded(MadeFor);

#[derive(Debug)]
enum MadeFor {
    Processor(Box<OnProcessor>),
    Other(Box<UNet>),
}

impl From<UNet> for Folded {
    /// The same network with every batch norm folded into the convolution before it.
    fn from(net: UNet) -> Self {
        let fold = |blocks: Vec<DoubleConv>| blocks.into_iter().map(folded_block).collect();
        let net = UNet {
            encoder: fold(net.encoder),
            decoder: fold(net.decoder),
            ..net
        };
        let weight = net.head.weight.val();
        let is_plain = weight.device() == Device::flex() && weight.dtype() == DType::F32;
        Self(match is_plain {
            true => MadeFor::Processor(Box::new(OnProcessor::new(&net))),
            false => MadeFor::Other(Box::new(net)),
        })
    }
}

impl Folded {
    /// As [`UNet::forward`], where batch norms take the running statistics.
    ///
    /// # Panics
    ///
    /// As [`UNet::forward`].
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        match &self.0 {
            MadeFor::Processor(net) => net.forward(x),
            MadeFor::Other(net) => net.forward(x),
        }
    }
}

fn folded_block(block: DoubleConv) -> DoubleConv {
    let [conv1, conv2] = [(block.conv1, block.norm1), (block.conv2, block.norm2)]
        .map(|(conv, norm)| folded(conv, norm));
    DoubleConv {
        conv1,
        norm1: None,
        conv2,
        norm2: None,
    }
}

/// A convolution that does what it and the norm after it did, with the running statistics.
fn folded(mut conv: Conv2d, norm: Option<BatchNorm>) -> Conv2d {
    let Some(norm) = norm else {
        return conv;
    };
    let spread = (norm.running_var.value() + norm.epsilon).sqrt();
    let scale = norm.gamma.val() / spread; // [maps out]
    let mut shift = norm.beta.val() - norm.running_mean.value() * scale.clone();
    if let Some(bias) = &conv.bias {
        shift = shift + bias.val() * scale.clone();
    }
    let [maps] = scale.dims();
    conv.weight = conv
        .weight
        .map(|weight| weight * scale.reshape([maps, 1, 1, 1]));
    conv.bias = Some(Param::from_tensor(shift));
    conv
}

/// The layers as this program's own convolutions.
#[derive(Debug)]
struct OnProcessor {
    encoder: Vec<[Convolution; 2]>,
    context: Option<Context>,
    /// Four maps for each that comes out: upper left, upper right, lower left, lower right pixels.
    ups: Vec<Convolution>,
    decoder: Vec<[Convolution; 2]>,
    head: Convolution,
    sigmoid: bool,
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}

fn biases(bias: Option<&Param<Tensor<1>>>, n: usize) -> Vec<f32> {
    bias.map_or_else(|| vec![0.0; n], |bias| values(bias.val()))
}

fn convolution(conv: &Conv2d, relu: bool) -> Convolution {
    let [maps_out, _, side, _] = conv.weight.dims();
    let bias = biases(conv.bias.as_ref(), maps_out);
    Convolution::new(&values(conv.weight.val()), &bias, side, relu)
}

fn both(block: &DoubleConv) -> [Convolution; 2] {
    [&block.conv1, &block.conv2].map(|conv| convolution(conv, true))
}

/// Each of the four pixels that become of one is a convolution of 1 x 1.
fn up(up: &ConvTranspose2d) -> Convolution {
    let [maps_in, maps_out, ..] = up.weight.dims();
    let weight = up.weight.val().reshape([maps_in, maps_out, 4]);
    let bias = biases(up.bias.as_ref(), maps_out).repeat(4);
    Convolution::new(&values(weight.permute([2, 1, 0])), &bias, 1, false)
}

impl OnProcessor {
    fn new(net: &UNet) -> Self {
        Self {
            encoder: net.encoder.iter().map(both).collect(),
            context: net.context.clone(),
            ups: net.ups.iter().map(up).collect(),
            decoder: net.decoder.iter().map(both).collect(),
            head: convolution(&net.head, false),
            sigmoid: net.sigmoid,
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, channels, height, width] = x.dims();
        let mut arena = Arena::default();
        let made = x.split(1, 0).into_iter().map(|one| {
            let pixels = values(one);
            let size = [channels, height, width];
            let maps = Maps::filled(&mut arena, size, 1, |map, row, to| {
                to.copy_from_slice(&pixels[(map * height + row) * width..][..width]);
            });
            let made = self.maps(&mut arena, maps);
            let tensor = tensor(&made);
            arena.give(made);
            tensor
        });
        let made: Vec<Tensor<4>> = made.collect();
        let made = Tensor::cat(made, 0);
        if self.sigmoid { sigmoid(made) } else { made }
    }

    /// From maps with zeros around them.
    fn maps(&self, arena: &mut Arena, x: Maps) -> Maps {
        let [first, deeper @ ..] = &self.encoder[..] else {
            return x;
        };
        let mut maps = twice(arena, first, x);
        let mut skipped = Vec::with_capacity(deeper.len());
        for block in deeper {
            let size = [maps.n, maps.height / 2, maps.width / 2];
            let halved = Maps::filled(arena, size, 1, |map, row, to| {
                pool(maps.row(map, 2 * row), maps.row(map, 2 * row + 1), to);
            });
            skipped.push(maps);
            maps = twice(arena, block, halved);
        }
        if let Some(context) = &self.context {
            let size = [maps.n, maps.height, maps.width];
            let told = context.forward(tensor(&maps));
            arena.give(maps);
            maps = from_tensor(arena, told, size);
        }
        for (step, (block, skip)) in self
            .decoder
            .iter()
            .zip(skipped.into_iter().rev())
            .enumerate()
        {
            let up = self.ups.get(step);
            let (n, larger) = match up {
                Some(up) => (up.maps_out() / 4, up.forward(arena, &maps, 0)),
                None => (maps.n, doubled(arena, &maps)),
            };
            let [height, width] = [2 * maps.height, 2 * maps.width];
            let [top, left] = [
                margin_before(height, skip.height),
                margin_before(width, skip.width),
            ];
            let size = [skip.n + n, skip.height, skip.width];
            let joined = Maps::filled(arena, size, 1, |map, row, to| {
                let Some(map) = map.checked_sub(skip.n) else {
                    return to.copy_from_slice(skip.row(map, row));
                };
                to.fill(0.0);
                let Some(row) = row.checked_sub(top).filter(|&row| row < height) else {
                    return;
                };
                let to = &mut to[left..][..width];
                match up {
                    Some(_) => {
                        let map = map + row % 2 * 2 * n;
                        let row = row / 2;
                        alternating(larger.row(map, row), larger.row(map + n, row), to);
                    }
                    None => to.copy_from_slice(larger.row(map, row)),
                }
            });
            for done in [maps, larger, skip] {
                arena.give(done);
            }
            maps = twice(arena, block, joined);
        }
        let made = self.head.forward(arena, &maps, 0);
        arena.give(maps);
        made
    }
}

/// The pixels of two rows in turns.
fn alternating(left: &[f32], right: &[f32], to: &mut [f32]) {
    let pairs = left.iter().zip(right);
    for (to, (&left, &right)) in to.as_chunks_mut().0.iter_mut().zip(pairs) {
        *to = [left, right];
    }
}

/// Both convolutions of a block, of maps with zeros around them.
fn twice(arena: &mut Arena, [one, two]: &[Convolution; 2], framed: Maps) -> Maps {
    let between = one.forward(arena, &framed, 1);
    arena.give(framed);
    let maps = two.forward(arena, &between, 0);
    arena.give(between);
    maps
}

/// The largest of each 2 x 2 pixels; what is not a number stays that.
fn pool(above: &[f32], below: &[f32], to: &mut [f32]) {
    let larger = |a: f32, b: f32| if a > b || a.is_nan() { a } else { b };
    let pairs = above.as_chunks().0.iter().zip(below.as_chunks().0);
    for (to, (&[a, b], &[c, d])) in to.iter_mut().zip(pairs) {
        *to = larger(larger(a, b), larger(c, d));
    }
}

/// Twice as large, bilinear between corner pixels.
fn doubled(arena: &mut Arena, maps: &Maps) -> Maps {
    from_tensor(
        arena,
        doubled_tensor(tensor(maps)),
        [maps.n, 2 * maps.height, 2 * maps.width],
    )
}

fn tensor(maps: &Maps) -> Tensor<4> {
    let data = TensorData::new(maps.values().to_vec(), [1, maps.n, maps.height, maps.width]);
    Tensor::from_data(data, &Device::flex())
}

fn from_tensor(arena: &mut Arena, tensor: Tensor<4>, size: [usize; 3]) -> Maps {
    let values = values(tensor);
    let [_, height, width] = size;
    Maps::filled(arena, size, 0, |map, row, to| {
        to.copy_from_slice(&values[(map * height + row) * width..][..width]);
    })
}
