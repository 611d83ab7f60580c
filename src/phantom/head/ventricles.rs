//! The ventricles and what joins them: signed distances in template mm.

use super::super::Shape;
use super::super::field::{Point, chain, ellipsoid, ramp, rod, smooth_max, smooth_min};
use super::cerebrum::{caudate, grown_mm, massa, mirrored, under_arch};

/// Both lateral ventricles with their horns.
pub(super) fn lateral(p: Point, shape: &Shape) -> f32 {
    const BODY: [[f32; 4]; 6] = [
        [13.5, 28.5, 2.5, 2.9],
        [6.2, 22.0, 6.3, 5.7],
        [5.0, 5.0, 14.5, 5.4],
        [6.5, -14.0, 18.5, 5.2],
        [14.0, -30.0, 17.0, 5.4],
        [23.0, -42.0, 9.5, 5.6],
    ];
    const HORNS: [[f32; 4]; 7] = [
        [21.0, -76.0, 4.0, 0.4],
        [26.0, -60.0, 5.0, 2.0],
        [26.0, -43.0, 8.0, 3.8],
        [33.0, -36.0, -3.0, 2.2],
        [35.0, -24.0, -11.0, 1.5],
        [32.0, -12.0, -17.0, 1.5],
        [29.0, -5.0, -19.0, 1.0],
    ];
    let m = mirrored(p);
    let grown = shape.ventricle_mm[usize::from(p[0] > 0.0)];
    let more = grown.max(0.0);
    // What grows does so upwards and to the sides: below lies the thalamus.
    let moved = [m[0] - 0.4 * more, m[1], m[2] - 0.35 * more];
    // In a coronal cut the bodies are wings that rise to the side.
    let wing = [
        moved[0],
        moved[1],
        moved[2] - 0.4 * (moved[0] - 6.0) * ramp(-34.0, -22.0, m[1]),
    ];
    let body = chain(wing, &BODY) - grown;
    let horns = chain(m, &HORNS)
        - if grown > 0.0 {
            0.45 * grown
        } else {
            0.6 * grown
        };
    let whole = smooth_min(body, horns, 3.0);
    let carved = smooth_max(whole, 0.3 - caudate(p, shape), 3.0);
    // The septum keeps the two sides apart; the callosum roofs them.
    let septum = 0.4 - m[0];
    let roof = under_arch(p, shape).min(26.0 + more - m[0]).min(4.0 - m[2]);
    carved.max(septum).max(roof)
}

/// From the lateral to the third ventricle, one on either side.
pub(super) const MONRO: [Point; 3] = [[8.0, 4.5, 12.0], [4.5, 2.3, 9.0], [0.0, -0.5, 4.5]];

/// The foramen itself, without the part of the way that is within the lateral ventricle.
pub(super) fn monro(p: Point, shape: &Shape) -> f32 {
    let radius = 1.5 + 0.2 * grown_mm(shape).max(0.0);
    rod(mirrored(p), MONRO[1], MONRO[2], [radius; 2])
}

/// The third ventricle, with the thalami touching across it unless it is wide.
pub(super) fn third(p: Point, shape: &Shape) -> f32 {
    let m = mirrored(p);
    let half = (1.7 + shape.third_mm).max(1.1);
    let slab = ellipsoid(m, [0.0, -12.0, -2.5], [half, 16.0, 11.5]);
    let mass = massa(p) + 0.6 * (half - 1.7).max(0.0);
    slab.max(-mass)
}

/// The course of the aqueduct, from the third to the fourth ventricle.
pub(super) const AQUEDUCT: [Point; 4] = [
    [0.0, -24.0, -5.5],
    [0.0, -29.0, -8.5],
    [0.0, -33.0, -14.0],
    [0.0, -37.5, -22.0],
];
/// From there into the fourth ventricle, however small that is.
pub(super) const BELOW_AQUEDUCT: [Point; 2] = [AQUEDUCT[3], [0.0, -40.0, -26.0]];

pub(super) fn aqueduct(p: Point, shape: &Shape) -> f32 {
    let joint = |at: usize| {
        let [x, y, z] = AQUEDUCT[at];
        [x, y, z, shape.aqueduct_mm]
    };
    chain(mirrored(p), &[joint(0), joint(1), joint(2), joint(3)])
}

pub(super) fn fourth(p: Point, shape: &Shape) -> f32 {
    let m = mirrored(p);
    let tent = ellipsoid(m, [0.0, -41.0, -33.0], [9.0, 4.8, 14.5]);
    let roof = rod(m, [0.0, -42.0, -31.0], [0.0, -50.0, -32.0], [3.0, 1.0]);
    let recess = rod(m, [4.0, -41.0, -38.0], [13.0, -40.0, -40.5], [2.5, 1.5]);
    let open = smooth_min(smooth_min(tent, roof, 4.0), recess, 3.0);
    open - shape.fourth_mm
}

/// The middle opening of the fourth ventricle, into the cisterna magna.
pub(super) const MAGENDIE: [Point; 3] = [
    [0.0, -42.0, -40.0],
    [0.0, -46.0, -48.0],
    [0.0, -52.0, -56.0],
];
/// The opening of either side, under the cerebellar peduncle.
pub(super) const LUSCHKA: [Point; 3] = [
    [6.0, -41.0, -39.0],
    [15.0, -39.5, -41.5],
    [23.0, -34.0, -43.0],
];

/// The openings of the fourth ventricle.
pub(super) fn openings(p: Point) -> f32 {
    let m = mirrored(p);
    let tube = |course: [Point; 3], radius: f32| {
        let joints = course.map(|[x, y, z]| [x, y, z, radius]);
        chain(m, &joints)
    };
    tube(MAGENDIE, 1.7).min(tube(LUSCHKA, 1.2))
}

/// A cyst where the pineal gland was.
pub(super) fn pineal_cyst(p: Point, radius_mm: f32) -> f32 {
    let center = [0.0, -31.0 - 0.75 * radius_mm, 0.0];
    ellipsoid(p, center, [radius_mm, 1.15 * radius_mm, 0.9 * radius_mm])
}
