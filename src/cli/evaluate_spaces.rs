//! `cisterna evaluate` with networks that mark or count perivascular spaces.

use super::{notify, print};
use crate::models::DeviceChoice;
use crate::workflows::{
    CountsAgreement, CountsEvaluation, EvaluateCountsRequest, EvaluateSpacesRequest, MaskCurves,
    MeanScores, SpacesEvaluation, evaluate_counts, evaluate_spaces,
};
use anyhow::bail;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What only these networks take.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Networks that mark spaces: whose masks are the truth, what follows desc- in their names; rater1
    /// where it is not told.
    #[arg(long, value_name = "NAME")]
    masks: Option<String>,
    /// Networks that mark spaces: masks to set beside the networks in the same way; rater2 where it is not
    /// told.
    #[arg(long, value_name = "NAME")]
    second_masks: Option<String>,
    /// Networks for spaces: the rater whose counts and grades they are compared with; 1 where it is not
    /// told.
    #[arg(long, value_name = "N")]
    rater: Option<u32>,
    /// Networks that count: the rater who is compared with the first in the same way; 2 where it is not
    /// told.
    #[arg(long, value_name = "N")]
    second_rater: Option<u32>,
    /// Networks that mark spaces: a second data set, whose numbers of clusters are compared with those of
    /// the first.
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
}

impl Args {
    /// Refuses what other networks do not take.
    pub(super) fn refuse(&self) -> anyhow::Result<()> {
        let is_some = self.masks.is_some()
            || self.second_masks.is_some()
            || self.rater.is_some()
            || self.second_rater.is_some()
            || self.against.is_some();
        if is_some {
            bail!(
                "--masks, --second-masks, --rater, --second-rater and --against are for networks for spaces"
            );
        }
        Ok(())
    }
}

impl<'a> Args {
    /// What is asked of networks that mark.
    pub(super) fn marks(&'a self, common: &Common<'a>) -> EvaluateSpacesRequest<'a> {
        EvaluateSpacesRequest {
            data: common.data,
            models: common.models,
            mask: self.masks.as_deref().unwrap_or("rater1"),
            second: self.second_masks.as_deref().unwrap_or("rater2"),
            rater: self.rater.unwrap_or(1),
            against: self.against.as_deref(),
            device: common.device,
        }
    }

    /// What is asked of networks that count.
    pub(super) fn counts(&self, common: &Common<'a>) -> EvaluateCountsRequest<'a> {
        EvaluateCountsRequest {
            data: common.data,
            models: common.models,
            rater: self.rater.unwrap_or(1),
            second: self.second_rater.unwrap_or(2),
            device: common.device,
        }
    }

    /// Refuses what networks that mark do not take.
    pub(super) fn refuse_counts(&self) -> anyhow::Result<()> {
        match self.second_rater {
            Some(_) => {
                bail!("--second-rater is for networks that count; --second-masks names masks")
            }
            None => Ok(()),
        }
    }

    /// Refuses what networks that count do not take.
    pub(super) fn refuse_marks(&self) -> anyhow::Result<()> {
        let is_some = self.masks.is_some() || self.second_masks.is_some() || self.against.is_some();
        if is_some {
            bail!("--masks, --second-masks and --against are for networks that mark spaces");
        }
        Ok(())
    }
}

/// What all evaluations take.
pub(super) struct Common<'a> {
    pub(super) data: &'a Path,
    pub(super) models: &'a [String],
    pub(super) device: DeviceChoice,
    pub(super) json: bool,
}

pub(super) fn marked(args: &Args, common: &Common<'_>) -> anyhow::Result<()> {
    args.refuse_counts()?;
    let notify = notify();
    let evaluation = evaluate_spaces(&args.marks(common), &notify)?;
    drop(notify);
    match common.json {
        true => print(&serde_json::to_string_pretty(&evaluation)?),
        false => print(&marked_text(&evaluation)),
    }
}

pub(super) fn counted(args: &Args, common: &Common<'_>) -> anyhow::Result<()> {
    args.refuse_marks()?;
    let notify = notify();
    let evaluation = evaluate_counts(&args.counts(common), &notify)?;
    drop(notify);
    match common.json {
        true => print(&serde_json::to_string_pretty(&evaluation)?),
        false => print(&counted_text(&evaluation)),
    }
}

