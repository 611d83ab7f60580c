//! Batches of volumes; in training a little different each time.

use super::heads::LeakHead;
use super::ranges::Ranges;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// How a batch is made.
#[derive(Clone, Copy)]
pub(super) struct Making {
    /// Voxels of a volume.
    pub(super) size: [usize; 3],
    /// Their size.
    pub(super) spacing_mm: f64,
    /// Whether each 2 x 2 x 2 of them become one.
    pub(super) is_coarse: bool,
    /// How far they are changed, by what chance: a seed and a step.
    pub(super) changed: Option<(Ranges, u64, u64)>,
}

impl Making {
    /// Voxels of what is made.
    fn made(&self) -> [usize; 3] {
        match self.is_coarse {
            true => self.size.map(|n| n / 2),
            false => self.size,
        }
    }
}

/// The volumes of a batch, `[batch, 1, size..]`.
pub(super) fn volumes(batch: &[&LeakHead], making: Making, device: &Device) -> Tensor<5> {
    let [nx, ny, nz] = making.made();
    let made: Vec<Vec<f32>> = batch
        .par_iter()
        .enumerate()
        .map(|(at, head)| match making.changed {
            Some((ranges, seed, step)) => {
                let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4c45_414b);
                rng.set_stream(step << 16 | at as u64);
                changed(&head.values, making, ranges, &mut rng)
            }
            None if making.is_coarse => halved(&head.values, making.size),
            None => head.values.clone(),
        })
        .collect();
    let values: Vec<f32> = made.concat();
    let data = TensorData::new(values, [batch.len(), 1, nx, ny, nz]);
    Tensor::from_data(data, device)
}

/// The mean of each 2 x 2 x 2 voxels.
pub(super) fn halved(values: &[f32], [nx, ny, nz]: [usize; 3]) -> Vec<f32> {
    let [hx, hy, hz] = [nx / 2, ny / 2, nz / 2];
    let mut out = vec![0.0; hx * hy * hz];
    for (row, out) in out.chunks_exact_mut(hz).enumerate() {
        let [x, y] = [row / hy, row % hy];
        for (dx, dy) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let from = ((2 * x + dx) * ny + 2 * y + dy) * nz;
            for (out, pair) in out.iter_mut().zip(values[from..].chunks_exact(2)) {
                *out += (pair[0] + pair[1]) / 8.0;
            }
        }
    }
    out
}

/// A volume that is changed by chance.
fn changed(values: &[f32], making: Making, ranges: Ranges, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let place = Place::draw(rng, ranges, making);
    let level = Level::draw(rng, ranges, values);
    let noise = Noise {
        sd: rng.random_range(0.0..=ranges.noise) * level.sd,
        is_added: rng.random_range(0.0..1.0_f32) < ranges.share,
        seed: rng.random(),
    };
    let [nx, ny, nz] = making.made();
    let mut out = vec![0.0; nx * ny * nz];
    for (row, out) in out.chunks_exact_mut(nz).enumerate() {
        place.row(values, making, [row / ny, row % ny], out);
        level.row([nx, ny, nz], [row / ny, row % ny], out);
        noise.row(row, out);
    }
    out
}

/// Where a voxel of the changed volume comes from, in voxels of the volume.
struct Place {
    /// Rows of a 3 x 3 matrix about the middle.
    matrix: [[f32; 3]; 3],
    shift: [f32; 3],
}

