//! `cisterna stats correlate`: columns of measurements.

use super::table_args::TableArgs;
use super::{print, values};
use crate::report::{assumed_line, p_words};
use crate::stats::{
    FourCorrelations, Outcome, pearson, spearman, steiger_separate, steiger_shared, williams,
};
use crate::study::OpenedColumns;
use anyhow::bail;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A table with a column for each measurement and a row for each subject.
    file: PathBuf,
    /// Two columns to correlate, as A,B. With two such pairs the correlations are compared: by
    /// Williams and Steiger where the pairs share a column, else by Steiger.
    #[arg(long = "pair", value_name = "A,B", required = true, value_parser = pair)]
    pairs: Vec<Pair>,
    #[command(flatten)]
    table: TableArgs,
    /// Confidence of the intervals.
    #[arg(long, default_value = "0.95", value_parser = values::confidence)]
    confidence: f64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Debug)]
struct Pair([String; 2]);

fn pair(text: &str) -> Result<Pair, String> {
    match text.split(',').map(str::trim).collect::<Vec<_>>()[..] {
        [a, b] if !a.is_empty() && !b.is_empty() && a != b => Ok(Pair([a.into(), b.into()])),
        _ => Err(format!("{text:?} is not two different columns, A,B")),
    }
}

/// Two columns.
#[derive(Serialize)]
struct Correlated {
    first: String,
    second: String,
    pearson: Outcome,
    spearman: Outcome,
}

/// Two correlations against each other, on the subjects with all of the columns.
#[derive(Serialize)]
struct Compared {
    first: [String; 2],
    second: [String; 2],
    /// Each test by its name.
    tests: BTreeMap<&'static str, Outcome>,
}

#[derive(Serialize)]
struct JsonOutput {
    assumed: Vec<String>,
    correlations: Vec<Correlated>,
    comparisons: Vec<Compared>,
}

/// The columns that were asked for, by name.
struct Columns {
    names: Vec<String>,
    values: Vec<Vec<Option<f64>>>,
}

impl Columns {
    fn at(&self, name: &str) -> usize {
        self.names.iter().position(|own| own == name).unwrap_or(0)
    }

    /// The rows that have a number in each of these columns.
    fn complete(&self, names: &[&str]) -> Vec<Vec<f64>> {
        let places: Vec<usize> = names.iter().map(|name| self.at(name)).collect();
        let n_rows = self.values.first().map_or(0, Vec::len);
        let row = |row: usize| places.iter().map(|at| self.values[*at][row]).collect();
        (0..n_rows).filter_map(row).collect()
    }

    fn pairs(&self, a: &str, b: &str) -> Vec<(f64, f64)> {
        let rows = self.complete(&[a, b]);
        rows.iter().map(|row| (row[0], row[1])).collect()
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let mut names: Vec<String> = args.pairs.iter().flat_map(|of| of.0.clone()).collect();
    names.sort();
    names.dedup();
    let opened = OpenedColumns::open(&args.file, &names, &args.table.options())?;
    let columns = Columns {
        names,
        values: opened.values,
    };
    let correlations: Vec<Correlated> = args
        .pairs
        .iter()
        .map(|Pair([a, b])| {
            let pairs = columns.pairs(a, b);
            Correlated {
                first: a.clone(),
                second: b.clone(),
                pearson: pearson(&pairs, args.confidence),
                spearman: spearman(&pairs, args.confidence),
            }
        })
        .collect();
    let mut comparisons = Vec::new();
    for (at, first) in args.pairs.iter().enumerate() {
        for second in &args.pairs[at + 1..] {
            comparisons.push(compared(&columns, &first.0, &second.0)?);
        }
    }
    let told = JsonOutput {
        assumed: opened.assumed,
        correlations,
        comparisons,
    };
    match args.json {
        true => print(&serde_json::to_string_pretty(&told)?),
        false => print(&told.text()),
    }
}

fn compared(
    columns: &Columns,
    first: &[String; 2],
    second: &[String; 2],
) -> anyhow::Result<Compared> {
    let shared = first.iter().find(|name| second.contains(name));
    let other = |pair: &'_ [String; 2], shared: &String| {
        pair.iter()
            .find(|name| *name != shared)
            .cloned()
            .unwrap_or_default()
    };
    let r = |rows: &[Vec<f64>], a: usize, b: usize| {
        let pairs: Vec<(f64, f64)> = rows.iter().map(|row| (row[a], row[b])).collect();
        pearson(&pairs, 0.95).value().unwrap_or(f64::NAN)
    };
    let tests = match shared {
        Some(one) => {
            let (two, three) = (other(first, one), other(second, one));
            if two == three {
                bail!("--pair {},{} is given twice", first[0], first[1]);
            }
            let rows = columns.complete(&[one, &two, &three]);
            let (r12, r13, r23) = (r(&rows, 0, 1), r(&rows, 0, 2), r(&rows, 1, 2));
            BTreeMap::from([
                ("williams", williams(r12, r13, r23, rows.len())),
                ("steiger_shared", steiger_shared(r12, r13, r23, rows.len())),
            ])
        }
        None => {
            let rows = columns.complete(&[&first[0], &first[1], &second[0], &second[1]]);
            let of = FourCorrelations {
                r12: r(&rows, 0, 1),
                r34: r(&rows, 2, 3),
                r13: r(&rows, 0, 2),
                r14: r(&rows, 0, 3),
                r23: r(&rows, 1, 2),
                r24: r(&rows, 1, 3),
            };
            BTreeMap::from([("steiger_separate", steiger_separate(&of, rows.len()))])
        }
    };
    Ok(Compared {
        first: first.clone(),
        second: second.clone(),
        tests,
    })
}

impl JsonOutput {
    fn text(&self) -> String {
        let mut lines = vec![assumed_line(&self.assumed)];
        let p = |outcome: &Outcome| {
            let p = outcome.p();
            p.map_or_else(String::new, |p| format!(", p {}", p_words(p)))
        };
        for of in &self.correlations {
            lines.push(format!("{} and {}", of.first, of.second));
            for (name, outcome) in [
                ("Pearson's r", &of.pearson),
                ("Spearman's rho", &of.spearman),
            ] {
                lines.push(format!(
                    "  {name:<15} {outcome}, n = {}{}",
                    outcome.n(),
                    p(outcome)
                ));
                lines.push(format!("    {}", outcome.method()));
            }
        }
        for of in &self.comparisons {
            lines.push(format!(
                "Are the correlations of {} and of {} the same?",
                of.first.join(" and "),
                of.second.join(" and ")
            ));
            for test in of.tests.values() {
                lines.push(format!("  {test}, n = {}{}", test.n(), p(test)));
                lines.push(format!("    {}", test.method()));
            }
        }
        lines.push(crate::report::NOTICE.into());
        lines.join("\n")
    }
}
