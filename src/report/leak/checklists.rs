//! Reporting guidelines for a network that was trained and judged here, filled where the data say it.
//!
//! The items are put in our own few words after the published lists; who submits a report should go
//! through the journal's form as well.

use super::analysis::LeakAnalysis;
use super::data::LeakReportData;
use crate::report::document::{Item, items_html, open, said};
use crate::report::words::{estimate, share};

/// All lists as HTML.
pub(super) fn html(data: &LeakReportData, analysis: &LeakAnalysis) -> String {
    let facts = Facts { data, analysis };
    items_html(&[
        (
            "CLAIM",
            "Checklist for Artificial Intelligence in Medical Imaging, update of 2024 (Tejani 2024), 44 \
             items.",
            [facts.claim_methods(), facts.claim_results()].concat(),
        ),
        (
            "STARD and STARD-AI",
            "Items of STARD 2015, and the themes that STARD-AI 2025 adds.",
            facts.stard(),
        ),
        (
            "TRIPOD+AI",
            "Transparent reporting of prediction models (Collins 2024), 27 items.",
            facts.tripod(),
        ),
    ])
}

struct Facts<'a> {
    data: &'a LeakReportData,
    analysis: &'a LeakAnalysis,
}

impl Facts<'_> {
    /// An item that one of the facts answers, where it is told.
    fn told(&self, number: &'static str, asks: &'static str, names: &[&str]) -> Item {
        let found: Vec<String> = names
            .iter()
            .filter_map(|name| Some(format!("{name}: {}", self.data.fact(name)?)))
            .collect();
        Item {
            number,
            asks,
            answer: (!found.is_empty()).then(|| found.join(". ") + "."),
        }
    }

    fn source(&self) -> String {
        match self.data.is_simulated {
            true => format!(
                "{}: simulated heads, made by this program's phantom; nobody's scans.",
                self.data.data_set
            ),
            false => format!(
                "{}; where it comes from is for the author.",
                self.data.data_set
            ),
        }
    }

    fn numbers(&self) -> String {
        let [with, without] = self.analysis.heads;
        let left_out = self.data.fact("left out");
        let left_out = left_out.map_or_else(String::new, |n| format!(" Left out: {n}."));
        format!("{with} heads with a leak and {without} without.{left_out}")
    }

    fn label(&self) -> String {
        match self.data.is_simulated {
            true => {
                "Whether the simulated patient was drawn with a leak; known without error, though \
                     some leaks leave no sign and some heads without have signs."
                    .into()
            }
            false => {
                "Column `leak` of participants.tsv: 1 or 0; all others (indeterminate) were left \
                      out. How it was found is for the author."
                    .into()
            }
        }
    }

    fn performance(&self) -> String {
        self.analysis.main_result()
    }

    fn diagnostic(&self) -> String {
        format!(
            "At a probability of 0.5: sensitivity {}, specificity {}.",
            share(&self.analysis.sensitivity),
            share(&self.analysis.specificity)
        )
    }

    fn calibration(&self) -> String {
        let own = &self.analysis.calibration;
        format!(
            "Brier score {}; slope {}, intercept {}, in the large {}.",
            estimate(&self.analysis.brier),
            estimate(&own.slope),
            estimate(&own.intercept),
            estimate(&own.in_the_large)
        )
    }

    fn subgroups(&self) -> String {
        let parts = self.analysis.subgroups.iter();
        let words: Vec<String> = parts
            .map(|part| format!("{}: AUROC {}", part.name, estimate(&part.auroc)))
            .collect();
        match words.is_empty() {
            true => "Neither age nor sex is told.".into(),
            false => words.join("; ") + ".",
        }
    }

    fn explanation(&self) -> Option<String> {
        let map = self.data.map.as_ref()?;
        Some(format!(
            "Occlusion map ({}); checks beside the map's file.",
            map.words
        ))
    }

    /// Items 1 to 27.
    fn claim_methods(&self) -> Vec<Item> {
        vec![
            said("1", "Title names the kind of network", self.data.title()),
            open("2", "Structured abstract"),
            open("3, 4", "Background and use; aims and hypotheses"),
            said(
                "5, 6",
                "Prospective or retrospective; the goal of the study",
                "Development of a network with cross-validation, on data that were there.",
            ),
            said("7", "Sources of the data", self.source()),
            open("8", "Who was included and who was not, where and when"),
            self.told("9, 10", "Preparation of the images", &["input", "scaling"]),
            open("11", "Removal of identities"),
            said("12", "Missing data", self.numbers()),
            self.told("13", "How the images were acquired", &["sequence"]),
            said("14, 15", "The reference and why", self.label()),
            open(
                "16 to 18",
                "Who made the reference; annotation; variability",
            ),
            self.told(
                "19, 20",
                "How data were assigned to parts",
                &["folds", "inner split"],
            ),
            open("21", "Intended sample size, and how it was chosen"),
            self.told("22", "The network", &["network"]),
            self.told("23", "Software", &["software", "device"]),
            self.told("24", "First weights", &["begun with"]),
            self.told("25", "Training", &["recipe", "augmentation", "run"]),
            self.told("26", "Choice of the final model", &["epoch"]),
            said(
                "27",
                "Ensembles",
                "None: each head was judged by the network that was kept from it.",
            ),
        ]
    }

    /// Items 28 to 44.
    fn claim_results(&self) -> Vec<Item> {
        vec![
            said(
                "28",
                "Measures of performance",
                "Area under the ROC curve by fold, its mean, pooled after calibration; sensitivity and \
                 specificity; Brier score, calibration; net benefit; the Bern score on the same heads.",
            ),
            said("29", "Uncertainty and tests", self.analysis.intervals()),
            Item {
                number: "30, 31",
                asks: "Robustness; explanation of the network",
                answer: self.explanation(),
            },
            said(
                "32",
                "Tests on data from within",
                "Cross-validation, fold by fold.",
            ),
            open(
                "33, 34",
                "Tests on data from elsewhere; registration of a trial",
            ),
            said("35", "Numbers included and left out", self.numbers()),
            said("36", "Features of the patients", "Table 1."),
            said("37", "Performance with its uncertainty", self.performance()),
            said(
                "38",
                "Diagnostic performance with its precision",
                self.diagnostic(),
            ),
            said(
                "39",
                "Analysis of failures",
                "The ten heads that were judged wrongest are listed.",
            ),
            open("40, 41", "Limits; meaning for practice"),
            open("42", "Where the full protocol is"),
            open("43", "Whether software, network and data can be had"),
            open("44", "Funding and the role of who paid"),
        ]
    }

    fn stard(&self) -> Vec<Item> {
        vec![
            open("1 to 4", "Title, abstract, background, objectives"),
            open("5 to 9", "Design; who was included, how, where and when"),
            self.told(
                "10a, AI",
                "The test that is judged, with its version",
                &["network", "software"],
            ),
            said(
                "10b, 11",
                "The reference and why it was chosen",
                self.label(),
            ),
            said(
                "12a",
                "What counts as positive",
                "A probability of 0.5 or more, by the temperature of the inner split; no threshold was \
                 chosen on the heads that are reported.",
            ),
            said("12b", "Categories of the reference", self.label()),
            said(
                "13a",
                "What the test knew",
                "The network was given the scan alone, and was kept from the fold.",
            ),
            open("13b", "What those knew who made the reference"),
            said(
                "14",
                "How accuracy was estimated",
                self.analysis.intervals(),
            ),
            said(
                "15, 16",
                "Indeterminate and missing results",
                self.numbers(),
            ),
            said("17", "Variability", self.subgroups()),
            open("18", "Sample size"),
            said(
                "19, 20",
                "Flow; features of the patients",
                self.numbers() + " Table 1.",
            ),
            open("21, 22", "Severity; time between scan and reference"),
            said(
                "23",
                "Results crossed with the reference",
                self.diagnostic(),
            ),
            said("24", "Accuracy with its precision", self.performance()),
            open("25 to 27", "Adverse events; limits; meaning for practice"),
            open("28 to 30", "Registration, protocol, funding"),
            self.told(
                "AI",
                "Sources, labels and handling of the network's data",
                &["data set", "folds"],
            ),
            said(
                "AI",
                "Bias and fairness among groups of patients",
                self.subgroups(),
            ),
            said(
                "AI",
                "How persons and the network work together",
                "They do not: the network's output was shown to nobody who scored or decided.",
            ),
        ]
    }

    fn tripod(&self) -> Vec<Item> {
        vec![
            said("1", "Title", self.data.title()),
            open("2", "Abstract"),
            open(
                "3a to 3c",
                "Setting, target population, known inequalities of health",
            ),
            said("4", "Objectives", "Development with internal evaluation."),
            said("5a, 5b", "Sources and dates of the data", self.source()),
            open("6a to 6c", "Setting, eligibility, treatments"),
            self.told(
                "7",
                "Preparation of the data, alike in all groups",
                &["input", "scaling"],
            ),
            said("8a to 8c", "The outcome, how it was assessed", self.label()),
            self.told("9a to 9c", "What the network is given", &["input"]),
            open("10", "Sample size"),
            said("11", "Missing data", self.numbers()),
            self.told(
                "12a to 12g",
                "Analysis: partition, model, choices, performance",
                &["folds", "inner split", "recipe", "epoch"],
            ),
            self.told("13", "Imbalance of classes", &["recipe"]),
            said("14", "Fairness", self.subgroups()),
            said(
                "15",
                "What the model puts out",
                "The probability of a leak, by the temperature of the inner split.",
            ),
            said(
                "16",
                "How data of development and evaluation differ",
                "Not at all: folds of one data set.",
            ),
            open("17", "Ethical approval and consent"),
            open(
                "18a to 18f",
                "Funding, interests, protocol, registration, data, code",
            ),
            open("19", "Involvement of patients and the public"),
            said("20a to 20c", "Participants", self.numbers() + " Table 1."),
            self.told("21", "Development of the model", &["run", "device"]),
            self.told("22", "Specification of the model", &["network"]),
            said(
                "23a, 23b",
                "Performance with intervals",
                format!("{} {}", self.performance(), self.calibration()),
            ),
            open("24", "Updating of the model"),
            open("25, 26", "Interpretation, fairness included; limits"),
            open("27a to 27c", "Use in practice, and what comes next"),
        ]
    }
}
