//! A dense network for predicting on the processor: norms folded into what is before or behind them,
//! and each layer computed for a box of voxels, which is all of them, or those that a change of the
//! input can reach.
//!
//! What a transition does is done in another order, as a mean of voxels and a sum of channels can be
//! exchanged: first the mean, so that an eighth of the sums is left.

use super::blocked::{Buffers, LANES, Maps3, n_blocks};
use super::pointwise::{Affine, Change, Pointwise, Wanted};
use super::region::{Region, Sweep};
use super::stem::{LARGEST, MEAN, Plain, Pooling, STEM, Stem, pool};
use super::winograd::Winograd;
use crate::models::nets::DenseNet;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv3d;
use burn::tensor::Tensor;

/// How a convolution of 3 x 3 x 3 moves.
const AROUND: Sweep = Sweep {
    kernel: 3,
    stride: 1,
    padding: 1,
};

/// Slabs for each thread, so that one that waits finds something to do.
const SLABS_A_THREAD: usize = 4;

/// The layers as this program's own.
#[derive(Debug)]
pub struct DenseOnProcessor {
    stem: Stem,
    blocks: Vec<Block>,
    /// Behind all blocks but the last.
    transitions: Vec<(Affine, Pointwise)>,
    tail: Affine,
    /// The channel of each lane of the tail.
    tail_lanes: Vec<Option<usize>>,
    /// `[maps][numbers out]`.
    out: Vec<f32>,
    out_bias: Vec<f32>,
}

#[derive(Debug)]
struct Block {
    layers: Vec<Layer>,
    /// Blocks of channels that go in, and of those that each layer adds.
    n_first: usize,
    n_added: usize,
    n_within: usize,
}

#[derive(Debug)]
struct Layer {
    before: Affine,
    reduce: Pointwise,
    expand: Winograd,
}

/// What a network makes of a volume, kept so that a change of it need not be computed from the
/// beginning.
pub struct Kept {
    input: Plain,
    size: [usize; 3],
    blocks: Vec<KeptBlock>,
    numbers: Vec<f32>,
}

struct KeptBlock {
    /// All maps of the block.
    joined: Maps3,
    /// The maps within each layer, before the ReLU.
    within: Vec<Maps3>,
}

/// Memory for one thread that computes changes.
#[derive(Default)]
pub struct Workspace(Buffers);

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter().collect()
}

/// The factor and the summand that a norm is, with its running statistics.
fn factors(norm: &BatchNorm) -> (Vec<f32>, Vec<f32>) {
    let [gamma, beta] = [&norm.gamma, &norm.beta].map(|param| values(param.val()));
    let mean = values(norm.running_mean.value());
    let var = values(norm.running_var.value());
    let scale: Vec<f64> = gamma
        .iter()
        .zip(&var)
        .map(|(&gamma, &var)| f64::from(gamma) / (f64::from(var) + norm.epsilon).sqrt())
        .collect();
    let shift = beta.iter().zip(&mean).zip(&scale);
    let shift =
        shift.map(|((&beta, &mean), scale)| (f64::from(beta) - f64::from(mean) * scale) as f32);
    let shift = shift.collect();
    (scale.into_iter().map(|scale| scale as f32).collect(), shift)
}

/// The weights of a convolution with the norm behind it, and its bias.
fn folded(conv: &Conv3d, norm: &BatchNorm) -> (Vec<f32>, Vec<f32>) {
    let (scale, shift) = factors(norm);
    let mut weights = values(conv.weight.val());
    let per_map = weights.len() / scale.len();
    for (map, scale) in weights.chunks_exact_mut(per_map).zip(&scale) {
        for weight in map {
            *weight *= scale;
        }
    }
    (weights, shift)
}

/// Lanes of so many channels, in whole blocks.
fn lanes_of(channels: std::ops::Range<usize>) -> Vec<Option<usize>> {
    let n = n_blocks(channels.len()) * LANES;
    let end = channels.end;
    (channels.start..channels.start + n)
        .map(|channel| (channel < end).then_some(channel))
        .collect()
}

