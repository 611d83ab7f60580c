//! Where everything lies: signed distances in template mm (x right, y front, z up, origin at the
//! anterior commissure, sizes near those of the MNI template). Both sides share one set of
//! numbers, given for |x|; the warp and the folds, which do not mirror, make them differ.

use super::field::{
    Point, boxy_ellipsoid, chain, ellipsoid, hypot, near, ramp, rod, smooth_max, smooth_min, wave,
};

fn mirrored([x, y, z]: Point) -> Point {
    [x.abs(), y, z]
}

/// The unfolded outsides of the cerebrum without its temporal lobes, and of those; without the
/// gap between the hemispheres.
pub(super) fn lobes(p: Point) -> [f32; 2] {
    let [x, y, z] = mirrored(p);
    let narrow = x * (1.0 + 0.0022 * (y + 10.0).max(0.0) + 0.0012 * (-60.0 - y).max(0.0));
    let dome = boxy_ellipsoid([narrow, y, z], [18.0, -17.0, 19.0], [51.0, 87.0, 60.0]);
    // The underside: orbital roof in front, hypothalamus, and the slope of the tentorium behind.
    let orbital = -27.0 + 9.0 * (-((x - 30.0) / 14.0).powi(2)).exp() + 0.12 * (y - 30.0).max(0.0);
    let tentorial = -3.0 - 0.40 * x + 0.3 * (y + 52.0).min(0.0);
    let front = ramp(2.0, 14.0, y);
    let behind = ramp(-40.0, -52.0, y);
    let floor = -13.0 + front * (orbital + 13.0) + behind * (tentorial + 13.0);
    let upper = smooth_max(dome, floor - z, 7.0);
    let tilted = [x, y, z + 0.15 * (y + 14.0)];
    let temporal = boxy_ellipsoid(tilted, [43.0, -14.0, -19.0], [25.0, 41.0, 24.0]);
    [upper, temporal]
}

/// The unfolded outside of the cerebellum.
pub(super) fn cerebellum(p: Point) -> f32 {
    let m = mirrored(p);
    let hemisphere = boxy_ellipsoid(m, [26.0, -65.0, -38.0], [31.0, 27.0, 22.5]);
    let vermis = ellipsoid(m, [0.0, -62.0, -20.0], [14.0, 22.0, 23.0]);
    let notch = rod(m, [0.0, -96.0, -36.0], [0.0, -84.0, -66.0], [6.0, 10.0]);
    smooth_max(smooth_min(hemisphere, vermis, 9.0), -notch, 5.0)
}

/// Brain, cord and the water around them: the inside of the dura. `gap_mm` is the width of the
/// subarachnoid space over the convexity.
pub(super) fn dural_sac(p: Point, [cerebrum, cerebellum]: [f32; 2], gap_mm: f32) -> f32 {
    let m = mirrored(p);
    let vault = smooth_min(cerebrum, cerebellum, 12.0) - gap_mm;
    if p[2] > 14.0 {
        return vault;
    }
    let posterior = ellipsoid(m, [0.0, -38.0, -36.0], [24.0, 31.0, 30.0]);
    let suprasellar = ellipsoid(m, [0.0, -3.0, -19.0], [15.0, 15.0, 11.0]);
    let canal = rod(m, [0.0, -42.0, -58.0], [0.0, -46.0, -140.0], [12.0, 8.0]);
    let sac = smooth_min(smooth_min(vault, posterior, 9.0), suprasellar, 6.0);
    smooth_min(sac, canal, 6.0)
}

/// The skin.
pub(super) fn head(p: Point, [cerebrum, cerebellum]: [f32; 2]) -> f32 {
    let m = mirrored(p);
    let [x, y, z] = m;
    let vault = smooth_min(cerebrum, cerebellum, 50.0) - 15.0;
    if z > 40.0 {
        return vault;
    }
    let face = boxy_ellipsoid(m, [0.0, 34.0, -50.0], [64.0, 49.0, 72.0]);
    let jaw = boxy_ellipsoid(m, [0.0, 34.0, -100.0], [50.0, 48.0, 40.0]);
    let nose = rod(m, [0.0, 78.0, -26.0], [0.0, 90.0, -54.0], [5.0, 9.0]);
    let neck = hypot(x, y + 32.0) - 59.0;
    let neck = smooth_max(neck, z + 40.0, 30.0);
    let face = smooth_min(smooth_min(face, jaw, 12.0), nose, 10.0);
    // The eyes lie in hollows beside the root of the nose.
    let face = smooth_max(
        face,
        -ellipsoid(m, [38.0, 94.0, -36.0], [17.0, 15.0, 13.0]),
        12.0,
    );
    smooth_min(smooth_min(vault, face, 14.0), neck, 24.0)
}

