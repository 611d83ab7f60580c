//! `cisterna stats compare`: two readings of the same things.

use super::stats::{IntervalArg, open};
use super::study::{KeyArgs, Unverified};
use super::table_args::TableArgs;
use super::{print, values};
use crate::report::{PairsOfReadings, TwoReadings};
use crate::study::{GradeTable, REFERENCE_ARM};
use anyhow::{Context, bail};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A study file or a table, as for agreement.
    file: PathBuf,
    #[command(flatten)]
    table: TableArgs,
    /// The first of two raters or arms; every pair is compared where none is named.
    #[arg(long, value_name = "NAME", requires = "second")]
    first: Option<String>,
    /// The second.
    #[arg(long, value_name = "NAME", requires = "first")]
    second: Option<String>,
    /// Which intervals.
    #[arg(long, default_value = "recommended")]
    interval: IntervalArg,
    /// Confidence of the intervals.
    #[arg(long, default_value = "0.95", value_parser = values::confidence)]
    confidence: f64,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    unverified: Unverified,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    let opened = open(&args.file, &args.table, &args.key, &args.unverified)?;
    let table = &opened.table;
    let compared = match (&args.first, &args.second) {
        (Some(first), Some(second)) => named(table, first, second)?,
        _ if table.arms().len() > 1 => arms(table),
        _ => raters(table),
    };
    if compared.iter().all(|of| of.2.is_empty()) {
        bail!(
            "nothing has two readings to compare: {}",
            args.file.display()
        );
    }
    let kept: Vec<TwoReadings> = compared.into_iter().filter(|of| !of.2.is_empty()).collect();
    let levels = match opened.measured {
        true => None,
        false => Some(opened.levels.unwrap_or_else(|| table.observed_levels())),
    };
    let interval = args.interval.at(args.confidence);
    let found = PairsOfReadings::of(&kept, levels.as_deref(), interval, opened.assumed)
        .with_context(|| format!("nothing to compare: {}", args.file.display()))?;
    match args.json {
        true => print(&serde_json::to_string_pretty(&found)?),
        false => print(&found.to_text()),
    }
}

/// Each rater on the reference and on every other arm, or on every two arms where there is none.
fn arms(table: &GradeTable) -> Vec<TwoReadings> {
    let arms = table.arms();
    let pairs = (0..arms.len()).flat_map(|a| (a + 1..arms.len()).map(move |b| (a, b)));
    let has_reference = arms.iter().any(|arm| arm == REFERENCE_ARM);
    let pairs = pairs.filter(|(a, _)| !has_reference || arms[*a] == REFERENCE_ARM);
    pairs
        .flat_map(|(a, b)| {
            table.raters().iter().map(move |rater| {
                let (from, to) = (&table.arms()[a], &table.arms()[b]);
                let words = |arm: &str| format!("{rater} on {arm}");
                (words(from), words(to), table.pairs(rater, from, to))
            })
        })
        .collect()
}

/// Every two raters.
fn raters(table: &GradeTable) -> Vec<TwoReadings> {
    let raters = table.raters();
    let pairs = (0..raters.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let arm = table.arms().first().cloned().unwrap_or_default();
    pairs
        .map(|(a, b)| {
            (
                raters[a].clone(),
                raters[b].clone(),
                both(table, [&raters[a], &raters[b]], &arm),
            )
        })
        .collect()
}

fn both(table: &GradeTable, raters: [&str; 2], arm: &str) -> Vec<(f64, f64)> {
    let pair = |unit: &String| {
        Some((
            table.grade(raters[0], unit, arm)?,
            table.grade(raters[1], unit, arm)?,
        ))
    };
    table.patients().iter().filter_map(pair).collect()
}

/// Two arms within each rater, or two raters within each arm.
fn named(table: &GradeTable, first: &str, second: &str) -> anyhow::Result<Vec<TwoReadings>> {
    let find = |names: &[String]| {
        let of = |name: &str| {
            let mut found = names.iter().filter(|own| own.eq_ignore_ascii_case(name));
            found.next().cloned()
        };
        of(first).zip(of(second))
    };
    if let Some((from, to)) = find(table.arms()) {
        let own = table.raters().iter().map(|rater| {
            let words = |arm: &str| format!("{rater} on {arm}");
            (words(&from), words(&to), table.pairs(rater, &from, &to))
        });
        return Ok(own.collect());
    }
    if let Some((a, b)) = find(table.raters()) {
        let arms = table.arms().iter();
        let own = arms.map(|arm| {
            let words = |rater: &str| match table.arms().len() {
                1 => rater.to_owned(),
                _ => format!("{rater} on {arm}"),
            };
            (words(&a), words(&b), both(table, [&a, &b], arm))
        });
        return Ok(own.collect());
    }
    bail!(
        "\"{first}\" and \"{second}\" are neither two raters ({}) nor two arms ({})",
        table.raters().join(", "),
        table.arms().join(", ")
    )
}
