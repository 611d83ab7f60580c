//! What leak networks say of heads whose label is known: kept as tables, and summed up.

use crate::models::leak::{LeakCard, LeakEvaluation, LeakHead, LeakPredictor};
use crate::stats::{Interval, PairedScores, auroc, auroc_difference, brier};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Confidence of all intervals here.
pub(super) const CONFIDENCE: f64 = 0.95;

/// What a network says of a head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredHead {
    /// Whose: what follows `sub-`.
    pub subject: String,
    /// The label.
    pub has_leak: bool,
    /// The number that stands for a leak minus that which does not, before any temperature.
    pub log_odds: f64,
    /// The probability, by the temperature of the card.
    pub probability: f64,
    /// The Bern score of the head, where it is known.
    pub bern: Option<u8>,
    /// At the scan.
    pub age_years: Option<f64>,
    /// As the table has it.
    pub sex: Option<String>,
}

impl ScoredHead {
    /// The network and the Bern score on one head; none where it has no score.
    pub(super) fn beside_bern(&self) -> Option<PairedScores> {
        Some(PairedScores {
            positive: self.has_leak,
            first: self.log_odds,
            second: f64::from(self.bern?),
        })
    }
}

/// What a network says of some heads. `card` gives the probability.
pub(super) fn scored(
    predictor: &LeakPredictor,
    card: &LeakCard,
    heads: &[&LeakHead],
    size: [usize; 3],
) -> anyhow::Result<Vec<ScoredHead>> {
    let score = |head: &&LeakHead| {
        let numbers = predictor.net().numbers(&head.values, size)?;
        let probability = card.probabilities(&numbers)[card.positive];
        Ok(ScoredHead {
            subject: head.subject.clone(),
            has_leak: head.has_leak,
            log_odds: card.log_odds(&numbers),
            probability,
            bern: head.bern,
            age_years: head.age_years,
            sex: head.sex.clone(),
        })
    };
    heads.iter().map(score).collect()
}

/// How well probabilities tell heads with a leak from those without.
pub(super) fn evaluation_of(of: &str, heads: &[ScoredHead]) -> LeakEvaluation {
    let cases: Vec<(f64, bool)> = heads.iter().map(|h| (h.probability, h.has_leak)).collect();
    let odds: Vec<(f64, bool)> = heads.iter().map(|h| (h.log_odds, h.has_leak)).collect();
    let area = auroc(&odds, Interval::at(CONFIDENCE));
    let pairs: Vec<PairedScores> = heads.iter().filter_map(ScoredHead::beside_bern).collect();
    let of_bern: Vec<(f64, bool)> = pairs.iter().map(|p| (p.second, p.positive)).collect();
    let n_leak = heads.iter().filter(|head| head.has_leak).count();
    LeakEvaluation {
        of: of.to_owned(),
        patients: [n_leak, heads.len() - n_leak],
        auroc: area.value(),
        auroc_interval: area.interval().map(|(low, high)| [low, high]),
        bern_auroc: auroc(&of_bern, Interval::at(CONFIDENCE)).value(),
        delong_p: auroc_difference(&pairs, CONFIDENCE).p(),
        brier: brier(&cases).value(),
    }
}

/// Writes what a network says of heads as a table.
pub(super) fn write_scores(path: &Path, heads: &[ScoredHead]) -> anyhow::Result<()> {
    let named = || path.display().to_string();
    let mut table = csv::Writer::from_path(path).with_context(named)?;
    for head in heads {
        table.serialize(head).with_context(named)?;
    }
    table.flush().with_context(named)
}

/// The folders `fold-1` and so on of a training, in the order of their numbers: folds can be trained one by
/// one, so that some may not be there.
pub(super) fn fold_folders(training: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let named = || format!("cannot list the folder {}", training.display());
    let mut found: Vec<(usize, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(training).with_context(named)? {
        let entry = entry.with_context(named)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name
            .strip_prefix("fold-")
            .and_then(|n| n.parse::<usize>().ok());
        if let Some(number) = number
            && entry.path().is_dir()
        {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, folder)| folder).collect())
}

/// Opens such a table.
pub(super) fn scores_in(path: &Path) -> anyhow::Result<Vec<ScoredHead>> {
    let named = || format!("not a table of predictions: {}", path.display());
    let mut table = csv::Reader::from_path(path).with_context(named)?;
    let rows = table.deserialize().collect::<Result<Vec<ScoredHead>, _>>();
    rows.with_context(named)
}
