//! Opening and saving by path: works where no desktop offers a file dialog, and by keyboard alone.

use super::prediction::Shown;
use super::{Command, Ctx, theme};
use eframe::egui;
use std::path::PathBuf;
use std::sync::Arc;

/// What a path is asked for.
#[derive(Clone, Debug)]
pub enum PathPanel {
    /// A scan to open.
    Open,
    /// A folder for a prediction: this one, whatever comes or goes while the path is typed.
    SavePrediction(Arc<Shown>),
}

impl PathPanel {
    /// What is to be done with the paths.
    pub(super) fn commands(self, paths: Vec<PathBuf>) -> Vec<Command> {
        let todo = match self {
            Self::Open => Some(Command::Open(paths)),
            Self::SavePrediction(shown) => {
                let folder = paths.into_iter().next();
                folder.map(|folder| Command::SavePrediction { shown, folder })
            }
        };
        todo.into_iter().chain([Command::PathPanel(None)]).collect()
    }

    /// Title, name of the field, example, name of the button.
    fn words(&self) -> [&'static str; 4] {
        match self {
            Self::Open => [
                "Open scans",
                "Path of a scan",
                "/folder/scan.nii.gz",
                "Open",
            ],
            Self::SavePrediction(_) => [
                "Save the prediction",
                "Folder to save in",
                "/folder/prediction",
                "Save",
            ],
        }
    }
}

pub(super) fn ui(ctx: &Ctx<'_>, ui: &egui::Ui) {
    let Some(purpose) = &ctx.desk.path_panel else {
        return;
    };
    let [title, name, example, button] = purpose.words();
    let mut open = true;
    egui::Window::new(title)
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, 60.0))
        .show(ui.ctx(), |ui| {
            let mut typed = ctx.desk.typed_path.clone();
            let label = ui.label(name);
            let field = ui
                .add(
                    egui::TextEdit::singleline(&mut typed)
                        .desired_width(460.0)
                        .hint_text(example),
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
                let clicked = ui.add_enabled(ready, egui::Button::new(button)).clicked();
                if ready && (clicked || entered) {
                    for command in purpose.clone().commands(vec![path]) {
                        ctx.push(command);
                    }
                }
                if ui.button("Browse…").clicked() {
                    ctx.push(Command::Pick(purpose.clone()));
                }
                if matches!(purpose, PathPanel::Open) {
                    ui.weak("or drop files on the window");
                }
            });
            if !ctx.desk.picker_note.is_empty() {
                ui.colored_label(theme::warning(ui.visuals()), &ctx.desk.picker_note);
            }
        });
    if !open {
        ctx.push(Command::PathPanel(None));
    }
}

/// A path as people paste it: with quotes or as a file URL.
pub(super) fn cleaned(typed: &str) -> PathBuf {
    let text = typed.trim().trim_matches(['"', '\'']);
    PathBuf::from(text.strip_prefix("file://").unwrap_or(text))
}
