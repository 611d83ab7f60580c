//! Gauss-Newton steps on what stays the same between two scans of one head.
//!
//! The tracer brightens a part of the head and moves none of it: Tukey's biweight takes what differs
//! by more than some times the usual difference out of the sum (Reuter, Rosas and Fischl 2010), with
//! a fixed bound, because the tracer lies in the middle of the head, where a bound that is loosened
//! until few voxels are left out would let it in.

use super::halfway::{CHUNK, Pair, Points, Seen, equalise};
use super::pose::{half, small};
use nalgebra::{Isometry3, SMatrix, SVector, Vector3};
use rayon::prelude::*;

/// Weighings of the outliers between two samplings.
const REWEIGHTINGS: usize = 4;
/// The share of the smallest differences that the usual difference is taken from: less than the
/// half of a median, because the tracer may change a third of the head.
const QUANTILE: f64 = 1.0 / 3.0;
/// From that quantile of absolute values to a standard deviation, for normal errors.
const SD_OF_QUANTILE: f32 = 1.0 / 0.4307;
/// Noise is never taken for less than this share of what is bright.
const LEAST_SD: f32 = 1e-3;
/// Turns are measured by how far they move a point at this distance, so that all parameters are mm.
const ARM_MM: f64 = 80.0;

type Normal = SMatrix<f64, 7, 7>;
type Side = SVector<f64, 7>;

/// How a level is worked through.
pub(super) struct Steps {
    /// Differences beyond so many standard deviations do not count.
    pub(super) sat: f32,
    /// At most so many samplings.
    pub(super) most: usize,
    /// Done when a step moves the rim of the head by less, mm.
    pub(super) until_mm: f64,
}

/// Where the steps led.
pub(super) struct Arrived {
    pub(super) pose: Isometry3<f64>,
    /// How much each point was trusted in the end.
    pub(super) trust: Vec<f32>,
    /// Standard deviation of the differences that count, as a share of what is bright.
    pub(super) sd: f32,
    /// Whether the last step was short enough.
    pub(super) settled: bool,
}

/// Whether a point about the head's centre counts.
pub(super) type Chooses<'a> = &'a (dyn Fn(&[f32; 3]) -> bool + Sync);

/// Walks to the pose at which the scans agree. `only` picks the points that count.
pub(super) fn walk(
    pair: &Pair<'_>,
    points: &Points,
    start: &Isometry3<f64>,
    steps: &Steps,
    only: Option<Chooses<'_>>,
) -> Arrived {
    let mut arrived = Arrived {
        pose: *start,
        trust: vec![1.0; points.at.len()],
        sd: 0.0,
        settled: false,
    };
    for _ in 0..steps.most {
        let mut seen = pair.see(points, &arrived.pose);
        equalise(points, &mut seen, &arrived.trust);
        if let Some(only) = only {
            for (seen, at) in seen.iter_mut().zip(&points.at) {
                if !only(at) {
                    seen.weight = 0.0;
                }
            }
        }
        let Some(step) = reweighted(points, &seen, steps.sat, &mut arrived) else {
            return arrived;
        };
        let shift = Vector3::new(step[0], step[1], step[2]);
        let turn = Vector3::new(step[3], step[4], step[5]) / ARM_MM;
        let halfway = half(&arrived.pose);
        arrived.pose = halfway * small(&points.center, shift, turn) * halfway;
        if shift.norm() + turn.norm() * ARM_MM < steps.until_mm {
            arrived.settled = true;
            return arrived;
        }
    }
    arrived
}

/// Difference of the scans and how a motion changes it.
#[derive(Clone, Copy)]
struct Row {
    weight: f32,
    difference: f32,
    slope: [f32; 7],
}

impl Row {
    fn of(at: &[f32; 3], seen: &Seen) -> Self {
        let g: [f32; 3] =
            std::array::from_fn(|a| 0.5 * (seen.fixed_gradient[a] + seen.moving_gradient[a]));
        let arm = 1.0 / ARM_MM as f32;
        let [x, y, z] = *at;
        Self {
            weight: seen.weight,
            difference: seen.fixed - seen.moving,
            slope: [
                g[0],
                g[1],
                g[2],
                (y * g[2] - z * g[1]) * arm,
                (z * g[0] - x * g[2]) * arm,
                (x * g[1] - y * g[0]) * arm,
                -0.5 * (seen.fixed + seen.moving),
            ],
        }
    }

