//! How good a network is, beside what takes no network at all.

use super::data::{Case, Cases, PLANE_PIXELS, Split};
use super::recipe::DeviceFailed;
use super::train::predictions;
use super::unet::UNet;
use burn::tensor::Device;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Mean errors over all pixels of both planes of some patients, planes being 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Errors {
    /// Mean squared error.
    pub mse: f64,
    /// Mean absolute error.
    pub mae: f64,
}

/// Predictions that need no network, learned from the same patients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// The last scan that goes in, as it is.
    pub copy: Errors,
    /// The mean scan of 24 h of the patients to learn from.
    pub mean: Errors,
    /// For each pixel the line of least squares from the last scan that goes in to that of 24 h.
    pub linear: Errors,
}

impl Baselines {
    /// The smallest mean squared error of the three.
    #[must_use]
    pub fn best_mse(&self) -> f64 {
        self.copy.mse.min(self.mean.mse).min(self.linear.mse)
    }
}

/// A network's errors on patients that it did not learn from, and on those that it did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Patients of the test.
    pub patients: usize,
    /// Errors on them.
    #[serde(flatten)]
    pub test: Errors,
    /// Errors of the baselines on the same patients.
    pub baselines: Baselines,
    /// Errors on the patients to learn from; none where the network never saw this data set.
    pub train: Option<Errors>,
    /// Patients to learn from: those of the network where it was trained on this data set, else
    /// those that only the baselines learned from.
    pub train_patients: usize,
    /// Whether the network was trained on this data set.
    pub is_own_data: bool,
}

/// Judges a network by the patients of the test.
///
/// # Errors
/// When the device gives no numbers.
pub fn evaluate(
    net: &UNet,
    cases: &Cases,
    split: &Split,
    is_own_data: bool,
    device: &Device,
) -> Result<Evaluation, DeviceFailed> {
    let [train, test] = [&split.train, &split.test].map(|subjects| cases.of(subjects));
    let of_net = |cases: &[&Case]| -> Result<Errors, DeviceFailed> {
        let made = predictions(net, cases, device)?;
        Ok(errors(&made, cases))
    };
    Ok(Evaluation {
        patients: test.len(),
        test: of_net(&test)?,
        baselines: baselines(&train, &test),
        train: is_own_data.then(|| of_net(&train)).transpose()?,
        train_patients: train.len(),
        is_own_data,
    })
}

fn errors(made: &[Vec<f32>], cases: &[&Case]) -> Errors {
    let [mse, mae] = errors_of(
        made.iter()
            .zip(cases)
            .map(|(made, case)| (&made[..], &case.target[..])),
    );
    Errors { mse, mae }
}

/// Mean squared and mean absolute difference of pairs of images.
pub(super) fn errors_of<'a>(pairs: impl Iterator<Item = (&'a [f32], &'a [f32])>) -> [f64; 2] {
    let (mut squares, mut sizes, mut n) = (0.0, 0.0, 0_u64);
    for (made, real) in pairs {
        for (made, real) in made.iter().zip(real) {
            let difference = f64::from(made - real);
            squares += difference * difference;
            sizes += difference.abs();
            n += 1;
        }
    }
    [squares, sizes].map(|sum| sum / n.max(1) as f64)
}

/// The three predictions without a network, learned from `train` and judged by `test`.
#[must_use]
pub fn baselines(train: &[&Case], test: &[&Case]) -> Baselines {
    let n_pixels = 2 * PLANE_PIXELS;
    // Of several scans, the last: it is the nearest in time.
    let last = |case: &Case, pixel: usize| case.input[case.input.len() - n_pixels + pixel];
    let lines: Vec<[f32; 3]> = (0..n_pixels)
        .into_par_iter()
        .map(|pixel| {
            let n = train.len().max(1) as f64;
            let sums = train.iter().fold([0.0; 4], |[x, y, xx, xy], case| {
                let [a, b] = [last(case, pixel), case.target[pixel]].map(f64::from);
                [x + a, y + b, xx + a * a, xy + a * b]
            });
            let [x, y, xx, xy] = sums.map(|sum| sum / n);
            let [spread, joint] = [xx - x * x, xy - x * y];
            // Outside the head nothing varies, and the mean is all there is to know.
            let slope = if spread > 1e-9 { joint / spread } else { 0.0 };
            [y, slope, y - slope * x].map(|v| v as f32)
        })
        .collect();
    let predict = |of: &(dyn Fn(&Case, usize) -> f32 + Sync)| -> Errors {
        let made: Vec<Vec<f32>> = test
            .par_iter()
            .map(|case| (0..n_pixels).map(|pixel| of(case, pixel)).collect())
            .collect();
        errors(&made, test)
    };
    Baselines {
        copy: predict(&last),
        mean: predict(&|_, pixel| lines[pixel][0]),
        linear: predict(&|case, pixel| {
            let [_, slope, intercept] = lines[pixel];
            intercept + slope * last(case, pixel)
        }),
    }
}
