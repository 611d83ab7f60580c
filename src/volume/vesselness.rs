//! Frangi's vesselness: how much a place looks like a bright or a dark tube (Frangi and others 1998).
//!
//! The scan is smoothed by a Gaussian, its second derivatives are central differences of central
//! differences, as in the implementations that studies of perivascular spaces used (Kroon's for
//! MATLAB, and that of scikit-image before derivatives of Gaussians came), and the eigenvalues of
//! the Hessian times sigma squared say whether a tube runs there. Lengths are mm, so that voxels may
//! be longer along one axis.

use super::{Volume, VolumeError};
use rayon::prelude::*;

/// How vesselness is computed. Spread and width of tubes are in mm.
#[derive(Clone, Debug, PartialEq)]
pub struct Vesselness {
    /// Standard deviations of the Gaussians, mm; the largest answer of all counts.
    pub sigmas_mm: Vec<f64>,
    /// How strongly plates are held back: alpha of the paper.
    pub alpha: f64,
    /// How strongly blobs are held back: beta of the paper.
    pub beta: f64,
    /// What counts as structure, in the scan's units: c of the paper.
    pub structure: f64,
    /// Whether tubes are darker than what is around them, as perivascular spaces on T1.
    pub is_dark: bool,
}

impl Vesselness {
    /// Sigmas of 0.4, 0.6 and 0.8 mm and alpha and beta of one half, as for the digital phantom of
    /// perivascular spaces by Bernal and others 2022. Their structure of 500 is 1.25 times the signal
    /// of white matter; `structure_of_white` of 0.08 is what finds faint ones.
    #[must_use]
    pub fn published(white: f64, structure_of_white: f64, is_dark: bool) -> Self {
        Self {
            sigmas_mm: vec![0.4, 0.6, 0.8],
            alpha: 0.5,
            beta: 0.5,
            structure: structure_of_white * white,
            is_dark,
        }
    }

    /// The vesselness of each voxel, 0 to 1. What is no number counts as 0.
    ///
    /// # Errors
    /// None that the scan's own grid would not have given.
    ///
    /// # Panics
    /// Without sigmas, and for sigmas and parameters that are not above 0.
    pub fn of(&self, scan: &Volume) -> Result<Volume, VolumeError> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        assert!(!self.sigmas_mm.is_empty(), "no sigma");
        let parameters = [self.alpha, self.beta, self.structure];
        let mut numbers = self.sigmas_mm.iter().copied().chain(parameters);
        assert!(numbers.all(positive), "{self:?}");
        let dims = scan.grid().dims();
        let spacing_mm = scan.grid().spacing_mm();
        let finite = |&value: &f32| if value.is_finite() { value } else { 0.0 };
        let values: Vec<f32> = scan.values().par_iter().map(finite).collect();
        let mut most = vec![0.0; values.len()];
        for &sigma_mm in &self.sigmas_mm {
            let smooth = smoothed(&values, dims, spacing_mm.map(|mm| sigma_mm / mm));
            self.raise(&smooth, dims, spacing_mm, sigma_mm, &mut most);
        }
        Ok(Volume::new(scan.grid().clone(), most)?.with_orientation(scan.orientation()))
    }

    /// Raises each voxel to the vesselness at one scale, where that is more.
    fn raise(
        &self,
        smooth: &[f32],
        dims: [usize; 3],
        spacing_mm: [f64; 3],
        sigma_mm: f64,
        most: &mut [f32],
    ) {
        let [nx, ny, _] = dims;
        let taps = [0, 1, 2].map(|axis| Taps::new(dims[axis], spacing_mm[axis]));
        let sign = if self.is_dark { 1.0 } else { -1.0 };
        let scale = sign * sigma_mm * sigma_mm;
        let rows = most.par_chunks_mut(nx).enumerate();
        rows.for_each(|(row, most)| {
            let [j, k] = [row % ny, row / ny];
            for (i, most) in most.iter_mut().enumerate() {
                let hessian = hessian(smooth, [nx, ny], &taps, [i, j, k]).map(|h| scale * h);
                // Across a tube the signal curves one way, and along it hardly at all.
                if hessian[0] + hessian[1] + hessian[2] > 0.0 {
                    *most = most.max(self.answer(eigenvalues(hessian)) as f32);
                }
            }
        });
    }

    /// Of eigenvalues of the Hessian, of which positive ones are those across a tube.
    fn answer(&self, eigenvalues: [f64; 3]) -> f64 {
        let mut sorted = eigenvalues;
        sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let [along, across, most] = sorted;
        if across <= 0.0 || most <= 0.0 {
            return 0.0;
        }
        let plate = across / most;
        let blob_squared = along * along / (across * most);
        let size_squared = along * along + across * across + most * most;
        let bell = |squared: f64, width: f64| (-squared / (2.0 * width * width)).exp();
        (1.0 - bell(plate * plate, self.alpha))
            * bell(blob_squared, self.beta)
            * (1.0 - bell(size_squared, self.structure))
    }
}

