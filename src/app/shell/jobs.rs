//! Long work, each piece on a thread of its own, with progress and a way to stop it.

use super::keeper::Outbox;
use crate::workflows::Notice;
use eframe::egui;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The newest state of what is running; older ones are of no interest.
#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    /// In 1/1000.
    progress: AtomicU32,
    what: Mutex<Doing>,
}

/// What is being done, and since when.
#[derive(Default)]
struct Doing {
    what: String,
    since: Option<Since>,
}

/// When something began, and how far it was then.
#[derive(Clone, Copy)]
struct Since {
    at: Instant,
    share: f32,
}

/// As much is to be done, and as long is it to have taken, before the rest of it is told.
const LEAST_SHARE: f32 = 0.03;
const LEAST_TIME: Duration = Duration::from_secs(2);

impl Since {
    /// How long the rest takes if it goes on as it went.
    fn left(self, share: f32) -> Option<Duration> {
        let (done, took) = (share - self.share, self.at.elapsed());
        let is_known = done >= LEAST_SHARE && took >= LEAST_TIME && share <= 1.0;
        is_known.then(|| took.mul_f32((1.0 - share) / done))
    }
}

/// What runs beside a window, whose messages are `M`.
pub(crate) struct Jobs<M> {
    outbox: Outbox<M>,
    shared: Arc<Shared>,
    cancelled: Arc<AtomicBool>,
}

/// What one piece of work has at hand.
pub(crate) struct Job<M> {
    outbox: Outbox<M>,
    shared: Arc<Shared>,
    cancelled: Arc<AtomicBool>,
}

impl<M: Send + 'static> Jobs<M> {
    pub(crate) fn new(outbox: Outbox<M>) -> Self {
        Self {
            outbox,
            shared: Arc::default(),
            cancelled: Arc::default(),
        }
    }

    pub(crate) fn outbox(&self) -> &Outbox<M> {
        &self.outbox
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.shared.running.load(Ordering::Acquire) > 0
    }

    /// What is running, how far it is, 0 to 1, and how long the rest takes, where that is known.
    pub(crate) fn progress(&self) -> Option<(String, f32, Option<Duration>)> {
        self.is_busy().then(|| {
            let doing = self.shared.what.lock();
            let doing = doing.unwrap_or_else(PoisonError::into_inner);
            let share = self.shared.progress.load(Ordering::Relaxed) as f32 / 1000.0;
            let left = doing.since.and_then(|since| since.left(share));
            (doing.what.clone(), share, left)
        })
    }

    /// Stops what is running.
    pub(crate) fn cancel(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.cancelled = Arc::default();
    }

    pub(crate) fn spawn(&self, name: &str, work: impl FnOnce(&Job<M>) + Send + 'static) {
        let job = Job {
            outbox: self.outbox.clone(),
            shared: self.shared.clone(),
            cancelled: self.cancelled.clone(),
        };
        self.shared.running.fetch_add(1, Ordering::AcqRel);
        self.shared.progress.store(0, Ordering::Relaxed);
        let thread = std::thread::Builder::new().name(format!("cisterna-{name}"));
        let running = RunningGuard(self.shared.clone(), self.outbox.ctx().clone());
        let spawned = thread.spawn(move || {
            let _running = running;
            work(&job);
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for {name}: {error}");
        }
    }
}

impl<M> Job<M> {
    /// Says what is being done and how far it is, 0 to 1.
    pub(crate) fn say(&self, what: &str, share: f32) {
        let doing = self.shared.what.lock();
        let mut doing = doing.unwrap_or_else(PoisonError::into_inner);
        if doing.what != what {
            what.clone_into(&mut doing.what);
            let at = Instant::now();
            doing.since = Some(Since { at, share });
        }
        drop(doing);
        let share = (share * 1000.0) as u32;
        self.shared.progress.store(share, Ordering::Relaxed);
        self.ctx().request_repaint();
    }

    pub(crate) fn send(&self, message: M) {
        self.outbox.send(message);
    }

    pub(crate) fn ctx(&self) -> &egui::Context {
        self.outbox.ctx()
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Shows what a workflow says; answers whether to go on.
    pub(crate) fn notice(&self, notice: Notice) -> ControlFlow<()> {
        match notice {
            Notice::Working { what, share } => self.say(&what, share as f32),
            // Remarks stand in what the workflow hands back, too.
            Notice::Remark(text) => tracing::info!("{text}"),
        }
        match self.is_cancelled() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Says how far it is, with a repaint for each percent; answers whether to go on.
    pub(crate) fn goes_on(&self, what: &str, share: f32) -> ControlFlow<()> {
        if self.is_cancelled() {
            return ControlFlow::Break(());
        }
        let before = self.shared.progress.load(Ordering::Relaxed);
        if (share * 1000.0) as u32 >= before + 10 {
            self.say(what, share);
        }
        ControlFlow::Continue(())
    }
}

/// Counts a job as running until it is dropped, also when it panics.
struct RunningGuard(Arc<Shared>, egui::Context);

impl Drop for RunningGuard {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
        self.1.request_repaint();
    }
}
