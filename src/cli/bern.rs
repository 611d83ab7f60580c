//! `cisterna bern`: worksheets of the Bern score.

use super::{print, values};
use crate::anatomy::bern::{Band, Findings, Item, Score, Sheet};
use crate::stats::Outcome;
use crate::text::csv_cell;
use crate::workflows::{BernAgreement, OpenedSheet, bern_agreement, open_sheets, sheets_in};
use anyhow::Context;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// The score of worksheets, with what it rests on.
    Score {
        /// Signed worksheets.
        #[arg(required = true)]
        sheets: Vec<PathBuf>,
        /// One JSON list.
        #[arg(long)]
        json: bool,
    },
    /// All worksheets of a folder as CSV, or how far two readers agree.
    Table {
        /// The folder.
        folder: PathBuf,
        /// Instead of the sheets: kappa of each item and of the band, bias and limits of agreement of
        /// each length.
        #[arg(long)]
        agreement: bool,
        /// Which two readers, where there are more; the second is taken from the first.
        #[arg(long, value_name = "A,B", value_parser = pair, requires = "agreement")]
        readers: Option<Readers>,
        /// Confidence of the intervals.
        #[arg(long, default_value = "0.95", value_parser = values::confidence, requires = "agreement")]
        confidence: f64,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Readers([String; 2]);

fn pair(text: &str) -> Result<Readers, String> {
    match text.split(',').map(str::trim).collect::<Vec<_>>()[..] {
        [a, b] if !a.is_empty() && !b.is_empty() && a != b => Ok(Readers([a.into(), b.into()])),
        _ => Err(format!("{text:?} is not two different readers, A,B")),
    }
}

pub(super) fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Score { sheets, json } => {
            let opened = open_sheets(sheets)?;
            if *json {
                let list: Vec<serde_json::Value> = opened.iter().map(as_json).collect();
                return print(&serde_json::to_string_pretty(&list)?);
            }
            let texts: Vec<String> = opened.iter().map(as_text).collect();
            print(&format!("{}\n\n{}", texts.join("\n\n"), Score::NOTICE))
        }
        Command::Table {
            folder,
            agreement,
            readers,
            confidence,
        } => {
            let opened = open_sheets(&sheets_in(folder)?)?;
            if !agreement {
                return print(&table(&opened)?);
            }
            let readers = readers.clone().map(|of| of.0);
            print(&agreement_table(&bern_agreement(
                &opened,
                readers,
                *confidence,
            )?)?)
        }
    }
}

/// `4.06 mm`: shown to 0.01, so that what is near a threshold is not rounded over it.
fn shown(findings: &Findings, item: Item) -> String {
    match (item.at_most_mm(), findings.length_mm(item)) {
        (Some(at_most), Some(mm)) => format!("{mm:.2} mm (counts up to {at_most:.1})"),
        _ => findings.seen(item).name().replace('_', " "),
    }
}

fn as_text(opened: &OpenedSheet) -> String {
    let Sheet {
        scan,
        reader,
        signed_at,
        ..
    } = &opened.sheet;
    let findings = opened.sheet.findings();
    let near = findings.near_threshold(scan.voxel_mm);
    let mut lines = vec![
        format!("{}", opened.path.display()),
        format!(
            "  {}, by {reader}, signed {}",
            scan.name,
            signed_at.as_deref().unwrap_or_default()
        ),
    ];
    for item in Item::ALL {
        let seen = findings.seen(item);
        let points = match seen {
            crate::anatomy::bern::Seen::Present => item.points().to_string(),
            crate::anatomy::bern::Seen::Absent => "0".to_owned(),
            crate::anatomy::bern::Seen::NotAssessable => format!("0-{}", item.points()),
        };
        let mut line = format!(
            "  {:<28} {points:>3}  {}",
            item.name().replace('_', " "),
            shown(&findings, item)
        );
        if near.contains(&item) {
            line += ", within one voxel of the threshold: measure again";
        }
        lines.push(line);
    }
    let score = findings.score();
    lines.push(format!(
        "  Bern score {score} of 9, {}; {}",
        score.band_words(),
        score.yield_words()
    ));
    lines.join("\n")
}

