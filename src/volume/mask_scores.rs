//! How well a predicted mask finds what a true one has: by voxels, and by clusters in four ways.
//!
//! The rules differ in what counts as found, and all are offered because papers use all of them. A
//! cluster is a connected component with 26 neighbours. Clusters of at most a given volume can be
//! left out of both masks first, each mask by itself.

use super::components::Components;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What two masks on one grid have in common, cluster by cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskOverlap {
    /// Voxels of each cluster.
    truth: Vec<usize>,
    predicted: Vec<usize>,
    /// Voxels that a true and a predicted cluster share, where there are any; in the order of the
    /// true ones.
    shared: Vec<Shared>,
    voxel_mm3: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Shared {
    truth: usize,
    predicted: usize,
    voxels: usize,
}

/// A score, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The number; `None` where the rule gives none.
    pub value: Option<f64>,
    /// Said where a mask is empty: what the rule makes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<&'static str>,
}

impl Score {
    fn of(value: f64) -> Self {
        Self {
            value: Some(value),
            remark: None,
        }
    }

    fn by_rule(value: f64, remark: &'static str) -> Self {
        Self {
            value: Some(value),
            remark: Some(remark),
        }
    }

    fn none(remark: &'static str) -> Self {
        Self {
            value: None,
            remark: Some(remark),
        }
    }
}

/// Both masks are empty.
const NOTHING_TO_FIND: &str = "both masks are empty: 1 by the rule";
/// Nothing is found where there is something, or the other way round.
const NOTHING_FOUND: &str = "one of the masks is empty: 0 by the rule";
const EMPTY_TRUTH: &str = "the truth is empty: no number by the rule";

/// Counts and what follows from them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FoundScores {
    /// What is there and was found, counted in the truth.
    pub true_positives: usize,
    /// What is predicted and is not there.
    pub false_positives: usize,
    /// What is there and was not found.
    pub false_negatives: usize,
    /// Share of what is there that was found.
    pub sensitivity: Score,
    /// Share of what is predicted that is there.
    pub precision: Score,
    /// By voxels the Dice coefficient; else the harmonic mean of sensitivity and precision.
    pub f1: Score,
}

/// All scores of a predicted mask after clusters up to a volume were left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MaskScores {
    /// Clusters of at most this volume were left out of both masks; 0 for none.
    pub left_out_mm3: f64,
    /// By voxels.
    pub voxels: FoundScores,
    /// By clusters as SHiVAi counts them: any touch; what is left of one mask against all of the
    /// other (Boutinaud and others 2021).
    pub shivai: FoundScores,
    /// By clusters with any touch, both masks filtered alike, each side counted for itself.
    pub symmetric: FoundScores,
    /// By the EPVS challenge of 2024: any touch; its precision divides *true* clusters that are
    /// touched by predicted clusters, and can be above 1.
    pub epvs: FoundScores,
    /// By task 1 of the VALDO challenge: the best match of each, with an intersection over union
    /// above 0.1; without weights for how many raters marked a cluster.
    pub valdo: FoundScores,
    /// Mean Dice coefficient of the true clusters that VALDO's rule has as found.
    pub valdo_dice: Score,
    /// Clusters of the truth.
    pub n_truth: usize,
    /// Clusters of the prediction.
    pub n_predicted: usize,
    /// Predicted less true clusters.
    pub count_difference: i64,
    /// Volume of the truth, mm3.
    pub truth_mm3: f64,
    /// Volume of the prediction, mm3.
    pub predicted_mm3: f64,
    /// Predicted less true volume, mm3.
    pub volume_difference_mm3: f64,
    /// Absolute difference of the volumes as a share of the true one (EPVS challenge 2024).
    pub relative_volume_difference: Score,
}

/// Which clusters are kept.
struct Kept {
    truth: Vec<bool>,
    predicted: Vec<bool>,
}

