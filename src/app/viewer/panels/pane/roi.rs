//! The region of interest on a picture: its outline where the picture shows its slice, and drawing it.

use super::content::Geometry;
use crate::app::shell::theme;
use crate::app::viewer::{Context, Edit, RoiEdit, RoiShape};
use crate::volume::{Outline, Plane};
use eframe::egui::{self, Pos2, Stroke};

/// Points of an ellipse's outline on the screen.
const ELLIPSE_POINTS: usize = 72;

/// Draws the outline where the picture shows the slice that it lies in.
pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui, geometry: &Geometry, plane: Plane) {
    let desk = ctx.desk;
    let Some(roi) = desk
        .roi
        .roi
        .as_ref()
        .filter(|roi| roi.region.plane == plane)
    else {
        return;
    };
    let region = &roi.region;
    let off_mm = desk.crosshair[plane.normal_axis()] - region.at_mm;
    if off_mm.abs() > region.thickness_mm / 2.0 + 1e-6 {
        return;
    }
    let outline: Vec<[f64; 2]> = match &region.outline {
        Outline::Ellipse { middle, radii } => (0..ELLIPSE_POINTS)
            .map(|at| {
                let angle = std::f64::consts::TAU * at as f64 / ELLIPSE_POINTS as f64;
                [
                    middle[0] + radii[0] * angle.cos(),
                    middle[1] + radii[1] * angle.sin(),
                ]
            })
            .collect(),
        Outline::Rectangle { low, high } => {
            vec![*low, [high[0], low[1]], *high, [low[0], high[1]]]
        }
        Outline::Freehand(points) => points.clone(),
    };
    let points: Vec<Pos2> = outline
        .into_iter()
        .map(|at| geometry.to_screen(region.to_world(at)))
        .collect();
    let is_drawn = desk.roi.drawn().is_some();
    let stroke = Stroke::new(1.5, theme::ruler(is_drawn));
    let shape = match is_drawn {
        true => egui::Shape::closed_line(points, stroke),
        // As far as it is drawn by hand.
        false => egui::Shape::line(points, stroke),
    };
    ui.painter_at(geometry.rect).add(shape);
}

/// A region from where the button was pressed to where it is let go.
pub(super) fn draw(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    response: &egui::Response,
    (geometry, plane): (&Geometry, Plane),
    shape: RoiShape,
) {
    let primary = egui::PointerButton::Primary;
    let edit = |edit| ctx.edit(Edit::Roi(edit));
    if let Some(pos) = response.interact_pointer_pos() {
        let to = geometry.to_world(pos);
        if response.drag_started_by(primary) {
            let origin = ui.input(|input| input.pointer.press_origin());
            let from = origin.map_or(to, |pos| geometry.to_world(pos));
            edit(RoiEdit::Begin(shape, plane, from));
        }
        if response.dragged_by(primary) || response.drag_stopped_by(primary) {
            edit(RoiEdit::Draw(to));
        }
    }
    if response.drag_stopped_by(primary) {
        edit(RoiEdit::Finish);
    }
}
