//! The protocol: what is asked, of whom, how often and under which conditions. A TOML file.

use std::{collections::BTreeSet, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{CaseCode, DisplayRules, Equalise, Scale, StudyError, digest::hex};
use crate::text::{self, Limit};

/// Installments of one rater: the draw keeps a place for each patient in every one.
const MOST_INSTALLMENTS: u32 = 100;

/// What is drawn goes through all cases for each rater and each arm.
const MOST_RATERS: usize = 1000;
const MOST_ARMS: usize = 100;

/// What a study's maker decides before anybody grades.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// What the study is called.
    pub title: String,
    /// What a rater is asked about each case.
    pub question: String,
    /// Who grades.
    pub raters: Vec<String>,
    /// What is compared, the reference first: `real`, then what predicted the others.
    pub arms: Vec<String>,
    /// In how many sittings a rater grades. No installment holds two images of one patient.
    pub installments: u32,
    /// Days that must pass between two installments of a rater.
    #[serde(default)]
    pub washout_days: u32,
    /// How installments after the first are kept from being read before their time.
    #[serde(default)]
    pub later_installments: LaterInstallments,
    /// How many images each rater grades a second time, in another installment and under another
    /// code, to see whether raters agree with themselves.
    #[serde(default)]
    pub repeats: u32,
    /// How far the pictures of all arms are made alike, so that numbers do not tell an arm that eyes
    /// should judge. Without it pictures are shown as they come, and whoever gets their pixels out
    /// of a package can sort them by noise, sharpness and histogram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equalise: Option<Equalise>,
    /// The share of readings in which a rater must give a predicted image the grade of the
    /// reference: the lower limit of the report's interval must lie above it. Without this and
    /// without `repeat_margin` there is no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_grade_bound: Option<f64>,
    /// In its place, where images are graded twice: by how much that share may be below the one of
    /// the rater's own repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_margin: Option<f64>,
    /// By how much the agreement between raters, Krippendorff's alpha, may be smaller on another
    /// arm than on the reference. It is told beside the difference; no verdict rests on it, since
    /// raters can agree on grades that are all wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Whether programs stand in for the raters, so that no report takes their grades for readings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated_raters: bool,
    /// What codes, installments and orders are drawn from; drawn afresh where there is none. As
    /// secret as the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What raters may do while they read.
    #[serde(default)]
    pub reading: Conditions,
    /// What is asked of the displays on which they look.
    #[serde(default, skip_serializing_if = "DisplayRules::is_none")]
    pub display: DisplayRules,
    /// The grades; those of ventricular reflux where there are none.
    #[serde(default = "Scale::reflux")]
    pub scale: Scale,
}

/// How installments after the first are kept from being read before their time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaterInstallments {
    /// They are sealed in the package. Once the installment before is signed and has come back, and
    /// the washout has passed by the coordinator's clock, the coordinator gives a release slip.
    #[default]
    Release,
    /// Nothing goes back and forth: every installment can be opened from the package, and the
    /// washout is a clock in the reading window. Whoever sets that clock forward, or reads on in a
    /// copy of the package that is thrown away, reads early and leaves no trace.
    Open,
}

/// What raters may do and are asked for while they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// Whether window and level may be changed; else every picture is shown from its darkest to
    /// its brightest value.
    pub free_window: bool,
    /// Whether pictures may be enlarged.
    pub zoom: bool,
    /// Whether a rater may go back and correct a grade, until the installment is signed.
    pub go_back: bool,
    /// Whether a rater may say that a case cannot be graded, and why.
    pub cannot_grade: bool,
    /// Whether each grade needs a confidence, 1 (guess) to 5 (certain).
    pub confidence: bool,
    /// Whether a comment may be given with a grade.
    pub comment: bool,
}

impl Conditions {
    /// The largest confidence.
    pub const MAX_CONFIDENCE: u8 = 5;
}

impl Default for Conditions {
    /// The tracer study's: a fixed window, no way back, every case graded.
    fn default() -> Self {
        Self {
            free_window: false,
            zoom: true,
            go_back: false,
            cannot_grade: true,
            confidence: false,
            comment: true,
        }
    }
}

/// What a rater is told: the protocol without arms, repeats and seed, which could tell what a case
/// is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instructions {
    /// [`Protocol::title`].
    pub title: String,
    /// [`Protocol::question`].
    pub question: String,
    /// [`Protocol::washout_days`].
    pub washout_days: u32,
    /// [`Protocol::later_installments`].
    pub later_installments: LaterInstallments,
    /// [`Protocol::reading`].
    pub reading: Conditions,
    /// [`Protocol::display`].
    #[serde(default, skip_serializing_if = "DisplayRules::is_none")]
    pub display: DisplayRules,
    /// The grades that the study's maker gives to the training cases, to be shown once a rater has
    /// graded them; in the order in which they are shown.
    pub training: Vec<Example>,
    /// [`Protocol::scale`].
    pub scale: Scale,
}

/// A training case, graded before the study proper and never counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The case.
    pub code: CaseCode,
    /// Its grade as the study's maker sees it.
    pub grade: u8,
}

impl Protocol {
    /// The tracer study's: real scans against predicted ones, in two installments.
    #[must_use]
    pub fn reflux(raters: &[String]) -> Self {
        Self {
            title: "Ventricular reflux".into(),
            question: "Which grade of ventricular reflux does the scan show?".into(),
            raters: raters.to_vec(),
            arms: vec!["real".into(), "predicted".into()],
            installments: 2,
            washout_days: 14,
            later_installments: LaterInstallments::Release,
            repeats: 0,
            equalise: Some(Equalise::Standard),
            same_grade_bound: None,
            repeat_margin: None,
            margin: None,
            simulated_raters: false,
            seed: None,
            reading: Conditions::default(),
            display: DisplayRules::default(),
            scale: Scale::reflux(),
        }
    }

