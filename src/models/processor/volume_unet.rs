//! A U-net of three dimensions for predicting on the processor: norms folded into convolutions, whose
//! maps lie in blocks of channels.

use super::between::{Doubled, Largest, Swish};
use super::blocked::{Buffers, LANES, Lanes, Maps3, in_lanes, n_blocks};
use super::densenet::{SLABS_A_THREAD, folded, lanes_of, values};
use super::kernel::compute;
use super::region::Region;
use super::tiles::{cut, tiles};
use super::winograd::Winograd;
use crate::models::device::{DeviceFailed, guarded};
use crate::models::nets::{EnsembleShape, VolumeLayer, VolumeUNet, VolumeUNetShape, VolumeUNets};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor, TensorData};

/// Why a volume was not computed.
#[derive(Debug)]
pub enum TileFailed {
    /// Somebody asked to stop.
    Stopped,
    /// The device gave no numbers.
    Device(DeviceFailed),
}

/// A convolution with what the norm makes of it, and the swish behind it.
#[derive(Debug)]
struct Layer {
    conv: Winograd,
    bias: Vec<Lanes>,
}

/// The layers of one network as this program's own.
#[derive(Debug)]
struct OnProcessor {
    encoder: Vec<Vec<Layer>>,
    decoder: Vec<Vec<Layer>>,
    last: Vec<Layer>,
    /// A weight for each map of the last layer.
    head: Vec<Lanes>,
    head_bias: f32,
    /// From the shallowest: blocks of maps that come up from below, before the skipped ones.
    n_up: Vec<usize>,
}

/// Networks whose mean is told, ready to predict on a device: with layers of this program's own where
/// that is the processor.
#[derive(Debug)]
pub struct FoldedVolumeUNets {
    shape: VolumeUNetShape,
    made_for: MadeFor,
}

#[derive(Debug)]
enum MadeFor {
    Processor(Vec<OnProcessor>),
    Other(VolumeUNets, Device),
}

impl FoldedVolumeUNets {
    /// From networks on a device, which give one map.
    #[must_use]
    pub fn new(shape: &EnsembleShape, nets: VolumeUNets, device: &Device) -> Self {
        let shape = &shape.shape;
        let made_for = match *device == Device::flex() && shape.skips {
            true => {
                let members = nets.members.iter();
                MadeFor::Processor(members.map(|net| OnProcessor::new(shape, net)).collect())
            }
            false => MadeFor::Other(nets, device.clone()),
        };
        Self {
            shape: shape.clone(),
            made_for,
        }
    }

    /// The mean of the networks' probabilities at each voxel of a volume `[size..]`, the last axis
    /// fastest. Not much more than `most_bytes` are taken at once, unless a piece cannot be smaller.
    /// `progress` is told the share done and answers whether to go on.
    ///
    /// # Errors
    /// When the device gives no numbers, or `progress` answers to stop.
    ///
    /// # Panics
    /// Where nothing is left of the volume after the halvings.
    pub fn probabilities(
        &self,
        volume: &[f32],
        size: [usize; 3],
        most_bytes: usize,
        progress: &(dyn Fn(f64) -> bool + Sync),
    ) -> Result<Vec<f32>, TileFailed> {
        let tiles = tiles(&self.shape, size, most_bytes / self.bytes_a_voxel());
        let n_members = match &self.made_for {
            MadeFor::Processor(members) => members.len(),
            MadeFor::Other(nets, _) => nets.members.len(),
        };
        let mut made = vec![0.0; volume.len()];
        let mut buffers = Buffers::default();
        let n_steps = (tiles.len() * n_members) as f64;
        for (at, tile) in tiles.iter().enumerate() {
            let input = cut(volume, size, &tile.around);
            for member in 0..n_members {
                let begun = (at * n_members + member) as f64;
                let goes_on = |share: f64| progress((begun + share) / n_steps);
                let of_tile = match &self.made_for {
                    MadeFor::Processor(members) => {
                        members[member].forward(&input, tile.around.size(), &mut buffers, &goes_on)
                    }
                    MadeFor::Other(nets, device) => {
                        if !goes_on(0.0) {
                            return Err(TileFailed::Stopped);
                        }
                        on_device(&nets.members[member], &input, tile.around.size(), device)
                    }
                }?;
                tile.add(&of_tile, n_members, &mut made, size);
            }
        }
        match made.iter().all(|p| p.is_finite()) {
            true => Ok(made),
            false => Err(TileFailed::Device(DeviceFailed(
                "the network gives what is not all numbers".to_owned(),
            ))),
        }
    }