fn marked_text(evaluation: &SpacesEvaluation) -> String {
    let mut text = format!(
        "{}, masks of {}\n\n{:<24} {:>5} {:>10} {:>10} {:>8} {:>8} {:>8} {:>9} {:>12}\n",
        evaluation.data_set,
        evaluation.mask,
        "",
        "heads",
        "threshold",
        "voxel Dice",
        "F1",
        "F1 >5",
        "F1 >10",
        "clusters",
        "volume mm3"
    );
    for model in &evaluation.models {
        let mut row = |name: &str, scores: &MaskCurves| {
            let at = |mm3: &str| scores.cluster_dice.get(mm3).copied().unwrap_or(f64::NAN);
            let best = |row: &&MeanScores| {
                row.threshold == scores.best_threshold && row.left_out_mm3 == 0.0
            };
            let best = scores.curves.iter().find(best);
            let (voxels, clusters, mm3) = best.map_or((f64::NAN, 0.0, 0.0), |row| {
                (
                    row.mean.voxel_dice.unwrap_or(f64::NAN),
                    row.count_difference,
                    row.volume_difference_mm3,
                )
            });
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{name:<24} {:>5} {:>10} {voxels:>10.3} {:>8.3} {:>8.3} {:>8.3} {clusters:>+9.1} {mm3:>+12.1}",
                model.patients,
                scores.best_threshold,
                at("0"),
                at("5"),
                at("10"),
            );
        };
        row(&model.name, &model.scores);
        if let Some(second) = &model.second_rater {
            row("  second rater", second);
        }
        if let Some(frangi) = &model.frangi {
            row("  Frangi's vesselness", frangi);
        }
        let _ = writeln!(text, "  masks were compared {}", model.within);
        if let Some(rating) = &model.rating {
            let words = match (&rating.fit, &rating.reason) {
                (Some(fit), _) => format!(
                    "McFadden {:.3}, Cox and Snell {:.3}, Nagelkerke {:.3}, likelihood-ratio test {}",
                    fit.mcfadden,
                    fit.cox_snell,
                    fit.nagelkerke,
                    fit.likelihood_ratio
                        .p()
                        .map_or_else(String::new, |p| format!("p = {p:.2e}"))
                ),
                (None, reason) => reason.clone().unwrap_or_default(),
            };
            let _ = writeln!(
                text,
                "  rating of rater {} on clusters at 0.5 (n = {}): {words}",
                rating.rater, rating.n
            );
        }
        if let Some(two) = &model.distribution {
            let words = |outcome: &crate::stats::Outcome| match (outcome.value(), outcome.p()) {
                (Some(d), Some(p)) => format!("d = {d:.3}, p = {p:.3}"),
                _ => outcome.reason().map_or_else(String::new, |r| r.to_string()),
            };
            let _ = writeln!(
                text,
                "  clusters against {} ({} heads): {}; of more than 5 mm3: {}",
                two.against,
                two.loads.len(),
                words(&two.all),
                words(&two.larger)
            );
        }
    }
    format!("{text}{}\n{}", evaluation.cluster_rule, evaluation.notice)
}

fn counted_text(evaluation: &CountsEvaluation) -> String {
    let mut text = format!(
        "{}, counts of rater {}\n\n{:<20} {:<11} {:>5} {:>8} {:>16} {:>10} {:>11} {:>7} {:>7}\n",
        evaluation.data_set,
        evaluation.rater,
        "",
        "region",
        "scans",
        "r",
        "95 %",
        "p",
        "Bonferroni",
        "MAE",
        "bias"
    );
    for model in &evaluation.models {
        let mut row = |name: &str, of: &CountsAgreement| {
            let number =
                |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
            let interval = format!("{} to {}", number(of.pearson_low), number(of.pearson_high));
            let p = |p: Option<f64>| p.map_or_else(|| "-".to_owned(), |p| format!("{p:.2e}"));
            let _ = writeln!(
                text,
                "{name:<20} {:<11} {:>5} {:>8} {interval:>16} {:>10} {:>11} {:>7.2} {:>+7.2}",
                model.region,
                of.n,
                number(of.pearson),
                p(of.p),
                p(of.p_bonferroni),
                of.mae,
                of.bias,
            );
        };
        row(&model.name, &model.agreement);
        if let Some(rater) = &model.rater2 {
            row(&format!("  rater {}", evaluation.second), rater);
        }
    }
    for pair in &evaluation.pairs {
        let _ = writeln!(
            text,
            "{} and {} in {}: r = {}; Williams' t = {}, p = {}",
            pair.first,
            pair.second,
            pair.region,
            pair.pearson
                .map_or_else(|| "-".to_owned(), |r| format!("{r:.3}")),
            pair.williams
                .value()
                .map_or_else(|| "-".to_owned(), |t| format!("{t:.2}")),
            pair.williams
                .p()
                .map_or_else(|| "-".to_owned(), |p| format!("{p:.2e}")),
        );
    }
    text + evaluation.notice
}
