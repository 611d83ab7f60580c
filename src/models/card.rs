//! What a network is, what it was trained on and how good it is, beside its weights.

use super::counts::card::CountsCard;
use super::engine::{EpochMetrics, Learned, RunSettings, Split};
use super::leak::card::LeakCard;
use super::spaces::card::SpacesCard;
use super::task_part::TaskPart;
use super::tracer::card::TracerCard;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
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
    #[serde(alias = "use_of_it")]
    pub purpose: String,
    /// The licence of the weights, by its usual short name; none where nobody said.
    pub licence: Option<String>,
    /// When it was made, `YYYY-MM-DD` in UTC.
    pub date: String,
    /// The version of this program that made it.
    pub made_by: String,
    /// Numbers that training set.
    pub n_weights: usize,
    /// Which task it is for, and what only that task knows of it.
    pub task: TaskCard,
    /// Where it comes from.
    pub origin: Origin,
}

macro_rules! tasks {
    ($($(#[$doc:meta])* $name:ident($part:ty),)*) => {
        /// The task that a network is for.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum TaskCard {
            $($(#[$doc])* $name($part),)*
        }

        impl TaskCard {
            /// What the task says of the network.
            #[must_use]
            pub fn part(&self) -> &dyn TaskPart {
                match self {
                    $(Self::$name(part) => part,)*
                }
            }
        }
    };
}

// One line for each task.
tasks! {
    /// Predicts planes of 24 h.
    Tracer(TracerCard),
    /// Says of a head whether a leak of CSF is likely to be found.
    Leak(LeakCard),
    /// Marks perivascular spaces.
    Spaces(SpacesCard),
    /// Counts perivascular spaces in a region.
    Counts(CountsCard),
}

/// Where a network comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Trained by this program.
    Trained(Box<TrainingRecord>),
    /// Taken over from a checkpoint of another program.
    Imported(Imported),
}

/// A training, as a card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// The patients.
    #[serde(flatten)]
    pub learned: Learned,
    /// What decided it beside the settings of the task.
    pub settings: RunSettings,
    /// On what it was computed.
    pub device: String,
    /// The epoch after which the test was best. The weights are those after the last epoch: the
    /// test chose nothing.
    pub best_epoch: EpochMetrics,
}

/// A checkpoint, as a card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The name of the file, without its folder.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// How it named its tensors, as [`Layout::name`](super::Layout::name) has it for U-nets.
    pub layout: String,
    /// Its tensors that belong to another part of a larger network and were not taken over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
}

impl Card {
    /// A card from JSON, also as programs before tasks had their parts wrote it.
    ///
    /// # Errors
    /// When it is not one.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let mut card: Value = serde_json::from_str(text)?;
        if let Some(fields) = card.as_object_mut()
            && !fields.contains_key("task")
        {
            let task = tracer_part(fields);
            fields.insert("task".to_owned(), task);
        }
        serde_json::from_value(card)
    }

    /// What a task says of the network, if it is for that task.
    #[must_use]
    pub fn task<T: TaskPart>(&self) -> Option<&T> {
        self.task.part().as_any().downcast_ref()
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
            self.name, self.warning, self.purpose
        );
        let part = self.task.part();
        let licence = self.licence.clone();
        let mut rows = part.rows(self.n_weights);
        rows.extend([
            (
                "licence of the weights",
                licence.unwrap_or_else(|| "not told".to_owned()),
            ),
            ("date", self.date.clone()),
            ("made by", self.made_by.clone()),
        ]);
        match &self.origin {
            Origin::Imported(imported) => rows.extend([
                ("imported from", imported.file.clone()),
                ("its SHA-256", imported.sha256.clone()),
                ("its layout", imported.layout.clone()),
            ]),
            Origin::Trained(trained) => rows.extend(trained.rows(part)),
        }
        page.push_str("| | |\n| --- | --- |\n");
        for (what, value) in rows {
            let _ = writeln!(page, "| {what} | {value} |");
        }
        page.push_str(&part.results());
        page
    }
}

impl TrainingRecord {
    fn rows(&self, part: &dyn TaskPart) -> Vec<(&'static str, String)> {
        let settings = &self.settings;
        let learned = &self.learned;
        let kind = if learned.is_simulated {
            "simulated heads, nobody's scans"
        } else {
            "patients"
        };
        let mut rows = vec![
            ("trained on", format!("{} ({kind})", learned.data_set)),
            (
                "patients",
                format!(
                    "{} to learn from, {} to be judged by, drawn with seed {}",
                    learned.split.train.len(),
                    learned.split.test.len(),
                    learned.split.seed
                ),
            ),
        ];
        rows.extend(part.training_rows(settings));
        rows.extend([
            (
                "epochs, batch, learning rate, seed",
                format!(
                    "{}, {}, {}, {}",
                    settings.epochs, settings.batch, settings.learning_rate, settings.seed
                ),
            ),
            ("computed on", self.device.clone()),
            part.best_epoch(&self.best_epoch),
            ("images", format!("SHA-256 {}", learned.fingerprint)),
        ]);
        rows.extend(settings.start.as_ref().map(|start| {
            let told = format!(
                "{} ({}; SHA-256 {})",
                start.name, start.trained_on, start.sha256
            );
            ("begun with", told)
        }));
        rows
    }
}

/// The part of the only task there was, out of a card without parts.
fn tracer_part(card: &Map<String, Value>) -> Value {
    let take = |from: &Value, names: &[&str]| -> Map<String, Value> {
        let found = names.iter().filter_map(|&name| {
            let value = from.get(name)?.clone();
            Some((name.to_owned(), value))
        });
        found.collect()
    };
    let whole = Value::Object(card.clone());
    let mut part = take(&whole, &["shape", "inputs", "preparation"]);
    if let Some(trained) = whole.pointer("/origin/trained") {
        let mut training = take(trained, &["hours", "evaluation"]);
        training.extend(take(&trained["settings"], &["loss", "recipe"]));
        part.insert("training".to_owned(), Value::Object(training));
    }
    json!({ "tracer": part })
}