impl Place {
    fn draw(rng: &mut impl Rng, ranges: Ranges, making: Making) -> Self {
        let mut upto = |most: f32| rng.random_range(-1.0..=1.0_f32) * most;
        let turns: [f32; 3] = std::array::from_fn(|_| upto(ranges.turn_deg).to_radians());
        let stretches: [f32; 3] = std::array::from_fn(|_| 1.0 + upto(ranges.stretch));
        let shifts: [f32; 3] =
            std::array::from_fn(|_| upto(ranges.shift_mm / making.spacing_mm as f32));
        let is_moved = upto(1.0).abs() < ranges.share;
        let flip = if upto(1.0) < 0.0 { -1.0 } else { 1.0 };
        if !is_moved {
            return Self {
                matrix: [[flip, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
                shift: [0.0; 3],
            };
        }
        let [a, b, c] = turns.map(f32::sin_cos);
        let about = |axis: usize, (sin, cos): (f32, f32)| {
            let mut turn = [[0.0; 3]; 3];
            let [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
            turn[axis][axis] = 1.0;
            (turn[u][u], turn[u][v]) = (cos, -sin);
            (turn[v][u], turn[v][v]) = (sin, cos);
            turn
        };
        let turned = times(times(about(0, a), about(1, b)), about(2, c));
        let mut matrix = turned;
        for row in &mut matrix {
            for (cell, stretch) in row.iter_mut().zip(stretches) {
                *cell *= stretch;
            }
            row[0] *= flip;
        }
        Self {
            matrix,
            shift: shifts,
        }
    }

    /// The values of a row of the changed volume: trilinear; where voxels are coarse, the mean of eight
    /// places within each, by the nearest voxel. Outside there is 0.
    fn row(&self, values: &[f32], making: Making, [x, y]: [usize; 2], out: &mut [f32]) {
        let size = making.size;
        let middle = size.map(|n| (n as f32 - 1.0) / 2.0);
        let from = |at: [f32; 3]| -> [f32; 3] {
            let off: [f32; 3] = std::array::from_fn(|axis| at[axis] - middle[axis]);
            std::array::from_fn(|axis| {
                let row = self.matrix[axis];
                row[0] * off[0]
                    + row[1] * off[1]
                    + row[2] * off[2]
                    + middle[axis]
                    + self.shift[axis]
            })
        };
        if !making.is_coarse {
            for (z, out) in out.iter_mut().enumerate() {
                *out = trilinear(values, size, from([x as f32, y as f32, z as f32]));
            }
            return;
        }
        out.fill(0.0);
        for (dx, dy) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let [x, y] = [(2 * x + dx) as f32, (2 * y + dy) as f32];
            for z in 0..2 * out.len() {
                out[z / 2] += nearest(values, size, from([x, y, z as f32])) / 8.0;
            }
        }
    }
}

fn times(a: [[f32; 3]; 3], b: [[f32; 3]; 3]) -> [[f32; 3]; 3] {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
}

fn nearest(values: &[f32], [nx, ny, nz]: [usize; 3], at: [f32; 3]) -> f32 {
    let [x, y, z] = at.map(|v| v + 0.5);
    let inside = |v: f32, n: usize| v >= 0.0 && v < n as f32;
    match inside(x, nx) && inside(y, ny) && inside(z, nz) {
        true => values[(x as usize * ny + y as usize) * nz + z as usize],
        false => 0.0,
    }
}

fn trilinear(values: &[f32], [nx, ny, nz]: [usize; 3], at: [f32; 3]) -> f32 {
    let inside = |v: f32, n: usize| v >= 0.0 && v < n as f32 - 1.0;
    if !(inside(at[0], nx) && inside(at[1], ny) && inside(at[2], nz)) {
        return 0.0;
    }
    let low = at.map(|v| v as usize);
    let [fx, fy, fz] = [0, 1, 2].map(|axis| at[axis] - low[axis] as f32);
    let first = (low[0] * ny + low[1]) * nz + low[2];
    let along = |from: usize| values[from] * (1.0 - fz) + values[from + 1] * fz;
    let plane = |from: usize| along(from) * (1.0 - fy) + along(from + nz) * fy;
    plane(first) * (1.0 - fx) + plane(first + ny * nz) * fx
}

/// Points of the curve from old to new values.
const N_POINTS: usize = 8;

/// What becomes of values.
struct Level {
    /// Of the volume.
    sd: f32,
    gain: f32,
    shift: f32,
    /// Where the curve begins, how wide each of its pieces is, and its points; `None` for a straight line.
    curve: Option<(f32, f32, [f32; N_POINTS])>,
    /// Coefficients of 1 x y z xx yy zz xy xz yz, in places from -1 to 1; `None` for no field.
    bias: Option<[f32; 10]>,
}

impl Level {
    fn draw(rng: &mut impl Rng, ranges: Ranges, values: &[f32]) -> Self {
        let mut upto = |most: f32| rng.random_range(-1.0..=1.0_f32) * most;
        let [low, high] = values
            .iter()
            .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], &v| {
                [low.min(v), high.max(v)]
            });
        let n = values.len() as f64;
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
        let sd = (squares / n).sqrt() as f32;
        let mut done = |made: f32| {
            let is_done = upto(1.0).abs() < ranges.share;
            if is_done { made } else { 0.0 }
        };
        let [with_shift, with_gain, with_curve, with_bias] = [(); 4].map(|()| done(1.0));
        let shift = with_shift * upto(ranges.intensity_shift) * sd;
        let gain = 1.0 + with_gain * upto(ranges.gain);
        let piece = (high - low) / (N_POINTS as f32 - 1.0);
        let points: [f32; N_POINTS] = std::array::from_fn(|at| {
            let is_end = at == 0 || at == N_POINTS - 1;
            // A point stays between its neighbours, so that the order of values stays.
            let off = upto(ranges.histogram) * (high - low);
            let most = 0.45 * piece;
            low + at as f32 * piece + if is_end { 0.0 } else { off.clamp(-most, most) }
        });
        let bias: [f32; 10] =
            std::array::from_fn(|at| if at == 0 { 0.0 } else { upto(ranges.bias) });
        Self {
            sd,
            gain,
            shift,
            curve: (with_curve > 0.0 && piece > 0.0).then_some((low, piece, points)),
            bias: (with_bias > 0.0).then_some(bias),
        }
    }

