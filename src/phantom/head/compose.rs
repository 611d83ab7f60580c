//! One voxel: tissues laid over each other, from the air inwards.

use super::super::field::{hypot, near, ramp, smooth_min};
use super::super::{Region, Shape, Tissue};
use super::lattice::Node;
use super::{Water, cerebrum, contrast, fine, hindbrain, skull, ventricles};

/// Shares of CSF below this, in 255ths, are left out: they hold next to nothing.
const LEAST_CSF: u8 = 8;

/// A voxel in the making.
pub(super) struct Voxel {
    /// The share of each tissue; sums to 1.
    pub(super) shares: [f32; Tissue::ALL.len()],
    /// Of the uppermost layer that covers half of the voxel.
    pub(super) region: Region,
    /// Of the uppermost water.
    pub(super) water: Water,
    voxel_mm: f32,
}

impl Voxel {
    pub(super) fn compose(shape: &Shape, here: &Node, voxel_mm: f32) -> Self {
        let mut voxel = Self {
            shares: [0.0; Tissue::ALL.len()],
            region: Region::Outside,
            water: Water::Outer,
            voxel_mm,
        };
        voxel.shares[Tissue::Air as usize] = 1.0;
        if here.dura > -0.5 * voxel_mm {
            voxel.outside(shape, here);
        }
        if here.dura < 0.5 * voxel_mm {
            voxel.inside(shape, here);
        }
        voxel
    }

    /// The two largest tissues and the share of the second in 255ths, as [`super::Head`] keeps
    /// them.
    pub(super) fn two_tissues(&self) -> [u8; 3] {
        let (mut first, mut second) = (0, 1);
        if self.shares[1] > self.shares[0] {
            (first, second) = (1, 0);
        }
        for tissue in 2..self.shares.len() {
            if self.shares[tissue] > self.shares[first] {
                (first, second) = (tissue, first);
            } else if self.shares[tissue] > self.shares[second] {
                second = tissue;
            }
        }
        let [most, rest] = [self.shares[first], self.shares[second]];
        let share = (255.0 * rest / (most + rest) + 0.5) as u8;
        if share < LEAST_CSF && (share == 0 || second == Tissue::Csf as usize) {
            return [first as u8, first as u8, 0];
        }
        [first as u8, second as u8, share]
    }

    /// The share of the voxel that lies within a surface at this distance.
    fn covered(&self, distance_mm: f32) -> f32 {
        (0.5 - distance_mm / self.voxel_mm).clamp(0.0, 1.0)
    }

    fn cover(&mut self, share: f32, tissue: Tissue, region: Region) {
        if share <= 0.0 {
            return;
        }
        for other in &mut self.shares {
            *other *= 1.0 - share;
        }
        self.shares[tissue as usize] += share;
        if share >= 0.5 {
            self.region = region;
        }
    }

    /// Lays a tissue over what is there; voxels that its border crosses get their share of it.
    fn lay(&mut self, distance_mm: f32, tissue: Tissue, region: Region) {
        self.cover(self.covered(distance_mm), tissue, region);
    }

    /// The same for two tissues that are mixed, the second with this share.
    fn lay_mixed(&mut self, distance_mm: f32, [a, b]: [Tissue; 2], share_b: f32, region: Region) {
        let covered = self.covered(distance_mm);
        if covered > 0.0 {
            let before = self.shares[a as usize] * (1.0 - covered);
            self.cover(covered, a, region);
            let laid = self.shares[a as usize] - before;
            self.shares[a as usize] -= share_b * laid;
            self.shares[b as usize] += share_b * laid;
        }
    }

    fn lay_water(&mut self, distance_mm: f32, region: Region, water: Water) {
        let share = self.covered(distance_mm);
        self.cover(share, Tissue::Csf, region);
        if share > 0.02 {
            self.water = water;
        }
    }

