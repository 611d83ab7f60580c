//! What sessions and what is kept ask of the window, and what jobs say of them.

use super::command::Request;
use super::desk::Desk;
use super::jobs::{Message, ViewerJobs};
use super::keep::Kept;
use super::session::{Draft, Restored, SessionFrom, is_session_file, named_as_session};
use super::step::Step;
use eframe::egui;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What of the window they need.
pub(super) struct Sessions<'a> {
    pub(super) desk: &'a mut Desk,
    pub(super) jobs: &'a mut ViewerJobs,
    pub(super) kept: &'a mut Kept,
}

/// What the window does next.
pub(super) enum Next {
    Nothing,
    /// Take a step, unless something would be lost by it.
    Step(Step),
    /// Take it, as that was asked about already.
    StepAtOnce(Step),
    /// Open what lies at paths.
    Open(Vec<PathBuf>),
}

impl Sessions<'_> {
    /// Opens what lies at paths: a session in place of all that is open, anything else beside it.
    pub(super) fn open(self, paths: Vec<PathBuf>) -> Next {
        match &paths[..] {
            [path] if is_session_file(path) => {
                return Next::Step(Step::OpenSession(SessionFrom::File(path.clone())));
            }
            _ if paths.iter().any(|path| is_session_file(path)) => self.desk.errors.push(
                "A session is opened by itself, as it takes the place of all that is open"
                    .to_owned(),
            ),
            _ => self.jobs.open(paths),
        }
        Next::Nothing
    }

    /// Has the scans of a session opened.
    pub(super) fn begin(self, from: SessionFrom) {
        // Whatever else is on its way would come to another desk.
        self.jobs.running.cancel();
        self.kept.is_restoring = true;
        self.jobs.open_session(from);
    }

    /// Shows a session in place of all that is open.
    pub(super) fn take(self, restored: Restored) {
        if let SessionFrom::File(path) = &restored.from {
            self.kept.opened_one(path);
        }
        self.kept.is_restoring = true;
        let again = self.desk.take_session(restored);
        if let (true, Ok(series)) = (again.measure, self.desk.region_series()) {
            self.jobs.measure_regions(series);
        }
        self.jobs.make_again(again);
    }

    /// Takes in what a job says.
    pub(super) fn take_message(self, message: Message) -> Next {
        match message {
            // What was looked through and is not saved is asked about first.
            Message::Marked(scan) => {
                if let Some(wanted) = self.desk.take_marks(&scan) {
                    return Next::Step(Step::OpenMask(Box::new(wanted)));
                }
            }
            Message::Found(paths) => self.kept.opened(paths),
            Message::Kept(told) => Kept::take(self.desk, told),
            Message::SessionSaved(path, not_kept) => self.take_saved(path, &not_kept),
            Message::SessionOpened(restored) => {
                let step = Step::TakeSession(restored);
                // What was entered while its scans were opened was not asked about yet.
                return match std::mem::take(&mut self.kept.is_agreed) {
                    true => Next::StepAtOnce(step),
                    false => Next::Step(step),
                };
            }
            Message::SessionNotOpened(why) => {
                self.kept.is_restoring = false;
                self.kept.is_agreed = false;
                self.desk.errors.extend(why);
            }
            Message::MaskAgain(mask) => {
                // Unless its scan was closed meanwhile.
                let mut layers = self.desk.layers.iter();
                if layers.any(|layer| Arc::ptr_eq(&layer.filed, &mask.source)) {
                    self.desk.mask = Some(*mask);
                }
            }
            Message::PredictedAgain(shown) => self.desk.take_prediction(shown),
            Message::SessionDone { crash, is_whole } => self.kept.restored(crash, is_whole),
            _ => {}
        }
        Next::Nothing
    }

    fn take_saved(self, path: PathBuf, not_kept: &[String]) {
        self.desk.notice = format!("The session is saved: {}", path.display());
        if !not_kept.is_empty() {
            let words = not_kept.join(", ");
            self.desk
                .errors
                .push(format!("It is open and in no session: {words}"));
        }
        self.kept.opened_one(&path);
        self.desk.kept.session_file = Some(path);
    }

    /// Does what is asked for.
    ///
    /// # Errors
    /// The request, where it is none of these.
    pub(super) fn request(self, request: Request, ctx: &egui::Context) -> Result<Next, Request> {
        match request {
            Request::SaveSession(path) => self.save(&path),
            Request::OpenRecent(at) => {
                if let Some(recent) = self.desk.kept.recent.get(at) {
                    let paths = recent.paths.clone();
                    self.desk.kept.close_recent();
                    return Ok(Next::Open(paths));
                }
            }
            Request::ForgetRecent => self.kept.forget_opened(),
            Request::TakeOffer(id) => {
                let offers = std::mem::take(&mut self.desk.kept.offers);
                if let Some(offer) = offers.into_iter().find(|offer| offer.id == id) {
                    let from = SessionFrom::Crash {
                        id,
                        session: offer.session,
                        folder: offer.folder,
                    };
                    return Ok(Next::Step(Step::OpenSession(from)));
                }
            }
            Request::RefuseOffer(id) => {
                self.desk.kept.offers.retain(|offer| offer.id != id);
                self.kept.refuse(id);
            }
            Request::Settings(settings) => self.kept.set(settings, self.desk, ctx),
            other => return Err(other),
        }
        Ok(Next::Nothing)
    }

    fn save(self, path: &Path) {
        match Draft::of(self.desk) {
            Some(draft) => {
                let path = named_as_session(path);
                let is_own = self.desk.kept.session_file.as_ref() == Some(&path);
                self.desk.notice.clear();
                self.jobs.save_session(draft, path, is_own);
            }
            None => self
                .desk
                .errors
                .push("No session is saved: no scan is open that lies in a file".to_owned()),
        }
    }
}
