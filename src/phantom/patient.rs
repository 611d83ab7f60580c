//! What makes one demo head differ from the next, and its slowly varying fields.

use super::field::{
    Lattice, Point, Waves, ellipsoid, norm, ramp, smooth_max, smooth_min, uniform, zip,
};
use super::{DIMS, anatomy, to_world};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// How deep folds are worked out, from a little above the surface.
const FOLDED_MM: std::ops::Range<f32> = -6.0..32.0;
/// Half the gap between the hemispheres.
const HALF_GAP_MM: f32 = 0.8;

/// Quantities at a node of the lattice.
pub(super) const N_FIELDS: usize = 10;
/// The place in the template, three numbers.
pub(super) const PLACE: usize = 0;
/// Distance to the unfolded outside of the hemispheres, the gap between them included.
pub(super) const CEREBRUM: usize = 3;
/// Distance to the inside of the dura.
pub(super) const DURA: usize = 4;
/// Distance to the skin.
pub(super) const SKIN: usize = 5;
/// While the folds are made: a rounder version of [`CEREBRUM`].
const ROUND: usize = 6;
/// Zero where a sulcus runs.
pub(super) const FOLD: usize = 6;
/// How fast [`FOLD`] changes, per mm.
pub(super) const FOLD_SLOPE: usize = 7;
/// Texture of marrow and muscle.
pub(super) const GRAIN: usize = 8;
/// Unevenness over several centimetres.
pub(super) const DRIFT: usize = 9;

/// Everything that is drawn by lot for one head.
pub(super) struct Patient {
    pub(super) reflux_grade: u8,
    /// Template mm per world mm.
    scale: Point,
    /// How far one frontal and the other occipital lobe protrude, per mm from the midline.
    torque: f32,
    warp: [Waves; 3],
    ripple: [Waves; 3],
    fold: Waves,
    grain: Waves,
    drift: Waves,
    /// How much wider than a young adult's the ventricles are, mm.
    pub(super) ventricles_grown_mm: f32,
    /// Width of the subarachnoid space over the convexity, mm.
    pub(super) gap_mm: f32,
    /// Half the width of a sulcus at its mouth, mm.
    pub(super) sulcus_mm: f32,
    /// Thickness of the fat under the scalp, mm.
    pub(super) fat_mm: f32,
    /// Tracer in the subarachnoid space, the lateral and third ventricles, and the surface of the
    /// cortex, mmol/l: as scanned and as in the stand-in for a prediction.
    pub(super) tracer: [[f32; 2]; 3],
    /// Scanner units per unit of magnetisation.
    gain: f32,
    /// Slope of the coil's sensitivity, per mm.
    coil: Point,
    /// Standard deviation of each channel, scanner units.
    pub(super) noise: f32,
    pub(super) noise_key: u64,
}

impl Patient {
    pub(super) fn new(patient_idx: usize, seed: u64) -> Self {
        const GRADES: [u8; super::N_DEMO_CASES] = [4, 0, 3, 4, 3, 0];
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(patient_idx as u64).to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        let reflux_grade = GRADES[patient_idx % GRADES.len()];
        let mut between = |low: f32, high: f32| low + (high - low) * uniform(&mut rng);
        // Enough tracer for the grade; the signal levels off, so grade 4 is within a few percent.
        let subarachnoid = between(0.36, 0.46);
        let [grown, refluxed] = match reflux_grade {
            0 => [between(-0.4, 0.6), 0.0],
            3 => [between(0.8, 2.2), subarachnoid * between(0.68, 0.78)],
            _ => [between(1.6, 3.2), subarachnoid * between(0.99, 1.05)],
        };
        let tracer = [
            (subarachnoid, 0.2),
            (refluxed, 0.28),
            (0.15 * subarachnoid, 0.4),
        ]
        .map(|(amount, spread)| [amount, amount * between(1.0 - spread, 1.0 + spread)]);
        let gain = between(1500.0, 2600.0);
        Self {
            reflux_grade,
            scale: [(); 3].map(|()| 1.0 / between(0.895, 0.93)),
            torque: between(0.015, 0.04),
            ventricles_grown_mm: grown,
            gap_mm: between(2.2, 3.4),
            sulcus_mm: between(0.9, 1.4),
            fat_mm: between(3.5, 6.0),
            tracer,
            gain,
            coil: [
                between(-6e-4, 6e-4),
                between(-6e-4, 6e-4),
                between(0.0, 1e-3),
            ],
            noise: gain * 0.008,
            noise_key: seed ^ (patient_idx as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15),
            warp: [(); 3].map(|()| Waves::new(&mut rng, 2, [60.0, 110.0])),
            ripple: [(); 3].map(|()| Waves::new(&mut rng, 2, [20.0, 36.0])),
            fold: Waves::new(&mut rng, 7, [18.0, 36.0]),
            grain: Waves::new(&mut rng, 3, [7.0, 20.0]),
            drift: Waves::new(&mut rng, 2, [35.0, 70.0]),
        }
    }

