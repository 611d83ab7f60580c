//! How far long work is, and what it says, on standard error; no bar where that is no terminal.

use super::remark;
use crate::workflows::Notice;
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;

/// Shares of the work are counted in so many parts.
const PARTS: u64 = 1000;

/// A bar with what is being done in front of it. It goes when it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(words: &str) -> Self {
        let bar = ProgressBar::new(PARTS);
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {percent:>3} %  {elapsed} gone, {eta} left",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(words.to_owned());
        Self(bar)
    }

    /// From 0 to 1.
    pub(super) fn at(&self, share: f64) {
        self.0
            .set_position((share.clamp(0.0, 1.0) * PARTS as f64) as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows what a workflow says: how far it is as a bar, remarks as lines.
pub(super) fn notify() -> impl Fn(Notice) -> ControlFlow<()> + Sync {
    let progress = Progress::new("");
    move |notice| {
        match notice {
            Notice::Working { what, share } => {
                if progress.0.message() != what {
                    progress.0.set_message(what);
                }
                progress.at(share);
            }
            Notice::Remark(text) => progress.0.suspend(|| remark(&text)),
        }
        ControlFlow::Continue(())
    }
}
