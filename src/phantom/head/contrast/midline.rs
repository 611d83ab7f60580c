//! The basal midline: sella, clivus, pituitary, chiasm, the floor of the third ventricle. Signed
//! distances in the template of the skull, mm.

use super::super::super::field::{Point, ellipsoid, near, ramp, rod, smooth_max, smooth_min};
use super::super::super::leak::LeakShape;
use super::super::cerebrum::mirrored;

/// Half the height of the chiasm, mm.
pub(super) const CHIASM_MM: f32 = 1.7;
/// Where along y the chiasm and the gland lie.
pub(super) const CHIASM_Y: f32 = 3.2;
/// The radius of a mamillary body, mm.
pub(super) const MAMILLARY_MM: f32 = 2.1;
/// The floor of the sella lies so far under the diaphragm, mm.
pub(super) const SELLA_MM: f32 = 7.0;
/// The middle of the pons, and its radii: as in the brainstem of every head.
pub(super) const PONS: [Point; 2] = [[0.0, -25.0, -33.0], [18.5, 13.0, 13.5]];
/// The top of the pons in the midplane, in the template of the brain, and the way up from it.
pub(super) const PONS_TOP: Point = [0.0, -17.0, -22.4];
pub(super) const FROM_PONS_TOP: [f32; 2] = [0.63, 0.776];

/// How far before the clivus a point lies.
pub(super) fn before_clivus([_, y, z]: Point, leak: &LeakShape) -> f32 {
    0.853 * (y + 5.5) - 0.522 * (z + 26.0) - leak.clivus_mm
}

/// The plane of the diaphragm: it rises to the front.
fn sella_z(y: f32, leak: &LeakShape) -> f32 {
    leak.diaphragm_z + 0.2 * (y - CHIASM_Y)
}

/// The inside of the dura with a sella, of which the diaphragm is the roof, and with room before the
/// pons.
pub(in super::super) fn dura(p: Point, other: f32, leak: &LeakShape) -> f32 {
    if !near(p, [26.0, -48.0, 16.0, -70.0, -6.0]) {
        return other;
    }
    let [x, y, z] = mirrored(p);
    let clivus = before_clivus(p, leak);
    let before_pons = ellipsoid([x, y, z], [0.0, -14.0, -36.0], [14.0, 13.0, 19.0]);
    let room = smooth_min(other, smooth_max(before_pons, clivus, 2.0), 4.0);
    let lower = 30.0 * ramp(-46.0, -62.0, z);
    let bone = (sella_z(y, leak) - z)
        .min(clivus)
        .min(13.0 - x)
        .min(12.0 - y)
        - lower;
    smooth_max(room, bone, 1.0)
}

/// The gland in the sella with its stalk. It grows upwards, and a large one bulges.
pub(super) fn pituitary(p: Point, leak: &LeakShape) -> f32 {
    let [x, y, z] = mirrored(p);
    let floor = leak.diaphragm_z - SELLA_MM;
    let half = 0.5 * (leak.gland_top_z - floor);
    let middle = [0.0, CHIASM_Y + 0.4, floor + half];
    let round = ellipsoid([x, y, z], middle, [6.3, 4.3, half]);
    // A low one is flat.
    let flat = ellipsoid([x, y, z], middle, [7.0, 4.6, half + 1.2]);
    let flat = smooth_max(flat, (z - middle[2]).abs() - half, 1.0);
    let bulging = ramp(4.5, 8.5, 2.0 * half);
    let gland = flat + bulging * (round - flat);
    let from = [0.0, CHIASM_Y - 0.6, leak.gland_top_z - 0.5];
    let to = [0.0, CHIASM_Y - 3.4, leak.chiasm_z + 0.4];
    gland.min(rod([x, y, z], from, to, [1.1, 1.3]))
}

