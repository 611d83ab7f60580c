//! The planes of one examination as another scanner would have shown them: bent, cut off, uneven,
//! blurred, coarser, noisier, with less fat.
//!
//! All scans of an examination come from one scanner, so that what the scanner decides is drawn once for
//! input and target: the power, the window, the coil's field, fat, blur and resolution. A target keeps
//! the contrast of what goes in. What differs from scan to scan is each input's own: noise, a little of
//! the field, where the window lies. The target gets no noise beside its own, since nothing predicts it.

use super::planes::PLANE_PIXELS;
use crate::volume::PLANE_SIZE;
use rand::{Rng, RngExt};

/// The power of the values.
const GAMMA: [f32; 2] = [0.6, 1.65];
/// The share of a plane's range at which it is cut off, above and below.
const CUT_ABOVE: [f32; 2] = [0.55, 1.0];
const CUT_BELOW: [f32; 2] = [0.0, 0.06];
/// By how much the cuts of a scan lie off those of the examination.
const CUT_OWN: f32 = 0.03;
/// Strength of the field: root mean square of its logarithm; and of a scan's own.
const FIELD: [f32; 2] = [0.0, 0.25];
const FIELD_OWN: f32 = 0.04;
/// What is left of the fat under the skin.
const FAT_LEFT: [f32; 2] = [0.15, 1.0];
/// Standard deviation of the blur, mm.
const BLUR_MM: [f32; 2] = [0.3, 1.1];
/// Thickness of the voxels along one direction of the plane, mm.
const COARSE_MM: [f32; 2] = [1.3, 3.2];
/// Standard deviation of the noise on both parts of the signal, over the plane's range.
const NOISE: [f32; 2] = [0.004, 0.05];
/// How often each of them is done.
const SHARE: f32 = 0.5;
/// The skin and the fat under it reach so deep, mm, and over so much the loss of fat fades.
const FAT_DEPTH_MM: f32 = 7.0;
const FAT_FADES_MM: f32 = 4.0;
/// What is brighter than this share of the range is not air.
const HEAD_FROM: f32 = 0.08;

/// The ranges, for the card.
pub(super) fn in_words() -> String {
    format!(
        "each of the following in half of the cases, alike in all scans of a patient: a power of {} to {}, values cut off above {} of the range and below {} of it, a smooth gain of up to {} % (root mean square), fat under the skin dimmed to {} at least, a blur of {} to {} mm (standard deviation), voxels of {} to {} mm along one direction; of each scan that goes in its own: noise of {} to {} % of the range, {} % of gain, cuts {} % off",
        GAMMA[0],
        GAMMA[1],
        CUT_ABOVE[0],
        CUT_BELOW[1],
        100.0 * FIELD[1],
        FAT_LEFT[0],
        BLUR_MM[0],
        BLUR_MM[1],
        COARSE_MM[0],
        COARSE_MM[1],
        100.0 * NOISE[0],
        100.0 * NOISE[1],
        100.0 * FIELD_OWN,
        100.0 * CUT_OWN,
    )
}

/// Another scanner.
struct Look {
    gamma: f32,
    cut: [f32; 2],
    /// Of the axial and of the sagittal plane, which show different parts of the head.
    fields: [Field; 2],
    fat_left: f32,
    blur_mm: f32,
    coarse_mm: f32,
    is_coarse_across: bool,
    noise: f32,
}

