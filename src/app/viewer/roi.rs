//! The region of interest: an outline drawn on a plane of the world, one at a time. Windows and curves are
//! taken from the voxels in it.

use super::choice::RoiShape;
use super::curves::LastMeasured;
use crate::enhancement::RegionStatistics;
use crate::volume::{Outline, Plane, PlaneRegion};
use nalgebra::Point3;

/// What is drawn smaller than this was not meant, mm.
const SMALLEST_MM: f64 = 0.4;
/// Points of a freehand outline lie this far from each other at least, mm.
const POINT_STEP_MM: f64 = 0.2;
/// The radius of the circle that a key puts at the crosshair, mm.
const CIRCLE_MM: f64 = 5.0;

/// A change of the region of interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RoiEdit {
    /// Draw a new one of this shape on a plane, from here on.
    Begin(RoiShape, Plane, Point3<f64>),
    /// It goes to here, until the mouse moves on.
    Draw(Point3<f64>),
    /// It is drawn.
    Finish,
    /// A circle at the crosshair, on the active plane.
    AtCrosshair,
    /// Take it away.
    Delete,
}

/// A region of interest.
#[derive(Clone, Debug, PartialEq)]
pub struct Roi {
    /// Counted from 1, never given twice.
    pub number: u32,
    /// Its outline, and where that lies.
    pub region: PlaneRegion,
}

impl Roi {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.region.outline {
            Outline::Ellipse { .. } => "Ellipse",
            Outline::Rectangle { .. } => "Rectangle",
            Outline::Freehand(_) => "Freehand region",
        }
    }

    /// Its extent along the axes of its plane, mm.
    #[must_use]
    pub fn extent_mm(&self) -> [f64; 2] {
        let bounds = self.region.outline.bounds();
        bounds.map_or([0.0; 2], |[low, high]| {
            [0, 1].map(|axis| high[axis] - low[axis])
        })
    }

    fn draw(&mut self, from: [f64; 2], to: [f64; 2]) {
        let (low, high) = (
            [0, 1].map(|axis| from[axis].min(to[axis])),
            [0, 1].map(|axis| from[axis].max(to[axis])),
        );
        match &mut self.region.outline {
            Outline::Ellipse { middle, radii } => {
                *middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
                *radii = [0, 1].map(|axis| (high[axis] - low[axis]) / 2.0);
            }
            Outline::Rectangle {
                low: lower,
                high: upper,
            } => (*lower, *upper) = (low, high),
            Outline::Freehand(points) => {
                let is_far =
                    |last: &[f64; 2]| (last[0] - to[0]).hypot(last[1] - to[1]) >= POINT_STEP_MM;
                if points.last().is_none_or(is_far) {
                    points.push(to);
                }
            }
        }
    }
}

/// What is being drawn.
struct Drawing {
    from: [f64; 2],
    /// What was there before.
    replaced: Option<Roi>,
}

/// The region of interest, and what is being done with it.
#[derive(Default)]
pub struct RoiDesk {
    /// The one that there is.
    pub roi: Option<Roi>,
    drawing: Option<Drawing>,
    pub(super) last_number: u32,
    /// The chosen scan's values in it.
    pub(super) numbers: LastMeasured<RegionStatistics>,
}

/// Why a scan has no values in a region, in words.
pub(super) fn why_no_values(within: &RegionStatistics) -> String {
    match within.n_voxels {
        0 => "no voxel lies in it".to_owned(),
        n => format!("none of its {n} voxels has a value that is a number"),
    }
}

impl RoiDesk {
    /// The one that there is, once it is drawn.
    #[must_use]
    pub fn drawn(&self) -> Option<&Roi> {
        self.roi.as_ref().filter(|_| self.drawing.is_none())
    }

    /// The region as it was.
    pub(super) fn restore(&mut self, roi: Option<Roi>) {
        self.roi = roi;
        self.drawing = None;
    }

    fn put(&mut self, plane: Plane, at: Point3<f64>, thickness_mm: f64, outline: Outline) {
        self.last_number += 1;
        self.roi = Some(Roi {
            number: self.last_number,
            region: PlaneRegion {
                plane,
                at_mm: at[plane.normal_axis()],
                thickness_mm,
                outline,
            },
        });
    }

    /// Begins a region; slices are so thick.
    pub(super) fn begin(
        &mut self,
        shape: RoiShape,
        (plane, at): (Plane, Point3<f64>),
        thickness_mm: f64,
    ) {
        let from = PlaneRegion::on_plane(plane, at);
        let outline = match shape {
            RoiShape::Ellipse => Outline::Ellipse {
                middle: from,
                radii: [0.0; 2],
            },
            RoiShape::Rectangle => Outline::Rectangle {
                low: from,
                high: from,
            },
            RoiShape::Freehand => Outline::Freehand(vec![from]),
        };
        let replaced = self.roi.take();
        self.drawing = Some(Drawing { from, replaced });
        self.put(plane, at, thickness_mm, outline);
    }

    /// What is being drawn goes to here.
    pub(super) fn draw(&mut self, to: Point3<f64>) {
        if let (Some(drawing), Some(roi)) = (&self.drawing, &mut self.roi) {
            let to = PlaneRegion::on_plane(roi.region.plane, to);
            roi.draw(drawing.from, to);
        }
    }

    /// Ends what is being drawn. One too small to be meant is none, and what it was to replace stays.
    pub(super) fn finish(&mut self) {
        let Some(drawing) = self.drawing.take() else {
            return;
        };
        let is_meant = |roi: &Roi| roi.extent_mm().iter().all(|mm| *mm >= SMALLEST_MM);
        if !self.roi.as_ref().is_some_and(is_meant) {
            self.roi = drawing.replaced;
        }
    }

    /// A circle about a place on a plane.
    pub(super) fn circle(&mut self, plane: Plane, at: Point3<f64>, thickness_mm: f64) {
        self.drawing = None;
        let outline = Outline::Ellipse {
            middle: PlaneRegion::on_plane(plane, at),
            radii: [CIRCLE_MM; 2],
        };
        self.put(plane, at, thickness_mm, outline);
    }

    /// Takes it away.
    pub(super) fn delete(&mut self) {
        self.restore(None);
    }
}