    /// Scalp, skull, face and neck.
    fn outside(&mut self, shape: &Shape, here: &Node) {
        let Node {
            skin, grain, drift, ..
        } = *here;
        let p = here.skull;
        let low = ramp(-15.0, -60.0, p[2]);
        self.lay(skin, Tissue::Scalp, Region::Scalp);
        // Septa and vessels run through the fat.
        let fatty = [Tissue::Fat, Tissue::Scalp];
        self.lay_mixed(skin + 1.8, fatty, 0.5, Region::Scalp);
        let fat = (shape.fat_mm + 0.9 * drift + 1.5 * low) * ramp(92.0, 80.0, p[1]);
        self.lay(skin + 1.8 + fat.max(0.8), Tissue::Scalp, Region::Scalp);
        if low > 0.0 {
            // Below the skull, fat lies between the muscles.
            let between = 4.0 * (0.3 * grain + drift).abs() - 0.3 - 0.3 * grain;
            self.lay_mixed(between.max(skin + 3.0), fatty, 0.5, Region::Scalp);
        }
        if near(p, [80.0, -24.0, 52.0, -70.0, 26.0]) {
            let muscle = skull::temporalis(p).max(skin + 4.0);
            self.lay(muscle, Tissue::Scalp, Region::Scalp);
        }
        self.skull(shape, here);
        if p[2] < 8.0 {
            self.face(here, shape.leak.is_none());
        }
    }

    /// The vault with its marrow, and the base.
    fn skull(&mut self, shape: &Shape, here: &Node) {
        let Node {
            skin,
            dura,
            grain,
            drift,
            ..
        } = *here;
        let z = here.skull[2];
        let thick = (shape.skull_mm + 0.7 * drift) * (0.25 + 0.75 * ramp(-80.0, -56.0, z));
        self.lay((dura - thick).max(skin + 3.0), Tissue::Bone, Region::Skull);
        let half = (0.17 * thick + 0.15 * grain).max(0.0);
        let diploe = ((dura - 0.52 * thick).abs() - half).max(-22.0 - z);
        let bony = 0.6 - 0.06 * grain.clamp(-2.0, 2.0);
        self.lay_mixed(diploe, [Tissue::Fat, Tissue::Bone], bony, Region::Skull);
    }

    /// What lies under and in front of the brain.
    fn face(&mut self, here: &Node, has_gland: bool) {
        let Node { skin, grain, .. } = *here;
        let p = here.skull;
        if near(p, [26.0, 4.0, 72.0, -120.0, -80.0]) {
            self.lay(skull::tongue(p), Tissue::Scalp, Region::Scalp);
        }
        if near(p, [70.0, -55.0, -2.0, -68.0, -20.0]) {
            let petrous = skull::petrous(p).max(skin + 3.0);
            self.lay(petrous, Tissue::Bone, Region::Skull);
            let cells = petrous.max(0.6 - grain);
            self.lay_mixed(cells, [Tissue::Bone, Tissue::Scalp], 0.4, Region::Skull);
        }
        if near(p, [52.0, -80.0, 86.0, -170.0, -28.0]) {
            let marrow = skull::marrow(p).max(skin + 4.0);
            self.lay(marrow, Tissue::Bone, Region::Skull);
            let fatty = 0.55 - 0.1 * grain.clamp(-2.0, 2.0);
            self.lay_mixed(
                marrow + 1.5,
                [Tissue::Fat, Tissue::Bone],
                fatty,
                Region::Skull,
            );
        }
        if near(p, [46.0, -18.0, 92.0, -175.0, 3.0]) {
            let airways = skull::airways(p);
            let lining = (airways - 1.5).max(skin + 3.0);
            self.lay(lining, Tissue::Scalp, Region::Scalp);
            self.lay(airways, Tissue::Air, Region::Outside);
        }
        if near(p, [54.0, 15.0, 80.0, -55.0, -12.0]) {
            self.orbit(here);
        }
        if has_gland && near(p, [9.0, -5.0, 10.0, -36.0, -12.0]) {
            self.lay(skull::pituitary(p), Tissue::Scalp, Region::Scalp);
        }
    }

