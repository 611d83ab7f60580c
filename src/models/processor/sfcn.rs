//! A small fully convolutional network for predicting on the processor: norms folded into the convolutions
//! before them, and each layer computed for a box of voxels, which is all of them, or those that a change
//! of the input can reach.

use super::blocked::{Buffers, LANES, Lanes, Maps3, in_lanes, n_blocks};
use super::densenet::{AROUND, SLABS_A_THREAD, Workspace, folded, lanes_of, values};
use super::pointwise::{Pointwise, Wanted};
use super::region::Region;
use super::stem::{MEAN, Pooling, pool};
use super::winograd::Winograd;
use crate::models::nets::Sfcn;

/// How the largest of 2 x 2 x 2 are taken: as the mean of them is.
const EIGHT: super::region::Sweep = MEAN;

/// The layers as this program's own.
#[derive(Debug)]
pub struct SfcnOnProcessor {
    channels: usize,
    /// 3 x 3 x 3, each with a pooling behind it.
    layers: Vec<Layer>,
    /// 1 x 1 x 1.
    last: Pointwise,
    n_last: usize,
    /// `[numbers out][maps]`.
    out: Vec<f32>,
    out_bias: Vec<f32>,
}

#[derive(Debug)]
struct Layer {
    conv: Winograd,
    /// Added after the pooling, which it does not change.
    bias: Vec<Lanes>,
}

/// What a network makes of a volume, kept so that a change of it need not be computed from the beginning.
pub struct KeptSfcn {
    /// What goes into each layer, and last what goes into the convolution of 1 x 1 x 1; each with its
    /// lattice and with zeros around it.
    inputs: Vec<(Maps3, [usize; 3])>,
    numbers: Vec<f32>,
}

impl From<&Sfcn> for SfcnOnProcessor {
    fn from(net: &Sfcn) -> Self {
        let channels = net.blocks[0].conv.weight.dims()[1];
        let (last, before) = net
            .blocks
            .split_last()
            .expect("a network of this kind has a block");
        let mut n_in = channels;
        let layers = before.iter().map(|block| {
            let (weights, bias) = folded(&block.conv, &block.norm);
            let conv = Winograd::new(&weights, bias.len(), &lanes_of(0..n_in));
            n_in = bias.len();
            Layer {
                conv,
                bias: in_lanes(&bias),
            }
        });
        let layers: Vec<Layer> = layers.collect();
        let (weights, bias) = folded(&last.conv, &last.norm);
        let out = values(net.out.weight.val());
        let n_out = out.len() / bias.len();
        let out_bias = net.out.bias.as_ref();
        Self {
            channels,
            layers,
            last: Pointwise::new(&weights, &bias, &lanes_of(0..n_in)),
            n_last: bias.len(),
            out,
            out_bias: out_bias.map_or_else(|| vec![0.0; n_out], |bias| values(bias.val())),
        }
    }
}

impl KeptSfcn {
    /// What the network makes of the volume as it is.
    #[must_use]
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// Whether the values of a box are these already, one for each channel.
    #[must_use]
    pub fn is_filled(&self, [low, high]: [[usize; 3]; 2], fill: &[f32]) -> bool {
        let (input, _) = &self.inputs[0];
        let region = Region { low, high };
        region.rows().all(|row| {
            let from = input.row(row, region.low[2]);
            fill.iter().enumerate().all(|(channel, &fill)| {
                let voxels = &input.block(channel / LANES)[from..][..region.columns().len()];
                voxels.iter().all(|voxel| voxel.0[channel % LANES] == fill)
            })
        })
    }
}

impl SfcnOnProcessor {
    /// What the network makes of a volume, values `[channels, size..]`, on all threads.
    ///
    /// # Panics
    /// Where nothing is left of the volume, or the channels are not those of the network: see
    /// [`SfcnShape::takes`](crate::models::SfcnShape::takes).
    #[must_use]
    pub fn forward(&self, volume: &[f32], size: [usize; 3]) -> Vec<f32> {
        self.run(volume, size, None)
    }

    /// As [`SfcnOnProcessor::forward`], and keeps what is between.
    ///
    /// # Panics
    /// As [`SfcnOnProcessor::forward`].
    #[must_use]
    pub fn keep(&self, volume: &[f32], size: [usize; 3]) -> KeptSfcn {
        let mut inputs = Vec::new();
        let numbers = self.run(volume, size, Some(&mut inputs));
        KeptSfcn { inputs, numbers }
    }

    fn run(
        &self,
        volume: &[f32],
        mut size: [usize; 3],
        mut keep: Option<&mut Vec<(Maps3, [usize; 3])>>,
    ) -> Vec<f32> {
        let parts = SLABS_A_THREAD * rayon::current_num_threads();
        let buffers = &mut Buffers::default();
        let mut maps = self.input(volume, size, buffers);
        for layer in &self.layers {
            let half = size.map(|n| EIGHT.size(n));
            let pooled = Region::whole(half);
            let mut next = Maps3::over(buffers, layer.bias.len(), &pooled, 1);
            next.clear();
            layer.compute(&maps, size, &pooled, &mut next, buffers, parts);
            let done = std::mem::replace(&mut maps, next);
            match &mut keep {
                Some(keep) => keep.push((done, size)),
                None => buffers.give(done),
            }
            size = half;
        }
        let numbers = self.tail(&maps, size, buffers);
        if let Some(keep) = keep {
            keep.push((maps, size));
        }
        numbers
    }

