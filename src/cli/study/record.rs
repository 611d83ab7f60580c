//! Reading without a window: what comes next, grades from a script, who is where, and whether the
//! file is whole.

use crate::cli::print;
use crate::ledger::{Ledger, now_unix_millis};
use crate::study::{GradeDraft, Slot};
use anyhow::bail;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{BufRead, Write};
use std::path::PathBuf;

/// A rater of a study.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Seat {
    /// The study file.
    file: PathBuf,
    /// Who grades.
    #[arg(long)]
    rater: String,
}

/// A study file to look at.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Look {
    /// The study file.
    file: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// One line of standard input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    case: String,
    grade: u8,
}

/// The case whose turn it is.
#[derive(Serialize)]
struct Turn<'a> {
    case: &'a str,
    installment: u32,
    position: u32,
    /// When the installment may begin, milliseconds since 1970 UTC; null where it may now.
    begins_unix_millis: Option<i64>,
}

/// Says which case comes next, as one line of JSON; `null` when all are graded.
pub(super) fn next(seat: &Seat) -> anyhow::Result<()> {
    let ledger = Ledger::open_read_only(&seat.file)?;
    let Some(slot) = ledger.next_case(&seat.rater)? else {
        return print("null");
    };
    let begins = ledger.begins_at(&seat.rater, slot.installment)?;
    print(&serde_json::to_string(&Turn {
        case: slot.code.as_str(),
        installment: slot.installment,
        position: slot.position,
        begins_unix_millis: begins.filter(|&at| now_unix_millis() < at),
    })?)
}

/// Takes grades from standard input, one JSON object a line, for the case whose turn it is each
/// time. Answers each line by one on standard output: once the grade is on the disk, or with the
/// reason why it was not stored.
pub(super) fn record(seat: &Seat) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(&seat.file)?;
    // Who does not grade here is told before the first line.
    ledger.next_case(&seat.rater)?;
    let mut opened_unix_millis = now_unix_millis();
    let mut n_refused = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = match store(&mut ledger, &seat.rater, &line, opened_unix_millis) {
            Ok((id, slot)) => {
                opened_unix_millis = now_unix_millis();
                json!({ "case": slot.code.as_str(), "stored": true, "entry": id })
            }
            Err(error) => {
                n_refused += 1;
                json!({ "stored": false, "error": error.to_string() })
            }
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    match n_refused {
        0 => Ok(()),
        n => bail!("{n} lines were not stored: {}", seat.file.display()),
    }
}

fn store(
    ledger: &mut Ledger,
    rater: &str,
    line: &str,
    opened_unix_millis: i64,
) -> anyhow::Result<(i64, Slot)> {
    let given: Given = serde_json::from_str(line)?;
    let Some(slot) = ledger.next_case(rater)? else {
        bail!("all cases are graded");
    };
    if slot.code.as_str() != given.case {
        bail!("case {} is not next, but {}", given.case, slot.code);
    }
    let entry = ledger.commit_grade(&GradeDraft {
        rater: rater.to_owned(),
        grade: ledger.scale()?.grade(given.grade)?,
        slot: slot.clone(),
        opened_unix_millis,
        committed_unix_millis: now_unix_millis(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        // No window showed it.
        display: r#"{"shown":false}"#.to_owned(),
    })?;
    Ok((entry.id, slot))
}

/// Who has graded how much; nothing about the grades.
pub(super) fn status(look: &Look) -> anyhow::Result<()> {
    let ledger = Ledger::open_read_only(&look.file)?;
    let raters = ledger.raters()?;
    let progress: Result<Vec<_>, _> = raters.iter().map(|rater| ledger.progress(rater)).collect();
    let progress = progress?;
    if look.json {
        return print(&serde_json::to_string_pretty(&progress)?);
    }
    let width = raters.iter().map(|rater| rater.chars().count()).max();
    let line = |of: &crate::study::Progress| {
        let parts = of.installments.iter();
        let parts: Vec<String> = parts
            .map(|part| format!("{} of {}", part.n_graded, part.n_cases))
            .collect();
        let width = width.unwrap_or(0);
        format!("{:<width$}  {}", of.rater, parts.join(", "))
    };
    print(&progress.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Checks the whole file: structure, triggers, pictures, worklists and the chain of grades.
pub(super) fn verify(look: &Look) -> anyhow::Result<()> {
    let verified = Ledger::open_read_only(&look.file)?.verify()?;
    if look.json {
        return print(&serde_json::to_string_pretty(&verified)?);
    }
    print(&format!(
        "in order: {} grades, the last with hash {}",
        verified.n_entries, verified.head
    ))
}
