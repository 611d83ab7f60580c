//! Pictures of panes that the twin of the shader draws, where there is no graphics processor.
//!
//! A picture is drawn once, on threads of its own, and again only when something of it changes: its
//! view, its layers, how they are drawn. What lies over it (crosshair, lines, words) is not of it. The
//! window's thread waits for new pictures as long as a frame may take; what takes longer is shown when it
//! is there, and until then what was there before.

use crate::app::shell::theme;
use crate::render::{SlicePicture, draw_on_cpu};
use crate::volume::Orientation;
use crate::workflows::PictureVolume;
use eframe::egui::{self, ColorImage, TextureHandle, TextureId, TextureOptions};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

type Picture = SlicePicture<PictureVolume>;

/// The pictures of all panes.
pub(super) struct TwinPictures {
    ctx: egui::Context,
    /// Not the threads of long jobs, behind whose work a picture would wait.
    threads: rayon::ThreadPool,
    work: Arc<Work>,
    panes: Mutex<HashMap<egui::Id, Pane>>,
}

/// A pane as it is in the window.
struct Pane {
    texture: TextureHandle,
    /// What the texture shows, or would if it could be drawn; none at first.
    shown: Option<Picture>,
    /// What is on the way instead.
    asked: Option<Picture>,
    /// Whether it was in the window since the last frame.
    is_seen: bool,
}

/// What is to be drawn and what was.
#[derive(Default)]
struct Work {
    state: Mutex<WorkState>,
    changed: Condvar,
}

#[derive(Default)]
struct WorkState {
    /// At most one of a pane, the one that waits longest first.
    wanted: Vec<(egui::Id, Picture)>,
    /// How many were drawn.
    n_drawn: usize,
    /// Pixels, unless they could not be drawn.
    drawn: Vec<(egui::Id, Picture, Option<ColorImage>)>,
    is_drawing: bool,
    /// Whether the window's thread waits.
    is_awaited: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TwinPictures {
    /// # Errors
    /// When the system gives no threads.
    pub(super) fn new(ctx: &egui::Context) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = rayon::ThreadPoolBuilder::new()
            .thread_name(|n| format!("cisterna-picture-{n}"))
            .build()?;
        Ok(Self {
            ctx: ctx.clone(),
            threads,
            work: Arc::default(),
            panes: Mutex::default(),
        })
    }

    /// What shows a picture in a pane, once it is drawn.
    pub(super) fn texture(&self, id: egui::Id, picture: Picture) -> TextureId {
        let mut panes = lock(&self.panes);
        let pane = panes.entry(id).or_insert_with(|| Pane {
            texture: (self.ctx).load_texture("picture", nothing(), TextureOptions::NEAREST),
            shown: None,
            asked: None,
            is_seen: true,
        });
        pane.is_seen = true;
        let newest = pane.asked.as_ref().or(pane.shown.as_ref());
        if newest != Some(&picture) {
            pane.asked = Some(picture.clone());
            self.ask(id, picture);
        }
        pane.texture.id()
    }

    fn ask(&self, id: egui::Id, picture: Picture) {
        let mut state = lock(&self.work.state);
        match state.wanted.iter_mut().find(|(of, _)| *of == id) {
            Some((_, wanted)) => *wanted = picture,
            None => state.wanted.push((id, picture)),
        }
        if !state.is_drawing {
            state.is_drawing = true;
            let (work, ctx) = (self.work.clone(), self.ctx.clone());
            self.threads.spawn(move || work.draw_all(&ctx));
        }
    }

    /// Takes what was drawn of the panes of this frame, and waits for the rest until a moment.
    pub(super) fn take(&self, until: Instant) {
        let drawn = self.work.wait(until);
        let mut panes = lock(&self.panes);
        for (id, picture, image) in drawn {
            if let Some(pane) = panes.get_mut(&id) {
                pane.take(picture, image);
            }
        }
        panes.retain(|_, pane| std::mem::take(&mut pane.is_seen));
        for pane in panes.values_mut() {
            pane.hide_other_side();
        }
        let mut state = lock(&self.work.state);
        state.wanted.retain(|(id, _)| panes.contains_key(id));
    }

    /// How many pictures were drawn since the window was opened.
    pub(super) fn n_drawn(&self) -> usize {
        lock(&self.work.state).n_drawn
    }

    /// Whether a pane waits for its picture.
    pub(super) fn is_drawing(&self) -> bool {
        lock(&self.panes).values().any(|pane| pane.asked.is_some())
    }
}

impl Pane {
    fn take(&mut self, picture: Picture, image: Option<ColorImage>) {
        // What nobody waits for any more is older than what is shown, unless it is on the way to it.
        let Some(asked) = &self.asked else { return };
        if *asked == picture {
            self.asked = None;
        }
        self.texture
            .set(image.unwrap_or_else(nothing), TextureOptions::NEAREST);
        self.shown = Some(picture);
    }

    /// Letters for the patient's sides never stand at a picture of the other side.
    fn hide_other_side(&mut self) {
        if let (Some(asked), Some(shown)) = (&self.asked, &self.shown)
            && asked.view.letters(Orientation::Known) != shown.view.letters(Orientation::Known)
        {
            self.texture.set(nothing(), TextureOptions::NEAREST);
            self.shown = None;
        }
    }
}

impl Work {
    /// Draws until nothing is wanted any more.
    fn draw_all(&self, ctx: &egui::Context) {
        loop {
            let mut state = lock(&self.state);
            if state.wanted.is_empty() {
                state.is_drawing = false;
                self.changed.notify_all();
                return;
            }
            let (id, picture) = state.wanted.remove(0);
            drop(state);
            let image = catch_unwind(AssertUnwindSafe(|| drawn(&picture)));
            if image.is_err() {
                tracing::error!("a picture could not be drawn");
            }
            let mut state = lock(&self.state);
            state.n_drawn += 1;
            state.drawn.push((id, picture, image.ok()));
            if !state.is_awaited {
                ctx.request_repaint();
            }
        }
    }

    /// What was drawn, once nothing is wanted any more or a moment has come.
    fn wait(&self, until: Instant) -> Vec<(egui::Id, Picture, Option<ColorImage>)> {
        let mut state = lock(&self.state);
        state.is_awaited = true;
        while state.is_drawing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.is_awaited = false;
        std::mem::take(&mut state.drawn)
    }
}

fn drawn(picture: &Picture) -> ColorImage {
    let image = draw_on_cpu(picture);
    let size = [image.width() as usize, image.height() as usize];
    ColorImage::from_rgba_premultiplied(size, image.as_raw())
}

/// What is shown of a pane without a picture.
fn nothing() -> ColorImage {
    ColorImage::filled([1, 1], theme::BEHIND_PICTURE)
}
