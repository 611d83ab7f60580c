//! The digital head: what the demo shows where no scans are at hand.
//!
//! What it is: heads drawn from implicit shapes, with a T1-weighted signal 24 h after intrathecal
//! gadobutrol. Tissue relaxation and the signal follow section 4 of
//! the tracer physics notes (its fitted inversion-prepared TFE); how much tracer lies in
//! which compartment is prescribed from the reflux grade.
//! What it is not: a simulation of transport, an atlas, or anyone's scan. Sizes and places are
//! near those of the MNI template, folds are random, vessels and nerves are mostly missing.
//! [`DemoCase::predicted`] is made by a rule and not by a network.
//!
//! Invariant: the same patient and seed give the same bytes, however many threads there are.

mod anatomy;
mod field;
mod paint;
mod patient;

use crate::volume::{Grid, Volume};
use nalgebra::Matrix4;
use paint::Brush;
use patient::Patient;
use rayon::prelude::*;

/// How many demo cases there are; a larger index starts over with another head.
pub const N_DEMO_CASES: usize = 6;

/// The demo's heads are drawn from this.
pub const DEMO_SEED: u64 = 24;

/// Inside both lateral ventricles of every demo head, for the right side; RAS+ mm.
pub const VENTRICLE_IN_WORLD: [f64; 3] = [8.5, -13.0, 19.0];
/// In the suprasellar cistern of every demo head; RAS+ mm.
pub const CISTERN_IN_WORLD: [f64; 3] = [5.0, -4.5, -20.0];
/// In the fat behind the right eye of every demo head; RAS+ mm.
pub const ORBITAL_FAT_IN_WORLD: [f64; 3] = [21.5, 43.5, -26.0];

const DIMS: [usize; 3] = [176, 216, 192];
const ORIGIN_IN_WORLD: [f64; 3] = [-87.5, -119.0, -98.0];

/// A head with its reflux grade, as scanned and as a stand-in for a prediction.
#[derive(Clone, Debug)]
pub struct DemoCase {
    /// `P01` and so on.
    pub patient: String,
    /// 0, 3 or 4: what one scan at 24 h can show (`reference/quantities.md`, 2.5).
    pub reflux_grade: u8,
    /// The simulated scan at 24 h, in arbitrary scanner units.
    pub real: Volume,
    /// The same anatomy as a regression would blur it; not the output of a network. The rule: the
    /// tracer is even within each compartment, its amount in the subarachnoid space, the
    /// ventricles and the tissue is off by a random factor (a tenth, a seventh and a fifth on
    /// average), the picture is smoothed over about 1.5 voxels, and has a quarter of the noise.
    pub predicted: Volume,
}

/// Makes a demo case of 1 mm voxels. Deterministic.
#[must_use]
pub fn demo_case(patient_idx: usize, seed: u64) -> DemoCase {
    let patient = Patient::new(patient_idx, seed);
    let [mut real, smooth] = draw(&patient);
    let mut predicted = smoothed(smooth);
    add_noise(&mut real, patient.noise, patient.noise_key);
    add_noise(&mut predicted, 0.25 * patient.noise, !patient.noise_key);
    DemoCase {
        patient: format!("P{:02}", patient_idx + 1),
        reflux_grade: patient.reflux_grade,
        real: placed(real),
        predicted: placed(predicted),
    }
}

fn placed(values: Vec<f32>) -> Volume {
    let world_from_voxel = Matrix4::new_translation(&ORIGIN_IN_WORLD.into());
    Grid::new(DIMS, world_from_voxel)
        .and_then(|grid| Volume::new(grid, values))
        .expect("the grid is fixed, and `draw` makes one value a voxel")
}

/// Both pictures without noise.
fn draw(patient: &Patient) -> [Vec<f32>; 2] {
    let lattice = patient.lattice();
    let [nx, ny, nz] = DIMS;
    let mut real = vec![0.0; nx * ny * nz];
    let mut predicted = real.clone();
    real.par_chunks_mut(nx)
        .zip(predicted.par_chunks_mut(nx))
        .enumerate()
        .for_each(|(row, (real, predicted))| {
            let [j, k] = [row % ny, row / ny];
            let nodes = lattice.row(j, k);
            for i in 0..nx {
                let [low, high] = [&nodes[i / 2], &nodes[i.div_ceil(2)]];
                let mean = |q: usize| (low[q] + high[q]) / 2.0;
                if mean(patient::SKIN) > 0.5 {
                    continue; // air
                }
                let here = std::array::from_fn(mean);
                let bias = patient.bias(to_world([i, j, k]));
                [real[i], predicted[i]] = Brush::voxel(patient, here).map(|s| s * bias);
            }
        });
    [real, predicted]
}

/// A voxel index in RAS+ mm.
fn to_world(voxel: [usize; 3]) -> field::Point {
    std::array::from_fn(|axis| voxel[axis] as f32 + ORIGIN_IN_WORLD[axis] as f32)
}

/// Weights 1 2 1 along each axis. The rim of the grid is air or neck, and is left as it is.
fn smoothed(mut values: Vec<f32>) -> Vec<f32> {
    let [nx, ny, nz] = DIMS;
    let mut blurred = values.clone();
    for stride in [1, nx, nx * ny] {
        let inner = stride..nx * ny * nz - stride;
        blurred[inner]
            .par_iter_mut()
            .zip(&values)
            .zip(&values[stride..])
            .zip(&values[2 * stride..])
            .for_each(|(((out, low), here), high)| *out = 0.5 * here + 0.25 * (low + high));
        std::mem::swap(&mut values, &mut blurred);
    }
    values
}

/// Rician noise: the magnitude of signal plus complex noise. Each voxel has its own random
/// numbers, hashed from its index, so that threads do not matter.
fn add_noise(values: &mut [f32], sigma: f32, key: u64) {
    values
        .par_chunks_mut(1 << 14)
        .enumerate()
        .for_each(|(chunk, values)| {
            for (i, value) in values.iter_mut().enumerate() {
                let mut h = key ^ ((chunk << 14) + i) as u64;
                h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                h ^= h >> 31;
                // The sum of four bytes is nearly normal: mean 510, standard deviation 147.8.
                let normal = |bits: u64| {
                    let bytes = (bits & 0x00ff_00ff) + ((bits >> 8) & 0x00ff_00ff);
                    (((bytes & 0xffff) + (bytes >> 16)) as f32 - 510.0) / 147.8
                };
                let along = *value + sigma * normal(h & 0xffff_ffff);
                let across = sigma * normal(h >> 32);
                *value = (along * along + across * across).sqrt();
            }
        });
}
