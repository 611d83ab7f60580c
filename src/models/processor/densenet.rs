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
use std::ops::Range;

/// How a convolution of 3 x 3 x 3 moves.
pub(super) const AROUND: Sweep = Sweep {
    kernel: 3,
    stride: 1,
    padding: 1,
};

/// Slabs for each thread, so that one that waits finds something to do.
pub(super) const SLABS_A_THREAD: usize = 4;

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
pub struct Workspace(pub(super) Buffers);

pub(super) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
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
pub(super) fn folded(conv: &Conv3d, norm: &BatchNorm) -> (Vec<f32>, Vec<f32>) {
    let (scale, mut shift) = factors(norm);
    if let Some(bias) = &conv.bias {
        let of_maps = values(bias.val()).into_iter().zip(&scale);
        for (shift, (bias, scale)) in shift.iter_mut().zip(of_maps) {
            *shift += bias * scale;
        }
    }
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
pub(super) fn lanes_of(channels: Range<usize>) -> Vec<Option<usize>> {
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

/// A volume on its way through the layers of a block.
struct Way<'a> {
    joined: &'a mut Maps3,
    /// Where the maps that go into each layer changed, and behind the last one.
    boxes: Vec<Region>,
    /// Maps within a layer, with zeros around.
    within: Maps3,
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
        let whole = [(Plain::new(volume, size), Region::whole(size))];
        run.of(&whole).swap_remove(0)
    }

    /// As [`DenseOnProcessor::forward`], and keeps what is between.
    ///
    /// # Panics
    /// As [`DenseOnProcessor::forward`].
    #[must_use]
    pub fn keep(&self, volume: &[f32], size: [usize; 3]) -> Kept {
        let mut buffers = Buffers::default();
        let whole = [(Plain::new(volume, size), Region::whole(size))];
        let mut blocks = Vec::new();
        let run = Run {
            net: self,
            size,
            base: None,
            keep: Some(&mut blocks),
            parts: SLABS_A_THREAD * rayon::current_num_threads(),
            buffers: &mut buffers,
        };
        let numbers = run.of(&whole).swap_remove(0);
        let [(input, _)] = whole;
        Kept {
            input,
            size,
            blocks,
            numbers,
        }
    }

    /// What the network makes of a volume that was kept, once for each of some boxes, from `low` up to
    /// but not `high`, that is filled with one value for each channel. Computed on one thread, and only
    /// where the change can reach. Boxes go through the layers side by side, so that a layer's weights,
    /// which fill the cache, are fetched once for all of them.
    ///
    /// # Panics
    /// Where a box is empty or does not lie within the volume.
    #[must_use]
    pub fn occluded(
        &self,
        kept: &Kept,
        boxes: &[[[usize; 3]; 2]],
        fill: &[f32],
        workspace: &mut Workspace,
    ) -> Vec<Vec<f32>> {
        let lattice = kept.size.map(|n| STEM.size(n));
        let input = |&[low, high]: &[[usize; 3]; 2]| {
            let patch = Region { low, high };
            let pooled = patch.through(STEM, kept.size).through(LARGEST, lattice);
            let needed = pooled.window(LARGEST, lattice);
            (kept.input.occluded(&needed, &patch, fill), patch)
        };
        let inputs: Vec<(Plain, Region)> = boxes.iter().map(input).collect();
        let run = Run {
            net: self,
            size: kept.size,
            base: Some(kept),
            keep: None,
            parts: 1,
            buffers: &mut workspace.0,
        };
        run.of(&inputs)
    }
}

/// A volume on its way through the layers.
struct Flow {
    /// Which of the volumes.
    idx: usize,
    /// The maps of the block that it is in.
    joined: Maps3,
    /// Where the maps that go into the block changed.
    changed: Region,
}

