//! Packages, signatures, the key, and what leaves a study.

use super::{KeyArgs, Seat, Secret, key_beside};
use crate::app::coordinator::data::write_everything;
use crate::ledger::{Ledger, LedgerError, Signing};
use crate::study::{Key, export_csv};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// What leaves a study, and where it goes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Export {
    /// The study file.
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    /// The CSV to write (default: standard output).
    #[arg(short, long = "output", value_name = "OUT.csv", conflicts_with = "all")]
    output: Option<PathBuf>,
    /// A folder to make instead, for everything: grades.csv, dictionary.csv, audit.csv,
    /// audit.jsonl, instructions.json and, with the key, imrmc.csv and protocol.toml.
    #[arg(long, value_name = "DIR")]
    all: Option<PathBuf>,
}

pub(super) fn sign(
    seat: &Seat,
    installment: u32,
    name: &str,
    secret: &Secret,
) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(&seat.file)?;
    let rater = seat.rater(&ledger)?;
    let is_first = ledger.signatures(&rater)?.is_empty();
    let signing = Signing {
        installment,
        name: name.to_owned(),
        meaning: Signing::MEANING.to_owned(),
        passphrase: secret.passphrase(is_first)?,
    };
    let signature = ledger.sign(&rater, &signing)?;
    crate::cli::remark(&format!(
        "{rater} signed installment {installment} as {}: \"{}\"",
        signature.name, signature.meaning
    ));
    Ok(())
}

/// Takes in all that can be taken in; one bad package does not keep the others out.
pub(super) fn merge(file: &Path, packages: &[PathBuf]) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(file)?;
    let mut n_refused = 0;
    for package in packages {
        match ledger.merge(package) {
            Ok(merged) => crate::cli::print(&format!(
                "{}: {} new events, {} in all: {}",
                merged.rater,
                merged.n_new,
                merged.n_events,
                package.display()
            ))?,
            Err(error) => {
                n_refused += 1;
                crate::cli::remark(&format!("not taken in: {error}"));
            }
        }
    }
    match n_refused {
        0 => Ok(()),
        n => bail!("{n} of {} packages were not taken in", packages.len()),
    }
}

pub(super) fn unseal(
    file: &Path,
    key: Option<&Path>,
    secret: &Secret,
    reason: Option<&str>,
) -> anyhow::Result<()> {
    let mut ledger = Ledger::open(file)?;
    let beside = key_beside(file);
    let key = Key::unseal(key.unwrap_or(&beside), &secret.passphrase(false)?)?;
    ledger.unseal(&key, reason)?;
    crate::cli::remark(&format!(
        "unsealed; statistics by arm are possible, and no grade is taken any more: {}",
        file.display()
    ));
    Ok(())
}

pub(super) fn export(args: &Export) -> anyhow::Result<()> {
    let ledger = Ledger::open_read_only(&args.file)?;
    let key = args.key.open(&ledger)?;
    if key.is_none() {
        crate::cli::remark("no key: patients and arms are left empty");
    }
    let rows = ledger.export_rows(key.as_ref())?;
    let mut csv = Vec::new();
    export_csv(&rows, &mut csv)?;
    note(
        &args.file,
        if args.all.is_some() { "all" } else { "grades" },
        key.is_some(),
    )?;
    if let Some(folder) = &args.all {
        write_everything(&ledger, key.as_ref(), folder)?;
        crate::cli::remark(&format!("exported: {}", folder.display()));
        return Ok(());
    }
    match &args.output {
        Some(path) => std::fs::write(path, csv)
            .with_context(|| format!("cannot write the CSV: {}", path.display())),
        None => crate::cli::print(&String::from_utf8(csv)?),
    }
}

/// An export is an event. A file that cannot be written to cannot keep it, which is said.
fn note(file: &Path, what: &str, arms: bool) -> anyhow::Result<()> {
    let noted = Ledger::open(file).and_then(|mut ledger| ledger.note_export(what, arms));
    match noted {
        Err(LedgerError::ReadOnly(_)) => {
            crate::cli::remark("the study cannot be written to, so this export is not in its log");
            Ok(())
        }
        other => Ok(other?),
    }
}
