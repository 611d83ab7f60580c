//! What went wrong: the newest message on one line, and all of them in a list on demand.

use crate::app::shell::{theme, told};
use crate::app::viewer::{Context, Edit, text::with_key};
use eframe::egui::{self, Align2, RichText, Role, WidgetInfo, vec2};

/// The line takes the same room however many there are.
pub(super) fn newest_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let errors = &ctx.desk.errors;
    let Some((at, newest)) = errors.iter().enumerate().next_back() else {
        return;
    };
    ui.horizontal(|ui| {
        let dismiss = ui.small_button("Dismiss");
        if told(dismiss, "Take this message away").clicked() {
            ctx.edit(Edit::DismissError(at));
        }
        if errors.len() > 1 {
            let all = ui.small_button(format!("All {} messages…", errors.len()));
            let what = with_key("List of all messages", "Shift M");
            if told(all, &what).clicked() {
                ctx.edit(Edit::ShowMessages(!ctx.desk.messages_open));
            }
        }
        let text = RichText::new(newest).color(theme::error(ui.visuals()));
        ui.add(egui::Label::new(text).truncate())
            .on_hover_text(newest);
    });
}

/// The list, the newest first.
pub(super) fn ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let errors = &ctx.desk.errors;
    if !ctx.desk.messages_open || errors.is_empty() {
        return;
    }
    let mut open = true;
    let screen = ui.ctx().content_rect();
    egui::Window::new("Messages")
        .id(egui::Id::unique("messages"))
        .open(&mut open)
        .collapsible(false)
        .fixed_size(vec2(
            (screen.width() * 0.64).min(800.0),
            screen.height() * 0.6,
        ))
        .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ui.ctx(), |ui| {
            egui::ScrollArea::vertical()
                .max_height(ui.available_height() - 36.0)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    for (at, error) in errors.iter().enumerate().rev() {
                        message_ui(ctx, ui, at, error);
                    }
                });
            ui.separator();
            let all = ui.button("Dismiss all");
            if told(all, "Take all messages away").clicked() {
                ctx.edit(Edit::DismissErrors);
            }
        });
    if !open {
        ctx.edit(Edit::ShowMessages(false));
    }
}

fn message_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, error: &str) {
    ui.horizontal_top(|ui| {
        let dismiss = ui.small_button("×");
        let name = format!("Dismiss message {}", at + 1);
        dismiss.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if told(dismiss, "Take this message away").clicked() {
            ctx.edit(Edit::DismissError(at));
        }
        let text = RichText::new(error).color(theme::error(ui.visuals()));
        ui.add(egui::Label::new(text).wrap());
    });
}
