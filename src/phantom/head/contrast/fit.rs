//! Where pons, clivus, chiasm and mamillary bodies have to lie for the lengths to be those that were
//! drawn: heads are scaled and bent, so that a length of the template is another one in the world.

use super::super::super::field::{Point, norm, smooth_min, sub, zip};
use super::super::super::leak::{FocalDura, LeakCase, LeakShape};
use super::super::super::{Diagnosis, Patient, Shape};
use super::super::frame::{Frame, TO_CLIVUS};
use super::super::{cerebrum, hindbrain, skull};
use super::midline::{
    self, CHIASM_MM, CHIASM_Y, FROM_PONS_TOP, MAMILLARY_MM, PONS, PONS_TOP, SELLA_MM,
};
use crate::anatomy::bern::Line;

/// How far the brain sinks at a severity of 1, mm.
const SAG_MM: f32 = 5.5;
/// A gap this narrow is none, mm: beyond, the pons would be pressed flat without an end.
const TOUCHING_MM: f32 = 0.2;
/// The plane of the diaphragm of a head whose fossa is not crowded.
const DIAPHRAGM_Z: f32 = -24.5;
/// How far the clivus of such a head lies before that of other cohorts, mm.
const CLIVUS_MM: f32 = 1.0;

/// The patient that a head is drawn from, and the lines of the lengths in world mm.
pub(super) fn patient_of(case: &LeakCase) -> (Patient, [Line; 3]) {
    let mut patient = Patient::draw(0, case.seed, Diagnosis::Reference);
    patient.seed = case.seed;
    patient.age_years = case.age_years;
    patient.sex = case.sex;
    patient.shape = shape_of(case);
    let mut frame = Frame::new(&patient);
    let mut leak = patient.shape.leak.unwrap_or_default();
    let crowding = case.mimics.crowding as f32;
    let [ssc, ppc, mpd] = [
        case.suprasellar_mm,
        case.prepontine_mm,
        case.mamillopontine_mm,
    ]
    .map(|mm| mm as f32);
    // First the brain in a roomy fossa, then the bone of a crowded one.
    move_pons(&patient.shape, &mut frame, &mut leak, ppc + 3.0 * crowding);
    place_chiasm(&frame, &mut leak, ssc + 3.0 * crowding);
    if crowding > 0.0 {
        raise_sella(&frame, &mut leak, ssc);
        move_clivus(&patient.shape, &frame, &mut leak, ppc);
    }
    let top = place_mamillary_bodies(&frame, &mut leak, mpd);
    let floor = leak.diaphragm_z - SELLA_MM;
    let floor_in_world = frame.world_from_skull([0.0, CHIASM_Y, floor]);
    let height = (case.pituitary_mm as f32).max(1.5);
    // The chiasm is above it, however large it wants to be.
    let room_to = leak.chiasm_z - CHIASM_MM + 0.2;
    leak.gland_top_z = height_above(&frame, floor_in_world, floor, height).min(room_to);
    let below = frame.world_from_skull([0.0, CHIASM_Y, leak.diaphragm_z]);
    let under_chiasm = frame.world_from_skull([0.0, CHIASM_Y, leak.chiasm_z - CHIASM_MM]);
    let prepontine = Prepontine {
        shape: &patient.shape,
        frame: &frame,
        leak: &leak,
    }
    .shortest();
    let lines = [[below, under_chiasm], prepontine, top].map(line);
    patient.shape.leak = Some(leak);
    (patient, lines)
}

fn line([from, to]: [Point; 2]) -> Line {
    Line {
        from_mm: from.map(f64::from),
        to_mm: to.map(f64::from),
    }
}

/// What follows from the numbers of a case without any search.
fn shape_of(case: &LeakCase) -> Shape {
    let mut shape = case.shape.clone();
    let s = case.severity as f32;
    let per_mm = 3.0 / shape.scale.iter().sum::<f32>();
    shape.sag_mm = SAG_MM * s;
    for wall in &mut shape.ventricle_mm {
        *wall -= 0.5 * s;
    }
    let focal = (case.mimics.focal_dura > 0.0).then(|| {
        // Any number that has nothing to do with the rest will do.
        let [a, b, c] = [8, 24, 40].map(|shift| (case.seed >> shift & 0xff) as f32 / 255.0);
        FocalDura {
            middle: [
                if a < 0.5 { -66.0 } else { 66.0 },
                -30.0 + 40.0 * b,
                8.0 + 20.0 * c,
            ],
            radius_mm: 22.0,
            strength: case.mimics.focal_dura as f32,
        }
    });
    shape.leak = Some(LeakShape {
        diaphragm_z: DIAPHRAGM_Z,
        clivus_mm: CLIVUS_MM,
        per_mm,
        dura: case.dura_elsewhere as f32,
        focal,
        subdural_mm: case
            .subdural
            .map_or(0.0, |s| per_mm * s.thickness_mm as f32),
        subdural_sides: case.subdural.map_or([false; 2], |s| s.sides),
        ..LeakShape::default()
    });
    shape
}

fn distance(a: Point, b: Point) -> f32 {
    norm(sub(a, b))
}

