//! The window's end of what is kept.

use super::places::KeptPlaces;
use super::recovery::Recovery;
use super::shown::Told;
use super::store::{Ask, SharedRecovery, Store, locked};
use crate::app::settings::{Settings, TEXT_SCALES, Theme};
use crate::app::shell::{Keeper, Outbox, theme};
use crate::app::viewer::Desk;
use crate::app::viewer::jobs::Message;
use crate::app::viewer::session::Draft;
use eframe::egui;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// So long the window waits for the disk when it is closed.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is kept, and what of it is not asked for yet.
#[derive(Default)]
pub(in crate::app::viewer) struct Kept {
    store: Option<Keeper<Ask>>,
    recovery: Option<SharedRecovery>,
    /// How large text is, as the toolkit was seen to have it: a change of its own keys is a choice.
    text_scale: f32,
    /// Whether the desk may be another than the one that was kept last.
    is_touched: bool,
    /// What was kept last.
    last: Option<Box<Draft>>,
    /// A session is being opened: what is open is not all of it.
    pub(in crate::app::viewer) is_restoring: bool,
    /// Whether what is in no file was said to go for that session.
    pub(in crate::app::viewer) is_agreed: bool,
}

impl Kept {
    /// Opens the settings of a folder, sets up window and desk by them, and has all else looked at.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(in crate::app::viewer) fn new(
        places: &KeptPlaces,
        outbox: &Outbox<Message>,
        desk: &mut Desk,
    ) -> std::io::Result<Self> {
        let opened = places.settings.as_deref().map(Settings::open);
        let (settings, trouble) = opened.unwrap_or_default();
        let is_broken = trouble.is_some();
        if let Some(why) = trouble {
            desk.errors.push(format!(
                "The settings cannot be used, and the usual ones are; the file is kept aside as soon as one \
                 is changed: {why}"
            ));
        }
        settings.set_up(outbox.ctx());
        desk.preset = settings.mouse;
        desk.convention = settings.patients_right;
        desk.kept.settings = settings;
        desk.kept.has_places = true;
        let recovery = places.state.as_deref().map(Recovery::new);
        let recovery = recovery.map(|recovery| Arc::new(Mutex::new(recovery)));
        let store = Store::new(
            (settings, is_broken),
            places,
            recovery.clone(),
            outbox.clone(),
        );
        Ok(Self {
            store: Some(Keeper::spawn("keep", |asks| store.run(asks))?),
            recovery,
            text_scale: settings.text_scale,
            ..Self::default()
        })
    }

    fn ask(&self, ask: Ask) {
        // A thread that has ended said why.
        if let Some(store) = &self.store {
            let _ = store.ask(ask);
        }
    }

    /// Takes over settings that were chosen.
    pub(in crate::app::viewer) fn set(
        &self,
        settings: Settings,
        desk: &mut Desk,
        ctx: &egui::Context,
    ) {
        let before = desk.kept.settings;
        if settings.theme != before.theme {
            theme::set_dark(ctx, settings.theme == Theme::Dark);
        }
        if settings.text_scale != before.text_scale {
            settings.set_text_scale(ctx);
        }
        desk.preset = settings.mouse;
        if settings.patients_right != before.patients_right {
            desk.convention = settings.patients_right;
        }
        if !settings.recover {
            desk.kept.offers.clear();
        }
        desk.kept.settings = settings;
        self.ask(Ask::Settings(settings));
    }

    /// Notes that something may have changed.
    pub(in crate::app::viewer) fn touch(&mut self) {
        self.is_touched = true;
    }

    /// Keeps what changed since the last time: choices that were made elsewhere than among the settings, and
    /// what is open.
    pub(in crate::app::viewer) fn look(&mut self, desk: &mut Desk, ctx: &egui::Context) {
        self.look_at_choices(desk, ctx);
        if self.store.is_none() {
            return;
        }
        // What is dragged is kept once it is let go.
        let is_busy = self.is_restoring || ctx.input(|input| input.pointer.any_down());
        if !self.is_touched || is_busy {
            return;
        }
        self.is_touched = false;
        let draft = match desk.kept.settings.recover {
            true => Draft::of(desk).map(Box::new),
            false => None,
        };
        match (&draft, &self.last) {
            (None, None) => return,
            (Some(draft), Some(last)) if draft.is_like(last) => return,
            (Some(draft), _) => self.ask(Ask::Open(draft.clone())),
            (None, Some(_)) => self.ask(Ask::NothingOpen),
        }
        self.last = draft;
    }

    fn look_at_choices(&mut self, desk: &mut Desk, ctx: &egui::Context) {
        let mut settings = desk.kept.settings;
        settings.theme = match theme::is_dark(ctx) {
            true => Theme::Dark,
            false => Theme::Light,
        };
        settings.mouse = desk.preset;
        let scale = ctx.zoom_factor();
        if scale != self.text_scale {
            self.text_scale = scale;
            settings.text_scale = scale.clamp(*TEXT_SCALES.start(), *TEXT_SCALES.end());
        }
        if settings != desk.kept.settings {
            desk.kept.settings = settings;
            self.ask(Ask::Settings(settings));
        }
    }

    /// Remembers what was opened.
    pub(in crate::app::viewer) fn opened(&self, paths: Vec<PathBuf>) {
        self.ask(Ask::Opened(paths));
    }

    /// Remembers a session that was saved or opened.
    pub(in crate::app::viewer) fn opened_one(&self, path: &Path) {
        self.opened(vec![path.to_owned()]);
    }

    /// Forgets what was opened.
    pub(in crate::app::viewer) fn forget_opened(&self) {
        self.ask(Ask::ForgetOpened);
    }

    /// All of a session is open. What was open before a crash is this program's now, unless something of it is
    /// still missing here.
    pub(in crate::app::viewer) fn restored(&mut self, crash: Option<String>, is_whole: bool) {
        self.is_restoring = false;
        self.is_touched = true;
        self.last = None;
        if let Some(id) = crash.filter(|_| is_whole) {
            self.ask(Ask::Adopt(id));
        }
    }

    /// Throws away what was open before a crash.
    pub(in crate::app::viewer) fn refuse(&self, id: String) {
        self.ask(Ask::Refuse(id));
    }

    /// The window is closed: nothing is to be opened again.
    pub(in crate::app::viewer) fn close(&mut self) {
        let (sender, done) = channel();
        self.ask(Ask::Finish(sender));
        // What was chosen last is written, unless the disk is too slow to be waited for.
        let _ = done.recv_timeout(PATIENCE);
        self.store = None;
        let closed = self
            .recovery
            .as_ref()
            .map(|recovery| locked(recovery).close());
        if let Some(Err(error)) = closed {
            tracing::warn!("what is kept for after a crash cannot be deleted: {error}");
        }
    }

    /// Takes in what the thread says.
    pub(in crate::app::viewer) fn take(desk: &mut Desk, told: Told) {
        match told {
            Told::Recent(recent) => desk.kept.recent = recent,
            Told::Offers(offers) => desk.kept.offers = offers,
            Told::Trouble(why) => desk.errors.push(why),
        }
    }
}
