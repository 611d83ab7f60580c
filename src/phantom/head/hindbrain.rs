//! Brainstem and cerebellum, and the water around them: signed distances in template mm.

use super::super::field::{
    Point, angle_turns, boxy_ellipsoid, ellipsoid, hypot, ramp, rod, smooth_max, smooth_min, wave,
};
use super::super::{CystSite, Shape};
use super::cerebrum::{mirrored, tentorium};

/// The foramen magnum lies at this height; below it is the spine.
pub(super) const FORAMEN_MAGNUM_Z: f32 = -61.0;

/// The unfolded outside of the cerebellum, which is so much larger at each side than it usually is, mm.
pub(super) fn cerebellum(p: Point, larger_mm: f32) -> f32 {
    if p[2] > 45.0 {
        return 99.0;
    }
    let m = mirrored(p);
    let hemisphere = boxy_ellipsoid(m, [26.0, -65.5, -37.0], [31.5, 28.0, 25.0]);
    let vermis = ellipsoid(m, [0.0, -62.0, -21.0], [14.0, 22.0, 22.0]);
    let notch = rod(m, [0.0, -98.0, -34.0], [0.0, -84.0, -66.0], [6.0, 9.0]);
    let whole = smooth_max(smooth_min(hemisphere, vermis, 12.0), -notch, 5.0) - larger_mm;
    // It keeps clear of the tentorium, under which it lies.
    smooth_max(whole, m[2] + 0.8 - tentorium(m[0], m[1]), 4.0)
}

/// Signed distance to a cyst behind the cerebellum, or a large number.
pub(super) fn retrocerebellar_cyst(p: Point, shape: &Shape) -> f32 {
    match &shape.cyst {
        Some(cyst) if cyst.site == CystSite::Retrocerebellar => {
            let r = cyst.radius_mm;
            let blob = boxy_ellipsoid(p, [3.0, -86.0, -46.0], [1.5 * r, 0.8 * r, 0.9 * r]);
            blob + 1.0 * wave(0.04 * p[0] + 0.02 * p[2])
        }
        _ => 99.0,
    }
}

/// The cerebellum without what a cyst displaces.
pub(super) fn with_cyst(outside: f32, p: Point, shape: &Shape) -> f32 {
    smooth_max(outside, 1.0 - retrocerebellar_cyst(p, shape), 4.0)
}

/// Midbrain, pons, medulla and cord.
pub(super) fn brainstem(p: Point) -> f32 {
    let m = mirrored(p);
    let peduncle = rod(m, [13.0, -14.0, -5.0], [6.5, -19.0, -22.0], [7.5, 6.5]);
    let midbrain = ellipsoid(m, [0.0, -26.0, -11.0], [14.0, 9.5, 12.0]);
    let pons = ellipsoid(m, [0.0, -25.0, -33.0], [18.5, 13.0, 13.5]);
    let arm = rod(m, [10.0, -30.0, -33.0], [24.0, -49.0, -36.0], [7.5, 7.0]);
    let medulla = rod(m, [0.0, -33.0, -44.0], [0.0, -41.0, -64.0], [8.5, 6.3]);
    let cord = rod(m, [0.0, -41.0, -64.0], [0.0, -47.0, -170.0], [6.0, 5.0]);
    let colliculi = ellipsoid(m, [4.5, -35.0, -9.0], [4.5, 3.5, 7.0]);
    let upper = smooth_min(smooth_min(peduncle, midbrain, 4.0), pons, 3.0);
    let upper = smooth_min(upper, colliculi, 2.0);
    let lower = smooth_min(medulla, cord, 4.0);
    smooth_min(smooth_min(upper, arm, 6.0), lower, 3.0)
}

/// The room of the hindbrain within the dura: posterior fossa, basal cisterns and spinal canal; the
/// clivus lies so far before its usual place.
pub(super) fn posterior_dura(p: Point, cistern_mm: f32, clivus_mm: f32) -> f32 {
    let m = mirrored(p);
    // Behind the clivus, which slopes from the sella to the foramen magnum.
    let clivus = 0.853 * (p[1] + 5.5) + 0.522 * -(p[2] + 26.0);
    let fossa = ellipsoid(m, [0.0, -36.0, -36.0], [29.0, 33.0, 31.0]);
    let fossa = smooth_max(fossa, clivus - cistern_mm - clivus_mm, 6.0);
    let suprasellar = ellipsoid(m, [0.0, -2.0, -17.5], [13.0, 14.0, 9.5]) - 0.7 * cistern_mm;
    let magna = ellipsoid(m, [0.0, -58.0, -55.0], [17.0, 14.0, 8.0]) - 0.5 * cistern_mm;
    let canal = rod(m, [0.0, -42.0, -57.0], [0.0, -47.0, -170.0], [12.5, 8.5]);
    let cisterns = smooth_min(suprasellar, magna, 1.0);
    smooth_min(smooth_min(fossa, cisterns, 8.0), canal, 6.0)
}

/// The cisterns around the midbrain: water behind it and at its sides.
pub(super) fn quadrigeminal(p: Point) -> f32 {
    let m = mirrored(p);
    let behind = ellipsoid(m, [0.0, -41.0, -3.0], [8.0, 5.0, 8.0]);
    let ambient = rod(m, [6.0, -39.0, -8.0], [18.0, -27.0, -11.0], [3.0, 1.8]);
    smooth_min(behind, ambient, 4.0)
}

/// The cistern between the fornices, from under the splenium forwards.
pub(super) fn velum(p: Point) -> f32 {
    let flat = [0.55 * p[0], p[1], p[2]];
    rod(flat, [0.0, -38.0, 3.0], [0.0, -23.5, 11.0], [3.6, 1.1])
}

/// How deep a point lies in the cerebellum.
pub(super) struct FoliaDepth {
    /// Under the surface with all its clefts.
    pub(super) fine: f32,
    /// Under the surface with the deep clefts only, between the lobules.
    pub(super) deep: f32,
}

/// The depth of a point whose distance to the unfolded surface is `outside`. Leaflets fan out
/// from the fourth ventricle and wrap around the back.
pub(super) fn folia_depth(p: Point, outside: f32) -> FoliaDepth {
    let [x, y, z] = p;
    let behind = 0.009 * x * x / (1.0 + 0.01 * x.abs()) - 33.0 - y;
    // Beside the vermis the leaflets fan out from higher up.
    let above = z + 34.0 - 14.0 * ramp(5.0, 22.0, x.abs())
        + 1.0 * wave(0.041 * x + 0.03 * y)
        + 0.7 * wave(0.083 * x - 0.06 * y + 0.03 * z);
    let reach = hypot(behind, above).max(6.0);
    let turn = angle_turns(above, behind) + 0.00002 * x * x + 0.0016 * reach;
    let core = 13.0 - reach;
    let cleft = |n: f32| (wave(turn * n).abs() / n) * reach;
    let within = |mm: f32| (-outside - mm).max(core).max(0.0);
    let fine = hypot(cleft(43.0), within(5.0)) - 0.1;
    // Some clefts part lobes, others only leaflets.
    let deep_reach = 11.0 + 5.0 * wave(5.3 * turn) + 3.0 * wave(12.7 * turn + 0.02 * x);
    let deep = hypot(cleft(18.0), within(deep_reach)) - 0.3;
    let lobule = smooth_min(-outside, deep, 1.0);
    FoliaDepth {
        fine: lobule.min(fine),
        deep: lobule,
    }
}
