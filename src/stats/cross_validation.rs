//! What the folds of a cross-validation say together.
//!
//! The areas of folds share most of what their networks learned from, so that their spread says nothing
//! about how sure their mean is: an interval comes from drawing patients anew within each fold.

use super::{
    Estimate, GradedCase, Interval, Outcome, Undefined,
    distribution::percent,
    moments::mean,
    ordinal_regression,
    resample::{any_of, quantile, resample},
    roc::{Placements, auroc},
};
use rand::{Rng, distr::Distribution};
use serde::Serialize;

/// A case of a fold: its score, and whether it is positive.
pub type FoldCase = (f64, bool);

/// The areas under the ROC curves of folds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoldAreas {
    /// Of each fold, with its own interval.
    pub folds: Vec<Outcome>,
    /// Their mean, with an interval from patients drawn anew within each fold.
    pub mean: Outcome,
    /// Standard deviation of the folds' areas with n below the root, as many programs print it.
    pub sd_over_n: Option<f64>,
    /// The same with n - 1.
    pub sd_over_n_less_1: Option<f64>,
}

/// Areas of folds, their mean and both standard deviations. The interval of the mean is that of
/// percentiles over `n_resamples` draws of patients with replacement within each fold.
pub fn fold_areas<R: Rng + ?Sized>(
    folds: &[Vec<FoldCase>],
    confidence: f64,
    n_resamples: usize,
    rng: &mut R,
) -> FoldAreas {
    let areas: Vec<Outcome> = folds
        .iter()
        .map(|fold| auroc(fold, Interval::at(confidence)))
        .collect();
    let values: Option<Vec<f64>> = areas.iter().map(Outcome::value).collect();
    let n: usize = folds.iter().map(Vec::len).sum();
    let method = format!(
        "mean of the areas of {} folds; {} percentile interval from {n_resamples} draws of patients \
         within folds",
        folds.len(),
        percent(confidence)
    );
    let Some(values) = values.filter(|values| !values.is_empty()) else {
        let reason = areas.iter().find_map(Outcome::reason);
        let reason = reason.unwrap_or(Undefined::TooFewUnits);
        return FoldAreas {
            mean: Outcome::undefined(reason, n, method),
            folds: areas,
            sd_over_n: None,
            sd_over_n_less_1: None,
        };
    };
    let middle = mean(&values);
    let squares: f64 = values.iter().map(|area| (area - middle).powi(2)).sum();
    let k = values.len() as f64;
    let mut drawn = drawn_means(folds, n_resamples, rng);
    drawn.sort_by(f64::total_cmp);
    let mut estimate = Estimate::new(middle, n, method);
    estimate.n_left_out = n_resamples - drawn.len();
    let tail = (1.0 - confidence) / 2.0;
    if let (Some(low), Some(high)) = (quantile(&drawn, tail), quantile(&drawn, 1.0 - tail)) {
        estimate = estimate.with_interval(low, high);
    }
    FoldAreas {
        folds: areas,
        mean: estimate.outcome(),
        sd_over_n: Some((squares / k).sqrt()),
        sd_over_n_less_1: (values.len() > 1).then(|| (squares / (k - 1.0)).sqrt()),
    }
}

/// Means of the folds' areas with patients drawn anew; draws in which a fold has one class are left out.
fn drawn_means<R: Rng + ?Sized>(
    folds: &[Vec<FoldCase>],
    n_resamples: usize,
    rng: &mut R,
) -> Vec<f64> {
    resample(
        rng,
        n_resamples,
        || (),
        |(), rng| {
            let mut sum = 0.0;
            for fold in folds {
                let any = any_of(fold.len())?;
                let cases: Vec<(bool, f64)> = (0..fold.len())
                    .map(|_| fold[any.sample(rng) as usize])
                    .map(|(score, positive)| (positive, score))
                    .collect();
                sum += Placements::of(&cases).ok()?.auc();
            }
            Some(sum / folds.len() as f64)
        },
    )
}

/// A ROC curve: shares of the negative and of the positive cases that are called positive, from none to
/// all, one point for each score that occurs. Empty where one class is missing or a score is not finite.
#[must_use]
pub fn roc_curve(cases: &[FoldCase]) -> Vec<[f64; 2]> {
    let n_positive = cases.iter().filter(|case| case.1).count();
    let n_negative = cases.len() - n_positive;
    if n_positive == 0 || n_negative == 0 || cases.iter().any(|case| !case.0.is_finite()) {
        return Vec::new();
    }
    let mut sorted = cases.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut points = vec![[0.0, 0.0]];
    let [mut negative, mut positive] = [0_usize; 2];
    for (at, &(score, is_positive)) in sorted.iter().enumerate() {
        match is_positive {
            true => positive += 1,
            false => negative += 1,
        }
        if sorted.get(at + 1).is_none_or(|next| next.0 < score) {
            points.push([
                negative as f64 / n_negative as f64,
                positive as f64 / n_positive as f64,
            ]);
        }
    }
    points
}

