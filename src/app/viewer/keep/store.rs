//! The thread that writes what is kept.

use super::places::KeptPlaces;
use super::recent::{Recent, RecentList};
use super::recovery::Recovery;
use super::shown::Told;
use crate::app::settings::Settings;
use crate::app::shell::Outbox;
use crate::app::viewer::jobs::Message;
use crate::app::viewer::session::{Draft, Hashes};
use crate::app::viewer::worksheet::now;
use crate::platform::{set_aside, write_own};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the window asks for.
pub(super) enum Ask {
    /// Keep these.
    Settings(Settings),
    /// These were opened.
    Opened(Vec<PathBuf>),
    /// Forget what was opened.
    ForgetOpened,
    /// This is open now.
    Open(Box<Draft>),
    /// Nothing is open that could be opened again.
    NothingOpen,
    /// What was open before a crash is open now.
    Adopt(String),
    /// It is not wanted.
    Refuse(String),
    /// Say when all that was asked before is done.
    Finish(Sender<()>),
}

/// The file of this program, which the window deletes when it is closed.
pub(super) type SharedRecovery = Arc<Mutex<Recovery>>;

pub(super) fn locked(recovery: &SharedRecovery) -> MutexGuard<'_, Recovery> {
    recovery.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) struct Store {
    settings: Settings,
    places: KeptPlaces,
    /// Whether the file of settings cannot be used, so that it is kept aside before another is written.
    is_broken: bool,
    recovery: Option<SharedRecovery>,
    outbox: Outbox<Message>,
    recent: RecentList,
    is_recent_broken: bool,
    /// The newest state of what is open, not written yet.
    open: Option<Box<Draft>>,
    written: Option<Instant>,
    hashes: Hashes,
    /// What went wrong and was said.
    said: HashSet<&'static str>,
}

impl Store {
    pub(super) fn new(
        (settings, is_broken): (Settings, bool),
        places: &KeptPlaces,
        recovery: Option<SharedRecovery>,
        outbox: Outbox<Message>,
    ) -> Self {
        Self {
            settings,
            places: places.clone(),
            is_broken,
            recovery,
            outbox,
            recent: RecentList::default(),
            is_recent_broken: false,
            open: None,
            written: None,
            hashes: Hashes::default(),
            said: HashSet::new(),
        }
    }

