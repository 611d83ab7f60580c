//! From the world to the template and back: size, shape and bends of one head.

use super::super::Patient;
use super::super::field::{Point, Waves, dome, zip};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What takes a point of the world to the template, and the random fields of the head.
pub(super) struct Frame {
    /// Template mm per world mm.
    scale: Point,
    torque: f32,
    push: f32,
    sag_mm: f32,
    /// How far the pons has moved towards the clivus, mm; 0 but in heads after contrast.
    pub(super) pons_mm: f32,
    pub(super) sulcus_depth_mm: f32,
    /// How deep a sulcus of the upper lobes may reach, over the way to the middle of the lobe.
    pub(super) deepest_share: f32,
    /// How straight down sulci run: 1 for all the way from the surface as it is there.
    pub(super) steep: f32,
    warp: [Waves; 3],
    ripple: [Waves; 3],
    /// Bends the sulci.
    meander: [Waves; 3],
    /// Zero where a larger sulcus runs.
    pub(super) fold: Waves,
    /// The same for the small ones.
    pub(super) dimple: Waves,
    /// How deep sulci reach.
    pub(super) depth: Waves,
    /// Texture of marrow and muscle.
    pub(super) grain: Waves,
    /// Unevenness over several centimetres.
    pub(super) drift: Waves,
}

impl Frame {
    pub(super) fn new(patient: &Patient) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&patient.seed.to_le_bytes());
        key[8..12].copy_from_slice(b"head");
        let rng = &mut ChaCha8Rng::from_seed(key);
        let fine = patient.shape.fine;
        Self {
            scale: patient.shape.scale.map(|scale| 1.0 / scale),
            torque: patient.shape.torque,
            push: patient.shape.push,
            sag_mm: patient.shape.sag_mm,
            pons_mm: patient.shape.leak.as_ref().map_or(0.0, |leak| leak.pons_mm),
            sulcus_depth_mm: patient.shape.sulcus_depth_mm + fine.map_or(0.0, |f| f.deeper_mm),
            deepest_share: if fine.is_some() { 0.54 } else { 0.47 },
            steep: if fine.is_some() { 0.5 } else { 0.7 },
            warp: [(); 3].map(|()| Waves::new(rng, 2, [70.0, 130.0])),
            ripple: [(); 3].map(|()| Waves::new(rng, 2, [22.0, 40.0])),
            meander: [(); 3].map(|()| Waves::new(rng, 2, [24.0, 44.0])),
            fold: Waves::new(rng, 6, [20.0, 28.0]),
            dimple: Waves::new(rng, 4, [13.0, 19.0]),
            depth: Waves::new(rng, 2, [26.0, 48.0]),
            grain: Waves::new(rng, 3, [7.0, 20.0]),
            drift: Waves::new(rng, 2, [35.0, 70.0]),
        }
    }

    /// World mm to the template mm of what does not move with the brain.
    pub(super) fn skull_from_world(&self, p: Point) -> Point {
        let mut t = zip(p, self.scale, |p, s| p * s);
        t[1] += self.torque * t[0];
        // The midline is nearly straight.
        bent(t, p, &self.warp, [1.3, 1.7, 1.5])
    }

    /// Skull and world mm to the template mm of the brain: small bends, what wide ventricles push
    /// outwards, and what has sunk.
    pub(super) fn brain_from_skull(&self, skull: Point, p: Point) -> Point {
        let mut t = bent(skull, p, &self.ripple, [0.6, 0.8, 0.6]);
        if self.sag_mm > 0.0 {
            // Tonsils and medulla go along.
            let tall = if t[2] < -28.0 { 72.0 } else { 48.0 };
            let off = [t[0] / 46.0, (t[1] + 30.0) / 50.0, (t[2] + 28.0) / tall];
            let sunk = self.sag_mm * dome(off.iter().map(|d| d * d).sum());
            t[2] += sunk;
            t[1] -= 0.55 * sunk;
        }
        if self.pons_mm != 0.0 {
            let off = zip(t, PONS_CENTER, |t, c| t - c);
            let scaled = zip(off, PONS_RADII, |d, r| d / r);
            let moved = self.pons_mm * dome(scaled.iter().map(|d| d * d).sum());
            t = zip(t, TO_CLIVUS, |t, n| t - moved * n);
        }
        if self.push > 0.0 {
            let off = zip(t, PUSH_CENTER, |t, c| t - c);
            let scaled = zip(off, PUSH_RADII, |d, r| d / r);
            let pulled = self.push * dome(scaled.iter().map(|d| d * d).sum());
            t = zip(t, off, |t, d| t - pulled * d);
        }
        t
    }

    /// Where a point of the skull's template lies in the world, to about 0.01 mm.
    pub(super) fn world_from_skull(&self, wanted: Point) -> Point {
        let mut p = zip(wanted, self.scale, |t, s| t / s);
        for _ in 0..10 {
            let missing = zip(wanted, self.skull_from_world(p), |w, r| w - r);
            let step = zip(missing, self.scale, |m, s| m / s);
            p = zip(p, step, |p, s| p + s);
        }
        p
    }

    /// Where a point of the brain's template lies in the world, to about 0.01 mm.
    pub(super) fn world_from_brain(&self, wanted: Point) -> Point {
        let mut p = zip(wanted, self.scale, |t, s| t / s);
        for _ in 0..12 {
            let reached = self.brain_from_skull(self.skull_from_world(p), p);
            let missing = zip(wanted, reached, |w, r| w - r);
            let step = zip(missing, self.scale, |m, s| m / s);
            p = zip(p, step, |p, s| p + s);
        }
        p
    }

    /// A point of the brain's surface, moved so that sulci wind.
    pub(super) fn meandering(&self, surface: Point, p: Point) -> Point {
        bent(surface, p, &self.meander, [3.2; 3])
    }
}

/// Around here the pons moves, with what is behind it.
const PONS_CENTER: Point = [0.0, -27.0, -34.0];
const PONS_RADII: Point = [38.0, 46.0, 36.0];
/// Square to the clivus, forwards and down.
pub(super) const TO_CLIVUS: Point = [0.0, 0.853, -0.522];

const PUSH_CENTER: Point = [0.0, -8.0, 12.0];
const PUSH_RADII: Point = [58.0, 72.0, 56.0];

/// A point moved by random fields of the given sizes in mm, taken at `p`.
fn bent(point: Point, p: Point, waves: &[Waves; 3], mm: Point) -> Point {
    std::array::from_fn(|axis| point[axis] + mm[axis] * waves[axis].at(p))
}