impl MaskOverlap {
    /// Compares the clusters of two masks on one grid of voxels of `voxel_mm3`.
    ///
    /// # Panics
    /// When the masks have different numbers of voxels along an axis.
    #[must_use]
    pub fn of(truth: &Components, predicted: &Components, voxel_mm3: f64) -> Self {
        assert_eq!(truth.dims(), predicted.dims(), "masks on two grids");
        let mut shared: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let [_, ny, nz] = truth.dims();
        for k in 0..nz {
            for j in 0..ny {
                let (mut a, mut b) = (truth.runs_in_row(j, k), predicted.runs_in_row(j, k));
                while let ([first, rest_a @ ..], [second, rest_b @ ..]) = (a, b) {
                    let common = first
                        .end
                        .min(second.end)
                        .saturating_sub(first.start.max(second.start));
                    if common > 0 {
                        let pair = (first.component as usize, second.component as usize);
                        *shared.entry(pair).or_default() += common as usize;
                    }
                    match first.end < second.end {
                        true => a = rest_a,
                        false => b = rest_b,
                    }
                }
            }
        }
        let shared = shared
            .into_iter()
            .map(|((truth, predicted), voxels)| Shared {
                truth,
                predicted,
                voxels,
            });
        Self {
            truth: truth.sizes(),
            predicted: predicted.sizes(),
            shared: shared.collect(),
            voxel_mm3,
        }
    }

    /// All scores after clusters of at most `left_out_mm3` were left out.
    #[must_use]
    pub fn scores(&self, left_out_mm3: f64) -> MaskScores {
        let kept = self.kept(left_out_mm3);
        let count = |kept: &[bool]| kept.iter().filter(|kept| **kept).count();
        let [n_truth, n_predicted] = [count(&kept.truth), count(&kept.predicted)];
        let volume = |sizes: &[usize], kept: &[bool]| {
            let voxels: usize = sizes
                .iter()
                .zip(kept)
                .filter(|(_, kept)| **kept)
                .map(|(n, _)| n)
                .sum();
            voxels as f64 * self.voxel_mm3
        };
        let truth_mm3 = volume(&self.truth, &kept.truth);
        let predicted_mm3 = volume(&self.predicted, &kept.predicted);
        let difference = predicted_mm3 - truth_mm3;
        let (valdo, valdo_dice) = self.valdo(&kept);
        MaskScores {
            left_out_mm3,
            voxels: self.voxels(&kept),
            shivai: self.shivai(&kept),
            symmetric: self.symmetric(&kept),
            epvs: self.epvs(&kept),
            valdo,
            valdo_dice,
            n_truth,
            n_predicted,
            count_difference: n_predicted as i64 - n_truth as i64,
            truth_mm3,
            predicted_mm3,
            volume_difference_mm3: difference,
            relative_volume_difference: match n_truth {
                0 => Score::none(EMPTY_TRUTH),
                _ => Score::of(difference.abs() / truth_mm3),
            },
        }
    }

    fn kept(&self, left_out_mm3: f64) -> Kept {
        // A volume of n voxels is n times theirs but for rounding.
        let most = left_out_mm3 / self.voxel_mm3 * (1.0 + 1e-9);
        let of = |sizes: &[usize]| sizes.iter().map(|&n| n as f64 > most).collect();
        Kept {
            truth: of(&self.truth),
            predicted: of(&self.predicted),
        }
    }

    fn voxels(&self, kept: &Kept) -> FoundScores {
        let sum = |sizes: &[usize], kept: &[bool]| -> usize {
            sizes
                .iter()
                .zip(kept)
                .filter(|(_, kept)| **kept)
                .map(|(n, _)| n)
                .sum()
        };
        let both = |pair: &&Shared| kept.truth[pair.truth] && kept.predicted[pair.predicted];
        let found: usize = self
            .shared
            .iter()
            .filter(both)
            .map(|pair| pair.voxels)
            .sum();
        let missed = sum(&self.truth, &kept.truth) - found;
        let wrong = sum(&self.predicted, &kept.predicted) - found;
        found_scores([found, found], [wrong, missed])
    }

    /// Clusters that have a partner which is wanted.
    fn touched(&self, n: usize, pick: impl Fn(&Shared) -> (usize, bool)) -> Vec<bool> {
        let mut touched = vec![false; n];
        for pair in &self.shared {
            let (cluster, is_wanted) = pick(pair);
            touched[cluster] |= is_wanted;
        }
        touched
    }

