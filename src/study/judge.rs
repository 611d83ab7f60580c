//! How well numbers tell the arm of a picture: a file tool's, those of its noise, and those of what
//! an eye sees.
//!
//! A logistic regression learns from some patients which numbers go with the reference, and is
//! asked about the others. Where it does not do better than chance, a person with such a tool would
//! not either.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use nalgebra::{DMatrix, DVector};

use super::CaseImage;
use crate::volume::PLANE_SIZE;

/// How well one kind of numbers tells the reference from the other arms of the same patient.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Which kind.
    pub what: &'static str,
    /// The share of pairs of a reference and another image of one patient in which the reference
    /// got the higher score, for patients that nothing was learned from; 0.5 tells nothing, and
    /// below it is as telling as above.
    pub auroc: f64,
    /// Of it, from patient to patient.
    pub standard_error: f64,
    /// Patients with both.
    pub n_patients: usize,
}

type Measure = fn(&[u8]) -> Vec<f64>;

/// What is measured: what any file tool can count, what forensics looks at, what a person can see.
const KINDS: [(&str, Measure); 3] = [
    ("what a file tool counts", counted),
    ("statistics of the noise", residuals),
    ("what an eye sees (blur, contrast)", look),
];

const N_FOLDS: usize = 10;
/// Keeps weights finite where numbers separate the arms.
const RIDGE: f64 = 1.0;

/// Judges the pictures of a study: each with its patient and whether it is of the reference. Kinds
/// that nothing can be said of (fewer than four patients with both) are left out.
#[must_use]
pub fn judge(pictures: &[(&str, bool, &CaseImage)]) -> Vec<Judgement> {
    KINDS
        .iter()
        .filter_map(|(what, measure)| {
            let features: Vec<Vec<f64>> = pictures
                .iter()
                .map(|(_, _, image)| [measure(&image.axial), measure(&image.sagittal)].concat())
                .collect();
            judged(what, pictures, &features)
        })
        .collect()
}

fn judged(
    what: &'static str,
    pictures: &[(&str, bool, &CaseImage)],
    features: &[Vec<f64>],
) -> Option<Judgement> {
    let mut of_patient: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (patient, _, _)) in pictures.iter().enumerate() {
        of_patient.entry(patient).or_default().push(at);
    }
    let is_reference = |at: &usize| pictures[*at].1;
    of_patient.retain(|_, of| of.iter().any(is_reference) && !of.iter().all(is_reference));
    let patients: Vec<Vec<usize>> = of_patient.into_values().collect();
    if patients.len() < 4 {
        return None;
    }
    let n_folds = N_FOLDS.min(patients.len());
    let mut shares = Vec::with_capacity(patients.len());
    for fold in 0..n_folds {
        let in_fold = |(at, _): &(usize, &Vec<usize>)| at % n_folds == fold;
        let numbered = || patients.iter().enumerate();
        let learn: Vec<usize> = numbered()
            .filter(|patient| !in_fold(patient))
            .flat_map(|(_, of)| of.iter().copied())
            .collect();
        let labels: Vec<bool> = learn.iter().map(is_reference).collect();
        let learnt: Vec<&Vec<f64>> = learn.iter().map(|&at| &features[at]).collect();
        let score = logistic(&learnt, &labels);
        for (_, of) in numbered().filter(in_fold) {
            let (real, other): (Vec<usize>, Vec<usize>) =
                of.iter().partition(|at| is_reference(at));
            let mut wins = 0.0;
            for &a in &real {
                for &b in &other {
                    let (a, b) = (score(&features[a]), score(&features[b]));
                    wins += if a > b { 1.0 } else { 0.0 };
                    wins += if a == b { 0.5 } else { 0.0 };
                }
            }
            shares.push(wins / (real.len() * other.len()) as f64);
        }
    }
    let n = shares.len() as f64;
    let auroc = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|x| (x - auroc).powi(2)).sum::<f64>() / (n - 1.0);
    Some(Judgement {
        what,
        auroc,
        standard_error: (variance / n).sqrt(),
        n_patients: shares.len(),
    })
}

/// Logistic regression with a ridge on standardised features, by Newton's method.
fn logistic(features: &[&Vec<f64>], labels: &[bool]) -> impl Fn(&[f64]) -> f64 + use<> {
    let (n, width) = (features.len(), features[0].len());
    let mean: Vec<f64> = (0..width)
        .map(|j| features.iter().map(|f| f[j]).sum::<f64>() / n as f64)
        .collect();
    let sd: Vec<f64> = (0..width)
        .map(|j| {
            let sum: f64 = features.iter().map(|f| (f[j] - mean[j]).powi(2)).sum();
            (sum / n as f64).sqrt().max(1e-12)
        })
        .collect();
    let standard = move |f: &[f64], j: usize| (f[j] - mean[j]) / sd[j];
    let x = DMatrix::from_fn(n, width + 1, |i, j| match j {
        0 => 1.0,
        _ => standard(features[i], j - 1),
    });
    let y = DVector::from_fn(n, |i, _| f64::from(u8::from(labels[i])));
    let mut weights = DVector::zeros(width + 1);
    for _ in 0..25 {
        let p = (&x * &weights).map(|v: f64| 1.0 / (1.0 + (-v).exp()));
        let gradient = x.transpose() * (&y - &p) - &weights * RIDGE;
        let spread = DMatrix::from_fn(n, width + 1, |i, j| x[(i, j)] * p[i] * (1.0 - p[i]));
        let hessian = x.transpose() * spread + DMatrix::identity(width + 1, width + 1) * RIDGE;
        let Some(step) = hessian.cholesky().map(|of| of.solve(&gradient)) else {
            break;
        };
        let is_done = step.norm() < 1e-8;
        weights += step;
        if is_done {
            break;
        }
    }
    move |f: &[f64]| (0..f.len()).map(|j| weights[j + 1] * standard(f, j)).sum()
}

