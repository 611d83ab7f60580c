//! Pieces that windows are put together from.

use super::theme;
use eframe::egui::{self, Align2, FontId, Key, Modifiers, Pos2};

/// A field with its name before it, which a screen reader says as well.
pub(crate) fn labelled(
    ui: &mut egui::Ui,
    name: impl Into<egui::WidgetText>,
    field: impl egui::Widget,
) -> egui::Response {
    let label = ui.label(name);
    ui.add(field).labelled_by(label.id)
}

/// What a control does, and its key, under the pointer and for a screen reader; also while it cannot be
/// used.
pub(crate) fn told(control: egui::Response, what: &str) -> egui::Response {
    control.on_hover_text(what).on_disabled_hover_text(what)
}

/// Whether what is typed goes into a field, so that no letter is a command.
pub(crate) fn is_typing(ctx: &egui::Context) -> bool {
    ctx.text_edit_focused()
}

/// Words on a picture, with a shadow under them.
pub(crate) fn shadowed(
    painter: &egui::Painter,
    pos: Pos2,
    align: Align2,
    text: &str,
    font: FontId,
) {
    let galley = painter.layout_no_wrap(text.to_owned(), font, theme::ON_PICTURE);
    let rect = align.anchor_size(pos, galley.size());
    painter.rect_filled(rect.expand2(egui::vec2(3.0, 1.0)), 3.0, theme::UNDER_TEXT);
    painter.galley(rect.min, galley, theme::ON_PICTURE);
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

/// Why something was not done. All of it, however many lines, and no more room than a few.
pub(crate) fn error_ui(ui: &mut egui::Ui, error: &str) {
    const HIGHEST: f32 = 90.0;
    egui::ScrollArea::vertical()
        .id_salt("error")
        .max_height(HIGHEST)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let text = egui::RichText::new(error).color(theme::error(ui.visuals()));
            ui.add(egui::Label::new(text).wrap());
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