    fn shivai(&self, kept: &Kept) -> FoundScores {
        let n = self.truth.len();
        let by_any = self.touched(n, |pair| (pair.truth, true));
        let by_kept = self.touched(n, |pair| (pair.truth, kept.predicted[pair.predicted]));
        let of_any = self.touched(self.predicted.len(), |pair| (pair.predicted, true));
        let found = count(&kept.truth, &by_any, true);
        let missed = count(&kept.truth, &by_any, false);
        let matched = by_kept.iter().filter(|touched| **touched).count();
        let wrong = count(&kept.predicted, &of_any, false);
        // Where one of the two counts of what was found is 0 and nothing is missed or wrong, its share
        // is 1: so does the authors' code.
        let all_well = missed == 0 && wrong == 0;
        let share = |found: usize, rest: usize| match found {
            0 if all_well => 1.0,
            0 => 0.0,
            _ => found as f64 / (found + rest) as f64,
        };
        let [sensitivity, precision] = [share(found, missed), share(matched, wrong)];
        let remark = match (
            found + missed,
            count(&kept.predicted, &of_any, true) + wrong,
        ) {
            (0, 0) => Some(NOTHING_TO_FIND),
            (0, _) | (_, 0) => Some("what is left of one mask is empty: by the rule"),
            _ => None,
        };
        let score = |value: f64| Score {
            value: Some(value),
            remark,
        };
        FoundScores {
            true_positives: found,
            false_positives: wrong,
            false_negatives: missed,
            sensitivity: score(sensitivity),
            precision: score(precision),
            f1: score(harmonic(sensitivity, precision)),
        }
    }

    /// Touched clusters of the truth and of the prediction, those that are kept.
    fn touched_both(&self, kept: &Kept) -> [Vec<bool>; 2] {
        let both = |pair: &Shared| kept.truth[pair.truth] && kept.predicted[pair.predicted];
        [
            self.touched(self.truth.len(), |pair| (pair.truth, both(pair))),
            self.touched(self.predicted.len(), |pair| (pair.predicted, both(pair))),
        ]
    }

    fn symmetric(&self, kept: &Kept) -> FoundScores {
        let [truth, predicted] = self.touched_both(kept);
        let found = [
            count(&kept.truth, &truth, true),
            count(&kept.predicted, &predicted, true),
        ];
        let rest = [
            count(&kept.predicted, &predicted, false),
            count(&kept.truth, &truth, false),
        ];
        found_scores(found, rest)
    }

    fn epvs(&self, kept: &Kept) -> FoundScores {
        let [truth, predicted] = self.touched_both(kept);
        let found = count(&kept.truth, &truth, true);
        let missed = count(&kept.truth, &truth, false);
        let wrong = count(&kept.predicted, &predicted, false);
        let n_predicted = kept.predicted.iter().filter(|kept| **kept).count();
        let share = |of: usize| match of {
            0 => Score::by_rule(
                0.0,
                "the mask that it is a share of is empty: 0 by the rule",
            ),
            _ => Score::of(found as f64 / of as f64),
        };
        let [sensitivity, precision] = [share(found + missed), share(n_predicted)];
        let f1 = harmonic(
            sensitivity.value.unwrap_or(0.0),
            precision.value.unwrap_or(0.0),
        );
        FoundScores {
            true_positives: found,
            false_positives: wrong,
            false_negatives: missed,
            sensitivity,
            precision,
            f1: match sensitivity.remark.or(precision.remark) {
                Some(_) => Score::by_rule(f1, NOTHING_FOUND),
                None => Score::of(f1),
            },
        }
    }

