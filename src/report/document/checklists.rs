//! Reporting guidelines, filled where the data say it.
//!
//! The items are put in our own few words after the published lists; who submits a report should
//! go through the journal's form as well.

use super::items::{Item, open, said};
use crate::report::{
    AlphaKind, StudyAnalysis, StudyData,
    words::{estimate, listed, percent, share},
};

/// All lists as HTML.
pub(super) fn html(analysis: &StudyAnalysis, data: &StudyData) -> String {
    let facts = Facts { analysis, data };
    let lists = [
        (
            "GRRAS",
            "Guidelines for Reporting Reliability and Agreement Studies, 15 items (Kottner 2011).",
            facts.grras(),
        ),
        (
            "CLAIM",
            "Checklist for Artificial Intelligence in Medical Imaging, update of 2024 (Tejani 2024), \
             44 items. Items 19 to 27, on how the network was made, are for the model cards below.",
            [facts.claim_study(), facts.claim_results()].concat(),
        ),
        (
            "STARD and STARD-AI",
            "Items of STARD 2015 that a reading study answers, and the themes that STARD-AI 2025 \
             adds.",
            [facts.stard_study(), facts.stard_results()].concat(),
        ),
        (
            "TRIPOD+AI",
            "Transparent reporting of prediction models (Collins 2024), 27 items, where the network \
             that predicts the scans is reported as a model; development is for the model cards \
             below.",
            facts.tripod(),
        ),
    ];
    super::items::html(&lists)
}

struct Facts<'a> {
    analysis: &'a StudyAnalysis,
    data: &'a StudyData,
}

