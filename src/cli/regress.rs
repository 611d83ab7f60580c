//! `cisterna stats regress`: grades on other columns.

use super::table_args::TableArgs;
use super::{print, values};
use crate::report::{assumed_line, p_words};
use crate::stats::{GradedCase, OrdinalRegression, ordinal_regression};
use crate::study::OpenedColumns;
use anyhow::anyhow;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A table with a row for each case.
    file: PathBuf,
    /// The column of the grades.
    #[arg(long, value_name = "COLUMN")]
    outcome: String,
    /// The columns that grades are regressed on, separated by commas.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    on: Vec<String>,
    #[command(flatten)]
    table: TableArgs,
    /// Confidence of the intervals.
    #[arg(long, default_value = "0.95", value_parser = values::confidence)]
    confidence: f64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct JsonOutput<'a> {
    assumed: Vec<String>,
    outcome: &'a str,
    on: &'a [String],
    n_cases: usize,
    n_left_out: usize,
    fit: OrdinalRegression,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let names: Vec<String> = std::iter::once(&args.outcome)
        .chain(&args.on)
        .cloned()
        .collect();
    let opened = OpenedColumns::open(&args.file, &names, &args.table.options())?;
    let n_rows = opened.values.first().map_or(0, Vec::len);
    let case = |row: usize| {
        let numbers: Option<Vec<f64>> = opened.values.iter().map(|column| column[row]).collect();
        let numbers = numbers?;
        Some(GradedCase {
            grade: numbers[0],
            predictors: numbers[1..].to_vec(),
        })
    };
    let cases: Vec<GradedCase> = (0..n_rows).filter_map(case).collect();
    let mut levels: Vec<f64> = cases.iter().map(|case| case.grade).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let mut assumed = opened.assumed;
    assumed
        .push("cases are independent, and every step of the scale has the same odds ratio".into());
    let fit = ordinal_regression(&levels, &cases, args.confidence)
        .map_err(|reason| anyhow!("no regression: {reason}: {}", args.file.display()))?;
    let told = JsonOutput {
        assumed,
        outcome: &args.outcome,
        on: &args.on,
        n_cases: cases.len(),
        n_left_out: n_rows - cases.len(),
        fit,
    };
    match args.json {
        true => print(&serde_json::to_string_pretty(&told)?),
        false => print(&told.text()),
    }
}

impl JsonOutput<'_> {
    fn text(&self) -> String {
        let mut lines = vec![
            assumed_line(&self.assumed),
            format!(
                "Proportional-odds regression of {} on {}, {} cases, {} left out",
                self.outcome,
                self.on.join(", "),
                self.n_cases,
                self.n_left_out
            ),
        ];
        for (name, of) in self.on.iter().zip(&self.fit.coefficients) {
            let p = of
                .p()
                .map_or_else(String::new, |p| format!(", p {}", p_words(p)));
            lines.push(format!("  {name}: log odds {of}{p}"));
            if let (Some(value), Some((low, high))) = (of.value(), of.interval()) {
                let [value, low, high] = [value, low, high].map(f64::exp);
                lines.push(format!("    odds ratio {value:.3} ({low:.3} to {high:.3})"));
            }
        }
        for (at, of) in self.fit.thresholds.iter().enumerate() {
            lines.push(format!("  threshold {}: {of}", at + 1));
        }
        let ratio = &self.fit.likelihood_ratio;
        let p = ratio
            .p()
            .map_or_else(String::new, |p| format!(", p {}", p_words(p)));
        lines.push(format!("  {}: {ratio}{p}", ratio.method()));
        lines.push(format!(
            "  R squared: McFadden (JMP: RSquare (U)) {:.3}, Cox and Snell {:.3}, Nagelkerke {:.3}",
            self.fit.mcfadden, self.fit.cox_snell, self.fit.nagelkerke
        ));
        lines.extend(
            self.fit
                .coefficients
                .first()
                .map(|of| format!("  {}", of.method())),
        );
        lines.push(crate::report::NOTICE.into());
        lines.join("\n")
    }
}