    fn valdo(&self, kept: &Kept) -> (FoundScores, Score) {
        let is_kept = |pair: &&Shared| kept.truth[pair.truth] && kept.predicted[pair.predicted];
        let iou = |pair: &Shared| {
            let union = self.truth[pair.truth] + self.predicted[pair.predicted] - pair.voxels;
            pair.voxels as f64 / union as f64
        };
        // Each predicted cluster goes to the true one that it shares most voxels with; the first of
        // equals, in the order of the truth.
        let mut goes_to: Vec<Option<&Shared>> = vec![None; self.predicted.len()];
        for pair in self.shared.iter().filter(is_kept) {
            let place = &mut goes_to[pair.predicted];
            if place.is_none_or(|before| pair.voxels > before.voxels) {
                *place = Some(pair);
            }
        }
        let n = self.truth.len();
        let mut best_iou = vec![0.0_f64; n];
        let mut is_met = vec![false; n];
        // All predicted voxels of those that go to a true cluster, and what they share with it.
        let mut together = vec![[0_usize; 2]; n];
        for pair in goes_to.iter().copied().flatten() {
            is_met[pair.truth] = true;
            together[pair.truth][0] += self.predicted[pair.predicted];
            together[pair.truth][1] += pair.voxels;
            best_iou[pair.truth] = best_iou[pair.truth].max(iou(pair));
        }
        // Two that match equally well are both right, as in the challenge's code.
        let is_right = |pair: &&Shared| iou(pair) > LEAST_IOU && iou(pair) == best_iou[pair.truth];
        let found: Vec<&Shared> = goes_to.into_iter().flatten().filter(is_right).collect();
        let n_truth = kept.truth.iter().filter(|kept| **kept).count();
        let n_predicted = kept.predicted.iter().filter(|kept| **kept).count();
        let missed = count(&kept.truth, &is_met, false);
        let wrong = n_predicted - found.len();
        let share = |of: usize, empty: Score| match of {
            0 => empty,
            _ => Score::of(found.len() as f64 / of as f64),
        };
        let f1 = match (n_truth, n_predicted) {
            (0, _) => Score::none(EMPTY_TRUTH),
            (_, 0) => Score::by_rule(0.0, NOTHING_FOUND),
            _ => {
                let twice = 2.0 * found.len() as f64;
                Score::of(twice / (twice + (wrong + missed) as f64))
            }
        };
        let matched: BTreeSet<usize> = found.iter().map(|pair| pair.truth).collect();
        let dice = |&truth: &usize| {
            let [predicted, common] = together[truth];
            2.0 * common as f64 / (self.truth[truth] + predicted) as f64
        };
        let mean_dice = match (n_truth, matched.len()) {
            (0, _) => Score::none(EMPTY_TRUTH),
            (_, 0) => Score::by_rule(0.0, "no cluster is found: 0 by the rule"),
            (_, n) => Score::of(matched.iter().map(dice).sum::<f64>() / n as f64),
        };
        let scores = FoundScores {
            true_positives: found.len(),
            false_positives: wrong,
            false_negatives: missed,
            sensitivity: share(found.len() + missed, Score::none(EMPTY_TRUTH)),
            precision: share(n_predicted, Score::by_rule(0.0, NOTHING_FOUND)),
            f1,
        };
        (scores, mean_dice)
    }
}

/// Matches of VALDO's task 1 have more than this intersection over union.
const LEAST_IOU: f64 = 0.1;

fn count(kept: &[bool], touched: &[bool], wanted: bool) -> usize {
    let pairs = kept.iter().zip(touched);
    pairs
        .filter(|(kept, touched)| **kept && **touched == wanted)
        .count()
}

fn harmonic(a: f64, b: f64) -> f64 {
    match a + b > 0.0 {
        true => 2.0 * a * b / (a + b),
        false => 0.0,
    }
}

/// Scores where what is found is counted on either side: in the truth and in the prediction.
fn found_scores(
    [in_truth, in_predicted]: [usize; 2],
    [false_positives, false_negatives]: [usize; 2],
) -> FoundScores {
    let score = |value: f64| match (in_truth + false_negatives, in_predicted + false_positives) {
        (0, 0) => Score::by_rule(1.0, NOTHING_TO_FIND),
        (0, _) | (_, 0) => Score::by_rule(0.0, NOTHING_FOUND),
        _ => Score::of(value),
    };
    let share = |found: usize, rest: usize| found as f64 / (found + rest).max(1) as f64;
    let sensitivity = share(in_truth, false_negatives);
    let precision = share(in_predicted, false_positives);
    FoundScores {
        true_positives: in_truth,
        false_positives,
        false_negatives,
        sensitivity: score(sensitivity),
        precision: score(precision),
        f1: score(harmonic(sensitivity, precision)),
    }
}
