//! Statistics over voxels.

use super::info::VoxelValue;

/// What the voxels say, over all of the file or over one volume.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) mean: Option<f64>,
    pub(super) nan_count: u64,
    pub(super) voxels: Vec<VoxelValue>,
    pub(super) trailing_not_checked: bool,
}

/// Values that are taken at once.
const BLOCK: usize = 2048;

impl Summary {
    /// Of the values of a volume.
    pub(super) fn of(values: &[f32]) -> Self {
        let mut tally = Tally::default();
        for block in values.chunks(BLOCK) {
            let block: Vec<f64> = block.iter().map(|&value| f64::from(value)).collect();
            tally.add(&block);
        }
        tally.summary()
    }
}

/// Sums over finite values.
#[derive(Default)]
pub(super) struct Tally {
    n: u64,
    nan_count: u64,
    sum: f64,
    range: Option<(f64, f64)>,
}

impl Tally {
    pub(super) fn add(&mut self, values: &[f64]) {
        if !self.add_finite(values) {
            for &value in values {
                self.nan_count += u64::from(value.is_nan());
                if value.is_finite() {
                    self.add_finite(&[value]);
                }
            }
        }
    }

    /// Adds values that are all finite, or answers that they are not (or too large to be summed
    /// together) and adds none.
    fn add_finite(&mut self, values: &[f64]) -> bool {
        // Four lanes side by side, which is how the processor adds fastest. No test of each
        // value: whatever is not finite makes the sum so.
        let (mut sums, mut lows, mut highs) =
            ([0.0; 4], [f64::INFINITY; 4], [f64::NEG_INFINITY; 4]);
        let mut add = |lane: usize, value: f64| {
            sums[lane] += value;
            lows[lane] = if value < lows[lane] {
                value
            } else {
                lows[lane]
            };
            highs[lane] = if value > highs[lane] {
                value
            } else {
                highs[lane]
            };
        };
        let (fours, rest) = values.as_chunks::<4>();
        for four in fours {
            for (lane, &value) in four.iter().enumerate() {
                add(lane, value);
            }
        }
        for &value in rest {
            add(0, value);
        }
        let sum: f64 = sums.iter().sum();
        if !sum.is_finite() {
            return false;
        }
        if !values.is_empty() {
            self.n += values.len() as u64;
            self.sum += sum;
            let (low, high) = self.range.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
            self.range = Some((
                lows.into_iter().fold(low, f64::min),
                highs.into_iter().fold(high, f64::max),
            ));
        }
        true
    }

    /// The sums of another, as if it had been added here.
    pub(super) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.nan_count += other.nan_count;
        self.sum += other.sum;
        if let Some((low, high)) = other.range {
            let (ours_low, ours_high) = self.range.unwrap_or((low, high));
            self.range = Some((low.min(ours_low), high.max(ours_high)));
        }
    }

    /// Voxels for which there is no value.
    pub(super) fn add_missing(&mut self, n_voxels: u64) {
        self.nan_count += n_voxels;
    }

    pub(super) fn summary(&self) -> Summary {
        Summary {
            min: self.range.map(|(low, _)| low),
            max: self.range.map(|(_, high)| high),
            mean: (self.n > 0).then(|| self.sum / self.n as f64),
            nan_count: self.nan_count,
            ..Summary::default()
        }
    }
}
