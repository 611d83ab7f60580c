//! Regions of interest: outlines drawn on planes of the world. Windows and curves are taken from the voxels in
//! the one that is chosen.

use super::choice::RoiShape;
use crate::volume::{MOST_OUTLINE_POINTS, Outline, Plane, PlaneRegion};
use nalgebra::{Point3, Vector3};
use std::sync::Arc;

/// What is drawn smaller than this was not meant, mm.
const SMALLEST_MM: f64 = 0.4;
/// Points of a freehand outline lie this far from each other at least, mm.
const POINT_STEP_MM: f64 = 0.2;
/// The radius of the circle that a key puts at the crosshair, mm.
const CIRCLE_MM: f64 = 5.0;

/// A change of the regions of interest.
#[derive(Clone, Debug, PartialEq)]
pub enum RoiEdit {
    /// Draw a new one of this shape on a plane, from here on.
    Begin(RoiShape, Plane, Point3<f64>),
    /// It goes to here, until the mouse moves on.
    Draw(Point3<f64>),
    /// It is drawn.
    Finish,
    /// A circle at the crosshair, on the active plane.
    AtCrosshair,
    /// Choose one, from which windows and curves are taken.
    Choose(u32),
    /// Move one on its plane, by mm of the world.
    Move(u32, Vector3<f64>),
    /// Call one otherwise; nothing is what it is called at first.
    Rename(u32, String),
    /// Take one away.
    Delete(u32),
}

/// A region of interest.
#[derive(Clone, Debug, PartialEq)]
pub struct Roi {
    /// Counted from 1, never given twice.
    pub number: u32,
    /// What somebody called it; empty where nobody did.
    pub name: String,
    /// Its outline, and where that lies.
    pub region: Arc<PlaneRegion>,
}

impl Roi {
    /// What it is called: by its name, or else by its shape and its number.
    #[must_use]
    pub fn title(&self) -> String {
        match self.name.trim() {
            "" => format!("{} {}", self.shape_name(), self.number),
            name => name.to_owned(),
        }
    }

    /// What its shape is called.
    #[must_use]
    pub fn shape_name(&self) -> &'static str {
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
        match &mut Arc::make_mut(&mut self.region).outline {
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
                if points.len() < MOST_OUTLINE_POINTS && points.last().is_none_or(is_far) {
                    points.push(to);
                }
            }
        }
    }
}

/// What is being drawn.
struct Drawing {
    from: [f64; 2],
    /// The one that was chosen before.
    chosen: Option<u32>,
}

/// The regions of interest, and what is being done with them.
#[derive(Default)]
pub struct RoiDesk {
    /// In the order in which they were drawn.
    pub rois: Vec<Roi>,
    /// The one that windows and curves are taken from; there is one where there is any.
    pub(super) chosen: Option<u32>,
    /// The last of them is being drawn.
    drawing: Option<Drawing>,
    pub(super) last_number: u32,
}

impl RoiDesk {
    /// The one that is chosen, once it is drawn.
    #[must_use]
    pub fn chosen(&self) -> Option<&Roi> {
        let chosen = self.chosen.filter(|_| self.drawing.is_none())?;
        self.rois.iter().find(|roi| roi.number == chosen)
    }

    /// Those that are drawn.
    #[must_use]
    pub fn drawn(&self) -> &[Roi] {
        let n_drawn = self.rois.len() - usize::from(self.drawing.is_some());
        &self.rois[..n_drawn]
    }

    /// Whether this one is being drawn.
    pub(super) fn is_drawing(&self, roi: &Roi) -> bool {
        let last = self.rois.last().filter(|_| self.drawing.is_some());
        last.is_some_and(|last| last.number == roi.number)
    }

    /// The regions as they were.
    pub(super) fn restore(&mut self, rois: Vec<Roi>) {
        self.rois = rois;
        self.drawing = None;
        self.choose(self.chosen);
    }

    /// Chooses one, or the last where that is not there.
    fn choose(&mut self, wanted: Option<u32>) {
        let is_there = |number: &u32| self.rois.iter().any(|roi| roi.number == *number);
        let last = self.rois.last().map(|roi| roi.number);
        self.chosen = wanted.filter(is_there).or(last);
    }

    fn put(&mut self, plane: Plane, at: Point3<f64>, thickness_mm: f64, outline: Outline) {
        self.last_number += 1;
        self.chosen = Some(self.last_number);
        self.rois.push(Roi {
            number: self.last_number,
            name: String::new(),
            region: Arc::new(PlaneRegion {
                plane,
                at_mm: at[plane.normal_axis()],
                thickness_mm,
                outline,
            }),
        });
    }

    /// Begins a region; slices are so thick.
    pub(super) fn begin(
        &mut self,
        shape: RoiShape,
        (plane, at): (Plane, Point3<f64>),
        thickness_mm: f64,
    ) {
        self.finish();
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
        let chosen = self.chosen;
        self.put(plane, at, thickness_mm, outline);
        self.drawing = Some(Drawing { from, chosen });
    }

    /// What is being drawn goes to here.
    pub(super) fn draw(&mut self, to: Point3<f64>) {
        if let (Some(drawing), Some(roi)) = (&self.drawing, self.rois.last_mut()) {
            let to = PlaneRegion::on_plane(roi.region.plane, to);
            roi.draw(drawing.from, to);
        }
    }

    /// Ends what is being drawn. One too small to be meant is none.
    pub(super) fn finish(&mut self) {
        let Some(drawing) = self.drawing.take() else {
            return;
        };
        let is_meant = |roi: &Roi| roi.extent_mm().iter().all(|mm| *mm >= SMALLEST_MM);
        if !self.rois.last().is_some_and(is_meant) {
            self.rois.pop();
            // Its number was given to nothing.
            self.last_number -= 1;
            self.choose(drawing.chosen);
        }
    }

    /// A circle about a place on a plane.
    pub(super) fn circle(&mut self, plane: Plane, at: Point3<f64>, thickness_mm: f64) {
        self.finish();
        let outline = Outline::Ellipse {
            middle: PlaneRegion::on_plane(plane, at),
            radii: [CIRCLE_MM; 2],
        };
        self.put(plane, at, thickness_mm, outline);
    }

    /// Changes one of those that are there.
    pub(super) fn change(&mut self, edit: RoiEdit) {
        let find = |rois: &mut Vec<Roi>, number: u32| -> Option<usize> {
            rois.iter().position(|roi| roi.number == number)
        };
        match edit {
            RoiEdit::Choose(number) => self.choose(Some(number)),
            RoiEdit::Move(number, by_mm) => {
                if let Some(at) = find(&mut self.rois, number) {
                    let roi = &mut self.rois[at];
                    roi.region = Arc::new(roi.region.moved(by_mm));
                    self.chosen = Some(number);
                }
            }
            RoiEdit::Rename(number, name) => {
                if let Some(at) = find(&mut self.rois, number) {
                    self.rois[at].name = name;
                }
            }
            RoiEdit::Delete(number) => {
                self.finish();
                self.rois.retain(|roi| roi.number != number);
                self.choose(self.chosen);
            }
            RoiEdit::Begin(..) | RoiEdit::Draw(_) | RoiEdit::Finish | RoiEdit::AtCrosshair => {}
        }
    }
}
