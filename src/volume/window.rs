//! Intensity windows: which values are black and which are white.

use super::Volume;
use super::sample::LARGEST_SAMPLE;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The values drawn as the first and the last colour of a map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f32; 2]", into = "[f32; 2]")]
pub struct Window {
    /// Drawn as the first colour.
    pub low: f32,
    /// Drawn as the last colour; above `low`.
    pub high: f32,
}

impl From<Window> for [f32; 2] {
    fn from(window: Window) -> Self {
        [window.low, window.high]
    }
}

impl TryFrom<[f32; 2]> for Window {
    type Error = String;

    fn try_from([low, high]: [f32; 2]) -> Result<Self, String> {
        match low.is_finite() && high.is_finite() && low < high {
            true => Ok(Self { low, high }),
            false => Err(format!("a window goes up, and {low} to {high} does not")),
        }
    }
}

impl Window {
    /// A window from its ends, put in order, finite and never empty. An end that is not a number
    /// counts as 0.
    #[must_use]
    pub fn new(low: f32, high: f32) -> Self {
        let [low, high] = [low, high].map(|end| {
            if end.is_nan() {
                0.0
            } else {
                end.clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE)
            }
        });
        let (low, high) = if low <= high {
            (low, high)
        } else {
            (high, low)
        };
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

    /// The window of an overlay, at or below whose low end nothing is drawn. A label map is drawn
    /// from its smallest label on, which percentiles would hide; anything else as [`Window::auto`].
    #[must_use]
    pub fn of_overlay(volume: &Volume) -> Self {
        match is_label_map(volume) {
            true => {
                let high = volume.values().par_iter().copied().reduce(|| 0.0, f32::max);
                Self::new(0.0, high.max(1.0))
            }
            false => Self::auto(volume),
        }
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
        let found = percentiles(values, is_mostly_zero(values), [0.02, 0.98]);
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

/// Whether zeros are more than half of the finite values.
pub(super) fn is_mostly_zero(values: &[f32]) -> bool {
    let (finite, zeros) = values
        .par_iter()
        .map(|v| (u64::from(v.is_finite()), u64::from(*v == 0.0)))
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    zeros * 2 > finite
}

/// As many labels at most as a mask has whose clusters may be single voxels.
const FEW_LABELS: usize = 16;

/// Whether there are so few different values.
fn has_few_values(values: &[f32]) -> bool {
    let mut found = Vec::with_capacity(FEW_LABELS);
    values.iter().all(|value| {
        let is_new = !found.contains(value);
        if is_new {
            found.push(*value);
        }
        found.len() <= FEW_LABELS
    })
}

/// Pairs of neighbours through faces.
#[derive(Clone, Copy, Default)]
struct Pairs {
    /// Those of which one at least is not 0.
    n: u64,
    /// Of these, those of one value.
    same: u64,
    /// Those of two zeros.
    empty: u64,
}

impl Pairs {
    fn add(&mut self, a: f32, b: f32) {
        let is_empty = a == 0.0 && b == 0.0;
        self.empty += u64::from(is_empty);
        self.n += u64::from(!is_empty);
        self.same += u64::from(!is_empty && a == b);
    }

    fn and(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            same: self.same + other.same,
            empty: self.empty + other.empty,
        }
    }
}

/// Whether values can be labels: whole numbers from 0 on, or none.
#[must_use]
pub fn can_be_labels(volume: &Volume) -> bool {
    let values = volume.values().par_iter();
    values
        .map(|value| value.is_nan() || *value >= 0.0 && value.fract() == 0.0)
        .all(|can_be| can_be)
}

/// Whether values look like labels: whole numbers from 0 on, most of which have the value of their
/// neighbours; or few ones in little of the volume, as small lesions are. Scans of whole numbers are
/// too noisy for that.
#[must_use]
pub fn is_label_map(volume: &Volume) -> bool {
    let [nx, ny, _] = volume.grid().dims();
    let values = volume.values();
    let counted = values.par_chunks(nx).enumerate().map(|(row, here)| {
        let is_label = |v: &f32| *v >= 0.0 && v.fract() == 0.0 && v.is_finite();
        if !here.iter().all(is_label) {
            return None;
        }
        let mut pairs = Pairs::default();
        for pair in here.windows(2) {
            pairs.add(pair[0], pair[1]);
        }
        let is_inner = !(row + 1).is_multiple_of(ny);
        let beside = [is_inner.then_some(row + 1), Some(row + ny)];
        for row in beside.into_iter().flatten() {
            let there = values.get(row * nx..(row + 1) * nx).unwrap_or_default();
            for (a, b) in here.iter().zip(there) {
                pairs.add(*a, *b);
            }
        }
        Some(pairs)
    });
    let counted = counted.try_reduce(Pairs::default, |a, b| Some(a.and(b)));
    counted.is_some_and(|Pairs { n, same, empty }| {
        n > 0 && (same * 2 > n || empty > n && has_few_values(values))
    })
}

/// Quantiles (shares between 0 and 1) of the finite values, `None` where there is none.
///
/// A quantile is the smallest value that at least that share of the values does not exceed
/// (numpy's `inverted_cdf`). It is exact, however far apart the values lie: one pass counts the
/// upper halves of their bits, a second one for each share the lower halves within one of those.
#[must_use]
pub fn percentiles<const N: usize>(
    values: &[f32],
    without_zeros: bool,
    shares: [f64; N],
) -> Option<[f32; N]> {
    percentiles_of(values, |value| !(without_zeros && value == 0.0), shares)
}

/// As [`percentiles`], of those finite values that count.
pub(super) fn percentiles_of<const N: usize>(
    values: &[f32],
    counts: impl Fn(f32) -> bool + Sync,
    shares: [f64; N],
) -> Option<[f32; N]> {
    let counts = |value: f32| value.is_finite() && counts(value);
    let upper = histogram(values, |value| {
        counts(value).then(|| rank_bits(value) >> 16)
    });
    let n: u64 = upper.iter().sum();
    if n == 0 {
        return None;
    }
    Some(shares.map(|share| {
        let rank = ((share * n as f64).ceil() as u64).clamp(1, n);
        let (high, before) = bin_of_rank(&upper, rank);
        let lower = histogram(values, |value| {
            let bits = rank_bits(value);
            (bits >> 16 == high && counts(value)).then_some(bits & 0xffff)
        });
        let (low, _) = bin_of_rank(&lower, rank - before);
        value_of_rank_bits(high << 16 | low)
    }))
}

const SIGN: u32 = 1 << 31;

/// Whole numbers in the same order as the values.
fn rank_bits(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn value_of_rank_bits(bits: u32) -> f32 {
    f32::from_bits(if bits & SIGN == 0 {
        !bits
    } else {
        bits & !SIGN
    })
}

/// Counts the values by the bin of 16 bits that each is given, if any.
fn histogram(values: &[f32], bin: impl Fn(f32) -> Option<u32> + Sync) -> Vec<u64> {
    let empty = || vec![0_u64; 1 << 16];
    values
        .par_chunks(1 << 20)
        .fold(empty, |mut bins, chunk| {
            for bin in chunk.iter().filter_map(|&value| bin(value)) {
                bins[bin as usize] += 1;
            }
            bins
        })
        .reduce(empty, |mut a, b| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        })
}

/// The bin that holds the value of a rank (from 1), and how many values lie before that bin.
fn bin_of_rank(bins: &[u64], rank: u64) -> (u32, u64) {
    let mut before = 0;
    for (bin, &count) in (0..).zip(bins) {
        if before + count >= rank {
            return (bin, before);
        }
        before += count;
    }
    (0, before)
}
