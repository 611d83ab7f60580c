//! The coordinator's window of a study: how far raters are, packages, the key, and what the grades
//! say.
//!
//! Two threads do what takes time: the ledger's, which waits for the disk, and the statistics',
//! which resamples. The window shows what they replied last and asks for more. While a study is
//! sealed it has nothing but case codes, so nothing on screen can name an arm or a patient.

mod analyst;
mod command;
mod desk;
mod forms;
mod keeper;
mod numbers;
mod overview;
mod reply;
mod results;
mod scene;
mod study_page;
mod table;
mod unseal;
mod words;

pub use command::{CoordinatorEdit, CoordinatorRequest, Page, Purpose};

use super::settings::Settings;
use super::shell::{
    Command, Commands, Manual, dropped_files, is_typing, notice_frame, run_window, theme, told,
};
use crate::ledger::{Ledger, LedgerError};
use command::CoordinatorCommands;
use desk::StudyDesk;
use eframe::egui::{self, Key, Modifiers};
use reply::Note;
use std::path::Path;
use study_page::StudyPage;

/// Opens the coordinator's window of a study and stays until it is closed.
///
/// # Errors
/// When the study cannot be opened, and when there is no display.
pub fn coordinate(study: &Path) -> anyhow::Result<()> {
    let ledger = match Ledger::open(study) {
        // On such a medium one can still look.
        Err(LedgerError::ReadOnly(_)) => Ledger::open_read_only(study)?,
        other => other?,
    };
    run_window("Cisterna - study", move |cc| {
        let app = CoordinatorApp::new(&cc.egui_ctx, ledger)?;
        Settings::of_user().set_up(&cc.egui_ctx);
        Ok(app)
    })
}

/// The coordinator's window.
pub struct CoordinatorApp {
    desk: StudyDesk,
    manual: Manual,
}

impl CoordinatorApp {
    /// Takes an open study; what is in it comes at once from the ledger's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(ctx: &egui::Context, ledger: Ledger) -> anyhow::Result<Self> {
        theme::set_up(ctx);
        let desk = StudyDesk::new(ctx, ledger)?;
        let manual = Manual::new(ctx);
        Ok(Self { desk, manual })
    }

    /// Whether something is being stored, written or computed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let desk = &self.desk;
        desk.busy.is_some() || desk.numbers.is_computing() || desk.overview.is_none()
    }
}

impl eframe::App for CoordinatorApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.desk.take_replies();
        let dropped = dropped_files(ctx);
        if !dropped.is_empty() && !self.desk.unseal.is_open {
            self.desk.forms.take_picked(Purpose::TakeIn, &dropped);
            self.desk.forms.open(Purpose::TakeIn);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.manual.look_for_key(ui.ctx());
        self.manual.ui(ui.ctx());
        let commands = Commands::default();
        keys(&self.desk, &commands, ui);
        egui::Panel::top("head").show(ui, |ui| head_ui(&self.desk, &commands, ui));
        egui::Panel::bottom("foot").show(ui, |ui| foot_ui(&self.desk, ui));
        page_ui(&mut self.desk, &commands, ui);
        for command in commands.into_vec() {
            match command {
                Command::Edit(edit) => self.desk.edit(edit),
                Command::Request(request) => self.desk.request(request),
            }
            ui.ctx().request_repaint();
        }
    }
}

/// The page, and the form that lies over it.
fn page_ui(desk: &mut StudyDesk, commands: &CoordinatorCommands, ui: &mut egui::Ui) {
    let Some(overview) = desk.overview.as_deref() else {
        egui::CentralPanel::default().show(ui, |ui| ui.weak("Opening the study"));
        return;
    };
    match desk.page {
        Page::Study => StudyPage {
            overview,
            notes: &desk.notes,
            is_busy: desk.busy.is_some(),
            has_key: desk.numbers.are_by_arm(),
            passphrase: &mut desk.passphrase,
        }
        .ui(commands, ui),
        Page::Statistics => {
            if let Some(edit) = desk.numbers.ui(ui, overview) {
                commands.edit(edit);
            }
        }
    }
    desk.forms
        .ui(commands, ui.ctx(), &overview.raters, desk.busy);
    desk.unseal.ui(commands, ui.ctx(), overview, desk.busy);
}

fn keys(desk: &StudyDesk, commands: &CoordinatorCommands, ui: &egui::Ui) {
    // Keys go to a form while one is open, and to a field while it is being filled in.
    if desk.forms.is_open() || desk.unseal.is_open || is_typing(ui.ctx()) {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::Num1) {
        commands.edit(CoordinatorEdit::Show(Page::Study));
    }
    if pressed(Key::Num2) {
        commands.edit(CoordinatorEdit::Show(Page::Statistics));
    }
    if pressed(Key::T) {
        theme::set_dark(ui.ctx(), !theme::is_dark(ui.ctx()));
    }
}

fn head_ui(desk: &StudyDesk, commands: &CoordinatorCommands, ui: &mut egui::Ui) {
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        for (page, name, what) in [
            (
                Page::Study,
                "Study (1)",
                "How far the study is, and its files (1)",
            ),
            (
                Page::Statistics,
                "Statistics (2)",
                "What the grades say (2)",
            ),
        ] {
            let button = ui.selectable_label(desk.page == page, name);
            if told(button, what).clicked() {
                commands.edit(CoordinatorEdit::Show(page));
            }
        }
        let is_dark = theme::is_dark(ui.ctx());
        let button = ui.button(if is_dark { "Light (T)" } else { "Dark (T)" });
        if told(button, "Dark letters on light, or light ones on dark (T)").clicked() {
            theme::set_dark(ui.ctx(), !is_dark);
        }
        if let Some(overview) = &desk.overview {
            ui.separator();
            ui.label(match overview.unsealed_at {
                None => "Sealed",
                Some(_) => "Unsealed",
            });
        }
        let is_computing = desk.numbers.is_computing();
        let computing = is_computing.then_some("Computing statistics");
        for doing in desk.busy.into_iter().chain(computing) {
            ui.separator();
            ui.weak(doing);
        }
    });
    ui.add_space(2.0);
    if desk.numbers.raters_are_programs() {
        notice_frame(ui, 6.0, |ui| {
            ui.strong(
                "The raters of this study are programs. Its numbers say nothing about readers.",
            );
        });
        ui.add_space(2.0);
    }
}

/// What went wrong, or what was done last.
fn foot_ui(desk: &StudyDesk, ui: &mut egui::Ui) {
    let visuals = ui.visuals();
    let (words, colour) = match (&desk.trouble, desk.notes.first()) {
        (Some(trouble), _) => (trouble.as_str(), theme::error(visuals)),
        (None, None) => ("", visuals.text_color()),
        (None, Some(Note::Said(words))) => (words.as_str(), visuals.text_color()),
        (None, Some(Note::Refused(words))) => (words.as_str(), theme::error(visuals)),
        (None, Some(Note::Verified(_))) => ("The file is in order", theme::stored(visuals)),
    };
    let words = egui::RichText::new(words).color(colour);
    ui.add(egui::Label::new(words).truncate());
}