fn histogram(plane: &[u8]) -> [u32; 256] {
    let mut counts = [0_u32; 256];
    for &value in plane {
        counts[usize::from(value)] += 1;
    }
    counts
}

/// Which values there are, the ends, the low bits.
fn counted(plane: &[u8]) -> Vec<f64> {
    let counts = histogram(plane);
    let n = plane.len() as f64;
    let share = |of: u32| f64::from(of) / n;
    let used: Vec<usize> = (0..256).filter(|&v| counts[v] > 0).collect();
    let (low, high) = (used[0], used[used.len() - 1]);
    // Pairs of values that differ in the lowest bit (Westfeld and Pfitzmann's chi-square).
    let pairs: f64 = counts
        .chunks(2)
        .filter(|pair| pair[0] + pair[1] > 0)
        .map(|pair| {
            let (a, b) = (f64::from(pair[0]), f64::from(pair[1]));
            (a - b).powi(2) / (a + b)
        })
        .sum();
    let low_bits = plane.iter().filter(|&&value| value & 1 == 1).count() as f64 / n;
    let changes = plane.windows(2).filter(|two| (two[0] ^ two[1]) & 1 == 1);
    let packed: Vec<u8> = plane
        .chunks(8)
        .map(|eight| eight.iter().fold(0, |byte, value| byte << 1 | value & 1))
        .collect();
    let comb: f64 = counts
        .windows(3)
        .map(|three| (share(three[1]) - 0.5 * (share(three[0]) + share(three[2]))).abs())
        .sum();
    vec![
        used.len() as f64,
        (high - low + 1 - used.len()) as f64,
        low as f64,
        high as f64,
        share(counts[0]),
        share(counts[255]),
        pairs.ln_1p(),
        low_bits,
        changes.count() as f64 / n,
        comb,
        compressed(&packed) as f64,
    ]
}

fn compressed(plane: &[u8]) -> usize {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(plane);
    encoder.finish().map_or(0, |bytes| bytes.len())
}

/// What is left at a pixel, and at those to its right and below.
type Residual = (f64, [f64; 2]);

/// What is left when a picture is predicted from its neighbours, in the head and outside of it.
fn residuals(plane: &[u8]) -> Vec<f64> {
    let mut parts: [Vec<Residual>; 2] = [Vec::new(), Vec::new()];
    let at = |x: usize, y: usize| f64::from(plane[y * PLANE_SIZE + x]);
    let cross = |x: usize, y: usize| at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
    let residual = |x: usize, y: usize| {
        let corners = at(x - 1, y - 1) + at(x + 1, y - 1) + at(x - 1, y + 1) + at(x + 1, y + 1);
        4.0 * at(x, y) - 2.0 * cross(x, y) + corners
    };
    for y in 1..PLANE_SIZE - 2 {
        for x in 1..PLANE_SIZE - 2 {
            let is_head = cross(x, y) > 4.0 * 50.0;
            let own = residual(x, y);
            let beside = [residual(x + 1, y), residual(x, y + 1)];
            parts[usize::from(is_head)].push((own, beside));
        }
    }
    parts
        .iter()
        .flat_map(|part| {
            let n = part.len().max(1) as f64;
            let mean = |of: fn(&Residual) -> f64| part.iter().map(of).sum::<f64>() / n;
            let variance = mean(|(own, _)| own * own).max(1e-9);
            let small = mean(|(own, _)| f64::from(u8::from(own.abs() < 4.0)));
            vec![
                variance.ln(),
                mean(|(own, _)| own.powi(4)) / variance.powi(2),
                mean(|(own, beside)| own * beside[0]) / variance,
                mean(|(own, beside)| own * beside[1]) / variance,
                small,
            ]
        })
        .collect()
}

/// Sharpness, brightness and contrast of the picture, slightly blurred; and what follows from its
/// brightness: how well it packs, as even tissue does, and the share of the most frequent value. Only
/// a common histogram for all arms would hide these, and would change what is graded.
fn look(plane: &[u8]) -> Vec<f64> {
    let blurred = |x: usize, y: usize| -> f64 {
        let rows = y - 1..=y + 1;
        let sum: u32 = rows
            .flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)))
            .map(|(x, y)| u32::from(plane[y * PLANE_SIZE + x]))
            .sum();
        f64::from(sum) / 9.0
    };
    let (mut sum, mut squares, mut slope, mut n) = (0.0, 0.0, 0.0, 0.0_f64);
    for y in 1..PLANE_SIZE - 2 {
        for x in 1..PLANE_SIZE - 2 {
            let value = blurred(x, y);
            if value > 50.0 {
                slope += (blurred(x + 1, y) - value).hypot(blurred(x, y + 1) - value);
                (sum, squares, n) = (sum + value, squares + value * value, n + 1.0);
            }
        }
    }
    let n = n.max(1.0);
    let mean = sum / n;
    let most = histogram(plane).into_iter().max().unwrap_or(0);
    vec![
        mean,
        (squares / n - mean * mean).max(0.0).sqrt(),
        slope / n,
        compressed(plane) as f64,
        f64::from(most) / plane.len() as f64,
    ]
}