    fn after(&self, step: &[f32; 7]) -> f32 {
        let change: f32 = self.slope.iter().zip(step).map(|(s, d)| s * d).sum();
        self.difference + change
    }
}

/// The step that makes the differences smallest, with outliers weighed anew until it stands.
fn reweighted(points: &Points, seen: &[Seen], sat: f32, arrived: &mut Arrived) -> Option<Side> {
    let rows: Vec<Row> = points
        .at
        .par_iter()
        .zip(seen)
        .with_min_len(CHUNK)
        .map(|(at, seen)| Row::of(at, seen))
        .collect();
    let mut step = Side::zeros();
    for _ in 0..REWEIGHTINGS {
        let now: [f32; 7] = std::array::from_fn(|i| step[i] as f32);
        arrived.sd = spread(&rows, &now)?.max(LEAST_SD);
        let bound = sat * arrived.sd;
        let next = solve(&rows, &now, bound, &mut arrived.trust)?;
        let change = (next - step).norm();
        step = next;
        if change < 1e-4 {
            break;
        }
    }
    Some(step)
}

/// The usual difference of the points that fully count, as a standard deviation.
fn spread(rows: &[Row], step: &[f32; 7]) -> Option<f32> {
    let mut sizes: Vec<f32> = rows
        .par_iter()
        .with_min_len(CHUNK)
        .filter(|row| row.weight > 0.5)
        .map(|row| row.after(step).abs())
        .collect();
    if sizes.len() < 100 {
        return None;
    }
    let at = (sizes.len() as f64 * QUANTILE) as usize;
    let (_, size, _) = sizes.select_nth_unstable_by(at, f32::total_cmp);
    Some(SD_OF_QUANTILE * *size)
}

/// Solves the weighted normal equations; leaves the weights behind.
fn solve(rows: &[Row], step: &[f32; 7], bound: f32, trust: &mut [f32]) -> Option<Side> {
    let sums: Vec<([f64; 28], [f64; 7])> = rows
        .par_chunks(CHUNK)
        .zip(trust.par_chunks_mut(CHUNK))
        .map(|(rows, trust)| chunk_sums(rows, step, bound, trust))
        .collect();
    let (mut normal, mut side) = (Normal::zeros(), Side::zeros());
    for (products, right) in sums {
        let mut at = 0;
        for i in 0..7 {
            for j in 0..=i {
                normal[(i, j)] += products[at];
                at += 1;
            }
            side[i] -= right[i];
        }
    }
    for i in 0..7 {
        for j in 0..i {
            normal[(j, i)] = normal[(i, j)];
        }
    }
    normal.cholesky().map(|factor| factor.solve(&side))
}

fn chunk_sums(
    rows: &[Row],
    step: &[f32; 7],
    bound: f32,
    trust: &mut [f32],
) -> ([f64; 28], [f64; 7]) {
    let mut total = ([0.0_f64; 28], [0.0_f64; 7]);
    // In f32 within a few points, in f64 beyond.
    for (rows, trust) in rows.chunks(64).zip(trust.chunks_mut(64)) {
        let mut products = [0.0_f32; 28];
        let mut right = [0.0_f32; 7];
        for (row, trust) in rows.iter().zip(trust) {
            let share = row.after(step) / bound;
            let left = (1.0 - share * share).max(0.0);
            *trust = left * left;
            let weight = row.weight * *trust;
            if weight == 0.0 {
                continue;
            }
            let mut at = 0;
            for (i, (slope, right)) in row.slope.iter().zip(&mut right).enumerate() {
                let weighted = weight * slope;
                for other in &row.slope[..=i] {
                    products[at] += weighted * other;
                    at += 1;
                }
                *right += weighted * row.difference;
            }
        }
        for (sum, part) in total.0.iter_mut().zip(products) {
            *sum += f64::from(part);
        }
        for (sum, part) in total.1.iter_mut().zip(right) {
            *sum += f64::from(part);
        }
    }
    total
}
