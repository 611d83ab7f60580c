//! Voxels of a region in numbers.

use serde::Serialize;

/// Percentiles that are told.
pub const PERCENTILES: [f64; 7] = [1.0, 5.0, 25.0, 75.0, 90.0, 95.0, 99.0];

/// What is told of the voxels of a region. Voxels that are not a number are counted and left out of
/// all else; without any other voxel all else is `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionStatistics {
    /// Voxels in all.
    pub n_voxels: usize,
    /// Their volume by the affine's determinant, ml.
    pub volume_ml: f64,
    /// Voxels that are not a number, or infinite.
    pub n_nan: usize,
    /// Of the others.
    pub values: Option<ValueStatistics>,
}

/// Of values that are numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueStatistics {
    /// Mean.
    pub mean: f64,
    /// Standard deviation with n - 1; `None` for one value.
    pub sd: Option<f64>,
    /// Median; quantiles lie between order statistics by straight line (type 7, as NumPy's).
    pub median: f64,
    /// At [`PERCENTILES`].
    pub percentiles: [f64; 7],
    /// Least.
    pub min: f64,
    /// Greatest.
    pub max: f64,
    /// Sum.
    pub sum: f64,
}

impl RegionStatistics {
    /// Takes values apart into numbers and others.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f32>, voxel_ml: f64) -> Self {
        let mut n_voxels = 0;
        let counted = values.inspect(|_| n_voxels += 1);
        let mut numbers: Vec<f32> = counted.filter(|value| value.is_finite()).collect();
        let n_nan = n_voxels - numbers.len();
        Self {
            n_voxels,
            volume_ml: n_voxels as f64 * voxel_ml,
            n_nan,
            values: ValueStatistics::of(&mut numbers),
        }
    }
}

impl ValueStatistics {
    fn of(numbers: &mut [f32]) -> Option<Self> {
        numbers.sort_unstable_by(f32::total_cmp);
        let (first, last) = (*numbers.first()?, *numbers.last()?);
        let n = numbers.len() as f64;
        let sum: f64 = numbers.iter().map(|&value| f64::from(value)).sum();
        let mean = sum / n;
        // In a second pass, which loses no digits.
        let squares: f64 = numbers.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
        Some(Self {
            mean,
            sd: (numbers.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
            median: quantile(numbers, 0.5),
            percentiles: PERCENTILES.map(|percent| quantile(numbers, percent / 100.0)),
            min: first.into(),
            max: last.into(),
            sum,
        })
    }
}

/// Of sorted values, of which there is one at least.
fn quantile(sorted: &[f32], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let [low, high] = [sorted[below], sorted[above]].map(f64::from);
    low + (high - low) * (place - below as f64)
}

/// The median of the values that are numbers; `None` without any.
#[must_use]
pub fn median(values: impl Iterator<Item = f32>) -> Option<f64> {
    let mut numbers: Vec<f32> = values.filter(|value| value.is_finite()).collect();
    numbers.sort_unstable_by(f32::total_cmp);
    (!numbers.is_empty()).then(|| quantile(&numbers, 0.5))
}
