//! One voxel after contrast: what every head has, and what enhances laid over it.

use super::super::super::field::{ellipsoid, hypot, near, ramp};
use super::super::super::leak::{LeakCase, LeakShape, dura_mmol_per_l};
use super::super::super::{Region, Shape, Tissue};
use super::super::cerebrum;
use super::super::compose::Voxel;
use super::super::lattice::Node;
use super::substance::{
    ARTERY, CHOROID_PLEXUS, HAEMATOMA, MARROW, MUCOSA, N_SUBSTANCES, PITUITARY, SINUS, SUBDURAL,
    Signals, THICK_DURA, TRACT,
};
use super::veins::{self, Veins};
use super::{ContrastPart, midline, outside};
use crate::signal::Tse;

const CSF: usize = Tissue::Csf as usize;
const DURA: u8 = Region::Dura as u8;

/// What all voxels of a head share.
pub(super) struct Painting<'a> {
    shape: &'a Shape,
    leak: LeakShape,
    veins: Veins,
    signals: Signals,
    /// Of the sagittal, the right and left transverse and the straight sinus.
    sinus_left: [f32; 4],
    csf_left: f32,
    fat: [f32; 2],
    blood_under_dura: bool,
    rim_mm: f32,
    voxel_mm: f32,
}

/// A voxel in the making.
struct Mix {
    shares: [f32; N_SUBSTANCES],
    label: u8,
    /// What flow leaves of blood in a sinus, here.
    sinus_left: f32,
}

impl Mix {
    fn cover(&mut self, share: f32, substance: usize, label: u8) {
        if share <= 0.0 {
            return;
        }
        for other in &mut self.shares {
            *other *= 1.0 - share;
        }
        self.shares[substance] += share;
        if share >= 0.5 {
            self.label = label;
        }
    }

    /// The same where there is water only.
    fn cover_water(&mut self, share: f32, substance: usize, label: u8) {
        let covered = share * self.shares[CSF];
        if covered > 0.0 {
            self.shares[CSF] -= covered;
            self.shares[substance] += covered;
            if covered >= 0.5 {
                self.label = label;
            }
        }
    }
}

impl<'a> Painting<'a> {
    /// For a shape with what a head after contrast has.
    pub(super) fn new(case: &LeakCase, shape: &'a Shape, voxel_mm: f32) -> Self {
        let leak = shape.leak.unwrap_or_default();
        let scan = &case.scan;
        Self {
            shape,
            leak,
            veins: Veins::new(case, leak.per_mm),
            signals: Signals::new(Tse::default(), scan.blood_mmol_per_l),
            sinus_left: scan.sinus_left.map(|left| left as f32),
            csf_left: scan.csf_left as f32,
            fat: [scan.fat_left, scan.fat_fails_mm].map(|x| x as f32),
            blood_under_dura: case.subdural.is_some_and(|s| s.is_blood),
            rim_mm: (1.0 + 0.4 * case.optic_sheath as f32).clamp(0.0, 2.2),
            voxel_mm,
        }
    }

    /// The label and the signal of a voxel.
    pub(super) fn voxel(&self, here: &Node) -> (u8, f32) {
        let base = Voxel::compose(self.shape, here, self.voxel_mm);
        let mut mix = Mix {
            shares: [0.0; N_SUBSTANCES],
            label: base.region as u8,
            sinus_left: 1.0,
        };
        mix.shares[..base.shares.len()].copy_from_slice(&base.shares);
        if base.region == Region::Skull {
            // Fat of the marrow has water beside it, and vessels.
            mix.shares[MARROW] = std::mem::take(&mut mix.shares[Tissue::Fat as usize]);
        }
        let air = outside::air(here.skull);
        if here.dura < 0.5 * self.voxel_mm {
            self.floor(here, &mut mix);
            self.plexus(here, &mut mix);
        }
        if here.dura > -2.0 * self.voxel_mm {
            self.face(here, air, &mut mix);
        }
        let strength = self.leak.dura_strength(here.skull);
        if here.dura.abs() < 12.0 {
            self.layers(here, &mut mix);
        }
        self.membranes(here, &mut mix);
        self.sinuses(here, &mut mix);
        self.sella(here, &mut mix);
        (mix.label, self.signal(here, air, strength, &mix))
    }

    fn covered(&self, distance_mm: f32) -> f32 {
        (0.5 - distance_mm / self.voxel_mm).clamp(0.0, 1.0)
    }

    fn lay(&self, mix: &mut Mix, distance_mm: f32, substance: usize, label: u8) {
        mix.cover(self.covered(distance_mm), substance, label);
    }

