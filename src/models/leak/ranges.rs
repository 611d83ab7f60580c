//! How far volumes are changed in training.
//!
//! The kinds are those of paper 002, one for one: intensity shift, histogram adjustment, bias field, flip,
//! affine, Gaussian noise. It prints no ranges; those here are this program's, and stand on the card.

use super::settings::LeakRecipe;

/// How far volumes are changed in training. Values are thought of in standard deviations of the volume.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranges {
    /// About each axis, degrees.
    pub(super) turn_deg: f32,
    /// Of each axis.
    pub(super) stretch: f32,
    /// Along each axis, mm.
    pub(super) shift_mm: f32,
    /// Added to all values, of their standard deviation.
    pub(super) intensity_shift: f32,
    /// Of all values.
    pub(super) gain: f32,
    /// How far the curve from old to new values lies off the straight line, of the range.
    pub(super) histogram: f32,
    /// Largest coefficient of the logarithm of the bias field, a polynomial of the second degree.
    pub(super) bias: f32,
    /// Largest standard deviation of the noise, of that of the values.
    pub(super) noise: f32,
    /// How often each of them but the flip is done; the flip is done in half of the cases.
    pub(super) share: f32,
}

impl Ranges {
    pub(super) fn of(recipe: LeakRecipe) -> Self {
        match recipe {
            LeakRecipe::Paper => Self {
                turn_deg: 5.0,
                stretch: 0.05,
                shift_mm: 5.0,
                intensity_shift: 0.1,
                gain: 0.0,
                histogram: 0.05,
                bias: 0.1,
                noise: 0.05,
                share: 0.5,
            },
            LeakRecipe::Best => Self {
                turn_deg: 8.0,
                stretch: 0.04,
                shift_mm: 8.0,
                intensity_shift: 0.15,
                gain: 0.15,
                histogram: 0.06,
                bias: 0.2,
                noise: 0.08,
                share: 0.8,
            },
        }
    }

    /// For the card.
    pub(super) fn in_words(self) -> String {
        let Self {
            turn_deg,
            stretch,
            shift_mm,
            intensity_shift,
            gain,
            histogram,
            bias,
            noise,
            share,
        } = self;
        let percent = |x: f32| (x * 100.0).round();
        let gain = match gain > 0.0 {
            true => format!("gain up to {} %; ", percent(gain)),
            false => String::new(),
        };
        format!(
            "flip from left to right in half of the cases; affine: turns up to {turn_deg} degrees, stretches up to {} %, shifts up to {shift_mm} mm; intensity shift up to {intensity_shift} SD; {gain}histogram: the curve of values up to {} % of their range off; bias field: coefficients of its logarithm up to {bias}; Gaussian noise up to {noise} SD; each in {} % of the cases; the ranges are this program's, as the paper prints none",
            percent(stretch),
            percent(histogram),
            percent(share)
        )
    }
}
