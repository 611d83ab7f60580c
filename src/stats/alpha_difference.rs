//! How much agreement between raters differs from one arm to another.
//!
//! It says nothing of whether a rater gives both arms the same grade: raters may agree perfectly on
//! an arm whose grades are all wrong. [`super::SameGrade`] says that.

use rand::{Rng, distr::Distribution};

use super::{
    Bootstrap, Estimate, Metric, Outcome, Ratings, Undefined, alpha,
    alpha_counts::Counts,
    alpha_interval::{Sampled, with_resamples, words},
    interval::{FEWEST_UNITS, holds_nowhere},
    resample::{any_of, resample},
};

/// Krippendorff's alpha of the tested arm less that of the reference arm, where unit i of both is
/// the same subject. Subjects are drawn with replacement and taken with both arms, so that the
/// interval keeps the pairing.
///
/// `n` is the number of subjects with two ratings or more in both arms; those with such ratings
/// in one arm count there. `se` is the standard deviation of the resampled differences.
pub fn alpha_difference<R: Rng + ?Sized>(
    tested: &Ratings,
    reference: &Ratings,
    metric: Metric,
    bootstrap: &Bootstrap,
    rng: &mut R,
) -> Outcome {
    let method = format!(
        "difference of alphas, subjects resampled with both arms; {}",
        words(&format!("Krippendorff's alpha, {metric} metric"), bootstrap)
    );
    let n = n_in_both(tested, reference);
    if tested.n_units() != reference.n_units() || tested.levels() != reference.levels() {
        return Outcome::undefined(Undefined::ArmsDiffer, n, method);
    }
    let (first, second) = (alpha(tested, metric), alpha(reference, metric));
    let (Some(a), Some(b)) = (first.value(), second.value()) else {
        let reason = first.reason().or(second.reason());
        return Outcome::undefined(reason.unwrap_or(Undefined::NoVariation), n, method);
    };
    let counts = [pairable(tested), pairable(reference)];
    let arms = counts
        .each_ref()
        .map(|counts| Sampled::new(counts, tested.levels(), metric, bootstrap.kind));
    let n_units = tested.n_units();
    let Some(any_unit) = any_of(n_units) else {
        return Outcome::undefined(Undefined::NoPairs, n, method);
    };
    let empty = || counts.each_ref().map(|counts| vec![0; counts.n_patterns()]);
    let values = resample(
        rng,
        bootstrap.n_resamples,
        || (empty(), arms.clone()),
        |(times, arms), rng| {
            times.iter_mut().for_each(|times| times.fill(0));
            for _ in 0..n_units {
                let unit = any_unit.sample(rng) as usize;
                for (times, counts) in times.iter_mut().zip(&counts) {
                    times[counts.pattern_of[unit] as usize] += 1;
                }
            }
            difference(arms, times)
        },
    );
    let left_out = || leave_one_out(&counts, &arms);
    let mut found = with_resamples(Estimate::new(a - b, n, method), values, left_out, bootstrap);
    if n < FEWEST_UNITS {
        (found.low, found.high, found.se) = (None, None, None);
        found.warning = Some(format!("no interval is made from {n} units"));
    } else {
        found.warning = holds_nowhere("with up to 100 units", [86, 97]);
    }
    found.outcome()
}

fn n_in_both(tested: &Ratings, reference: &Ratings) -> usize {
    let paired = |unit: Vec<usize>| unit.len() >= 2;
    let both = tested.rated_levels().zip(reference.rated_levels());
    both.filter(|(a, b)| paired(a.clone()) && paired(b.clone()))
        .count()
}

/// All units, those without a pair as empty ones, so that both arms keep their order.
fn pairable(ratings: &Ratings) -> Counts {
    Counts::of_units(ratings.rated_levels().map(|unit| match unit.len() {
        0 | 1 => Vec::new(),
        _ => unit,
    }))
}

fn difference(arms: &mut [Sampled<'_>; 2], times: &[Vec<u32>; 2]) -> Option<f64> {
    let [tested, reference] = arms;
    Some(tested.alpha(&times[0])? - reference.alpha(&times[1])?)
}

/// The difference without each subject in turn.
fn leave_one_out(counts: &[Counts; 2], arms: &[Sampled<'_>; 2]) -> Vec<(Option<f64>, f64)> {
    let mut arms = arms.clone();
    let mut times = counts.each_ref().map(Counts::times);
    (0..counts[0].n_units())
        .map(|unit| {
            let patterns = counts
                .each_ref()
                .map(|counts| counts.pattern_of[unit] as usize);
            for (times, pattern) in times.iter_mut().zip(patterns) {
                times[pattern] -= 1;
            }
            let left = difference(&mut arms, &times);
            for (times, pattern) in times.iter_mut().zip(patterns) {
                times[pattern] += 1;
            }
            (left, 1.0)
        })
        .collect()
}
