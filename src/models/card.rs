//! What a network is, what it was trained on and how good it is, beside its weights.

use super::checkpoint::Layout;
use super::data::{Preparation, Split};
use super::evaluate::Evaluation;
use super::interval::Inputs;
use super::recipe::{EpochErrors, Learned, Loss, Training};
use super::unet::UNetShape;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What every card says first.
pub const WARNING: &str = "Research use only. Not a medical device.";

/// A model card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// By which it is called.
    pub name: String,
    /// [`WARNING`].
    pub warning: String,
    /// What it is for and what not, in sentences.
    pub use_of_it: String,
    /// The licence of the weights, by its usual short name; none where nobody said.
    pub licence: Option<String>,
    /// When it was made, `YYYY-MM-DD` in UTC.
    pub date: String,
    /// The version of this program that made it.
    pub made_by: String,
    /// What it looks like.
    pub shape: UNetShape,
    /// Numbers that training set.
    pub n_weights: usize,
    /// Which scans it is given; none for a network from elsewhere about which nobody said.
    pub inputs: Option<Inputs>,
    /// How scans become planes for it.
    pub preparation: Preparation,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a network comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Trained by this program.
    Trained(Box<Trained>),
    /// Taken over from a checkpoint of another program.
    Imported(Imported),
}

/// A training, as a card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// The patients.
    #[serde(flatten)]
    pub learned: Learned,
    /// Earliest and latest hour after the injection of each scan that goes in, and of the target.
    pub hours: Vec<[f64; 2]>,
    /// All settings.
    pub settings: Training,
    /// On what it was computed.
    pub device: String,
    /// Errors of the weights as they were stored, in half precision.
    pub evaluation: Evaluation,
    /// The epoch after which the test's squared error was smallest. The weights are those after
    /// the last epoch: the test chose nothing.
    pub best_epoch: EpochErrors,
}

/// A checkpoint, as a card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The name of the file, without its folder.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// How it named its tensors.
    pub layout: Layout,
}

impl Card {
    /// The loss that it was trained with, where that is known.
    #[must_use]
    pub fn loss(&self) -> Option<Loss> {
        match &self.origin {
            Origin::Trained(trained) => Some(trained.settings.loss),
            Origin::Imported(_) => None,
        }
    }

    /// Whether it predicts the mean of planes and of their mirror image.
    #[must_use]
    pub fn is_mirrored(&self) -> bool {
        match &self.origin {
            Origin::Trained(trained) => trained.settings.recipe.is_mirrored(),
            Origin::Imported(_) => false,
        }
    }

    /// What must stand wherever its predictions are shown: on what it was trained.
    #[must_use]
    pub fn trained_on(&self) -> String {
        let trained = match &self.origin {
            Origin::Trained(trained) => trained,
            Origin::Imported(imported) => {
                return format!(
                    "imported from {}; its training is unknown here",
                    imported.file
                );
            }
        };
        let count = |simulated| {
            let of_kind = self.learned().filter(|l| l.is_simulated == simulated);
            of_kind.map(|l| l.split.train.len()).sum::<usize>()
        };
        let told = match (count(true), count(false)) {
            (heads, 0) => format!("trained on {heads} simulated heads, not on patients"),
            (0, patients) => format!("trained on {patients} patients"),
            (heads, patients) => {
                format!("trained on {heads} simulated heads and {patients} patients")
            }
        };
        match &trained.settings.start {
            Some(start) if start.learned.is_empty() => {
                format!("{told}; begun with {}, {}", start.name, start.trained_on)
            }
            _ => told,
        }
    }

    /// What it learned from, the first first and each once: also what the network learned from
    /// that it began with.
    pub fn learned(&self) -> impl Iterator<Item = &Learned> {
        let trained = match &self.origin {
            Origin::Trained(trained) => Some(trained),
            Origin::Imported(_) => None,
        };
        let start = trained.and_then(|trained| trained.settings.start.as_ref());
        let own = trained.map(|trained| &trained.learned);
        let is_other =
            move |earlier: &&Learned| own.is_none_or(|own| own.fingerprint != earlier.fingerprint);
        let earlier = start.into_iter().flat_map(|start| &start.learned);
        earlier.filter(is_other).chain(own)
    }

    /// Whom it learned from of a data set, by the SHA-256 of its images; `None` where it has not
    /// seen them.
    #[must_use]
    pub fn split_of(&self, fingerprint: &str) -> Option<&Split> {
        let same = self.learned().find(|l| l.fingerprint == fingerprint);
        same.map(|learned| &learned.split)
    }

