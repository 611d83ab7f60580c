//! What the card of a leak network says beside what all cards say.

use crate::models::engine::{EpochMetrics, RunSettings};
use crate::models::nets::ClassifierShape;
use crate::models::task_part::TaskPart;
use crate::models::weights::CLASSIFIER_KEY;
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt;
use std::str::FromStr;

/// How the values of a volume are scaled before a network is given them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntensityScaling {
    /// They stay; the paper names no scaling.
    #[default]
    None,
    /// The smallest becomes 0 and the largest 1.
    MinMax,
    /// Mean 0 and standard deviation 1, over all voxels.
    ZScore,
    /// Mean 0 and standard deviation 1 over the voxels that are not 0, which stay 0.
    ZScoreNonzero,
}

impl IntensityScaling {
    const NAMES: [(&'static str, Self); 4] = [
        ("none", Self::None),
        ("min-max", Self::MinMax),
        ("z-score", Self::ZScore),
        ("z-score-nonzero", Self::ZScoreNonzero),
    ];
}

impl fmt::Display for IntensityScaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::NAMES.iter().find(|(_, scaling)| scaling == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

impl FromStr for IntensityScaling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, scaling)| *scaling).ok_or_else(|| {
            let names = Self::NAMES.map(|(name, _)| name).join(", ");
            format!("{text:?} is none of {names}")
        })
    }
}

/// How a scan becomes a volume for a network.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakPreparation {
    /// Voxels from left to right, from back to front and from the feet up.
    pub size: [usize; 3],
    /// Their size.
    pub spacing_mm: f64,
    /// How values are scaled.
    pub scaling: IntensityScaling,
}

impl LeakPreparation {
    /// Voxels along an axis at most: far above any scan.
    const LONGEST: usize = 2048;

    /// Whether it says what can be.
    ///
    /// # Errors
    /// The field that does not, with its value.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let fits = |&n: &usize| (1..=Self::LONGEST).contains(&n);
        if !self.size.iter().all(fits) {
            return Err(("size", format!("{:?}", self.size)));
        }
        match self.spacing_mm.is_finite() && self.spacing_mm > 0.0 {
            true => Ok(()),
            false => Err(("spacing", self.spacing_mm.to_string())),
        }
    }
}

impl Default for LeakPreparation {
    /// That of the paper: 1 mm, zeros around up to 240 x 260 x 260. Which axis has 240 is not told
    /// there; here it is the one from left to right, along which a head is narrowest.
    fn default() -> Self {
        Self {
            size: [240, 260, 260],
            spacing_mm: 1.0,
            scaling: IntensityScaling::None,
        }
    }
}

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

/// What a network of this task is for and what not, in sentences, where it was taken over.
#[must_use]
pub fn purpose() -> String {
    "Says of a volume of a head after contrast whether a leak of CSF is likely to be found. Taken over from another program's checkpoint: what it was trained on and how good it is are not known here. Its probability is calibrated for nobody unless a temperature is told. Not to be used for any decision about a patient.".to_owned()
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

    fn training_rows(&self, _run: &RunSettings) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn best_epoch(&self, best: &EpochMetrics) -> String {
        format!("loss {:.5} after epoch {}", best.train_loss, best.epoch)
    }

    fn results(&self) -> String {
        String::new()
    }
}
