//! One scan of a patient onto another, coarse to fine.

use super::halfway::{Pair, Points, equalise};
use super::head::HeadScan;
use super::information::{Change, Motion, climb};
use super::pose::{half, mean_distance_mm, small};
use super::quality::Found;
use super::robust::{Arrived, Steps, walk};
use super::start;
use super::{Progress, Registration, RegistrationError};
use nalgebra::{Isometry3, Vector3};

/// Outliers at low resolution, where the usual difference is that of a rough fit.
const COARSE_SAT: f32 = 6.0;
/// At high resolution: 95 % of the efficiency of least squares where errors are normal.
const FINE_SAT: f32 = 4.685;
/// At most so many samplings of a level.
const MOST_STEPS: usize = 8;
/// Steps end when they are shorter than this share of the level's spacing.
const STEP_SHARE: f64 = 0.005;
/// Mutual information is climbed on about so many points.
const POLISHED: usize = 100_000;

/// Resolutions and the lattices of their points, in mm, coarse to fine.
fn levels(fixed: &HeadScan, moving: &HeadScan) -> Vec<(f64, f64)> {
    let finest = f64::max(fixed.finest_mm(), moving.finest_mm());
    let mut levels: Vec<(f64, f64)> = [(4.0, 4.0), (2.0, 3.0)]
        .into_iter()
        .filter(|(level, _)| *level > 1.4 * finest)
        .collect();
    levels.push((finest, f64::max(2.0, finest)));
    levels
}

/// The rigid motion from the moving scan's world to the fixed one's.
pub(super) fn register(
    fixed: &HeadScan,
    moving: &HeadScan,
    tell: &Progress<'_>,
) -> Result<Registration, RegistrationError> {
    tell.at(0.0)?;
    let (start, _) = start::find(fixed, moving).ok_or(RegistrationError::NoOverlap)?;
    tell.at(0.3)?;
    let levels = levels(fixed, moving);
    let (&last, coarse) = levels.split_last().ok_or(RegistrationError::NoOverlap)?;
    let mut pose = start;
    for &level in coarse {
        let (_, _, arrived) = level_from(fixed, moving, level, COARSE_SAT, &pose);
        pose = arrived.pose;
        tell.at(0.4)?;
    }
    let (pair, points, arrived) = level_from(fixed, moving, last, FINE_SAT, &pose);
    tell.at(0.6)?;

    let cranium = fixed.cranium();
    let polished = polish(&pair, &points, &arrived);
    let second_opinion_mm = mean_distance_mm(
        &polished.to_homogeneous(),
        &arrived.pose.to_homogeneous(),
        &cranium,
    );
    tell.at(0.8)?;
    let found = Found {
        pair: &pair,
        points: &points,
        arrived: &arrived,
        pose: arrived.pose,
        second_opinion_mm,
        cranium: &cranium,
        steps: &steps(last.0, FINE_SAT),
    };
    let quality = found.quality();
    tell.at(1.0)?;
    let fixed_from_moving = arrived.pose.to_homogeneous();
    Ok(Registration {
        second_opinion: Some(polished.to_homogeneous()),
        quality: Some(quality.clone()),
        ..Registration::of(fixed_from_moving, moving, quality.correlation)
    })
}

fn steps(level_mm: f64, sat: f32) -> Steps {
    Steps {
        sat,
        most: MOST_STEPS,
        until_mm: STEP_SHARE * level_mm,
    }
}

fn level_from<'a>(
    fixed: &'a HeadScan,
    moving: &'a HeadScan,
    (level_mm, lattice_mm): (f64, f64),
    sat: f32,
    pose: &Isometry3<f64>,
) -> (Pair<'a>, Points, Arrived) {
    let pair = Pair::new(fixed, moving, level_mm);
    let points = pair.points(pose, lattice_mm);
    let arrived = walk(&pair, &points, pose, &steps(level_mm, sat), None);
    (pair, points, arrived)
}

/// From there to where mutual information is largest, with both scans made equally bright.
fn polish(pair: &Pair<'_>, points: &Points, arrived: &Arrived) -> Isometry3<f64> {
    let (thin, trust) = points.thinned_with(POLISHED, &arrived.trust);
    let halfway = half(&arrived.pose);
    let after = |change: &Change| {
        let turn = Vector3::new(change.map[(2, 1)], change.map[(0, 2)], change.map[(1, 0)]);
        halfway * small(&thin.center, change.shift, turn) * halfway
    };
    let see = |change: &Change| {
        let mut seen = pair.see(&thin, &after(change));
        equalise(&thin, &mut seen, &trust);
        seen
    };
    let (change, _) = climb(&thin, Motion::Rigid, 0.003, 12, &see);
    after(&change)
}