/// Distance to the middle of the gap between the hemispheres, which ends at the callosum.
pub(super) fn midline(p: Point) -> f32 {
    hypot(p[0], oval(p, [37.0, 30.0]).min(0.0))
}

/// Distance to the Sylvian fissure, down to the insula; large where it is far.
pub(super) fn sylvian(p: Point) -> f32 {
    if !near(p, [80.0, -50.0, 34.0, -34.0, 34.0]) {
        return 99.0;
    }
    let [x, y, z] = mirrored(p);
    // The mouth of the fissure climbs backwards; the insula stands upright at its bottom.
    let climb = z - 3.0 + 0.42 * y;
    let bend = 2.5 * wave(0.031 * x + 0.021 * y) + 1.2 * wave(0.07 * x - 0.05 * y + 0.3);
    let bottom = 40.0 - 0.9 * (y - 16.0).max(0.0);
    let beyond = hypot((bottom - x).max(0.0), (y - 26.0).max(-42.0 - y).max(0.0));
    let mouth = hypot(climb + bend, beyond);
    let [front, upper] = [(y - 1.0).abs() - 21.0, (climb - 1.0).abs() - 12.0];
    let depth = x - 39.5 - 0.005 * y * y + 1.2 * wave(0.06 * y) + 1.0 * wave(0.05 * z);
    let insula = hypot(depth, front.max(upper).max(0.0));
    mouth.min(insula)
}

/// Signed distance in the midplane to the oval that the corpus callosum runs around.
fn oval([_, y, z]: Point, [ry, rz]: [f32; 2]) -> f32 {
    ellipsoid([0.0, y, z], [0.0, 1.0, 1.0], [1.0, ry, rz])
}

pub(super) fn callosum(p: Point) -> f32 {
    let ring = oval(p, [37.0, 30.0]).max(-oval(p, [30.0, 23.5]));
    let splenium = rod(
        mirrored(p),
        [0.0, -33.0, 13.0],
        [14.0, -35.0, 14.0],
        [6.0, 6.0],
    );
    let arc = ring.max(p[0].abs() - 12.0).max(-2.0 - p[2]);
    smooth_min(arc, splenium, 4.0)
}

/// The lateral ventricles, `grown_mm` wider than those of a young adult.
pub(super) fn lateral_ventricles(p: Point, grown_mm: f32) -> f32 {
    const BODY: [[f32; 4]; 6] = [
        [15.0, 31.0, 4.0, 1.2],
        [8.0, 20.0, 9.0, 3.6],
        [6.5, 4.0, 14.0, 4.2],
        [9.0, -14.0, 20.0, 4.4],
        [15.0, -30.0, 18.0, 4.4],
        [26.0, -42.0, 9.0, 4.2],
    ];
    const HORNS: [[f32; 4]; 7] = [
        [22.0, -78.0, 4.0, 0.2],
        [27.0, -60.0, 5.0, 1.6],
        [27.0, -43.0, 8.0, 3.4],
        [34.0, -36.0, -3.0, 1.8],
        [36.0, -24.0, -11.0, 1.2],
        [33.0, -12.0, -18.0, 1.2],
        [30.0, -6.0, -20.0, 0.6],
    ];
    let m = mirrored(p);
    let body = chain(m, &BODY) - grown_mm;
    let horns = chain(m, &HORNS) - 0.45 * grown_mm;
    // The septum keeps the two sides apart; the callosum roofs them.
    let septum = 1.0 - m[0];
    smooth_min(body, horns, 3.0)
        .max(septum)
        .max(oval(p, [30.5, 24.0]).min(24.0 - m[0]).min(6.0 - m[2]))
}

/// The third ventricle with the thalami touching across it.
pub(super) fn third_ventricle(p: Point, grown_mm: f32) -> f32 {
    let m = mirrored(p);
    let slab = ellipsoid(m, [0.0, -12.0, -2.0], [1.9 + 0.5 * grown_mm, 16.0, 12.5]);
    slab.max(-ellipsoid(m, [0.0, -12.0, 1.0], [9.0, 4.0, 3.5]))
}

pub(super) fn aqueduct(p: Point) -> f32 {
    rod(
        mirrored(p),
        [0.0, -26.0, -6.0],
        [0.0, -38.0, -20.0],
        [1.2, 1.1],
    )
}

pub(super) fn fourth_ventricle(p: Point) -> f32 {
    let m = mirrored(p);
    let tent = ellipsoid(m, [0.0, -42.0, -33.0], [9.5, 5.0, 14.0]);
    smooth_min(
        tent,
        rod(m, [0.0, -43.0, -31.0], [0.0, -51.0, -32.0], [3.0, 1.0]),
        4.0,
    )
}

