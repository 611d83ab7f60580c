//! `cisterna stats`: agreement, from a study file or a CSV.

use super::study::KeyArgs;
use crate::ledger::Ledger;
use crate::report::{Analysis, AnalysisOptions};
use crate::stats::Bootstrap;
use crate::study::{Columns, ExportRow, GradeTable, ONLY_ARM, Scale, TableRow};
use anyhow::Context;
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
                GradeTable::new(sealed(&rows))?
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
    };
    let analysis = Analysis::of(&table, &options)
        .with_context(|| format!("no agreement to compute: {}", file.display()))?;
    if args.json {
        super::print(&serde_json::to_string_pretty(&analysis)?)
    } else {
        super::print(&analysis.to_text())
    }
}

/// Grades by case code alone.
fn sealed(rows: &[ExportRow]) -> Vec<TableRow> {
    let counted = rows.iter().filter(|row| row.counts());
    let graded = counted.filter_map(|row| Some((row, row.grade?)));
    graded
        .map(|(row, grade)| TableRow {
            rater: row.rater.clone(),
            patient: row.case_code.clone(),
            arm: ONLY_ARM.to_owned(),
            grade: f64::from(grade),
        })
        .collect()
}

fn is_study(path: &Path) -> anyhow::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(16).read_to_end(&mut head))
        .with_context(|| format!("cannot open the file: {}", path.display()))?;
    Ok(head.starts_with(b"SQLite format 3"))
}
