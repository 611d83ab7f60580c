//! A point of a measurement on a picture: dragged by the mouse, or moved by arrow keys where it has the focus.

use super::content::Geometry;
use crate::app::shell::theme;
use crate::volume::Plane;
use eframe::egui::{self, Key, Rect, Sense, Stroke};
use nalgebra::Point3;

/// How far about a point the mouse takes it, points.
const REACH: f32 = 8.0;
/// A press of an arrow key moves a point by so much, mm; with Shift by ten times as much.
const STEP_MM: f64 = 0.1;

/// What is done to a point.
#[derive(Clone, Copy)]
pub(super) enum Handled {
    Choose,
    /// Where it comes to lie.
    Move(Point3<f64>),
    /// What it is a point of is wanted no more.
    Delete,
}

/// Takes what is done to a point that a picture of `plane` shows; `id` is the point's in the window, `label` what
/// a screen reader says of it.
pub(super) fn ui(
    ui: &egui::Ui,
    (geometry, plane): (&Geometry, Plane),
    id: egui::Id,
    at: Point3<f64>,
    label: impl Fn() -> String,
    handled: impl Fn(Handled),
) {
    let pos = geometry.to_screen(at);
    if !geometry.rect.contains(pos) {
        return;
    }
    let area = Rect::from_center_size(pos, egui::Vec2::splat(2.0 * REACH));
    let response = ui.interact(area.intersect(geometry.rect), id, Sense::click_and_drag());
    let response = response.on_hover_cursor(egui::CursorIcon::Grab);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Splitter, true, label()));
    if response.hovered() || response.has_focus() || response.dragged() {
        let painter = ui.painter_at(geometry.rect);
        painter.circle_stroke(pos, 6.0, Stroke::new(1.5, theme::ACTIVE));
    }
    if response.clicked() {
        response.request_focus();
        handled(Handled::Choose);
    }
    if response.dragged()
        && let Some(pos) = response.interact_pointer_pos()
    {
        // Dragging on one plane moves nothing along its normal.
        let mut to = geometry.to_world(pos);
        to[plane.normal_axis()] = at[plane.normal_axis()];
        handled(Handled::Move(to));
    }
    by_keys(ui, &response, geometry, at, handled);
}

/// What keys do to a place whose response has the focus.
pub(super) fn by_keys(
    ui: &egui::Ui,
    response: &egui::Response,
    geometry: &Geometry,
    at: Point3<f64>,
    handled: impl Fn(Handled),
) {
    if !response.has_focus() {
        return;
    }
    if let Some(to) = moved(ui, response.id, geometry, at) {
        handled(Handled::Move(to));
    }
    if ui.input(|input| input.key_pressed(Key::Delete)) {
        handled(Handled::Delete);
    }
}

/// Where arrow keys move a place to, which have the focus of what is known by an id.
fn moved(
    ui: &egui::Ui,
    id: egui::Id,
    geometry: &Geometry,
    place: Point3<f64>,
) -> Option<Point3<f64>> {
    let arrows = egui::EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let (across, down, fast) = ui.input(|input| {
        let pressed = |key: Key| f64::from(u8::from(input.key_pressed(key)));
        (
            pressed(Key::ArrowRight) - pressed(Key::ArrowLeft),
            pressed(Key::ArrowDown) - pressed(Key::ArrowUp),
            input.modifiers.shift,
        )
    });
    if across == 0.0 && down == 0.0 {
        return None;
    }
    let step = if fast { 10.0 * STEP_MM } else { STEP_MM };
    let axis = |column: usize| {
        let matrix = &geometry.view.world_from_pixel;
        matrix
            .fixed_view::<3, 1>(0, column)
            .into_owned()
            .normalize()
    };
    Some(place + step * (across * axis(0) + down * axis(1)))
}