impl Look {
    fn draw(rng: &mut impl Rng) -> Self {
        // All numbers are drawn, so that one thing left out shifts no other.
        let mut drawn = |[low, high]: [f32; 2], none: f32| {
            let is_done = rng.random_range(0.0..1.0) < SHARE;
            let value = rng.random_range(low..=high);
            if is_done { value } else { none }
        };
        let gamma = drawn(GAMMA.map(f32::ln), 0.0).exp();
        let cut = [drawn(CUT_BELOW, 0.0), drawn(CUT_ABOVE, 1.0)];
        let strength = drawn(FIELD, 0.0);
        let fat_left = drawn(FAT_LEFT, 1.0);
        let [blur_mm, coarse_mm] = [drawn(BLUR_MM, 0.0), drawn(COARSE_MM, 0.0)];
        let noise = drawn(NOISE.map(f32::ln), f32::NEG_INFINITY).exp();
        Self {
            gamma,
            cut,
            fields: [(); 2].map(|()| Field::draw(rng, strength)),
            fat_left,
            blur_mm,
            coarse_mm,
            is_coarse_across: rng.random_range(0.0..1.0) < 0.5,
            noise,
        }
    }

    /// Blur, and voxels that are thick along one direction.
    fn soften(&self, plane: &mut [f32]) {
        if self.blur_mm > 0.0 {
            let weights = gaussian(self.blur_mm);
            convolve(plane, &weights, true);
            convolve(plane, &weights, false);
        }
        if self.coarse_mm > 0.0 {
            coarsen(plane, self.coarse_mm, self.is_coarse_across);
        }
    }

    /// Bends and cuts the values. The power goes by the unit, which stays: the highest value, or fat,
    /// which is a half.
    fn export(&self, plane: &mut [f32], off: f32, by_range: bool) {
        let [least, most, unit] = match by_range {
            true => [lowest(plane), highest(plane), 1.0],
            false => [0.0, 0.5, 0.5],
        };
        let low = self.cut[0];
        let high = match self.cut[1] {
            ..1.0 => self.cut[1] * (1.0 + off),
            _ => f32::INFINITY,
        };
        for value in plane.iter_mut() {
            let share = ((*value - least) / (most - least).max(1e-6)).max(0.0);
            *value = ((unit * share.powf(self.gamma)).min(high) - low).max(0.0);
        }
        if by_range {
            let most = highest(plane).max(1e-6);
            for value in plane {
                *value /= most;
            }
        }
    }
}

fn highest(plane: &[f32]) -> f32 {
    plane.iter().copied().fold(0.0, f32::max)
}

fn lowest(plane: &[f32]) -> f32 {
    plane.iter().copied().fold(f32::INFINITY, f32::min)
}

/// A smooth gain over a plane: products of cosines of up to three half waves.
struct Field([[f32; 4]; 4]);

impl Field {
    /// Draws one whose logarithm has the root mean square `strength`.
    fn draw(rng: &mut impl Rng, strength: f32) -> Self {
        let mut waves = [[0.0_f32; 4]; 4];
        let mut power = 0.0;
        for code in 1..16 {
            let (i, j) = (code / 4, code % 4);
            let wave = rng.random_range(-1.0..1.0) / ((i + j) * (i + j)) as f32;
            // The mean square of a cosine is a half.
            power += wave * wave * 0.5_f32.powi(i32::from(i > 0) + i32::from(j > 0));
            waves[i][j] = wave;
        }
        let scale = strength / power.sqrt().max(1e-6);
        Self(waves.map(|row| row.map(|wave| scale * wave)))
    }

    fn apply(&self, plane: &mut [f32]) {
        let cosines: Vec<[f32; 4]> = (0..PLANE_SIZE)
            .map(|at| {
                let turn = std::f32::consts::PI * (at as f32 + 0.5) / PLANE_SIZE as f32;
                std::array::from_fn(|wave| (wave as f32 * turn).cos())
            })
            .collect();
        for (row, up) in plane.chunks_exact_mut(PLANE_SIZE).zip(&cosines) {
            let along = self.0.map(|waves| dot(&waves, up));
            for (value, across) in row.iter_mut().zip(&cosines) {
                *value *= dot(&along, across).exp();
            }
        }
    }
}