    /// About what a voxel costs: the maps of the first level that are held at once.
    fn bytes_a_voxel(&self) -> usize {
        let maps = self.shape.maps();
        let below = maps.get(1).copied().unwrap_or(maps[0]);
        let n = match self.made_for {
            MadeFor::Processor(_) => LANES * (n_blocks(below) + 3 * n_blocks(maps[0])),
            // Also what is unfolded for a convolution.
            MadeFor::Other(..) => 30 * maps[0] + below,
        };
        // The levels below together have a seventh, with twice as many maps.
        n * size_of::<f32>() * 4 / 3
    }
}

fn on_device(
    net: &VolumeUNet,
    input: &[f32],
    [nx, ny, nz]: [usize; 3],
    device: &Device,
) -> Result<Vec<f32>, TileFailed> {
    let made = guarded(|| {
        let data = TensorData::new(input.to_vec(), [1, 1, nx, ny, nz]);
        let x = Tensor::<5>::from_data(data, device);
        sigmoid(net.forward(x)).into_data().try_to_vec::<f32>()
    });
    let failed = |why: String| TileFailed::Device(DeviceFailed(why));
    made.map_err(failed)?
        .map_err(|error| failed(format!("{error:?}")))
}

impl OnProcessor {
    fn new(shape: &VolumeUNetShape, net: &VolumeUNet) -> Self {
        let layer = |layer: &VolumeLayer, lanes: &[Option<usize>]| {
            let (weights, bias) = folded(&layer.conv, &layer.norm);
            Layer {
                conv: Winograd::new(&weights, bias.len(), lanes),
                bias: in_lanes(&bias),
            }
        };
        let plain = |of: &VolumeLayer| {
            let [_, channels, ..] = of.conv.weight.dims();
            layer(of, &lanes_of(0..channels))
        };
        let maps = shape.maps();
        let n_levels = net.decoder.len();
        let below = |level: usize| maps[(level + 1).min(shape.depth - 1)];
        let encoder = net
            .encoder
            .iter()
            .map(|block| block.iter().map(plain).collect());
        let decoder = net.decoder.iter().enumerate().map(|(at, block)| {
            let level = n_levels - 1 - at;
            let mut lanes = lanes_of(0..below(level));
            lanes.extend(lanes_of(below(level)..below(level) + maps[level]));
            let mut layers = block.iter();
            let first = layers.next().map(|first| layer(first, &lanes));
            first.into_iter().chain(layers.map(plain)).collect()
        });
        let bias = net.head.bias.as_ref();
        Self {
            encoder: encoder.collect(),
            decoder: decoder.collect(),
            last: net.last.iter().map(plain).collect(),
            head: in_lanes(&values(net.head.weight.val())),
            head_bias: bias.map_or(0.0, |bias| values(bias.val())[0]),
            n_up: (0..n_levels).map(|level| n_blocks(below(level))).collect(),
        }
    }

    /// The probability at each voxel of `[size..]`.
    fn forward(
        &self,
        volume: &[f32],
        size: [usize; 3],
        buffers: &mut Buffers,
        goes_on: &dyn Fn(f64) -> bool,
    ) -> Result<Vec<f32>, TileFailed> {
        let mut run = Run {
            buffers,
            parts: SLABS_A_THREAD * rayon::current_num_threads(),
            goes_on,
            done: 0.0,
            all: self.cost(size),
        };
        let mut x = run.input(volume, size);
        let mut size = size;
        let mut skipped = Vec::new();
        for (level, block) in self.encoder.iter().enumerate() {
            let has_skip = level < self.decoder.len();
            for (at, layer) in block.iter().enumerate() {
                // The last maps of a level go where the decoder will find them.
                let first = match has_skip && at + 1 == block.len() {
                    true => self.n_up[level],
                    false => 0,
                };
                let made = run.layer(layer, &x, size, first)?;
                run.buffers.give(std::mem::replace(&mut x, made));
            }
            if has_skip {
                let half = size.map(|n| n / 2);
                let made = run.halved(&x, half, self.n_up[level]);
                skipped.push((std::mem::replace(&mut x, made), size));
                size = half;
            }
        }
        for block in &self.decoder {
            let Some((mut joined, larger)) = skipped.pop() else {
                break;
            };
            run.double(&x, size, &mut joined, larger);
            size = larger;
            run.buffers.give(std::mem::replace(&mut x, joined));
            for layer in block {
                let made = run.layer(layer, &x, size, 0)?;
                run.buffers.give(std::mem::replace(&mut x, made));
            }
        }
        for layer in &self.last {
            let made = run.layer(layer, &x, size, 0)?;
            run.buffers.give(std::mem::replace(&mut x, made));
        }
        let made = self.probability(&x, size);
        run.buffers.give(x);
        Ok(made)
    }