impl From<&DenseNet> for DenseOnProcessor {
    fn from(net: &DenseNet) -> Self {
        let (weights, bias) = folded(&net.conv0, &net.norm0);
        let stem = Stem::new(&weights, &bias);
        let mut channels = bias.len();
        let (mut blocks, mut transitions) = (Vec::new(), Vec::new());
        let mut lanes = lanes_of(0..channels);
        for (at, block) in net.blocks.iter().enumerate() {
            let n_first = lanes.len() / LANES;
            let (mut layers, mut n_added, mut n_within) = (Vec::new(), 0, 0);
            for layer in &block.layers {
                let (scale, shift) = factors(&layer.norm1);
                let (weights, bias) = folded(&layer.conv1, &layer.norm2);
                let [added, within, ..] = layer.conv2.weight.dims();
                layers.push(Layer {
                    before: Affine::new(&scale, &shift, &lanes),
                    reduce: Pointwise::new(&weights, &bias, &lanes),
                    expand: Winograd::new(
                        &values(layer.conv2.weight.val()),
                        added,
                        &lanes_of(0..within),
                    ),
                });
                (n_added, n_within) = (n_blocks(added), n_blocks(within));
                lanes.extend(lanes_of(channels..channels + added));
                channels += added;
            }
            blocks.push(Block {
                layers,
                n_first,
                n_added,
                n_within,
            });
            if let Some(transition) = net.transitions.get(at) {
                let (scale, shift) = factors(&transition.norm);
                let weights = values(transition.conv.weight.val());
                channels = transition.conv.weight.dims()[0];
                let bias = vec![0.0; channels];
                transitions.push((
                    Affine::new(&scale, &shift, &lanes),
                    Pointwise::new(&weights, &bias, &lanes),
                ));
                lanes = lanes_of(0..channels);
            }
        }
        let (scale, shift) = factors(&net.norm5);
        let out = values(net.out.weight.val());
        let bias = net.out.bias.as_ref();
        let n_out = out.len() / channels;
        Self {
            stem,
            blocks,
            transitions,
            tail: Affine::new(&scale, &shift, &lanes),
            tail_lanes: lanes,
            out,
            out_bias: bias.map_or_else(|| vec![0.0; n_out], |bias| values(bias.val())),
        }
    }
}

impl Kept {
    /// What the network makes of the volume as it is.
    #[must_use]
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// Whether the values of a box are these already, one for each channel.
    #[must_use]
    pub fn is_filled(&self, [low, high]: [[usize; 3]; 2], fill: &[f32]) -> bool {
        let region = Region { low, high };
        region.rows().all(|[z, y]| {
            let mut columns = region.columns();
            columns.all(|x| {
                let mut channels = fill.iter().enumerate();
                channels.all(|(channel, &fill)| self.input.value(channel, [z, y, x]) == fill)
            })
        })
    }
}

/// A computation that goes through the layers.
struct Run<'a> {
    net: &'a DenseOnProcessor,
    size: [usize; 3],
    base: Option<&'a Kept>,
    /// Where what is computed is kept.
    keep: Option<&'a mut Vec<KeptBlock>>,
    parts: usize,
    buffers: &'a mut Buffers,
}

impl DenseOnProcessor {
    /// What the network makes of a volume, values `[channels, size..]`, on all threads.
    ///
    /// # Panics
    /// Where nothing is left of the volume, or the channels are not those of the network: see
    /// [`DenseNetShape::lattices`](crate::models::DenseNetShape::lattices).
    #[must_use]
    pub fn forward(&self, volume: &[f32], size: [usize; 3]) -> Vec<f32> {
        let mut buffers = Buffers::default();
        let run = Run {
            net: self,
            size,
            base: None,
            keep: None,
            parts: SLABS_A_THREAD * rayon::current_num_threads(),
            buffers: &mut buffers,
        };
        run.of(&Plain::new(volume, size), Region::whole(size))
    }

    /// As [`DenseOnProcessor::forward`], and keeps what is between.
    ///
    /// # Panics
    /// As [`DenseOnProcessor::forward`].
    #[must_use]
    pub fn keep(&self, volume: &[f32], size: [usize; 3]) -> Kept {
        let mut buffers = Buffers::default();
        let input = Plain::new(volume, size);
        let mut blocks = Vec::new();
        let run = Run {
            net: self,
            size,
            base: None,
            keep: Some(&mut blocks),
            parts: SLABS_A_THREAD * rayon::current_num_threads(),
            buffers: &mut buffers,
        };
        let numbers = run.of(&input, Region::whole(size));
        Kept {
            input,
            size,
            blocks,
            numbers,
        }
    }