    fn input(&self, volume: &[f32], size: [usize; 3], buffers: &mut Buffers) -> Maps3 {
        let n: usize = size.iter().product();
        assert_eq!(volume.len(), self.channels * n, "values of all channels");
        let whole = Region::whole(size);
        let mut maps = Maps3::over(buffers, n_blocks(self.channels), &whole, 1);
        maps.clear();
        for (channel, values) in volume.chunks_exact(n).enumerate() {
            for (row, values) in whole.rows().zip(values.chunks_exact(size[2])) {
                let to = maps.row(row, 0);
                let voxels = &mut maps.block_mut(channel / LANES)[to..][..size[2]];
                for (voxel, &value) in voxels.iter_mut().zip(values) {
                    voxel.0[channel % LANES] = value;
                }
            }
        }
        maps
    }

    /// What the network makes of a volume that was kept, once for each of some boxes, from `low` up to
    /// but not `high`, that is filled with one value for each channel. Computed on one thread, and only
    /// where the change can reach.
    ///
    /// # Panics
    /// Where a box is empty or does not lie within the volume.
    #[must_use]
    pub fn occluded(
        &self,
        kept: &KeptSfcn,
        boxes: &[[[usize; 3]; 2]],
        fill: &[f32],
        workspace: &mut Workspace,
    ) -> Vec<Vec<f32>> {
        let one = |&[low, high]: &[[usize; 3]; 2]| {
            self.one_occluded(kept, Region { low, high }, fill, &mut workspace.0)
        };
        boxes.iter().map(one).collect()
    }

    fn one_occluded(
        &self,
        kept: &KeptSfcn,
        filled: Region,
        fill: &[f32],
        buffers: &mut Buffers,
    ) -> Vec<f32> {
        let mut changed = filled;
        let mut change = self.filling(&filled, fill, buffers);
        for (layer, (before, size)) in self.layers.iter().zip(&kept.inputs) {
            let pooled = changed.through(AROUND, *size).through(EIGHT, *size);
            if pooled.n_voxels() == 0 {
                // The last voxel of an odd axis is left out, and so the change is.
                buffers.give(change);
                return kept.numbers.clone();
            }
            let needed = pooled.window(EIGHT, *size);
            let mut input = Maps3::over(buffers, before.n_blocks, &needed, 1);
            input.copy_from(before);
            let all = 0..before.n_blocks;
            input.copy_around(&change, all, &changed, &Region::none(), false);
            let mut next = Maps3::over(buffers, layer.bias.len(), &pooled, 0);
            layer.compute(&input, *size, &pooled, &mut next, buffers, 1);
            buffers.give(input);
            buffers.give(std::mem::replace(&mut change, next));
            changed = pooled;
        }
        let (before, size) = &kept.inputs[self.layers.len()];
        let mut last = Maps3::over(buffers, before.n_blocks, &Region::whole(*size), 1);
        last.copy_from(before);
        last.copy_around(
            &change,
            0..before.n_blocks,
            &changed,
            &Region::none(),
            false,
        );
        buffers.give(change);
        let numbers = self.tail(&last, *size, buffers);
        buffers.give(last);
        numbers
    }

    /// A box of one value for each channel.
    fn filling(&self, region: &Region, fill: &[f32], buffers: &mut Buffers) -> Maps3 {
        let mut maps = Maps3::over(buffers, n_blocks(self.channels), region, 0);
        for (block, lanes) in in_lanes(fill).into_iter().enumerate() {
            maps.block_mut(block).fill(lanes);
        }
        maps
    }

    /// The convolution of 1 x 1 x 1, the means and the last sums.
    fn tail(&self, maps: &Maps3, size: [usize; 3], buffers: &mut Buffers) -> Vec<f32> {
        let whole = Region::whole(size);
        let mut made = Maps3::over(buffers, n_blocks(self.n_last), &whole, 0);
        let wanted = Wanted {
            region: whole,
            before: None,
            relu: true,
            change: None,
            parts: 1,
        };
        self.last.forward(maps, wanted, (&mut made, 0));
        let n_voxels = whole.n_voxels() as f64;
        let mean = |map: usize| -> f64 {
            let voxels = made.block(map / LANES).iter();
            voxels
                .map(|voxel| f64::from(voxel.0[map % LANES]))
                .sum::<f64>()
                / n_voxels
        };
        let means: Vec<f64> = (0..self.n_last).map(mean).collect();
        let numbers = self.out.chunks_exact(self.n_last).zip(&self.out_bias);
        let numbers = numbers.map(|(weights, &bias)| {
            let products = weights
                .iter()
                .zip(&means)
                .map(|(&w, mean)| f64::from(w) * mean);
            (f64::from(bias) + products.sum::<f64>()) as f32
        });
        let numbers = numbers.collect();
        buffers.give(made);
        numbers
    }
}

impl Layer {
    /// A box of the pooled lattice, from maps that hold what it is made of and one voxel more on each side.
    fn compute(
        &self,
        x: &Maps3,
        size: [usize; 3],
        pooled: &Region,
        out: &mut Maps3,
        buffers: &mut Buffers,
        parts: usize,
    ) {
        let needed = pooled.window(EIGHT, size);
        let n = self.bias.len();
        let mut sums = Maps3::over(buffers, n, &needed, 0);
        self.conv.forward(x, &needed, (&mut sums, 0), parts);
        let pooling = Pooling::LargestOfEight(&self.bias);
        pool(pooling, &sums, size, pooled, (out, n), parts);
        buffers.give(sums);
    }
}
