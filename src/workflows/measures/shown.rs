//! Measurements on a picture: which of them a plane shows where it lies, what stands beside each, in which
//! colour.

use super::measure::{Measure, MeasureShape, angle_deg, length_mm};
use crate::volume::{Grid, Plane, PlaneRegion};
use crate::workflows::PictureLine;
use nalgebra::Point3;

/// What lies outside of a slice by no more than this is in it, mm: places are rounded.
const ROUNDING_MM: f64 = 1e-6;
/// How much is seen of what only partly lies in a slice.
const PARTLY: f32 = 0.55;

/// How much of points that belong together is seen on a plane, 0 to 1: all where every one lies in the slice,
/// less the farther off they lie; nothing where the plane does not come between them. Slices are those of
/// `grid`.
#[must_use]
pub fn strength_on_plane(
    points: &[Point3<f64>],
    (plane, at_mm): (Plane, f64),
    grid: &Grid,
) -> Option<f32> {
    let axis = plane.normal_axis();
    let half_slice_mm = plane.step_mm(grid) / 2.0;
    let off = points.iter().map(|point| point[axis] - at_mm);
    let off: Vec<f64> = off.collect();
    let near = |off: &f64| off.abs() <= half_slice_mm + ROUNDING_MM;
    if off.iter().all(near) {
        return Some(1.0);
    }
    let is_met = off.iter().any(near)
        || off.iter().any(|off| *off < 0.0) && off.iter().any(|off| *off > 0.0);
    is_met.then_some(PARTLY)
}

/// Whether a region's slice lies on a plane there.
#[must_use]
pub fn is_region_on_plane(region: &PlaneRegion, (plane, at_mm): (Plane, f64)) -> bool {
    let off_mm = at_mm - region.at_mm;
    region.plane == plane && off_mm.abs() <= region.thickness_mm / 2.0 + ROUNDING_MM
}

/// A length as it is written: to a tenth of a millimetre, and how far it is to be believed on a scan's grid.
#[must_use]
pub fn length_text(length_mm: f64, grid: &Grid) -> String {
    format!("{length_mm:.1} mm (voxel {:.1})", grid.longest_edge_mm())
}

/// An angle as it is written: to a tenth of a degree; empty where there is none.
#[must_use]
pub fn angle_text(points: &[Point3<f64>; 3]) -> String {
    angle_deg(points).map_or_else(String::new, |degrees| format!("{degrees:.1}°"))
}

/// What stands beside a ruler.
#[must_use]
pub fn ruler_words(number: u32, length_mm: f64, grid: &Grid) -> String {
    format!("{number}  {}", length_text(length_mm, grid))
}

/// What stands beside an angle.
#[must_use]
pub fn angle_words(number: u32, points: &[Point3<f64>; 3]) -> String {
    format!("{number}  {}", angle_text(points))
}

/// The colour of a region and of its curve, by its place from 0; told apart by the colour-blind and on light
/// and dark.
#[must_use]
pub fn region_colour(place: usize) -> [u8; 3] {
    const HUES: [[u8; 3]; 8] = [
        [0xd9, 0x8a, 0x1e],
        [0x3f, 0x8f, 0xd0],
        [0x1f, 0x9e, 0x77],
        [0xc8, 0x62, 0xa0],
        [0xd2, 0x55, 0x2a],
        [0x8a, 0x78, 0xd8],
        [0x9a, 0x94, 0x20],
        [0x80, 0x88, 0x90],
    ];
    HUES[place % HUES.len()]
}

/// A measurement as it is drawn onto a picture that is handed on; none where the plane does not show it.
/// `grid` is that of the first scan, whose slices and voxels count.
#[must_use]
pub fn measure_on_plane(measure: &Measure, at: (Plane, f64), grid: &Grid) -> Option<PictureLine> {
    let number = measure.number;
    match &measure.shape {
        MeasureShape::Ruler(ends) => {
            strength_on_plane(ends, at, grid)?;
            let words = ruler_words(number, length_mm(ends), grid);
            Some(PictureLine::ruler(*ends, words))
        }
        MeasureShape::Angle(points) => {
            strength_on_plane(points, at, grid)?;
            Some(PictureLine::angle(*points, angle_words(number, points)))
        }
        MeasureShape::Region(region) => is_region_on_plane(region, at).then(|| {
            // They are counted from 1.
            let colour = region_colour((number as usize).saturating_sub(1));
            PictureLine::region(region.outline_in_world(), number.to_string(), colour)
        }),
    }
}
