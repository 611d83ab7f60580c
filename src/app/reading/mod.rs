//! The reading window: a case code, two pictures, a grade.
//!
//! It is given codes and pixels and cannot name an arm, a patient or a file. The ledger lives on
//! a thread of its own, as storing a grade waits for the disk; the next case shows only once the
//! disk has the grade.

mod between;
mod command;
mod display;
mod keeper;
mod own_grades;
mod panels;
mod pattern;
mod pictures;
mod session;
mod sign_form;
mod start;
mod verdict;

pub use command::{ReadingEdit, ReadingRequest};

use super::settings::Settings;
use super::shell::{Command, Commands, Manual, dropped_files, run_window, theme};
use crate::ledger::Ledger;
use crate::study::key_folder;
use anyhow::{Context, bail};
use eframe::egui;
use session::{ReadingSession, Stage};
use std::path::{Path, PathBuf};

/// Opens the reading window for one rater and stays until it is closed.
///
/// # Errors
/// When the study cannot be opened or has no such rater, and when there is no display.
pub fn read(study: &Path, rater: &str) -> anyhow::Result<()> {
    let ledger = Ledger::open(study)?;
    let raters = ledger.raters()?;
    if !raters.iter().any(|known| known == rater) {
        bail!(
            "{rater:?} is no rater of this study, which has {}: {}",
            raters.join(", "),
            study.display()
        );
    }
    let rater = rater.to_owned();
    // No title of the study, no name, no file: the task bar is seen by others.
    let keys = key_folder().context("this system has no folder for a user's keys")?;
    run_window("Cisterna - reading", move |cc| {
        let app = ReadingApp::new(&cc.egui_ctx, ledger, &rater, keys)?;
        // As large as the rater needs it; the colours are those of the study's other raters.
        Settings::of_user().set_text_scale(&cc.egui_ctx);
        Ok(app)
    })
}

/// The reading window of one rater.
pub struct ReadingApp {
    session: ReadingSession,
    manual: Manual,
}

impl ReadingApp {
    /// Takes an open study; the first case comes at once from the ledger's thread. The key that the
    /// rater signs with is looked for, and put, in `key_folder`.
    ///
    /// # Errors
    /// When the study has no scale or no such rater.
    pub fn new(
        ctx: &egui::Context,
        ledger: Ledger,
        rater: &str,
        key_folder: PathBuf,
    ) -> anyhow::Result<Self> {
        theme::set_up(ctx);
        let session = ReadingSession::new(ctx, ledger, rater, key_folder)?;
        let manual = Manual::new(ctx);
        Ok(Self { session, manual })
    }

    /// The code of the case on screen.
    #[must_use]
    pub fn case_code(&self) -> Option<&str> {
        let shown = self.session.shown();
        shown.map(|shown| shown.slot.code.as_str())
    }

    /// Whether every case of the worklist is graded.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.session.stage, Stage::Between(None))
    }
}

impl eframe::App for ReadingApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.session.take_replies(ctx);
        if let Some(path) = dropped_files(ctx).into_iter().next() {
            self.session.request(ReadingRequest::Unlock(path), ctx);
        }
        self.session.watch_idleness(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.manual.look_for_key(ui.ctx());
        self.manual.ui(ui.ctx());
        let commands = Commands::default();
        panels::ui(&mut self.session, &commands, ui);
        for command in commands.into_vec() {
            match command {
                Command::Edit(ReadingEdit::Definitions(shown)) => {
                    self.session.shows_definitions = shown;
                }
                Command::Request(request) => self.session.request(request, ui.ctx()),
            }
            ui.ctx().request_repaint();
        }
    }
}
