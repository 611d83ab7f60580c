//! What the card of a leak network says beside what all cards say.

use super::preparation::LeakPreparation;
use super::ranges::Ranges;
use super::settings::LeakSettings;
use crate::models::engine::{EpochMetrics, InitialNetwork, RunSettings};
use crate::models::nets::ClassifierShape;
use crate::models::task_part::TaskPart;
use crate::models::weights::CLASSIFIER_KEY;
use serde::{Deserialize, Serialize};
use std::any::Any;

/// A leak network, as its card tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakCard {
    /// What the network looks like.
    pub network: ClassifierShape,
    /// How scans become volumes for it.
    pub preparation: LeakPreparation,
    /// What each number that comes out stands for.
    pub outputs: Vec<String>,
    /// Which of them stands for a leak.
    pub positive: usize,
    /// Numbers are divided by this before they become probabilities; none where nobody calibrated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// How it was trained; none where it was not trained by this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Box<LeakTraining>>,
}

/// How a leak network was trained, and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakTraining {
    /// What decided it beside the settings of any training.
    pub settings: LeakSettings,
    /// Which fold of how many was kept apart, counted from 1; one of one is none.
    pub fold: [usize; 2],
    /// Patients who chose the epoch and the temperature.
    pub inner: Vec<String>,
    /// The epoch that the weights are of, counted from 1.
    pub kept_epoch: usize,
    /// The weights as they were stored, in half precision, on patients they never learned from.
    pub evaluations: Vec<LeakEvaluation>,
}

/// How well a network tells heads with a leak from heads without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakEvaluation {
    /// Whose heads, in words.
    pub of: String,
    /// Heads with a leak and without.
    pub patients: [usize; 2],
    /// Area under the ROC curve; none where one kind is missing.
    pub auroc: Option<f64>,
    /// Its interval.
    pub auroc_interval: Option<[f64; 2]>,
    /// That of the Bern score on the same heads.
    pub bern_auroc: Option<f64>,
    /// DeLong's paired test of the difference of both.
    pub delong_p: Option<f64>,
    /// Mean squared error of the probability.
    pub brier: Option<f64>,
}

impl LeakCard {
    /// A network about whose numbers nobody said anything: the last one stands for a leak, as labels
    /// 0 and 1 give it.
    #[must_use]
    pub fn new(network: ClassifierShape, preparation: LeakPreparation) -> Self {
        let n = network.out_channels();
        let outputs = match n {
            1 => vec!["leak".to_owned()],
            2 => vec!["no leak".to_owned(), "leak".to_owned()],
            _ => (0..n).map(|at| format!("number {at}")).collect(),
        };
        Self {
            network,
            preparation,
            outputs,
            positive: n.saturating_sub(1),
            temperature: None,
            training: None,
        }
    }

    /// Whether it says what can be.
    ///
    /// # Errors
    /// The field that does not, with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let n = self.network.out_channels();
        if self.outputs.len() != n || self.positive >= n {
            let value = format!("{} of {:?}", self.positive, self.outputs);
            return Err(("positive number", value));
        }
        if let Some(temperature) = self.temperature
            && !(temperature.is_finite() && temperature > 0.0)
        {
            return Err(("temperature", temperature.to_string()));
        }
        self.preparation.check()
    }

    /// The probability of each number: the softmax of all, or the logistic function of a single one.
    #[must_use]
    pub fn probabilities(&self, logits: &[f32]) -> Vec<f64> {
        let temperature = self.temperature.unwrap_or(1.0);
        let scaled = logits.iter().map(|&logit| f64::from(logit) / temperature);
        let scaled: Vec<f64> = scaled.collect();
        if let [one] = scaled[..] {
            return vec![1.0 / (1.0 + (-one).exp())];
        }
        let largest = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all: Vec<f64> = scaled.iter().map(|one| (one - largest).exp()).collect();
        let sum: f64 = all.iter().sum();
        all.into_iter().map(|one| one / sum).collect()
    }
}

impl LeakCard {
    /// The log odds of a leak before any temperature: the number that stands for it, minus what all others
    /// together are worth.
    #[must_use]
    pub fn log_odds(&self, logits: &[f32]) -> f64 {
        let positive = f64::from(logits[self.positive]);
        let others = logits
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != self.positive);
        let others: Vec<f64> = others.map(|(_, &logit)| f64::from(logit)).collect();
        let Some(largest) = others.iter().copied().reduce(f64::max) else {
            return positive;
        };
        let sum: f64 = others.iter().map(|one| (one - largest).exp()).sum();
        positive - largest - sum.ln()
    }
}

