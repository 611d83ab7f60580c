//! How often each value occurs in a scan, and where its background ends.

use super::Volume;
use super::window::percentiles;
use rayon::prelude::*;

/// Bins of a histogram.
pub const HISTOGRAM_BINS: usize = 256;

/// Where a few voxels lie farther off than this many times what 99.8 % of the values span, the bins
/// leave them out, so that they do not all fall into one.
const FAR: f64 = 4.0;

/// How often each value occurs in a scan.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Lower end of the first bin, upper end of the last. All bins are equally wide.
    pub range: [f64; 2],
    /// Finite values in each bin. What lies on the edge of two counts in the upper one, the last end in
    /// the last bin.
    pub counts: Vec<u64>,
    /// Finite values below the first bin and above the last.
    pub n_beyond: [u64; 2],
    /// Values that are not a number, or infinite.
    pub n_not_finite: u64,
    /// The least and the greatest finite value.
    pub ends: [f32; 2],
}

impl Histogram {
    /// Of all voxels; `None` where none has a finite value. For a job: it takes some passes.
    ///
    /// The bins go from the least value to the greatest, unless a few voxels lie far off: then from the
    /// 0.1st to the 99.9th percentile and a quarter of that further on both sides.
    #[must_use]
    pub fn of(volume: &Volume) -> Option<Self> {
        let values = volume.values();
        let [least, low, high, greatest] = percentiles(values, false, [0.0, 0.001, 0.999, 1.0])?;
        let range = range([least, low, high, greatest].map(f64::from));
        let scale = HISTOGRAM_BINS as f64 / (range[1] - range[0]);
        // Two more for what lies beyond the ends, and one for what is no number.
        let place = |value: f32| -> usize {
            let value = f64::from(value);
            if !value.is_finite() {
                HISTOGRAM_BINS + 2
            } else if value < range[0] {
                HISTOGRAM_BINS
            } else if value > range[1] {
                HISTOGRAM_BINS + 1
            } else {
                (((value - range[0]) * scale) as usize).min(HISTOGRAM_BINS - 1)
            }
        };
        let empty = || vec![0_u64; HISTOGRAM_BINS + 3];
        let mut counts = values
            .par_chunks(1 << 18)
            .fold(empty, |mut counts, chunk| {
                for &value in chunk {
                    counts[place(value)] += 1;
                }
                counts
            })
            .reduce(empty, |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            });
        let beyond = counts.split_off(HISTOGRAM_BINS);
        Some(Self {
            range,
            counts,
            n_beyond: [beyond[0], beyond[1]],
            n_not_finite: beyond[2],
            ends: [least, greatest],
        })
    }

    /// The value in the middle of a bin.
    #[must_use]
    pub fn middle(&self, bin: usize) -> f64 {
        let width = (self.range[1] - self.range[0]) / self.counts.len() as f64;
        self.range[0] + (bin as f64 + 0.5) * width
    }

    /// Otsu's threshold: the end of the bin that parts the values into two classes whose means lie
    /// farthest apart, weighed by how many there are (Otsu 1979; scikit-image takes the middle of that bin).
    /// From it on is what is brighter than the background. `None` where all values fall into one bin.
    #[must_use]
    pub fn otsu(&self) -> Option<f64> {
        let n_all: f64 = self.counts.iter().map(|&n| n as f64).sum();
        let sum_all: f64 = (0..self.counts.len())
            .map(|bin| self.counts[bin] as f64 * self.middle(bin))
            .sum();
        let (mut n, mut sum) = (0.0, 0.0);
        let mut best: Option<(f64, usize)> = None;
        for (bin, &count) in self.counts.iter().enumerate() {
            n += count as f64;
            sum += count as f64 * self.middle(bin);
            let rest = n_all - n;
            if n == 0.0 || rest == 0.0 {
                continue;
            }
            let between = n * rest * (sum / n - (sum_all - sum) / rest).powi(2);
            if best.is_none_or(|(most, _)| between > most) {
                best = Some((between, bin));
            }
        }
        best.map(|(_, bin)| (self.middle(bin) + self.middle(bin + 1)) / 2.0)
    }
}

/// From where to where the bins go; `least` and `greatest` are the ends, the others the percentiles.
fn range([least, low, high, greatest]: [f64; 4]) -> [f64; 2] {
    if least == greatest {
        return [least - 0.5, greatest + 0.5];
    }
    let most = high - low;
    if most > 0.0 && greatest - least > FAR * most {
        let further = most / 4.0;
        return [least.max(low - further), greatest.min(high + further)];
    }
    [least, greatest]
}
