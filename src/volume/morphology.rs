//! Masks grown and shrunk by whole voxels.

use super::Neighbours;
use rayon::prelude::*;

/// The mask and all voxels within so many steps of it.
///
/// # Panics
/// When `mask` has not one value a voxel.
#[must_use]
pub fn dilated(mask: &[bool], dims: [usize; 3], neighbours: Neighbours, steps: usize) -> Vec<bool> {
    let mut grown = mask.to_vec();
    for _ in 0..steps {
        grown = step(&grown, dims, neighbours, true);
    }
    grown
}

/// The voxels whose neighbours within so many steps are all in the mask; what lies outside the grid is
/// not.
///
/// # Panics
/// When `mask` has not one value a voxel.
#[must_use]
pub fn eroded(mask: &[bool], dims: [usize; 3], neighbours: Neighbours, steps: usize) -> Vec<bool> {
    let mut shrunk = mask.to_vec();
    for _ in 0..steps {
        shrunk = step(&shrunk, dims, neighbours, false);
    }
    shrunk
}

/// One step: voxels with a neighbour that is (or themselves are) in the mask, or with all of them in it.
fn step(mask: &[bool], dims: [usize; 3], neighbours: Neighbours, grows: bool) -> Vec<bool> {
    let [nx, ny, nz] = dims;
    assert_eq!(mask.len(), nx * ny * nz, "a mask has a value a voxel");
    let reach = match neighbours {
        Neighbours::Faces => 1,
        Neighbours::Edges => 2,
        Neighbours::Corners => 3,
    };
    let offsets: Vec<[isize; 3]> = (0..27)
        .map(|code| [code % 3 - 1, code / 3 % 3 - 1, code / 9 - 1])
        .filter(|d: &[isize; 3]| (1..=reach).contains(&d.iter().map(|d| d.abs()).sum::<isize>()))
        .collect();
    let inside = |index: [usize; 3], [dx, dy, dz]: [isize; 3]| -> bool {
        let there = [(index[0], dx, nx), (index[1], dy, ny), (index[2], dz, nz)]
            .map(|(at, d, n)| at.checked_add_signed(d).filter(|&at| at < n));
        match there {
            [Some(i), Some(j), Some(k)] => mask[i + nx * (j + ny * k)],
            _ => false,
        }
    };
    let mut out = mask.to_vec();
    out.par_chunks_mut(nx.max(1))
        .enumerate()
        .for_each(|(row, out)| {
            for (i, out) in out.iter_mut().enumerate() {
                let index = [i, row % ny, row / ny];
                // Only what changes is looked at closely.
                if *out != grows {
                    let mut near = offsets.iter().map(|&offset| inside(index, offset));
                    *out = match grows {
                        true => near.any(|is_in| is_in),
                        false => near.all(|is_in| is_in),
                    };
                }
            }
        });
    out
}
