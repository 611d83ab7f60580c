//! An analysis as plain text.

use std::fmt::Write;

use super::{
    agreement::ByName,
    analysis::{Analysis, ArmAgreement, Comparison, RaterComparison},
    same_grade::AgainstReference,
    table::Table,
    tables::{CoefficientSet, grades_given, matrix},
    words::{assumed_line, p_words},
};
use crate::stats::{Metric, Outcome};

impl Analysis {
    /// The whole report as plain text, for a terminal or a file.
    pub fn to_text(&self) -> String {
        self.written(CoefficientSet::Main)
    }

    /// [`Analysis::to_text`] with every statistic, not only those that a reader looks for first.
    pub fn to_full_text(&self) -> String {
        self.written(CoefficientSet::All)
    }

    fn written(&self, which: CoefficientSet) -> String {
        let mut lines = Vec::new();
        self.heading(&mut lines);
        for arm in self.whole.iter().chain(&self.arms) {
            arm.write(&self.levels, which, &mut lines);
        }
        for comparison in &self.comparisons {
            comparison.write(&mut lines);
        }
        if self.comparisons.is_empty() {
            lines.push("No reference arm beside another one, so nothing is compared.".into());
            lines.push(String::new());
        }
        self.methods(which, &mut lines);
        lines.push(self.notice.into());
        lines.join("\n") + "\n"
    }

    fn heading(&self, lines: &mut Vec<String>) {
        lines.push(assumed_line(&self.assumed));
        lines.push(format!(
            "Agreement of {} raters: {}",
            self.raters.len(),
            self.raters.join(", ")
        ));
        let kind = if self.levels_are_observed {
            "Levels that occur"
        } else {
            "Scale"
        };
        lines.push(match self.measured {
            true => format!("Measurements, {} different values", self.levels.len()),
            false => format!("{kind}: {}", words(&self.levels)),
        });
        lines.push(format!(
            "{} patients, {} grades",
            self.n_patients, self.n_grades
        ));
        lines.push(String::new());
    }

    /// Methods and warnings, each once.
    fn methods(&self, which: CoefficientSet, lines: &mut Vec<String>) {
        let arms = self.whole.iter().chain(&self.arms);
        let of_arms = arms.flat_map(|arm| which.of(&arm.agreement));
        let raters = || self.comparisons.iter().flat_map(|of| &of.raters);
        let of_raters = raters().flat_map(|rater| rater.alpha.values());
        let compared = self.comparisons.iter();
        let compared = compared.flat_map(|of| of.same_grade.outcomes());
        let all: Vec<&Outcome> = of_arms
            .map(|(_, outcome)| outcome)
            .chain(of_raters)
            .chain(compared.map(|(_, outcome)| outcome))
            .collect();
        let mut once = |heading: &str, words: Vec<&str>| {
            let mut words = words;
            words.sort_unstable();
            words.dedup();
            if !words.is_empty() {
                lines.push(heading.into());
                lines.extend(words.into_iter().map(|words| format!("  {words}")));
            }
        };
        once(
            "Warnings",
            all.iter().filter_map(|of| of.warning()).collect(),
        );
        once("Methods", all.iter().map(|of| of.method()).collect());
        if let Some(seed) = self.seed {
            lines.push(format!("  Seed of the resamples: {seed}"));
        }
        if let Some(comparison) = self.comparisons.first() {
            lines.push(format!(
                "  Transitions: rows {}, columns the other arm; shares are of the row",
                comparison.reference
            ));
        }
        lines.push(String::new());
    }
}

impl ArmAgreement {
    fn write(&self, levels: &[f64], which: CoefficientSet, lines: &mut Vec<String>) {
        lines.push(format!(
            "Arm {}: {} images, {} grades",
            self.arm, self.n_images, self.n_grades
        ));
        let rows = which.of(&self.agreement);
        let width = rows.iter().map(|(name, _)| name.chars().count()).max();
        for (name, outcome) in &rows {
            lines.push(outcome_line(name, width.unwrap_or(0), outcome));
        }
        // A scale has a few levels; a measurement has as many as values.
        if levels.len() <= 12 {
            lines.push("  Grades given".into());
            write_table(&grades_given(self, levels), lines);
        }
        lines.push(String::new());
    }
}

