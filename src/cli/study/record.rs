//! Reading without a window: what comes next, grades from a script, and who is where.

use crate::cli::print;
use crate::ledger::{Correction, Ledger, now_unix_millis};
use crate::study::{Circumstances, GradeDraft, GradeEntry, Verdict};
use crate::text::one_line;
use anyhow::{anyhow, bail};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{BufRead, ErrorKind, Write};
use std::path::PathBuf;

/// A rater of a study.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Seat {
    /// The study file, or a rater's package.
    pub(super) file: PathBuf,
    /// Who grades (default: whose package it is).
    #[arg(long)]
    rater: Option<String>,
}

impl Seat {
    /// Who grades; a study of several raters does not say by itself.
    pub(super) fn rater(&self, ledger: &Ledger) -> anyhow::Result<String> {
        let raters = ledger.raters()?;
        match (&self.rater, &raters[..]) {
            (Some(rater), _) => Ok(rater.clone()),
            (None, [only]) => Ok(only.clone()),
            (None, _) => bail!(
                "name the rater by --rater, one of {}: {}",
                raters.join(", "),
                self.file.display()
            ),
        }
    }
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
    grade: Option<u8>,
    /// Why there is no grade.
    cannot_grade: Option<String>,
    confidence: Option<u8>,
    #[serde(default)]
    comment: String,
    /// Why an earlier verdict on the case is replaced.
    corrects: Option<String>,
}

impl Given {
    fn verdict(&self, ledger: &Ledger) -> anyhow::Result<Verdict> {
        match (self.grade, &self.cannot_grade) {
            (Some(grade), None) => Ok(Verdict::Grade(ledger.scale()?.grade(grade)?)),
            (None, Some(reason)) => Ok(Verdict::CannotGrade(reason.clone())),
            _ => bail!("either grade or cannot_grade"),
        }
    }
}

/// The case whose turn it is.
#[derive(Serialize)]
struct Turn<'a> {
    case: &'a str,
    installment: u32,
    position: u32,
    /// When the installment may begin, milliseconds since 1970 UTC; null where it may now.
    begins_unix_millis: Option<i64>,
    /// Whether the installment opens with a release slip only.
    is_sealed: bool,
}

/// Says which case comes next, as one line of JSON; `null` when all are graded.
pub(super) fn next(seat: &Seat) -> anyhow::Result<()> {
    let ledger = Ledger::open_read_only(&seat.file)?;
    let rater = seat.rater(&ledger)?;
    let Some(slot) = ledger.next_case(&rater)? else {
        return print("null");
    };
    let begins = ledger.begins_at(&rater, slot.installment)?;
    print(&serde_json::to_string(&Turn {
        case: slot.code.as_str(),
        installment: slot.installment,
        position: slot.position,
        begins_unix_millis: begins.filter(|&at| now_unix_millis() < at),
        is_sealed: ledger.is_sealed(&rater, slot.installment)?,
    })?)
}

/// Takes grades from standard input, one JSON object a line, for the case whose turn it is each
/// time. Answers each line by one on standard output: once the grade is on the disk, or with the
/// reason why it was not stored.
pub(super) fn record(seat: &Seat) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(&seat.file)?;
    let rater = seat.rater(&ledger)?;
    // Who does not grade here is told before the first line.
    ledger.next_case(&rater)?;
    let mut opened_unix_millis = now_unix_millis();
    let mut n_refused = 0;
    let mut input = std::io::stdin().lock();
    while let Some(line) = next_line(&mut input)? {
        if line.as_ref().is_ok_and(|line| line.trim().is_empty()) {
            continue;
        }
        let stored = line.and_then(|line| store(&mut ledger, &rater, &line, opened_unix_millis));
        let answer = match stored {
            Ok(entry) => {
                opened_unix_millis = now_unix_millis();
                json!({ "case": entry.slot.code.as_str(), "stored": true, "entry": entry.seq })
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

/// Bytes of the longest line that is taken; comments have 10,000 characters at most.
const LONGEST_LINE: usize = 1 << 20;

/// Bytes without a line end after which there is none to be hoped for.
const HOPELESS: usize = 64 << 20;

/// The next line, or why it cannot be taken: it is no UTF-8, or longer than any that is. The line
/// after it is another one.
fn next_line(input: &mut impl BufRead) -> anyhow::Result<Option<anyhow::Result<String>>> {
    let (mut line, mut n_bytes, mut is_ended) = (Vec::new(), 0, false);
    while !is_ended {
        let ahead = match input.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            ahead => ahead?,
        };
        if ahead.is_empty() {
            break;
        }
        let end = ahead.iter().position(|&byte| byte == b'\n');
        let length = end.map_or(ahead.len(), |at| at + 1);
        if n_bytes + length <= LONGEST_LINE {
            line.extend_from_slice(&ahead[..length]);
        }
        is_ended = end.is_some();
        n_bytes += length;
        input.consume(length);
        if n_bytes > HOPELESS {
            bail!("the input has no line end within {HOPELESS} bytes");
        }
    }
    if n_bytes == 0 {
        return Ok(None);
    }
    if n_bytes > LONGEST_LINE {
        let why = anyhow!("a line of {n_bytes} bytes, and {LONGEST_LINE} are the most");
        return Ok(Some(Err(why)));
    }
    Ok(Some(String::from_utf8(line).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        anyhow!("the line is not UTF-8 from its byte {at} on")
    })))
}

fn store(
    ledger: &mut Ledger,
    rater: &str,
    line: &str,
    opened_unix_millis: i64,
) -> anyhow::Result<GradeEntry> {
    let given: Given = serde_json::from_str(line)?;
    let verdict = given.verdict(ledger)?;
    let circumstances = Circumstances {
        confidence: given.confidence,
        comment: given.comment.clone(),
        opened_unix_millis,
        paused_millis: 0,
        // No window showed it.
        display: json!({ "shown": false }),
    };
    if let Some(reason) = &given.corrects {
        let entries = ledger.entries(Some(rater))?;
        let mut earlier = entries.iter().rev();
        let earlier = earlier.find(|e| e.slot.code.as_str() == given.case);
        let Some(earlier) = earlier else {
            bail!("case {} has no verdict to correct", given.case);
        };
        return Ok(ledger.correct_grade(&Correction {
            replaces: earlier.seq,
            rater: rater.to_owned(),
            reason: reason.clone(),
            verdict,
            circumstances,
            committed_unix_millis: now_unix_millis(),
        })?);
    }
    let Some(slot) = ledger.next_case(rater)? else {
        bail!("all cases are graded");
    };
    if slot.code.as_str() != given.case {
        bail!("case {} is not next, but {}", given.case, slot.code);
    }
    Ok(ledger.commit_grade(&GradeDraft {
        rater: rater.to_owned(),
        slot,
        verdict,
        circumstances,
        committed_unix_millis: now_unix_millis(),
    })?)
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
    let line = |of: &crate::study::RaterProgress| {
        let parts = of.installments.iter();
        let parts: Vec<String> = parts
            .map(|part| {
                let signed = if part.is_signed { ", signed" } else { "" };
                format!("{} of {}{signed}", part.n_graded, part.n_cases)
            })
            .collect();
        let width = width.unwrap_or(0);
        format!("{:<width$}  {}", one_line(&of.rater), parts.join("; "))
    };
    print(&progress.iter().map(line).collect::<Vec<_>>().join("\n"))
}