/// Midbrain, pons, medulla and cord.
pub(super) fn brainstem(p: Point) -> f32 {
    let m = mirrored(p);
    let peduncle = rod(m, [12.0, -16.0, -5.0], [6.0, -20.0, -24.0], [7.5, 7.5]);
    let midbrain = ellipsoid(m, [0.0, -25.0, -12.0], [15.0, 11.0, 12.0]);
    let pons = ellipsoid(m, [0.0, -23.0, -33.0], [20.0, 14.0, 14.0]);
    let arm = rod(m, [10.0, -28.0, -33.0], [24.0, -48.0, -36.0], [8.0, 7.0]);
    let medulla = rod(m, [0.0, -33.0, -44.0], [0.0, -43.0, -66.0], [9.0, 6.5]);
    let cord = rod(m, [0.0, -43.0, -66.0], [0.0, -47.0, -140.0], [6.0, 5.0]);
    let upper = smooth_min(smooth_min(peduncle, midbrain, 4.0), pons, 4.0);
    let lower = smooth_min(medulla, cord, 4.0);
    smooth_min(smooth_min(upper, arm, 6.0), lower, 6.0)
}

/// Where no sulcus of the convexity or the medial wall reaches.
pub(super) fn unfolded_core(p: Point) -> f32 {
    let midst = oval(p, [37.0, 30.0]).max(p[0].abs() - 14.0);
    let m = mirrored(p);
    let nuclei = boxy_ellipsoid(m, [18.0, -11.0, 0.0], [22.0, 42.0, 24.0]);
    let temporal = boxy_ellipsoid(m, [39.0, -17.0, -9.0], [12.0, 42.0, 13.0]);
    midst.min(nuclei).min(temporal)
}

/// Signed distance to the falx, 0.5 mm thick: outside an oval around the callosum, above the
/// tentorium.
pub(super) fn falx(p: Point) -> f32 {
    (p[0].abs() - 0.25)
        .max(-oval(p, [50.0, 46.0]))
        .max(-4.0 + 0.2 * (p[1] + 52.0) - p[2])
}

/// Caudate, putamen, pallidum, thalamus, and the grey matter of the medial temporal lobe.
pub(super) fn deep_grey(p: Point, grown_mm: f32) -> [f32; 5] {
    const CAUDATE: [[f32; 4]; 4] = [
        [12.0, 19.0, 1.0, 6.5],
        [14.0, 8.0, 9.0, 5.5],
        [17.5, -10.0, 19.0, 3.0],
        [24.0, -26.0, 18.0, 1.5],
    ];
    let m = mirrored(p);
    let [x, y, z] = m;
    let aside = [x - 0.7 * grown_mm, y, z];
    let slanted = [x + 0.3 * y - 0.5, y, z];
    let putamen = ellipsoid(slanted, [27.5, 2.0, 1.0], [5.5, 17.0, 11.0]);
    let pallidum = ellipsoid([x + 0.4 * y, y, z], [18.5, -3.0, -1.0], [5.0, 10.0, 7.5]);
    let thalamus = ellipsoid(
        [x + 0.35 * (y + 16.0), y, z],
        [11.0, -17.0, 6.0],
        [9.5, 15.0, 9.0],
    );
    let hippocampus = chain(
        m,
        &[
            [22.0, -4.0, -20.0, 7.0],
            [27.0, -16.0, -17.0, 5.0],
            [28.0, -32.0, -5.0, 3.5],
        ],
    );
    [
        chain(aside, &CAUDATE),
        putamen,
        pallidum,
        thalamus,
        hippocampus,
    ]
}

/// Water behind the midbrain and above the third ventricle.
pub(super) fn quadrigeminal_cistern(p: Point) -> f32 {
    ellipsoid(mirrored(p), [0.0, -40.0, -1.0], [9.0, 6.0, 8.0])
}

/// The eyeball, its lens, the fat behind it, the muscles and nerve in the fat.
pub(super) fn orbit(p: Point) -> [f32; 4] {
    let m = mirrored(p);
    let globe = ellipsoid(m, [35.0, 60.0, -36.0], [12.5, 12.5, 12.5]);
    let lens = ellipsoid(m, [36.0, 69.5, -36.0], [4.5, 2.2, 4.5]);
    let cone = rod(m, [34.0, 56.0, -36.0], [17.0, 20.0, -29.0], [16.5, 3.0]);
    let to_apex = |y: f32, off: Point, r: [f32; 2]| {
        let start = [34.0 + off[0], y, -36.0 + off[2]];
        rod(m, start, [18.5, 23.0, -30.0], r)
    };
    let cords = [
        to_apex(49.0, [0.0; 3], [1.7, 1.5]),
        to_apex(56.0, [12.5, 0.0, 0.0], [1.2, 2.0]),
        to_apex(56.0, [-12.5, 0.0, 0.0], [1.2, 2.0]),
        to_apex(56.0, [0.0, 0.0, 12.5], [1.2, 2.0]),
        to_apex(56.0, [0.0, 0.0, -12.5], [1.2, 2.0]),
    ];
    [
        globe,
        lens,
        cone,
        cords.into_iter().fold(f32::INFINITY, f32::min),
    ]
}

