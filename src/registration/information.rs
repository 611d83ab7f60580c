//! Steps that raise the mutual information of two scans.
//!
//! The joint histogram is smoothed by cubic B-splines along both axes (after Mattes et al. 2003,
//! who smooth one), so that the information has an exact gradient with respect to the values of
//! either scan. The points are those of a fixed lattice: nothing is drawn at random.

use super::halfway::{CHUNK, Points, Seen};
use nalgebra::{DMatrix, DVector, Matrix3, Vector3};
use rayon::prelude::*;

/// Bins along each axis of the joint histogram.
const BINS: usize = 32;
/// Bins at each end that only the splines reach.
const RIM: usize = 2;
/// Linear parts of a motion are measured by how far they move a point at this distance, mm.
const ARM_MM: f64 = 80.0;

/// How the points move with the parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    /// Shift and turn; both scans move by half.
    Rigid,
    /// Shift and any linear map; the moving scan moves.
    Affine,
}

impl Motion {
    fn n(self) -> usize {
        match self {
            Self::Rigid => 6,
            Self::Affine => 12,
        }
    }
}

/// A shift in mm, and a linear map: points `x` about the centre move by `shift + map x`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) shift: Vector3<f64>,
    pub(super) map: Matrix3<f64>,
}

impl Change {
    fn of(motion: Motion, parameters: &DVector<f64>) -> Self {
        let p = |i: usize| parameters[i];
        let shift = Vector3::new(p(0), p(1), p(2));
        let map = match motion {
            Motion::Rigid => Vector3::new(p(3), p(4), p(5)).cross_matrix(),
            Motion::Affine => Matrix3::from_fn(|r, c| p(3 + 3 * r + c)),
        };
        Self {
            shift,
            map: map / ARM_MM,
        }
    }
}

/// Climbs from no change to where the information is largest. `see` shows both scans after a
/// change. Returns the change and the information there, in nats.
pub(super) fn climb(
    points: &Points,
    motion: Motion,
    until_mm: f64,
    most: usize,
    see: &dyn Fn(&Change) -> Vec<Seen>,
) -> (Change, f64) {
    let n = motion.n();
    let range = Range::of(&see(&Change::of(motion, &DVector::zeros(n))));
    let evaluate = |at: &DVector<f64>| {
        let seen = see(&Change::of(motion, at));
        let (information, gradient) = range.information(points, motion, &seen);
        (information, gradient, seen)
    };
    let mut at = DVector::zeros(n);
    let (mut value, mut gradient, seen) = evaluate(&at);
    let mut inverse = first_inverse(points, motion, &seen);
    let mut length = 1.0;
    for _ in 0..most {
        let mut step = &inverse * &gradient * length;
        // No step goes further than what the resolution shows.
        let longest = 40.0 * until_mm;
        if step.norm() > longest {
            step *= longest / step.norm();
        }
        let next = &at + &step;
        let (next_value, next_gradient, _) = evaluate(&next);
        if next_value <= value {
            if step.norm() < until_mm {
                break;
            }
            length *= 0.3;
            continue;
        }
        let bend = &gradient - &next_gradient;
        broyden(&mut inverse, &step, &bend);
        at = next;
        (value, gradient) = (next_value, next_gradient);
        length = 1.0;
        if step.norm() < until_mm {
            break;
        }
    }
    (Change::of(motion, &at), value)
}

/// The update of Broyden, Fletcher, Goldfarb and Shanno of the inverse second derivatives.
fn broyden(inverse: &mut DMatrix<f64>, step: &DVector<f64>, bend: &DVector<f64>) {
    let curvature = step.dot(bend);
    if curvature <= 1e-12 * step.norm() * bend.norm() {
        return;
    }
    let mapped = &*inverse * bend;
    let factor = (1.0 + bend.dot(&mapped) / curvature) / curvature;
    *inverse += step * step.transpose() * factor
        - (&mapped * step.transpose() + step * mapped.transpose()) / curvature;
}

