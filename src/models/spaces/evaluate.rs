//! How good networks are on the heads that they did not learn from.

use super::card::SpacesScores;
use super::data::MaskedCase;
use crate::models::processor::{FoldedVolumeUNets, TileFailed};
use crate::volume::{Components, MaskOverlap, MaskScores, Neighbours};
use rayon::prelude::*;

/// Thresholds of Figure 1A of the paper.
pub const THRESHOLDS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// Volumes up to which clusters are left out in that figure, mm3.
pub const LEFT_OUT_MM3: [f64; 16] = [
    0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0,
];

/// The best threshold by the Dice coefficient of voxels, and all scores of the mean over heads, each by
/// a network that did not learn from it. Voxels are of `voxel_mm3`.
///
/// # Errors
/// When a network cannot be computed, or `goes_on` answers to stop.
pub fn score(
    judged: &[(&FoldedVolumeUNets, &MaskedCase)],
    voxel_mm3: f64,
    most_bytes: usize,
    goes_on: &(dyn Fn(f64) -> bool + Sync),
) -> Result<(f64, SpacesScores), TileFailed> {
    let n = judged.len();
    // By threshold, then by volume: sums over heads.
    let mut sums = vec![[[0.0_f64; 2]; LEFT_OUT_MM3.len()]; THRESHOLDS.len()];
    for (at, (net, case)) in judged.iter().enumerate() {
        let share = |share: f64| goes_on((at as f64 + share) / n as f64);
        let values: Vec<f32> = (0..case.size.iter().product())
            .map(|place| case.value(place))
            .collect();
        let made = net.probabilities(&values, case.size, most_bytes, &share)?;
        let mut truth = vec![false; made.len()];
        for &place in &case.marked {
            truth[place as usize] = true;
        }
        // Components count voxels with the first axis fastest.
        let [nx, ny, nz] = case.size;
        let components = |mask: &[bool]| Components::of(mask, [nz, ny, nx], Neighbours::Corners);
        let truth = components(&truth);
        let by_threshold: Vec<Vec<MaskScores>> = THRESHOLDS
            .par_iter()
            .map(|&threshold| {
                let mask: Vec<bool> = made.iter().map(|&p| p > threshold as f32).collect();
                let overlap = MaskOverlap::of(&truth, &components(&mask), voxel_mm3);
                LEFT_OUT_MM3
                    .iter()
                    .map(|&mm3| overlap.scores(mm3))
                    .collect()
            })
            .collect();
        for (sums, scores) in sums.iter_mut().zip(&by_threshold) {
            for (sums, scores) in sums.iter_mut().zip(scores) {
                sums[0] += scores.voxels.f1.value.unwrap_or(0.0) / n as f64;
                sums[1] += scores.shivai.f1.value.unwrap_or(0.0) / n as f64;
            }
        }
    }
    let voxels = |at: &usize| sums[*at][0][0];
    let best = (0..THRESHOLDS.len()).max_by(|a, b| voxels(a).total_cmp(&voxels(b)));
    let best = best.unwrap_or(4);
    let scores = SpacesScores {
        patients: n,
        voxel_dice: THRESHOLDS
            .iter()
            .zip(&sums)
            .map(|(&threshold, sums)| [threshold, sums[0][0]])
            .collect(),
        cluster_dice: LEFT_OUT_MM3
            .iter()
            .zip(&sums[best])
            .map(|(&mm3, sums)| [mm3, sums[1]])
            .collect(),
    };
    Ok((THRESHOLDS[best], scores))
}
