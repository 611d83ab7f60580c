//! Angles on a picture: drawn, their points dragged or moved by keys, and a new one point by point.

use super::content::{Geometry, PaneContent};
use super::handle::{self, Handled};
use crate::app::shell::theme;
use crate::app::viewer::{Angle, AngleEdit, Context, Desk, Edit, paint::shadowed};
use crate::volume::Plane;
use crate::workflows::{angle_words, strength_on_plane};
use eframe::egui::{self, Align2, FontId, Stroke};
use nalgebra::Point3;

/// How far from where the ways begin the arc lies between them, points.
const ARC: f32 = 18.0;

/// The angles that a plane meets where it lies, and how much of each is seen.
fn seen(desk: &Desk, plane: Plane, at_mm: f64) -> Vec<(Angle, f32)> {
    let Some(base) = desk.base() else {
        return Vec::new();
    };
    let angles = desk.angles.angles.iter();
    let seen = angles.filter_map(|angle| {
        let strength = strength_on_plane(&angle.points, (plane, at_mm), base.volume.grid())?;
        Some((*angle, strength))
    });
    seen.collect()
}

/// Draws the angles that a plane meets, the one that is being drawn, and takes what is done to their points.
pub(super) fn ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    geometry: &Geometry,
    plane: Plane,
    content: PaneContent,
) {
    let desk = ctx.desk;
    let painter = ui.painter_at(geometry.rect);
    let at_mm = desk.crosshair[plane.normal_axis()];
    for (angle, strength) in seen(desk, plane, at_mm) {
        let is_chosen = desk.angles.chosen == Some(angle.number);
        let colour = theme::ruler(is_chosen).gamma_multiply(strength);
        let stroke = Stroke::new(if is_chosen { 2.0 } else { 1.5 }, colour);
        draw(&painter, geometry, &angle.points, stroke);
        let vertex = geometry.to_screen(angle.points[1]);
        let right = vertex.x < geometry.rect.center().x + geometry.rect.width() * 0.2;
        let (offset, align) = match right {
            true => (egui::vec2(12.0, 14.0), Align2::LEFT_CENTER),
            false => (egui::vec2(-12.0, 14.0), Align2::RIGHT_CENTER),
        };
        let font = FontId::proportional(13.0);
        let words = angle_words(angle.number, &angle.points);
        shadowed(&painter, vertex + offset, align, &words, font);
        if desk.angles.begun.is_empty() {
            for place in 0..3 {
                point_ui(ctx, ui, geometry, (plane, content), (&angle, place));
            }
        }
    }
    let points: Vec<Point3<f64>> = desk
        .angles
        .begun
        .iter()
        .copied()
        .chain(desk.angles.follows)
        .collect();
    let is_seen = desk.base().is_some_and(|base| {
        strength_on_plane(&points, (plane, at_mm), base.volume.grid()).is_some()
    });
    if !points.is_empty() && is_seen {
        draw(
            &painter,
            geometry,
            &points,
            Stroke::new(2.0, theme::ruler(true)),
        );
    }
}

/// The ways, their points, and an arc between the ways.
fn draw(painter: &egui::Painter, geometry: &Geometry, points: &[Point3<f64>], stroke: Stroke) {
    let on_screen: Vec<egui::Pos2> = points.iter().map(|at| geometry.to_screen(*at)).collect();
    for pair in on_screen.windows(2) {
        painter.line_segment([pair[0], pair[1]], stroke);
    }
    for at in &on_screen {
        painter.circle_stroke(*at, 3.5, Stroke::new(1.5, stroke.color));
    }
    if let [one, vertex, other] = on_screen[..] {
        let (from, to) = ((one - vertex).angle(), (other - vertex).angle());
        let mut turn = to - from;
        // The smaller way around.
        if turn > std::f32::consts::PI {
            turn -= std::f32::consts::TAU;
        } else if turn < -std::f32::consts::PI {
            turn += std::f32::consts::TAU;
        }
        let least = (one - vertex).length().min((other - vertex).length());
        let radius = ARC.min(least);
        let arc = (0..=16).map(|step| {
            let angle = from + turn * step as f32 / 16.0;
            vertex + radius * egui::Vec2::angled(angle)
        });
        painter.add(egui::Shape::line(arc.collect(), stroke));
    }
}

/// Takes what is done to one point.
fn point_ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    geometry: &Geometry,
    (plane, content): (Plane, PaneContent),
    (angle, place): (&Angle, usize),
) {
    let number = angle.number;
    let id = egui::Id::unique(("angle", plane.name(), content, number, place));
    let label = || {
        let which = ["first end", "corner", "second end"][place];
        format!("{}, {which} on {}", angle.title(), plane.name())
    };
    let at = angle.points[place];
    handle::ui(ui, (geometry, plane), id, at, label, |handled| {
        ctx.edit(Edit::Angle(match handled {
            Handled::Choose => AngleEdit::Choose(Some(number)),
            Handled::Move(to) => AngleEdit::Move(number, place, to),
            Handled::Delete => AngleEdit::Delete(number),
        }));
    });
}

/// A new angle: drag one way and click the end of the other, or click the three points.
pub(super) fn place(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    response: &egui::Response,
    geometry: &Geometry,
) {
    let primary = egui::PointerButton::Primary;
    let angles = &ctx.desk.angles;
    let edit = |edit| ctx.edit(Edit::Angle(edit));
    let pos = response.interact_pointer_pos().or(response.hover_pos());
    let is_placed = response.drag_stopped_by(primary) || response.clicked_by(primary);
    // A button that is let go outside of the window leaves the point where it was last.
    let last = angles.follows.filter(|_| is_placed);
    let Some(to) = pos.map(|pos| geometry.to_world(pos)).or(last) else {
        return;
    };
    if response.drag_started_by(primary) && angles.begun.is_empty() {
        let origin = ui.input(|input| input.pointer.press_origin());
        edit(AngleEdit::Point(
            origin.map_or(to, |pos| geometry.to_world(pos)),
        ));
    }
    if is_placed {
        edit(AngleEdit::Point(to));
    } else if angles.follows != Some(to) && (response.dragged() || !angles.begun.is_empty()) {
        edit(AngleEdit::Follow(to));
    }
}
