//! `cisterna stats`: agreement, from a study file or a table.

use super::progress::Progress;
use super::study::{KeyArgs, Unverified};
use super::table_args::TableArgs;
use super::{compare, correlate, regress, values};
use crate::report::{Analysis, AnalysisOptions, Detection, assumed_line, p_words};
use crate::stats::{Bootstrap, Interval, IntervalKind, bonferroni, holm};
use crate::study::{GradeTable, OpenedTable, TableOptions};
use crate::text;
use crate::workflows::study::sealed_table;
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
    agreement: AgreementArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// How many cases a study needs: the probability that it reaches its aim, by simulation.
    Plan(super::plan::Args),
    /// Compare two raters, or each rater's two arms: tests of the table of both, of the shift, and
    /// differences of measurements.
    Compare(compare::Args),
    /// Correlate columns of measurements, and test whether two correlations differ.
    Correlate(correlate::Args),
    /// Fit a proportional-odds regression of grades on other columns.
    Regress(regress::Args),
    /// Adjust p values for their number, by Holm and by Bonferroni.
    Adjust {
        /// The p values, each from 0 to 1.
        #[arg(required = true, value_parser = values::whole_share)]
        p_values: Vec<f64>,
    },
}

#[derive(Debug, clap::Args)]
struct AgreementArgs {
    /// A study file; or a table as CSV, either with one row for each grade or with one column for
    /// each rater. What was taken for granted is the first line of what is told.
    #[arg(required = true)]
    file: Option<PathBuf>,
    #[command(flatten)]
    table: TableArgs,
    /// Which statistics are printed; JSON holds all.
    #[arg(long, default_value = "main")]
    method: Method,
    /// Which intervals: recommended ones, which cover in small samples, or those that other
    /// programs print. Intraclass correlations are for these raters, or for raters like these.
    #[arg(long, default_value = "recommended")]
    interval: IntervalArg,
    /// Confidence of the intervals.
    #[arg(long, default_value = "0.95", value_parser = values::confidence)]
    confidence: f64,
    /// Intervals of Krippendorff's alpha from so many resamples, in place of the recommended ones.
    #[arg(long, value_name = "N", value_parser = values::resamples)]
    bootstrap: Option<usize>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    unverified: Unverified,
    /// What the resamples are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    /// What a reader looks for first.
    Main,
    /// Every statistic.
    All,
    /// Krippendorff's alpha.
    Alpha,
    /// Alpha in Hughes' form, with his interval.
    Hughes,
    /// Alpha with agreement weights and a linearised standard error.
    AlphaLinearised,
    /// Cohen's kappa of each two raters.
    Kappa,
    /// Light's kappa.
    Light,
    /// Fleiss' kappa.
    Fleiss,
    /// Conger's kappa.
    Conger,
    /// Gwet's AC1 and AC2.
    Gwet,
    /// Brennan and Prediger's coefficient.
    BrennanPrediger,
    /// The six intraclass correlations.
    Icc,
    /// Kendall's W.
    Kendall,
    /// Shares of equal, and of equal or next, grades.
    Agreement,
}

