//! Batches of planes; in training a little different each time, and smaller.

use super::data::Case;
use super::intensity::other_scanner;
use super::planes::PLANE_PIXELS;
use crate::volume::{PLANE_SIZE, Scaling};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// How far a scan that was laid on another still lies off it.
pub(super) const RESIDUAL_MM: f32 = 0.5;
pub(super) const RESIDUAL_DEG: f32 = 0.5;

/// A turn, a stretch and a shift of one plane, the same in every scan of a patient.
#[derive(Clone, Copy, Debug)]
struct Warp {
    /// Source pixel from pixel, about the middle: rows of a 2 x 2 matrix.
    matrix: [[f32; 2]; 2],
    shift: [f32; 2],
}

impl Warp {
    /// Turned by up to 6 degrees, stretched by up to 7 %, shifted by up to 10 mm, and mirrored in
    /// half of the cases where the plane has a left and a right.
    fn draw(rng: &mut impl Rng, mirrored: bool) -> Self {
        let mut between = |low: f32, high: f32| rng.random_range(low..=high);
        let angle = between(-6.0, 6.0).to_radians();
        let stretch = between(0.93, 1.07);
        let shift = [between(-10.0, 10.0), between(-10.0, 10.0)];
        let flip = if mirrored && between(0.0, 1.0) < 0.5 {
            -1.0
        } else {
            1.0
        };
        let (sin, cos) = angle.sin_cos();
        Self {
            matrix: [
                [flip * stretch * cos, -stretch * sin],
                [flip * stretch * sin, stretch * cos],
            ],
            shift,
        }
    }

    /// The same for a scan that was registered nearly, by up to half a millimetre and half a degree.
    fn nearly(&self, rng: &mut impl Rng) -> Self {
        let mut between = |most: f32| rng.random_range(-most..=most);
        let (sin, cos) = between(RESIDUAL_DEG).to_radians().sin_cos();
        let [[a, b], [c, d]] = self.matrix;
        let shift = self.shift.map(|mm| mm + between(RESIDUAL_MM));
        Self {
            matrix: [
                [a * cos + b * sin, b * cos - a * sin],
                [c * cos + d * sin, d * cos - c * sin],
            ],
            shift,
        }
    }

    /// Bilinear; what comes from beyond the edge is 0, as outside a scan.
    fn apply(&self, plane: &[f32], out: &mut [f32]) {
        let middle = (PLANE_SIZE as f32 - 1.0) / 2.0;
        let [row_x, row_y] = self.matrix;
        for (y, row) in out.chunks_exact_mut(PLANE_SIZE).enumerate() {
            let dy = y as f32 - middle;
            for (x, out) in row.iter_mut().enumerate() {
                let dx = x as f32 - middle;
                let from_x = row_x[0] * dx + row_x[1] * dy + middle + self.shift[0];
                let from_y = row_y[0] * dx + row_y[1] * dy + middle + self.shift[1];
                *out = sample(plane, from_x, from_y);
            }
        }
    }
}

fn sample(plane: &[f32], x: f32, y: f32) -> f32 {
    let last = PLANE_SIZE as f32 - 1.0;
    if !(0.0..last).contains(&x) || !(0.0..last).contains(&y) {
        return 0.0;
    }
    let at = y as usize * PLANE_SIZE + x as usize;
    let [fx, fy] = [x.fract(), y.fract()];
    let upper = plane[at] * (1.0 - fx) + plane[at + 1] * fx;
    let lower = plane[at + PLANE_SIZE] * (1.0 - fx) + plane[at + PLANE_SIZE + 1] * fx;
    upper * (1.0 - fy) + lower * fy
}

/// Input and target with all axial planes warped alike, and all sagittal ones; where they are
/// registered only nearly, each scan that goes in lies a little off the target.
fn warped(rng: &mut impl Rng, input: &[f32], target: &[f32], nearly: bool) -> [Vec<f32>; 2] {
    let warps = [Warp::draw(rng, true), Warp::draw(rng, false)];
    let mut apply = |planes: &[f32], nearly: bool| {
        let mut out = vec![0.0; planes.len()];
        let pairs = planes
            .chunks_exact(PLANE_PIXELS)
            .zip(out.chunks_exact_mut(PLANE_PIXELS));
        for (channel, (plane, out)) in pairs.enumerate() {
            let warp = &warps[channel % 2];
            match nearly {
                true => warp.nearly(rng).apply(plane, out),
                false => warp.apply(plane, out),
            }
        }
        out
    };
    [apply(input, nearly), apply(target, false)]
}

/// Planes of half the size: the mean of each four pixels.
fn halved(planes: &[f32]) -> Vec<f32> {
    let half = PLANE_SIZE / 2;
    let mut out = Vec::with_capacity(planes.len() / 4);
    for plane in planes.chunks_exact(PLANE_PIXELS) {
        for y in 0..half {
            for x in 0..half {
                let at = 2 * y * PLANE_SIZE + 2 * x;
                let four = plane[at] + plane[at + 1] + plane[at + PLANE_SIZE];
                out.push((four + plane[at + PLANE_SIZE + 1]) / 4.0);
            }
        }
    }
    out
}

/// How the planes of a batch are changed in training.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changes {
    /// What they are drawn from: the training's seed and the step.
    pub(super) drawn_from: (u64, u64),
    /// Whether they may be another scanner's too, and how planes are scaled.
    pub(super) other_scanner: Option<Scaling>,
}

/// Inputs and targets of a batch, `[batch, channels, side, side]`; changed where there is something
/// to draw changes from.
pub(super) fn tensors(
    batch: &[&Case],
    changes: Option<Changes>,
    half: bool,
    device: &Device,
) -> [Tensor<4>; 2] {
    let made: Vec<[Vec<f32>; 2]> = batch
        .par_iter()
        .enumerate()
        .map(|(at, case)| {
            let planes = match changes {
                Some(changes) => changed(case, changes, at as u64),
                None => [case.input.clone(), case.target.clone()],
            };
            if half {
                planes.map(|p| halved(&p))
            } else {
                planes
            }
        })
        .collect();
    let side = if half { PLANE_SIZE / 2 } else { PLANE_SIZE };
    [0, 1].map(|which| {
        let values: Vec<f32> = made
            .iter()
            .flat_map(|both| both[which].iter().copied())
            .collect();
        let channels = values.len() / (batch.len() * side * side);
        let data = TensorData::new(values, [batch.len(), channels, side, side]);
        Tensor::from_data(data, device)
    })
}

fn changed(case: &Case, changes: Changes, at: u64) -> [Vec<f32>; 2] {
    let (seed, step) = changes.drawn_from;
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0057_4152_5053);
    rng.set_stream(step << 16 | at);
    let nearly = changes.other_scanner.is_some();
    let [mut input, mut target] = warped(&mut rng, &case.input, &case.target, nearly);
    if let Some(scaling) = changes.other_scanner {
        let by_range = scaling == Scaling::Slice;
        other_scanner(&mut rng, &mut input, &mut target, by_range);
    }
    [input, target]
}

/// Input and target of a case as a training with [`super::Recipe::Varied`] would show them once: for
/// whoever wants to look at it.
#[must_use]
pub fn varied_planes(case: &Case, scaling: Scaling, seed: u64) -> [Vec<f32>; 2] {
    let changes = Changes {
        drawn_from: (seed, 0),
        other_scanner: Some(scaling),
    };
    changed(case, changes, 0)
}
