//! The scan of a head: coil, noise, gain and field of view.

use super::super::super::leak::LeakCase;
use super::super::super::signal::{Bias, rician};
use super::super::EDGE_MM;
use super::ContrastHead;
use crate::volume::Grid;
use nalgebra::Point3;
use rayon::prelude::*;

/// The part of the head's grid that a scan shows: first voxels and voxels along each axis.
struct Field {
    first: [usize; 3],
    dims: [usize; 3],
}

impl Field {
    fn of(case: &LeakCase, voxel_mm: usize) -> Self {
        let scan = &case.scan;
        let [x, y, z] = scan.field_mm.map(usize::from).map(|mm| mm.min(EDGE_MM));
        let within = |first: i32, dim: usize| first.clamp(0, (EDGE_MM - dim) as i32) as usize;
        let centred =
            |dim: usize, off: i16| within(((EDGE_MM - dim) / 2) as i32 + i32::from(off), dim);
        let top = EDGE_MM as i32 - i32::from(scan.off_mm[2]);
        let first = [
            centred(x, scan.off_mm[0]),
            centred(y, scan.off_mm[1]),
            within(top - z as i32, z),
        ];
        Self {
            first: first.map(|mm| mm / voxel_mm),
            dims: [x, y, z].map(|mm| mm / voxel_mm),
        }
    }
}

impl ContrastHead {
    /// What the scanner stores: the grid of its field of view and the counts, first axis fastest.
    /// Noise depends on the case and the voxel only, so that a twin has the same.
    #[must_use]
    pub fn scan(&self, case: &LeakCase) -> (Grid, Vec<i16>) {
        let n = self.grid.dims()[0];
        let field = Field::of(case, EDGE_MM / n);
        let [nx, ny, nz] = field.dims;
        let bias = Bias::new(case.seed ^ 0x6c65_616b, case.scan.bias_strength);
        let noise = case.scan.noise_of_white as f32;
        let counts_of_white = case.scan.counts_of_white as f32;
        let share = |at: usize| (at as f32 + 0.5) / n as f32;
        let padding = case.scan.padding.map(usize::from);
        let mut counts = vec![0; nx * ny * nz];
        counts
            .par_chunks_mut(nx)
            .enumerate()
            .for_each(|(row, counts)| {
                let [j, k] = [row % ny, row / ny];
                if j < padding[0] || j + padding[1] >= ny {
                    return;
                }
                let [j, k] = [j + field.first[1], k + field.first[2]];
                let gain = bias.row(share(j), share(k));
                for (i, count) in (field.first[0]..).zip(counts) {
                    let voxel = i + n * (j + n * k);
                    let seen = rician(
                        self.signal[voxel] * gain(share(i)),
                        noise,
                        case.seed.rotate_left(23),
                        voxel as u64,
                    );
                    *count = (seen * counts_of_white)
                        .round()
                        .clamp(0.0, f32::from(i16::MAX)) as i16;
                }
            });
        let mut affine = *self.grid.world_from_voxel();
        let origin = self
            .grid
            .to_world(Point3::from(field.first.map(|at| at as f64)));
        affine
            .fixed_view_mut::<3, 1>(0, 3)
            .copy_from(&origin.coords);
        let grid = Grid::new(field.dims, affine).expect("a shifted grid has an inverse");
        (grid, counts)
    }
}
