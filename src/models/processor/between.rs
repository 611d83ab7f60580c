//! What a U-net of three dimensions does between its convolutions: swish, the largest of eight on the way
//! down, each voxel eight times on the way up.

use super::blocked::{Lanes, Maps3, Place};
use super::region::Region;
use pulp::{Simd, WithSimd};

/// Adds a bias and does `x / (1 + exp(-x))`.
pub(super) struct Swish<'a> {
    pub(super) bias: &'a [Lanes],
    pub(super) region: Region,
    pub(super) place: Place,
    pub(super) out: Vec<&'a mut [Lanes]>,
}

impl WithSimd for Swish<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n = self.region.columns().len();
        for (out, bias) in self.out.into_iter().zip(self.bias) {
            for [z, y] in self.region.rows() {
                let from = self.place.at([z, y, self.region.low[2]]);
                for voxel in &mut out[from..from + n] {
                    for (value, bias) in voxel.0.iter_mut().zip(&bias.0) {
                        let x = *value + bias;
                        *value = x / (1.0 + exp(-x));
                    }
                }
            }
        }
    }
}

/// The exponential to a few units in the last place, in steps that a compiler makes vectors of: the
/// nearest power of two, and a polynomial for the rest (Cephes' `expf`).
#[inline(always)]
fn exp(x: f32) -> f32 {
    const SHIFT: f32 = 12_582_912.0;
    // What is not a number stays that.
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let power = shifted - SHIFT;
    let rest = x - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4;
    for factor in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        sum = sum * rest + factor;
    }
    let made = sum * rest * rest + rest + 1.0;
    // The lowest bits of the shifted number are the power, from which an exponent is made.
    let exponent = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    made * f32::from_bits(exponent)
}

/// The largest of eight voxels.
pub(super) struct Largest<'a> {
    pub(super) x: &'a Maps3,
    pub(super) first: usize,
    pub(super) region: Region,
    pub(super) place: Place,
    pub(super) out: Vec<&'a mut [Lanes]>,
}

impl WithSimd for Largest<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (at, out) in self.out.into_iter().enumerate() {
            let values = self.x.block(self.first + at);
            for [z, y] in self.region.rows() {
                let to = self.place.at([z, y, 0]);
                let rows = [0, 1, 2, 3].map(|k| self.x.row([2 * z + k / 2, 2 * y + k % 2], 0));
                for x in self.region.columns() {
                    let mut most = values[rows[0] + 2 * x];
                    for row in rows {
                        for step in 0..2 {
                            let voxel = &values[row + 2 * x + step];
                            for (most, value) in most.0.iter_mut().zip(&voxel.0) {
                                // What is not a number stays that.
                                *most = if *value > *most || value.is_nan() {
                                    *value
                                } else {
                                    *most
                                };
                            }
                        }
                    }
                    out[to + x] = most;
                }
            }
        }
    }
}

/// Each voxel eight times.
pub(super) struct Doubled<'a> {
    pub(super) x: &'a Maps3,
    pub(super) region: Region,
    pub(super) place: Place,
    pub(super) out: Vec<&'a mut [Lanes]>,
}

impl WithSimd for Doubled<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (at, out) in self.out.into_iter().enumerate() {
            let values = self.x.block(at);
            for [z, y] in self.region.rows() {
                let from = self.x.row([z / 2, y / 2], 0);
                let to = self.place.at([z, y, 0]);
                for x in self.region.columns() {
                    out[to + x] = values[from + x / 2];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_those_of_double_precision() {
        for at in -8700..=8700 {
            let x = at as f32 / 100.0;
            let expected = f64::from(x).exp();
            let off = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(off < 3e-7, "exp({x}) is off by {off:e}");
        }
        assert!(exp(f32::NAN).is_nan());
    }
}
