//! Maps of three dimensions in blocks: sixteen channels of a voxel lie together, as the widest
//! vector holds them, and voxels of a block as the last axis runs. A layer can so be computed for
//! any box of voxels, and short rows cost no lane.

use super::region::Region;

/// Channels of a block.
pub(super) const LANES: usize = 16;

/// Sixteen channels of a voxel.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub(super) struct Lanes(pub(super) [f32; LANES]);

impl Lanes {
    pub(super) const ZERO: Self = Self([0.0; LANES]);
}

/// Blocks that hold so many channels.
pub(super) fn n_blocks(channels: usize) -> usize {
    channels.div_ceil(LANES)
}

/// Values of channels in lanes; 0 where a lane has no channel.
pub(super) fn in_lanes(values: &[f32]) -> Vec<Lanes> {
    let block = |block: usize| {
        let lane = |lane: usize| values.get(block * LANES + lane).copied().unwrap_or(0.0);
        Lanes(std::array::from_fn(lane))
    };
    (0..n_blocks(values.len())).map(block).collect()
}

/// Buffers to be used again, as fresh memory costs as much as small layers do. What is in them is
/// whatever was.
#[derive(Default)]
pub(super) struct Buffers(Vec<Vec<Lanes>>);

impl Buffers {
    fn take(&mut self, n: usize) -> Vec<Lanes> {
        if n == 0 {
            return Vec::new();
        }
        let fitting = self.0.iter().enumerate().filter(|(_, b)| b.len() >= n);
        let found = fitting.min_by_key(|(_, b)| b.len()).map(|(at, _)| at);
        match found.or_else(|| self.0.len().checked_sub(1)) {
            Some(at) => {
                let mut buffer = self.0.swap_remove(at);
                if buffer.len() < n {
                    buffer = vec![Lanes::ZERO; n];
                }
                buffer
            }
            None => vec![Lanes::ZERO; n],
        }
    }

    /// Takes back the buffer of maps that are not needed any more.
    pub(super) fn give(&mut self, maps: Maps3) {
        if !maps.values.is_empty() {
            self.0.push(maps.values);
        }
    }
}

/// Some blocks of channels over a box of voxels.
pub(super) struct Maps3 {
    pub(super) n_blocks: usize,
    /// The first voxel held; below 0 where zeros lie around a lattice.
    pub(super) low: [isize; 3],
    pub(super) size: [usize; 3],
    values: Vec<Lanes>,
}

impl Maps3 {
    /// Over a box and `margin` voxels around it. Values are whatever was.
    pub(super) fn over(
        buffers: &mut Buffers,
        n_blocks: usize,
        region: &Region,
        margin: usize,
    ) -> Self {
        let size = region.size().map(|n| n + 2 * margin);
        Self {
            n_blocks,
            low: region.low.map(|at| at as isize - margin as isize),
            size,
            values: buffers.take(n_blocks * size.iter().product::<usize>()),
        }
    }

    /// The voxels held, where all of them belong to a lattice.
    pub(super) fn region(&self) -> Region {
        let low = self.low.map(|at| at.max(0) as usize);
        Region {
            low,
            high: std::array::from_fn(|axis| low[axis] + self.size[axis]),
        }
    }

    /// Voxels of a block.
    pub(super) fn plane(&self) -> usize {
        self.size.iter().product()
    }

    /// Where a voxel lies in each block.
    pub(super) fn at(&self, [z, y, x]: [isize; 3]) -> usize {
        let [z, y, x] = [z - self.low[0], y - self.low[1], x - self.low[2]].map(|at| at as usize);
        (z * self.size[1] + y) * self.size[2] + x
    }

    /// Where a row of the lattice lies in each block.
    pub(super) fn row(&self, [z, y]: [usize; 2], x: usize) -> usize {
        self.at([z as isize, y as isize, x as isize])
    }

    pub(super) fn block(&self, block: usize) -> &[Lanes] {
        &self.values[block * self.plane()..][..self.plane()]
    }

    pub(super) fn block_mut(&mut self, block: usize) -> &mut [Lanes] {
        let plane = self.plane();
        &mut self.values[block * plane..][..plane]
    }

    /// Zeros everywhere.
    pub(super) fn clear(&mut self) {
        let n = self.n_blocks * self.plane();
        self.values[..n].fill(Lanes::ZERO);
    }

