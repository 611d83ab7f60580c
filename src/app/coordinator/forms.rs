//! Asking for a path: typed, or picked where the desktop offers a file dialog.

use super::command::{CoordinatorCommands, CoordinatorEdit, CoordinatorRequest, Purpose};
use crate::app::shell::{
    Filters, PickKind, Picker, closes, error_ui, labelled, modal, path_text, told, typed_paths,
};
use crate::study::RaterProgress;
use eframe::egui::{self, Key, TextEdit};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const WIDTH: f32 = 560.0;

/// Title, name of the field, what follows from filling it in, name of the button.
fn words(purpose: &Purpose) -> [&'static str; 4] {
    match purpose {
        Purpose::TakeIn => [
            "Take in packages",
            "Paths of packages, one a line",
            "What raters did in their packages comes into the study. A package may come more than \
             once; one that is refused changes nothing.",
            "Take in",
        ],
        Purpose::Package => [
            "Write a package",
            "Path of the new file",
            "A rater's part of the study: the worklist, its pictures, and what the rater has done \
             so far. Nothing of other raters.",
            "Write",
        ],
        Purpose::Release => [
            "Release an installment",
            "Path of the slip",
            "The key of a sealed installment, for a rater whose installment before it was taken in \
             and signed. Its washout counts from when it was taken in, by this computer's clock.",
            "Release",
        ],
        Purpose::Export => [
            "Export grades and events",
            "Folder to export to",
            "Grades, events and instructions as tables for other programs. Patients and arms stand \
             in them only once the key was opened here.",
            "Export",
        ],
        Purpose::Report => [
            "Save the report",
            "Folder of the report",
            "The page report.html, with every table and figure and all numbers beside it.",
            "Save",
        ],
        Purpose::Figure(_) => [
            "Save the figure",
            "Path of the figure",
            "As in the report: vectors for a path that ends in .svg, pixels for .png.",
            "Save",
        ],
        Purpose::Key => ["The key of the study", "Path of the key", "", "Save"],
    }
}

/// What the button does, and its key.
fn go_words(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::TakeIn => "Take in every package that is named",
        Purpose::Package => "Write the file (Enter)",
        Purpose::Release => "Write the slip (Enter)",
        Purpose::Export => "Write the tables (Enter)",
        Purpose::Report | Purpose::Figure(_) | Purpose::Key => "Write it (Enter)",
    }
}

/// Several lines, however many, in the room of a few.
fn paths_ui(ui: &mut egui::Ui, typed: &mut String) -> egui::Response {
    const HIGHEST: f32 = 130.0;
    let scrolled = egui::ScrollArea::vertical()
        .id_salt("paths")
        .max_height(HIGHEST)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            let field = TextEdit::multiline(typed).desired_rows(4);
            ui.add(field.desired_width(f32::INFINITY))
        });
    scrolled.inner
}

/// A path to begin with, beside the study.
fn suggestion(purpose: &Purpose, study: &Path, rater: &str, installment: u32) -> String {
    let rater = rater.replace(['/', '\\'], "_");
    let name = match purpose {
        Purpose::TakeIn => return String::new(),
        Purpose::Package => format!("{rater}.cisterna"),
        Purpose::Release => format!("{rater}-{installment}.slip"),
        Purpose::Export => "export".to_owned(),
        Purpose::Report => "report".to_owned(),
        Purpose::Figure(name) => format!("{name}.svg"),
        Purpose::Key => "key.age".to_owned(),
    };
    path_text(&study.with_file_name(name))
}

