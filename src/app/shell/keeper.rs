//! Threads that own what is slow for as long as a window is open: they are asked, and reply.

use eframe::egui;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, Sender, channel};
use std::time::Duration;

/// Where threads send their replies; the window wakes up for each.
pub(crate) struct Outbox<R> {
    sender: Sender<R>,
    ctx: egui::Context,
}

impl<R> Clone for Outbox<R> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            ctx: self.ctx.clone(),
        }
    }
}

impl<R> Outbox<R> {
    /// An outbox and where the window finds the replies.
    pub(crate) fn new(ctx: &egui::Context) -> (Self, Receiver<R>) {
        let (sender, replies) = channel();
        let ctx = ctx.clone();
        (Self { sender, ctx }, replies)
    }

    pub(crate) fn send(&self, reply: R) {
        // The window may be gone; what was stored stays stored.
        let _ = self.sender.send(reply);
        self.ctx.request_repaint();
    }

    pub(crate) fn ctx(&self) -> &egui::Context {
        &self.ctx
    }
}

/// What owns a study file on a thread of its own: storing waits for the disk, which a window must
/// not.
pub(crate) trait Keep: Send + 'static {
    type Request: Send + 'static;

    /// How often to look for what other windows did to the file, where that matters.
    const POLL: Option<Duration>;

    /// Replies with what is new: at the beginning, and as often as `POLL` says.
    fn look(&mut self);

    /// Does what was asked for and replies with what came of it.
    fn answer(&mut self, request: Self::Request);
}

/// The window's end of such a thread, which ends with the last of them.
pub(crate) struct Keeper<Q>(Sender<Q>);

impl<Q> Clone for Keeper<Q> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q: Send + 'static> Keeper<Q> {
    /// Runs `work` on a thread of this name.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn spawn(
        name: &str,
        work: impl FnOnce(&Receiver<Q>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, requests) = channel();
        let thread = std::thread::Builder::new().name(format!("cisterna-{name}"));
        thread.spawn(move || work(&requests))?;
        Ok(Self(sender))
    }

    /// Gives a study file to a thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn keep<K: Keep<Request = Q>>(mut study: K) -> std::io::Result<Self> {
        Self::spawn("ledger", move |requests| {
            study.look();
            loop {
                let request = match K::POLL {
                    Some(poll) => requests.recv_timeout(poll),
                    None => requests.recv().map_err(RecvTimeoutError::from),
                };
                match request {
                    Ok(request) => study.answer(request),
                    Err(RecvTimeoutError::Timeout) => study.look(),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })
    }

    /// Asks for something; fails where the thread has ended.
    pub(crate) fn ask(&self, request: Q) -> Result<(), SendError<Q>> {
        self.0.send(request)
    }
}