    fn orbit(&mut self, here: &Node) {
        let right = here.skull[0] > 0.0;
        let orbit = skull::orbit(here.skull);
        let within = here.skin + 1.5;
        self.lay((orbit.cone - 1.5).max(within), Tissue::Bone, Region::Skull);
        let fat = Region::OrbitalFatLeft.on_side(right);
        self.lay(orbit.cone.max(within), Tissue::Fat, fat);
        self.lay(orbit.cords.max(orbit.cone), Tissue::Scalp, Region::Scalp);
        let globe = Region::GlobeLeft.on_side(right);
        self.lay(orbit.globe - 1.0, Tissue::Scalp, Region::Scalp);
        self.lay(orbit.globe, Tissue::Globe, globe);
        self.lay(orbit.lens, Tissue::Scalp, globe);
    }

    /// Everything within the dura.
    fn inside(&mut self, shape: &Shape, here: &Node) {
        let p = here.brain;
        let right = p[0] > 0.0;
        let pial = PialDepth::of(shape, here, self.voxel_mm);
        if pial.water > 0.0 || pial.depth < self.voxel_mm {
            self.lay_water(here.dura, cistern(here), Water::Outer);
            // After contrast these are other ones, which are laid on when the brain is there.
            if shape.leak.is_none() {
                self.membranes(shape, here);
            }
            if shape.leak.is_none() && near(here.skull, [30.0, -14.0, 18.0, -48.0, -8.0]) {
                let outer = Region::SuprasellarCistern;
                self.lay(skull::chiasm(here.skull), Tissue::White, outer);
                self.lay(skull::arteries(here.skull), Tissue::Blood, outer);
            }
            if let Some(fine) = shape.fine {
                let vessels = fine::vessels(here, fine).max(here.dura + 0.5);
                self.lay(vessels, Tissue::Blood, cistern(here));
            }
        }
        let cortex = Region::CortexLeft.on_side(right);
        self.cover(1.0 - pial.water, Tissue::CorticalGrey, cortex);
        let ribbon = shape.ribbon_mm * (1.0 + 0.08 * here.drift);
        let white = Region::WhiteLeft.on_side(right);
        // No part of the white matter is quite as white as another.
        let greyish = (0.06 + 0.035 * here.drift).clamp(0.0, 0.16);
        let tissues = [Tissue::White, Tissue::CorticalGrey];
        self.lay_mixed(ribbon - pial.depth, tissues, greyish, white);
        self.core(shape, here);
        self.hindbrain(here, shape.fine.is_some());
        self.ventricles(shape, here);
        self.cysts(shape, here);
    }

    /// Falx, tentorium and the sagittal sinus.
    fn membranes(&mut self, shape: &Shape, here: &Node) {
        let p = here.skull;
        if p[0].abs() < 9.0 {
            let falx = cerebrum::falx(p, shape);
            let radius = shape.sinus_mm;
            // A triangle with its base on the vault.
            let sinus = hypot(p[0], 0.8 * (here.dura + 0.6)) - radius;
            let sinus = sinus.max(cerebrum::falx([0.0, p[1], p[2]], shape));
            self.lay(falx, Tissue::Dura, Region::Dura);
            self.lay(sinus - 0.7, Tissue::Dura, Region::Dura);
            self.lay(sinus, Tissue::Blood, Region::SagittalSinus);
        }
        if p[2] < 4.0 && p[1] < -30.0 {
            let notch = hypot(p[0], 0.7 * (p[1] + 28.0)) - 20.0;
            let sheet = (p[2] - cerebrum::tentorium(p[0], p[1])).abs() - 0.25;
            self.lay(sheet.max(-notch), Tissue::Dura, Region::Dura);
            // The transverse sinuses run where the tentorium meets the vault.
            let off = p[2] - cerebrum::tentorium(p[0], p[1]) + 1.0;
            if off.abs() < 6.0 && p[1] < -44.0 {
                let sinus = hypot(off, 0.8 * cerebrum::vault(p)) - 0.85 * shape.sinus_mm;
                self.lay(sinus - 0.7, Tissue::Dura, Region::Dura);
                self.lay(sinus, Tissue::Blood, Region::Dura);
            }
        }
    }

