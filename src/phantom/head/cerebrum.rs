//! The hemispheres and what lies deep in them: signed distances in template mm (x right, y
//! front, z up, origin at the anterior commissure, sizes near those of the MNI template). Both
//! sides share one set of numbers, given for |x|; warps and folds, which do not mirror, make
//! them differ.

use super::super::field::{
    Point, bell, boxy_ellipsoid, chain, ellipsoid, hypot, near, ramp, smooth_max, smooth_min, wave,
};
use super::super::{CystSite, Shape};

pub(super) fn mirrored([x, y, z]: Point) -> Point {
    [x.abs(), y, z]
}

/// The mean growth of both lateral ventricles, mm.
pub(super) fn grown_mm(shape: &Shape) -> f32 {
    0.5 * (shape.ventricle_mm[0] + shape.ventricle_mm[1])
}

/// The unfolded outsides of the cerebrum without its temporal lobes, and of those; without the
/// gap between the hemispheres.
pub(super) fn lobes(p: Point) -> [f32; 2] {
    let [x, y, z] = mirrored(p);
    // The underside: orbital roof in front, hypothalamus, and the slope of the tentorium behind.
    let orbital = -27.0 + 9.0 * bell((x - 30.0) / 14.0) + 0.12 * (y - 30.0).max(0.0);
    let basal = -12.0 - 2.5 * bell(x / 7.0);
    let tentorial = tentorium(x, y) + 0.3;
    let front = ramp(0.0, 18.0, y);
    let behind = ramp(-34.0, -54.0, y);
    let floor = basal + front * (orbital - basal) + behind * (tentorial - basal);
    let upper = smooth_max(vault(p), floor - z, 7.0);
    let tilted = [x, y, z + 0.15 * (y + 14.0)];
    let temporal = boxy_ellipsoid(tilted, [43.0, -14.0, -19.0], [25.0, 41.0, 24.0]);
    let uncus = ellipsoid([x, y, z], [21.0, -6.0, -19.0], [8.5, 10.0, 8.0]);
    [upper, smooth_min(temporal, uncus, 4.0)]
}

/// The vault over the hemispheres, without their underside.
pub(super) fn vault(p: Point) -> f32 {
    let [x, y, z] = mirrored(p);
    let narrow = x * (1.0 + 0.0016 * (y + 20.0).max(0.0) + 0.0012 * (-60.0 - y).max(0.0));
    let boxy = boxy_ellipsoid([narrow, y, z], [10.0, -17.0, 19.0], [59.0, 88.0, 60.0]);
    let round = ellipsoid([narrow, y, z], [4.0, -17.0, 17.0], [65.0, 88.0, 62.0]);
    0.5 * (boxy + round)
}

/// The height of the tentorium.
pub(super) fn tentorium(x: f32, y: f32) -> f32 {
    -1.5 - 0.45 * x.abs() + 0.3 * (y + 52.0).min(0.0)
}

/// Distance to the middle of the gap between the hemispheres, which ends at the callosum and
/// goes on under its rostrum, as far as the end plate of the third ventricle.
pub(super) fn midline(p: Point, shape: &Shape) -> f32 {
    let [_, y, z] = p;
    let under_rostrum = (z + 3.5).max(6.0 - y);
    let joined = smooth_max(arch(p, shape, 0.0), -under_rostrum, 3.0);
    hypot(p[0], joined.min(0.0))
}

/// Signed distance in the midplane to an oval that lies `out_mm` outside the corpus callosum.
pub(super) fn arch([_, y, z]: Point, shape: &Shape, out_mm: f32) -> f32 {
    let [ry, rz] = arch_radii(shape);
    let radii = [1.0, ry + out_mm, rz + out_mm];
    ellipsoid([0.0, y, z], [0.0, 1.0, 1.0], radii)
}

/// Radii of the outside of the callosum: wide ventricles stretch it.
fn arch_radii(shape: &Shape) -> [f32; 2] {
    let grown = grown_mm(shape).max(-1.0);
    [36.5 + 0.3 * grown, 29.5 + 0.55 * grown]
}

