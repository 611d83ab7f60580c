//! Boxes of voxels, and how far a change in one reaches through a layer.

use std::ops::Range;

/// A box of voxels in the lattice of a layer: from `low`, up to but not `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::models) struct Region {
    pub(in crate::models) low: [usize; 3],
    pub(in crate::models) high: [usize; 3],
}

/// How a layer moves over its input along each axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep {
    pub(super) kernel: usize,
    pub(super) stride: usize,
    pub(super) padding: usize,
}

impl Sweep {
    /// Voxels that come out of so many; none where the kernel is larger than what there is.
    pub(super) fn size(self, n: usize) -> usize {
        match (n + 2 * self.padding).checked_sub(self.kernel) {
            Some(room) => room / self.stride + 1,
            None => 0,
        }
    }
}

impl Region {
    /// All voxels of a lattice.
    pub(in crate::models) fn whole(size: [usize; 3]) -> Self {
        Self {
            low: [0; 3],
            high: size,
        }
    }

    pub(in crate::models) fn size(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.high[axis] - self.low[axis])
    }

    pub(in crate::models) fn n_voxels(&self) -> usize {
        self.size().iter().product()
    }

    /// What an input changed in this box changes of what comes out. A lattice of `size` goes in.
    pub(super) fn through(&self, sweep: Sweep, size: [usize; 3]) -> Self {
        let of_axis = |axis: usize| {
            let n = sweep.size(size[axis]);
            // The first window that ends in the box or behind its beginning, the last that begins
            // before its end.
            let first = (self.low[axis] + sweep.padding + 1)
                .saturating_sub(sweep.kernel)
                .div_ceil(sweep.stride)
                .min(n);
            let last = (self.high[axis] + sweep.padding - 1) / sweep.stride;
            [first, (last + 1).clamp(first, n)]
        };
        let axes = [0, 1, 2].map(of_axis);
        Self {
            low: axes.map(|[low, _]| low),
            high: axes.map(|[_, high]| high),
        }
    }

    /// The voxels of the input that this box of the output is made of.
    pub(super) fn window(&self, sweep: Sweep, size: [usize; 3]) -> Self {
        let of_axis = |axis: usize| {
            let low = (self.low[axis] * sweep.stride).saturating_sub(sweep.padding);
            let end = (self.high[axis].saturating_sub(1) * sweep.stride + sweep.kernel)
                .saturating_sub(sweep.padding);
            [low.min(size[axis]), end.min(size[axis])]
        };
        let axes = [0, 1, 2].map(of_axis);
        Self {
            low: axes.map(|[low, _]| low),
            high: axes.map(|[low, high]| high.max(low)),
        }
    }

    /// The smallest box that holds both.
    pub(super) fn hull(&self, other: &Self) -> Self {
        Self {
            low: std::array::from_fn(|axis| self.low[axis].min(other.low[axis])),
            high: std::array::from_fn(|axis| self.high[axis].max(other.high[axis])),
        }
    }

    /// Cut into at most so many slabs along the first axis.
    pub(super) fn slabs(&self, parts: usize) -> impl Iterator<Item = Self> + use<> {
        let whole = *self;
        let n = whole.size()[0];
        let thick = n.div_ceil(parts.max(1)).max(1);
        (whole.low[0]..whole.high[0])
            .step_by(thick)
            .map(move |from| {
                let mut slab = whole;
                slab.low[0] = from;
                slab.high[0] = (from + thick).min(whole.high[0]);
                slab
            })
    }

    /// The rows of the box, first and second index.
    pub(super) fn rows(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let Self { low, high } = *self;
        (low[0]..high[0]).flat_map(move |z| (low[1]..high[1]).map(move |y| [z, y]))
    }

    /// All voxels of the box but those of another one.
    pub(super) fn voxels_but(&self, but: &Self) -> impl Iterator<Item = [usize; 3]> + use<> {
        let (but, columns) = (*but, self.columns());
        self.rows().flat_map(move |row| {
            let hole = match but.has_row(row) {
                true => but.columns(),
                false => columns.start..columns.start,
            };
            let before = columns.start..hole.start.clamp(columns.start, columns.end);
            let behind = hole.end.clamp(columns.start, columns.end)..columns.end;
            before.chain(behind).map(move |x| [row[0], row[1], x])
        })
    }

    /// A box without voxels.
    pub(super) fn none() -> Self {
        Self::whole([0; 3])
    }

    /// The box with the voxels next to it, as far as they are in a lattice.
    pub(super) fn with_neighbours(&self, size: [usize; 3]) -> Self {
        Self {
            low: self.low.map(|at| at.saturating_sub(1)),
            high: std::array::from_fn(|axis| (self.high[axis] + 1).min(size[axis])),
        }
    }

    /// Along the last axis.
    pub(super) fn columns(&self) -> Range<usize> {
        self.low[2]..self.high[2]
    }

    /// Whether a row passes through the box.
    pub(super) fn has_row(&self, [z, y]: [usize; 2]) -> bool {
        let inside = |at: usize, axis: usize| (self.low[axis]..self.high[axis]).contains(&at);
        inside(z, 0) && inside(y, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a change in each box of a row of 9 reaches, window by window.
    #[test]
    fn a_change_reaches_the_windows_that_hold_it() {
        for (kernel, stride, padding) in [(7, 2, 3), (3, 2, 1), (3, 1, 1), (2, 2, 0), (1, 1, 0)] {
            let sweep = Sweep {
                kernel,
                stride,
                padding,
            };
            let size = [9; 3];
            for low in 0..9 {
                for high in low + 1..=9 {
                    let changed = Region {
                        low: [low, 0, 0],
                        high: [high, 9, 9],
                    };
                    let reached = changed.through(sweep, size);
                    let holds = |out: &usize| {
                        let from = (out * stride) as isize - padding as isize;
                        let to = from + kernel as isize;
                        from < high as isize && to > low as isize
                    };
                    let all: Vec<usize> = (0..sweep.size(9)).filter(holds).collect();
                    let made: Vec<usize> = (reached.low[0]..reached.high[0]).collect();
                    assert_eq!(made, all, "{sweep:?} {low}..{high}");
                    if !made.is_empty() {
                        let window = reached.window(sweep, size);
                        let first = (made[0] * stride).saturating_sub(padding);
                        let last = made[made.len() - 1] * stride + kernel - padding;
                        assert_eq!([window.low[0], window.high[0]], [first, last.min(9)]);
                    }
                }
            }
        }
    }

    #[test]
    fn boxes_without_boxes_and_slabs_hold_each_voxel_once() {
        let whole = Region::whole([4, 5, 6]);
        for but in [
            Region::none(),
            Region {
                low: [1, 1, 1],
                high: [3, 4, 6],
            },
            whole,
        ] {
            let made: Vec<[usize; 3]> = whole.voxels_but(&but).collect();
            let inside = |voxel: &[usize; 3]| {
                (0..3).all(|axis| (but.low[axis]..but.high[axis]).contains(&voxel[axis]))
            };
            assert_eq!(made.len(), whole.n_voxels() - but.n_voxels());
            assert!(!made.iter().any(inside));
        }
        for parts in 1..6 {
            let n: usize = whole.slabs(parts).map(|slab| slab.n_voxels()).sum();
            assert_eq!(n, 120);
            assert!(whole.slabs(parts).count() <= parts);
        }
    }
}
