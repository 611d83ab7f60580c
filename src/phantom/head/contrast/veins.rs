//! The venous sinuses: signed distances in the template of the skull, mm.

use super::super::super::field::{
    Point, boxy_ellipsoid, chain, ellipsoid, hypot, near, ramp, rod, smooth_min,
};
use super::super::super::leak::{LeakCase, bulge_mm};
use super::super::cerebrum::{mirrored, tentorium, vault};
use super::super::lattice::Node;

/// How large the sinuses are.
pub(super) struct Veins {
    /// How far the walls of the sagittal and straight sinus bulge.
    others_mm: f32,
    sagittal_mm: f32,
    /// Left and right: how large the transverse sinus is, 1 for a usual dominant one, and how far its
    /// lower wall bulges, mm.
    transverse: [[f32; 2]; 2],
    wall: OccipitalWall,
}

/// The inside of the skull along the edge of the tentorium: y at each mm from the midplane.
struct OccipitalWall(Vec<f32>);

impl OccipitalWall {
    /// Beside which no wall is behind.
    const WIDEST_MM: usize = 60;

    fn new() -> Self {
        let wall = |aside: usize| {
            let x = aside as f32;
            let off = |y: f32| hull([x, y, tentorium(x, y) - 3.0]);
            let (mut behind, mut inside) = (-115.0, -36.0);
            for _ in 0..20 {
                let y = 0.5 * (behind + inside);
                if off(y) < 0.0 {
                    inside = y;
                } else {
                    behind = y;
                }
            }
            inside
        };
        Self((0..=Self::WIDEST_MM).map(wall).collect())
    }

    /// How far before the wall a point lies, square to it; in a sagittal plane that is even in y, so
    /// that what is drawn straight is straight there.
    fn before(&self, x: f32, y: f32) -> f32 {
        let at = x.abs().min(Self::WIDEST_MM as f32 - 0.01);
        let low = at as usize;
        let (here, next) = (self.0[low], self.0[low + 1]);
        let wall = here + (at - low as f32) * (next - here);
        // Over some mm, as the table has corners.
        let far = (low + 3).min(Self::WIDEST_MM);
        let near = low.saturating_sub(2);
        let slope = (self.0[far] - self.0[near]) / (far - near) as f32;
        (y - wall) / (1.0 + slope * slope).sqrt()
    }
}

/// How far a dominant transverse sinus reaches from the skull into the tentorium, and how high it
/// is above and below the edge of that, mm.
const REACH_MM: f32 = 9.5;
const UPPER_MM: f32 = 3.4;
const LOWER_MM: f32 = 5.2;

impl Veins {
    pub(super) fn new(case: &LeakCase, per_mm: f32) -> Self {
        let bulge = |venous: f64| per_mm * bulge_mm(venous) as f32;
        let dominant = [
            1.0 + 0.12 * case.mimics.large_sinus as f32 + 0.1 * case.severity as f32,
            bulge(case.venous),
        ];
        let other = [
            0.72 + 0.12 * case.severity as f32,
            bulge(case.other_sinuses),
        ];
        Self {
            others_mm: bulge(case.other_sinuses),
            sagittal_mm: case.shape.sinus_mm,
            transverse: if case.right_is_dominant {
                [other, dominant]
            } else {
                [dominant, other]
            },
            wall: OccipitalWall::new(),
        }
    }

    /// A triangle with its base on the vault.
    pub(super) fn sagittal(&self, here: &Node) -> f32 {
        let [x, y, z] = here.skull;
        let smaller = 0.55 + 0.45 * ramp(72.0, -30.0, y);
        let half = self.sagittal_mm * smaller;
        // From the root of the nose to the confluence.
        let low = 6.0 + ramp(-30.0, -60.0, y) * (tentorium(0.0, y) - 9.0);
        wedge(
            0.5 - vault(here.skull),
            x.abs(),
            2.0 * half,
            [half, self.others_mm],
            [half, self.others_mm],
        )
        .max(low - z)
    }

    pub(super) fn transverse(&self, here: &Node) -> f32 {
        let [x, y, z] = here.skull;
        if y > -38.0 || z > 4.0 {
            return 99.0;
        }
        let [size, bulge] = self.transverse[usize::from(x > 0.0)];
        let size =
            size * (0.3 + 0.7 * ramp(-40.0, -56.0, y)) * (0.6 + 0.4 * ramp(3.0, 14.0, x.abs()));
        let up = z - tentorium(x, y) + 0.6;
        let shaped = wedge(
            self.wall.before(x, y),
            up,
            size * REACH_MM,
            [size * UPPER_MM, 0.0],
            [size * LOWER_MM, bulge],
        );
        shaped.max(y + 40.0)
    }

