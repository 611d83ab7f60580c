//! Paints the figures of a report in the window's colours, and says what their parts are.

use crate::app::shell::theme;
use crate::report::scene::{Anchor, Colour, Ink, Mark, Scene, arm_colour};
use eframe::egui::{
    self, Align2, Color32, FontId, Painter, Rect, Role, Sense, Stroke, Visuals, WidgetInfo,
    epaint::TextShape, vec2,
};

/// Of a point of a page, so that its small print is as large as the window's texts.
const SCALE: f32 = 1.6;

/// How wide a scene may be that fills what is left of a line, in its own points.
pub(super) fn room(ui: &egui::Ui) -> f64 {
    const RANGE: [f32; 2] = [640.0, 1300.0];
    let width = (ui.available_width() - 12.0).clamp(RANGE[0], RANGE[1]);
    f64::from(width / SCALE)
}

/// The scene, and what is said of its parts to a screen reader and under the pointer.
pub(super) fn scene_ui(ui: &mut egui::Ui, scene: &Scene) {
    let size = vec2(scene.width as f32, scene.height as f32) * SCALE;
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let place = |[x, y]: [f64; 2]| rect.min + vec2(x as f32, y as f32) * SCALE;
    for (idx, area) in scene.areas.iter().enumerate() {
        let size = vec2(area.size[0] as f32, area.size[1] as f32) * SCALE;
        let own = Rect::from_min_size(place(area.at), size);
        let response = ui.interact(own, ui.scope_id().with(("area", idx)), Sense::hover());
        if response.hovered() && !area.is_cell {
            let stripe = theme::stripe(ui.visuals());
            ui.painter().rect_filled(own, 2.0, stripe);
        }
        let role = if area.is_cell {
            Role::Cell
        } else {
            Role::Label
        };
        response.widget_info(|| WidgetInfo::labeled(role, true, &area.label));
        if !area.details.is_empty() {
            // As a text it would be said twice, as a description.
            response.on_hover_ui(|ui| drop(ui.label(&area.details)));
        }
    }
    for mark in &scene.marks {
        paint(ui.painter(), ui.visuals(), mark, &place);
    }
}

fn paint(
    painter: &Painter,
    visuals: &Visuals,
    mark: &Mark,
    place: &dyn Fn([f64; 2]) -> egui::Pos2,
) {
    match mark {
        Mark::Rect { at, size, fill } => {
            let to = place([at[0] + size[0], at[1] + size[1]]);
            let rect = Rect::from_min_max(place(*at), to);
            painter.rect_filled(rect, 0.0, colour(visuals, *fill));
        }
        Mark::Line {
            from,
            to,
            ink,
            width,
        } => {
            let stroke = Stroke::new(*width as f32 * SCALE, colour(visuals, *ink));
            painter.line_segment([place(*from), place(*to)], stroke);
        }
        Mark::Dot { at, radius, fill } => {
            let radius = *radius as f32 * SCALE;
            painter.circle_filled(place(*at), radius, colour(visuals, *fill));
        }
        Mark::Text {
            at,
            words,
            size,
            anchor,
            ink,
            upwards,
        } => {
            let anchor = match anchor {
                Anchor::Start => Align2::LEFT_CENTER,
                Anchor::Middle => Align2::CENTER_CENTER,
                Anchor::End => Align2::RIGHT_CENTER,
            };
            let font = FontId::proportional(*size as f32 * SCALE);
            let ink = colour(visuals, *ink);
            if !upwards {
                painter.text(place(*at), anchor, words, font, ink);
                return;
            }
            let galley = painter.layout_no_wrap(words.clone(), font, ink);
            let corner = place(*at) - galley.size() / 2.0;
            let turn = -std::f32::consts::FRAC_PI_2;
            let shape = TextShape::new(corner, galley, ink);
            painter.add(shape.with_angle_and_anchor(turn, Align2::CENTER_CENTER));
        }
    }
}

fn colour(visuals: &Visuals, ink: Ink) -> Color32 {
    match ink {
        Ink::Black => theme::ink(visuals),
        Ink::Grey | Ink::Case => visuals.weak_text_color(),
        Ink::Rule => theme::rule(visuals),
        Ink::Paper => visuals.panel_fill,
        Ink::Interval => theme::interval(visuals),
        Ink::Median => theme::warning(visuals),
        Ink::Empty => theme::heat(visuals, 0.0),
        Ink::Share(share) => theme::heat(visuals, share),
        Ink::Arm(idx) => exactly(arm_colour(idx)),
        Ink::Exact(colour) => exactly(colour),
        Ink::Shade(share) => Color32::from_gray((255.0 * share.clamp(0.0, 1.0)).round() as u8),
    }
}

fn exactly([red, green, blue]: Colour) -> Color32 {
    Color32::from_rgb(red, green, blue)
}
