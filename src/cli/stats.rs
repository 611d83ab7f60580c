//! `cisterna stats`: agreement, from a study file or a CSV.

use super::study::KeyArgs;
use crate::app::coordinator::data::sealed_table;
use crate::ledger::Ledger;
use crate::report::{Analysis, AnalysisOptions, Detection};
use crate::stats::{Bootstrap, Interval};
use crate::study::{Columns, GradeTable, Scale};
use anyhow::{Context, bail};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    table: TableArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// How many cases a study needs: the width of its interval by simulation.
    Plan(super::plan::Args),
}

#[derive(Debug, clap::Args)]
struct TableArgs {
    /// A study file; or a CSV, either with the columns rater, patient, arm, grade or with one
    /// column for each rater.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// The column of a long CSV that names what was graded.
    #[arg(long, value_name = "COLUMN", conflicts_with = "wide")]
    unit: Option<String>,
    /// The column of a long CSV that names who graded.
    #[arg(long, value_name = "COLUMN", conflicts_with = "wide")]
    rater: Option<String>,
    /// The column of a long CSV with the grades.
    #[arg(long, value_name = "COLUMN", conflicts_with = "wide")]
    value: Option<String>,
    /// The column of a long CSV that tells arms apart, each of which is analysed by itself.
    #[arg(long, value_name = "COLUMN", conflicts_with = "wide")]
    by: Option<String>,
    /// The column of a long CSV with what is true of each unit, 0 or 1: areas under the ROC curve,
    /// and with two arms their difference over readers and cases.
    #[arg(long, value_name = "COLUMN", conflicts_with = "wide")]
    truth: Option<String>,
    /// A CSV with one column for each rater, empty where missing.
    #[arg(long)]
    wide: bool,
    /// Resamples for the intervals of Krippendorff's alpha; 0 for none.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    bootstrap: usize,
    #[command(flatten)]
    key: KeyArgs,
    /// All grades of the scale, separated by commas (default: those of the study; of a CSV whose
    /// grades are all 0 to 4, these five; else those that occur).
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    levels: Option<Vec<f64>>,
    /// What the resamples of the intervals are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl TableArgs {
    fn detection(&self, file: &Path, table: &GradeTable) -> anyhow::Result<Option<Detection>> {
        let Some(column) = &self.truth else {
            return Ok(None);
        };
        if is_study(file)? {
            bail!(
                "a study file holds no truth; export it and add a column: {}",
                file.display()
            );
        }
        let unit = self.unit.clone().unwrap_or(Columns::default().unit);
        let truth = GradeTable::open_truth(file, &unit, column)?;
        Ok(Some(Detection::of(table, &truth, Interval::default())))
    }

    /// By the columns that were named, or else by those that are there.
    fn open_csv(&self, file: &Path) -> anyhow::Result<GradeTable> {
        let named = [&self.unit, &self.rater, &self.value, &self.by];
        Ok(match (self.wide, named.iter().any(|name| name.is_some())) {
            (true, _) => GradeTable::open_as(file, None)?,
            (_, false) => GradeTable::open(file)?,
            (_, true) => {
                let or = |name: &Option<String>, usual: String| name.clone().unwrap_or(usual);
                let usual = Columns::default();
                let columns = Columns {
                    rater: or(&self.rater, usual.rater),
                    unit: or(&self.unit, usual.unit),
                    value: or(&self.value, usual.value),
                    by: self.by.clone(),
                };
                GradeTable::open_as(file, Some(&columns))?
            }
        })
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    if let Some(Command::Plan(plan)) = &args.command {
        return super::plan::run(plan);
    }
    let args = &args.table;
    let file = args.file.as_deref().context("no file is named")?;
    let (table, scale_levels) = if is_study(file)? {
        let ledger = Ledger::open_read_only(file)?;
        let key = args.key.open(&ledger)?;
        let rows = ledger.export_rows(key.as_ref())?;
        let table = match key {
            Some(_) => GradeTable::from_export(&rows)?,
            None => {
                super::remark("no key: agreement between raters only, arms are sealed");
                GradeTable::new(sealed_table(&rows))?
            }
        };
        (table, Some(ledger.scale()?.numbers()))
    } else {
        let table = args.open_csv(file)?;
        let grades = table.observed_levels();
        let is_reflux = grades
            .iter()
            .all(|grade| (0.0..=4.0).contains(grade) && grade.fract() == 0.0);
        (table, is_reflux.then(|| Scale::reflux().numbers()))
    };
    let options = AnalysisOptions {
        levels: args.levels.clone().or(scale_levels),
        seed: args.seed,
        bootstrap: (args.bootstrap > 0).then(|| Bootstrap {
            n_resamples: args.bootstrap,
            ..Bootstrap::default()
        }),
        ..AnalysisOptions::default()
    };
    let analysis = Analysis::of(&table, &options)
        .with_context(|| format!("no agreement to compute: {}", file.display()))?;
    let detection = args.detection(file, &table)?;
    if args.json {
        let whole = Told {
            analysis: &analysis,
            detection,
        };
        return super::print(&serde_json::to_string_pretty(&whole)?);
    }
    let found = detection.map_or_else(String::new, |found| found.to_text());
    super::print(&(analysis.to_text() + &found))
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    analysis: &'a Analysis,
    /// Areas under the ROC curve, where the truth is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    detection: Option<Detection>,
}

fn is_study(path: &Path) -> anyhow::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(16).read_to_end(&mut head))
        .with_context(|| format!("cannot open the file: {}", path.display()))?;
    Ok(head.starts_with(b"SQLite format 3"))
}