    /// What the network makes of a volume that was kept, with a box from `low` up to but not `high`
    /// filled with one value for each channel. Computed on one thread, and only where the change can
    /// reach.
    ///
    /// # Panics
    /// Where the box is empty or does not lie within the volume.
    #[must_use]
    pub fn occluded(
        &self,
        kept: &Kept,
        [low, high]: [[usize; 3]; 2],
        fill: &[f32],
        workspace: &mut Workspace,
    ) -> Vec<f32> {
        let patch = Region { low, high };
        let changed = patch.through(STEM, kept.size);
        let lattice = kept.size.map(|n| STEM.size(n));
        let pooled = changed.through(LARGEST, lattice);
        let input = kept
            .input
            .occluded(&pooled.window(LARGEST, lattice), &patch, fill);
        let run = Run {
            net: self,
            size: kept.size,
            base: Some(kept),
            keep: None,
            parts: 1,
            buffers: &mut workspace.0,
        };
        run.of(&input, patch)
    }
}

impl Run<'_> {
    /// What comes out where the input changed in a box.
    fn of(mut self, input: &Plain, changed: Region) -> Vec<f32> {
        let net = self.net;
        let lattice = self.size.map(|n| STEM.size(n));
        let pooled = changed.through(STEM, self.size).through(LARGEST, lattice);
        let needed = pooled.window(LARGEST, lattice);
        let n_first = net.blocks[0].n_first;
        let mut stem = Maps3::over(self.buffers, n_first, &needed, 0);
        net.stem.forward(input, &needed, &mut stem, self.parts);
        let mut size = lattice.map(|n| LARGEST.size(n));
        let mut changed = pooled;
        let mut joined = self.joined(0, &changed, size);
        let to = (&mut joined, n_first);
        pool(Pooling::Largest, &stem, lattice, &changed, to, self.parts);
        self.buffers.give(stem);
        for at in 0..net.blocks.len() {
            changed = self.block(at, &mut joined, changed, size);
            let Some((before, halve)) = net.transitions.get(at) else {
                break;
            };
            let after = changed.through(MEAN, size);
            if after.n_voxels() == 0
                && let Some(base) = self.base
            {
                // The last voxel of an odd axis is left out.
                self.buffers.give(joined);
                return base.numbers.clone();
            }
            let n = before.blocks().len();
            let mut means = Maps3::over(self.buffers, n, &after, 0);
            let pooling = Pooling::MeanAfter(before);
            pool(pooling, &joined, size, &after, (&mut means, n), self.parts);
            self.done(at, joined);
            size = size.map(|n| MEAN.size(n));
            joined = self.joined(at + 1, &after, size);
            let wanted = Wanted {
                region: after,
                before: None,
                relu: false,
                change: None,
                parts: self.parts,
            };
            halve.forward(&means, wanted, (&mut joined, 0));
            self.buffers.give(means);
            changed = after;
        }
        let numbers = self.tail(&joined, size);
        self.done(net.blocks.len() - 1, joined);
        numbers
    }

    /// The maps of a block, over all voxels that it needs where those of a box changed as it begins.
    fn joined(&mut self, at: usize, changed: &Region, size: [usize; 3]) -> Maps3 {
        let block = &self.net.blocks[at];
        let mut reached = *changed;
        for _ in &block.layers {
            reached = reached.through(AROUND, size);
        }
        let over = match at + 1 < self.net.blocks.len() {
            true => reached.hull(&reached.through(MEAN, size).window(MEAN, size)),
            false => Region::whole(size),
        };
        let n = block.n_first + block.layers.len() * block.n_added;
        Maps3::over(self.buffers, n, &over, 0)
    }

    /// Computes the layers of a block, whose first maps changed in a box. Hands back the box in which
    /// its last ones did.
    fn block(
        &mut self,
        at: usize,
        joined: &mut Maps3,
        changed: Region,
        size: [usize; 3],
    ) -> Region {
        let block = &self.net.blocks[at];
        let base = self.base.map(|base| &base.blocks[at]);
        // Where the maps that go in changed, and those that each layer adds: each box holds the one
        // before.
        let mut boxes = vec![changed];
        for layer in 0..block.layers.len() {
            boxes.push(boxes[layer].through(AROUND, size));
        }
        let over = joined.region();
        let fill_up = |joined: &mut Maps3, blocks: std::ops::Range<usize>, but: &Region| {
            if let Some(base) = base {
                joined.copy_around(&base.joined, blocks, &over, but, false);
            }
        };
        fill_up(joined, 0..block.n_first, &changed);
        let mut within = Maps3::over(self.buffers, block.n_within, &boxes[block.layers.len()], 1);
        within.clear();
        let mut kept = Vec::new();
        for (place, layer) in block.layers.iter().enumerate() {
            let (here, next) = (boxes[place], boxes[place + 1]);
            match base {
                Some(base) => {
                    let sums = &base.within[place];
                    let around = next.with_neighbours(size);
                    within.copy_around(sums, 0..block.n_within, &around, &here, true);
                    self.reduce_changes(block, place, joined, &boxes, base, &mut within);
                }
                None => {
                    let mut wanted = self.wanted(layer, here);
                    if self.keep.is_some() {
                        let mut sums = Maps3::over(self.buffers, block.n_within, &here, 0);
                        wanted.relu = false;
                        layer.reduce.forward(joined, wanted, (&mut sums, 0));
                        let all = 0..block.n_within;
                        within.copy_around(&sums, all, &here, &Region::none(), true);
                        kept.push(sums);
                    } else {
                        layer.reduce.forward(joined, wanted, (&mut within, 0));
                    }
                }
            }
            let n = block.n_first + place * block.n_added;
            layer
                .expand
                .forward(&within, &next, (joined, n), self.parts);
            fill_up(joined, n..n + block.n_added, &next);
        }
        self.buffers.give(within);
        if let Some(keep) = &mut self.keep {
            keep.push(KeptBlock {
                joined: Maps3::over(self.buffers, 0, &Region::none(), 0),
                within: kept,
            });
        }
        boxes[block.layers.len()]
    }

    /// All channels of a layer at the voxels of a box.
    fn wanted<'b>(&self, layer: &'b Layer, region: Region) -> Wanted<'b> {
        Wanted {
            region,
            before: Some(&layer.before),
            relu: true,
            change: None,
            parts: self.parts,
        }
    }

    /// The maps within a layer: at the voxels at which all channels changed from the beginning, and
    /// around them only what those make of it that changed there.
    fn reduce_changes(
        &self,
        block: &Block,
        place: usize,
        joined: &Maps3,
        boxes: &[Region],
        base: &KeptBlock,
        within: &mut Maps3,
    ) {
        let layer = &block.layers[place];
        let wanted = self.wanted(layer, boxes[0]);
        layer.reduce.forward(joined, wanted, (within, 0));
        for (added, pair) in boxes[..=place].windows(2).enumerate() {
            let [but, region] = [pair[0], pair[1]];
            if but == region {
                continue;
            }
            let change = Change {
                but,
                first: block.n_first + added * block.n_added,
                x: &base.joined,
                sums: &base.within[place],
            };
            let wanted = Wanted {
                change: Some(change),
                ..self.wanted(layer, region)
            };
            layer.reduce.forward(joined, wanted, (within, 0));
        }
    }

    /// Keeps the maps of a block, or takes their memory back.
    fn done(&mut self, at: usize, joined: Maps3) {
        match &mut self.keep {
            Some(keep) => keep[at].joined = joined,
            None => self.buffers.give(joined),
        }
    }

    /// The norm, the ReLU, the means and the last sums.
    fn tail(&self, joined: &Maps3, size: [usize; 3]) -> Vec<f32> {
        let net = self.net;
        let n_voxels = size.iter().product::<usize>();
        let mut made: Vec<f64> = net.out_bias.iter().map(|&bias| f64::from(bias)).collect();
        for (block, [scale, shift]) in net.tail.blocks().iter().enumerate() {
            let mut sums = [0.0_f64; LANES];
            for voxel in joined.block(block) {
                for (lane, sum) in sums.iter_mut().enumerate() {
                    let value = voxel.0[lane] * scale.0[lane] + shift.0[lane];
                    // What is not a number stays that.
                    *sum += f64::from(if value < 0.0 { 0.0 } else { value });
                }
            }
            for (lane, sum) in sums.iter().enumerate() {
                let Some(channel) = net.tail_lanes[block * LANES + lane] else {
                    continue;
                };
                let mean = sum / n_voxels as f64;
                for (at, made) in made.iter_mut().enumerate() {
                    *made += mean * f64::from(net.out[channel * net.out_bias.len() + at]);
                }
            }
        }
        made.into_iter().map(|number| number as f32).collect()
    }
}
