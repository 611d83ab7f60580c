//! The pieces in which a volume is computed where memory is short, so that they give what the whole gives.

use super::region::Region;
use crate::models::nets::VolumeUNetShape;

/// A piece of a volume: what is kept of it, and what is computed around that.
#[derive(Debug, PartialEq)]
pub(super) struct Tile {
    kept: Region,
    pub(super) around: Region,
}

impl Tile {
    /// Adds the kept part, over the number of members.
    pub(super) fn add(&self, made: &[f32], n_members: usize, to: &mut [f32], size: [usize; 3]) {
        let within = self.around.size();
        for [x, y] in self.kept.rows() {
            let columns = self.kept.columns();
            let [i, j] = [x - self.around.low[0], y - self.around.low[1]];
            let from = (i * within[1] + j) * within[2] + columns.start - self.around.low[2];
            let begin = (x * size[1] + y) * size[2] + columns.start;
            let made = &made[from..from + columns.len()];
            for (to, made) in to[begin..begin + columns.len()].iter_mut().zip(made) {
                *to += made / n_members as f32;
            }
        }
    }
}

/// The values of a box.
pub(super) fn cut(volume: &[f32], size: [usize; 3], of: &Region) -> Vec<f32> {
    let mut made = Vec::with_capacity(of.n_voxels());
    for [x, y] in of.rows() {
        let from = (x * size[1] + y) * size[2];
        let columns = of.columns();
        made.extend_from_slice(&volume[from + columns.start..from + columns.end]);
    }
    made
}

/// Pieces of at most about so many voxels with what reaches into them. Each begins at a multiple of what
/// the network halves by, so that it is computed as it would be in the whole.
pub(super) fn tiles(shape: &VolumeUNetShape, size: [usize; 3], most_voxels: usize) -> Vec<Tile> {
    let (multiple, reach) = (shape.multiple(), shape.reach());
    let mut edge = size;
    let around = |edge: &[usize; 3]| -> [usize; 3] {
        std::array::from_fn(|axis| (edge[axis] + 2 * reach).min(size[axis]))
    };
    while around(&edge).iter().product::<usize>() > most_voxels {
        // The longest axis that a cut makes shorter.
        let shorter = |axis: &usize| {
            let next = (edge[*axis] / 2).next_multiple_of(multiple);
            next < edge[*axis] && next + 2 * reach < size[*axis]
        };
        let Some(axis) = (0..3).filter(shorter).max_by_key(|&axis| edge[axis]) else {
            break;
        };
        edge[axis] = (edge[axis] / 2).next_multiple_of(multiple);
    }
    let begins = |axis: usize| (0..size[axis]).step_by(edge[axis]);
    let mut tiles = Vec::new();
    for x in begins(0) {
        for y in begins(1) {
            for z in begins(2) {
                let low = [x, y, z];
                let high: [usize; 3] =
                    std::array::from_fn(|axis| (low[axis] + edge[axis]).min(size[axis]));
                let around = Region {
                    low: low.map(|at| at.saturating_sub(reach)),
                    high: std::array::from_fn(|axis| (high[axis] + reach).min(size[axis])),
                };
                let kept = Region { low, high };
                tiles.push(Tile { kept, around });
            }
        }
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voxel_is_in_one_piece() {
        let shape = VolumeUNetShape::small(8);
        let size = [61, 80, 75];
        for most in [0, 100_000, 400_000] {
            let mut times = vec![0; size.iter().product()];
            for tile in tiles(&shape, size, most) {
                for [x, y, z] in tile.kept.voxels_but(&Region::none()) {
                    times[(x * size[1] + y) * size[2] + z] += 1;
                }
                assert!(
                    tile.around
                        .low
                        .iter()
                        .all(|at| at.is_multiple_of(shape.multiple()))
                );
            }
            assert!(times.iter().all(|&n| n == 1));
        }
    }
}