fn dot(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Input and target, `[channels, 256, 256]` of each with axial and sagittal planes in turn, as another
/// scanner would have shown them. `by_range`: whether each plane is 0 to 1 by its own range, as it is
/// again afterwards; otherwise fat is the unit, and stays as bright as it is.
pub(super) fn other_scanner(
    rng: &mut impl Rng,
    input: &mut [f32],
    target: &mut [f32],
    by_range: bool,
) {
    let look = Look::draw(rng);
    let depths = [0, 1].map(|plane| depth_mm(&input[plane * PLANE_PIXELS..][..PLANE_PIXELS]));
    let n_input = input.len() / PLANE_PIXELS;
    let planes = input
        .chunks_exact_mut(PLANE_PIXELS)
        .chain(target.chunks_exact_mut(PLANE_PIXELS));
    for (channel, plane) in planes.enumerate() {
        look.fields[channel % 2].apply(plane);
        if by_range {
            dim_fat(plane, &depths[channel % 2], look.fat_left);
        }
        look.soften(plane);
        let mut off = 0.0;
        if channel < n_input {
            Field::draw(rng, FIELD_OWN).apply(plane);
            add_noise(rng, plane, look.noise);
            off = rng.random_range(-CUT_OWN..=CUT_OWN);
        }
        look.export(plane, off, by_range);
    }
}

/// How deep under the skin each pixel lies, mm, to about 8 %: 0 in the air around the head.
fn depth_mm(plane: &[f32]) -> Vec<f32> {
    let from = HEAD_FROM * highest(plane);
    let mut depth: Vec<f32> = plane
        .iter()
        .map(|&value| if value > from { f32::INFINITY } else { -1.0 })
        .collect();
    // Air within the head is part of it: only what the edge of the plane reaches is outside.
    let mut front: Vec<usize> = (0..PLANE_PIXELS)
        .filter(|&at| {
            let [x, y] = [at % PLANE_SIZE, at / PLANE_SIZE];
            depth[at] < 0.0 && (x.min(y) == 0 || x.max(y) == PLANE_SIZE - 1)
        })
        .collect();
    for &at in &front {
        depth[at] = 0.0;
    }
    while let Some(at) = front.pop() {
        let [x, y] = [at % PLANE_SIZE, at / PLANE_SIZE];
        let around = [
            (x > 0).then(|| at - 1),
            (x + 1 < PLANE_SIZE).then(|| at + 1),
            (y > 0).then(|| at - PLANE_SIZE),
            (y + 1 < PLANE_SIZE).then(|| at + PLANE_SIZE),
        ];
        for next in around.into_iter().flatten() {
            if depth[next] < 0.0 {
                depth[next] = 0.0;
                front.push(next);
            }
        }
    }
    for value in depth.iter_mut().filter(|value| **value < 0.0) {
        *value = f32::INFINITY;
    }
    // Two sweeps of steps to the sides and across corners.
    let steps = |at: usize, forwards: bool| {
        let [x, y] = [at % PLANE_SIZE, at / PLANE_SIZE];
        let up = if forwards { y > 0 } else { y + 1 < PLANE_SIZE };
        let back = if forwards { x > 0 } else { x + 1 < PLANE_SIZE };
        let ahead = if forwards { x + 1 < PLANE_SIZE } else { x > 0 };
        let to = move |dx: usize, dy: usize, minus: bool| match (forwards, minus) {
            (true, true) => at - dy * PLANE_SIZE - dx,
            (true, false) => at - dy * PLANE_SIZE + dx,
            (false, true) => at + dy * PLANE_SIZE + dx,
            (false, false) => at + dy * PLANE_SIZE - dx,
        };
        [
            back.then(|| (to(1, 0, true), 1.0)),
            up.then(|| (to(0, 1, true), 1.0)),
            (up && back).then(|| (to(1, 1, true), std::f32::consts::SQRT_2)),
            (up && ahead).then(|| (to(1, 1, false), std::f32::consts::SQRT_2)),
        ]
    };
    for forwards in [true, false] {
        for step in 0..PLANE_PIXELS {
            let at = if forwards {
                step
            } else {
                PLANE_PIXELS - 1 - step
            };
            for (from, mm) in steps(at, forwards).into_iter().flatten() {
                depth[at] = depth[at].min(depth[from] + mm);
            }
        }
    }
    depth
}

/// Dims the skin and the fat under it to `left`, fading towards the skull.
fn dim_fat(plane: &mut [f32], depth_mm: &[f32], left: f32) {
    for (value, depth) in plane.iter_mut().zip(depth_mm) {
        let within = ((FAT_DEPTH_MM + FAT_FADES_MM - depth) / FAT_FADES_MM).clamp(0.0, 1.0);
        *value *= 1.0 - within * (1.0 - left);
    }
}

/// Weights of a Gaussian from its middle on.
fn gaussian(sd_mm: f32) -> Vec<f32> {
    let reach = (3.0 * sd_mm).ceil() as usize;
    let weight = |off: usize| (-0.5 * (off as f32 / sd_mm).powi(2)).exp();
    let half: Vec<f32> = (0..=reach).map(weight).collect();
    let sum: f32 = 2.0 * half.iter().sum::<f32>() - half[0];
    half.iter().map(|weight| weight / sum).collect()
}

/// A symmetric filter along rows or columns; at the edge the last pixel goes on.
fn convolve(plane: &mut [f32], half: &[f32], along_rows: bool) {
    let (step, line) = if along_rows {
        (1, PLANE_SIZE)
    } else {
        (PLANE_SIZE, 1)
    };
    let last = PLANE_SIZE as isize - 1;
    for first in (0..PLANE_SIZE).map(|which| which * line) {
        let values: Vec<f32> = (0..PLANE_SIZE).map(|at| plane[first + step * at]).collect();
        let value = |at: isize| values[at.clamp(0, last) as usize];
        for at in 0..PLANE_SIZE as isize {
            let sides = half.iter().enumerate().skip(1);
            let sides: f32 = sides
                .map(|(off, weight)| weight * (value(at - off as isize) + value(at + off as isize)))
                .sum();
            plane[first + step * at as usize] = half[0] * value(at) + sides;
        }
    }
}

/// Means over voxels of `mm` along rows or columns, with a line from the middle of one to the next.
fn coarsen(plane: &mut [f32], mm: f32, along_rows: bool) {
    let (step, line) = if along_rows {
        (1, PLANE_SIZE)
    } else {
        (PLANE_SIZE, 1)
    };
    let n = (PLANE_SIZE as f32 / mm).floor() as usize;
    for first in (0..PLANE_SIZE).map(|which| which * line) {
        // The sum of everything before a place, linear within pixels.
        let mut before = vec![0.0_f64; PLANE_SIZE + 1];
        for at in 0..PLANE_SIZE {
            before[at + 1] = before[at] + f64::from(plane[first + step * at]);
        }
        let until = |place: f32| {
            let low = (place as usize).min(PLANE_SIZE - 1);
            before[low] + f64::from(place - low as f32) * (before[low + 1] - before[low])
        };
        let means: Vec<f32> = (0..n)
            .map(|voxel| {
                let from = voxel as f32 * mm;
                ((until(from + mm) - until(from)) / f64::from(mm)) as f32
            })
            .collect();
        for at in 0..PLANE_SIZE {
            let place = ((at as f32 + 0.5) / mm - 0.5).clamp(0.0, n as f32 - 1.0);
            let low = (place as usize).min(n - 2);
            let part = place - low as f32;
            plane[first + step * at] = means[low] + part * (means[low + 1] - means[low]);
        }
    }
}

/// The magnitude of the values with noise on both parts, by Box and Muller.
fn add_noise(rng: &mut impl Rng, plane: &mut [f32], sd: f32) {
    if sd <= 0.0 {
        return;
    }
    for value in plane {
        let radius = sd * (-2.0 * (1.0 - rng.random_range(0.0_f32..1.0)).ln()).sqrt();
        let (sin, cos) = (std::f32::consts::TAU * rng.random_range(0.0_f32..1.0)).sin_cos();
        *value = (*value + radius * cos).hypot(radius * sin);
    }
}
