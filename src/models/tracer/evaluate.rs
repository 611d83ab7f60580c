//! How good a network is, beside what takes no network at all.

use super::data::{Case, Cases};
use super::errors::{Baselines, Errors, Evaluation, errors_of};
use super::planes::PLANE_PIXELS;
use super::predictor::Predictor;
use crate::models::device::DeviceFailed;
use crate::models::engine::Split;
use burn::tensor::Device;
use rayon::prelude::*;

/// Judges a network: by the patients of the test where it was trained on this data set, and else
/// by all of them, each beside baselines that are learned from all others.
///
/// # Errors
/// When the device gives no numbers.
pub fn evaluate(
    net: &Predictor,
    cases: &Cases,
    own: Option<&Split>,
    device: &Device,
) -> Result<Evaluation, DeviceFailed> {
    let all: Vec<&Case> = cases.cases.iter().collect();
    let (train, test) = match own {
        Some(split) => (cases.of(&split.train), cases.of(&split.test)),
        None => (all.clone(), all),
    };
    let of_net = |cases: &[&Case]| -> Result<Errors, DeviceFailed> {
        let made = net.predictions(cases, device)?;
        Ok(errors(&made, cases))
    };
    Ok(Evaluation {
        patients: test.len(),
        test: of_net(&test)?,
        baselines: baselines(&train, &test),
        train: own.map(|_| of_net(&train)).transpose()?,
        train_patients: train.len().saturating_sub(usize::from(own.is_none())),
        is_own_data: own.is_some(),
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

/// The three predictions without a network, learned from `train` and judged by `test`. A patient
/// that is in both is predicted from all others.
#[must_use]
pub fn baselines(train: &[&Case], test: &[&Case]) -> Baselines {
    let n_pixels = 2 * PLANE_PIXELS;
    // Of several scans, the last: it is the nearest in time.
    let last = |case: &Case, pixel: usize| case.input[case.input.len() - n_pixels + pixel];
    let terms = |case: &Case, pixel: usize| {
        let [x, y] = [last(case, pixel), case.target[pixel]].map(f64::from);
        [x, y, x * x, x * y]
    };
    let sums: Vec<[f64; 4]> = (0..n_pixels)
        .into_par_iter()
        .map(|pixel| {
            train.iter().fold([0.0; 4], |sums, case| {
                let more = terms(case, pixel);
                std::array::from_fn(|at| sums[at] + more[at])
            })
        })
        .collect();
    // Mean of the target, and the line of least squares from what goes in, as slope and intercept.
    let line = |pixel: usize, own: Option<&Case>| -> [f64; 3] {
        let n = (train.len() - usize::from(own.is_some())).max(1) as f64;
        let own = own.map_or([0.0; 4], |case| terms(case, pixel));
        let [x, y, xx, xy] = std::array::from_fn(|at| (sums[pixel][at] - own[at]) / n);
        let [spread, joint] = [xx - x * x, xy - x * y];
        // Outside the head nothing varies, and the mean is all there is to know.
        let slope = if spread > 1e-9 { joint / spread } else { 0.0 };
        [y, slope, y - slope * x]
    };
    let predict = |of: &(dyn Fn(&Case, usize, Option<&Case>) -> f64 + Sync)| -> Errors {
        let made: Vec<Vec<f32>> = test
            .par_iter()
            .map(|&case| {
                let is_in = train.iter().any(|&other| std::ptr::eq(other, case));
                let own = is_in.then_some(case);
                (0..n_pixels)
                    .map(|pixel| of(case, pixel, own) as f32)
                    .collect()
            })
            .collect();
        errors(&made, test)
    };
    Baselines {
        copy: predict(&|case, pixel, _| f64::from(last(case, pixel))),
        mean: predict(&|_, pixel, own| line(pixel, own)[0]),
        linear: predict(&|case, pixel, own| {
            let [_, slope, intercept] = line(pixel, own);
            intercept + slope * f64::from(last(case, pixel))
        }),
    }
}
