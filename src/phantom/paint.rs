//! One voxel: tissues laid over each other, from the air inwards, and the signal they give.

use super::anatomy;
use super::field::{Point, hypot, near, ramp, smooth_min, wave};
use super::patient::{
    CEREBRUM, DRIFT, DURA, FOLD, FOLD_SLOPE, GRAIN, N_FIELDS, PLACE, Patient, SKIN,
};

/// T1 in s at 3 T without tracer, and proton density (the tracer physics notes, 4.1; values
/// that it lacks, such as those of muscle and bone, are chosen by eye).
#[derive(Clone, Copy)]
struct Tissue(f32, f32);

const WATER: Tissue = Tissue(4.31, 1.0);
const WHITE: Tissue = Tissue(0.838, 0.70);
const GREY: Tissue = Tissue(1.607, 0.82);
const CAUDATE: Tissue = Tissue(1.395, 0.82);
const PUTAMEN: Tissue = Tissue(1.332, 0.82);
const THALAMUS: Tissue = Tissue(1.12, 0.77);
const PALLIDUM: Tissue = Tissue(1.02, 0.74);
const STEM: Tissue = Tissue(0.93, 0.72);
const FAT: Tissue = Tissue(0.382, 0.9);
const MARROW: Tissue = Tissue(0.5, 0.55);
const MUSCLE: Tissue = Tissue(1.3, 0.8);
const SKIN_ITSELF: Tissue = Tissue(0.9, 0.6);
const GLAND: Tissue = Tissue(0.75, 0.8);
const BLOOD: Tissue = Tissue(1.75, 0.75);
const DURA_ITSELF: Tissue = Tissue(1.1, 0.35);
const BONE: Tissue = Tissue(0.8, 0.06);
/// Blood that moves gives hardly any signal.
const VESSEL: Tissue = Tissue(1.9, 0.3);
const AIR: Tissue = Tissue(1.0, 0.0);

/// The two signals of a voxel: as scanned, and in the stand-in for a prediction.
pub(super) struct Brush {
    signal: [f32; 2],
}

impl Brush {
    /// The signals of a voxel with these fields, in units of magnetisation.
    pub(super) fn voxel(patient: &Patient, here: [f32; N_FIELDS]) -> [f32; 2] {
        let mut brush = Self { signal: [0.0; 2] };
        if here[DURA] > -0.5 {
            brush.outside(patient, &here);
        }
        if here[DURA] < 0.5 {
            brush.inside(patient, &here);
        }
        brush.signal
    }

    /// Lays a tissue over what is there; voxels that its border crosses get their share of it.
    fn lay(&mut self, distance_mm: f32, Tissue(t1, density): Tissue, tracer: [f32; 2]) {
        let share = (0.5 - distance_mm).clamp(0.0, 1.0);
        if share > 0.0 {
            for (signal, c) in self.signal.iter_mut().zip(tracer) {
                // Relaxivity of gadobutrol 3.2 l/mmol/s; the TFE signal as fitted in 4.2.
                let shortened = 1.0 / (1.0 / t1 + 3.2 * c);
                let own = density * 0.951 * (-1.481 * shortened).exp();
                *signal += share * (own - *signal);
            }
        }
    }

    fn plain(&mut self, distance_mm: f32, tissue: Tissue) {
        self.lay(distance_mm, tissue, [0.0; 2]);
    }

    /// Scalp, skull, face and neck.
    fn outside(&mut self, patient: &Patient, here: &[f32; N_FIELDS]) {
        let [t, skin, dura, grain] = [PLACE, SKIN, DURA, GRAIN].map(|f| here[f]);
        let p = [t, here[PLACE + 1], here[PLACE + 2]];
        let low = ramp(-15.0, -60.0, p[2]);
        self.plain(skin, SKIN_ITSELF);
        self.plain(skin + 1.8, FAT);
        let fat = (patient.fat_mm + 1.2 * here[DRIFT] + 2.0 * low) * ramp(92.0, 80.0, p[1]);
        self.plain(skin + 1.8 + fat, MUSCLE);
        // Below the skull, fat lies between the muscles.
        self.plain((0.5 - 0.5 * (grain + here[DRIFT])).max(skin + 3.0), FAT);
        if near(p, [80.0, -24.0, 52.0, -70.0, 26.0]) {
            self.plain(anatomy::temporalis(p).max(skin + 4.0), MUSCLE);
        }
        let thick = (6.5 + 0.7 * here[DRIFT]) * (0.2 + 0.8 * ramp(-78.0, -52.0, p[2]));
        self.plain((dura - thick).max(skin + 3.0), BONE);
        let diploe = (dura - 0.55 * thick).abs() - 1.0 - 0.35 * grain;
        self.plain(diploe.max(-20.0 - p[2]), MARROW);
        if p[2] < 8.0 {
            self.face(p, skin, grain);
        }
    }

