//! How far a predicted image is from the real one.

use super::{PLANE_SIZE, PlaneImage, PlanePair, Volume};
use nalgebra::Point3;
use rayon::prelude::*;
use serde::Serialize;

/// Why two images could not be compared.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CompareError {
    /// No voxel of the real scan lies inside the predicted one with a finite value in both.
    #[error("the two scans do not overlap in world space")]
    NoOverlap,
    /// A plane misses one of the volumes.
    #[error("the {0} plane lies outside one of the scans")]
    PlaneOutside(&'static str),
}

/// Differences between a real and a predicted image.
///
/// PSNR and SSIM use the range (largest less smallest value) of the real image within the
/// overlap. SSIM (Wang 2004) is that of scikit-image's `structural_similarity` with its
/// defaults: a uniform window of 7 along each axis, sample covariance, K1 = 0.01, K2 = 0.03,
/// mean over the windows that lie wholly within the overlap.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImageMetrics {
    /// Voxels or pixels compared.
    pub n: u64,
    /// Share of the real image's voxels that were compared.
    pub overlap: f64,
    /// Mean squared error, in squared units of the scan.
    pub mse: f64,
    /// Mean absolute error, in units of the scan.
    pub mae: f64,
    /// Peak signal-to-noise ratio in dB; `None` where the images are equal (infinite) or the real
    /// one is constant.
    pub psnr_db: Option<f64>,
    /// Structural similarity, at most 1; `None` where no whole window fits into the overlap or
    /// the real image is constant.
    pub ssim: Option<f64>,
    /// Largest absolute difference, in units of the scan.
    pub max_abs: f64,
}

/// [`ImageMetrics`] of an axial and a sagittal plane and of both together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlaneMetrics {
    /// The axial plane.
    pub axial: ImageMetrics,
    /// The sagittal plane.
    pub sagittal: ImageMetrics,
    /// Both planes' pixels together; SSIM is the mean of the two.
    pub pair: ImageMetrics,
}

/// Compares a predicted scan with the real one on the real scan's grid, over the voxels that lie
/// inside both and are finite in both. The predicted scan is sampled trilinearly at the real
/// voxels' places in the world.
///
/// # Errors
/// Where the scans do not overlap.
pub fn compare(real: &Volume, predicted: &Volume) -> Result<ImageMetrics, CompareError> {
    let pairs = Pairs::on_real_grid(real, predicted);
    pairs.metrics().ok_or(CompareError::NoOverlap)
}

/// Compares the axial and the sagittal plane of both scans, each scaled to 0..1 by itself.
///
/// # Errors
/// Where a plane misses one of the scans.
pub fn compare_planes(
    real: &PlanePair,
    predicted: &PlanePair,
) -> Result<PlaneMetrics, CompareError> {
    let one = |name, real: &PlaneImage, predicted: &PlaneImage| {
        let pairs = Pairs::of_planes(real, predicted);
        let metrics = pairs.metrics().ok_or(CompareError::PlaneOutside(name))?;
        Ok((pairs, metrics))
    };
    let (axial_pairs, axial) = one("axial", &real.axial, &predicted.axial)?;
    let (sagittal_pairs, sagittal) = one("sagittal", &real.sagittal, &predicted.sagittal)?;
    let sums = axial_pairs.sums().merge(sagittal_pairs.sums());
    let ssim = axial.ssim.zip(sagittal.ssim).map(|(a, s)| (a + s) / 2.0);
    let n_pixels = (2 * PLANE_SIZE * PLANE_SIZE) as f64;
    let pair = sums
        .metrics(n_pixels, ssim)
        .ok_or(CompareError::NoOverlap)?;
    Ok(PlaneMetrics {
        axial,
        sagittal,
        pair,
    })
}

/// Real and predicted values on one grid; NaN in `real` where there is nothing to compare.
struct Pairs {
    dims: [usize; 3],
    real: Vec<f32>,
    predicted: Vec<f32>,
}