fn as_json(opened: &OpenedSheet) -> serde_json::Value {
    let findings = opened.sheet.findings();
    let score = findings.score();
    let items: serde_json::Map<String, serde_json::Value> = Item::ALL
        .into_iter()
        .map(|item| {
            let value = serde_json::json!({
                "seen": findings.seen(item),
                "mm": findings.length_mm(item),
                "points": item.points(),
            });
            (item.name().to_owned(), value)
        })
        .collect();
    let near = findings.near_threshold(opened.sheet.scan.voxel_mm);
    serde_json::json!({
        "file": opened.path.display().to_string(),
        "scan": opened.sheet.scan,
        "reader": opened.sheet.reader,
        "signed_at": opened.sheet.signed_at,
        "items": items,
        "points_least": score.least,
        "points_most": score.most,
        "band": score.band().map(Band::name),
        "published_yield_percent": score.band().and_then(Band::published_yield_percent),
        "near_threshold": near.into_iter().map(Item::name).collect::<Vec<_>>(),
        "notice": "The published yield is no probability for this patient. Research use only, not a medical device.",
    })
}

fn csv(rows: &[Vec<String>]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().context("no table")?;
    Ok(String::from_utf8(bytes)?)
}

fn table(sheets: &[OpenedSheet]) -> anyhow::Result<String> {
    let mut header: Vec<String> = [
        "file",
        "scan",
        "scan_sha256",
        "voxel_mm",
        "reader",
        "signed_at",
    ]
    .map(str::to_owned)
    .to_vec();
    header.extend(Item::ALL.map(|item| item.name().to_owned()));
    header.extend(Item::LENGTHS.map(|item| format!("{}_mm", item.name())));
    header.extend(
        [
            "points_least",
            "points_most",
            "band",
            "published_yield_percent",
            "near_threshold",
        ]
        .map(str::to_owned),
    );
    let mut rows = vec![header];
    for opened in sheets {
        let Sheet {
            scan,
            reader,
            signed_at,
            ..
        } = &opened.sheet;
        let findings = opened.sheet.findings();
        let score = findings.score();
        let text = |text: &str| csv_cell(text).into_owned();
        let mut row = vec![
            text(&opened.path.display().to_string()),
            text(&scan.name),
            scan.sha256.clone(),
            scan.voxel_mm.to_string(),
            text(reader),
            signed_at.clone().unwrap_or_default(),
        ];
        row.extend(Item::ALL.map(|item| findings.seen(item).name().to_owned()));
        // All digits: a table is computed with.
        let mm = |item| {
            findings
                .length_mm(item)
                .map_or_else(String::new, |mm| mm.to_string())
        };
        row.extend(Item::LENGTHS.map(mm));
        let band = score.band();
        let share = band.and_then(Band::published_yield_percent);
        let near = findings.near_threshold(scan.voxel_mm);
        row.extend([
            score.least.to_string(),
            score.most.to_string(),
            band.map_or("", Band::name).to_owned(),
            share.map_or_else(String::new, |[low, high]| format!("{low} to {high}")),
            near.into_iter()
                .map(Item::name)
                .collect::<Vec<_>>()
                .join(" "),
        ]);
        rows.push(row);
    }
    csv(&rows)
}

fn agreement_table(of: &BernAgreement) -> anyhow::Result<String> {
    let header = [
        "item",
        "statistic",
        "unit",
        "n",
        "value",
        "low",
        "high",
        "note",
        "method",
        "first_reader",
        "second_reader",
        "scans_of_both",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut add = |item: &str, statistic: &str, unit: &str, outcome: &Outcome| {
        let number = |x: Option<f64>| x.map_or_else(String::new, |x| x.to_string());
        let [low, high] = match outcome.interval() {
            Some((low, high)) => [Some(low), Some(high)],
            None => [None; 2],
        };
        let undefined = outcome.reason().map(|reason| reason.to_string());
        let note = undefined.or_else(|| outcome.warning().map(str::to_owned));
        rows.push(vec![
            item.to_owned(),
            statistic.to_owned(),
            unit.to_owned(),
            outcome.n().to_string(),
            number(outcome.value()),
            number(low),
            number(high),
            note.unwrap_or_default(),
            outcome.method().to_owned(),
            csv_cell(&of.readers[0]).into_owned(),
            csv_cell(&of.readers[1]).into_owned(),
            of.n_scans.to_string(),
        ]);
    };
    for (item, kappa) in &of.kappa {
        add(item.name(), "kappa", "", kappa);
    }
    add("band", "kappa, linear weights", "", &of.band);
    for (item, limits) in &of.lengths {
        add(item.name(), "mean difference", "mm", &limits.bias);
        add(item.name(), "lower limit of agreement", "mm", &limits.lower);
        add(item.name(), "upper limit of agreement", "mm", &limits.upper);
    }
    csv(&rows)
}
