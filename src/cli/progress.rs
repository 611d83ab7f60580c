//! How far long computations are, on standard error; nothing where that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// Shares of the work are counted in so many parts.
const PARTS: u64 = 1000;

/// A bar with what is being done in front of it.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(words: &'static str) -> Self {
        let bar = ProgressBar::new(PARTS);
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {percent:>3} %  {elapsed} gone, {eta} left",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_message(words);
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