/// A number between two for which something is least away from what is wanted; it must rise from
/// the first to the second.
fn bisect([mut low, mut high]: [f32; 2], mut is_too_much: impl FnMut(f32) -> bool) -> f32 {
    for _ in 0..18 {
        let middle = 0.5 * (low + high);
        if is_too_much(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// The height in the template that lies so many mm above a place of the midplane in the world.
fn height_above(frame: &Frame, from: Point, from_z: f32, mm: f32) -> f32 {
    bisect([from_z, from_z + 1.6 * mm + 1.0], |z| {
        distance(frame.world_from_skull([0.0, CHIASM_Y, z]), from) > mm
    })
}

fn place_chiasm(frame: &Frame, leak: &mut LeakShape, suprasellar_mm: f32) {
    let below = frame.world_from_skull([0.0, CHIASM_Y, leak.diaphragm_z]);
    leak.chiasm_z = height_above(frame, below, leak.diaphragm_z, suprasellar_mm) + CHIASM_MM;
}

/// Raises the sella to so many mm under the chiasm.
fn raise_sella(frame: &Frame, leak: &mut LeakShape, suprasellar_mm: f32) {
    let underside = leak.chiasm_z - CHIASM_MM;
    let above = frame.world_from_skull([0.0, CHIASM_Y, underside]);
    let depth = bisect([0.0, 1.6 * suprasellar_mm + 1.0], |depth| {
        distance(
            frame.world_from_skull([0.0, CHIASM_Y, underside - depth]),
            above,
        ) > suprasellar_mm
    });
    leak.diaphragm_z = underside - depth;
}

/// Puts the mamillary bodies so many mm above the top of the pons, and says between which points.
fn place_mamillary_bodies(frame: &Frame, leak: &mut LeakShape, mm: f32) -> [Point; 2] {
    let top_in_world = frame.world_from_brain(PONS_TOP);
    let top = frame.skull_from_world(top_in_world);
    let along = |length: f32| {
        let [y, z] = FROM_PONS_TOP;
        [0.0, top[1] + length * y, top[2] + length * z]
    };
    let length = bisect([0.0, 1.6 * mm + 1.0], |length| {
        distance(frame.world_from_skull(along(length)), top_in_world) > mm
    });
    let [_, y, z] = along(length + MAMILLARY_MM);
    leak.mamillary = [y, z];
    [frame.world_from_skull(along(length)), top_in_world]
}

/// Moves the pons until the gap before it is so many mm wide.
fn move_pons(shape: &Shape, frame: &mut Frame, leak: &mut LeakShape, mm: f32) {
    let found = bisect([-9.0, 9.0], |to_clivus| {
        frame.pons_mm = to_clivus;
        Prepontine { shape, frame, leak }.gap_mm() < mm.max(TOUCHING_MM)
    });
    frame.pons_mm = found;
    leak.pons_mm = found;
}

/// Moves the clivus back until the gap is so many mm wide.
fn move_clivus(shape: &Shape, frame: &Frame, leak: &mut LeakShape, mm: f32) {
    leak.clivus_mm = bisect([-7.0, CLIVUS_MM + 3.0], |clivus_mm| {
        let leak = &LeakShape { clivus_mm, ..*leak };
        Prepontine { shape, frame, leak }.gap_mm() > mm.max(TOUCHING_MM)
    });
}

/// The gap before the pons in the midplane.
struct Prepontine<'a> {
    shape: &'a Shape,
    frame: &'a Frame,
    leak: &'a LeakShape,
}

impl Prepontine<'_> {
    fn gap_mm(&self) -> f32 {
        let [clivus, pons] = self.shortest();
        distance(clivus, pons)
    }

    /// The shortest line, square to the clivus, from there to the middle third of the pons, in
    /// world mm.
    fn shortest(&self) -> [Point; 2] {
        let [middle, radii] = PONS;
        let mut shortest = [[0.0; 3], [99.0; 3]];
        for step in 0..=40 {
            // Along the clivus, from the level of the upper end of the pons downwards.
            let down = step as f32 * 0.75;
            let foot = [0.0, -4.0 - 0.522 * down, -22.0 - 0.853 * down];
            let Some(pons) = self.along(foot, |p, frame| hindbrain::brainstem(brain_at(frame, p)))
            else {
                continue;
            };
            let level = brain_at(self.frame, pons)[2] - middle[2];
            if level.abs() > radii[2] / 3.0 {
                continue;
            }
            let Some(bone) = self.back_to_bone(pons) else {
                continue;
            };
            let line = [bone, pons].map(|p| self.frame.world_from_skull(p));
            if distance(line[0], line[1]) < distance(shortest[0], shortest[1]) {
                shortest = line;
            }
        }
        shortest
    }

    /// The first point inside a surface, from well before the clivus backwards.
    fn along(&self, foot: Point, surface: impl Fn(Point, &Frame) -> f32) -> Option<Point> {
        let mut at = -8.0;
        for _ in 0..60 {
            let p = zip(foot, TO_CLIVUS, |f, n| f - at * n);
            let off = surface(p, self.frame);
            if off < 0.01 {
                return Some(p);
            }
            at += 0.8 * off;
            if at > 30.0 {
                return None;
            }
        }
        None
    }

    /// From a point of the pons forwards to the inside of the dura; the point itself where that is
    /// beyond it.
    fn back_to_bone(&self, pons: Point) -> Option<Point> {
        let mut at = 0.0;
        for _ in 0..60 {
            let p = zip(pons, TO_CLIVUS, |f, n| f + at * n);
            let room = -dura_at(self.shape, self.leak, p);
            if room < 0.01 {
                return Some(p);
            }
            at += 0.8 * room;
            if at > 30.0 {
                return None;
            }
        }
        None
    }
}

/// The place in the brain's template of one in the skull's.
fn brain_at(frame: &Frame, skull: Point) -> Point {
    frame.brain_from_skull(skull, frame.world_from_skull(skull))
}

/// As the nodes have it.
fn dura_at(shape: &Shape, leak: &LeakShape, p: Point) -> f32 {
    let lobes = cerebrum::lobes(p);
    let vault = smooth_min(lobes[0], lobes[1], 5.0);
    let posterior = hindbrain::cerebellum(p, 0.0);
    let other = skull::dura(p, [vault, posterior], shape.cistern_mm, 0.0);
    midline::dura(p, other, leak)
}
