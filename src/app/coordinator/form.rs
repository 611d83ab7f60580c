//! Asking for a path: typed, or picked where the desktop offers a file dialog.

use super::super::path_panel::cleaned;
use super::super::theme;
use super::{Command, closes, modal};
use crate::study::RaterProgress;
use eframe::egui::{self, Key, TextEdit};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const WIDTH: f32 = 560.0;

/// What a path is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    /// Packages to take in.
    TakeIn,
    /// A new file for a rater.
    Package,
    /// A new file with the slip that opens a rater's next installment.
    Release,
    /// A folder for everything.
    Export,
    /// A folder for the report.
    Report,
    /// A new file for a figure of the report, by its name there.
    Figure(String),
    /// The key; its field stands among those for unsealing.
    Key,
}

impl Purpose {
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::TakeIn => "Take in packages",
            Self::Package => "Write a package",
            Self::Release => "Release an installment",
            Self::Export => "Export grades and events",
            Self::Report => "Save the report",
            Self::Figure(_) => "Save the figure",
            Self::Key => "The key of the study",
        }
    }

    /// Name of the field, and what follows from filling it in.
    fn words(&self) -> [&'static str; 2] {
        match self {
            Self::TakeIn => [
                "Paths of packages, one a line",
                "What raters did in their packages comes into the study. A package may come more \
                 than once; one that is refused changes nothing.",
            ],
            Self::Package => [
                "Path of the new file",
                "A rater's part of the study: the worklist, its pictures, and what the rater has \
                 done so far. Nothing of other raters.",
            ],
            Self::Release => [
                "Path of the slip",
                "The key of a sealed installment, for a rater whose installment before it was \
                 taken in and signed. Its washout counts from when it was taken in, by this \
                 computer's clock.",
            ],
            Self::Export => [
                "Folder to export to",
                "Grades, events and instructions as tables for other programs. Patients and arms \
                 stand in them only once the key was opened here.",
            ],
            Self::Report => [
                "Folder of the report",
                "The page report.html, with every table and figure and all numbers beside it.",
            ],
            Self::Figure(_) => [
                "Path of the figure",
                "As in the report: vectors for a path that ends in .svg, pixels for .png.",
            ],
            Self::Key => ["Path of the key", ""],
        }
    }

    fn button(&self) -> &'static str {
        match self {
            Self::TakeIn => "Take in",
            Self::Package => "Write",
            Self::Release => "Release",
            Self::Export => "Export",
            Self::Report | Self::Figure(_) | Self::Key => "Save",
        }
    }

    /// A path to begin with, beside the study.
    fn suggestion(&self, study: &Path, rater: &str, installment: u32) -> String {
        let rater = rater.replace(['/', '\\'], "_");
        let name = match self {
            Self::TakeIn => return String::new(),
            Self::Package => format!("{rater}.cisterna"),
            Self::Release => format!("{rater}-{installment}.slip"),
            Self::Export => "export".to_owned(),
            Self::Report => "report".to_owned(),
            Self::Figure(name) => format!("{name}.svg"),
            Self::Key => "key.age".to_owned(),
        };
        study.with_file_name(name).display().to_string()
    }
}

/// What is typed for each purpose. It stays until it was used.
pub(super) struct Forms {
    study: PathBuf,
    open: Option<Purpose>,
    typed: BTreeMap<Purpose, String>,
    /// Whose package or slip.
    pub(super) rater: String,
    /// Which installment is released.
    pub(super) installment: u32,
    /// Why before its washout has passed.
    pub(super) early: String,
    error: Option<String>,
    takes_focus: bool,
}