    /// The share of the voxel between two surfaces, the outer one first.
    fn between(&self, distance_mm: f32, [outer, inner]: [f32; 2]) -> f32 {
        (self.covered(distance_mm - outer) - self.covered(distance_mm - inner)).max(0.0)
    }

    /// The hypothalamus, its recess of the third ventricle, the water under it, mamillary bodies and
    /// the belly of the pons.
    fn floor(&self, here: &Node, mix: &mut Mix) {
        let p = here.skull;
        let leak = &self.leak;
        if near(p, [24.0, -46.0, 12.0, -60.0, -4.0]) {
            let [middle, radii] = midline::PONS;
            let pons = ellipsoid(here.brain, middle, radii);
            if pons.max(here.stem) < 0.0 && mix.label == Region::Brainstem as u8 {
                mix.label = ContrastPart::Pons as u8;
            }
        }
        if !near(p, [14.0, -28.0, 12.0, -36.0, -4.0]) {
            return;
        }
        let cistern = Region::SuprasellarCistern as u8;
        let free = midline::under_floor(p, leak).max(-here.stem).max(here.dura);
        self.lay(mix, free, CSF, cistern);
        let side = p[0] > 0.0;
        let thalamus = Region::ThalamusLeft.on_side(side) as u8;
        let tissue = midline::hypothalamus(p, leak)
            .max(-here.stem)
            .max(here.dura + 0.3);
        self.lay(mix, tissue, Tissue::DeepGrey as usize, thalamus);
        let half = (1.5 + self.shape.third_mm).max(1.0);
        let recess = midline::recess(p, leak, half);
        self.lay(mix, recess, CSF, Region::ThirdVentricle as u8);
        let bodies = midline::mamillary_bodies(p, leak);
        self.lay(mix, bodies, TRACT, ContrastPart::MamillaryBodies as u8);
    }

    fn plexus(&self, here: &Node, mix: &mut Mix) {
        if here.lateral < 0.0 {
            let plexus = outside::choroid_plexus(here.brain).max(here.lateral + 0.3);
            let label = ContrastPart::ChoroidPlexus as u8;
            self.lay(mix, plexus, CHOROID_PLEXUS, label);
        }
    }

    /// Mucosa, and the water around the optic nerves.
    fn face(&self, here: &Node, air: f32, mix: &mut Mix) {
        let p = here.skull;
        if near(p, [50.0, -6.0, 92.0, -120.0, 6.0]) && here.dura > 0.5 {
            let mucosa = outside::mucosa(p, air).max(here.skin + 4.0);
            self.lay(mix, mucosa, MUCOSA, ContrastPart::Mucosa as u8);
            self.lay(
                mix,
                air.max(here.skin + 2.0),
                Tissue::Air as usize,
                Region::Outside as u8,
            );
        }
        if near(p, [46.0, 20.0, 52.0, -44.0, -20.0]) {
            let [nerve, sheath] = outside::optic_nerve(p, self.rim_mm);
            let label = ContrastPart::OpticSheath as u8;
            if self.rim_mm > 0.0 {
                self.lay(mix, sheath, CSF, label);
            }
            self.lay(mix, nerve, TRACT, label);
        }
    }

    /// Dura on the skull, and what is under it.
    fn layers(&self, here: &Node, mix: &mut Mix) {
        let p = here.skull;
        if p[2] < -64.0 {
            return;
        }
        let thick = self.leak.dura_mm(p);
        let inner = -LeakShape::inwards(p) * thick;
        let fluid = self.leak.fluid_mm(p);
        if fluid > 0.0 {
            let share = self.between(here.dura, [inner, inner - fluid]);
            let substance = if self.blood_under_dura {
                HAEMATOMA
            } else {
                SUBDURAL
            };
            mix.cover(share, substance, ContrastPart::Subdural as u8);
        }
        let share = self.between(here.dura, [inner + thick, inner]);
        mix.cover(share, THICK_DURA, DURA);
    }

    /// Falx and tentorium, as far as the brain leaves room for them.
    fn membranes(&self, here: &Node, mix: &mut Mix) {
        if here.dura > 0.5 * self.voxel_mm {
            return;
        }
        let p = here.skull;
        let half = 0.5 * self.leak.dura_mm(p).min(1.8);
        if p[0].abs() < 3.0 {
            let bounds = cerebrum::falx([0.0, p[1], p[2]], self.shape);
            let share = self.between(p[0], [half, -half]) * self.covered(bounds);
            mix.cover_water(share, THICK_DURA, DURA);
        }
        if p[2] < 4.0 && p[1] < -28.0 {
            let notch = hypot(p[0], 0.7 * (p[1] + 28.0)) - 20.0;
            let off = (p[2] - cerebrum::tentorium(p[0], p[1])) / 1.12;
            let share = self.between(off, [half, -half]) * self.covered(-notch);
            mix.cover_water(share, THICK_DURA, DURA);
        }
    }

