//! One picture: its pixels, what is written on it, and what the mouse does to it.

mod angles;
mod captured;
mod content;
mod corners;
mod handle;
mod menu;
mod mouse;
mod names;
mod picture;
mod roi;
mod rulers;
mod source;
mod tile;

pub(super) use captured::{Captured, Capturing};
pub(super) use content::{PaneContent, view};
pub(super) use tile::ui as tile_ui;

use crate::app::shell::theme;
use crate::app::viewer::{
    CompareEdit, CompareMode, Context, Desk, Edit, Layer, Layout, Tool,
    paint::{colour_bar, shadowed},
    prediction::Made,
    scan::MAX_SCANS,
    text::{Naming, position_text, unit_text},
};
use crate::render::Pairing;
use crate::volume::{EdgeLetters, Plane};
use content::{Geometry, Screen};
use corners::Corners;
use eframe::egui::{self, Align2, FontId, Rect, Sense, emath::GuiRounding};
use mouse::mouse;
use nalgebra::Point3;

/// The pane of a plane and content, which there is at most once in the window.
fn id(plane: Plane, content: PaneContent) -> egui::Id {
    egui::Id::unique(("pane", plane.name(), content))
}

/// Whether the keyboard's focus is on a pane, which then takes the viewer's keys.
pub(super) fn has_focus(focused: egui::Id) -> bool {
    of_id(focused).is_some()
}

/// What a pane shows that there was in the window.
pub(super) fn of_id(of: egui::Id) -> Option<(Plane, PaneContent)> {
    let contents = [
        PaneContent::MadePair,
        PaneContent::Layers,
        PaneContent::Side(0),
        PaneContent::Side(1),
        PaneContent::Difference,
        PaneContent::Pair,
    ];
    let scans = (0..MAX_SCANS).map(PaneContent::Scan);
    let made = Made::all().map(PaneContent::Made);
    contents
        .into_iter()
        .chain(scans)
        .chain(made)
        .find_map(|content| {
            let mut planes = Plane::ALL.into_iter();
            let plane = planes.find(|&plane| id(plane, content) == of)?;
            Some((plane, content))
        })
}

/// Shows one pane in a rectangle of the window.
pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect, plane: Plane, content: PaneContent) {
    let desk = ctx.desk;
    let scale = ui.ctx().pixels_per_point();
    let rect = rect.round_to_pixels(scale);
    let id = id(plane, content);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    ctx.seen.borrow_mut().panes.push((id, rect));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
    let Some(view) = view(desk, (plane, content), rect, scale) else {
        return;
    };
    let seconds = ui.input(|input| input.time);
    let screen = Screen {
        scale,
        mm_per_pixel: view.mm_per_pixel(),
        seconds,
    };
    let (layers, pairing) = content.drawn(desk, plane, screen);
    let pairing_is_difference = matches!(pairing, Some(Pairing::Difference(_)));
    let is_swiped = matches!(pairing, Some(Pairing::Swipe(_)));
    picture::paint(ctx, &painter, (id, rect), view, (layers, pairing));
    let letters = view.letters(desk.orientation());
    let geometry = Geometry { rect, scale, view };
    if desk.show_crosshair {
        crosshair(&painter, &geometry, desk.crosshair);
    }
    let name = content.name((desk, Naming::Names), plane, seconds);
    let corners = Corners {
        desk,
        plane,
        content,
        name: &name,
        letters,
        mm_per_point: geometry.view.mm_per_pixel() * f64::from(scale),
    };
    corners.write(&painter, rect);
    let bar_style = match (pairing_is_difference, content) {
        (true, _) => Some(desk.shown_difference().style),
        (false, PaneContent::Made(made @ Made::Sd(_))) if desk.is_on_made(made, plane) => {
            Some(desk.made_style(made))
        }
        _ => None,
    };
    if let Some(style) = bar_style {
        // Between the position and the letter at the edge.
        let bar = Rect::from_min_max(
            rect.right_top() + egui::vec2(-18.0, 32.0),
            egui::pos2(rect.right() - 8.0, rect.center().y - 20.0),
        );
        colour_bar(&painter, bar, &style);
    }
    if content == PaneContent::Layers {
        legend(&painter, desk, rect);
    }
    let is_framed = match desk.layout {
        Layout::Grid => content == PaneContent::Scan(desk.selected),
        _ => desk.active == plane && content.is_first(desk),
    };
    if is_framed {
        painter.rect_stroke(
            rect,
            0.0,
            egui::Stroke::new(1.0, theme::ACTIVE),
            egui::StrokeKind::Inside,
        );
    }
    response.widget_info(|| {
        let slice = corners::slice_words(desk, plane, content);
        let label = label(desk, plane, &name, letters) + &slice;
        egui::WidgetInfo::labeled(egui::Role::Image, true, label)
    });
    mouse(ctx, ui, &response, &geometry, plane, content);
    // Keys then change the scan that was clicked.
    if let PaneContent::Scan(at) = content
        && desk.layout == Layout::Grid
        && (response.clicked() || response.drag_started())
    {
        ctx.edit(Edit::Select(at));
    }
    response.context_menu(|ui| menu::ui(ctx, ui, id));
    // After the pane itself, so that the mouse finds them above it.
    rulers::ui(ctx, ui, &geometry, plane, content);
    angles::ui(ctx, ui, &geometry, plane, content);
    roi::ui(ctx, ui, &geometry, plane, content);
    match content {
        PaneContent::Layers => brush(ctx, ui, &geometry),
        PaneContent::Pair | PaneContent::MadePair => match desk.compare_mode() {
            CompareMode::Swipe if is_swiped => swipe_line(ctx, ui, rect, plane),
            CompareMode::Flicker => {
                let left = std::time::Duration::from_secs_f64(desk.compare.flicker(seconds).1);
                ui.ctx().request_repaint_after(left);
            }
            _ => {}
        },
        _ => {}
    }
}