/// What a network of this task is for and what not, in sentences, where it was taken over.
#[must_use]
pub fn purpose() -> String {
    "Says of a volume of a head after contrast whether a leak of CSF is likely to be found. Taken over from another program's checkpoint: what it was trained on and how good it is are not known here. Its probability is calibrated for nobody unless a temperature is told. Not to be used for any decision about a patient.".to_owned()
}

/// What a network of this task is for and what not, in sentences, where it was trained here.
#[must_use]
pub fn purpose_of_trained(start: Option<&InitialNetwork>, is_simulated: bool) -> String {
    let began_so = |start: &InitialNetwork| {
        !start.learned.is_empty() && start.learned.iter().all(|earlier| earlier.is_simulated)
    };
    let learned = if is_simulated && start.is_none_or(began_so) {
        "It was trained on simulated heads and has never seen a patient: on real scans its probability shows what the program does, and says nothing about a patient."
    } else {
        "It was trained on the scans that are named below and is untried on any other."
    };
    format!(
        "Says of a fat-saturated T1-weighted scan of a head after contrast whether a leak of CSF is likely to be found. {learned} Not to be used for any decision about a patient."
    )
}

impl TaskPart for LeakCard {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn metadata(&self) -> Result<(&'static str, String), serde_json::Error> {
        Ok((CLASSIFIER_KEY, serde_json::to_string(&self.network)?))
    }

    fn summary(&self) -> String {
        format!("leak of CSF, {}", self.network.in_words())
    }

    fn rows(&self, n_weights: usize) -> Vec<(&'static str, String)> {
        let LeakPreparation {
            size: [across, along, up],
            spacing_mm,
            scaling,
        } = self.preparation;
        let numbers = self.outputs.iter().enumerate();
        let numbers: Vec<String> = numbers
            .map(|(at, means)| match at == self.positive {
                true => format!("{at}: {means} (whose probability is told)"),
                false => format!("{at}: {means}"),
            })
            .collect();
        vec![
            (
                "network",
                format!(
                    "{}, {} channels in, {} numbers out, {n_weights} weights",
                    self.network.in_words(),
                    self.network.in_channels(),
                    self.network.out_channels()
                ),
            ),
            (
                "input",
                format!(
                    "T1-weighted after contrast, {across} x {along} x {up} voxels (left-right, back-front, feet-head) of {spacing_mm} mm"
                ),
            ),
            ("scaling", scaling.to_string()),
            ("output", numbers.join("; ")),
            (
                "temperature",
                self.temperature
                    .map_or_else(|| "not calibrated".to_owned(), |t| t.to_string()),
            ),
        ]
    }

    fn training_rows(&self, run: &RunSettings) -> Vec<(&'static str, String)> {
        let Some(training) = &self.training else {
            return Vec::new();
        };
        let settings = &training.settings;
        let [fold, n_folds] = training.fold;
        vec![
            (
                "fold",
                match n_folds {
                    1 => "none was kept apart".to_owned(),
                    _ => format!("{fold} of {n_folds} was kept apart"),
                },
            ),
            ("recipe", settings.in_words(run.epochs)),
            ("augmentation", Ranges::of(settings.recipe).in_words()),
            (
                "epoch",
                match training.inner.len() {
                    0 => format!(
                        "the weights are those after the last, {}",
                        training.kept_epoch
                    ),
                    n => format!(
                        "the weights are those after epoch {}, which with the temperature was chosen by {n} patients of an inner split; they are among those to learn from and moved no weight",
                        training.kept_epoch
                    ),
                },
            ),
        ]
    }

    fn best_epoch(&self, best: &EpochMetrics) -> (&'static str, String) {
        let auroc = best.test("fold_auroc");
        let told = match auroc.is_finite() {
            true => format!(
                "AUROC {auroc:.4} of the fold after epoch {}: as in paper 002, optimistic, and not how good these weights are",
                best.epoch
            ),
            false => format!(
                "AUROC {:.4} of the inner split after epoch {}",
                best.test("inner_auroc"),
                best.epoch
            ),
        };
        ("largest area", told)
    }

    fn results(&self) -> String {
        let Some(training) = &self.training else {
            return String::new();
        };
        let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.4}"));
        let mut table = "\n## How good it is\n\n| heads | with a leak | without | AUROC | its interval | AUROC of the Bern score | DeLong's p | Brier score |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n".to_owned();
        for evaluation in &training.evaluations {
            let [with, without] = evaluation.patients;
            let interval = evaluation.auroc_interval;
            let interval =
                interval.map_or_else(|| "-".to_owned(), |[a, b]| format!("{a:.4} to {b:.4}"));
            table += &format!(
                "| {} | {with} | {without} | {} | {interval} | {} | {} | {} |\n",
                evaluation.of,
                number(evaluation.auroc),
                number(evaluation.bern_auroc),
                number(evaluation.delong_p),
                number(evaluation.brier),
            );
        }
        table
    }
}
