//! How good a network is, beside what takes no network at all.

use super::data::{Case, Cases};
use super::errors::{Baselines, Errors, Evaluation, errors_of};
use super::planes::PLANE_PIXELS;
use super::predictor::Predictor;
use crate::models::device::DeviceFailed;
use crate::models::engine::Split;
use burn::tensor::Device;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A network's errors, and what it made of the patients that it is judged by.
pub struct Judged<'a> {
    /// The errors.
    pub evaluation: Evaluation,
    /// The cases that it is judged by: a patient who was scanned on several scanners has several.
    pub cases: Vec<&'a Case>,
    /// What it predicts for each case, `[2, 256, 256]`.
    pub made: Vec<Vec<f32>>,
    /// The errors for each.
    pub errors: Vec<Errors>,
    /// The baselines' errors for each.
    pub baselines: Vec<Baselines>,
}

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
    Ok(judge(net, cases, own, device)?.evaluation)
}

/// As [`evaluate`], with the predictions.
///
/// # Errors
/// When the device gives no numbers.
pub fn judge<'a>(
    net: &Predictor,
    cases: &'a Cases,
    own: Option<&Split>,
    device: &Device,
) -> Result<Judged<'a>, DeviceFailed> {
    let all: Vec<&Case> = cases.cases.iter().collect();
    let (train, test) = match own {
        Some(split) => (cases.of(&split.train), cases.of(&split.test)),
        None => (all.clone(), all),
    };
    let made = net.predictions(&test, device)?;
    let of_train = |_: &Split| -> Result<Errors, DeviceFailed> {
        Ok(errors(&net.predictions(&train, device)?, &train))
    };
    let of_cases = baselines_of_cases(&train, &test);
    let n_train = by_patient(&train).len();
    let evaluation = Evaluation {
        patients: by_patient(&test).len(),
        test: errors(&made, &test),
        baselines: mean_baselines(&of_cases),
        train: own.map(of_train).transpose()?,
        train_patients: n_train.saturating_sub(usize::from(own.is_none())),
        is_own_data: own.is_some(),
    };
    Ok(Judged {
        evaluation,
        errors: each_error(&made, &test),
        cases: test,
        made,
        baselines: of_cases,
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

/// Cases by patient, who may have been scanned on several scanners.
fn by_patient<'a>(cases: &[&'a Case]) -> BTreeMap<&'a str, Vec<&'a Case>> {
    let mut patients = BTreeMap::<&str, Vec<&Case>>::new();
    for &case in cases {
        patients.entry(&case.subject).or_default().push(case);
    }
    patients
}

/// The errors of each case.
fn each_error(made: &[Vec<f32>], cases: &[&Case]) -> Vec<Errors> {
    let pairs = made.iter().zip(cases);
    pairs
        .map(|(made, &case)| errors(std::slice::from_ref(made), &[case]))
        .collect()
}

/// All cases have as many pixels, so that the mean over all pixels is that of the cases' means.
fn mean_baselines(of_cases: &[Baselines]) -> Baselines {
    let n = of_cases.len().max(1) as f64;
    let mean = |of: fn(&Baselines) -> Errors| Errors {
        mse: of_cases.iter().map(|one| of(one).mse).sum::<f64>() / n,
        mae: of_cases.iter().map(|one| of(one).mae).sum::<f64>() / n,
    };
    Baselines {
        copy: mean(|of| of.copy),
        mean: mean(|of| of.mean),
        linear: mean(|of| of.linear),
    }
}

/// The three predictions without a network, learned from `train` and judged by `test`. A patient
/// that is in both is predicted from all other patients: on another scanner it is the same one. A line
/// is followed no further than to the darkest and the brightest target of that pixel that it was learned
/// from: of few patients it may be steep.
#[must_use]
pub fn baselines(train: &[&Case], test: &[&Case]) -> Baselines {
    mean_baselines(&baselines_of_cases(train, test))
}

