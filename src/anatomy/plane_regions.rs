//! The regions of an axial plane by which reflux is graded, where there is no label map: found in the scan
//! before the tracer, or as early as there is one, in which CSF is dark.

use super::lattice::Lattice;
use super::planes::HeadPlanes;
use super::reflux::PlaneRegions;
use super::ventricles::{Ventricles, tissue_signal};
use crate::volume::{
    Components, Neighbours, PLANE_SIZE, Plane, PlaneImage, Volume, dilated, eroded, percentiles,
    plane_view,
};
use nalgebra::Point3;

/// Tissue of the brain has at least this share of its usual signal: more than CSF with a little of tissue
/// beside it.
const TISSUE_SHARE: f32 = 0.55;
/// CSF has less than this one.
const CSF_SHARE: f32 = 0.45;
/// Steps of 2 mm by which the brain is parted from the scalp, and by which sulci are closed.
const PART_STEPS: usize = 2;
const CLOSE_STEPS: usize = 4;
/// Cells about the ventricles, of 2 mm, that are not taken for subarachnoid space.
const APART_STEPS: usize = 2;

/// The regions of the axial plane about `center` in a head whose planes were found. `None` where the
/// ventricles are not seen.
///
/// The lateral ventricles are the two dark bodies by which the plane was found. Subarachnoid space is what
/// is dark between the folds of the brain: within its outline, sulci closed up to 16 mm, and not beside
/// the ventricles. White matter is the brightest third of the tissue within that outline.
#[must_use]
pub fn plane_regions(
    volume: &Volume,
    planes: &HeadPlanes,
    center: Point3<f64>,
) -> Option<PlaneRegions> {
    let lattice = Lattice::of(volume).ok()?;
    let frame = planes.frame();
    let tissue = tissue_signal(&lattice, &frame)?;
    let dims = lattice.dims;
    let mut ventricles = vec![false; dims.iter().product()];
    for &cell in Ventricles::find(&lattice, &frame)?.cells() {
        ventricles[lattice.index(cell)] = true;
    }
    let beside = dilated(&ventricles, dims, Neighbours::Edges, APART_STEPS);
    let outline = outline(&lattice, &ventricles, tissue)?;
    let inner = eroded(&outline, dims, Neighbours::Faces, PART_STEPS);

    let image = PlaneImage::extract(volume, Plane::Axial, center);
    let view = plane_view(Plane::Axial, center);
    let mut regions = PlaneRegions::default();
    let mut bright = Vec::new();
    for (pixel, &value) in image.data.iter().enumerate() {
        let [x, y] = [pixel % PLANE_SIZE, pixel / PLANE_SIZE].map(|at| at as f64 + 0.5);
        let Some(cell) = lattice.cell(view.to_world([x, y])) else {
            continue;
        };
        let cell = lattice.index(cell);
        let is_csf = value < CSF_SHARE * tissue;
        if ventricles[cell] {
            if is_csf {
                regions.ventricles.push(pixel);
            }
        } else if outline[cell] && is_csf && !beside[cell] {
            regions.subarachnoid.push(pixel);
        } else if inner[cell] && value >= TISSUE_SHARE * tissue {
            bright.push((pixel, value));
        }
    }
    let values: Vec<f32> = bright.iter().map(|of| of.1).collect();
    let [white] = percentiles(&values, false, [2.0 / 3.0])?;
    let white = bright.into_iter().filter(|of| of.1 >= white);
    regions.white = white.map(|of| of.0).collect();
    Some(regions)
}

/// The brain with what lies between its folds: the largest body of tissue that a few steps part from the
/// scalp, with its ventricles, its sulci closed.
fn outline(lattice: &Lattice, ventricles: &[bool], tissue: f32) -> Option<Vec<bool>> {
    let dims @ [nx, ny, nz] = lattice.dims;
    let each = move || (0..nx * ny * nz).map(move |at| [at % nx, at / nx % ny, at / nx / ny]);
    let bright: Vec<bool> = each()
        .zip(ventricles)
        .map(|(index, &is)| is || lattice.at(index) >= TISSUE_SHARE * tissue)
        .collect();
    let parted = eroded(&bright, dims, Neighbours::Faces, PART_STEPS);
    let bodies = Components::of(&parted, dims, Neighbours::Faces);
    // Of the parted bodies, that which holds most about the ventricles.
    let near = dilated(ventricles, dims, Neighbours::Edges, 4);
    let mut counts = vec![0_usize; bodies.n()];
    for (label, _) in bodies.labels().into_iter().zip(&near).filter(|of| *of.1) {
        if label > 0 {
            counts[label as usize - 1] += 1;
        }
    }
    let brain = (0..counts.len()).max_by_key(|&at| counts[at])?;
    let brain = bodies.mask(|at| at == brain);
    let steps = PART_STEPS + CLOSE_STEPS;
    let wide = dilated(&brain, dims, Neighbours::Edges, steps);
    Some(eroded(&wide, dims, Neighbours::Edges, CLOSE_STEPS))
}