/// How thick the body of the callosum is: wide ventricles thin it.
fn callosum_mm(shape: &Shape) -> f32 {
    (6.3 - 0.32 * grown_mm(shape)).clamp(3.2, 7.0)
}

/// Signed distance to the room under the callosum.
pub(super) fn under_arch(p: Point, shape: &Shape) -> f32 {
    arch(p, shape, -callosum_mm(shape))
}

pub(super) fn callosum(p: Point, shape: &Shape) -> f32 {
    let ring = arch(p, shape, 0.0).max(-under_arch(p, shape));
    let m = mirrored(p);
    let [ry, _] = arch_radii(shape);
    let back = 3.5 - ry;
    let splenium = chain(m, &[[0.0, back, 10.5, 5.6], [14.0, back - 2.0, 13.0, 4.5]]);
    let genu = chain(m, &[[0.0, ry - 4.0, 2.0, 4.6], [12.0, ry - 3.0, 3.0, 3.5]]);
    let arc = ring.max(m[0] - 13.0).max(-3.0 - p[2]);
    smooth_min(smooth_min(arc, splenium, 4.0), genu, 4.0)
}

/// Distance to the Sylvian fissure, down to the insula; large where it is far.
pub(super) fn sylvian(p: Point) -> f32 {
    if !near(p, [80.0, -52.0, 36.0, -34.0, 36.0]) {
        return 99.0;
    }
    let [x, y, z] = mirrored(p);
    // The mouth of the fissure climbs backwards; the insula stands upright at its bottom.
    let climb = z - 3.0 + 0.42 * y;
    let bend = 2.2 * wave(0.027 * x + 0.019 * y) + 1.0 * wave(0.06 * x - 0.045 * y + 0.3);
    let bottom = 39.0 - 0.9 * (y - 14.0).max(0.0);
    let beyond = hypot((bottom - x).max(0.0), (y - 26.0).max(-44.0 - y).max(0.0));
    let mouth = hypot(climb + bend, beyond);
    // It bulges outwards, and its gyri fan out upwards.
    let off = climb - 2.5;
    let [front, upper] = [
        (y - 1.0).abs() - 20.0,
        off.abs() - 9.5 - 1.5 * wave(0.03 * y),
    ];
    let curve = x - 39.0 - 0.006 * (y - 2.0) * (y - 2.0) + 0.026 * off * off;
    let depth = curve + 1.1 * wave(0.075 * y + 0.012 * z) + 0.6 * wave(0.05 * z - 0.02 * y);
    let insula = hypot(depth, front.max(upper).max(0.0));
    smooth_min(mouth, insula, 4.0)
}

/// Half the width of the Sylvian fissure at a point, mm: wide over the middle of the insula,
/// narrow at its rim and where the lids meet.
pub(super) fn sylvian_half_mm(p: Point, shape: &Shape) -> f32 {
    let [x, y, z] = mirrored(p);
    let over_insula = bell((z - 5.5 + 0.42 * y) / 7.0) * bell((x - 41.0) / 8.0);
    let in_front = ramp(-8.0, 14.0, y);
    shape.sylvian_mm * (0.55 + (0.45 + 0.35 * in_front) * over_insula)
}

/// Where no sulcus of the convexity or the medial wall reaches.
pub(super) fn unfolded_core(p: Point, shape: &Shape, lateral: f32) -> f32 {
    let m = mirrored(p);
    // From under the callosum no way leads to the medial wall.
    let aside = 13.0 + 16.0 * ramp(-10.0, 2.0, p[2]);
    let midst = smooth_max(arch(p, shape, 0.0) - 2.0, m[0] - aside, 8.0);
    let nuclei = boxy_ellipsoid(m, [19.0, -9.0, 1.0], [19.0, 37.0, 18.0]);
    let stem = ellipsoid(m, [40.0, -18.0, -14.0], [7.0, 34.0, 6.0]);
    midst.min(nuclei).min(stem).min(lateral - 6.0)
}

