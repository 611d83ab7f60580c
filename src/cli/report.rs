//! `cisterna report`

use super::study::KeyArgs;
use crate::ledger::Ledger;
use crate::models::Model;
use crate::report::{Audit, REPORT_FILE, ReportOptions, StudyData, write_report};
use crate::stats::Bootstrap;
use crate::study::{Deed, Key, rfc3339};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An unsealed study file.
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    /// The folder to make: report.html, analysis.json, tables/ and figures/.
    #[arg(short, long = "output", value_name = "DIR")]
    output: PathBuf,
    /// What predicted an arm: ARM=MODEL, the name of a network that comes along, or a model card
    /// as Markdown. May be given for each arm.
    #[arg(long = "card", value_name = "ARM=MODEL|CARD.md")]
    cards: Vec<String>,
    /// Resamples for intervals.
    #[arg(long, default_value_t = 10_000)]
    bootstrap: usize,
    /// Seed of the resamples.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Predicted grades as rows of the transition matrices, real ones as columns.
    #[arg(long)]
    rows_predicted: bool,
    /// The lowest grade that counts as positive, for sensitivity and specificity.
    #[arg(long, default_value_t = 3)]
    positive_from: u8,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let ledger = Ledger::open_read_only(&args.file)?;
    let Some(key) = args.key.open_or_beside(&ledger, &args.file)? else {
        bail!("a report needs the key, by --key: {}", args.file.display());
    };
    let cards: anyhow::Result<Vec<_>> = args.cards.iter().map(|text| card(text)).collect();
    let data = study_data(&ledger, &key, cards?)?;
    let options = ReportOptions {
        bootstrap: Bootstrap {
            n_resamples: args.bootstrap,
            ..Bootstrap::default()
        },
        seed: args.seed,
        rows_are_predicted: args.rows_predicted,
        positive_from: args.positive_from,
    };
    write_report(&data, &options, &args.output)?;
    super::remark(&format!(
        "report: {}",
        args.output.join(REPORT_FILE).display()
    ));
    Ok(())
}

/// An arm and the card of what predicted it.
fn card(text: &str) -> anyhow::Result<(String, String)> {
    let (arm, model) = text
        .split_once('=')
        .with_context(|| format!("--card {text:?} is not ARM=MODEL"))?;
    let path = Path::new(model);
    let markdown = match path.extension().is_some_and(|end| end == "md") {
        true => std::fs::read_to_string(path)
            .with_context(|| format!("cannot open the card: {}", path.display()))?,
        false => Model::find(model)?.card.to_markdown(),
    };
    Ok((arm.to_owned(), markdown))
}

/// All that a report says of a study, from its ledger and its key.
pub(super) fn study_data(
    ledger: &Ledger,
    key: &Key,
    model_cards: Vec<(String, String)>,
) -> anyhow::Result<StudyData> {
    let rows = ledger.export_rows(Some(key))?;
    let protocol = key.protocol();
    Ok(StudyData {
        title: protocol.title.clone(),
        question: protocol.question.clone(),
        scale: protocol.scale.clone(),
        protocol_toml: protocol.to_toml()?,
        protocol_sha256: ledger.protocol_sha256()?,
        raters: protocol.raters.clone(),
        arms: protocol.arms.clone(),
        washout_days: protocol.washout_days,
        n_installments: protocol.installments,
        n_repeats: protocol.repeats,
        margin: protocol.margin,
        rows,
        audit: audit(ledger)?,
        model_cards,
        simulated_raters: protocol.simulated_raters,
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The coordinator's own events are left out: a report must not change by being exported again.
fn audit(ledger: &Ledger) -> anyhow::Result<Audit> {
    let verified = ledger.verify()?;
    let mut audit = Audit {
        in_order: true,
        ..Audit::default()
    };
    for rater in ledger.raters()? {
        let events = ledger.events(Some(&rater))?;
        for event in &events {
            *audit
                .n_events
                .entry(event.deed.kind().to_owned())
                .or_default() += 1;
            let is_idle = matches!(event.deed, Deed::Paused { idle: true });
            audit.n_idle_marks += u64::from(is_idle);
            let at = rfc3339(event.at_unix_millis);
            if audit.first_utc.is_empty() || at < audit.first_utc {
                audit.first_utc.clone_from(&at);
            }
            if at > audit.last_utc {
                audit.last_utc = at;
            }
        }
        if let Some(head) = verified.heads.get(&rater) {
            audit.heads.push((rater, head.clone()));
        }
    }
    Ok(audit)
}