    /// What lies under and in front of the brain.
    fn face(&mut self, p: Point, skin: f32, grain: f32) {
        if near(p, [26.0, 4.0, 72.0, -120.0, -80.0]) {
            self.plain(anatomy::tongue(p), MUSCLE);
        }
        if near(p, [70.0, -55.0, -2.0, -68.0, -20.0]) {
            let petrous = anatomy::petrous(p).max(skin + 3.0);
            self.plain(petrous, BONE);
            self.plain(petrous.max(0.4 - grain), GLAND);
        }
        if near(p, [28.0, -40.0, 86.0, -120.0, -30.0]) {
            let marrow = anatomy::marrow(p);
            self.plain(marrow, BONE);
            self.plain(marrow + 1.5, MARROW);
        }
        if near(p, [46.0, -16.0, 92.0, -122.0, 3.0]) {
            let airways = anatomy::airways(p);
            self.plain((airways - 1.5).max(skin + 3.0), GLAND);
            self.plain(airways, AIR);
        }
        if near(p, [54.0, 15.0, 80.0, -55.0, -12.0]) {
            self.orbit(p);
        }
        if near(p, [9.0, -5.0, 9.0, -36.0, -12.0]) {
            self.plain(anatomy::pituitary(p), GLAND);
        }
    }

    fn orbit(&mut self, p: Point) {
        let [globe, lens, cone, cords] = anatomy::orbit(p);
        self.plain(cone - 1.5, BONE);
        self.plain(cone, FAT);
        self.plain(cords.max(cone), MUSCLE);
        self.plain(globe - 1.0, MUSCLE);
        self.plain(globe, WATER);
        self.plain(lens, MUSCLE);
    }

    /// Everything within the dura.
    fn inside(&mut self, patient: &Patient, here: &[f32; N_FIELDS]) {
        let p = [here[PLACE], here[PLACE + 1], here[PLACE + 2]];
        let [space, ventricles, tissue] = patient.tracer;
        // 24 h after the injection the base is richer than the vertex.
        let uneven = 1.06 - 0.14 * ramp(0.0, 75.0, p[2]) + 0.05 * here[DRIFT];
        let space = [space[0] * uneven, space[1]];
        let pial = pial_depth(patient, here, p);
        if pial < 0.5 {
            self.lay(here[DURA], WATER, space);
            self.membranes(p, here);
            if near(p, [30.0, -14.0, 18.0, -48.0, -8.0]) {
                self.plain(anatomy::chiasm(p), WHITE);
                self.plain(anatomy::arteries(p), VESSEL);
            }
        }
        if pial > -0.5 {
            let ribbon = 2.7 + 0.25 * here[DRIFT];
            self.cortex(pial, ribbon, tissue);
        }
        self.core(patient, p, [space, tissue]);
        self.hindbrain(p, space, tissue);
        let grown = patient.ventricles_grown_mm;
        // The fourth ventricle fills from below whatever the grade.
        if near(p, [16.0, -60.0, 8.0, -50.0, 14.0]) {
            self.lay(anatomy::fourth_ventricle(p), WATER, space.map(|c| 0.85 * c));
            self.lay(anatomy::aqueduct(p), WATER, ventricles);
            self.lay(anatomy::third_ventricle(p, grown), WATER, ventricles);
        }
        if near(p, [46.0, -84.0, 42.0, -28.0, 36.0]) {
            self.lay(anatomy::lateral_ventricles(p, grown), WATER, ventricles);
        }
    }