/// Signed distance to the falx: outside an oval around the callosum, above the tentorium.
pub(super) fn falx(p: Point, shape: &Shape) -> f32 {
    (p[0].abs() - 0.25)
        .max(-arch(p, shape, 14.0))
        .max(tentorium(0.0, p[1]) - p[2])
}

/// The bridge between the thalami.
pub(super) fn massa(p: Point) -> f32 {
    ellipsoid(p, [0.0, -13.0, 0.5], [9.0, 4.0, 3.2])
}

/// Nuclei, as distances.
pub(super) struct DeepGrey {
    pub(super) caudate: f32,
    pub(super) putamen: f32,
    pub(super) pallidum: f32,
    /// With the hypothalamus.
    pub(super) thalamus: f32,
    /// Hippocampus and amygdala.
    pub(super) hippocampus: f32,
}

pub(super) fn caudate(p: Point, shape: &Shape) -> f32 {
    let joints = [
        [12.5, 18.0, 1.5, 6.6],
        [14.5, 9.0, 8.0, 6.0],
        [17.5, -9.0, 17.5, 3.4],
        [22.0, -24.0, 18.0, 1.8],
    ];
    let [x, y, z] = mirrored(p);
    let nucleus = chain([x - 0.75 * grown_mm(shape).max(-1.0), y, z], &joints);
    // The accumbens, where caudate and putamen meet.
    smooth_min(
        nucleus,
        ellipsoid([x, y, z], [9.0, 12.0, -4.5], [6.0, 7.0, 4.5]),
        2.0,
    )
}

pub(super) fn deep_grey(p: Point, shape: &Shape) -> DeepGrey {
    let m = mirrored(p);
    let [x, y, z] = m;
    let aside = 0.3 * shape.third_mm.max(0.0);
    let slanted = [x + 0.3 * y - 0.5 + 0.06 * z, y, z];
    let lens = ellipsoid(slanted, [26.8, 2.0, 1.0], [6.0, 18.5, 11.5]);
    // The insular side is flat.
    let putamen = smooth_max(lens, x - 31.0 - 0.006 * y * y, 3.0);
    let pallidum = ellipsoid([x + 0.4 * y, y, z], [18.0, -3.0, -1.0], [5.2, 10.5, 7.6]);
    let thalamus = ellipsoid(
        [x + 0.35 * (y + 16.0) - aside, y, z],
        [11.0, -17.5, 5.5],
        [10.2, 16.0, 9.6],
    );
    // Where the thalami touch, and the hypothalamus.
    let joined = massa(p).min(ellipsoid(m, [3.5, -4.0, -8.5], [3.6, 9.0, 7.0]));
    let hippocampus = chain(
        m,
        &[
            [22.0, -4.0, -19.5, 6.5],
            [26.0, -15.0, -17.0, 4.6],
            [28.0, -28.0, -9.0, 3.6],
            [24.0, -37.0, 0.0, 2.5],
        ],
    );
    DeepGrey {
        caudate: caudate(p, shape),
        putamen,
        pallidum: pallidum.max(1.0 - putamen),
        thalamus: thalamus.min(joined),
        hippocampus,
    }
}

/// Signed distance to a cyst in the middle fossa, or a large number.
pub(super) fn middle_fossa_cyst(p: Point, shape: &Shape) -> f32 {
    let Some(cyst) = &shape.cyst else { return 99.0 };
    let x = match cyst.site {
        CystSite::MiddleFossaLeft => -p[0],
        CystSite::MiddleFossaRight => p[0],
        CystSite::Retrocerebellar | CystSite::Pineal => return 99.0,
    };
    let r = cyst.radius_mm;
    let blob = boxy_ellipsoid([x, p[1], p[2]], [44.0, 19.0, -18.0], [r, 0.95 * r, r]);
    blob + 1.2 * wave(0.03 * p[1] + 0.02 * p[2]) + 0.8 * wave(0.05 * p[2] - 0.03 * p[0])
}

/// The hemispheres without what a cyst displaces.
pub(super) fn with_cysts(outside: f32, p: Point, shape: &Shape) -> f32 {
    smooth_max(outside, 1.0 - middle_fossa_cyst(p, shape), 4.0)
}