    /// Some blocks cut along the first axis, as slabs of a box are: each slab with where its voxels lie
    /// and its part of each block, so that slabs can be computed side by side.
    pub(super) fn parts_mut(
        &mut self,
        blocks: std::ops::Range<usize>,
        slabs: Vec<Region>,
    ) -> impl Iterator<Item = (Region, Place, Vec<&mut [Lanes]>)> {
        let places: Vec<Place> = slabs.iter().map(|slab| self.place(slab)).collect();
        let pieces = self.slabs_mut(blocks, &slabs);
        let placed = slabs.into_iter().zip(places).zip(pieces);
        placed.map(|((slab, place), out)| (slab, place, out))
    }

    /// For each slab its part of each block, which begins with the slab's first plane of voxels.
    fn slabs_mut(
        &mut self,
        blocks: std::ops::Range<usize>,
        slabs: &[Region],
    ) -> Vec<Vec<&mut [Lanes]>> {
        let [plane, sheet] = [self.plane(), self.size[1] * self.size[2]];
        let low = self.low[0];
        let mut parts: Vec<Vec<&mut [Lanes]>> = slabs.iter().map(|_| Vec::new()).collect();
        let all = self.values[blocks.start * plane..blocks.end * plane].chunks_exact_mut(plane);
        for block in all {
            let (mut rest, mut done) = (block, 0);
            for (slab, parts) in slabs.iter().zip(&mut parts) {
                let from = (slab.low[0] as isize - low) as usize;
                let to = (slab.high[0] as isize - low) as usize;
                let (_, here) = rest.split_at_mut((from - done) * sheet);
                let (here, after) = here.split_at_mut((to - from) * sheet);
                parts.push(here);
                (rest, done) = (after, to);
            }
        }
        parts
    }

    /// Where a voxel lies in a part that [`Maps3::slabs_mut`] gave for a slab.
    fn place(&self, slab: &Region) -> Place {
        Place {
            low: [slab.low[0] as isize, self.low[1], self.low[2]],
            size: [self.size[1], self.size[2]],
        }
    }

    /// Copies all voxels from maps that hold them all.
    pub(super) fn copy_from(&mut self, from: &Self) {
        let [nz, ny, nx] = self.size;
        for block in 0..self.n_blocks {
            for row in 0..nz * ny {
                let [z, y] = [row / ny, row % ny].map(|at| at as isize);
                let voxel = [z + self.low[0], y + self.low[1], self.low[2]];
                let source = &from.block(block)[from.at(voxel)..][..nx];
                self.block_mut(block)[row * nx..][..nx].copy_from_slice(source);
            }
        }
    }

    /// Copies some blocks of other maps over a box, but for the voxels of another box in it; with
    /// `relu` what is below 0 becomes 0.
    pub(super) fn copy_around(
        &mut self,
        from: &Self,
        blocks: std::ops::Range<usize>,
        region: &Region,
        but: &Region,
        relu: bool,
    ) {
        for block in blocks {
            for row in region.rows() {
                let columns = region.columns();
                let hole = match but.has_row(row) {
                    true => but.columns(),
                    false => columns.start..columns.start,
                };
                let hole = hole.start.clamp(columns.start, columns.end)
                    ..hole.end.clamp(columns.start, columns.end);
                for span in [columns.start..hole.start, hole.end..columns.end] {
                    if span.is_empty() {
                        continue;
                    }
                    let source = from.row(row, span.start);
                    let to = self.row(row, span.start);
                    let source = &from.block(block)[source..source + span.len()];
                    let to = &mut self.block_mut(block)[to..to + span.len()];
                    to.copy_from_slice(source);
                    if relu {
                        for value in to.iter_mut().flat_map(|voxel| &mut voxel.0) {
                            // What is not a number stays that.
                            *value = if *value < 0.0 { 0.0 } else { *value };
                        }
                    }
                }
            }
        }
    }
}

/// Where voxels lie in a part of a block.
#[derive(Clone, Copy)]
pub(super) struct Place {
    low: [isize; 3],
    size: [usize; 2],
}

impl Place {
    pub(super) fn at(&self, [z, y, x]: [usize; 3]) -> usize {
        let [z, y, x] = [
            z as isize - self.low[0],
            y as isize - self.low[1],
            x as isize - self.low[2],
        ]
        .map(|at| at as usize);
        (z * self.size[0] + y) * self.size[1] + x
    }
}