    /// The card as a page to be read.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut page = format!(
            "# {}\n\n**{}**\n\n{}\n\n",
            self.name, self.warning, self.use_of_it
        );
        let shape = &self.shape;
        let mut rows = vec![
            ("network", format!(
                "2D U-net, {} planes in, {} out, {} features, depth {}, {:?} up-sampling, {:?} head, {}{} weights",
                shape.channels_in, shape.channels_out, shape.features, shape.depth,
                shape.upsampling, shape.head,
                if shape.context { "context of the whole head, " } else { "" },
                self.n_weights
            ).to_lowercase()),
            ("input", self.inputs.as_ref().map_or_else(
                || "not told".to_owned(),
                |inputs| format!("an axial and a sagittal 256 x 256 plane of 1 mm, T1-weighted, {inputs} (hours after the injection; pre: before it)"),
            )),
            ("output", "the same two planes at 24 h".to_owned()),
            ("scaling", match self.preparation.scaling {
                crate::volume::Scaling::Slice => "each slice 0 to 1 by its own range".to_owned(),
                crate::volume::Scaling::Fat => "1 is twice the signal of the orbital fat".to_owned(),
            }),
            ("licence of the weights", self.licence.clone().unwrap_or_else(|| "not told".to_owned())),
            ("date", self.date.clone()),
            ("made by", self.made_by.clone()),
        ];
        match &self.origin {
            Origin::Imported(imported) => rows.extend([
                ("imported from", imported.file.clone()),
                ("its SHA-256", imported.sha256.clone()),
                (
                    "its layout",
                    format!("{:?}", imported.layout).to_lowercase(),
                ),
            ]),
            Origin::Trained(trained) => rows.extend(trained.rows()),
        }
        page.push_str("| | |\n| --- | --- |\n");
        for (what, value) in rows {
            let _ = writeln!(page, "| {what} | {value} |");
        }
        if let Origin::Trained(trained) = &self.origin {
            page.push_str(&trained.table());
        }
        page
    }
}

impl Trained {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let settings = &self.settings;
        let hours: Vec<String> = self
            .hours
            .iter()
            .map(|[first, last]| format!("{first:.1} to {last:.1} h"))
            .collect();
        let learned = &self.learned;
        let kind = if learned.is_simulated {
            "simulated heads, nobody's scans"
        } else {
            "patients"
        };
        let mut rows = vec![
            ("trained on", format!("{} ({kind})", learned.data_set)),
            (
                "hours of the scans",
                format!("{} (the last: what is predicted)", hours.join(", ")),
            ),
            (
                "patients",
                format!(
                    "{} to learn from, {} to be judged by, drawn with seed {}",
                    learned.split.train.len(),
                    learned.split.test.len(),
                    learned.split.seed
                ),
            ),
            ("loss", settings.loss.to_string()),
            ("recipe", settings.recipe_in_words()),
            (
                "epochs, batch, learning rate, seed",
                format!(
                    "{}, {}, {}, {}",
                    settings.epochs, settings.batch, settings.learning_rate, settings.seed
                ),
            ),
            ("computed on", self.device.clone()),
            (
                "smallest test error",
                format!(
                    "MSE {:.5} after epoch {}; the weights are those after the last epoch",
                    self.best_epoch.test_mse, self.best_epoch.epoch
                ),
            ),
            ("images", format!("SHA-256 {}", learned.fingerprint)),
        ];
        rows.extend(settings.start.as_ref().map(|start| {
            let told = format!(
                "{} ({}; SHA-256 {})",
                start.name, start.trained_on, start.sha256
            );
            ("begun with", told)
        }));
        rows
    }

    fn table(&self) -> String {
        let evaluation = &self.evaluation;
        let mut table = "\n## Errors\n\nPlanes are 0 to 1; means over all pixels of both planes.\n\n| | MSE | MAE |\n| --- | --- | --- |\n".to_owned();
        let baselines = &evaluation.baselines;
        let mut rows = vec![(
            format!("network, {} patients of the test", evaluation.patients),
            evaluation.test,
        )];
        rows.extend(evaluation.train.map(|train| {
            (
                format!(
                    "network, {} patients it learned from",
                    evaluation.train_patients
                ),
                train,
            )
        }));
        rows.extend([
            ("copy of the scan that goes in".to_owned(), baselines.copy),
            ("mean scan of 24 h".to_owned(), baselines.mean),
            ("a line for each pixel".to_owned(), baselines.linear),
        ]);
        for (what, errors) in rows {
            let _ = writeln!(table, "| {what} | {:.5} | {:.4} |", errors.mse, errors.mae);
        }
        table
    }
}