/// The sella up to its diaphragm, whether the gland fills it or not.
pub(super) fn sella(p: Point, leak: &LeakShape) -> f32 {
    let [x, y, z] = mirrored(p);
    let floor = leak.diaphragm_z - SELLA_MM;
    let middle = [0.0, CHIASM_Y + 0.4, floor + 0.5 * SELLA_MM];
    let round = ellipsoid([x, y, z], middle, [7.0, 4.6, 0.5 * SELLA_MM + 1.5]);
    round.max(floor - z).max(z - sella_z(y, leak))
}

/// The sheet over the sella.
pub(super) fn diaphragm([x, y, z]: Point, leak: &LeakShape) -> f32 {
    let off = (z - sella_z(y, leak) + 0.25).abs() - 0.35;
    off.max(x.abs() - 8.0).max((y - CHIASM_Y).abs() - 6.0)
}

/// Optic nerves within the skull, their crossing, and the tracts.
pub(super) fn chiasm(p: Point, leak: &LeakShape) -> f32 {
    let m = mirrored(p);
    let z = leak.chiasm_z;
    let body = ellipsoid(m, [0.0, CHIASM_Y, z], [6.5, 3.2, CHIASM_MM]);
    let canal = [10.0, 14.0, leak.diaphragm_z + 2.6];
    let nerve = rod(m, canal, [3.2, CHIASM_Y + 1.2, z], [1.8, 1.7]);
    let tract = rod(
        m,
        [3.5, CHIASM_Y - 1.2, z],
        [13.0, -9.0, 0.4 * z - 7.4],
        [1.7, 1.5],
    );
    body.min(nerve).min(tract)
}

pub(super) fn mamillary_bodies(p: Point, leak: &LeakShape) -> f32 {
    let [y, z] = leak.mamillary;
    rod(p, [-2.2, y, z], [2.2, y, z], [MAMILLARY_MM; 2])
}

/// The height of the underside of the hypothalamus, between the chiasm and the midbrain.
pub(super) fn floor_z(y: f32, leak: &LeakShape) -> f32 {
    let [my, mz] = leak.mamillary;
    let tuber = 0.5 * (leak.chiasm_z + mz) + 0.4;
    let joints = [
        [CHIASM_Y + 3.0, leak.chiasm_z + 0.6],
        [CHIASM_Y - 1.0, leak.chiasm_z + 0.2],
        [0.5 * (CHIASM_Y - 1.0 + my), tuber],
        [my + 0.4, mz + 0.4],
        [my - 6.5, mz + 5.5],
    ];
    let mut height = joints[0][1];
    for pair in joints.windows(2) {
        let ([front_y, front_z], [back_y, back_z]) = (pair[0], pair[1]);
        if y < front_y {
            let share = ((front_y - y) / (front_y - back_y)).clamp(0.0, 1.0);
            height = front_z + share * (back_z - front_z);
        }
    }
    height
}

/// The hypothalamus down to its floor, from above the chiasm to the mamillary bodies.
pub(super) fn hypothalamus(p: Point, leak: &LeakShape) -> f32 {
    let [x, y, z] = mirrored(p);
    let along = (y - CHIASM_Y - 1.6).max(leak.mamillary[0] - 2.5 - y);
    let below = floor_z(y, leak) - z + 0.05 * x * x;
    let sides = x - 6.5;
    smooth_max(smooth_max(below, sides, 2.0), along, 1.5).max(z + 9.0)
}

/// The third ventricle between the base of other heads' and this floor.
pub(super) fn recess(p: Point, leak: &LeakShape, half_mm: f32) -> f32 {
    let [x, y, z] = mirrored(p);
    let along = (y - CHIASM_Y + 0.6).max(leak.mamillary[0] + 1.0 - y);
    let below = floor_z(y, leak) + 1.7 - z;
    (x - half_mm).max(along).max(below).max(z + 8.0)
}

/// What lies under the floor is water, whatever other heads have there.
pub(super) fn under_floor(p: Point, leak: &LeakShape) -> f32 {
    let [x, y, z] = mirrored(p);
    let along = (y - CHIASM_Y - 3.0).max(leak.mamillary[0] - 5.0 - y);
    (z - floor_z(y, leak) - 0.05 * x * x)
        .max(x - 8.0)
        .max(along)
}
