//! What only a head has that is drawn as fine as a scan shows it: a pons that bulges, and vessels.
//! Signed distances in template mm.

use super::super::field::{Point, chain, ellipsoid, hypot, near, rod, smooth_max, smooth_min};
use super::super::shape::FineShape;
use super::cerebrum::mirrored;
use super::hindbrain;
use super::lattice::Node;

/// How much water lies before the pons, beside what its bulge takes, mm.
const BEFORE_PONS_MM: f32 = 2.5;

/// How far before its usual place the clivus lies, mm.
pub(super) fn clivus_mm(fine: FineShape) -> f32 {
    fine.pons_mm + BEFORE_PONS_MM
}

/// The brainstem with the belly of the pons, a notch above and below it, and the fossa between the
/// peduncles.
pub(super) fn brainstem(p: Point, fine: FineShape) -> f32 {
    let usual = hindbrain::brainstem(p);
    if !near(p, [24.0, -44.0, 6.0, -58.0, 0.0]) {
        return usual;
    }
    let m = mirrored(p);
    let between = rod(m, [0.0, -11.0, -9.0], [0.0, -17.5, -18.5], [4.0, 2.6]);
    let carved = smooth_max(usual, -between, 2.0);
    // Under the pons the medulla stands back.
    let below = rod(m, [0.0, -16.5, -48.5], [10.0, -16.5, -48.5], [3.2, 3.0]);
    let carved = smooth_max(carved, -below, 2.0);
    let radii = [16.5, 9.0 + fine.pons_mm, 13.0];
    let belly = ellipsoid(m, [0.0, -21.5, -32.0], radii);
    smooth_min(carved, belly, 2.0)
}

/// Arteries of the base and around the callosum, and what runs down the sulci; only where there is water
/// is anything seen of it.
pub(super) fn vessels(here: &Node, fine: FineShape) -> f32 {
    let radius = fine.artery_mm;
    let large = great_arteries(here.brain, radius);
    // Where a larger sulcus crosses a small one, a line goes down from the surface.
    let [fold, slope] = here.fold;
    let [dimple, slope_of_dimple] = here.dimple;
    if slope < 0.03 || slope_of_dimple < 0.03 {
        return large;
    }
    let down = hypot(fold / slope, dimple / slope_of_dimple) - fine.vein_mm;
    large.min(down)
}

fn great_arteries(p: Point, radius: f32) -> f32 {
    if !near(p, [52.0, -56.0, 46.0, -66.0, 46.0]) {
        return 99.0;
    }
    let m = mirrored(p);
    let tube = |course: &[Point], share: f32| {
        let radius = share * radius;
        course
            .windows(2)
            .map(|ends| rod(m, ends[0], ends[1], [radius; 2]))
            .fold(f32::INFINITY, f32::min)
    };
    // Around the callosum, beside the falx.
    let anterior = tube(
        &[
            [2.0, 6.0, -13.0],
            [1.5, 30.0, -9.0],
            [1.5, 41.0, 4.0],
            [1.5, 37.0, 22.0],
            [1.5, 20.0, 33.0],
            [1.5, -6.0, 37.0],
            [1.5, -30.0, 30.0],
        ],
        0.75,
    );
    let middle = tube(
        &[
            [24.0, 5.0, -14.0],
            [34.0, 6.0, -8.0],
            [41.0, 2.0, 0.0],
            [43.0, -10.0, 7.0],
            [44.0, -24.0, 14.0],
        ],
        0.8,
    );
    let branch = tube(
        &[[34.0, 6.0, -8.0], [40.0, 14.0, 0.0], [43.0, 14.0, 9.0]],
        0.7,
    );
    let posterior = tube(
        &[
            [1.5, -10.5, -20.0],
            [12.0, -17.0, -16.5],
            [18.0, -28.0, -10.0],
            [15.0, -40.0, -5.0],
            [13.0, -54.0, 2.0],
        ],
        0.75,
    );
    let vertebral = chain(
        m,
        &[
            [11.0, -36.0, -66.0, radius],
            [6.0, -26.0, -55.0, radius],
            [0.5, -13.0, -45.0, radius],
        ],
    );
    anterior
        .min(middle)
        .min(branch)
        .min(posterior)
        .min(vertebral)
}
