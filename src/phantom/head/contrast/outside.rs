//! What enhances outside the brain, and where fat is not suppressed: signed distances in the template
//! of the skull, mm.

use super::super::super::field::{Point, chain, ellipsoid, near, ramp, rod};
use super::super::cerebrum::mirrored;
use super::super::skull;

/// Distance to the air of nose, sinuses and throat; large where it is far, and at the mouth, whose
/// cleft is so flat that no distance to it holds beside it.
pub(super) fn air(p: Point) -> f32 {
    let at_mouth = near(p, [60.0, 12.0, 106.0, -91.0, -75.0]);
    if !at_mouth && near(p, [62.0, -32.0, 106.0, -176.0, 18.0]) {
        skull::airways(p)
    } else {
        99.0
    }
}

/// The lining of the nose, with its conchae, and of what opens into it.
pub(super) fn mucosa(p: Point, air: f32) -> f32 {
    let m = mirrored(p);
    let conchae = ellipsoid(m, [7.0, 42.0, -58.0], [7.5, 31.0, 12.0]);
    let throat = ramp(-60.0, -72.0, p[2]) * ramp(-110.0, -96.0, p[2]);
    (air - 0.8 - 1.4 * throat).min(conchae)
}

/// The share of the signal of fat that is left where suppression leaves `left` of it in the open and
/// fails within `fails_mm` of air.
pub(super) fn fat_left(p: Point, air: f32, left: f32, fails_mm: f32) -> f32 {
    let mastoid = near(p, [90.0, -60.0, -10.0, -70.0, -20.0]);
    let m = mirrored(p);
    let cells = if mastoid {
        ellipsoid(m, [53.0, -34.0, -44.0], [13.0, 17.0, 20.0]).max(0.0) + 5.0
    } else {
        99.0
    };
    let near_air = air.min(cells).max(0.0) / fails_mm;
    let by_air = 0.5 / (1.0 + near_air * near_air * near_air * near_air);
    // The neck is far from the middle of the coil and of the shim.
    let by_neck = 0.55 * ramp(-84.0, -140.0, p[2]);
    left + (0.9 - left) * by_air.max(by_neck)
}

/// The optic nerve behind the eye, and the water around it whose rim is so wide.
pub(super) fn optic_nerve(p: Point, rim_mm: f32) -> [f32; 2] {
    let m = mirrored(p);
    let nerve = |more: f32| {
        rod(
            m,
            [33.0, 49.5, -35.0],
            [18.5, 23.0, -29.0],
            [1.7 + 1.3 * more, 1.5 + 0.6 * more],
        )
    };
    [nerve(0.0), nerve(rim_mm)]
}

/// The plexus on the floor of the lateral ventricles, in the template of the brain.
pub(in crate::phantom::head) fn choroid_plexus(p: Point) -> f32 {
    const COURSE: [[f32; 4]; 7] = [
        [6.5, 2.0, 10.5, 0.8],
        [9.5, -14.0, 15.5, 1.0],
        [16.0, -30.0, 14.5, 1.6],
        [23.0, -41.0, 8.5, 3.0],
        [29.0, -38.0, 1.5, 1.8],
        [33.5, -32.0, -5.0, 1.2],
        [34.0, -20.0, -12.0, 0.8],
    ];
    chain(mirrored(p), &COURSE)
}