    /// Products of blocks of channels over voxels, by which progress is told.
    fn cost(&self, size: [usize; 3]) -> f64 {
        let voxels = |level: usize| size.iter().map(|n| (n >> level) as f64).product::<f64>();
        let sum =
            |layers: &[Layer]| layers.iter().map(|l| l.conv.n_products()).sum::<usize>() as f64;
        let down = self.encoder.iter().enumerate();
        let up = self.decoder.iter().rev().enumerate();
        down.chain(up)
            .map(|(level, block)| voxels(level) * sum(block))
            .sum::<f64>()
            + voxels(0) * sum(&self.last)
    }

    fn probability(&self, x: &Maps3, [nx, ny, nz]: [usize; 3]) -> Vec<f32> {
        let mut made = vec![0.0; nx * ny * nz];
        let rows = made.chunks_exact_mut(nz.max(1)).enumerate();
        for (row, made) in rows {
            let from = x.row([row / ny, row % ny], 0);
            for (block, weights) in self.head.iter().enumerate() {
                let maps = &x.block(block)[from..from + nz];
                for (made, maps) in made.iter_mut().zip(maps) {
                    let products = maps.0.iter().zip(&weights.0).map(|(x, w)| x * w);
                    *made += products.sum::<f32>();
                }
            }
            for made in made {
                *made = 1.0 / (1.0 + (-(*made + self.head_bias)).exp());
            }
        }
        made
    }
}

/// A volume on its way through the layers.
struct Run<'a> {
    buffers: &'a mut Buffers,
    parts: usize,
    goes_on: &'a dyn Fn(f64) -> bool,
    done: f64,
    all: f64,
}

