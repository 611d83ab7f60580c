//! The mean spectrum of each arm, and filters that bring all of them to the lowest.

use std::collections::BTreeMap;

use rustfft::{FftPlanner, num_complex::Complex};

use crate::volume::PLANE_SIZE;

const N: usize = PLANE_SIZE;
/// Rings of one step of frequency, 1/256 cycles/mm, out to the corners.
const N_RINGS: usize = 182;
/// Rings over which the spectra are averaged, to each side.
const SMOOTHING: usize = 2;

/// Sums of power by ring of frequency.
#[derive(Default)]
pub(super) struct Spectra {
    of_arm: BTreeMap<String, (Vec<f64>, usize)>,
}

/// Gains by ring of frequency, for each arm.
pub(super) struct Filters {
    of_arm: BTreeMap<String, Vec<f32>>,
}

impl Spectra {
    pub(super) fn add(&mut self, arm: &str, plane: &[f32]) {
        let entry = self.of_arm.entry(arm.to_owned());
        let (sums, n) = entry.or_insert_with(|| (vec![0.0; N_RINGS], 0));
        *n += 1;
        for (at, value) in transformed(plane).iter().enumerate() {
            sums[ring(at)] += f64::from(value.norm_sqr());
        }
    }

    /// Each arm's filter to the lowest spectrum of all, times a common fade from one frequency to
    /// another, cycles/mm. The mean of a picture is left as it is.
    pub(super) fn filters(&self, fade: Option<[f32; 2]>) -> Filters {
        let means: BTreeMap<&String, Vec<f64>> = self
            .of_arm
            .iter()
            .map(|(arm, (sums, n))| {
                let mean: Vec<f64> = sums.iter().map(|sum| sum / (*n).max(1) as f64).collect();
                (arm, smoothed(&mean))
            })
            .collect();
        let lowest = |ring: usize| {
            let powers = means.values().map(|mean| mean[ring]);
            powers.fold(f64::INFINITY, f64::min)
        };
        let gain = |mean: &Vec<f64>| -> Vec<f32> {
            (0..N_RINGS)
                .map(|ring| {
                    let own = mean[ring];
                    let gain = if ring > 0 && own > 0.0 {
                        (lowest(ring) / own).sqrt() as f32
                    } else {
                        1.0
                    };
                    gain * fade.map_or(1.0, |fade| faded(ring as f32 / N as f32, fade))
                })
                .collect()
        };
        let filters = means.iter().map(|(arm, mean)| ((*arm).clone(), gain(mean)));
        Filters {
            of_arm: filters.collect(),
        }
    }
}

impl Filters {
    /// The plane through its arm's filter; an arm that nothing was learned of stays as it is.
    pub(super) fn apply(&self, arm: &str, plane: &[f32]) -> Vec<f32> {
        let Some(gains) = self.of_arm.get(arm) else {
            return plane.to_vec();
        };
        let mut waves = transformed(plane);
        for (at, value) in waves.iter_mut().enumerate() {
            *value *= gains[ring(at)];
        }
        transform(&mut waves, true);
        let scale = 1.0 / (N * N) as f32;
        waves.iter().map(|value| value.re * scale).collect()
    }
}

/// 1 below `from`, 0 above `to`, half a cosine between.
fn faded(frequency: f32, [from, to]: [f32; 2]) -> f32 {
    let along = ((frequency - from) / (to - from)).clamp(0.0, 1.0);
    0.5 * (1.0 + (std::f32::consts::PI * along).cos())
}

fn smoothed(of: &[f64]) -> Vec<f64> {
    (0..of.len())
        .map(|at| {
            // The mean has a ring to itself.
            let from = at.saturating_sub(SMOOTHING).max(at.min(1));
            let around = &of[from..=(at + if at == 0 { 0 } else { SMOOTHING }).min(of.len() - 1)];
            around.iter().sum::<f64>() / around.len() as f64
        })
        .collect()
}

/// The ring of a coefficient, by its distance from the mean.
fn ring(at: usize) -> usize {
    let [x, y] = [at % N, at / N].map(|i| i.min(N - i) as f32);
    (x.hypot(y).round() as usize).min(N_RINGS - 1)
}

fn transformed(plane: &[f32]) -> Vec<Complex<f32>> {
    let mut waves: Vec<_> = plane.iter().map(|&v| Complex::new(v, 0.0)).collect();
    transform(&mut waves, false);
    waves
}

/// Along rows, then along columns.
fn transform(waves: &mut Vec<Complex<f32>>, back: bool) {
    let mut planner = FftPlanner::new();
    let fft = match back {
        true => planner.plan_fft_inverse(N),
        false => planner.plan_fft_forward(N),
    };
    for _ in 0..2 {
        fft.process(waves);
        *waves = (0..N * N).map(|at| waves[at % N * N + at / N]).collect();
    }
}
