//! Skull, face and neck: signed distances in template mm.

use super::super::field::{
    Point, boxy_ellipsoid, ellipsoid, hypot, near, rod, smooth_max, smooth_min,
};
use super::cerebrum::mirrored;
use super::hindbrain::posterior_dura;

/// Whether a point lies so far from the head that nothing needs to be worked out.
pub(super) fn is_far_outside(p: Point) -> bool {
    let [x, y, z] = p;
    x.abs() > 96.0
        || !(-126.0..=112.0).contains(&y)
        || (z > 0.0 && ellipsoid(p, [0.0, -16.0, 0.0], [100.0, 128.0, 112.0]) > 0.0)
        || (z < -120.0 && hypot(x, y - 5.0) > 100.0)
}

/// The inside of the dura. `vault` and `posterior` are the unfolded cerebrum and cerebellum; the clivus
/// lies so far before its usual place.
pub(super) fn dura(p: Point, [vault, posterior]: [f32; 2], cistern_mm: f32, clivus_mm: f32) -> f32 {
    let room = smooth_min(vault, posterior, 12.0) - 0.5;
    if p[2] > 14.0 {
        return room;
    }
    smooth_min(room, posterior_dura(p, cistern_mm, clivus_mm), 8.0)
}

/// The skin.
pub(super) fn skin(p: Point, [vault, posterior]: [f32; 2]) -> f32 {
    let m = mirrored(p);
    let [x, y, z] = m;
    let scalp = smooth_min(vault, posterior, 30.0) - 14.0;
    if z > 40.0 || scalp < -30.0 {
        return scalp;
    }
    let face = boxy_ellipsoid(m, [0.0, 36.0, -50.0], [62.0, 47.0, 70.0]);
    let jaw = boxy_ellipsoid(m, [0.0, 38.0, -100.0], [48.0, 46.0, 32.0]);
    let chin = ellipsoid(m, [0.0, 76.0, -116.0], [20.0, 14.0, 13.0]);
    let nose = rod(m, [0.0, 80.0, -24.0], [0.0, 92.0, -54.0], [4.0, 8.0]);
    let lips = ellipsoid(m, [0.0, 82.0, -83.0], [24.0, 7.0, 11.0]);
    // The neck runs down and back from the ears.
    let lean = y + 28.0 + 0.12 * (z + 80.0);
    let neck = hypot(x / 1.05, lean) - 57.0;
    let neck = smooth_max(neck, z + 40.0, 30.0);
    let face = smooth_min(
        smooth_min(face, jaw, 14.0),
        smooth_min(nose, lips, 6.0),
        9.0,
    );
    let face = smooth_min(face, chin, 12.0);
    // The eyes lie in hollows beside the root of the nose.
    let hollow = ellipsoid(m, [38.0, 94.0, -36.0], [17.0, 15.0, 13.0]);
    let face = smooth_max(face, -hollow, 12.0);
    let head = smooth_min(smooth_min(scalp, face, 14.0), neck, 24.0);
    smooth_min(head, ear(m), 3.0)
}

/// An ear: a plate that stands out sideways and backwards, hollowed in front.
fn ear(m: Point) -> f32 {
    if !near(m, [96.0, -62.0, -10.0, -80.0, 2.0]) {
        return 99.0;
    }
    let [x, y, z] = [m[0] - 70.0, m[1] + 26.0, m[2] + 38.0];
    // Along the plate, and across it.
    let [along, across] = [0.45 * x - 0.89 * y, 0.89 * x + 0.45 * y];
    let outline = ellipsoid([along, 0.0, z], [9.0, 0.0, 0.0], [17.0, 9.0, 29.0]);
    let hollow = 0.010 * (along - 8.0) * (along - 8.0) + 0.003 * z * z;
    smooth_max(outline, (across - hollow).abs() - 2.0, 2.0)
}

/// An orbit: distances in one.
pub(super) struct Orbit {
    pub(super) globe: f32,
    pub(super) lens: f32,
    /// The fat behind the eye.
    pub(super) cone: f32,
    /// Muscles and nerve in the fat.
    pub(super) cords: f32,
}

pub(super) fn orbit(p: Point) -> Orbit {
    let m = mirrored(p);
    let globe = ellipsoid(m, [34.0, 61.0, -35.0], [12.5; 3]);
    let lens = ellipsoid(m, [35.0, 70.5, -35.0], [4.5, 2.2, 4.5]);
    let cone = rod(m, [33.0, 55.0, -35.0], [17.0, 20.0, -28.0], [15.3, 3.3]);
    let to_apex = |y: f32, off: Point, r: [f32; 2]| {
        let start = [33.0 + off[0], y, -35.0 + off[2]];
        rod(m, start, [18.5, 23.0, -29.0], r)
    };
    let cords = [
        to_apex(49.0, [0.0; 3], [1.7, 1.5]),
        to_apex(57.0, [11.5, 0.0, 0.0], [1.9, 2.2]),
        to_apex(57.0, [-11.5, 0.0, 0.0], [1.9, 2.2]),
        to_apex(57.0, [0.0, 0.0, 11.5], [1.9, 2.2]),
        to_apex(57.0, [0.0, 0.0, -11.5], [1.9, 2.2]),
    ];
    Orbit {
        globe,
        lens,
        cone,
        cords: least(&cords),
    }
}

fn least(distances: &[f32]) -> f32 {
    distances.iter().copied().fold(f32::INFINITY, f32::min)
}

