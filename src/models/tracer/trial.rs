//! What a network did on patients that it never saw, as its card tells it: the errors, whether its planes
//! can be graded as the real ones, and how far it is off where it is uncertain.

use super::errors::{Baselines, Errors};
use crate::anatomy::{PLANE_GRADES, PlaneReflux};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A trial of a network on patients that it did not learn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// What the data set calls itself.
    pub data_set: String,
    /// Whether its patients are simulated.
    pub is_simulated: bool,
    /// SHA-256 of the targets.
    pub fingerprint: String,
    /// Patients that it was tried on.
    pub patients: usize,
    /// Its errors.
    #[serde(flatten)]
    pub errors: Errors,
    /// Errors of the baselines.
    pub baselines: Baselines,
    /// The grades of its planes beside those of the real ones; none where no plane could be graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<Grading>,
    /// How its spread becomes an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<SpreadCalibration>,
}

/// A number with its 95 % interval; what there is of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimated {
    /// The number.
    pub value: Option<f64>,
    /// The lower end of the interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// Grades of predicted planes beside those of the real ones, both by the written rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grading {
    /// Patients both of whose planes have a grade.
    pub patients: usize,
    /// The share of patients in whom both are the same.
    pub agreement: Estimated,
    /// The same of who always names the commonest grade of the real planes.
    pub commonest: f64,
    /// Krippendorff's alpha, ordinal.
    pub alpha: Estimated,
    /// The area under the ROC curve for enriched ventricles (real grade of 3 or 4) by the predicted signal
    /// of the ventricles over that of white matter.
    pub auc_enriched: Estimated,
    /// How far the real plane's two ratios lie above the predicted plane's, a pair for each patient:
    /// ventricles over white matter, ventricles over subarachnoid space.
    pub residuals: Vec<[f64; 2]>,
}

/// What a network may be used for in grading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its planes have the grades of the real ones.
    Grades,
    /// It is not shown that they have.
    NotShown,
    /// They have not.
    CannotGrade,
}

/// Krippendorff (2004): conclusions from 0.8 on, tentative ones from 0.667 on, none below.
const ALPHA_GOOD: f64 = 0.8;
const ALPHA_LEAST: f64 = 0.667;
/// Fewer patients show nothing, as in a reading study.
const LEAST_PATIENTS: usize = 20;

impl Grading {
    /// Grades where alpha is 0.8 or more and the lower end of its interval 0.667 or more, of twenty patients
    /// or more; cannot grade where alpha is below 0.667 or does not exist.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.alpha.value, self.alpha.low) {
            (Some(alpha), Some(low))
                if alpha >= ALPHA_GOOD && low >= ALPHA_LEAST && self.patients >= LEAST_PATIENTS =>
            {
                Verdict::Grades
            }
            (Some(alpha), _) if alpha >= ALPHA_LEAST => Verdict::NotShown,
            _ => Verdict::CannotGrade,
        }
    }

    /// The grades that the real plane may have where the predicted one has these ratios, each with its
    /// share: what the patients of the trial were off by is added to it, one after the other. In the order
    /// of [`PLANE_GRADES`].
    #[must_use]
    pub fn shares(&self, predicted: &PlaneReflux) -> [f64; 3] {
        let n = self.residuals.len().max(1) as f64;
        let grades = self.residuals.iter().map(|[white, subarachnoid]| {
            PlaneReflux::of_ratios(
                predicted.over_white + white,
                predicted.over_subarachnoid + subarachnoid,
            )
            .grade
        });
        let grades: Vec<u8> = grades.collect();
        PLANE_GRADES.map(|grade| grades.iter().filter(|&&of| of == grade).count() as f64 / n)
    }
}

/// How the spread of a network's predictions becomes a standard deviation of what it is off by:
/// `sd^2 = floor^2 + (scale spread)^2`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpreadCalibration {
    /// What the spread is multiplied by.
    pub scale: f64,
    /// What is off where nothing spreads, planes being 0 to 1.
    pub floor: f64,
    /// The shares of pixels of the head that lay within 1, 2 and 3 standard deviations.
    pub within: [f64; 3],
}

impl SpreadCalibration {
    /// The standard deviation of a pixel.
    #[must_use]
    pub fn sd(&self, spread: f32) -> f32 {
        (self.floor.powi(2) + (self.scale * f64::from(spread)).powi(2)).sqrt() as f32
    }

