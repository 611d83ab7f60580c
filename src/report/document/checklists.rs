//! Reporting guidelines, filled where the data say it.
//!
//! The items are put in our own few words after the published lists; who submits a report should
//! go through the journal's form as well.

use super::{
    html::escaped,
    table::{estimate, put, share},
};
use crate::report::{AlphaKind, StudyAnalysis, StudyData, study::listed};

/// One item, and what the data say to it; `None` is for the author.
#[derive(Clone)]
struct Item {
    number: &'static str,
    asks: &'static str,
    answer: Option<String>,
}

fn open(number: &'static str, asks: &'static str) -> Item {
    Item {
        number,
        asks,
        answer: None,
    }
}

fn said(number: &'static str, asks: &'static str, answer: impl Into<String>) -> Item {
    Item {
        number,
        asks,
        answer: Some(answer.into()),
    }
}

/// All lists as HTML.
pub(super) fn html(analysis: &StudyAnalysis, data: &StudyData) -> String {
    let facts = Facts { analysis, data };
    let mut html = String::new();
    let lists = [
        (
            "GRRAS",
            "Guidelines for Reporting Reliability and Agreement Studies, 15 items (Kottner 2011).",
            facts.grras(),
        ),
        (
            "CLAIM",
            "Checklist for Artificial Intelligence in Medical Imaging (Mongan 2020). Items 20 to \
             27, on how the network was made, are for the model cards below.",
            [facts.claim_study(), facts.claim_results()].concat(),
        ),
        (
            "STARD and STARD-AI",
            "Items of STARD 2015 that a reading study answers, and the themes that STARD-AI 2025 \
             adds.",
            [facts.stard_study(), facts.stard_results()].concat(),
        ),
    ];
    for (name, words, items) in lists {
        let n_said = items.iter().filter(|item| item.answer.is_some()).count();
        put(
            &mut html,
            format_args!(
                "<h3>{name}</h3>\n<p class=\"before-table\">{words} Filled from the data: \
                 {n_said} of {}.</p>\n<table class=\"list\">\n<thead><tr><th>Item</th><th>Asks \
                 for</th><th>In this study</th></tr></thead>\n<tbody>\n",
                items.len()
            ),
        );
        for item in items {
            let answer = match &item.answer {
                Some(answer) => escaped(answer),
                None => "<span class=\"fill\">For the author to fill</span>".to_owned(),
            };
            put(
                &mut html,
                format_args!(
                    "<tr><td>{}</td><td>{}</td><td>{answer}</td></tr>\n",
                    item.number,
                    escaped(item.asks)
                ),
            );
        }
        html += "</tbody>\n</table>\n";
    }
    html
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
            data.raters.len(),
            self.analysis.n_patients,
            self.analysis.n_images,
            data.arms.len(),
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
            self.data.n_installments, self.data.washout_days, sittings.n_patients_twice
        )
    }

    fn between_raters(&self) -> String {
        let rows = self.analysis.alphas_of(AlphaKind::AllRatersOnArm);
        let words: Vec<String> = rows
            .map(|row| format!("{}: {}", row.label, estimate(&row.interval)))
            .collect();
        format!(
            "Krippendorff's alpha, interval metric. {}.",
            words.join("; ")
        )
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

    fn diagnostic(&self) -> String {
        let arms = self.analysis.moves.iter();
        let words: Vec<String> = arms
            .map(|arm| {
                let (sensitivity, specificity) = (
                    share(&arm.pooled.sensitivity),
                    share(&arm.pooled.specificity),
                );
                format!(
                    "{}: sensitivity {sensitivity}, specificity {specificity}",
                    arm.arm
                )
            })
            .collect();
        format!("All raters. {}.", words.join("; "))
    }

    fn positive(&self) -> String {
        let from = self.analysis.choices.positive_from;
        format!("Grade {from} or more.")
    }

    fn levels(&self) -> String {
        let levels = self.data.scale.levels.iter();
        let words: Vec<String> = levels
            .map(|level| format!("{} {}", level.grade, level.label.to_lowercase()))
            .collect();
        format!("{}: {}.", self.data.scale.name, words.join(", "))
    }

    fn intervals(&self) -> String {
        let choices = &self.analysis.choices;
        format!(
            "Bootstrap over patients, {} resamples, seed {}; Wilson for single shares. See \
             Methods.",
            choices.n_resamples, choices.seed
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
            said("8", "The rating process", self.blinding()),
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
                format!("{} {}", self.between_raters(), self.within_raters()),
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

    /// Items 1 to 19.
    fn claim_study(&self) -> Vec<Item> {
        let anonymous = "Raters saw case codes only. How the images were made anonymous is for \
                         the author to fill.";
        vec![
            open(
                "1 to 3",
                "Title, abstract and background name the kind of network and its use",
            ),
            open(
                "4 to 6",
                "Objectives; prospective or retrospective; the goal of the study",
            ),
            open("7, 8", "Sources of the images; who was included"),
            open(
                "9 to 11",
                "Preparation of the images; what was selected; definitions",
            ),
            said("12", "Removal of identities", anonymous),
            said("13", "Missing data", self.missing()),
            said(
                "14",
                "Definition of the reference",
                format!("The same rater's grade on the {} scan.", self.data.arms[0]),
            ),
            said(
                "15",
                "Why this reference",
                "The question is whether a grade changes when a predicted scan takes the place of \
                 a real one.",
            ),
            open(
                "16",
                "Source of the reference and qualification of who made it",
            ),
            said(
                "17",
                "Tools of annotation",
                format!(
                    "Cisterna {}; windowing and display are logged with each answer.",
                    self.data.app_version
                ),
            ),
            said(
                "18",
                "Variability between and within raters",
                format!("{} {}", self.between_raters(), self.within_raters()),
            ),
            open("19", "Sample size and how it was chosen"),
        ]
    }

    /// Items 20 to 42.
    fn claim_results(&self) -> Vec<Item> {
        let model = |number, asks| Item {
            number,
            asks,
            answer: self.models(),
        };
        vec![
            model("20, 21", "Division of the data, and at which level"),
            model("22 to 24", "The network, its software, its first weights"),
            model("25 to 27", "Training, choice of the final model, ensembles"),
            said(
                "28",
                "Measures of performance",
                "Krippendorff's alpha, transition matrices, shares alike, sensitivity and \
                 specificity.",
            ),
            said("29", "Uncertainty", self.intervals()),
            open("30, 31", "Robustness; explanation of the network"),
            open("32", "Tests on data from elsewhere"),
            said("33", "Flow of cases", self.numbers()),
            open("34", "Features of the patients in each part of the data"),
            said(
                "35, 36",
                "Performance with its precision",
                self.diagnostic(),
            ),
            said(
                "37",
                "Failures",
                format!(
                    "{} pairs and {} images two steps or more apart are listed.",
                    self.analysis.disagreements.between_arms.len(),
                    self.analysis.disagreements.between_raters.len()
                ),
            ),
            open("38, 39", "Limits; meaning for practice"),
            open("40", "Registration"),
            said(
                "41",
                "Where the protocol is",
                format!(
                    "At the end of this report; SHA-256 {}.",
                    self.data.protocol_sha256
                ),
            ),
            open("42", "Funding"),
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
                format!("The same rater's grade on the {} scan.", self.data.arms[0]),
            ),
            said("12a, 12b", "What counts as positive", self.positive()),
            said("13a, 13b", "What raters knew", self.blinding()),
            said(
                "14",
                "How accuracy was estimated",
                "Pairs of one rater's grades of one patient; Wilson intervals, and resampled \
                 patients over raters.",
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
            said("24", "Accuracy with its precision", self.diagnostic()),
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
