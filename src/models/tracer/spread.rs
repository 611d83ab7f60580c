//! How far a network's predictions lie apart when what goes in is changed a little: where it is sure of
//! itself they are the same.
//!
//! What is changed: sides are exchanged (and back), grey values are bent by a gamma to both sides, planes
//! are shifted by a few millimetres (and back), blurred, and given noise. None of this changes what a
//! person would see in a scan.

use super::planes::PLANE_PIXELS;
use super::predictor::{Predictor, mirrored};
use crate::models::device::DeviceFailed;
use crate::volume::PLANE_SIZE;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A small change of what goes in.
#[derive(Clone, Copy, Debug)]
enum Change {
    None,
    Mirrored,
    Gamma(f32),
    /// Pixels to the right and down.
    Shifted([isize; 2]),
    Blurred,
    /// Uniform noise up to this.
    Noise(f32),
}

const CHANGES: [Change; 8] = [
    Change::None,
    Change::Mirrored,
    Change::Gamma(0.85),
    Change::Gamma(1.18),
    Change::Shifted([3, -2]),
    Change::Shifted([-3, 2]),
    Change::Blurred,
    Change::Noise(0.03),
];

impl Predictor {
    /// For each pixel of both planes the root mean square by which predictions of changed inputs lie off
    /// `planes`, which is the prediction of the unchanged one. `input` is `[channels, 256, 256]`, `planes`
    /// and what comes out `[2, 256, 256]`. `goes_on` is asked between the changes; `None` where it answers
    /// no.
    ///
    /// # Errors
    /// When the device gives no numbers.
    pub fn spread(
        &self,
        input: &[f32],
        planes: &[f32],
        device: &Device,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<f32>>, DeviceFailed> {
        let mut squares = vec![0.0_f32; planes.len()];
        for change in CHANGES {
            if !goes_on() {
                return Ok(None);
            }
            let made = self.changed(input, change, device)?;
            for ((sum, made), plane) in squares.iter_mut().zip(made).zip(planes) {
                *sum += (made - plane).powi(2);
            }
        }
        let n = CHANGES.len() as f32;
        Ok(Some(
            squares.into_iter().map(|sum| (sum / n).sqrt()).collect(),
        ))
    }

    /// What the network makes of a changed input, changed back.
    fn changed(
        &self,
        input: &[f32],
        change: Change,
        device: &Device,
    ) -> Result<Vec<f32>, DeviceFailed> {
        let changed: Vec<f32> = match change {
            Change::None | Change::Mirrored => input.to_vec(),
            Change::Gamma(gamma) => input.iter().map(|v| v.max(0.0).powf(gamma)).collect(),
            Change::Shifted(by) => shifted(input, by),
            Change::Blurred => input.chunks_exact(PLANE_PIXELS).flat_map(blurred).collect(),
            Change::Noise(most) => {
                let mut rng = ChaCha8Rng::seed_from_u64(0x0053_5052_4541_4400);
                let noisy = input
                    .iter()
                    .map(|v| (v + rng.random_range(-most..=most)).max(0.0));
                noisy.collect()
            }
        };
        let channels = changed.len() / PLANE_PIXELS;
        let shape = [1, channels, PLANE_SIZE, PLANE_SIZE];
        let x = Tensor::<4>::from_data(TensorData::new(changed, shape), device);
        let made = match change {
            Change::Mirrored => mirrored(self.alone(mirrored(x))),
            _ => self.alone(x),
        };
        let made = made.into_data().try_to_vec::<f32>();
        let mut made = made.map_err(|error| DeviceFailed(format!("{error:?}")))?;
        made.iter_mut().for_each(|value| *value = value.max(0.0));
        Ok(match change {
            Change::Gamma(gamma) => made.into_iter().map(|v| v.powf(1.0 / gamma)).collect(),
            Change::Shifted(by) => shifted(&made, by.map(|d| -d)),
            _ => made,
        })
    }
}

/// Planes shifted by whole pixels; what comes from beyond the edge is 0.
fn shifted(planes: &[f32], [dx, dy]: [isize; 2]) -> Vec<f32> {
    let mut out = vec![0.0; planes.len()];
    for (plane, out) in planes
        .chunks_exact(PLANE_PIXELS)
        .zip(out.chunks_exact_mut(PLANE_PIXELS))
    {
        for y in 0..PLANE_SIZE {
            for x in 0..PLANE_SIZE {
                let from = [x.checked_add_signed(-dx), y.checked_add_signed(-dy)];
                if let [Some(x0 @ ..PLANE_SIZE), Some(y0 @ ..PLANE_SIZE)] = from {
                    out[y * PLANE_SIZE + x] = plane[y0 * PLANE_SIZE + x0];
                }
            }
        }
    }
    out
}

/// A plane with weights of 1, 2, 1 along both axes.
fn blurred(plane: &[f32]) -> Vec<f32> {
    let last = PLANE_SIZE - 1;
    let along = |values: &[f32], of: &dyn Fn(usize, usize, isize) -> usize| -> Vec<f32> {
        (0..PLANE_PIXELS)
            .map(|at| {
                let [x, y] = [at % PLANE_SIZE, at / PLANE_SIZE];
                (values[of(x, y, -1)] + 2.0 * values[at] + values[of(x, y, 1)]) / 4.0
            })
            .collect()
    };
    let near = |at: usize, d: isize| at.saturating_add_signed(d).min(last);
    let rows = along(plane, &|x, y, d| near(x, d) + y * PLANE_SIZE);
    along(&rows, &|x, y, d| x + near(y, d) * PLANE_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_goes_back_and_a_blur_keeps_the_sum() {
        let mut plane = vec![0.0; PLANE_PIXELS];
        plane[100 * PLANE_SIZE + 50] = 4.0;
        let moved = shifted(&plane, [3, -2]);
        assert_eq!(moved[98 * PLANE_SIZE + 53], 4.0);
        assert_eq!(shifted(&moved, [-3, 2]), plane);
        let wide = blurred(&plane);
        assert_eq!(wide[100 * PLANE_SIZE + 50], 1.0);
        assert_eq!(wide[101 * PLANE_SIZE + 51], 0.25);
        assert!((wide.iter().sum::<f32>() - 4.0).abs() < 1e-6);
    }
}
