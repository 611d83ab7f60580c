//! What was opened, sessions and settings: the menu that leads to them, and the list of what was opened.

use crate::app::shell::told;
use crate::app::viewer::{Context, Edit, PathPanel, Recent, Request};
use eframe::egui;

/// The menu in the bar.
pub(super) fn menu_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let has_scan = !ctx.desk.layers.is_empty();
    let menu = ui.menu_button("Files", |ui| {
        let mut entry = |is_possible: bool, name: &str, key: &str, words: &str, edit: Edit| {
            let button = egui::Button::new(name).shortcut_text(key);
            if told(ui.add_enabled(is_possible, button), words).clicked() {
                ctx.edit(edit);
                ui.close();
            }
        };
        let of_path = |purpose| Edit::PathPanel(Some(purpose));
        entry(
            true,
            "Open a patient's folder…",
            "Ctrl E",
            "The scans of an examination or a BIDS data set in a list (Ctrl E)",
            of_path(PathPanel::OpenFolder),
        );
        entry(
            true,
            "Open a study or a rater's package…",
            "Ctrl R",
            "A package is read in the reading window, a coordinator's study opens in its own (Ctrl R)",
            of_path(PathPanel::OpenStudy),
        );
        entry(
            true,
            "Recent…",
            "Ctrl Shift O",
            "Open again what was opened (Ctrl Shift O)",
            Edit::ShowRecent(true),
        );
        entry(
            true,
            "Open session…",
            "Ctrl O",
            "What a session holds, in place of all that is open (Ctrl O)",
            of_path(PathPanel::Open),
        );
        entry(
            has_scan,
            "Save session…",
            "Ctrl Shift S",
            "Keep in a file what is open and how it is shown (Ctrl Shift S); it is opened as a scan is",
            of_path(PathPanel::SaveSession),
        );
        entry(
            true,
            "Settings…",
            "Ctrl ,",
            "Colours, size of text, mouse and keys, what is kept (Ctrl ,)",
            Edit::ShowSettings(true),
        );
    });
    told(menu.response, "What was opened, sessions, settings");
}

/// The list of what was opened. Kind, size and time, as a name may be somebody's.
pub(super) fn recent_ui(ctx: &Context<'_>, ui: &egui::Ui) {
    let kept = &ctx.desk.kept;
    if !kept.recent_open {
        return;
    }
    let mut open = true;
    egui::Window::new("Recent")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, 60.0))
        .show(ui.ctx(), |ui| {
            ui.set_width(520.0_f32.min(ui.ctx().content_rect().width() - 60.0));
            if kept.recent.is_empty() {
                ui.weak(match kept.settings.remember && kept.has_places {
                    true => "Nothing yet",
                    false => "Nothing is remembered: see the settings",
                });
            }
            egui::ScrollArea::vertical()
                .max_height(ui.ctx().content_rect().height() - 220.0)
                .show(ui, |ui| {
                    for (at, recent) in kept.recent.iter().enumerate() {
                        row_ui(ctx, ui, at, recent);
                    }
                });
            ui.separator();
            ui.horizontal(|ui| {
                let mut shows_paths = kept.shows_paths;
                let field = ui.checkbox(&mut shows_paths, "Show paths");
                let words = "Folders and names may say who was scanned; they are hidden again when this is \
                             closed";
                if told(field, words).changed() {
                    ctx.edit(Edit::ShowPaths(shows_paths));
                }
                let has_some = !kept.recent.is_empty();
                let forget = ui.add_enabled(has_some, egui::Button::new("Forget all"));
                if told(forget, "Empty this list, and delete its file").clicked() {
                    ctx.request(Request::ForgetRecent);
                }
            });
        });
    if !open {
        ctx.edit(Edit::ShowRecent(false));
    }
}

fn row_ui(ctx: &Context<'_>, ui: &mut egui::Ui, at: usize, recent: &Recent) {
    // Two may be of one kind, size and minute.
    let line = format!("{}. {}", at + 1, recent.line());
    if told(ui.button(line), "Open it again").clicked() {
        ctx.request(Request::OpenRecent(at));
    }
    if ctx.desk.kept.shows_paths {
        for path in &recent.paths {
            ui.add(egui::Label::new(path.display().to_string()).wrap());
        }
    }
}