    fn sinuses(&self, here: &Node, mix: &mut Mix) {
        let p = here.skull;
        if here.dura > 6.0 && !near(p, [64.0, -56.0, -24.0, -68.0, -22.0]) {
            return;
        }
        let right = p[0] > 0.0;
        let [of_sagittal, of_right, of_left, of_straight] = self.sinus_left;
        let of_side = if right { of_right } else { of_left };
        let transverse = if right {
            ContrastPart::TransverseSinusRight
        } else {
            ContrastPart::TransverseSinusLeft
        };
        if p[0].abs() < 16.0 && here.dura < 2.0 {
            let straight = self.veins.straight(p).max(here.dura);
            self.sinus(
                mix,
                straight,
                of_straight,
                ContrastPart::StraightSinus as u8,
            );
            let sagittal = self.veins.sagittal(here);
            self.sinus(mix, sagittal, of_sagittal, Region::SagittalSinus as u8);
        }
        if here.dura < 6.0 && here.dura > -22.0 && p[1] < -36.0 {
            self.sinus(mix, self.veins.transverse(here), of_side, transverse as u8);
        }
        if near(p, [64.0, -56.0, -24.0, -68.0, -22.0]) {
            self.sinus(mix, self.veins.sigmoid(here), of_side, transverse as u8);
        }
    }

    /// A sinus with its wall.
    fn sinus(&self, mix: &mut Mix, distance_mm: f32, left: f32, label: u8) {
        if distance_mm > self.voxel_mm {
            return;
        }
        let wall = 0.4;
        mix.cover(self.covered(distance_mm - wall), THICK_DURA, DURA);
        self.lay(mix, distance_mm, SINUS, label);
        // At the wall blood hardly moves.
        let slow = 1.0 - ramp(0.0, 2.2, -distance_mm);
        mix.sinus_left = left + (1.0 - left) * slow;
    }

    /// The sella with what is in and over it.
    fn sella(&self, here: &Node, mix: &mut Mix) {
        let p = here.skull;
        if !near(p, [30.0, -16.0, 20.0, -50.0, -4.0]) {
            return;
        }
        let leak = &self.leak;
        let [sinus, carotid] = veins::cavernous(p, leak.diaphragm_z);
        let beside = sinus.max(-here.dura - 0.5);
        self.lay(mix, beside, SINUS, ContrastPart::CavernousSinus as u8);
        let cistern = Region::SuprasellarCistern as u8;
        self.lay(mix, midline::sella(p, leak), CSF, cistern);
        let sheet = midline::diaphragm(p, leak);
        self.lay(mix, sheet, THICK_DURA, DURA);
        let gland = midline::pituitary(p, leak);
        self.lay(mix, gland, PITUITARY, ContrastPart::Pituitary as u8);
        let arteries = veins::arteries(p, leak.diaphragm_z, leak.clivus_mm);
        let label = ContrastPart::Arteries as u8;
        mix.cover_water(self.covered(arteries), ARTERY, label);
        self.lay(mix, carotid, ARTERY, label);
        let chiasm = midline::chiasm(p, leak).max(here.dura - 1.0);
        self.lay(mix, chiasm, TRACT, ContrastPart::Chiasm as u8);
    }

    fn signal(&self, here: &Node, air: f32, strength: f32, mix: &Mix) -> f32 {
        let fat = Tissue::Fat as usize;
        let mut sum = 0.0;
        for (substance, &share) in mix.shares.iter().enumerate() {
            if share <= 0.0 {
                continue;
            }
            let left = match substance {
                CSF => self.csf_left,
                ARTERY => 0.06,
                SINUS => mix.sinus_left,
                _ if substance == fat => {
                    outside::fat_left(here.skull, air, self.fat[0], self.fat[1])
                }
                _ => 1.0,
            };
            let full = if substance == THICK_DURA {
                self.signals
                    .dura(strength, dura_mmol_per_l(f64::from(strength)))
            } else {
                self.signals.of(substance)
            };
            sum += share * left * full;
        }
        // Muscle and marrow are not all alike.
        if here.dura > 0.0 {
            sum *= 1.0 + 0.05 * here.grain;
        }
        sum
    }
}