    /// Down from the end of the transverse sinus to the jugular foramen.
    pub(super) fn sigmoid(&self, here: &Node) -> f32 {
        const COURSE: [[f32; 4]; 5] = [
            [57.0, -50.0, -29.0, 3.6],
            [54.0, -42.0, -38.0, 3.6],
            [47.0, -40.0, -48.0, 3.4],
            [38.0, -36.0, -56.0, 3.2],
            [30.0, -30.0, -62.0, 3.0],
        ];
        let [size, _] = self.transverse[usize::from(here.skull[0] > 0.0)];
        chain(mirrored(here.skull), &COURSE) + 3.4 * (1.0 - size)
    }

    pub(super) fn straight(&self, p: Point) -> f32 {
        let [x, y, z] = p;
        if !near(p, [6.0, -104.0, -42.0, -24.0, 8.0]) {
            return 99.0;
        }
        let up = z - tentorium(0.0, y) - 1.2;
        let radius = 2.1 + 0.35 * self.others_mm;
        (hypot(x, 0.8 * up) - radius.max(1.2)).max(y + 44.0)
    }
}

/// The inside of the skull without the cleft between cerebrum and cerebellum, in which the transverse
/// sinuses lie.
fn hull(p: Point) -> f32 {
    let cerebellum = boxy_ellipsoid(mirrored(p), [26.0, -65.5, -37.0], [31.5, 28.0, 25.0]);
    smooth_min(vault(p), cerebellum, 6.0)
}

/// The cavernous sinus and the artery in it.
pub(super) fn cavernous(p: Point, diaphragm_z: f32) -> [f32; 2] {
    let m = mirrored(p);
    let sinus = ellipsoid(m, [11.2, 2.5, diaphragm_z - 4.5], [4.2, 9.0, 5.0]);
    let bent = chain(
        m,
        &[
            [11.5, -7.0, diaphragm_z - 9.0, 2.1],
            [11.2, -2.0, diaphragm_z - 5.0, 2.1],
            [10.8, 6.5, diaphragm_z - 4.5, 2.1],
            [10.2, 7.0, diaphragm_z + 0.5, 1.9],
            [10.4, 3.0, diaphragm_z + 4.0, 1.7],
        ],
    );
    [sinus, bent]
}

/// Middle cerebral and basilar arteries.
pub(super) fn arteries(p: Point, diaphragm_z: f32, clivus_mm: f32) -> f32 {
    let m = mirrored(p);
    let middle = rod(
        m,
        [10.4, 3.0, diaphragm_z + 4.0],
        [26.0, 5.0, -14.0],
        [1.5, 1.0],
    );
    let front = rod(
        m,
        [10.4, 3.0, diaphragm_z + 4.0],
        [1.4, 12.0, -15.0],
        [1.1, 1.0],
    );
    // It lies on the clivus.
    let forward = 1.17 * clivus_mm - 1.9;
    let at = |z: f32| [0.8, -5.5 + 0.612 * (z + 26.0) + forward, z];
    let basilar = rod(m, at(-44.0), at(-24.0), [1.4, 1.3]);
    middle.min(front).min(basilar)
}

/// Signed distance, nearly, to what lies within `reach` of the dura and narrows evenly to nothing
/// there: `deep` inwards from the dura and `up` along it; how high it is on the dura above and below,
/// and how far each wall bulges.
fn wedge(deep: f32, up: f32, reach: f32, above: [f32; 2], below: [f32; 2]) -> f32 {
    let share = (deep / reach).clamp(0.0, 1.0);
    let wall = |[height, bulge]: [f32; 2]| {
        let slope = height / reach;
        let edge = height * (1.0 - share) + 4.0 * bulge * share * (1.0 - share);
        (edge, (1.0 + slope * slope).sqrt())
    };
    let (upper, steep_above) = wall(above);
    let (lower, steep_below) = wall(below);
    let walls = ((up - upper) / steep_above).max((-up - lower) / steep_below);
    walls.max(deep - reach).max(-deep - 0.2)
}