impl Method {
    /// How the names of its statistics begin; none for all of a kind.
    fn begins(self) -> Option<&'static str> {
        match self {
            Self::Main | Self::All => None,
            Self::Alpha => Some("Krippendorff's alpha"),
            Self::Hughes => Some("alpha in Hughes"),
            Self::AlphaLinearised => Some("alpha, linearised"),
            Self::Kappa => Some("Cohen's kappa"),
            Self::Light => Some("Light's kappa"),
            Self::Fleiss => Some("Fleiss' kappa"),
            Self::Conger => Some("Conger's kappa"),
            Self::Gwet => Some("Gwet's"),
            Self::BrennanPrediger => Some("Brennan-Prediger"),
            Self::Icc => Some("ICC("),
            Self::Kendall => Some("Kendall's W"),
            Self::Agreement => Some("equal"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum IntervalArg {
    /// Those that cover in small and skewed samples.
    Recommended,
    /// Those that other programs print, too narrow in small samples.
    Asymptotic,
}

impl IntervalArg {
    pub(super) fn at(self, confidence: f64) -> Interval {
        Interval {
            confidence,
            kind: match self {
                Self::Recommended => IntervalKind::Recommended,
                Self::Asymptotic => IntervalKind::Asymptotic,
            },
        }
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    match &args.command {
        Some(Command::Plan(plan)) => super::plan::run(plan),
        Some(Command::Compare(of)) => compare::run(of),
        Some(Command::Correlate(of)) => correlate::run(of),
        Some(Command::Regress(of)) => regress::run(of),
        Some(Command::Adjust { p_values }) => adjust(p_values),
        None => agreement(&args.agreement),
    }
}

fn agreement(args: &AgreementArgs) -> anyhow::Result<()> {
    let file = args.file.as_deref().context("no file is named")?;
    let opened = open(file, &args.table, &args.key, &args.unverified)?;
    let interval = args.interval.at(args.confidence);
    let options = AnalysisOptions {
        levels: opened.levels,
        interval,
        bootstrap: args.bootstrap.map(|n_resamples| Bootstrap {
            n_resamples,
            confidence: args.confidence,
            ..Bootstrap::default()
        }),
        seed: args.seed,
        measured: opened.measured,
        assumed: opened.assumed,
    };
    let progress = Progress::new("computing");
    let analysis = Analysis::with_progress(&opened.table, &options, &|share| progress.at(share))
        .with_context(|| format!("no agreement to compute: {}", file.display()));
    drop(progress);
    let analysis = analysis?;
    let detection = match opened.truth.is_empty() {
        true => None,
        false => Some(Detection::of(&opened.table, &opened.truth, interval)),
    };
    if args.json {
        let whole = JsonOutput {
            analysis: &analysis,
            detection,
        };
        return super::print(&serde_json::to_string_pretty(&whole)?);
    }
    if let Some(begins) = args.method.begins() {
        return super::print(&one_statistic(&analysis, begins));
    }
    let found = detection.map_or_else(String::new, |found| found.to_text());
    let text = match args.method {
        Method::All => analysis.to_full_text(),
        _ => analysis.to_text(),
    };
    super::print(&(text + &found))
}

/// One kind of statistic with all that is known of it.
fn one_statistic(analysis: &Analysis, begins: &str) -> String {
    let mut lines = vec![assumed_line(&analysis.assumed)];
    for arm in analysis.whole.iter().chain(&analysis.arms) {
        lines.push(format!("Arm {}", arm.arm));
        let all = arm.agreement.all();
        for (name, outcome) in all.iter().filter(|(name, _)| name.starts_with(begins)) {
            lines.push(format!("  {name}: {outcome}, n = {}", outcome.n()));
            let more = [
                outcome.se().map(|se| format!("standard error {se:.4}")),
                outcome.p().map(|p| format!("p {}", p_words(p))),
            ];
            let more: Vec<String> = more.into_iter().flatten().collect();
            if !more.is_empty() {
                lines.push(format!("    {}", more.join(", ")));
            }
            lines.push(format!("    {}", outcome.method()));
            lines.extend(
                outcome
                    .warning()
                    .map(|words| format!("    Caution: {words}")),
            );
        }
    }
    lines.push(analysis.notice.into());
    lines.join("\n")
}

/// Grades of a study, or of a table that somebody made.
pub(super) fn open(
    file: &Path,
    args: &TableArgs,
    key: &KeyArgs,
    unverified: &Unverified,
) -> anyhow::Result<OpenedTable> {
    let options = args.options();
    if !is_study(file)? {
        return Ok(OpenedTable::open(file, &options)?);
    }
    if options.truth.is_some() {
        bail!(
            "a study file holds no truth; export it and add a column: {}",
            file.display()
        );
    }
    let only_levels = TableOptions {
        levels: options.levels.clone(),
        ..TableOptions::default()
    };
    if options != only_levels {
        bail!(
            "a study knows its raters, arms and grades; of what says how a table is taken, only \
             --levels is for it: {}",
            file.display()
        );
    }
    let (ledger, doubt) = unverified.open(file)?;
    let key = key.open(&ledger)?;
    let readings = ledger.readings(key.as_ref())?;
    let mut assumed = Vec::from_iter(doubt);
    let table = match key {
        Some(_) => GradeTable::from_readings(&readings)?,
        None => {
            super::remark("no key: agreement between raters only, arms are sealed");
            assumed.push("all images together, since the arms are sealed".to_owned());
            GradeTable::new(sealed_table(&readings))?
        }
    };
    let levels = args.number_levels()?;
    assumed.push(match levels {
        Some(_) => "grades as --levels lists them".into(),
        None => "grades as the study's scale has them".into(),
    });
    Ok(OpenedTable {
        table,
        levels: Some(levels.map_or_else(|| ledger.scale().map(|s| s.numbers()), Ok)?),
        measured: false,
        truth: std::collections::BTreeMap::new(),
        assumed,
    })
}

fn adjust(p_values: &[f64]) -> anyhow::Result<()> {
    let mut text = String::from("p,holm,bonferroni\n");
    for ((p, holm), bonferroni) in p_values
        .iter()
        .zip(holm(p_values))
        .zip(bonferroni(p_values))
    {
        text += &format!("{p},{holm},{bonferroni}\n");
    }
    super::print(&text)
}

/// What is printed as JSON.
#[derive(Serialize)]
struct JsonOutput<'a> {
    #[serde(flatten)]
    analysis: &'a Analysis,
    /// Areas under the ROC curve, where the truth is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    detection: Option<Detection>,
}

fn is_study(path: &Path) -> anyhow::Result<bool> {
    let mut head = Vec::new();
    text::check_file(path)?;
    std::fs::File::open(path)
        .and_then(|file| file.take(16).read_to_end(&mut head))
        .with_context(|| format!("cannot open the file: {}", path.display()))?;
    Ok(head.starts_with(b"SQLite format 3"))
}
