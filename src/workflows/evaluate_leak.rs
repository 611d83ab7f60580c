//! How good leak networks are on a data set, beside the Bern score and beside what should tell nothing.

use super::compute::compute;
use super::leak_scores::{CONFIDENCE, ScoredHead, scored};
use super::notice::{Notify, remark, working};
use super::train_leak::heads;
use crate::models::leak::{LeakHead, LeakHeads, LeakPredictor, leak_card};
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
        let heads = heads(request.data, &card.preparation, &[], notify)?;
        let (of, is_own_data) = heads.judging(&model.card);
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
            is_own_data,
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

/// What should tell nothing of a head, always in one order; none where it is not known.
fn known_of(head: &LeakHead) -> Vec<Option<f64>> {
    let letter = head.sex.as_deref().and_then(|sex| sex.chars().next());
    let is_woman = match letter.map(|letter| letter.to_ascii_lowercase()) {
        Some('f') => Some(1.0),
        Some('m') => Some(0.0),
        _ => None,
    };
    let traits = head.traits.iter().copied().map(Some);
    traits.chain([head.age_years, is_woman]).collect()
}

/// How well gain, noise, unevenness of the coil, size and padding of the scans, age and sex tell heads with
/// a leak from heads without: the mean area of a logistic regression in five folds. What is near 0.5 is
/// well; above, a network may have learned the scanner instead of the head. Age or sex that some head lacks
/// is left out for all.
#[must_use]
pub fn shortcuts(heads: &LeakHeads) -> Outcome {
    let known: Vec<Vec<Option<f64>>> = heads.heads.iter().map(known_of).collect();
    // What is the same in all heads tells nothing.
    let counts = |&at: &usize| {
        let is_known = known.iter().all(|known| known[at].is_some());
        is_known && known.iter().any(|other| other[at] != known[0][at])
    };
    let n = known.first().map_or(0, Vec::len);
    let kept: Vec<usize> = (0..n).filter(counts).collect();
    let cases = known.iter().zip(&heads.heads).map(|(known, head)| {
        let predictors = kept.iter().filter_map(|&at| known[at]);
        (predictors.collect::<Vec<f64>>(), head.has_leak)
    });
    let mut cases: Vec<(Vec<f64>, bool)> = cases.collect();
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