impl Run<'_> {
    /// Maps over a lattice with a voxel of zeros around it.
    fn maps(&mut self, n_blocks: usize, size: [usize; 3]) -> Maps3 {
        let mut maps = Maps3::over(self.buffers, n_blocks, &Region::whole(size), 1);
        maps.clear();
        maps
    }

    fn input(&mut self, volume: &[f32], size: [usize; 3]) -> Maps3 {
        let mut maps = self.maps(1, size);
        let rows = volume.chunks_exact(size[2].max(1)).enumerate();
        for (row, values) in rows {
            let to = maps.row([row / size[1], row % size[1]], 0);
            let voxels = &mut maps.block_mut(0)[to..to + size[2]];
            for (voxel, value) in voxels.iter_mut().zip(values) {
                voxel.0[0] = *value;
            }
        }
        maps
    }

    /// What a layer makes of maps, into blocks from `first` on, before which there is room.
    fn layer(
        &mut self,
        layer: &Layer,
        x: &Maps3,
        size: [usize; 3],
        first: usize,
    ) -> Result<Maps3, TileFailed> {
        if !(self.goes_on)(self.done / self.all.max(1.0)) {
            return Err(TileFailed::Stopped);
        }
        let whole = Region::whole(size);
        let n_out = layer.bias.len();
        let mut out = self.maps(first + n_out, size);
        layer.conv.forward(x, &whole, (&mut out, first), self.parts);
        let slabs: Vec<Region> = whole.slabs(self.parts).collect();
        let tasks: Vec<Swish<'_>> = out
            .parts_mut(first..first + n_out, slabs)
            .map(|(region, place, out)| Swish {
                bias: &layer.bias,
                region,
                place,
                out,
            })
            .collect();
        compute(tasks, self.parts);
        self.done += (layer.conv.n_products() * whole.n_voxels()) as f64;
        Ok(out)
    }

    /// The largest of eight, from blocks from `first` on; an odd last voxel is left out.
    fn halved(&mut self, x: &Maps3, size: [usize; 3], first: usize) -> Maps3 {
        let n = x.n_blocks - first;
        let mut out = self.maps(n, size);
        let whole = Region::whole(size);
        let slabs: Vec<Region> = whole.slabs(self.parts).collect();
        let tasks: Vec<Largest<'_>> = out
            .parts_mut(0..n, slabs)
            .map(|(region, place, out)| Largest {
                x,
                first,
                region,
                place,
                out,
            })
            .collect();
        compute(tasks, self.parts);
        out
    }

    /// Each voxel eight times, into the first blocks of larger maps.
    fn double(&mut self, x: &Maps3, size: [usize; 3], out: &mut Maps3, larger: [usize; 3]) {
        let n = x.n_blocks;
        // An odd voxel at the end stays zero.
        let doubled = Region::whole(std::array::from_fn(|axis| {
            (2 * size[axis]).min(larger[axis])
        }));
        let slabs: Vec<Region> = doubled.slabs(self.parts).collect();
        let tasks: Vec<Doubled<'_>> = out
            .parts_mut(0..n, slabs)
            .map(|(region, place, out)| Doubled {
                x,
                region,
                place,
                out,
            })
            .collect();
        compute(tasks, self.parts);
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::checked::numbers;
    use super::*;
    use crate::models::nets::DecoderWidth;
    use crate::models::weights::{draw, fill, tensors_of};
    use burn::tensor::TensorData;

    /// A network whose norms are not what they begin as.
    fn net(shape: &VolumeUNetShape) -> VolumeUNets {
        let ensemble = EnsembleShape {
            shape: shape.clone(),
            members: 2,
        };
        let net = ensemble.init(&Device::flex());
        let mut tensors = tensors_of(&net).unwrap();
        draw(&mut tensors, 3, &|_| false);
        for (at, (name, data)) in tensors.iter_mut().enumerate() {
            let n = data.num_elements();
            let (from, by) = match name.rsplit('.').next() {
                Some("running_var") => (0.3, 0.2),
                Some("gamma") => (1.5, 1.0),
                Some("running_mean" | "beta") => (0.0, 0.3),
                _ => continue,
            };
            let values: Vec<f32> = numbers(n, 17 + 2 * at)
                .iter()
                .map(|v| from + by * v)
                .collect();
            *data = TensorData::new(values, [n]);
        }
        fill(net, &tensors).unwrap()
    }

    #[track_caller]
    fn check(shape: &VolumeUNetShape, size: [usize; 3]) {
        let ensemble = EnsembleShape {
            shape: shape.clone(),
            members: 2,
        };
        let device = Device::flex();
        let nets = net(shape);
        let volume = numbers(size.iter().product(), 37);
        let of_burn: Vec<Vec<f32>> = nets
            .members
            .iter()
            .map(|net| on_device(net, &volume, size, &device).unwrap())
            .collect();
        let mean = |at: usize| (of_burn[0][at] + of_burn[1][at]) / 2.0;
        let own = FoldedVolumeUNets::new(&ensemble, nets, &device);
        assert!(matches!(own.made_for, MadeFor::Processor(_)));
        let made = own
            .probabilities(&volume, size, usize::MAX, &|_| true)
            .unwrap();
        for (at, made) in made.iter().enumerate() {
            let off = (made - mean(at)).abs();
            assert!(off < 2e-5, "{at} of {size:?}: {made}, not {}", mean(at));
        }
    }

    #[test]
    fn it_is_the_network_of_burn() {
        let small = VolumeUNetShape::small(4);
        check(&small, [8, 12, 16]);
        // Odd sizes, more than a block of maps, wide decoders, layers behind it, a bottom below all.
        let large = VolumeUNetShape {
            base: 10,
            factor: 1.8,
            depth: 2,
            last_pool: true,
            decoder: DecoderWidth::Joined,
            last_convs: 2,
            ..small
        };
        check(&large, [9, 7, 11]);
    }

    #[test]
    fn pieces_give_what_the_whole_gives() {
        let shape = VolumeUNetShape {
            depth: 2,
            ..VolumeUNetShape::small(3)
        };
        let ensemble = EnsembleShape {
            shape: shape.clone(),
            members: 2,
        };
        let own = FoldedVolumeUNets::new(&ensemble, net(&shape), &Device::flex());
        let size = [37, 26, 41];
        let volume = numbers(size.iter().product(), 53);
        let whole = own
            .probabilities(&volume, size, usize::MAX, &|_| true)
            .unwrap();
        let few = 8000 * own.bytes_a_voxel();
        assert!(tiles(&shape, size, 8000).len() > 3);
        let pieces = own.probabilities(&volume, size, few, &|_| true).unwrap();
        for (at, (piece, whole)) in pieces.iter().zip(&whole).enumerate() {
            assert!((piece - whole).abs() < 1e-6, "{at}: {piece}, not {whole}");
        }
        let stopped = own.probabilities(&volume, size, few, &|share| share < 0.5);
        assert!(matches!(stopped, Err(TileFailed::Stopped)));
    }
}
