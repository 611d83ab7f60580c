//! Pieces that windows are put together from.

use super::theme;
use eframe::egui::{self, Key, Modifiers};

/// A field with its name before it, which a screen reader says as well.
pub(crate) fn labelled(
    ui: &mut egui::Ui,
    name: impl Into<egui::WidgetText>,
    field: impl egui::Widget,
) -> egui::Response {
    let label = ui.label(name);
    ui.add(field).labelled_by(label.id)
}

/// Around what fills the window.
pub(crate) fn page_frame(ui: &egui::Ui) -> egui::Frame {
    let margin = egui::Margin::symmetric(16, 8);
    egui::Frame::central_panel(ui.style()).inner_margin(margin)
}

/// Around a notice that must be seen.
pub(crate) fn notice_frame(ui: &mut egui::Ui, margin: f32, add: impl FnOnce(&mut egui::Ui)) {
    egui::Frame::new()
        .fill(theme::banner(ui.visuals()))
        .inner_margin(margin)
        .corner_radius(4.0)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui);
        });
}

/// What asks for something, above everything else.
pub(crate) fn modal(ctx: &egui::Context, name: &str) -> egui::Modal {
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(16.0);
    egui::Modal::new(egui::Id::unique(name)).frame(frame)
}

/// Whether Escape closes what asks for something. A click beside it does not, as something may
/// have been typed.
pub(crate) fn closes(ctx: &egui::Context) -> bool {
    ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
}