impl Forms {
    pub(super) fn new(study: &Path) -> Self {
        Self {
            study: study.to_path_buf(),
            open: None,
            typed: BTreeMap::new(),
            rater: String::new(),
            installment: 2,
            early: String::new(),
            error: None,
            takes_focus: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Shows the form for a purpose, with what was typed before or a path to begin with.
    pub(super) fn open(&mut self, purpose: Purpose) {
        let suggestion = purpose.suggestion(&self.study, &self.rater, self.installment);
        let typed = self.typed.entry(purpose.clone()).or_default();
        if typed.trim().is_empty() {
            *typed = suggestion;
        }
        self.open = Some(purpose);
        self.error = None;
        self.takes_focus = true;
    }

    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// What was typed was used.
    pub(super) fn done(&mut self) {
        if let Some(purpose) = self.open.take() {
            self.typed.remove(&purpose);
        }
        self.error = None;
    }

    /// It was not, and why.
    pub(super) fn fail(&mut self, error: String) {
        self.error = Some(error);
        self.takes_focus = true;
    }

    /// Of several paths these are left.
    pub(super) fn keep(&mut self, purpose: Purpose, paths: &[PathBuf]) {
        let lines: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        self.typed.insert(purpose, lines.join("\n"));
    }

    /// Paths from the file dialog or from files dropped on the window.
    pub(super) fn take_picked(&mut self, purpose: Purpose, paths: &[PathBuf]) {
        let before = match purpose {
            Purpose::TakeIn => paths_in(self.typed.get(&purpose).map_or("", String::as_str)),
            _ => Vec::new(),
        };
        let all: Vec<PathBuf> = before.into_iter().chain(paths.iter().cloned()).collect();
        self.keep(purpose, &all);
    }

    /// The paths as they are typed now.
    pub(super) fn paths(&self, purpose: &Purpose) -> Vec<PathBuf> {
        paths_in(self.typed.get(purpose).map_or("", String::as_str))
    }

    /// The form that is open. `busy` says what the study's file is used for.
    pub(super) fn ui(
        &mut self,
        ctx: &egui::Context,
        raters: &[&RaterProgress],
        busy: Option<&str>,
    ) -> Option<Command> {
        let purpose = self.open.clone()?;
        let mut command = None;
        modal(ctx, "form").show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(purpose.title());
            let [name, words] = purpose.words();
            ui.label(words);
            ui.add_space(8.0);
            if matches!(purpose, Purpose::Package | Purpose::Release) {
                self.rater_ui(ui, &purpose, raters);
            }
            let entered = self.field_ui(ui, &purpose, name);
            if let Some(error) = &self.error {
                ui.colored_label(theme::error(ui.visuals()), error);
            }
            ui.add_space(8.0);
            let is_ready = !self.paths(&purpose).is_empty() && busy.is_none();
            ui.horizontal(|ui| {
                let go = ui.add_enabled(is_ready, egui::Button::new(purpose.button()));
                if is_ready && (go.clicked() || entered) {
                    self.error = None;
                    command = Some(Command::Submit(purpose.clone()));
                }
                if ui.button("Browse…").clicked() {
                    command = Some(Command::Pick(purpose.clone()));
                }
                if ui.button("Cancel").clicked() {
                    command = Some(Command::Close);
                }
                if let Some(busy) = busy {
                    ui.weak(busy);
                } else if purpose == Purpose::TakeIn {
                    ui.weak("or drop files on the window");
                }
            });
        });
        self.takes_focus = false;
        command.or(closes(ctx).then_some(Command::Close))
    }

    /// Whose package or slip; the path follows, unless it was changed by hand.
    fn rater_ui(&mut self, ui: &mut egui::Ui, purpose: &Purpose, raters: &[&RaterProgress]) {
        let suggest = |of: &Self| purpose.suggestion(&of.study, &of.rater, of.installment);
        let before = suggest(self);
        ui.horizontal_wrapped(|ui| {
            ui.label("Rater");
            for of in raters {
                if ui.radio(self.rater == of.rater, &of.rater).clicked() {
                    self.rater.clone_from(&of.rater);
                }
            }
        });
        if *purpose == Purpose::Release {
            let n = raters.iter().map(|of| of.installments.len()).max();
            ui.horizontal_wrapped(|ui| {
                ui.label("Installment");
                for number in 2..=n.unwrap_or(0) as u32 {
                    ui.radio_value(&mut self.installment, number, number.to_string());
                }
            });
            let label = ui.label("Why before its washout has passed, where it has not");
            let early = TextEdit::singleline(&mut self.early).desired_width(f32::INFINITY);
            ui.add(early).labelled_by(label.id);
        }
        let after = suggest(self);
        let typed = self.typed.entry(purpose.clone()).or_default();
        if *typed == before {
            *typed = after;
        }
    }

    /// Answers whether Enter was pressed.
    fn field_ui(&mut self, ui: &mut egui::Ui, purpose: &Purpose, name: &str) -> bool {
        let typed = self.typed.entry(purpose.clone()).or_default();
        let label = ui.label(name);
        let many = *purpose == Purpose::TakeIn;
        let field = match many {
            true => TextEdit::multiline(typed).desired_rows(4),
            false => TextEdit::singleline(typed),
        };
        let field = ui.add(field.desired_width(f32::INFINITY));
        let field = field.labelled_by(label.id);
        if self.takes_focus {
            field.request_focus();
        }
        !many && field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    }
}

/// One a line.
fn paths_in(typed: &str) -> Vec<PathBuf> {
    let filled = typed.lines().filter(|line| !line.trim().is_empty());
    filled.map(cleaned).collect()
}