    /// Corpus callosum and deep grey matter.
    fn core(&mut self, shape: &Shape, here: &Node) {
        let p = here.brain;
        if !near(p, [50.0, -56.0, 48.0, -32.0, 46.0]) {
            return;
        }
        let right = p[0] > 0.0;
        let white = Region::WhiteLeft.on_side(right);
        self.lay(cerebrum::callosum(p, shape), Tissue::White, white);
        let grey = cerebrum::deep_grey(p, shape);
        let caudate = Region::CaudateLeft.on_side(right);
        self.lay(grey.caudate, Tissue::DeepGrey, caudate);
        let putamen = Region::PutamenLeft.on_side(right);
        self.lay(grey.putamen, Tissue::DeepGrey, putamen);
        let mixed = [Tissue::DeepGrey, Tissue::White];
        self.lay_mixed(grey.pallidum, mixed, 0.6, putamen);
        let thalamus = Region::ThalamusLeft.on_side(right);
        self.lay_mixed(grey.thalamus, mixed, 0.42, thalamus);
        let cortex = Region::CortexLeft.on_side(right);
        self.lay(grey.hippocampus, Tissue::CorticalGrey, cortex);
        let room = hindbrain::quadrigeminal(p).min(hindbrain::velum(p));
        let behind = room.max(-cerebrum::callosum(p, shape));
        self.lay_water(behind, Region::QuadrigeminalCistern, Water::Outer);
    }

    /// Brainstem and cerebellum.
    fn hindbrain(&mut self, here: &Node, fine: bool) {
        if here.cerebellum < self.voxel_mm {
            let pial = hindbrain::folia_depth(here.brain, here.cerebellum);
            self.lay_water(here.cerebellum, cistern(here), Water::Outer);
            self.lay(
                0.2 - pial.fine,
                Tissue::CerebellarGrey,
                Region::CerebellarCortex,
            );
            let white = [Tissue::CerebellarWhite, Tissue::CerebellarGrey];
            self.lay_mixed(0.9 - pial.fine, white, 0.72, Region::CerebellarCortex);
            let ribbon = if fine { 2.8 } else { 1.9 };
            self.lay(
                ribbon - pial.deep,
                Tissue::CerebellarWhite,
                Region::CerebellarWhite,
            );
        }
        self.lay(here.stem, Tissue::Brainstem, Region::Brainstem);
    }

    fn ventricles(&mut self, shape: &Shape, here: &Node) {
        let p = here.brain;
        let right = p[0] > 0.0;
        if near(p, [30.0, -62.0, 10.0, -60.0, 16.0]) {
            let fourth = ventricles::fourth(p, shape);
            self.lay_water(fourth, Region::FourthVentricle, Water::Fourth);
            let openings = ventricles::openings(p);
            self.lay_water(openings, Region::FourthVentricle, Water::Opening);
            let aqueduct = ventricles::aqueduct(p, shape);
            self.lay_water(aqueduct, Region::Aqueduct, Water::Inner);
            let third = ventricles::third(p, shape);
            self.lay_water(third, Region::ThirdVentricle, Water::Inner);
        }
        let lateral = Region::LateralVentricleLeft.on_side(right);
        self.lay_water(here.lateral, lateral, Water::Inner);
        if shape.fine.is_some() && here.lateral < 0.0 {
            // It holds no tracer, as the soft parts outside of the skull.
            let plexus = contrast::choroid_plexus(p).max(here.lateral + 0.3);
            self.lay(plexus, Tissue::Scalp, lateral);
        }
        if near(p, [10.0, -6.0, 8.0, 0.0, 16.0]) {
            let monro = ventricles::monro(p, shape).max(-ventricles::third(p, shape));
            let foramen = Region::ForamenOfMonroLeft.on_side(right);
            self.lay_water(monro, foramen, Water::Inner);
        }
    }

