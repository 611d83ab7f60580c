//! A scan onto a template or another head: 12 parameters, by mutual information, coarse to fine.
//!
//! The contrasts may differ and one of them may show the brain only, so that differences of values
//! mean nothing, and what both show is all that counts.

use super::halfway::{Pair, Points, correlation};
use super::head::HeadScan;
use super::information::{Change, Motion, climb};
use super::start;
use super::{Progress, Registration, RegistrationError};
use crate::volume::Affine;
use nalgebra::Vector3;

/// Resolutions and the lattices of their points, mm.
const LEVELS: [(f64, f64); 3] = [(8.0, 6.0), (4.0, 4.0), (2.0, 3.0)];
/// Steps end when they move the rim of the head by less than this share of the level's spacing.
const STEP_SHARE: f64 = 0.01;
/// At most so many samplings of a level.
const MOST_STEPS: usize = 40;

/// The affine from the moving scan's world to the fixed one's.
pub(super) fn register(
    fixed: &HeadScan,
    moving: &HeadScan,
    tell: &Progress<'_>,
) -> Result<Registration, RegistrationError> {
    tell.at(0.0)?;
    let (start, _) = start::find(fixed, moving).ok_or(RegistrationError::NoOverlap)?;
    tell.at(0.2)?;
    let mut fixed_from_moving = start.to_homogeneous();
    let mut seen_last = None;
    for (done, (level_mm, lattice_mm)) in LEVELS.into_iter().enumerate() {
        let pair = Pair::new(fixed, moving, level_mm);
        let points = pair.shared_points(&inverse(&fixed_from_moving), lattice_mm);
        let see = |change: &Change| {
            let moved = after(&points, change, &fixed_from_moving);
            pair.see_at(&points, &Affine::identity(), &inverse(&moved))
        };
        let until_mm = STEP_SHARE * level_mm;
        let (change, _) = climb(&points, Motion::Affine, until_mm, MOST_STEPS, &see);
        seen_last = correlation(&points, &see(&change));
        fixed_from_moving = after(&points, &change, &fixed_from_moving);
        tell.at(0.2 + 0.8 * (done + 1) as f32 / LEVELS.len() as f32)?;
    }
    let correlation = seen_last.unwrap_or(f64::NAN);
    Ok(Registration::of(fixed_from_moving, moving, correlation))
}

fn inverse(affine: &Affine) -> Affine {
    affine.try_inverse().unwrap_or_else(Affine::identity)
}

/// The transform with a change about the points' centre put before it.
fn after(points: &Points, change: &Change, fixed_from_moving: &Affine) -> Affine {
    let mut step = Affine::identity();
    let mut linear = step.fixed_view_mut::<3, 3>(0, 0);
    linear += change.map;
    let center = points.center.coords;
    let shift: Vector3<f64> = change.shift - change.map * center;
    step.fixed_view_mut::<3, 1>(0, 3).copy_from(&shift);
    step * fixed_from_moving
}