impl Pairs {
    fn on_real_grid(real: &Volume, predicted: &Volume) -> Self {
        let grid = real.grid();
        let dims = grid.dims();
        let same_grid = dims == predicted.grid().dims()
            && (grid.world_from_voxel() - predicted.grid().world_from_voxel()).amax() < 1e-6;
        let predicted_from_real =
            predicted.grid().voxel_from_world() * real.grid().world_from_voxel();
        let (real, predicted): (Vec<f32>, Vec<f32>) = real
            .values()
            .par_iter()
            .enumerate()
            .map(|(at, &value)| {
                let other = if same_grid {
                    Some(predicted.values()[at])
                } else {
                    let [nx, ny, _] = dims;
                    let index = [at % nx, at / nx % ny, at / nx / ny];
                    let voxel =
                        predicted_from_real.transform_point(&Point3::from(index.map(|i| i as f64)));
                    predicted.sample_finite([voxel.x as f32, voxel.y as f32, voxel.z as f32])
                };
                match other {
                    Some(other) if value.is_finite() && other.is_finite() => (value, other),
                    _ => (f32::NAN, f32::NAN),
                }
            })
            .unzip();
        Self {
            dims,
            real,
            predicted,
        }
    }

    fn of_planes(real: &PlaneImage, predicted: &PlaneImage) -> Self {
        let both = real.inside.iter().zip(&predicted.inside);
        let masked = |data: &[f32]| {
            both.clone()
                .zip(data)
                .map(|((&a, &b), &value)| if a && b { value } else { f32::NAN })
                .collect()
        };
        Self {
            dims: [PLANE_SIZE, PLANE_SIZE, 1],
            real: masked(&real.data),
            predicted: masked(&predicted.data),
        }
    }

    fn sums(&self) -> Sums {
        self.real
            .par_chunks(1 << 15)
            .zip(self.predicted.par_chunks(1 << 15))
            .map(|(real, predicted)| {
                let mut sums = Sums::default();
                for (&real, &predicted) in real.iter().zip(predicted) {
                    if !real.is_nan() {
                        sums.add(f64::from(real), f64::from(predicted));
                    }
                }
                sums
            })
            // Collected and added in order, so that the result has the same bytes each time.
            .collect::<Vec<_>>()
            .into_iter()
            .fold(Sums::default(), Sums::merge)
    }

    fn metrics(&self) -> Option<ImageMetrics> {
        let sums = self.sums();
        let ssim = (sums.n > 0 && sums.range() > 0.0)
            .then(|| self.ssim(sums.range()))
            .flatten();
        sums.metrics(self.real.len() as f64, ssim)
    }

