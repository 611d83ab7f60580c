//! Regions for a step of a training, drawn a little different each time.

use super::data::CountedCase;
use super::settings::CountsSettings;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Shifted by up to so many voxels.
const SHIFT: i64 = 2;

/// Regions as `[batch, 1, up, front, right]`; as they are where there is no step.
pub(super) fn tensor(
    cases: &[&CountedCase],
    settings: &CountsSettings,
    seed: u64,
    step: Option<u64>,
    device: &Device,
) -> Tensor<5> {
    let [nx, ny, nz] = settings.preparation.size;
    let values: Vec<Vec<f32>> = cases
        .par_iter()
        .enumerate()
        .map(|(at, case)| {
            let values = &case.input.values;
            let Some(step) = step else {
                return values.clone();
            };
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x636f_756e_7473);
            rng.set_stream((step << 16) | at as u64);
            let moved = match settings.moved {
                true => moved(&mut rng, values, settings.preparation.size),
                false => values.clone(),
            };
            match settings.thick_mm {
                Some(mm) if rng.random_range(0..2) == 1 => {
                    let thick = mm / settings.preparation.spacing_mm[2];
                    let begin = rng.random_range(0.0..thick);
                    thickened(&moved, [nx * ny, nz], thick, begin)
                }
                _ => moved,
            }
        })
        .collect();
    let data = TensorData::new(values.concat(), [cases.len(), 1, nz, ny, nx]);
    Tensor::from_data(data, device)
}

/// Mirrored left to right in half of the cases, and shifted in the slice.
fn moved(rng: &mut impl Rng, values: &[f32], [nx, ny, _]: [usize; 3]) -> Vec<f32> {
    let is_mirrored = rng.random_range(0..2) == 1;
    let shift = [0, 1].map(|_| rng.random_range(-SHIFT..=SHIFT));
    let from = |at: usize, shift: i64, n: usize| {
        usize::try_from(at as i64 + shift).ok().filter(|&at| at < n)
    };
    let at = |voxel: usize| -> f32 {
        let [x, y, z] = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
        let x = if is_mirrored { nx - 1 - x } else { x };
        match (from(x, shift[0], nx), from(y, shift[1], ny)) {
            (Some(x), Some(y)) => values[x + nx * (y + ny * z)],
            _ => 0.0,
        }
    };
    (0..values.len()).map(at).collect()
}

/// What linear interpolation makes of slices of so many voxels that the first of begins at `-begin`.
fn thickened(values: &[f32], [plane, n]: [usize; 2], thick: f64, begin: f64) -> Vec<f32> {
    // Means of thick slices, weighed by how much of each voxel lies in them.
    let n_slices = ((n as f64 + begin) / thick).ceil() as usize;
    let mut slices = vec![vec![0.0_f32; plane]; n_slices];
    for (number, slice) in slices.iter_mut().enumerate() {
        let [low, high] = [number, number + 1].map(|at| at as f64 * thick - begin);
        let shares: Vec<(usize, f32)> = (0..n)
            .map(|k| {
                (
                    k,
                    (high.min(k as f64 + 1.0) - low.max(k as f64)).max(0.0) as f32,
                )
            })
            .filter(|(_, share)| *share > 0.0)
            .collect();
        let all: f32 = shares.iter().map(|(_, share)| share).sum();
        for (k, share) in shares {
            for (out, value) in slice.iter_mut().zip(&values[k * plane..][..plane]) {
                *out += value * share / all;
            }
        }
    }
    let mut made = Vec::with_capacity(values.len());
    for k in 0..n {
        let place = (k as f64 + 0.5 + begin) / thick - 0.5;
        let place = place.clamp(0.0, n_slices as f64 - 1.0);
        let first = (place as usize).min(n_slices.saturating_sub(2));
        let second = (first + 1).min(n_slices - 1);
        let share = (place - first as f64) as f32;
        let both = slices[first].iter().zip(&slices[second]);
        made.extend(both.map(|(a, b)| a * (1.0 - share) + b * share));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thick_slices_are_means_with_lines_between_them() {
        let values: Vec<f32> = (0..12).map(|at| at as f32).collect();
        // One voxel a plane, slices of 4 from the first voxel on: means 1.5, 5.5, 9.5.
        let made = thickened(&values, [1, 12], 4.0, 0.0);
        let expected = [1.5, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.5, 9.5];
        for (made, expected) in made.iter().zip(expected) {
            assert!((made - expected).abs() < 1e-5, "{made}, not {expected}");
        }
        // Thicker than all there is: one mean.
        let made = thickened(&values, [1, 12], 20.0, 3.0);
        assert!(made.iter().all(|value| (value - 5.5).abs() < 1e-5));
    }
}
