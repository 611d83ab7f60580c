//! How good leak networks are on a data set, beside the Bern score and beside what should tell nothing.

use super::compute::compute;
use super::leak_scores::{CONFIDENCE, ScoredHead, scored};
use super::notice::{Notify, remark, working};
use super::train_leak::tell;
use crate::models::leak::{LeakHead, LeakHeads, LeakPredictor, leak_card, open_heads};
use crate::models::{Card, DeviceChoice, Model};
use crate::stats::{
    Calibration, Interval, Outcome, PairedScores, auroc, auroc_difference, brier, calibration,
    fold_areas, regression_areas,
};
use anyhow::bail;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::path::Path;

/// Which networks are judged, and by which heads.
pub struct EvaluateLeakRequest<'a> {
    /// The data set.
    pub data: &'a Path,
    /// The networks.
    pub models: &'a [Model],
    /// On what it is computed.
    pub device: DeviceChoice,
}

/// A network and how good it is.
pub struct EvaluatedLeak {
    /// The network.
    pub card: Card,
    /// What it says of each head.
    pub heads: Vec<ScoredHead>,
    /// Whether it was trained on this data set, so that only the heads that it was kept from count.
    pub is_own_data: bool,
    /// Area under the ROC curve.
    pub auroc: Outcome,
    /// That of the Bern score, on the heads that have one.
    pub bern_auroc: Outcome,
    /// The network's area minus that of the Bern score, on the heads that have one (DeLong).
    pub difference: Outcome,
    /// Mean squared error of the probability.
    pub brier: Outcome,
    /// How far the probability is what it says.
    pub calibration: Calibration,
    /// What a logistic regression makes of what should tell nothing: see [`shortcuts`].
    pub shortcuts: Outcome,
}

/// Judges leak networks, one after the other.
///
/// # Errors
/// When a network cannot be had or has learned from all heads of the data set, and when the data set
/// has no heads.
pub fn evaluate_leak(
    request: &EvaluateLeakRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<Vec<EvaluatedLeak>> {
    let compute = compute(request.device, notify)?;
    let mut judged = Vec::new();
    for model in request.models {
        let card = leak_card(model)?.clone();
        let progress = |share: f32| working(notify, "opening scans", f64::from(share));
        let heads = open_heads(request.data, &card.preparation, &[], &progress)?;
        tell(&heads, notify);
        let own = model.card.split_of(&heads.fingerprint);
        let of: Vec<&LeakHead> = match own {
            Some(split) => heads.of(&split.test),
            None => heads.heads.iter().collect(),
        };
        if of.is_empty() {
            bail!(
                "{} learned from all heads of {}, so that none is left to judge it by",
                model.card.name,
                request.data.display()
            );
        }
        let predictor = LeakPredictor::open(model, &compute)?;
        let n = of.len();
        let mut scores = Vec::with_capacity(n);
        for (at, head) in of.into_iter().enumerate() {
            let what = format!("predicting with {}", model.card.name);
            if working(notify, &what, at as f64 / n as f64).is_break() {
                bail!("stopped");
            }
            scores.extend(scored(&predictor, &card, &[head], heads.size)?);
        }
        let said = format!("{}: {}", model.card.name, model.card.trained_on());
        remark(notify, said);
        judged.push(EvaluatedLeak::of(
            model.card.clone(),
            scores,
            own.is_some(),
            shortcuts(&heads),
        ));
    }
    Ok(judged)
}

impl EvaluatedLeak {
    fn of(card: Card, heads: Vec<ScoredHead>, is_own_data: bool, shortcuts: Outcome) -> Self {
        let told: Vec<(f64, bool)> = heads.iter().map(|h| (h.probability, h.has_leak)).collect();
        let odds: Vec<(f64, bool)> = heads.iter().map(|h| (h.log_odds, h.has_leak)).collect();
        let pairs: Vec<PairedScores> = heads.iter().filter_map(ScoredHead::beside_bern).collect();
        let bern: Vec<(f64, bool)> = pairs.iter().map(|p| (p.second, p.positive)).collect();
        Self {
            auroc: auroc(&odds, Interval::at(CONFIDENCE)),
            bern_auroc: auroc(&bern, Interval::at(CONFIDENCE)),
            difference: auroc_difference(&pairs, CONFIDENCE),
            brier: brier(&told),
            calibration: calibration(&told, CONFIDENCE),
            card,
            heads,
            is_own_data,
            shortcuts,
        }
    }
}

/// Resamples for the interval of [`shortcuts`].
const N_RESAMPLES: usize = 2000;

/// How well gain, noise, unevenness of the coil, size and padding of the scans, age and sex tell heads with
/// a leak from heads without: the mean area of a logistic regression in five folds. What is near 0.5 is
/// well; above, a network may have learned the scanner instead of the head.
#[must_use]
pub fn shortcuts(heads: &LeakHeads) -> Outcome {
    let mut cases: Vec<(Vec<f64>, bool)> = heads
        .heads
        .iter()
        .map(|head| {
            let mut known = head.traits.to_vec();
            known.extend(head.age_years);
            let is_woman = head.sex.as_deref().map(|sex| sex.eq_ignore_ascii_case("f"));
            known.extend(is_woman.map(|is| f64::from(u8::from(is))));
            (known, head.has_leak)
        })
        .collect();
    // What some heads lack is left out for all; what is the same in all tells nothing.
    let n = cases.iter().map(|case| case.0.len()).min().unwrap_or(0);
    let varies = |at: usize| {
        let first = cases[0].0[at];
        cases.iter().any(|case| case.0[at] != first)
    };
    let kept: Vec<usize> = (0..n).filter(|&at| varies(at)).collect();
    for case in &mut cases {
        case.0 = kept.iter().map(|&at| case.0[at]).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    cases.shuffle(&mut rng);
    match regression_areas(&cases, 5) {
        Ok(folds) => fold_areas(&folds, CONFIDENCE, N_RESAMPLES, &mut rng).mean,
        Err(reason) => Outcome::Undefined {
            reason,
            n: cases.len(),
            method: "logistic regression on gain, noise, coil, size, padding, age and sex"
                .to_owned(),
        },
    }
}