impl Run<'_> {
    /// What comes out of each volume, whose input changed in a box.
    fn of(mut self, inputs: &[(Plain, Region)]) -> Vec<Vec<f32>> {
        let net = self.net;
        let mut numbers = vec![Vec::new(); inputs.len()];
        let mut flows: Vec<Flow> = Vec::with_capacity(inputs.len());
        for (idx, (input, changed)) in inputs.iter().enumerate() {
            flows.push(self.begin(idx, input, changed));
        }
        let mut size = self.size.map(|n| LARGEST.size(STEM.size(n)));
        for at in 0..net.blocks.len() {
            self.block(at, &mut flows, size);
            if at + 1 == net.blocks.len() {
                break;
            }
            let mut next = Vec::with_capacity(flows.len());
            for flow in flows {
                let idx = flow.idx;
                match self.transition(at, flow, size) {
                    Some(flow) => next.push(flow),
                    // The last voxel of an odd axis is left out, and so the change is.
                    None => numbers[idx] = self.base.map_or_else(Vec::new, |b| b.numbers.clone()),
                }
            }
            (flows, size) = (next, size.map(|n| MEAN.size(n)));
        }
        for flow in flows {
            numbers[flow.idx] = self.tail(&flow.joined, size);
            self.done(net.blocks.len() - 1, flow.joined);
        }
        numbers
    }

    /// The first convolution and its pooling.
    fn begin(&mut self, idx: usize, input: &Plain, changed: &Region) -> Flow {
        let lattice = self.size.map(|n| STEM.size(n));
        let changed = changed.through(STEM, self.size).through(LARGEST, lattice);
        let needed = changed.window(LARGEST, lattice);
        let n_first = self.net.blocks[0].n_first;
        let mut stem = Maps3::over(self.buffers, n_first, &needed, 0);
        let net = self.net;
        net.stem.forward(input, &needed, &mut stem, self.parts);
        let mut joined = self.joined(0, &changed, lattice.map(|n| LARGEST.size(n)));
        let to = (&mut joined, n_first);
        pool(Pooling::Largest, &stem, lattice, &changed, to, self.parts);
        self.buffers.give(stem);
        Flow {
            idx,
            joined,
            changed,
        }
    }

    /// From the lattice of a block to the next one; nothing where no change is left.
    fn transition(&mut self, at: usize, flow: Flow, size: [usize; 3]) -> Option<Flow> {
        let (before, halve) = &self.net.transitions[at];
        let after = flow.changed.through(MEAN, size);
        if after.n_voxels() == 0 {
            self.buffers.give(flow.joined);
            return None;
        }
        let n = before.blocks().len();
        let mut means = Maps3::over(self.buffers, n, &after, 0);
        let to = (&mut means, n);
        pool(
            Pooling::MeanAfter(before),
            &flow.joined,
            size,
            &after,
            to,
            self.parts,
        );
        self.done(at, flow.joined);
        let mut joined = self.joined(at + 1, &after, size.map(|n| MEAN.size(n)));
        let wanted = Wanted {
            region: after,
            before: None,
            relu: false,
            change: None,
            parts: self.parts,
        };
        halve.forward(&means, wanted, (&mut joined, 0));
        self.buffers.give(means);
        Some(Flow {
            idx: flow.idx,
            joined,
            changed: after,
        })
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

    /// Computes the layers of a block, whose first maps changed in a box; then `changed` is the box in
    /// which its last ones did.
    fn block(&mut self, at: usize, flows: &mut [Flow], size: [usize; 3]) {
        let block = &self.net.blocks[at];
        let n_layers = block.layers.len();
        let mut ways: Vec<Way<'_>> = Vec::with_capacity(flows.len());
        for flow in flows {
            // Where the maps that go in changed, and those that each layer adds: each box holds the
            // one before.
            let mut boxes = vec![flow.changed];
            for layer in 0..n_layers {
                boxes.push(boxes[layer].through(AROUND, size));
            }
            flow.changed = boxes[n_layers];
            self.fill_up(at, &mut flow.joined, 0..block.n_first, &boxes[0]);
            let mut within = Maps3::over(self.buffers, block.n_within, &boxes[n_layers], 1);
            within.clear();
            ways.push(Way {
                joined: &mut flow.joined,
                boxes,
                within,
            });
        }
        let mut kept = Vec::new();
        for (place, layer) in block.layers.iter().enumerate() {
            let n = block.n_first + place * block.n_added;
            for way in &mut ways {
                kept.extend(self.reduce(at, place, way, size));
                let next = way.boxes[place + 1];
                layer
                    .expand
                    .forward(&way.within, &next, (way.joined, n), self.parts);
                self.fill_up(at, way.joined, n..n + block.n_added, &next);
            }
        }
        for way in ways {
            self.buffers.give(way.within);
        }
        if let Some(keep) = &mut self.keep {
            keep.push(KeptBlock {
                joined: Maps3::over(self.buffers, 0, &Region::none(), 0),
                within: kept,
            });
        }
    }

    /// Maps of a block where they did not change, from what was kept.
    fn fill_up(&self, at: usize, joined: &mut Maps3, blocks: Range<usize>, but: &Region) {
        if let Some(base) = self.base {
            let over = joined.region();
            joined.copy_around(&base.blocks[at].joined, blocks, &over, but, false);
        }
    }

    /// The maps within a layer. Hands back what is to be kept of them.
    fn reduce(
        &mut self,
        at: usize,
        place: usize,
        way: &mut Way<'_>,
        size: [usize; 3],
    ) -> Option<Maps3> {
        let block = &self.net.blocks[at];
        let layer = &block.layers[place];
        let here = way.boxes[place];
        let all = 0..block.n_within;
        if let Some(base) = self.base {
            let base = &base.blocks[at];
            let around = way.boxes[place + 1].with_neighbours(size);
            way.within
                .copy_around(&base.within[place], all, &around, &here, true);
            self.reduce_changes(block, place, way, base);
            return None;
        }
        let mut wanted = self.wanted(layer, here);
        if self.keep.is_none() {
            layer
                .reduce
                .forward(way.joined, wanted, (&mut way.within, 0));
            return None;
        }
        let mut sums = Maps3::over(self.buffers, block.n_within, &here, 0);
        wanted.relu = false;
        layer.reduce.forward(way.joined, wanted, (&mut sums, 0));
        way.within
            .copy_around(&sums, all, &here, &Region::none(), true);
        Some(sums)
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
    fn reduce_changes(&self, block: &Block, place: usize, way: &mut Way<'_>, base: &KeptBlock) {
        let layer = &block.layers[place];
        let wanted = self.wanted(layer, way.boxes[0]);
        layer
            .reduce
            .forward(way.joined, wanted, (&mut way.within, 0));
        for (added, pair) in way.boxes[..=place].windows(2).enumerate() {
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
            layer
                .reduce
                .forward(way.joined, wanted, (&mut way.within, 0));
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
