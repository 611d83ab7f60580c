//! How good predicted masks are, by threshold and by the smallest cluster that counts.

use crate::formats::{self, no_progress};
use crate::volume::{Components, MaskOverlap, MaskScores, Neighbours, Volume};
use crate::workflows::notice::{Notify, remark, working};
use anyhow::bail;
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Which masks are compared, and how.
pub struct SpacesScoreRequest<'a> {
    /// True masks: 0 outside, whole numbers inside.
    pub truth: &'a [PathBuf],
    /// Predicted probabilities or masks, in the same order.
    pub predicted: &'a [PathBuf],
    /// A voxel is predicted where the probability is above the threshold.
    pub thresholds: &'a [f64],
    /// Clusters of at most so many mm3 are left out of both masks.
    pub left_out_mm3: &'a [f64],
}

/// Scores of one prediction at one threshold.
#[derive(Clone, Debug, Serialize)]
pub struct ThresholdScores {
    /// The threshold.
    pub threshold: f64,
    /// In the order of [`SpacesScoreRequest::left_out_mm3`].
    pub scores: Vec<MaskScores>,
}

/// All scores of one prediction.
#[derive(Clone, Debug, Serialize)]
pub struct ScoredCase {
    /// The true mask.
    pub truth: String,
    /// The prediction.
    pub predicted: String,
    /// The volume of a voxel.
    pub voxel_mm3: f64,
    /// VALDO's difference of volumes: the sum of probabilities from 0.5 on, less that of the truth.
    pub probability_volume_difference_mm3: f64,
    /// By threshold.
    pub by_threshold: Vec<ThresholdScores>,
}

/// Scores over all cases at one threshold and smallest size.
#[derive(Clone, Debug, Serialize)]
pub struct MeanScores {
    /// The threshold.
    pub threshold: f64,
    /// Clusters of at most so many mm3 are left out.
    pub left_out_mm3: f64,
    /// Means over cases of the scores that exist, and how many do.
    pub mean: RuleValues,
    /// Cases with a number, by rule.
    pub n: RuleCounts,
    /// From the counts of all cases together.
    pub pooled: RuleValues,
    /// Mean of predicted less true clusters.
    pub count_difference: f64,
    /// Mean of predicted less true volume, mm3.
    pub volume_difference_mm3: f64,
    /// Mean of how far the numbers of clusters lie apart in a case, as the VALDO challenge ranks them.
    pub absolute_count_difference: f64,
    /// Mean of how far the volumes lie apart in a case, mm3.
    pub absolute_volume_difference_mm3: f64,
}

/// A score by each rule; `None` where no case has one.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RuleValues {
    /// Dice coefficient of voxels.
    pub voxel_dice: Option<f64>,
    /// F1 of clusters as SHiVAi counts them.
    pub shivai_f1: Option<f64>,
    /// F1 of clusters with any touch.
    pub symmetric_f1: Option<f64>,
    /// Harmonic mean of recall and precision of the EPVS challenge of 2024.
    pub epvs_f1: Option<f64>,
    /// F1 of VALDO's task 1.
    pub valdo_f1: Option<f64>,
}

/// How many cases have a score.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RuleCounts {
    /// Cases in all.
    pub cases: usize,
    /// Cases with VALDO's F1, which an empty truth does not have.
    pub valdo_f1: usize,
}

/// Scores of all cases.
#[derive(Clone, Debug, Serialize)]
pub struct ScoredMasks {
    /// What was compared.
    pub cases: Vec<ScoredCase>,
    /// By threshold, then by smallest size.
    pub means: Vec<MeanScores>,
    /// What the numbers are good for.
    pub notice: &'static str,
}