    fn row(&self, [nx, ny, nz]: [usize; 3], [x, y]: [usize; 2], out: &mut [f32]) {
        if let Some((low, piece, points)) = self.curve {
            for value in out.iter_mut() {
                let at = ((*value - low) / piece).clamp(0.0, N_POINTS as f32 - 1.0);
                let from = (at as usize).min(N_POINTS - 2);
                let share = at - from as f32;
                *value = points[from] * (1.0 - share) + points[from + 1] * share;
            }
        }
        let place = |at: usize, n: usize| 2.0 * (at as f32 + 0.5) / n as f32 - 1.0;
        if let Some(c) = self.bias {
            let [x, y] = [place(x, nx), place(y, ny)];
            let still = c[0] + c[1] * x + c[2] * y + c[4] * x * x + c[5] * y * y + c[7] * x * y;
            let slope = c[3] + c[8] * x + c[9] * y;
            for (z, value) in out.iter_mut().enumerate() {
                let z = place(z, nz);
                *value *= (still + slope * z + c[6] * z * z).exp();
            }
        }
        for value in out {
            *value = *value * self.gain + self.shift;
        }
    }
}

/// Gaussian noise on all voxels.
struct Noise {
    sd: f32,
    is_added: bool,
    seed: u64,
}

impl Noise {
    fn row(&self, row: usize, out: &mut [f32]) {
        if !self.is_added {
            return;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(row as u64);
        // Box and Muller: two at a time.
        for pair in out.chunks_mut(2) {
            let [u, v]: [f32; 2] = [rng.random_range(f32::MIN_POSITIVE..1.0), rng.random()];
            let length = self.sd * (-2.0 * u.ln()).sqrt();
            let (sin, cos) = (std::f32::consts::TAU * v).sin_cos();
            for (value, drawn) in pair.iter_mut().zip([cos, sin]) {
                *value += length * drawn;
            }
        }
    }
}
