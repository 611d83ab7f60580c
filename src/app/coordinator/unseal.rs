//! Opening the key: the one step of a study that cannot be taken back.

use super::super::path_panel::cleaned;
use super::super::theme;
use super::form::Purpose;
use super::keeper::{Overview, Unsealing};
use super::words::when;
use super::{Command, closes, modal};
use eframe::egui::{self, Key, TextEdit};
use std::path::{Path, PathBuf};

const WIDTH: f32 = 560.0;

/// What is typed to open the key.
pub(super) struct UnsealForm {
    pub(super) is_open: bool,
    key: String,
    passphrase: String,
    reason: String,
    error: Option<String>,
    takes_focus: bool,
}

impl UnsealForm {
    pub(super) fn new(study: &Path) -> Self {
        Self {
            is_open: false,
            key: study.with_file_name("key.age").display().to_string(),
            passphrase: String::new(),
            reason: String::new(),
            error: None,
            takes_focus: false,
        }
    }

    pub(super) fn open(&mut self) {
        self.is_open = true;
        self.takes_focus = true;
        self.error = None;
    }

    /// The passphrase is not kept for a window that is closed; the rest is.
    pub(super) fn close(&mut self) {
        self.is_open = false;
        self.passphrase.clear();
        self.error = None;
    }

    /// The key is not open, and why.
    pub(super) fn fail(&mut self, error: String) {
        self.error = Some(error);
        self.takes_focus = true;
    }

    pub(super) fn take_picked(&mut self, paths: &[PathBuf]) {
        if let [path, ..] = paths {
            self.key = path.display().to_string();
        }
    }

    /// What is needed, as it is typed now.
    pub(super) fn unsealing(&self) -> Unsealing {
        Unsealing {
            key: cleaned(&self.key),
            passphrase: self.passphrase.clone(),
            reason: self.reason.clone(),
        }
    }

    pub(super) fn ui(
        &mut self,
        ctx: &egui::Context,
        overview: &Overview,
        busy: Option<&str>,
    ) -> Option<Command> {
        if !self.is_open {
            return None;
        }
        let mut command = None;
        modal(ctx, "unseal").show(ctx, |ui| {
            ui.set_width(WIDTH);
            let unsigned = match overview.unsealed_at {
                Some(at) => {
                    ui.heading("Open the key");
                    ui.label(format!(
                        "This study was unsealed on {}. With the key, its statistics by arm are \
                         shown here.",
                        when(at)
                    ));
                    Vec::new()
                }
                None => {
                    ui.heading("Unseal the study");
                    warning_ui(ui);
                    overview.unsigned()
                }
            };
            ui.add_space(8.0);
            let entered = self.fields_ui(ui, &unsigned, &mut command);
            if let Some(error) = &self.error {
                ui.colored_label(theme::error(ui.visuals()), error);
            }
            ui.add_space(8.0);
            let lacks = self.lacks(&unsigned);
            let is_ready = lacks.is_none() && busy.is_none();
            let name = match overview.unsealed_at {
                Some(_) => "Open",
                None => "Unseal for good",
            };
            ui.horizontal(|ui| {
                let go = ui.add_enabled(is_ready, egui::Button::new(name));
                // What cannot be taken back is not done by Enter in a field.
                let entered = entered && overview.unsealed_at.is_some();
                if is_ready && (go.clicked() || entered) {
                    self.error = None;
                    command = Some(Command::Unseal);
                }
                if ui.button("Cancel").clicked() {
                    command = Some(Command::Close);
                }
                if let Some(words) = busy.or(lacks) {
                    ui.weak(words);
                }
            });
        });
        self.takes_focus = false;
        command.or(closes(ctx).then_some(Command::Close))
    }

    /// Answers whether Enter was pressed in the passphrase.
    fn fields_ui(
        &mut self,
        ui: &mut egui::Ui,
        unsigned: &[String],
        command: &mut Option<Command>,
    ) -> bool {
        let label = ui.label("Path of the key");
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.key).desired_width(WIDTH - 100.0);
            ui.add(field).labelled_by(label.id);
            if ui.button("Browse…").clicked() {
                *command = Some(Command::Pick(Purpose::Key));
            }
        });
        let label = ui.label("Passphrase of the key");
        let field = TextEdit::singleline(&mut self.passphrase).password(true);
        let field = ui.add(field.desired_width(f32::INFINITY));
        let field = field.labelled_by(label.id);
        if self.takes_focus {
            field.request_focus();
        }
        if !unsigned.is_empty() {
            ui.add_space(8.0);
            let colour = theme::warning(ui.visuals());
            ui.colored_label(colour, format!("Not signed: {}", unsigned.join("; ")));
            let label = ui.label("Why it is unsealed all the same");
            let field = TextEdit::singleline(&mut self.reason).desired_width(f32::INFINITY);
            ui.add(field).labelled_by(label.id);
        }
        field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    }

    /// What is still to be said.
    fn lacks(&self, unsigned: &[String]) -> Option<&'static str> {
        if self.key.trim().is_empty() {
            return Some("Say where the key is");
        }
        if self.passphrase.is_empty() {
            return Some("Give the passphrase");
        }
        let lacks_reason = !unsigned.is_empty() && self.reason.trim().is_empty();
        lacks_reason.then_some("Say why it is unsealed before all is signed")
    }
}

fn warning_ui(ui: &mut egui::Ui) {
    egui::Frame::new()
        .fill(theme::banner(ui.visuals()))
        .inner_margin(8.0)
        .corner_radius(4.0)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.strong("This cannot be taken back.");
            ui.label(
                "From then on it is known which case is whose, and no grade or correction is \
                 taken any more, nor what is new in a package. The study records it.",
            );
        });
}