/// How far the brush reaches, under the mouse.
fn brush(ctx: &Context<'_>, ui: &egui::Ui, geometry: &Geometry) {
    let desk = ctx.desk;
    let pos = ui.input(|input| input.pointer.hover_pos());
    if let (Some(mask), Tool::Paint | Tool::Erase) = (&desk.mask, desk.tool)
        && let Some(pos) = pos.filter(|pos| geometry.rect.contains(*pos))
    {
        let mm_per_point = geometry.view.mm_per_pixel() as f32 * geometry.scale;
        let radius = mask.brush_mm as f32 / 2.0 / mm_per_point;
        let painter = ui.painter_at(geometry.rect);
        painter.circle_stroke(
            pos,
            radius.max(2.0),
            egui::Stroke::new(1.0, theme::ON_PICTURE),
        );
    }
}

/// The colours of the uppermost map of a quantity, with its unit.
fn legend(painter: &egui::Painter, desk: &Desk, rect: Rect) {
    let is_seen = |layer: &&Layer| layer.visible && !desk.is_hidden(layer);
    let mut layers = desk.layers.iter().rev().filter(is_seen);
    let unit = |layer: &Layer| match layer.scan.map {
        Some(map) => Some(unit_text(map)),
        None if layer.is_labels => None,
        None => Some(layer.scan.made.as_ref()?.kind.unit()),
    };
    let map = layers.find_map(|layer| Some((unit(layer)?, &layer.style)));
    let Some((unit, style)) = map.filter(|_| rect.width() > 240.0) else {
        return;
    };
    let bar = Rect::from_min_max(
        rect.right_top() + egui::vec2(-18.0, 32.0),
        egui::pos2(rect.right() - 8.0, rect.center().y - 36.0),
    );
    if bar.height() < 30.0 {
        return;
    }
    colour_bar(painter, bar, style);
    let below = bar.right_bottom() + egui::vec2(0.0, 4.0);
    let font = FontId::proportional(12.0);
    shadowed(painter, below, Align2::RIGHT_TOP, unit, font);
}

/// The line between the two scans, to be dragged, with their names on both sides of it.
fn swipe_line(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect, plane: Plane) {
    let x = rect.left() + ctx.desk.compare.swipe * rect.width();
    let painter = ui.painter_at(rect);
    painter.vline(x, rect.y_range(), egui::Stroke::new(1.0, theme::ACTIVE));
    let reach = egui::Rangef::new(x - 5.0, x + 5.0);
    let id = egui::Id::unique(("swipe line", plane.name()));
    let line = ui.interact(
        Rect::from_x_y_ranges(reach, rect.y_range()),
        id,
        // Its keyboard is the slider of the side panel.
        Sense::DRAG,
    );
    let line = line.on_hover_cursor(egui::CursorIcon::ResizeHorizontal);
    line.widget_info(|| {
        let label = format!("{} swipe line", plane.name());
        egui::WidgetInfo::labeled(egui::Role::Splitter, true, label)
    });
    if let Some(pos) = line.interact_pointer_pos()
        && line.dragged()
    {
        let share = ((pos.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        ctx.edit(Edit::Compare(CompareEdit::Swipe(share)));
    }
}

/// What a screen reader says of a pane.
fn label(desk: &Desk, plane: Plane, name: &str, letters: EdgeLetters) -> String {
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(" {name}")
    };
    format!(
        "{}{name} at {}, {} left, {} right, {} top, {} bottom",
        plane.name(),
        position_text(desk, plane),
        letters.left,
        letters.right,
        letters.top,
        letters.bottom
    )
}

/// Two lines with a gap, so that what they point at is seen.
fn crosshair(painter: &egui::Painter, geometry: &Geometry, point: Point3<f64>) {
    const GAP: f32 = 9.0;
    let at = geometry.to_screen(point);
    let rect = geometry.rect;
    let stroke = egui::Stroke::new(1.0, theme::CROSSHAIR);
    for range in [rect.left()..=at.x - GAP, at.x + GAP..=rect.right()] {
        if range.start() < range.end() {
            painter.hline(range, at.y, stroke);
        }
    }
    for range in [rect.top()..=at.y - GAP, at.y + GAP..=rect.bottom()] {
        if range.start() < range.end() {
            painter.vline(at.x, range, stroke);
        }
    }
}
