//! Intensity windows: which values are black and which are white.

use super::Volume;
use rayon::prelude::*;

/// The values drawn as the first and the last colour of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Drawn as the first colour.
    pub low: f32,
    /// Drawn as the last colour; above `low`.
    pub high: f32,
}

impl Window {
    /// A window from its ends, put in order and never empty.
    #[must_use]
    pub fn new(low: f32, high: f32) -> Self {
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        // The narrowest window is one that f32 can still divide by at these values.
        let narrowest = (low.abs().max(high.abs()) * 1e-5).max(f32::MIN_POSITIVE * 1e5);
        if high - low < narrowest {
            let middle = low + (high - low) / 2.0;
            return Self {
                low: middle - narrowest,
                high: middle + narrowest,
            };
        }
        Self { low, high }
    }

    /// A window from its level (middle) and width.
    #[must_use]
    pub fn from_level(level: f32, width: f32) -> Self {
        Self::new(level - width / 2.0, level + width / 2.0)
    }

    /// The middle.
    #[must_use]
    pub fn level(self) -> f32 {
        self.low + (self.high - self.low) / 2.0
    }

    /// From black to white.
    #[must_use]
    pub fn width(self) -> f32 {
        self.high - self.low
    }

    /// From the 2nd to the 98th percentile of the finite values.
    ///
    /// Zeros are left out where they are more than half of the finite values, as around a
    /// skull-stripped brain or in an overlay, where they would decide the window. Where what is
    /// left has one value only, the whole range with the zeros is taken; a constant volume gets
    /// half a unit on either side.
    #[must_use]
    pub fn auto(volume: &Volume) -> Self {
        let values = volume.values();
        let (finite, zeros) = values
            .par_iter()
            .map(|v| (u64::from(v.is_finite()), u64::from(*v == 0.0)))
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        let without_zeros = zeros * 2 > finite;
        let found = percentiles(values, without_zeros, [0.02, 0.98]);
        if let Some([low, high]) = found
            && high > low
        {
            return Self::new(low, high);
        }
        match percentiles(values, false, [0.0, 1.0]) {
            Some([low, high]) if high > low => Self::new(low, high),
            Some([value, _]) if value != 0.0 => Self::new(value - 0.5, value + 0.5),
            _ => Self::new(0.0, 1.0),
        }
    }
}

const N_BINS: usize = 1 << 12;

/// Quantiles (shares between 0 and 1) of the finite values, `None` where there is none.
///
/// A quantile is the smallest value that at least that share of the values does not exceed. It
/// is found by counting into bins twice, the second time within one bin, and is one of the
/// values, at most 2^-24 of the range away from the exact one.
#[must_use]
pub fn percentiles<const N: usize>(
    values: &[f32],
    without_zeros: bool,
    shares: [f64; N],
) -> Option<[f32; N]> {
    let counts = |v: &f32| v.is_finite() && !(without_zeros && *v == 0.0);
    let (n, low, high) = values
        .par_chunks(1 << 16)
        .map(|chunk| {
            chunk.iter().filter(|v| counts(v)).fold(
                (0_u64, f32::INFINITY, f32::NEG_INFINITY),
                |(n, low, high), &v| (n + 1, low.min(v), high.max(v)),
            )
        })
        .reduce(
            || (0, f32::INFINITY, f32::NEG_INFINITY),
            |a, b| (a.0 + b.0, a.1.min(b.1), a.2.max(b.2)),
        );
    if n == 0 {
        return None;
    }
    let range = (f64::from(low), f64::from(high));
    let coarse = histogram(values, &counts, range);
    Some(shares.map(|share| {
        let rank = ((share * n as f64).ceil() as u64).clamp(1, n);
        if rank == 1 {
            return low;
        }
        if rank == n {
            return high;
        }
        let (before, bin) = bin_of_rank(&coarse, 0, rank);
        let bin = bin_range(range, bin);
        let fine = histogram(values, &counts, bin);
        let (_, inner) = bin_of_rank(&fine, before, rank);
        smallest_within(values, &counts, bin_range(bin, inner))
    }))
}

/// The smallest value in a bin that is known to hold one, rounding of its ends aside.
fn smallest_within(
    values: &[f32],
    counts: &(impl Fn(&f32) -> bool + Sync),
    (low, high): (f64, f64),
) -> f32 {
    let slack = (high - low) * 1e-6;
    let smallest = values
        .par_chunks(1 << 16)
        .map(|chunk| {
            chunk
                .iter()
                .filter(|v| counts(v) && f64::from(**v) >= low - slack && f64::from(**v) <= high + slack)
                .fold(f32::INFINITY, |smallest, &v| smallest.min(v))
        })
        .reduce(|| f32::INFINITY, f32::min);
    if smallest.is_finite() { smallest } else { low as f32 }
}

fn bin_range((low, high): (f64, f64), bin: usize) -> (f64, f64) {
    let width = (high - low) / N_BINS as f64;
    (low + width * bin as f64, low + width * (bin + 1) as f64)
}

/// Counts the values within `range` (its upper end included) into equal bins.
fn histogram(
    values: &[f32],
    counts: &(impl Fn(&f32) -> bool + Sync),
    (low, high): (f64, f64),
) -> Vec<u64> {
    let scale = if high > low {
        N_BINS as f64 / (high - low)
    } else {
        0.0
    };
    values
        .par_chunks(1 << 18)
        .fold(
            || vec![0_u64; N_BINS],
            |mut bins, chunk| {
                for value in chunk.iter().filter(|v| counts(v)) {
                    let value = f64::from(*value);
                    if value >= low && value <= high {
                        bins[(((value - low) * scale) as usize).min(N_BINS - 1)] += 1;
                    }
                }
                bins
            },
        )
        .reduce(
            || vec![0; N_BINS],
            |mut a, b| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            },
        )
}

/// The bin that holds the value of a rank (from 1), and how many values lie before that bin.
fn bin_of_rank(bins: &[u64], before: u64, rank: u64) -> (u64, usize) {
    let mut seen = before;
    for (bin, &count) in bins.iter().enumerate() {
        if seen + count >= rank {
            return (seen, bin);
        }
        seen += count;
    }
    (seen, bins.len() - 1)
}