/// Weights of the neighbours along one axis, for each place on it: central differences inside,
/// one-sided ones at the ends.
struct Taps {
    /// How many places there are.
    n: usize,
    /// Of a neighbour inside: 0.5 / mm.
    inside: f64,
    /// Of the places one before to one after.
    first: Vec<[f64; 3]>,
    /// Of the places two before to two after: the same differences twice.
    second: Vec<[f64; 5]>,
}

impl Taps {
    fn new(n: usize, mm: f64) -> Self {
        let first: Vec<[f64; 3]> = (0..n)
            .map(|at| match (at, n) {
                (_, 1) => [0.0; 3],
                (0, _) => [0.0, -1.0 / mm, 1.0 / mm],
                (at, n) if at + 1 == n => [-1.0 / mm, 1.0 / mm, 0.0],
                _ => [-0.5 / mm, 0.0, 0.5 / mm],
            })
            .collect();
        let second = (0..n).map(|at| {
            let mut taps = [0.0; 5];
            for (step, weight) in first[at].into_iter().enumerate() {
                let Some(there) = (at + step).checked_sub(1).filter(|&there| there < n) else {
                    continue;
                };
                for (next, inner) in first[there].into_iter().enumerate() {
                    taps[step + next] += weight * inner;
                }
            }
            taps
        });
        let second = second.collect();
        Self {
            n,
            inside: 0.5 / mm,
            first,
            second,
        }
    }
}

/// Second derivatives xx, yy, zz, xy, xz, yz at a voxel.
fn hessian(smooth: &[f32], [nx, ny]: [usize; 2], taps: &[Taps; 3], index: [usize; 3]) -> [f64; 6] {
    let steps = [1, nx, nx * ny];
    let here = index[0] + nx * index[1] + nx * ny * index[2];
    // Weights beyond the ends are 0; what they are of must not be looked at.
    let value = |offset: isize| f64::from(smooth[here.wrapping_add_signed(offset)]);
    if (0..3).all(|axis| (2..taps[axis].n.max(2) - 2).contains(&index[axis])) {
        return inner_hessian(value, steps.map(|step| step as isize), taps);
    }
    let twice = |axis: usize| -> f64 {
        let taps = &taps[axis].second[index[axis]];
        let of = (-2..=2).zip(taps).filter(|(_, weight)| **weight != 0.0);
        of.map(|(step, weight)| weight * value(step * steps[axis] as isize))
            .sum()
    };
    let mixed = |a: usize, b: usize| -> f64 {
        let mut sum = 0.0;
        for (step_a, weight_a) in (-1..=1).zip(taps[a].first[index[a]]) {
            if weight_a == 0.0 {
                continue;
            }
            for (step_b, weight_b) in (-1..=1).zip(taps[b].first[index[b]]) {
                if weight_b != 0.0 {
                    let offset = step_a * steps[a] as isize + step_b * steps[b] as isize;
                    sum += weight_a * weight_b * value(offset);
                }
            }
        }
        sum
    };
    [
        twice(0),
        twice(1),
        twice(2),
        mixed(0, 1),
        mixed(0, 2),
        mixed(1, 2),
    ]
}

/// The same where all neighbours are inside.
fn inner_hessian(value: impl Fn(isize) -> f64, steps: [isize; 3], taps: &[Taps; 3]) -> [f64; 6] {
    let middle = 2.0 * value(0);
    let twice = |axis: usize| {
        let far = 2 * steps[axis];
        taps[axis].inside.powi(2) * (value(far) - middle + value(-far))
    };
    let mixed = |a: usize, b: usize| {
        let (same, other) = (steps[a] + steps[b], steps[a] - steps[b]);
        let sum = value(same) + value(-same) - value(other) - value(-other);
        taps[a].inside * taps[b].inside * sum
    };
    [
        twice(0),
        twice(1),
        twice(2),
        mixed(0, 1),
        mixed(0, 2),
        mixed(1, 2),
    ]
}