/// Air in the nose, the sinuses, the mastoid and the throat.
pub(super) fn airways(p: Point) -> f32 {
    let m = mirrored(p);
    let maxillary = boxy_ellipsoid(m, [30.0, 46.0, -63.0], [13.0, 16.0, 15.0]);
    let sphenoid = boxy_ellipsoid(m, [6.0, 16.0, -38.0], [9.0, 13.0, 9.0]);
    let ethmoid = ellipsoid(m, [7.0, 46.0, -32.0], [6.0, 18.0, 8.0]);
    let frontal = ellipsoid(m, [9.0, 76.0, -9.0], [10.0, 3.5, 9.0]);
    let meatus = ellipsoid(m, [5.0, 46.0, -58.0], [3.0, 38.0, 12.0]);
    let throat = rod(m, [0.0, 8.0, -58.0], [0.0, -4.0, -120.0], [8.0, 9.0]);
    let mouth = ellipsoid(m, [0.0, 52.0, -81.0], [20.0, 28.0, 1.5]);
    [maxillary, sphenoid, ethmoid, frontal, meatus, throat, mouth]
        .into_iter()
        .fold(f32::INFINITY, f32::min)
}

/// Mastoid and petrous bone: dark, with cells of air.
pub(super) fn petrous(p: Point) -> f32 {
    let m = mirrored(p);
    let mastoid = ellipsoid(m, [53.0, -34.0, -44.0], [13.0, 17.0, 20.0]);
    smooth_min(
        mastoid,
        rod(m, [50.0, -28.0, -42.0], [18.0, -12.0, -40.0], [9.0, 4.0]),
        8.0,
    )
}

/// Bone with fatty marrow: the clivus, two vertebrae and the upper jaw.
pub(super) fn marrow(p: Point) -> f32 {
    let m = mirrored(p);
    let clivus = rod(m, [0.0, -2.0, -40.0], [0.0, -24.0, -64.0], [6.0, 4.0]);
    let atlas = rod(m, [0.0, -21.0, -76.0], [0.0, -24.0, -92.0], [5.5, 7.0]);
    let axis = boxy_ellipsoid(m, [0.0, -27.0, -108.0], [9.0, 9.0, 10.0]);
    let palate = boxy_ellipsoid(m, [10.0, 55.0, -73.0], [16.0, 28.0, 3.5]);
    clivus.min(atlas).min(axis).min(palate)
}

pub(super) fn tongue(p: Point) -> f32 {
    ellipsoid(mirrored(p), [0.0, 38.0, -98.0], [24.0, 32.0, 16.0])
}

/// The chewing muscle in the temporal fossa.
pub(super) fn temporalis(p: Point) -> f32 {
    ellipsoid(mirrored(p), [66.0, 14.0, -22.0], [11.0, 36.0, 46.0])
}

/// The great arteries of the base: carotid and middle cerebral, basilar.
pub(super) fn arteries(p: Point) -> f32 {
    let m = mirrored(p);
    let sides = chain(
        m,
        &[
            [11.0, -2.0, -34.0, 2.2],
            [10.0, 2.0, -18.0, 1.8],
            [26.0, 5.0, -15.0, 1.1],
        ],
    );
    let basilar = rod(m, [0.0, -10.0, -44.0], [0.0, -9.0, -20.0], [1.7, 1.6]);
    sides.min(basilar)
}

/// Optic nerves within the skull, their crossing, and the tracts.
pub(super) fn chiasm(p: Point) -> f32 {
    chain(
        mirrored(p),
        &[
            [10.0, 14.0, -22.0, 1.8],
            [2.0, 3.0, -17.0, 2.0],
            [12.0, -8.0, -13.0, 1.8],
        ],
    )
}

pub(super) fn pituitary(p: Point) -> f32 {
    let m = mirrored(p);
    let gland = ellipsoid(m, [0.0, 2.0, -31.0], [7.0, 5.0, 3.5]);
    gland.min(rod(m, [0.0, 2.0, -30.0], [0.0, -3.0, -14.0], [1.0, 1.2]))
}
