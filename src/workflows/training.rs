//! What trainings have alike: where they begin, what they tell, and what the cards of their networks say.

use super::notice::{Notify, remark, working};
use crate::formats::bids;
use crate::models::{
    Begin, Card, Compute, EpochMetrics, InitialNetwork, Learned, Model, Origin, RunSettings, Split,
    TaskCard, Tensors, TrainingProgress, TrainingRecord, WARNING,
};
use anyhow::{Context, bail};
use std::ops::ControlFlow;
use std::path::Path;

/// What is done where there is a training in the folder already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// It is refused.
    No,
    /// It goes on; where there is none, one begins.
    GoOn,
    /// The model is made of what was reached; where there is nothing, that is refused.
    Finish,
}

impl Resume {
    /// Refuses to begin where there is a training already, and to finish one that is not there.
    pub(super) fn check(self, checkpoint: &Path) -> anyhow::Result<()> {
        match (self, checkpoint.exists()) {
            (Self::No, true) => bail!(
                "there is a training already; --resume goes on with it: {}",
                checkpoint.display()
            ),
            (Self::Finish, false) => bail!(
                "there is no training to finish: no such file: {}",
                checkpoint.display()
            ),
            _ => Ok(()),
        }
    }

    /// With what a training begins: its checkpoint, or else the weights of another network, or drawn ones.
    pub(super) fn begin<'a>(self, checkpoint: &Path, initial: Option<&'a Tensors>) -> Begin<'a> {
        match (self, initial) {
            (Self::Finish, _) => Begin::AsFarAsItGot,
            (Self::GoOn, _) if checkpoint.exists() => Begin::Checkpoint,
            (_, Some(tensors)) => Begin::Weights(tensors),
            (_, None) => Begin::Drawn,
        }
    }
}

/// Refuses a network to begin with that learned from patients of this very data set whom the new one would
/// be judged by.
pub(super) fn check_apart(
    start: Option<&Model>,
    fingerprint: &str,
    split: &Split,
) -> anyhow::Result<()> {
    if let Some(start) = start
        && let Some(earlier) = start.card.split_of(fingerprint)
        && let Some(subject) = split.test.iter().find(|s| earlier.train.contains(s))
    {
        bail!(
            "--start: {} learned from sub-{subject}, by whom the new network would be judged",
            start.card.name
        );
    }
    Ok(())
}

/// Says how many patients a network learns from, and on what. `of` comes first: which of several it is.
pub(super) fn tell_start(notify: Notify<'_>, of: &str, split: &Split, compute: &Compute) {
    remark(
        notify,
        format!(
            "{of}{} patients to learn from, {} to be judged by; on {compute}; a checkpoint after each epoch, --resume goes on from it",
            split.train.len(),
            split.test.len()
        ),
    );
}

/// Says how far a training is, with the loss and a number of the test by its name after each epoch.
pub(super) fn progress<'a>(
    notify: Notify<'a>,
    of: &'a str,
    epochs: usize,
    metric: &'a str,
    decimals: usize,
) -> impl FnMut(TrainingProgress) -> ControlFlow<()> {
    let mut what = format!("{of}training");
    move |progress| match progress {
        TrainingProgress::Step { done, .. } => working(notify, &what, done),
        TrainingProgress::Epoch(metrics) => {
            tracing::info!(?metrics, "epoch");
            what = format!(
                "{of}epoch {} of {epochs}, train {:.decimals$}, test {:.decimals$}",
                metrics.epoch,
                metrics.train_loss,
                metrics.test(metric)
            );
            ControlFlow::Continue(())
        }
    }
}

/// Where a trained network comes from.
pub(super) struct TrainedFrom<'a> {
    /// The data set.
    pub(super) data: &'a Path,
    /// Whether its patients were simulated.
    pub(super) is_simulated: bool,
    /// SHA-256 of what was to be predicted.
    pub(super) fingerprint: &'a str,
    /// Who was learned from and who was judged by.
    pub(super) split: Split,
    /// What decided the training beside the settings of the task.
    pub(super) run: &'a RunSettings,
    /// On what it was computed.
    pub(super) compute: &'a Compute,
    /// After each epoch.
    pub(super) history: &'a [EpochMetrics],
    /// The epoch of these that the card tells.
    pub(super) best: Option<&'a EpochMetrics>,
}

impl TrainedFrom<'_> {
    /// The card of the network.
    ///
    /// # Errors
    /// When no epoch was trained.
    pub(super) fn card(
        self,
        name: String,
        purpose: String,
        n_weights: usize,
        task: TaskCard,
    ) -> anyhow::Result<Card> {
        Ok(Card {
            name,
            warning: WARNING.to_owned(),
            purpose,
            licence: Some("MIT OR Apache-2.0".to_owned()),
            date: today(),
            made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
            n_weights,
            task,
            origin: Origin::Trained(Box::new(TrainingRecord {
                learned: Learned {
                    data_set: bids::data_set_name(self.data)
                        .unwrap_or_else(|| "unnamed".to_owned()),
                    is_simulated: self.is_simulated,
                    fingerprint: self.fingerprint.to_owned(),
                    split: self.split,
                },
                settings: RunSettings {
                    // As many as there were, where a training was ended early.
                    epochs: self.history.len(),
                    ..self.run.clone()
                },
                device: self.compute.to_string(),
                best_epoch: self.best.context("no epoch was trained")?.clone(),
            })),
        })
    }
}

/// The epoch with the smallest of a named number of the test.
pub(super) fn smallest<'a>(history: &'a [EpochMetrics], name: &str) -> Option<&'a EpochMetrics> {
    let epochs = history.iter();
    epochs.min_by(|a, b| a.test(name).total_cmp(&b.test(name)))
}

/// Writes a card beside its network, for programs and for people.
pub(super) fn write_card(card: &Card, folder: &Path) -> anyhow::Result<()> {
    bids::write_json(&folder.join("card.json"), card)?;
    bids::write_text(&folder.join("card.md"), &card.to_markdown())?;
    Ok(())
}

/// What the card will say of the network that was begun with.
pub(super) fn initial_network(start: &Model) -> InitialNetwork {
    InitialNetwork {
        name: start.card.name.clone(),
        sha256: start.sha256().unwrap_or_default(),
        trained_on: start.card.trained_on(),
        learned: start.card.learned().cloned().collect(),
    }
}

/// Today's date in UTC, `YYYY-MM-DD`.
pub(super) fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}