/// Eigenvalues of a symmetric matrix xx, yy, zz, xy, xz, yz, by the cosines of its characteristic
/// polynomial (Smith 1961).
fn eigenvalues([xx, yy, zz, xy, xz, yz]: [f64; 6]) -> [f64; 3] {
    let off = xy * xy + xz * xz + yz * yz;
    let mean = (xx + yy + zz) / 3.0;
    let [dx, dy, dz] = [xx - mean, yy - mean, zz - mean];
    let spread = ((dx * dx + dy * dy + dz * dz + 2.0 * off) / 6.0).sqrt();
    if spread <= f64::EPSILON * mean.abs() {
        return [mean; 3];
    }
    let [a, b, c] = [dx, dy, dz].map(|d| d / spread);
    let [d, e, f] = [xy, xz, yz].map(|d| d / spread);
    let determinant = a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e);
    let angle = (determinant / 2.0).clamp(-1.0, 1.0).acos() / 3.0;
    let first = mean + 2.0 * spread * angle.cos();
    let third = mean + 2.0 * spread * (angle + 2.0 * std::f64::consts::FRAC_PI_3).cos();
    [first, 3.0 * mean - first - third, third]
}

/// A volume under a Gaussian of these standard deviations in voxels, cut off at four of them; what is
/// outside is as at the edge.
pub(crate) fn smoothed(values: &[f32], dims: [usize; 3], sigmas: [f64; 3]) -> Vec<f32> {
    let [nx, ny, nz] = dims;
    let [kernel_x, kernel_y, kernel_z] = sigmas.map(gaussian);
    // Along x and y slice by slice, then along z.
    let mut inside = vec![0.0; values.len()];
    let slices = inside
        .par_chunks_mut(nx * ny)
        .zip(values.par_chunks(nx * ny));
    slices.for_each(|(out, slice)| {
        let mut across = vec![0.0; nx * ny];
        for (out, row) in across.chunks_mut(nx).zip(slice.chunks(nx)) {
            convolve_row(row, &kernel_x, out);
        }
        for (j, out) in out.chunks_mut(nx).enumerate() {
            sum_rows(&kernel_y, j, ny, out, |at| &across[nx * at..][..nx]);
        }
    });
    let mut all = vec![0.0; values.len()];
    all.par_chunks_mut(nx * ny)
        .enumerate()
        .for_each(|(k, out)| {
            sum_rows(&kernel_z, k, nz, out, |at| {
                &inside[nx * ny * at..][..nx * ny]
            });
        });
    all
}

/// Half a Gaussian: the weights of the middle and of each step away from it.
fn gaussian(sigma: f64) -> Vec<f32> {
    let radius = (4.0 * sigma + 0.5) as usize;
    let weight = |step: usize| (-0.5 * (step as f64 / sigma).powi(2)).exp();
    let sum: f64 = (0..=radius)
        .map(|step| weight(step) * if step == 0 { 1.0 } else { 2.0 })
        .sum();
    (0..=radius)
        .map(|step| (weight(step) / sum) as f32)
        .collect()
}

fn convolve_row(row: &[f32], kernel: &[f32], out: &mut [f32]) {
    let n = row.len();
    let radius = kernel.len() - 1;
    let inside = radius.min(n)..n.saturating_sub(radius).max(radius.min(n));
    for at in (0..inside.start).chain(inside.end..n) {
        let near = (1..=radius).map(|step| {
            kernel[step] * (row[at.saturating_sub(step)] + row[(at + step).min(n - 1)])
        });
        out[at] = kernel[0] * row[at] + near.sum::<f32>();
    }
    for at in inside {
        let mut sum = kernel[0] * row[at];
        for step in 1..=radius {
            sum += kernel[step] * (row[at - step] + row[at + step]);
        }
        out[at] = sum;
    }
}

/// A weighted sum of rows (or slices) around the one at `at` of `n`.
fn sum_rows<'a>(
    kernel: &[f32],
    at: usize,
    n: usize,
    out: &mut [f32],
    row: impl Fn(usize) -> &'a [f32],
) {
    for (out, value) in out.iter_mut().zip(row(at)) {
        *out = kernel[0] * value;
    }
    for (step, weight) in kernel.iter().enumerate().skip(1) {
        let (before, after) = (row(at.saturating_sub(step)), row((at + step).min(n - 1)));
        for ((out, before), after) in out.iter_mut().zip(before).zip(after) {
            *out += weight * (before + after);
        }
    }
}