/// A point of a mean ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanRocPoint {
    /// Share of the negative cases that are called positive.
    pub false_positive: f64,
    /// Mean over the folds of the share of the positive ones, each curve by straight lines.
    pub true_positive: f64,
    /// Its standard deviation over the folds, with n below the root.
    pub sd: f64,
}

/// The mean of the folds' ROC curves at so many evenly spaced shares of false positives. It begins at 0
/// and ends at 1 whatever the curves do there. Folds without a curve are left out.
#[must_use]
pub fn mean_roc(folds: &[Vec<FoldCase>], n_points: usize) -> Vec<MeanRocPoint> {
    let curves: Vec<Vec<[f64; 2]>> = folds
        .iter()
        .map(|fold| roc_curve(fold))
        .filter(|curve| !curve.is_empty())
        .collect();
    if curves.is_empty() || n_points < 2 {
        return Vec::new();
    }
    let last = n_points - 1;
    let point = |at: usize| {
        let false_positive = at as f64 / last as f64;
        let rates: Vec<f64> = curves
            .iter()
            .map(|curve| match at {
                0 => 0.0,
                at if at == last => 1.0,
                _ => height(curve, false_positive),
            })
            .collect();
        let middle = mean(&rates);
        let squares: f64 = rates.iter().map(|rate| (rate - middle).powi(2)).sum();
        MeanRocPoint {
            false_positive,
            true_positive: middle,
            sd: (squares / rates.len() as f64).sqrt(),
        }
    };
    (0..n_points).map(point).collect()
}

/// Of a curve at a share of false positives; where it rises straight up, its upper end.
fn height(curve: &[[f64; 2]], at: f64) -> f64 {
    let after = curve.partition_point(|point| point[0] <= at);
    let Some(&[x1, y1]) = curve.get(after) else {
        return curve.last().map_or(0.0, |point| point[1]);
    };
    let [x0, y0] = curve[after.saturating_sub(1)];
    match x1 > x0 {
        true => y0 + (y1 - y0) * (at - x0) / (x1 - x0),
        false => y1,
    }
}

/// The net benefit of calling some cases positive where a true positive is worth (1 - t) / t false ones
/// (Vickers and Elkin 2006): `TP / n - FP / n * t / (1 - t)`. Cases are `(called, is positive)`.
#[must_use]
pub fn net_benefit(cases: &[(bool, bool)], threshold: f64) -> Option<f64> {
    if cases.is_empty() || !(0.0..1.0).contains(&threshold) {
        return None;
    }
    let count = |positive: bool| cases.iter().filter(|c| c.0 && c.1 == positive).count() as f64;
    let n = cases.len() as f64;
    Some(count(true) / n - count(false) / n * threshold / (1.0 - threshold))
}

/// Areas that a logistic regression reaches in folds, each fold predicted from all others: what is known
/// of the cases without what they are judged by. Cases are `(predictors, is positive)`; case i is in
/// fold i modulo `n_folds`, so that their order is the caller's to draw.
///
/// # Errors
/// As [`super::ordinal_regression()`].
pub fn regression_areas(
    cases: &[(Vec<f64>, bool)],
    n_folds: usize,
) -> Result<Vec<Vec<FoldCase>>, Undefined> {
    let fold = |fold: usize| {
        let is_out = |at: usize| at % n_folds == fold;
        let learned: Vec<GradedCase> = cases
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_out(*at))
            .map(|(_, (predictors, positive))| GradedCase {
                grade: f64::from(u8::from(*positive)),
                predictors: predictors.clone(),
            })
            .collect();
        let fitted = ordinal_regression(&[0.0, 1.0], &learned, 0.95)?;
        let weights: Vec<f64> = fitted
            .coefficients
            .iter()
            .map(|weight| weight.value().unwrap_or(0.0))
            .collect();
        let out = cases.iter().enumerate().filter(|(at, _)| is_out(*at));
        Ok(out
            .map(|(_, (predictors, positive))| {
                let products = predictors.iter().zip(&weights).map(|(x, w)| x * w);
                (products.sum(), *positive)
            })
            .collect())
    };
    (0..n_folds).map(fold).collect()
}
