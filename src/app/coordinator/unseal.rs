//! Opening the key: the one step of a study that cannot be taken back.

use super::command::{CoordinatorCommands, CoordinatorEdit, CoordinatorRequest, Purpose};
use super::keeper::KeyOpeningForm;
use super::overview::Overview;
use super::words::when;
use crate::app::shell::{
    closes, error_ui, labelled, modal, notice_frame, path_text, theme, told, typed_path,
};
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
            key: path_text(&study.with_file_name("key.age")),
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
            self.key = path_text(path);
        }
    }

    /// What is needed, as it is typed now.
    pub(super) fn key_opening(&self) -> KeyOpeningForm {
        KeyOpeningForm {
            key: typed_path(&self.key),
            passphrase: self.passphrase.clone(),
            reason: self.reason.clone(),
        }
    }

    pub(super) fn ui(
        &mut self,
        commands: &CoordinatorCommands,
        ctx: &egui::Context,
        overview: &Overview,
        busy: Option<&str>,
    ) {
        if !self.is_open {
            return;
        }
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
            let entered = self.fields_ui(ui, &unsigned, commands);
            if let Some(error) = &self.error {
                error_ui(ui, error);
            }
            ui.add_space(8.0);
            let lacks = self.lacks(&unsigned);
            let is_ready = lacks.is_none() && busy.is_none();
            let name = match overview.unsealed_at {
                Some(_) => "Open",
                None => "Unseal for good",
            };
            ui.horizontal_wrapped(|ui| {
                let go = ui.add_enabled(is_ready, egui::Button::new(name));
                let go = told(
                    go,
                    match overview.unsealed_at {
                        Some(_) => "Open the key (Enter)",
                        None => "Open the key and end the grading; this cannot be taken back",
                    },
                );
                // What cannot be taken back is not done by Enter in a field.
                let entered = entered && overview.unsealed_at.is_some();
                if is_ready && (go.clicked() || entered) {
                    self.error = None;
                    commands.request(CoordinatorRequest::Unseal);
                }
                let cancel = ui.button("Cancel");
                if told(cancel, "Close this and change nothing (Esc)").clicked() {
                    commands.edit(CoordinatorEdit::Close);
                }
                if let Some(words) = busy.or(lacks) {
                    ui.weak(words);
                }
            });
        });
        self.takes_focus = false;
        if closes(ctx) {
            commands.edit(CoordinatorEdit::Close);
        }
    }

    /// Answers whether Enter was pressed in the passphrase.
    fn fields_ui(
        &mut self,
        ui: &mut egui::Ui,
        unsigned: &[String],
        commands: &CoordinatorCommands,
    ) -> bool {
        let label = ui.label("Path of the key");
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.key).desired_width(WIDTH - 100.0);
            let field = ui.add(field).labelled_by(label.id);
            told(field, "The sealed file key.age");
            let browse = ui.button("Browse…");
            if told(browse, "Choose in the desktop's file dialog").clicked() {
                commands.request(CoordinatorRequest::Pick(Purpose::Key));
            }
        });
        let field = TextEdit::singleline(&mut self.passphrase).password(true);
        let field = field.desired_width(f32::INFINITY);
        let field = labelled(ui, "Passphrase of the key", field);
        let field = told(field, "The one that the study was made with");
        if self.takes_focus {
            field.request_focus();
        }
        if !unsigned.is_empty() {
            ui.add_space(8.0);
            let colour = theme::warning(ui.visuals());
            let text = egui::RichText::new(format!("Not signed: {}", unsigned.join("; ")));
            egui::ScrollArea::vertical()
                .id_salt("unsigned")
                .max_height(70.0)
                .auto_shrink([false, true])
                .show(ui, |ui| ui.add(egui::Label::new(text.color(colour)).wrap()));
            let why = TextEdit::singleline(&mut self.reason).desired_width(f32::INFINITY);
            let why = labelled(ui, "Why it is unsealed all the same", why);
            told(why, "Stored with the study");
        }
        field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    }

    /// What is missing, in words.
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
    notice_frame(ui, 8.0, |ui| {
        ui.strong("This cannot be taken back.");
        ui.label(
            "From then on it is known which case is whose, and no grade or correction is taken any \
             more, nor what is new in a package. The study records it.",
        );
    });
}
