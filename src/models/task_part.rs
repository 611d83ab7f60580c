//! The tasks, as cards tell them.

use super::engine::{EpochMetrics, RunSettings};
use std::any::Any;
use std::fmt;

/// The part of a card that belongs to its task.
pub trait TaskPart: Any + fmt::Debug {
    /// Itself, to be asked for by type.
    fn as_any(&self) -> &dyn Any;

    /// What the file of the weights says of the network, beside the card: a key, and JSON.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    fn metadata(&self) -> Result<(&'static str, String), serde_json::Error>;

    /// The network in a few words, for a list.
    fn summary(&self) -> String;

    /// What the network looks like, what goes in and what comes out.
    fn rows(&self, n_weights: usize) -> Vec<(&'static str, String)>;

    /// How it was trained.
    fn training_rows(&self, run: &RunSettings) -> Vec<(&'static str, String)>;

    /// The epoch after which the test was best, in words: what it is called, and what is said of it.
    fn best_epoch(&self, best: &EpochMetrics) -> (&'static str, String);

    /// How good it is, as Markdown.
    fn results(&self) -> String;
}
