//! What the mouse does to a pane.

use super::content::{Geometry, PaneContent};
use super::{angles, roi};
use crate::app::shell::{self, window_by_drag, zoom_by_drag, zoom_by_wheel};
use crate::app::viewer::{Context, Edit, MaskEdit, RulerEdit, Tool, ViewOf, choice::Drag};
use crate::render::LayerStyle;
use crate::volume::{Plane, Window};
use eframe::egui;
use nalgebra::Point3;

pub(super) fn mouse(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    response: &egui::Response,
    geometry: &Geometry,
    plane: Plane,
    content: PaneContent,
) {
    let desk = ctx.desk;
    if response.gained_focus() {
        ctx.edit(Edit::Activate(plane));
    }
    if response.has_focus() {
        // Arrows move through the scan; Tab still moves the focus on.
        let arrows = egui::EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..Default::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
    if let Some(pos) = response.hover_pos() {
        let point = geometry.to_world(pos);
        if desk.hover != Some(point) {
            ctx.edit(Edit::Hover(Some(point)));
        }
        wheel(ctx, ui, content.view_of(desk, plane), point);
    }
    if response.clicked() || response.drag_started() {
        ctx.edit(Edit::Activate(plane));
        // Keys then change the scan that was clicked.
        if let PaneContent::Side(_) = content
            && let Some(at) = content.windowed(desk, plane)
        {
            ctx.edit(Edit::Select(at));
        }
    }
    if response.clicked()
        && desk.tool == Tool::TakeOut
        && let Some(pos) = response.interact_pointer_pos()
    {
        ctx.edit(Edit::Mask(MaskEdit::TakeOutAt(geometry.to_world(pos))));
    } else if desk.tool == Tool::Angle {
        // A click is a point of it.
    } else if response.double_clicked() {
        ctx.edit(Edit::Maximise(desk.maximised.is_none().then_some(plane)));
    } else if response.clicked()
        && let Some(pos) = response.interact_pointer_pos()
    {
        ctx.edit(Edit::Crosshair(geometry.to_world(pos)));
    }
    let is_tool = tool(ctx, ui, response, geometry, plane);
    for (button, drag) in desk.preset.drags() {
        if is_tool && button == egui::PointerButton::Primary {
            continue;
        }
        if response.dragged_by(button) {
            let delta = response.drag_delta();
            if delta != egui::Vec2::ZERO || drag == Drag::Crosshair {
                dragged(ctx, response, geometry, plane, content, drag, delta);
            }
        }
    }
}

/// What dragging with the first button does for the tool; answers whether there is one.
fn tool(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    response: &egui::Response,
    geometry: &Geometry,
    plane: Plane,
) -> bool {
    let desk = ctx.desk;
    let primary = egui::PointerButton::Primary;
    let is_paint = match desk.tool {
        Tool::Look => return false,
        Tool::TakeOut => return true,
        Tool::Ruler => {
            ruler(ctx, ui, response, geometry);
            return true;
        }
        Tool::Angle => {
            angles::place(ctx, ui, response, geometry);
            return true;
        }
        Tool::Roi(shape) => {
            roi::draw(ctx, ui, response, (geometry, plane), shape);
            return true;
        }
        Tool::Paint => true,
        Tool::Erase => false,
    };
    let Some(pos) = response.interact_pointer_pos() else {
        return true;
    };
    let stroke = |from, to| {
        let ends = [from, to].map(|pos| geometry.to_world(pos));
        ctx.edit(Edit::Mask(MaskEdit::Stroke(plane, ends, is_paint)));
    };
    if response.drag_started_by(primary) {
        ctx.edit(Edit::Mask(MaskEdit::Begin));
        let origin = ui.input(|input| input.pointer.press_origin());
        stroke(origin.unwrap_or(pos), pos);
    } else if response.dragged_by(primary) && response.drag_delta() != egui::Vec2::ZERO {
        stroke(pos - response.drag_delta(), pos);
    } else if response.clicked_by(primary) {
        ctx.edit(Edit::Mask(MaskEdit::Begin));
        stroke(pos, pos);
    }
    true
}

/// A line from where the button was pressed to where it is let go.
fn ruler(ctx: &Context<'_>, ui: &egui::Ui, response: &egui::Response, geometry: &Geometry) {
    let primary = egui::PointerButton::Primary;
    let edit = |edit| ctx.edit(Edit::Ruler(edit));
    if let Some(pos) = response.interact_pointer_pos() {
        let to = geometry.to_world(pos);
        if response.drag_started_by(primary) {
            let origin = ui.input(|input| input.pointer.press_origin());
            edit(RulerEdit::Begin(
                origin.map_or(to, |pos| geometry.to_world(pos)),
            ));
        }
        if response.dragged_by(primary) || response.drag_stopped_by(primary) {
            edit(RulerEdit::Draw(to));
        }
    }
    if response.drag_stopped_by(primary) {
        edit(RulerEdit::Finish);
    }
}

fn dragged(
    ctx: &Context<'_>,
    response: &egui::Response,
    geometry: &Geometry,
    plane: Plane,
    content: PaneContent,
    drag: Drag,
    delta: egui::Vec2,
) {
    let desk = ctx.desk;
    let Some(pos) = response.interact_pointer_pos() else {
        return;
    };
    match drag {
        Drag::Crosshair => ctx.edit(Edit::Crosshair(geometry.to_world(pos))),
        Drag::Pan => {
            let by_mm = geometry.to_world(pos - delta) - geometry.to_world(pos);
            ctx.edit(Edit::Pan(content.view_of(desk, plane), by_mm));
        }
        Drag::Zoom => ctx.edit(Edit::Zoom(
            content.view_of(desk, plane),
            f64::from(zoom_by_drag(delta)),
            desk.crosshair,
        )),
        Drag::Window if content.is_difference(desk, plane) => {
            let difference = desk.shown_difference();
            let reach = difference.style.window.high * (delta.x * 0.005).exp();
            let low = if difference.signed { -reach } else { 0.0 };
            ctx.edit(Edit::DifferenceWindow(Window::new(low, reach)));
        }
        Drag::Window => {
            if let Some(side) = content.windowed_planes(desk, plane) {
                let window = desk.prediction.look.windows[side];
                ctx.edit(Edit::PlaneWindow(side, window_by_drag(window, delta, 1.0)));
            }
            if let Some(at) = content.windowed(desk, plane)
                && let Some(layer) = desk.layers.get(at)
            {
                let range = layer.scan.auto.width();
                ctx.edit(Edit::Style(
                    at,
                    LayerStyle {
                        window: window_by_drag(layer.style.window, delta, range),
                        ..layer.style
                    },
                ));
            }
        }
    }
}

/// A notch of a wheel is a slice.
fn wheel(ctx: &Context<'_>, ui: &egui::Ui, view: ViewOf, point: Point3<f64>) {
    let id = egui::Id::unique("wheel rest");
    let shell::Wheel { slices, zoom } = shell::wheel(ui);
    if zoom != 0.0 {
        ctx.edit(Edit::Zoom(view, f64::from(zoom_by_wheel(zoom)), point));
    }
    if slices != 0.0 {
        let rest: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
        let sum = rest + slices;
        let whole = sum.trunc();
        ui.data_mut(|data| data.insert_temp(id, sum - whole));
        if whole != 0.0 {
            ctx.edit(Edit::Step(view.plane, f64::from(whole)));
        }
    }
}
