//! Where to begin: the middles of both craniums, and turns up to some 50 degrees tried at low
//! resolution.

use super::halfway::{Pair, correlation};
use super::head::HeadScan;
use super::robust::{Steps, walk};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};
use rayon::prelude::*;

/// The resolution at which starts are tried, mm.
pub(super) const START_MM: f64 = 8.0;
/// Components of the turns that are tried (axis times angle), degrees.
const TURNS_DEG: [f64; 5] = [-28.0, -14.0, 0.0, 14.0, 28.0];
/// So many of the best are walked from.
const WALKED: usize = 4;

/// The pose that fits best at low resolution, with its correlation; `None` where no start lets the
/// heads overlap by half.
pub(super) fn find(fixed: &HeadScan, moving: &HeadScan) -> Option<(Isometry3<f64>, f64)> {
    let pair = Pair::new(fixed, moving, START_MM);
    let mut tried: Vec<(f64, Isometry3<f64>)> = starts(fixed, moving)
        .into_par_iter()
        .filter_map(|pose| Some((score(&pair, &pose)?, pose)))
        .collect();
    tried.sort_by(|a, b| b.0.total_cmp(&a.0));
    tried.truncate(WALKED);
    // Where the world of both scans is that of one scanner, heads lie close already.
    if let Some(as_they_lie) = score(&pair, &Isometry3::identity()) {
        tried.push((as_they_lie, Isometry3::identity()));
    }
    let steps = Steps {
        sat: 6.0,
        most: 12,
        until_mm: 0.05,
    };
    tried
        .into_par_iter()
        .filter_map(|(_, pose)| {
            let points = pair.points(&pose, START_MM);
            let pose = walk(&pair, &points, &pose, &steps, None).pose;
            Some((pose, score(&pair, &pose)?))
        })
        .collect::<Vec<_>>()
        .into_iter()
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn score(pair: &Pair<'_>, pose: &Isometry3<f64>) -> Option<f64> {
    let points = pair.points(pose, START_MM);
    correlation(&points, &pair.see(&points, pose))
}

/// Turns about the middles of the craniums, which are laid on each other. With each turn its
/// opposite is there, so that exchanging the scans tries the inverse of the same.
fn starts(fixed: &HeadScan, moving: &HeadScan) -> Vec<Isometry3<f64>> {
    let (to, from) = (fixed.center(), moving.center());
    let mut starts = Vec::with_capacity(TURNS_DEG.len().pow(3));
    for z in TURNS_DEG {
        for y in TURNS_DEG {
            for x in TURNS_DEG {
                let turn = Vector3::new(x, y, z).map(f64::to_radians);
                let turn = UnitQuaternion::from_scaled_axis(turn);
                starts
                    .push(Translation3::from(to.coords) * turn * Translation3::from(-from.coords));
            }
        }
    }
    starts
}
