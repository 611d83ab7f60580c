//! The manual: pages beside the program, opened by F1 in whatever shows pages on this desktop.

use super::keeper::Outbox;
use super::widgets::closes;
use eframe::egui::{self, Key, Modifiers};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Where the manual's first page may lie, from the folder of the program: in a package, beside a program
/// that stands alone, and in a checkout after `./dev docs`.
const PLACES: [&str; 3] = [
    "../share/doc/cisterna/manual/index.html",
    "docs/index.html",
    "../docs/index.html",
];

/// What opens pages has failed by then, or has the page.
const PATIENCE: Duration = Duration::from_secs(5);

const NOT_THERE: &str = "The manual is not beside the program. Packages bring it: in the portable one it is \
    share/doc/cisterna/manual/index.html, on Debian /usr/share/doc/cisterna/manual/index.html. In a checkout \
    `./dev docs` makes it in target/docs.";

/// The first page of the manual that belongs to a program; none where there is no such file.
#[must_use]
pub fn manual_of(program: &Path) -> Option<PathBuf> {
    // What is started by a link lies elsewhere.
    let program = program.canonicalize().ok()?;
    let folder = program.parent()?;
    let pages = PLACES.iter().map(|place| folder.join(place));
    let page = pages.into_iter().find(|page| page.is_file())?;
    page.canonicalize().ok()
}

/// Opens the manual of this program; fails with what is to be told.
fn open_manual() -> Result<(), String> {
    let program = std::env::current_exe().ok();
    let page = program.and_then(|program| manual_of(&program));
    let page = page.ok_or(NOT_THERE)?;
    open::that_detached_with_timeout(&page, PATIENCE).map_err(|error| {
        format!(
            "Nothing here opened the manual, {}: {error}",
            page.display()
        )
    })
}

/// A window's way to the manual, which changes nothing else in it.
pub(crate) struct Manual {
    outbox: Outbox<String>,
    replies: Receiver<String>,
    trouble: Option<String>,
}

impl Manual {
    pub(crate) fn new(ctx: &egui::Context) -> Self {
        let (outbox, replies) = Outbox::new(ctx);
        Self {
            outbox,
            replies,
            trouble: None,
        }
    }

    /// Opens it, on a thread of its own: a desktop may take its time.
    pub(crate) fn open(&mut self) {
        self.trouble = None;
        let outbox = self.outbox.clone();
        let thread = std::thread::Builder::new().name("manual".to_owned());
        let spawned = thread.spawn(move || {
            if let Err(trouble) = open_manual() {
                outbox.send(trouble);
            }
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for the manual: {error}");
        }
    }

    /// Opens it where F1 was pressed, whatever is being typed.
    pub(crate) fn look_for_key(&mut self, ctx: &egui::Context) {
        if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1)) {
            self.open();
        }
    }

    /// Says why it was not opened, until that is closed.
    pub(crate) fn ui(&mut self, ctx: &egui::Context) {
        if let Some(trouble) = self.replies.try_iter().last() {
            self.trouble = Some(trouble);
        }
        let Some(trouble) = &self.trouble else {
            return;
        };
        let mut is_open = true;
        egui::Window::new("Manual")
            .open(&mut is_open)
            .collapsible(false)
            .resizable(false)
            .anchor(egui::Align2::CENTER_BOTTOM, egui::vec2(0.0, -40.0))
            .show(ctx, |ui| {
                ui.set_max_width(480.0);
                ui.label(trouble);
            });
        if !is_open || closes(ctx) {
            self.trouble = None;
        }
    }
}
