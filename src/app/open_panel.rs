//! Opening by path: works where no desktop offers a file dialog, and by keyboard alone.

use super::{Command, Ctx, theme};
use eframe::egui;
use std::path::PathBuf;

pub(super) fn ui(ctx: &Ctx<'_>, ui: &egui::Ui) {
    if !ctx.desk.open_panel {
        return;
    }
    let mut open = true;
    egui::Window::new("Open scans")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, 60.0))
        .show(ui.ctx(), |ui| {
            let mut typed = ctx.desk.typed_path.clone();
            let label = ui.label("Path of a scan");
            let field = ui
                .add(
                    egui::TextEdit::singleline(&mut typed)
                        .desired_width(460.0)
                        .hint_text("/folder/scan.nii.gz"),
                )
                .labelled_by(label.id);
            if field.changed() {
                ctx.push(Command::PathTyped(typed.clone()));
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if !field.has_focus() && !field.lost_focus() {
                field.request_focus();
            }
            ui.horizontal(|ui| {
                let path = cleaned(&typed);
                let ready = !path.as_os_str().is_empty();
                let clicked = ui.add_enabled(ready, egui::Button::new("Open")).clicked();
                if ready && (clicked || entered) {
                    ctx.push(Command::Open(vec![path]));
                    ctx.push(Command::PathTyped(String::new()));
                    ctx.push(Command::OpenPanel(false));
                }
                if ui.button("Browse…").clicked() {
                    ctx.push(Command::Pick);
                }
                ui.weak("or drop files on the window");
            });
            if !ctx.desk.picker_note.is_empty() {
                ui.colored_label(theme::warning(ui.visuals()), &ctx.desk.picker_note);
            }
        });
    if !open {
        ctx.push(Command::OpenPanel(false));
    }
}

/// A path as people paste it: with quotes or as a file URL.
fn cleaned(typed: &str) -> PathBuf {
    let text = typed.trim().trim_matches(['"', '\'']);
    PathBuf::from(text.strip_prefix("file://").unwrap_or(text))
}