    /// Does what is asked until nobody asks any more.
    pub(super) fn run(mut self, asks: &Receiver<Ask>) {
        self.begin();
        loop {
            let ask = match &self.open {
                Some(_) => asks.recv_timeout(self.wait()),
                None => asks.recv().map_err(RecvTimeoutError::from),
            };
            match ask {
                Ok(ask) => self.answer(ask),
                Err(RecvTimeoutError::Timeout) => self.write_open(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// How long what is open may wait.
    fn wait(&self) -> Duration {
        let since = self.written.map(|at| at.elapsed());
        since.map_or(Duration::ZERO, |since| {
            self.places.every.saturating_sub(since)
        })
    }

    /// Looks at what is there.
    fn begin(&mut self) {
        if self.settings.remember {
            if let Some(folder) = &self.places.state {
                match RecentList::open(folder) {
                    Ok(list) => self.recent = list,
                    Err(why) => {
                        self.is_recent_broken = true;
                        self.say(
                            "list",
                            format!(
                                "The list of what was opened cannot be used; it is kept aside as soon as \
                                 there is another: {why}"
                            ),
                        );
                    }
                }
            }
        } else {
            self.forget_opened();
        }
        if let Some(recovery) = self.recovery.clone().filter(|_| self.settings.recover) {
            let (offers, troubles) = locked(&recovery).look();
            for trouble in troubles {
                self.tell(Told::Trouble(trouble));
            }
            if !offers.is_empty() {
                self.tell(Told::Offers(offers));
            }
        }
        // Last: where the list is there, all was looked at.
        self.tell_recent();
    }

    fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Settings(settings) => self.keep_settings(settings),
            Ask::Opened(paths) => self.keep_opened(&paths),
            Ask::ForgetOpened => {
                self.forget_opened();
                self.tell_recent();
            }
            Ask::Open(draft) => self.open = Some(draft),
            Ask::NothingOpen => {
                self.open = None;
                self.recover("what is open", Recovery::forget);
            }
            Ask::Adopt(id) => self.recover("what was open", |recovery| recovery.adopt(&id)),
            // Nobody may wait any more.
            Ask::Finish(sender) => drop(sender.send(())),
            Ask::Refuse(id) => self.recover("what was open", |recovery| recovery.refuse(&id)),
        }
    }

    fn tell(&self, told: Told) {
        self.outbox.send(Message::Kept(told));
    }

    fn tell_recent(&self) {
        self.tell(Told::Recent(self.recent.opened.clone()));
    }

    /// Says what went wrong, each thing once.
    fn say(&mut self, what: &'static str, words: String) {
        if self.said.insert(what) {
            self.tell(Told::Trouble(words));
        }
    }

    /// Writes a file in place of one of that name; one that cannot be used is kept aside.
    fn write(&mut self, what: &'static str, path: &Path, text: &str, is_broken: bool) -> bool {
        let aside = match is_broken && path.exists() {
            true => set_aside(path).map(drop),
            false => Ok(()),
        };
        match aside.and_then(|()| write_own(path, text.as_bytes())) {
            Ok(()) => true,
            Err(error) => {
                self.say(
                    what,
                    format!(
                        "The {what} cannot be kept, and all else works on: {error}: {}",
                        path.display()
                    ),
                );
                false
            }
        }
    }

    fn keep_settings(&mut self, settings: Settings) {
        let before = std::mem::replace(&mut self.settings, settings);
        if let (Some(folder), Ok(text)) = (self.places.settings.clone(), settings.to_json()) {
            let path = Settings::path(&folder);
            let is_written = self.write("settings", &path, &text, self.is_broken);
            self.is_broken &= !is_written;
        }
        if before.remember && !settings.remember {
            self.forget_opened();
            self.tell_recent();
        }
        if before.recover && !settings.recover {
            self.open = None;
            self.recover("what is open", |recovery| {
                recovery.forget()?;
                recovery.refuse_all()
            });
        }
    }

    fn keep_opened(&mut self, paths: &[PathBuf]) {
        let Some(folder) = self.places.state.clone().filter(|_| self.settings.remember) else {
            return;
        };
        let Some(recent) = Recent::new(paths, now()) else {
            return;
        };
        // Another program may have put something in.
        if let (false, Ok(list)) = (self.is_recent_broken, RecentList::open(&folder)) {
            self.recent = list;
        }
        self.recent.put(recent);
        if let Ok(text) = self.recent.to_json() {
            let path = RecentList::path(&folder);
            let what = "list of what was opened";
            let is_written = self.write(what, &path, &text, self.is_recent_broken);
            self.is_recent_broken &= !is_written;
        }
        self.tell_recent();
    }

    fn forget_opened(&mut self) {
        self.recent = RecentList::default();
        let path = self.places.state.as_deref().map(RecentList::path);
        let Some(path) = path.filter(|path| path.exists()) else {
            return;
        };
        match std::fs::remove_file(&path) {
            Ok(()) => self.is_recent_broken = false,
            Err(error) => self.say(
                "forgotten",
                format!(
                    "What was opened cannot be forgotten: {error}: {}",
                    path.display()
                ),
            ),
        }
    }

    fn recover(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&mut Recovery) -> std::io::Result<()>,
    ) {
        let Some(recovery) = self.recovery.clone() else {
            return;
        };
        let done = work(&mut locked(&recovery));
        if let Err(error) = done {
            self.say(
                what,
                format!("What is kept for after a crash cannot be deleted: {error}"),
            );
        }
    }

    /// Writes what is open.
    fn write_open(&mut self) {
        let (Some(draft), Some(recovery)) = (self.open.take(), self.recovery.clone()) else {
            return;
        };
        self.written = Some(Instant::now());
        // Hashes take their time, and the window may be closed meanwhile.
        let session = draft.finished(None, &mut self.hashes);
        let text = session.and_then(|session| session.to_json().map_err(|why| why.to_string()));
        let written = text.and_then(|text| {
            let written = locked(&recovery).write(&text);
            written.map_err(|error| error.to_string())
        });
        if let Err(why) = written {
            self.say(
                "open",
                format!("What is open is not kept for after a crash, and all else works on: {why}"),
            );
        }
    }
}