    /// Falx, tentorium and the sagittal sinus.
    fn membranes(&mut self, p: Point, here: &[f32; N_FIELDS]) {
        if p[0].abs() < 7.0 {
            let falx = anatomy::falx(p);
            let sinus = (hypot(p[0], here[DURA] + 1.0) - 4.2).max(falx - 6.0);
            self.plain(falx, DURA_ITSELF);
            self.plain(sinus - 0.7, DURA_ITSELF);
            self.plain(sinus, BLOOD);
        }
    }

    /// The cortical ribbon and the white matter under it. Tracer seeps in from the surface: most
    /// lies in the cortex, little is left in the white matter.
    fn cortex(&mut self, pial: f32, ribbon: f32, tissue: [f32; 2]) {
        let seeped = tissue.map(|c| c * (0.4 + 0.6 * (-pial.max(0.0) / 5.0).exp()));
        if pial < ribbon + 0.5 {
            self.lay(-pial, GREY, seeped);
        }
        self.lay(ribbon - pial, WHITE, seeped);
    }

    /// Corpus callosum and deep grey matter.
    fn core(&mut self, patient: &Patient, p: Point, [space, tissue]: [[f32; 2]; 2]) {
        if !near(p, [42.0, -50.0, 44.0, -32.0, 36.0]) {
            return;
        }
        let little = tissue.map(|c| 0.4 * c);
        self.lay(anatomy::callosum(p), WHITE, little);
        let [caudate, putamen, pallidum, thalamus, hippocampus] =
            anatomy::deep_grey(p, patient.ventricles_grown_mm);
        self.lay(caudate, CAUDATE, little);
        self.lay(putamen, PUTAMEN, little);
        self.lay(pallidum, PALLIDUM, little);
        self.lay(thalamus, THALAMUS, little);
        self.lay(hippocampus, GREY, tissue);
        let behind = anatomy::quadrigeminal_cistern(p).max(-anatomy::callosum(p));
        self.lay(behind, WATER, space);
    }

    /// Brainstem and cerebellum.
    fn hindbrain(&mut self, p: Point, space: [f32; 2], tissue: [f32; 2]) {
        let [x, y, z] = p;
        if !near(p, [65.0, -100.0, -2.0, -150.0, 8.0]) {
            return;
        }
        let cerebellum = if y < -28.0 {
            anatomy::cerebellum(p)
        } else {
            1.0
        };
        if cerebellum < 1.0 {
            // Leaflets fan out from the fourth ventricle; every third cleft is deep.
            // They sweep forwards and upwards at the sides.
            let behind = 0.005 * x * x - 35.0 - y;
            let turn = (z + 35.0).atan2(behind) + 0.008 * x.abs();
            let reach = hypot(behind, z + 35.0).max(6.0);
            let core = 14.0 - reach;
            let cleft = |n: f32| (wave(turn * n / std::f32::consts::TAU).abs() / n) * reach;
            let fine = hypot(cleft(36.0) - 0.05, (-cerebellum - 4.0).max(core).max(0.0));
            let deep = hypot(cleft(12.0) - 0.25, (-cerebellum - 13.0).max(core).max(0.0));
            let pial = smooth_min(-cerebellum, fine.min(deep), 1.0);
            let seeped = tissue.map(|c| c * (-pial.max(0.0) / 5.0).exp());
            self.lay(cerebellum, WATER, space);
            self.lay(0.3 - pial, GREY, seeped);
            self.lay(1.7 - pial, WHITE, seeped);
        }
        self.lay(anatomy::brainstem(p), STEM, tissue.map(|c| 0.6 * c));
    }
}

/// How deep a voxel lies under the folded surface of the cerebrum; negative in the water.
fn pial_depth(patient: &Patient, here: &[f32; N_FIELDS], p: Point) -> f32 {
    if here[CEREBRUM] > 0.5 {
        return -1.0;
    }
    let outer = -here[CEREBRUM];
    let wide = patient.sulcus_mm;
    let depth = (18.0 + 4.0 * here[DRIFT]).min(23.0);
    let aside = here[FOLD].abs() / here[FOLD_SLOPE].max(0.06);
    let below = (outer - depth).max(0.0);
    let mouth = wide * (1.0 - 0.7 * (outer / depth).clamp(0.0, 1.0));
    let sulcus = (hypot(aside, below) - mouth).max(-anatomy::unfolded_core(p));
    smooth_min(outer, sulcus.min(anatomy::sylvian(p) - 0.7 * wide), 2.5)
}
