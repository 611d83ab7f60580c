//! The coordinator's window of a study: how far raters are, packages, the key, and what the grades
//! say.
//!
//! Two threads do what takes time: the ledger's, which waits for the disk, and the statistics',
//! which resamples. The window shows what they told last and asks for more. While a study is
//! sealed it has nothing but case codes, so nothing on screen can name an arm or a patient.

mod analyst;
pub(crate) mod data;
mod form;
mod keeper;
mod numbers;
mod pick;
mod replies;
mod results;
mod scene;
mod study_page;
mod table;
mod unseal;
mod words;

use super::{run_window, theme};
use crate::ledger::{Ledger, LedgerError};
use analyst::{Analyst, StatisticsRequest};
use eframe::egui::{self, Key, Modifiers};
use form::{Forms, Purpose};
use keeper::{Ask, Keeper, Overview, Releasing, coordinator_beside};
use numbers::Numbers;
use replies::{Note, Outbox, Reply};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use unseal::UnsealForm;

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
        Ok(Box::new(CoordinatorApp::new(&cc.egui_ctx, ledger)?))
    })
}

/// What is asked for on screen; done after all was shown.
enum Command {
    Show(Page),
    /// Show the form for a path.
    Open(Purpose),
    OpenUnseal,
    /// Sign in with what is typed.
    SignIn,
    Verify,
    /// Do what the open form is for.
    Submit(Purpose),
    Unseal,
    Pick(Purpose),
    /// Close what is open.
    Close,
}

/// What fills the window.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Study,
    Statistics,
}

/// The coordinator's window.
pub struct CoordinatorApp {
    study: PathBuf,
    /// To sign in; forgotten once it was used.
    passphrase: String,
    to_ledger: Sender<Ask>,
    to_analyst: Sender<StatisticsRequest>,
    replies: Receiver<Reply>,
    outbox: Outbox,
    overview: Option<Box<Overview>>,
    page: Page,
    forms: Forms,
    unseal: UnsealForm,
    numbers: Numbers,
    /// The latest first.
    notes: Vec<Note>,
    /// What is being done, in words.
    busy: Option<&'static str>,
    trouble: Option<String>,
}

impl CoordinatorApp {
    /// Takes an open study; what is in it comes at once from the ledger's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(ctx: &egui::Context, ledger: Ledger) -> anyhow::Result<Self> {
        theme::set_up(ctx);
        let study = ledger.path().to_path_buf();
        let remark = ledger.remark().map(|remark| Note::Said(remark.to_owned()));
        let (to_ledger, asks) = channel();
        let (to_analyst, works) = channel();
        let (sender, replies) = channel();
        let outbox = Outbox {
            sender,
            ctx: ctx.clone(),
        };
        let keeper = Keeper::new(ledger, outbox.clone(), to_analyst.clone());
        let analyst = Analyst::new(outbox.clone());
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        thread("cisterna-ledger").spawn(move || keeper.run(&asks))?;
        thread("cisterna-statistics").spawn(move || analyst.run(&works))?;
        Ok(Self {
            forms: Forms::new(&study),
            unseal: UnsealForm::new(&study),
            study,
            passphrase: String::new(),
            to_ledger,
            to_analyst,
            replies,
            outbox,
            overview: None,
            page: Page::Study,
            numbers: Numbers::default(),
            notes: remark.into_iter().collect(),
            busy: None,
            trouble: None,
        })
    }

    /// Whether something is being stored, written or computed.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.busy.is_some() || self.numbers.is_computing() || self.overview.is_none()
    }

    fn run(&mut self, command: Command) {
        match command {
            Command::Show(page) => self.page = page,
            Command::Open(purpose) => self.forms.open(purpose),
            Command::OpenUnseal => self.unseal.open(),
            Command::Close => {
                self.forms.close();
                self.unseal.close();
            }
            Command::Pick(purpose) => pick::pick(purpose, self.outbox.clone()),
            Command::SignIn => {
                let path = coordinator_beside(&self.study);
                let passphrase = self.passphrase.clone();
                self.ask("Signing in", Ask::SignIn(path, passphrase));
            }
            Command::Verify => self.ask("Verifying every picture and event", Ask::Verify),
            Command::Unseal => {
                let unsealing = Box::new(self.unseal.unsealing());
                self.ask("Opening the key", Ask::Unseal(unsealing));
            }
            Command::Submit(purpose) => self.submit(&purpose),
        }
    }

    fn submit(&mut self, purpose: &Purpose) {
        let paths = self.forms.paths(purpose);
        let Some(path) = paths.first().cloned() else {
            return;
        };
        match purpose {
            Purpose::TakeIn => self.ask("Taking packages in", Ask::TakeIn(paths)),
            Purpose::Package => {
                let rater = self.forms.rater.clone();
                self.ask("Writing the package", Ask::Package(rater, path));
            }
            Purpose::Release => {
                let releasing = Releasing {
                    rater: self.forms.rater.clone(),
                    installment: self.forms.installment,
                    early: self.forms.early.clone(),
                    slip: path,
                };
                self.ask(
                    "Releasing the installment",
                    Ask::Release(Box::new(releasing)),
                );
            }
            Purpose::Export => self.ask("Exporting", Ask::Export(path)),
            Purpose::Report => self.work("Writing the report", StatisticsRequest::Report(path)),
            Purpose::Figure(name) => {
                self.work(
                    "Drawing the figure",
                    StatisticsRequest::Figure(name.clone(), path),
                );
            }
            Purpose::Key => {}
        }
    }

    /// Hands something to the ledger; what was entered stays until it answers.
    fn ask(&mut self, busy: &'static str, ask: Ask) {
        self.busy = Some(busy);
        if self.to_ledger.send(ask).is_err() {
            self.busy = None;
            self.trouble = Some("The study was closed. Start again.".to_owned());
        }
    }

    fn work(&mut self, busy: &'static str, work: StatisticsRequest) {
        self.busy = Some(busy);
        if self.to_analyst.send(work).is_err() {
            self.busy = None;
            self.trouble = Some("The statistics have stopped. Start again.".to_owned());
        }
    }

    fn keys(&mut self, ui: &egui::Ui) {
        // Keys go to a form while one is open, and to a field while it is being filled in.
        if self.is_asking() || ui.ctx().egui_wants_keyboard_input() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Num1) {
            self.page = Page::Study;
        }
        if pressed(Key::Num2) {
            self.page = Page::Statistics;
        }
        if pressed(Key::T) {
            theme::set_dark(ui.ctx(), !theme::is_dark(ui.ctx()));
        }
    }

    fn is_asking(&self) -> bool {
        self.forms.is_open() || self.unseal.is_open
    }

    fn head_ui(&self, ui: &mut egui::Ui) -> Option<Command> {
        let mut command = None;
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            for (page, name) in [
                (Page::Study, "Study (1)"),
                (Page::Statistics, "Statistics (2)"),
            ] {
                if ui.selectable_label(self.page == page, name).clicked() {
                    command = Some(Command::Show(page));
                }
            }
            if let Some(overview) = &self.overview {
                ui.separator();
                ui.label(match overview.unsealed_at {
                    None => "Sealed",
                    Some(_) => "Unsealed",
                });
            }
            let computing = self
                .numbers
                .is_computing()
                .then_some("Computing statistics");
            for doing in self.busy.into_iter().chain(computing) {
                ui.separator();
                ui.weak(doing);
            }
            let right = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(right, |ui| ui.weak("T light or dark"));
        });
        ui.add_space(2.0);
        if self.numbers.raters_are_programs() {
            banner_ui(ui);
        }
        command
    }

    /// What went wrong, or what was done last.
    fn foot_ui(&self, ui: &mut egui::Ui) {
        let visuals = ui.visuals();
        let (words, colour) = match (&self.trouble, self.notes.first()) {
            (Some(trouble), _) => (trouble.as_str(), theme::error(visuals)),
            (None, None) => ("", visuals.text_color()),
            (None, Some(Note::Said(words))) => (words.as_str(), visuals.text_color()),
            (None, Some(Note::Refused(words))) => (words.as_str(), theme::error(visuals)),
            (None, Some(Note::Verified(_))) => ("The file is in order", theme::stored(visuals)),
        };
        let words = egui::RichText::new(words).color(colour);
        ui.add(egui::Label::new(words).truncate());
    }

    fn forms_ui(&mut self, ctx: &egui::Context) -> Option<Command> {
        let overview = self.overview.as_ref()?;
        let raters: Vec<_> = overview.raters.iter().collect();
        let command = self.forms.ui(ctx, &raters, self.busy);
        command.or_else(|| self.unseal.ui(ctx, overview, self.busy))
    }
}