impl Comparison {
    fn write(&self, lines: &mut Vec<String>) {
        lines.push(format!("{} against {}", self.reference, self.arm));
        if let Some(mean) = self.mean_share_alike {
            lines.push(format!(
                "  Graded alike, mean over raters: {}",
                percent(mean)
            ));
        }
        self.same_grade.write(lines);
        lines.push(String::new());
        for rater in &self.raters {
            rater.write(lines);
        }
    }
}

impl AgainstReference {
    /// The numbers under their names.
    fn outcomes(&self) -> Vec<(&'static str, &Outcome)> {
        let numbers = &self.numbers;
        vec![
            ("same grade", &numbers.same),
            ("same within one step", &numbers.within_one),
            ("interchange with another rater", &numbers.interchange),
            ("shift in grades", &numbers.shift),
        ]
    }

    fn write(&self, lines: &mut Vec<String>) {
        lines.push(
            "  Whether a rater gives both images the same grade; no protocol, no verdict".into(),
        );
        for (name, outcome) in self.outcomes() {
            lines.push(outcome_line(name, 30, outcome));
        }
        if let Some([low, high]) = self.numbers.shift_90 {
            let limit = self.numbers.shift_limit;
            let within = match self.numbers.shift_within {
                Some(true) => "within",
                _ => "not within",
            };
            lines.push(format!(
                "    90 % interval of the shift {low:.3} to {high:.3}, {within} {limit} to either side"
            ));
        }
        for own in &self.shifts {
            let words = |p: Option<f64>| p.map_or_else(|| "-".to_owned(), p_words);
            lines.push(format!(
                "    {}: grades used alike? Stuart-Maxwell p {}, Bhapkar p {} (Holm over raters)",
                own.rater,
                words(own.stuart_maxwell_holm),
                words(own.bhapkar_holm)
            ));
        }
    }
}

impl RaterComparison {
    fn write(&self, lines: &mut Vec<String>) {
        let matrix = &self.transitions;
        lines.push(format!(
            "  {}: {} against {}, {} pairs",
            self.rater,
            matrix.from_label(),
            matrix.to_label(),
            self.n_pairs
        ));
        write_alphas(&self.alpha, lines);
        if let Some(share) = matrix.share_alike() {
            lines.push(format!(
                "    alike {} ({}), up {}, down {}, two steps or more {}",
                matrix.n_alike(),
                percent(share),
                matrix.n_up(),
                matrix.n_down(),
                matrix.n_moved_at_least(2)
            ));
            write_table(&self::matrix(matrix), lines);
        }
        lines.push(String::new());
    }
}

fn write_alphas(alpha: &ByName, lines: &mut Vec<String>) {
    for metric in Metric::ALL {
        lines.push(outcome_line(metric.name(), 9, &alpha[metric.name()]));
    }
}

fn outcome_line(name: &str, width: usize, outcome: &Outcome) -> String {
    let mut line = format!("    {name:<width$} {outcome}, n = {}", outcome.n());
    match outcome.estimate().map_or(0, |estimate| estimate.n_left_out) {
        0 => {}
        n => {
            // Writing to a String cannot fail.
            write!(line, ", {n} left out").ok();
        }
    }
    line
}

/// The first column to the left, numbers to the right, four spaces before each line.
fn write_table(table: &Table, lines: &mut Vec<String>) {
    let head = table.columns.iter().map(|column| column.words.clone());
    let rows = (0..table.n_rows()).map(|row_idx| table.printed(row_idx));
    let table: Vec<Vec<String>> = std::iter::once(head.collect()).chain(rows).collect();
    let n_columns = table[0].len();
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    for row in &table {
        let mut line = String::from("   ");
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            match column {
                0 => write!(line, " {cell:<width$}").ok(),
                _ => write!(line, "  {cell:>width$}").ok(),
            };
        }
        lines.push(line);
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn words(levels: &[f64]) -> String {
    levels
        .iter()
        .map(f64::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