/// As [`baselines`], for each case of the test.
fn baselines_of_cases(train: &[&Case], test: &[&Case]) -> Vec<Baselines> {
    let n_pixels = 2 * PLANE_PIXELS;
    // Of several scans, the last: it is the nearest in time.
    let last = |case: &Case, pixel: usize| case.input[case.input.len() - n_pixels + pixel];
    let terms = |case: &Case, pixel: usize| {
        let [x, y] = [last(case, pixel), case.target[pixel]].map(f64::from);
        [x, y, x * x, x * y]
    };
    let summed = |cases: &[&Case], pixel: usize| -> [f64; 4] {
        cases.iter().fold([0.0; 4], |sums, case| {
            let more = terms(case, pixel);
            std::array::from_fn(|at| sums[at] + more[at])
        })
    };
    let sums: Vec<[f64; 4]> = (0..n_pixels)
        .into_par_iter()
        .map(|pixel| summed(train, pixel))
        .collect();
    let patients = by_patient(train);
    let reached: Vec<Reached> = (0..n_pixels)
        .into_par_iter()
        .map(|pixel| Reached::of(patients.values().filter_map(|own| range(own, pixel))))
        .collect();
    // Mean of the target, and the line of least squares from what goes in, as slope and intercept;
    // without the patient's own cases.
    let line = |pixel: usize, own: &[&Case]| -> [f64; 3] {
        let n = (train.len() - own.len()).max(1) as f64;
        let own = summed(own, pixel);
        let [x, y, xx, xy] = std::array::from_fn(|at| (sums[pixel][at] - own[at]) / n);
        let [spread, joint] = [xx - x * x, xy - x * y];
        // Outside the head nothing varies, and the mean is all there is to know.
        let slope = if spread > 1e-9 { joint / spread } else { 0.0 };
        [y, slope, y - slope * x]
    };
    let predict = |of: &(dyn Fn(&Case, usize, &[&Case]) -> f64 + Sync)| -> Vec<Errors> {
        let made: Vec<Vec<f32>> = test
            .par_iter()
            .map(|&case| {
                let own = patients.get(case.subject.as_str());
                let own = own.map_or(&[][..], Vec::as_slice);
                (0..n_pixels)
                    .map(|pixel| of(case, pixel, own) as f32)
                    .collect()
            })
            .collect();
        each_error(&made, test)
    };
    let [copy, mean, linear] = [
        predict(&|case, pixel, _| f64::from(last(case, pixel))),
        predict(&|_, pixel, own| line(pixel, own)[0]),
        predict(&|case, pixel, own| {
            let [_, slope, intercept] = line(pixel, own);
            let made = intercept + slope * f64::from(last(case, pixel));
            let [low, high] = reached[pixel].without(range(own, pixel));
            if low <= high {
                made.clamp(low, high)
            } else {
                made
            }
        }),
    ];
    let both = copy.into_iter().zip(mean).zip(linear);
    both.map(|((copy, mean), linear)| Baselines { copy, mean, linear })
        .collect()
}

/// The darkest and the brightest target of some cases at a pixel; none without cases.
fn range(cases: &[&Case], pixel: usize) -> Option<[f32; 2]> {
    let targets = cases.iter().map(|case| case.target[pixel]);
    targets.fold(None, |range: Option<[f32; 2]>, value| {
        let [low, high] = range.unwrap_or([value; 2]);
        Some([value.min(low), value.max(high)])
    })
}

/// The darkest values of the two patients who have the darkest, and the same of the brightest.
struct Reached {
    low: [f32; 2],
    high: [f32; 2],
}

impl Reached {
    /// Of each patient's darkest and brightest.
    fn of(ranges: impl Iterator<Item = [f32; 2]>) -> Self {
        let mut reached = Self {
            low: [f32::INFINITY; 2],
            high: [f32::NEG_INFINITY; 2],
        };
        for [low, high] in ranges {
            let [first, second] = reached.low;
            reached.low = [first.min(low), second.min(first.max(low))];
            let [first, second] = reached.high;
            reached.high = [first.max(high), second.max(first.min(high))];
        }
        reached
    }

    /// The darkest and the brightest without one patient, who has this range.
    fn without(&self, own: Option<[f32; 2]>) -> [f64; 2] {
        let [low, high] = own.map_or([None; 2], |own| own.map(Some));
        let of = |[first, second]: [f32; 2], own: Option<f32>| match own {
            Some(own) if own == first => f64::from(second),
            _ => f64::from(first),
        };
        [of(self.low, low), of(self.high, high)]
    }
}