impl eframe::App for CoordinatorApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_replies();
        let dropped: Vec<PathBuf> = ctx.input(|input| {
            let files = input.raw.dropped_files.iter();
            files.map(|file| file.path().to_path_buf()).collect()
        });
        if !dropped.is_empty() && !self.unseal.is_open {
            self.forms.take_picked(Purpose::TakeIn, &dropped);
            self.forms.open(Purpose::TakeIn);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.keys(ui);
        let mut commands = Vec::new();
        let head = egui::Panel::top("head").show(ui, |ui| self.head_ui(ui));
        commands.extend(head.inner);
        egui::Panel::bottom("foot").show(ui, |ui| self.foot_ui(ui));
        let overview = self.overview.as_deref();
        let passphrase = &mut self.passphrase;
        let page = match (self.page, overview) {
            (_, None) => {
                egui::CentralPanel::default().show(ui, |ui| ui.weak("Opening the study"));
                None
            }
            (Page::Study, Some(overview)) => study_page::StudyPage {
                overview,
                notes: &self.notes,
                is_busy: self.busy.is_some(),
                has_key: self.numbers.are_by_arm(),
                passphrase,
            }
            .ui(ui),
            (Page::Statistics, Some(overview)) => self.numbers.ui(ui, overview),
        };
        commands.extend(page);
        commands.extend(self.forms_ui(ui.ctx()));
        for command in commands {
            self.run(command);
            ui.ctx().request_repaint();
        }
    }
}

fn banner_ui(ui: &mut egui::Ui) {
    egui::Frame::new()
        .fill(theme::banner(ui.visuals()))
        .inner_margin(6.0)
        .corner_radius(4.0)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.strong(
                "The raters of this study are programs. Its numbers say nothing about readers.",
            );
        });
    ui.add_space(2.0);
}

/// Around what fills the window.
fn page_frame(ui: &egui::Ui) -> egui::Frame {
    let margin = egui::Margin::symmetric(16, 8);
    egui::Frame::central_panel(ui.style()).inner_margin(margin)
}

/// What asks for something, above everything else.
fn modal(ctx: &egui::Context, name: &str) -> egui::Modal {
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(16.0);
    egui::Modal::new(egui::Id::unique(name)).frame(frame)
}

/// Whether Escape closes what asks for something. A click beside it does not, as something may
/// have been typed.
fn closes(ctx: &egui::Context) -> bool {
    ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape))
}