/// Air in the nose, the sinuses and the throat.
pub(super) fn airways(p: Point) -> f32 {
    let m = mirrored(p);
    let maxillary = boxy_ellipsoid(m, [29.0, 47.0, -62.0], [12.0, 15.0, 14.0]);
    let sphenoid = boxy_ellipsoid(m, [6.0, 14.0, -38.0], [9.0, 13.0, 9.0]);
    let ethmoid = ellipsoid(m, [7.0, 46.0, -33.0], [6.0, 18.0, 8.0]);
    let frontal = ellipsoid(m, [9.0, 75.0, -9.0], [10.0, 3.5, 9.0]);
    let meatus = ellipsoid(m, [5.0, 44.0, -58.0], [2.4, 34.0, 11.0]);
    let upper = rod(m, [0.0, 9.0, -56.0], [0.0, 2.0, -84.0], [7.5, 6.0]);
    let lower = rod(m, [0.0, 2.0, -84.0], [0.0, 4.0, -170.0], [6.0, 8.0]);
    let mouth = ellipsoid(m, [0.0, 50.0, -81.5], [20.0, 28.0, 1.3]);
    least(&[
        maxillary, sphenoid, ethmoid, frontal, meatus, upper, lower, mouth,
    ])
}

/// Mastoid and petrous bone: dark, with cells of air.
pub(super) fn petrous(p: Point) -> f32 {
    let m = mirrored(p);
    let mastoid = ellipsoid(m, [53.0, -34.0, -44.0], [13.0, 17.0, 20.0]);
    let pyramid = rod(m, [50.0, -28.0, -42.0], [17.0, -9.0, -39.0], [9.0, 4.5]);
    smooth_min(mastoid, pyramid, 8.0)
}

/// Bone with fatty marrow: the clivus, the vertebrae and the upper jaw.
pub(super) fn marrow(p: Point) -> f32 {
    let m = mirrored(p);
    let clivus = rod(m, [0.0, -3.0, -37.0], [0.0, -21.0, -63.0], [7.0, 3.5]);
    let palate = boxy_ellipsoid(m, [10.0, 53.0, -74.0], [17.0, 27.0, 3.0]);
    let jaw = hypot(
        hypot(m[0], 1.1 * (m[1] - 34.0)) - 42.0,
        0.45 * (m[2] + 104.0),
    ) - 6.0;
    let jaw = jaw.max(30.0 - m[1]);
    least(&[clivus, palate, jaw, vertebrae(m)])
}

/// The bodies in front of the canal and the spines behind it.
fn vertebrae(m: Point) -> f32 {
    let dens = rod(m, [0.0, -23.0, -72.0], [0.0, -25.0, -92.0], [5.0, 6.5]);
    let arch = boxy_ellipsoid(m, [0.0, -17.0, -78.0], [18.0, 3.5, 5.0]);
    let axis = boxy_ellipsoid(m, [0.0, -26.5, -101.0], [9.5, 8.0, 9.0]);
    let third = boxy_ellipsoid(m, [0.0, -27.0, -120.0], [10.0, 8.0, 7.5]);
    let fourth = boxy_ellipsoid(m, [0.0, -27.5, -138.0], [10.0, 8.0, 7.5]);
    let fifth = boxy_ellipsoid(m, [0.0, -28.0, -156.0], [10.5, 8.0, 7.5]);
    let spine = |z: f32| rod(m, [0.0, -58.0, z], [0.0, -72.0, z - 5.0], [4.0, 4.5]);
    let spines = [spine(-78.0), spine(-97.0), spine(-117.0), spine(-135.0)];
    least(&[dens, arch, axis, third, fourth, fifth, least(&spines)])
}

pub(super) fn tongue(p: Point) -> f32 {
    ellipsoid(mirrored(p), [0.0, 38.0, -98.0], [24.0, 32.0, 15.0])
}

/// The chewing muscle in the temporal fossa.
pub(super) fn temporalis(p: Point) -> f32 {
    ellipsoid(mirrored(p), [66.0, 14.0, -22.0], [11.0, 36.0, 46.0])
}

/// The great arteries of the base: carotid and middle cerebral, basilar. All distances are to
/// their walls.
pub(super) fn arteries(p: Point) -> f32 {
    let m = mirrored(p);
    let carotid = rod(m, [11.0, -2.0, -32.0], [10.0, 2.0, -18.0], [2.0, 1.7]);
    let middle = rod(m, [10.0, 2.0, -18.0], [26.0, 5.0, -14.0], [1.4, 1.0]);
    let basilar = rod(m, [0.0, -9.5, -42.0], [0.0, -9.0, -21.0], [1.5, 1.4]);
    least(&[carotid, middle, basilar])
}

/// Optic nerves within the skull, their crossing, and the tracts.
pub(super) fn chiasm(p: Point) -> f32 {
    let m = mirrored(p);
    let nerve = rod(m, [10.0, 14.0, -22.0], [2.0, 3.0, -16.5], [1.8, 1.9]);
    let tract = rod(m, [2.0, 3.0, -16.5], [13.0, -8.0, -12.0], [1.9, 1.6]);
    nerve.min(tract)
}

pub(super) fn pituitary(p: Point) -> f32 {
    let m = mirrored(p);
    let gland = ellipsoid(m, [0.0, 3.0, -30.0], [7.0, 5.0, 3.5]);
    gland.min(rod(m, [0.0, 2.0, -29.0], [0.0, -1.0, -15.0], [0.9, 1.2]))
}
