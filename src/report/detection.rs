//! How well grades find what is there in truth, where the truth is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Serialize;

use super::words::p_words;
use crate::stats::{
    Generalise, Interval, Outcome, PairedScores, ReaderStudy, auroc, auroc_difference,
};
use crate::study::GradeTable;

/// Areas under the ROC curve of all raters in all arms, and how arms differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detection {
    /// Units that are positive in truth.
    pub n_positive: usize,
    /// Units that are not.
    pub n_negative: usize,
    /// By arm, then by rater: the area with DeLong's interval.
    pub auroc: BTreeMap<String, BTreeMap<String, Outcome>>,
    /// Each two arms, as `first - second`.
    pub differences: BTreeMap<String, ArmDifferences>,
}

/// How much larger the area is in one arm than in another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArmDifferences {
    /// For each rater, DeLong's test on the units that have a grade in both arms.
    pub raters: BTreeMap<String, Outcome>,
    /// Obuchowski and Rockette's analysis: other readers and other cases.
    pub readers_and_cases: Outcome,
    /// The same for these readers and other cases.
    pub cases: Outcome,
    /// The same for other readers and these cases.
    pub readers: Outcome,
    /// The variance of the U-statistic over readers and cases, as in iMRMC.
    pub u_statistic: Outcome,
}

impl Detection {
    /// Higher grades mean positive. Units without a known truth are left out; the analysis of
    /// several readers needs the units that all of them graded in both arms.
    #[must_use]
    pub fn of(table: &GradeTable, truth: &BTreeMap<String, bool>, interval: Interval) -> Self {
        let is_positive = |is: bool| {
            let units = table.patients().iter();
            units.filter(|unit| truth.get(*unit) == Some(&is)).count()
        };
        let arms = table.arms();
        let by_rater = |arm: &String| {
            let raters = table.raters().iter();
            let areas =
                raters.map(|rater| (rater.clone(), area(table, truth, [rater, arm], interval)));
            (arm.clone(), areas.collect())
        };
        let pairs = (0..arms.len()).flat_map(|a| (a + 1..arms.len()).map(move |b| [a, b]));
        let differences = pairs.map(|pair| {
            let [a, b] = pair.map(|idx| arms[idx].as_str());
            (
                format!("{a} - {b}"),
                ArmDifferences::of(table, truth, [a, b], interval.confidence),
            )
        });
        Self {
            n_positive: is_positive(true),
            n_negative: is_positive(false),
            auroc: arms.iter().map(by_rater).collect(),
            differences: differences.collect(),
        }
    }

    /// As plain text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "\nArea under the ROC curve, {} positive and {} negative units\n",
            self.n_positive, self.n_negative
        );
        // Writing to a string does not fail.
        let line = |text: &mut String, name: &str, outcome: &Outcome| {
            let p = outcome
                .p()
                .map_or_else(String::new, |p| format!(", p {}", p_words(p)));
            let _ = writeln!(text, "{name:<33} {outcome}, n = {}{p}", outcome.n());
        };
        let mut all: Vec<&Outcome> = Vec::new();
        for (arm, raters) in &self.auroc {
            for (rater, area) in raters {
                line(&mut text, &format!("{arm:<16} {rater}"), area);
                all.push(area);
            }
        }
        for (pair, found) in &self.differences {
            let _ = writeln!(text, "\n{pair}");
            for (rater, difference) in &found.raters {
                line(&mut text, rater, difference);
                all.push(difference);
            }
            for (name, difference) in [
                ("other readers, other cases", &found.readers_and_cases),
                ("these readers, other cases", &found.cases),
                ("other readers, these cases", &found.readers),
                ("U-statistic, readers and cases", &found.u_statistic),
            ] {
                line(&mut text, name, difference);
                all.push(difference);
            }
        }
        let warnings = all.iter().filter_map(|of| of.warning());
        let words = warnings.chain(all.iter().map(|of| of.method()));
        for words in words.collect::<BTreeSet<_>>() {
            let _ = writeln!(text, "  {words}");
        }
        text
    }
}

fn area(
    table: &GradeTable,
    truth: &BTreeMap<String, bool>,
    [rater, arm]: [&str; 2],
    interval: Interval,
) -> Outcome {
    let units = table.patients().iter();
    let cases: Vec<(f64, bool)> = units
        .filter_map(|unit| Some((table.grade(rater, unit, arm)?, *truth.get(unit)?)))
        .collect();
    auroc(&cases, interval)
}

impl ArmDifferences {
    fn of(
        table: &GradeTable,
        truth: &BTreeMap<String, bool>,
        arms: [&str; 2],
        confidence: f64,
    ) -> Self {
        let paired = |rater: &String| {
            let units = table.patients().iter();
            let cases: Vec<PairedScores> = units
                .filter_map(|unit| {
                    Some(PairedScores {
                        positive: *truth.get(unit)?,
                        first: table.grade(rater, unit, arms[0])?,
                        second: table.grade(rater, unit, arms[1])?,
                    })
                })
                .collect();
            (rater.clone(), auroc_difference(&cases, confidence))
        };
        let study = crossed(table, truth, arms);
        let analysed = study.obuchowski_rockette();
        let to = |generalise| match &analysed {
            Ok(analysed) => analysed.difference(generalise, confidence),
            Err(reason) => Outcome::Undefined {
                reason: *reason,
                n: study.truth.len(),
                method: "difference of mean areas after Obuchowski and Rockette".to_owned(),
            },
        };
        Self {
            raters: table.raters().iter().map(paired).collect(),
            readers_and_cases: to(Generalise::ReadersAndCases),
            cases: to(Generalise::Cases),
            readers: to(Generalise::Readers),
            u_statistic: study.u_statistic_difference(confidence),
        }
    }
}

/// The units that every rater graded in both arms.
fn crossed(table: &GradeTable, truth: &BTreeMap<String, bool>, arms: [&str; 2]) -> ReaderStudy {
    let raters = table.raters();
    let has_all = |unit: &&String| {
        let graded = |arm: &&str| raters.iter().all(|r| table.grade(r, unit, arm).is_some());
        truth.contains_key(*unit) && arms.iter().all(graded)
    };
    let units: Vec<&String> = table.patients().iter().filter(has_all).collect();
    let scores = |rater: &String| {
        arms.map(|arm| {
            let scores = units
                .iter()
                .filter_map(|unit| table.grade(rater, unit, arm));
            scores.collect()
        })
    };
    ReaderStudy {
        truth: units
            .iter()
            .filter_map(|unit| truth.get(*unit).copied())
            .collect(),
        scores: raters.iter().map(scores).collect(),
    }
}