    /// World mm to template mm.
    fn place(&self, p: Point) -> Point {
        let mut t = zip(p, self.scale, |p, s| p * s);
        t[1] += self.torque * t[0];
        // The midline is nearly straight.
        bent(t, p, &self.warp, [0.7, 1.0, 1.0])
    }

    /// All slowly varying fields, at every second voxel.
    pub(super) fn lattice(&self) -> Lattice<N_FIELDS> {
        let shapes = Lattice::new(DIMS, |voxel| self.shapes(to_world(voxel)));
        let folds = Lattice::new(DIMS, |voxel| [self.fold(&shapes, voxel)]);
        Lattice::new(DIMS, |voxel| {
            let mut fields = [0.0; N_FIELDS];
            let shape = shapes.node(voxel);
            fields[..ROUND].copy_from_slice(&shape[..ROUND]);
            fields[FOLD] = folds.node(voxel)[0];
            if FOLDED_MM.contains(&-shape[ROUND]) {
                // Folds end where the surfaces that they come from meet.
                let apart = ramp(0.35, 0.75, norm(shapes.gradient(voxel, ROUND)));
                fields[FOLD_SLOPE] = apart * norm(folds.gradient(voxel, 0));
            }
            if shape[SKIN] < 4.0 {
                let p = to_world(voxel);
                fields[DRIFT] = self.drift.at(p);
                if shape[DURA] > -4.0 {
                    fields[GRAIN] = self.grain.at(p);
                }
            }
            fields
        })
    }

    /// The first fields of a node, from its place to [`ROUND`].
    fn shapes(&self, p: Point) -> [f32; ROUND + 1] {
        let t = self.place(p);
        if t[2] > 0.0 && ellipsoid(t, [0.0, -16.0, 0.0], [102.0, 130.0, 118.0]) > 0.0 {
            return [t[0], t[1], t[2], 20.0, 20.0, 20.0, 20.0]; // air
        }
        let [upper, temporal] = anatomy::lobes(t);
        let cerebrum = smooth_min(upper, temporal, 5.0);
        // High up the hindbrain is too far away to matter.
        let near = t[2] < 48.0;
        let cerebellum = if near { anatomy::cerebellum(t) } else { 99.0 };
        let dura = anatomy::dural_sac(t, [cerebrum, cerebellum], self.gap_mm);
        let skin = anatomy::head(t, [cerebrum, cerebellum]);
        if skin > 4.0 {
            return [t[0], t[1], t[2], 20.0, dura, skin, 20.0];
        }
        // Small bends of the inner parts only.
        let [x, y, z] = bent(t, p, &self.ripple, [0.5, 0.7, 0.45]);
        let gap = HALF_GAP_MM - anatomy::midline([x, y, z]);
        let hemispheres = smooth_max(cerebrum, gap, 5.0);
        // The folds follow a rounder surface, whose slope turns gradually inside too.
        let round = smooth_max(smooth_min(upper, temporal, 14.0), gap, 22.0);
        [x, y, z, hemispheres, dura, skin, round]
    }

    /// [`FOLD`] at a node.
    fn fold(&self, shapes: &Lattice<{ ROUND + 1 }>, voxel: [usize; 3]) -> f32 {
        let depth = -shapes.node(voxel)[ROUND];
        if !FOLDED_MM.contains(&depth) {
            return 1.0;
        }
        // A fold is the same all the way down from the point of the surface above it.
        let out = shapes.gradient(voxel, ROUND);
        let p = to_world(voxel);
        let mut surface = zip(p, out, |p, o| p + 0.9 * depth * o);
        // Sulci meander, and those of the two medial walls do not mirror each other.
        surface[1] += 9.0 * (p[0] / 4.0).clamp(-1.0, 1.0);
        self.fold.at(bent(surface, p, &self.ripple, [3.0; 3]))
    }

    /// Scanner units per unit of magnetisation at a point in the world: the coils see the surface
    /// better than the middle, and the neck hardly.
    pub(super) fn bias(&self, p: Point) -> f32 {
        let tilt: f32 = (0..3).map(|axis| self.coil[axis] * p[axis]).sum();
        let surface = 0.12 * (super::field::dot(p, p) / 7000.0).min(1.5);
        let neck = super::field::ramp(-125.0, -70.0, p[2]);
        self.gain * (1.0 + tilt + surface) * (0.25 + 0.75 * neck)
    }
}

/// A point moved by random fields of the given sizes in mm, taken at `p`.
fn bent(point: Point, p: Point, waves: &[Waves; 3], mm: Point) -> Point {
    std::array::from_fn(|axis| point[axis] + mm[axis] * waves[axis].at(p))
}