/// Compares predictions with true masks.
///
/// # Errors
/// When the lists are of different length, a file cannot be opened, a truth is no mask, a prediction
/// holds no probabilities, two lie on different grids, and when `notify` answers to stop.
pub fn spaces_score(
    request: &SpacesScoreRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<ScoredMasks> {
    let n = request.truth.len();
    if n != request.predicted.len() {
        bail!(
            "--truth has {n} masks, and --predicted {}",
            request.predicted.len()
        );
    }
    for &threshold in request.thresholds {
        check_threshold(threshold)?;
    }
    for &mm3 in request.left_out_mm3 {
        check_left_out(mm3)?;
    }
    let mut cases = Vec::with_capacity(n);
    for (at, (truth, predicted)) in request.truth.iter().zip(request.predicted).enumerate() {
        if working(notify, "comparing masks", at as f64 / n as f64).is_break() {
            bail!("stopped");
        }
        cases.push(case(truth, predicted, request, notify)?);
    }
    Ok(ScoredMasks {
        means: all_means(&cases),
        cases,
        notice: crate::report::NOTICE,
    })
}

/// Means over cases that were scored at the same thresholds and sizes, by threshold, then by size.
pub(super) fn all_means(cases: &[ScoredCase]) -> Vec<MeanScores> {
    let first = cases.first().map_or(&[][..], |case| &case.by_threshold);
    let places = first
        .iter()
        .enumerate()
        .flat_map(|(t, of_threshold)| (0..of_threshold.scores.len()).map(move |size| [t, size]));
    places.map(|place| means(cases, place)).collect()
}

fn case(
    truth_path: &Path,
    predicted_path: &Path,
    request: &SpacesScoreRequest<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<ScoredCase> {
    let truth = formats::open_one(truth_path, &no_progress)?;
    let predicted = formats::open_one(predicted_path, &no_progress)?;
    let most = check_mask(&truth.volume, truth_path)?;
    if most > 1.0 {
        // Numbered clusters, or labels of something else.
        let path = truth_path.display();
        let text = format!("labels 1 to {most} are all taken for spaces: {path}");
        remark(notify, text);
    }
    check_probability(&predicted.volume, predicted_path)?;
    check_grids(&truth.volume, truth_path, &predicted.volume, predicted_path)?;
    let true_clusters = clusters(&truth.volume, 0.0);
    Ok(scored(
        &true_clusters,
        &predicted.volume,
        [truth.info.path, predicted.info.path],
        [request.thresholds, request.left_out_mm3],
    ))
}

/// The clusters of a mask, of what is above a threshold.
pub(super) fn clusters(volume: &Volume, threshold: f32) -> Components {
    let mask: Vec<bool> = volume.values().par_iter().map(|&p| p > threshold).collect();
    Components::of(&mask, volume.grid().dims(), Neighbours::Corners)
}

/// All scores of a prediction that lies on the grid of the truth.
pub(super) fn scored(
    truth: &Components,
    predicted: &Volume,
    [truth_name, predicted_name]: [String; 2],
    [thresholds, left_out_mm3]: [&[f64]; 2],
) -> ScoredCase {
    let voxel_mm3 = voxel_mm3(predicted);
    let by_threshold = thresholds.iter().map(|&threshold| {
        let found = clusters(predicted, threshold as f32);
        let overlap = MaskOverlap::of(truth, &found, voxel_mm3);
        let scores = left_out_mm3.iter().map(|&mm3| overlap.scores(mm3));
        ThresholdScores {
            threshold,
            scores: scores.collect(),
        }
    });
    let likely = predicted.values().iter().filter(|p| **p >= 0.5);
    let likely: f64 = likely.map(|&p| f64::from(p)).sum();
    let n_true: usize = truth.sizes().iter().sum();
    ScoredCase {
        by_threshold: by_threshold.collect(),
        probability_volume_difference_mm3: (likely - n_true as f64) * voxel_mm3,
        voxel_mm3,
        truth: truth_name,
        predicted: predicted_name,
    }
}

pub(super) fn voxel_mm3(volume: &Volume) -> f64 {
    let edges = volume.grid().world_from_voxel().fixed_view::<3, 3>(0, 0);
    edges.determinant().abs()
}

/// A mask has whole numbers, 0 outside; the largest of them.
pub(super) fn check_mask(mask: &Volume, path: &Path) -> anyhow::Result<f32> {
    let is_wrong = |value: &&f32| !(**value >= 0.0 && value.fract() == 0.0);
    match mask.values().iter().find(is_wrong) {
        Some(value) => bail!(
            "a voxel has the value {value}, where a true mask has 0 and 1: {}",
            path.display()
        ),
        None => Ok(mask.values().iter().copied().fold(0.0, f32::max)),
    }
}

pub(super) fn check_threshold(threshold: f64) -> anyhow::Result<()> {
    match (0.0..1.0).contains(&threshold) {
        true => Ok(()),
        false => bail!("a threshold is from 0 up to 1, not {threshold}"),
    }
}

pub(super) fn check_left_out(mm3: f64) -> anyhow::Result<()> {
    match mm3 >= 0.0 && mm3.is_finite() {
        true => Ok(()),
        false => bail!("a volume to leave out is 0 mm3 or more, not {mm3}"),
    }
}

pub(super) fn check_probability(map: &Volume, path: &Path) -> anyhow::Result<()> {
    let is_wrong = |value: &&f32| !(-1e-6..=1.0 + 1e-6).contains(*value);
    match map.values().iter().find(is_wrong) {
        Some(value) => bail!(
            "a voxel has the value {value}, where a probability or a mask has 0 to 1: {}",
            path.display()
        ),
        None => Ok(()),
    }
}

/// Voxels are compared one by one: both must lie at the same places, to a tenth of a voxel.
pub(super) fn check_grids(
    first: &Volume,
    first_path: &Path,
    second: &Volume,
    second_path: &Path,
) -> anyhow::Result<()> {
    let (a, b) = (first.grid(), second.grid());
    let smallest = a.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
    let corners = a.corners_in_world().into_iter().zip(b.corners_in_world());
    let off = corners.map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    if a.dims() != b.dims() || off > 0.1 * smallest {
        bail!(
            "two masks lie on different grids ({:?} and {:?} voxels, corners {off:.2} mm apart): {} and {}",
            a.dims(),
            b.dims(),
            first_path.display(),
            second_path.display()
        );
    }
    Ok(())
}

fn means(cases: &[ScoredCase], [t, size]: [usize; 2]) -> MeanScores {
    let scores: Vec<&MaskScores> = cases
        .iter()
        .map(|case| &case.by_threshold[t].scores[size])
        .collect();
    let mean = |of: &dyn Fn(&MaskScores) -> Option<f64>| -> Option<f64> {
        let values: Vec<f64> = scores.iter().filter_map(|scores| of(scores)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let over_all = |of: &dyn Fn(&MaskScores) -> f64| -> f64 {
        scores.iter().map(|scores| of(scores)).sum::<f64>() / scores.len().max(1) as f64
    };
    MeanScores {
        threshold: cases
            .first()
            .map_or(0.0, |case| case.by_threshold[t].threshold),
        left_out_mm3: scores.first().map_or(0.0, |scores| scores.left_out_mm3),
        mean: RuleValues {
            voxel_dice: mean(&|s| s.voxels.f1.value),
            shivai_f1: mean(&|s| s.shivai.f1.value),
            symmetric_f1: mean(&|s| s.symmetric.f1.value),
            epvs_f1: mean(&|s| s.epvs.f1.value),
            valdo_f1: mean(&|s| s.valdo.f1.value),
        },
        n: RuleCounts {
            cases: scores.len(),
            valdo_f1: scores.iter().filter(|s| s.valdo.f1.value.is_some()).count(),
        },
        pooled: pooled(&scores),
        count_difference: over_all(&|s| s.count_difference as f64),
        volume_difference_mm3: over_all(&|s| s.volume_difference_mm3),
        absolute_count_difference: over_all(&|s| s.count_difference.unsigned_abs() as f64),
        absolute_volume_difference_mm3: over_all(&|s| s.volume_difference_mm3.abs()),
    }
}

/// `2 TP / (2 TP + FP + FN)` of the counts of all cases together.
fn pooled(scores: &[&MaskScores]) -> RuleValues {
    let of = |rule: &dyn Fn(&MaskScores) -> [usize; 3]| -> Option<f64> {
        let [mut tp, mut fp, mut missed] = [0, 0, 0];
        for counts in scores.iter().map(|scores| rule(scores)) {
            tp += counts[0];
            fp += counts[1];
            missed += counts[2];
        }
        let all = 2 * tp + fp + missed;
        (all > 0).then(|| 2.0 * tp as f64 / all as f64)
    };
    let counts = |found: &crate::volume::FoundScores| {
        [
            found.true_positives,
            found.false_positives,
            found.false_negatives,
        ]
    };
    RuleValues {
        voxel_dice: of(&|s| counts(&s.voxels)),
        shivai_f1: of(&|s| counts(&s.shivai)),
        symmetric_f1: of(&|s| counts(&s.symmetric)),
        epvs_f1: of(&|s| counts(&s.epvs)),
        valdo_f1: of(&|s| counts(&s.valdo)),
    }
}
