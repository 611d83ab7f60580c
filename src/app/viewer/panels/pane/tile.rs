//! One slice of a sheet: all of it, with its place and its number. A click goes there.

use super::content::{Geometry, PaneContent, Screen};
use super::id;
use super::picture::Picture;
use crate::app::shell::theme;
use crate::app::viewer::{Context, Edit, Layout, paint::shadowed, text::axis_text};
use crate::volume::PlaneView;
use eframe::egui::{self, Align2, FontId, Rect, Sense, emath::GuiRounding};
use eframe::egui_wgpu::Callback;

/// Narrower ones have no letters.
const NARROW: f32 = 90.0;

/// Shows a slice of a layer in a rectangle of the window.
pub(in crate::app::viewer::panels) fn ui(
    ctx: &Context<'_>,
    ui: &egui::Ui,
    rect: Rect,
    (layer, at_mm): (usize, f64),
    is_current: bool,
) {
    let desk = ctx.desk;
    let plane = desk.active;
    let Some(grid) = desk.base().map(|base| base.volume.grid()) else {
        return;
    };
    let scale = ui.ctx().pixels_per_point();
    let rect = rect.round_to_pixels(scale);
    let place = format!("{at_mm:.3}");
    let tile = egui::Id::unique(("tile", plane.name(), place));
    let response = ui.interact(rect, tile, Sense::CLICK);
    let content = PaneContent::Scan(layer);
    if is_current {
        // A picture of the pane is one of this slice.
        ctx.seen.borrow_mut().panes.push((id(plane, content), rect));
    }
    let size = [rect.width(), rect.height()].map(|side| ((side * scale).round() as u32).max(1));
    let view = PlaneView::fit(plane, desk.convention, grid, at_mm, Some(size));
    let screen = Screen {
        scale,
        mm_per_pixel: view.mm_per_pixel(),
        seconds: ui.input(|input| input.time),
    };
    let (layers, pairing) = content.drawn(desk, plane, screen);
    let layers = layers.into_iter();
    let layers = layers.map(|(source, style)| (source.texture(), style));
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::BEHIND_PICTURE);
    painter.add(Callback::new_paint_callback(
        rect,
        Picture::new(ctx.graphics, view, layers.collect(), pairing),
    ));
    let letters = view.letters(desk.orientation());
    let place = axis_text(desk, plane.normal_axis(), at_mm);
    let inner = rect.shrink(3.0);
    let font = FontId::proportional(if rect.width() < NARROW { 10.0 } else { 12.0 });
    if desk.kept.settings.corner_text {
        shadowed(
            &painter,
            inner.left_top(),
            Align2::LEFT_TOP,
            &place,
            font.clone(),
        );
    }
    if rect.width() >= NARROW {
        for (pos, align, letter) in [
            (inner.left_center(), Align2::LEFT_CENTER, letters.left),
            (inner.right_center(), Align2::RIGHT_CENTER, letters.right),
        ] {
            shadowed(&painter, pos, align, &letter.to_string(), font.clone());
        }
    }
    if is_current {
        painter.rect_stroke(
            rect,
            0.0,
            egui::Stroke::new(1.0, theme::ACTIVE),
            egui::StrokeKind::Inside,
        );
    }
    response.widget_info(|| {
        let label = format!(
            "{} slice at {place} mm, {} left, {} right",
            plane.name(),
            letters.left,
            letters.right
        );
        egui::WidgetInfo::selected(egui::Role::Image, true, is_current, label)
    });
    let geometry = Geometry { rect, scale, view };
    if let Some(pos) = response.hover_pos() {
        let point = geometry.to_world(pos);
        if desk.hover != Some(point) {
            ctx.edit(Edit::Hover(Some(point)));
        }
    }
    if (response.clicked() || response.double_clicked())
        && let Some(pos) = response.interact_pointer_pos()
    {
        ctx.edit(Edit::Crosshair(geometry.to_world(pos)));
    }
    if response.double_clicked() {
        ctx.edit(Edit::Layout(Layout::Planes));
    }
}