    fn cysts(&mut self, shape: &Shape, here: &Node) {
        let Some(cyst) = &shape.cyst else { return };
        let p = here.brain;
        let distance = cerebrum::middle_fossa_cyst(p, shape)
            .min(hindbrain::retrocerebellar_cyst(p, shape))
            .max(here.dura);
        let water = if cyst.is_open {
            Water::Outer
        } else {
            Water::Closed
        };
        if distance < 2.0 {
            if !cyst.is_open {
                self.lay(distance - 0.6, Tissue::Dura, Region::Dura);
            }
            self.lay_water(distance, Region::Cyst, water);
        }
        if cyst.site == super::super::CystSite::Pineal {
            let distance = ventricles::pineal_cyst(p, cyst.radius_mm);
            self.lay(distance - 1.0, Tissue::DeepGrey, Region::Dura);
            self.lay_water(distance, Region::Cyst, Water::Closed);
            // The aqueduct stays open beside it.
            let aqueduct = ventricles::aqueduct(p, shape);
            self.lay_water(aqueduct, Region::Aqueduct, Water::Inner);
        }
    }
}

/// The subarachnoid region that a point within the dura would belong to.
fn cistern(here: &Node) -> Region {
    let [x, y, z] = here.skull;
    if z < hindbrain::FORAMEN_MAGNUM_Z {
        return Region::SpinalSas;
    }
    if z < 16.0 {
        if x.abs() < 17.0 && (-14.0..18.0).contains(&y) && (-30.0..-6.0).contains(&z) {
            return Region::SuprasellarCistern;
        }
        if x.abs() < 26.0 && (-30.0..4.0).contains(&y) && z < -18.0 {
            return Region::PrepontineCistern;
        }
        if x.abs() < 20.0 && (-54.0..-26.0).contains(&y) && z > -18.0 {
            return Region::QuadrigeminalCistern;
        }
        if x.abs() < 26.0 && y < -38.0 && z < -44.0 {
            return Region::CisternaMagna;
        }
    }
    if x.abs() > 26.0 && cerebrum::sylvian(here.brain) < 4.0 {
        return Region::SylvianLeft.on_side(x > 0.0);
    }
    Region::OuterSas
}

/// How a point lies to the folded surface of the cerebrum.
struct PialDepth {
    /// How deep under it, mm; negative in the water.
    depth: f32,
    /// The share of the voxel that is outside.
    water: f32,
}

impl PialDepth {
    fn of(shape: &Shape, here: &Node, voxel_mm: f32) -> Self {
        let outer = -here.cerebrum;
        let covered = |depth: f32| (0.5 - depth / voxel_mm).clamp(0.0, 1.0);
        if outer < -0.5 * voxel_mm {
            return Self {
                depth: outer,
                water: 1.0,
            };
        }
        let p = here.brain;
        let tight = 1.0 - shape.tight_vertex * ramp(20.0, 42.0, p[2]);
        let wide = shape.sulcus_mm * tight;
        let sulcus = |[value, slope]: [f32; 2], depth: f32, wide: f32| {
            let aside = value.abs() / slope.max(0.05);
            let half = wide * (1.0 - 0.6 * (outer / depth).clamp(0.0, 1.0));
            (hypot(aside, (outer - depth).max(0.0)) - half, half)
        };
        let (large, half_width) = sulcus(here.fold, here.fold_depth.max(2.0), wide);
        let crown = ramp(0.6, 1.2, here.fold[0].abs());
        // The medial wall has fewer small ones.
        let crown = crown * (0.2 + 0.8 * ramp(7.0, 14.0, p[0].abs()));
        let deepest = if shape.fine.is_some() { 4.5 } else { 6.5 };
        let (small, _) = sulcus(here.dimple, 0.5 + deepest * crown, 0.8 * wide);
        let small = small + 3.0 * (1.0 - crown);
        let folds = large
            .min(small)
            .max(-cerebrum::unfolded_core(p, shape, here.lateral));
        let sylvian_half = cerebrum::sylvian_half_mm(p, shape);
        let sylvian = cerebrum::sylvian(p) - sylvian_half;
        let inner = folds.min(sylvian);
        let depth = smooth_min(outer, inner, 3.0);
        // A cleft narrower than the voxel cannot fill it.
        let half_width = if sylvian < folds {
            sylvian_half
        } else {
            half_width
        };
        let of_cleft = covered(inner).min(2.0 * half_width / voxel_mm);
        let water = if outer < 1.5 * voxel_mm {
            covered(depth)
        } else {
            of_cleft
        };
        Self { depth, water }
    }
}
