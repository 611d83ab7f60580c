//! What the coordinator's window holds: the study as the threads replied it last, and what is typed.
//! Nothing that was typed is dropped before it was used.

use super::analyst::{Analyst, StatisticsRequest};
use super::command::{CoordinatorEdit, CoordinatorRequest, Page, Purpose};
use super::forms::{Forms, picker};
use super::keeper::{Releasing, StudyKeeper, StudyRequest};
use super::numbers::Numbers;
use super::overview::{Overview, coordinator_beside};
use super::reply::{Answer, Note, Outbox, Reply};
use super::unseal::UnsealForm;
use crate::app::shell::Keeper;
use crate::ledger::{Ledger, Merged};
use eframe::egui;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;

pub(super) struct StudyDesk {
    study: PathBuf,
    /// To sign in; forgotten once it was used.
    pub(super) passphrase: String,
    keeper: Keeper<StudyRequest>,
    analyst: Keeper<StatisticsRequest>,
    replies: Receiver<Reply>,
    outbox: Outbox,
    pub(super) overview: Option<Box<Overview>>,
    pub(super) page: Page,
    pub(super) forms: Forms,
    pub(super) unseal: UnsealForm,
    pub(super) numbers: Numbers,
    /// The latest first.
    pub(super) notes: Vec<Note>,
    /// What is being done, in words.
    pub(super) busy: Option<&'static str>,
    pub(super) trouble: Option<String>,
}

