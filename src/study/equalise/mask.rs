//! What of a plane is head, the same for all arms of a patient.

use crate::volume::{PLANE_SIZE, PlaneImage, percentiles};

use super::FEWEST_VALUES;

const N: usize = PLANE_SIZE * PLANE_SIZE;
/// Below so much of the 97th percentile is air.
const AIR: f32 = 0.12;
/// How far the mask reaches over the head, pixels of 1 mm.
const DILATION: usize = 3;
/// How far the part from which percentiles are taken stays inside of it.
const EROSION: usize = 6;
/// Differences at every eighth pixel so many times the others are the blocks of a JPEG picture.
const BLOCKS: f64 = 1.5;

/// The head of a patient in one plane.
pub(super) struct HeadMask {
    /// 1 in the head, falling to 0 over its edge; 0 outside the field of any arm.
    weight: Vec<f32>,
    /// Well within the head.
    core: Vec<bool>,
    share_in_field: f64,
}

impl HeadMask {
    /// `None` where there is no head: less than 30 cm2 of signal.
    pub(super) fn of(arms: &[&PlaneImage]) -> Option<Self> {
        let mut head = vec![false; N];
        let mut field = vec![true; N];
        for arm in arms {
            for (all, own) in head.iter_mut().zip(bright(arm)?) {
                *all |= own;
            }
            for (all, &own) in field.iter_mut().zip(&arm.inside) {
                *all &= own;
            }
        }
        let head = filled(&largest(&head));
        let n_head = count(&head);
        if n_head < 3000 {
            return None;
        }
        let common: Vec<bool> = head.iter().zip(&field).map(|(a, b)| *a && *b).collect();
        let wide = grown(&head, DILATION);
        // From 1 where everything around is head to 0 at the edge of the mask.
        let soft = box_mean(&box_mean(&to_f32(&grown(&head, 1)), 1), 1);
        let weight = (0..N)
            .map(|i| if wide[i] && field[i] { soft[i] } else { 0.0 })
            .collect();
        let outside: Vec<bool> = common.iter().map(|inside| !inside).collect();
        let core = grown(&outside, EROSION).iter().map(|out| !out).collect();
        Some(Self {
            weight,
            core,
            share_in_field: count(&common) as f64 / n_head as f64,
        })
    }

    pub(super) fn share_in_field(&self) -> f64 {
        self.share_in_field
    }

    /// The plane with `outside` where there is no head.
    pub(super) fn with_outside(&self, plane: &[f32], outside: f32) -> Vec<f32> {
        let mixed = plane.iter().zip(&self.weight);
        mixed
            .map(|(&value, &weight)| match weight > 0.0 {
                true => outside + weight * (value - outside),
                false => outside,
            })
            .collect()
    }

    fn core_of(&self, plane: &[f32]) -> Vec<f32> {
        let values = plane.iter().zip(&self.core);
        values
            .filter_map(|(&v, &inside)| inside.then_some(v))
            .collect()
    }

    /// Two percentiles well within the head; `None` where they are one.
    pub(super) fn percentiles(&self, plane: &[f32], at: [f64; 2]) -> Option<[f32; 2]> {
        let ends = percentiles(&self.core_of(plane), false, at)?;
        (ends[1] > ends[0]).then_some(ends)
    }

    /// What becomes black, from well within the head, where no arm has air; and what becomes white,
    /// from all that is shown, so that as many pixels are white in each arm.
    pub(super) fn ends(&self, plane: &[f32], at: [f64; 2]) -> Option<[f32; 2]> {
        let shown = plane.iter().zip(&self.weight);
        let shown = shown.filter_map(|(&v, &weight)| (weight > 0.0).then_some(v));
        let shown: Vec<f32> = shown.collect();
        let [low] = percentiles(&self.core_of(plane), false, [at[0]])?;
        let [high] = percentiles(&shown, false, [at[1]])?;
        (high > low).then_some([low, high])
    }

    /// Why the values of a plane cannot be hidden by noise.
    pub(super) fn coarseness(&self, plane: &PlaneImage) -> Option<String> {
        let mut values = self.core_of(&plane.data);
        values.sort_unstable_by(f32::total_cmp);
        values.dedup();
        if values.len() < FEWEST_VALUES {
            return Some(format!(
                "the head has {} different values, and needs {FEWEST_VALUES}: the steps between \
                 them would tell the arm",
                values.len()
            ));
        }
        let [across, down] = [1, PLANE_SIZE].map(|step| self.blockiness(&plane.data, step));
        (across > BLOCKS && down > BLOCKS).then(|| {
            format!(
                "neighbours differ {across:.1} and {down:.1} times as much at every eighth pixel \
                 as elsewhere, as in a JPEG picture: its blocks would tell the arm"
            )
        })
    }

