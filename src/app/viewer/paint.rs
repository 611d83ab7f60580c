//! What is painted on pictures and beside them.

use super::text::number;
pub(super) use crate::app::shell::shadowed;
use crate::render::LayerStyle;
use eframe::egui::{self, Align2, FontId, Rect};

/// A bar of a style's colours with the numbers of its ends.
pub(super) fn colour_bar(painter: &egui::Painter, rect: Rect, style: &LayerStyle) {
    const STEPS: u32 = 64;
    let upright = rect.height() > rect.width();
    // One mesh, as rectangles side by side leave seams where they end between pixels.
    let mut mesh = egui::Mesh::default();
    for step in 0..=STEPS {
        let share = step as f32 / STEPS as f32;
        let value = if style.invert { 1.0 - share } else { share };
        let colour = style.colormap.colour(value);
        let [r, g, b] = colour.map(|c| (c * 255.0 + 0.5) as u8);
        let across = match upright {
            true => {
                let y = egui::lerp(rect.bottom()..=rect.top(), share);
                [egui::pos2(rect.left(), y), egui::pos2(rect.right(), y)]
            }
            false => {
                let x = egui::lerp(rect.left()..=rect.right(), share);
                [egui::pos2(x, rect.top()), egui::pos2(x, rect.bottom())]
            }
        };
        for end in across {
            mesh.colored_vertex(end, egui::Color32::from_rgb(r, g, b));
        }
        if step > 0 {
            let at = 2 * step;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    painter.add(mesh);
    if upright {
        let font = FontId::proportional(12.0);
        let ends = [
            (rect.left_top(), Align2::RIGHT_TOP, style.window.high),
            (rect.left_bottom(), Align2::RIGHT_BOTTOM, style.window.low),
        ];
        for (pos, align, value) in ends {
            let pos = pos - egui::vec2(6.0, 0.0);
            shadowed(painter, pos, align, &number(f64::from(value)), font.clone());
        }
    }
}

/// What scrolls stays beside the bar, which lies over it.
pub(super) fn clear_of_the_bar(ui: &mut egui::Ui) {
    let bar = ui.spacing().scroll.bar_width + ui.spacing().item_spacing.x;
    ui.set_max_width(ui.available_width() - bar);
}
