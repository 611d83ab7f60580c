//! Regions of interest on a picture: their outlines where the picture shows their slice, moved by the mouse or
//! by keys, and drawing a new one.

use super::content::{Geometry, PaneContent};
use super::handle::{self, Handled};
use crate::app::shell::theme;
use crate::app::viewer::{
    Context, Desk, Edit, Roi, RoiEdit, RoiShape, Tool, paint::shadowed, text::number,
};
use crate::volume::Plane;
use crate::workflows::is_region_on_plane;
use eframe::egui::{self, Align2, FontId, Pos2, Rect, Sense, Stroke, Vec2};

/// How near to an outline the mouse takes it, points.
const REACH: f32 = 5.0;
/// How large what is beside a region is, to be taken by the mouse, points.
const HANDLE: Vec2 = Vec2::new(18.0, 18.0);

/// The regions whose slice lies on a plane there.
fn seen(desk: &Desk, plane: Plane, at_mm: f64) -> impl Iterator<Item = &Roi> {
    let rois = desk.roi.rois.iter();
    rois.filter(move |roi| is_region_on_plane(&roi.region, (plane, at_mm)))
}

/// Draws the outlines where the picture shows the slice that they lie in, and takes what is done to them.
pub(super) fn ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    geometry: &Geometry,
    plane: Plane,
    content: PaneContent,
) {
    let desk = ctx.desk;
    let painter = ui.painter_at(geometry.rect);
    for roi in seen(desk, plane, desk.crosshair[plane.normal_axis()]) {
        let outline = roi.region.outline_in_world();
        let points = outline.into_iter().map(|at| geometry.to_screen(at));
        let points: Vec<Pos2> = points.collect();
        let is_chosen = desk.roi.chosen() == Some(roi);
        let is_drawing = desk.roi.is_drawing(roi);
        let width = if is_chosen || is_drawing { 2.5 } else { 1.5 };
        let stroke = Stroke::new(width, theme::region(roi.number as usize - 1));
        painter.add(match is_drawing {
            false => egui::Shape::closed_line(points.clone(), stroke),
            // As far as it is drawn by hand.
            true => egui::Shape::line(points.clone(), stroke),
        });
        if is_drawing {
            continue;
        }
        let corner = beside(&points, geometry.rect);
        let text = words(desk, roi, is_chosen);
        let font = FontId::proportional(13.0);
        shadowed(&painter, corner, Align2::LEFT_CENTER, &text, font);
        grab_ui(ctx, ui, geometry, (plane, content), (roi, &points, corner));
    }
}

/// What stands beside a region: its number, and the mean of the chosen one.
fn words(desk: &Desk, roi: &Roi, is_chosen: bool) -> String {
    let measure = desk.chosen_region_measure().filter(|_| is_chosen);
    let values = measure.and_then(|(measure, _)| measure.within.values.as_ref());
    match values {
        Some(values) => format!("{}  mean {}", roi.number, number(values.mean)),
        None => roi.number.to_string(),
    }
}

/// Where a region's number stands: right of its uppermost point, within the picture.
fn beside(points: &[Pos2], rect: Rect) -> Pos2 {
    let uppermost = points.iter().min_by(|a, b| a.y.total_cmp(&b.y));
    let at = uppermost.copied().unwrap_or(rect.center()) + egui::vec2(6.0, -8.0);
    let room = rect.shrink2(egui::vec2(12.0, 10.0));
    // Not by `clamp`, as a pane may be smaller than that.
    at.max(room.min).min(room.max)
}

/// How far a place on the screen lies from a line that ends where it began.
fn distance(points: &[Pos2], pos: Pos2) -> f32 {
    let ends = points.iter().skip(1).chain(points.first());
    let sides = points.iter().zip(ends);
    let far = sides.map(|(from, to)| {
        let (way, off) = (*to - *from, pos - *from);
        let share = match way.length_sq() > 0.0 {
            true => (off.dot(way) / way.length_sq()).clamp(0.0, 1.0),
            false => 0.0,
        };
        (off - share * way).length()
    });
    far.fold(f32::INFINITY, f32::min)
}

/// A region is taken by its number, or by its outline while nothing is drawn.
fn grab_ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    geometry: &Geometry,
    (plane, content): (Plane, PaneContent),
    (roi, points, corner): (&Roi, &[Pos2], Pos2),
) {
    let pointer = ui.input(|input| input.pointer.hover_pos());
    let near = pointer.filter(|pos| {
        ctx.desk.tool == Tool::Look
            && geometry.rect.contains(*pos)
            && distance(points, *pos) <= REACH
    });
    let handle = Rect::from_center_size(corner + egui::vec2(4.0, 0.0), HANDLE);
    let area = near.map_or(handle, |pos| {
        Rect::from_center_size(pos, Vec2::splat(2.0 * REACH))
    });
    let id = egui::Id::unique(("region", plane.name(), content, roi.number));
    let response = ui.interact(area.intersect(geometry.rect), id, Sense::click_and_drag());
    let response = response.on_hover_cursor(egui::CursorIcon::Move);
    response.widget_info(|| {
        let label = format!("Region {}, {} on {}", roi.number, roi.title(), plane.name());
        egui::WidgetInfo::labeled(egui::Role::Splitter, true, label)
    });
    if response.hovered() || response.has_focus() || response.dragged() {
        let painter = ui.painter_at(geometry.rect);
        let stroke = Stroke::new(1.0, theme::ACTIVE);
        painter.rect_stroke(handle, 3.0, stroke, egui::StrokeKind::Outside);
    }
    let edit = |edit| ctx.edit(Edit::Roi(edit));
    if response.clicked() {
        response.request_focus();
        edit(RoiEdit::Choose(roi.number));
    }
    if response.dragged()
        && let Some(pos) = response.interact_pointer_pos()
    {
        // What was moved before it was known to be a drag counts too.
        let origin = ui.input(|input| input.pointer.press_origin());
        let begun = origin.filter(|_| response.drag_started());
        let before = begun.unwrap_or(pos - response.drag_delta());
        let by_mm = geometry.to_world(pos) - geometry.to_world(before);
        if before != pos {
            edit(RoiEdit::Move(roi.number, by_mm));
        }
    }
    if let Some(middle) = roi.region.middle() {
        handle::by_keys(ui, &response, geometry, middle, |handled| match handled {
            Handled::Choose => {}
            Handled::Move(to) => edit(RoiEdit::Move(roi.number, to - middle)),
            Handled::Delete => edit(RoiEdit::Delete(roi.number)),
        });
    }
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