    /// Mean SSIM over all whole windows of 7 along each axis that is longer than one.
    fn ssim(&self, data_range: f64) -> Option<f64> {
        const SIDE: usize = 7;
        let side = self.dims.map(|n| if n == 1 { 1 } else { SIDE });
        let [nx, ny, nz] = self.dims;
        if (0..3).any(|axis| self.dims[axis] < side[axis]) {
            return None;
        }
        let n_window = side.iter().product::<usize>() as f64;
        let first_slices: Vec<usize> = (0..=nz - side[2]).collect();
        const BLOCK: usize = 16;
        let (total, count) = first_slices
            .par_chunks(BLOCK)
            .map(|block| {
                let (first, last) = (block[0], block[block.len() - 1] + side[2]);
                let planes: Vec<Vec<[f64; 6]>> = (first..last)
                    .map(|z| self.window_sums(z, side[0], side[1]))
                    .collect();
                let mut total = 0.0;
                let mut count = 0_u64;
                for start in 0..block.len() {
                    for at in 0..(nx - side[0] + 1) * (ny - side[1] + 1) {
                        let mut sums = [0.0; 6];
                        for plane in &planes[start..start + side[2]] {
                            for (sum, part) in sums.iter_mut().zip(plane[at]) {
                                *sum += part;
                            }
                        }
                        if sums[5] == n_window {
                            total += window_ssim(sums, n_window, data_range);
                            count += 1;
                        }
                    }
                }
                (total, count)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .fold((0.0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        (count > 0).then(|| total / count as f64)
    }

    /// Over each whole window of a slice: the sums of x, y, x^2, y^2, xy and of 1 where there is
    /// something to compare. In f64 the variances of 16-bit scans keep nine digits.
    fn window_sums(&self, z: usize, side_x: usize, side_y: usize) -> Vec<[f64; 6]> {
        let [nx, ny, _] = self.dims;
        let slice = z * nx * ny..(z + 1) * nx * ny;
        let (real, predicted) = (&self.real[slice.clone()], &self.predicted[slice]);
        let out_x = nx - side_x + 1;
        let out_y = ny - side_y + 1;
        let mut across = vec![[0.0; 6]; out_x * ny];
        for y in 0..ny {
            let terms: Vec<[f64; 6]> = (0..nx)
                .map(|x| {
                    let real = f64::from(real[y * nx + x]);
                    if real.is_nan() {
                        return [0.0; 6];
                    }
                    let predicted = f64::from(predicted[y * nx + x]);
                    [
                        real,
                        predicted,
                        real * real,
                        predicted * predicted,
                        real * predicted,
                        1.0,
                    ]
                })
                .collect();
            for x in 0..out_x {
                across[y * out_x + x] = add_all(&terms[x..x + side_x]);
            }
        }
        let mut sums = vec![[0.0; 6]; out_x * out_y];
        for y in 0..out_y {
            for x in 0..out_x {
                let mut sum = [0.0; 6];
                for row in y..y + side_y {
                    for (sum, part) in sum.iter_mut().zip(across[row * out_x + x]) {
                        *sum += part;
                    }
                }
                sums[y * out_x + x] = sum;
            }
        }
        sums
    }
}

fn add_all(terms: &[[f64; 6]]) -> [f64; 6] {
    let mut sum = [0.0; 6];
    for term in terms {
        for (sum, part) in sum.iter_mut().zip(term) {
            *sum += part;
        }
    }
    sum
}

fn window_ssim([x, y, xx, yy, xy, _]: [f64; 6], n: f64, data_range: f64) -> f64 {
    let (c1, c2) = ((0.01 * data_range).powi(2), (0.03 * data_range).powi(2));
    let (mean_x, mean_y) = (x / n, y / n);
    let sample = n / (n - 1.0);
    let var_x = sample * (xx / n - mean_x * mean_x);
    let var_y = sample * (yy / n - mean_y * mean_y);
    let cov = sample * (xy / n - mean_x * mean_y);
    ((2.0 * mean_x * mean_y + c1) * (2.0 * cov + c2))
        / ((mean_x * mean_x + mean_y * mean_y + c1) * (var_x + var_y + c2))
}

#[derive(Clone, Copy)]
struct Sums {
    n: u64,
    squared: f64,
    absolute: f64,
    max_abs: f64,
    real_low: f64,
    real_high: f64,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            n: 0,
            squared: 0.0,
            absolute: 0.0,
            max_abs: 0.0,
            real_low: f64::INFINITY,
            real_high: f64::NEG_INFINITY,
        }
    }
}

impl Sums {
    fn add(&mut self, real: f64, predicted: f64) {
        let difference = (predicted - real).abs();
        self.n += 1;
        self.squared += difference * difference;
        self.absolute += difference;
        self.max_abs = self.max_abs.max(difference);
        self.real_low = self.real_low.min(real);
        self.real_high = self.real_high.max(real);
    }

    fn merge(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            squared: self.squared + other.squared,
            absolute: self.absolute + other.absolute,
            max_abs: self.max_abs.max(other.max_abs),
            real_low: self.real_low.min(other.real_low),
            real_high: self.real_high.max(other.real_high),
        }
    }

    fn range(self) -> f64 {
        self.real_high - self.real_low
    }

    fn metrics(self, n_in_all: f64, ssim: Option<f64>) -> Option<ImageMetrics> {
        if self.n == 0 {
            return None;
        }
        let n = self.n as f64;
        let mse = self.squared / n;
        Some(ImageMetrics {
            n: self.n,
            overlap: n / n_in_all,
            mse,
            mae: self.absolute / n,
            psnr_db: (mse > 0.0 && self.range() > 0.0)
                .then(|| 10.0 * (self.range().powi(2) / mse).log10()),
            ssim,
            max_abs: self.max_abs,
        })
    }
}