impl Facts<'_> {
    fn numbers(&self) -> String {
        let (rows, data) = (&self.analysis.rows, self.data);
        format!(
            "{} raters, {} patients, {} images in {} arms, {} grades of first readings, {} \
             repeats, {} \"cannot grade\", {} missing, {} answers replaced by corrections.",
            data.protocol.raters.len(),
            self.analysis.n_patients,
            self.analysis.n_images,
            data.protocol.arms.len(),
            rows.n_graded,
            rows.n_repeats,
            rows.n_cannot_grade,
            rows.n_missing,
            rows.n_replaced
        )
    }

    fn blinding(&self) -> String {
        let sittings = &self.analysis.sittings;
        let pause = match sittings.shortest_pause_days {
            None => String::new(),
            Some(days) => format!(" (shortest pause found {days:.1} days)"),
        };
        format!(
            "Installments: {}, by the protocol {} days or more apart{pause}; random case codes; \
             patient, arm, other raters and model output not shown; patients with two images in \
             one installment: {}.",
            self.data.protocol.installments,
            self.data.protocol.washout_days,
            sittings.n_patients_twice
        )
    }

    fn between_raters(&self) -> String {
        let rows = self.analysis.alphas_of(AlphaKind::AllRatersOnArm);
        let words: Vec<String> = rows
            .map(|row| {
                let interval = &row.interval;
                format!(
                    "{}: {}, n = {}",
                    row.label,
                    estimate(interval),
                    interval.n()
                )
            })
            .collect();
        format!(
            "Krippendorff's alpha, interval metric. {}.",
            words.join("; ")
        )
    }

    /// The main result of each arm, with its own interval.
    fn headline(&self) -> String {
        let words: Vec<&str> = self
            .analysis
            .headlines
            .iter()
            .map(|own| own.words.as_str())
            .collect();
        words.join(" ")
    }

    fn opened(&self) -> String {
        match &self.data.unsealing {
            Some(of) if !of.unsigned.is_empty() => format!(
                " The key was opened before these installments were signed: {}; reason: {}.",
                of.unsigned.join("; "),
                of.reason.as_deref().unwrap_or("none given")
            ),
            _ => String::new(),
        }
    }

    fn within_raters(&self) -> String {
        match &self.analysis.repeats {
            None => "No image was read twice.".into(),
            Some(repeats) => format!(
                "Repeated images graded alike: {}.",
                share(&repeats.share_alike)
            ),
        }
    }

    fn missing(&self) -> String {
        let rows = &self.analysis.rows;
        format!(
            "{} \"cannot grade\" and {} missing, counted apart, not filled in.",
            rows.n_cannot_grade, rows.n_missing
        )
    }

    fn models(&self) -> Option<String> {
        let cards = &self.data.model_cards;
        let names: Vec<String> = cards.iter().map(|(name, _)| name.clone()).collect();
        (!names.is_empty()).then(|| format!("Model cards: {}.", listed(&names)))
    }

    fn specific(&self) -> String {
        let arms = self.analysis.moves.iter();
        let words: Vec<String> = arms
            .map(|arm| {
                let (positive, negative) = (
                    share(&arm.pooled.positive_agreement),
                    share(&arm.pooled.negative_agreement),
                );
                format!(
                    "{}: positive agreement {positive}, negative agreement {negative}",
                    arm.arm
                )
            })
            .collect();
        format!(
            "All raters, against their own readings, which are no outside truth. {}.",
            words.join("; ")
        )
    }

    fn positive(&self) -> String {
        let from = self.analysis.choices.positive_from;
        format!("Grade {from} or more.")
    }

    fn levels(&self) -> String {
        let levels = self.data.protocol.scale.levels.iter();
        let words: Vec<String> = levels
            .map(|level| format!("{} {}", level.grade, level.label.to_lowercase()))
            .collect();
        format!("{}: {}.", self.data.protocol.scale.name, words.join(", "))
    }

    fn intervals(&self) -> String {
        let choices = &self.analysis.choices;
        format!(
            "{} intervals. Alpha, kappa, Gwet's coefficients and intraclass correlations: \
             jackknife over patients on the inverse hyperbolic tangent. Shares over raters: Wilson \
             with design effect and t; of one rater: Wilson. Differences of alphas: {} bootstrap \
             resamples of patients, seed {}. See Methods and the notes below the tables.",
            percent(choices.confidence),
            choices.n_resamples,
            choices.seed
        )
    }

    fn grras(&self) -> Vec<Item> {
        vec![
            open("1", "Title or abstract names reliability or agreement"),
            said("2", "The instrument or measure", self.levels()),
            open("3", "The population of subjects"),
            open("4", "The population of raters"),
            open("5", "What is known, and why the study was made"),
            open(
                "6",
                "How the numbers of subjects, raters and repeats were chosen",
            ),
            open("7", "How subjects and raters were sampled"),
            said(
                "8",
                "The rating process",
                format!("{}{}", self.blinding(), self.opened()),
            ),
            said(
                "9",
                "Whether ratings were independent",
                "Each rater graded alone in the program and saw no other rater's answers.",
            ),
            said("10", "The statistics", self.intervals()),
            said("11", "The actual numbers", self.numbers()),
            open(
                "12",
                "Training and experience of raters, features of subjects",
            ),
            said(
                "13",
                "Estimates with their uncertainty",
                format!(
                    "{} {} {}",
                    self.headline(),
                    self.between_raters(),
                    self.within_raters()
                ),
            ),
            open("14", "What the results mean in practice"),
            said(
                "15",
                "Detailed results",
                "Tables as CSV, every number in analysis.json, figures as SVG and PNG, beside \
                 this file.",
            ),
        ]
    }

    /// Items 1 to 18.
    fn claim_study(&self) -> Vec<Item> {
        let anonymous = "Raters saw case codes only. How the images were made anonymous is for \
                         the author to fill.";
        vec![
            open(
                "1, 2",
                "Title and abstract name the kind of network and the study",
            ),
            open(
                "3",
                "Background, with the use that the network is meant for",
            ),
            open("4", "Aims and hypotheses"),
            open(
                "5, 6",
                "Prospective or retrospective; the goal of the study",
            ),
            open(
                "7, 8",
                "Sources of the data; who was included and who was not",
            ),
            open(
                "9, 10",
                "Preparation of the images; choice of a part of the data",
            ),
            said("11", "Removal of identities", anonymous),
            said("12", "Missing data", self.missing()),
            open("13", "How the images were acquired"),
            said(
                "14",
                "How the reference was obtained",
                format!(
                    "The same rater's grade on the {} scan.",
                    self.data.protocol.arms[0]
                ),
            ),
            said(
                "15",
                "Why this reference",
                "The question is whether a grade changes when a predicted scan takes the place of \
                 a real one.",
            ),
            open("16", "Who made the reference, and their qualification"),
            said(
                "17",
                "How the test set was annotated",
                format!(
                    "Graded blind in Cisterna {}; windowing and display are logged with each \
                     answer. {}{}",
                    self.data.app_version,
                    self.blinding(),
                    self.opened()
                ),
            ),
            said(
                "18",
                "Variability between and within raters",
                format!("{} {}", self.between_raters(), self.within_raters()),
            ),
        ]
    }

    /// Items 19 to 44.
    fn claim_results(&self) -> Vec<Item> {
        let model = |number, asks| Item {
            number,
            asks,
            answer: self.models(),
        };
        vec![
            model(
                "19, 20",
                "How data were assigned to parts, and at which level these are apart",
            ),
            open("21", "Intended sample size, and how it was chosen"),
            model("22 to 24", "The network, its software, its first weights"),
            model("25 to 27", "Training, choice of the final model, ensembles"),
            said(
                "28",
                "Measures of performance",
                "Share of readings with the grade of the real image; beside it shares within a \
                 step, interchange, shift, transition matrices, positive and negative agreement, \
                 Krippendorff's alpha.",
            ),
            said("29", "Uncertainty and tests", self.intervals()),
            open("30, 31", "Robustness; explanation of the network"),
            open("32, 33", "Tests on data from within, and from elsewhere"),
            open("34", "Registration of a trial"),
            said("35", "Numbers included and left out", self.numbers()),
            open("36", "Features of the patients in each part of the data"),
            said("37", "Performance with its uncertainty", self.headline()),
            said(
                "38",
                "Diagnostic performance with its precision",
                self.specific(),
            ),
            said(
                "39",
                "Analysis of failures",
                format!(
                    "{} pairs and {} images two steps or more apart are listed.",
                    self.analysis.disagreements.between_arms.len(),
                    self.analysis.disagreements.between_raters.len()
                ),
            ),
            open("40, 41", "Limits; meaning for practice"),
            said(
                "42",
                "Where the full protocol is",
                format!(
                    "At the end of this report; SHA-256 {}.",
                    self.data.protocol_sha256
                ),
            ),
            open("43", "Whether software, network and data can be had"),
            open("44", "Funding and the role of who paid"),
        ]
    }

    fn tripod(&self) -> Vec<Item> {
        let model = |number, asks| Item {
            number,
            asks,
            answer: self.models(),
        };
        vec![
            open("1, 2", "Title and abstract"),
            open(
                "3a to 3c",
                "Setting, target population, known inequalities of health",
            ),
            open("4", "Objectives: development, evaluation or both"),
            open("5a, 5b", "Sources and dates of the data"),
            open("6a to 6c", "Setting, eligibility, treatments"),
            model("7", "Preparation of the data, alike in all groups"),
            said(
                "8a to 8c",
                "The outcome, how and by whom it was assessed, and blinding",
                format!("{} {}", self.levels(), self.blinding()),
            ),
            model("9a to 9c", "What the network is given"),
            open("10", "Sample size"),
            said("11", "Missing data", self.missing()),
            said("12a to 12g", "Analysis", self.intervals()),
            open("13, 14", "Imbalance of classes; fairness"),
            said(
                "15",
                "What the model puts out",
                "A predicted scan, graded by raters as a real one is.",
            ),
            model("16", "How data of development and evaluation differ"),
            open("17", "Ethical approval and consent"),
            said(
                "18a to 18f",
                "Funding, interests, protocol, registration, data, code",
                format!(
                    "Protocol at the end of this report, SHA-256 {}; the rest is for the author to \
                     fill.",
                    self.data.protocol_sha256
                ),
            ),
            open("19", "Involvement of patients and the public"),
            said("20a to 20c", "Participants", self.numbers()),
            model("21, 22", "Development and specification of the model"),
            said("23a, 23b", "Performance with intervals", self.headline()),
            open("24", "Updating of the model"),
            open("25, 26", "Interpretation, fairness included; limits"),
            open("27a to 27c", "Use in practice, and what comes next"),
        ]
    }

    /// Items 1 to 18.
    fn stard_study(&self) -> Vec<Item> {
        let index = Item {
            number: "10a, AI",
            asks: "The test that is judged, with its version",
            answer: self.models(),
        };
        vec![
            open("1 to 4", "Title, abstract, background, objectives"),
            open("5 to 9", "Design; who was included, how, where and when"),
            index,
            said(
                "10b, 11",
                "The reference and why it was chosen",
                format!(
                    "The same rater's grade on the {} scan.",
                    self.data.protocol.arms[0]
                ),
            ),
            said("12a, 12b", "What counts as positive", self.positive()),
            said(
                "13a, 13b",
                "What raters knew",
                format!("{}{}", self.blinding(), self.opened()),
            ),
            said(
                "14",
                "How accuracy was estimated",
                "No outside truth is known, so accuracy is not estimated; agreement of one rater's \
                 grades of one patient, patients being what varies.",
            ),
            said(
                "15",
                "Answers without a grade",
                format!(
                    "{} \"cannot grade\", left out of pairs.",
                    self.analysis.rows.n_cannot_grade
                ),
            ),
            said(
                "16",
                "Missing answers",
                format!(
                    "{} missing, left out of pairs.",
                    self.analysis.rows.n_missing
                ),
            ),
            said(
                "17",
                "Variability",
                format!("{} {}", self.between_raters(), self.within_raters()),
            ),
            open("18", "Sample size"),
        ]
    }

    /// Items 19 to 30, and what has no number yet.
    fn stard_results(&self) -> Vec<Item> {
        let not_used = "Raters graded images without seeing that, or which, network had made \
                        them; no output of a network was offered as advice.";
        vec![
            said("19", "Flow", self.numbers()),
            open(
                "20 to 22",
                "Features of the patients; time between the two scans",
            ),
            said(
                "23",
                "Results crossed with the reference",
                "Transition matrices, for each rater and for all.",
            ),
            said("24", "Accuracy with its precision", self.specific()),
            open("25 to 27", "Adverse events; limits; meaning for practice"),
            open("28", "Registration"),
            said("29", "Where the protocol is", "At the end of this report."),
            open("30", "Funding"),
            open("AI", "Sources, labels and handling of the network's data"),
            open("AI", "Bias and fairness among groups of patients"),
            said("AI", "How persons and the network work together", not_used),
        ]
    }
}
