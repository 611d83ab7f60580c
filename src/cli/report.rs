//! `cisterna report`

use super::study::{KeyArgs, Unverified};
use super::{report_spaces, values};
use crate::models::Model;
use crate::report::{REPORT_FILE, ReportOptions, write_report};
use crate::stats::Bootstrap;
use crate::text::{self, Limit};
use crate::workflows::study::study_data;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    of_networks: Option<OfNetworks>,
    #[command(flatten)]
    of_study: StudyArgs,
}

/// What else there are reports of.
#[derive(Debug, clap::Subcommand)]
enum OfNetworks {
    /// Of leak networks that were trained fold by fold.
    Leak(super::report_leak::Args),
    #[command(flatten)]
    Spaces(report_spaces::Command),
}

#[derive(Debug, clap::Args)]
struct StudyArgs {
    /// An unsealed study file.
    #[arg(required = true)]
    file: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    unverified: Unverified,
    /// The folder to make: report.html, analysis.json, tables/ and figures/.
    #[arg(short, long = "output", value_name = "DIR", required = true)]
    output: Option<PathBuf>,
    /// What predicted an arm: ARM=MODEL, the name of a network that comes along, or a model card
    /// as Markdown. May be given for each arm.
    #[arg(long = "card", value_name = "ARM=MODEL|CARD.md")]
    cards: Vec<String>,
    /// Resamples for the intervals of differences of alphas.
    #[arg(long, default_value = "10000", value_parser = values::resamples)]
    bootstrap: usize,
    /// Confidence of the intervals.
    #[arg(long, default_value = "0.95", value_parser = values::confidence)]
    confidence: f64,
    /// Seed of the resamples.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Predicted grades as rows of the transition matrices, real ones as columns.
    #[arg(long)]
    rows_predicted: bool,
    /// The lowest grade that counts as positive, for positive and negative agreement (default: 3,
    /// or the highest of a scale that has no 3 above its lowest).
    #[arg(long, value_name = "GRADE")]
    positive_from: Option<u8>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    match &args.of_networks {
        Some(OfNetworks::Leak(args)) => super::report_leak::run(args),
        Some(OfNetworks::Spaces(command)) => report_spaces::run(command),
        None => of_study(&args.of_study),
    }
}

fn of_study(args: &StudyArgs) -> anyhow::Result<()> {
    // Required, where no kind of report is named.
    let (Some(file), Some(output)) = (&args.file, &args.output) else {
        bail!("a report needs a study file, or a kind of report");
    };
    let (ledger, problem) = args.unverified.open(file)?;
    let Some(key) = args.key.open_or_beside(&ledger, file)? else {
        bail!("a report needs the key, by --key: {}", file.display());
    };
    let cards: anyhow::Result<Vec<_>> = args.cards.iter().map(|text| card(text)).collect();
    let data = study_data(&ledger, &key, cards?, problem)?;
    let options = ReportOptions {
        bootstrap: Bootstrap {
            n_resamples: args.bootstrap,
            confidence: args.confidence,
            ..Bootstrap::default()
        },
        seed: args.seed,
        rows_are_predicted: args.rows_predicted,
        positive_from: args.positive_from,
    };
    write_report(&data, &options, output)?;
    super::remark(&format!("report: {}", output.join(REPORT_FILE).display()));
    Ok(())
}

/// An arm and the card of what predicted it.
fn card(text: &str) -> anyhow::Result<(String, String)> {
    let (arm, model) = text
        .split_once('=')
        .with_context(|| format!("--card {text:?} is not ARM=MODEL"))?;
    let path = Path::new(model);
    let markdown = match path.extension().is_some_and(|end| end == "md") {
        true => text::open(path, Limit::Page).context("no card")?,
        false => Model::find(model)?.card.to_markdown(),
    };
    Ok((arm.to_owned(), markdown))
}
