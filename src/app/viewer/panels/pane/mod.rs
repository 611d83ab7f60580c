//! One picture: its pixels, what is written on it, and what the mouse does to it.

mod content;
mod mouse;
mod picture;
mod rulers;

pub(super) use content::PaneContent;

use crate::app::shell::theme;
use crate::app::viewer::{
    Context, Desk, Edit, Judging, Layer, Tool,
    paint::{colour_bar, shadowed},
    scan::MAX_SCANS,
    text::{position_text, unit_text},
};
use crate::volume::{EdgeLetters, Plane};
use content::{Geometry, view};
use eframe::egui::{self, Align2, FontId, Rect, Sense, emath::GuiRounding};
use eframe::egui_wgpu::Callback;
use mouse::mouse;
use nalgebra::Point3;
use picture::Picture;

/// The pane of a plane and content, which there is at most once in the window.
fn id(plane: Plane, content: PaneContent) -> egui::Id {
    egui::Id::unique(("pane", plane.name(), content))
}

/// Whether the keyboard's focus is on a pane, which then takes the viewer's keys.
pub(super) fn has_focus(focused: egui::Id) -> bool {
    let contents = [
        PaneContent::Layers,
        PaneContent::Real,
        PaneContent::Predicted,
        PaneContent::Difference,
    ];
    let scans = (0..MAX_SCANS).map(PaneContent::Scan);
    contents.into_iter().chain(scans).any(|content| {
        Plane::ALL
            .iter()
            .any(|&plane| id(plane, content) == focused)
    })
}

/// Shows one pane in a rectangle of the window.
pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect, plane: Plane, content: PaneContent) {
    let desk = ctx.desk;
    let scale = ui.ctx().pixels_per_point();
    let rect = rect.round_to_pixels(scale);
    let response = ui.interact(rect, id(plane, content), Sense::click_and_drag());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
    let Some(view) = view(desk, plane, rect, scale) else {
        return;
    };
    let (layers, pairing) = content.drawn(desk, scale);
    let pairing_is_none = pairing.is_none();
    painter.add(Callback::new_paint_callback(
        rect,
        Picture::new(ctx.graphics, view, layers, pairing),
    ));
    let letters = view.letters(desk.orientation());
    let geometry = Geometry { rect, scale, view };
    if desk.show_crosshair {
        crosshair(&painter, &geometry, desk.crosshair);
    }
    written(&painter, desk, rect, plane, content, letters);
    if content == PaneContent::Difference {
        // Between the position and the letter at the edge.
        let bar = Rect::from_min_max(
            rect.right_top() + egui::vec2(-18.0, 32.0),
            egui::pos2(rect.right() - 8.0, rect.center().y - 20.0),
        );
        colour_bar(&painter, bar, &desk.difference.style);
    }
    if content == PaneContent::Layers && pairing_is_none {
        legend(&painter, desk, rect);
    }
    if desk.active == plane && content.is_first(desk) {
        painter.rect_stroke(
            rect,
            0.0,
            egui::Stroke::new(1.0, theme::ACTIVE),
            egui::StrokeKind::Inside,
        );
    }
    response.widget_info(|| {
        let label = label(desk, plane, content, letters);
        egui::WidgetInfo::labeled(egui::Role::Image, true, label)
    });
    mouse(ctx, ui, &response, &geometry, plane, content);
    // After the pane itself, so that the mouse finds them above it.
    rulers::ui(ctx, ui, &geometry, plane, content);
    if content == PaneContent::Layers {
        swipe_line(ctx, ui, rect, plane);
        brush(ctx, ui, &geometry);
    }
}

/// How far the brush reaches, under the mouse.
fn brush(ctx: &Context<'_>, ui: &egui::Ui, geometry: &Geometry) {
    let desk = ctx.desk;
    let pos = ui.input(|input| input.pointer.hover_pos());
    if let (Some(mask), Tool::Paint | Tool::Erase) = (&desk.mask, desk.tool)
        && let Some(pos) = pos.filter(|pos| geometry.rect.contains(*pos))
    {
        let mm_per_pixel = geometry
            .view
            .world_from_pixel
            .fixed_view::<3, 1>(0, 0)
            .norm();
        let mm_per_point = mm_per_pixel as f32 * geometry.scale;
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
        None if desk.network.is_map(&layer.filed) && !layer.is_labels => Some("drop of logit"),
        None => None,
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

/// The line between the first scan and the chosen one, to be dragged.
fn swipe_line(ctx: &Context<'_>, ui: &egui::Ui, rect: Rect, plane: Plane) {
    let Some((Judging::Swipe(share), _)) = ctx.desk.judged() else {
        return;
    };
    let x = rect.left() + share * rect.width();
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
        ctx.edit(Edit::Judge(Some(Judging::Swipe(share))));
    }
}

/// What a screen reader says of a pane.
fn label(desk: &Desk, plane: Plane, content: PaneContent, letters: EdgeLetters) -> String {
    let name = content.name(desk);
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

fn written(
    painter: &egui::Painter,
    desk: &Desk,
    rect: Rect,
    plane: Plane,
    content: PaneContent,
    letters: EdgeLetters,
) {
    // Below this width the writing would run into itself.
    let narrow = rect.width() < 240.0;
    let rect = rect.shrink(5.0);
    let big = FontId::proportional(if narrow { 13.0 } else { 16.0 });
    for (pos, align, letter) in [
        (rect.left_center(), Align2::LEFT_CENTER, letters.left),
        (rect.right_center(), Align2::RIGHT_CENTER, letters.right),
        (rect.center_top(), Align2::CENTER_TOP, letters.top),
        (rect.center_bottom(), Align2::CENTER_BOTTOM, letters.bottom),
    ] {
        shadowed(painter, pos, align, &letter.to_string(), big.clone());
    }
    let small = FontId::proportional(13.0);
    let name = content.name(desk);
    let caption = if name.is_empty() {
        plane.name().to_owned()
    } else if narrow {
        name
    } else {
        let caption = format!("{name}, {}", plane.name().to_lowercase());
        let galley = painter.layout_no_wrap(caption.clone(), small.clone(), theme::ON_PICTURE);
        // The position stands on the right.
        match galley.size().x < rect.width() - 90.0 {
            true => caption,
            false => plane.name().to_owned(),
        }
    };
    shadowed(
        painter,
        rect.left_top(),
        Align2::LEFT_TOP,
        &caption,
        small.clone(),
    );
    // All columns lie at the same place; where there is little room the first says it.
    if !narrow || content.is_first(desk) {
        shadowed(
            painter,
            rect.right_top(),
            Align2::RIGHT_TOP,
            &position_text(desk, plane),
            small,
        );
    }
}
