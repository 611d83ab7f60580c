//! What the lines of k-space that were taken make of a row of voxels: resolution, filters, ringing, and
//! a head that moved along the row.

use std::f64::consts::{PI, TAU};

/// A row of an acquisition, as its k-space has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Profile {
    /// The edge of the voxels that were measured, mm: lines reach up to half a wave of this.
    pub voxel_mm: f64,
    /// From reconstructed value to value, mm, and where the first lies.
    pub sample_mm: f64,
    pub offset_mm: f64,
    /// By how much the outermost lines are weakened: 0 rings most.
    pub filter: f64,
    /// By how much the outer lines are strengthened, to sharpen edges.
    pub sharpening: f64,
    /// Standard deviation of a Gaussian blur, mm.
    pub blur_mm: f64,
    /// How far the head went while the lines were taken from the middle outwards, mm.
    pub drift_mm: f64,
    /// The share of a second picture, and how far to either side of the first it lies, mm.
    pub ghost: Option<[f64; 2]>,
}

/// Lines of either half of k-space.
const N_LINES: usize = 32;

impl Profile {
    /// What a point gives at `mm` from it, up to a factor.
    fn at(&self, mm: f64) -> f64 {
        let outermost = 0.5 / self.voxel_mm;
        let lines = (0..N_LINES).map(|line| {
            let share = (line as f64 + 0.5) / N_LINES as f64;
            let per_mm = share * outermost;
            let quarter = (0.5 * PI * share).sin();
            let blurred = PI * per_mm * self.blur_mm;
            let weight = (1.0 - self.filter * quarter * quarter)
                * (1.0 + self.sharpening * share * share)
                * (-2.0 * blurred * blurred).exp();
            weight * (TAU * per_mm * (mm - self.drift_mm * share)).cos()
        });
        lines.sum()
    }

    /// Beyond this nothing is counted, mm.
    fn reach_mm(&self) -> f64 {
        (4.5 * self.voxel_mm + 2.0).min(15.0)
    }

    /// The shares of the voxels of 1 mm of a row in the value at a place of it, which add up to 1.
    fn value_at(&self, mm: f64) -> Vec<(i32, f64)> {
        let reach = self.reach_mm();
        let [first, last] = [(mm - reach).ceil() as i32, (mm + reach).floor() as i32];
        let mut taps: Vec<(i32, f64)> = (first..=last)
            .map(|voxel| {
                let off = mm - f64::from(voxel);
                let fade = (0.5 * PI * off / (reach + 1.0)).cos();
                (voxel, fade * fade * self.at(off))
            })
            .collect();
        let sum: f64 = taps.iter().map(|(_, weight)| weight).sum();
        for (_, weight) in &mut taps {
            *weight /= sum;
        }
        taps
    }
}

/// For every voxel of a row of 1 mm, the voxels that it is made of.
pub(super) struct Spread {
    taps: Vec<Vec<(u16, f32)>>,
    /// By what white noise on the voxels shrinks.
    pub(super) noise_kept: f32,
}

/// Shares below this are left out.
const LEAST: f64 = 2e-4;

impl Spread {
    /// For a row of `n` voxels; what lies beyond its ends is nothing.
    pub(super) fn new(profile: &Profile, n: usize) -> Self {
        let squares = profile.value_at(0.5 * n as f64);
        let squares: f64 = squares.iter().map(|(_, weight)| weight * weight).sum();
        Self {
            taps: (0..n).map(|at| taps(profile, at, n)).collect(),
            noise_kept: squares.sqrt() as f32,
        }
    }

    pub(super) fn taps(&self, at: usize) -> &[(u16, f32)] {
        &self.taps[at]
    }

    /// The first voxel and the one behind the last that some voxels are made of.
    pub(super) fn sources(&self, of: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let all = self.taps[of].iter().flatten().map(|&(voxel, _)| voxel);
        let (low, high) = all.fold((u16::MAX, 0), |(low, high), voxel| {
            (low.min(voxel), high.max(voxel + 1))
        });
        usize::from(low.min(high))..usize::from(high)
    }
}

/// The voxel is on a line between the two reconstructed values around it.
fn taps(profile: &Profile, at: usize, n: usize) -> Vec<(u16, f32)> {
    let place = (at as f64 - profile.offset_mm) / profile.sample_mm;
    let below = place.floor();
    let between = place - below;
    let mut sum = std::collections::BTreeMap::new();
    for (sample, share) in [(below, 1.0 - between), (below + 1.0, between)] {
        if share < 1e-9 {
            continue;
        }
        let mm = profile.offset_mm + profile.sample_mm * sample;
        for (voxel, weight) in profile.value_at(mm) {
            *sum.entry(voxel).or_insert(0.0) += share * weight;
        }
    }
    if let Some([share, mm]) = profile.ghost {
        for off in [-mm, mm] {
            *sum.entry((at as f64 + off).round() as i32).or_insert(0.0) += 0.5 * share;
        }
    }
    let inside =
        |&(voxel, weight): &(i32, f64)| (0..n as i32).contains(&voxel) && f64::abs(weight) > LEAST;
    let kept = sum.into_iter().filter(inside);
    kept.map(|(voxel, weight)| (voxel as u16, weight as f32))
        .collect()
}
