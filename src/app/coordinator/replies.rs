//! What the threads tell, and what becomes of it on screen. Nothing that was typed is dropped
//! before it was used.

use super::analyst::Results;
use super::form::Purpose;
use super::keeper::{Answer, Overview};
use super::{CoordinatorApp, Page};
use crate::ledger::{Merged, Verified};
use eframe::egui;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

/// What the threads tell.
pub(super) enum Reply {
    Overview(Box<Overview>),
    /// What came of what was asked of the ledger.
    Ledger(Answer),
    /// Why the study cannot be looked at just now; `None` when it can again.
    Trouble(Option<String>),
    /// Statistics are on the way.
    Computing,
    Computed(Result<Box<Results>, String>),
    /// Report or figure is written, or why not.
    Saved(Result<String, String>),
    Picked(Purpose, Vec<PathBuf>),
    NoPicker(Purpose),
}

/// Where threads send what they have to tell.
#[derive(Clone)]
pub(super) struct Outbox {
    pub(super) sender: Sender<Reply>,
    pub(super) ctx: egui::Context,
}

impl Outbox {
    pub(super) fn send(&self, reply: Reply) {
        // The window may be gone; what was stored stays stored.
        let _ = self.sender.send(reply);
        self.ctx.request_repaint();
    }
}

/// What was done, as it is listed.
pub(super) enum Note {
    Said(String),
    Refused(String),
    Verified(Verified),
}

impl CoordinatorApp {
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
                Reply::Picked(Purpose::Key, paths) => self.unseal.take_picked(&paths),
                Reply::Picked(purpose, paths) => self.forms.take_picked(purpose, &paths),
                Reply::NoPicker(purpose) => {
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