impl StudyDesk {
    /// Takes an open study; what is in it comes at once from the ledger's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn new(ctx: &egui::Context, ledger: Ledger) -> anyhow::Result<Self> {
        let study = ledger.path().to_path_buf();
        let remark = ledger.remark().map(|remark| Note::Said(remark.to_owned()));
        let (outbox, replies) = Outbox::new(ctx);
        let statistics = Analyst::new(outbox.clone());
        let analyst = Keeper::spawn("statistics", move |works| statistics.run(works))?;
        let keeper = StudyKeeper::new(ledger, outbox.clone(), analyst.clone());
        Ok(Self {
            forms: Forms::new(&study),
            unseal: UnsealForm::new(&study),
            study,
            passphrase: String::new(),
            keeper: Keeper::keep(keeper)?,
            analyst,
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

    pub(super) fn edit(&mut self, edit: CoordinatorEdit) {
        match edit {
            CoordinatorEdit::Show(page) => self.page = page,
            CoordinatorEdit::Open(purpose) => self.forms.open(purpose),
            CoordinatorEdit::OpenUnseal => self.unseal.open(),
            CoordinatorEdit::Close => {
                self.forms.close();
                self.unseal.close();
            }
        }
    }

    pub(super) fn request(&mut self, request: CoordinatorRequest) {
        match request {
            CoordinatorRequest::Pick(purpose) => {
                let outbox = self.outbox.clone();
                picker(&purpose).ask(outbox, |paths| Reply::Picked(purpose, paths));
            }
            CoordinatorRequest::SignIn => {
                let path = coordinator_beside(&self.study);
                let passphrase = self.passphrase.clone();
                self.ask("Signing in", StudyRequest::SignIn(path, passphrase));
            }
            CoordinatorRequest::Verify => {
                self.ask("Verifying every picture and event", StudyRequest::Verify);
            }
            CoordinatorRequest::Unseal => {
                let opening = Box::new(self.unseal.key_opening());
                self.ask("Opening the key", StudyRequest::Unseal(opening));
            }
            CoordinatorRequest::Submit(purpose) => self.submit(&purpose),
        }
    }

    fn submit(&mut self, purpose: &Purpose) {
        let paths = self.forms.paths(purpose);
        let Some(path) = paths.first().cloned() else {
            return;
        };
        match purpose {
            Purpose::TakeIn => self.ask("Taking packages in", StudyRequest::TakeIn(paths)),
            Purpose::Package => {
                let rater = self.forms.rater.clone();
                self.ask("Writing the package", StudyRequest::Package(rater, path));
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
                    StudyRequest::Release(Box::new(releasing)),
                );
            }
            Purpose::Export => self.ask("Exporting", StudyRequest::Export(path)),
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
    fn ask(&mut self, busy: &'static str, request: StudyRequest) {
        self.busy = Some(busy);
        if self.keeper.ask(request).is_err() {
            self.busy = None;
            self.trouble = Some("The study was closed. Start again.".to_owned());
        }
    }

    fn work(&mut self, busy: &'static str, work: StatisticsRequest) {
        self.busy = Some(busy);
        if self.analyst.ask(work).is_err() {
            self.busy = None;
            self.trouble = Some("The statistics have stopped. Start again.".to_owned());
        }
    }

    pub(super) fn take_replies(&mut self) {
        while let Ok(reply) = self.replies.try_recv() {
            match reply {
                Reply::Overview(overview) => {
                    if self.forms.rater.is_empty()
                        && let Some(first) = overview.raters.first()
                    {
                        self.forms.rater.clone_from(&first.rater);
                    }
                    self.overview = Some(overview);
                }
                Reply::Ledger(answer) => self.take_answer(answer),
                Reply::Trouble(trouble) => self.trouble = trouble,
                Reply::Computing => self.numbers.begin(),
                Reply::Computed(results) => self.numbers.take(results),
                Reply::Saved(saved) => {
                    self.busy = None;
                    self.take_saved(saved);
                }
                Reply::Picked(Purpose::Key, Some(paths)) => self.unseal.take_picked(&paths),
                Reply::Picked(purpose, Some(paths)) => self.forms.take_picked(purpose, &paths),
                Reply::Picked(purpose, None) => {
                    let words = "No file dialog answered. Type a path instead.".to_owned();
                    match purpose {
                        Purpose::Key => self.unseal.fail(words),
                        _ => self.forms.fail(words),
                    }
                }
            }
        }
    }

    fn take_answer(&mut self, answer: Answer) {
        self.busy = None;
        match answer {
            Answer::TakenIn(packages) => self.take_packages(packages),
            Answer::Verified(verified) => self.note(Note::Verified(verified)),
            Answer::SignedIn => {
                self.passphrase.clear();
                self.note(Note::Said("Signed in as the coordinator".into()));
            }
            Answer::Done(words) => self.take_saved(Ok(words)),
            Answer::Unsealed => {
                self.unseal.close();
                self.numbers.begin();
                self.page = Page::Statistics;
                self.note(Note::Said("The key is open: statistics are by arm".into()));
            }
            Answer::Failed(words) if self.unseal.is_open => {
                self.note(Note::Refused(words.clone()));
                self.unseal.fail(words);
            }
            Answer::Failed(words) => self.take_saved(Err(words)),
        }
    }

    fn take_saved(&mut self, saved: Result<String, String>) {
        match saved {
            Ok(words) => {
                self.forms.done();
                self.note(Note::Said(words));
            }
            Err(words) => {
                self.forms.fail(words.clone());
                self.note(Note::Refused(words));
            }
        }
    }

    /// Those that were refused stay in the form, to be put right.
    fn take_packages(&mut self, packages: Vec<(PathBuf, Result<Merged, String>)>) {
        let (n, mut refused, mut why) = (packages.len(), Vec::new(), Vec::new());
        for (path, merged) in packages {
            match merged {
                Ok(merged) => {
                    let pinned = merged.pinned.map_or_else(String::new, |key| {
                        format!(
                            "\n{}'s key, seen for the first time; compare the words with them:\n{}",
                            merged.rater,
                            key.words()
                        )
                    });
                    self.note(Note::Said(format!(
                        "{}: {} new events, {} in all: {}{pinned}",
                        merged.rater,
                        merged.n_new,
                        merged.n_events,
                        path.display()
                    )));
                }
                Err(error) => {
                    self.note(Note::Refused(format!("Not taken in: {error}")));
                    why.push(error);
                    refused.push(path);
                }
            }
        }
        if refused.is_empty() {
            self.forms.done();
        } else {
            let n_refused = refused.len();
            let words = format!("{n_refused} of {n} packages not taken in");
            self.forms.fail(format!("{words}: {}", why.join("\n")));
            self.forms.keep(Purpose::TakeIn, &refused);
        }
    }

    fn note(&mut self, note: Note) {
        self.notes.insert(0, note);
    }
}