/// The desktop's dialog for a purpose.
pub(super) fn picker(purpose: &Purpose) -> Picker {
    let (kind, filters): (_, Filters) = match purpose {
        Purpose::TakeIn => (PickKind::Files, &[]),
        Purpose::Key => (PickKind::File, &[("Keys", &["age"]), ("All files", &["*"])]),
        Purpose::Package | Purpose::Release => (PickKind::NewFile(None), &[]),
        Purpose::Figure(name) => (
            PickKind::NewFile(Some(format!("{name}.svg"))),
            &[("Figures", &["svg", "png"])],
        ),
        Purpose::Export | Purpose::Report => (PickKind::Folder, &[]),
    };
    Picker {
        title: words(purpose)[0],
        kind,
        filters,
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
        let suggestion = suggestion(&purpose, &self.study, &self.rater, self.installment);
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
        let lines: Vec<String> = paths.iter().map(|path| path_text(path)).collect();
        self.typed.insert(purpose, lines.join("\n"));
    }

    /// Paths from the file dialog or from files dropped on the window.
    pub(super) fn take_picked(&mut self, purpose: Purpose, paths: &[PathBuf]) {
        let before = match purpose {
            Purpose::TakeIn => typed_paths(self.typed.get(&purpose).map_or("", String::as_str)),
            _ => Vec::new(),
        };
        let all: Vec<PathBuf> = before.into_iter().chain(paths.iter().cloned()).collect();
        self.keep(purpose, &all);
    }

    /// The paths as they are typed now.
    pub(super) fn paths(&self, purpose: &Purpose) -> Vec<PathBuf> {
        typed_paths(self.typed.get(purpose).map_or("", String::as_str))
    }

    /// The form that is open. `busy` says what the study's file is used for.
    pub(super) fn ui(
        &mut self,
        commands: &CoordinatorCommands,
        ctx: &egui::Context,
        raters: &[RaterProgress],
        busy: Option<&str>,
    ) {
        let Some(purpose) = self.open.clone() else {
            return;
        };
        let [title, name, text, button] = words(&purpose);
        modal(ctx, "form").show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.heading(title);
            ui.label(text);
            ui.add_space(8.0);
            if matches!(purpose, Purpose::Package | Purpose::Release) {
                self.rater_ui(ui, &purpose, raters);
            }
            let entered = self.field_ui(ui, &purpose, name);
            if let Some(error) = &self.error {
                error_ui(ui, error);
            }
            ui.add_space(8.0);
            let is_ready = !self.paths(&purpose).is_empty() && busy.is_none();
            ui.horizontal_wrapped(|ui| {
                let go = ui.add_enabled(is_ready, egui::Button::new(button));
                let go = told(go, go_words(&purpose));
                if is_ready && (go.clicked() || entered) {
                    self.error = None;
                    commands.request(CoordinatorRequest::Submit(purpose.clone()));
                }
                let browse = ui.button("Browse…");
                if told(browse, "Choose in the desktop's file dialog").clicked() {
                    commands.request(CoordinatorRequest::Pick(purpose.clone()));
                }
                let cancel = ui.button("Cancel");
                if told(cancel, "Close this; what is typed stays (Esc)").clicked() {
                    commands.edit(CoordinatorEdit::Close);
                }
                if let Some(busy) = busy {
                    ui.weak(busy);
                } else if purpose == Purpose::TakeIn {
                    ui.weak("or drop files on the window");
                }
            });
        });
        self.takes_focus = false;
        if closes(ctx) {
            commands.edit(CoordinatorEdit::Close);
        }
    }

    /// Whose package or slip; the path follows, unless it was changed by hand.
    fn rater_ui(&mut self, ui: &mut egui::Ui, purpose: &Purpose, raters: &[RaterProgress]) {
        let suggest = |of: &Self| suggestion(purpose, &of.study, &of.rater, of.installment);
        let before = suggest(self);
        ui.horizontal_wrapped(|ui| {
            ui.label("Rater");
            for of in raters {
                let choice = ui.radio(self.rater == of.rater, &of.rater);
                if told(choice, "Whose it is").clicked() {
                    self.rater.clone_from(&of.rater);
                }
            }
        });
        if *purpose == Purpose::Release {
            let n = raters.iter().map(|of| of.installments.len()).max();
            ui.horizontal_wrapped(|ui| {
                ui.label("Installment");
                for number in 2..=n.unwrap_or(0) as u32 {
                    let own = &mut self.installment;
                    let choice = ui.radio_value(own, number, number.to_string());
                    told(choice, "Which installment the slip opens");
                }
            });
            let early = TextEdit::singleline(&mut self.early).desired_width(f32::INFINITY);
            let name = "Why before its washout has passed, where it has not";
            told(labelled(ui, name, early), "Stored with the study");
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
        let many = *purpose == Purpose::TakeIn;
        let label = ui.label(name);
        let field = match many {
            true => paths_ui(ui, typed),
            false => ui.add(TextEdit::singleline(typed).desired_width(f32::INFINITY)),
        };
        let what = match many {
            true => "Typed, pasted, chosen, or dropped on the window",
            false => "Typed, pasted or chosen (Enter goes on)",
        };
        let field = told(field.labelled_by(label.id), what);
        if self.takes_focus {
            field.request_focus();
        }
        !many && field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    }
}