/// What the inverse would be if the differences were normal: that of least squares, scaled.
fn first_inverse(points: &Points, motion: Motion, seen: &[Seen]) -> DMatrix<f64> {
    let n = motion.n();
    let mut normal = DMatrix::<f64>::zeros(n, n);
    let (mut total, mut squares) = (0.0, 0.0);
    for (at, seen) in points.at.iter().zip(seen) {
        let weight = f64::from(seen.weight);
        if weight == 0.0 {
            continue;
        }
        let pull = match motion {
            Motion::Rigid => {
                let g = |a: usize| 0.5 * (seen.fixed_gradient[a] + seen.moving_gradient[a]);
                [g(0), g(1), g(2)]
            }
            Motion::Affine => seen.moving_gradient,
        };
        let slopes = slopes(motion, at, pull.map(f64::from));
        for i in 0..n {
            for j in 0..=i {
                normal[(i, j)] += weight * slopes[i] * slopes[j];
            }
        }
        total += weight;
        squares += weight * f64::from(seen.fixed - seen.moving).powi(2);
    }
    normal.fill_upper_triangle_with_lower_triangle();
    // Differences of scans of one kind; of two kinds they say little, and are held within reason.
    let variance = (squares / f64::max(total, 1e-9)).clamp(1e-3, 0.02);
    let ridge = normal.trace() / n as f64 * 1e-6;
    for i in 0..n {
        normal[(i, i)] += ridge;
    }
    normal
        .try_inverse()
        .map_or_else(|| DMatrix::identity(n, n), |i| i * (variance * total))
}

/// How a pull at a point acts on each parameter.
fn slopes(motion: Motion, at: &[f32; 3], pull: [f64; 3]) -> [f64; 12] {
    let x = at.map(|x| f64::from(x) / ARM_MM);
    let mut out = [0.0; 12];
    out[..3].copy_from_slice(&pull);
    match motion {
        Motion::Rigid => {
            out[3] = x[1] * pull[2] - x[2] * pull[1];
            out[4] = x[2] * pull[0] - x[0] * pull[2];
            out[5] = x[0] * pull[1] - x[1] * pull[0];
        }
        Motion::Affine => {
            for r in 0..3 {
                for c in 0..3 {
                    out[3 + 3 * r + c] = pull[r] * x[c];
                }
            }
        }
    }
    out
}

/// From values to bins.
struct Range {
    fixed: [f32; 2],
    moving: [f32; 2],
}

impl Range {
    fn of(seen: &[Seen]) -> Self {
        let ends = |value: &dyn Fn(&Seen) -> f32| {
            let mut values: Vec<f32> = seen.iter().filter(|s| s.weight > 0.0).map(value).collect();
            if values.is_empty() {
                return [0.0, 1.0];
            }
            // The brightest thousandth shares the last bin.
            let high = (values.len() - 1) * 999 / 1000;
            let (_, high, _) = values.select_nth_unstable_by(high, f32::total_cmp);
            let high = *high;
            let low = values.iter().copied().fold(f32::INFINITY, f32::min);
            let inner = (BINS - 2 * RIM) as f32;
            [low, inner / (high - low).max(1e-6)]
        };
        Self {
            fixed: ends(&|s| s.fixed),
            moving: ends(&|s| s.moving),
        }
    }

    /// First bin, weights and their slopes per unit of value; slopes are 0 beyond the ends.
    #[inline]
    fn place([low, scale]: [f32; 2], value: f32) -> (usize, [f32; 4], [f32; 4]) {
        let inner = (BINS - 2 * RIM) as f32;
        let raw = (value - low) * scale;
        let held = raw.clamp(0.0, inner - 1e-3);
        let base = held as usize;
        let (weights, slopes) = super::pyramid::spline(held - base as f32);
        let scale = if raw == held { scale } else { 0.0 };
        (base + RIM - 1, weights, slopes.map(|s| s * scale))
    }