    /// The least-squares line of squared error over squared spread, neither part below 0, and how often it
    /// holds for these pixels: pairs of spread and error. `None` without pixels.
    #[must_use]
    pub fn fitted(pixels: &[(f32, f32)]) -> Option<Self> {
        let n = pixels.len() as f64;
        let (mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0);
        for (spread, error) in pixels {
            let [s, e] = [spread, error].map(|&value| f64::from(value).powi(2));
            (x, y, xx, xy) = (x + s, y + e, xx + s * s, xy + s * e);
        }
        let spread = n * xx - x * x;
        if pixels.is_empty() {
            return None;
        }
        let slope = if spread > 0.0 {
            ((n * xy - x * y) / spread).max(0.0)
        } else {
            0.0
        };
        let floor = (y - slope * x) / n;
        let (slope, floor) = match floor < 0.0 {
            true => (xy / xx, 0.0),
            false => (slope, floor),
        };
        let mut fitted = Self {
            scale: slope.sqrt(),
            floor: floor.sqrt(),
            within: [0.0; 3],
        };
        fitted.within = fitted.held(pixels);
        Some(fitted)
    }

    /// The shares of pixels that lie within 1, 2 and 3 standard deviations.
    #[must_use]
    pub fn held(&self, pixels: &[(f32, f32)]) -> [f64; 3] {
        let n = pixels.len().max(1) as f64;
        [1.0, 2.0, 3.0].map(|sds| {
            let is_in = |(spread, error): &&(f32, f32)| error.abs() <= sds * self.sd(*spread);
            pixels.iter().filter(is_in).count() as f64 / n
        })
    }
}

impl std::fmt::Display for Estimated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.value, self.low.zip(self.high)) {
            (Some(value), Some((low, high))) => write!(f, "{value:.2} ({low:.2} to {high:.2})"),
            (Some(value), None) => write!(f, "{value:.2}"),
            (None, _) => f.write_str("not defined"),
        }
    }
}

impl Trial {
    /// On whom, in words.
    fn on(&self) -> String {
        let kind = if self.is_simulated {
            "simulated heads"
        } else {
            "patients"
        };
        format!("{} {kind} that it never saw", self.patients)
    }

    /// What the network may and may not be used for, in sentences.
    #[must_use]
    pub fn use_in_words(&self) -> String {
        let best = self.baselines.best_mse();
        let mse = self.errors.mse;
        let image = match mse < best {
            true => format!(
                "its planes come nearer to the real ones than any prediction without a network (MSE {:.2} of the best)",
                mse / best
            ),
            false => format!(
                "a prediction without a network comes nearer to the real planes (its MSE is {mse:.5}, that of the best of those {best:.5}): do not use it"
            ),
        };
        let grade = match &self.grading {
            None => "whether its planes can be graded is not known: do not grade them".to_owned(),
            Some(grading) => {
                let numbers = format!(
                    "the real plane's grade in {} of them, alpha {}; always naming the commonest grade, {:.2}",
                    grading.agreement, grading.alpha, grading.commonest
                );
                match grading.verdict() {
                    Verdict::Grades => format!(
                        "reflux can be graded on its planes by the written rule ({numbers})"
                    ),
                    Verdict::NotShown => format!(
                        "it is not shown that reflux can be graded on its planes ({numbers}): do not grade them"
                    ),
                    Verdict::CannotGrade => format!(
                        "it cannot grade: its planes do not have the reflux grades of the real ones ({numbers})"
                    ),
                }
            }
        };
        let simulated = if self.is_simulated {
            " What holds for simulated heads is not shown for patients."
        } else {
            ""
        };
        format!("On {}, {image}; {grade}.{simulated}", self.on())
    }

    /// The trial as a part of the card's page.
    pub(super) fn page(&self) -> String {
        let mut page = format!(
            "\n## What it may be used for\n\n{}\n\n| on {} ({}) | |\n| --- | --- |\n",
            self.use_in_words(),
            self.on(),
            self.data_set
        );
        let mut row = |what: &str, value: String| {
            let _ = writeln!(page, "| {what} | {value} |");
        };
        row("MSE", format!("{:.5}", self.errors.mse));
        row("MAE", format!("{:.4}", self.errors.mae));
        let of_best = self.errors.mse / self.baselines.best_mse();
        row(
            "MSE over the best without a network",
            format!("{of_best:.3}"),
        );
        if let Some(grading) = &self.grading {
            row("patients with a grade", grading.patients.to_string());
            row(
                "share with the grade of the real plane",
                grading.agreement.to_string(),
            );
            row(
                "the same, naming the commonest grade",
                format!("{:.2}", grading.commonest),
            );
            row("Krippendorff's alpha, ordinal", grading.alpha.to_string());
            row(
                "area under the ROC curve, enriched (3 or 4)",
                grading.auc_enriched.to_string(),
            );
        }
        if let Some(spread) = &self.spread {
            let [one, two, three] = spread.within.map(|share| 100.0 * share);
            row(
                "pixels of the head within 1, 2, 3 standard deviations",
                format!("{one:.0}, {two:.0}, {three:.0} %"),
            );
        }
        page.push_str("\nGrades are by the written rule on the axial plane, 0, 3 or 4; intervals are of 95 %.\n");
        page
    }
}