    /// The largest mean difference of neighbours at one of eight phases over their median.
    fn blockiness(&self, plane: &[f32], step: usize) -> f64 {
        let mut sums = [(0.0_f64, 0_u32); 8];
        for at in 0..N - step {
            if self.core[at] && self.core[at + step] {
                let phase = if step == 1 {
                    at % PLANE_SIZE
                } else {
                    at / PLANE_SIZE
                } % 8;
                sums[phase].0 += f64::from((plane[at + step] - plane[at]).abs());
                sums[phase].1 += 1;
            }
        }
        let mut means = sums.map(|(sum, n)| sum / f64::from(n.max(1)));
        means.sort_unstable_by(f64::total_cmp);
        if means[4] > 0.0 {
            means[7] / means[4]
        } else {
            1.0
        }
    }

    /// How near a plane is to its original, after the best line, in the whole head.
    pub(super) fn psnr_db(&self, original: &[f32], made: &[f32], peak: f32, noise_sd: f32) -> f64 {
        let pairs: Vec<(f64, f64)> = (0..N)
            .filter(|&i| self.core[i])
            .map(|i| (f64::from(original[i]), f64::from(made[i])))
            .collect();
        let n = pairs.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (x, y) = (mean(|p| p.0), mean(|p| p.1));
        let [mut xx, mut xy, mut yy] = [0.0; 3];
        for pair in &pairs {
            xx += (pair.0 - x).powi(2);
            xy += (pair.0 - x) * (pair.1 - y);
            yy += (pair.1 - y).powi(2);
        }
        let left = (yy - xy * xy / xx) / n + f64::from(noise_sd).powi(2);
        10.0 * (f64::from(peak).powi(2) / left).log10()
    }
}

/// Where there is signal, of a plane slightly smoothed; `None` for an empty one.
fn bright(plane: &PlaneImage) -> Option<Vec<bool>> {
    let smooth = box_mean(&plane.data, 1);
    let [top] = percentiles(&smooth, true, [0.97])?;
    Some(smooth.iter().map(|&v| v > AIR * top).collect())
}

fn to_f32(mask: &[bool]) -> Vec<f32> {
    mask.iter()
        .map(|&inside| f32::from(u8::from(inside)))
        .collect()
}

fn count(mask: &[bool]) -> usize {
    mask.iter().filter(|inside| **inside).count()
}

/// The neighbours of a pixel across and down.
fn neighbours(at: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (at % PLANE_SIZE, at / PLANE_SIZE);
    [
        (x > 0).then(|| at - 1),
        (x + 1 < PLANE_SIZE).then(|| at + 1),
        (y > 0).then(|| at - PLANE_SIZE),
        (y + 1 < PLANE_SIZE).then(|| at + PLANE_SIZE),
    ]
    .into_iter()
    .flatten()
}

/// Everything that can be reached from `start` over pixels of `of`.
fn reached(start: Vec<usize>, of: &[bool]) -> Vec<bool> {
    let mut seen = vec![false; N];
    let mut waiting = start;
    while let Some(at) = waiting.pop() {
        if of[at] && !seen[at] {
            seen[at] = true;
            waiting.extend(neighbours(at));
        }
    }
    seen
}

fn largest(mask: &[bool]) -> Vec<bool> {
    let mut left = mask.to_vec();
    let mut best = vec![false; N];
    let mut most = 0;
    for at in 0..N {
        if left[at] {
            let part = reached(vec![at], &left);
            for (left, part) in left.iter_mut().zip(&part) {
                *left &= !part;
            }
            let n = count(&part);
            if n > most {
                (most, best) = (n, part);
            }
        }
    }
    best
}

/// With its holes: all that the border of the picture does not reach.
fn filled(mask: &[bool]) -> Vec<bool> {
    let outside: Vec<bool> = mask.iter().map(|inside| !inside).collect();
    let last = PLANE_SIZE - 1;
    let is_border = |at: &usize| {
        [0, last].contains(&(at % PLANE_SIZE)) || [0, last].contains(&(at / PLANE_SIZE))
    };
    let reached = reached((0..N).filter(is_border).collect(), &outside);
    reached.iter().map(|outside| !outside).collect()
}

fn grown(mask: &[bool], pixels: usize) -> Vec<bool> {
    let mut grown = mask.to_vec();
    for _ in 0..pixels {
        let before = grown.clone();
        for at in (0..N).filter(|&at| before[at]) {
            for near in neighbours(at) {
                grown[near] = true;
            }
        }
    }
    grown
}

/// The mean of the square of pixels around each; what is outside of the plane is left out.
fn box_mean(plane: &[f32], reach: usize) -> Vec<f32> {
    let mean_along = |plane: &[f32], step: usize| -> Vec<f32> {
        (0..N)
            .map(|at| {
                let place = if step == 1 {
                    at % PLANE_SIZE
                } else {
                    at / PLANE_SIZE
                };
                let from = place.saturating_sub(reach);
                let to = (place + reach).min(PLANE_SIZE - 1);
                let first = at - (place - from) * step;
                let sum: f32 = (0..=to - from).map(|i| plane[first + i * step]).sum();
                sum / (to - from + 1) as f32
            })
            .collect()
    };
    mean_along(&mean_along(plane, 1), PLANE_SIZE)
}