    /// Opens and checks a protocol.
    ///
    /// # Errors
    /// Naming file, line and field.
    pub fn open(path: &Path) -> Result<Self, StudyError> {
        Self::decode(&text::open(path, Limit::Settings)?, path)
    }

    /// [`Protocol::open`] on a text; `path` is where it came from, for messages.
    ///
    /// # Errors
    /// As [`Protocol::open`].
    pub fn decode(text: &str, path: &Path) -> Result<Self, StudyError> {
        let refused = |line: Option<usize>, problem: String| StudyError::Protocol {
            place: line.map_or_else(String::new, |line| format!("line {line}, ")),
            problem,
            path: path.to_path_buf(),
        };
        let protocol: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| line_at(text, span.start));
            refused(line, error.message().replace('\n', " "))
        })?;
        protocol
            .check()
            .map_err(|(field, problem)| refused(line_of(text, field), format!("{field} {problem}")))
            .map(|()| protocol)
    }

    /// The text of a protocol file.
    ///
    /// # Errors
    /// [`StudyError::NoToml`] for what TOML cannot hold, which no checked protocol has.
    pub fn to_toml(&self) -> Result<String, StudyError> {
        toml::to_string_pretty(self).map_err(|error| StudyError::NoToml(error.to_string()))
    }

    /// The first field that cannot be, and why.
    ///
    /// # Errors
    /// The field's name, and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let filled = |field: &'static str, text: &str| match text.trim().is_empty() {
            true => Err((field, "must not be empty".to_owned())),
            false => Ok(()),
        };
        filled("title", &self.title)?;
        on_one_line("title", &self.title)?;
        filled("question", &self.question)?;
        distinct("raters", &self.raters, MOST_RATERS)?;
        distinct("arms", &self.arms, MOST_ARMS)?;
        if self.installments == 0 {
            return Err(("installments", "is 0, and must be 1 at least".to_owned()));
        }
        if self.installments > MOST_INSTALLMENTS {
            let n = self.installments;
            let problem = format!("is {n}, more than {MOST_INSTALLMENTS}");
            return Err(("installments", problem));
        }
        if self.washout_days > 3650 {
            let days = self.washout_days;
            return Err(("washout_days", format!("is {days}, more than ten years")));
        }
        for (field, value) in [
            ("same_grade_bound", self.same_grade_bound),
            ("repeat_margin", self.repeat_margin),
            ("margin", self.margin),
        ] {
            if let Some(value) = value
                && !(value > 0.0 && value < 1.0)
            {
                return Err((field, format!("is {value}, not between 0 and 1")));
            }
        }
        if self.repeat_margin.is_some() && self.same_grade_bound.is_some() {
            let problem = "and same_grade_bound are two questions, and one is the main one";
            return Err(("repeat_margin", problem.to_owned()));
        }
        if self.repeat_margin.is_some() && self.repeats == 0 {
            let problem = "needs images that are graded twice, but repeats is 0";
            return Err(("repeat_margin", problem.to_owned()));
        }
        let scale = |error: StudyError| ("scale", format!("cannot be used: {error}"));
        self.scale.check().map_err(scale)
    }

    /// SHA-256, in hex, of all but the seed: what was agreed upon before the first grade.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let without_seed = Self {
            seed: None,
            ..self.clone()
        };
        // Plain data: it always has a JSON form.
        let json = serde_json::to_vec(&without_seed).unwrap_or_default();
        hex(&Sha256::digest(json))
    }

    /// What raters are told of it, with the training cases of its design.
    #[must_use]
    pub fn instructions(&self, training: &[Example]) -> Instructions {
        Instructions {
            title: self.title.clone(),
            question: self.question.clone(),
            washout_days: self.washout_days,
            later_installments: self.later_installments,
            reading: self.reading,
            display: self.display,
            training: training.to_vec(),
            scale: self.scale.clone(),
        }
    }
}

/// Names are shown in lists, and must not write over others there.
fn on_one_line(field: &'static str, text: &str) -> Result<(), (&'static str, String)> {
    match text.chars().find(|c| c.is_control()) {
        None => Ok(()),
        Some(c) => Err((
            field,
            format!("holds the control character {}", c.escape_unicode()),
        )),
    }
}

/// One name at least and so many at most, none of them empty or twice.
fn distinct(
    field: &'static str,
    names: &[String],
    at_most: usize,
) -> Result<(), (&'static str, String)> {
    if names.is_empty() {
        return Err((field, "must name one at least".to_owned()));
    }
    if names.len() > at_most {
        let n = names.len();
        return Err((field, format!("names {n}, more than {at_most}")));
    }
    let mut seen = BTreeSet::new();
    for name in names {
        if name.trim().is_empty() {
            return Err((field, "has an empty name".to_owned()));
        }
        on_one_line(field, name)?;
        if !seen.insert(name) {
            return Err((field, format!("names {name:?} twice")));
        }
    }
    Ok(())
}

/// The line of a byte, counted from 1.
fn line_at(text: &str, byte: usize) -> usize {
    let before = text.get(..byte).unwrap_or(text);
    1 + before.matches('\n').count()
}

/// The line on which a field is given a value or, for a table, begins.
fn line_of(text: &str, field: &str) -> Option<usize> {
    let gives = |line: &str| {
        let line = line.trim_start();
        let key = line.split(['=', ']', '.']).next().unwrap_or("").trim();
        key.trim_start_matches('[') == field
    };
    text.lines().position(gives).map(|idx| idx + 1)
}
