//! Angles: three points of the world, the second of which is where both ways begin.

use crate::workflows::angle_deg;
use nalgebra::Point3;

/// A point nearer to the one before was not meant, mm.
const SHORTEST_MM: f64 = 0.2;

/// A change of angles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AngleEdit {
    /// Set the next point of the one that is drawn; the first of a new one where none is.
    Point(Point3<f64>),
    /// The next point is here, until the mouse moves on.
    Follow(Point3<f64>),
    /// Set the next point at the crosshair.
    PointAtCrosshair,
    /// Put a point of an angle elsewhere: of which one, its place from 0.
    Move(u32, usize, Point3<f64>),
    /// Choose one, or none.
    Choose(Option<u32>),
    /// Take one away.
    Delete(u32),
}

/// An angle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Angle {
    /// Counted from 1, never given twice.
    pub number: u32,
    /// The end of one way, where both begin, the end of the other. RAS+ mm.
    pub points: [Point3<f64>; 3],
}

impl Angle {
    /// What it is called.
    #[must_use]
    pub fn title(&self) -> String {
        format!("Angle {}", self.number)
    }
}

/// The angles of the viewer, and what is being done with them.
#[derive(Default)]
pub struct AngleDesk {
    /// In the order in which they were drawn.
    pub angles: Vec<Angle>,
    /// The one that keys change.
    pub chosen: Option<u32>,
    /// The points of the one that is being drawn: one or two.
    pub begun: Vec<Point3<f64>>,
    /// Where its next point would be.
    pub follows: Option<Point3<f64>>,
    pub(super) last_number: u32,
}

impl AngleDesk {
    /// The angles as they were.
    pub(super) fn restore(&mut self, angles: Vec<Angle>) {
        self.angles = angles;
        self.stop();
        let is_there = |number: &u32| self.angles.iter().any(|angle| angle.number == *number);
        self.chosen = self.chosen.filter(is_there);
    }

    /// Draws no angle any more.
    pub(super) fn stop(&mut self) {
        self.begun.clear();
        self.follows = None;
    }

    fn point(&mut self, at: Point3<f64>) {
        self.follows = None;
        let is_meant = |last: &Point3<f64>| nalgebra::distance(last, &at) >= SHORTEST_MM;
        if !self.begun.last().is_none_or(is_meant) {
            return;
        }
        match self.begun[..] {
            [first, second] => {
                self.begun.clear();
                self.last_number += 1;
                self.chosen = Some(self.last_number);
                self.angles.push(Angle {
                    number: self.last_number,
                    points: [first, second, at],
                });
            }
            _ => self.begun.push(at),
        }
    }

    /// Changes what an edit says.
    pub(super) fn apply(&mut self, edit: AngleEdit, crosshair: Point3<f64>) {
        match edit {
            AngleEdit::Point(at) => self.point(at),
            AngleEdit::PointAtCrosshair => self.point(crosshair),
            AngleEdit::Follow(at) => self.follows = (!self.begun.is_empty()).then_some(at),
            AngleEdit::Move(number, place, at) => {
                let mut angles = self.angles.iter_mut();
                let angle = angles.find(|angle| angle.number == number);
                if let Some(angle) = angle
                    && let Some(point) = angle.points.get_mut(place)
                {
                    let before = std::mem::replace(point, at);
                    // Two points that are one have no angle.
                    if angle_deg(&angle.points).is_none() {
                        angle.points[place] = before;
                    }
                    self.chosen = Some(number);
                }
            }
            AngleEdit::Choose(number) => self.chosen = number,
            AngleEdit::Delete(number) => {
                self.angles.retain(|angle| angle.number != number);
                self.chosen = self.chosen.filter(|chosen| *chosen != number);
            }
        }
    }
}
