//! What a head after intravenous contrast has beside the rest of its anatomy, in numbers.

use super::super::field::{Point, dome, dot, ramp, sub};

/// Dura that is thicker around one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::phantom) struct FocalDura {
    /// Its middle, in the template of the skull.
    pub middle: Point,
    /// How far it reaches, mm.
    pub radius_mm: f32,
    /// By how much it is stronger in the middle (`LeakCase::dura`).
    pub strength: f32,
}

/// The basal midline and the layers under the skull; lengths and places in the template.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::phantom) struct LeakShape {
    /// The height of the plane of the diaphragm of the sella.
    pub diaphragm_z: f32,
    /// How far before its usual place the clivus lies.
    pub clivus_mm: f32,
    /// How far the pons has moved towards it.
    pub pons_mm: f32,
    /// The middle of the chiasm.
    pub chiasm_z: f32,
    /// The middle of the mamillary bodies: y and z.
    pub mamillary: [f32; 2],
    /// The top of the pituitary.
    pub gland_top_z: f32,
    /// Template mm per world mm.
    pub per_mm: f32,
    /// How strong the dura is (`LeakCase::dura_elsewhere`), and where it is stronger.
    pub dura: f32,
    pub focal: Option<FocalDura>,
    /// The thickness of a collection under it, and on which sides: left, right.
    pub subdural_mm: f32,
    pub subdural_sides: [bool; 2],
}

impl LeakShape {
    /// How strong the dura is at a place of the skull's template.
    pub(in crate::phantom) fn dura_strength(&self, p: Point) -> f32 {
        let focal = self.focal.map_or(0.0, |focal| {
            let off = sub(p, focal.middle);
            focal.strength * dome(0.5 * dot(off, off) / (focal.radius_mm * focal.radius_mm)).sqrt()
        });
        self.dura + focal
    }

    /// The thickness of the dura.
    pub(in crate::phantom) fn dura_mm(&self, p: Point) -> f32 {
        self.per_mm * super::dura_mm(f64::from(self.dura_strength(p))) as f32
    }

    /// The share of the dura that lies inwards of its surface: all of it over the convexity, none
    /// at the base, where cisterns are measured.
    pub(in crate::phantom) fn inwards([_, y, z]: Point) -> f32 {
        ramp(-28.0, -8.0, z).max(ramp(-40.0, -54.0, y))
    }

    /// The thickness of fluid under the dura: a crescent over the convexity.
    pub(in crate::phantom) fn fluid_mm(&self, [x, y, z]: Point) -> f32 {
        if self.subdural_mm <= 0.0 || !self.subdural_sides[usize::from(x > 0.0)] {
            return 0.0;
        }
        let up = ramp(-14.0, 14.0, z);
        let along = ramp(72.0, 40.0, y) * ramp(-96.0, -64.0, y);
        self.subdural_mm * up * along * ramp(3.0, 14.0, x.abs())
    }

    /// How thick dura and fluid are inwards of the surface of the dura.
    pub(in crate::phantom) fn layers_mm(&self, p: Point) -> [f32; 2] {
        [Self::inwards(p) * self.dura_mm(p), self.fluid_mm(p)]
    }
}