    fn information(&self, points: &Points, motion: Motion, seen: &[Seen]) -> (f64, DVector<f64>) {
        let joint = self.joint(seen);
        let total: f64 = joint.iter().sum();
        let (logs, information) = log_ratios(&joint, total);
        let parts: Vec<[f64; 12]> = seen
            .par_chunks(CHUNK)
            .zip(points.at.par_chunks(CHUNK))
            .map(|(seen, at)| {
                let mut sum = [0.0; 12];
                for (seen, at) in seen.iter().zip(at).filter(|(s, _)| s.weight > 0.0) {
                    let pull = self.pull(&logs, motion, seen);
                    for (sum, part) in sum.iter_mut().zip(slopes(motion, at, pull)) {
                        *sum += part;
                    }
                }
                sum
            })
            .collect();
        let mut gradient = DVector::zeros(motion.n());
        for part in parts {
            for (i, sum) in gradient.iter_mut().enumerate() {
                *sum += part[i] / f64::max(total, 1e-9);
            }
        }
        (information, gradient)
    }

    /// The weight of every pair of bins.
    fn joint(&self, seen: &[Seen]) -> Vec<f64> {
        let parts: Vec<Vec<f32>> = seen
            .par_chunks(CHUNK)
            .map(|seen| {
                let mut bins = vec![0.0_f32; BINS * BINS];
                for seen in seen.iter().filter(|s| s.weight > 0.0) {
                    let (f0, fw, _) = Self::place(self.fixed, seen.fixed);
                    let (m0, mw, _) = Self::place(self.moving, seen.moving);
                    for (i, fw) in fw.iter().enumerate() {
                        let row = &mut bins[(f0 + i) * BINS + m0..][..4];
                        for (bin, mw) in row.iter_mut().zip(mw) {
                            *bin += seen.weight * fw * mw;
                        }
                    }
                }
                bins
            })
            .collect();
        let mut joint = vec![0.0_f64; BINS * BINS];
        for part in parts {
            for (sum, part) in joint.iter_mut().zip(part) {
                *sum += f64::from(part);
            }
        }
        joint
    }

    /// How the information grows as a point is moved along each axis.
    #[inline]
    fn pull(&self, logs: &[f32], motion: Motion, seen: &Seen) -> [f64; 3] {
        let (f0, fw, fs) = Self::place(self.fixed, seen.fixed);
        let (m0, mw, ms) = Self::place(self.moving, seen.moving);
        let (mut by_fixed, mut by_moving) = (0.0_f32, 0.0_f32);
        for i in 0..4 {
            let row = &logs[(f0 + i) * BINS + m0..][..4];
            let (mut plain, mut sloped) = (0.0, 0.0);
            for j in 0..4 {
                plain += mw[j] * row[j];
                sloped += ms[j] * row[j];
            }
            by_fixed += fs[i] * plain;
            by_moving += fw[i] * sloped;
        }
        let weight = seen.weight;
        std::array::from_fn(|a| {
            f64::from(match motion {
                Motion::Rigid => {
                    let fixed = by_fixed * seen.fixed_gradient[a];
                    0.5 * weight * (fixed - by_moving * seen.moving_gradient[a])
                }
                Motion::Affine => -weight * by_moving * seen.moving_gradient[a],
            })
        })
    }
}

/// The logarithm of each pair's share over the product of its bins' shares, and its mean.
fn log_ratios(joint: &[f64], total: f64) -> (Vec<f32>, f64) {
    let (mut of_fixed, mut of_moving) = ([0.0_f64; BINS], [0.0_f64; BINS]);
    for (at, weight) in joint.iter().enumerate() {
        of_fixed[at / BINS] += weight;
        of_moving[at % BINS] += weight;
    }
    let mut information = 0.0;
    let logs = joint
        .iter()
        .enumerate()
        .map(|(at, &weight)| {
            let product = of_fixed[at / BINS] * of_moving[at % BINS];
            if weight <= 0.0 || product <= 0.0 {
                return 0.0;
            }
            let log = (weight * total / product).ln();
            information += weight / total * log;
            log as f32
        })
        .collect();
    (logs, information)
}
